"""A notice that somebody who works here sends to themselves, to see it as customers would."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: So many letters to one person within that time are more than anybody reads.
MOST_TRIALS, TRIALS_WITHIN = 30, timedelta(minutes=10)
#: A test that comes later than this helps nobody.
TRIAL_HOLDS = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One letter on its way, claimed under a lease."""

    id: str
    #: Of the person, as the console knows it.
    address: str
    #: Of the notice; it may never have been kept.
    notice_id: str
    language: str
    #: The words to the letter, as the preview shows them.
    forms: Mapping[str, str]
    created_at: datetime
    #: Attempts made before this claim.
    attempts: int
    #: The claim's token; a mark without it changes nothing.
    lease: int
