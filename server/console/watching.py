"""Monitors with the judge's reasoning and what they last saw; and who did what."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from records.errors import NotFound
from records.packing import Look
from records.people import Actor, Right
from records.store import looks, monitors, people
from records.times import iso
from server.config.monitors import chain_monitors
from server.console import curves
from server.console.board import Watcher, gather
from server.console.curves import TargetCurves
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
async def one(request: Request, actor: Actor) -> Response:
    """One monitor with the curves of its last day, drawn here. Raises NotFound."""
    context = context_of(request)
    watcher, drawn = await context.call(_one, context, request.path_params["id"])
    explorers = {chain.id: chain.explorer for chain in chain_monitors(context.settings)}
    return show(
        request,
        actor,
        "monitor.html",
        watcher=watcher,
        drawn=drawn,
        explorer=explorers.get(watcher.record.id),
        slots=curves.SLOTS,
        height=curves.HEIGHT,
    )


def _one(context: Context, monitor_id: str) -> tuple[Watcher, list[TargetCurves]]:
    store, now = context.desk.store, context.now()
    record = monitors.monitor(store, monitor_id)
    watchers = {each.record.id: each for each in gather(context.desk, now).watchers}
    if record.id not in watchers:
        raise NotFound(f"Nobody watches {monitor_id} any more.")
    return watchers[record.id], curves.curves_of(looks.since(store, record.id, now - curves.SPAN), now)


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
    monitor_id = monitors.monitor(store, monitor_id).id
    measured = _latencies(looks.since(store, monitor_id, since))
    for hour in looks.sums(store, monitor_id, looks.Span.HOUR, since):
        latencies = measured.get((hour.start, hour.target), [])
        targets.setdefault(hour.target, []).append(
            {
                "start": iso(hour.start),
                "looks": hour.looks,
                "failures": hour.failures,
                "latency_mean_ms": None if hour.latency_mean_ms is None else round(hour.latency_mean_ms, 1),
                "latency_max_ms": hour.latency_max_ms,
                # From the looks themselves, which are kept within a few percent.
                "latency_p50_ms": curves.percentile(latencies, 0.5),
                "latency_p95_ms": curves.percentile(latencies, 0.95),
                "seen": sorted(seen.value for seen in hour.classes),
            }
        )
    return {"monitor": monitor_id, "targets": targets}


def _latencies(seen: list[Look]) -> dict[tuple[datetime, str], list[float]]:
    """Latencies by hour and target."""
    found: dict[tuple[datetime, str], list[float]] = defaultdict(list)
    for look in seen:
        if look.latency_ms is not None:
            found[look.at.replace(minute=0, second=0, microsecond=0), look.target].append(look.latency_ms)
    return found


@page(Right.AUDIT)
async def audit(request: Request, actor: Actor) -> Response:
    """Deeds and looks, newest first."""
    context = context_of(request)
    before = request.query_params.get("before") or "~"
    entries = await context.call(people.audit_entries, context.desk.store, before=before, limit=_ENTRIES)
    return show(request, actor, "audit.html", entries=entries, more=len(entries) == _ENTRIES)
