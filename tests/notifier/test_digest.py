"""What a digest reads like: all that is said of each, in every form, with a way to the first page."""

from dataclasses import replace
from typing import Any

from notifier.compose import compose
from notifier.lint import lint
from records.digest import DigestRule, facts_of
from records.notices import NoticeKind
from tests.notifier.cast import HOUSE, INCIDENT, a_notice

RULE = DigestRule(name={"en": "Several services have trouble", "fr": "Plusieurs services rencontrent un problème"})


def another(number: int, **changes: Any):
    facts = INCIDENT | {
        "id": f"inc0000000{number:02}",
        "ref": f"INC-{number}",
        "name": {"en": f"Trouble <{number}>", "fr": f"Panne <{number}>"},
        "body": {"en": f"Number {number} is slow.", "fr": f"Le numéro {number} est lent."},
    }
    return a_notice(facts=facts | changes, subject_id=facts["id"])


def digest_of(*notices):
    facts = facts_of(notices, RULE, "en")
    return replace(notices[0], id="digest000001", subject_kind="digest", subject_id="digest000001", facts=facts)


def test_every_form_says_what_each_of_them_says():
    message = compose(digest_of(another(1), another(2), another(3)), "en", HOUSE)
    assert message.subject.startswith("Several services have trouble")
    for number in (1, 2, 3):
        assert f"Trouble <{number}> (INC-{number}): Number {number} is slow." in message.body_text
        assert f"Trouble &lt;{number}&gt; (INC-{number}): Number {number} is slow." in message.body_html
    assert "https://status.acme.example/\n" in message.body_text or "https://status.acme.example/ " in message.body_text
    assert "/incidents/" not in message.body_text
    assert "7Q4KM-W9RTA" in message.short


def test_it_speaks_the_readers_language():
    message = compose(digest_of(another(1), another(2)), "fr", HOUSE)
    assert message.subject.startswith("Plusieurs services rencontrent un problème")
    assert "Panne <2> (INC-2): Le numéro 2 est lent." in message.body_text


def test_what_all_say_alike_is_said_once_and_what_they_do_not_is_left_out():
    same = digest_of(another(1), another(2))
    assert same.facts["funds"] == INCIDENT["funds"]
    apart = digest_of(another(1), another(2, funds={"en": "Cards may show old balances."}))
    assert apart.facts["funds"] == {}
    assert "old balances" not in compose(apart, "en", HOUSE).body_text


def test_the_earliest_promise_and_the_gravest_state_count():
    early = another(2, next_update_at="2026-11-22T13:40:00.000Z", impact="critical", stage="investigating")
    found = digest_of(another(1, stage="identified"), early).facts
    assert (found["next_update_at"], found["impact"], found["stage"]) == (
        "2026-11-22T13:40:00.000Z", "critical", "investigating",
    )  # fmt: skip


def test_of_what_is_over_the_names_are_told():
    over = {"stage": "resolved", "resolved_at": "2026-11-22T15:00:00.000Z", "next_update_at": None}
    ends = [replace(another(number, **over), kind=NoticeKind.INCIDENT_RESOLVED) for number in (1, 2)]
    facts = facts_of(ends, RULE, "en")
    assert facts["name"]["en"] == "Trouble <1> · Trouble <2>"
    assert facts["resolved_at"] == "2026-11-22T15:00:00.000Z"


def test_proofreading_knows_it():
    notice = digest_of(another(1), another(2))
    lint(notice, compose(notice, "en", HOUSE), HOUSE)
