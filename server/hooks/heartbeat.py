"""A job says that it has run: `POST /hooks/heartbeat/<token>`."""

from starlette.requests import Request
from starlette.responses import Response

from records.store import monitors, people
from server.context import context_of
from server.pace import Pace

#: A host with a hundred jobs may start them all on the hour.
_PACE = Pace(burst=120, every_seconds=0.5)


async def heartbeat(request: Request) -> Response:
    """Note the beat. The answer is the same for a token nobody knows, so that tokens cannot be tried out."""
    _PACE.check(request)
    context = context_of(request)
    token_hash = people.hashed(str(request.path_params["token"]))
    await context.call(monitors.beat, context.desk.store, token_hash, context.now())
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
