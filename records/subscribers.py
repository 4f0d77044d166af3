"""Subscribers: people and programs outside who follow the public page. Where they are reached stands apart."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: A request that nobody confirms within this time is forgotten, address and all.
CONFIRM_WITHIN = timedelta(hours=48)
_CHANNEL = "subscriber:"
_TOKEN_BYTES = 24


class SubscriberKind(StrEnum):
    """How a subscriber is reached."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    #: A webhook that takes what Slack takes.
    SLACK = "slack"

    @property
    def channel(self) -> str:
        """What deliveries to such subscribers call their channel: `subscriber:email`. Customers have `email`."""
        return _CHANNEL + self.value


def is_subscriber_channel(channel: str) -> bool:
    """Whether deliveries on this channel are for subscribers of the page rather than customers."""
    return channel.startswith(_CHANNEL)


#: Every channel of subscribers.
SUBSCRIBER_CHANNELS = tuple(kind.channel for kind in SubscriberKind)


class SubscriberState(StrEnum):
    """Where a subscription is in its life."""

    #: Asked for; nothing but the question whether it is meant goes there.
    PENDING = "pending"
    CONFIRMED = "confirmed"
    #: Nothing goes there until its owner lifts it: mail came back, or a receiver failed for too long.
    QUARANTINED = "quarantined"
    #: Over for good; the address is erased. Whoever comes back is a new subscriber.
    UNSUBSCRIBED = "unsubscribed"


#: Which state may follow which.
MOVES: dict[SubscriberState, frozenset[SubscriberState]] = {
    SubscriberState.PENDING: frozenset({SubscriberState.CONFIRMED, SubscriberState.UNSUBSCRIBED}),
    SubscriberState.CONFIRMED: frozenset({SubscriberState.QUARANTINED, SubscriberState.UNSUBSCRIBED}),
    SubscriberState.QUARANTINED: frozenset({SubscriberState.CONFIRMED, SubscriberState.UNSUBSCRIBED}),
    SubscriberState.UNSUBSCRIBED: frozenset(),
}


class Basis(StrEnum):
    """Why we may write to somebody."""

    #: They asked on the page and said yes again from the address itself.
    DOUBLE_OPT_IN = "double_opt_in"
    #: Whoever imported them vouches that they agreed; the audit log keeps the words.
    IMPORT = "import"


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One subscription, without address."""

    #: Opaque number, from the same row of numbers as customers'; the only name the ledger knows.
    id: int
    kind: SubscriberKind
    state: SubscriberState
    language: str
    #: Ids of the components and groups followed; empty: everything.
    components: tuple[str, ...]
    basis: Basis
    created_at: datetime
    #: Until when a pending one may be confirmed.
    confirm_until: datetime
    confirmed_at: datetime | None = None
    #: Why it is quarantined, in a word: `bounced`, `complained`, `failing`; empty when it is not.
    quarantine_reason: str = ""
    quarantined_at: datetime | None = None
    ended_at: datetime | None = None
    #: When what can wait is not to disturb them, `22:00-07:00`, and by the clock of which zone; None for never.
    quiet_hours: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriberContact:
    """Where one subscriber is reached; erased when it ends."""

    subscriber_id: int
    kind: SubscriberKind
    #: Mailbox in small letters, or the address of a receiver.
    address: str
    #: Key of the signatures that a receiver checks; empty for mail.
    secret: str = ""
    #: Mailbox of whoever runs a receiver, told when it is paused; empty where none was named.
    owner_email: str = ""


@dataclass(frozen=True, kw_only=True)
class SubscriberEntry:
    """A subscription as somebody asks for it."""

    kind: SubscriberKind = SubscriberKind.EMAIL
    address: str
    language: str
    #: Components and groups by id or public id; empty: everything.
    components: tuple[str, ...] = ()
    #: Mailbox of whoever runs a receiver; empty for none, and for mail.
    owner_email: str = ""


class Purpose(StrEnum):
    """What a token lets its bearer do."""

    #: See, confirm, change and end the subscription: `/subscriptions/<token>`.
    MANAGE = "manage"
    #: End it, and nothing else: `/unsubscribe/<token>`. Mail programs and what scans for them see this one.
    LEAVE = "leave"
    #: Let a paused receiver go on, and nothing else: `/subscriptions/<number>/<token>`. Its owner's mailbox may be
    #: anybody's, named by whoever filled in the form.
    RESUME = "resume"


def token(key: bytes, purpose: Purpose, subscriber_id: int) -> str:
    """32 letters, 192 bits, always the same for one subscriber and purpose; only its hash is kept.

    Made anew from the house's key for each mail, so that no list of working links stands anywhere.
    """
    mac = hmac.digest(key, f"{purpose}:{subscriber_id}".encode(), hashlib.sha256)
    return urlsafe_b64encode(mac[:_TOKEN_BYTES]).decode()


#: Stands for a subscriber's own token in words that are the same for all; as long as one, of letters as in one.
TOKEN_SLOT = "SubscribersOwnTokenStandsInHere_"  # noqa: S105 - the place for one
