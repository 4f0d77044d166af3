"""What can be wrong, in plain words. Raised in records, translated once at each edge."""

from dataclasses import dataclass


class ForewarnError(Exception):
    """Something is so that the request cannot be done; the message says what, to which thing, and what to do."""


class NotFound(ForewarnError):
    """The thing named does not exist."""


class Conflict(ForewarnError):
    """The thing is not in a state that allows this, or somebody else changed it first."""


class MoveRefused(Conflict):
    """The table of moves does not lead from the present stage to the one asked for."""


class EditedMeanwhile(Conflict):
    """The record has a newer version than the one this edit was made from."""


class NotYours(ForewarnError):
    """Somebody else has to do this; whoever asks may do it in general, but not here."""


class StoreUnavailable(ForewarnError):
    """The database cannot be reached, or does not answer in time."""


class InTheWay(StoreUnavailable):
    """Two changes waited for each other and this one was given up: done again, it goes through."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in what somebody gave us."""

    #: JSON pointer or dotted path of the value, e.g. `/components/0/status`; empty for the whole.
    path: str
    #: What is wrong, in words.
    message: str
    #: What to do about it; may be empty.
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text} ({self.hint})" if self.hint else text


class Invalid(ForewarnError):
    """What was given cannot be accepted; `faults` lists every reason, not just the first."""

    def __init__(self, faults: list[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = Fault(path="", message=faults)
        self.faults = [faults] if isinstance(faults, Fault) else faults
        super().__init__("; ".join(str(fault) for fault in self.faults))
