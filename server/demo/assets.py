"""The demo's style sheet, which stands on the public page's, its one module and its icon."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import templates

_TEMPLATES = Path(templates.__file__).parent
#: Name to media type and the files it is put together from.
_PARTS = {
    "demo.css": ("text/css", ("static/tokens.css", "static/page.css", "demo/demo.css")),
    "icon.svg": ("image/svg+xml", ("demo/icon.svg",)),
    "demo.mjs": ("text/javascript", ("demo/demo.mjs",)),
}


async def asset(request: Request) -> Response:
    """One of them."""
    found = _PARTS.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    media_type, names = found
    body = b"".join((_TEMPLATES / name).read_bytes() for name in names)
    return Response(body, media_type=media_type, headers={"cache-control": "no-cache"})
