"""`/subscribe`, `/subscriptions/<token>`, `/unsubscribe/<token>`: pages without cookies, for anybody."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from notifier.channels.email.addresses import parse_address
from notifier.channels.hooks.receivers import LONGEST_URL, Receiver, parse_receiver
from records.components import Component
from records.desk import subscribers as deeds
from records.errors import Conflict, Invalid, NotFound
from records.people import VISITOR
from records.store import components, receivers, subscribers
from records.store.receivers import Result
from records.subscribers import Purpose, Subscriber, SubscriberEntry, SubscriberKind, SubscriberState
from server.config import Settings
from server.context import Context, context_of
from server.pace import Pace
from server.problems import TooFast
from server.subscriptions.form import Form, read
from server.subscriptions.introduction import Doorstep
from server.subscriptions.links import Links, masked
from server.subscriptions.sheet import (
    Wish,
    invalid_sheet,
    leave_sheet,
    manage_sheet,
    resume_sheet,
    subscribe_sheet,
)
from server.wiring import page_of, reach_of, ways_to_follow
from statuspage.answers import CONTENT_SECURITY_POLICY, best_language
from statuspage.page import Page

#: A household subscribes a few addresses; whoever goes through a list is slowed to one a minute.
_ASKING = Pace(burst=5, every_seconds=60.0)
#: Only links that open nothing are counted: mail providers click for thousands of people from one address.
_GUESSING = Pace(burst=20, every_seconds=30.0)
#: Every request to follow takes at least this long, so that how long it takes tells nothing of the address.
_STEADY_SECONDS = 0.4
#: Whoever mends their receiver tries a few times; nobody is to be hit through us.
_POSTING = Pace(burst=5, every_seconds=300.0)
#: One host may have thousands of rooms.
_POSTING_TO_HOST = Pace(burst=60, every_seconds=1.0)

T = TypeVar("T")

_LONGEST_MAILBOX = 254
#: Digits of a number that a database keeps.
_LONGEST_NUMBER = 19
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.decode(),
    "Cross-Origin-Opener-Policy": "same-origin",
    # The address of these pages is a key; it must not go to anybody as where a click came from.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


async def subscribe(request: Request) -> Response:
    """The form, and what becomes of it: always the same, whether the address is known or not."""
    context = context_of(request)
    page, language, ways = page_of(context.settings), _language(request), ways_to_follow(context.settings)
    if not ways:
        raise NotFound("Nobody can follow this page: neither mail nor webhooks are configured.")
    known = await context.call(components.all_components, context.desk.store)
    form = await read(request) if request.method == "POST" else None
    wanted = request.query_params.get("by", "") if form is None else form.one("by")
    kind = next((each for each in ways if each.value == wanted), ways[0])
    draw = partial(subscribe_sheet, page, language, known, kind=kind, ways=ways)
    if form is None:
        return _page(draw(wish=Wish(language=language)))
    wish = _wish(form, page, language)
    if wrong := _fault(kind, wish, known, context.settings):
        return _page(draw(wish=wish, wrong=wrong), status=422)
    try:
        _ASKING.check(request)
        is_taken = await _ask(context, page, kind, wish)
    except TooFast as error:
        return _page(draw(wish=wish, wait_seconds=error.seconds), 429, headers={"Retry-After": str(error.seconds)})
    return _page(draw(wish=wish, is_asked=True, is_taken=is_taken))


async def _ask(context: Context, page: Page, kind: SubscriberKind, wish: Wish) -> bool:
    """Ask whoever is at the address; whether a receiver answered as it should. Mail is asked by a letter, later."""
    if kind is SubscriberKind.EMAIL:
        entry = _entry(wish)
        await steadily(lambda: context.call(deeds.ask, context.desk, entry, VISITOR, context.now()), _STEADY_SECONDS)
        return True
    receiver = parse_receiver(wish.address, allow_http=context.settings.subscribers.allow_http)
    _POSTING.count(receiver.url)
    _POSTING_TO_HOST.count(receiver.host)
    return await steadily(lambda: _introduce(context, page, kind, receiver, wish), _STEADY_SECONDS)


async def _introduce(context: Context, page: Page, kind: SubscriberKind, receiver: Receiver, wish: Wish) -> bool:
    """The first post to a receiver; to one that is known already as well, or the answer would tell that it is."""
    desk, entry = context.desk, replace(_entry(wish), kind=kind, address=receiver.url, owner_email=wish.owner)
    asked = await context.call(deeds.ask, desk, entry, VISITOR, context.now())
    where = await context.call(subscribers.contact, desk.store, asked.id)
    links = Links(await context.call(subscribers.key, desk.store), page.url)
    doorstep = Doorstep(reach_of(context.settings), receiver, links.manage_url(asked.id))
    is_new = asked.state is SubscriberState.PENDING
    if kind is SubscriberKind.SLACK:
        return await doorstep.greet(asked.language, page.name, is_known=not is_new)
    is_meant = await doorstep.challenge(where.secret if where else "", page.url)
    if is_meant and is_new:
        await context.call(deeds.confirm, desk, asked.id, VISITOR, context.now())
    return is_meant


async def steadily(work: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Do something in no less than `seconds`, however it ends."""
    _, done = await asyncio.gather(asyncio.sleep(seconds), work(), return_exceptions=True)
    if isinstance(done, BaseException):
        raise done
    return done


def _entry(wish: Wish) -> SubscriberEntry:
    followed = () if wish.is_everything else tuple(sorted(wish.components))
    return SubscriberEntry(address=wish.address, language=wish.language, components=followed)


def _wish(form: Form, page: Page, language: str) -> Wish:
    chosen = form.one("language")
    return Wish(
        address=(form.one("email") or form.one("address")).strip()[: LONGEST_URL + 1],
        language=chosen if chosen in page.languages else language,
        components=frozenset(form.all("component")),
        # Without anything ticked and without a word on it: a form of somebody else's, or a program.
        is_everything=form.one("scope") != "some" if "scope" in form.fields else not form.all("component"),
        owner=form.one("owner").strip()[: _LONGEST_MAILBOX + 1],
        quiet_from=form.one("quiet_from"),
        quiet_until=form.one("quiet_until"),
        zone=form.one("zone"),
    )


def _fault(kind: SubscriberKind, wish: Wish, known: list[Component], settings: Settings) -> str:
    try:
        if kind is SubscriberKind.EMAIL:
            parse_address(wish.address)
        else:
            parse_receiver(wish.address, allow_http=settings.subscribers.allow_http)
    except Invalid:
        return "address"
    if kind is not SubscriberKind.EMAIL and (wrong := _fault_of_owner(wish.owner)):
        return wrong
    return _fault_of_components(wish, known)


def _fault_of_owner(given: str) -> str:
    """Naming nobody is no fault."""
    try:
        if given:
            parse_address(given)
    except Invalid:
        return "owner"
    return ""


def _fault_of_components(wish: Wish, known: list[Component]) -> str:
    names = {each.id for each in known} | {each.public_id for each in known}
    return "" if wish.is_everything or (wish.components and wish.components <= names) else "components"


async def subscription(request: Request) -> Response:
    """What the bearer of a manage token follows. Looking changes nothing: scanners open every link in a mail."""
    context, given = context_of(request), str(request.path_params["token"])
    page = page_of(context.settings)
    found = await context.call(subscribers.by_token, context.desk.store, Purpose.MANAGE, given)
    if found is None or _is_too_late(found, context):
        _GUESSING.check(request)
        return _page(invalid_sheet(page, _language(request)), status=404)
    said, wrong = "", ""
    known = await context.call(components.all_components, context.desk.store)
    if request.method == "POST":
        found, said, wrong = await _act(context, page, found, await read(request), known)
    where = await context.call(subscribers.contact, context.desk.store, found.id)
    body = manage_sheet(
        page,
        found,
        known,
        token=given,
        address=masked(where.address) if where else "",
        owner=masked(where.owner_email) if where and where.owner_email else "",
        # Whoever makes a new one sees it this once.
        secret=where.secret if where and said == "secret" else "",
        posts=await context.call(_posts, context, found),
        said=said,
        wrong=wrong,
    )
    return _page(body, status=422 if wrong else 200)


def _posts(context: Context, found: Subscriber) -> list[Result]:
    """How the last posts went; mail has no such list, for nobody tells us what became of it."""
    if found.kind is SubscriberKind.EMAIL or found.state is SubscriberState.UNSUBSCRIBED:
        return []
    return receivers.results(context.desk.store, found.id, found.kind)


def _is_too_late(found: Subscriber, context: Context) -> bool:
    return found.state is SubscriberState.PENDING and context.now() > found.confirm_until


async def _act(
    context: Context, page: Page, found: Subscriber, form: Form, known: list[Component]
) -> tuple[Subscriber, str, str]:
    """Do what the button says: the subscription as it is then, what was done, what was wrong."""
    desk, now = context.desk, context.now()
    try:
        match form.one("action"):
            case "confirm":
                return await context.call(deeds.confirm, desk, found.id, VISITOR, now), "confirmed", ""
            case "lift":
                return await context.call(deeds.lift, desk, found.id, VISITOR, now), "lifted", ""
            case "leave":
                return await context.call(deeds.unsubscribe, desk, found.id, VISITOR, now), "left", ""
            case "secret":
                await context.call(deeds.renew_secret, desk, found.id, VISITOR, now)
                return found, "secret", ""
            case "change":
                wish = _wish(form, page, found.language)
                if wrong := _fault_of_components(wish, known):
                    return found, "", wrong
                if wrong := await context.call(_name_owner, context, found, wish.owner):
                    return found, "", wrong
                if "quiet_from" in form.fields and (wrong := await context.call(_rest, context, found, wish)):
                    return found, "", wrong
                followed = _entry(wish).components
                changed = await context.call(deeds.change, desk, found.id, followed, wish.language, VISITOR, now)
                return changed, "changed", ""
    except Conflict:
        # Somebody pressed another button in another window: what is true now is shown.
        return await context.call(subscribers.subscriber, desk.store, found.id), "", ""
    return found, "", ""


def _name_owner(context: Context, found: Subscriber, given: str) -> str:
    """Whom to tell when a receiver is paused. The address is shown without most of its letters: left so, it stays."""
    where = subscribers.contact(context.desk.store, found.id)
    if found.kind is SubscriberKind.EMAIL or where is None:
        return ""
    if given == (masked(where.owner_email) if where.owner_email else ""):
        return ""
    wrong = _fault_of_owner(given)
    if not wrong:
        deeds.name_owner(context.desk, found.id, given, VISITOR, context.now())
    return wrong


def _rest(context: Context, found: Subscriber, wish: Wish) -> str:
    """When what can wait is not to come."""
    if found.kind is not SubscriberKind.EMAIL:
        return ""
    hours = f"{wish.quiet_from}-{wish.quiet_until}" if wish.quiet_from or wish.quiet_until else None
    try:
        deeds.rest(context.desk, found.id, hours, wish.zone, VISITOR, context.now())
    except Invalid:
        return "quiet"
    return ""


async def resume(request: Request) -> Response:
    """Whoever runs a paused receiver lets it go on, by the link in our letter; only the button acts."""
    context, number = context_of(request), str(request.path_params["number"])
    page = page_of(context.settings)
    is_number = number.isascii() and number.isdigit() and len(number) < _LONGEST_NUMBER
    given = (Purpose.RESUME, int(number) if is_number else -1, str(request.path_params["token"]))
    found = await context.call(subscribers.by_number, context.desk.store, *given)
    if found is None:
        _GUESSING.check(request)
        return _page(invalid_sheet(page, _language(request)), status=404)
    if request.method == "POST" and found.state is SubscriberState.QUARANTINED:
        # Somebody may have pressed the same button in another window: what is true now is shown.
        with suppress(Conflict):
            found = await context.call(deeds.lift, context.desk, found.id, VISITOR, context.now())
    where = await context.call(subscribers.contact, context.desk.store, found.id)
    return _page(resume_sheet(page, found, address=masked(where.address) if where else ""))


async def unsubscribe(request: Request) -> Response:
    """One click ends it (RFC 8058): a POST acts at once, from a mail program or the button; a GET shows the button."""
    context, given = context_of(request), str(request.path_params["token"])
    page = page_of(context.settings)
    found = await context.call(subscribers.by_token, context.desk.store, Purpose.LEAVE, given)
    if found is None:
        _GUESSING.check(request)
        return _page(invalid_sheet(page, _language(request)), status=404)
    if request.method == "POST":
        found = await context.call(deeds.unsubscribe, context.desk, found.id, VISITOR, context.now())
    language = found.language if found.language in page.languages else page.languages[0]
    return _page(leave_sheet(page, language, found.kind, is_left=found.state is SubscriberState.UNSUBSCRIBED))


def _language(request: Request) -> str:
    """By path, else by what the browser prefers."""
    languages = context_of(request).settings.page.languages
    first = request.url.path.split("/")[1]
    return first if first in languages else best_language(request.headers.get("accept-language", ""), languages)


def _page(body: str, status: int = 200, *, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    return HTMLResponse(body, status_code=status, headers={**_HEADERS, **headers})


_BOTH = ["GET", "POST"]


def routes(context: Context) -> list[BaseRoute]:
    """The addresses; the form in each language of the page."""
    forms = ["/subscribe", *(f"/{language}/subscribe" for language in context.settings.page.languages)]
    return [
        *(Route(path, subscribe, methods=_BOTH) for path in forms),
        Route("/subscriptions/{token}", subscription, methods=_BOTH),
        Route("/subscriptions/{number}/{token}", resume, methods=_BOTH),
        Route("/unsubscribe/{token}", unsubscribe, methods=_BOTH),
    ]
