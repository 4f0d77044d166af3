"""What stands on the page after a tap, and beside the button: thank you, and what we know now."""

from collections.abc import Sequence
from dataclasses import dataclass

from records.components import TROUBLED, Component, Direction, Status, Words, in_language
from records.incidents import Incident
from records.store import affected, incidents
from server.context import Context
from server.sheets import layout
from statuspage.page import Page
from statuspage.tones import TONES
from statuspage.weather import chain_name
from templates.environment import render
from templates.language import translations

_PATH = "/reports"


@dataclass(frozen=True, kw_only=True)
class Network:
    """One that the trouble may be about."""

    chain: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody told us of, and what we know about it."""

    id: str
    name: Words
    status: Status
    direction: Direction | None
    tone: str
    #: What we know, in a sentence.
    words: str
    #: Open incidents that name it.
    incidents: tuple[Incident, ...]
    #: Offered where the service stands on none of its own, once.
    networks: tuple[Network, ...]

    @staticmethod
    def of(
        context: Context,
        page: Page,
        service: Component,
        known: Sequence[Component],
        language: str,
        *,
        has_network: bool,
    ) -> "Told":
        """Read it from the store."""
        store, now = context.desk.store, context.now()
        live = tuple(each for each in incidents.open_incidents(store) if service.id in each.statuses)
        is_rising = page.shows_reports and service.id in affected.rising(store, now, [service.id])
        chains = sorted({each.chain for each in known if each.chain}, key=chain_name)
        asks = service.chain is None and not has_network
        return Told(
            id=service.id,
            name=service.name,
            status=service.status,
            direction=service.direction,
            tone=TONES[service.status],
            words=_known(service.status, language, is_known=bool(live), is_rising=is_rising),
            incidents=live,
            networks=tuple(Network(chain=each, name=chain_name(each)) for each in chains) if asks else (),
        )


def _known(status: Status, language: str, *, is_known: bool, is_rising: bool) -> str:
    _ = translations(language).gettext
    if is_known or status in TROUBLED:
        return _("We know that something is wrong with it, and we are working on it.")
    if status is Status.UNDER_MAINTENANCE:
        return _("It is paused as planned.")
    if status is Status.UNKNOWN:
        words = _("We have no current data on it.")
    else:
        words = _("Our monitors see it working. If more customers tell us the same, we look into it.")
    return f"{words} {_('Reports are rising, not yet confirmed')}." if is_rising else words


def words_of(told: Told, page: Page, language: str, *, is_too_often: bool) -> list[dict[str, str]]:
    """The same in short, for the line beside the button."""
    _ = translations(language).gettext
    if is_too_often:
        return [{"text": _("One tap is enough. Please wait a minute before you tell us more.")}]
    prefix = f"/{language}" if len(page.languages) > 1 else ""
    links = [
        {"text": in_language(each.name, language), "href": page.address(f"{prefix}/incidents/{each.id}")}
        for each in told.incidents
    ]
    return [{"text": _("Thank you. We have noted it.")}, {"text": told.words}, *links]


def told_sheet(page: Page, language: str, told: Told, *, is_too_often: bool) -> str:
    """The page after a tap."""
    return render(
        "page/told.html", language, **layout(page, language, _PATH), told=told, is_too_often=is_too_often, services=()
    )


def ask_sheet(page: Page, language: str, known: Sequence[Component]) -> str:
    """The page that asks."""
    return render(
        "page/told.html", language, **layout(page, language, _PATH), told=None, is_too_often=False, services=known
    )
