"""The things customers use, as a tree, and what state each is in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """The state of a component. `unknown` is a state of its own: silence is never green."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def severity(self) -> int:
        """0 (operational) to 5 (major outage); the order in which the values stand above."""
        return _SEVERITY[self]

    @property
    def public_api_value(self) -> str:
        """The nearest of the five values clients of the read API know.

        They break on any other, and read "degraded" as a halt; so `unknown` is told to them in an extra key.
        """
        return Status.OPERATIONAL.value if self is Status.UNKNOWN else self.value


_SEVERITY = {status: rank for rank, status in enumerate(Status)}

#: States in which something does not work (planned work and missing data apart).
TROUBLED = frozenset({Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE})


def worst(statuses: list[Status]) -> Status:
    """The gravest of `statuses`; operational when there are none."""
    return max(statuses, key=lambda status: status.severity, default=Status.OPERATIONAL)


class Direction(StrEnum):
    """Which way money moves through a component: the three fail separately."""

    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    TRADING = "trading"


class Cause(StrEnum):
    """Whose trouble it is. The tone still owns the effect on customers."""

    OPERATIONAL = "operational"
    THIRD_PARTY = "third_party"
    LEDGER = "ledger"
    CYBER = "cyber"


#: Text per language: `{"en": "Bitcoin withdrawals", "fr": "Retraits Bitcoin"}`.
Words = dict[str, str]


def in_language(words: Words, language: str) -> str:
    """The text in `language`, else in its base language, else in English, else in the first language there is."""
    for wanted in (language, language.split("-")[0], "en"):
        if words.get(wanted):
            return words[wanted]
    return next((text for text in words.values() if text), "")


@dataclass(frozen=True, kw_only=True)
class Component:
    """One row of the status page."""

    #: Its name in the configuration, e.g. `btc-withdrawals`.
    id: str
    #: Twelve alphanumerics, for the public read API.
    public_id: str
    name: Words
    description: Words
    #: Id of the group row it stands under; None at the top.
    group_id: str | None
    #: A heading with children rather than a service.
    is_group: bool
    #: Network it depends on, e.g. `bitcoin`.
    chain: str | None
    #: Ticker it moves, e.g. `BTC`.
    asset: str | None
    direction: Direction | None
    #: Ids of components that, when broken, explain this one's trouble.
    depends_on: tuple[str, ...]
    #: Audience rule of its own; None means `network:<chain>`/`holds:<asset>`, or everyone.
    audience: str | None
    #: Whether a monitor may publish an incident about it without a person.
    auto_publish: bool
    position: int
    #: What the public sees: the gravest of monitors, open incidents and running windows.
    status: Status
    status_since: datetime
    #: What the monitors say alone; None while no monitor watches it.
    signal: Status | None
    #: When a monitor last saw it; None while no monitor watches it.
    signal_at: datetime | None
    created_at: datetime
    updated_at: datetime


def audience_of(component: Component) -> str:
    """The rule that tells whom trouble with `component` affects.

    >>> audience_of(bitcoin_withdrawals)  # doctest: +SKIP
    'network:bitcoin or holds:BTC'
    """
    if component.audience:
        return component.audience
    parts = [f"network:{component.chain}"] if component.chain else []
    parts += [f"holds:{component.asset}"] if component.asset else []
    return " or ".join(parts) or "everyone"
