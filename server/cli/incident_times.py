"""`forewarn incident times`: say when a public incident really began or ended."""

from argparse import ArgumentParser, Namespace

from records.desk.corrections import correct_times
from records.store import incidents
from server.api import shapes
from server.cli.command import DONE, Command
from server.cli.output import print_json, say, when
from server.cli.values import moment_or_span_ago
from server.cli.workplace import workplace


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("incident", metavar="ID", help="its id, or INC-42")
    parser.add_argument("--started", type=moment_or_span_ago, metavar="T", help="when it began: 3h ago is 3h")
    parser.add_argument("--resolved", type=moment_or_span_ago, metavar="T", help="when it was over")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; audited, not public")


def _run(args: Namespace) -> int:
    with workplace(args) as at:
        incident = incidents.incident(at.desk.store, args.incident)
        done = correct_times(
            at.desk,
            incident.id,
            at.actor,
            at.now,
            reason=args.reason,
            started_at=args.started,
            resolved_at=args.resolved,
        )
        if args.json:
            print_json(shapes.incident(done))
            return DONE
        say(f"{done.ref} began {when(done.started_at)} and ended {when(done.resolved_at)}; bars and uptime follow.")
        return DONE


TIMES = Command(
    help="correct when it began or ended; bars and uptime follow, nobody is written to",
    add_arguments=_arguments,
    run=_run,
    has_json=True,
)
