"""Fill an empty store with the demo's people and past."""

from datetime import datetime

from records.desk.customers import put_customers
from records.desk.subscribers import ask, take_in
from records.desk.tickets import record_ticket
from records.people import COMMAND_LINE, VISITOR
from records.store import people as logins
from server.auth import hash_password
from server.config import Settings
from server.context import Context
from server.demo import history, people
from server.wiring import apply_configuration, open_context


def seed(settings: Settings, now: datetime) -> bool:
    """Write everything the demo starts with. False when the store was filled at an earlier start."""
    context = open_context(settings)
    store = context.desk.store
    try:
        if logins.count_users(store):
            return False
        _fill(context, now)
        return True
    finally:
        store.close()


def _fill(context: Context, now: datetime) -> None:
    desk = context.desk
    history.live_through(desk, context.settings, now)
    apply_configuration(context)
    put_customers(desk, people.customers(), COMMAND_LINE, now)
    for ticket in people.tickets(now):
        record_ticket(desk, ticket, COMMAND_LINE, now)
    for follower in people.FOLLOWERS:
        take_in(desk, follower, COMMAND_LINE, now, basis="they live in this demo")
    # Somebody who has not pressed the button yet: the letter is on its way when the mailbox opens.
    ask(desk, people.LATE_FOLLOWER, VISITOR, now)
    history.announce_what_comes(desk, now)
    # Last: they are the sign that all the rest is there.
    for name, role in people.COLLEAGUES.items():
        logins.add_user(desk.store, name, role, hash_password(people.PASSWORD), now)
