"""`forewarn apply` and `forewarn export`: the store's components and monitors as a file says, and back."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records.components import in_language
from records.errors import Invalid
from server.cli.command import DONE, Command, no_arguments
from server.cli.output import one_line, print_json, say
from server.cli.workplace import SettingsUnfit, workplace

if TYPE_CHECKING:
    from server.plan import Change

_SIGNS = {"add": "+", "change": "~", "retire": "-"}


def _apply_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="F", help="the settings file to apply")
    parser.add_argument("--yes", action="store_true", help="do it; without this the plan is only shown")


def _apply(args: Namespace) -> int:
    from server.config import load_settings
    from server.plan import plan
    from server.wiring import configure_store, open_context

    try:
        settings = load_settings(args.file, os.environ)
    except Invalid as error:
        raise SettingsUnfit(
            f"{args.file}: {error.faults[0]}; `forewarn check --config {args.file}` lists all"
        ) from error
    context = open_context(settings)
    try:
        changes = plan(settings, context.desk.store, context.now())
        if args.yes:
            configure_store(context)
    finally:
        context.desk.store.close()
    if args.json:
        print_json({"changes": [_shape(each) for each in changes], "applied": args.yes})
        return DONE
    for each in changes:
        say(_line(each))
    say(_end(changes, is_done=args.yes))
    return DONE


def _end(changes: "list[Change]", *, is_done: bool) -> str:
    if not changes:
        return "The store matches the file already."
    if is_done:
        return "Done. Processes that run watch by their own settings until they are started again."
    return f"{len(changes)} change{'' if len(changes) == 1 else 's'}; nothing was done. Run it again with --yes."


def _line(change: "Change") -> str:
    fields = "; ".join(f"{name}: {_told(old)} becomes {_told(new)}" for name, (old, new) in change.fields.items())
    line = f"{_SIGNS[change.step.value]} {change.what} {change.id}"
    return one_line(f"{line}: {fields}" if fields else line)


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return in_language(value, "en") or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "nothing"
    return "nothing" if value is None else str(value)


def _shape(change: "Change") -> dict[str, Any]:
    fields = {name: {"from": old, "to": new} for name, (old, new) in change.fields.items()}
    return {"step": change.step.value, "what": change.what, "id": change.id, "fields": fields}


def _export(args: Namespace) -> int:
    from server.plan import export

    with workplace(args) as at:
        say(export(at.desk.store).rstrip("\n"))
        return DONE


APPLY = Command(
    help="make the store's components and monitors match a file; shows the plan first",
    add_arguments=_apply_arguments,
    run=_apply,
    has_settings=False,
    has_json=True,
)
EXPORT = Command(help="print the store's components as a settings file", add_arguments=no_arguments, run=_export)
