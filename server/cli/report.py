"""`forewarn report …`: what happened and what was promised, written down for people."""

from argparse import ArgumentParser, Namespace
from datetime import timedelta

from server.cli.command import DONE, Command, Group, WrongUse
from server.cli.output import print_json, say
from server.cli.values import moment
from server.cli.workplace import workplace

_USUAL = timedelta(days=90)


def _review_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--incident", required=True, metavar="ID", help="its id, or INC-42")


def _review(args: Namespace) -> int:
    from server.reports.review import review

    with workplace(args) as at:
        say(review(at.desk.store, args.incident, at.settings.page.languages[0], at.now).rstrip("\n"))
        return DONE


def _promises_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--since", type=moment, metavar="T", help="from when on (90 days ago)")
    parser.add_argument("--until", type=moment, metavar="T", help="up to when (now)")


def _promises(args: Namespace) -> int:
    from server.reports.promises import account, as_json, as_markdown

    with workplace(args) as at:
        until = args.until or at.now
        since = args.since or until - _USUAL
        if since >= until:
            raise WrongUse("--since is not before --until")
        found = account(at.desk.store, since, until, at.now)
        if args.json:
            print_json(as_json(found))
        else:
            say(as_markdown(found, at.settings.page.languages[0]).rstrip("\n"))
        return DONE


GROUP = Group(
    help="write down what happened, and what was promised",
    commands={
        "review": Command(
            help="the draft of an incident's review, as Markdown", add_arguments=_review_arguments, run=_review
        ),
        "promises": Command(
            help="promised updates and lead times, and which of them were kept",
            add_arguments=_promises_arguments,
            run=_promises,
            has_json=True,
        ),
    },
)
