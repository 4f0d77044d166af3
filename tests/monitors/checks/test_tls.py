"""The look at certificates, against real TLS servers."""

import asyncio
from pathlib import Path

import pytest

from monitors.checks.target import Target, Tools
from monitors.checks.tls import look
from monitors.client import Client
from monitors.services import conclude_service
from monitors.settings import ServiceMonitor
from monitors.wishes import Limit, Limits, TlsWish
from records.observations import Seen
from records.verdicts import VerdictKind
from tests.certificates import Authority, tcp_server
from tests.nodes import free_port

LIMITS = Limits(
    fact="tls_days_left",
    name="the number of days left of the certificate",
    told=Limit(below=14),
    degraded=Limit(below=2),
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def see(client: Client, port: int, ca_file: Path | None, server_name: str | None = None):
    wish = TlsWish(server_name=server_name, ca_file=None if ca_file is None else str(ca_file))
    target = Target(monitor="site", name="site", url=f"127.0.0.1:{port}", deadline_seconds=1.0, wish=wish)
    return await look(target, Tools(client=client))


async def verdict_for(client: Client, authority: Authority, days: float) -> tuple[VerdictKind, str]:
    async with tcp_server(stay, authority.context_for("127.0.0.1", days=days)) as port:
        seen = await see(client, port, authority.ca_file)
    conclusion = conclude_service(ServiceMonitor(id="site", kind="tls", limits=LIMITS), seen)
    return conclusion.kind, conclusion.reasoning


async def test_the_days_left_are_counted(client: Client, authority: Authority):
    async with tcp_server(stay, authority.context_for("127.0.0.1", days=30)) as port:
        seen = await see(client, port, authority.ca_file)
    assert (seen.seen, seen.facts) == (Seen.OK, {"tls_days_left": 30.0})
    assert seen.latency_ms is not None


async def test_few_days_are_told_and_fewer_count(client: Client, authority: Authority):
    assert await verdict_for(client, authority, 30) == (VerdictKind.OPERATIONAL, "it answers as expected")
    told = "the number of days left of the certificate is 10, below 14"
    assert await verdict_for(client, authority, 10) == (VerdictKind.OPERATIONAL, told)
    few = "the number of days left of the certificate is 1, below 2"
    assert await verdict_for(client, authority, 1) == (VerdictKind.SERVICE_IMPAIRED, few)
    assert await verdict_for(client, authority, -0.5) == (VerdictKind.SERVICE_DOWN, "the certificate has expired")


@pytest.mark.parametrize(
    ("name", "days", "since_days", "note"),
    [
        ("127.0.0.1", -0.1, -9, "the certificate has expired"),
        ("127.0.0.1", 9, 3, "the certificate is not valid yet"),
        ("127.0.0.2", 9, -1, "the certificate is for another host"),
        ("vault.internal", 9, -1, "the certificate is for another host"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(
    client: Client, authority: Authority, name: str, days: float, since_days: float, note: str
):
    async with tcp_server(stay, authority.context_for(name, days=days, since_days=since_days)) as port:
        seen = await see(client, port, authority.ca_file)
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, note)


async def test_a_certificate_may_be_asked_for_by_another_name(client: Client, authority: Authority):
    async with tcp_server(stay, authority.context_for("vault.internal", days=30)) as port:
        assert (await see(client, port, authority.ca_file, "vault.internal")).seen is Seen.OK


async def test_an_authority_that_nobody_named_is_not_trusted(client: Client, authority: Authority):
    async with tcp_server(stay, authority.context_for("127.0.0.1", days=30)) as port:
        seen = await see(client, port, None)
    assert (seen.seen, seen.note) == (Seen.TRANSPORT, "nobody we trust vouches for the certificate")


async def test_a_file_of_authorities_that_is_not_there_is_said_to_be_unreadable(client: Client, tmp_path: Path):
    seen = await see(client, 9, tmp_path / "none.pem")
    assert seen.note == "the file with the authorities (ca_file) cannot be read"
    (tmp_path / "bad.pem").write_text("no certificate")
    assert (await see(client, 9, tmp_path / "bad.pem")).note == seen.note


async def test_a_server_without_tls_and_one_that_says_nothing_are_transport_failures(
    client: Client, authority: Authority
):
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n" * 20)
        await reader.read()

    async with tcp_server(plain) as port:
        assert (await see(client, port, authority.ca_file)).note == "the secure connection failed"
    async with tcp_server(stay) as port:
        assert (await see(client, port, authority.ca_file)).note == "no whole answer in time"
    refused = await see(client, free_port(), authority.ca_file)
    assert (refused.note, refused.facts) == ("the connection was refused", {"refused": True})
