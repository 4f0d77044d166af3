"""Words agreed on beforehand, so that at night nobody has to find them."""

from pydantic import Field

from records.components import Status
from records.maintenance import Kind
from server.config.values import Identifier, Line, Section, Text


class IncidentPhrase(Section):
    """What may be said about an incident, in one press."""

    key: Identifier
    """Its name in addresses and forms."""
    label: Line | None = None
    """What the button says; the name unless given."""
    name: Text = Field(default={})
    """Title, as customers read it: what they notice. For updates leave it out."""
    body: Text
    """What is happening, or what changed."""
    still_works: Text = Field(default={})
    """What still works."""
    funds: Text = Field(default={})
    """The line on customers' money."""
    what_to_do: Text = Field(default={})
    """What customers should do."""
    next_update: Line | None = None
    """When we speak next, as it is typed: in 30 min."""
    components: tuple[Identifier, ...] = ()
    """Components that it affects."""
    status: Status = Status.DEGRADED
    """State that those components are in."""


class MaintenancePhrase(Section):
    """What may be said about a planned event, in one press."""

    key: Identifier
    """Its name in addresses and forms."""
    label: Line | None = None
    """What the button says; the name unless given."""
    kind: Kind = Kind.MAINTENANCE
    """What it is: maintenance, upgrade or promotion."""
    name: Text
    """Title, as customers read it."""
    body: Text
    """What stops, and why."""
    still_works: Text = Field(default={})
    """What keeps working."""
    what_to_do: Text = Field(default={})
    """What customers should do."""
    components: tuple[Identifier, ...] = ()
    """Components that it affects."""


class Phrases(Section):
    """Words agreed on beforehand: the console offers them, and whoever uses them can still change them."""

    funds: tuple[Text, ...] = (
        {"en": "Your balances are correct."},
        {"en": "Your balances are correct; waiting withdrawals are reserved for you."},
        {"en": "We are checking this, and will say so here."},
    )
    """Approved lines on customers' money, offered while declaring and updating."""
    incident: tuple[IncidentPhrase, ...] = ()
    """For new incidents."""
    update: tuple[IncidentPhrase, ...] = ()
    """For updates of open ones."""
    maintenance: tuple[MaintenancePhrase, ...] = ()
    """For planned events."""
