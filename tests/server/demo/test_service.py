import time

import pytest

from monitors.checks import CHECKS
from monitors.checks.target import Tools
from monitors.client import Client
from monitors.rounds import State, play
from monitors.targets import targets_of
from records.times import from_ms
from records.verdicts import VerdictKind
from server.config.monitors import service_monitors
from server.demo.service import ServiceFault
from server.demo.world import opened_world


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (ServiceFault.NONE, VerdictKind.OPERATIONAL),
        (ServiceFault.SLOW, VerdictKind.SERVICE_SLOW),
        (ServiceFault.ERRORS, VerdictKind.SERVICE_DOWN),
        (ServiceFault.KILL, VerdictKind.SERVICE_DOWN),
    ],
)
async def test_every_button_of_the_website_is_seen_and_healing_too(tmp_path, fault, kind):
    async with opened_world(tmp_path, 8000) as world, Client() as client:
        (monitor,) = service_monitors(world.settings)
        (target,) = targets_of(monitor)
        tools, state, seconds = Tools(client=client), State(), time.time()

        async def look() -> VerdictKind:
            nonlocal state, seconds
            seconds += 2
            seen = await CHECKS[monitor.kind](target, tools)
            outcome = play(monitor, state, [seen], now=from_ms(int(seconds * 1000)), monotonic=seconds)
            state = outcome.state
            return outcome.verdict.kind

        assert await look() is VerdictKind.OPERATIONAL
        await world.website.set_fault(fault)
        assert [await look() for _ in range(3)][-1] is kind
        await world.website.set_fault(ServiceFault.NONE)
        assert [await look() for _ in range(3)][-1] is VerdictKind.OPERATIONAL
