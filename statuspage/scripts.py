"""Scripts for pages that are not ours: the status widget and the in-app plate, each one small file by a fixed name."""

import json
import re
from pathlib import Path

import templates
from statuspage.page import Page
from statuspage.site import File, file
from templates.language import translations

_FOLDER = Path(templates.__file__).parent / "static"
_TYPE = "text/javascript; charset=utf-8"
#: The one line of a script that is written anew for each page: what it says by itself, by language.
_WORDS = re.compile(r"const WORDS = \{.*\};")
_NOT_RUN = re.compile(r"^\s*(//.*)?\n|^\s+", re.MULTILINE)
_SHEET = re.compile(r"(?<=replaceSync\(`)[^`]*")
_LOOSE = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")
_TEXTS = re.compile(r'("[^"\n]*"|`[^`]*`)')
_SIGNS = re.compile(r"\s*(=>|[!=]==|&&|\|\||\?\?|[-+*/=<>?:;,{}()])\s*")


def scripts(page: Page) -> dict[str, File]:
    """By path. They keep their names for good, so they are cached as briefly as the page itself."""
    sources = {name: (_FOLDER / name).read_text("utf-8") for name in ("embed.js", "inapp.js")}
    sources["embed.js"] = _spoken(sources["embed.js"], page)
    return {f"/{name}": file(packed(source).encode(), _TYPE, is_shared=True) for name, source in sources.items()}


def _spoken(source: str, page: Page) -> str:
    """With what is said while nothing can be loaded, in the languages of the page."""
    words = {each: translations(each).gettext("The status cannot be loaded right now.") for each in page.languages}
    line = f"const WORDS = {json.dumps(words, ensure_ascii=False, separators=(',', ':'))};"
    return _WORDS.sub(lambda _: line, source, count=1)


def packed(source: str) -> str:
    """Without comments of their own line, indentation and blanks around signs: hosts load it on every page of theirs.

    Texts stay as they are, the style sheet excepted. A script that is packed ends its statements with semicolons, and
    has no regular expression with blanks.
    """
    bare = _NOT_RUN.sub("", _SHEET.sub(lambda sheet: _LOOSE.sub(r"\1", sheet[0]), source))
    parts = _TEXTS.split(bare)
    return "".join(part if number % 2 else _SIGNS.sub(r"\1", part) for number, part in enumerate(parts))
