"""What is done again and again beside the delivery of notices, whatever one turn of it runs into."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from records.errors import StoreUnavailable

_log = logging.getLogger("forewarn.notifier")
_LOOK_SECONDS = 1.0


async def keep_doing(what: str, step: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
    """Until `stop`; at once again while `step` says that there is more, else after a moment. `what` is for the log."""
    while not stop.is_set():
        try:
            if await step():
                continue
        except StoreUnavailable as error:
            _log.warning("%s waits for the store: %s", what, error)
        # The edge of a loop: whatever one turn runs into, the next may be without, and silence would be worse.
        except Exception:  # noqa: BLE001
            _log.exception("%s went wrong and is tried again", what)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
