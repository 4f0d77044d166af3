"""The notices of one customer, for the wallet's own app: `/inapp/v1`.

The wallet's back end mints a signed token that names the customer; the app sends it here. An answer is about that
customer alone and never tells whether another exists.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.components import in_language
from records.desk.desk import Desk
from records.errors import Conflict, NotFound
from records.notices import Notice, Outcome
from records.store import customers, inapp, ledger, notices
from records.store.engine import Store
from records.store.inapp import Offered
from records.times import iso_or_none
from server.api.reading import is_storable
from server.context import context_of
from server.inapp_stream import Stream
from server.inapp_token import bearer_of
from templates.language import available, is_right_to_left, matching, translations

_ETAG_CHARACTERS = 32


class NoticeShape(TypedDict):
    """One notice on the customer's plate; times are ISO 8601 in UTC."""

    id: str
    kind: str
    #: `none`, `minor`, `major`, `critical`; `maintenance` for what is planned.
    severity: str
    title: str
    body: str
    url: str
    verify_code: str
    components: list[dict[str, str]]
    starts_at: str | None
    ends_at: str | None
    next_update_at: str | None
    seen_at: str | None


async def plate(request: Request) -> Response:
    """The active notices of the customer whom the token names, gravest first."""
    context = context_of(request)
    ref = bearer_of(request, context).ref
    language = request.query_params.get("lang")
    page_url = context.settings.page.url.rstrip("/")
    shown = await context.call(_plate, context.desk, ref, language, page_url)
    body = json.dumps({"notices": shown, "words": _plate_words(language)}, ensure_ascii=False).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:_ETAG_CHARACTERS]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if _is_held(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _plate_words(asked: str | None) -> dict[str, Any]:
    """What stands around the notices on a plate, so that the script that draws it carries no language of its own."""
    language = matching(asked, available()) if asked and asked.isascii() else None
    _, direction = translations(language or "en").gettext, "rtl" if is_right_to_left(language or "en") else "ltr"
    return {
        "details": _("Details"),
        "dismiss": _("Put away"),
        "more": _("More: %(num)s") % {"num": "{}"},
        "text": {"lang": language or "en", "dir": direction},
    }


def _is_held(held: str, etag: str) -> bool:
    return held.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in held.split(",")]


async def seen(request: Request) -> Response:
    """The customer saw it; said twice, the first time counts."""
    return await _note(request, Outcome.DISPLAYED)


async def dismissed(request: Request) -> Response:
    """The customer put it away."""
    return await _note(request, Outcome.DISMISSED)


async def _note(request: Request, outcome: Outcome) -> Response:
    context = context_of(request)
    ref, notice_id = bearer_of(request, context).ref, str(request.path_params["id"])
    await context.call(_note_seen, context.desk, ref, notice_id, outcome, context.now())
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _note_seen(desk: Desk, ref: str, notice_id: str, outcome: Outcome, now: datetime) -> None:
    """Raises NotFound, in the same words, for a notice that is not there and for one that is another customer's."""
    try:
        if not is_storable(notice_id):
            raise NotFound(notice_id)
        customer = customers.customer(desk.store, ref)
        ledger.note_seen(desk.store, customer.id, notice_id, outcome, now)
    except (NotFound, Conflict):
        raise NotFound("This customer has no such notice.") from None


def _plate(desk: Desk, ref: str, language: str | None, page_url: str) -> list[NoticeShape]:
    try:
        customer = customers.customer(desk.store, ref)
    except NotFound:
        # Somebody the wallet knows and we do not yet: nothing to show, and nothing to learn from.
        return []
    return [_shape(desk.store, each, language, page_url) for each in inapp.active(desk.store, customer.id)]


def _shape(store: Store, offered: Offered, language: str | None, page_url: str) -> NoticeShape:
    notice, facts = offered.notice, offered.notice.facts
    is_incident = notice.subject_kind == "incident"
    spoken, title, body = _words(store, offered, language)
    return {
        "id": notice.id,
        "kind": notice.kind.value,
        "severity": facts["impact"] if is_incident else "maintenance",
        "title": title,
        "body": body,
        "url": f"{page_url}/{'incidents' if is_incident else 'maintenances'}/{notice.subject_id}",
        "verify_code": notice.verify_code,
        "components": [{"id": each["id"], "name": in_language(each["name"], spoken)} for each in facts["components"]],
        "starts_at": facts["started_at"] if is_incident else facts["scheduled_for"],
        "ends_at": facts["resolved_at"] if is_incident else facts["scheduled_until"],
        "next_update_at": facts["next_update_at"] if is_incident else None,
        "seen_at": iso_or_none(offered.seen_at),
    }


def _words(store: Store, offered: Offered, language: str | None) -> tuple[str, str, str]:
    """Language, title and body, as frozen: in the language asked for if the notice speaks it, else the customer's."""
    notice: Notice = offered.notice
    for wanted in _languages(language, offered.language):
        texts = notices.texts(store, notice.id, notice.version, wanted)
        if "subject" in texts and "short" in texts:
            return wanted, texts["subject"].content, _without_link(texts["short"].content)
    # Offered by somebody who froze no words: the operator's own are true all the same.
    spoken = language or offered.language
    return spoken, in_language(notice.facts["name"], spoken), in_language(notice.facts["body"], spoken)


def _without_link(short: str) -> str:
    """The short form without its last line: link and code stand in fields of their own here."""
    words, newline, _ = short.rstrip("\n").rpartition("\n")
    return words if newline else short


def _languages(asked: str | None, own: str) -> list[str]:
    found = matching(asked, available()) if asked and asked.isascii() else None
    return [found, own] if found else [own]


ROUTES = [
    Mount(
        "/inapp/v1",
        routes=[
            Route("/notices", plate),
            Route("/stream", Stream()),
            Route("/notices/{id}/seen", seen, methods=["POST"]),
            Route("/notices/{id}/dismissed", dismissed, methods=["POST"]),
        ],
        # Any site may ask: without the customer's token it learns nothing, and no cookie is ever looked at.
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
                expose_headers=["ETag"],
                max_age=7200,
            )
        ],
    )
]
