"""A finished message: the words of one notice version in one language, ready for any channel."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from records.components import Words
from records.notices import FORMS, Category, Lane, Notice


@dataclass(frozen=True, kw_only=True)
class House:
    """Who speaks: what every notice says about the company, from the settings."""

    #: The company as customers know it.
    name: str
    #: The status page, without a slash at the end.
    url: str
    official_domains: tuple[str, ...]
    #: The mailbox that notices come from.
    sender: str
    #: The mailbox that answers go to; None: the sender's.
    reply_to: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    #: Opening hours in words, with their zone.
    contact_hours: Words
    postal_address: Words
    #: IANA zone in which times stand beside UTC.
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Message:
    """The four forms of one notice version in one language."""

    notice_id: str
    version: int
    #: The incident or planned event it is about; all its messages make one thread.
    subject_id: str
    category: Category
    #: Whether it must not wait behind others.
    is_urgent: bool
    #: When the notice was made; the date of every copy, also of a repeated one.
    created_at: datetime
    #: The language the words are in, which is one there is a catalogue for.
    language: str
    #: Whether it is for subscribers of the page, who may end it at any time, rather than for customers.
    for_subscribers: bool = False
    subject: str
    body_text: str
    body_html: str
    short: str
    #: What a program gets instead of words, as JSON, with a slot for its own address to decline at; else empty.
    envelope: str = ""
    #: What one public account gets, fitted to its service and as it goes out; else empty.
    post: str = ""

    @property
    def may_be_declined(self) -> bool:
        """Whether whoever gets it may say that they want no more of the kind."""
        return self.for_subscribers or self.category is not Category.MANDATORY_SERVICE

    @property
    def forms(self) -> dict[str, str]:
        """The words by form, in the order of `FORMS`."""
        return {form: str(getattr(self, form)) for form in FORMS}

    @cached_property
    def sha256(self) -> str:
        """What the ledger keeps: SHA-256 over the hex SHA-256 of the four forms, one a line, in the order of FORMS.

        Of an envelope or a post, its own.
        """
        if own := self.envelope or self.post:
            return digest(own)
        return digest("\n".join(digest(words) for words in self.forms.values()))


def digest(words: str) -> str:
    """SHA-256 of UTF-8, hex."""
    return hashlib.sha256(words.encode()).hexdigest()


def manage_address(house: House, token: str) -> str:
    """Where a subscriber sees, changes and ends what they follow."""
    return f"{house.url}/subscriptions/{token}"


def resume_address(house: House, subscriber_id: int, token: str) -> str:
    """Where whoever runs a paused receiver lets it go on."""
    return f"{house.url}/subscriptions/{subscriber_id}/{token}"


def message_of(notice: Notice, language: str, forms: Mapping[str, str], *, for_subscribers: bool = False) -> Message:
    """The message that consists of these words."""
    return Message(
        notice_id=notice.id,
        version=notice.version,
        subject_id=notice.subject_id,
        category=notice.category,
        is_urgent=notice.lane is Lane.URGENT,
        created_at=notice.created_at,
        language=language,
        for_subscribers=for_subscribers,
        **{form: forms[form] for form in FORMS},
    )
