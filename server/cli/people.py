"""`forewarn user …` and `forewarn token …`: who may come in."""

import getpass
import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta
from pathlib import Path

from records.desk import people as deeds
from records.errors import Fault, Invalid
from records.people import Role, checked_name
from records.store import people
from server.cli.command import DONE, Command, Group
from server.cli.output import print_json, say
from server.cli.workplace import workplace


def _role_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--role", type=Role, choices=list(Role), required=True, help="what they may do")


# --- users ---


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what they sign in with")
    _role_argument(parser)
    parser.add_argument(
        "--password-file", metavar="F", help="take the password from the first line of F (-: standard input); else ask"
    )


def _add(args: Namespace) -> int:
    from server.auth import checked_password, hash_password

    name = checked_name(args.name, "NAME")
    password = checked_password(_password(args.password_file))
    with workplace(args) as at, at.desk.store.tx():
        user = people.add_user(at.desk.store, name, args.role, hash_password(password), at.now)
        people.audit(at.desk.store, at.actor.name, "user.add", f"user:{user.name}", at.now, role=user.role.value)
    if args.json:
        print_json({"id": user.id, "name": user.name, "role": user.role.value})
    else:
        say(f"{user.name} may sign in as {user.role}.")
    return DONE


def _password(file: str | None) -> str:
    """From a file, standard input, or asked for twice. Raises Invalid."""
    if file == "-":
        found = sys.stdin.readline()
    elif file is not None:
        with Path(file).open(encoding="utf-8") as opened:
            found = opened.readline()
    else:
        found = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != found:
            raise Invalid(Fault(path="password", message="the two differ", hint="try again"))
    return found.rstrip("\r\n")


# --- tokens ---


def _create_arguments(parser: ArgumentParser) -> None:
    _role_argument(parser)
    parser.add_argument("--label", default="command-line", metavar="L", help="what it is for; the audit names it so")
    parser.add_argument("--days", type=int, metavar="N", help="it ends by itself after so many days (default: never)")


def _create(args: Namespace) -> int:
    holds = None if args.days is None else timedelta(days=min(args.days, 1_000_000))
    with workplace(args) as at:
        token = deeds.create_token(at.desk, args.label, args.role, holds, at.actor, at.now)
    if args.json:
        print_json({"token": token, "role": args.role.value, "label": args.label})
    else:
        say(token)
    return DONE


USER = Group(
    help="people with a login",
    commands={"add": Command(help="add a person", add_arguments=_add_arguments, run=_add, has_json=True)},
)
TOKEN = Group(
    help="tokens for programs",
    commands={
        "create": Command(
            help="print a new token, and nothing else; it is shown this once",
            add_arguments=_create_arguments,
            run=_create,
            has_json=True,
        )
    },
)
