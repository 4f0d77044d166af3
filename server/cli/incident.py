"""`forewarn incident …`: declare, update and resolve from a terminal."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from records.components import Cause, in_language
from records.desk import incidents as desk
from records.desk.incidents import IncidentEntry, UpdateEntry
from records.desk.merging import merge_incidents
from records.desk.rewording import correct_words
from records.errors import NotFound
from records.incidents import Impact, Incident, Stage
from records.store import audience, incidents, lists, notices
from records.store.engine import Store
from server.api import shapes
from server.cli.command import DONE, Command, Group
from server.cli.incident_times import TIMES
from server.cli.output import print_json, say, table, when
from server.cli.values import component_status, moment_or_span, moment_or_span_ago, words_of, words_or_none
from server.cli.workplace import Workplace, workplace
from server.console.vocabulary import wait_words

PAGE_ONLY = "On the page only; nobody is written to."
_IN_LANGUAGES = "; fr=… for another language, - for standard input"


def _about(parser: ArgumentParser) -> None:
    parser.add_argument("incident", metavar="ID", help="its id, or INC-42")


def _facts(parser: ArgumentParser, *, is_new: bool) -> None:
    """What can be said of an incident when it is opened, and changed later."""
    parser.add_argument(
        "--name", action="append", required=is_new, metavar="TEXT", help="what customers notice" + _IN_LANGUAGES
    )
    parser.add_argument(
        "--body", action="append", required=True, metavar="TEXT", help="what there is to say now" + _IN_LANGUAGES
    )
    parser.add_argument(
        "--component",
        action="append",
        type=component_status,
        metavar="ID=STATUS",
        help="an affected component and its state; repeat for more",
    )
    parser.add_argument("--impact", type=Impact, choices=list(Impact), help="default: what the states amount to")
    parser.add_argument("--cause", type=Cause, choices=list(Cause), help="whose trouble it is (operational)")
    parser.add_argument("--still-works", action="append", metavar="TEXT", help="what still works")
    parser.add_argument("--funds", action="append", metavar="TEXT", help="the line on customers' money")
    parser.add_argument("--what-to-do", action="append", metavar="TEXT", help="what customers should do")
    parser.add_argument(
        "--next-update",
        type=moment_or_span,
        metavar="T",
        help="when we speak next: 30m or a time (default: by impact and stage)",
    )
    parser.add_argument(
        "--untranslated-reason",
        default="",
        metavar="TEXT",
        help="why a required language is missing; audited",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--channel", action="append", metavar="NAME", help="email, inapp, social or social:<account>; repeat for more"
    )
    way.add_argument("--page-only", action="store_true", help="tell nobody but the page")


def channels_of(args: Namespace) -> tuple[str, ...] | None:
    """What `--channel` and `--page-only` say; None: the usual ones."""
    if args.page_only:
        return ()
    return None if args.channel is None else tuple(args.channel)


# --- open ---


def _open_arguments(parser: ArgumentParser) -> None:
    _facts(parser, is_new=True)
    stages = [stage for stage in Stage if stage is not Stage.POSTMORTEM]
    parser.add_argument(
        "--status", type=Stage, choices=stages, default=Stage.INVESTIGATING, help="how far we are (investigating)"
    )
    parser.add_argument(
        "--audience", metavar="RULE", help="whom it affects, e.g. 'holds:ETH' (default: affected, by the components)"
    )
    parser.add_argument(
        "--started", type=moment_or_span_ago, metavar="T", help="when it began, if earlier: 15m ago is 15m"
    )
    parser.add_argument("--draft", action="store_true", help="keep it for operators; nobody is told")


def _open(args: Namespace) -> int:
    with workplace(args) as at:
        languages = at.settings.page.languages
        entry = IncidentEntry(
            name=words_of(args.name, languages, "--name"),
            body=words_of(args.body, languages, "--body"),
            statuses=dict(args.component or ()),
            impact=args.impact,
            stage=args.status,
            cause=args.cause or Cause.OPERATIONAL,
            audience=args.audience,
            channels=channels_of(args),
            publish=not args.draft,
            next_update_at=args.next_update,
            started_at=args.started,
            still_works=words_of(args.still_works, languages, "--still-works"),
            funds=words_of(args.funds, languages, "--funds"),
            what_to_do=words_of(args.what_to_do, languages, "--what-to-do"),
            untranslated_reason=args.untranslated_reason,
        )
        return _told(at, args, desk.open_incident(at.desk, entry, at.actor, at.now), "opened")


# --- update, resolve ---


def _update_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    _facts(parser, is_new=False)
    parser.add_argument("--status", type=Stage, choices=list(Stage), help="how far we are (default: as before)")


def _update(args: Namespace) -> int:
    with workplace(args) as at:
        before = incidents.incident(at.desk.store, args.incident)
        entry = replace(_update_entry(at, args), stage=args.status or before.stage)
        return _told(at, args, desk.update_incident(at.desk, before.id, entry, at.actor, at.now), "updated")


def _update_entry(at: Workplace, args: Namespace) -> UpdateEntry:
    languages = at.settings.page.languages
    return UpdateEntry(
        stage=Stage.INVESTIGATING,
        body=words_of(args.body, languages, "--body"),
        statuses=None if args.component is None else dict(args.component),
        impact=args.impact,
        name=words_or_none(args.name, languages, "--name"),
        cause=args.cause,
        still_works=words_or_none(args.still_works, languages, "--still-works"),
        funds=words_or_none(args.funds, languages, "--funds"),
        what_to_do=words_or_none(args.what_to_do, languages, "--what-to-do"),
        next_update_at=args.next_update,
        channels=channels_of(args),
        untranslated_reason=args.untranslated_reason,
    )


def _resolve_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--body", action="append", required=True, metavar="TEXT", help="how it ended" + _IN_LANGUAGES)
    parser.add_argument(
        "--override-reason", default="", metavar="TEXT", help="why it is over although checks still fail; audited"
    )
    parser.add_argument(
        "--untranslated-reason",
        default="",
        metavar="TEXT",
        help="why a required language is missing; audited",
    )


def _resolve(args: Namespace) -> int:
    with workplace(args) as at:
        before = incidents.incident(at.desk.store, args.incident)
        body = words_of(args.body, at.settings.page.languages, "--body")
        entry = UpdateEntry(
            stage=Stage.RESOLVED,
            body=body,
            override_reason=args.override_reason,
            untranslated_reason=args.untranslated_reason,
        )
        return _told(at, args, desk.update_incident(at.desk, before.id, entry, at.actor, at.now), "resolved")


def _correct_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--body", action="append", required=True, metavar="TEXT", help="what is right" + _IN_LANGUAGES)
    parser.add_argument(
        "--update", type=int, metavar="N", help="which update was wrong, the first is 1 (default: the newest)"
    )
    parser.add_argument("--quiet", action="store_true", help="the page only; those who were told do not hear it")


def _correct(args: Namespace) -> int:
    with workplace(args) as at:
        before = incidents.incident(at.desk.store, args.incident)
        number = args.update or len(before.updates)
        if not 1 <= number <= len(before.updates):
            raise NotFound(f"{before.ref} has no update {number}; it has {len(before.updates)}.")
        wrong = before.updates[number - 1]
        body = words_of(args.body, at.settings.page.languages, "--body")
        done = correct_words(at.desk, before.id, wrong.id, body, at.actor, at.now, tell=not args.quiet)
        return _told(at, args, done, f"update {number} corrected")


def _merge_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--into", required=True, metavar="ID", help="the incident under which it goes on")


def _merge(args: Namespace) -> int:
    from server.words import goes_on

    with workplace(args) as at:
        gone = incidents.incident(at.desk.store, args.incident)
        other = incidents.incident(at.desk.store, args.into)
        merged = merge_incidents(at.desk, gone.id, other.id, goes_on(other.ref), at.actor, at.now)
        return _told(at, args, merged, f"took {gone.ref} over")


# --- drafts ---


def _publish(args: Namespace) -> int:
    with workplace(args) as at:
        draft = incidents.incident(at.desk.store, args.incident)
        return _told(at, args, desk.publish_incident(at.desk, draft.id, at.actor, at.now), "published")


def _discard_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it is no incident; audited")


def _discard(args: Namespace) -> int:
    with workplace(args) as at:
        draft = incidents.incident(at.desk.store, args.incident)
        gone = desk.discard_incident(at.desk, draft.id, at.actor, at.now, reason=args.reason)
        return _told(at, args, gone, "discarded")


def _told(at: Workplace, args: Namespace, incident: Incident, deed: str) -> int:
    """The record as it is now, or one line on what was done and who hears of it."""
    if args.json:
        print_json(shapes.incident(incident))
        return DONE
    name = in_language(incident.name, at.settings.page.languages[0])
    say(f"{incident.ref} {deed}: {name} ({incident.stage}, {incident.impact}), id {incident.id}")
    if incident.is_draft:
        say(f"It is a draft; `forewarn incident publish {incident.ref}` shows it to the public.")
    elif incident.discarded_at is None:
        say(told_of(at.desk.store, incident.id) if incident.channels else PAGE_ONLY)
        if incident.next_update_at is not None:
            say(f"We promised to speak next at {when(incident.next_update_at)}.")
    return DONE


def told_of(store: Store, subject_id: str) -> str:
    """Whom the newest words about an incident or planned event go to, in one line."""
    newest = notices.notices(store, subject_id=subject_id, limit=1)
    if not newest:
        return PAGE_ONLY
    if newest[0].is_waiting and newest[0].wait is not None:
        verb = "send-now" if newest[0].wait.until else "approve"
        return f"Notice {newest[0].id} {wait_words(newest[0].wait)}; `forewarn notice {verb} {newest[0].id}` sends it."
    total = audience.count(store, newest[0].audience_rule)
    return f"Goes to {total} customers ({newest[0].audience_rule}), by {', '.join(newest[0].channels)}."


# --- list, show ---


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="resolved and discarded ones too, the newest 100")


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        store = at.desk.store
        found = (
            lists.incidents_before(store, lists.FIRST, limit=100)
            if args.all
            else [*incidents.drafts(store), *incidents.open_incidents(store)]
        )
        if args.json:
            print_json([shapes.incident(each) for each in found])
        elif found:
            language = at.settings.page.languages[0]
            table(
                ("REF", "ID", "STATUS", "IMPACT", "STARTED", "NEXT UPDATE", "NAME"),
                [
                    (
                        each.ref,
                        each.id,
                        "draft" if each.is_draft else "discarded" if each.discarded_at else each.stage.value,
                        each.impact.value,
                        when(each.started_at),
                        when(each.next_update_at) + (" OVERDUE" if each.is_overdue(at.now) else ""),
                        in_language(each.name, language),
                    )
                    for each in found
                ],
            )
        else:
            say("There are no incidents." if args.all else "There are no open incidents and no drafts.")
        return DONE


def _show(args: Namespace) -> int:
    with workplace(args) as at:
        incident = incidents.incident(at.desk.store, args.incident)
        if args.json:
            print_json(shapes.incident(incident))
            return DONE
        language = at.settings.page.languages[0]
        say(f"{incident.ref} {in_language(incident.name, language)} ({incident.stage}, {incident.impact})")
        say(f"started {when(incident.started_at)}, next update {when(incident.next_update_at)}")
        for name, status in sorted(incident.statuses.items()):
            say(f"  {name}: {status}")
        for update in incident.updates:
            say(f"{when(update.display_at)} {update.stage}, {update.created_by}: {in_language(update.body, language)}")
        return DONE


GROUP = Group(
    help="open, update and resolve incidents",
    commands={
        "open": Command(
            help="declare something wrong, and tell whom it affects",
            add_arguments=_open_arguments,
            run=_open,
            has_json=True,
        ),
        "update": Command(help="say what changed", add_arguments=_update_arguments, run=_update, has_json=True),
        "publish": Command(
            help="show a draft to the public, and tell whom it affects",
            add_arguments=_about,
            run=_publish,
            has_json=True,
        ),
        "discard": Command(
            help="say of a draft that it is no incident", add_arguments=_discard_arguments, run=_discard, has_json=True
        ),
        "resolve": Command(
            help="say that it is over, to everyone who heard of it",
            add_arguments=_resolve_arguments,
            run=_resolve,
            has_json=True,
        ),
        "correct": Command(
            help="say what is right where we said something wrong, to everyone who was told",
            add_arguments=_correct_arguments,
            run=_correct,
            has_json=True,
        ),
        "times": TIMES,
        "merge": Command(
            help="let it go on under another, because it is the same trouble",
            add_arguments=_merge_arguments,
            run=_merge,
            has_json=True,
        ),
        "list": Command(help="open incidents and drafts", add_arguments=_list_arguments, run=_list, has_json=True),
        "show": Command(help="one incident with its updates", add_arguments=_about, run=_show, has_json=True),
    },
)
