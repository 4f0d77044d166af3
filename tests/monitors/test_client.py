"""The one HTTP client against a server that does everything wrong."""

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from monitors.client import RETRY_AFTER_CAP_SECONDS, Client, CouldNotSee, Request
from monitors.jsonwire import block_hash, moment, number, read_json, whole, words
from records.observations import Seen
from tests.certificates import Authority, tcp_server
from tests.monitors.fault_server import MEBIBYTE, FaultServer, response
from tests.nodes import free_port

DEADLINE_SECONDS = 0.6


async def ask(client: Client, url: str, **more: object) -> CouldNotSee:
    with pytest.raises(CouldNotSee) as caught:
        await client.ask(Request(url=url, deadline_seconds=DEADLINE_SECONDS, **more))  # type: ignore[arg-type] # names of fields
    return caught.value


async def test_an_answer_comes_whole_with_its_latency(client: Client, faults: FaultServer):
    answer = await client.ask(Request(url=faults.url("fine")))
    assert answer.status == 200
    assert read_json(answer.body) == {"state": "up", "data": [{"height": 7}]}
    assert 0 < answer.latency_ms < 5000
    assert answer.retry_after_seconds is None


async def test_no_packing_is_asked_for(client: Client, faults: FaultServer):
    await client.ask(Request(url=faults.url("fine")))
    assert "accept-encoding: identity" in faults.heads[0].lower()


@pytest.mark.parametrize(
    ("path", "seen", "note"),
    [
        ("reset", Seen.TRANSPORT, "the connection was reset"),
        ("close", Seen.TRANSPORT, "the connection was closed without an answer"),
        ("hang", Seen.TRANSPORT, "no whole answer in time"),
        ("slow-headers", Seen.TRANSPORT, "no whole answer in time"),
        ("drip", Seen.TRANSPORT, "no whole answer in time"),
        ("truncated", Seen.TRANSPORT, "the answer broke off"),
        ("not-http", Seen.GARBAGE, "the answer is not HTTP"),
        ("gzip-bomb", Seen.GARBAGE, "the answer is too big once unpacked"),
        ("gzip-cut", Seen.GARBAGE, "the packed answer is cut off"),
        ("gzip-not", Seen.GARBAGE, "the packed answer is damaged"),
        ("brotli", Seen.GARBAGE, "the answer is packed in a way we did not ask for"),
        ("big", Seen.GARBAGE, "the answer is too big"),
        ("endless", Seen.GARBAGE, "the answer is too big"),
        ("200-mb", Seen.GARBAGE, "the answer is too big"),
        ("claims-big", Seen.TRANSPORT, "the answer broke off"),
    ],
)
async def test_each_way_to_go_wrong_has_its_class_within_the_deadline(
    client: Client, faults: FaultServer, path: str, seen: Seen, note: str
):
    begun = time.monotonic()
    error = await ask(client, faults.url(path))
    assert (error.seen, error.note) == (seen, note)
    assert time.monotonic() - begun < DEADLINE_SECONDS + 1.0
    assert error.latency_ms is not None


async def test_a_refused_connection_is_marked_as_such(client: Client):
    error = await ask(client, f"http://127.0.0.1:{free_port()}/")
    assert (error.seen, error.note, error.refused) == (Seen.TRANSPORT, "the connection was refused", True)


async def test_a_name_that_does_not_exist_is_a_transport_failure(client: Client):
    error = await ask(client, "http://node.invalid/")
    assert error.seen is Seen.TRANSPORT
    assert not error.refused


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"])
async def test_an_address_that_is_none_is_a_transport_failure(client: Client, url: str):
    assert (await ask(client, url)).seen is Seen.TRANSPORT


async def test_a_plain_port_asked_for_tls_is_a_transport_failure(client: Client, faults: FaultServer):
    assert (await ask(client, f"https://127.0.0.1:{faults.port}/fine")).seen is Seen.TRANSPORT


async def test_a_body_of_exactly_the_cap_is_read(client: Client, faults: FaultServer):
    assert len((await client.ask(Request(url=faults.url("just-fits")))).body) == MEBIBYTE


async def test_an_answer_packed_without_being_asked_is_unpacked(client: Client, faults: FaultServer):
    assert (await client.ask(Request(url=faults.url("gzip")))).body == b'{"state": "up"}'


async def test_redirects_are_not_followed(client: Client, faults: FaultServer):
    assert (await client.ask(Request(url=faults.url("redirect")))).status == 302
    assert "fine" not in faults.seen


async def test_a_redirect_to_another_host_asks_nobody_there(client: Client, faults: FaultServer):
    async with FaultServer() as other:
        faults.script["node"] = [
            response(b"", status=status, headers={"Location": f"http://localhost:{other.port}/fine"})
            for status in ("301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect")
        ]
        for status in (301, 307, 308):
            request = Request(method="POST", url=faults.url("node"), body=b"{}", bearer="T")
            assert (await client.ask(request)).status == status
        assert other.seen == {}


@pytest.mark.parametrize(
    ("name", "days", "trusted"), [("127.0.0.1", -0.1, True), ("node.internal", 9, True), ("127.0.0.1", 9, False)]
)
async def test_a_node_whose_certificate_is_not_good_is_not_asked(
    client: Client, tmp_path: Path, monkeypatch, name: str, days: float, trusted: bool
):
    authority, asked = Authority(tmp_path), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))

    if trusted:
        context = ssl.create_default_context(cafile=str(authority.ca_file))
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)
    async with tcp_server(serve, authority.context_for(name, days=days, since_days=-9)) as port:
        error = await ask(client, f"https://127.0.0.1:{port}/?apikey=s3cret", bearer="T")
    assert (error.seen, error.note) == (Seen.TRANSPORT, "the secure connection failed (certificate or TLS)")
    assert not error.refused
    assert asked == [], "no key was sent"


async def test_cookies_are_not_kept(client: Client, faults: FaultServer):
    await client.ask(Request(url=faults.url("cookie")))
    await client.ask(Request(url=faults.url("fine")))
    assert "cookie" not in faults.heads[-1].lower().replace("/cookie", "")


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("throttled", 17.0), ("throttled-date", RETRY_AFTER_CAP_SECONDS), ("throttled-nonsense", None)],
)
async def test_the_wish_to_be_left_in_peace_is_read_and_bounded(client: Client, faults: FaultServer, path, seconds):
    assert (await client.ask(Request(url=faults.url(path)))).retry_after_seconds == seconds


async def test_no_message_shows_the_address_or_its_key(client: Client, faults: FaultServer):
    for path in ("reset", "hang", "truncated", "big", "gzip-not"):
        error = await ask(client, faults.url(path) + "?apikey=s3cret", user="u", password="hunter2")
        assert "s3cret" not in f"{error!r} {error}"
        assert "127.0.0.1" not in f"{error!r} {error}"
    request = Request(url="http://h/?apikey=s3cret", user="u", password="hunter2", bearer="t0ken", headers={"k": "v3"})
    assert not any(secret in repr(request) for secret in ("s3cret", "hunter2", "t0ken", "v3"))


@pytest.mark.parametrize(
    ("more", "line"),
    [({"user": "u", "password": "p"}, "authorization: basic dtpw"), ({"bearer": "T"}, "authorization: bearer t")],
)
async def test_logins_are_sent(client: Client, faults: FaultServer, more, line):
    await client.ask(Request(url=faults.url("fine"), **more))
    assert line in faults.heads[0].lower()


async def test_a_kept_connection_that_the_far_side_closed_is_no_failure(client: Client, faults: FaultServer):
    faults.script["kept"] = [response(b"{}")]
    await client.ask(Request(method="POST", url=faults.url("kept"), body=b"{}"))
    for task in list(faults._tasks):
        # The far side closes its end without our knowing, as a node does after its idle time.
        task.cancel()
    await asyncio.gather(*faults._tasks, return_exceptions=True)
    answer = await client.ask(Request(method="POST", url=faults.url("kept"), body=b"{}"))
    assert answer.status == 200


async def test_a_hundred_frozen_targets_do_not_delay_a_healthy_one(client: Client, faults: FaultServer):
    frozen = [asyncio.create_task(ask(client, faults.url("hang"))) for _ in range(100)]
    await asyncio.sleep(0)
    answer = await client.ask(Request(url=faults.url("fine")))
    assert answer.latency_ms < DEADLINE_SECONDS * 1000
    assert {error.seen for error in await asyncio.gather(*frozen)} == {Seen.TRANSPORT}


@pytest.mark.parametrize("path", ["deep", "huge-number", "nan", "infinite", "html", "not-utf8", "empty"])
async def test_text_that_is_no_json_of_ours_is_garbage(client: Client, faults: FaultServer, path: str):
    answer = await client.ask(Request(url=faults.url(path)))
    with pytest.raises(CouldNotSee) as caught:
        read_json(answer.body)
    assert caught.value.seen is Seen.GARBAGE


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (7, 7),
        ("0x10", 16),
        ("12", 12),
        (0, 0),
        (True, None),
        (-1, None),
        (1.5, None),
        ("0x", None),
        ("", None),
        ("1e5", None),
        ("9" * 30, None),
        (1 << 70, None),
        (None, None),
        ([], None),
        ("٣", None),
        ("0x_1", None),
        ("+1", None),
        (" 1", None),
    ],
)
def test_whole_numbers_are_read_and_nothing_else(value, read):
    assert whole(value) == read


def test_other_values_are_read_or_unknown():
    assert (number(1), number(0.5), number(True), number("1")) == (1.0, 0.5, None, None)
    assert (words("a\nb"), words("x" * 300), words(5), words("")) == ("ab", "x" * 200, None, None)
    assert block_hash("0x" + "AB" * 32) == "0x" + "ab" * 32
    assert (block_hash("0x12"), block_hash(None), block_hash("g" * 64)) == (None, None, None)
    assert moment(1 << 40) is None
