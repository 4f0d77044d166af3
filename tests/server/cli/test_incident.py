import getpass
import json
from datetime import datetime, timedelta

from records.components import Status
from records.store import components, incidents, notices, people


def opened(program, *more: str):
    return program.json(
        "incident", "open", "--name", "Withdrawals delayed", "--name", "fr=Retraits retardés",
        "--body", "We look into it.", "--component", "eth-withdrawals=partial_outage", *more,
    )  # fmt: skip


def test_an_incident_is_opened_updated_and_resolved_without_any_process_running(program, kept):
    incident = opened(program, "--next-update", "30m")
    assert incident["ref"] == "INC-1"
    assert incident["name"] == {"en": "Withdrawals delayed", "fr": "Retraits retardés"}
    assert incident["status"] == "investigating"
    assert incident["impact"] == "major"
    assert incident["components"] == [{"id": "eth-withdrawals", "status": "partial_outage"}]
    assert incident["audience"] == "network:ethereum or holds:ETH"
    assert incident["channels"] == ["email", "inapp"]
    promised = datetime.fromisoformat(incident["next_update_at"]) - datetime.fromisoformat(incident["created_at"])
    assert timedelta(minutes=29) < promised <= timedelta(minutes=30)
    assert components.component(kept, "eth-withdrawals").status is Status.PARTIAL_OUTAGE

    updated = program.json("incident", "update", "INC-1", "--status", "identified", "--body", "A node is stuck.")
    assert updated["status"] == "identified"
    assert updated["updates"][0]["body"] == {"en": "A node is stuck."}

    said = program.says("incident", "resolve", incident["id"], "--body", "It works again.")
    assert "INC-1 resolved" in said
    assert components.component(kept, "eth-withdrawals").status is Status.OPERATIONAL
    kinds = [notice.kind.value for notice in notices.notices(kept, subject_id=incident["id"])]
    assert kinds == ["incident_resolved", "incident_updated", "incident_opened"]


def test_whoever_is_logged_in_stands_in_the_audit(program, kept):
    opened(program)
    [entry] = [entry for entry in people.audit_entries(kept) if entry.deed == "incident.open"]
    assert entry.actor == f"cli:{getpass.getuser()}"


def test_a_draft_tells_nobody_until_it_is_published(program, kept):
    draft = opened(program, "--draft")
    assert draft["draft"] is True
    assert notices.notices(kept, subject_id=draft["id"]) == []
    assert "draft" in program.says("incident", "list")
    published = program.json("incident", "publish", "INC-1")
    assert published["open"] is True
    assert len(notices.notices(kept, subject_id=draft["id"])) == 1
    assert "not a draft any more" in program.refusal("incident", "discard", "INC-1")


def test_a_draft_that_is_no_incident_is_discarded_and_gone_from_the_list(program):
    opened(program, "--draft")
    assert program.json("incident", "discard", "INC-1", "--reason", "a test")["discarded_at"]
    assert program.json("incident", "list") == []
    assert [one["ref"] for one in program.json("incident", "list", "--all")] == ["INC-1"]


def test_page_only_writes_to_nobody(program, kept):
    incident = opened(program, "--page-only")
    assert incident["channels"] == []
    assert notices.notices(kept, subject_id=incident["id"]) == []


def test_everything_that_can_be_said_is_kept(program):
    incident = opened(
        program, "--impact", "critical", "--status", "identified", "--cause", "third_party",
        "--audience", "holds:ETH and not region:SG", "--channel", "inapp", "--started", "15m",
        "--still-works", "Deposits work.", "--funds", "Your funds are safe.", "--what-to-do", "fr=Attendez.",
    )  # fmt: skip
    assert incident["impact"] == "critical"
    assert incident["cause"] == "third_party"
    assert incident["audience"] == "holds:ETH and not region:SG"
    assert incident["channels"] == ["inapp"]
    assert incident["started_at"] < incident["created_at"]
    assert incident["still_works"] == {"en": "Deposits work."}
    assert incident["funds"] == {"en": "Your funds are safe."}
    assert incident["what_to_do"] == {"fr": "Attendez."}


def test_words_can_come_from_standard_input(embedded):
    done = embedded.run("incident", "open", "--name", "Slow", "--body", "-", "--json", given="Line one.\nLine two.\n")
    assert json.loads(done.stdout)["updates"][0]["body"] == {"en": "Line one.\nLine two."}


def test_what_is_refused_changes_nothing(program, kept):
    assert "no component nowhere" in program.refusal(
        "incident", "open", "--name", "x", "--body", "y", "--component", "nowhere=major_outage"
    )
    assert "name is empty" in program.refusal("incident", "open", "--name", " ", "--body", "y")
    assert "no language de" in program.refusal("incident", "open", "--name", "de=x", "--body", "y")
    assert "no channel pigeon" in program.refusal(
        "incident", "open", "--name", "x", "--body", "y", "--channel", "pigeon"
    )
    assert "at character" in program.refusal("incident", "open", "--name", "x", "--body", "y", "--audience", "holds:")
    assert incidents.drafts(kept) == incidents.open_incidents(kept) == []


def test_wrong_use_is_told_apart_from_failed_work(embedded):
    assert "--body" in embedded.refusal("incident", "open", "--name", "x", status=2)
    assert "--impact" in embedded.refusal("incident", "open", "--name", "x", "--body", "y", "--impact", "bad", status=2)
    assert "ID=STATUS" in embedded.refusal(
        "incident", "open", "--name", "x", "--body", "y", "--component", "website", status=2
    )
    assert "no incident INC-7" in embedded.refusal("incident", "show", "INC-7")


def test_a_resolved_incident_cannot_be_resolved_again(embedded):
    opened(embedded)
    embedded.says("incident", "resolve", "INC-1", "--body", "Over.")
    assert "from there it can become" in embedded.refusal("incident", "resolve", "INC-1", "--body", "Over.")


def test_show_tells_the_story_in_order(embedded):
    opened(embedded)
    embedded.says("incident", "update", "inc-1", "--body", "Still looking.", "--impact", "minor")
    said = embedded.says("incident", "show", "INC-1")
    assert said.index("We look into it.") < said.index("Still looking.")
    assert "minor" in said


def test_words_that_were_wrong_are_put_right(program):
    program.json(
        "incident", "open", "--name", "Withdrawals wait", "--body", "All wait.", "--component",
        "eth-withdrawals=degraded_performance",
    )  # fmt: skip
    assert "update 1 corrected" in program.says("incident", "correct", "INC-1", "--body", "Only large ones wait.")
    assert "has no update 5" in program.refusal("incident", "correct", "INC-1", "--update", "5", "--body", "x")
    assert "corrected already" in program.refusal("incident", "correct", "INC-1", "--update", "1", "--body", "x")


def test_times_that_were_wrong_are_corrected_with_a_reason(program, kept):
    opened(program)
    program.says("incident", "resolve", "INC-1", "--body", "It works again.")
    done = program.json("incident", "times", "INC-1", "--started", "3h", "--reason", "The logs say so.")
    began, told = datetime.fromisoformat(done["started_at"]), datetime.fromisoformat(done["created_at"])
    assert timedelta(hours=2, minutes=59) < told - began <= timedelta(hours=3, minutes=1)
    [entry] = [entry for entry in people.audit_entries(kept) if entry.deed == "incident.correct"]
    assert entry.detail["reason"] == "The logs say so."


def test_the_same_trouble_goes_on_as_one(program):
    for name in ("Withdrawals wait", "The same"):
        program.json(
            "incident", "open", "--name", name, "--body", "All wait.", "--component",
            "eth-withdrawals=degraded_performance",
        )  # fmt: skip
    assert "INC-1 took INC-2 over" in program.says("incident", "merge", "INC-2", "--into", "INC-1")
    assert "not open any more" in program.refusal("incident", "merge", "INC-2", "--into", "INC-1")
