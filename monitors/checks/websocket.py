"""Look at a websocket: does it open, and does what is expected come over it."""

from monitors.checks.http import compare_body, request_of
from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.client import Answer, CouldNotSee
from monitors.wishes import WebsocketWish
from records.observations import Observation


async def look(target: Target, tools: Tools) -> Observation:
    """Opens it, says what is to be said, and waits for a message that is as expected, if one is."""
    wish = target.wish if isinstance(target.wish, WebsocketWish) else WebsocketWish()
    expect = target.expect
    wants_message = expect.contains is not None or bool(expect.json)

    def is_wanted(answer: Answer) -> bool:
        try:
            compare_body(answer, expect)
        except CouldNotSee:
            # Not this one: a feed sends much besides.
            return False
        return True

    try:
        latency_ms = await tools.client.listen(
            request_of(target), say=wish.send, is_wanted=is_wanted if wants_message else None
        )
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    return saw(target, tools, {}, latency_ms=latency_ms)
