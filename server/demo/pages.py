"""The demo's own pages: the control page with its buttons, the mailbox, the social account, the customer's app."""

import time
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from records.errors import Fault as Wrong
from records.errors import Invalid
from records.store import customers, incidents, monitors
from server.context import context_of
from server.csrf import is_from_here
from server.demo import people, view
from server.demo.assets import asset
from server.demo.mailbox import Message
from server.demo.node import Fault
from server.demo.service import ServiceFault
from server.demo.social import ACCOUNT
from server.demo.wallet import Wallet
from server.demo.world import World
from templates.environment import render

_PER_PAGE = 50
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # `no-referrer` would turn the Origin of our own forms into `null`.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
#: A mail's HTML runs nothing and reaches nothing; its links open in a window of their own.
_MAIL_HEADERS = _HEADERS | {
    "content-security-policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; frame-ancestors 'self'"
    )
}


def demo_routes(world: World) -> list[Route]:
    """Every address under `/demo`, for this world."""
    pages = _Pages(world)
    return [
        Route("/demo", pages.control),
        Route("/demo/assets/{name}", asset),
        Route("/demo/networks/{network}", pages.break_network, methods=["POST"]),
        Route("/demo/networks/{network}/nodes/{node}", pages.break_node, methods=["POST"]),
        Route("/demo/website", pages.break_website, methods=["POST"]),
        Route("/demo/heal", pages.heal_all, methods=["POST"]),
        Route("/demo/mailbox", pages.mailbox),
        Route("/demo/mailbox/{number:int}", pages.message),
        Route("/demo/mailbox/{number:int}/html", pages.message_html),
        Route("/demo/mailbox/{number:int}/source", pages.message_source),
        Route("/demo/social", pages.social),
        Route("/demo/app", pages.app),
        Route("/demo/wallet", pages.wallet),
        Route("/demo/app/dismiss", pages.dismiss, methods=["POST"]),
    ]


class _Pages:
    """The handlers, around one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wallet = Wallet(world.settings)

    async def control(self, request: Request) -> Response:
        """Everything that can be broken, and where to look then."""
        context = context_of(request)
        store = context.desk.store
        records = {one.id: one for one in await context.call(monitors.all_monitors, store)}
        live = await context.call(incidents.drafts, store) + await context.call(incidents.open_incidents, store)
        return _page(
            "control.html",
            networks=view.network_views(self._world.networks, records, time.time()),
            node_buttons=view.NODE_BUTTONS,
            website_state=view.SERVICE_WORDS[self._world.website.fault],
            website_tone=view.tone_of(records.get("website")),
            website_verdict=view.words_of(records.get("website")),
            website_buttons=view.SERVICE_BUTTONS,
            live=live,
            examples=view.example_views(),
            mails=self._world.mailbox.received,
            posts=len(self._world.social.posts),
            customers=people.CUSTOMERS,
            customer=people.FIRST_CUSTOMER,
            logins=people.COLLEAGUES,
            password=people.PASSWORD,
        )

    async def break_network(self, request: Request) -> Response:
        """Do something to a whole network."""
        network = self._world.network(request.path_params["network"])
        deeds: dict[str, Callable[[], Awaitable[None]]] = {
            "halt": network.halt,
            "stall_own": network.stall_own,
            "stop_finality": network.stop_finality,
            "congest": network.congest,
            "reorganise": network.reorganise,
            "heal": network.heal,
        }
        await deeds[await _chosen(request, "deed", list(deeds))]()
        return _back(f"network-{network.name}")

    async def break_node(self, request: Request) -> Response:
        """Do something to one node."""
        network = self._world.network(request.path_params["network"])
        host = network.host(request.path_params["node"])
        await host.set_fault(Fault(await _chosen(request, "fault", [fault.value for fault in Fault])))
        return _back(f"network-{network.name}")

    async def break_website(self, request: Request) -> Response:
        """Do something to the website."""
        fault = await _chosen(request, "fault", [fault.value for fault in ServiceFault])
        await self._world.website.set_fault(ServiceFault(fault))
        return _back("website")

    async def heal_all(self, request: Request) -> Response:
        """Nothing is broken any more."""
        _check_origin(request)
        for network in self._world.networks:
            await network.heal()
        await self._world.website.set_fault(ServiceFault.NONE)
        return _back("top")

    async def mailbox(self, request: Request) -> Response:
        """Mail, newest first, of all recipients or of those that contain `to`."""
        wanted = request.query_params.get("to", "")
        page = _page_number(request)
        begin = (page - 1) * _PER_PAGE
        found = list(islice(self._world.mailbox.newest(to=wanted), begin, begin + _PER_PAGE + 1))
        return _page(
            "mailbox.html",
            messages=found[:_PER_PAGE],
            more=len(found) > _PER_PAGE,
            page=page,
            to=wanted,
            received=self._world.mailbox.received,
            kept=len(self._world.mailbox),
            customer=people.FIRST_CUSTOMER,
        )

    async def message(self, request: Request) -> Response:
        """One mail: its text and its HTML side by side."""
        found = self._found(request)
        parsed = found.parsed
        headers = [(name, str(parsed[name] or "")) for name in ("From", "To", "Subject", "Date", "Message-ID")]
        return _page("message.html", message=found, headers=headers, text=found.body("plain"), html=found.body("html"))

    async def message_html(self, request: Request) -> Response:
        """The HTML part alone, as a mail program would show it."""
        return HTMLResponse(self._found(request).body("html"), headers=_MAIL_HEADERS)

    async def message_source(self, request: Request) -> Response:
        """The mail byte for byte."""
        return Response(self._found(request).source, media_type="text/plain; charset=utf-8", headers=_HEADERS)

    def _found(self, request: Request) -> Message:
        found = self._world.mailbox.message(request.path_params["number"])
        if found is None:
            raise HTTPException(404, "This mail is not here any more; the mailbox keeps the newest.")
        return found

    async def social(self, request: Request) -> Response:
        """The posts by thread, the newest first."""
        return _page(
            "social.html", threads=self._world.social.threads, wallet=self._world.settings.page.name, account=ACCOUNT
        )

    async def app(self, request: Request) -> Response:
        """The wallet's app as one customer sees it."""
        customer = request.query_params.get("customer", people.FIRST_CUSTOMER)
        context = context_of(request)
        known = await context.call(customers.customer, context.desk.store, customer)
        return _page(
            "app.html",
            customer=customer,
            customer_language=known.language,
            notices=await self._wallet.open_app(customer),
            wallet=self._world.settings.page.name,
        )

    async def wallet(self, request: Request) -> Response:
        """The wallet's web page with the plate that every wallet may load: one line of HTML, and a token."""
        customer = request.query_params.get("customer", people.FIRST_CUSTOMER)
        context = context_of(request)
        known = await context.call(customers.customer, context.desk.store, customer)
        return _page(
            "wallet.html",
            customer=customer,
            customer_language=known.language,
            token=self._wallet.token(customer),
            wallet=self._world.settings.page.name,
        )

    async def dismiss(self, request: Request) -> Response:
        """The customer closes a plate."""
        _check_origin(request)
        form = await request.form()
        customer, notice = str(form.get("customer", "")), str(form.get("notice", ""))
        await self._wallet.dismiss(customer, notice)
        return RedirectResponse(str(request.url_for("app").include_query_params(customer=customer)), 303)


def _page(template: str, **facts: Any) -> Response:
    return HTMLResponse(render(f"demo/{template}", "en", **facts), headers=_HEADERS)


def _back(place: str) -> Response:
    return RedirectResponse(f"/demo#{place}", 303)


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 6 else 1


def _check_origin(request: Request) -> None:
    """Another site's page must not press our buttons; a program, which says nothing of the kind, may."""
    says_whence = "sec-fetch-site" in request.headers or "origin" in request.headers
    if says_whence and not is_from_here(request.headers):
        raise HTTPException(403, "This button was pressed from another site's page.")


async def _chosen(request: Request, name: str, allowed: list[str]) -> str:
    _check_origin(request)
    value = (await request.form()).get(name)
    if not isinstance(value, str) or value not in allowed:
        raise Invalid(Wrong(path=f"/{name}", message="there is no such button", hint=f"one of: {', '.join(allowed)}"))
    return value
