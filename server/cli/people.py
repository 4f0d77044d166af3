"""`forewarn user …`: who may come in."""

import getpass
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records.desk import arrivals
from records.desk import people as deeds
from records.errors import Fault, Invalid, NotFound
from records.people import Login, Role, Way, checked_name
from records.store import logins
from server.api import shapes_access
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say, table, when
from server.cli.workplace import Workplace, workplace


def _role_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--role", type=Role, choices=list(Role), required=True, help="what they may do")


def _name_argument(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what they sign in with")


def _named(at: Workplace, name: str) -> Login:
    """Raises NotFound."""
    for each in logins.logins(at.desk.store, at.now):
        if each.user.name == name:
            return each
    raise NotFound(f"There is no user {name}.")


# --- list ---


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        found = logins.logins(at.desk.store, at.now)
    if args.json:
        print_json([shapes_access.login(each) for each in found])
    elif not found:
        say("Nobody has a login yet: forewarn user add NAME --role admin")
    else:
        table(
            ("NAME", "ROLE", "COMES BY", "E-MAIL", "LAST CLICK", "SESSIONS"),
            [_row(each) for each in found],
        )
    return DONE


def _row(each: Login) -> tuple[str, str, str, str, str, str]:
    user = each.user
    seen = when(each.seen_at) if each.seen_at else "never"
    if user.disabled_at is not None:
        seen = f"disabled {when(user.disabled_at)}"
    way = "single sign-on" if user.way is Way.SINGLE_SIGN_ON else "password"
    return user.name, user.role.value, way, user.email or "-", seen, str(each.sessions)


# --- add ---


def _add_arguments(parser: ArgumentParser) -> None:
    _name_argument(parser)
    _role_argument(parser)
    parser.add_argument("--email", metavar="ADDRESS", help="where tests of notices are sent to them")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--password-file", metavar="F", help="take the password from the first line of F (-: standard input); else ask"
    )
    how.add_argument(
        "--single-sign-on", action="store_true", help="they come by single sign-on, under this name, without a password"
    )


def _add(args: Namespace) -> int:
    from server.auth import checked_password, hash_password

    name = checked_name(args.name, "NAME")
    password = None if args.single_sign_on else checked_password(_password(args.password_file))
    way = Way.SINGLE_SIGN_ON if args.single_sign_on else Way.PASSWORD
    with workplace(args) as at, at.desk.store.tx():
        user, _ = deeds.add(at.desk, name, args.role, at.actor, at.now, email=args.email, way=way)
        if password is not None:
            logins.set_password(at.desk.store, user.id, hash_password(password))
            logins.close_links(at.desk.store, user.id)
        shown = shapes_access.login(_named(at, name))
    if args.json:
        print_json(shown)
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


# --- deeds about one person ---


@contextmanager
def _about(args: Namespace) -> Iterator[tuple[Workplace, Login]]:
    with workplace(args) as at:
        yield at, _named(at, args.name)


def _answered(args: Namespace, done: Callable[[Workplace, Login], str]) -> int:
    """Do it, and say in words or as JSON how they are now."""
    with _about(args) as (at, login):
        words = done(at, login)
        shown = shapes_access.login(_named(at, args.name))
    if args.json:
        print_json(shown)
    else:
        say(words)
    return DONE


def _role_arguments(parser: ArgumentParser) -> None:
    _name_argument(parser)
    _role_argument(parser)


def _role(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        changed = deeds.change_role(at.desk, login.user.id, args.role, at.actor, at.now)
        return f"{args.name} is {args.role} from their next click on." if changed else f"{args.name} is {args.role}."

    return _answered(args, do)


def _email_arguments(parser: ArgumentParser) -> None:
    _name_argument(parser)
    parser.add_argument("address", metavar="ADDRESS", help="one address; empty for none")


def _email(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        deeds.change_email(at.desk, login.user.id, args.address, at.actor, at.now)
        return f"Tests of notices for {args.name} go {f'to {args.address}' if args.address.strip() else 'nowhere'}."

    return _answered(args, do)


def _disable(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        done = deeds.disable(at.desk, login.user.id, at.actor, at.now)
        return f"{args.name} is disabled; their sessions ended." if done else f"{args.name} was disabled already."

    return _answered(args, do)


def _enable(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        done = deeds.enable(at.desk, login.user.id, at.actor, at.now)
        return f"{args.name} may come in again." if done else f"{args.name} may come in already."

    return _answered(args, do)


def _sign_out(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        ended = deeds.sign_out_everywhere(at.desk, login.user.id, at.actor, at.now)
        return f"{args.name} is signed out everywhere; {ended} sessions ended."

    return _answered(args, do)


def _connect(args: Namespace) -> int:
    def do(at: Workplace, login: Login) -> str:
        arrivals.expect_single_sign_on(at.desk, login.user.id, at.actor, at.now)
        return f"{args.name} comes by single sign-on from now on; their password is void."

    return _answered(args, do)


# --- password, break-glass ---


def _password_arguments(parser: ArgumentParser) -> None:
    _name_argument(parser)
    parser.add_argument(
        "--file", metavar="F", help="take the password from the first line of F (-: standard input); else ask"
    )


def _set_password(args: Namespace) -> int:
    from server.auth import checked_password, hash_password

    password = checked_password(_password(args.file))
    with _about(args) as (at, login), at.desk.store.tx():
        deeds.reset_password(at.desk, login.user.id, at.actor, at.now)
        logins.set_password(at.desk.store, login.user.id, hash_password(password))
        logins.close_links(at.desk.store, login.user.id)
    say(f"The password of {args.name} is set; their sessions ended.")
    return DONE


def _glass_arguments(parser: ArgumentParser) -> None:
    _name_argument(parser)
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why the usual ways will not do; audited")


def _glass(args: Namespace) -> int:
    with workplace(args) as at:
        link = arrivals.break_glass(at.desk, args.name, args.reason, at.actor, at.now)
    minutes = int(arrivals.BREAK_GLASS_HOLDS.total_seconds() // 60)
    if args.json:
        print_json({"path": f"/console/break-glass/{link}", "minutes": minutes})
    else:
        say(f"Open this below the console's address within {minutes} minutes; it works once:")
        say(f"/console/break-glass/{link}")
    return DONE


USER = Group(
    help="people with a login",
    commands={
        "list": Command(help="everybody with a login", add_arguments=no_arguments, run=_list, has_json=True),
        "add": Command(help="add a person", add_arguments=_add_arguments, run=_add, has_json=True),
        "role": Command(help="give somebody another role", add_arguments=_role_arguments, run=_role, has_json=True),
        "email": Command(
            help="say where tests of notices are sent to somebody",
            add_arguments=_email_arguments,
            run=_email,
            has_json=True,
        ),
        "password": Command(
            help="set somebody's password anew; their sessions end",
            add_arguments=_password_arguments,
            run=_set_password,
        ),
        "disable": Command(
            help="keep somebody out; their sessions end at once",
            add_arguments=_name_argument,
            run=_disable,
            has_json=True,
        ),
        "enable": Command(help="let somebody in again", add_arguments=_name_argument, run=_enable, has_json=True),
        "sign-out": Command(
            help="end all sessions of somebody", add_arguments=_name_argument, run=_sign_out, has_json=True
        ),
        "connect": Command(
            help="let somebody come by single sign-on; their password ends",
            add_arguments=_name_argument,
            run=_connect,
            has_json=True,
        ),
        "break-glass": Command(
            help="print a link that lets somebody in once, whatever ways are shut",
            add_arguments=_glass_arguments,
            run=_glass,
            has_json=True,
        ),
    },
)
