"""Translate what went wrong into an answer (RFC 9457), once, at the edge."""

import html
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.errors import (
    Conflict,
    EditedMeanwhile,
    Fault,
    ForewarnError,
    Invalid,
    MoveRefused,
    NotFound,
    NotYours,
    StoreUnavailable,
)
from server.auth import NotAllowed, NotSignedIn, TooManyTries

_log = structlog.get_logger(__name__)
#: A database that restarts is back about then.
_RETRY_STORE_SECONDS = 5
_RETRY_TRIES_SECONDS = 60
#: Addresses that answer in JSON, whoever asks.
_FOR_PROGRAMS = ("/api/", "/inapp/", "/hooks/")


class Malformed(ForewarnError):
    """The body is not what its content type says: not UTF-8, not JSON, too deep."""


class TooLarge(ForewarnError):
    """The body is larger than this address takes."""


class NotThisType(ForewarnError):
    """The body has a content type that this address does not read."""


class TooFast(TooManyTries):
    """This address was asked too often; `seconds` from now it may be asked again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests. Wait {seconds} seconds, then try again.")
        self.seconds = seconds


class FaultShape(TypedDict):
    """One thing wrong, as it stands in an answer."""

    pointer: str
    message: str
    hint: str


class ProblemShape(TypedDict):
    """The one shape of every error."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultShape]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One error, before it becomes JSON or a page."""

    status: int
    #: Last part of the `type`, which stays the same for good: `edited-meanwhile`.
    name: str
    title: str
    detail: str
    faults: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def shape(self) -> ProblemShape:
        """As JSON."""
        return {
            "type": f"urn:forewarn:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": fault_shapes(self.faults),
        }


def fault_shapes(faults: Iterable[Fault]) -> list[FaultShape]:
    """Faults as JSON."""
    return [{"pointer": pointer(each.path), "message": each.message, "hint": each.hint} for each in faults]


#: Draws a problem as a page, for people. Set `app.state.problem_pages = {"/console": draw}` to have it used there.
DrawPage = Callable[[Request, Problem], Response | Awaitable[Response]]

#: The first class that fits decides, so the special stand before the general.
_KINDS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (Malformed, 400, "malformed", "The body cannot be read"),
    (TooLarge, 413, "too-large", "The body is too large"),
    (NotThisType, 415, "content-type", "The content type is not read here"),
    (Invalid, 422, "invalid", "What was sent cannot be accepted"),
    (NotFound, 404, "not-found", "There is no such thing"),
    (EditedMeanwhile, 409, "edited-meanwhile", "Somebody changed it meanwhile"),
    (MoveRefused, 409, "move-refused", "It cannot become that from its present state"),
    (Conflict, 409, "conflict", "Its present state does not allow this"),
    (NotSignedIn, 401, "not-signed-in", "Nobody is signed in"),
    (NotAllowed, 403, "not-allowed", "The role does not carry this right"),
    (NotYours, 403, "not-yours", "Somebody else has to do this"),
    (TooManyTries, 429, "too-many-tries", "Too many tries"),
    (StoreUnavailable, 503, "store-unavailable", "The database does not answer"),
)


def problem_of(error: Exception) -> Problem:
    """What to answer; whatever is not foreseen tells nothing of itself."""
    for kind, status, name, title in _KINDS:
        if isinstance(error, kind):
            return Problem(
                status=status,
                name=name,
                title=title,
                detail=_detail(error),
                faults=tuple(error.faults) if isinstance(error, Invalid) else (),
                headers=_headers(error),
            )
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        name = phrase.lower().replace(" ", "-")
        detail = error.detail if error.detail != phrase else f"{phrase}."
        return Problem(
            status=error.status_code, name=name, title=phrase, detail=detail, headers=dict(error.headers or {})
        )
    return unforeseen()


def unforeseen(reference: str = "") -> Problem:
    """The answer to a fault of our own; the reference finds it in the log."""
    detail = "This is our fault, and it was noted. Try again, or tell us the time" + (
        f" and the reference {reference}." if reference else "."
    )
    return Problem(status=500, name="unforeseen", title="Something went wrong here", detail=detail)


def _detail(error: Exception) -> str:
    if isinstance(error, StoreUnavailable):
        # Its own words name the database's address; they are for the log.
        # A commit whose answer got lost may hold: we cannot say that nothing was changed.
        return "The database does not answer at the moment. Look what there is, and try again shortly."
    if isinstance(error, Invalid):
        return "Nothing was changed. `errors` lists every fault and what to do about it."
    return str(error)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="forewarn"'}
    if isinstance(error, TooFast):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(_RETRY_TRIES_SECONDS)}
    if isinstance(error, StoreUnavailable):
        return {"Retry-After": str(_RETRY_STORE_SECONDS)}
    return {}


def pointer(path: str) -> str:
    """A JSON pointer from a pointer or a dotted path: `audience` becomes `/audience`."""
    return path if not path or path.startswith("/") else "/" + path.replace(".", "/")


def answer(problem: Problem) -> Response:
    """A problem as JSON."""
    return JSONResponse(
        problem.shape(),
        status_code=problem.status,
        headers={**problem.headers, "Cache-Control": "no-store"},
        media_type="application/problem+json",
    )


async def respond(request: Request, error: Exception) -> Response:
    """The answer to whoever asked: JSON for programs, a page for people."""
    problem = problem_of(error)
    if isinstance(error, StoreUnavailable):
        _log.error("store_unavailable", path=request.url.path, why=str(error))
    pages: Mapping[str, DrawPage] = getattr(request.app.state, "problem_pages", {})
    for beginning, draw in pages.items():
        if request.url.path == beginning or request.url.path.startswith(f"{beginning}/"):
            drawn = draw(request, problem)
            return drawn if isinstance(drawn, Response) else await drawn
    return _plain_page(problem) if _wants_page(request) else answer(problem)


def _wants_page(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    is_for_programs = request.url.path.startswith(_FOR_PROGRAMS)
    return not is_for_programs and "text/html" in accepts and "application/json" not in accepts


def _plain_page(problem: Problem) -> Response:
    """For people where nobody draws a page of their own."""
    page = f"<!doctype html><html lang=en><title>{{0}}</title><h1>{{0}}</h1><p>{html.escape(problem.detail)}</p></html>"
    return HTMLResponse(
        page.format(html.escape(problem.title)),
        status_code=problem.status,
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


async def _hung_up(request: Request, error: Exception) -> Response:
    """Whoever asked is gone: nobody reads this, and nothing is wrong with us."""
    return Response(status_code=400)


#: Exception handlers of the app. What nobody foresaw reaches the last one only where `LastResort` does not stand.
HANDLERS: dict[Any, ExceptionHandler] = {
    ForewarnError: respond,
    HTTPException: respond,
    ClientDisconnect: _hung_up,
    Exception: respond,
}


class LastResort:
    """Middleware that answers what nobody foresaw, and logs it once; Starlette's own lets the server log it again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 when what is inside raises."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception:
            # The loop's edge: whatever it is, this request must end with an answer and the next must be served.
            if started:
                raise
            reference = secrets.token_hex(4)
            _log.exception("unforeseen", reference=reference, method=scope["method"], path=scope["path"])
            await answer(unforeseen(reference))(scope, receive, send)


#: To stand outermost of the app's middleware.
MIDDLEWARE = [Middleware(LastResort)]
