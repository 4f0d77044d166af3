"""The people who work here, and what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.errors import Fault, Invalid

#: Names of people and labels of tokens; longer ones help nobody.
_LONGEST_NAME = 80


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
    #: A token's own limits: of what the role carries, only this. None: all of it.
    rights: frozenset[Right] | None = None

    def may(self, right: Right) -> bool:
        """Whether the role carries `right`, and the token is not narrower."""
        return right in MAY[self.role] and (self.rights is None or right in self.rights)

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


class Way(StrEnum):
    """How somebody proves who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    SINGLE_SIGN_ON = "single_sign_on"


class OpenedBy(StrEnum):
    """What a session was opened with."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    SINGLE_SIGN_ON = "single_sign_on"
    #: A link that the command line made while the usual ways were shut.
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, kw_only=True)
class User:
    """One person with a login."""

    id: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None
    #: Where tests of notices are sent.
    email: str | None = None
    way: Way = Way.PASSWORD
    #: Who they are to the identity provider; None until they came by it.
    subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is signed in, in one browser."""

    user: User
    opened_by: OpenedBy
    #: What the identity provider gave us, sealed; None where the session was opened otherwise.
    sealed: str | None
    #: When the provider was last asked whether they may still come in; None as above.
    asked_at: datetime | None
    #: When it last said yes.
    confirmed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Somebody as the identity provider knows them, and what our settings make of that."""

    issuer: str
    #: Theirs for good at that issuer; names and addresses may change.
    subject: str
    name: str
    email: str | None
    role: Role


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A sign-in that began here and is going on at the identity provider."""

    nonce: str
    #: What proves that whoever hands in the code is who asked for it (RFC 7636).
    verifier: str
    #: Where they wanted to go.
    next_page: str
    #: Where the provider was told to send them back to.
    redirect_url: str


class SessionEnd(StrEnum):
    """Why a session no longer counts."""

    IDLE = "idle"
    #: It was a day old.
    AGE = "age"
    #: The login was disabled.
    DISABLED = "disabled"
    #: An admin signed this person out everywhere.
    SIGNED_OUT = "signed_out"
    #: The password was set anew.
    PASSWORD = "password_set"  # noqa: S105 - the name of a reason
    #: The identity provider puts them into no group any more that may come in.
    GROUP = "left_the_group"
    #: The identity provider has to say again that they may come in.
    CONFIRM = "to_confirm"
    #: The identity provider said no.
    PROVIDER = "provider_said_no"
    #: How it was opened is not a way in any more.
    WAY = "way_shut"


@dataclass(frozen=True, kw_only=True)
class Login:
    """One person as the list of people shows them."""

    user: User
    #: Sessions that count now.
    sessions: int
    #: The last click; None when no session is on record.
    seen_at: datetime | None
    #: Until when a link to choose a password is open; None when there is none.
    link_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class TokenRecord:
    """What is kept of a program's token: never the token itself."""

    id: str
    label: str
    role: Role
    #: Of what the role carries, only this; None: all of it.
    rights: frozenset[Right] | None
    created_at: datetime
    #: None for tokens from before this was kept.
    created_by: str | None
    used_at: datetime | None
    #: None: it holds until somebody revokes it.
    expires_at: datetime | None
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether a program may still act with it."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def checked_name(text: str, field: str) -> str:
    """A name to sign in with, or a token's label, as the audit will say it. Raises Invalid."""
    name = text.strip()
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise Invalid(Fault(path=field, message=f"not a name of up to {_LONGEST_NAME} characters"))
    return name


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One deed or look, kept for good."""

    id: str
    at: datetime
    actor: str
    deed: str
    subject: str
    detail: dict[str, object]
