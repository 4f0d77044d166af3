"""Who we are to the public."""

from datetime import date
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from records.errors import Invalid
from records.hours import WEEKDAYS, MinuteSpan, read_hours
from server.config.values import (
    AT_LEAST_ONE,
    Domain,
    Language,
    Line,
    Mailbox,
    Section,
    Text,
    WebAddress,
    Zone,
    unique_by,
    wrong,
)


def _spans(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_hours(value)
    except Invalid as error:
        fault = error.faults[0]
        raise wrong(fault.message, fault.hint) from None


#: Spans of one day in minutes after midnight.
Hours = Annotated[tuple[MinuteSpan, ...], BeforeValidator(_spans, json_schema_input_type=str)]


class Open(Section):
    """When people answer, so that the page can say whether somebody does now."""

    zone: Zone | None = None
    """IANA zone of the hours; page.time_zone unless given."""
    monday: Hours = ()
    """Hours of the day: 09:00-18:00, several with commas, 00:00-24:00 for all day; closed unless given."""
    tuesday: Hours = ()
    """As monday."""
    wednesday: Hours = ()
    """As monday."""
    thursday: Hours = ()
    """As monday."""
    friday: Hours = ()
    """As monday."""
    saturday: Hours = ()
    """As monday."""
    sunday: Hours = ()
    """As monday."""
    holidays: tuple[date, ...] = ()
    """Days on which nobody answers: 2026-12-25."""

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if not any(getattr(self, day) for day in WEEKDAYS):
            raise wrong("opens on no day", "name the hours of at least one: monday: 09:00-18:00")
        return self


class Contact(Section):
    """How a person is reached; shown on the page, in every notice's footer and as JSON, without login."""

    email: Mailbox | None = None
    """Mail address of the people who answer customers."""
    phone: Line | None = None
    """Telephone number, as customers should dial it: +40 21 555 0100."""
    hours: Text = Field(default={})
    """Opening hours in words, with their time zone: Mon-Fri 09:00-18:00 Bucharest. Default: page.contact.open."""
    open: Open | None = None
    """Opening hours by weekday; the page then says whether somebody answers now, and until when."""
    address: Text = Field(default={})
    """Postal address, on one or several lines."""


class Reports(Section):
    """What customers may tell by one tap, and what becomes of it; see docs/affected.md."""

    ask: bool = True
    """Whether the page asks "Affected?" at each service."""
    address: WebAddress | None = None
    """Where a tap goes: the address of the running service, if another host than page.url serves the published page."""
    minimum: Annotated[int, Field(ge=2, le=10_000)] = 5
    """Taps about one service in five minutes below which nothing is ever concluded."""
    show: bool = False
    """Whether the page says at a service that reports are rising, not yet confirmed."""


class Theme(Section):
    """The page in the company's colours; state colours stay, they are chosen for contrast and colour-blind eyes."""

    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#376ca2"
    """Colour of links and buttons, as #rrggbb."""
    logo: Line | None = None
    """Path of an SVG or PNG file, copied into the page."""


def _own_host(data: dict[str, Any]) -> tuple[str, ...]:
    """Without a list, the page's own host is the only official domain."""
    host = urlsplit(data.get("url", "")).hostname
    return (host,) if host else ()


class Page(Section):
    """The public status page."""

    name: Line
    """Company or product, as customers know it: Acme Wallet."""
    url: WebAddress
    """Public address of the page; links in notices start with it."""
    time_zone: Zone = "UTC"
    """IANA zone in which times are shown beside UTC, and windows are planned."""
    languages: Annotated[tuple[Language, ...], AT_LEAST_ONE, unique_by("language")] = ("en",)
    """Languages of the page and of notices; plain text in this file is in the first."""
    required_languages: Annotated[tuple[Language, ...], unique_by("language")] = ()
    """Languages of the page in which all that operators say must be written; without one, nothing goes out unless they
    say why. Default: none; readers see the first language, marked as such, where theirs is missing."""
    official_domains: Annotated[tuple[Domain, ...], Field(default_factory=_own_host)]
    """Domains that are ours: mail comes only from these, links lead only there. Default: the host of page.url."""
    official_accounts: tuple[Line, ...] = ()
    """Accounts that are ours, as people see them: @acmewallet on X."""
    contact: Contact = Contact()
    """How customers reach a person."""
    faq: Line | None = None
    """Folder of questions and answers in Markdown, a file per language: en.md, fr.md. Default: those we ship."""
    theme: Theme = Theme()
    """Colour and logo."""
    reports: Reports = Reports()
    """Customers' own reports that they are affected."""

    @model_validator(mode="after")
    def _required_are_there(self) -> Self:
        missing = [each for each in self.required_languages if each not in self.languages]
        if missing:
            raise wrong(
                f"requires {missing[0]}, which is not among page.languages", "add it there, or leave it out here"
            )
        return self
