"""What holds at every service alike: evidence, threads, repeats, refusals, secrets."""

import asyncio
import logging
import socket
from dataclasses import replace

import pytest

from notifier.channels.social import SERVICES, api, service_of
from notifier.channels.social.addresses import address_of
from notifier.retry import Trouble
from tests.notifier.channels.social.cast import ACCOUNTS, LINK, SURE, UPDATE
from tests.services import answers, does_and_babbles, does_and_drops, echoes_everything

#: Services whose posts have no name: nothing can answer to them.
NAMELESS = ("slackhook",)
#: Services that take a name for a post but let nothing answer to it.
THREADLESS = ("discord", "slackhook")


def reply_of(post):
    return post.get("_reply") or post.get("in_reply_to_id")


def test_every_service_of_ours_stands_in_the_cast():
    assert {*ACCOUNTS, "poster"} == set(SERVICES)


async def test_a_post_is_what_was_frozen_to_the_letter_and_leaves_evidence(account):
    message = account.message()
    receipt = await account.send(message)
    assert account.texts == [message.post]
    assert message.post.endswith(LINK)
    assert receipt.post is not None
    assert receipt.post.text == message.post
    if account.kind not in NAMELESS:
        assert receipt.post.id
        assert receipt.post.url.startswith("http")
        assert receipt.post.url in receipt.reply


async def test_an_update_answers_to_the_first_post(account):
    first = (await account.send(account.message())).post
    second = await account.send(account.message(facts=UPDATE, number=2), reply_to=first if first.id else None)
    assert len(account.server.posts) == 2
    if account.kind not in THREADLESS:
        assert reply_of(account.server.posts[0]) is None
        answered = reply_of(account.server.posts[1])
        if account.kind == "bluesky":
            assert answered["root"] == answered["parent"] == {"uri": first.id, "cid": first.reference["cid"]}
        else:
            assert str(answered) == first.id
    assert second.post.id != first.id or account.kind in NAMELESS


async def test_news_comes_out_though_the_first_post_is_gone(account):
    first = (await account.send(account.message())).post
    if account.kind == "x":
        account.server.gone.add(first.id)
    if account.kind != "x":
        account.server.posts.clear()
    update = account.message(facts=UPDATE, number=2)
    await account.send(update, reply_to=first if first.id else None)
    assert account.texts[-1] == update.post


async def test_two_languages_are_two_posts(account):
    await account.send(account.message())
    await account.send(account.message(language="fr"))
    assert len(set(account.texts)) == 2
    assert "retraits Bitcoin" in account.texts[1]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (302, Trouble.PERMANENT),
        (400, Trouble.PERMANENT),
        (401, Trouble.CONFIGURATION),
        (404, Trouble.PERMANENT),
        (413, Trouble.PERMANENT),
        (425, Trouble.POST_RETRYABLE),
        (429, Trouble.POST_LIMITED),
        (500, Trouble.POST_RETRYABLE),
        (503, Trouble.POST_RETRYABLE),
    ],
)
async def test_a_refused_post_says_why(account, status, trouble):
    # Where a session may be over, a 401 is asked about once more.
    account.server.manners.extend(2 * [answers(status, {"error": "no"}, Location=f"{account.server.base}/elsewhere")])
    error = await account.refused(account.message())
    assert (error.trouble, error.code) == (trouble, str(status))
    assert account.texts == []
    assert not [asked for asked in account.server.asked if asked.path == "/elsewhere"]


async def test_a_wait_is_obeyed_wherever_it_is_said(account):
    account.server.manners.append(answers(429, {"error": "slow down"}, Retry_After="120"))
    assert (await account.refused(account.message())).retry_after.total_seconds() == 120
    account.server.manners.append(answers(503, {"error": "later"}, Retry_After="30"))
    assert (await account.refused(account.message())).retry_after.total_seconds() == 30


async def test_nobody_there_was_surely_not_posted(account_at):
    account = account_at("mastodon")
    nobody = service_of("mastodon://token-of-nobody@127.0.0.1:1")
    account.channel = type(account.channel)(nobody)
    error = await account.refused(account.message())
    assert (error.trouble, error.phase) == (Trouble.POST_RETRYABLE, "connect")


async def test_a_service_that_says_nothing_may_have_posted(account, monkeypatch):
    monkeypatch.setattr(api, "_DEADLINE_SECONDS", 1.0)
    message = account.message()
    account.server.manners.append(account.server.hangs)
    error = await account.refused(message)
    assert (error.phase, error.code) == ("posted", "timeout")
    assert error.trouble is (Trouble.POST_UNCERTAIN if account.kind in SURE else Trouble.UNCERTAIN)


async def test_a_service_that_never_came_to_hear_of_it_has_surely_not_posted(account_at, monkeypatch):
    monkeypatch.setattr(api, "_DEADLINE_SECONDS", 0.5)
    account = account_at("mastodon")
    # It takes connections, and says nothing to a greeting of TLS.
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        account.channel = type(account.channel)(service_of(f"mastodons://token-of-nobody@127.0.0.1:{port}"))
        error = await account.refused(account.message())
    assert (error.trouble, error.phase, error.code) == (Trouble.POST_RETRYABLE, "connect", "timeout")


@pytest.mark.parametrize("fails", [does_and_drops, does_and_babbles], ids=["drops", "babbles"])
async def test_a_post_whose_answer_is_lost_is_made_once_where_the_service_can_tell(account, fails):
    message = account.message()
    account.server.manners.append(fails)
    error = await account.refused(message)
    assert error.phase == "posted"
    assert error.trouble is (Trouble.POST_UNCERTAIN if account.kind in SURE else Trouble.UNCERTAIN)
    receipt = await account.send(message, is_repeat=True)
    assert receipt.post.text == message.post
    assert len(account.server.posts) == (1 if account.kind in SURE else 2)
    if account.kind in SURE:
        assert receipt.post.id


async def test_an_update_whose_answer_is_lost_is_made_once_too(account):
    if account.kind not in SURE:
        return
    first = (await account.send(account.message())).post
    update = account.message(facts=UPDATE, number=2)
    account.server.manners.append(does_and_drops)
    await account.refused(update, reply_to=first)
    receipt = await account.send(update, reply_to=first, is_repeat=True)
    assert len(account.server.posts) == 2
    assert receipt.post.id != first.id


async def test_a_post_that_was_not_made_is_made_at_the_next_try(account):
    message = account.message()
    account.server.manners.append(answers(503, {"error": "away"}))
    await account.refused(message)
    await account.send(message, is_repeat=True)
    assert account.texts == [message.post]


async def test_a_megabyte_of_an_answer_is_not_read_whole(account):
    account.server.manners.append(answers(200, b'{"id": "' + b"x" * 1_000_000 + b'"}'))
    error = await account.refused(account.message())
    assert error.phase == "posted"
    assert len(error.reply) <= 500


async def test_a_megabyte_of_a_no_is_a_no(account):
    account.server.manners.append(answers(500, b"y" * 1_000_000))
    error = await account.refused(account.message())
    assert error.trouble is Trouble.POST_RETRYABLE
    assert len(error.reply) <= 500


async def test_closing_ends_what_hangs(account):
    account.server.manners.append(account.server.hangs)
    sending = asyncio.ensure_future(account.refused(account.message()))
    async with asyncio.timeout(20):
        while not account.server.posts:
            await asyncio.sleep(0.01)
        await account.channel.close()
        error = await sending
    assert (error.trouble, error.code) == (Trouble.UNCERTAIN, "closed")


async def test_no_secret_is_shown_whatever_the_far_side_says(account, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    account.server.manners.append(echoes_everything)
    error = await account.refused(account.message())
    receipt = await account.send(account.message())
    shown = [str(error), error.reply, repr(error), repr(receipt), repr(account.service), repr(address_of(account.url))]
    said = "\n".join([*shown, caplog.text, *capsys.readouterr()])
    for secret in account.server.secrets:
        for part in (secret, *secret.split("/")):
            assert part not in said


async def test_an_account_says_who_it_is_without_posting(account):
    standing = await account.service.examine()
    assert account.server.posts == []
    assert bool(standing.said)
    assert standing.is_known is (account.kind != "slackhook")


async def test_a_wrong_token_is_a_matter_of_settings(account_at):
    for kind in ("mastodon", "bluesky", "telegram", "discordbot", "slack", "x"):
        account = account_at(kind)
        secret = account.server.secrets[1 if kind == "discordbot" else 0]
        wrong = service_of(account.url.replace(secret, secret[:-3] + "bad"))
        account.channel = type(account.channel)(wrong)
        assert (await account.refused(account.message())).trouble is Trouble.CONFIGURATION, kind


async def test_a_message_that_nobody_fitted_is_fitted_here(account):
    message = replace(account.message(), post="")
    await account.send(message)
    assert account.texts[0].endswith(LINK)
