"""`forewarn notice …`: what goes out in which words, and how far each notice has come."""

from argparse import ArgumentParser, Namespace

from records.desk.approvals import approve_notice, decline_notice, send_now
from records.desk.notices import cancel_notice
from records.desk.trials import try_out
from records.errors import NotFound
from records.notices import Notice
from records.store import incidents, lists, maintenance, notices, unreached
from records.store.engine import Store
from records.store.notices import NoticeStatus
from records.store.people import audit
from records.store.unreached import Unreached
from server.api import shapes_people
from server.cli.command import DONE, Command, Group
from server.cli.output import print_json, say, table, when
from server.cli.workplace import workplace
from server.console.vocabulary import wait_words


def _about(parser: ArgumentParser) -> None:
    parser.add_argument("notice", metavar="ID", help="its id; INC-42 or MNT-7 means the newest notice about that")


def _named(store: Store, name: str) -> Notice:
    """The notice of this id, or the newest about an incident or planned event. Raises NotFound."""
    subject_id = name
    if name.upper().startswith("INC-"):
        subject_id = incidents.incident(store, name).id
    elif name.upper().startswith("MNT-"):
        subject_id = maintenance.maintenance(store, name).id
    found = notices.notices(store, subject_id=subject_id, limit=1)
    if found:
        return found[0]
    if subject_id != name:
        raise NotFound(f"Nobody but the page was told of {name}.")
    return notices.notice(store, name)


# --- preview ---


def _preview_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument(
        "--language", action="append", metavar="CODE", help="show only this one; repeat for more (all of the page's)"
    )


def _preview(args: Namespace) -> int:
    from notifier.compose import preview, preview_for_subscribers
    from notifier.posts import drafts
    from server.posting import ways_of
    from server.wiring import house_of

    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        languages = args.language or at.settings.page.languages
        shown = preview(at.desk.store, notice, house_of(at.settings), languages)
        followers = preview_for_subscribers(at.desk.store, notice, house_of(at.settings), languages)
        posts = drafts(at.desk.store, notice, house_of(at.settings), ways_of(at.settings))
    if args.json:
        texts = {language: {**message.forms, "sha256": message.sha256} for language, message in shown.messages.items()}
        findings = [
            {"language": each.language, "where": each.where, "message": each.message, "hint": each.hint}
            for each in shown.findings
        ]
        others = {language: {**each.forms, "sha256": each.sha256} for language, each in followers.items()}
        public = [{"channel": each.channel, "language": each.way.language, "text": each.text} for each in posts]
        document = {"id": notice.id, "version": notice.version, "texts": texts, "subscribers": others, "posts": public}
        print_json({**document, "findings": findings})
        return DONE
    for language, message in shown.messages.items():
        say(f"=== {language}: {message.subject}")
        say(message.body_text)
        say(f"--- short form\n{message.short}\n")
        say(f"--- to subscribers\n{followers[language].body_text}")
    for post in posts:
        counted = f"{post.measured} of {post.way.manner.limit}"
        say(f"=== {post.channel} ({post.way.manner.service}, {post.way.language}, {counted})\n{post.text}\n")
    for finding in shown.findings:
        say(f"look again at {finding.where} ({finding.language}): {finding.message}. {finding.hint}")
    return DONE


# --- status ---


def _status_arguments(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "notice", nargs="?", metavar="ID", help="its id; INC-42 or MNT-7 means the newest notice about that"
    )
    which.add_argument("--all", action="store_true", help="every notice, newest first")


def _status(args: Namespace) -> int:
    with workplace(args) as at:
        store = at.desk.store
        wanted = _every(store) if args.all else [_named(store, args.notice)]
        found = [notices.status(store, each.id) for each in wanted]
    if args.json:
        documents = [shapes_people.notice_status(each) for each in found]
        print_json(documents if args.all else documents[0])
    elif args.all:
        _print_all(wanted, found)
    else:
        _print_one(wanted[0], found[0])
    return DONE


def _every(store: Store) -> list[Notice]:
    found, before = list[Notice](), lists.FIRST
    while page := lists.notices_before(store, before, limit=500):
        found += page
        before = page[-1].id
    return found


def _print_one(notice: Notice, status: NoticeStatus) -> None:
    say(f"{notice.id} {notice.kind} ({notice.state}), audience {status.audience}")
    if notice.wait is not None and notice.is_waiting:
        say(f"It {wait_words(notice.wait)}, since {when(notice.wait.since)}.")
        return
    rows = [("people", status.people), *status.channels.items(), *status.subscribers.items()]
    table(
        ("", "QUEUED", "SENT", "FAILED", "SUPPRESSED"),
        [(name, each.queued, each.sent, each.failed, each.suppressed) for name, each in rows],
    )
    if (rest := status.resting) is not None:
        until = (
            when(rest.first_at) if rest.first_at == rest.last_at else f"{when(rest.first_at)} to {when(rest.last_at)}"
        )
        say(f"Of those queued, {rest.count} wait for the end of quiet hours: {until}.")
    if status.bounced:
        say(f"Of those sent, {status.bounced} came back and nothing else came; {status.not_reached} were not reached.")
    sums = "The sums match the audience." if status.sums_match else "The sums do not match the audience (yet)."
    say(f"{sums} {'Complete.' if status.complete else 'Not complete.'}")


def _print_all(wanted: list[Notice], found: list[NoticeStatus]) -> None:
    if not found:
        say("There are no notices.")
        return
    table(
        ("ID", "KIND", "STATE", "AUDIENCE", "QUEUED", "SENT", "FAILED", "SUPPRESSED", "COMPLETE"),
        [
            (
                notice.id,
                notice.kind.value,
                notice.state.value,
                status.audience,
                status.people.queued,
                status.people.sent,
                status.people.failed,
                status.people.suppressed,
                "yes" if status.complete else "no",
            )
            for notice, status in zip(wanted, found, strict=True)
        ],
    )


# --- unreached ---


def _unreached(args: Namespace) -> int:
    with workplace(args) as at:
        store = at.desk.store
        notice = _named(store, args.notice)
        found, after = list[Unreached](), -1
        while page := unreached.not_reached(store, notice.id, notice.version, after=after, limit=500):
            found += page
            after = page[-1].customer_id
        audit(store, at.actor.name, "customer.list", f"notice:{notice.id}", at.now, rows=len(found))
    if args.json:
        print_json([{"external_id": one.external_id, "why": list(one.why)} for one in found])
    elif not found:
        say("Every customer was reached, or something still waits for them.")
    else:
        table(("CUSTOMER", "WHY"), [(one.external_id, "; ".join(one.why)) for one in found])
    return DONE


# --- approve, decline ---


def _approve_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument(
        "--break-glass", default="", metavar="REASON", help="say the second yes to your own notice; audited"
    )


def _approve(args: Namespace) -> int:
    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        done = approve_notice(at.desk, notice.id, at.actor, at.now, break_glass=args.break_glass)
        if args.json:
            print_json(shapes_people.notice(done, notices.status(at.desk.store, done.id), {}))
            return DONE
        customers = done.wait.customers if done.wait else 0
        say(f"Notice {done.id} is on its way to {customers:,} customers, by {', '.join(done.channels)}.")
    return DONE


def _decline_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why nobody shall hear it; audited")


def _decline(args: Namespace) -> int:
    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        decline_notice(at.desk, notice.id, at.actor, at.now, reason=args.reason)
    say(f"Notice {notice.id} is declined; nobody hears it.")
    return DONE


# --- send-now ---


def _send_now(args: Namespace) -> int:
    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        done = send_now(at.desk, notice.id, at.actor, at.now)
        if args.json:
            print_json(shapes_people.notice(done, notices.status(at.desk.store, done.id), {}))
        elif notice.has_left:
            say(f"Notice {done.id} has left already.")
        else:
            say(f"Notice {done.id} leaves now, by {', '.join(done.channels)}.")
    return DONE


# --- test ---


def _test_arguments(parser: ArgumentParser) -> None:
    _about(parser)
    parser.add_argument("--to", metavar="NAME", required=True, help="who gets it: somebody with a login and an address")
    parser.add_argument(
        "--language", action="append", metavar="CODE", help="send only this one; repeat for more (all of the page's)"
    )


def _test(args: Namespace) -> int:
    from notifier.compose import preview
    from server.wiring import house_of

    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        languages = args.language or at.settings.page.languages
        shown = preview(at.desk.store, notice, house_of(at.settings), languages)
        words = {code: message.forms for code, message in shown.messages.items()}
        address = try_out(at.desk, args.to, notice.id, words, at.actor, at.now)
    if args.json:
        print_json({"notice_id": notice.id, "to": args.to, "languages": list(words)})
    else:
        say(f"On its way to {address} as a test, in {', '.join(words)}; a running notifier sends it.")
    return DONE


# --- cancel ---


def _cancel(args: Namespace) -> int:
    with workplace(args) as at:
        notice = _named(at.desk.store, args.notice)
        stopped = cancel_notice(at.desk, notice.id, at.actor.name, at.now)
    say(f"Notice {notice.id} is cancelled; {stopped} deliveries were not sent.")
    return DONE


GROUP = Group(
    help="what goes out in which words, and how far it has come",
    commands={
        "preview": Command(
            help="the words of a notice per language, exactly as they go out",
            add_arguments=_preview_arguments,
            run=_preview,
            has_json=True,
        ),
        "status": Command(
            help="counts queued, sent, failed, suppressed by channel, and whether the sums match",
            add_arguments=_status_arguments,
            run=_status,
            has_json=True,
        ),
        "unreached": Command(
            help="customers whom no channel reached, by reference, and why; the list is audited",
            add_arguments=_about,
            run=_unreached,
            has_json=True,
        ),
        "approve": Command(
            help="say yes to a notice that waits for one, and send it",
            add_arguments=_approve_arguments,
            run=_approve,
            has_json=True,
        ),
        "decline": Command(
            help="say no to a notice that waits for a yes: nobody hears it",
            add_arguments=_decline_arguments,
            run=_decline,
        ),
        "send-now": Command(
            help="let a notice go at once that would leave by itself a little later",
            add_arguments=_about,
            run=_send_now,
            has_json=True,
        ),
        "test": Command(
            help="send its words to somebody who works here, marked as a test",
            add_arguments=_test_arguments,
            run=_test,
            has_json=True,
        ),
        "cancel": Command(
            help="stop a notice: whatever nobody has begun to send is not sent", add_arguments=_about, run=_cancel
        ),
    },
)
