"""What lists can be asked for: every query of the management API."""

from typing import Annotated, Literal

from pydantic import Field

from records.maintenance import WindowState
from records.notices import NoticeState
from records.store.lists import Listed
from server.api.values import Body, Line, Moment

MAX_LIMIT = 200


class NoQuery(Body):
    """No parameters."""


class ListQuery(Body):
    """One page of a list."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    """Most entries on this page."""
    cursor: Annotated[str, Field(max_length=600)] | None = None
    """`next_cursor` of the page before."""


class IncidentsQuery(ListQuery):
    """Which incidents."""

    state: Listed = Listed.ALL
    """Drafts, open or resolved ones."""


class MaintenancesQuery(ListQuery):
    """Which planned events."""

    status: WindowState | None = None
    """Only those in this state."""


class NoticesQuery(ListQuery):
    """Which notices."""

    subject: Annotated[str, Field(max_length=40)] | None = None
    """Only those about this incident or window: its id, INC-42 or MNT-7."""
    state: NoticeState | None = None
    """Only those in this state."""


class NoticeQuery(Body):
    """What to add to a notice."""

    language: Annotated[str, Field(max_length=35)] | None = None
    """Add the words as they went out in this language."""


class ReasonQuery(Body):
    """Why somebody looks."""

    reason: Annotated[Line, Field(min_length=3)]
    """Why you look; kept in the audit."""


class LedgerQuery(ListQuery, ReasonQuery):
    """A page of what a customer was told, and why somebody looks."""


class AlarmsQuery(ListQuery):
    """Which alarms."""

    state: Literal["standing", "all"] = "standing"
    """Those that are not over, or all of the last ninety days."""


class TicketsQuery(ListQuery):
    """Which tickets."""

    words: Annotated[Line, Field(min_length=1)] | None = None
    """Words that stand in subject or text."""
    topic: Line | None = None
    """The helpdesk's topic."""
    incident: Annotated[str, Field(max_length=40)] | None = None
    """Only those tied to this incident: its id, or INC-42."""
    customer: Annotated[str, Field(max_length=200)] | None = None
    """Only those of this customer, by the wallet's reference."""
    since: Moment | None = None
    """Came at or after."""
    until: Moment | None = None
    """Came at or before."""
    unlinked: Literal["true", "false"] = "false"
    """Only those tied to no incident."""


class AuditQuery(ListQuery):
    """Which deeds and looks."""

    subject: Annotated[str, Field(max_length=300)] | None = None
    """Only those about this, e.g. an incident's id or `customer:c-20417`."""
