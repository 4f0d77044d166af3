"""More people write than can be answered at the usual pace, as somebody at the support desk says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.components import Words

#: Whoever declares a surge looks again after this long at the latest.
LONGEST = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Surge:
    """Said on the page until it is over; it ends by itself."""

    #: What is added to the page's own sentence, by language; may be empty.
    words: Words
    since: datetime
    until: datetime
    declared_by: str
