"""Permits: how many sends may be out at once, and for whom some are kept."""

import asyncio

from notifier.scribe import PERMITS, Scribe
from records.throttles import Limits
from records.times import now_utc


def scribe(store):
    async def call(function, *args, **options):
        return function(*args, **options)

    return Scribe(store, call, now_utc, Limits(bucket="email"), concurrency=16)


async def taken(scribe, *, is_urgent):
    """How many may begin before somebody has to wait."""
    count = 0
    while True:
        waiting = asyncio.ensure_future(scribe.permit(is_urgent=is_urgent))
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            return count
        count += 1


async def test_a_quarter_of_the_permits_is_kept_for_urgent_messages(store):
    permits = scribe(store)
    assert await taken(permits, is_urgent=False) == PERMITS * 3 // 4
    assert await taken(permits, is_urgent=True) == PERMITS // 4


async def test_a_permit_given_back_goes_to_the_urgent_one_that_waits(store):
    permits = scribe(store)
    await taken(permits, is_urgent=True)
    normal = asyncio.ensure_future(permits.permit(is_urgent=False))
    urgent = asyncio.ensure_future(permits.permit(is_urgent=True))
    await asyncio.sleep(0)
    permits.give_back()
    async with asyncio.timeout(10):
        await urgent
    assert not normal.done()
    normal.cancel()
