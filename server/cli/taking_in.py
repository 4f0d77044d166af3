"""What `customers import` and `tickets import` share: progress, the list of lines not kept, the tally."""

import contextlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TextIO

from server.cli.command import DONE, FAILED
from server.cli.output import complain, one_line, print_json, say
from server.cli.progress import Progress
from server.cli.workplace import Workplace, workplace
from support.intake import OnProgress, OnRejected, Rejected, Tally

#: A JSON document names at most this many lines; `--report` names all.
_MOST_IN_JSON = 1_000


class _Import(Protocol):
    def __call__(self, at: Workplace, path: Path, *, on_rejected: OnRejected, on_progress: OnProgress) -> Tally: ...


def import_arguments(parser: ArgumentParser) -> None:
    """The arguments of an import."""
    parser.add_argument("file", type=Path, metavar="F", help="a .csv or .ndjson file")
    parser.add_argument("--report", type=Path, metavar="R", help="write the lines not kept here, with reasons")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a line was rejected; the good ones are kept")


def run_import(args: Namespace, what: str, take_in: _Import) -> int:
    """Do it and say what came of it; 1 when nothing could be kept, or with `--strict` not everything."""
    with workplace(args) as at, _report(args.report) as report:
        listed: list[Rejected] = []

        def reject(line: Rejected) -> None:
            if report is not None:
                report.write(f"line {line.line}: {one_line(line.reason)}\n")
            if args.json and len(listed) < _MOST_IN_JSON:
                listed.append(line)
            elif not args.json and report is None:
                progress.end()
                say(f"line {line.line}: {one_line(line.reason)}")

        progress = Progress(f"importing {what}")
        try:
            tally = take_in(at, args.file, on_rejected=reject, on_progress=progress)
        finally:
            progress.end()
    if args.json:
        print_json({**asdict(tally), "lines": [asdict(line) for line in listed]})
    else:
        _say_tally(args, tally)
    return _status(args, what, tally)


@contextlib.contextmanager
def _report(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as file:
        yield file


def _say_tally(args: Namespace, tally: Tally) -> None:
    parts = [f"{tally.kept} of {tally.records} records taken in", f"{tally.changed} changed"]
    parts += [f"{tally.rejected} rejected"] if tally.rejected else []
    parts += [f"{tally.superseded} superseded by a later line"] if tally.superseded else []
    say(", ".join(parts) + (f"; see {args.report}" if args.report and tally.kept < tally.records else "") + ".")


def _status(args: Namespace, what: str, tally: Tally) -> int:
    if tally.rejected and not tally.kept:
        complain(f"no {what} could be taken in; correct the lines listed and import again")
        return FAILED
    if tally.rejected and args.strict:
        complain(f"{tally.rejected} lines were rejected; correct them and import again, the others are kept")
        return FAILED
    return DONE
