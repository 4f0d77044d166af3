"""What follows when a message was not taken: one table, printed by its test, and the words by which we place a reply.

Nothing here sends, waits or stores. Chance comes in as an argument, so tests own the dice.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records.notices import ADDRESS_REFUSED, Outcome


class Trouble(StrEnum):
    """What went wrong, by whose fault it is and whether the message may have arrived all the same."""

    #: The relay does not answer, or refuses us: nothing about this message.
    RELAY = "relay"
    #: It says 421 in the middle of the talk: not now, and less of it later.
    BUSY = "busy"
    #: Login, TLS or sender refused: nobody's mail will leave until a person changes the settings.
    CONFIGURATION = "configuration"
    #: The connection went before the final dot: surely not sent.
    LOST = "lost"
    #: It went after the final dot, or after a post left us: perhaps sent.
    UNCERTAIN = "uncertain"
    GREYLISTED = "greylisted"
    MAILBOX_FULL = "mailbox_full"
    #: The far side asks us to slow down.
    THROTTLED = "throttled"
    DEFERRED = "deferred"
    #: There is no such mailbox: nothing more goes there.
    ADDRESS = ADDRESS_REFUSED
    #: They refuse us, not the customer.
    POLICY = "policy"
    #: They refuse these words, whoever gets them.
    CONTENT = "content"
    #: Refused for good for another reason.
    PERMANENT = "permanent"
    #: A post that failed at the far side and may be tried again.
    POST_RETRYABLE = "post_retryable"
    #: A post that left us without an answer, where the far side knows a repeat or lets us look: then trying again does
    #: no harm.
    POST_UNCERTAIN = "post_uncertain"
    #: A post that came too soon after others (HTTP 429).
    POST_LIMITED = "post_limited"
    #: A subscriber's receiver is away or broken. It knows a repeat by its event id, so trying again does no harm.
    RECEIVER = "receiver"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one trouble means for the message, the address and the channel."""

    #: Whether the try counts as one of this delivery.
    counts: bool
    #: How long after the first, second … counted try; the last repeats. Empty: never again.
    waits: tuple[timedelta, ...]
    #: A wait is multiplied by a number between these, so that put-off messages do not return as one crowd.
    jitter: tuple[float, float] = (0.8, 1.2)
    #: Tries after which it has failed; None: until it is no use any more.
    max_attempts: int | None = None
    is_uncertain: bool = False
    #: Whether nothing more is sent to this address.
    blocks_address: bool = False
    #: How many in a row close the channel for a while; 0: it says nothing about the channel.
    closes_after: int = 0


def _minutes(*minutes: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=each) for each in minutes)


_DEFER = _minutes(1, 5, 15, 30, 60, 120, 240)
_AT_ONCE = (timedelta(0),)

#: The table of DELIVERY: every trouble, and what follows.
RULES: dict[Trouble, Rule] = {
    Trouble.RELAY: Rule(counts=False, waits=_AT_ONCE, closes_after=5),
    # How long, the throttle of its operator says: see records.throttles.
    Trouble.BUSY: Rule(counts=False, waits=_minutes(1), jitter=(1.0, 1.0)),
    Trouble.CONFIGURATION: Rule(counts=False, waits=_AT_ONCE, closes_after=1),
    Trouble.LOST: Rule(counts=True, waits=_AT_ONCE + _DEFER, closes_after=5),
    # A customer who hears twice is better served than one who never hears; 15 minutes for a bounce to tell us more.
    Trouble.UNCERTAIN: Rule(counts=True, waits=_minutes(15), jitter=(1.0, 1.1), is_uncertain=True, closes_after=5),
    # Greylists want at least five minutes.
    Trouble.GREYLISTED: Rule(counts=True, waits=_minutes(5), jitter=(1.0, 1.2)),
    Trouble.MAILBOX_FULL: Rule(counts=True, waits=_minutes(60, 240, 720)),
    Trouble.THROTTLED: Rule(counts=False, waits=_minutes(5), jitter=(1.0, 2.0)),
    Trouble.DEFERRED: Rule(counts=True, waits=_DEFER),
    Trouble.ADDRESS: Rule(counts=True, waits=(), blocks_address=True),
    # Many of them stop the operator's mail, or all: see notifier.pace.
    Trouble.POLICY: Rule(counts=True, waits=()),
    Trouble.CONTENT: Rule(counts=True, waits=()),
    Trouble.PERMANENT: Rule(counts=True, waits=()),
    Trouble.POST_RETRYABLE: Rule(counts=True, waits=_minutes(1, 5), max_attempts=3),
    Trouble.POST_UNCERTAIN: Rule(counts=True, waits=_minutes(1, 5), max_attempts=3),
    Trouble.POST_LIMITED: Rule(counts=False, waits=_minutes(1), jitter=(1.0, 1.5)),
    # Two hours in all: long enough for somebody's mended deployment, and what comes after it waits as long.
    Trouble.RECEIVER: Rule(counts=True, waits=_minutes(1, 5, 15, 30), max_attempts=8),
}

#: Mail that may be declined waits longer for a bounce before it is repeated.
_OPTIONAL_UNCERTAIN = timedelta(minutes=60)
#: Added to what the far side asks for, since clocks differ.
_POLITENESS = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of the delivery: settled with `outcome`, or tried again at `due_at`."""

    outcome: Outcome | None
    due_at: datetime | None
    counts: bool
    is_uncertain: bool = False
    blocks_address: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """One delivery that was not taken."""

    trouble: Trouble
    #: Counted tries, this one among them if it counts.
    attempts: int
    now: datetime
    useful_until: datetime
    is_mandatory: bool = True
    #: Whether an earlier try may have arrived: it is not repeated a second time.
    was_uncertain: bool = False
    #: What the far side asked for.
    retry_after: timedelta | None = None


def decide(case: Case, chance: Callable[[], float]) -> Decision:
    """Settle it or put it off. `chance` gives numbers from 0 up to 1.

    Worked example: the second deferral (attempts=2) with chance() = 0.5 waits 5 min * (0.8 + 0.4 * 0.5) = 5 min.
    """
    rule = RULES[case.trouble]
    is_last = rule.max_attempts is not None and case.attempts >= rule.max_attempts
    if not rule.waits or is_last or (rule.is_uncertain and case.was_uncertain):
        return Decision(outcome=Outcome.FAILED, due_at=None, counts=rule.counts, blocks_address=rule.blocks_address)
    due_at = case.now + _wait(rule, case, chance())
    if due_at >= case.useful_until:
        return Decision(outcome=Outcome.EXPIRED, due_at=None, counts=rule.counts)
    return Decision(outcome=None, due_at=due_at, counts=rule.counts, is_uncertain=rule.is_uncertain)


def _wait(rule: Rule, case: Case, dice: float) -> timedelta:
    if case.retry_after is not None:
        return case.retry_after + _POLITENESS
    wait = rule.waits[min(max(case.attempts, 1), len(rule.waits)) - 1]
    if rule.is_uncertain and not case.is_mandatory:
        wait = _OPTIONAL_UNCERTAIN
    low, high = rule.jitter
    return wait * (low + (high - low) * dice)


_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_GREYLIST = re.compile(r"gr[ae]y.?list", re.IGNORECASE)
_RATE = re.compile(r"\brate\b|too (?:many|much|fast)|throttl|slow down", re.IGNORECASE)
_UNWANTED = re.compile(r"spam|block|polic|denied|reputation|blacklist|relay|not allowed", re.IGNORECASE)
_LATER = re.compile(r"\b(\d{1,4})\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\b", re.IGNORECASE)


def of_smtp_reply(phase: str, code: int, reply: str) -> Trouble:
    """Place a reply that is not a yes. `phase` is `mail`, `rcpt`, `data` or `dot`."""
    found = _ENHANCED.search(reply)
    enhanced = found.group(1) if found else ""
    if code == 421:
        return Trouble.BUSY
    if code == 503:
        # 503 means that far side and we disagree about where in the talk we are; a new connection will not.
        return Trouble.RELAY
    if 400 <= code < 500:
        return _temporary(enhanced, reply)
    if code in (530, 534, 535, 538):
        return Trouble.CONFIGURATION
    return _permanent(phase, code, enhanced, reply)


def _temporary(enhanced: str, reply: str) -> Trouble:
    if enhanced == "4.2.2":
        return Trouble.MAILBOX_FULL
    if _GREYLIST.search(reply):
        return Trouble.GREYLISTED
    if enhanced == "4.4.5" or _RATE.search(reply):
        return Trouble.THROTTLED
    if enhanced == "4.7.1":
        return Trouble.GREYLISTED
    return Trouble.THROTTLED if enhanced.startswith("4.7.") else Trouble.DEFERRED


def _permanent(phase: str, code: int, enhanced: str, reply: str) -> Trouble:
    if enhanced.startswith("5.7.") or code == 554 or phase == "mail":
        # At MAIL it is our own address they refuse, whatever the code says.
        return Trouble.POLICY
    if enhanced == "5.3.4" or enhanced.startswith("5.6."):
        return Trouble.CONTENT
    if enhanced.startswith("5.1.") or enhanced == "5.2.1":
        return Trouble.ADDRESS
    if phase == "rcpt" and code in (550, 551, 553) and not enhanced:
        return Trouble.POLICY if _UNWANTED.search(reply) else Trouble.ADDRESS
    return Trouble.CONTENT if code == 552 and phase == "dot" and not enhanced else Trouble.PERMANENT


def wait_in(reply: str) -> timedelta | None:
    """The wait a reply asks for in words: `try again in 300 seconds`, `retry in 5 minutes`; None without one."""
    found = _LATER.search(reply)
    if found is None:
        return None
    unit = "seconds" if found.group(2).lower().startswith("s") else "minutes"
    return timedelta(**{unit: int(found.group(1))})


def of_http_status(status: int) -> Trouble:
    """Place an HTTP answer to a post that is not a yes. A redirect to a POST is none either."""
    if status == 401:
        # A token that is not good any more is not the post's fault: it waits for a person, and nothing is burnt.
        return Trouble.CONFIGURATION
    if status == 429:
        return Trouble.POST_LIMITED
    return Trouble.POST_RETRYABLE if status in (408, 425) or status >= 500 else Trouble.PERMANENT
