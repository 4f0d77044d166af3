"""`/transactions`: the form, and the answer; JSON for programs."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from records.errors import StoreUnavailable
from records.transactions import Answer
from server.context import Context, context_of
from server.problems import TooFast
from server.transactions.asked import read, wants_json
from server.transactions.desk import TransactionDesk
from server.transactions.shape import document
from server.transactions.sheet import sheet
from server.transactions.surroundings import Surroundings, surroundings
from server.wiring import page_of
from statuspage.answers import CONTENT_SECURITY_POLICY, best_language

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.decode(),
    "Cross-Origin-Opener-Policy": "same-origin",
    # `no-referrer` would turn the Origin of our own form into `null`; the address holds nothing to hide.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


def routes(context: Context, desk: TransactionDesk) -> list[BaseRoute]:
    """The addresses, in each language; none where no chain has nodes of our own."""
    if not desk.chains:
        return []
    page = _Address(context, desk)
    paths = ["/transactions", *(f"/{language}/transactions" for language in context.settings.page.languages)]
    return [Route(path, page.answer, methods=["GET", "POST"]) for path in paths]


class _Address:
    """Handlers around one desk."""

    def __init__(self, context: Context, desk: TransactionDesk) -> None:
        self._desk = desk
        self._page = page_of(context.settings)

    async def answer(self, request: Request) -> Response:
        """The form; after a POST the answer about one transaction."""
        if request.method != "POST":
            # A link may choose the network. A hash never comes this way.
            chosen = request.query_params.get("chain")
            return self._drawn(request, chosen=chosen if chosen in self._desk.chains else None)
        try:
            self._desk.pace.check(request)
        except TooFast as error:
            if wants_json(request):
                raise
            drawn = self._drawn(request, wait_seconds=error.seconds)
            drawn.status_code, drawn.headers["Retry-After"] = 429, str(error.seconds)
            return drawn
        asked = await read(request)
        found = await self._desk.ask(asked.chain, asked.hash)
        around = await self._around(request, found)
        if wants_json(request):
            return JSONResponse(document(found, around, self._page.url), headers=_HEADERS)
        return self._drawn(request, chosen=found.chain, answer=found, around=around)

    async def _around(self, request: Request, found: Answer) -> Surroundings:
        context = context_of(request)
        if found.chain not in self._desk.chains:
            return Surroundings()
        try:
            return await context.call(surroundings, context.desk.store, found.chain, context.now())
        except StoreUnavailable:
            return Surroundings()

    def _drawn(
        self,
        request: Request,
        *,
        chosen: str | None = None,
        answer: Answer | None = None,
        around: Surroundings | None = None,
        wait_seconds: int | None = None,
    ) -> Response:
        body = sheet(
            self._page,
            self._language(request),
            chains=self._desk.chains,
            now=context_of(request).now(),
            chosen=chosen,
            answer=answer,
            around=around,
            wait_seconds=wait_seconds,
        )
        return HTMLResponse(body, headers=_HEADERS)

    def _language(self, request: Request) -> str:
        first = request.url.path.split("/")[1]
        if first in self._page.languages:
            return first
        return best_language(request.headers.get("accept-language", ""), self._page.languages)
