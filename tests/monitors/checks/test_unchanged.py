"""A document is asked for only if it changed; "not modified" means that it was seen, and says what it said."""

import json
from typing import Any

import pytest

from monitors.checks import feed, statuspage_peer
from monitors.checks.target import Target, Tools
from monitors.client import Client
from records.observations import Observation, Seen
from tests.monitors.checks.test_feed import atom, update
from tests.monitors.checks.test_statuspage_peer import incident, summary
from tests.monitors.fault_server import FaultServer, response

MARKS = {"ETag": 'W/"abc-1"', "Last-Modified": "Sat, 21 Nov 2026 19:40:05 GMT"}
UNCHANGED = response(b"", status="304 Not Modified")


class Source:
    """One source, looked at again and again."""

    def __init__(self, client: Client, faults: FaultServer, look: Any) -> None:
        self.faults, self._look = faults, look
        self._target = Target(monitor="them", name="them", url=faults.url("source.json"))
        self._tools = Tools(client=client)

    async def look(self, *answers: bytes) -> list[Observation]:
        """A look at each of these answers in turn."""
        seen = []
        for answer in answers:
            self.faults.script["source.json"] = [answer]
            seen.append(await self._look(self._target, self._tools))
        return seen

    def asked(self) -> list[dict[str, str]]:
        """The conditions of each question."""
        conditions = ("if-none-match", "if-modified-since")
        lines = [[line.partition(": ") for line in head.split("\r\n")] for head in self.faults.heads]
        return [{name.lower(): value for name, _, value in head if name.lower() in conditions} for head in lines]


@pytest.fixture(params=["feed", "statuspage"])
def source(request: pytest.FixtureRequest, client: Client, faults: FaultServer) -> tuple[Source, bytes]:
    """A source of either kind, and a document in which it says one thing."""
    if request.param == "feed":
        return Source(client, faults, feed.look), atom(update("Investigating"))
    return Source(client, faults, statuspage_peer.look), json.dumps(summary([incident()])).encode()


async def test_what_has_not_changed_is_seen_and_still_stands(source: tuple[Source, bytes]):
    them, document = source
    first, second, third = await them.look(response(document, headers=MARKS), UNCHANGED, UNCHANGED)
    assert (first.seen, second.seen, third.seen) == (Seen.OK, Seen.OK, Seen.OK)
    assert first.sighting is not None
    assert len(first.sighting.findings) == 1
    assert first.sighting == second.sighting == third.sighting
    conditions = {"if-none-match": MARKS["ETag"], "if-modified-since": MARKS["Last-Modified"]}
    assert them.asked() == [{}, conditions, conditions]


async def test_a_changed_document_is_read_and_its_new_mark_asked_for(source: tuple[Source, bytes]):
    them, document = source
    again = response(document, headers={"ETag": '"abc-2"'})
    await them.look(response(document, headers=MARKS), again, UNCHANGED)
    assert them.asked()[-1] == {"if-none-match": '"abc-2"'}


async def test_a_source_without_marks_is_asked_without_conditions(source: tuple[Source, bytes]):
    them, document = source
    await them.look(response(document), response(document))
    assert them.asked() == [{}, {}]


async def test_not_modified_although_nobody_asked_so_is_garbage(source: tuple[Source, bytes]):
    them, _ = source
    (seen,) = await them.look(UNCHANGED)
    assert (seen.seen, seen.note) == (Seen.GARBAGE, "the source answered with status 304")


async def test_after_a_failure_the_last_whole_document_still_counts(source: tuple[Source, bytes]):
    them, document = source
    good = response(document, headers=MARKS)
    first, failed, third = await them.look(good, response(b"", status="503 Busy"), UNCHANGED)
    assert (failed.seen, failed.sighting) == (Seen.OVERLOADED, None)
    assert third.sighting == first.sighting


async def test_a_feed_that_was_cut_off_is_asked_for_again_whole(client: Client, faults: FaultServer):
    them, document = Source(client, faults, feed.look), atom(update("Investigating"), update("Resolved"))
    seen, whole = await them.look(response(document[:-90], headers=MARKS), response(document, headers=MARKS))
    assert "cut off" in seen.note
    assert them.asked() == [{}, {}]
    assert whole.sighting is not None
    assert len(whole.sighting.findings) == 2


@pytest.mark.parametrize("mark", ["x" * 501, "\u00e9", ""])
async def test_marks_that_no_honest_server_gives_are_not_sent_back(client: Client, faults: FaultServer, mark: str):
    them = Source(client, faults, feed.look)
    good = response(atom(update("Investigating")), headers={"ETag": mark})
    await them.look(good, good)
    assert them.asked() == [{}, {}]
