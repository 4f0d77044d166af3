"""The look at a PostgreSQL, against a real one."""

import asyncio

import pytest

from monitors.checks.postgres import look
from monitors.checks.target import Target, Tools
from monitors.client import Client
from monitors.wishes import PostgresWish
from records.observations import Seen
from tests.certificates import tcp_server
from tests.nodes import free_port
from tests.postgres import Databases


@pytest.fixture
def database(postgres_databases: Databases):
    with postgres_databases.empty() as url:
        yield url


async def see(client: Client, url: str, query: str = "SELECT 1", deadline_seconds: float = 5.0):
    target = Target(monitor="db", name="db", url=url, deadline_seconds=deadline_seconds, wish=PostgresWish(query=query))
    return await look(target, Tools(client=client))


async def test_a_database_that_answers_is_fine(client: Client, database: str):
    seen = await see(client, database)
    assert (seen.seen, seen.facts) == (Seen.OK, {"value": 1.0})
    assert seen.latency_ms is not None


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT 2.5::numeric", 2.5),
        ("SELECT count(*) FROM generate_series(1, 7)", 7.0),
        ("SELECT extract(epoch FROM interval '90 seconds')", 90.0),
        ("SELECT 3, 'and more'", 3.0),
    ],
)
async def test_the_first_number_is_what_is_measured(client: Client, database: str, query: str, value: float):
    assert (await see(client, database, query)).facts == {"value": value}


@pytest.mark.parametrize(
    ("query", "kind", "note"),
    [
        ("SELECT NULL::int", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT 1 WHERE false", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT 'many'", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT true", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT 'NaN'::float", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT 1e400::numeric", Seen.UNSUPPORTED, "the query gives no number"),
        ("SELECT no_such_thing", Seen.RPC_ERROR, "it cannot execute the query"),
        ("CREATE TABLE mine (id int)", Seen.RPC_ERROR, "it cannot execute the query"),
        ("SELECT 1; SELECT 2", Seen.RPC_ERROR, "it cannot execute the query"),
    ],
)
async def test_what_gives_no_number_is_said_in_our_words(client: Client, database: str, query: str, kind, note):
    seen = await see(client, database, query)
    assert (seen.seen, seen.note) == (kind, note)


async def test_a_slow_query_costs_the_deadline(client: Client, database: str):
    seen = await see(client, database, "SELECT pg_sleep(30), 1", 0.4)
    assert (seen.seen, seen.latency_ms is not None and seen.latency_ms < 2000) == (Seen.TRANSPORT, True)


async def test_a_login_that_is_refused_names_nobody(client: Client, database: str):
    seen = await see(client, database.replace("postgres:", "nobody-knows-me:"))
    assert (seen.seen, seen.note) == (Seen.AUTH, "it refuses our login, or what we ask for")


async def test_a_port_without_a_database_is_a_transport_failure(client: Client):
    gone = await see(client, f"postgresql://u:secret@127.0.0.1:{free_port()}/d")
    assert (gone.seen, gone.note, gone.facts) == (Seen.TRANSPORT, "the connection was refused", {"refused": True})

    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with tcp_server(stay) as port:
        silent = await see(client, f"postgresql://u:secret@127.0.0.1:{port}/d", deadline_seconds=0.3)
    assert (silent.seen, silent.note) == (Seen.TRANSPORT, "no whole answer in time")
