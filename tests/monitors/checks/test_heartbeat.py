"""The look for a sign of life."""

from datetime import timedelta

import pytest

from monitors.checks.heartbeat import judge_beat, look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.observations import Seen
from tests.monitors.cast import BEGIN
from tests.monitors.inbox import FullInbox

TARGET = Target(monitor="nightly-sweep", name="nightly-sweep", grace_seconds=60.0)


@pytest.mark.parametrize(("age_seconds", "late"), [(0, False), (60, False), (61, True), (-5, False)])
def test_a_beat_is_late_after_its_grace(age_seconds: int, late: bool):
    seen = judge_beat(TARGET, BEGIN - timedelta(seconds=age_seconds), BEGIN)
    assert (seen.seen, seen.facts["late"]) == (Seen.OK, late)


def test_a_job_that_never_reported_is_unknown():
    assert judge_beat(TARGET, None, BEGIN).seen is Seen.UNSUPPORTED


async def test_the_last_beat_is_asked_for_by_the_monitors_id(client: Client):
    inbox = FullInbox(beats={"nightly-sweep": BEGIN})
    seen = await look(TARGET, Tools(client=client, inbox=inbox, now=lambda: BEGIN + timedelta(hours=1)))
    assert (inbox.asked, seen.facts["late"]) == (["nightly-sweep"], True)
