"""`forewarn customers …`: take records in, and see what one customer was told."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from records.desk.blocks import lift_block, list_blocked
from records.desk.customers import CustomerRecord, look_up
from records.errors import NotFound
from records.store import customers
from records.store.blocks import Blocked
from records.store.engine import Store
from records.times import iso_or_none
from server.api import shapes_people
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say, table, when
from server.cli.taking_in import import_arguments, run_import
from server.cli.workplace import Workplace, workplace
from support.intake import OnProgress, OnRejected, Tally, import_customers

_PAGE = 500
#: Whoever is on the machine may look at the database itself; the look is kept all the same.
_NO_REASON = "at the command line, no reason given"


def _take_in(at: Workplace, path: Path, *, on_rejected: OnRejected, on_progress: OnProgress) -> Tally:
    return import_customers(at.desk, path, at.actor, at.now, on_rejected=on_rejected, on_progress=on_progress)


def _import(args: Namespace) -> int:
    return run_import(args, "customers", _take_in)


def _show_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("customer", metavar="REF", help="your own reference of the customer, or their e-mail address")
    parser.add_argument(
        "--reason", default=_NO_REASON, metavar="TEXT", help="why you look; kept in the audit log with the look"
    )


def _show(args: Namespace) -> int:
    with workplace(args) as at:
        ref = _reference(at.desk.store, args.customer)
        record = look_up(at.desk, ref, at.actor, at.now, reason=args.reason)
    if args.json:
        customer = shapes_people.customer(record.customer, record.contacts)
        print_json({**customer, "ledger": [shapes_people.ledger_entry(row) for row in record.ledger]})
    else:
        _print(record)
    return DONE


def _reference(store: Store, name: str) -> str:
    """The wallet's reference for whoever is meant. Raises NotFound for an address that nobody, or several, have."""
    if "@" not in name:
        return name
    try:
        return customers.customer(store, name).external_id
    except NotFound:
        known = customers.by_address(store, name)
        if known is None:
            raise NotFound("No customer has this e-mail address, or several have; name one by reference.") from None
        return known.external_id


def _print(record: CustomerRecord) -> None:
    customer = record.customer
    quiet = f", quiet hours {customer.quiet_hours}" if customer.quiet_hours else ""
    say(f"{customer.external_id}: language {customer.language}, zone {customer.time_zone or '-'}{quiet}")
    say(f"tags: {' '.join(customer.tags) or '-'}")
    for contact in record.contacts:
        state = contact.blocked or ("wanted" if contact.wanted else "declined")
        say(f"{contact.channel}: {contact.address or '-'} ({state})")
    if not record.ledger:
        say("Was told nothing so far.")
        return
    table(
        ("AT", "NOTICE", "CHANNEL", "OUTCOME", "REASON", "LANGUAGE"),
        [
            (when(row.at), row.notice_id, row.channel, row.outcome, row.reason or "-", row.language)
            for row in record.ledger
        ],
    )


def _blocked(args: Namespace) -> int:
    found, after = list[Blocked](), -1
    with workplace(args) as at:
        while page := list_blocked(at.desk, at.actor, at.now, after=after, limit=_PAGE):
            found += page
            after = page[-1].customer_id
    if args.json:
        print_json([_shape(one) for one in found])
    elif not found:
        say("No customer's address is blocked.")
    else:
        table(
            ("CUSTOMER", "CHANNEL", "WHY", "SAID", "SINCE"),
            [
                (one.external_id, one.channel, one.reason, one.said or "-", when(one.since) if one.since else "-")
                for one in found
            ],
        )
    return DONE


def _shape(one: Blocked) -> dict[str, str | None]:
    return {
        "external_id": one.external_id,
        "channel": one.channel,
        "reason": one.reason,
        "said": one.said,
        "since": iso_or_none(one.since),
    }


def _lift_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("customer", metavar="REF", help="your own reference of the customer, or their e-mail address")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why mail may go there again; audited")


def _lift(args: Namespace) -> int:
    with workplace(args) as at:
        ref = _reference(at.desk.store, args.customer)
        lift_block(at.desk, ref, at.actor, at.now, reason=args.reason)
    say(f"Mail goes to customer {ref} again.")
    return DONE


GROUP = Group(
    help="customer records",
    commands={
        "import": Command(
            help="add customers from a file, or make their records match; bad lines are listed",
            add_arguments=import_arguments,
            run=_import,
            has_json=True,
        ),
        "show": Command(
            help="one customer and all they were told; the look is audited",
            add_arguments=_show_arguments,
            run=_show,
            has_json=True,
        ),
        "blocked": Command(
            help="whose address gets nothing more, by reference, and why; the list is audited",
            add_arguments=no_arguments,
            run=_blocked,
            has_json=True,
        ),
        "lift": Command(
            help="send mail to a customer's blocked address again", add_arguments=_lift_arguments, run=_lift
        ),
    },
)
