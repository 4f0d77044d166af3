"""Findings: what feeds and other status pages announce, and what of it is news."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from records.findings import CUSTOMERS, Change, Finding, FindingKind, Severity, Sighting
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none


def keep(store: Store, source: str, sighting: Sighting, now: datetime) -> list[tuple[Change, Finding]]:
    """Bring what is known of `source` in line with what it shows; returns what changed.

    At the first reading everything is known already: what lies in the past is kept as ended, and only what is open at
    this moment counts as new. Releases are history then, unless one says that it must not be skipped. What came cut
    off is not a reading yet: the rest would seem new the next time.
    """
    with store.tx():
        is_first = _is_first(store, source, sighting, now)
        known = {row["id"]: _finding(row) for row in _of(store, source)}
        changes = [
            change
            for finding in sighting.findings
            if (change := _take(store, finding, known.get(finding.id), now, is_first=is_first))
        ]
        shown = {finding.id for finding in sighting.findings}
        if sighting.is_whole:
            changes += [_end(store, gone, now) for gone in known.values() if gone.id not in shown and gone.is_open(now)]
        return changes


def _is_first(store: Store, source: str, sighting: Sighting, now: datetime) -> bool:
    if not sighting.is_whole:
        return store.row("SELECT 1 AS found FROM finding_sources WHERE source = :source", source=source) is None
    made = store.run(
        "INSERT INTO finding_sources (source, first_read_at) VALUES (:source, :now) ON CONFLICT DO NOTHING",
        source=source,
        now=to_ms(now),
    )
    return made > 0


def _take(
    store: Store, finding: Finding, known: Finding | None, now: datetime, *, is_first: bool
) -> tuple[Change, Finding] | None:
    if is_first and finding.kind is FindingKind.CLIENT_RELEASE and not finding.required:
        _put(store, finding, ended_at=min(now, finding.ended_at or now), now=now)
        return None
    if known is None:
        _put(store, finding, ended_at=finding.ended_at, now=now)
        return (Change.NEW, finding) if finding.is_open(now) else None
    # One that was gone from its source and is back says the same and is open all the same.
    is_back = finding.kind is not FindingKind.CLIENT_RELEASE and finding.is_open(now) and not known.is_open(now)
    if _same(known, finding) and not is_back:
        return None
    if finding.kind is not FindingKind.UPSTREAM_MAINTENANCE:
        # Where a source has one date for everything, each edit seems to begin it anew. Planned work may be moved.
        finding = replace(finding, since=min(finding.since, known.since))
    # A release that was history at the first reading stays so, however often its text is edited.
    was_over = known.kind is FindingKind.CLIENT_RELEASE and not known.is_open(now) and not finding.required
    _put(store, finding, ended_at=known.ended_at if was_over else finding.ended_at, now=now)
    if was_over or not (known.is_open(now) or finding.is_open(now)):
        return None
    return Change.EDITED if finding.is_open(now) else Change.ENDED, finding


def _same(known: Finding, finding: Finding) -> bool:
    """Whether the source says the same, and it is attached to the same."""
    return (known.content_hash, known.chain, known.component) == (
        finding.content_hash,
        finding.chain,
        finding.component,
    )


def _end(store: Store, finding: Finding, now: datetime) -> tuple[Change, Finding]:
    store.run("UPDATE findings SET ended_at = :now WHERE id = :id", now=to_ms(now), id=finding.id)
    return Change.ENDED, finding


def _put(store: Store, finding: Finding, *, ended_at: datetime | None, now: datetime) -> None:
    store.run(
        """
        INSERT INTO findings (id, source, chain, component_id, kind, title, url, severity, since, ended_at, required,
            content_hash, found_at)
        VALUES (:id, :source, :chain, :component_id, :kind, :title, :url, :severity, :since, :ended_at, :required,
            :content_hash, :now)
        ON CONFLICT (id) DO UPDATE SET chain = excluded.chain, component_id = excluded.component_id,
            kind = excluded.kind, title = excluded.title, url = excluded.url, severity = excluded.severity,
            since = excluded.since, ended_at = excluded.ended_at, required = excluded.required,
            content_hash = excluded.content_hash
        """,
        id=finding.id,
        source=finding.source,
        chain=finding.chain,
        component_id=finding.component,
        kind=finding.kind.value,
        title=finding.title,
        url=finding.url,
        severity=finding.severity.value,
        since=to_ms(finding.since),
        ended_at=to_ms_or_none(ended_at),
        required=int(finding.required),
        content_hash=finding.content_hash,
        now=to_ms(now),
    )


def _of(store: Store, source: str) -> Sequence[Row]:
    return store.rows("SELECT * FROM findings WHERE source = :source", source=source)


def forget(store: Store, before: datetime) -> int:
    """Drop what ended before then and was not found again since; returns how many."""
    return store.run(
        "DELETE FROM findings WHERE ended_at < :before AND found_at < :before",
        before=to_ms(before),
    )


def open_findings(store: Store, now: datetime) -> list[Finding]:
    """What counts at `now`, of sources still in use: first what began or begins last."""
    found = store.rows(
        """
        SELECT f.* FROM findings f LEFT JOIN monitors m ON m.id = f.source AND m.retired_at IS NULL
        WHERE (m.id IS NOT NULL OR f.source = :customers) AND (f.ended_at IS NULL OR f.ended_at > :now)
        ORDER BY f.since DESC, f.id LIMIT 200
        """,
        now=to_ms(now),
        customers=CUSTOMERS,
    )
    return [_finding(row) for row in found]


def open_of(store: Store, source: str, now: datetime) -> list[Finding]:
    """What counts at `now` of one source."""
    return [found for row in _of(store, source) if (found := _finding(row)).is_open(now)]


def has_upstream_incident(store: Store, chain: str, now: datetime) -> bool:
    """Whether a provider says that it has an incident now which concerns `chain`."""
    found = store.row(
        """
        SELECT 1 AS found FROM findings f JOIN monitors m ON m.id = f.source AND m.retired_at IS NULL
        WHERE f.chain = :chain AND f.kind = 'upstream_incident' AND f.since <= :now
            AND (f.ended_at IS NULL OR f.ended_at > :now)
        LIMIT 1
        """,
        chain=chain,
        now=to_ms(now),
    )
    return found is not None


def _finding(row: Row) -> Finding:
    return Finding(
        id=row["id"],
        source=row["source"],
        chain=row["chain"],
        component=row["component_id"],
        kind=FindingKind(row["kind"]),
        title=row["title"],
        url=row["url"],
        severity=Severity(row["severity"]),
        since=from_ms(row["since"]),
        ended_at=from_ms_or_none(row["ended_at"]),
        required=bool(row["required"]),
        content_hash=row["content_hash"],
    )
