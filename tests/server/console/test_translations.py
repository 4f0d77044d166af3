"""A required language that is missing, in the console."""

from dataclasses import replace

import pytest

from records.store import incidents
from tests.server.console.test_incidents import WORDS


@pytest.fixture
def context(context):
    """The house requires French."""
    return replace(context, desk=replace(context.desk, required_languages=("en", "fr")))


def test_the_form_asks_why_a_language_is_missing_and_loses_nothing(ana, context):
    english = {name: text for name, text in WORDS.items() if not name.endswith(".fr")}
    refused = ana.post("/console/incidents", data=english | {"do": "publish"})
    assert refused.status_code == 422
    assert "not written in fr" in refused.text
    assert 'name="untranslated_reason"' in refused.text
    assert english["name.en"] in refused.text
    done = ana.post("/console/incidents", data=english | {"do": "publish", "untranslated_reason": "it is urgent"})
    assert "Published." in done.text
    assert len(incidents.open_incidents(context.desk.store)) == 1
