"""The addresses of the management API."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from server.api.asking import Operation, Upload, serve
from server.api.openapi import PREFIX, document
from server.api.table import OPERATIONS

#: Where what the settings file decides is read.
_OF_THE_FILE = ("/components", "/monitors")
_MANAGED_BY_FILE = (
    "Managed by file: change it in the settings (forewarn.yaml), look at the plan with `forewarn apply F`, "
    "and do it with --yes."
)
_Operations = dict[str, Operation[Any, Any] | Upload]


async def _openapi(request: Request) -> Response:
    return JSONResponse(document(), headers={"Cache-Control": "public, max-age=300"})


def _route(path: str, by_method: _Operations) -> Route:
    async def endpoint(request: Request) -> Response:
        return await serve(by_method["GET" if request.method == "HEAD" else request.method], request)

    kind = _ManagedByFile if path.startswith(_OF_THE_FILE) else Route
    return kind(path, endpoint, methods=list(by_method))


class _ManagedByFile(Route):
    """Can be read here, and is changed in the settings file."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say where to change it, to whoever tries to do so here."""
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(405, _MANAGED_BY_FILE, headers={"Allow": ", ".join(sorted(self.methods or ()))})
        await super().handle(scope, receive, send)


def _by_path() -> dict[str, _Operations]:
    found: dict[str, _Operations] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.path, {})[operation.method] = operation
    return found


#: A mount, so that an address below it that is not there is answered here, and not by the public page behind it.
ROUTES = [
    Route("/api/openapi.json", _openapi),
    Mount(PREFIX, routes=[_route(path, by_method) for path, by_method in _by_path().items()]),
]
