"""Mail to servers that go wrong: every stage of the talk, each way of going wrong, and what is said of the message."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from notifier.channels.contract import ChannelError, Recipient
from notifier.channels.email import Email, Relay
from notifier.compose import compose
from notifier.retry import RULES, Trouble
from tests.mail import own_certificate
from tests.notifier.cast import HOUSE, a_notice
from tests.rough import STAGES, RoughServer

MESSAGE = compose(a_notice(), "en", HOUSE)
SECRET = b"stays the same over restarts"


def to(number):
    return Recipient(key=f"notice000001.1.{number}", address=f"c{number}@customer.example")


@pytest.fixture(scope="module")
def certificate():
    with own_certificate() as certificate:
        yield certificate


def relay_to(port, **changes):
    plain = Relay(
        host="127.0.0.1",
        port=port,
        security="none",
        connections=1,
        connect_timeout_seconds=0.5,
        command_timeout_seconds=0.5,
        dot_timeout_seconds=0.5,
    )
    return replace(plain, **changes)


def careful_relay_to(port, certificate):
    """With every stage there is: TLS in mid-talk, and a login."""
    return relay_to(
        port, security="starttls", username="notices", password="x", tls_context=certificate.client_context()
    )


async def refused(channel, number=1):
    with pytest.raises(ChannelError) as caught:
        async with asyncio.timeout(20):
            await channel.send(MESSAGE, to(number))
    return caught.value


def expected_at(stage):
    """What is known of a message when the talk ends at this stage."""
    if stage == "dot":
        return Trouble.UNCERTAIN
    return Trouble.LOST if stage in ("mail", "rcpt", "data") else Trouble.RELAY


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelined", "one by one"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("how", ["hangs", "drops"])
async def test_silence_and_breaks_at_every_stage_say_whether_it_may_have_arrived(certificate, how, stage, offers):
    async with RoughServer(tls=certificate.server_context()) as server:
        server.rough.offers = offers
        getattr(server.rough, how).add(stage)
        channel = Email(careful_relay_to(server.port, certificate), HOUSE, secret=SECRET)
        error = await refused(channel)
        assert error.trouble is expected_at(stage)
        assert error.phase == (stage if error.trouble is not Trouble.RELAY else "connect")
        assert len(server.contents) == int(stage == "dot")
        getattr(server.rough, how).clear()
        assert (await channel.send(MESSAGE, to(2))).code == "250"
        await channel.close()


@pytest.mark.parametrize("stage", ["connect", "ehlo", "auth", "mail", "rcpt", "data", "dot"])
async def test_an_answer_that_drips_without_end_is_silence(certificate, stage):
    async with RoughServer(tls=certificate.server_context()) as server:
        server.rough.drips.add(stage)
        channel = Email(careful_relay_to(server.port, certificate), HOUSE, secret=SECRET)
        assert (await refused(channel)).trouble is expected_at(stage)
        await channel.close()


async def test_an_answer_that_comes_slowly_is_an_answer(certificate):
    async with RoughServer() as server:
        server.rough.says = {
            stage: "\r\n".join([f"{code}-patience" for _ in range(20)] + [f"{code} at last"])
            for stage, code in (("mail", 250), ("rcpt", 250), ("dot", 250))
        }
        channel = Email(relay_to(server.port), HOUSE, secret=SECRET)
        assert (await channel.send(MESSAGE, to(1))).reply.endswith("at last")
        await channel.close()


@pytest.mark.parametrize(
    ("stage", "says", "trouble"),
    [
        ("connect", "421 4.3.2 too busy", Trouble.RELAY),
        ("connect", "554 5.7.1 you are not welcome", Trouble.RELAY),
        ("connect", "HTTP/1.1 400 Bad Request", Trouble.RELAY),
        ("ehlo", "421 4.3.2 closing", Trouble.RELAY),
        ("starttls", "454 4.7.0 TLS not available", Trouble.RELAY),
        ("handshake", "220 what is TLS?\r\n", Trouble.RELAY),
        ("auth", "535 5.7.8 wrong login", Trouble.CONFIGURATION),
        ("auth", "454 4.7.0 the directory is away", Trouble.RELAY),
        ("mail", "530 5.7.0 log in first", Trouble.CONFIGURATION),
        ("mail", "452 4.3.1 the disk is full", Trouble.DEFERRED),
        ("rcpt", "450 4.2.0 Greylisted", Trouble.GREYLISTED),
        ("rcpt", "599 what nobody has ever seen", Trouble.PERMANENT),
        ("rcpt", "552 5.2.2 mailbox full", Trouble.PERMANENT),
        ("dot", "552 message is too big", Trouble.CONTENT),
        ("dot", "552 5.3.4 message is too big", Trouble.CONTENT),
        ("dot", "571 5.9.9 what nobody has ever seen", Trouble.PERMANENT),
        ("dot", "499 what nobody has ever seen", Trouble.DEFERRED),
        ("dot", "421 4.3.2 closing", Trouble.BUSY),
    ],
)
async def test_what_is_said_at_a_stage_is_placed(certificate, stage, says, trouble):
    async with RoughServer(tls=certificate.server_context()) as server:
        server.rough.says[stage] = says
        channel = Email(careful_relay_to(server.port, certificate), HOUSE, secret=SECRET)
        assert (await refused(channel)).trouble is trouble
        server.rough.says.clear()
        assert (await channel.send(MESSAGE, to(2))).code == "250"
        await channel.close()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("says", ["yes, of course", "2500 ok", "999 ok", "100 ok", "25", "\xff\xfe"])
async def test_what_is_no_answer_ends_the_connection_and_not_the_program(stage, says):
    async with RoughServer() as server:
        server.rough.says[stage] = says
        channel = Email(relay_to(server.port), HOUSE, secret=SECRET)
        error = await refused(channel)
        assert not RULES[error.trouble].blocks_address
        server.rough.says.clear()
        assert (await channel.send(MESSAGE, to(2))).code == "250"
        await channel.close()


@pytest.mark.parametrize("deaf_after", [{"mail"}, {"rcpt"}, {"dot"}])
async def test_a_server_that_loses_what_is_pipelined_is_soon_spoken_to_slowly(deaf_after):
    async with RoughServer() as server:
        server.rough.deaf_after = deaf_after
        channel = Email(relay_to(server.port), HOUSE, secret=SECRET)
        left, rounds = set(range(6)), 0
        while left and rounds < 10:
            rounds += 1
            tried = sorted(left)
            results = await asyncio.gather(
                *(channel.send(MESSAGE, to(number)) for number in tried), return_exceptions=True
            )
            assert not any(isinstance(each, ChannelError) and each.is_ambiguous for each in results)
            left -= {number for number, each in zip(tried, results, strict=True) if not isinstance(each, Exception)}
        slow = server.connections
        await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(10, 40)))
        await channel.close()
    assert not left
    assert server.connections <= slow + 1
    assert len(server.contents) == 36


# The same against a server that is not ours.


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Postfix's own sink with its faults switched on; its port."""
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no smtp-sink on this machine (Debian: apt-get install postfix)")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, *options, f"127.0.0.1:{port}", "64"])
    try:
        while True:
            assert process.poll() is None, "smtp-sink did not start"
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("options", "trouble", "phase"),
    [
        (["-q", "CONNECT"], Trouble.RELAY, "connect"),
        (["-q", "EHLO,HELO"], Trouble.RELAY, "connect"),
        (["-q", "MAIL"], Trouble.LOST, "mail"),
        (["-q", "RCPT"], Trouble.LOST, "rcpt"),
        (["-q", "DATA"], Trouble.LOST, "data"),
        (["-q", "."], Trouble.UNCERTAIN, "dot"),
        (["-Q", "CONNECT"], Trouble.RELAY, "connect"),
        (["-Q", "MAIL"], Trouble.BUSY, "mail"),
        (["-Q", "RCPT"], Trouble.BUSY, "rcpt"),
        (["-Q", "."], Trouble.BUSY, "dot"),
        (["-r", "MAIL"], Trouble.DEFERRED, "mail"),
        (["-r", "RCPT", "-b", "450 4.7.1 Greylisted, see you in 5 minutes"], Trouble.GREYLISTED, "rcpt"),
        (["-r", "."], Trouble.DEFERRED, "dot"),
        (["-f", "MAIL"], Trouble.POLICY, "mail"),
        (["-f", "RCPT", "-B", "550 5.1.1 nobody of that name"], Trouble.ADDRESS, "rcpt"),
        (["-f", "DATA", "-B", "552 5.3.4 too big"], Trouble.CONTENT, "data"),
        (["-f", ".", "-B", "597 5.9.9 nobody knows"], Trouble.PERMANENT, "dot"),
        (["-p", "-q", "."], Trouble.UNCERTAIN, "dot"),
        # It says no after DATA, and reads no content.
        (["-A", "0"], Trouble.PERMANENT, "dot"),
        (["-p", "-A", "1"], Trouble.PERMANENT, "dot"),
        (["-e", "-q", "."], Trouble.UNCERTAIN, "dot"),
    ],
)
async def test_the_faults_of_postfixs_own_sink_are_placed(options, trouble, phase):
    with smtp_sink(*options) as port:
        channel = Email(relay_to(port, dot_timeout_seconds=5, command_timeout_seconds=5), HOUSE, secret=SECRET)
        error = await refused(channel)
        await channel.close()
    assert (error.trouble, error.phase) == (trouble, phase)


@pytest.mark.parametrize(
    "options",
    [
        # It offers less and less, down to SMTP of 1982.
        ["-8"],
        ["-N"],
        ["-E"],
        ["-a"],
        ["-p"],
        ["-e"],
        ["-P"],
        # It is slow at the content, and at each of the answers.
        ["-w", "1"],
        ["-H", "1"],
        ["-p", "-W", "RCPT:1"],
        ["-p", "-W", ".:1"],
    ],
)
async def test_what_postfixs_own_sink_does_not_offer_or_is_slow_at_keeps_no_mail_back(options):
    with smtp_sink(*options) as port:
        relay = relay_to(port, dot_timeout_seconds=20, command_timeout_seconds=20, connect_timeout_seconds=20)
        channel = Email(relay, HOUSE, secret=SECRET)
        receipts = await asyncio.gather(*(channel.send(MESSAGE, to(number)) for number in range(3)))
        await channel.close()
    assert [receipt.code for receipt in receipts] == ["250"] * 3


@pytest.mark.parametrize("options", [["-W", ".:1"], ["-W", "RCPT:1"], ["-W", "MAIL:1"]])
async def test_answers_that_come_out_of_order_are_nobodys_refusal(options):
    """As Postfix's own sink gives them when it is slow: it announces pipelining, and goes on without waiting."""
    with smtp_sink(*options) as port:
        relay = relay_to(port, dot_timeout_seconds=20, command_timeout_seconds=20, connect_timeout_seconds=20)
        channel = Email(relay, HOUSE, secret=SECRET)
        left, rounds = set(range(4)), 0
        while left and rounds < 12:
            rounds += 1
            tried = sorted(left)
            results = await asyncio.gather(
                *(channel.send(MESSAGE, to(number)) for number in tried), return_exceptions=True
            )
            assert {each.trouble for each in results if isinstance(each, ChannelError)} <= OUT_OF_STEP
            left -= {number for number, each in zip(tried, results, strict=True) if not isinstance(each, Exception)}
        await channel.close()
    assert not left


OUT_OF_STEP = {Trouble.RELAY, Trouble.LOST, Trouble.UNCERTAIN}


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(
    ("stage", "says", "trouble"),
    [
        ("mail", "354 go on", Trouble.LOST),
        ("rcpt", "354 go on", Trouble.LOST),
        ("rcpt", "100 wait", Trouble.LOST),
        ("data", "250 2.0.0 queued", Trouble.LOST),
        ("dot", "354 go on", Trouble.UNCERTAIN),
        ("dot", "999 done", Trouble.UNCERTAIN),
    ],
)
async def test_an_answer_to_something_else_is_no_refusal(stage, says, trouble, offers):
    async with RoughServer() as server:
        server.rough.offers = offers
        server.rough.says[stage] = says
        channel = Email(relay_to(server.port), HOUSE, secret=SECRET)
        assert (await refused(channel)).trouble is trouble
        server.rough.says.clear()
        assert (await channel.send(MESSAGE, to(2))).code == "250"
        await channel.close()


async def test_a_server_that_ends_in_mid_session_took_what_it_said_it_took():
    with smtp_sink("-M", "5") as port:
        channel = Email(relay_to(port, dot_timeout_seconds=5, command_timeout_seconds=5), HOUSE, secret=SECRET)
        results = await asyncio.gather(
            *(channel.send(MESSAGE, to(number)) for number in range(20)), return_exceptions=True
        )
        await channel.close()
    errors = [each for each in results if isinstance(each, ChannelError)]
    assert len(errors) + sum(not isinstance(each, Exception) for each in results) == 20
    # The answer to the last one may have gone down with it.
    assert sum(each.is_ambiguous for each in errors) <= 2
    assert 3 <= 20 - len(errors) <= 5
    assert {each.trouble for each in errors} <= {Trouble.RELAY, Trouble.LOST, Trouble.UNCERTAIN}


async def test_a_server_that_takes_one_connection_at_a_time_gets_everything():
    with smtp_sink("-m", "1") as port:
        relay = relay_to(port, connections=4, dot_timeout_seconds=20, command_timeout_seconds=20)
        channel = Email(relay, HOUSE, secret=SECRET)
        left, rounds = set(range(20)), 0
        while left and rounds < 20:
            rounds += 1
            tried = sorted(left)
            results = await asyncio.gather(
                *(channel.send(MESSAGE, to(number)) for number in tried), return_exceptions=True
            )
            # Nobody answers those that it lets wait, and no message is to blame for that.
            assert {each.trouble for each in results if isinstance(each, ChannelError)} <= {Trouble.RELAY}
            left -= {number for number, each in zip(tried, results, strict=True) if not isinstance(each, Exception)}
        await channel.close()
    assert not left


async def test_an_answer_without_end_is_not_kept(certificate):
    """Neither by the library that connects nor by us."""
    for stage in ("connect", "ehlo", "mail", "rcpt", "data", "dot"):
        async with RoughServer(tls=certificate.server_context()) as server:
            code = {"connect": 220, "data": 354}.get(stage, 250)
            for flood in ("x" * 5_000_000, f"\r\n{code}-more" * 500_000):
                server.rough.says = {stage: f"{code}-{flood}"}
                channel = Email(careful_relay_to(server.port, certificate), HOUSE, secret=SECRET)
                error = await refused(channel)
                assert error.trouble is expected_at(stage)
                assert len(error.reply) <= 500
                await channel.close()
