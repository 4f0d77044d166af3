"""One post: to the address that was checked, once, and no longer or larger than it may be."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from notifier.channels.hooks.reach import NoAnswer, Reach, Stopped
from notifier.channels.hooks.receivers import parse_receiver
from tests.certificates import Authority, tcp_server
from tests.receivers import LOOPBACK, HookReceiver, says


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


async def post(url, *, reach=None, deadline_seconds=5.0, **headers):
    reach = reach or Reach(allowed=LOOPBACK)
    return await reach.post(
        parse_receiver(url, allow_http=True), b'{"a":1}', headers, deadline_seconds=deadline_seconds
    )


async def fails(url, **options):
    with pytest.raises(NoAnswer) as failed:
        await post(url, **options)
    return failed.value.stopped


async def test_it_posts_and_brings_the_answer(receiver):
    receiver.manner = says(202, b"thanks")
    answer = await post(f"{receiver.url}?a=b", **{"Content-Type": "application/json"})
    assert (answer.status, answer.body, answer.retry_after) == (202, b"thanks", None)
    (came,) = receiver.posts
    assert (came.path, came.body) == ("/hook?a=b", b'{"a":1}')
    assert came.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert came.headers["content-type"] == "application/json"


async def test_loopback_is_not_reached_unless_it_is_named(receiver):
    assert await fails(receiver.url, reach=Reach()) is Stopped.REFUSED
    assert await fails(receiver.url.replace("127.0.0.1", "localhost"), reach=Reach()) is Stopped.REFUSED
    assert receiver.posts == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(receiver, monkeypatch):
    """A name server that answers a public address first and an inner one after that gains nothing."""
    asked = []
    loop = asyncio.get_running_loop()

    async def rebinding(host, port, **_options):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    await post(f"http://hooks.example:{receiver.port}/hook")
    assert asked == ["hooks.example"]
    assert receiver.posts[0].headers["host"] == f"hooks.example:{receiver.port}"
    asked.append("again")
    assert await fails(f"http://hooks.example:{receiver.port}/hook", reach=Reach()) is Stopped.REFUSED
    assert len(receiver.posts) == 1


async def test_of_many_addresses_one_that_may_be_reached_is_taken(receiver, monkeypatch):
    async def several(_host, port, **_options):
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%lo", port, 0, 1)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", several)
    assert (await post(f"http://hooks.example:{receiver.port}/hook")).status == 200


async def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens():
    assert await fails("http://no-such-name.invalid/") is Stopped.UNREACHABLE
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert await fails(f"http://127.0.0.1:{port}/") is Stopped.UNREACHABLE


async def test_a_redirect_is_an_answer_and_not_followed(receiver):
    receiver.manner = says(307, Location=f"{receiver.url}/inner")
    assert (await post(receiver.url)).status == 307
    assert len(receiver.posts) == 1


async def test_one_deadline_stands_over_everything(receiver):
    for manner in (receiver.hangs, receiver.drips_its_head):
        receiver.manner = manner
        assert await fails(receiver.url, deadline_seconds=0.4) in (Stopped.TIMEOUT, Stopped.GARBLED)
    receiver.manner = receiver.hangs
    assert await fails(receiver.url, deadline_seconds=0.4) is Stopped.TIMEOUT


async def test_a_status_counts_however_slow_or_long_the_words_after_it(receiver):
    for manner in (receiver.drips_its_body, receiver.floods):
        receiver.manner = manner
        answer = await post(receiver.url, deadline_seconds=30.0)
        assert answer.status == 200
        assert len(answer.body) <= 2_048


@pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b"])
async def test_what_is_no_answer_is_none(answer):
    async def serve(reader, writer):
        await reader.readuntil(b"}")
        writer.write(answer)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async with tcp_server(serve) as port:
        assert await fails(f"http://127.0.0.1:{port}/") is Stopped.GARBLED


async def test_a_head_without_end_is_none():
    async def serve(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: " + b"y" * 1_000 + b"\r\n")
            await writer.drain()

    async with tcp_server(serve) as port:
        assert await fails(f"http://127.0.0.1:{port}/", deadline_seconds=20.0) is Stopped.GARBLED


async def test_tls_is_checked_against_the_name(tmp_path):
    authority = Authority(tmp_path)
    trust = ssl.create_default_context(cafile=str(authority.ca_file))
    good, other = authority.context_for("127.0.0.1", days=30), authority.context_for("other.example", days=30)
    with HookReceiver(context=good) as receiver:
        assert (await post(receiver.url, reach=Reach(allowed=LOOPBACK, trust=trust))).status == 200
        assert await fails(receiver.url) is Stopped.TLS
    with HookReceiver(context=other) as receiver:
        assert await fails(receiver.url, reach=Reach(allowed=LOOPBACK, trust=trust)) is Stopped.TLS
        assert receiver.posts == []


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("999999999999", timedelta(hours=1)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("٣", None),
    ],
)
async def test_how_long_it_asks_us_to_wait_is_read_and_bounded(receiver, text, wait):
    receiver.manner = says(503, Retry_After=text) if text.isascii() else says(503)
    assert (await post(receiver.url)).retry_after == wait


async def test_it_may_name_a_time(receiver):
    at = datetime.now(UTC) + timedelta(minutes=10)
    receiver.manner = says(503, Retry_After=format_datetime(at, usegmt=True))
    waits = (await post(receiver.url)).retry_after
    assert waits is not None
    assert timedelta(minutes=9) < waits <= timedelta(minutes=10)


async def test_nothing_in_a_header_begins_another(receiver):
    with pytest.raises(ValueError, match="more than one line"):
        await post(receiver.url, Evil="a\r\nHost: inner")
    assert receiver.posts == []


async def test_it_asks_with_other_methods_and_brings_the_head(receiver):
    receiver.manner = says(200, b"{}", X_Rate_Limit_Reset="17")
    answer = await Reach(allowed=LOOPBACK).ask("POST", parse_receiver(receiver.url, allow_http=True), b"", {})
    assert answer.headers["x-rate-limit-reset"] == "17"
    got = await Reach(allowed=LOOPBACK).ask("GET", parse_receiver(receiver.url, allow_http=True), b"", {})
    # It takes posts only.
    assert got.status == 501


async def test_what_had_left_is_told_from_what_had_not(receiver):
    reach = Reach(allowed=LOOPBACK)

    async def stopped(url):
        with pytest.raises(NoAnswer) as failed:
            await reach.post(parse_receiver(url, allow_http=True), b"{}", {}, deadline_seconds=0.5)
        return failed.value.stopped, failed.value.has_left

    receiver.manner = receiver.hangs
    assert await stopped(receiver.url) == (Stopped.TIMEOUT, True)
    receiver.manner = lambda handler: handler.connection.close()
    assert await stopped(receiver.url) == (Stopped.GARBLED, True)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert await stopped(f"http://127.0.0.1:{port}/") == (Stopped.UNREACHABLE, False)
    # Nobody accepts: a handshake of TLS that never comes to its end.
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert await stopped(f"https://127.0.0.1:{deaf.getsockname()[1]}/") == (Stopped.TIMEOUT, False)


async def answered(*parts, deadline_seconds=5.0):
    """What is understood of an answer that comes in these parts."""

    async def serve(reader, writer):
        await reader.readuntil(b"}")
        for part in parts:
            writer.write(part)
            await writer.drain()
            # The next one comes in a packet of its own.
            await asyncio.sleep(0.02)
        writer.write_eof()
        await reader.read()

    async with tcp_server(serve) as port:
        return await post(f"http://127.0.0.1:{port}/", deadline_seconds=deadline_seconds)


_YES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", _YES),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _YES,),
        (b"HTTP/1.1 102 Processing\r\nRetry-After: 99\r\n\r\n",) * 3 + (_YES,),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n", b"\r\nHTTP/1.1 2", b"00 OK\r\nContent-Length: 2\r\n\r\nok"),
    ],
)
async def test_what_is_said_in_between_is_not_the_answer(parts):
    answer = await answered(*parts)
    assert (answer.status, answer.body, answer.retry_after) == (200, b"ok", None)
    assert answer.headers == {"content-length": "2"}


async def test_words_in_between_without_end_are_no_answer():
    async def serve(_reader, writer):
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            await writer.drain()

    async with tcp_server(serve) as port:
        assert await fails(f"http://127.0.0.1:{port}/", deadline_seconds=20.0) is Stopped.GARBLED


async def test_another_language_is_not_spoken():
    answer = await answered(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n\x81\x05hello"
    )
    assert (answer.status, answer.body) == (101, b"")
    offered = await answered(b"HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok")
    assert (offered.status, offered.body) == (200, b"ok")


@pytest.mark.parametrize(
    "second", [b"HTTP/1.1 500 No\r\nRetry-After: 99\r\n\r\n", b"garbage\r\n\r\n", b"\x00" * 50_000]
)
async def test_of_several_answers_the_first_counts(second):
    for parts in ((_YES + second,), (_YES, second), (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + second,)):
        answer = await answered(*parts)
        assert (answer.status, answer.retry_after) == (200, None)
