import json
from datetime import timedelta

import pytest

from records.store import fanout, notices, people
from records.store.engine import Store
from records.times import iso, now_utc
from tests.server.cli.conftest import CUSTOMERS


def fan_out(store: Store) -> None:
    for notice in fanout.unfinished_fanouts(store):
        while fanout.fan_out_chunk(store, notice, now_utc()):
            pass


@pytest.fixture
def told(program, kept):
    """Three customers, two of whom hold ETH, and an incident about it whose notice is queued."""
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    incident = program.json(
        "incident", "open", "--name", "Withdrawals delayed", "--name", "fr=Retraits retardés", "--body", "We look.",
        "--component", "eth-withdrawals=major_outage",
    )  # fmt: skip
    fan_out(kept)
    return program, incident


def test_status_counts_each_customer_once_and_each_channel_apart(told, kept):
    program, incident = told
    [notice] = notices.notices(kept, subject_id=incident["id"])
    status = program.json("notice", "status", notice.id)
    assert status == {
        "id": notice.id,
        "audience": 2,
        "queued": 2,
        "sent": 0,
        "failed": 0,
        "suppressed": 0,
        "channels": {
            "email": {"queued": 1, "sent": 0, "failed": 0, "suppressed": 1},
            "inapp": {"queued": 2, "sent": 0, "failed": 0, "suppressed": 0},
        },
        "complete": False,
    }
    assert program.json("notice", "status", "INC-1") == status
    assert program.json("notice", "status", "--all") == [status]
    said = program.says("notice", "status", "INC-1")
    assert "audience 2" in said
    assert "The sums match" in said
    assert notice.id in program.says("notice", "status", "--all")


def test_the_preview_is_what_will_be_sent_in_each_language_of_the_page(told, kept):
    program, incident = told
    said = program.says("notice", "preview", "INC-1")
    assert "Withdrawals delayed [INC-1]" in said
    assert "Retraits retardés [INC-1]" in said
    document = program.json("notice", "preview", "INC-1", "--language", "fr")
    [notice] = notices.notices(kept, subject_id=incident["id"])
    frozen = notices.texts(kept, notice.id, notice.version, "fr")
    assert list(document["texts"]) == ["fr"]
    assert document["texts"]["fr"]["body_text"] == frozen["body_text"].content
    assert any(finding["where"] == "funds" for finding in document["findings"])


def test_a_cancelled_notice_sends_nothing_more(told):
    program, _ = told
    # E-mail to ana, the app for ana and cai; cai's e-mail was suppressed before.
    assert "3 deliveries were not sent" in program.says("notice", "cancel", "INC-1")
    status = program.json("notice", "status", "INC-1")
    assert status["suppressed"] == status["audience"] == 2
    assert status["complete"] is True


def test_status_wants_to_know_of_what(embedded):
    embedded.refusal("notice", "status", status=2)
    assert "no notice 000000000000" in embedded.refusal("notice", "status", "000000000000")
    assert "There are no notices." in embedded.says("notice", "status", "--all")
    embedded.says("incident", "open", "--name", "x", "--body", "y", "--page-only")
    assert "Nobody but the page" in embedded.refusal("notice", "status", "INC-1")


@pytest.fixture
def strict(program, store_url):
    """A second person is asked for more than one customer; two hold ETH."""
    program.write_settings(store={"url": store_url}, access={"approvals": {"second_person_above": 1}})
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    return program


OPEN = ("incident", "open", "--name", "x", "--body", "y", "--component", "eth-withdrawals=major_outage")


def test_a_notice_to_many_waits_for_a_second_person_and_the_glass_can_be_broken(strict, kept):
    said = strict.says(*OPEN)
    assert "waits for a second person: 2 customers" in said
    assert "waits for a second person: 2 customers" in strict.says("notice", "status", "INC-1")
    assert "a second person has to say yes" in strict.refusal("notice", "approve", "INC-1")
    assert "on its way to 2 customers" in strict.says("notice", "approve", "INC-1", "--break-glass", "funds at risk")
    fan_out(kept)
    assert strict.json("notice", "status", "INC-1")["queued"] == 2
    assert "does not wait" in strict.refusal("notice", "approve", "INC-1")


def test_a_declined_notice_is_heard_by_nobody(strict, kept):
    strict.says(*OPEN)
    assert "nobody hears it" in strict.says("notice", "decline", "INC-1", "--reason", "wrong network")
    fan_out(kept)
    status = strict.json("notice", "status", "INC-1")
    assert (status["audience"], status["complete"]) == (0, True)


def test_a_test_goes_to_whom_it_names_and_a_stop_is_kept(program, kept):
    program.says("user", "add", "ana", "--role", "ops", "--email", "ana@acme.example", "--single-sign-on")
    incident = program.json("incident", "open", "--name", "Slow", "--body", "It is slow.",
                            "--component", "website=degraded_performance")  # fmt: skip
    done = program.json("notice", "test", incident["id"], "--to", "ana", "--language", "fr")
    assert (done["to"], done["languages"]) == ("ana", ["fr"])
    assert "On its way to ana@acme.example as a test" in program.says(
        "notice", "test", done["notice_id"], "--to", "ana"
    )
    assert len(kept.rows("SELECT * FROM trials")) == 3
    assert "no user eve" in program.refusal("notice", "test", done["notice_id"], "--to", "eve")
    program.says("notice", "cancel", done["notice_id"])
    deeds = [
        (each.actor.partition(":")[0], each.deed) for each in people.audit_entries(kept, subject=done["notice_id"])
    ]
    assert deeds.count(("cli", "notice.cancel")) == 1


def test_the_preview_has_the_posts_of_each_account_and_language_to_the_letter(embedded):
    hook = "slack://T0001/B0001/secretoftheroom"
    embedded.write_settings(
        store={"url": f"sqlite:///{embedded.folder}/forewarn.db"},
        social=[
            {"name": "wide", "url": "mastodons://token-of-the-wide@social.example", "languages": ["fr", "en"]},
            {"name": "room", "url": hook},
        ],
    )
    embedded.json(
        "incident", "open", "--name", "Late & slow", "--impact", "major", "--status", "investigating",
        "--body", "We are on it.", "--channel", "social",
    )  # fmt: skip
    posts = {post["channel"]: post for post in embedded.json("notice", "preview", "INC-1")["posts"]}
    assert {name: post["language"] for name, post in posts.items()} == {
        "social:wide": "fr", "social:wide:en": "en", "social:room": "en",
    }  # fmt: skip
    assert posts["social:wide:en"]["text"].startswith("Late & slow, since")
    assert posts["social:room"]["text"].startswith("Late &amp; slow, since")
    said = embedded.says("notice", "preview", "INC-1")
    for post in posts.values():
        assert post["text"] in said
    assert "token-of-the-wide" not in said
    assert "secretoftheroom" not in said


def test_status_says_what_waits_for_the_end_of_quiet_hours(program, kept):
    begin, end = now_utc() - timedelta(hours=2), now_utc() + timedelta(hours=2)
    sleeper = {"external_id": "c-1", "email": "c1@mail.example", "tags": ["holds:ETH"]}
    sleeper["quiet_hours"] = f"{begin:%H:%M}-{end:%H:%M}"
    program.write("sleepers.ndjson", json.dumps(sleeper) + "\n")
    program.says("customers", "import", "sleepers.ndjson")
    assert f"quiet hours {sleeper['quiet_hours']}" in program.says("customers", "show", "c-1")
    program.json(
        "incident", "open", "--name", "Withdrawals are slow", "--body", "We look.",
        "--component", "eth-withdrawals=degraded_performance",
    )  # fmt: skip
    fan_out(kept)
    status = program.json("notice", "status", "INC-1")
    morning = iso(end.replace(second=0, microsecond=0))
    assert status["resting"] == {"count": 1, "first_at": morning, "last_at": morning}
    assert status["channels"]["email"]["queued"] == 1
    assert "1 wait for the end of quiet hours" in program.says("notice", "status", "INC-1")


def test_held_words_are_sent_at_once_where_asked_and_once(program, kept):
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    program.says(
        "incident",
        "open",
        "--name",
        "Slow",
        "--body",
        "We look.",
        "--component",
        "eth-withdrawals=degraded_performance",
    )
    fan_out(kept)
    program.says("incident", "update", "INC-1", "--body", "We know why.")
    assert "waits a few minutes" in program.says("notice", "status", "INC-1")
    assert "leaves now, by email, inapp" in program.says("notice", "send-now", "INC-1")
    assert "has left already" in program.says("notice", "send-now", "INC-1")
    assert program.json("notice", "send-now", "INC-1")["wait"]["decision"] == "approved"


def test_what_waits_for_a_second_person_is_not_sent_so(strict):
    strict.says(*OPEN)
    assert "waits for a second person's yes" in strict.refusal("notice", "send-now", "INC-1")
