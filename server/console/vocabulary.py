"""How states, stages and outcomes are called on the console's pages, and in which tone they are shown.

A tone is a colour and a shape together; the word always stands beside it.
"""

from records.affected import Level
from records.components import Status
from records.findings import FindingKind
from records.incidents import Impact, Stage
from records.maintenance import Kind, WindowState
from records.notices import Decision, NoticeKind, Outcome, Wait, WaitsFor
from records.people import Right, SessionEnd
from records.subscribers import is_subscriber_channel
from records.tickets import TicketChannel
from records.verdicts import VerdictKind

TONE_OF_STATUS = {
    Status.OPERATIONAL: "ok",
    Status.UNDER_MAINTENANCE: "planned",
    Status.UNKNOWN: "unknown",
    Status.DEGRADED: "degraded",
    Status.PARTIAL_OUTAGE: "partial",
    Status.MAJOR_OUTAGE: "major",
}
STATUS_WORDS = {
    Status.OPERATIONAL: "Operational",
    Status.UNDER_MAINTENANCE: "Under maintenance",
    Status.UNKNOWN: "Unknown",
    Status.DEGRADED: "Degraded",
    Status.PARTIAL_OUTAGE: "Partial outage",
    Status.MAJOR_OUTAGE: "Major outage",
}
TONE_OF_IMPACT = {Impact.NONE: "unknown", Impact.MINOR: "degraded", Impact.MAJOR: "partial", Impact.CRITICAL: "major"}
STAGE_WORDS = {stage: "Review" if stage is Stage.POSTMORTEM else stage.value.capitalize() for stage in Stage}
KIND_WORDS = {Kind.MAINTENANCE: "Maintenance", Kind.UPGRADE: "Network upgrade", Kind.PROMOTION: "Promotion"}
WINDOW_WORDS = {state: state.value.replace("_", " ").capitalize() for state in WindowState}
NOTICE_WORDS = {
    NoticeKind.INCIDENT_OPENED: "First words",
    NoticeKind.INCIDENT_UPDATED: "Update",
    NoticeKind.INCIDENT_RESOLVED: "All clear",
    NoticeKind.INCIDENT_CORRECTED: "Correction",
    NoticeKind.MAINTENANCE_ANNOUNCED: "Announcement",
    NoticeKind.MAINTENANCE_REMINDER: "Reminder",
    NoticeKind.MAINTENANCE_STARTED: "Start",
    NoticeKind.MAINTENANCE_RESCHEDULED: "New time",
    NoticeKind.MAINTENANCE_EXTENDED: "Extension",
    NoticeKind.MAINTENANCE_COMPLETED: "Completion",
    NoticeKind.MAINTENANCE_CANCELLED: "Cancellation",
}
_WAITS_FOR = {
    WaitsFor.A_YES: "waits for a yes",
    WaitsFor.A_SECOND_PERSON: "waits for a second person",
    WaitsFor.UNDO: "can still be taken back",
    WaitsFor.COMPANY: "waits a few minutes, so that what follows is said with it",
    WaitsFor.DIGEST: "waits a moment: much breaks at once, and is said in one message",
}
#: What became of a notice that never left.
DECISION_WORDS = {
    Decision.APPROVED: "approved",
    Decision.DECLINED: "declined: nobody heard it",
    Decision.SUPERSEDED: "put away: newer words took its place",
    Decision.EXPIRED: "put away: nobody said yes in time",
}
#: "accepted by the mail server" is all we know; nobody can say "delivered".
OUTCOME_WORDS = {
    Outcome.ACCEPTED: "sent",
    Outcome.FAILED: "not sent: failed",
    Outcome.SUPPRESSED: "not sent",
    Outcome.SUPERSEDED: "held back: newer words followed",
    Outcome.EXPIRED: "too late to be of use",
    Outcome.CANCELLED: "cancelled",
    Outcome.DISPLAYED: "seen",
    Outcome.DISMISSED: "dismissed",
    Outcome.BOUNCED: "came back",
    Outcome.COMPLAINED: "reported as unwanted",
    Outcome.REQUEUED: "queued after all",
}
TONE_OF_OUTCOME = {
    Outcome.ACCEPTED: "ok",
    Outcome.DISPLAYED: "ok",
    Outcome.DISMISSED: "ok",
    Outcome.FAILED: "major",
    Outcome.EXPIRED: "major",
    Outcome.BOUNCED: "degraded",
    Outcome.COMPLAINED: "degraded",
    Outcome.SUPPRESSED: "unknown",
    Outcome.SUPERSEDED: "unknown",
    Outcome.CANCELLED: "unknown",
    Outcome.REQUEUED: "unknown",
}
#: How sure it is that customers report more than usual.
LEVEL_WORDS = {
    Level.NONE: "no more than usual",
    Level.POSSIBLE: "possibly more than usual",
    Level.LIKELY: "more than usual",
}
FINDING_WORDS = {
    FindingKind.UPSTREAM_INCIDENT: "incident",
    FindingKind.UPSTREAM_MAINTENANCE: "planned work",
    FindingKind.CLIENT_RELEASE: "release",
    FindingKind.NODE_OUTDATED: "our node",
    FindingKind.CUSTOMER_REPORTS: "customers report",
}
TICKET_WORDS = {
    TicketChannel.PHONE: "phone",
    TicketChannel.EMAIL: "e-mail",
    TicketChannel.CHAT: "chat",
    TicketChannel.WEB_FORM: "web form",
    TicketChannel.SOCIAL: "social",
    TicketChannel.APP_REVIEW: "app review",
    TicketChannel.OTHER: "other",
}
RIGHT_WORDS = {
    Right.READ: "See components, monitors, incidents, planned events, notices and their counts",
    Right.OPERATE: "Declare and update incidents, announce and run planned events, stop automatic publishing",
    Right.APPROVE: "Say yes to notices that wait for it",
    Right.READ_CUSTOMERS: "See a customer's record and what they were told; each look is kept",
    Right.WRITE_CUSTOMERS: "Create and change customers, end subscriptions",
    Right.READ_CONTACTS: "See addresses in clear",
    Right.TICKETS: "Create tickets and tie them to incidents",
    Right.AUDIT: "Read who did what",
    Right.ADMINISTER: "People, tokens, configuration",
}
#: Why somebody has to sign in again.
SESSION_END_WORDS = {
    SessionEnd.IDLE: "Nothing was pressed here for two hours, so your session ended.",
    SessionEnd.AGE: "Your session was a day old, so it ended.",
    SessionEnd.DISABLED: "Your login was disabled, so your session ended. Ask an admin if you should be let in again.",
    SessionEnd.SIGNED_OUT: "An admin signed you out everywhere. You may sign in again.",
    SessionEnd.PASSWORD: "Your password was set anew, so your session ended. Sign in with the new one.",
    SessionEnd.GROUP: "Your account is in no group any more that may come in here, so your session ended.",
    SessionEnd.CONFIRM: "Your account has to be confirmed again, so your session ended. Sign in again.",
    SessionEnd.PROVIDER: "Your account could not be confirmed, so your session ended.",
    SessionEnd.WAY: "The way you came in by is shut now, so your session ended.",
}
_MILD = frozenset(
    {VerdictKind.CONGESTION, VerdictKind.FINALITY_DELAY, VerdictKind.SERVICE_SLOW, VerdictKind.SERVICE_IMPAIRED}
)
_BLIND = frozenset({VerdictKind.MONITORING_DEGRADED, VerdictKind.BLIND})


def tone_of_verdict(verdict: str | None, *, is_silent: bool) -> str:
    """How a monitor looks on the board; one that has not seen anything lately is never green."""
    if verdict is None or is_silent:
        return "unknown"
    kind = VerdictKind(verdict)
    if kind is VerdictKind.OPERATIONAL:
        return "ok"
    if kind in _BLIND:
        return "unknown"
    if kind is VerdictKind.UPGRADE:
        return "planned"
    return "degraded" if kind in _MILD else "major"


def wait_words(wait: Wait) -> str:
    """`waits for a second person: 12,431 customers`."""
    return f"{_WAITS_FOR[wait.reason]}: {wait.customers:,} customer{'' if wait.customers == 1 else 's'}"


def channel_words(channel: str) -> str:
    """`E-mail`, `In app`, `Social: mastodon`, `Subscribers, e-mail`."""
    if is_subscriber_channel(channel):
        return f"Subscribers, {channel_words(channel.partition(':')[2]).lower()}"
    if channel.startswith("social:"):
        account, _, language = channel.removeprefix("social:").partition(":")
        return f"Social: {account} ({language})" if language else f"Social: {account}"
    return {"email": "E-mail", "inapp": "In app", "social": "Social"}.get(channel, channel)


def who(actor: str) -> str:
    """`ana` for `user:ana`; programs and parts of the system keep their full name."""
    return actor.removeprefix("user:")
