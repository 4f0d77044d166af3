"""`forewarn maintenance …`: announce planned events and run their windows from a terminal."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import datetime, timedelta

from records.components import in_language
from records.desk import maintenance as desk
from records.desk import series
from records.desk.maintenance import MaintenanceEntry
from records.maintenance import AtBlock, Kind, Maintenance, WindowState
from records.store import maintenance
from server.api import shapes
from server.cli.command import DONE, Command, Group
from server.cli.incident import PAGE_ONLY, channels_of, told_of
from server.cli.output import complain, print_json, say, table, when
from server.cli.values import at_block, moment, span, words_of, words_or_none
from server.cli.workplace import Workplace, workplace

_IN_LANGUAGES = "; fr=… for another language, - for standard input"
#: As in `MaintenanceEntry`.
USUAL_REMINDERS = (timedelta(hours=24), timedelta(hours=1))
#: `list --all` looks back this far.
_LOOK_BACK = timedelta(days=365)


def _about(parser: ArgumentParser) -> None:
    parser.add_argument("event", metavar="ID", help="its id, or MNT-7")


def _about_with_words(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--body", action="append", metavar="TEXT", help="what there is to say" + _IN_LANGUAGES)


# --- announce ---


def _announce_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--name", action="append", required=True, metavar="TEXT", help="what is planned" + _IN_LANGUAGES
    )
    parser.add_argument(
        "--body", action="append", required=True, metavar="TEXT", help="what stops, what keeps working" + _IN_LANGUAGES
    )
    parser.add_argument(
        "--from", dest="start", type=moment, required=True, metavar="T", help="start: 2026-12-01T02:00Z or +72h"
    )
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--until", type=moment, metavar="T", help="end, as a time")
    end.add_argument("--for", dest="length", type=span, metavar="SPAN", help="end, as a length: 2h")
    parser.add_argument("--component", action="append", metavar="ID", help="what is worked on; repeat for more")
    parser.add_argument(
        "--kind", type=Kind, choices=list(Kind), default=Kind.MAINTENANCE, help="what is planned (maintenance)"
    )
    parser.add_argument(
        "--at-block",
        type=at_block,
        metavar="CHAIN:HEIGHT",
        help="of an upgrade: it opens there; --from is a first guess",
    )
    parser.add_argument(
        "--recurrence",
        default="",
        metavar="RRULE",
        help="when it comes again: FREQ=WEEKLY;BYDAY=TU, by the zone's clock",
    )
    parser.add_argument("--time-zone", metavar="ZONE", help="zone it was planned in (the page's)")
    reminders = parser.add_mutually_exclusive_group()
    reminders.add_argument(
        "--reminder", action="append", type=span, metavar="SPAN", help="before the start (24h and 1h); repeat for more"
    )
    reminders.add_argument("--no-reminders", action="store_true", help="remind nobody")
    parser.add_argument("--audience", metavar="RULE", help="whom it affects (default: affected, by the components)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--channel", action="append", metavar="NAME", help="email, inapp, social or social:<account>; repeat for more"
    )
    way.add_argument("--page-only", action="store_true", help="tell nobody but the page")
    parser.add_argument("--no-auto-start", action="store_true", help="a person starts it")
    parser.add_argument("--no-auto-complete", action="store_true", help="a person completes it")
    parser.add_argument("--still-works", action="append", metavar="TEXT", help="what keeps working")
    parser.add_argument("--what-to-do", action="append", metavar="TEXT", help="what customers should do before")
    parser.add_argument(
        "--untranslated-reason",
        default="",
        metavar="TEXT",
        help="why a required language is missing; audited",
    )
    parser.add_argument(
        "--emergency-reason", default="", metavar="TEXT", help="why customers hear of it later than the rule says"
    )


def _announce(args: Namespace) -> int:
    with workplace(args) as at:
        entry = _entry(at, args)
        warnings = desk.warnings(at.desk, entry, at.now)
        event = desk.announce(at.desk, entry, at.actor, at.now)
        for warning in warnings:
            complain(f"warning: {warning}")
        return _told(at, args, event, "announced")


def _entry(at: Workplace, args: Namespace) -> MaintenanceEntry:
    page = at.settings.page
    return MaintenanceEntry(
        name=words_of(args.name, page.languages, "--name"),
        body=words_of(args.body, page.languages, "--body"),
        scheduled_for=args.start,
        scheduled_until=args.until or args.start + args.length,
        component_ids=tuple(args.component or ()),
        kind=args.kind,
        time_zone=args.time_zone or page.time_zone,
        audience=args.audience,
        channels=channels_of(args),
        reminders=() if args.no_reminders else tuple(args.reminder or USUAL_REMINDERS),
        auto_start=not args.no_auto_start,
        auto_complete=not args.no_auto_complete,
        still_works=words_of(args.still_works, page.languages, "--still-works"),
        what_to_do=words_of(args.what_to_do, page.languages, "--what-to-do"),
        emergency_reason=args.emergency_reason,
        at_block=args.at_block,
        recurrence=args.recurrence,
        untranslated_reason=args.untranslated_reason,
    )


# --- run the window ---


def _moving(deed: Callable[..., Maintenance], said: str) -> Callable[[Namespace], int]:
    """A command that moves a window on with words of its own, or none."""

    def run(args: Namespace) -> int:
        with workplace(args) as at:
            event = maintenance.maintenance(at.desk.store, args.event)
            body = words_or_none(args.body, at.settings.page.languages, "--body")
            return _told(at, args, deed(at.desk, event.id, at.actor, at.now, body=body), said)

    return run


def _extend_arguments(parser: ArgumentParser) -> None:
    _about_with_words(parser)
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--until", type=moment, metavar="T", help="the new end")
    end.add_argument("--by", type=span, metavar="SPAN", help="this much later than the present end: 30m")


def _extend(args: Namespace) -> int:
    with workplace(args) as at:
        event = maintenance.maintenance(at.desk.store, args.event)
        until: datetime = args.until or event.scheduled_until + args.by
        body = words_or_none(args.body, at.settings.page.languages, "--body")
        return _told(at, args, desk.extend(at.desk, event.id, until, at.actor, at.now, body=body), "extended")


def _reschedule_arguments(parser: ArgumentParser) -> None:
    _about_with_words(parser)
    parser.add_argument("--from", dest="start", type=moment, required=True, metavar="T", help="the new start")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--until", type=moment, metavar="T", help="the new end (default: as long as before)")
    end.add_argument("--for", dest="length", type=span, metavar="SPAN", help="the new end, as a length")


def _reschedule(args: Namespace) -> int:
    with workplace(args) as at:
        event = maintenance.maintenance(at.desk.store, args.event)
        length = args.length or event.scheduled_until - event.scheduled_for
        until: datetime = args.until or args.start + length
        body = words_or_none(args.body, at.settings.page.languages, "--body")
        moved = desk.reschedule(at.desk, event.id, args.start, until, at.actor, at.now, body=body)
        return _told(at, args, moved, "rescheduled")


def _stop_repeating(args: Namespace) -> int:
    with workplace(args) as at:
        event = series.stop_repeating(at.desk, args.event, at.actor, at.now)
        if args.json:
            print_json(shapes.maintenance(event))
            return DONE
        say(f"{event.ref} does not come again. What is announced already stands; cancel it if it shall not take place.")
        return DONE


def _told(at: Workplace, args: Namespace, event: Maintenance, deed: str) -> int:
    if args.json:
        print_json(shapes.maintenance(event))
        return DONE
    name = in_language(event.name, at.settings.page.languages[0])
    say(f"{event.ref} {deed}: {name} ({event.state}), id {event.id}")
    say(f"From {when(event.scheduled_for)} to {when(event.scheduled_until)}.")
    if event.at_block is not None and event.state is WindowState.SCHEDULED:
        say(_expected(event.at_block))
    if event.series is not None and (following := event.series.following(at.now)) is not None:
        say(f"It comes again: the next one starts {when(following)}.")
    say(told_of(at.desk.store, event.id) if event.channels else PAGE_ONLY)
    return DONE


def _expected(at_block: AtBlock) -> str:
    expected = f"about {when(at_block.eta)} by its pace" if at_block.eta else "at a time that is not known yet"
    return f"It opens at block {at_block.height} of {at_block.chain}, {expected}."


# --- list, show ---


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="completed and cancelled ones of a year too")


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        store = at.desk.store
        found = maintenance.all_since(store, at.now - _LOOK_BACK) if args.all else maintenance.unfinished(store)
        if args.json:
            print_json([shapes.maintenance(each) for each in found])
        elif found:
            language = at.settings.page.languages[0]
            table(
                ("REF", "ID", "KIND", "STATUS", "FROM", "UNTIL", "NAME"),
                [
                    (
                        each.ref,
                        each.id,
                        each.kind.value,
                        each.state.value,
                        when(each.scheduled_for),
                        when(each.scheduled_until),
                        in_language(each.name, language),
                    )
                    for each in found
                ],
            )
        else:
            say("Nothing is planned.")
        return DONE


def _show(args: Namespace) -> int:
    with workplace(args) as at:
        event = maintenance.maintenance(at.desk.store, args.event)
        if args.json:
            print_json(shapes.maintenance(event))
            return DONE
        language = at.settings.page.languages[0]
        say(f"{event.ref} {in_language(event.name, language)} ({event.kind}, {event.state})")
        say(f"from {when(event.scheduled_for)} to {when(event.scheduled_until)}: {', '.join(event.component_ids)}")
        if event.at_block is not None:
            say(_expected(event.at_block))
        for update in event.updates:
            say(f"{when(update.created_at)} {update.state}, {update.created_by}: {in_language(update.body, language)}")
        return DONE


GROUP = Group(
    help="announce planned events and run their windows",
    commands={
        "announce": Command(
            help="put a planned event on the page, and tell whom it affects",
            add_arguments=_announce_arguments,
            run=_announce,
            has_json=True,
        ),
        "start": Command(
            help="the window opens now",
            add_arguments=_about_with_words,
            run=_moving(desk.start, "started"),
            has_json=True,
        ),
        "extend": Command(
            help="it takes longer; everybody who was told hears the new end",
            add_arguments=_extend_arguments,
            run=_extend,
            has_json=True,
        ),
        "reschedule": Command(
            help="it takes place at another time; everybody who was told hears the new one",
            add_arguments=_reschedule_arguments,
            run=_reschedule,
            has_json=True,
        ),
        "stop-repeating": Command(
            help="no more windows of its series are announced",
            add_arguments=_about,
            run=_stop_repeating,
            has_json=True,
        ),
        "complete": Command(
            help="it is done, early or in time",
            add_arguments=_about_with_words,
            run=_moving(desk.complete, "completed"),
            has_json=True,
        ),
        "cancel": Command(
            help="it will not take place",
            add_arguments=_about_with_words,
            run=_moving(desk.cancel, "cancelled"),
            has_json=True,
        ),
        "list": Command(help="what is planned or running", add_arguments=_list_arguments, run=_list, has_json=True),
        "show": Command(help="one planned event with its updates", add_arguments=_about, run=_show, has_json=True),
    },
)
