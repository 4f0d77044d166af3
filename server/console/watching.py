"""Monitors with the judge's reasoning and what they last saw; and who did what."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from records.packing import Look
from records.people import Actor, Right
from records.store import looks, monitors, people
from records.times import iso
from server.console.board import Watcher, gather
from server.console.pages import page, show
from server.context import Context, context_of

_SEEN_WITHIN = timedelta(minutes=30)
_CURVES = timedelta(days=2)
_ENTRIES = 100


@page(Right.READ)
async def listing(request: Request, actor: Actor) -> Response:
    """Each monitor, and per target what it saw last."""
    context = context_of(request)
    found = await context.call(_all, context)
    return show(request, actor, "monitors.html", watchers=found)


def _all(context: Context) -> list[tuple[Watcher, list[Look]]]:
    seen = looks.newest(context.desk.store)
    since = context.now() - _SEEN_WITHIN
    board = gather(context.desk, context.now())
    return [(each, [look for look in seen.get(each.record.id, []) if look.at >= since]) for each in board.watchers]


@page(Right.READ)
async def hours(request: Request, actor: Actor) -> Response:
    """The last days of one monitor by the hour, per target, for small curves. Raises NotFound."""
    context = context_of(request)
    found = await context.call(_hours, context, request.path_params["id"])
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _hours(context: Context, monitor_id: str) -> dict[str, Any]:
    store = context.desk.store
    targets: dict[str, list[dict[str, Any]]] = {}
    since = context.now() - _CURVES
    for hour in looks.sums(store, monitors.monitor(store, monitor_id).id, looks.Span.HOUR, since):
        targets.setdefault(hour.target, []).append(
            {
                "start": iso(hour.start),
                "looks": hour.looks,
                "failures": hour.failures,
                "latency_mean_ms": None if hour.latency_mean_ms is None else round(hour.latency_mean_ms, 1),
                "latency_max_ms": hour.latency_max_ms,
                "seen": sorted(seen.value for seen in hour.classes),
            }
        )
    return {"monitor": monitor_id, "targets": targets}


@page(Right.AUDIT)
async def audit(request: Request, actor: Actor) -> Response:
    """Deeds and looks, newest first."""
    context = context_of(request)
    before = request.query_params.get("before") or "~"
    entries = await context.call(people.audit_entries, context.desk.store, before=before, limit=_ENTRIES)
    return show(request, actor, "audit.html", entries=entries, more=len(entries) == _ENTRIES)
