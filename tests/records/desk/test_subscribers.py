"""Following the page: asked, confirmed, changed, ended; with a letter each time and no address where it must not be."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from records.desk import subscribers as deeds
from records.errors import Conflict, Invalid, NotFound
from records.letters import LETTER_PAUSE, LetterKind
from records.people import COMMAND_LINE, VISITOR
from records.store import letters, subscribers
from records.subscribers import (
    CONFIRM_WITHIN,
    MOVES,
    TOKEN_SLOT,
    Basis,
    Purpose,
    SubscriberKind,
    SubscriberState,
    is_subscriber_channel,
)
from tests.cast import ANA, DAY, HOUR, MINUTE, NOW, SECOND, acme
from tests.followers import entry, follow, token_of

GWEN = "gwen@mail.example"


def waiting(store, now=NOW):
    """Letters that are due, taken."""
    return [(each.address, each.kind) for each in letters.claim(store, now, lease=MINUTE)]


def everything_kept(store):
    """Every text in the database that is not a contact."""
    tables = ("subscribers", "subscriber_components", "letters", "audit", "ledger")
    return " ".join(str(row) for table in tables for row in store.rows(f"SELECT * FROM {table}"))


def test_who_asks_is_asked_back_and_hears_nothing_else(store):
    desk = acme(store)
    asked = deeds.ask(desk, entry("Gwen@Mail.example ", "bitcoin"), VISITOR, NOW)
    assert (asked.state, asked.components, asked.language) == (SubscriberState.PENDING, ("bitcoin",), "en")
    assert asked.confirm_until == NOW + CONFIRM_WITHIN
    assert waiting(store) == [(GWEN, LetterKind.CONFIRM)]


def test_confirming_counts_from_the_first_time_and_may_be_repeated(store):
    desk = acme(store)
    asked = deeds.ask(desk, entry(GWEN), VISITOR, NOW)
    first = deeds.confirm(desk, asked.id, VISITOR, NOW + HOUR)
    assert (first.state, first.confirmed_at) == (SubscriberState.CONFIRMED, NOW + HOUR)
    assert deeds.confirm(desk, asked.id, VISITOR, NOW + 2 * HOUR) == first


def test_after_two_days_nobody_can_confirm_and_nothing_is_left(store):
    desk = acme(store)
    asked = deeds.ask(desk, entry(GWEN, "bitcoin"), VISITOR, NOW)
    late = NOW + CONFIRM_WITHIN + SECOND
    with pytest.raises(Conflict, match="time to confirm is over"):
        deeds.confirm(desk, asked.id, VISITOR, late)
    assert subscribers.forget_unconfirmed(store, NOW + CONFIRM_WITHIN) == 0
    assert subscribers.forget_unconfirmed(store, late) == 1
    for table in ("subscribers", "subscriber_components", "subscriber_contacts", "letters"):
        assert store.rows(f"SELECT * FROM {table}") == []


def test_who_is_confirmed_is_not_forgotten(store):
    desk = acme(store)
    kept = follow(desk, GWEN, now=NOW)
    assert subscribers.forget_unconfirmed(store, NOW + 10 * CONFIRM_WITHIN) == 0
    assert subscribers.subscriber(store, kept.id) == kept


def test_typing_a_known_address_changes_nothing_but_sends_its_owner_the_way_to_change_it(store):
    desk = acme(store)
    kept = follow(desk, GWEN, "bitcoin", now=NOW)
    # Nobody is asked what they have said yes to.
    assert waiting(store) == []
    later = NOW + LETTER_PAUSE
    assert deeds.ask(desk, entry(GWEN, "website", language="fr"), VISITOR, later) == kept
    assert waiting(store, later) == [(GWEN, LetterKind.KNOWN)]


def test_a_mailbox_cannot_be_filled_by_typing_its_address_again_and_again(store):
    desk = acme(store)
    for seconds in range(0, int(LETTER_PAUSE.total_seconds()), 60):
        deeds.ask(desk, entry(GWEN), VISITOR, NOW + seconds * SECOND)
    assert waiting(store, NOW + LETTER_PAUSE - SECOND) == [(GWEN, LetterKind.CONFIRM)]
    deeds.ask(desk, entry(GWEN), VISITOR, NOW + LETTER_PAUSE)
    assert waiting(store, NOW + LETTER_PAUSE) == [(GWEN, LetterKind.CONFIRM)]


def test_whoever_goes_on_typing_a_strangers_address_reaches_them_less_and_less_often(store):
    desk = acme(store)
    sent = []
    for minutes in range(0, 3 * 24 * 60, 5):
        deeds.ask(desk, entry(GWEN), VISITOR, NOW + minutes * MINUTE)
        for letter in letters.claim(store, NOW + minutes * MINUTE, lease=MINUTE):
            letters.settle(store, letter)
            sent.append(minutes)
    assert sent == [0, 15, 30, 60, 120, 240, 480, 960, 1920, 3360]


def test_asking_again_before_confirming_keeps_the_link_and_takes_the_newer_wish(store):
    desk = acme(store)
    first = deeds.ask(desk, entry(GWEN, "bitcoin"), VISITOR, NOW)
    second = deeds.ask(desk, entry(GWEN, "website", language="fr"), VISITOR, NOW + HOUR)
    assert (second.id, second.components, second.language) == (first.id, ("website",), "fr")
    assert second.confirm_until == NOW + HOUR + CONFIRM_WITHIN


def test_who_leaves_is_forgotten_but_for_a_number_and_may_come_back_as_somebody_new(store):
    desk = acme(store)
    left = follow(desk, GWEN, now=NOW)
    ended = deeds.unsubscribe(desk, left.id, VISITOR, NOW + HOUR)
    assert (ended.state, ended.ended_at) == (SubscriberState.UNSUBSCRIBED, NOW + HOUR)
    assert deeds.unsubscribe(desk, left.id, VISITOR, NOW + 2 * HOUR) == ended
    assert subscribers.contact(store, left.id) is None
    assert waiting(store, NOW + HOUR) == []
    with pytest.raises(Conflict, match="is over"):
        deeds.confirm(desk, left.id, VISITOR, NOW + HOUR)
    with pytest.raises(Conflict, match="is over"):
        deeds.change(desk, left.id, (), "en", VISITOR, NOW + HOUR)
    back = deeds.ask(desk, entry(GWEN), VISITOR, NOW + HOUR)
    assert back.id != left.id
    assert back.state is SubscriberState.PENDING


def test_a_request_can_be_taken_back_before_it_is_confirmed(store):
    desk = acme(store)
    asked = deeds.ask(desk, entry(GWEN), VISITOR, NOW)
    assert deeds.unsubscribe(desk, asked.id, VISITOR, NOW).state is SubscriberState.UNSUBSCRIBED
    assert waiting(store) == []


def test_what_is_followed_is_named_by_either_id_and_kept_once(store):
    desk = acme(store)
    kept = follow(desk, GWEN, now=NOW)
    changed = deeds.change(desk, kept.id, ("bitcoin00000", "website", "bitcoin"), "fr", VISITOR, NOW)
    assert (changed.components, changed.language) == (("bitcoin", "website"), "fr")
    assert deeds.change(desk, kept.id, (), "en", VISITOR, NOW).components == ()
    with pytest.raises(Invalid) as refused:
        deeds.change(desk, kept.id, ("website", "nothing"), "en", VISITOR, NOW)
    assert [fault.path for fault in refused.value.faults] == ["/components/1"]
    assert subscribers.subscriber(store, kept.id).components == ()


@pytest.mark.parametrize(
    "address",
    ["", "gwen", "gwen@", "@mail.example", "a@b@c", "gwen@mail.example\r\nBcc: x@y.example", "a@x.example,b@y.example",
     "Gwen <gwen@mail.example>", "gwen@mail..example", "gwen @mail.example", "\x00@mail.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(store, address):
    desk = acme(store)
    with pytest.raises(Invalid, match="not an e-mail address"):
        deeds.ask(desk, entry(address), VISITOR, NOW)
    assert waiting(store) == []


def test_a_receiver_that_fails_is_left_alone_until_its_owner_lifts_it(store):
    desk = acme(store)
    hook = follow(desk, "https://hooks.example/forewarn", kind=SubscriberKind.WEBHOOK, now=NOW)
    contact = subscribers.contact(store, hook.id)
    assert contact is not None
    assert len(contact.secret) == 43
    assert deeds.quarantine(desk, hook.id, "failing", ANA, NOW + HOUR)
    assert not deeds.quarantine(desk, hook.id, "failing", ANA, NOW + HOUR)
    resting = subscribers.subscriber(store, hook.id)
    assert (resting.state, resting.quarantine_reason) == (SubscriberState.QUARANTINED, "failing")
    lifted = deeds.lift(desk, hook.id, VISITOR, NOW + 2 * HOUR)
    assert (lifted.state, lifted.quarantine_reason, lifted.quarantined_at) == (SubscriberState.CONFIRMED, "", None)
    assert lifted.confirmed_at == hook.confirmed_at
    assert deeds.lift(desk, hook.id, VISITOR, NOW) == lifted


def test_only_what_is_quarantined_can_be_lifted(store):
    desk = acme(store)
    asked = deeds.ask(desk, entry(GWEN), VISITOR, NOW)
    with pytest.raises(Conflict, match="not paused"):
        deeds.lift(desk, asked.id, VISITOR, NOW)
    with pytest.raises(NotFound):
        deeds.lift(desk, 4, VISITOR, NOW)


def test_from_a_file_comes_a_question_or_with_a_basis_a_subscriber(store):
    desk = acme(store)
    assert deeds.take_in(desk, entry(GWEN), COMMAND_LINE, NOW, basis=None)
    assert not deeds.take_in(desk, entry(GWEN), COMMAND_LINE, NOW, basis="they ticked the box in March")
    vouched = entry("hugo@mail.example", "bitcoin")
    assert deeds.take_in(desk, vouched, COMMAND_LINE, NOW, basis="they ticked the box in March")
    assert waiting(store) == [(GWEN, LetterKind.CONFIRM)]
    hugo = subscribers.by_address(store, SubscriberKind.EMAIL, "hugo@mail.example")
    assert hugo is not None
    assert (hugo.state, hugo.basis, hugo.components) == (SubscriberState.CONFIRMED, Basis.IMPORT, ("bitcoin",))
    assert "they ticked the box in March" in everything_kept(store)


def test_addresses_and_tokens_stand_nowhere_but_with_the_contacts(store):
    desk = acme(store)
    gone = follow(desk, "secretive@mail.example", "bitcoin", now=NOW)
    deeds.change(desk, gone.id, (), "fr", VISITOR, NOW)
    deeds.quarantine(desk, gone.id, "bounced", VISITOR, NOW)
    deeds.lift(desk, gone.id, VISITOR, NOW)
    deeds.unsubscribe(desk, gone.id, VISITOR, NOW)
    kept = everything_kept(store)
    names = [row["deed"] for row in store.rows("SELECT deed FROM audit WHERE subject = :s", s=f"subscriber:{gone.id}")]
    assert sorted(names) == [f"subscriber.{deed}" for deed in
                             ("ask", "change", "confirm", "lift", "quarantine", "unsubscribe")]  # fmt: skip
    assert "secretive" not in kept
    for purpose in Purpose:
        assert token_of(store, gone, purpose) not in kept


def test_a_token_opens_one_subscription_for_one_purpose(store):
    desk = acme(store)
    gwen, hugo = follow(desk, GWEN), follow(desk, "hugo@mail.example")
    tokens = {token_of(store, who, purpose) for who in (gwen, hugo) for purpose in Purpose}
    assert len(tokens) == 6
    assert {len(each) for each in tokens} == {len(TOKEN_SLOT)} == {32}
    manage = token_of(store, gwen)
    assert subscribers.by_token(store, Purpose.MANAGE, manage) == gwen
    assert subscribers.by_token(store, Purpose.LEAVE, manage) is None
    for wrong in ("", manage[:-1], manage + "A", manage.swapcase(), TOKEN_SLOT):
        assert subscribers.by_token(store, Purpose.MANAGE, wrong) is None


def test_the_table_of_moves_ends_with_the_end():
    assert MOVES.keys() == set(SubscriberState)
    assert MOVES[SubscriberState.UNSUBSCRIBED] == frozenset()
    assert all(SubscriberState.UNSUBSCRIBED in following or not following for following in MOVES.values())


def test_channels_of_subscribers_are_told_from_those_of_customers():
    assert [kind.channel for kind in SubscriberKind] == ["subscriber:email", "subscriber:webhook", "subscriber:slack"]
    assert all(is_subscriber_channel(kind.channel) for kind in SubscriberKind)
    assert not any(is_subscriber_channel(name) for name in ("email", "inapp", "social:subscriber"))


def test_letters_are_claimed_once_and_put_off_until_their_time(store):
    desk = acme(store)
    deeds.ask(desk, entry(GWEN), VISITOR, NOW)
    (letter,) = letters.claim(store, NOW, lease=MINUTE)
    assert letters.claim(store, NOW, lease=MINUTE) == []
    assert letters.put_off(store, letter, NOW + HOUR, attempts=1)
    assert not letters.settle(store, letter)
    assert letters.next_due(store) == NOW + HOUR
    (again,) = letters.claim(store, NOW + HOUR, lease=MINUTE)
    assert again == dataclasses.replace(letter, lease=again.lease, attempts=1)
    # Whoever claimed it died: it falls due by itself.
    (third,) = letters.claim(store, NOW + HOUR + MINUTE, lease=MINUTE)
    assert not letters.settle(store, again)
    assert letters.settle(store, third)
    assert letters.next_due(store) is None


def test_asking_twice_at_one_moment_makes_one_subscriber_and_one_letter(store):
    desk = acme(store)
    with ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(lambda _: deeds.ask(desk, entry(GWEN), VISITOR, NOW), range(16)))
    assert len({one.id for one in asked}) == 1
    assert len(store.rows("SELECT * FROM subscribers")) == 1
    assert waiting(store) == [(GWEN, LetterKind.CONFIRM)]


def test_confirming_and_leaving_at_one_moment_ends_it(store):
    desk = acme(store)
    for number in range(5):
        asked = deeds.ask(desk, entry(f"x{number}@mail.example"), VISITOR, NOW)

        def act(deed, subscriber_id=asked.id):
            with suppress(Conflict):
                deed(desk, subscriber_id, VISITOR, NOW)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(act, [deeds.confirm, deeds.unsubscribe]))
        left = deeds.unsubscribe(desk, asked.id, VISITOR, NOW)
        assert left.state is SubscriberState.UNSUBSCRIBED
        assert subscribers.contact(store, asked.id) is None


# --- whoever runs a receiver ---

_RECEIVER, _OWNER = "https://hooks.example/status/secret-path", "ops@hooks.example"


def receiver_of(desk, **changes):
    return follow(desk, _RECEIVER, kind=SubscriberKind.WEBHOOK, owner_email=_OWNER, **changes)


def test_whoever_runs_a_receiver_gets_one_letter_when_it_is_paused_and_none_before(store):
    desk = acme(store)
    kept = receiver_of(desk)
    assert waiting(store) == []
    assert deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW)
    assert not deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW)
    assert waiting(store) == [(_OWNER, LetterKind.PAUSED)]


def test_a_receiver_without_an_owner_and_a_mailbox_that_is_paused_write_to_nobody(store):
    desk = acme(store)
    for one in (follow(desk, _RECEIVER, kind=SubscriberKind.SLACK), follow(desk, GWEN, owner_email=_OWNER)):
        deeds.quarantine(desk, one.id, "failing", VISITOR, NOW)
        where = subscribers.contact(store, one.id)
        assert where is not None
        assert where.owner_email == ""
    assert waiting(store) == []


def test_what_goes_on_again_needs_no_letter_and_what_ends_has_nobody_to_write_to(store):
    desk = acme(store)
    kept = receiver_of(desk)
    deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW)
    deeds.lift(desk, kept.id, VISITOR, NOW)
    assert waiting(store) == []
    deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW + DAY)
    deeds.unsubscribe(desk, kept.id, VISITOR, NOW + DAY)
    assert waiting(store) == []
    assert store.rows("SELECT * FROM subscriber_contacts WHERE owner_email IS NOT NULL") == []


def test_a_receiver_that_comes_and_goes_does_not_fill_its_owners_mailbox(store):
    desk = acme(store)
    kept = receiver_of(desk)
    written = 0
    for minute in range(60):
        now = NOW + minute * MINUTE
        deeds.quarantine(desk, kept.id, "failing", VISITOR, now)
        for letter in letters.claim(store, now, lease=MINUTE):
            written += letters.settle(store, letter)
        deeds.lift(desk, kept.id, VISITOR, now)
    assert written == 1


def test_another_owner_is_told_from_then_on_and_nobody_where_none_is_named(store):
    desk = acme(store)
    kept = receiver_of(desk)
    deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW)
    deeds.name_owner(desk, kept.id, " New@Hooks.example ", VISITOR, NOW)
    assert waiting(store) == []
    where = subscribers.contact(store, kept.id)
    assert where is not None
    assert where.owner_email == "new@hooks.example"
    deeds.name_owner(desk, kept.id, "", VISITOR, NOW)
    deeds.lift(desk, kept.id, VISITOR, NOW)
    deeds.quarantine(desk, kept.id, "failing", VISITOR, NOW + DAY)
    assert waiting(store) == []
    with pytest.raises(Invalid):
        deeds.name_owner(desk, kept.id, "nonsense", VISITOR, NOW)
    with pytest.raises(Conflict):
        deeds.name_owner(desk, follow(desk, GWEN).id, _OWNER, VISITOR, NOW)
    deeds.unsubscribe(desk, kept.id, VISITOR, NOW)
    with pytest.raises(Conflict):
        deeds.name_owner(desk, kept.id, _OWNER, VISITOR, NOW)


def test_the_audit_names_no_owner(store):
    desk = acme(store)
    kept = receiver_of(desk)
    deeds.name_owner(desk, kept.id, "new@hooks.example", VISITOR, NOW)
    assert not any("hooks.example" in str(row) for row in store.rows("SELECT * FROM audit"))


def test_the_token_to_go_on_opens_nothing_else_and_belongs_to_one(store):
    desk = acme(store)
    kept, other = receiver_of(desk), follow(desk, GWEN)
    resume = token_of(store, kept, Purpose.RESUME)
    assert subscribers.by_number(store, Purpose.RESUME, kept.id, resume) == kept
    for number, given in (
        (other.id, resume),
        (kept.id, token_of(store, kept)),
        (kept.id, ""),
        (-1, resume),
        (kept.id, "ü"),
    ):
        assert subscribers.by_number(store, Purpose.RESUME, number, given) is None
    assert subscribers.by_token(store, Purpose.MANAGE, resume) is None
    assert subscribers.by_token(store, Purpose.LEAVE, resume) is None
