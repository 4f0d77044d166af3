"""Serve what a browser looks at: the site from memory, or any small application, on a free port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from statuspage.routes import status_page_app
from statuspage.site import Site


class Stage:
    """What is served may be changed while the browser looks."""

    def __init__(self, site: Site) -> None:
        self.site = site


@asynccontextmanager
async def served(what: Stage | ASGIApp) -> AsyncIterator[str]:
    """The address."""
    app = status_page_app(lambda: what.site) if isinstance(what, Stage) else what
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=10
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await running
