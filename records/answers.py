"""Questions and answers that people write in the console, a sheet of Markdown for each language."""

from dataclasses import dataclass
from datetime import datetime

#: Nobody reads more, and the page carries all of it.
LONGEST_CHARS = 100_000


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One version of the answers in one language."""

    #: A language of the page.
    language: str
    #: Counts from 1.
    version: int
    #: Markdown as the page reads it; empty: the files are used again.
    text: str
    written_at: datetime
    written_by: str
