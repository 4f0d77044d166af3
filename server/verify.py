"""Is this notice ours? The code in it, checked on our own domain: `/verify`, `/verify/<code>` (job C7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from records.components import in_language
from records.signing import texts_of
from records.store import notices, signing
from records.store.engine import Store
from server.context import context_of
from server.pace import Pace
from server.sheets import layout
from server.wiring import page_of
from statuspage.answers import CONTENT_SECURITY_POLICY, best_language
from statuspage.proofs import channels_of, not_ours, path_of, proof_shape
from templates.environment import render
from templates.tongues import other_tongue, own_name

#: A person checks a code or two; 48 random bits are out of reach at this pace.
_PACE = Pace(burst=10, every_seconds=6.0)
_SIGNS = re.compile(r"[^0-9A-Z]")
_CODE_LETTERS = 10


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What a valid code proves."""

    title: str
    #: When it was said.
    at: datetime
    #: Without account names twice: `email`, `inapp`, `social`.
    channels: tuple[str, ...]
    #: Languages it was written in, each in its own words.
    language_names: tuple[str, ...]
    #: What it said, by paragraph, in the reader's language or the nearest there is.
    paragraphs: tuple[str, ...]
    #: Their language, when it is not the reader's.
    tongue: str | None
    #: Where the page tells more.
    path: str
    #: Id of the key that signed it; None for notices from before there were signatures.
    key_id: str | None
    #: For programs.
    shape: Mapping[str, Any]


async def verify(request: Request) -> Response:
    """The form, or the answer about a code. Programs that accept only JSON get JSON."""
    context = context_of(request)
    asked = str(request.path_params.get("code") or request.query_params.get("code", ""))
    page = page_of(context.settings)
    language = best_language(request.headers.get("accept-language", ""), page.languages)
    ours = None
    if asked:
        _PACE.check(request)
        ours = await context.call(look_up, context.desk.store, asked, language)
    if request.headers.get("accept", "") == "application/json":
        return _told(ours)
    body = render(
        "page/verify.html", language, **layout(page, language, "/verify"), asked=asked, code=code_of(asked), ours=ours
    )
    return Response(body, media_type="text/html", headers=_HEADERS)


async def verify_json(request: Request) -> Response:
    """The same for programs, whatever they accept; as published in files."""
    context = context_of(request)
    _PACE.check(request)
    language = context.settings.page.languages[0]
    return _told(await context.call(look_up, context.desk.store, str(request.path_params["code"]), language))


def _told(ours: Ours | None) -> Response:
    shape = not_ours() if ours is None else ours.shape
    return JSONResponse(shape, headers={**_HEADERS, "Access-Control-Allow-Origin": "*"})


_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.decode(),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def code_of(asked: str) -> str:
    """A code as we write it, however it was typed; empty for what cannot be one, so that no page repeats it.

    >>> code_of(" 7q4km w9rta ")
    '7Q4KM-W9RTA'
    """
    letters = _SIGNS.sub("", asked.upper())
    return f"{letters[:5]}-{letters[5:]}" if len(letters) == _CODE_LETTERS else ""


def look_up(store: Store, asked: str, language: str) -> Ours | None:
    """What the code proves; None when no notice of ours that was sent carries it."""
    code = code_of(asked)
    found = notices.by_verify_code(store, code) if code else None
    if found is None or not found.has_left:
        return None
    frozen = notices.texts(store, found.id, found.version, language).get("subject")
    signed, texts = signing.signature_of(store, found), texts_of(found)
    return Ours(
        title=frozen.content if frozen else in_language(found.facts["name"], language),
        at=found.created_at,
        channels=tuple(channels_of(found)),
        language_names=tuple(own_name(each) for each in texts),
        paragraphs=tuple(each for each in in_language(texts, language).split("\n\n") if each),
        tongue=other_tongue(texts, language),
        path=path_of(found),
        key_id=signed.signature.key_id if signed else None,
        shape=proof_shape(found, signed, language),
    )


ROUTES = [
    Route("/verify", verify),
    Route("/verify/{code}.json", verify_json),
    Route("/verify/{code}", verify),
]
