"""`/console/editing`: who else types in the same form, said before one of them is told that they were late."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from records.errors import NotFound
from records.people import Actor, Right
from records.store import incidents, maintenance, notices, presence
from records.store.engine import Store
from server.console.forms import form_of, query_of
from server.console.pages import page
from server.console.vocabulary import who
from server.context import context_of


def others(store: Store, subject_id: str, actor: Actor) -> list[str]:
    """The names of those who have it in hand besides whoever asks."""
    return [who(name) for name in presence.editors(store).get(subject_id, ()) if name != actor.name]


@page(Right.READ)
async def look(request: Request, actor: Actor) -> Response:
    """Who else is at it, and which version it has now. Raises NotFound."""
    context, subject_id = context_of(request), query_of(request).text("subject")
    return _json(await context.call(_seen, context.desk.store, subject_id, actor))


@page(Right.OPERATE)
async def tell(request: Request, actor: Actor) -> Response:
    """Say that one types in it or, with `over`, that one does no more; answers as `look` does. Raises NotFound."""
    context, form = context_of(request), await form_of(request)
    is_over = form.has("over")
    return _json(await context.call(_told, context.desk.store, form.text("subject"), actor, is_over=is_over))


def _told(store: Store, subject_id: str, actor: Actor, *, is_over: bool) -> dict[str, Any]:
    # Before anything is kept: what there is not, nobody edits.
    seen = _seen(store, subject_id, actor)
    if is_over:
        presence.leave(store, subject_id, actor.name)
    else:
        presence.forget(store)
        presence.enter(store, subject_id, actor.name)
    return seen


def _seen(store: Store, subject_id: str, actor: Actor) -> dict[str, Any]:
    return {"others": others(store, subject_id, actor), "version": _version(store, subject_id)}


def _version(store: Store, subject_id: str) -> int:
    for found in (incidents.incident, maintenance.maintenance):
        try:
            return found(store, subject_id).version
        except NotFound:
            continue
    return notices.notice(store, subject_id).version


def _json(found: dict[str, Any]) -> Response:
    return JSONResponse(found, headers={"Cache-Control": "no-store"})
