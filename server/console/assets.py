"""The console's two files, kept in memory; their addresses carry their hash, so a browser keeps them for good."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

import templates

_FOLDER = Path(templates.__file__).parent / "static"
_TYPES = {"console.css": "text/css; charset=utf-8", "console.mjs": "text/javascript; charset=utf-8"}
_FILES = {name: (_FOLDER / name).read_bytes() for name in _TYPES}
_FILES["console.css"] = (_FOLDER / "tokens.css").read_bytes() + _FILES["console.css"]
#: A round mark in the browser's tab, so that the state shows while another page is in front.
_ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="11" fill="{}"/></svg>'
_COLOURS = {
    "ok": "#459373", "degraded": "#ab941a", "partial": "#9c571b", "major": "#c0394f", "planned": "#376ca2",
    "unknown": "#737d77",
}  # fmt: skip
_TYPES |= dict.fromkeys((f"icon-{tone}.svg" for tone in _COLOURS), "image/svg+xml")
_FILES |= {f"icon-{tone}.svg": _ICON.format(colour).encode() for tone, colour in _COLOURS.items()}
#: Address of each file by its name.
ADDRESSES = {
    name: f"/console/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}" for name, content in _FILES.items()
}


async def asset(request: Request) -> Response:
    """One of them; anonymous, for the sign-in page needs them too."""
    name = request.path_params["name"]
    if name not in _FILES:
        return PlainTextResponse("There is no such file.", status_code=404)
    headers = {"content-type": _TYPES[name], "cache-control": "public, max-age=31536000, immutable"}
    return Response(_FILES[name], headers=headers)
