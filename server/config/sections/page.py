"""Who we are to the public."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

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
)


class Contact(Section):
    """How a person is reached; shown on the page, in every notice's footer and as JSON, without login."""

    email: Mailbox | None = None
    """Mail address of the people who answer customers."""
    phone: Line | None = None
    """Telephone number, as customers should dial it: +40 21 555 0100."""
    hours: Text = Field(default={})
    """Opening hours in words, with their time zone: Mon-Fri 09:00-18:00 Bucharest."""
    address: Text = Field(default={})
    """Postal address, on one or several lines."""


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
    official_domains: Annotated[tuple[Domain, ...], Field(default_factory=_own_host)]
    """Domains that are ours: mail comes only from these, links lead only there. Default: the host of page.url."""
    contact: Contact = Contact()
    """How customers reach a person."""
    faq: Line | None = None
    """Folder of questions and answers in Markdown, a file per language: en.md, fr.md. Default: those we ship."""
    theme: Theme = Theme()
    """Colour and logo."""
