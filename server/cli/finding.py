"""What an examination finds about one thing."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found about one thing."""

    what: str
    state: State
    said: str
    #: What to do; empty when all is well.
    hint: str = ""
