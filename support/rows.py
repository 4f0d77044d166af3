"""Read a CSV or NDJSON file record by record, in bounded memory, and say of each bad one in which line it is and why.

A bad record never hides the good ones after it: a quote that is opened and never closed costs its own line only.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from records.errors import Fault, Invalid

#: Longer lines are no customer and no ticket; also the longest cell that the csv module reads.
MAX_LINE_BYTES = 1 << 17
#: A quoted text may span this many lines.
_MAX_RECORD_LINES = 2_000
_NDJSON_ENDINGS = {".ndjson", ".jsonl", ".json"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record as it stands in the file."""

    #: Line it starts on, from 1.
    line: int
    #: Where reading was when it ended, for a progress bar.
    read_bytes: int
    #: By column; an empty cell of a CSV file is not there. None when the record cannot be read.
    values: dict[str, Any] | None
    #: Why it cannot be read; empty when it can.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _Line:
    number: int
    #: Where the file stood behind it.
    end: int
    #: Without its end; None when it cannot be read.
    text: str | None
    reason: str = ""


def read_records(path: Path, columns: Sequence[str], *, spans_lines: bool) -> Iterator[Record]:
    """Each record of the file at `path`; `spans_lines` where a quoted text may hold line ends.

    Raises Invalid when the file cannot be read as a whole: it is missing, has another encoding, its header is wrong.
    """
    try:
        if not path.is_file():
            raise Invalid(Fault(path="", message=f"{path} is not a file", hint="files are read twice; name a real one"))
        with path.open("rb") as file:
            lines = _lines(file)
            if _is_ndjson(path, file):
                yield from _ndjson(lines, columns)
            else:
                yield from _csv(lines, columns, spans_lines=spans_lines)
    except OSError as error:
        raise Invalid(Fault(path="", message=f"{path} cannot be read: {error.strerror}")) from error


def _is_ndjson(path: Path, file: BinaryIO) -> bool:
    """By the name's ending, else by the first letter."""
    start = file.read(64)
    file.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid(Fault(path="", message=f"{path} is UTF-16", hint="save it as UTF-8"))
    if path.suffix.lower() == ".csv":
        return False
    return path.suffix.lower() in _NDJSON_ENDINGS or start.removeprefix(_BOM).lstrip().startswith(b"{")


def _lines(file: BinaryIO) -> Iterator[_Line]:
    number = 0
    while raw := file.readline(MAX_LINE_BYTES):
        number += 1
        is_whole = raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES
        if not is_whole:
            _skip_line(file)
            yield _Line(number=number, end=file.tell(), text=None, reason=f"longer than {MAX_LINE_BYTES} bytes")
            continue
        yield _line(number, file.tell(), raw.removeprefix(_BOM) if number == 1 else raw)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass


def _line(number: int, end: int, raw: bytes) -> _Line:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        return _Line(number=number, end=end, text=None, reason=reason)
    if "\0" in text:
        return _Line(number=number, end=end, text=None, reason="holds a zero byte; is it a text file?")
    return _Line(number=number, end=end, text=text.removesuffix("\n").removesuffix("\r"))


def _ndjson(lines: Iterator[_Line], columns: Sequence[str]) -> Iterator[Record]:
    for line in lines:
        if line.text is None:
            yield _bad(line, line.reason)
        elif line.text.strip():
            yield _object(line, line.text, columns)


def _object(line: _Line, text: str, columns: Sequence[str]) -> Record:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _bad(line, "not JSON")
    if not isinstance(found, dict):
        return _bad(line, 'not a JSON object like {"external_id": "c-1"}')
    if unknown := [key for key in found if key not in columns]:
        return _bad(line, f"unknown: {_named(unknown)}; known are {', '.join(columns)}")
    values = {key: value for key, value in found.items() if value is not None}
    return Record(line=line.number, read_bytes=line.end, values=values)


def _bad(line: _Line, reason: str) -> Record:
    return Record(line=line.number, read_bytes=line.end, values=None, reason=reason)


def _csv(lines: Iterator[_Line], columns: Sequence[str], *, spans_lines: bool) -> Iterator[Record]:
    waiting = _Waiting(lines)
    header: list[str] | None = None
    while (line := waiting.take()) is not None:
        if line.text is None:
            if header is None:
                raise Invalid(Fault(path="", message=f"line {line.number}, the header: {line.reason}"))
            yield _bad(line, line.reason)
        elif not line.text.strip():
            continue
        elif header is None:
            header = _header(line, columns)
        else:
            yield _row(line, line.text, header, waiting if spans_lines else None)
    if header is None:
        raise Invalid(Fault(path="", message="the file is empty", hint=f"its first line is {','.join(columns)}"))


class _Waiting:
    """Lines, some of which were taken too early and are read again."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._returned: deque[_Line] = deque()

    def take(self) -> _Line | None:
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def give_back(self, lines: Sequence[_Line]) -> None:
        self._returned.extendleft(reversed(lines))


def _header(line: _Line, columns: Sequence[str]) -> list[str]:
    cells = _cells(line.text or "")
    names = [cell.strip().lower() for cell in cells] if cells else []
    wanted = f"the columns are {','.join(columns)}, in any order"
    if len(names) < 2 and any(mark in (line.text or "") for mark in ";\t"):
        raise Invalid(Fault(path="", message="the header has no commas", hint="save it with commas between columns"))
    if unknown := [name for name in names if name not in columns]:
        raise Invalid(Fault(path="", message=f"the header names unknown columns: {_named(unknown)}", hint=wanted))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid(Fault(path="", message=f"the header names a column twice: {_named(twice)}", hint=wanted))
    if columns[0] not in names:
        raise Invalid(Fault(path="", message=f"the header does not name {columns[0]}", hint=wanted))
    return names


def _named(names: Sequence[str]) -> str:
    """Names out of somebody's file, short enough for one line."""
    shown = ", ".join(repr(name[:40]) for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown


def _row(first: _Line, text: str, header: list[str], waiting: _Waiting | None) -> Record:
    cells, more = _cells(text), list[_Line]()
    if cells is None and waiting is not None:
        more = _continuation(text, waiting)
        cells = _cells("\n".join([text, *(line.text or "" for line in more)])) if more else None
    if cells is not None and len(cells) == len(header):
        values: dict[str, Any] = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
        return Record(line=first.number, read_bytes=more[-1].end if more else first.end, values=values)
    if waiting is not None:
        waiting.give_back(more)
    if cells is None:
        return _bad(first, "quotes do not match; a quote inside a quoted cell is written twice")
    return _bad(first, f"{len(cells)} cells, but the header has {len(header)}")


def _continuation(text: str, waiting: _Waiting) -> list[_Line]:
    """The further lines of a record whose quote is open at the end of its first; none when it is never closed."""
    more: list[_Line] = []
    quotes, size = text.count('"'), len(text)
    while quotes % 2:
        line = waiting.take()
        if line is not None:
            more.append(line)
            size += len(line.text or "")
        if line is None or line.text is None or len(more) > _MAX_RECORD_LINES or size > MAX_LINE_BYTES:
            waiting.give_back(more)
            return []
        quotes += line.text.count('"')
    return more


def _cells(text: str) -> list[str] | None:
    """The cells of one record; None when its quotes do not match."""
    try:
        found = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None
