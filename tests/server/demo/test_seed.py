from datetime import timedelta

import pytest

from records.components import TROUBLED, Status
from records.desk.customers import check_customer
from records.letters import LetterKind
from records.people import Role
from records.store import audience as audiences
from records.store import customers, days, incidents, letters, subscribers, tickets
from records.store import maintenance as windows
from records.store import people as logins
from records.times import now_utc
from server.demo import people
from server.demo.history import DAYS
from server.demo.seed import seed
from server.demo.world import opened_world
from server.wiring import open_context


@pytest.fixture
async def context(tmp_path):
    async with opened_world(tmp_path, 8000) as world:
        assert seed(world.settings, now_utc())
        context = open_context(world.settings)
        yield context
        context.desk.store.close()


async def test_a_second_start_adds_nothing(context):
    assert not seed(context.settings, now_utc())


def test_every_customer_is_well_formed_and_no_two_share_an_address():
    everybody = people.customers()
    for entry in everybody:
        check_customer(entry)
    assert len({entry.external_id for entry in everybody}) == people.CUSTOMERS
    assert len({entry.email for entry in everybody}) == people.CUSTOMERS
    assert {entry.language for entry in everybody} == {"en", "fr", "ro"}
    assert all((entry.email or "").partition("@")[2].startswith("example.") for entry in everybody)


async def test_the_walk_through_customer_is_told_of_ethereum(context):
    found = customers.customer(context.desk.store, people.FIRST_CUSTOMER)
    assert {"holds:ETH", "network:ethereum", "pending:ethereum"} <= set(found.tags)


async def test_trouble_at_ethereum_concerns_many_but_not_everyone(context):
    count = audiences.count(context.desk.store, "network:ethereum or holds:ETH")
    assert 500 < count < 900


async def test_forty_tickets_wait_and_many_speak_of_ethereum(context):
    found = tickets.tickets(context.desk.store, tickets.Filter(limit=100))
    assert len(found) == 40
    assert sum("ETH" in ticket.subject + ticket.text for ticket in found) >= 12
    assert sum(ticket.requester_ref is None for ticket in found) in range(1, 6)


async def test_the_past_has_trouble_and_planned_work_in_it_and_the_present_none(context):
    store, now = context.desk.store, now_utc()
    history = days.changes_since(store, now - timedelta(days=DAYS + 1))
    troubled = {name for name, states in history.items() for _, status in states if status in TROUBLED}
    planned = {name for name, states in history.items() for _, status in states if status is Status.UNDER_MAINTENANCE}
    assert len(troubled) >= 6
    assert planned == {"trading", "website", "eth-deposits", "eth-withdrawals"}
    assert min(states[0][0] for states in history.values()) < now - timedelta(days=DAYS - 1)
    assert not incidents.open_incidents(store)
    for name, states in history.items():
        assert [at for at, _ in states] == sorted(at for at, _ in states), name


async def test_the_next_planned_event_is_announced_in_time(context):
    (coming,) = windows.unfinished(context.desk.store)
    assert coming.lead >= timedelta(days=7)


async def test_three_colleagues_can_sign_in(context):
    for name, role in people.COLLEAGUES.items():
        user = logins.user(context.desk.store, name)
        assert user is not None
        assert user.role is Role(role)


async def test_a_few_follow_the_page_and_one_has_not_said_yes_yet(context):
    found = subscribers.subscribers(context.desk.store)
    assert [one.state.value for one in found] == ["confirmed", "confirmed", "confirmed", "pending"]
    assert found[1].components == ("group-bitcoin", "group-ethereum")
    (letter,) = letters.claim(context.desk.store, now_utc(), lease=timedelta(minutes=1))
    assert (letter.address, letter.kind, letter.language) == (people.LATE_FOLLOWER.address, LetterKind.CONFIRM, "ro")
