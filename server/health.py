"""Whether we live, and whether we do our work: `/healthz`, `/readyz`."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.errors import StoreUnavailable
from records.store import meta
from records.times import iso, iso_or_none
from server.context import Context, context_of, targets_of_app
from server.metrics import metrics
from statuspage.hands import TargetState

_log = structlog.get_logger(__name__)
#: Parts say every few seconds that they live; a slow round may take a while.
STALE_AFTER = timedelta(seconds=60)
#: Without them nothing is seen, told or begun. A part that was never started here is somebody else's work.
_NEEDED = ("monitors", "notifier", "clock")
_STORE_TIMEOUT_SECONDS = 10.0


class CheckShape(TypedDict):
    """One thing that was looked at."""

    ok: bool
    #: Empty when all is well.
    reason: str
    #: When the part last said that it lives, or the oldest copy of the page was written; null for the store.
    at: str | None
    age_seconds: float | None


class ReadyShape(TypedDict):
    """Whether all of it is well."""

    ready: bool
    checks: dict[str, CheckShape]


async def healthz(request: Request) -> Response:
    """This process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """The store answers, and every part that was ever started has been heard from lately; else 503 and why."""
    found = await readiness(context_of(request), targets_of_app(request))
    return JSONResponse(found, status_code=200 if found["ready"] else 503, headers={"Cache-Control": "no-store"})


async def readiness(context: Context, targets: Sequence[TargetState] = ()) -> ReadyShape:
    """What `/readyz` says.

    A place that the page cannot be written to is told, but does not count: no restart of ours brings it back.
    """
    now = context.now()
    try:
        async with asyncio.timeout(_STORE_TIMEOUT_SECONDS):
            pulses = await context.call(meta.pulses, context.desk.store)
    except (StoreUnavailable, TimeoutError) as error:
        _log.error("store_unavailable", why=str(error))
        store: CheckShape = {"ok": False, "reason": "the database does not answer", "at": None, "age_seconds": None}
        return {"ready": False, "checks": {"store": store}}
    checks: dict[str, CheckShape] = {"store": {"ok": True, "reason": "", "at": None, "age_seconds": None}}
    checks |= {part: _check(part, pulses[part], now) for part in _NEEDED if part in pulses}
    is_ready = all(check["ok"] for check in checks.values())
    return {"ready": is_ready, "checks": checks | {"publish": _places(targets, now)} if targets else checks}


def _check(part: str, at: datetime, now: datetime) -> CheckShape:
    age = now - at
    reason = "" if age <= STALE_AFTER else f"{part} has not been heard from for {int(age.total_seconds())} s"
    return {"ok": not reason, "reason": reason, "at": iso(at), "age_seconds": age.total_seconds()}


def _places(targets: Sequence[TargetState], now: datetime) -> CheckShape:
    """All places together: their names and what they say are for operators, and this is read by anybody."""
    failing = sum(1 for each in targets if each.failures)
    oldest = min((each.published for each in targets if each.published), default=None)
    return {
        "ok": not failing,
        "reason": f"the page cannot be written to {failing} of {len(targets)} places" if failing else "",
        "at": iso_or_none(oldest),
        "age_seconds": (now - oldest).total_seconds() if oldest else None,
    }


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
