"""Our own nodes that will not do for much longer: told as findings, before the day on which they would fail."""

import hashlib
from datetime import datetime

from records.findings import Change, Finding, FindingKind, Sighting
from records.store import findings
from records.store.engine import Store
from records.times import iso
from records.verdicts import KEEPS_LAST_STATE, Verdict


def note_outdated(store: Store, verdict: Verdict, now: datetime) -> list[tuple[Change, Finding]]:
    """Bring the findings about a chain's nodes in line with the fact `outdated` (name to reason); returns what changed.

    A verdict that saw nothing changes nothing.
    """
    if verdict.chain is None or verdict.kind in KEEPS_LAST_STATE:
        return []
    known = {each.id: each for each in findings.open_of(store, verdict.monitor, now)}
    seen = {_id(verdict.monitor, name, why): f"{name}: {why}" for name, why in _outdated(verdict).items()}
    if known.keys() == seen.keys():
        return []
    shown = tuple(known.get(found) or _finding(verdict, found, title, now) for found, title in seen.items())
    return findings.keep(store, verdict.monitor, Sighting(findings=shown, is_whole=True), now)


def _outdated(verdict: Verdict) -> dict[str, str]:
    nodes = verdict.facts.get("outdated")
    return {str(name): str(why) for name, why in nodes.items()} if isinstance(nodes, dict) else {}


def _id(monitor: str, name: str, why: str) -> str:
    return hashlib.sha256("\n".join((monitor, name, why)).encode()).hexdigest()[:32]


def _finding(verdict: Verdict, finding_id: str, title: str, now: datetime) -> Finding:
    return Finding(
        id=finding_id,
        source=verdict.monitor,
        chain=verdict.chain,
        component=None,
        kind=FindingKind.NODE_OUTDATED,
        title=title,
        since=now,
        required=True,
        # What was over and comes back is news again.
        content_hash=iso(now),
    )
