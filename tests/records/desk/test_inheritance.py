"""One cause, one incident: what stands on a broken component joins its incident."""

import pytest

from records.components import Direction, Status
from records.desk.configuration import MonitorEntry, configure
from records.desk.desk import Desk
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.judgement import take_verdict
from records.errors import Invalid
from records.incidents import Stage
from records.people import COMMAND_LINE
from records.store import components, incidents, notices
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, SECOND, a_component, a_verdict, an_incident, clear, describe

OK, DEGRADED, PARTIAL, MAJOR = Status.OPERATIONAL, Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE
SERVICES = ("cards", "swaps")


def rows(services, **changes):
    """Ethereum; Arbitrum, which settles there; services that stand on Arbitrum; the website, which stands alone."""
    way = {"direction": Direction.DEPOSITS, **changes}
    return [
        a_component("eth-deposits", "Ethereum deposits", chain="ethereum", **way),
        a_component("arb-deposits", "Arbitrum deposits", chain="arbitrum", depends_on=("eth-deposits",), **way),
        *(
            a_component(name, name, depends_on=("arb-deposits",), audience=f"holds:{name}", **changes)
            for name in services
        ),
        a_component("website", "Website", **changes),
    ]  # fmt: skip


def house(store, *, auto_publish=True, services=SERVICES):
    desk = Desk(store=store)
    watched = [
        MonitorEntry(id="chain:ethereum", kind="chain", every=5 * SECOND, chain="ethereum"),
        MonitorEntry(id="chain:arbitrum", kind="chain", every=5 * SECOND, chain="arbitrum"),
        *(MonitorEntry(id=name, kind="http", every=10 * SECOND, component_id=name) for name in (*services, "website")),
    ]
    configure(desk, rows(services, auto_publish=auto_publish), watched, COMMAND_LINE, NOW - DAY)
    for monitor in watched:
        take(desk, clear(monitor.id, at=NOW - HOUR))
    return desk


def take(desk, verdict, at=None):
    return take_verdict(desk, verdict, describe, at or verdict.at)


def red(monitor, since, status=PARTIAL):
    return a_verdict(monitor=monitor, at=since, deposits=status)


def alive(store):
    return [*incidents.open_incidents(store), *incidents.drafts(store)]


def told(store, incident):
    return len(notices.notices(store, subject_id=incident.id))


def test_a_child_whose_parent_is_broken_joins_the_parents_incident(store):
    desk = house(store)
    parent = take(desk, red("chain:ethereum", NOW))
    assert take(desk, red("cards", NOW + 30 * SECOND, DEGRADED)) is None
    assert components.component(store, "cards").status is DEGRADED, "its state shows at once"
    take(desk, red("cards", NOW + 30 * SECOND, DEGRADED), NOW + 70 * SECOND)
    (one,) = alive(store)
    assert one.id == parent.id
    assert one.statuses == {"eth-deposits": PARTIAL, "cards": DEGRADED}
    assert "holds:cards" in one.audience
    assert told(store, one) == 2
    assert one.updates[-1].body["en"].endswith("cards")


def test_what_joins_within_a_minute_is_told_together(store):
    names = tuple(f"service-{number}" for number in range(100, 200))
    desk = house(store, services=names)
    take(desk, red("chain:arbitrum", NOW), NOW + MINUTE)
    for name in names:
        take(desk, red(name, NOW + MINUTE), NOW + MINUTE + 10 * SECOND)
    for name in names:
        take(desk, red(name, NOW + MINUTE), NOW + 2 * MINUTE)
    (one,) = alive(store)
    assert len(one.statuses) == 101
    assert told(store, one) == 2


def test_children_that_turn_red_before_their_parent_wait_for_it(store):
    desk = house(store)
    assert take(desk, red("swaps", NOW)) is None
    assert take(desk, red("cards", NOW), NOW + 20 * SECOND) is None
    parent = take(desk, red("chain:ethereum", NOW + 30 * SECOND))
    take(desk, red("cards", NOW), NOW + 2 * MINUTE)
    (one,) = alive(store)
    assert one.id == parent.id
    assert set(one.statuses) == {"eth-deposits", "cards", "swaps"}


def test_a_child_that_nothing_explains_gets_its_own_after_a_minute(store):
    desk = house(store)
    assert take(desk, red("cards", NOW)) is None
    own = take(desk, red("cards", NOW), NOW + MINUTE)
    assert (own.monitor, own.started_at) == ("cards", NOW)
    assert take(desk, red("website", NOW)).monitor == "website", "what depends on nothing waits for nothing"


def test_when_the_parent_recovers_and_the_child_does_not_the_child_gets_its_own(store):
    desk = house(store)
    parent = take(desk, red("chain:ethereum", NOW))
    take(desk, red("cards", NOW + 30 * SECOND), NOW + 2 * MINUTE)
    take(desk, clear("chain:ethereum", at=NOW + 10 * MINUTE))
    own = take(desk, red("cards", NOW + 30 * SECOND), NOW + 11 * MINUTE)
    assert own.monitor == "cards"
    assert own.statuses == {"cards": PARTIAL}
    assert own.started_at == NOW + 30 * SECOND
    take(desk, clear("chain:ethereum", at=NOW + 60 * MINUTE))
    assert incidents.incident(store, parent.id).stage is Stage.RESOLVED, "the child does not hold its parent back"
    assert [each.id for each in alive(store)] == [own.id]


def test_a_child_that_recovers_first_is_shown_as_well_while_the_parent_is_not(store):
    desk = house(store)
    parent = take(desk, red("chain:ethereum", NOW))
    take(desk, red("cards", NOW + 30 * SECOND), NOW + 2 * MINUTE)
    take(desk, clear("cards", at=NOW + 5 * MINUTE))
    assert components.component(store, "cards").status is OK
    assert incidents.incident(store, parent.id).statuses == {"eth-deposits": PARTIAL, "cards": OK}
    assert told(store, parent) == 2


def test_the_parents_own_news_do_not_forget_who_joined(store):
    desk = house(store)
    parent = take(desk, red("chain:ethereum", NOW, DEGRADED))
    take(desk, red("cards", NOW + 30 * SECOND, DEGRADED), NOW + 2 * MINUTE)
    take(desk, red("chain:ethereum", NOW + 3 * MINUTE, MAJOR))
    assert incidents.incident(store, parent.id).statuses == {"eth-deposits": MAJOR, "cards": DEGRADED}
    take(desk, red("chain:ethereum", NOW + 3 * MINUTE, MAJOR), NOW + 4 * MINUTE)
    assert told(store, parent) == 3


def test_a_draft_is_joined_and_nobody_is_told(store):
    desk = house(store, auto_publish=False)
    draft = take(desk, red("chain:ethereum", NOW))
    take(desk, red("chain:arbitrum", NOW + 10 * SECOND), NOW + 10 * SECOND)
    (one,) = incidents.drafts(store)
    assert (one.id, set(one.statuses)) == (draft.id, {"eth-deposits", "arb-deposits"})
    for later in range(5):
        take(desk, red("chain:ethereum", NOW), NOW + (20 + later) * SECOND)
    assert len(incidents.incident(store, draft.id).updates) == 2
    assert told(store, draft) == 0


def test_a_persons_incident_is_joined_without_a_word(store):
    desk = house(store)
    entry = an_incident(statuses={"arb-deposits": PARTIAL})
    incident = open_incident(desk, entry, ANA, NOW)
    assert take(desk, red("cards", NOW + MINUTE), NOW + 5 * MINUTE) is None
    (one,) = alive(store)
    assert one.statuses == {"arb-deposits": PARTIAL, "cards": PARTIAL}
    assert len(one.updates) == 1
    assert told(store, incident) == 1
    after = UpdateEntry(stage=Stage.IDENTIFIED, body={"en": "Found it."})
    assert "holds:cards" in update_incident(desk, incident.id, after, ANA, NOW + 6 * MINUTE).audience


def test_a_component_that_left_the_configuration_does_not_hold_up_the_end(store):
    desk = house(store)
    parent = take(desk, red("chain:ethereum", NOW))
    take(desk, red("cards", NOW + 30 * SECOND), NOW + 2 * MINUTE)
    watched = [MonitorEntry(id="chain:ethereum", kind="chain", every=5 * SECOND, chain="ethereum")]
    configure(desk, rows(()), watched, COMMAND_LINE, NOW + 3 * MINUTE)
    take(desk, clear("chain:ethereum", at=NOW + 10 * MINUTE))
    assert incidents.incident(store, parent.id).stage is Stage.MONITORING


def test_a_circle_is_refused(store):
    circle = [a_component("a", "A", depends_on=("b",)), a_component("b", "B", depends_on=("a",))]
    with pytest.raises(Invalid, match="circle"):
        configure(Desk(store=store), circle, [], COMMAND_LINE, NOW)
    assert components.all_components(store) == []
