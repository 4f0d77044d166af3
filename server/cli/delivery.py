"""`forewarn delivery`: how soon people hear, what waits, and what stands in the way."""

from argparse import Namespace

from records.handover import HandOver
from server.api import delivery
from server.cli.command import DONE, Command, no_arguments
from server.cli.output import print_json, say, table, when
from server.cli.workplace import workplace
from server.flow import Flow, flow

_LONG_SECONDS = 120


def _delivery(args: Namespace) -> int:
    with workplace(args) as at:
        now = flow(at.desk.store, at.settings, at.now)
    if args.json:
        print_json(delivery.shaped(now, at.now))
        return DONE
    _print_soon(now)
    _print_waiting(now)
    for each in now.slow:
        held = f", nothing before {when(each.held_until)}" if each.held_until else ""
        say(f"{each.operator or 'Everybody'} on {each.channel} slows us down: {each.why_in_words} {each.said}{held}")
    return DONE


def _print_soon(now: Flow) -> None:
    if not now.soon:
        say("Nothing was delivered in the last seven days.")
        return
    table(
        ("CHANNEL", "LANE", "HALF, 24 H", "95 %, 24 H", "SENT, 24 H", "HALF, 7 DAYS", "95 %, 7 DAYS", "SENT, 7 DAYS"),
        [(each.channel, each.lane, *_took(each.day), *_took(each.week)) for each in now.soon],
    )


def _took(one: HandOver | None) -> tuple[str, str, int]:
    if one is None:
        return "-", "-", 0
    return _seconds(one.within_seconds(0.5)), _seconds(one.within_seconds(0.95)), one.total


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds < _LONG_SECONDS else f"{seconds / 60:.1f} min"


def _print_waiting(now: Flow) -> None:
    if not now.depth:
        say("Nothing waits.")
    for channel, (count, oldest) in now.depth.items():
        say(f"{count} wait on {channel}, the oldest since {when(oldest)}.")
    for each in now.troubles.values():
        say(f"{each.channel} is left alone since {when(each.since)}: {each.said}")


DELIVERY = Command(
    help="how soon people hear by channel and lane, what waits, and what stands in the way",
    add_arguments=no_arguments,
    run=_delivery,
    has_json=True,
)
