"""What others announce: upstream incidents, planned work, releases of clients."""

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.findings import Finding
from records.store import findings
from records.times import iso, iso_or_none
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.cursors import PageShape
from server.api.queries import NoQuery


class FindingShape(TypedDict):
    """A finding; its title and address are those of its source."""

    id: str
    source: str
    chain: str | None
    component_id: str | None
    kind: str
    title: str
    url: str
    severity: str
    since: str
    ended_at: str | None
    required: bool


def list_findings(ask: Ask[Nothing, NoQuery]) -> PageShape[FindingShape]:
    """Every finding that counts now; never more than one page of them."""
    found = findings.open_findings(ask.desk.store, ask.now)
    return {"items": [shaped(each) for each in found], "next_cursor": None}


def shaped(one: Finding) -> FindingShape:
    """A finding whole."""
    return {
        "id": one.id,
        "source": one.source,
        "chain": one.chain,
        "component_id": one.component,
        "kind": one.kind.value,
        "title": one.title,
        "url": one.url,
        "severity": one.severity.value,
        "since": iso(one.since),
        "ended_at": iso_or_none(one.ended_at),
        "required": one.required,
    }
