"""A letter to one subscriber, or to whoever runs a receiver, about the subscription itself; notices go another way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Nobody gets a second letter within this time, however often an address is typed into the form. The pause then grows
#: with the time over which it went on, up to the longest: a stranger's mailbox gets eight letters on the first day and
#: one a day after that, not a hundred.
LETTER_PAUSE = timedelta(minutes=15)
LONGEST_LETTER_PAUSE = timedelta(hours=24)
#: So long it is worth telling that a receiver is paused.
PAUSED_USEFUL_FOR = timedelta(hours=72)


class LetterKind(StrEnum):
    """What is asked or said; each has a folder of templates of this name."""

    #: Is it meant? Nothing more is sent until they say so.
    CONFIRM = "confirm"
    #: Somebody asked again for an address that follows the page already: here is how to change that.
    KNOWN = "known"
    #: To whoever runs a receiver: it does not take what we post, so nothing more is posted.
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter on its way, claimed under a lease."""

    subscriber_id: int
    kind: LetterKind
    address: str
    language: str
    created_at: datetime
    #: Attempts made before this claim.
    attempts: int
    #: The claim's token; a mark without it changes nothing.
    lease: int
    useful_until: datetime
