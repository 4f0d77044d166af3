"""What data commands work with: the settings, the store brought up to date, and who is at the terminal."""

import getpass
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from records.desk.desk import Desk
from records.errors import ForewarnError, Invalid
from records.people import COMMAND_LINE, Actor
from records.store import components
from records.times import now_utc

if TYPE_CHECKING:
    from server.config import Settings


class SettingsUnfit(ForewarnError):
    """The settings cannot be used; `forewarn check` lists every fault."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """One per command."""

    settings: "Settings"
    desk: Desk
    actor: Actor
    #: The moment at which the command was given; all it does carries this time.
    now: datetime


@contextmanager
def workplace(args: Namespace) -> Iterator[Workplace]:
    """Open the store that the settings name. Raises SettingsUnfit, StoreUnavailable.

    A store that no process has served yet gets the components of the settings, so that commands can name them.
    """
    # Here and not above: pydantic, babel and all checks take half a second, and `--help` needs none of them.
    from server.wiring import apply_configuration, open_context

    settings = read_settings(args)
    context = open_context(settings)
    try:
        if not components.all_components(context.desk.store):
            apply_configuration(context)
        yield Workplace(settings=settings, desk=context.desk, actor=who_is_here(), now=now_utc())
    finally:
        context.desk.store.close()


def read_settings(args: Namespace) -> "Settings":
    """The settings that `--config`, FOREWARN_CONFIG or the working directory name. Raises SettingsUnfit."""
    from server.config import load_settings, settings_path

    try:
        return load_settings(args.config, os.environ)
    except Invalid as error:
        path = settings_path(args.config, os.environ)
        first, more = error.faults[0], len(error.faults) - 1
        others = f" and {more} more; `forewarn check` lists them all" if more else ""
        raise SettingsUnfit(f"{path}: {first}{others}") from error


def who_is_here() -> Actor:
    """The command line, acting for whoever is logged in on this machine: `cli:ana`."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        login = str(os.getuid())
    return replace(COMMAND_LINE, name=f"cli:{login}")
