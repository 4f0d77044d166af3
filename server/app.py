"""The web side: every address of the house, in one application."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from server import affected, csrf, health, inapp, problems, verify
from server.api import routes as api
from server.console import routes as console
from server.context import Context
from server.hooks import routes as hooks
from server.subscriptions.routes import routes as subscriptions
from server.transactions.desk import TransactionDesk
from server.transactions.routes import routes as transactions
from statuspage.hands import TargetState
from statuspage.routes import status_page_app
from statuspage.site import Site


def build_app(
    context: Context,
    current_site: Callable[[], Site],
    extra_routes: Sequence[BaseRoute] = (),
    targets: Callable[[], Sequence[TargetState]] = tuple,
) -> ASGIApp:
    """The application around a context; the status page answers whatever nothing else does.

    `targets` tells how far each place is that the page is written to.
    """
    desk = TransactionDesk(context)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.close()

    app = Starlette(
        routes=[
            *extra_routes,
            *health.ROUTES,
            *api.ROUTES,
            *inapp.ROUTES,
            *hooks.ROUTES,
            *verify.ROUTES,
            *affected.ROUTES,
            *subscriptions(context),
            *transactions(context, desk),
            *console.ROUTES,
            Mount("/", app=status_page_app(current_site)),
        ],
        exception_handlers=problems.HANDLERS,
        middleware=[*problems.MIDDLEWARE, *csrf.MIDDLEWARE],
        lifespan=lifespan,
    )
    app.state.context = context
    app.state.current_site = current_site
    app.state.targets = targets
    app.state.transactions = desk
    return app
