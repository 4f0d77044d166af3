"""The people who work here, and what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who may do what; see MAY."""

    VIEWER = "viewer"
    SUPPORT = "support"
    OPS = "ops"
    APPROVER = "approver"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing a person or token may be allowed to do."""

    #: See components, monitors, incidents, windows, notices and their counts.
    READ = "read"
    #: Open, update and resolve incidents; announce and run windows; apply components.
    OPERATE = "operate"
    #: Say yes to a notice that waits for one.
    APPROVE = "approve"
    #: See a customer's record and what they were told; each look is audited.
    READ_CUSTOMERS = "read_customers"
    #: Create and change customer records.
    WRITE_CUSTOMERS = "write_customers"
    #: See contact data in clear.
    READ_CONTACTS = "read_contacts"
    #: Create tickets and tie them to incidents.
    TICKETS = "tickets"
    AUDIT = "audit"
    #: Users, tokens, configuration.
    ADMINISTER = "administer"


#: The printed matrix: role by right. A test covers each cell.
MAY: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.SUPPORT: frozenset({Right.READ, Right.READ_CUSTOMERS, Right.READ_CONTACTS, Right.TICKETS}),
    Role.OPS: frozenset({Right.READ, Right.OPERATE, Right.WRITE_CUSTOMERS, Right.READ_CUSTOMERS, Right.TICKETS}),
    Role.APPROVER: frozenset({Right.READ, Right.OPERATE, Right.APPROVE}),
    Role.COMPLIANCE: frozenset({Right.READ, Right.READ_CUSTOMERS, Right.READ_CONTACTS, Right.AUDIT}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does a deed: a person, a token, or a part of the system."""

    #: `user:ana`, `token:deploy`, `monitor`, `clock`, `cli`.
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether the role carries `right`."""
        return right in MAY[self.role]

    @property
    def is_automatic(self) -> bool:
        """Whether it is a monitor or the clock: nobody decided what it does now."""
        return self.name in (MONITOR.name, CLOCK.name)


#: The parts of the system that act by themselves.
MONITOR = Actor(name="monitor", role=Role.OPS)
CLOCK = Actor(name="clock", role=Role.OPS)
COMMAND_LINE = Actor(name="cli", role=Role.ADMIN)
#: Somebody on the public page whom we do not know.
VISITOR = Actor(name="visitor", role=Role.VIEWER)


@dataclass(frozen=True, kw_only=True)
class User:
    """One person with a login."""

    id: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One deed or look, kept for good."""

    id: str
    at: datetime
    actor: str
    deed: str
    subject: str
    detail: dict[str, object]
