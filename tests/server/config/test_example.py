"""The file that `forewarn init` writes."""

import re

import pytest

from records.errors import Conflict
from server.config import load_settings, parse_settings
from server.config.example import example_text, write_example
from server.config.monitors import monitors_of


def test_the_example_loads_as_it_is_without_any_environment(tmp_path):
    settings = load_settings(write_example(tmp_path / "new"), {})
    assert settings.page.name == "Acme Wallet"
    assert [monitor.id for monitor in monitors_of(settings)] == ["chain:bitcoin", "website"]
    assert settings.chains[0].nodes[0].url.get_secret_value().startswith("http://127.0.0.1:")


def test_everything_that_the_example_has_switched_off_loads_too(tmp_path):
    # Prose has one space after its `#`; a line that is off has none, or the two or more of its indentation.
    text = re.sub(r"^( *)#(?! \S)(?=.)", r"\1", example_text(), flags=re.MULTILINE)
    names = dict.fromkeys(re.findall(r"\$\{([A-Z_]+)\}", text), "a-secret-of-some-length-0123456789")
    text = text.replace("  security: none\n", "  security: starttls\n")  # a password needs it
    settings = parse_settings(text.encode(), names, tmp_path)
    assert settings.helpdesk
    assert settings.access.inapp
    assert settings.publish
    assert settings.social[0].limit_chars == 500
    assert settings.chains[0].nodes[1].role == "reference"
    assert settings.chains[0].hysteresis.worse_after == 3
    assert settings.monitors[1].id == "card-settlement"
    assert settings.components[2].auto_publish
    assert settings.access.approvals.second_person_above == 10000


def test_a_file_that_somebody_wrote_is_never_overwritten(tmp_path):
    path = write_example(tmp_path)
    path.write_text("mine")
    with pytest.raises(Conflict, match="exists already"):
        write_example(tmp_path)
    assert path.read_text() == "mine"
