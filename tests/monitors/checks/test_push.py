"""The look at what a job reports of its own state."""

from datetime import timedelta

import pytest

from monitors.checks.push import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.services import conclude_service
from monitors.settings import ServiceMonitor
from monitors.wishes import Limit, Limits
from records.observations import Seen
from records.reports import Report, ReportedState
from records.verdicts import VerdictKind
from tests.monitors.cast import BEGIN
from tests.monitors.inbox import FullInbox

TARGET = Target(monitor="sweeper", name="sweeper", grace_seconds=60.0)
LIMITS = Limits(told=Limit(above=10), degraded=Limit(above=100), down=Limit(above=1000))


async def see(client: Client, report: Report | None, *, seconds: float = 0):
    inbox = FullInbox(reports={} if report is None else {"sweeper": report})
    now = BEGIN + timedelta(seconds=seconds)
    return await look(TARGET, Tools(client=client, inbox=inbox, now=lambda: now))


def report(state: str = "up", message: str = "", value: float | None = None) -> Report:
    return Report(at=BEGIN, state=ReportedState(state), message=message, value=value)


async def test_a_job_that_never_reported_is_unknown(client: Client):
    seen = await see(client, None)
    assert (seen.seen, seen.note) == (Seen.UNSUPPORTED, "no report has come yet")


@pytest.mark.parametrize(
    ("said", "seconds", "kind", "words"),
    [
        (report(), 60, VerdictKind.OPERATIONAL, "it reports in time"),
        (report(message="all 7 swept"), 0, VerdictKind.OPERATIONAL, "it says “all 7 swept”"),
        (report(), 61, VerdictKind.SILENT, "its last report came 61 s ago"),
        (report("degraded"), 0, VerdictKind.SERVICE_IMPAIRED, "it calls itself degraded"),
        (
            report("down", "signer away"),
            0,
            VerdictKind.SERVICE_DOWN,
            "it calls itself down, it says “signer away”",
        ),
        (
            report("down"),
            99,
            VerdictKind.SERVICE_DOWN,
            "it calls itself down, its last report came 99 s ago",
        ),
        (report(value=11), 0, VerdictKind.OPERATIONAL, "the measured value is 11, above 10"),
        (report(value=101), 0, VerdictKind.SERVICE_IMPAIRED, "the measured value is 101, above 100"),
        (report("degraded", value=1001), 0, VerdictKind.SERVICE_DOWN, "the measured value is 1001, above 1000"),
        (report("down", value=101), 0, VerdictKind.SERVICE_DOWN, "it calls itself down"),
    ],
)
async def test_the_gravest_of_state_number_and_silence_counts(client: Client, said, seconds, kind, words):
    seen = await see(client, said, seconds=seconds)
    conclusion = conclude_service(ServiceMonitor(id="sweeper", kind="push", limits=LIMITS), seen)
    assert (conclusion.kind, conclusion.reasoning) == (kind, words)
