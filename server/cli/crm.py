"""`forewarn crm …`: how far behind the wallet's own system is, and telling it again what the ledger says."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from records.crm import Standing
from records.errors import Fault, Invalid
from records.store import crm
from records.store.people import audit
from records.times import iso, iso_or_none
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say, when
from server.cli.values import moment
from server.cli.workplace import Workplace, workplace


def _status(args: Namespace) -> int:
    with workplace(args) as at:
        standing = _standing(at)
    if args.json:
        print_json(
            {
                "waiting": standing.waiting,
                "oldest": iso_or_none(standing.oldest),
                "taken": standing.taken,
                "refused": standing.refused,
                "dropped": standing.dropped,
                "failures": standing.failures,
                "told_at": iso_or_none(standing.told_at),
                "code": standing.code,
                "due_at": iso_or_none(standing.due_at),
            }
        )
        return DONE
    say(f"{standing.waiting} wait, the oldest from {when(standing.oldest)}; {standing.taken} taken so far")
    say(f"last post {when(standing.told_at)}: {standing.code or '-'}")
    if standing.failures:
        say(f"{standing.failures} attempts in a row came to nothing; the next is at {when(standing.due_at)}")
    if standing.refused or standing.dropped:
        say(f"{standing.refused} were refused and set aside, {standing.dropped} waited too long and were let go")
    return DONE


def _replay_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--since", type=moment, required=True, metavar="TIME", help="tell again what the ledger says since then"
    )
    parser.add_argument("--refused", action="store_true", help="take up again what was refused and set aside, too")


def _replay(args: Namespace) -> int:
    with workplace(args) as at:
        _standing(at)
        refused = crm.take_up(at.desk.store) if args.refused else 0
        queued = refused + _again(at, args.since)
        audit(at.desk.store, at.actor.name, "crm.replay", "crm", at.now, since=iso(args.since), events=queued)
    if args.json:
        print_json({"queued": queued})
    else:
        say(f"{queued} events are told again, each under the key that it had.")
    return DONE


def _again(at: Workplace, since: datetime) -> int:
    queued, after = crm.replay(at.desk.store, since)
    total = queued
    while after is not None:
        queued, after = crm.replay(at.desk.store, since, after=after)
        total += queued
    return total


def _standing(at: Workplace) -> Standing:
    """Raises Invalid where there is nobody to tell."""
    found = crm.standing(at.desk.store)
    if found is None:
        hint = "add crm to the settings and start `forewarn serve`"
        raise Invalid(Fault(path="crm", message="no system of customer records is told anything", hint=hint))
    return found


GROUP = Group(
    help="the wallet's own system of customer records",
    commands={
        "status": Command(
            help="how far behind it is, and what it said last", add_arguments=no_arguments, run=_status, has_json=True
        ),
        "replay": Command(
            help="tell it again what the ledger says since a time; what it has, it knows by its key",
            add_arguments=_replay_arguments,
            run=_replay,
            has_json=True,
        ),
    },
)
