"""Several real processes share the monitors: one dies, one freezes and wakes, one knows fewer of them."""

import signal
import time

from records.components import Status
from records.incidents import Stage
from records.store import components, incidents
from records.store.engine import Store
from tests.end_to_end.watchers import NAMES, House, Services, shares
from tests.nodes import wait_for


def test_two_processes_share_and_a_dead_or_frozen_ones_monitors_are_taken_over(
    store: Store, house: House, found: Services
):
    first, second = house.watcher(), house.watcher()
    wait_for(lambda: shares(store) == [3, 3], "a fair share each", seconds=40)

    frozen_at = time.monotonic()
    second.send_signal(signal.SIGSTOP)
    wait_for(lambda: shares(store) == [6], "the taking over of a frozen process's share", seconds=20)
    wait_for(lambda: found.asked_since(frozen_at + 6) == set(NAMES), "looks at everything", seconds=20)
    second.send_signal(signal.SIGCONT)
    wait_for(lambda: shares(store) == [3, 3], "sharing again", seconds=30)

    killed_at = time.monotonic()
    first.kill()
    first.wait()
    # Leases last six seconds, and are looked for every two.
    wait_for(lambda: found.asked_since(killed_at + 1) == set(NAMES), "the taking over", seconds=30)
    assert time.monotonic() - killed_at < 15
    assert found.at_once == set(), "no monitor was looked at by two at once"


def test_a_red_monitor_that_is_taken_out_of_the_configuration_closes_its_alarm(
    store: Store, house: House, found: Services
):
    found.broken.add("service-0")
    first = house.watcher()
    wait_for(lambda: len(incidents.open_incidents(store)) == 1, "an incident", seconds=40)
    (incident,) = incidents.open_incidents(store)
    first.terminate()
    first.wait(timeout=30)

    house.watcher(NAMES[1:])
    wait_for(lambda: incidents.incident(store, incident.id).stage is Stage.MONITORING, "the end", seconds=40)
    wait_for(lambda: shares(store) == [5], "the watch of the others", seconds=20)
    shown = components.component(store, "service-0")
    assert shown.signal is None
    assert shown.status is not Status.UNKNOWN
