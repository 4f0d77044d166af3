"""Run the parts of the house in one process: web, monitors, notifier, clock, or any of them."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial

import structlog
import uvicorn
from starlette.routing import BaseRoute

from server.app import build_app
from server.config import Settings
from server.console.pages import FIRST_PAGES
from server.console.stream import keep_boards
from server.context import Context
from server.inapp_stream import keep_streams
from server.leases import while_holding
from server.listening import listen
from server.parts import Parts
from server.wiring import apply_configuration, open_context
from templates.environment import prepare

#: What `--only` may name.
PARTS = ("web", "monitors", "notifier", "clock")
#: Open streams and slow readers must not keep the process alive for longer than this.
_GRACEFUL_SECONDS = 10

Background = Callable[[asyncio.Event], Awaitable[None]]
_log = structlog.get_logger(__name__)


async def serve(
    settings: Settings,
    *,
    only: Iterable[str] = PARTS,
    listening: socket.socket | None,
    extra_routes: Sequence[BaseRoute] = (),
    background: Sequence[Background] = (),
) -> None:
    """Bring the schema up to date, then run the named parts until SIGTERM or SIGINT; drains before it returns.

    The web takes its connections from `listening` (see `server.listening`), which is closed at the end; where that is
    None there is no web.
    Raises Invalid, StoreUnavailable.
    """
    wanted = frozenset(only)
    context = open_context(settings)
    try:
        apply_configuration(context)
        await _run(context, wanted, listening, extra_routes, background)
    finally:
        context.desk.store.close()
        if listening is not None:
            listening.close()


async def _run(
    context: Context,
    wanted: frozenset[str],
    listening: socket.socket | None,
    extra_routes: Sequence[BaseRoute],
    background: Sequence[Background],
) -> None:
    stop = asyncio.Event()
    holder = f"{socket.gethostname()}:{os.getpid()}"
    parts = Parts(context, holder)
    _log.info("starting", parts=",".join(part for part in PARTS if part in wanted), pid=os.getpid())
    async with _stopping_at_signals(stop), asyncio.TaskGroup() as group:
        for work in background:
            group.create_task(_until_done(work, stop))
        if "clock" in wanted:
            group.create_task(while_holding(context, "clock", holder, parts.clock, stop))
        if "monitors" in wanted:
            group.create_task(parts.monitors(stop))
        if "notifier" in wanted:
            group.create_task(_notifier(context, holder, parts, stop))
        if listening is not None:
            group.create_task(_web(context, parts, listening, extra_routes, stop))
        await stop.wait()
    _log.info("stopped", pid=os.getpid())


async def _until_done(work: Background, stop: asyncio.Event) -> None:
    await work(stop)


async def _notifier(context: Context, holder: str, parts: Parts, stop: asyncio.Event) -> None:
    """On SQLite one at a time: more writers gain nothing there and wait for each other."""
    if context.settings.store.url.get_secret_value().startswith("sqlite"):
        await while_holding(context, "notifier", holder, partial(parts.notifier, leaving=stop), stop)
    else:
        await parts.notifier(stop)


async def _web(
    context: Context, parts: Parts, listening: socket.socket, extra_routes: Sequence[BaseRoute], stop: asyncio.Event
) -> None:
    """The page is rendered before the first request is taken."""
    publisher = parts.publisher()
    await context.call(publisher.rebuild)
    app = build_app(context, lambda: publisher.site, extra_routes, lambda: publisher.targets)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    server = _Server(config)
    publishing = asyncio.create_task(parts.publish(publisher, stop))
    # Ends all streams when we stop; the server would wait for them in vain.
    streaming = asyncio.gather(keep_streams(context, stop), keep_boards(context, stop))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    # Whoever opens the console in the night after a restart does not wait for templates.
    preparing = asyncio.create_task(context.call(prepare, FIRST_PAGES, "en"))
    try:
        await _first(serving, publishing, stop)
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(serving, publishing, streaming, preparing)


class _Server(uvicorn.Server):
    """Leaves the signals to us: every part must hear of them, not only the web."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _first(serving: asyncio.Task[None], publishing: asyncio.Task[None], stop: asyncio.Event) -> None:
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, publishing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


@contextlib.asynccontextmanager
async def _stopping_at_signals(stop: asyncio.Event) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def run(
    settings: Settings,
    *,
    only: Iterable[str] = PARTS,
    host: str = "127.0.0.1",
    port: int = 8000,
    extra_routes: Sequence[BaseRoute] = (),
    background: Sequence[Background] = (),
) -> None:
    """As `serve`, with an event loop of its own (uvloop where there is one).

    Raises AddressTaken too.
    """
    wanted = frozenset(only)
    listening = listen(host, port) if "web" in wanted else None
    main = serve(settings, only=wanted, listening=listening, extra_routes=extra_routes, background=background)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main)
    except ExceptionGroup as group:
        raise first_cause(group) from group


def first_cause(group: ExceptionGroup) -> Exception:
    """The one thing that was wrong, out of what the parts of the house run in."""
    first = group.exceptions[0]
    return first_cause(first) if isinstance(first, ExceptionGroup) else first


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop
