"""Markdown of operators as HTML that is safe to show: no raw HTML, no scripts, no images, no odd links get through."""

import re
from dataclasses import dataclass
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

#: Deeper headings are part of the text.
DEEPEST = 3

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "a", "code", "pre", "blockquote", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto", "tel"}
_ANCHOR = re.compile(r"\s*\{#([A-Za-z][\w-]*)\}\s*$")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A heading and what stands under it, up to the next heading."""

    #: 1 to DEEPEST; 0 for what stands before the first heading.
    level: int
    #: Plain text.
    title: str
    #: What its author calls it in links, as in `## Fees {#fees}`; empty if they did not say.
    anchor: str
    body: Markup


def pieces(text: str) -> list[Piece]:
    r"""The text cut at its headings; the first piece has none and may be empty.

    >>> [(each.level, each.title, each.anchor) for each in pieces("Hello.\n## What of fees? {#fees}\n*None.*")]
    [(0, '', ''), (2, 'What of fees?', 'fees')]
    """
    tokens = _PARSER.parse(text)
    cuts = [*(place for place, token in enumerate(tokens) if _is_cut(token)), len(tokens)]
    found = [Piece(level=0, title="", anchor="", body=_html(tokens[: cuts[0]]))]
    for start, end in pairwise(cuts):
        title = _plain(tokens[start + 1])
        anchor = _ANCHOR.search(title)
        # A heading is three tokens: it opens, its words, it closes.
        body = _html(tokens[start + 3 : end])
        level = int(tokens[start].tag[1:])
        found.append(Piece(level=level, title=_ANCHOR.sub("", title), anchor=anchor[1] if anchor else "", body=body))
    return found


def _is_cut(token: Token) -> bool:
    """Headings inside lists and quotes are part of those."""
    return token.type == "heading_open" and token.level == 0 and int(token.tag[1:]) <= DEEPEST


def _plain(words: Token) -> str:
    spoken = (" " if each.type in ("softbreak", "hardbreak") else each.content for each in words.children or ())
    return " ".join("".join(spoken).split())


def _html(tokens: list[Token]) -> Markup:
    raw = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer")
    return Markup(clean)  # noqa: S704 # cleaned in the line above; this is the one door
