"""What came back about mail: onto the ledger, and nothing more to an address that is gone or whose owner complained."""

from datetime import datetime

from records.bounces import Bounce, Taken, Verdict
from records.errors import NotFound
from records.notices import Outcome
from records.store import bounces, customers, subscribers
from records.store.bounces import Mailed
from records.store.engine import Store
from records.subscribers import is_subscriber_channel

_OUTCOMES = {
    Verdict.GONE: Outcome.BOUNCED,
    Verdict.UNDELIVERED: Outcome.BOUNCED,
    Verdict.COMPLAINED: Outcome.COMPLAINED,
}
_BLOCKS = frozenset({Verdict.GONE, Verdict.COMPLAINED})
_LONGEST_NUMBER = 19


def take_in(store: Store, bounce: Bounce, now: datetime) -> Taken:
    """Take in one report. Any order and any number of repeats leave the same records."""
    notice_id, _, rest = bounce.delivery.partition(".")
    version, _, number = rest.partition(".")
    if not (_is_number(version, 6) and _is_number(number)):
        return _of_letter(store, bounce, version, now) if notice_id == "letter" else Taken.NOT_FOUND
    with store.tx():
        mail = bounces.mailed(store, notice_id, int(version), int(number))
        return Taken.NOT_FOUND if mail is None else _noted(store, bounce, mail, now)


def _is_number(text: str, longest: int = _LONGEST_NUMBER) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest


def _noted(store: Store, bounce: Bounce, mail: Mailed, now: datetime) -> Taken:
    outcome = _OUTCOMES.get(bounce.verdict)
    phase = outcome.value if outcome is not None else bounce.verdict.value
    if outcome is None:
        is_new = not bounces.has_report(store, mail, phase)
    else:
        is_new = bounces.note_outcome(store, mail, outcome, bounce.status, now)
    if not is_new:
        # A person may have lifted the block since: what was said before must not bring it back.
        return Taken.KNOWN
    bounces.note_report(store, mail, phase, bounce.status, bounce.said, now)
    if outcome is None or bounce.verdict not in _BLOCKS:
        return Taken.NOTED
    return Taken.BLOCKED if _block(store, bounce, mail, outcome.value, now) else Taken.NOTED


def _block(store: Store, bounce: Bounce, mail: Mailed, reason: str, now: datetime) -> bool:
    if is_subscriber_channel(mail.channel):
        return _quarantine(store, mail.number, reason, now)
    try:
        customer = customers.customer_by_number(store, mail.number)
    except NotFound:
        return False
    contact = customers.contact(store, customer.id, mail.channel)
    if contact is None or not contact.address:
        return False
    has_changed = mail.settled_at is not None and customer.updated_at > mail.settled_at
    if has_changed and bounce.recipient and bounce.recipient != contact.address:
        # The mail went to an address that the customer has given up meanwhile.
        return False
    customers.block_contact(store, customer.id, mail.channel, reason)
    return True


def _of_letter(store: Store, bounce: Bounce, number: str, now: datetime) -> Taken:
    """Letters about a subscription have no ledger row; a subscriber who is gone gets no notices either."""
    if bounce.verdict not in _BLOCKS or not _is_number(number):
        return Taken.NOT_FOUND
    is_paused = _quarantine(store, int(number), _OUTCOMES[bounce.verdict].value, now)
    return Taken.BLOCKED if is_paused else Taken.KNOWN


def _quarantine(store: Store, number: int, reason: str, now: datetime) -> bool:
    try:
        return subscribers.quarantine(store, number, reason, now)
    except NotFound:
        return False
