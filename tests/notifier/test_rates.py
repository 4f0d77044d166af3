"""The whole way at a pace: real mail servers that have enough, a mass mailing, and whoever comes beside it."""

from datetime import timedelta

import pytest

from notifier.channels.email import Email
from notifier.posts import Way
from records.customers import CustomerEntry
from records.desk.desk import Desk
from records.desk.notices import cancel_notice
from records.ids import new_number
from records.notices import Lane, Outcome
from records.store import customers, notices, throttles
from records.store.engine import open_store
from records.throttles import Limit, Limits, Why
from records.times import now_utc, to_ms
from tests.mail import Sink
from tests.notifier.cast import HOUSE, add_customers, queue
from tests.notifier.channels.social.cast import Account
from tests.notifier.test_courier import SECRET, a_new_notice, outcomes, relay_to, running, server, until
from tests.services import FakeMastodon, answers

__all__ = ["server"]

MANY = 20_000


def people(store, *addresses):
    with store.tx():
        for number, address in enumerate(addresses):
            entry = CustomerEntry(external_id=f"c-{number}", email=address, language="en")
            customers.put(store, entry, default_language="en", now=now_utc())


def of_two(count):
    """As many at one operator as at another."""
    return [f"p{number}@{host}" for number in range(count) for host in ("gmail.com", "acme.example")]


class Clock:
    """Now, and as much later as the test says."""

    ahead = timedelta()

    def __call__(self):
        return now_utc() + self.ahead


def standing(store, operator="google"):
    return {each.operator: each for each in throttles.all_throttles(store, now_utc())}.get(operator)


def in_hand(store):
    return store.row("SELECT count(*) AS n FROM deliveries WHERE lease <> 0")["n"]


def to_google(server):
    return sum("gmail.com" in mail.recipient for mail in server.mails)


async def test_421_in_mid_session_halves_and_holds_that_operators_mail_and_nobody_elses(store, server):
    people(store, *of_two(20))
    server.manners.refuse = lambda address: (
        "421 4.7.0 too many messages" if "gmail.com" in address and to_google(server) >= 4 else None
    )
    notice = queue(store, a_new_notice(), now_utc())
    clock = Clock()
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}, clock=clock):
        await until(lambda: notices.status(store, notice.id).channels["email"].sent >= 24)
        await until(lambda: standing(store) is not None)
        held = standing(store)
        assert (held.why, held.said) == (Why.BUSY, "421 4.7.0 too many messages")
        assert timedelta(seconds=50) < held.held_until - now_utc() <= timedelta(seconds=60)
        assert held.rate(Limit()) is not None
        await until(lambda: in_hand(store) == 0)
        assert len(server.mails) < 40
        begin = to_ms(held.held_until - timedelta(seconds=1))
        await until(lambda: store.row("SELECT min(due_at) AS at FROM deliveries")["at"] >= begin)
        server.manners.refuse = lambda _address: None
        clock.ahead = timedelta(seconds=62)
        await until(lambda: notices.status(store, notice.id).complete)
    # None of it counted as a try of anybody.
    assert {(each.outcome, each.attempts) for each in outcomes(store, notice).values()} == {(Outcome.ACCEPTED, 1)}
    assert len({mail.recipient for mail in server.mails}) == len(server.mails) == 40


async def test_a_hold_outlives_a_restart(store, server, store_url):
    people(store, *of_two(5))
    server.manners.refuse = lambda address: "421 4.7.0 later" if "gmail.com" in address else None
    notice = queue(store, a_new_notice(), now_utc())
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}):
        await until(lambda: notices.status(store, notice.id).channels["email"].sent == 5)
        await until(lambda: standing(store) is not None)
    asked = len(server.commands)
    again = open_store(store_url)
    async with running(again, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}):
        late = queue(again, a_new_notice(subject_id="another00000"), now_utc())
        await until(lambda: notices.status(again, late.id).channels["email"].sent == 5)
    again.close()
    assert not [line for line in server.commands[asked:] if line.startswith("RCPT") and "gmail.com" in line]


async def test_an_account_that_answers_429_waits_as_long_as_it_says_and_blocks_no_other(store):
    with FakeMastodon() as one, FakeMastodon() as other:
        accounts = {"social:one": Account("mastodon", one), "social:other": Account("mastodon", other)}
        one.manners.append(answers(429, {"error": "slow down"}, Retry_After="120"))
        ways = {name: Way(manner=account.service.manner, language="en") for name, account in accounts.items()}
        channels = {name: account.channel for name, account in accounts.items()}
        clock = Clock()
        first = queue(store, a_new_notice(channels=tuple(channels)), now_utc())
        async with running(store, channels, ways=ways, clock=clock):
            await until(lambda: len(other.posts) == 1 and not one.manners)
            await until(lambda: throttles.all_throttles(store, now_utc()))
            second = queue(store, a_new_notice(channels=tuple(channels), subject_id="another00000"), now_utc())
            await until(lambda: len(other.posts) == 2)
            assert one.posts == []
            clock.ahead = timedelta(seconds=140)
            await until(lambda: len(one.posts) == 2)
            await until(lambda: notices.status(store, first.id).complete and notices.status(store, second.id).complete)


async def test_an_operator_that_refuses_us_time_and_again_is_left_alone_and_the_others_are_told(store, server):
    people(store, *of_two(60))
    server.manners.refuse = lambda address: "550 5.7.1 blocked" if "gmail.com" in address else None
    notice = queue(store, a_new_notice(), now_utc())
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}) as _:
        await until(lambda: notices.status(store, notice.id).channels["email"].sent == 60)
        await until(lambda: standing(store) is not None)
        await until(lambda: in_hand(store) == 0)
    stopped = standing(store)
    assert stopped.why is Why.REFUSED
    counts = notices.status(store, notice.id).channels["email"]
    # Twenty, and what was on its way by then.
    assert 20 <= counts.failed <= 20 + 8
    assert counts.queued == 60 - counts.failed
    # Whose address was refused for our sake is not to blame.
    assert store.row("SELECT count(*) AS n FROM contacts WHERE blocked IS NOT NULL")["n"] == 0


async def test_an_operator_that_takes_a_message_after_a_stop_gets_the_rest_within_minutes(store, server):
    people(store, *of_two(40))
    server.manners.refuse = lambda address: "550 5.7.1 blocked" if "gmail.com" in address else None
    notice = queue(store, a_new_notice(), now_utc())
    clock = Clock()
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}, clock=clock):
        await until(lambda: standing(store) is not None)
        await until(lambda: in_hand(store) == 0)
        server.manners.refuse = lambda _address: None
        clock.ahead = timedelta(minutes=31)
        await until(lambda: to_google(server) >= 1 and standing(store) is None)
        # What was put off to one now and then comes within five minutes.
        clock.ahead = timedelta(minutes=37)
        await until(lambda: notices.status(store, notice.id).complete)


async def test_words_that_are_refused_whoever_gets_them_stop_going_out(store, server):
    add_customers(store, 60, now_utc())
    server.manners.refuse = lambda _address: "552 5.3.4 message too big"
    notice = queue(store, a_new_notice(), now_utc())
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}):
        await until(lambda: notices.status(store, notice.id).complete)
    assert notices.status(store, notice.id).channels["email"].failed == 60
    asked = [line for line in server.commands if line.startswith("RCPT")]
    assert 5 <= len(asked) <= 5 + 8


async def test_what_waits_for_a_relay_that_is_away_can_be_cancelled(store, server):
    add_customers(store, 10, now_utc())
    server.stop()
    notice = queue(store, a_new_notice(), now_utc())
    async with running(store, {"email": Email(relay_to(server), HOUSE, secret=SECRET)}):
        await until(lambda: standing(store, "") is not None)
        assert standing(store, "").why is Why.AWAY
        await until(lambda: in_hand(store) == 0)
        cancel_notice(Desk(store=store), notice.id, "ana", now_utc())
        assert notices.status(store, notice.id).channels["email"].queued == 0


def crowd(store, count):
    """So many customers at once; ten of them hold ETH."""
    now = to_ms(now_utc())
    people = [{"id": new_number(), "ref": f"c-{number}", "now": now} for number in range(count)]
    with store.tx():
        store.many(
            "INSERT INTO customers (id, external_id, language, time_zone, region, created_at, updated_at) "
            "VALUES (:id, :ref, 'en', NULL, NULL, :now, :now)",
            people,
        )
        store.many(
            "INSERT INTO contacts (customer_id, channel, address, wanted, blocked) "
            "VALUES (:id, 'email', :ref || '@customer.example', 1, NULL)",
            [{"id": each["id"], "ref": each["ref"]} for each in people],
        )
        store.many(
            "INSERT INTO customer_tags (customer_id, tag) VALUES (:id, :tag)",
            [
                {"id": each["id"], "tag": tag}
                for tag, some in (("holds:ETH", people[:10]), ("holds:BTC", people[:50]))
                for each in some
            ],
        )


def behind(sink, before, notice_id):
    """How many other mails were taken after the first `before` until the last of a notice was."""
    mails = sink.mails[before:]
    mine = [number for number, mail in enumerate(mails) if notice_id in mail.parsed["Message-ID"]]
    return mine[-1] + 1 - len(mine), len(mine)


@pytest.mark.parametrize(("lane", "tag", "count", "at_most"), [
    # At five hundred a second, two seconds' worth.
    (Lane.URGENT, "holds:ETH", 10, 1_000),
    # Fifty of each, and what was in hand: of twenty thousand.
    (Lane.NORMAL, "holds:BTC", 50, 1_000),
])  # fmt: skip
async def test_beside_twenty_thousand_a_few_urgent_ones_are_not_late_and_a_small_notice_gets_its_share(
    store, lane, tag, count, at_most
):
    limits = {"email": Limits(bucket="email", channel=Limit(rate_per_second=500))}
    with Sink() as sink:
        crowd(store, MANY)
        async with running(store, {"email": Email(relay_to(sink, connections=8), HOUSE, secret=SECRET)}, limits=limits):
            queue(store, a_new_notice(lane=Lane.NORMAL), now_utc())
            await until(lambda: store.row("SELECT count(*) AS n FROM deliveries")["n"] > MANY - 5_000, 60)
            await until(lambda: len(sink.mails) > 100)
            few = queue(store, a_new_notice(lane=lane, audience_rule=tag, subject_id="another00000"), now_utc())
            before = len(sink.mails)
            await until(lambda: notices.status(store, few.id).complete, 60)
        others, mine = behind(sink, before, few.id)
    assert mine == count
    assert others < at_most
    assert len(sink.mails) < MANY / 2
