"""Whatever happens, in whatever order: everybody is accounted for at any instant, and nobody hears a thing twice."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from records.components import Status
from records.customers import CustomerEntry
from records.desk import subscribers as following
from records.desk.approvals import run_waits
from records.desk.blocks import lift_block
from records.desk.customers import put_customers
from records.desk.incidents import UpdateEntry, open_incident, update_incident
from records.desk.maintenance import announce, cancel
from records.desk.merging import merge_incidents
from records.desk.notices import cancel_notice
from records.desk.windows import run_windows
from records.errors import Conflict, Invalid
from records.incidents import Stage
from records.maintenance import Kind
from records.notices import NoticeState, Outcome
from records.people import CLOCK, COMMAND_LINE
from records.quiet import QuietRule, read_hours
from records.store import customers, fanout, joining, ledger, lists, notices, outbox, subscribers
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.subscribers import SubscriberEntry, SubscriberState
from tests.cast import ANA, HOUR, MINUTE, NOW, SECOND, a_window, acme, an_incident, done, put_off

QUIET = QuietRule(hours=read_hours("22:00-07:00"), zone="UTC")
WAYS = ("email", "inapp", "social:acme", "subscriber:email")
_CHANNELS = [("email",), ("inapp",), ("email", "inapp"), ("email", "inapp"), ("email", "inapp", "social")]
_STEPS = 150


class House:
    """Operators, the clock, customers who come, change and go, notifiers that claim, send, fail and lose leases."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.dice = random.Random(seed)
        self.desk = acme(store, updates_wait=self.dice.choice([timedelta(), 5 * MINUTE]))
        self.now = NOW
        self.held: list[outbox.Mark] = []
        self.done: list[str] = []

    def step(self) -> None:
        """One move of somebody's; what makes no sense just now is refused."""
        weighed = {
            self.opens: 2, self.updates: 3, self.merges: 1, self.plans: 1, self.calls_off: 1, self.stops: 1,
            self.changes: 6, self.is_blocked: 2, self.is_lifted: 2, self.follows: 2, self.fans_out: 3,
            self.fans_out_all: 4, self.takes_in: 6, self.sends: 8, self.begins_to_send: 2, self.answers: 2,
            self.waits: 3,
        }  # fmt: skip
        (move,) = self.dice.choices(list(weighed), list(weighed.values()))
        self.done.append(move.__name__)
        with suppress(Conflict, Invalid):
            move()

    # What people say.

    def opens(self) -> None:
        entry = an_incident(
            channels=self.dice.choice(_CHANNELS),
            statuses={"btc-withdrawals": self.dice.choice([Status.DEGRADED, Status.MAJOR_OUTAGE])},
            audience=self.dice.choice([None, "everyone", "holds:ETH and not product:card", "product:*"]),
        )
        open_incident(self.desk, entry, ANA, self.now)

    def updates(self) -> None:
        stage = self.dice.choice([Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.IDENTIFIED, Stage.RESOLVED])
        entry = UpdateEntry(stage=stage, body={"en": "We know more."}, channels=self.dice.choice([None, *_CHANNELS]))
        if found := lists.incidents_before(self.store, lists.FIRST, limit=50):
            update_incident(self.desk, self.dice.choice(found).id, entry, ANA, self.now)

    def merges(self) -> None:
        if found := lists.incidents_before(self.store, lists.FIRST, limit=50):
            one, two = self.dice.choice(found), self.dice.choice(found)
            merge_incidents(self.desk, one.id, two.id, {"en": "It is the same."}, ANA, self.now)

    def plans(self) -> None:
        begin = self.now + self.dice.choice([3, 30, 100]) * HOUR
        kind = self.dice.choice([Kind.MAINTENANCE, Kind.PROMOTION])
        times = {"scheduled_for": begin, "scheduled_until": begin + HOUR}
        announce(self.desk, a_window(kind=kind, channels=self.dice.choice(_CHANNELS), **times), ANA, self.now)

    def calls_off(self) -> None:
        if found := lists.maintenances_before(self.store, lists.FIRST, limit=50):
            cancel(self.desk, self.dice.choice(found).id, ANA, self.now)

    def stops(self) -> None:
        if found := notices.notices(self.store):
            cancel_notice(self.desk, self.dice.choice(found).id, "user:ana", self.now)

    # What becomes of customers and subscribers.

    def somebody(self) -> str:
        return self.dice.choice(["ada", "bruno", "fay", *(f"c-{number}" for number in range(9))])

    def changes(self) -> None:
        who = self.somebody()
        tags = self.dice.sample(["holds:BTC", "holds:ETH", "product:card"], self.dice.randint(1, 3))
        entry = CustomerEntry(
            external_id=who,
            email=self.dice.choice([None, f"{who}@mail.example", f"{who}.{self.dice.randint(1, 3)}@mail.example"]),
            time_zone=self.dice.choice([None, "Asia/Tokyo", "America/New_York"]),
            tags=tuple(tags),
            channels={each: self.dice.random() < 0.6 for each in ("email", "inapp") if self.dice.random() < 0.5},
            quiet_hours=self.dice.choice([None, "none", "usual", "12:00-18:00"]),
        )
        put_customers(self.desk, [entry], COMMAND_LINE, self.now)

    def is_blocked(self) -> None:
        found = self.store.rows("SELECT id FROM customers ORDER BY id")
        number = self.dice.choice(found)["id"]
        customers.block_contact(self.store, number, "email", self.dice.choice(["bounced", "complained"]))

    def is_lifted(self) -> None:
        found = self.store.rows("SELECT customer_id AS id FROM contacts WHERE blocked IS NOT NULL ORDER BY customer_id")
        if found:
            one = customers.customer_by_number(self.store, self.dice.choice(found)["id"])
            lift_block(self.desk, one.external_id, ANA, self.now, reason="they called")

    def follows(self) -> None:
        entry = SubscriberEntry(address=f"{self.somebody()}@mail.example", language="en")
        if following.take_in(self.desk, entry, ANA, self.now, basis="they agreed"):
            return
        known = self.dice.choice(subscribers.subscribers(self.store))
        if known.state is SubscriberState.QUARANTINED:
            following.lift(self.desk, known.id, ANA, self.now)
        elif self.dice.random() < 0.5:
            following.unsubscribe(self.desk, known.id, ANA, self.now)
        else:
            following.quarantine(self.desk, known.id, "bounced", ANA, self.now)

    # What notifiers and the clock do.

    def fans_out(self) -> None:
        for notice in fanout.unfinished_fanouts(self.store)[:1]:
            fanout.fan_out_chunk(self.store, notice, self.now, chunk=self.dice.randint(1, 5), quiet=QUIET)

    def fans_out_all(self) -> None:
        while waiting := fanout.unfinished_fanouts(self.store):
            fanout.fan_out_chunk(self.store, waiting[0], self.now, chunk=50, quiet=QUIET)

    def takes_in(self) -> None:
        joining.take_in(self.store, self.now, quiet=QUIET, most=self.dice.randint(1, 20))

    def sends(self) -> None:
        for way in self.dice.sample(WAYS, self.dice.randint(1, 4)):
            outbox.mark(self.store, self.claimed(way, 50), self.now)
        outbox.finish_notices(self.store)

    def begins_to_send(self) -> None:
        """The answers come later, perhaps after the lease, or never."""
        self.held = self.claimed(self.dice.choice(WAYS), self.dice.randint(1, 9))

    def claimed(self, way: str, limit: int) -> list[outbox.Mark]:
        """What becomes of each: most are taken."""
        marks = []
        for one in outbox.claim(self.store, way, self.now, lease=MINUTE, limit=limit):
            ends = Outcome.EXPIRED if one.useful_until <= self.now else self.dice.choice([Outcome.ACCEPTED] * 6 + [
                Outcome.FAILED, None])  # fmt: skip
            marks.append(put_off(one, self.now + 5 * MINUTE) if ends is None else done(one, ends))
        return marks

    def answers(self) -> None:
        outbox.mark(self.store, self.held, self.now)
        self.held = []

    def waits(self) -> None:
        self.now += self.dice.choice([1, 6, 60, 9 * 60]) * MINUTE + SECOND
        run_windows(self.desk, CLOCK, self.now)
        run_waits(self.desk, CLOCK, self.now)


def check(house: House) -> None:
    """What holds at any moment."""
    store = house.store
    for notice in notices.notices(store):
        status = notices.status(store, notice.id)
        assert status.sums_match, (notice, status)
        every = (status.people, *status.channels.values(), *status.subscribers.values())
        assert min(count for each in every for count in vars(each).values()) >= 0, status
    # Nobody froze words here: that they are kept is proved elsewhere.
    assert [each for each in ledger.verify(store).faults if "words" not in each] == []
    again = store.rows(
        """
        SELECT d.customer_id FROM deliveries d JOIN ledger g ON g.customer_id = d.customer_id
            AND g.notice_id = d.notice_id AND g.version = d.version AND g.channel = d.channel
        WHERE g.outcome IN ('accepted', 'failed', 'expired', 'superseded', 'cancelled')
        """
    )
    assert again == [], "something waits for whom it has reached"
    outdated = store.rows(
        """
        SELECT d.customer_id FROM deliveries d JOIN notices n ON n.id = d.notice_id
        WHERE n.state IN ('done', 'cancelled') AND d.lease = 0
        """
    )
    assert outdated == [], "something waits that will not be looked at again"


def walk(house: House, steps: int) -> None:
    for _ in range(steps):
        house.step()
        try:
            check(house)
        except AssertionError:
            print("moves:", " ".join(house.done))
            raise


def seen(store: Store) -> Counter[str]:
    found = Counter({each["outcome"]: 1 for each in store.rows("SELECT DISTINCT outcome FROM ledger")})
    for row in store.rows("SELECT DISTINCT reason FROM ledger"):
        found.update(row["reason"].split(", "))
    found["late members"] = len(store.rows("SELECT 1 AS one FROM late_members"))
    return found


def test_everybody_is_accounted_for_at_any_instant(tmp_path):
    happened: Counter[str] = Counter()
    for seed in range(6):
        store = open_store(f"sqlite:///{tmp_path}/{seed}.db")
        migrate(store)
        print("seed", seed)
        walk(House(store, seed), _STEPS)
        happened += seen(store)
        store.close()
    # Else the walk proves less than it says.
    wanted = {"accepted", "failed", "superseded", "suppressed", "requeued", "no_address", "bounced", "optout"}
    wanted |= {"not_affected_any_more", "duplicate_address", "joined_late", "quiet_hours", "mandatory", "late members"}
    assert wanted <= set(happened), happened


def test_they_are_on_either_engine(store):
    walk(House(store, 100), _STEPS // 2)


@pytest.mark.parametrize("state", [NoticeState.DONE, NoticeState.CANCELLED])
def test_a_notice_that_is_over_has_nothing_left_that_nobody_looks_at(store, state):
    """The look by which the walk judges finds what it is for."""
    house = House(store, 7)
    house.opens()
    house.fans_out_all()
    store.run("UPDATE notices SET state = :state", state=state.value)
    with pytest.raises(AssertionError, match="will not be looked at"):
        check(house)
