"""`GET /inapp/v1/stream`: hurries the wallet's app to ask again; what there is to see, only asking tells."""

import asyncio
import contextlib
import random

import structlog
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from records.errors import ForewarnError
from records.store import streams as moments
from records.store.engine import Store
from server import problems
from server.context import Context, context_of
from server.inapp_token import bearer_of
from server.streams import TooManyStreams, frame, send_frames

#: How often we look whether something moved, and keep lines open; half a second is the most that it costs anybody.
_LOOK_EVERY_SECONDS = 0.5
#: Browsers that lost us come back after a while of their own, or all would come in one moment.
_RETRY_MS = (2_000, 8_000)
#: Who comes back asks as soon: others come back at moments of their own.
_SOON_MS = 500
#: Whoever finds no room polls meanwhile.
_COME_BACK_SECONDS = 60
_log = structlog.get_logger(__name__)


class Stream:
    """The endpoint: an ASGI app of its own, because a response object and two task groups a stream are too heavy."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream for whom the token names, until it is over, they leave, or we stop."""
        request = Request(scope, receive)
        try:
            who, context = bearer_of(request, context_of(request)), context_of(request)
            hello = await context.call(_hello, context.desk.store, request.headers.get("last-event-id", ""))
            with context.streams.opened(who.ref, who.until) as reader:
                await send_frames(reader, hello, receive, send)
        except TooManyStreams:
            await problems.answer(problems.problem_of(problems.TooFast(_COME_BACK_SECONDS)))(scope, receive, send)
        except ForewarnError as refused:
            # Before the first byte: once a stream runs, nothing of ours is raised in it.
            response = await problems.respond(request, refused)
            await response(scope, receive, send)


def _hello(store: Store, heard: str) -> bytes:
    """The first frame: whether something was missed since the moment that the app heard of last."""
    newest = moments.newest(store)
    retry_ms = random.randint(*_RETRY_MS)
    if not heard or heard == str(newest):
        return frame("hello", newest, retry_ms=retry_ms)
    is_known = heard.isascii() and heard.isdecimal() and len(heard) < 16 and moments.is_kept(store, int(heard))
    # Every moment says the same, "ask again", so all that were missed are told in one.
    return frame("notices" if is_known else "resync", newest, within_ms=_SOON_MS, retry_ms=retry_ms)


async def keep_streams(context: Context, stop: asyncio.Event) -> None:
    """Until `stop`: look whether something moved and tell everybody, keep lines open; then end all streams."""
    told = 0
    try:
        while not stop.is_set():
            if context.streams:
                told = await _look(context, told)
                context.streams.beat(context.now())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY_SECONDS)
    finally:
        context.streams.close()


async def _look(context: Context, told: int) -> int:
    """Returns the moment that was told last."""
    try:
        newest = await context.call(moments.keep_up, context.desk.store, context.now())
    except ForewarnError as error:
        # The loop's edge: the store may be away for a while; streams stay, and the next look tells.
        _log.warning("streams_not_told", why=str(error))
        return told
    if newest != told:
        context.streams.tell(frame("notices", newest, context.streams.spread_ms))
    return newest
