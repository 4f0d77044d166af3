"""`forewarn keys …`: with which key notices and releases of the page are signed, and with which they were."""

from argparse import Namespace

from records.desk.signing import rotate, signer
from records.store import signing
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say
from server.cli.workplace import Workplace, workplace


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        signer(at.desk, at.now)
        _tell(at, args)
    return DONE


def _rotate(args: Namespace) -> int:
    with workplace(args) as at:
        # The first key is there before it is followed: an installation that never signed has a history of one.
        signer(at.desk, at.now)
        rotate(at.desk, at.actor, at.now)
        _tell(at, args)
    return DONE


def _tell(at: Workplace, args: Namespace) -> None:
    """Public halves only: what is secret is never read for it."""
    known = signing.keys(at.desk.store)
    if args.json:
        print_json({"keys": [each.shape() for each in known]})
        return
    for each in known:
        until = "signs now" if each.valid_to is None else f"until {each.valid_to:%Y-%m-%d %H:%M:%S} UTC"
        say(f"{each.id}  from {each.valid_from:%Y-%m-%d %H:%M:%S} UTC  {until}")


GROUP = Group(
    help="keys that sign notices and the published page",
    commands={
        "list": Command(help="every key, the newest first", add_arguments=no_arguments, run=_list, has_json=True),
        "rotate": Command(
            help="sign with a new key from now on; what older ones signed stays valid",
            add_arguments=no_arguments,
            run=_rotate,
            has_json=True,
        ),
    },
)
