"""`forewarn tickets …`: take tickets in, and tie them to the incident that explains them."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from records.desk import tickets as desk
from records.store import customers, incidents, tickets
from records.store.engine import Store
from records.store.people import audit
from server.api import shapes_people
from server.cli.command import DONE, Command, Group, WrongUse
from server.cli.output import print_json, say, table, when
from server.cli.taking_in import import_arguments, run_import
from server.cli.values import moment_or_span_ago
from server.cli.workplace import Workplace, workplace
from support.intake import OnProgress, OnRejected, Tally, import_tickets


def _take_in(at: Workplace, path: Path, *, on_rejected: OnRejected, on_progress: OnProgress) -> Tally:
    return import_tickets(at.desk, path, at.actor, at.now, on_rejected=on_rejected, on_progress=on_progress)


def _import(args: Namespace) -> int:
    return run_import(args, "tickets", _take_in)


def _filter_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("tickets", nargs="*", metavar="TICKET", help="our ids or the helpdesk's numbers")
    parser.add_argument("--ticket", action="append", default=[], metavar="TICKET", help="the same, as an option")
    parser.add_argument("--since", type=moment_or_span_ago, metavar="T", help="came since then: 2h, 2026-11-22T13:00Z")
    parser.add_argument("--until", type=moment_or_span_ago, metavar="T", help="came at that time or earlier")
    parser.add_argument("--words", metavar="TEXT", help="these words stand in subject or text")
    parser.add_argument("--topic", metavar="TOPIC", help="have this topic")
    parser.add_argument("--customer", metavar="REF", help="come from this customer")
    parser.add_argument("--unlinked", action="store_true", help="are tied to no incident yet")


def _filter(store: Store, args: Namespace, *, limit: int) -> tickets.Filter:
    return tickets.Filter(
        ids=(*args.tickets, *args.ticket),
        since=args.since,
        until=args.until,
        words=args.words,
        topic=args.topic,
        customer_id=None if args.customer is None else customers.customer(store, args.customer).id,
        only_unlinked=args.unlinked,
        limit=limit,
    )


# --- link, unlink ---


def _link_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--incident", required=True, metavar="ID", help="its id, or INC-42")
    _filter_arguments(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say how many it would be")
    parser.add_argument("--yes", action="store_true", help="do not ask on a terminal")


def _link(args: Namespace) -> int:
    with workplace(args) as at:
        incident = incidents.incident(at.desk.store, args.incident)
        wanted = _filter(at.desk.store, args, limit=desk.MAX_AT_ONCE)
        if wanted == tickets.Filter(limit=wanted.limit):
            raise WrongUse("Name tickets, or narrow them by --since, --words, --topic or --unlinked.")
        found = tickets.tickets(at.desk.store, wanted)
        if args.dry_run or not _agreed(args, len(found), incident.ref):
            say(f"{len(found)} tickets fit; none was linked.")
            return DONE
        linked = desk.link_tickets(at.desk, incident.id, wanted, at.actor, at.now)
    if args.json:
        print_json(
            {
                "incident_id": incident.id,
                "linked": linked.linked,
                "already": linked.already,
                "known_customers": linked.known_customers,
            }
        )
    else:
        say(
            f"{linked.linked} tickets linked to {incident.ref}, {linked.already} were before; "
            f"{linked.known_customers} known customers hear each update from now on."
        )
    return DONE


def _agreed(args: Namespace, count: int, ref: str) -> bool:
    """A person is shown the count first (job S1); a script has said what it wants."""
    if args.yes or args.json or not sys.stdin.isatty():
        return True
    return input(f"Link {count} tickets to {ref}? [y/N] ").strip().lower() in ("y", "yes")


def _unlink_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("ticket", metavar="TICKET", help="our id or the helpdesk's number")
    parser.add_argument("--incident", required=True, metavar="ID", help="its id, or INC-42")


def _unlink(args: Namespace) -> int:
    with workplace(args) as at:
        changed = desk.unlink_ticket(at.desk, _incident_id(at, args.incident), args.ticket, at.actor, at.now)
    say(f"Ticket {args.ticket} is not linked to {args.incident} any more." if changed else "It was not linked.")
    return DONE


def _incident_id(at: Workplace, name: str) -> str:
    return incidents.incident(at.desk.store, name).id


# --- list ---


def _list_arguments(parser: ArgumentParser) -> None:
    _filter_arguments(parser)
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="at most so many, newest first (200)")


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        found = tickets.tickets(at.desk.store, _filter(at.desk.store, args, limit=args.limit))
        audit(at.desk.store, at.actor.name, "ticket.list", "tickets", at.now, rows=len(found))
    if args.json:
        print_json([shapes_people.ticket(each) for each in found])
    elif found:
        table(
            ("TICKET", "SYSTEM", "CREATED", "CUSTOMER", "TOPIC", "INCIDENTS", "SUBJECT"),
            [
                (
                    each.external_id,
                    each.system,
                    when(each.created_at),
                    each.requester_ref or "-",
                    each.topic or "-",
                    len(each.incident_ids),
                    each.subject,
                )
                for each in found
            ],
        )
    else:
        say("No tickets fit.")
    return DONE


GROUP = Group(
    help="tickets and their ties to incidents",
    commands={
        "import": Command(
            help="add tickets from a file, or bring them up to date; bad lines are listed",
            add_arguments=import_arguments,
            run=_import,
            has_json=True,
        ),
        "link": Command(
            help="tie tickets to an incident; their senders hear each update",
            add_arguments=_link_arguments,
            run=_link,
            has_json=True,
        ),
        "unlink": Command(
            help="untie one; the history keeps that it was tied", add_arguments=_unlink_arguments, run=_unlink
        ),
        "list": Command(help="tickets, newest first", add_arguments=_list_arguments, run=_list, has_json=True),
    },
)
