"""The parts of the house as tasks: each runs until its stop event is set, and drains."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from monitors.client import Client
from monitors.watch import Watch
from notifier.changes import Changes
from notifier.courier import Courier
from notifier.letters import Letters
from notifier.trials import Trials
from records.errors import StoreUnavailable
from records.store import meta, subscribers
from records.subscribers import SubscriberKind
from server.alarms import Told
from server.bounces import mailbox_of, watch_mailbox
from server.bridge import Bridge
from server.config.monitors import monitors_of, recovery_times
from server.context import Context
from server.crm import begin_to_tell
from server.doubt import Doubt
from server.leases import while_holding
from server.pacing import limits_of
from server.posting import ways_of
from server.shares import Shares
from server.subscriptions.envelopes import Envelopes
from server.subscriptions.links import Links
from server.targets import targets_of
from server.timekeeper import Timekeeper
from server.wiring import channels_of, house_of, mail_secret, page_of
from statuspage.publisher import Publisher

_PULSE_SECONDS = 5.0
_log = structlog.get_logger(__name__)


class Parts:
    """What this process can run."""

    def __init__(self, context: Context, holder: str) -> None:
        self._context = context
        self._holder = holder

    async def clock(self, stop: asyncio.Event) -> None:
        """Windows, reminders, silence; and those who run the house hear of what calls for them."""
        told = Told(self._context, await self._context.call(mail_secret, self._context))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(Timekeeper(self._context, self._holder).run(stop))
                tasks.create_task(told.alarms(self._context).run(stop))
        finally:
            await told.close()

    async def monitors(self, stop: asyncio.Event) -> None:
        """Look at this process's share of everything that is watched."""
        watched = monitors_of(self._context.settings)
        shares = Shares(self._context, self._holder, [monitor.id for monitor in watched])
        bridge = Bridge(self._context, recovery_times(self._context.settings), shares.token, holder=self._holder)
        async with Client() as client:
            watch = Watch(
                monitors=watched,
                client=client,
                load_state=bridge.load_state,
                on_round=bridge.on_round,
                inbox=bridge.inbox,
                claim=shares.look,
                now=self._context.now,
            )
            drained, doubt = asyncio.Event(), Doubt(watch)
            sharing = asyncio.gather(shares.run(drained, doubt.sees), doubt.run(drained))
            try:
                await self._alive("monitors", watch.run, stop)
            finally:
                drained.set()
                await sharing

    async def notifier(self, stop: asyncio.Event, leaving: asyncio.Event | None = None) -> None:
        """Carry notices to people until `stop`; `leaving` says that the process itself ends."""
        context, store = self._context, self._context.desk.store
        secret = await context.call(mail_secret, context)
        channels, house = channels_of(context.settings, secret), house_of(context.settings)
        links = Links(await context.call(subscribers.key, store), house.url)
        envelopes = Envelopes(store, page_of(context.settings), context.now)
        limits = limits_of(context.settings)
        courier = Courier(
            store,
            channels,
            house,
            ways=ways_of(context.settings),
            default_language=context.desk.default_language,
            unsubscribe_url=links.unsubscribe_url,
            token=links.token,
            envelope=envelopes.of_notice,
            limits=limits,
            quiet=context.settings.notices.quiet(context.settings.page.time_zone),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(courier.run(stop, leaving))
            if "email" in channels:
                letters = Letters(
                    store,
                    channels["email"],
                    house,
                    token=links.manage_token,
                    resume_token=links.resume_token,
                    call=context.call,
                    limits=limits["email"],
                    clock=context.now,
                )
                tasks.create_task(letters.run(stop))
                tests = Trials(store, channels["email"], call=context.call, clock=context.now)
                tasks.create_task(tests.run(stop))
            if SubscriberKind.WEBHOOK.channel in channels:
                changes = Changes(
                    store,
                    channels[SubscriberKind.WEBHOOK.channel],
                    compose=envelopes.of_change,
                    unsubscribe_url=links.leave_url,
                    call=context.call,
                    clock=context.now,
                )
                tasks.create_task(changes.run(stop))
            if (push := await context.call(begin_to_tell, context)) is not None:
                tasks.create_task(while_holding(context, "crm", self._holder, push.run, stop))
            if (work := self._mailbox()) is not None:
                tasks.create_task(while_holding(context, "bounces", self._holder, work, stop))

    def _mailbox(self) -> Callable[[asyncio.Event], Awaitable[None]] | None:
        """Reading what came back, where there is a mailbox for it."""
        smtp = self._context.settings.smtp
        bounces = smtp.bounces if smtp is not None else None
        mailbox = mailbox_of(bounces)
        if bounces is None or mailbox is None:
            return None
        return partial(watch_mailbox, self._context, mailbox, bounces.every.total_seconds())

    async def _alive(self, part: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        """Run `work` and say every few seconds that this part lives."""
        pulse = asyncio.create_task(self._pulse(part))
        try:
            await work(stop)
        finally:
            pulse.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pulse

    async def _pulse(self, part: str) -> None:
        while True:
            try:
                await self._context.call(meta.beat, self._context.desk.store, part, self._holder, self._context.now())
            except StoreUnavailable as error:
                _log.warning("store_unavailable", part=part, why=str(error))
            await asyncio.sleep(_PULSE_SECONDS)

    def publisher(self) -> Publisher:
        """The page in memory, and the places it is written to."""
        settings, desk = self._context.settings, self._context.desk
        return Publisher(
            desk.store, page_of(settings), targets_of(settings.publish), self._context.now, desk.signing_key
        )

    async def publish(self, publisher: Publisher, stop: asyncio.Event) -> None:
        """Keep the page true, in a thread of its own: rendering must not hold up requests."""
        stop_thread = threading.Event()
        thread = asyncio.create_task(asyncio.to_thread(publisher.run, stop_thread))
        pulse = asyncio.create_task(self._pulse("web"))
        try:
            await stop.wait()
        finally:
            pulse.cancel()
            stop_thread.set()
            await thread
