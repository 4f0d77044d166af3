"""Questions and answers, from Markdown files by language: the operator's own, else ours."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import structlog
from markupsafe import Markup

import templates
from templates.language import matching, name_of
from templates.markdown import Piece, pieces

_log = structlog.get_logger("statuspage")

_OURS = Path(templates.__file__).parent / "faq"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_LINK = re.compile(r'(?<=<a href=")[^"]*')
_NOT_IN_ANCHOR = re.compile(r"[^\w]+")
_ANCHOR_CHARS = 60
#: Names that the page's layout has given away.
_TAKEN = frozenset({"content", "follow", "stale", "stale-words", "icon", "search", "words", "found"})

#: Changes whenever a file does.
Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question with its answer."""

    title: str
    #: Its name in links: `/faq#unknown`.
    anchor: str
    answer: Markup


@dataclass(frozen=True, kw_only=True)
class Part:
    """Questions that stand together; the title may be empty."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class Faq:
    """All questions and answers, as one language has them."""

    #: The language it is written in; not always the one asked for.
    language: str
    #: What stands before the first question.
    intro: Markup = field(default_factory=Markup)
    parts: tuple[Part, ...] = ()
    #: Changes whenever the text does.
    digest: str = field(default="", compare=False)

    @property
    def is_empty(self) -> bool:
        """Nothing has been written."""
        return not (self.intro or self.parts)


class Shelf:
    """The files of one page, read anew when they change. `folder` holds `en.md`, or `en/*.md` in order of name."""

    def __init__(self, folder: Path | None, languages: Iterable[str]) -> None:
        self.folder = folder or _OURS
        self.languages = tuple(languages)
        self._stamp: Stamp | None = None
        self._from_files: Mapping[str, Faq] = {}

    def has_changed(self) -> bool:
        """Whether a file was written, added or taken away since they were read."""
        return self._stamp is not None and _stamp(self.folder) != self._stamp

    def read(self, written: Mapping[str, str] | None = None) -> Mapping[str, Faq]:
        """By language of the page. What was `written` in the console (by language) stands instead of that file.

        Files that cannot be read leave what was read before in place.
        """
        stamp = _stamp(self.folder)
        if stamp != self._stamp:
            try:
                self._from_files = self._read()
            except (OSError, UnicodeDecodeError) as error:
                _log.warning("faq_not_read", folder=str(self.folder), error=str(error))
            self._stamp = stamp
        sheets = {language: _parsed(text, language) for language, text in (written or {}).items() if text}
        return _for_each(self.languages, {**self._from_files, **sheets})

    def _read(self) -> Mapping[str, Faq]:
        if not self.folder.is_dir():  # not the same as one without files: a disk may have gone
            raise FileNotFoundError("there is no such folder")
        return _as_written(self.folder)


@cache
def ours(languages: tuple[str, ...]) -> Mapping[str, Faq]:
    """What we ship, for pages whose operator has written nothing."""
    return _for_each(languages, _as_written(_OURS))


def text_in(folder: Path | None, language: str) -> str:
    """The Markdown that the files of `folder` (None: ours) have in this language; empty when there is none."""
    places = _files(folder or _OURS).get(language, [])
    return "\n\n".join(each.read_text("utf-8-sig") for each in places)


def parse(text: str, language: str) -> Faq:
    """`##` begins a part and `###` a question; a `##` with an answer right under it is a question by itself."""
    first, *rest = pieces(text)
    # A title of the whole is the page's own already; what stands under it is the introduction.
    intro = first.body + Markup().join(each.body for each in rest if each.level == 1)
    taken, parts = set(_TAKEN), list[Part]()
    title, held = "", list[Question]()
    for piece in rest:
        if piece.level == 3 or (piece.level == 2 and piece.body):
            held.append(_question(piece, taken))
        elif piece.level == 2:
            parts += [Part(title=title, questions=tuple(held))] if held else []
            title, held = piece.title, []
    parts += [Part(title=title, questions=tuple(held))] if held else []
    digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
    return Faq(language=language, intro=intro, parts=tuple(parts), digest=digest)


def _question(piece: Piece, taken: set[str]) -> Question:
    plain = _NOT_IN_ANCHOR.sub("-", piece.title.casefold()).strip("-")[:_ANCHOR_CHARS].strip("-")
    name = piece.anchor or plain or "question"
    anchor = next(each for each in _numbered(name) if each not in taken)
    taken.add(anchor)
    return Question(title=piece.title, anchor=anchor, answer=piece.body)


def _numbered(name: str) -> Iterable[str]:
    yield name
    count = 2
    while True:
        yield f"{name}-{count}"
        count += 1


#: What is written changes rarely, and the page is made every minute.
_parsed = lru_cache(maxsize=64)(parse)


def _as_written(folder: Path) -> Mapping[str, Faq]:
    return {language: parse(text_in(folder, language), language) for language in _files(folder)}


def _for_each(languages: Iterable[str], written: Mapping[str, Faq]) -> Mapping[str, Faq]:
    wanted = tuple(languages)
    return {language: _chosen(language, wanted, written) for language in wanted}


def _chosen(language: str, preferred: Iterable[str], written: Mapping[str, Faq]) -> Faq:
    """In this language or a sister of it, else in the page's first that is there, else in English, else in any."""
    for wanted in (language, *preferred, "en"):
        if found := matching(wanted, written):
            return written[found]
    return next(iter(written.values()), Faq(language=language))


def _files(folder: Path) -> dict[str, list[Path]]:
    """By language, in order of name; other files may lie there too and are left alone."""
    found: dict[str, list[Path]] = {}
    for place in sorted([*folder.glob("*.md"), *folder.glob("*/*.md")]):
        name = place.stem if place.parent == folder else place.parent.name
        if _LANGUAGE.fullmatch(name):
            found.setdefault(name, []).append(place)
    return found


def _stamp(folder: Path) -> Stamp:
    seen = []
    for place in (each for places in _files(folder).values() for each in places):
        try:
            about = place.stat()
        except OSError:
            continue  # taken away this very moment; the next look sees it gone
        # A file that becomes readable keeps its time of writing and changes the other one.
        seen.append((str(place), about.st_mtime_ns, about.st_ctime_ns, about.st_size))
    return tuple(seen)


def faq_view(faq: Faq, language: str, prefix: str) -> dict[str, Any]:
    """What the page's template reads. `prefix` is that of the language's addresses: `/fr`, or nothing."""
    is_readable = matching(language, [faq.language]) is not None
    return {
        "faq": faq,
        "only_in": "" if is_readable else name_of(faq.language, language),
        "linked": partial(_linked, base=f"{prefix}/"),
    }


def _linked(body: Markup, base: str) -> Markup:
    """`history` leads to the page's own in the same language; whole addresses and those on this sheet stay."""

    def lead(found: re.Match[str]) -> str:
        address = found[0]
        return address if address.startswith(("#", "/")) or ":" in address else urljoin(base, address)

    return Markup(_LINK.sub(lead, body))  # noqa: S704 # it was clean before, and addresses stay escaped as they were
