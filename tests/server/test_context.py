"""What handlers work with: a call of the store that stood in another's way is done again."""

import asyncio
import threading

import psycopg
import pytest

from records.errors import InTheWay
from records.store import meta
from records.store.engine import open_store
from tests.server.house import context_on


async def test_two_that_wait_for_each_other_are_both_done(postgres_databases):
    with postgres_databases.migrated() as url:
        store = open_store(url)
        context = context_on(store)
        for name in ("first", "second"):
            meta.write(store, name, "0")
        both_hold = threading.Barrier(2)
        tries = []

        def cross(one: str, other: str) -> None:
            tries.append(one)
            with store.tx():
                add_one(store, one)
                if len(tries) <= 2:
                    both_hold.wait(timeout=20)
                add_one(store, other)

        await asyncio.gather(context.call(cross, "first", "second"), context.call(cross, "second", "first"))
        assert (meta.read(store, "first"), meta.read(store, "second")) == ("2", "2")
        assert len(tries) == 3
        store.close()


def add_one(store, name):
    store.run("UPDATE meta SET content = CAST(CAST(content AS BIGINT) + 1 AS TEXT) WHERE name = :name", name=name)


async def test_what_is_always_in_the_way_is_given_up(postgres_databases):
    with postgres_databases.migrated() as url:
        store = open_store(url)
        context = context_on(store)
        tries = []

        def refused() -> None:
            tries.append(1)
            with store.tx():
                store.run("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")

        with pytest.raises(InTheWay) as caught:
            await context.call(refused)
        assert isinstance(caught.value.__cause__, psycopg.errors.SerializationFailure)
        assert len(tries) == 4
        store.close()
