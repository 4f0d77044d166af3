"""From a decided notice to posts that stand: through the queue, on both engines, with real servers at the far end."""

import asyncio
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.channels.social import Social, service_of
from notifier.message import digest
from notifier.posts import Way, drafts, frozen_post, kept_drafts
from records.notices import NoticeKind, NoticeState, Outcome
from records.store import ledger, notices, posts
from records.times import now_utc
from tests.notifier.cast import HOUSE, INCIDENT, queue
from tests.notifier.test_courier import a_new_notice, running, until
from tests.services import (
    FakeBluesky,
    FakeDiscord,
    FakeMastodon,
    FakeSlack,
    FakeTelegram,
    FakeX,
    answers,
    does_and_drops,
    echoes_everything,
)

UPDATE = INCIDENT | {"body": {"en": "We found the cause.", "fr": "Nous avons trouvé la cause."}}


class House:
    """Accounts and the courier's view of them."""

    def __init__(self, **urls):
        self.channels, self.ways = {}, {}
        for name, (url, languages) in urls.items():
            service = service_of(url)
            for number, language in enumerate(languages):
                channel = f"social:{name}" if number == 0 else f"social:{name}:{language}"
                self.channels[channel] = Social(service)
                self.ways[channel] = Way(manner=service.manner, language=language)

    def courier(self, store, **options):
        return running(store, self.channels, ways=self.ways, **options)

    def opened(self, store, **changes):
        return queue(store, a_new_notice(channels=tuple(self.channels), **changes), now_utc())

    def updated(self, store, **changes):
        return self.opened(store, kind=NoticeKind.INCIDENT_UPDATED, facts=UPDATE, **changes)


@pytest.fixture
def mastodon():
    with FakeMastodon() as server:
        yield server


def is_done(store, notice):
    return notices.notice(store, notice.id).state is NoticeState.DONE


def texts(server):
    return [post["_text"] for post in server.posts]


async def test_an_update_answers_to_the_opening_in_each_language_also_after_a_restart(store, mastodon):
    def house():
        return House(acme=(mastodon.url, ("en", "fr")))

    first = house().opened(store)
    async with house().courier(store):
        await until(lambda: is_done(store, first))
    second = house().updated(store)
    async with house().courier(store):
        await until(lambda: is_done(store, second))
    by_language = {
        language: [post for post in mastodon.posts if post["language"] == language] for language in ("en", "fr")
    }
    for opening, update in by_language.values():
        assert opening["in_reply_to_id"] is None
        assert update["in_reply_to_id"] == opening["id"]


async def test_the_ledger_says_where_a_post_stands_and_what_it_says(store, mastodon):
    house = House(acme=(mastodon.url, ("en", "fr")))
    notice = house.opened(store)
    async with house.courier(store):
        await until(lambda: is_done(store, notice))
    rows = {entry.channel: entry for entry in ledger.of_notice(store, notice.id)}
    for kept in posts.of_notice(store, notice.id):
        [there] = [post for post in mastodon.posts if post["id"] == kept.post.id]
        assert there["_text"] == kept.post.text
        assert rows[kept.channel].outcome is Outcome.ACCEPTED
        assert rows[kept.channel].reason == kept.post.url == there["url"]
        assert rows[kept.channel].sha256 == kept.sha256 == digest(kept.post.text)
    assert len(rows) == 2
    assert notices.status(store, notice.id).complete
    assert ledger.verify(store).faults == ()


async def test_what_is_sent_is_what_was_previewed(store, mastodon):
    with FakeX() as x, FakeBluesky() as bluesky:
        house = House(mastodon=(mastodon.url, ("fr",)), x=(x.url, ("en",)), bluesky=(bluesky.url, ("ro",)))
        notice = house.opened(store)
        shown = {draft.channel: draft.text for draft in drafts(store, notice, HOUSE, house.ways)}
        assert len(set(shown.values())) == 3
        async with house.courier(store):
            await until(lambda: is_done(store, notice))
        sent = {"social:mastodon": texts(mastodon), "social:x": texts(x), "social:bluesky": texts(bluesky)}
        assert {channel: [text.encode()] for channel, text in shown.items()} == {
            channel: [text.encode() for text in each] for channel, each in sent.items()
        }
        again = {draft.channel: draft.text for draft in kept_drafts(store, notice, notice.version, house.ways)}
        assert again == shown


async def test_a_hung_account_and_a_refusing_one_keep_nobody_waiting(store, mastodon):
    with FakeX() as hung, FakeBluesky() as broken:
        hung.manners.extend(5 * [hung.hangs])
        broken.manners.extend(5 * [answers(500, {"error": "InternalServerError", "message": "no"})])
        house = House(hung=(hung.url, ("en",)), broken=(broken.url, ("en",)), well=(mastodon.url, ("en",)))
        house.opened(store)
        async with house.courier(store, drain=timedelta(seconds=0.2)):
            await until(lambda: mastodon.posts and hung.posts)
        assert len(mastodon.posts) == 1


async def test_an_answer_that_is_lost_ends_in_one_post_and_its_evidence(store, mastodon):
    house = House(acme=(mastodon.url, ("en",)))
    notice = house.opened(store)
    mastodon.manners.append(does_and_drops)
    # The next try is a minute off; the clock that says so is ours.
    ahead = [timedelta(0)]
    async with house.courier(store, clock=lambda: now_utc() + ahead[0], lease=timedelta(hours=9)):
        await until(lambda: mastodon.posts)
        async with asyncio.timeout(30):
            while not is_done(store, notice):
                ahead[0] += timedelta(seconds=5)
                await asyncio.sleep(0.05)
    assert len(mastodon.posts) == 1
    [kept] = posts.of_notice(store, notice.id)
    assert kept.post.id == mastodon.posts[0]["id"]
    [entry] = ledger.of_notice(store, notice.id)
    assert (entry.outcome, entry.attempts) == (Outcome.ACCEPTED, 2)


async def test_a_dead_token_burns_nothing(store, mastodon):
    house = House(acme=(mastodon.url.replace("mastodon-token", "forgotten-token"), ("en",)))
    notice = house.opened(store)
    async with house.courier(store, first_pause_seconds=0.05):
        await until(lambda: len(mastodon.asked) > 4)
    assert ledger.of_notice(store, notice.id) == []
    right = House(acme=(mastodon.url, ("en",)))
    async with right.courier(store, clock=lambda: now_utc() + timedelta(minutes=2)):
        await until(lambda: is_done(store, notice))
    assert len(mastodon.posts) == 1


async def test_a_service_that_is_away_is_tried_three_times(store, mastodon):
    house = House(acme=(mastodon.url, ("en",)))
    notice = house.opened(store)
    mastodon.manners.extend(9 * [answers(503, {"error": "Service Unavailable"})])
    ahead = [timedelta(0)]
    async with house.courier(store, clock=lambda: now_utc() + ahead[0], lease=timedelta(hours=9)), asyncio.timeout(30):
        while not is_done(store, notice):
            ahead[0] += timedelta(seconds=20)
            await asyncio.sleep(0.05)
    tries = [asked for asked in mastodon.asked if mastodon.is_post(asked)]
    assert len(tries) == 3
    assert len({asked.headers["idempotency-key"] for asked in tries}) == 1
    [entry] = ledger.of_notice(store, notice.id)
    assert (entry.outcome, entry.attempts) == (Outcome.FAILED, 3)
    assert posts.of_notice(store, notice.id) == []


async def test_no_secret_comes_into_the_database_whatever_the_far_side_says(store, mastodon):
    with FakeX() as x:
        house = House(mastodon=(mastodon.url, ("en",)), x=(x.url, ("en",)))
        mastodon.manners.append(echoes_everything)
        [token] = mastodon.secrets
        x.manners.append(answers(201, {"data": {"id": f"1{x.secrets[1]}", "text": x.secrets[3]}}))
        notice = house.opened(store)
        async with house.courier(store):
            await until(lambda: is_done(store, notice))
        told = ledger.of_notice(store, notice.id)
        assert {entry.outcome for entry in told} == {Outcome.ACCEPTED, Outcome.FAILED}
        tries = store.rows("SELECT * FROM attempts")
        kept = f"{told!r}{[dict(row) for row in tries]!r}{posts.of_notice(store, notice.id)!r}"
        assert "answered" in kept
        for secret in (token, *x.secrets):
            assert secret not in kept


def test_words_of_an_account_are_frozen_at_first_use(store, mastodon):
    house = House(acme=(mastodon.url, ("en",)))
    notice = house.opened(store)
    way = house.ways["social:acme"]
    first = frozen_post(store, notice, HOUSE, "social:acme", way)
    assert first.sha256 == digest(first.post)
    reworded = a_new_notice(id=notice.id, facts=UPDATE)
    assert frozen_post(store, reworded, HOUSE, "social:acme", way).post == first.post


@contextmanager
def started(url, accounts, ahead_seconds=0):
    """A notifier of these accounts as a process; killed at the end, if it still lives."""
    words = [f"ahead_seconds={ahead_seconds}"] + [f"{name}={each}" for name, each in accounts.items()]
    command = [sys.executable, "-m", "tests.notifier.posts_process", url, *words]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


#: Where a repeat is known by its key, or refused; and where a notifier that was killed leaves nobody to know of it.
SURE = {
    "mastodon": (FakeMastodon, "url"),
    "bluesky": (FakeBluesky, "url"),
    "discordbot": (FakeDiscord, "bot_url"),
    "x": (FakeX, "url"),
    "slack": (FakeSlack, "url"),
}
UNSURE = {
    "telegram": (FakeTelegram, "url"),
    "discord": (FakeDiscord, "url"),
    "slackhook": (FakeSlack, "hook_url"),
}


def untried(store):
    return store.row("SELECT count(*) AS n FROM deliveries WHERE attempts = 0 OR lease <> 0")["n"]


def named(post):
    """What a service calls a post."""
    return next(post[name] for name in ("id", "uri", "ts") if name in post)


@pytest.mark.parametrize(("kinds", "copies"), [(SURE, 1), (UNSURE, 2)], ids=["sure", "unsure"])
async def test_a_notifier_killed_between_a_post_and_its_row_makes_no_twin_where_that_can_be_told(
    store, store_url, kinds, copies
):
    """As the table of docs/social.md says: where it cannot be told, the post comes once more, and not twice."""
    with ExitStack() as stack:
        servers = {name: stack.enter_context(kind()) for name, (kind, _) in kinds.items()}
        accounts = {name: getattr(servers[name], address) for name, (_, address) in kinds.items()}
        notice = House(**{name: (url, ("en",)) for name, url in accounts.items()}).opened(store)
        # The services have the posts; we never hear of it.
        for server in servers.values():
            server.manners.append(server.hangs)
        with started(store_url, accounts) as first:
            await until(lambda: all(server.posts for server in servers.values()), 40)
            first.kill()
        assert ledger.of_notice(store, notice.id) == []
        # Bluesky says that it broke, and is looked at a minute later.
        for ahead_seconds, is_enough in ((0, lambda: untried(store) == 0), (120, lambda: is_done(store, notice))):
            with started(store_url, accounts, ahead_seconds) as process:
                await until(is_enough, 60)
                process.terminate()
                assert process.wait(timeout=30) == 0
        assert {name: len(server.posts) for name, server in servers.items()} == dict.fromkeys(kinds, copies)
        assert all(len({post["_text"] for post in server.posts}) == 1 for server in servers.values())
        kept = {each.channel.partition(":")[2]: each.post.id for each in posts.of_notice(store, notice.id)}
        assert kept.keys() == kinds.keys()
        assert all(kept[name] == named(servers[name].posts[0]) for name in kinds if kinds is SURE)
        assert {entry.outcome for entry in ledger.of_notice(store, notice.id)} == {Outcome.ACCEPTED}
