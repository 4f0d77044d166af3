"""What others announce that may reach our customers: a provider's incident, its planned work, a client's release."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FindingKind(StrEnum):
    """What was found."""

    UPSTREAM_INCIDENT = "upstream_incident"
    UPSTREAM_MAINTENANCE = "upstream_maintenance"
    CLIENT_RELEASE = "client_release"
    #: One of our own nodes runs what will not do for much longer.
    NODE_OUTDATED = "node_outdated"
    #: More customers than usual say that they are affected; counted by us, claimed by nobody in particular.
    CUSTOMER_REPORTS = "customer_reports"


#: Source of what customers say of themselves; no monitor stands behind it.
CUSTOMERS = "customers"


class Severity(StrEnum):
    """How grave its source calls it; `none` when it does not say."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One entry of a source: a status page, a feed of releases. Its words are those of its source: for operators."""

    #: Stable per source and entry, so that an edited entry is the same finding.
    id: str
    #: Monitor that found it.
    source: str
    #: Chain and component it is attached to; each may be None.
    chain: str | None
    component: str | None
    kind: FindingKind
    title: str
    #: Where people read it; empty when the source names no web address.
    url: str = ""
    severity: Severity = Severity.NONE
    #: When it began or will begin; of a release, when it was published.
    since: datetime
    #: When it was or will be over; None while nobody knows.
    ended_at: datetime | None = None
    #: Whether it says that an upgrade must not be skipped.
    required: bool = False
    #: Of all that the source says in it: dates of feeds cannot be trusted to show a change.
    content_hash: str

    def is_open(self, now: datetime) -> bool:
        """Whether it still counts at `now`."""
        return self.ended_at is None or self.ended_at > now


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """All that one look at a source showed."""

    findings: tuple[Finding, ...]
    #: Whether that is everything the source has to say; then what it shows no more is over.
    is_whole: bool


class Change(StrEnum):
    """How a finding differs from what was known."""

    NEW = "new"
    EDITED = "edited"
    ENDED = "ended"
