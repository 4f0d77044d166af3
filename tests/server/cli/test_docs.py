"""docs/commands.md against the parser, and every command line that any document shows."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.parser import build_parser
from server.cli.registry import COMMANDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/commands.md").read_text("utf-8")


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, below in group.choices.items():
            yield from leaves(below, f"{name} {word}".strip())


PARSERS = dict(leaves(build_parser(COMMANDS)))
SECTIONS = dict(re.findall(r"^## forewarn ([a-z -]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def options_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    return {
        (action.option_strings[0] if action.option_strings else str(action.metavar)): str(action.help)
        for action in parser._actions
        if action.help != argparse.SUPPRESS and "-h" not in action.option_strings
    }


def test_every_command_has_its_section_in_order_and_no_section_lacks_its_command():
    assert list(SECTIONS) == list(PARSERS)


@pytest.mark.parametrize("name", PARSERS)
def test_every_option_has_its_line_in_the_words_of_the_help(name):
    written = {
        option: meaning.replace("\\|", "|")
        for option, meaning in re.findall(r"^\| `([^`]+)`(?: `[^`]+`)? \| (.*) \|$", SECTIONS[name], re.MULTILINE)
    }
    assert written == options_of(PARSERS[name])
    said = str(PARSERS[name].description)
    assert f"{said[0].upper()}{said[1:]}." in SECTIONS[name]


def test_every_option_says_what_it_means_in_help():
    for name, parser in PARSERS.items():
        assert all(meaning and meaning != "None" for meaning in options_of(parser).values()), name
        assert parser.format_help()


def shown_commands() -> list[tuple[str, str]]:
    """Each command line in a block of code of any document; those with a placeholder for many things apart."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"^```[a-z]*\n(.*?)^```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(path.name, line) for line in lines if re.match(r"\s*(\$ )?(\S*/)?forewarn [a-z]", line)]
    return [(name, line) for name, line in found if not re.search(r"[\[$…|]|<\w", line.removeprefix("$ "))]


@pytest.mark.parametrize(("document", "line"), shown_commands())
def test_every_command_line_that_a_document_shows_is_one(document, line):
    words = shlex.split(line.strip().removeprefix("$ "), comments=True)[1:]
    words = words[: words.index("&")] if "&" in words else words
    words = words[: words.index(">")] if ">" in words else words
    assert build_parser(COMMANDS).parse_args(words).run, document
