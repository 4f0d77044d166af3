"""What a command is: a name, a line of help, its arguments, and what it does."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from records.errors import ForewarnError

#: Exit statuses, as documented.
DONE, FAILED, WRONG_USE = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing that `forewarn` does."""

    #: One line, for `--help` and docs/commands.md.
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    #: Returns the exit status; raises ForewarnError when the work failed.
    run: Callable[[Namespace], int]
    #: Whether it reads the settings, and so takes `--config`.
    has_settings: bool = True
    #: Whether it can print one JSON document instead of words.
    has_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Commands about one noun: `forewarn incident open`."""

    help: str
    commands: dict[str, Command]


class WrongUse(ForewarnError):
    """The arguments do not make sense together, in a way that only shows once they are looked at."""


def no_arguments(parser: ArgumentParser) -> None:
    """For commands that take none of their own."""
