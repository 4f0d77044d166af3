"""`forewarn token …`: what programs come in with."""

from argparse import ArgumentParser, Namespace
from datetime import datetime, timedelta

from records.desk import people as deeds
from records.errors import NotFound
from records.people import Right, Role, TokenRecord
from records.store import tokens
from records.store.engine import Store
from server.api import shapes_access
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say, table, when
from server.cli.workplace import workplace


def _create_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--role", type=Role, choices=list(Role), required=True, help="what they may do")
    parser.add_argument(
        "--only", type=Right, choices=list(Right), action="append", help="of that only this; repeat for more"
    )
    parser.add_argument("--label", default="command-line", metavar="L", help="what it is for; the audit names it so")
    parser.add_argument("--days", type=int, metavar="N", help="it ends by itself after so many days (default: never)")


def _create(args: Namespace) -> int:
    holds = None if args.days is None else timedelta(days=min(args.days, 1_000_000))
    rights = None if args.only is None else frozenset(args.only)
    with workplace(args) as at:
        made, secret = deeds.create_token(at.desk, args.label, args.role, holds, at.actor, at.now, rights=rights)
    if args.json:
        print_json({"token": secret, "role": args.role.value, "label": args.label, "id": made.id})
    else:
        say(secret)
    return DONE


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        found = tokens.tokens(at.desk.store)
    if args.json:
        print_json([shapes_access.token(each, at.now) for each in found])
    elif not found:
        say("No program has a token.")
    else:
        table(("ID", "FOR", "ROLE", "ONLY", "LAST USED", "ENDS"), [_row(each, at.now) for each in found])
    return DONE


def _row(each: TokenRecord, now: datetime) -> tuple[str, str, str, str, str, str]:
    only = "-" if each.rights is None else ", ".join(sorted(each.rights))
    ends = when(each.expires_at) if each.expires_at else "when revoked"
    if each.revoked_at is not None:
        ends = f"revoked {when(each.revoked_at)}"
    elif not each.holds(now):
        ends = f"ended {ends}"
    return each.id, each.label, each.role.value, only, when(each.used_at) if each.used_at else "never", ends


def _revoke_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("token", metavar="ID", help="its id, or its label where no other token that holds has it")


def _revoke(args: Namespace) -> int:
    with workplace(args) as at:
        found = _named(at.desk.store, args.token, at.now)
        revoked = deeds.revoke_token(at.desk, found.id, at.actor, at.now)
        shown = shapes_access.token(tokens.token(at.desk.store, found.id), at.now)
    if args.json:
        print_json(shown)
    else:
        say(f"The token {found.label} {'is revoked.' if revoked else 'was revoked before.'}")
    return DONE


def _named(store: Store, name: str, now: datetime) -> TokenRecord:
    """Raises NotFound."""
    known = tokens.tokens(store)
    for each in known:
        if each.id == name:
            return each
    labelled = [each for each in known if each.label == name and each.holds(now)]
    if len(labelled) != 1:
        why = f"{len(labelled)} tokens are called" if labelled else "There is no token"
        raise NotFound(f"{why} {name}. Take an id from: forewarn token list")
    return labelled[0]


TOKEN = Group(
    help="tokens for programs",
    commands={
        "create": Command(
            help="print a new token, and nothing else; it is shown this once",
            add_arguments=_create_arguments,
            run=_create,
            has_json=True,
        ),
        "list": Command(
            help="every token, without what makes it one", add_arguments=no_arguments, run=_list, has_json=True
        ),
        "revoke": Command(
            help="end a token at once and for good", add_arguments=_revoke_arguments, run=_revoke, has_json=True
        ),
    },
)
