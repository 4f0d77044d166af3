"""What is particular to each service."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from notifier.channels.social import service_of
from notifier.channels.social.api import wait_of
from notifier.channels.social.x import signature
from notifier.retry import Trouble
from records.posts import Post
from tests.notifier.cast import INCIDENT
from tests.notifier.channels.social.cast import LINK, UPDATE, Account
from tests.services import FakeSlack, Reply, answers, does_and_drops

LONG = INCIDENT | {"body": {"en": "One sentence of very many that follow. " * 200, "ja": "出金が遅れています。" * 60}}


def waits(status, headers=None, data=None):
    wait = wait_of(status, headers or {}, data)
    return None if wait is None else round(wait.total_seconds())


def test_a_wait_is_read_wherever_services_say_it():
    now = datetime.now(UTC)
    assert waits(429, {"retry-after": "17"}) == 17
    assert abs((waits(503, {"retry-after": format_datetime(now + timedelta(minutes=5))}) or 0) - 300) < 60
    assert waits(429, {}, {"ok": False, "parameters": {"retry_after": 35}}) == 35
    assert waits(429, {"retry-after": "1"}, {"message": "You are being rate limited.", "retry_after": 0.65}) == 1
    assert waits(429, {}, {"retry_after": 64.57}) == 65
    moment = now + timedelta(minutes=10)
    assert abs((waits(429, {"x-rate-limit-reset": str(int(moment.timestamp()))}) or 0) - 600) < 60
    assert abs((waits(429, {"x-ratelimit-reset": moment.isoformat()}) or 0) - 600) < 60
    assert waits(503, {"x-rate-limit-reset": str(int(moment.timestamp()))}) is None


def test_no_wait_is_longer_than_a_day_and_nonsense_is_none():
    assert waits(429, {"retry-after": "9000000"}) == 86_400
    assert waits(429, {"x-rate-limit-reset": "1"}) == 0
    for headers in ({"retry-after": "soon"}, {"retry-after": "-5"}, {"x-rate-limit-reset": "9" * 40}, {}):
        assert waits(429, headers) is None
    nonsense: list[Any] = [
        {"retry_after": "nan"},
        {"retry_after": True},
        {"retry_after": -1},
        [],
        None,
        {"parameters": []},
    ]
    for data in nonsense:
        assert waits(429, {}, data) is None


@pytest.mark.parametrize(("kind", "limit"), [("mastodon", 500), ("bluesky", 300), ("telegram", 4096), ("discord", 2000),
                                             ("slack", 4000), ("x", 280)])  # fmt: skip
async def test_a_long_notice_is_fitted_by_whole_sentences_to_what_the_service_takes(account_at, kind, limit):
    account = account_at(kind)
    message = account.message(facts=LONG)
    await account.send(message)
    [text] = account.texts
    assert account.service.manner.measure(text) <= limit
    # One more sentence would not have fitted.
    assert account.service.manner.measure(text) > limit - 60
    assert text.endswith(LINK)
    assert text.split("\n")[0].endswith(".")


async def test_japanese_at_x_has_half_the_room(account_at):
    account = account_at("x")
    await account.send(account.message(facts=LONG, language="ja"))
    [text] = account.texts
    assert account.service.manner.measure(text) <= 280
    assert len(text) < 240
    assert text.endswith(LINK)


async def test_a_server_that_takes_less_gets_fewer_sentences(account_at):
    account = account_at("mastodon")
    account.server.limit = 180
    message = account.message()
    receipt = await account.send(message)
    [text] = account.texts
    assert len(text) < len(message.post)
    assert receipt.post.text == text
    assert text.endswith(LINK)
    assert text.startswith("Bitcoin withdrawals are delayed, since")


def without(monkeypatch, server, path, reply):
    """The service answers so on one of its paths."""
    real = server.answer
    monkeypatch.setattr(server, "answer", lambda asked: reply if path in asked.path else real(asked))


async def test_a_server_that_does_not_say_how_much_it_takes_is_taken_at_its_usual_word(account_at, monkeypatch):
    account = account_at("mastodon")
    without(monkeypatch, account.server, "/api/v2/instance", Reply(status=404, document={"error": "Record not found"}))
    message = account.message()
    await account.send(message)
    assert account.texts == [message.post]


async def test_bluesky_logs_in_once_and_renews_what_is_over(account_at, monkeypatch):
    account = account_at("bluesky")
    for number in (1, 2):
        await account.send(account.message(number=number, facts=INCIDENT if number == 1 else UPDATE))
    assert (account.server.logins, account.server.refreshes) == (1, 0)
    account.server.live.clear()
    await account.send(account.message(number=3))
    assert (account.server.logins, account.server.refreshes) == (1, 1)
    account.server.live.clear()
    revoked = Reply(status=400, document={"error": "ExpiredToken", "message": "Token has been revoked"})
    without(monkeypatch, account.server, "server.refreshSession", revoked)
    await account.send(account.message(number=4))
    assert (account.server.logins, account.server.refreshes) == (2, 1)
    assert len(account.server.posts) == 4


async def test_bluesky_makes_one_record_even_when_nobody_remembers_the_first_try(account_at):
    account = account_at("bluesky")
    message = account.message()
    await account.send(message)
    # As after a kill: the same delivery, claimed anew, and nobody knows that it was tried.
    error = await account.refused(message)
    assert error.trouble is Trouble.POST_RETRYABLE
    assert (await account.send(message, is_repeat=True)).post.id == account.server.posts[0]["uri"]
    assert len(account.server.posts) == 1


async def test_x_refuses_a_twin_and_we_take_it_for_the_post(account_at):
    account = account_at("x")
    message = account.message()
    first = await account.send(message)
    again = await account.send(message)
    assert again.post == first.post
    assert len(account.server.posts) == 1


async def test_x_takes_a_bearer_token_too(account_at):
    account = account_at("x")
    account.channel = type(account.channel)(service_of(account.server.bearer_url))
    await account.send(account.message())
    assert len(account.server.posts) == 1


def test_x_signs_as_its_documentation_shows():
    """The worked example of X's page "Creating a signature", as far as it goes with a body of JSON."""
    keys = {
        "consumer_key": "xvz1evFS4wEEPTGEFPHBog",
        "consumer_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "access_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "access_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    }
    url = "https://api.x.com/1.1/statuses/update.json?include_entities=true&status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21"
    header = signature(keys, "POST", url, nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", at=1318622958)
    assert header.startswith("OAuth ")
    assert 'oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"' in header


async def test_slack_says_no_with_a_yes(account_at):
    account = account_at("slack")
    for word, trouble in (
        ("ratelimited", Trouble.POST_LIMITED),
        ("token_revoked", Trouble.CONFIGURATION),
        ("channel_not_found", Trouble.PERMANENT),
        ("msg_too_long", Trouble.PERMANENT),
        ("internal_error", Trouble.POST_RETRYABLE),
    ):
        account.server.manners.append(answers(200, {"ok": False, "error": word}))
        error = await account.refused(account.message())
        assert (error.trouble, error.code) == (trouble, word)


async def test_slack_repeats_only_where_it_may_look(account_at):
    account = account_at("slack")
    message = account.message()
    account.server.may_read = False
    account.server.manners.append(does_and_drops)
    await account.refused(message)
    await account.send(message, is_repeat=True)
    assert len(account.server.posts) == 2
    named = account.url.replace("C024BE91L", "status")
    account.channel = type(account.channel)(service_of(named))
    account.server.manners.append(does_and_drops)
    assert (await account.refused(message)).trouble is Trouble.UNCERTAIN


async def test_slack_updates_stand_in_the_channel_too(account_at):
    account = account_at("slack")
    first = (await account.send(account.message())).post
    await account.send(account.message(facts=UPDATE, number=2), reply_to=first)
    asked = [asked.json for asked in account.server.asked if account.server.is_post(asked)]
    assert "reply_broadcast" not in asked[0]
    assert asked[1]["reply_broadcast"] is True
    assert first.url == "https://acme.slack.com/archives/C024BE91L/p1700000000000000"


async def test_markup_and_mentions_stay_words(account_at):
    facts = INCIDENT | {"name": {"en": "<!channel> *BTC* & @everyone"}}
    slack, discord = account_at("slack"), account_at("discord")
    for account in (slack, discord):
        await account.send(account.message(facts=facts))
    assert slack.texts[0].startswith("&lt;!channel&gt; *BTC* &amp; @everyone")
    assert discord.texts[0].startswith("\\<!channel> \\*BTC\\* & @everyone")
    assert discord.server.asked[0].json["allowed_mentions"] == {"parse": []}


async def test_telegram_names_public_and_private_places(account_at):
    account = account_at("telegram")
    assert (await account.send(account.message())).post.url == "https://t.me/acmestatus/41"
    private = {"message_id": 9, "chat": {"id": -1001234567890, "type": "channel"}, "text": ""}
    account.server.manners.append(answers(200, {"ok": True, "result": private}))
    assert (await account.send(account.message(number=2))).post.url == "https://t.me/c/1234567890/9"


async def test_an_address_that_is_none_of_the_web_is_not_kept(account_at):
    account = account_at("mastodon")
    for url in (
        "javascript:alert(1)",
        "https://a.example/" + "x" * 2_000,
        f"https://a.example/{account.server.secrets[0]}",
    ):
        account.server.manners.append(answers(200, {"id": "1", "url": url}))
        post = (await account.send(account.message())).post
        assert post.url in ("", "https://a.example/…")


async def test_an_opening_of_another_service_does_not_keep_an_update_back(account_at):
    """As after an account's address was changed and its name was not."""
    for kind in ("mastodon", "slack", "discordbot"):
        account = account_at(kind)
        await account.send(account.message(facts=UPDATE, number=2), reply_to=Post(id="at://elsewhere/1", text="x"))
        assert len(account.server.posts) == 1, kind


async def test_a_post_says_its_language(account_at):
    mastodon, bluesky = account_at("mastodon"), account_at("bluesky")
    for account in (mastodon, bluesky):
        await account.send(account.message(language="fr"))
    assert mastodon.server.posts[0]["language"] == "fr"
    assert bluesky.server.posts[0]["_record"]["langs"] == ["fr"]


async def test_a_webhook_of_slack_that_answers_anything_but_ok_is_not_believed():
    with FakeSlack() as server:
        account = Account("slackhook", server)
        server.manners.append(answers(200, b"<html>"))
        assert (await account.refused(account.message())).trouble is Trouble.UNCERTAIN
