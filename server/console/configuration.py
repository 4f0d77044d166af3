"""What the settings file decides, to be read here and changed there; and where the store differs from it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.components import in_language
from records.people import Actor, Right
from records.store import components, monitors
from server.console.pages import page, show
from server.context import Context, context_of
from server.plan import Change, plan


@page(Right.READ)
async def shown(request: Request, actor: Actor) -> Response:
    """Components, monitors and policies as they are, each managed by the file; no form changes them."""
    context = context_of(request)
    return show(request, actor, "configuration.html", **await context.call(_facts, context))


def _facts(context: Context) -> dict[str, Any]:
    store, settings = context.desk.store, context.settings
    known = components.all_components(store)
    names = {each.id: in_language(each.name, settings.page.languages[0]) or each.id for each in known}
    return {
        "components": [each for each in known if not each.is_group],
        "names": names,
        "monitors": monitors.all_monitors(store),
        "policies": settings.policies,
        "drift": [_said(each) for each in plan(settings, store, context.now())],
    }


def _said(change: Change) -> str:
    """`component cards: audience, position differ`."""
    if change.fields:
        return f"{change.what} {change.id}: {', '.join(change.fields)} differ{'s' if len(change.fields) == 1 else ''}"
    return f"{change.what} {change.id}: {'only in the file' if change.step.value == 'add' else 'not in the file'}"
