"""The addresses of the management API."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from server.api.asking import Operation, Upload, serve
from server.api.openapi import PREFIX, document
from server.api.table import OPERATIONS

_Operations = dict[str, Operation[Any, Any] | Upload]


async def _openapi(request: Request) -> Response:
    return JSONResponse(document(), headers={"Cache-Control": "public, max-age=300"})


def _route(path: str, by_method: _Operations) -> Route:
    async def endpoint(request: Request) -> Response:
        return await serve(by_method["GET" if request.method == "HEAD" else request.method], request)

    return Route(path, endpoint, methods=list(by_method))


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
