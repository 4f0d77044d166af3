"""How many a rule reaches, said while somebody types: by channel, and in parts where it takes long."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from records.errors import ForewarnError
from records.store import audience, customers
from records.store.engine import Store
from server.console.forms import Form
from server.console.vocabulary import channel_words

#: Customers of one part, and for how long parts are counted before an answer says how far it has come.
_PART = 250_000
_PATIENCE_SECONDS = 0.7


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whom a rule matches among the customers that were looked at."""

    customers: int = 0
    #: Those of them with an address for mail that is not blocked.
    with_mail: int = 0
    #: How many customers were looked at, and the id of the last of them.
    looked_at: int = 0
    behind: int = -1
    #: How many there are.
    everybody: int = 0
    #: Whether all of them were looked at.
    is_whole: bool = False

    @property
    def percent(self) -> int:
        """How far it has come."""
        return 100 if self.is_whole else min(99, 100 * self.looked_at // max(self.everybody, 1))


def reach(store: Store, rule: str, so_far: Reach, *, clock: Callable[[], float] = time.monotonic) -> Reach:
    """Go on counting from `so_far`, for a moment at least; `clock` gives seconds. Raises Invalid."""
    found, begun, everybody = so_far, clock(), customers.count(store)
    while True:
        held, last = audience.next_part(store, found.behind, _PART)
        here, mail = audience.count_reachable(store, rule, "email", (found.behind, last)) if held else (0, 0)
        found = Reach(
            customers=found.customers + here,
            with_mail=found.with_mail + mail,
            looked_at=found.looked_at + held,
            behind=last,
            everybody=everybody,
            is_whole=held < _PART,
        )
        if found.is_whole or clock() - begun > _PATIENCE_SECONDS:
            return found


def counted(store: Store, rule: str, fields: Form, channels: Sequence[str]) -> dict[str, Any]:
    """For the script of a form: the sum, or how far it has come and what to ask with next."""
    asked = Reach(
        customers=fields.number("counted") or 0,
        with_mail=fields.number("with_mail") or 0,
        looked_at=fields.number("looked_at") or 0,
        behind=_id(fields.text("behind")),
    )
    found = reach(store, rule, asked)
    answer: dict[str, Any] = {"rule": rule, "customers": found.customers, "percent": found.percent}
    if not found.is_whole:
        return answer | {
            "next": {
                "counted": found.customers,
                "with_mail": found.with_mail,
                "looked_at": found.looked_at,
                # As text: the script's numbers end at sixteen digits.
                "behind": str(found.behind),
            },
        }
    return answer | {"channels": [_line(channel, found) for channel in channels]}


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _line(channel: str, found: Reach) -> str:
    count = {"email": f"{found.with_mail:,}", "inapp": f"{found.customers:,}"}.get(channel, "the public")
    return f"{channel_words(channel)} {count}"


def doubts(store: Store, rule: str, channels: Sequence[str], *, is_typed: bool) -> list[str]:
    """What to ask before words go to nobody, or to everybody by a rule that somebody typed. Raises Invalid.

    A component without a rule of its own concerns everybody, which nobody has to be asked about.
    """
    everybody = customers.count(store) if channels else 0
    if not everybody:
        return []
    matched = audience.count(store, rule)
    if not matched:
        return ["Nobody matches this rule at present: only the page would say it."]
    if matched == everybody and is_typed:
        return [f"This rule matches every customer: {everybody:,}."]
    return []


def doubts_if_any(store: Store, decide: Callable[[], str], channels: Sequence[str], *, is_typed: bool) -> list[str]:
    """The same where the rule may be wrong itself, which is said at its field."""
    try:
        return doubts(store, decide(), channels, is_typed=is_typed)
    except ForewarnError:
        return []
