"""Scripts for pages that are not ours: the status widget and the in-app plate, each one small file by a fixed name."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import templates
from statuspage.page import Page
from statuspage.site import File, file
from templates.language import translations

_FOLDER = Path(templates.__file__).parent / "static"
#: The one line of a script that is written anew for each page: what it says by itself, by language.
_WORDS = re.compile(r"const WORDS = \{.*\};")
_NOT_RUN = re.compile(r"^\s*(//.*)?\n|^\s+", re.MULTILINE)


def scripts(page: Page) -> dict[str, File]:
    """By path. They keep their names for good, so they are cached as briefly as the page itself."""
    return {f"/{name}": file(_written(name, page, say), _TYPE, is_shared=True) for name, say in _SCRIPTS.items()}


_TYPE = "text/javascript; charset=utf-8"


def _written(name: str, page: Page, say: Callable[[Callable[[str], str]], object]) -> bytes:
    """The script with its words, without comments and indentation: hosts load it on every page of theirs."""
    words = {language: say(translations(language).gettext) for language in page.languages}
    line = f"const WORDS = {json.dumps(words, ensure_ascii=False, separators=(',', ':'))};"
    source, found = _WORDS.subn(lambda _: line, (_FOLDER / name).read_text("utf-8"))
    assert found == 1, name
    return _NOT_RUN.sub("", source).encode()


def _embed_words(_: Callable[[str], str]) -> object:
    return _("The status cannot be loaded right now.")


_SCRIPTS: dict[str, Callable[[Callable[[str], str]], object]] = {"embed.js": _embed_words}
