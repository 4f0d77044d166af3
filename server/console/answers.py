"""The page's questions and answers: which language reads what, and writing them."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from records.desk.answers import write_answers
from records.errors import Conflict, Invalid, NotFound
from records.people import Actor, Right
from records.store import answers
from server.console.forms import Form, by_field, form_of
from server.console.pages import go, page, show
from server.context import Context, context_of
from statuspage.faq import faq_view, parse, text_in


@page(Right.OPERATE)
async def listing(request: Request, actor: Actor) -> Response:
    """Every language of the page, and where its answers come from."""
    context = context_of(request)
    sheets = await context.call(answers.sheets, context.desk.store)
    return show(request, actor, "answers.html", languages=context.settings.page.languages, sheets=sheets)


@page(Right.OPERATE)
async def form(request: Request, actor: Actor) -> Response:
    """One language, with what stands there now."""
    context, language = context_of(request), _language(request)
    return show(request, actor, "answers_form.html", **await context.call(_as_it_stands, context, language))


@page(Right.OPERATE)
async def write(request: Request, actor: Actor) -> Response:
    """Show how it will read, publish it, or go back to the files."""
    context, language, fields = context_of(request), _language(request), await form_of(request)
    text, do = _typed(fields), fields.text("do")
    if do == "look":
        return await _again(request, actor, language, text)
    try:
        await context.call(
            write_answers,
            context.desk, language, "" if do == "files" else text, actor, context.now(),
            version=fields.number("version") or 0,
        )  # fmt: skip
    except Invalid as refused:
        return await _again(request, actor, language, text, status=422, faults=by_field(refused))
    except Conflict as refused:
        return await _again(request, actor, language, text, status=409, trouble=str(refused))
    return go("/console/answers", "answers")


async def _again(request: Request, actor: Actor, language: str, text: str, **said: Any) -> Response:
    """The form with what was typed, and what stands there if that is something else."""
    context = context_of(request)
    facts = await context.call(_as_it_stands, context, language)
    theirs = facts["text"] if said.get("status") == 409 else ""
    seen = parse(text, language)
    facts |= {
        "text": text,
        "seen": seen,
        "linked": faq_view(seen, language, f"/{language}")["linked"],
        "theirs": theirs,
    }
    return show(request, actor, "answers_form.html", **facts, **said)


def _as_it_stands(context: Context, language: str) -> dict[str, Any]:
    sheet = answers.sheet(context.desk.store, language)
    folder = context.settings.page.faq
    text = sheet.text if sheet and sheet.text else text_in(Path(folder) if folder else None, language)
    return {"language": language, "sheet": sheet, "text": text, "theirs": "", "seen": None}


def _language(request: Request) -> str:
    language = str(request.path_params["language"])
    if language not in context_of(request).settings.page.languages:
        raise NotFound(f"The page has no language {language[:40]}.")
    return language


def _typed(fields: Form) -> str:
    # Longer than other texts; how long it may be is said by the deed, so that nothing is cut in silence.
    return fields.fields.get("text", "").replace("\r\n", "\n").strip()
