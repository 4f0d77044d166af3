"""The whole way: a decided notice, real mail servers, the ledger."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from notifier.channels.email import Email, Relay
from notifier.channels.inapp import InApp
from notifier.courier import Courier
from notifier.scribe import PERMITS
from records.desk.desk import Desk
from records.desk.notices import cancel_notice
from records.ids import new_id
from records.notices import Lane, NoticeState, Outcome
from records.store import customers, ledger, notices
from records.store.engine import open_store
from records.store.meta import pulses
from records.times import now_utc
from tests.mail import MailServer, Sink
from tests.notifier.cast import HOUSE, a_notice, add_customers, queue

SECRET = b"the same after every restart"


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


def relay_to(server, **changes):
    plain = Relay(host="127.0.0.1", port=server.port, security="none", connections=4, dot_timeout_seconds=5)
    return replace(plain, **changes)


def a_new_notice(**changes):
    """A notice of now, so that it is of use."""
    now = now_utc()
    notice_id = new_id()
    fresh: dict[str, Any] = {"id": notice_id, "verify_code": notice_id.upper(), "created_at": now}
    return a_notice(**(fresh | {"useful_until": now + timedelta(hours=72)} | changes))


@asynccontextmanager
async def running(store, channels, **options):
    stop = asyncio.Event()
    work = asyncio.ensure_future(Courier(store, channels, HOUSE, **options).run(stop))
    try:
        yield work
    finally:
        stop.set()
        await asyncio.wait_for(work, 30)


async def until(condition, seconds=20.0):
    """Wait until it is so; the test fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def outcomes(store, notice):
    return {(entry.customer_id, entry.channel): entry for entry in ledger.of_notice(store, notice.id, limit=10_000)}


async def told(store, notice, server, **options):
    """Run until the notice is done."""
    email = Email(relay_to(server), HOUSE, secret=SECRET)
    async with running(store, {"email": email, "inapp": InApp()}, **options):
        await until(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    return notices.status(store, notice.id)


async def test_everyone_is_told_once_on_every_channel_and_the_sums_match(store, server):
    add_customers(store, 60, now_utc(), languages=("en", "fr", "xx"))
    notice = queue(store, a_new_notice(channels=("email", "inapp")), now_utc())
    status = await told(store, notice, server)
    assert status.complete
    assert status.sums_match
    assert (status.channels["email"].sent, status.channels["inapp"].sent) == (60, 60)
    assert sorted(server.recipients()) == sorted(f"c{number}@customer.example" for number in range(60))
    assert ledger.verify(store).faults == ()


async def test_the_ledger_knows_the_words_each_customer_got(store, server):
    add_customers(store, 3, now_utc(), languages=("en", "fr", "xx"))
    notice = queue(store, a_new_notice(), now_utc())
    await told(store, notice, server)
    entries = list(outcomes(store, notice).values())
    assert sorted(entry.language for entry in entries) == ["en", "en", "fr"]
    by_language = {entry.language: entry.sha256 for entry in entries}
    assert len(set(by_language.values())) == 2
    french = next(mail.parsed for mail in server.mails if mail.parsed["Content-Language"] == "fr")
    kept = notices.texts(store, notice.id, 1, "fr")
    assert french["Subject"] == kept["subject"].content
    assert next(french.iter_parts()).get_content().replace("\r\n", "\n") == kept["body_text"].content


async def test_an_address_that_does_not_exist_is_told_nothing_more(store, server):
    add_customers(store, 3, now_utc())
    server.manners.refuse = lambda address: "550 5.1.1 no such user" if address.startswith("c1@") else None
    notice = queue(store, a_new_notice(), now_utc())
    status = await told(store, notice, server)
    assert (status.channels["email"].sent, status.channels["email"].failed) == (2, 1)
    gone = customers.customer(store, "c-1")
    contact = customers.contact(store, gone.id, "email")
    assert contact is not None
    assert contact.blocked == "bounced"
    entry = outcomes(store, notice)[gone.id, "email"]
    assert entry.outcome is Outcome.FAILED
    assert entry.reason == "address: 550 5.1.1 no such user"


async def test_a_greylisted_message_comes_again_when_asked(store, server):
    add_customers(store, 1, now_utc())
    server.manners.replies["rcpt"] = deque(["451 4.7.1 Greylisted, try again in 300 seconds"])
    notice = queue(store, a_new_notice(), now_utc())
    shift = [timedelta(0)]
    email = Email(relay_to(server), HOUSE, secret=SECRET)
    async with running(store, {"email": email}, clock=lambda: now_utc() + shift[0]):
        await until(lambda: not server.manners.replies["rcpt"])
        await until(lambda: notices.status(store, notice.id).channels["email"].queued == 1)
        await asyncio.sleep(0.2)
        assert server.mails == []
        shift[0] = timedelta(seconds=311)
        await until(lambda: len(server.mails) == 1)
    entry = next(iter(outcomes(store, notice).values()))
    assert (entry.outcome, entry.attempts) == (Outcome.ACCEPTED, 2)


async def test_what_is_no_use_any_more_is_not_sent(store, server):
    add_customers(store, 2, now_utc())
    notice = queue(store, a_new_notice(useful_until=now_utc() - timedelta(seconds=1)), now_utc())
    status = await told(store, notice, server)
    assert status.channels["email"].failed == 2
    assert {entry.outcome for entry in outcomes(store, notice).values()} == {Outcome.EXPIRED}
    assert server.mails == []


async def test_lost_after_the_dot_is_repeated_later_with_the_same_name(store, server):
    add_customers(store, 1, now_utc())
    server.manners.drops["dot"] = 1
    server.manners.takes_before_drop = True
    notice = queue(store, a_new_notice(), now_utc())
    shift = [timedelta(0)]
    email = Email(relay_to(server), HOUSE, secret=SECRET)
    async with running(store, {"email": email}, clock=lambda: now_utc() + shift[0]):
        await until(lambda: len(server.mails) == 1)
        await asyncio.sleep(0.3)
        assert len(server.mails) == 1
        shift[0] = timedelta(minutes=17)
        await until(lambda: len(server.mails) == 2)
    assert server.mails[0].raw == server.mails[1].raw
    assert notices.status(store, notice.id).channels["email"].sent == 1


async def test_what_was_perhaps_sent_is_repeated_once_whoever_repeats_it(store, server):
    add_customers(store, 1, now_utc())
    server.manners.takes_before_drop = True
    notice = queue(store, a_new_notice(), now_utc())

    def courier(after):
        email = Email(relay_to(server), HOUSE, secret=SECRET)
        return running(store, {"email": email}, clock=lambda: now_utc() + after)

    def waits():
        return store.rows("SELECT state, due_at FROM deliveries WHERE lease = 0")

    server.manners.drops["dot"] = 1
    async with courier(timedelta(0)):
        await until(lambda: len(server.mails) == 1 and waits())
    before = waits()
    server.stop()
    async with courier(timedelta(minutes=30)):
        await until(lambda: waits() not in ([], before))
    assert [row["state"] for row in waits()] == ["uncertain"]
    server.start_again()
    server.manners.drops["dot"] = 1
    async with courier(timedelta(hours=1)):
        await until(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    assert len(server.mails) == 2
    assert store.rows("SELECT * FROM deliveries") == []
    (entry,) = outcomes(store, notice).values()
    assert (entry.outcome, entry.attempts) == (Outcome.FAILED, 2)
    assert entry.reason.startswith("uncertain")


async def test_a_relay_that_is_away_costs_no_message_and_is_tried_again(store, server):
    add_customers(store, 10, now_utc())
    server.stop()
    notice = queue(store, a_new_notice(), now_utc())
    email = Email(relay_to(server), HOUSE, secret=SECRET)
    async with running(store, {"email": email}, first_pause_seconds=0.3):
        await until(lambda: notices.status(store, notice.id).channels["email"].queued == 10)
        await asyncio.sleep(0.5)
        server.start_again()
        await until(lambda: notices.status(store, notice.id).complete)
    assert {entry.attempts for entry in outcomes(store, notice).values()} == {1}
    assert len(server.mails) == 10


async def test_an_urgent_notice_does_not_wait_behind_a_mass_mailing(store):
    with Sink() as sink:
        add_customers(store, 400, now_utc())
        email = Email(relay_to(sink, rate_per_second=100), HOUSE, secret=SECRET)
        async with running(store, {"email": email}):
            queue(store, a_new_notice(lane=Lane.BULK), now_utc())
            await until(lambda: len(sink.mails) > 20)
            urgent = queue(store, a_new_notice(lane=Lane.URGENT), now_utc())
            before = len(sink.mails)
            await until(lambda: any(urgent.id in mail.parsed["Message-ID"] for mail in sink.mails[before:]))
            waited_behind = next(
                number for number, mail in enumerate(sink.mails[before:]) if urgent.id in mail.parsed["Message-ID"]
            )
    # At 100 a second, two seconds' worth at most.
    assert waited_behind < 200


async def test_a_cancelled_notice_stops(store):
    with Sink() as sink:
        add_customers(store, 300, now_utc())
        notice = queue(store, a_new_notice(), now_utc())
        email = Email(relay_to(sink, rate_per_second=100), HOUSE, secret=SECRET)
        async with running(store, {"email": email}):
            await until(lambda: len(sink.mails) > 10)
            cancel_notice(Desk(store=store), notice.id, "ana", now_utc())
            await until(lambda: notices.status(store, notice.id).channels["email"].queued == 0)
    status = notices.status(store, notice.id)
    assert status.sums_match
    assert status.channels["email"].sent == len(sink.mails) < 300


async def test_a_channel_that_is_not_there_any_more_says_so(store, server):
    add_customers(store, 2, now_utc())
    notice = queue(store, a_new_notice(channels=("email", "social:gone")), now_utc())
    status = await told(store, notice, server)
    assert status.channels["social:gone"].suppressed == 1
    assert outcomes(store, notice)[0, "social:gone"].reason == "channel_off"


async def test_a_notice_nobody_can_write_fails_and_stops_no_other(store, server):
    add_customers(store, 2, now_utc())
    broken = queue(store, a_new_notice(facts={"ref": "INC-1", "kind": "incident"}), now_utc())
    sound = queue(store, a_new_notice(), now_utc())
    status = await told(store, sound, server)
    assert status.channels["email"].sent == 2
    assert {entry.reason for entry in outcomes(store, broken).values()} == {"not_written"}


async def test_stopping_finishes_what_is_on_its_way_and_gives_back_the_rest(store):
    with Sink() as sink:
        add_customers(store, 200, now_utc())
        notice = queue(store, a_new_notice(), now_utc())
        email = Email(relay_to(sink, rate_per_second=100), HOUSE, secret=SECRET)
        async with running(store, {"email": email}):
            await until(lambda: len(sink.mails) > 10)
        status = notices.status(store, notice.id)
        assert status.channels["email"].sent == len(sink.mails)
        assert status.sums_match
        # Nothing is held back by a lease: the next notifier goes on at once.
        await told(store, notice, sink)
        assert len({mail.recipient for mail in sink.mails}) == len(sink.mails) == 200


async def test_a_stop_does_not_wait_for_a_server_that_is_silent(store, server):
    add_customers(store, 1, now_utc())
    server.manners.hangs.add("dot")
    notice = queue(store, a_new_notice(), now_utc())
    email = Email(relay_to(server, dot_timeout_seconds=600), HOUSE, secret=SECRET)
    async with running(store, {"email": email}, drain=timedelta(seconds=0.2)):
        await until(lambda: len(server.mails) == 1)
    assert notices.status(store, notice.id).channels["email"].queued == 1


async def test_the_notifier_says_that_it_is_alive(store):
    async with running(store, {"inapp": InApp()}):
        await until(lambda: "notifier" in pulses(store))


async def test_news_is_acted_on_at_once(store, server):
    add_customers(store, 1, now_utc())
    email = Email(relay_to(server), HOUSE, secret=SECRET)
    async with running(store, {"email": email}):
        await asyncio.sleep(0.3)
        began = asyncio.get_running_loop().time()
        queue(store, a_new_notice(), now_utc())
        await until(lambda: len(server.mails) == 1)
        assert asyncio.get_running_loop().time() - began < 1.0


async def test_a_store_that_is_away_pauses_the_work_and_nothing_is_lost(postgres_databases):
    with postgres_databases.migrated() as url, Sink() as sink:
        store = open_store(url)
        add_customers(store, 300, now_utc())
        notice = queue(store, a_new_notice(), now_utc())
        email = Email(relay_to(sink, rate_per_second=100), HOUSE, secret=SECRET)
        # A claim whose answer the database could not give any more falls due when its lease ends.
        async with running(store, {"email": email}, lease=timedelta(seconds=5)):
            await until(lambda: len(sink.mails) > 20)
            with away(url):
                await asyncio.sleep(1.0)
                # Results wait, and after as many as a kill may repeat nothing more leaves.
                held_at = len(sink.mails)
                await asyncio.sleep(0.5)
                assert len(sink.mails) <= held_at + PERMITS
            await until(lambda: len(sink.mails) == 300, 60)
            await until(lambda: notices.status(store, notice.id).complete)
        assert len({mail.recipient for mail in sink.mails}) == len(sink.mails) == 300
        store.close()


@contextmanager
def away(url):
    """The database lets nobody in, and throws out who is there."""
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as keeper:
        keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        keeper.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
