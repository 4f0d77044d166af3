"""`/reports`: one tap says "I am affected". It is counted, and nothing of who said it is kept anywhere."""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from records.components import Component
from records.errors import Fault, Invalid, NotFound
from records.store import affected, components
from server.affected_sheet import Told, ask_sheet, told_sheet, words_of
from server.context import Context, context_of
from server.pace import Pace, address_of
from server.problems import TooFast
from server.wiring import page_of
from statuspage.answers import CONTENT_SECURITY_POLICY, best_language
from statuspage.page import Page

_LONGEST_BODY_BYTES = 1_024
#: Somebody may tell of several services at once; nobody taps all day.
_PACE = Pace(burst=10, every_seconds=6.0)
#: What one process writes, whoever sends it. Beyond it the count is far above any level, and a lower bound.
_WRITES = Pace(burst=100, every_seconds=0.05)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.decode(),
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
#: The published page may stand on another host; without a cookie there is nothing to steal.
_SHARED = {"Access-Control-Allow-Origin": "*"}


class Doorstep:
    """Who told of what within the last hour, so that one tap counts once.

    In memory only, as hashes under a key made at the start and thrown away with them every day: nothing reaches the
    database, its backups or the logs, so nothing there can lead to a person. The price is small and known: each
    process counts for itself, and a restart forgets.
    """

    _COUNTS_ONCE_SECONDS = 3_600.0
    _KEY_SECONDS = 86_400.0
    _MOST = 200_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: OrderedDict[bytes, float] = OrderedDict()
        self._key, self._key_at = secrets.token_bytes(32), clock()

    def is_new(self, who: str, what: str) -> bool:
        """Whether `who` has not told of `what` within the hour; from now on they have."""
        now = self._clock()
        if now - self._key_at >= self._KEY_SECONDS:
            self._key, self._key_at = secrets.token_bytes(32), now
            self._told.clear()
        mark = hashlib.blake2b(f"{who}\n{what}".encode(), key=self._key, digest_size=16).digest()
        before = self._told.get(mark)
        if before is not None and now - before < self._COUNTS_ONCE_SECONDS:
            return False
        self._told[mark] = now
        self._told.move_to_end(mark)
        while len(self._told) > self._MOST:
            self._told.popitem(last=False)
        return True


_DOORSTEP = Doorstep()


async def ask(request: Request) -> Response:
    """All services with a button each, for links from elsewhere. Raises NotFound while nobody is asked."""
    page = _page(request)
    context = context_of(request)
    known = await context.call(_services, context)
    body = ask_sheet(page, _language(request, page, ""), known)
    return Response(body, media_type="text/html", headers=_HEADERS)


async def tell(request: Request) -> Response:
    """Count it, say thank you, and say what we know. Raises NotFound, Invalid."""
    page, context = _page(request), context_of(request)
    _check_site(request, context)
    fields = await _fields(request)
    language = _language(request, page, fields["lang"])
    known = await context.call(_services, context)
    service = _chosen(known, fields["service"])
    network = fields["network"]
    if network and network not in {each.chain for each in known if each.chain}:
        raise Invalid(Fault(path="/network", message="is not a network here", hint="leave it out"))
    is_too_often = not await _counted(request, context, service.id, network)
    told = await context.call(Told.of, context, page, service, known, language, has_network=bool(network))
    status, headers = (429, {"Retry-After": "60"}) if is_too_often else (200, {})
    accepts = request.headers.get("accept", "")
    if "application/json" in accepts and "text/html" not in accepts:
        answer = {"words": words_of(told, page, language, is_too_often=is_too_often)}
        return JSONResponse(answer, status_code=status, headers=_HEADERS | _SHARED | headers)
    body = told_sheet(page, language, told, is_too_often=is_too_often)
    return Response(body, status_code=status, media_type="text/html", headers=_HEADERS | headers)


async def _counted(request: Request, context: Context, service: str, network: str) -> bool:
    """Whether it was heard; the same tap again is heard, and counts once."""
    try:
        _PACE.check(request)
    except TooFast:
        return False
    if not _DOORSTEP.is_new(address_of(request), f"{service}\n{network}"):
        return True
    try:
        _WRITES.count("everybody")
    except TooFast:
        # A flood: it is far above any level already, and must not keep the database from its work.
        return True
    await context.call(affected.add, context.desk.store, service, context.now(), network)
    return True


def _page(request: Request) -> Page:
    page = page_of(context_of(request).settings)
    if page.reports_address is None:
        raise NotFound("Customers are not asked here (page.reports.ask).")
    return page


def _check_site(request: Request, context: Context) -> None:
    """Another site's form shall not tell for its visitors, unless the page itself stands on another host."""
    is_own_host = context.settings.page.reports.address is None
    if is_own_host and request.headers.get("sec-fetch-site", "none") == "cross-site":
        raise Invalid(Fault(path="", message="came from another site's page", hint="tell us on the status page itself"))


def _services(context: Context) -> list[Component]:
    return [each for each in components.all_components(context.desk.store) if not each.is_group]


def _chosen(known: list[Component], name: str) -> Component:
    for each in known:
        if each.id == name:
            return each
    raise NotFound("There is no such service on this page.")


async def _fields(request: Request) -> dict[str, str]:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > _LONGEST_BODY_BYTES:
            raise Invalid(Fault(path="", message=f"is longer than {_LONGEST_BODY_BYTES} bytes"))
    try:
        pairs = parse_qs(bytes(parts).decode(), max_num_fields=10)
    except ValueError:
        raise Invalid(Fault(path="", message="is not a form", hint="fields service, network, lang")) from None
    return {name: pairs.get(name, [""])[0] for name in ("service", "network", "lang")}


def _language(request: Request, page: Page, asked: str) -> str:
    return (
        asked if asked in page.languages else best_language(request.headers.get("accept-language", ""), page.languages)
    )


ROUTES = [Route("/reports", ask), Route("/reports", tell, methods=["POST"])]
