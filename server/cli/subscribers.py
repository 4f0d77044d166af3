"""`forewarn subscribers …`: take those in who follow the page, list them, write them out, end a subscription."""

import csv
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from records.desk.subscribers import unsubscribe
from records.errors import Invalid, NotFound
from records.store import subscribers
from records.store.engine import Store
from records.store.people import audit
from records.subscribers import Subscriber, SubscriberKind, SubscriberState
from server.api.shapes_subscribers import subscriber
from server.cli.command import DONE, Command, Group
from server.cli.output import print_json, say, table, when
from server.cli.taking_in import import_arguments, run_import
from server.cli.workplace import Workplace, workplace
from support.intake import OnProgress, OnRejected, Tally, import_subscribers

_PAGE = 500
_COLUMNS = ("id", "kind", "address", "components", "language", "state", "basis", "created_at", "confirmed_at")


def _import_arguments(parser: ArgumentParser) -> None:
    import_arguments(parser)
    parser.add_argument(
        "--confirmed",
        metavar="BASIS",
        help="they agreed already: say where and when; without it each is asked by a letter",
    )


def _import(args: Namespace) -> int:
    if args.confirmed is not None and not args.confirmed.strip():
        raise Invalid("Say on what basis they are confirmed, e.g. --confirmed 'ticked the box at sign-up, March 2026'.")
    return run_import(args, "subscribers", partial(_take_in, args.confirmed))


def _take_in(
    basis: str | None, at: Workplace, path: Path, *, on_rejected: OnRejected, on_progress: OnProgress
) -> Tally:
    return import_subscribers(
        at.desk,
        path,
        at.actor,
        at.now,
        basis=basis,
        languages=at.settings.page.languages,
        on_rejected=on_rejected,
        on_progress=on_progress,
    )


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--state", choices=[state.value for state in SubscriberState], help="only those in this state")


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        found = list(_every(at.desk.store, SubscriberState(args.state) if args.state else None))
        audit(at.desk.store, at.actor.name, "subscriber.list", "subscribers", at.now, rows=len(found))
    if args.json:
        print_json([subscriber(one) for one in found])
    elif not found:
        say("Nobody follows the page so far.")
    else:
        table(
            ("ID", "KIND", "STATE", "FOLLOWS", "LANGUAGE", "SINCE"),
            [
                (one.id, one.kind, one.state, _followed(one), one.language, when(one.created_at))
                for one in found
            ],
        )  # fmt: skip
    return DONE


def _followed(one: Subscriber) -> str:
    return " ".join(one.components) or "everything"


def _every(store: Store, state: SubscriberState | None = None) -> Iterator[Subscriber]:
    after = -1
    while page := subscribers.subscribers(store, state=state, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, metavar="F.csv", help="a file that is not there yet; else standard output")


def _export(args: Namespace) -> int:
    with workplace(args) as at:
        if args.to is None:
            total = _write(at, sys.stdout)
        else:
            with args.to.open("x", encoding="utf-8", newline="") as file:
                args.to.chmod(0o600)
                total = _write(at, file)
        audit(at.desk.store, at.actor.name, "subscriber.export", "subscribers", at.now, rows=total)
    if args.to is not None:
        say(f"{total} subscribers written to {args.to}.")
    return DONE


def _write(at: Workplace, file: TextIO) -> int:
    writer = csv.DictWriter(file, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    total = 0
    for one in _every(at.desk.store):
        where = subscribers.contact(at.desk.store, one.id)
        row = dict(subscriber(one)) | {
            "components": " ".join(one.components),
            "address": where.address if where else "",
        }
        writer.writerow(row)
        total += 1
    return total


def _remove_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("subscriber", metavar="WHO", help="the mail address, the receiver's address, or the id")


def _remove(args: Namespace) -> int:
    with workplace(args) as at:
        found = _named(at.desk.store, args.subscriber)
        unsubscribe(at.desk, found.id, at.actor, at.now)
    say(f"Subscriber {found.id} is removed, and the address erased.")
    return DONE


def _named(store: Store, name: str) -> Subscriber:
    if name.isascii() and name.isdigit():
        return subscribers.subscriber(store, int(name))
    for kind in SubscriberKind:
        address = name.strip().lower() if kind is SubscriberKind.EMAIL else name.strip()
        if (found := subscribers.by_address(store, kind, address)) is not None:
            return found
    raise NotFound("Nobody follows the page under this address.")


GROUP = Group(
    help="people and programs that follow the page",
    commands={
        "import": Command(
            help="add subscribers by mail from a file (email, components, language); who is there stays as they are",
            add_arguments=_import_arguments,
            run=_import,
            has_json=True,
        ),
        "list": Command(
            help="who follows what, without addresses", add_arguments=_list_arguments, run=_list, has_json=True
        ),
        "export": Command(
            help="everybody with their addresses, as CSV; the export is audited",
            add_arguments=_export_arguments,
            run=_export,
        ),
        "remove": Command(
            help="end a subscription and erase its address", add_arguments=_remove_arguments, run=_remove
        ),
    },
)  # fmt: skip
