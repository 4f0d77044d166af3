"""Start the demo: the world first, then Forewarn in the middle of it, and an end that leaves nothing behind."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records.times import now_utc
from server.demo import people
from server.demo.pages import demo_routes
from server.demo.seed import seed
from server.demo.wire import HOST
from server.demo.world import opened_world
from server.listening import listen
from server.logs import configure_logs
from server.serve import first_cause, serve


def run_demo(port: int, data: Path | None) -> int:
    """As `server.demo.run`. Raises AddressTaken when something else listens on `port`."""
    configure_logs("warning")
    try:
        with _folder(data) as folder:
            asyncio.run(_live(folder, port))
    except ExceptionGroup as group:
        raise first_cause(group) from group
    return 0


async def _live(folder: Path, port: int) -> None:
    # Ours before the world opens: links in notices name the port, and a simulated node would else be given it.
    listening = listen(HOST, port)
    port = listening.getsockname()[1]
    async with opened_world(folder, port) as world:
        await asyncio.to_thread(seed, world.settings, now_utc())
        print(_welcome(port), flush=True)
        await serve(world.settings, listening=listening, extra_routes=demo_routes(world))


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="forewarn-demo-") as name:
            yield Path(name)
        return
    data.mkdir(parents=True, exist_ok=True)
    yield data.resolve()


def _welcome(port: int) -> str:
    address = f"http://{HOST}:{port}"
    return (
        f"The demo is starting. Open {address}/demo and break something.\n"
        f"  public page   {address}/\n"
        f"  console       {address}/console  ({', '.join(people.COLLEAGUES)}; password {people.PASSWORD})\n"
        f"  mailbox       {address}/demo/mailbox\n"
        "Ctrl-C ends it."
    )
