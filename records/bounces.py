"""What comes back about a mail after the mail server took it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What it says about the mail and its address."""

    #: There is no such mailbox: nothing more goes there.
    GONE = "gone"
    #: It did not arrive, for a reason that says nothing about the address: full, too long on the way, refused as ours.
    UNDELIVERED = "undelivered"
    #: It is late, and still being tried.
    DELAYED = "delayed"
    #: Whoever got it called it unwanted: nothing more goes there.
    COMPLAINED = "complained"


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """One report about one delivery; its code was checked, so it is about a mail of ours."""

    #: As in its return path: `{notice}.{version}.{number}`, or `letter.{subscriber}.{milliseconds}`.
    delivery: str
    verdict: Verdict
    #: Enhanced status (`5.1.1`), or the kind of complaint (`abuse`).
    status: str
    #: The far side's words without addresses, at most 500 characters.
    said: str = ""
    #: Whom the far side means, in small letters; never kept. Empty when it does not say.
    recipient: str = ""


class Taken(StrEnum):
    """What became of one report."""

    #: It is in the ledger now.
    NOTED = "noted"
    #: And nothing more goes to that address.
    BLOCKED = "blocked"
    #: It said nothing new.
    KNOWN = "known"
    #: Its code is ours, but there is no such delivery (any more).
    NOT_FOUND = "not_found"
