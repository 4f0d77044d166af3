"""What every page of the console has in common: who may see it, how it is drawn, how a refusal reads."""

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from records.errors import Conflict, ForewarnError, Invalid, NotFound, NotYours, StoreUnavailable
from records.people import Actor, Right, SessionEnd
from server.auth import NotAllowed, NotSignedIn, actor_of, require, session_end
from server.console import vocabulary
from server.console.assets import ADDRESSES
from server.console.forms import form_of
from server.context import context_of
from server.problems import problem_of
from templates.environment import render
from templates.language import name_of

#: What people open first, and what those pages lead to.
FIRST_PAGES = tuple(
    f"console/{name}.html" for name in ("sign_in", "now", "board", "incident", "declare", "announce", "maintenance")
)

Handler = Callable[[Request, Actor], Awaitable[Response]]

#: What the page after a deed says; the numbers come with its address.
_DONE = {
    "published": "Published. The page shows it, and those it affects are being told.",
    "saved": "Saved. Nobody has been told.",
    "discarded": "Noted as not an incident. Nobody has been told.",
    "posted": "Posted. Those who were told before hear this too.",
    "corrected": "Corrected. The page shows it, and those who were told hear it.",
    "merged": "Merged. Say now what is true for both; whoever heard of either hears it.",
    "announced": "Announced. The page shows it, and those it affects are being told.",
    "started": "Started. Its components are under maintenance now.",
    "extended": "Extended. Everybody who was told hears the new end.",
    "rescheduled": "Moved. Everybody who was told hears the new time.",
    "ended": "It does not come again. What is announced already still takes place.",
    "completed": "Completed. Its components show again what monitors say.",
    "cancelled": "Cancelled. Everybody who was told hears so.",
    "stopped": "Stopped. What nobody had begun to send is not sent: {} deliveries.",
    "approved": "Approved. Customers are being told.",
    "hurried": "It leaves now. Customers are being told.",
    "declined": "Declined. Nobody hears it.",
    "paused": "Automatic publishing is off. Monitors only open drafts.",
    "allowed": "Automatic publishing is on, where a component allows it.",
    "muted": "Muted. Nobody hears of those reports meanwhile; they are counted all the same.",
    "unmuted": "Heard again.",
    "linked": "Linked {}; {} were linked before. {} of their senders are customers we can tell.",
    "surge": "Said. The page shows it until then.",
    "calm": "The page does not say it any more.",
    "times": "Corrected. Bars and uptime follow; nobody is written to.",
    "unlinked": "Unlinked. The history keeps that it was linked.",
    "removed": "Removed. The address is erased.",
    "lifted": "It goes on: what concerns it is sent there again.",
    "role": "Changed. It counts from their next click.",
    "email": "Changed. Tests of notices go there.",
    "expected": "Added. They come in by single sign-on, under this name.",
    "connected": "Their password is void. They come in by single sign-on from now on.",
    "disabled": "Disabled. Their sessions ended at once.",
    "enabled": "Let in again, with the password they had.",
    "signed-out": "Signed out everywhere: {} sessions ended.",
    "chosen": "Your password is set. Sign in with it.",
    "revoked": "Revoked. Whatever uses it is refused from now on.",
    "answers": "Published. The page shows it within seconds.",
    "nothing": "Nothing changed: it was so already.",
}
#: Said after the first sentence of that, instead of the rest, when the notice of the deed has not left yet.
_NOT_YET = {
    "waits": "The page shows it; customers hear it once a second person has said yes.",
    "held": "The page shows it; customers hear it in a few seconds, and until then you can take it back on the board.",
}


def page(right: Right) -> Callable[[Handler], Callable[[Request], Awaitable[Response]]]:
    """Only for whoever carries `right`; what is refused becomes a page that says why."""

    def decorate(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @wraps(handler)
        async def endpoint(request: Request) -> Response:
            try:
                return await handler(request, await require(request, right))
            except NotSignedIn:
                return await _to_sign_in(request)
            except (NotAllowed, NotYours, NotFound, Invalid, Conflict, StoreUnavailable) as refused:
                return await _refusal(request, refused)

        return endpoint

    return decorate


def show(request: Request, actor: Actor | None, template: str, *, status: int = 200, **facts: object) -> Response:
    """A page of the console, drawn in English with the house's words beside it."""
    context = context_of(request)
    text = render(
        f"console/{template}",
        "en",
        **{
            "actor": actor,
            "may": (lambda right: actor is not None and actor.may(Right(right))),
            "house": context.settings.page,
            "zone": context.settings.page.time_zone,
            "now": context.now(),
            "done": _done(request),
            "path": request.url.path,
            "assets": ADDRESSES,
            "say": vocabulary,
            "language_name": lambda code: name_of(code, "en"),
            "faults": {},
            "trouble": "",
            "editors": (),
            **facts,
        },
    )
    return HTMLResponse(text, status_code=status)


def go(address: str, done: str = "", *numbers: int) -> RedirectResponse:
    """After a deed: on to a page that says what was done."""
    if done:
        mark = "&" if "?" in address else "?"
        address += f"{mark}done={'.'.join([done, *map(str, numbers)])}"
    return RedirectResponse(address, status_code=303)


def _done(request: Request) -> str:
    """Only our own words and numbers: an address cannot make the console say something else."""
    name, *numbers = request.query_params.get("done", "").split(".")
    name, _, not_yet = name.partition("~")
    words = _DONE.get(name, "")
    if words and not_yet in _NOT_YET:
        words = f"{words.partition('.')[0]}. {_NOT_YET[not_yet]}"
    if words.count("{}") != len(numbers) or not all(each.isascii() and each.isdigit() for each in numbers):
        return ""
    return words.format(*(f"{int(each[:12]):,}" for each in numbers))


async def _to_sign_in(request: Request) -> Response:
    # Back to the page, not to the deed: a form that was sent is not sent again by an address.
    wanted = request.url.path if request.method == "GET" else "/console"
    if request.method == "POST" and (over := await session_end(request)) is not None:
        return await _kept(request, over)
    if request.method == "GET" and request.url.query:
        wanted += f"?{request.url.query}"
    step = "/start" if request.method == "GET" and await _only_confirms(request) else ""
    return RedirectResponse(f"/console/sign-in{step}?next={quote(wanted, safe='')}", status_code=303)


async def _only_confirms(request: Request) -> bool:
    """Whether the identity provider has but to say yes again to somebody who goes to a page, not to a script of it."""
    goes_there = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return goes_there and await session_end(request) is SessionEnd.CONFIRM


async def _kept(request: Request, over: SessionEnd) -> Response:
    """What somebody sent after their session had ended: nothing is done, nothing that was typed is lost."""
    fields = [(name, text) for name, text in (await form_of(request)).fields.multi_items() if text]
    typed = [(name, text) for name, text in fields if " " in text]
    return show(request, None, "kept.html", status=401, over=over, fields=fields, typed=typed)


async def _refusal(request: Request, refused: ForewarnError) -> Response:
    problem = problem_of(refused)
    # Who is asking is known here: whoever is not signed in never gets this far. Unless the database is away.
    actor = None if isinstance(refused, StoreUnavailable) else await actor_of(request)
    said = str(refused) if isinstance(refused, Invalid) else problem.detail
    return show(request, actor, "trouble.html", status=problem.status, title=problem.title, trouble=said)
