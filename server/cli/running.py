"""`forewarn demo` and `forewarn serve`: the long-running ones."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from server.cli.command import DONE, Command
from server.cli.workplace import read_settings

#: As in the Procfile: one line each.
PARTS = ("web", "monitors", "notifier", "clock")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text} is not a port; give a number up to 65535")
    return int(text)


def _parts(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [part for part in wanted if part not in PARTS]:
        raise ArgumentTypeError(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if not wanted:
        raise ArgumentTypeError(f"name one or more of {', '.join(PARTS)}")
    return wanted


def _demo_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="where to listen on 127.0.0.1 (8000)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the world in DIR (else it is forgotten at the end)"
    )


def _demo(args: Namespace) -> int:
    # Late, here and below: the web server and its libraries are of no use to the other commands.
    from server.demo import run

    return run(port=args.port, data=args.data)


def _serve_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--only", type=_parts, default=PARTS, metavar="PARTS", help=f"some of {','.join(PARTS)} (default: all)"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="port to listen on (8000)")


def _serve(args: Namespace) -> int:
    from server.logs import configure_logs
    from server.serve import run

    configure_logs("debug" if args.debug else "info")
    run(read_settings(args), only=args.only, host=args.host, port=args.port)
    return DONE


DEMO = Command(
    help="run a complete world in one process: nodes you can break, a mailbox, 1,000 customers",
    add_arguments=_demo_arguments,
    run=_demo,
    has_settings=False,
)
SERVE = Command(
    help="bring the database up to date, then run all parts in one process, or the named ones",
    add_arguments=_serve_arguments,
    run=_serve,
)
