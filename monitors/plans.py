"""Know the height of a planned upgrade, and tell a stop that was planned from a halt. Pure."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from monitors.book import Book, Upgrade
from records.observations import Observation

#: A chain that stands at the height of its upgrade for longer than this is halted after all (ours).
UPGRADE_WINDOW_SECONDS = 3600.0


def noted_plan(book: Book, samples: Collection[Observation]) -> Book:
    """`book` with the upgrade that most nodes name.

    Checks say `upgrade_height` as a fact, 0 for "none is planned"; one that the chain has passed is none. When no node
    says anything, as when all of them went down for the upgrade, what was known stays.
    """
    said = [_said(seen) for seen in samples]
    known = Counter(upgrade for upgrade in said if upgrade is not None)
    if not known:
        return book
    most = max(known, key=lambda upgrade: (known[upgrade], upgrade.height, upgrade.stops))
    ahead = most.height > 0 and (book.head is None or most.height >= book.head)
    return replace(book, upgrade=most if ahead else None)


def _said(seen: Observation) -> Upgrade | None:
    height = seen.facts.get("upgrade_height")
    if not isinstance(height, int) or isinstance(height, bool):
        return None
    return Upgrade(height=height, stops=seen.facts.get("upgrade_stops") is True)


def at_planned_stop(book: Book) -> bool:
    """Whether the chain stands where its upgrade stops it, and not yet for too long.

    The last block before the upgrade is that of its height or the one below, depending on whether the node already
    stored the block it can no longer execute.
    """
    if book.upgrade is None or not book.upgrade.stops or book.head is None:
        return False
    there = 0 <= book.upgrade.height - book.head <= 1
    return there and book.head_age_seconds <= UPGRADE_WINDOW_SECONDS
