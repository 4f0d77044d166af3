"""Monitors with the judge's reasoning and what they last saw; and who did what."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.people import Actor, Right
from records.store import monitors, people
from records.times import from_ms
from server.console.board import Watcher, gather
from server.console.pages import page, show
from server.context import Context, context_of

_SEEN_WITHIN = timedelta(minutes=30)
_ENTRIES = 100


@page(Right.READ)
async def listing(request: Request, actor: Actor) -> Response:
    """Each monitor, and per target what it saw last."""
    context = context_of(request)
    found = await context.call(_all, context)
    return show(request, actor, "monitors.html", watchers=found)


def _all(context: Context) -> list[tuple[Watcher, list[dict[str, Any]]]]:
    now = context.now()
    board = gather(context.desk, now)
    return [(each, _last(context, each)) for each in board.watchers]


def _last(context: Context, watcher: Watcher) -> list[dict[str, Any]]:
    """The newest observation of each target."""
    since = context.now() - _SEEN_WITHIN
    newest: dict[str, dict[str, Any]] = {}
    for row in monitors.last_observations(context.desk.store, watcher.record.id, since):
        newest.setdefault(row["target"], {**row, "at": from_ms(row["at"])})
    return [newest[target] for target in sorted(newest)]


@page(Right.AUDIT)
async def audit(request: Request, actor: Actor) -> Response:
    """Deeds and looks, newest first."""
    context = context_of(request)
    before = request.query_params.get("before") or "~"
    entries = await context.call(people.audit_entries, context.desk.store, before=before, limit=_ENTRIES)
    return show(request, actor, "audit.html", entries=entries, more=len(entries) == _ENTRIES)
