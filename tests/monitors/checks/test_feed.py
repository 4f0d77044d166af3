"""The look at feeds: every dialect, and every way in which what comes is no feed."""

import html
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitors.checks.feed import look, parse, read_feed
from monitors.checks.target import Target, Tools
from monitors.client import Answer, Client, CouldNotSee
from monitors.services import conclude_service
from monitors.settings import ServiceMonitor
from monitors.wishes import FeedWish
from records.findings import Finding, FindingKind
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.certificates import tcp_server
from tests.monitors.fault_server import FaultServer, response

SAMPLES = Path(__file__).parents[1] / "samples/feeds"
RELEASES = FeedWish(chain="ethereum", content="releases")


def at(day: int, hour: int, minute: int, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


def answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, body=body, latency_ms=1.0, retry_after_seconds=None)


def sample(name: str, wish: FeedWish | None = None) -> dict[str, Finding]:
    """Findings of a sample by title."""
    sighting = read_feed(answer((SAMPLES / name).read_bytes()), "them", wish or FeedWish())
    return {one.title: one for one in sighting.findings}


def atom(*bodies: str, title: str = "Trouble", updated: str = "2026-11-21T19:40:05Z") -> bytes:
    entries = "".join(
        f"<entry><id>tag:{number}</id><title>{title}</title><published>2026-11-21T18:02:11Z</published>"
        f'<updated>{updated}</updated><content type="html">{html.escape(body)}</content></entry>'
        for number, body in enumerate(bodies)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entries}</feed>'.encode()


def update(state: str, text: str = "…") -> str:
    return (
        "<p><small>Nov <var data-var='date'>21</var>, <var data-var='time'>19:40</var> UTC</small><br>"
        f"<strong>{state}</strong> - {text}</p>"
    )


def only(body: bytes, wish: FeedWish | None = None) -> Finding:
    (one,) = read_feed(answer(body), "them", wish or FeedWish()).findings
    return one


def test_a_statuspage_in_atom():
    found = sample("statuspage_history.atom")
    incident = found["Elevated error rates on Ethereum Mainnet JSON-RPC"]
    assert incident.kind is FindingKind.UPSTREAM_INCIDENT
    assert (incident.since, incident.ended_at) == (at(21, 18, 2, 11), at(21, 19, 40, 5))
    assert incident.url == "https://status.example-rpc.test/incidents/abc123def456"
    planned = found["Solana Mainnet node upgrade"]
    assert planned.kind is FindingKind.UPSTREAM_MAINTENANCE
    assert (planned.since, planned.ended_at) == (at(25, 13, 0), at(25, 15, 0))


def test_a_statuspage_in_rss_where_the_date_is_that_of_the_last_update():
    found = sample("statuspage_history.rss")
    planned = found["Solana Mainnet node upgrade"]
    assert (planned.kind, planned.since, planned.ended_at) == (
        FindingKind.UPSTREAM_MAINTENANCE,
        at(25, 13, 0),
        at(25, 15, 0),
    )
    incident = found["Elevated error rates on Ethereum Mainnet JSON-RPC"]
    assert (incident.since, incident.ended_at) == (at(1, 19, 40), at(1, 19, 40, 5))


def test_an_instatus_page_in_atom():
    (incident,) = sample("instatus_history.atom").values()
    assert (incident.kind, incident.title) == (FindingKind.UPSTREAM_INCIDENT, "Withdrawals delayed")
    assert (incident.since, incident.ended_at) == (at(20, 21, 10), at(21, 1, 40, 38))


def test_releases_on_github_without_those_that_are_only_tried_out():
    (release,) = sample("github_releases.atom", RELEASES).values()
    assert (release.kind, release.title) == (FindingKind.CLIENT_RELEASE, "Mandatory update (v1.17.1)")
    assert (release.required, release.chain, release.since) == (True, "ethereum", at(20, 14, 20, 14))


@pytest.mark.parametrize(
    ("name", "title", "began"),
    [
        ("medium.rss", "Hard fork at epoch 1234", at(20, 12, 0)),
        ("reddit_new.rss", "Withdrawal pending", at(21, 23, 0)),
        ("smf_bitcointalk.rss", "Re: Wallet deposits missing", at(21, 22, 0)),
        ("appstore_customerreviews.xml", "Where is my deposit", at(21, 2, 7, 21)),
    ],
)
def test_every_other_dialect_is_read(name, title, began):
    assert sample(name, RELEASES)[title].since == began


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("appstore_customerreviews.xml", "Sent BTC six hours ago"),
        ("smf_bitcointalk.rss", "dépôt non crédité"),
        ("reddit_new.rss", "Withdrawal pending for 9 hours submitted by /u/user1"),
        ("medium.rss", "Upgrade before December 3, 2026 14:00 UTC."),
    ],
)
def test_the_words_of_an_entry_are_found_in_every_dialect(name, text):
    (entry,), is_whole = parse((SAMPLES / name).read_bytes())
    assert entry.text == text
    assert is_whole


def test_a_challenge_page_is_no_feed_and_not_no_incidents():
    with pytest.raises(CouldNotSee) as caught:
        sample("cloudflare_challenge.html")
    assert (caught.value.seen, caught.value.note) == (Seen.GARBAGE, "the answer is no feed")


def test_of_a_cut_off_feed_only_whole_entries_count():
    sighting = read_feed(answer((SAMPLES / "broken_truncated.atom").read_bytes()), "them", FeedWish())
    assert ([one.title for one in sighting.findings], sighting.is_whole) == (["ok"], False)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_wherever_a_feed_breaks_off_no_entry_is_read_in_part(share):
    whole = (SAMPLES / "statuspage_history.atom").read_bytes()
    wanted = {one.id: one for one in read_feed(answer(whole), "them", FeedWish()).findings}
    try:
        sighting = read_feed(answer(whole[: int(len(whole) * share)]), "them", FeedWish())
    except CouldNotSee:
        assert share < 0.5
        return
    assert not sighting.is_whole
    assert all(wanted[one.id] == one for one in sighting.findings)


@pytest.mark.parametrize(
    ("states", "is_over", "kind"),
    [
        (["Investigating"], False, FindingKind.UPSTREAM_INCIDENT),
        (["Monitoring", "Identified", "Investigating"], False, FindingKind.UPSTREAM_INCIDENT),
        (["Resolved", "Investigating"], True, FindingKind.UPSTREAM_INCIDENT),
        (["Postmortem", "Resolved"], True, FindingKind.UPSTREAM_INCIDENT),
        (["In progress", "Scheduled"], False, FindingKind.UPSTREAM_MAINTENANCE),
        (["Completed", "In progress", "Scheduled"], True, FindingKind.UPSTREAM_MAINTENANCE),
    ],
)
def test_the_newest_update_tells_whether_it_is_over(states, is_over, kind):
    one = only(atom("".join(update(state) for state in states)))
    assert (one.ended_at is not None, one.kind) == (is_over, kind)


def test_a_bold_word_that_is_no_state_is_passed_over():
    body = "<p><strong>Type:</strong> Incident</p>" + update("Investigating", "<strong>Resolved</strong> tickets stay")
    assert only(atom(body)).ended_at is None


def test_an_entry_that_tells_no_state_counts_for_a_day():
    assert only(atom("Something is wrong.")).ended_at == at(22, 19, 40, 5)


def test_planned_work_may_end_on_another_day_and_in_another_year():
    body = "<p><strong>THIS IS A SCHEDULED EVENT Dec 31, 22:00 - Jan 1, 02:00 UTC</strong></p>" + update("Scheduled")
    one = only(atom(body, updated="2026-12-20T08:00:00Z"))
    assert (one.since, one.ended_at) == (at(31, 22, 0, month=12), datetime(2027, 1, 1, 2, 0, tzinfo=UTC))


def test_planned_work_that_runs_beyond_its_time_is_not_over():
    body = "<strong>THIS IS A SCHEDULED EVENT Nov 21, 13:00 - 15:00 UTC</strong>" + update("In progress")
    assert only(atom(body)).ended_at is None


def test_an_edit_that_moves_no_date_changes_the_hash_and_a_date_that_moves_alone_does_not():
    before, after = only(atom(update("Investigating"))), only(atom(update("Identified") + update("Investigating")))
    assert (before.id, before.content_hash != after.content_hash) == (after.id, True)
    assert only(atom(update("Investigating"), updated="2026-11-22T01:00:00Z")).content_hash == before.content_hash


def test_words_choose_among_entries():
    body = atom(update("Investigating", "Ethereum"), update("Investigating", "Solana"))
    assert len(read_feed(answer(body), "them", FeedWish(words=("solana",))).findings) == 1


@pytest.mark.parametrize(
    ("title", "is_kept"),
    [
        ("v1.17.1", True),
        ("v1.18.0-rc.1", False),
        ("v1.18.0rc2", False),
        ("2.0.0-beta", False),
        ("v3.1.0-alpha.3", False),
        ("Preparing for v4.0.0 (hard fork)", True),
        ("v28.1 (beta testers wanted)", True),
    ],
)
def test_releases_that_are_only_tried_out_are_left_out(title, is_kept):
    assert bool(read_feed(answer(atom("…", title=title)), "them", RELEASES).findings) is is_kept


def test_a_feed_without_entries_is_one():
    assert read_feed(answer(atom()), "them", FeedWish()).is_whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"not found",
        b"/etc/passwd",
        b"http://127.0.0.1:9/",
        b"\x00\xff" * 99,
        b"<html><body>Sign in</body></html>",
        b"<!DOCTYPE html><title>Just a moment...</title>",
    ],
)
def test_what_is_no_feed_could_not_be_seen(body):
    with pytest.raises(CouldNotSee, match="no feed"):
        read_feed(answer(body), "them", FeedWish())


def test_a_feed_that_would_grow_without_end_does_not():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    body = f'<!DOCTYPE feed [{entities}]><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id>'
    body += "<title>&e11;</title><updated>2026-11-21T00:00:00Z</updated></entry></feed>"
    try:
        found = read_feed(answer(body.encode()), "them", FeedWish()).findings
    except CouldNotSee:
        return
    assert all(len(one.title) <= 200 for one in found)


@pytest.mark.parametrize("damage", [b"", b"<a b>"])
def test_a_feed_nested_beyond_reason_costs_no_time(damage):
    body = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + b"<a>" * 300_000 + damage
    begun = time.monotonic()
    with pytest.raises(CouldNotSee, match="nested too deep"):
        read_feed(answer(body), "them", FeedWish())
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, Seen.GARBAGE), (401, Seen.AUTH), (403, Seen.AUTH), (429, Seen.THROTTLED), (503, Seen.OVERLOADED)],
)
def test_an_answer_with_another_status_is_classed_whatever_is_in_it(status, kind):
    with pytest.raises(CouldNotSee) as caught:
        read_feed(answer(atom(update("Investigating")), status), "them", FeedWish())
    assert caught.value.seen is kind


async def see(client: Client, url: str):
    target = Target(monitor="rpc-status", name="rpc-status", url=url, deadline_seconds=2.0, wish=FeedWish())
    return await look(target, Tools(client=client))


async def test_a_real_server_that_serves_a_feed(client: Client):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response((SAMPLES / "statuspage_history.atom").read_bytes()))
        await writer.drain()

    async with tcp_server(serve) as port:
        seen = await see(client, f"http://127.0.0.1:{port}/history.atom")
    assert (seen.seen, seen.facts) == (Seen.OK, {"findings": 2})
    assert seen.sighting is not None
    assert seen.sighting.is_whole


@pytest.mark.parametrize("path", ["html", "gzip-bomb", "hang", "reset", "deep", "redirect", "unavailable", "fine"])
async def test_whatever_else_a_server_does_is_could_not_see(client: Client, faults: FaultServer, path: str):
    seen = await see(client, faults.url(path))
    assert (seen.seen is not Seen.OK, seen.sighting) == (True, None)
    conclusion = conclude_service(ServiceMonitor(id="rpc-status", kind="feed", wish=FeedWish()), seen)
    assert conclusion.kind is VerdictKind.MONITORING_DEGRADED
