"""What is remembered of a chain from round to round, so that a restart neither loses nor repeats an alarm."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from records.observations import Observation, Seen

#: A sample older than this many rounds is no evidence any more.
SAMPLE_ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class NodeBook:
    """What is remembered of one node."""

    height: int | None = None
    #: Time by our clock since its height last grew; only time that we watched counts.
    head_age_seconds: float = 0.0
    finalized: int | None = None
    finalized_age_seconds: float = 0.0
    #: Height it calls safe: on a rollup, what has arrived on its base layer.
    safe: int | None = None
    safe_age_seconds: float = 0.0
    #: The last look that succeeded; kept in memory only, since a restart begins with a fresh round.
    sample: Observation | None = None
    #: Rounds since then.
    sample_rounds: int = 0
    #: The last look, whatever came of it; in memory only.
    last: Observation | None = None

    @property
    def usable_sample(self) -> Observation | None:
        """The last good look, while it is young enough to be evidence."""
        return self.sample if self.sample_rounds <= SAMPLE_ROUNDS else None


@dataclass(frozen=True, kw_only=True)
class Reorg:
    """A reorganisation that was seen, kept until the new branch is as deep as a deposit must be."""

    depth: int
    #: Height of the tip that was left.
    tip: int


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """An upgrade of the network at a height."""

    height: int
    #: Whether the chain stops there until nodes run the new version (CometBFT).
    stops: bool = False


@dataclass(frozen=True, kw_only=True)
class Book:
    """What is remembered of one chain."""

    #: Last corroborated reference head; None before the first.
    head: int | None = None
    #: Time by our clock since it advanced.
    head_age_seconds: float = 0.0
    #: The chain as the majority says it: height to hash, newest 256.
    ring: Mapping[int, str] = field(default_factory=dict)
    reorg: Reorg | None = None
    #: What the losing side of a split under way will have to turn back.
    split: Reorg | None = None
    nodes: Mapping[str, NodeBook] = field(default_factory=dict)
    #: Mean fee by hour since 1970: (sum, count).
    fees: Mapping[int, tuple[float, int]] = field(default_factory=dict)
    #: Their median, and the hour for which it was worked out; in memory only.
    usual_fee: tuple[int, float] | None = None
    #: The next upgrade that nodes name; None when none is planned, or nobody said.
    upgrade: Upgrade | None = None


#: A node of which nothing is remembered.
NEW_NODE = NodeBook()


def noted(book: Book, looks: Mapping[str, Observation | None], watched_seconds: float | None) -> Book:
    """`book` with one more round of `looks`, by node name; nodes not among them are forgotten.

    `watched_seconds` is the time since the last round. None: nobody watched in between, so that earlier looks are no
    evidence any more, and no time counts.
    """
    nodes = {}
    for name, seen in looks.items():
        node = book.nodes.get(name, NEW_NODE)
        if watched_seconds is None and (node.sample is not None or node.last is not None):
            node = replace(node, sample=None, last=None, sample_rounds=0)
        nodes[name] = _node_noted(node, seen, watched_seconds or 0.0)
    return replace(book, nodes=nodes, head_age_seconds=book.head_age_seconds + (watched_seconds or 0.0))


def _node_noted(node: NodeBook, seen: Observation | None, seconds: float) -> NodeBook:
    head_age, final_age = node.head_age_seconds + seconds, node.finalized_age_seconds + seconds
    safe_age = node.safe_age_seconds + seconds
    if seen is None or seen.seen is not Seen.OK or seen.height is None:
        return replace(
            node,
            head_age_seconds=head_age,
            finalized_age_seconds=final_age,
            safe_age_seconds=safe_age,
            sample_rounds=node.sample_rounds + 1,
            last=seen,
        )
    grew = node.height is None or seen.height > node.height
    final = seen.finalized_height
    became_final = final is not None and (node.finalized is None or final > node.finalized)
    safe = _safe_height(seen)
    became_safe = safe is not None and (node.safe is None or safe > node.safe)
    return NodeBook(
        # Endpoints behind a balancer may step back and forth; only more than ever before is growth.
        height=max(seen.height, node.height or 0),
        head_age_seconds=0.0 if grew else head_age,
        finalized=final if final is not None else node.finalized,
        finalized_age_seconds=0.0 if became_final else final_age,
        safe=safe if safe is not None else node.safe,
        safe_age_seconds=0.0 if became_safe else safe_age,
        sample=seen,
        sample_rounds=0,
        last=seen,
    )


def _safe_height(seen: Observation) -> int | None:
    height = seen.facts.get("safe_height")
    return height if isinstance(height, int) and not isinstance(height, bool) else None


def to_table(book: Book) -> dict[str, object]:
    """`book` as JSON's types."""
    return {
        "head": book.head,
        "head_age_seconds": round(book.head_age_seconds, 3),
        # Two plain lists: a third of the work of a table with 256 keys, in every round.
        "ring": [list(book.ring), list(book.ring.values())],
        "reorg": _reorg_table(book.reorg),
        "split": _reorg_table(book.split),
        "nodes": {name: _node_table(node) for name, node in book.nodes.items()},
        "fees": {str(hour): list(mean) for hour, mean in book.fees.items()},
        "upgrade": None if book.upgrade is None else [book.upgrade.height, book.upgrade.stops],
    }


def from_table(table: Mapping[str, Any]) -> Book:
    """The book that `to_table` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    return Book(
        head=table["head"],
        head_age_seconds=float(table["head_age_seconds"]),
        ring={int(height): str(block) for height, block in zip(*table["ring"], strict=True)},
        reorg=_reorg_from(table["reorg"]),
        split=_reorg_from(table["split"]),
        nodes={name: _node_from(values) for name, values in table["nodes"].items()},
        fees={int(hour): (float(total), int(count)) for hour, (total, count) in table["fees"].items()},
        # Not there in states stored before upgrades were noted.
        upgrade=_upgrade_from(table.get("upgrade")),
    )


def _node_table(node: NodeBook) -> list[float | None]:
    ages = (node.head_age_seconds, node.finalized_age_seconds, node.safe_age_seconds)
    head_age, final_age, safe_age = (round(age, 3) for age in ages)
    return [node.height, head_age, node.finalized, final_age, node.safe, safe_age]


def _node_from(values: list[Any]) -> NodeBook:
    # The last two are not there in states stored before safe heights were noted.
    height, head_age, finalized, final_age, safe, safe_age = values if len(values) > 4 else [*values, None, 0.0]
    return NodeBook(
        height=height,
        head_age_seconds=head_age,
        finalized=finalized,
        finalized_age_seconds=final_age,
        safe=safe,
        safe_age_seconds=safe_age,
    )


def _reorg_table(reorg: Reorg | None) -> list[int] | None:
    return None if reorg is None else [reorg.depth, reorg.tip]


def _upgrade_from(pair: list[Any] | None) -> Upgrade | None:
    return None if pair is None else Upgrade(height=int(pair[0]), stops=bool(pair[1]))


def _reorg_from(pair: list[int] | None) -> Reorg | None:
    return None if pair is None else Reorg(depth=int(pair[0]), tip=int(pair[1]))
