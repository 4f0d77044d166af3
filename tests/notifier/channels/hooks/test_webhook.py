"""The posts themselves: what stands in them, and what each answer of a receiver means."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.hooks import sending
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.webhook import UNSUBSCRIBE_SLOT, Webhook, signed
from notifier.compose import compose
from notifier.envelopes import frozen_envelope
from notifier.retry import Trouble
from records.store import notices
from tests.certificates import Authority
from tests.notifier.cast import HOUSE, a_notice
from tests.receivers import LOOPBACK, HookReceiver, says

REACH = Reach(allowed=LOOPBACK)


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


def envelope(_notice):
    return json.dumps({"meta": {"unsubscribe": UNSUBSCRIBE_SLOT}, "incident": {"name": "Bitcoin – delayed"}})


@pytest.fixture
def message(store):
    notice = a_notice()
    notices.add(store, notice)
    return frozen_envelope(store, notice, "en", envelope)


def to(receiver, **changes):
    given = {"key": "n.1.7", "address": receiver.url, "secret": "s3cret", "token": "t" * 32,
             "unsubscribe_url": 'https://status.acme.example/unsubscribe/a"b'}  # fmt: skip
    return Recipient(**(given | changes))


async def fails(channel, message, recipient):
    with pytest.raises(ChannelError) as failed:
        await channel.send(message, recipient)
    return failed.value


async def test_an_event_carries_its_id_the_time_and_a_signature_over_both_time_and_body(receiver, message):
    receipt = await Webhook(REACH, clock=lambda: 1_764_000_000.9).send(message, to(receiver))
    assert (receipt.phase, receipt.code) == ("posted", "200")
    (post,) = receiver.posts
    assert post.headers["forewarn-event"] == "n.1.7"
    assert post.headers["forewarn-timestamp"] == "1764000000"
    mac = hmac.new(b"s3cret", b"1764000000." + post.body, hashlib.sha256).hexdigest()
    assert post.headers["forewarn-signature"] == f"v1={mac}"
    assert post.headers["content-type"] == "application/json"
    assert post.json == {
        "meta": {"unsubscribe": 'https://status.acme.example/unsubscribe/a"b'},
        "incident": {"name": "Bitcoin – delayed"},
    }


def test_an_envelope_is_frozen_at_first_use(store, message):
    notice = notices.notice(store, message.notice_id)
    again = frozen_envelope(store, notice, "en", lambda _notice: "other")
    assert again == message
    assert again.sha256 == hashlib.sha256(message.envelope.encode()).hexdigest()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (301, Trouble.PERMANENT), (307, Trouble.PERMANENT), (400, Trouble.PERMANENT), (403, Trouble.PERMANENT),
        (404, Trouble.PERMANENT), (413, Trouble.PERMANENT), (408, Trouble.RECEIVER), (425, Trouble.RECEIVER),
        (500, Trouble.RECEIVER), (503, Trouble.RECEIVER), (429, Trouble.POST_LIMITED), (410, Trouble.ADDRESS),
    ],
)  # fmt: skip
async def test_an_answer_that_is_no_yes_is_placed(receiver, message, status, trouble):
    receiver.manner = says(status, b"why\n\x1b[31m not", Retry_After="90")
    error = await fails(Webhook(REACH), message, to(receiver))
    assert (error.trouble, error.phase, error.code) == (trouble, "answered", str(status))
    assert error.reply == "why [31m not"
    assert error.retry_after == timedelta(seconds=90)


async def test_where_nobody_listens_it_is_tried_again_and_where_we_do_not_go_never(receiver, message):
    assert (await fails(Webhook(Reach()), message, to(receiver))).trouble is Trouble.PERMANENT
    assert (await fails(Webhook(REACH), message, to(receiver, address="https://user@a.example"))).trouble is (
        Trouble.PERMANENT
    )
    url = receiver.url
    receiver.__exit__(None, None, None)
    error = await fails(Webhook(REACH), message, to(receiver, address=url))
    assert (error.trouble, error.code) == (Trouble.RECEIVER, "unreachable")
    receiver.is_over.clear()


@pytest.mark.parametrize("missing", ["secret", "unsubscribe_url"])
async def test_nothing_unsigned_leaves(receiver, message, missing):
    assert (await fails(Webhook(REACH), message, to(receiver, **{missing: ""}))).trouble is Trouble.PERMANENT
    assert receiver.posts == []


async def test_words_without_an_envelope_do_not_go_to_a_program(receiver):
    assert (await fails(Webhook(REACH), compose(a_notice(), "en", HOUSE), to(receiver))).trouble is Trouble.PERMANENT


async def test_one_that_hangs_or_shows_a_bad_certificate_is_tried_again(receiver, tmp_path):
    receiver.manner = receiver.hangs
    with pytest.raises(ChannelError) as failed:
        await sending.hand_over(REACH, receiver.url, b"{}", {}, deadline_seconds=0.3)
    assert (failed.value.trouble, failed.value.phase, failed.value.code) == (Trouble.RECEIVER, "posted", "timeout")
    with HookReceiver(context=Authority(tmp_path).context_for("127.0.0.1", days=30)) as unknown:
        with pytest.raises(ChannelError) as failed:
            await sending.hand_over(REACH, unknown.url, b"{}", {})
        assert (failed.value.trouble, failed.value.phase, failed.value.code) == (Trouble.RECEIVER, "connect", "tls")
        assert unknown.posts == []


def test_two_secrets_make_two_signatures_of_which_either_proves_it():
    body, at = b'{"a":1}', 1_800_000_000
    alone = [signed(body, event="e", secret=each, at=at)["Forewarn-Signature"] for each in ("new", "old")]
    assert signed(body, event="e", secret="new old", at=at)["Forewarn-Signature"] == ",".join(alone)
