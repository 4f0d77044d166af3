"""Run one command, and turn whatever goes wrong into one line and an exit status."""

import io
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from records.errors import ForewarnError, Invalid
from server.cli.command import FAILED, WRONG_USE, WrongUse
from server.cli.output import complain
from server.cli.parser import build_parser
from server.cli.registry import COMMANDS

#: What a shell expects of a program that was interrupted.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of `forewarn` with these arguments (default: those of the process)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows a question mark; it must not end the work.
            stream.reconfigure(errors="replace")
    args = build_parser(COMMANDS).parse_args(arguments)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python must not fail again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (ForewarnError, OSError, Exception) as error:  # noqa: BLE001 - the program's edge: an error becomes a line
        return _failed(args, error)
    return status


def _failed(args: Namespace, error: Exception) -> int:
    if args.debug:
        traceback.print_exception(error)
    if isinstance(error, Invalid):
        # JSON pointers are for programs; people read the name alone.
        complain("; ".join(str(replace(fault, path=fault.path.removeprefix("/"))) for fault in error.faults))
    elif isinstance(error, ForewarnError):
        complain(str(error))
    elif isinstance(error, OSError):
        complain(f"{error.filename or 'the system'}: {error.strerror or error}")
    else:
        complain(f"unexpected {type(error).__name__}: {error}. Run it again with --debug and report what it says.")
    return WRONG_USE if isinstance(error, WrongUse) else FAILED
