"""The parser of the command line, built from the registry."""

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from server.cli.command import WRONG_USE, Command, Group

_EPILOG = """\
Exit status: 0 done; 1 the work failed, and one line says what to do; 2 wrong use.
Data commands work while `forewarn serve` runs, and need no running process.
"""


class _Parser(ArgumentParser):
    """Says what is wrong in one line, and guesses what was meant."""

    def __init__(self, **kwargs: Any) -> None:
        # `--comp` may mean something else once there is one more option; scripts should not depend on it.
        super().__init__(**{"allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")

    def _check_value(self, action: Any, value: Any) -> None:
        """argparse lists all choices; a person wants the nearest."""
        if action.dest in ("command", "deed") and action.choices is not None and value not in action.choices:
            near = get_close_matches(str(value), list(action.choices), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(action.choices)}"
            self.error(f"there is no command {value} ({hint})")
        super()._check_value(action, value)


def build_parser(commands: dict[str, Command | Group]) -> ArgumentParser:
    """The whole command line; the namespace it gives carries `run`."""
    parser = _Parser(
        prog="forewarn",
        description="Tell customers before they ask: watch, publish, notify, account for it.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument("--debug", action="store_true", help="show where in the program an error arose")
    rows = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, entry in commands.items():
        if isinstance(entry, Command):
            _add_command(rows, name, entry)
            continue
        group = rows.add_parser(name, help=entry.help, description=entry.help)
        deeds = group.add_subparsers(dest="deed", metavar="COMMAND", required=True)
        for deed, command in entry.commands.items():
            _add_command(deeds, deed, command)
    return parser


def _add_command(rows: Any, name: str, command: Command) -> None:
    parser = rows.add_parser(name, help=command.help, description=command.help)
    command.add_arguments(parser)
    if command.has_settings:
        parser.add_argument(
            "--config", type=Path, metavar="F", help="the settings; else FOREWARN_CONFIG, else ./forewarn.yaml"
        )
    if command.has_json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
    # Suppressed: a command without it must not undo the one given before it.
    parser.add_argument("--debug", action="store_true", default=SUPPRESS, help=SUPPRESS)
    parser.set_defaults(run=command.run)


def _version() -> str:
    try:
        return f"forewarn {metadata.version('forewarn')}"
    except metadata.PackageNotFoundError:
        return "forewarn (not installed)"
