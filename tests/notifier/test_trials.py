"""A notice that somebody sends to themselves: marked, sent once, and known to no customer's record."""

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from notifier.channels.email import Email
from notifier.channels.email.connect import Relay
from notifier.compose import preview
from notifier.trials import Trials, marked
from records.desk.desk import Desk
from records.desk.incidents import IncidentEntry, open_incident
from records.desk.trials import try_out
from records.errors import Conflict, Invalid, NotFound
from records.people import Actor, Role
from records.store import notices, people, sign_ons, trials
from records.times import now_utc
from records.trials import MOST_TRIALS
from templates.language import available, translations
from tests.mail import MailServer
from tests.notifier.cast import HOUSE

ANA = Actor(name="user:ana", role=Role.OPS)
NOW = now_utc()


@pytest.fixture
def desk(store):
    made = Desk(store=store)
    ana = people.add_user(store, "ana", Role.OPS, "", NOW)
    sign_ons.set_email(store, ana.id, "ana@acme.example")
    people.add_user(store, "ben", Role.OPS, "", NOW)
    return made


@pytest.fixture
def words(desk):
    """The words of a notice per language, as every preview shows them."""
    entry = IncidentEntry(
        name={"en": "Bitcoin withdrawals are delayed", "fr": "Retraits <Bitcoin> retardés"},
        body={"en": "They take longer.", "fr": "Ils prennent plus de temps."},
        statuses={},
    )
    incident = open_incident(desk, entry, ANA, NOW)
    [notice] = notices.notices(desk.store, subject_id=incident.id)
    shown = preview(desk.store, notice, HOUSE, ["en", "fr"])
    return notice, shown.messages


async def in_thread(function, *args, **options):
    return await asyncio.to_thread(partial(function, *args, **options))


async def run_until(store, server, condition, **more):
    relay = Relay(host="127.0.0.1", port=server.port, security="none", connections=1, dot_timeout_seconds=5)
    work = Trials(store, Email(relay, HOUSE, secret=b"s" * 32), call=in_thread, chance=lambda: 0.5, **more)
    stop = asyncio.Event()
    running = asyncio.create_task(work.run(stop))
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)
    stop.set()
    await running


def part_of(mail, kind):
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def forms(messages):
    return {code: message.forms for code, message in messages.items()}


def is_settled(store):
    return not store.rows("SELECT 1 AS one FROM trials WHERE due_at IS NOT NULL")


async def test_each_language_comes_once_marked_and_otherwise_as_the_preview_shows_it(desk, words):
    notice, messages = words
    assert try_out(desk, "ana", notice.id, forms(messages), ANA, now_utc()) == "ana@acme.example"
    with MailServer() as server:
        await run_until(desk.store, server, lambda: is_settled(desk.store))
    assert server.recipients() == ["ana@acme.example"] * 2
    for mail, (code, message) in zip(server.mails, messages.items(), strict=True):
        parsed = mail.parsed
        expected = marked(message)
        assert parsed["subject"] == expected.subject
        text, html = (part_of(parsed, kind) for kind in ("plain", "html"))
        assert text == expected.body_text
        assert html == expected.body_html
        assert f"test.{notice.id}" not in str(parsed)
        assert code in ("en", "fr")
    # The far side's customers, deliveries and ledger know nothing of it.
    for table in ("deliveries", "ledger", "audience_members"):
        assert desk.store.rows(f"SELECT * FROM {table}") == []
    # Words and address are gone; that it was sent is counted for a while.
    rows = desk.store.rows("SELECT * FROM trials")
    assert {(row["address"], row["forms"]) for row in rows} == {("", "{}")}


@pytest.mark.parametrize("language", available())
def test_taking_the_mark_away_leaves_the_preview_to_the_byte(words, language):
    _, messages = words
    message = replace(messages["en"], language=language)
    said = translations(language).gettext
    line = said("This is a test. Only you got it; no customer did.")
    test = marked(message)
    assert test.subject == said("Test: %(subject)s") % {"subject": message.subject}
    assert test.subject.endswith(message.subject)
    assert test.body_text.removeprefix(f"*** {line} ***\n\n") == message.body_text
    before, note, after = test.body_html.partition(line)
    assert note == line
    assert before[: before.rindex("<p ")] + after.removeprefix("</p>") == message.body_html
    assert test.short == message.short


async def test_what_the_relay_does_not_take_now_is_tried_again(desk, words):
    notice, messages = words
    try_out(desk, "ana", notice.id, {"en": messages["en"].forms}, ANA, now_utc())
    with MailServer() as server:
        server.manners.replies["dot"] = deque(["451 4.3.0 later"])
        await run_until(
            desk.store, server,
            lambda: desk.store.rows("SELECT 1 AS one FROM trials WHERE attempts = 1 AND lease = 0") != [],
        )  # fmt: skip
        await run_until(
            desk.store, server, lambda: is_settled(desk.store), clock=lambda: now_utc() + timedelta(minutes=15)
        )
    assert len(server.mails) == 1


async def test_a_test_that_comes_too_late_is_not_sent(desk, words):
    notice, messages = words
    try_out(desk, "ana", notice.id, {"en": messages["en"].forms}, ANA, now_utc())
    with MailServer() as server:
        late = lambda: now_utc() + timedelta(minutes=31)  # noqa: E731 - one line reads better here
        await run_until(desk.store, server, lambda: is_settled(desk.store), clock=late)
    assert server.mails == []


def test_only_somebody_with_a_login_and_an_address_gets_one(desk, words):
    notice, messages = words
    with pytest.raises(Conflict, match="No e-mail address is known of ben"):
        try_out(desk, "ben", notice.id, forms(messages), ANA, NOW)
    with pytest.raises(NotFound, match="no user eve"):
        try_out(desk, "eve", notice.id, forms(messages), ANA, NOW)
    with pytest.raises(Invalid, match="none is chosen"):
        try_out(desk, "ana", notice.id, {}, ANA, NOW)
    with pytest.raises(Conflict, match="No mail is sent here"):
        try_out(replace(desk, channels=("inapp",)), "ana", notice.id, forms(messages), ANA, NOW)
    assert desk.store.rows("SELECT * FROM trials") == []


def test_there_is_a_limit_that_passes(desk, words):
    notice, messages = words
    for _ in range(MOST_TRIALS // 2):
        try_out(desk, "ana", notice.id, forms(messages), ANA, NOW)
    with pytest.raises(Conflict, match="Wait a little"):
        try_out(desk, "ana", notice.id, forms(messages), ANA, NOW)
    try_out(desk, "ana", notice.id, forms(messages), ANA, NOW + timedelta(minutes=11))


def test_it_is_audited_without_the_address(desk, words):
    notice, messages = words
    try_out(desk, "ana", notice.id, forms(messages), ANA, NOW)
    entry = people.audit_entries(desk.store)[0]
    assert (entry.actor, entry.deed, entry.subject) == ("user:ana", "notice.test", notice.id)
    assert entry.detail == {"to": "user:ana", "languages": ["en", "fr"]}


def test_two_notifiers_never_take_the_same_letter(desk, words):
    notice, messages = words
    try_out(desk, "ana", notice.id, forms(messages), ANA, NOW)
    first = trials.claim(desk.store, NOW, lease=timedelta(minutes=5))
    assert len(first) == 2
    assert trials.claim(desk.store, NOW, lease=timedelta(minutes=5)) == []
    again = trials.claim(desk.store, NOW + timedelta(minutes=6), lease=timedelta(minutes=5))
    assert [each.id for each in again] == [each.id for each in first]
    assert not trials.settle(desk.store, first[0])
    assert trials.settle(desk.store, again[0])
