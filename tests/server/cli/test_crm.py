"""`forewarn crm …`, and what `forewarn doctor` says of it."""

import json

from records.crm import EVENTS
from records.store import crm
from tests.receivers import HookReceiver, says
from tests.records.store.test_crm import take_all, tell
from tests.server.cli.test_doctor import findings

SECRET = "a-secret-of-the-crm"


def told_of(store, count=2):
    crm.follow(store, EVENTS)
    tell(store, count)


def test_the_status_says_how_far_behind_it_is(program, kept):
    told_of(kept)
    assert program.says("crm", "status").startswith("4 wait, the oldest from 2026-11-22 13:10 UTC; 0 taken so far")
    status = json.loads(program.says("crm", "status", "--json"))
    assert (status["waiting"], status["oldest"], status["told_at"]) == (4, "2026-11-22T13:10:00.000Z", None)


def test_without_one_the_command_says_how_to_get_one(program):
    done = program.run("crm", "status")
    assert done.returncode == 1
    assert "add crm to the settings" in done.stderr


def test_the_ledger_is_told_again_since_a_time(program, kept):
    told_of(kept)
    take_all(kept)
    assert json.loads(program.says("crm", "replay", "--since", "2026-11-22T13:10Z", "--json")) == {"queued": 4}
    assert len(take_all(kept)) == 4
    assert program.says("crm", "replay", "--since", "2026-11-22T13:11Z").startswith("0 events")


def test_the_doctor_posts_nothing_and_says_whether_it_was_taken(embedded):
    with HookReceiver() as receiver:
        receiver.next_manners.append(says(200))
        embedded.write_settings(crm={"url": receiver.url, "secret": SECRET}, smtp=None)
        found = findings(embedded, 0)
        assert "takes posts (200)" in found["crm", "ok"]["said"]
        assert receiver.posts[0].json["events"] == []
        receiver.manner = says(401)
        assert "crm.token" in findings(embedded, 1)["crm", "fail"]["hint"]
    gone = findings(embedded, 1)["crm", "fail"]
    assert "unreachable" in gone["said"]
    assert SECRET not in gone["said"]
