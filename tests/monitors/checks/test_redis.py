"""The look at a Redis, against a real one where there is one, and against whatever else may stand there."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitors.checks.redis import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.wishes import RedisWish, TlsWish
from records.observations import Seen
from tests.certificates import Authority, tcp_server
from tests.nodes import free_port

PASSWORD = "only in the tests"


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """A Redis of the test's own, with a password; its port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis on this machine (Debian: apt-get install redis-server)")
    port = free_port()
    with subprocess.Popen(
        [
            program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder),
            "--requirepass", PASSWORD,
        ],
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if "eady to accept connections" in line)
            assert ready
            yield port
        finally:
            process.terminate()


async def see(client: Client, port: int, wish: RedisWish | None = None, password: str | None = PASSWORD):
    target = Target(
        monitor="queue", name="queue", url=f"127.0.0.1:{port}", deadline_seconds=0.5, wish=wish, password=password
    )
    return await look(target, Tools(client=client))


async def test_a_real_redis(client: Client, tmp_path: Path):
    with redis_server(tmp_path) as port:
        seen = await see(client, port)
        assert (seen.seen, seen.facts) == (Seen.OK, {})
        clients = await see(client, port, RedisWish(info="connected_clients"))
        assert clients.facts["value"] >= 1
        empty = await see(client, port, RedisWish(list="to-sign"))
        assert (empty.seen, empty.facts) == (Seen.OK, {"value": 0.0})
        unknown = await see(client, port, RedisWish(info="redis_version"))
        assert (unknown.seen, unknown.note) == (
            Seen.UNSUPPORTED,
            "it does not tell the number that is to be measured",
        )
        assert (await see(client, port, RedisWish(info="no_such_number"))).seen is Seen.UNSUPPORTED
        closed = await see(client, port, password=None)
        assert (closed.seen, closed.note) == (Seen.AUTH, "it wants a password")
        wrong = await see(client, port, password="wrong")
        assert (wrong.seen, wrong.note) == (Seen.AUTH, "it refuses our password")


@pytest.mark.parametrize(
    ("sends", "kind"),
    [
        (b"+PONG\r\n", Seen.OK),
        (b"$4\r\nPONG\r\n", Seen.OK),
        (b"-LOADING Redis is loading the dataset in memory\r\n", Seen.WARMING),
        (b"-BUSY Redis is busy running a script\r\n", Seen.OVERLOADED),
        (b"-MASTERDOWN Link with MASTER is down\r\n", Seen.OVERLOADED),
        (b"-NOAUTH Authentication required.\r\n", Seen.AUTH),
        (b"-WRONGPASS invalid username-password pair\r\n", Seen.AUTH),
        (b"-ERR invalid password\r\n", Seen.AUTH),
        (b"-ERR something else\r\n", Seen.RPC_ERROR),
        (b"+HELLO\r\n", Seen.GARBAGE),
        (b"HTTP/1.1 400 Bad Request\r\n", Seen.GARBAGE),
        (b"$999999999999\r\n", Seen.GARBAGE),
        (b"$-1\r\n", Seen.GARBAGE),
        (b"+" + b"x" * 100_000, Seen.GARBAGE),
        (b"$100\r\nshort", Seen.TRANSPORT),
        (b"", Seen.TRANSPORT),
    ],
)
async def test_every_answer_is_classed(client: Client, sends: bytes, kind: Seen):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"PING\r\n")
        writer.write(sends)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async with tcp_server(answer) as port:
        seen = await see(client, port, password=None)
    assert seen.seen is kind
    assert "dataset" not in seen.note


async def test_a_redis_under_tls(client: Client, tmp_path: Path):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"PING\r\n")
        writer.write(b"+PONG\r\n")
        await reader.read()

    authority = Authority(tmp_path)
    async with tcp_server(answer, authority.context_for("127.0.0.1", days=9)) as port:
        good = await see(client, port, RedisWish(tls=TlsWish(ca_file=str(authority.ca_file))), None)
        assert good.seen is Seen.OK
        assert (await see(client, port, RedisWish(tls=TlsWish()), None)).seen is Seen.TRANSPORT


async def test_a_redis_that_hangs_costs_the_deadline_and_no_more(client: Client):
    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    begun = time.monotonic()
    async with tcp_server(stay) as port:
        seen = await see(client, port)
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, "no whole answer in time")
    assert time.monotonic() - begun < 2
