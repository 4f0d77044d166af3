"""`forewarn support …`: say on the page that answers take longer than usual, and that they do not any more."""

from argparse import ArgumentParser, Namespace

from records.desk import surges as desk
from records.times import iso
from server.cli.command import DONE, Command, Group, no_arguments
from server.cli.output import print_json, say, when
from server.cli.values import moment_or_span, words_of
from server.cli.workplace import workplace


def _surge_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--until", required=True, type=moment_or_span, metavar="T", help="it ends by itself then: 2h")
    parser.add_argument(
        "--words", action="append", metavar="TEXT", help="what to add to the page's sentence; fr=… for another language"
    )


def _surge(args: Namespace) -> int:
    with workplace(args) as at:
        words = words_of(args.words, at.settings.page.languages, "--words")
        surge = desk.declare_surge(at.desk, words, args.until, at.actor, at.now)
    if args.json:
        print_json({"words": surge.words, "since": iso(surge.since), "until": iso(surge.until)})
    else:
        say(f"The page says until {when(surge.until)} that answers take longer than usual.")
    return DONE


def _calm(args: Namespace) -> int:
    with workplace(args) as at:
        ended = desk.end_surge(at.desk, at.actor, at.now)
    say("The page does not say any more that answers take longer." if ended else "It was not said.")
    return DONE


GROUP = Group(
    help="what the page says of the support desk",
    commands={
        "surge": Command(
            help="say on the page that many people write and answers take longer, until a time",
            add_arguments=_surge_arguments,
            run=_surge,
            has_json=True,
        ),
        "calm": Command(help="say so no more", add_arguments=no_arguments, run=_calm),
    },
)
