"""One notice: how far it has come, and the words of each language as they were frozen."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from notifier.compose import preview
from notifier.lint import Finding
from notifier.message import message_of
from records.desk.approvals import approve_notice, decline_notice, send_now
from records.desk.notices import cancel_notice
from records.errors import NotFound
from records.notices import FORMS
from records.people import Actor, Right
from records.store import customers, digests, notices, waits
from server.console import presence, trials
from server.console.forms import form_of
from server.console.pages import go, page, show
from server.context import Context, context_of
from server.posting import shown_posts
from server.wiring import house_of
from templates.language import nearest


@page(Right.READ)
async def one(request: Request, actor: Actor) -> Response:
    """Counts by channel, whether they add up, and the words; of an older version when the address asks for it."""
    context = context_of(request)
    version = request.query_params.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < 7):
        raise NotFound(f"There is no version {version[:20]}.")
    facts = await context.call(_facts, context, request.path_params["id"], int(version) if version else None)
    editors = await context.call(presence.others, context.desk.store, request.path_params["id"], actor)
    return show(request, actor, "notice.html", editors=editors, tried=None, **facts)


@page(Right.OPERATE)
async def try_out(request: Request, actor: Actor) -> Response:
    """Send its words to oneself, in the languages that are ticked."""
    context, fields = context_of(request), await form_of(request)
    facts = await context.call(_facts, context, request.path_params["id"], None)
    words = {code: message.forms for code, message in facts["words"].items() if code in fields.many("test")}
    tried = await context.call(trials.sent, context, words, facts["notice"].id, actor)
    return show(request, actor, "notice.html", tried=tried, status=200 if tried.is_sent else 409, **facts)


def _facts(context: Context, notice_id: str, version: int | None) -> dict[str, Any]:
    store = context.desk.store
    notice = notices.notice(store, notice_id)
    spoken = [nearest(each) for each in (*context.settings.page.languages, *customers.languages(store))]
    shown = version or notice.version
    texts = {each: notices.texts(store, notice.id, shown, each) for each in dict.fromkeys(spoken)}
    words = {
        each: message_of(notice, each, {form: text.content for form, text in forms.items()})
        for each, forms in texts.items()
        if set(FORMS) <= forms.keys()
    }
    findings: tuple[Finding, ...] = ()
    if notice.is_waiting:
        # Whoever says yes says it to these very words.
        shown_words = preview(store, notice, house_of(context.settings), context.settings.page.languages)
        words, findings = shown_words.messages, shown_words.findings
    come = notices.status(store, notice.id)
    posts = shown_posts(context, notice, house_of(context.settings), shown)
    return {
        "notice": notice,
        "version": shown,
        "come": come,
        "words": words,
        "posts": posts,
        "findings": findings,
        "newer": waits.successor(store, notice),
        "carried_by": digests.carrier_of(store, notice.id),
    }


@page(Right.APPROVE)
async def approve(request: Request, actor: Actor) -> Response:
    """Let one go that waits."""
    context, fields, notice_id = context_of(request), await form_of(request), request.path_params["id"]
    await context.call(
        approve_notice, context.desk, notice_id, actor, context.now(), break_glass=fields.text("break_glass")
    )
    return go(f"/console/notices/{notice_id}", "approved")


@page(Right.OPERATE)
async def hurry(request: Request, actor: Actor) -> Response:
    """Let one go now that would leave by itself a little later."""
    context, notice_id = context_of(request), request.path_params["id"]
    await context.call(send_now, context.desk, notice_id, actor, context.now())
    return go(f"/console/notices/{notice_id}", "hurried")


@page(Right.OPERATE)
async def decline(request: Request, actor: Actor) -> Response:
    """Nobody shall hear one that waits."""
    context, fields, notice_id = context_of(request), await form_of(request), request.path_params["id"]
    await context.call(decline_notice, context.desk, notice_id, actor, context.now(), reason=fields.text("reason"))
    return go("/console", "declined")


@page(Right.OPERATE)
async def stop(request: Request, actor: Actor) -> Response:
    """Send nothing more of it."""
    context, notice_id = context_of(request), request.path_params["id"]
    stopped = await context.call(cancel_notice, context.desk, notice_id, actor.name, context.now())
    return go(f"/console/notices/{notice_id}", "stopped", stopped)
