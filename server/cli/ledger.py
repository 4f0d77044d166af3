"""`forewarn ledger verify`: prove that the account of who was told what adds up."""

from argparse import Namespace
from dataclasses import asdict

from records.store import ledger
from server.cli.command import DONE, FAILED, Command, Group, no_arguments
from server.cli.output import complain, print_json, say
from server.cli.workplace import workplace


def _verify(args: Namespace) -> int:
    with workplace(args) as at:
        proof = ledger.verify(at.desk.store)
    if args.json:
        print_json({"ok": not proof.faults, **asdict(proof)})
    else:
        for fault in proof.faults:
            say(fault)
        say(f"{proof.rows} rows about {proof.notices} notices, {len(proof.faults)} faults.")
    if proof.faults:
        complain("the ledger does not add up; keep a copy of the database, and compare with the last backup")
        return FAILED
    return DONE


GROUP = Group(
    help="the account of who was told what",
    commands={
        "verify": Command(
            help="check that audience = sent + suppressed + failed + queued for every notice, and all words are kept",
            add_arguments=no_arguments,
            run=_verify,
            has_json=True,
        )
    },
)
