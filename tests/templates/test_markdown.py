"""Operators' Markdown: what is kept, and that nothing hostile in it comes to life."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.markdown import pieces

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<div onclick='alert(1)'>words</div>",
    "[words](javascript:alert(1))",
    "[words](JaVaScRiPt:alert(1))",
    "[words](&#106;avascript:alert(1))",
    "[words](data:text/html;base64,PHNjcmlwdD4=)",
    "[words](vbscript:x)",
    "![words](https://elsewhere.example/count.png)",
    '[words](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    "<javascript:alert(1)>",
    "<iframe src=https://elsewhere.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.example><input name=phrase></form>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "<!-- --><svg/onload=alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "# <script>alert(1)</script>",
    "| <b onclick=x> |\n|:-:|\n| [x](javascript:1) |",
]


def body(text):
    return "".join(str(piece.body) for piece in pieces(text))


class Seen(HTMLParser):
    """What a browser would make of it: tags, and attributes with their values."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    seen = Seen(body(text))
    assert seen.tags <= {"p", "a", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert {name for name, _ in seen.attributes} <= {"href", "rel"}
    assert all(re.match("https://a.example$|noopener noreferrer$", value) for _, value in seen.attributes)


def test_what_people_write_is_kept():
    html = body(
        "One *two* **three** `four` [five](https://a.example/?x=1&y=2).\n\n3. six\n\n> seven\n\n| a |\n|---|\n| b |"
    )
    for kept in (
        "<em>two</em>",
        "<strong>three</strong>",
        "<code>four</code>",
        '<a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer">five</a>',
        '<ol start="3">',
        "<blockquote>",
        "<td>b</td>",
    ):
        assert kept in html


def test_links_to_mail_telephone_and_within_the_page_are_kept():
    html = body("[a](mailto:help@a.example) [b](tel:+15550100) [c](history) [d](#money)")
    assert re.findall(r'href="([^"]*)"', html) == ["mailto:help@a.example", "tel:+15550100", "history", "#money"]


def test_a_text_is_cut_at_its_headings():
    found = pieces("Hello.\n\n# One\n\n## Two *words* {#two}\n\nText.\n\n#### Deep\n\n- ### in a list\n")
    assert [(piece.level, piece.title, piece.anchor) for piece in found] == [
        (0, "", ""),
        (1, "One", ""),
        (2, "Two words", "two"),
    ]
    assert "<h4>Deep</h4>" in found[2].body
    assert "in a list" in found[2].body


def test_a_heading_may_be_underlined_and_hold_signs_of_html():
    found = pieces("Is 1 < 2 & “so”?\n===\n\nYes.")
    assert found[1].title == "Is 1 < 2 & “so”?"
    assert found[1].body == "<p>Yes.</p>\n"


@pytest.mark.parametrize("text", ["", "\n\n", "###\n", "\x00\u202e## x", "[" * 500, "*" * 500, "> " * 200 + "x"])
def test_odd_texts_are_cut_too(text):
    assert pieces(text)[0].level == 0


@given(st.text(alphabet="<>[]()!`*_#{}&;:/\"'=\\ \n\t|-ajvscriptonedhf1.\u202e\x00", max_size=80))
def test_no_text_whatever_brings_anything_to_life(text):
    found = pieces(text)
    seen = Seen("".join(str(piece.body) for piece in found))
    assert not seen.tags & {
        "script",
        "style",
        "img",
        "svg",
        "iframe",
        "form",
        "input",
        "base",
        "link",
        "meta",
        "object",
    }
    assert {name for name, _ in seen.attributes} <= {"href", "rel", "start"}
    links = [value or "" for name, value in seen.attributes if name == "href"]
    assert not [link for link in links if re.match(r"[\s\x00-\x20]*(javascript|vbscript|data):", link, re.IGNORECASE)]
    assert all(re.fullmatch(r"([A-Za-z][\w-]*)?", piece.anchor) for piece in found)
