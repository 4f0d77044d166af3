"""Asking by paths: joined to the address, and what each failure amounts to."""

import pytest

from monitors.checks.rest import Post, ask_path, ask_paths, joined
from monitors.checks.target import Target, Tools
from monitors.client import Client, CouldNotSee
from records.observations import Seen
from tests.monitors.fault_server import FaultServer, response


def target(faults: FaultServer, path: str) -> Target:
    return Target(monitor="chain:x", name="x-1", url=faults.url(path), deadline_seconds=1.0)


@pytest.mark.parametrize(
    ("address", "path", "whole"),
    [
        ("http://node.example", "/a/b", "http://node.example/a/b"),
        ("http://node.example/", "/a/b", "http://node.example/a/b"),
        ("http://node.example/v3/?key=k", "/a/b?c=d", "http://node.example/v3/a/b?c=d&key=k"),
    ],
)
def test_a_path_is_put_below_the_address_and_the_key_stays(address: str, path: str, whole: str):
    assert joined(address, path) == whole


async def test_an_answer_is_read(client: Client, faults: FaultServer):
    reply = await ask_path(target(faults, "fine"), Tools(client=client), "/anything")
    assert (reply.seen, reply.result) == (Seen.OK, {"state": "up", "data": [{"height": 7}]})


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("reset", Seen.TRANSPORT),
        ("hang", Seen.TRANSPORT),
        ("html", Seen.GARBAGE),
        ("nan", Seen.GARBAGE),
        ("throttled", Seen.THROTTLED),
        ("unauthorised", Seen.AUTH),
        ("unavailable", Seen.OVERLOADED),
        ("not-found-json", Seen.UNSUPPORTED),
        ("redirect", Seen.GARBAGE),
    ],
)
async def test_a_failure_has_its_class(client: Client, faults: FaultServer, path: str, seen: Seen):
    assert (await ask_path(target(faults, path), Tools(client=client), "/x")).seen is seen


async def test_only_the_first_path_must_answer(client: Client, faults: FaultServer):
    faults.script["node/a"] = [response(b"1")]
    faults.script["node/b"] = [response(b"", status="404 Not Found")]
    replies, _ = await ask_paths(target(faults, "node"), Tools(client=client), ["/a", "/b"])
    assert [reply.seen for reply in replies] == [Seen.OK, Seen.UNSUPPORTED]
    with pytest.raises(CouldNotSee):
        await ask_paths(target(faults, "node"), Tools(client=client), ["/b", "/a"])


async def test_a_question_may_be_sent_along(client: Client, faults: FaultServer):
    reply = await ask_path(target(faults, "fine"), Tools(client=client), Post(path="/x", document={"detail": False}))
    assert reply.seen is Seen.OK
    assert faults.heads[-1].startswith("POST /fine/x ")
    assert "content-type: application/json" in faults.heads[-1].lower()
    assert faults.bodies[-1] == b'{"detail": false}'
