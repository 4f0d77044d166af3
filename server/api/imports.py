"""Customers by the thousand: one JSON object a line, received whole before the first is kept.

A broken upload changes nothing. A line is kept whole or rejected with its reasons; the others are not held up by it.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.desk import Desk
from records.errors import Fault, ForewarnError, Invalid
from records.people import Actor
from records.store import idempotency
from records.store.idempotency import Answer
from server.api import reading
from server.api.asking import answered, key_of
from server.api.bodies import ImportCustomer
from server.api.values import Known
from server.context import context_of
from server.problems import FaultShape, TooLarge, fault_shapes

MAX_IMPORT_BYTES = 64 * 1024 * 1024
_MAX_LINE_BYTES = 256 * 1024
#: Customers per transaction: other writers wait for one bundle at most.
_BUNDLE = 500
#: The report names so many rejected lines; the count is of all.
_MAX_REPORTED = 1_000
#: Up to here an upload stays in memory.
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json")


class RejectedShape(TypedDict):
    """A line that was not kept, and why."""

    line: int
    external_id: str | None
    errors: list[FaultShape]


class ImportShape(TypedDict):
    """What an import came to: `rows` = `changed` + `unchanged` + `rejected_rows`."""

    rows: int
    changed: int
    unchanged: int
    rejected_rows: int
    rejected: list[RejectedShape]


@dataclass
class _Report:
    rows: int = 0
    changed: int = 0
    rejected_rows: int = 0
    rejected: list[RejectedShape] = field(default_factory=list)

    def reject(self, line: int, external_id: Any, faults: list[Fault]) -> None:
        self.rejected_rows += 1
        if len(self.rejected) < _MAX_REPORTED:
            named = external_id[:200] if isinstance(external_id, str) and reading.is_storable(external_id) else None
            self.rejected.append({"line": line, "external_id": named, "errors": fault_shapes(faults)})

    def shape(self) -> ImportShape:
        return {
            "rows": self.rows,
            "changed": self.changed,
            "unchanged": self.rows - self.changed - self.rejected_rows,
            "rejected_rows": self.rejected_rows,
            "rejected": self.rejected,
        }


async def import_customers(request: Request, actor: Actor) -> Response:
    """Add or match customers, one JSON object a line (NDJSON, up to 64 MiB); the report names what was rejected."""
    reading.check_type(request, *_TYPES)
    context, key, digest = context_of(request), key_of(request), hashlib.sha256(b"customers:import\n")
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as upload:
        await _receive(request, upload, digest)
        now = context.now()
        given = await context.call(_answer, context.desk, actor, key, digest.hexdigest(), now, upload)
    return answered(given)


async def _receive(request: Request, upload: IO[bytes], digest: "hashlib._Hash") -> None:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_IMPORT_BYTES:
            raise TooLarge(f"The import has more than {MAX_IMPORT_BYTES} bytes; send it in several.")
        digest.update(piece)
        upload.write(piece)


def _answer(desk: Desk, actor: Actor, key: str | None, digest: str, now: datetime, upload: IO[bytes]) -> Answer:
    """Bundles are transactions of their own, so the kept answer follows them; a repeated import changes nothing."""
    earlier = idempotency.given(desk.store, actor.name, key, digest) if key else None
    if earlier is not None:
        return earlier
    answer = Answer(status=200, body=json.dumps(_keep(desk, actor, now, upload), ensure_ascii=False))
    if key:
        idempotency.keep(desk.store, actor.name, key, digest, answer, now)
    return answer


def _keep(desk: Desk, actor: Actor, now: datetime, upload: IO[bytes]) -> ImportShape:
    report, bundle, known = _Report(), list[CustomerEntry](), Known(desk, now)
    for number, line in _lines(upload):
        report.rows += 1
        entry = _entry(report, known, number, line)
        if entry is not None:
            bundle.append(entry)
        if len(bundle) == _BUNDLE:
            report.changed += put_customers(desk, bundle, actor, now)
            bundle = []
    report.changed += put_customers(desk, bundle, actor, now)
    return report.shape()


def _lines(upload: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with something in them, and their numbers; an endless one is cut where it is certain to be rejected."""
    upload.seek(0)
    number = 0
    while line := upload.readline(_MAX_LINE_BYTES + 1):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := upload.readline(_MAX_LINE_BYTES)):
            pass
        if line.strip():
            yield number, line


def _entry(report: _Report, known: Known, number: int, line: bytes) -> CustomerEntry | None:
    said: Any = None
    try:
        if len(line) > _MAX_LINE_BYTES:
            raise Invalid(f"the line is longer than {_MAX_LINE_BYTES} bytes")
        said = reading.parse_json(line)
        body = reading.fitted(ImportCustomer, said, known.as_context)
        return body.entry(body.external_id)
    except Invalid as error:
        report.reject(number, said.get("external_id") if isinstance(said, dict) else None, error.faults)
    except ForewarnError as error:
        report.reject(number, None, [Fault(path="", message=str(error))])
    return None
