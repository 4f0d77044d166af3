"""Style sheet, scripts and icons, under names that carry the hash of what is in them."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import templates
from statuspage.page import Page
from statuspage.scripts import scripts
from statuspage.site import File, file
from statuspage.tones import ICON_COLOURS

_FOLDER = Path(templates.__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_NAMES = (
    "page.css",
    "page-times.js",
    "page-fresh.js",
    "page-faq.js",
    "page-bars.js",
    "page-affected.js",
    "page-zone.js",
)

#: The shapes of the page's glyphs, so that icons differ without colour.
_SHAPES = {
    "ok": '<circle cx="12" cy="12" r="11"/>',
    "planned": '<circle cx="12" cy="12" r="11"/>',
    "unknown": '<circle cx="12" cy="12" r="11"/>',
    "degraded": '<path d="M12 1.5 23.5 22H.5z"/>',
    "partial": '<path d="M12 .5 23.5 12 12 23.5.5 12z"/>',
    "major": '<rect x="1" y="1" width="22" height="22" rx="4"/>',
}
_STROKES = {
    "ok": "M6.5 12.5l3.6 3.6 7.4-8",
    "planned": "M12 6.5V12l3.6 2.6",
    "unknown": "M9 9.3a3 3 0 1 1 4.4 2.6c-.9.5-1.4 1.1-1.4 2.2M12 17.6v.1",
    "degraded": "M12 8.5v6M12 18.2v.1",
    "partial": "M12 6v7M12 17v.1",
    "major": "M7.5 7.5l9 9M16.5 7.5l-9 9",
}


@dataclass(frozen=True, kw_only=True)
class Assets:
    """What pages refer to."""

    #: Plain name to path: `page.css` to `/static/page.3f9c….css`.
    paths: dict[str, str]
    files: dict[str, File]


def assets(page: Page) -> Assets:
    """Read once when the process starts."""
    paths: dict[str, str] = {}
    files: dict[str, File] = {}
    contents = {name: (_FOLDER / name).read_bytes() for name in _NAMES}
    contents["page.css"] = (_FOLDER / "tokens.css").read_bytes() + contents["page.css"]
    if page.accent:
        contents["page.css"] += _accent(page.accent)
    contents["page.css"] = packed_css(contents["page.css"].decode()).encode()
    contents |= {f"icon-{tone}.svg": _icon(tone) for tone in ICON_COLOURS}
    for name, body in contents.items():
        stem, _, ending = name.rpartition(".")
        path = f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
        paths[name] = path
        files[path] = file(body, _TYPES.get(f".{ending}", "image/svg+xml"), is_immutable=True)
    return Assets(paths=paths, files=files | scripts(page))


def packed_css(text: str) -> str:
    """The same style sheet without comments and without space that only people need."""
    text = " ".join(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split())
    return re.sub(r" ?([{};,>]) ?", r"\1", text).replace(": ", ":").replace(";}", "}")


def _accent(colour: str) -> bytes:
    dark = f"color-mix(in oklab, {colour} 45%, white)"
    return f"@layer tokens {{ :root {{ --accent: light-dark({colour}, {dark}); }} }}\n".encode()


def _icon(tone: str) -> bytes:
    light, dark = ICON_COLOURS[tone]
    ink = "#0f1318" if tone != "major" else "#fff"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><style>'
        f".f{{fill:{light}}}.s{{fill:none;stroke:#fff;stroke-width:2.8;stroke-linecap:round;stroke-linejoin:round}}"
        f"@media(prefers-color-scheme:dark){{.f{{fill:{dark}}}.s{{stroke:{ink}}}}}</style>"
        f'<g class="f">{_SHAPES[tone]}</g><path class="s" d="{_STROKES[tone]}"/></svg>'
    ).encode()
