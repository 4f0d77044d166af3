"""Who speaks on the page: what the settings say of it, handed over once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from records.components import Words
from records.hours import OpeningHours

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a person is reached; what is not given is not shown."""

    email: str | None = None
    phone: str | None = None
    #: Opening hours in words, with their zone.
    hours: Words = field(default_factory=dict)
    #: The same by weekday; None says nothing about now.
    open: OpeningHours | None = None
    #: Postal address.
    address: Words = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The public page as configured."""

    #: Company or product, as customers know it: `Acme Wallet`.
    name: str
    #: Public address without a slash at the end: `https://status.acme.example`.
    url: str
    #: IANA zone whose days the history counts, and in which windows are shown beside UTC.
    time_zone: str = "UTC"
    #: Languages of the page; the first is that of addresses without a language.
    languages: tuple[str, ...] = ("en",)
    official_domains: tuple[str, ...] = ()
    #: As people see them: `@acmewallet on X`.
    official_accounts: tuple[str, ...] = ()
    contact: Contact = Contact()
    #: Confirmations after which we credit a deposit, by chain: `{"bitcoin": 3}`.
    confirmations: Mapping[str, int] = field(default_factory=dict)
    #: Where questions and answers lie as Markdown by language; None shows ours.
    faq_folder: Path | None = None
    #: Colour of links, as `#rrggbb`; None keeps ours.
    accent: str | None = None
    #: Where people and programs subscribe, e.g. `/subscribe`; None while that is not offered.
    subscribe_path: str | None = None
    #: Whether they can by mail.
    has_mail: bool = True
    #: Where a customer asks about a transaction, e.g. `/transactions`; None while that is not offered.
    transactions_path: str | None = None
    #: Where "Affected?" is sent, as a path or a whole address; None does not ask.
    reports_address: str | None = None
    #: Whether services of which reports are rising say so.
    shows_reports: bool = False
    #: Whether the read API says `maintenance` as an indicator; many clients take any word but `none` for a halt.
    has_maintenance_indicator: bool = False
    #: The page says that it is old once it is older than this: three heartbeats.
    stale_after: timedelta = timedelta(minutes=3)

    @property
    def reports_origin(self) -> str:
        """The other origin that reports go to; empty when it is the page's own."""
        scheme, _, rest = (self.reports_address or "").partition("://")
        return f"{scheme}://{rest.partition('/')[0]}" if rest else ""

    @property
    def id(self) -> str:
        """Twelve alphanumerics for the read API, always the same for one address."""
        number = int.from_bytes(hashlib.sha256(self.url.encode()).digest()[:8])
        letters = ""
        for _ in range(12):
            number, digit = divmod(number, 36)
            letters = _DIGITS[digit] + letters
        return letters

    def address(self, path: str) -> str:
        """The full address of a path of the page."""
        return self.url.rstrip("/") + path
