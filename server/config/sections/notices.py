"""When what need not be said at once is said."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from records.components import Words
from records.digest import DigestRule
from records.errors import Invalid
from records.quiet import QuietRule, read_hours
from server.config.values import NO_SWITCH, Duration, Line, Section, between, wrong


def _hours(text: str) -> str:
    try:
        read_hours(text)
    except Invalid as error:
        raise wrong("are not hours of a day", error.faults[0].hint) from error
    return text


class Notices(Section):
    """How long notices wait; urgent words, such as those of a grave outage, never do."""

    updates_wait: Annotated[Duration, between("0s", "1h")] = timedelta(minutes=5)
    """How long updates wait, so that what is said in quick succession reaches people once. First words, reminders,
    starts, ends and corrections leave at once."""
    quiet_hours: Annotated[Line, AfterValidator(_hours)] | None = None
    """When mail that can wait does, in each customer's own time zone: 22:00-07:00. Without it, only for customers who
    asked for it. Never so long that it would come too late."""

    digest_from: Annotated[int, Field(ge=0, le=1_000), NO_SWITCH] = 10
    """So many incidents told within five minutes, twice as many for grave ones, and what is said of further ones goes
    out in one notice, a minute later; 0: never."""

    def digest(self, name: Words) -> DigestRule | None:
        """The rule for much that breaks at once, which is called `name`."""
        return DigestRule(enough=self.digest_from, name=name) if self.digest_from else None

    def quiet(self, zone: str) -> QuietRule:
        """The rule, for customers whose zone we do not know in this one."""
        return QuietRule(hours=None if self.quiet_hours is None else read_hours(self.quiet_hours), zone=zone)
