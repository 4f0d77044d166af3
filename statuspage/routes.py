"""Serve the site from memory: bytes that were made before, chosen by encoding and language, and nothing else."""

from collections.abc import Callable, Mapping
from weakref import WeakKeyDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

from statuspage.answers import CACHED, Answer, answers, best_encoding, best_language, is_known, is_unchanged
from statuspage.site import File, Site
from templates.language import matching

_METHODS = ("GET", "HEAD")


def status_page_app(current_site: Callable[[], Site]) -> ASGIApp:
    """An ASGI app to mount last: what it does not hold is answered with the page for missing pages."""
    return _StatusPage(current_site)


class _StatusPage:
    def __init__(self, current_site: Callable[[], Site]) -> None:
        self._current_site = current_site
        # Forms of each file are made at the first request for it, and go when the site goes.
        self._forms: WeakKeyDictionary[File, Mapping[str, Answer]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method = scope["method"]
        if method not in _METHODS:
            await _refuse(scope, send)
            return
        asked = _headers(scope)
        site = self._current_site()
        path = scope["path"]
        file = _find(site, path, asked.get(b"accept-language", b""))
        status = 200
        if file is None:
            status, file = 404, _missing(site, path, asked.get(b"accept-language", b""))
        forms = self._forms.get(file)
        if forms is None:
            forms = self._forms[file] = answers(file)
        answer = forms[best_encoding(asked.get(b"accept-encoding", b"").decode("latin-1"), tuple(forms))]
        if status == 200 and _is_held(asked, answer):
            await send({"type": "http.response.start", "status": 304, "headers": answer.bare_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = answer.headers if status == 200 else [*answer.headers, (b"x-robots-tag", b"noindex")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _is_held(asked: dict[bytes, bytes], answer: Answer) -> bool:
    held = asked.get(b"if-none-match")
    if held is not None:
        return is_known(held.decode("latin-1"), answer.etag)
    since = asked.get(b"if-modified-since")
    return since is not None and is_unchanged(since.decode("latin-1"), answer)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """The last of each name is enough for the three that are read; joined where a list may be split."""
    found: dict[bytes, bytes] = {}
    for name, text in scope["headers"]:
        found[name] = found[name] + b"," + text if name in found else text
    return found


def _find(site: Site, path: str, accepted: bytes) -> File | None:
    file = site.files.get(path)
    if file is None:
        # People drop or add the last slash, and some servers call the first page by its file's name.
        other = "/" if path == "/index.html" else f"{path}/" if f"{path}/" in site.files else path.rstrip("/")
        file = site.files.get(other)
        path = other
    if file is None:
        return _of_sister(site, path)
    if not file.is_by_language or not accepted or path.split("/")[1] in site.languages:
        return file
    language = best_language(accepted.decode("latin-1"), site.languages)
    return site.files.get(f"/{language}{path}", file)


def _of_sister(site: Site, path: str) -> File | None:
    """People shorten addresses: `/pt/` finds what is at `/pt-BR/`, and `/zh-cn/` what is at `/zh-Hans/`."""
    tag, slash, rest = path.removeprefix("/").partition("/")
    language = matching(tag, site.languages) if tag else None
    return site.files.get(f"/{language}{slash or '/'}{rest}") if language else None


def _missing(site: Site, path: str, accepted: bytes) -> File:
    tag = path.split("/")[1] if path.count("/") else ""
    language = matching(tag, site.languages) or best_language(accepted.decode("latin-1"), site.languages)
    return site.files[f"/{language}/404.html"]


async def _refuse(scope: Scope, send: Send) -> None:
    """Nothing here can be written to. A script of another site may ask first whether it may read: it may."""
    is_question = scope["method"] == "OPTIONS"
    headers = [
        (b"allow", b"GET, HEAD"),
        (b"content-length", b"0"),
        (b"cache-control", CACHED if is_question else b"no-store"),
    ]
    if is_question:
        headers += [
            (b"access-control-allow-origin", b"*"),
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-allow-headers", b"If-None-Match"),
            (b"access-control-max-age", b"86400"),
        ]
    await send({"type": "http.response.start", "status": 204 if is_question else 405, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
