"""What the house decided beforehand about its notices: to whom, which way, and whether a person reads them first."""

from dataclasses import dataclass

from records.incidents import Impact
from records.notices import Category, NoticeKind


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One rule. The first that fits a notice decides what the deed behind it left open."""

    kinds: frozenset[NoticeKind]
    #: Impacts of the incidents it is about. Planned events have none, and any policy of their kind fits them.
    impacts: frozenset[Impact] = frozenset(Impact)
    #: `affected`, or rule text.
    audience: str = "affected"
    #: `email`, `inapp`, `social`, `social:<account>`; empty: the page only.
    channels: tuple[str, ...] = ("email", "inapp", "social")
    #: Whether customers may decline it wholly. None: they may not, unless it tells of a promotion.
    category: Category | None = None
    #: Whether what a monitor or the clock would say waits for a person's yes.
    needs_yes: bool = False
    #: Whether what a person says waits for the yes of another, however few it reaches.
    needs_second: bool = False

    def fits(self, kind: NoticeKind, impact: Impact | None) -> bool:
        """Whether it is about such a notice; `impact` is None for a planned event."""
        return kind in self.kinds and (impact is None or impact in self.impacts)
