"""Look at a Redis: does it answer, and how much waits in it. RESP is spoken by hand: four kinds of reply are all."""

import math
import time

from monitors.checks.target import Target, Tools, could_not_see, saw
from monitors.checks.tcp import split_address
from monitors.client import CouldNotSee
from monitors.stream import Stream, context_of, ms_since, talk
from monitors.wishes import RedisWish
from records.observations import Observation, Seen

#: INFO has a few kilobytes.
_REPLY_CAP_BYTES = 1 << 18

#: First word of an error, and what it means to us.
_ERRORS = {
    "NOAUTH": (Seen.AUTH, "it wants a password"),
    "WRONGPASS": (Seen.AUTH, "it refuses our password"),
    "NOPERM": (Seen.AUTH, "our user may not ask this"),
    "LOADING": (Seen.WARMING, "it is loading its data"),
    "BUSY": (Seen.OVERLOADED, "it is busy with a script"),
    "MASTERDOWN": (Seen.OVERLOADED, "it has lost its master"),
    "OOM": (Seen.OVERLOADED, "it is out of memory"),
}


async def look(target: Target, tools: Tools) -> Observation:
    """AUTH if there is a password, PING, and what else is measured, in one go. The address is `host:port`."""
    wish = target.wish if isinstance(target.wish, RedisWish) else RedisWish()
    begun = time.monotonic()
    try:
        value = await _ask(target, wish)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    return saw(target, tools, {} if value is None else {"value": value}, latency_ms=ms_since(begun))


async def _ask(target: Target, wish: RedisWish) -> float | None:
    """The measured number, if one is wanted."""
    host, port = split_address(target.url)
    questions = _questions(target, wish)
    context = context_of(wish.tls) if wish.tls is not None else None
    name = wish.tls.server_name if wish.tls is not None else None
    async with talk(
        host, port, deadline_seconds=target.deadline_seconds, context=context, server_name=name
    ) as connection:
        await connection.send(b"".join(_encoded(question) for question in questions))
        replies = {question[0]: await _reply(connection) for question in questions}
    if replies["PING"] != b"PONG":
        raise CouldNotSee(Seen.GARBAGE, "it answers PING with something else")
    if "LLEN" in replies:
        return _number(replies["LLEN"])
    return _number(_field(replies["INFO"], wish.info or "")) if "INFO" in replies else None


def _questions(target: Target, wish: RedisWish) -> list[list[str]]:
    questions = [["PING"]]
    if target.password is not None:
        questions.insert(0, ["AUTH", *([target.user] if target.user else []), target.password])
    if wish.list is not None:
        questions.append(["LLEN", wish.list])
    elif wish.info is not None:
        questions.append(["INFO"])
    return questions


def _encoded(words: list[str]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


async def _reply(connection: Stream) -> bytes:
    """The next reply, as bytes. Raises CouldNotSee for an error or for what is no reply."""
    line = await connection.line()
    mark, rest = line[:1], line[1:]
    if mark in (b"+", b":"):
        return rest
    if mark == b"-":
        raise _error(rest.decode("ascii", "replace"))
    if mark == b"$" and rest.isdigit() and int(rest[:9]) <= _REPLY_CAP_BYTES:
        content = await connection.exactly(int(rest))
        await connection.exactly(2)
        return content
    raise CouldNotSee(Seen.GARBAGE, "the answer is not Redis")


def _error(text: str) -> CouldNotSee:
    word = text.partition(" ")[0]
    if "invalid password" in text or "AUTH" in text:
        # Redis before 6, or one that has no password at all.
        return CouldNotSee(Seen.AUTH, "it refuses our password") if word == "ERR" else CouldNotSee(*_ERRORS["NOAUTH"])
    return CouldNotSee(*_ERRORS.get(word, (Seen.RPC_ERROR, "it answers with an error")))


def _field(info: bytes, name: str) -> bytes | None:
    """The value of one line of INFO, `name:value`."""
    lines = (line.partition(b":") for line in info.splitlines())
    return next((value for key, _, value in lines if key == name.encode()), None)


def _number(text: bytes | None) -> float:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CouldNotSee(Seen.UNSUPPORTED, "it does not tell the number that is to be measured")
    return value
