"""`forewarn alarms …`: what calls for a person, and whether those who should hear of it would."""

import asyncio
from argparse import ArgumentParser, Namespace

from notifier.alarms import Receiver, shape_of
from notifier.channels.contract import ChannelError
from records.alarms import Alarm, AlarmKind, Call, Concern, Phase
from records.errors import Fault, Invalid
from records.ids import new_id
from records.store import alarms
from server.cli.command import DONE, FAILED, Command, Group, no_arguments
from server.cli.output import one_line, print_json, say, table, when
from server.cli.workplace import Workplace, workplace

_TEST_SECONDS = 60.0


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="those that are over, too: the last fifty")


def _list(args: Namespace) -> int:
    with workplace(args) as at:
        found = alarms.newest(at.desk.store) if args.all else alarms.standing(at.desk.store)
    if args.json:
        print_json([shape_of(one, Phase.RAISED if one.ended_at is None else Phase.OVER) for one in found])
    elif not found:
        say("Nothing calls for anybody.")
    else:
        rows = [(one.concern.kind, when(one.raised_at), when(one.ended_at), one.concern.said) for one in found]
        table(("ALARM", "RAISED", "OVER", "SAID"), rows)
    return DONE


def _test(args: Namespace) -> int:
    with workplace(args) as at:
        results = asyncio.run(_told(at))
    if args.json:
        print_json([{"receiver": name, "told": not error, "error": error} for name, error in results.items()])
    for name, error in results.items() if not args.json else ():
        say(one_line(f"{name}: {error or 'told'}"))
    return FAILED if any(results.values()) else DONE


async def _told(at: Workplace) -> dict[str, str]:
    """What went wrong for each receiver; empty where it was told. Raises Invalid where nobody would be."""
    # Here and not above: the web's context and all channels are needed by this one command alone.
    from server.alarms import Told
    from server.context import Context
    from server.wiring import mail_secret

    context = Context(desk=at.desk, settings=at.settings)
    told = Told(context, mail_secret(context))
    if not told.receivers:
        hint = "name mailboxes, rooms or webhooks there"
        raise Invalid(Fault(path="alarms", message="nobody is told of alarms", hint=hint))
    concern = Concern(
        kind=AlarmKind.TEST,
        subject=at.actor.name,
        said=f"This is a test by {at.actor.name}: alarms of this installation arrive here.",
        hint="nothing",
        since=at.now,
    )
    alarm = Alarm(id=new_id(), concern=concern, raised_at=at.now)
    try:
        answers = await asyncio.gather(*(_tell(one, name, alarm) for name, one in told.receivers.items()))
    finally:
        await told.close()
    return dict(zip(told.receivers, answers, strict=True))


async def _tell(receiver: Receiver, name: str, alarm: Alarm) -> str:
    try:
        async with asyncio.timeout(_TEST_SECONDS):
            await receiver.tell(Call(alarm=alarm, phase=Phase.RAISED, receiver=name, attempts=0))
    except (ChannelError, TimeoutError) as error:
        return str(error) or "no answer"
    return ""


GROUP = Group(
    help="what calls for a person, and who is told",
    commands={
        "list": Command(help="alarms that are not over", add_arguments=_list_arguments, run=_list, has_json=True),
        "test": Command(
            help="tell everybody under alarms in the settings of a test, now, and say who took it",
            add_arguments=no_arguments,
            run=_test,
            has_json=True,
        ),
    },
)
