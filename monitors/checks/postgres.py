"""Look at a PostgreSQL: does it answer a question, and with which number."""

import time

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.client import CouldNotSee
from monitors.stream import ms_since
from monitors.wishes import PostgresWish
from records.observations import Observation, Seen
from records.store.probe import NoAnswer, Refusal, ask_number

_WORDS = {
    Refusal.UNREACHABLE: (Seen.TRANSPORT, "the connection failed"),
    Refusal.REFUSED: (Seen.TRANSPORT, "the connection was refused"),
    Refusal.LOGIN: (Seen.AUTH, "it refuses our login, or what we ask for"),
    Refusal.STARTING: (Seen.WARMING, "it is starting or shutting down"),
    Refusal.FULL: (Seen.OVERLOADED, "it has no connection left"),
    Refusal.QUERY: (Seen.RPC_ERROR, "it cannot execute the query"),
}


async def look(target: Target, tools: Tools) -> Observation:
    """One connection, one read-only statement. The address is `postgresql://…`."""
    wish = target.wish if isinstance(target.wish, PostgresWish) else PostgresWish()
    begun = time.monotonic()
    try:
        value = await _ask(target, wish.query)
    except CouldNotSee as error:
        error.latency_ms = ms_since(begun)
        return could_not_see(target, tools, error)
    return saw(target, tools, {"value": value}, latency_ms=ms_since(begun))


async def _ask(target: Target, query: str) -> float:
    try:
        value = await ask_number(target.url, query, target.deadline_seconds)
    except TimeoutError:
        raise CouldNotSee(Seen.TRANSPORT, "no whole answer in time") from None
    except NoAnswer as error:
        seen, words = _WORDS[error.refusal]
        raise CouldNotSee(seen, words, refused=error.refusal is Refusal.REFUSED) from None
    if value is None:
        # A standby that has replayed nothing yet says NULL: never observed is not 0 behind.
        raise CouldNotSee(Seen.UNSUPPORTED, "the query gives no number")
    return value
