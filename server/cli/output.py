"""What the command line prints: results to standard output, everything about the work to standard error."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def say(text: str = "") -> None:
    """One line of the result."""
    print(text)


def complain(text: str) -> None:
    """One line on standard error."""
    print(f"forewarn: {one_line(text)}", file=sys.stderr)


def print_json(document: Any) -> None:
    """The one JSON document of a command with `--json`."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def one_line(text: str) -> str:
    """`text` without line ends and control characters, which could redraw somebody's terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, indent: str = "") -> None:
    """Columns as wide as their widest cell; the last one is not filled up."""
    cells = [list(heads), *([one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        say(indent + "  ".join([*padded, row[-1]]).rstrip())


def when(moment: datetime | None) -> str:
    """`2026-11-22 13:05 UTC`, or a dash."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
