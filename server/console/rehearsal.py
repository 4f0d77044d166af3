"""What a deed would send: the deed is done, its words are read, and all of it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from notifier.compose import Preview, preview
from notifier.lint import Finding
from notifier.posts import drafts
from records.notices import Wait
from records.store import audience, notices
from server.context import Context
from server.posting import ShownPost, ways_of
from server.wiring import house_of


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of a test to oneself."""

    says: str
    is_sent: bool


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What would go out, and to how many."""

    #: None when nobody but the page is told.
    words: Preview | None
    channels: tuple[str, ...]
    rule: str
    #: What would stand on each account.
    posts: tuple[ShownPost, ...] = ()
    #: Customers that the rule matches now.
    customers: int
    #: Why it would not leave at once; None when it would.
    wait: Wait | None = None
    #: What became of a test; None when none was asked for.
    tried: Tried | None = None

    @property
    def findings(self) -> dict[Finding, list[str]]:
        """What to look at again, each once, with the languages it is about."""
        grouped: dict[Finding, list[str]] = {}
        for found in self.words.findings if self.words else ():
            grouped.setdefault(replace(found, language=""), []).append(found.language)
        return grouped


class _TakenBack(Exception):
    """Leaves the transaction, so that nothing of the rehearsal is kept."""


def rehearse(context: Context, deed: Callable[[], str]) -> Rehearsal:
    """Do `deed`, which returns the id of its incident or window, and take it back. Raises what the deed raises.

    Only the code for /verify is made anew when it is done in earnest.
    """
    found: list[Rehearsal] = []
    store = context.desk.store
    try:
        with store.tx():
            found.append(_read(context, deed()))
            raise _TakenBack
    except _TakenBack:
        return found[0]


def _read(context: Context, subject_id: str) -> Rehearsal:
    store = context.desk.store
    newest = notices.notices(store, subject_id=subject_id, limit=1)
    if not newest:
        return Rehearsal(words=None, channels=(), rule="nobody", customers=0)
    notice = newest[0]
    house, ways = house_of(context.settings), ways_of(context.settings)
    return Rehearsal(
        words=preview(store, notice, house, context.settings.page.languages),
        posts=tuple(ShownPost(draft=draft) for draft in drafts(store, notice, house, ways)),
        channels=notice.channels,
        rule=notice.audience_rule,
        customers=audience.count(store, notice.audience_rule),
        wait=notice.wait,
    )
