"""The look at web services, against a real server on loopback."""

import asyncio
import ssl
from pathlib import Path

import pytest

from monitors import stream
from monitors.checks.http import at_path, look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.settings import Expect
from records.observations import Seen
from tests.certificates import Authority, tcp_server
from tests.monitors.fault_server import FaultServer, response


async def see(client: Client, faults: FaultServer, path: str, **expect: object):
    wanted = Expect(**expect)  # type: ignore[arg-type] # names of fields
    target = Target(monitor="website", name="website", url=faults.url(path), deadline_seconds=0.6, expect=wanted)
    return await look(target, Tools(client=client))


async def test_an_answer_in_the_200s_is_fine_when_nothing_else_is_expected(client: Client, faults: FaultServer):
    seen = await see(client, faults, "fine")
    assert (seen.seen, seen.facts) == (Seen.OK, {"status": 200})
    assert seen.latency_ms is not None


@pytest.mark.parametrize(
    ("path", "expect", "kind"),
    [
        ("unavailable", {}, Seen.OVERLOADED),
        ("unavailable", {"status": (503,)}, Seen.OK),
        ("redirect", {}, Seen.GARBAGE),
        ("redirect", {"status": (301, 302)}, Seen.OK),
        ("throttled", {}, Seen.THROTTLED),
        ("unauthorised", {}, Seen.AUTH),
        ("server-error-json", {}, Seen.GARBAGE),
        ("fine", {"contains": '"up"'}, Seen.OK),
        ("fine", {"contains": "down"}, Seen.GARBAGE),
        ("fine", {"json": {"state": "up", "data.0.height": 7}}, Seen.OK),
        ("fine", {"json": {"state": "down"}}, Seen.GARBAGE),
        ("fine", {"json": {"data.1.height": 7}}, Seen.GARBAGE),
        ("html", {"json": {"state": "up"}}, Seen.GARBAGE),
        ("deep", {"json": {"state": "up"}}, Seen.GARBAGE),
        ("gzip-bomb", {"contains": "x"}, Seen.GARBAGE),
        ("hang", {}, Seen.TRANSPORT),
        ("reset", {}, Seen.TRANSPORT),
    ],
)
async def test_an_answer_is_compared_with_what_is_expected(
    client: Client, faults: FaultServer, path: str, expect: dict[str, object], kind: Seen
):
    assert (await see(client, faults, path, **expect)).seen is kind


async def test_the_note_names_the_path_and_never_what_was_found(client: Client, faults: FaultServer):
    seen = await see(client, faults, "fine", json={"state": "down"})
    assert seen.note == "the answer's value at state is not the expected one"


@pytest.mark.parametrize(
    ("path", "value"), [("a.b", 1), ("c.1", "y"), ("c.9", None), ("c.x", None), ("a.b.d", None), ("", None)]
)
def test_paths_lead_through_objects_and_lists(path, value):
    assert at_path({"a": {"b": 1}, "c": ["x", "y"]}, path) == value


async def test_true_is_not_1(client: Client, faults: FaultServer):
    assert (await see(client, faults, "fine", json={"data.0.height": True})).seen is Seen.GARBAGE


async def test_over_tls_the_days_left_of_the_certificate_are_a_fact_asked_seldom(
    client: Client, tmp_path: Path, monkeypatch
):
    authority, opened = Authority(tmp_path), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(response(b"{}"))

    shown = authority.context_for("127.0.0.1", days=30)
    # Both ways to the server ask the machine's own authorities, which know nothing of the tests'.
    trusted = ssl.create_default_context(cafile=str(authority.ca_file))
    monkeypatch.setattr(stream, "_context", lambda ca_file, changed_at: trusted)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusted)
    async with tcp_server(serve, shown) as port:
        target = Target(monitor="website", name="website", url=f"https://127.0.0.1:{port}", deadline_seconds=1.0)
        tools = Tools(client=client)
        looks = [await look(target, tools) for _ in range(3)]
    assert [seen.note for seen in looks] == [""] * 3
    assert [seen.facts["tls_days_left"] for seen in looks] == [30.0] * 3
    assert opened == 2
