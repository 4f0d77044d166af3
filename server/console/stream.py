"""`/console/stream`: tells open boards that there is something to see; the board itself is asked for as ever.

What a board shows depends on who looks and what is in hand, so the one frame that everybody shares says only "look".
"""

import asyncio
import contextlib
import random

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from records.errors import ForewarnError
from records.people import Right
from records.store import board
from records.store.people import SESSION_LIFE, hashed
from server.auth import NotSignedIn, cookie_name, require
from server.context import Context, context_of
from server.problems import problem_of
from server.streams import TooManyStreams, frame, send_frames

#: How often we look whether something moved, and keep lines open.
_LOOK_EVERY_SECONDS = 0.5
#: While a notice goes out something moves all the time: boards are drawn anew at most once in so many looks.
_TELL_EVERY_LOOKS = 2
#: Sessions that are over lose their stream after so many looks.
_ASK_SESSIONS_EVERY_LOOKS = 4
#: Boards that lost us come back after a while of their own.
_RETRY_MS = (1_500, 5_000)
_log = structlog.get_logger(__name__)


class BoardStream:
    """The endpoint: an ASGI app of its own, like the stream of the in-app plate."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream for a session, until it is over, they leave, or we stop."""
        request = Request(scope, receive)
        context = context_of(request)
        try:
            await require(request, Right.READ)
            session = _session(request)
            hello = frame("hello", 0, retry_ms=random.randint(*_RETRY_MS))
            with context.boards.opened(session, context.now() + SESSION_LIFE) as reader:
                await send_frames(reader, hello, receive, send)
        except ForewarnError as refused:
            # Before the first byte: once a stream runs, nothing of ours is raised in it. Its board polls meanwhile.
            await _refusal(refused)(scope, receive, send)


def _session(request: Request) -> str:
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        raise NotSignedIn("The board is for people who are signed in; programs have the API.")
    return hashed(secret)


def _refusal(refused: ForewarnError) -> Response:
    # A browser comes back after any other answer than 200 or a broken line only when we ask it to: we do not.
    status = 503 if isinstance(refused, TooManyStreams) else problem_of(refused).status
    return PlainTextResponse(str(refused), status_code=status)


async def keep_boards(context: Context, stop: asyncio.Event) -> None:
    """Until `stop`: look whether something moved and tell every board, keep lines open; then end all streams."""
    told, looks = "", 0
    try:
        while not stop.is_set():
            if context.boards:
                looks += 1
                told = await _look(context, told, looks)
                context.boards.beat(context.now())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY_SECONDS)
    finally:
        context.boards.close()


async def _look(context: Context, told: str, looks: int) -> str:
    """Returns the mark that boards know of."""
    store, boards = context.desk.store, context.boards
    try:
        if looks % _ASK_SESSIONS_EVERY_LOOKS == 0:
            known = boards.customers
            boards.end(known - await context.call(board.live_sessions, store, known, context.now()))
        if told and looks % _TELL_EVERY_LOOKS:
            return told
        mark = await context.call(board.mark, store, context.now())
    except ForewarnError as error:
        # The loop's edge: the store may be away for a while; boards say themselves how old they are.
        _log.warning("boards_not_told", why=str(error))
        return told
    if mark != told:
        boards.tell(frame("board", looks))
    return mark
