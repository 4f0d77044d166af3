"""How the rows of the front page stand: what is wrong on top, and long lists of what works folded away."""

from collections.abc import Sequence
from dataclasses import dataclass

from records.components import Status, Words, worst
from statuspage.snapshot import Snapshot
from statuspage.view import NetworkView, RowView, network_view, row_view

#: More rows than this do not fit before a reader's eyes; then those that work are folded.
_SEEN_AT_ONCE = 12
#: From so many rows on, typing is quicker than looking.
_WORTH_SEARCHING = 8


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Rows under one heading."""

    #: Empty for those without a group.
    name: Words
    rows: tuple[RowView, ...]
    #: They work, and the list would be long with them.
    folded: tuple[RowView, ...]


@dataclass(frozen=True, kw_only=True)
class Shelves:
    """All rows of the front page."""

    networks: tuple[NetworkView, ...]
    folded_networks: tuple[NetworkView, ...]
    services: tuple[Shelf, ...]
    #: Whether a field to look for one's own coin helps.
    is_searchable: bool


def shelves(snapshot: Snapshot) -> Shelves:
    """Everything the snapshot shows, gravest first; rows alike stay in the order of the configuration."""
    networks = sorted((network_view(snapshot, each) for each in snapshot.networks), key=_of_network)
    total = sum(len(section.rows) for section in snapshot.sections)
    is_long = len(networks) > _SEEN_AT_ONCE
    services = []
    for section in snapshot.sections:
        rows = sorted((row_view(snapshot, row) for row in section.rows), key=_of_row)
        folds = bool(section.name) and total > _SEEN_AT_ONCE
        services.append(
            Shelf(
                name=section.name,
                rows=tuple(row for row in rows if not folds or _of_row(row) < 0),
                folded=tuple(row for row in rows if folds and _of_row(row) == 0),
            )
        )
    return Shelves(
        networks=tuple(each for each in networks if not is_long or _of_network(each) < 0),
        folded_networks=tuple(each for each in networks if is_long and _of_network(each) == 0),
        services=tuple(sorted(services, key=_of_shelf)),
        is_searchable=len(networks) + total >= _WORTH_SEARCHING,
    )


def _of_row(row: RowView) -> int:
    """0 for what works; the graver, the smaller."""
    return -row.status.severity


def _of_network(network: NetworkView) -> int:
    return -_gravest([way.status for way in network.ways])


def _of_shelf(shelf: Shelf) -> int:
    return -_gravest([row.status for row in (*shelf.rows, *shelf.folded)])


def _gravest(statuses: Sequence[Status]) -> int:
    return worst(list(statuses)).severity
