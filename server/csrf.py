"""Refuses deeds that another site's page asks a signed-in browser to do; keeps the console out of caches and frames.

The check needs no token in forms: browsers say themselves where a request comes from (as in Go's
CrossOriginProtection). `Sec-Fetch-Site` decides where it is sent; else the host of `Origin` must be ours.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.auth import COOKIE

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = "Refused: this request came from another site's page. Open the console itself, and repeat it there."
#: The console has no inline script or style, so it needs no nonce: what is not a file of ours does not run.
_CONSOLE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    # `no-referrer` would turn the Origin of our own forms into `null`.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class CrossOriginCheck:
    """Answers 403 to unsafe requests from elsewhere, under /console and wherever they carry a session's cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it must be refused."""
        if scope["type"] != "http" or not _must_check(scope) or is_from_here(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        await PlainTextResponse(_REFUSED, status_code=403)(scope, receive, send)


class ConsoleHeaders:
    """Adds the headers that every answer under /console carries; a page's own `cache-control` stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete its answer."""
        if scope["type"] != "http" or not _is_console(scope):
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _CONSOLE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, complete)


def is_from_here(headers: Headers) -> bool:
    """Whether the browser says that our own page, or the person's own hand, made the request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = urlsplit(headers.get("origin", "")).netloc
    return origin != "" and origin == headers.get("host")


def _must_check(scope: Scope) -> bool:
    if scope["method"] in _SAFE:
        return False
    headers = Headers(scope=scope)
    # A program's token is not sent by browsers on their own; a cookie is, to every address of ours.
    carries_session = "authorization" not in headers and any(
        name.endswith(COOKIE) for name in cookie_parser(headers.get("cookie", ""))
    )
    return _is_console(scope) or carries_session


def _is_console(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == "/console" or path.startswith("/console/")


MIDDLEWARE = [Middleware(ConsoleHeaders), Middleware(CrossOriginCheck)]
