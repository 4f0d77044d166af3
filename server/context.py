"""What every handler works with: the desk, the settings, a clock, and a way to call the store in threads."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from starlette.requests import HTTPConnection

from records.desk.desk import Desk
from records.errors import InTheWay
from records.times import now_utc
from server.config import Settings
from server.single_sign_on.provider import Discovered
from server.streams import Streams
from statuspage.hands import TargetState

P = ParamSpec("P")
T = TypeVar("T")

#: More threads would only wait for the same lock.
_THREADS = 4
#: Deeds that stood in each other's way are done again, so often at most.
_TRIES = 4


@dataclass(frozen=True, kw_only=True)
class Context:
    """One per process; handlers get it with `context_of(request)`."""

    desk: Desk
    settings: Settings
    #: Ours, so that tests own the clock.
    now: Callable[[], datetime] = now_utc
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_THREADS))
    #: The wallet's apps that listen to this process.
    streams: Streams = field(default_factory=Streams)
    #: Boards that are open in this process, by the hash of their session.
    boards: Streams = field(default_factory=Streams)
    #: What this process knows of the identity provider.
    discovered: Discovered = field(default_factory=Discovered)

    @property
    def desk_by_hand(self) -> Desk:
        """The desk for what people post in the console: for a few seconds they can take it back."""
        return self.desk.holding(self.settings.access.approvals.hold)

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a deed or a read of the store in a thread: a write may wait for the lock, and the loop must not.

        What stood in another change's way was undone whole, and is done again: nobody should have to ask twice for it.
        """
        return await to_thread.run_sync(lambda: _done(lambda: function(*args, **kwargs)), limiter=self.limiter)


def _done(work: Callable[[], T]) -> T:
    for _ in range(_TRIES - 1):
        with suppress(InTheWay):
            return work()
    return work()


def targets_of_app(connection: HTTPConnection) -> Sequence[TargetState]:
    """How far each place is that this process writes the public page to."""
    return cast(Sequence[TargetState], getattr(connection.app.state, "targets", tuple)())


def context_of(connection: HTTPConnection) -> Context:
    """The context of the app that serves this request."""
    return cast(Context, connection.app.state.context)
