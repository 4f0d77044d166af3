"""What subscribers of the page get: their own link, one click to end it, and letters about the subscription itself."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.email import Email, Relay
from notifier.channels.shared import Shared
from notifier.compose import compose, frozen
from notifier.courier import Courier
from notifier.letters import Letters, Paused, compose_letter
from records.components import Status
from records.desk import subscribers as deeds
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.maintenance import announce
from records.letters import Letter, LetterKind
from records.notices import NoticeState, Outcome
from records.people import VISITOR
from records.store import ledger, letters, notices, subscribers
from records.subscribers import TOKEN_SLOT, Purpose, SubscriberKind, SubscriberState
from records.times import now_utc, to_ms
from server.subscriptions.links import Links
from templates.language import available
from tests.cast import ANA, DAY, HOUR, NOW, a_window, acme, the_notice
from tests.followers import entry, follow, token_of
from tests.mail import MailServer
from tests.notifier.cast import HOUSE, a_notice

URL = HOUSE.url
SECRET = b"the same after every restart"


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


def mail_to(server, users):
    relay = Relay(host="127.0.0.1", port=server.port, security="none", connections=2, dot_timeout_seconds=5)
    return Shared(Email(relay, HOUSE, secret=SECRET), users=users)


async def in_thread(function, *args, **options):
    return await asyncio.to_thread(partial(function, *args, **options))


async def until(condition, seconds=20.0):
    """Wait until it is so; the test fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def carrying(store, server):
    """Both queues at work over one set of connections, as `forewarn serve` runs them."""
    stop, mail, links = asyncio.Event(), mail_to(server, users=3), Links(subscribers.key(store), URL)
    names = {"email": mail, "subscriber:email": mail}
    courier = Courier(store, names, HOUSE, unsubscribe_url=links.unsubscribe_url, token=links.token)
    post = Letters(
        store,
        mail,
        HOUSE,
        token=links.manage_token,
        resume_token=links.resume_token,
        call=in_thread,
        chance=lambda: 0.5,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(courier.run(stop))
        tasks.create_task(post.run(stop))
        try:
            yield
        finally:
            stop.set()


def declare(desk):
    incident = IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed", "fr": "Les retraits Bitcoin sont retardés"},
        body={"en": "Withdrawals wait their turn.", "fr": "Les retraits attendent leur tour."},
        statuses={"btc-withdrawals": Status.PARTIAL_OUTAGE},
    )
    return open_incident(desk, incident, ANA, now_utc())


def mails_by_recipient(server):
    return {mail.recipient: mail.parsed for mail in server.mails}


def words(mail):
    text, html = mail.iter_parts()
    return text.get_content(), html.get_content()


async def test_each_subscriber_gets_a_link_of_their_own_and_customers_none(store, server):
    desk = acme(store)
    gwen = follow(desk, "gwen@mail.example", "bitcoin", now=now_utc() - DAY)
    chantal = follow(desk, "chantal@mail.example", language="fr", now=now_utc() - DAY)
    opened = declare(desk)
    async with carrying(store, server):
        await until(lambda: the_notice(store, opened.id).state is NoticeState.DONE)
    mails = mails_by_recipient(server)
    assert {"gwen@mail.example", "chantal@mail.example", "ada@mail.example"} <= mails.keys()
    for who, address in ((gwen, "gwen@mail.example"), (chantal, "chantal@mail.example")):
        manage, leave = f"{URL}/subscriptions/{token_of(store, who)}", token_of(store, who, Purpose.LEAVE)
        for form in words(mails[address]):
            assert manage in form
            assert TOKEN_SLOT not in form
            assert leave not in form
        assert mails[address]["List-Unsubscribe"] == f"<{URL}/unsubscribe/{leave}>"
        assert mails[address]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "You get this because you follow our status page." in words(mails["gwen@mail.example"])[0]
    assert "parce que vous suivez notre page d’état" in words(mails["chantal@mail.example"])[0]
    assert "Les retraits attendent leur tour." in words(mails["chantal@mail.example"])[0]
    for form in words(mails["ada@mail.example"]):
        assert "/subscriptions/" not in form
        assert "it may affect your access to your money" in form
    assert mails["ada@mail.example"]["List-Unsubscribe"] is None
    status = notices.status(store, the_notice(store, opened.id).id)
    assert status.complete
    assert status.subscribers["subscriber:email"].sent == 2
    assert ledger.verify(store).faults == ()


async def test_a_subscriber_of_a_group_is_mailed_about_planned_work_and_about_incidents(store, server):
    """R42, over a real mail server: the group's subscriber names neither of the components that are affected."""
    desk = acme(store)
    follow(desk, "hugo@mail.example", "bitcoin", now=now_utc() - DAY)
    start = now_utc() + 4 * DAY
    window = a_window(component_ids=("btc-deposits",), scheduled_for=start, scheduled_until=start + HOUR)
    announced, opened = announce(desk, window, ANA, now_utc()), declare(desk)
    async with carrying(store, server):
        for subject in (announced, opened):
            await until(lambda subject=subject: the_notice(store, subject.id).state is NoticeState.DONE)
    subjects = {mail.parsed["Subject"] for mail in server.mails if mail.recipient == "hugo@mail.example"}
    assert subjects == {"Bitcoin node upgrade [MNT-1]", "Bitcoin withdrawals are delayed [INC-1]"}


async def test_the_same_thread_and_the_same_subject_for_all(store, server):
    desk = acme(store)
    follow(desk, "gwen@mail.example", now=now_utc() - DAY)
    opened = declare(desk)
    async with carrying(store, server):
        await until(lambda: the_notice(store, opened.id).state is NoticeState.DONE)
    gwen, ada = (mails_by_recipient(server)[f"{name}@mail.example"] for name in ("gwen", "ada"))
    assert gwen["Subject"] == ada["Subject"]
    assert gwen["References"] == ada["References"]
    assert gwen["Message-ID"] != ada["Message-ID"]
    assert (gwen["List-Id"], ada["List-Id"]) == ("<page.acme.example>", "<notices.acme.example>")


async def test_an_address_that_is_refused_for_good_is_left_alone(store, server):
    desk = acme(store)
    gone = follow(desk, "gone@mail.example", now=now_utc() - DAY)
    server.manners.refuse = lambda recipient: "550 5.1.1 no such user" if recipient.startswith("gone@") else None
    opened = declare(desk)
    async with carrying(store, server):
        await until(lambda: the_notice(store, opened.id).state is NoticeState.DONE)
    resting = subscribers.subscriber(store, gone.id)
    assert (resting.state, resting.quarantine_reason) == (SubscriberState.QUARANTINED, "bounced")
    assert [row.outcome for row in ledger.of_customer(store, gone.id)] == [Outcome.FAILED]
    assert notices.status(store, the_notice(store, opened.id).id).complete


async def test_whoever_asks_gets_a_letter_that_leads_to_the_button(store, server):
    desk = acme(store)
    asked = deeds.ask(desk, entry("gwen@mail.example", "bitcoin", "website"), VISITOR, now_utc())
    async with carrying(store, server):
        await until(lambda: letters.next_due(store) is None)
    (mail,) = server.mails
    assert mail.recipient == "gwen@mail.example"
    assert mail.parsed["Subject"] == "Please confirm: follow the status of Acme Wallet"
    assert mail.parsed["From"] == "Acme Wallet <status@acme.example>"
    assert mail.parsed["Auto-Submitted"] == "auto-generated"
    for form in words(mail.parsed):
        assert f"{URL}/subscriptions/{token_of(store, asked)}" in form
        assert "You would hear about: Bitcoin and Website" in form
        assert "help@acme.example" in form
    assert token_of(store, asked, Purpose.LEAVE) not in mail.raw.decode()


async def test_who_follows_already_gets_a_letter_in_their_language(store, server):
    desk = acme(store)
    kept = follow(desk, "chantal@mail.example", language="fr", now=now_utc() - DAY)
    deeds.ask(desk, entry("chantal@mail.example"), VISITOR, now_utc())
    async with carrying(store, server):
        await until(lambda: letters.next_due(store) is None)
    (mail,) = server.mails
    assert mail.parsed["Subject"] == "Vous suivez déjà l’état de Acme Wallet"
    assert token_of(store, kept) in words(mail.parsed)[0]


async def test_whoever_runs_a_paused_receiver_hears_what_failed_since_when_and_how_to_go_on(store, server):
    desk, now = acme(store), now_utc()
    kept = follow(
        desk, "https://hooks.example/a-secret-path", now=now - DAY, kind=SubscriberKind.WEBHOOK, language="en",
        owner_email="ops@hooks.example",
    )  # fmt: skip
    told_at = to_ms(now - timedelta(hours=2))
    for notice_id, outcome, reason, at in (
        ("n1", "accepted", "", told_at),
        ("n2", "failed", "permanent: 503 no", told_at + 9),
    ):
        store.run(
            """
            INSERT INTO ledger
                (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
            VALUES (:id, :at, :notice_id, 1, 'subscriber:webhook', :outcome, :reason, 'en', '', 1)
            """,
            id=kept.id, at=at, notice_id=notice_id, outcome=outcome, reason=reason,
        )  # fmt: skip
    deeds.quarantine(desk, kept.id, "failing", VISITOR, now)
    async with carrying(store, server):
        await until(lambda: letters.next_due(store) is None)
    (mail,) = server.mails
    assert mail.recipient == "ops@hooks.example"
    assert mail.parsed["Subject"] == "Paused: your receiver for the status of Acme Wallet"
    for form in words(mail.parsed):
        assert "Your receiver at hooks.example did not take what we posted" in form
        assert "Stopped since: " in form
        assert "Last answer: 503 no" in form
        assert "Last taken: " in form
        assert f"{URL}/subscriptions/{kept.id}/{token_of(store, kept, Purpose.RESUME)}" in form
    # Whoever filled in the form named the mailbox: it gets no key to the rest, and no path, which may be one.
    raw = mail.raw.decode()
    assert token_of(store, kept) not in raw
    assert "a-secret-path" not in raw


@pytest.mark.parametrize("language", available())
def test_the_letter_is_written_in_every_language(language):
    letter = Letter(
        subscriber_id=7, kind=LetterKind.PAUSED, address="ops@hooks.example", language=language, created_at=NOW,
        attempts=0, lease=1, useful_until=NOW + DAY,
    )  # fmt: skip
    paused = Paused(host="hooks.example", since=NOW, answer="503 <no>", taken_at=NOW)
    written = compose_letter(letter, HOUSE, f"{URL}/subscriptions/7/x", paused=paused)
    english = compose_letter(replace(letter, language="en"), HOUSE, f"{URL}/subscriptions/7/x", paused=paused)
    assert written.language == language
    assert "hooks.example" in written.body_text
    assert "503 <no>" in written.body_text
    assert "503 &lt;no&gt;" in written.body_html
    assert (language == "en") == (written.subject == english.subject)
    bare = compose_letter(letter, HOUSE, "u", paused=replace(paused, answer="", taken_at=None))
    assert bare.body_text.count("\n") < written.body_text.count("\n")


async def test_a_letter_waits_for_a_relay_that_is_away_and_is_given_up_when_its_time_is_over(store, server):
    desk = acme(store)
    deeds.ask(desk, entry("gwen@mail.example"), VISITOR, now_utc())
    server.manners.replies["rcpt"] = deque(["451 4.7.1 greylisted, come back in 300 seconds"])
    async with carrying(store, server):
        await until(lambda: server.manners.replies["rcpt"] == deque() and _is_put_off(store))
    assert server.mails == []
    late = now_utc() + timedelta(hours=49)
    mail = mail_to(server, users=1)
    stop = asyncio.Event()
    work = asyncio.ensure_future(
        Letters(
            store, mail, HOUSE, token=str, resume_token=str, call=in_thread, clock=lambda: late, chance=lambda: 0.5
        ).run(stop)
    )
    await until(lambda: letters.next_due(store) is None)
    stop.set()
    await work
    assert server.mails == []


def _is_put_off(store):
    due = letters.next_due(store)
    return due is not None and timedelta(minutes=4) < due - now_utc() < timedelta(minutes=10)


async def test_a_letter_to_an_address_that_does_not_exist_is_tried_once(store, server):
    desk = acme(store)
    deeds.ask(desk, entry("nobody@mail.example"), VISITOR, now_utc())
    server.manners.refuse = lambda _recipient: "550 5.1.1 no such user"
    async with carrying(store, server):
        await until(lambda: letters.next_due(store) is None)
    assert len([line for line in server.commands if line.upper().startswith("RCPT")]) == 1


async def test_nothing_in_a_name_or_an_address_begins_a_header(store, server):
    desk = acme(store)
    hostile = replace(HOUSE, name="Acme\r\nBcc: evil@mail.example")
    asked = deeds.ask(desk, entry("gwen@mail.example"), VISITOR, now_utc())
    store.run("UPDATE subscriber_contacts SET address = :a", a="gwen@mail.example>\r\nRCPT TO:<evil@mail.example")
    mail, stop = mail_to(server, users=1), asyncio.Event()
    post = Letters(
        store, mail, hostile, token=Links(subscribers.key(store), URL).manage_token, resume_token=str, call=in_thread
    )
    work = asyncio.ensure_future(post.run(stop))
    await until(lambda: letters.next_due(store) is None)
    stop.set()
    await work
    assert server.mails == []
    assert "evil" not in " ".join(server.commands)
    assert subscribers.subscriber(store, asked.id).state is SubscriberState.PENDING


async def test_a_message_for_subscribers_is_not_sent_without_a_token(server):
    message = compose(a_notice(), "en", HOUSE, for_subscribers=True)
    mail = mail_to(server, users=1)
    with pytest.raises(ChannelError, match="no token"):
        await mail.send(message, Recipient(key="n.1.1", address="gwen@mail.example"))
    await mail.close()
    assert server.mails == []


@pytest.mark.parametrize("length", range(0, 80, 7))
async def test_a_token_finds_its_place_wherever_a_long_line_is_broken(server, length):
    house = replace(HOUSE, url="https://status." + "a" * length + ".example")
    message = compose(a_notice(), "en", house, for_subscribers=True)
    token = "-_" + "0123456789abcdefghijklmnopqrst"
    mail = mail_to(server, users=1)
    await mail.send(message, Recipient(key="n.1.1", address="gwen@mail.example", token=token))
    await mail.close()
    (sent,) = server.mails
    text, html = words(sent.parsed)
    assert f"{house.url}/subscriptions/{token}\n" in text.replace("\r\n", "\n")
    assert f'href="{house.url}/subscriptions/{token}"' in html
    assert max(len(line) for line in sent.raw.splitlines()) < 998


def test_words_for_subscribers_are_frozen_beside_those_for_customers(store):
    notice = a_notice()
    notices.add(store, notice)
    theirs = frozen(store, notice, "en", HOUSE)
    ours = frozen(store, notice, "en", HOUSE, for_subscribers=True)
    assert (ours.subject, ours.short) == (theirs.subject, theirs.short)
    assert ours.body_text != theirs.body_text
    assert ours.sha256 != theirs.sha256
    assert frozen(store, notice, "en", replace(HOUSE, name="Other"), for_subscribers=True) == ours
    assert frozen(store, notice, "en", HOUSE) == theirs
    kept = notices.texts(store, notice.id, 1, "en")
    assert kept["subscriber_text"].content == ours.body_text


async def test_the_last_user_of_a_shared_channel_closes_it(server):
    mail = mail_to(server, users=2)
    await mail.close()
    message = compose(a_notice(), "en", HOUSE)
    await mail.send(message, Recipient(key="n.1.1", address="ada@mail.example"))
    await mail.close()
    with pytest.raises(ChannelError), suppress(asyncio.CancelledError):
        await mail.send(message, Recipient(key="n.1.2", address="ada@mail.example"))


async def test_a_webhook_without_a_channel_is_settled_and_holds_up_nobody(store, server):
    desk = acme(store)
    hook = follow(desk, "https://hooks.example/x", kind=SubscriberKind.WEBHOOK, now=now_utc() - DAY)
    opened = declare(desk)
    async with carrying(store, server):
        await until(lambda: the_notice(store, opened.id).state is NoticeState.DONE)
    assert [(row.outcome, row.reason) for row in ledger.of_customer(store, hook.id)] == [
        (Outcome.SUPPRESSED, "channel_off")
    ]
