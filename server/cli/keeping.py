"""`forewarn backup` and `forewarn restore`: a copy of the embedded database, and putting one back."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from records.errors import Fault, Invalid
from records.store.backup import backup, restore
from records.store.engine import open_store
from server.cli.command import DONE, Command
from server.cli.output import say
from server.cli.workplace import read_settings


def _file_argument(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="F", help="the copy")


def _backup(args: Namespace) -> int:
    store = open_store(read_settings(args).store.url.get_secret_value())
    try:
        size = backup(store, args.file)
    finally:
        store.close()
    say(
        f"{args.file} holds a sound copy, {size} bytes. It holds customers' addresses and, unless the settings do, the "
        "key that signs: keep it as safe as the original."
    )
    return DONE


def _restore(args: Namespace) -> int:
    scheme, _, path = read_settings(args).store.url.get_secret_value().partition("://")
    if scheme != "sqlite":
        hint = "use pg_restore, or the backups of whoever runs it for you"
        raise Invalid(Fault(path="store.url", message="only an embedded database is restored here", hint=hint))
    restore(args.file, Path(path[1:]))
    say(f"{args.file} is in place. Start `forewarn serve`; it brings the schema up to date.")
    return DONE


BACKUP = Command(
    help="write a checked copy of the embedded database, while everything runs",
    add_arguments=_file_argument,
    run=_backup,
)
RESTORE = Command(
    help="put a copy in the place of the embedded database; stop everything first",
    add_arguments=_file_argument,
    run=_restore,
)
