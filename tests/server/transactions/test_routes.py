"""Where is my transaction: asked with a form, or by a program."""

import logging
from datetime import timedelta

import pytest

from records.desk.maintenance import start
from records.people import COMMAND_LINE
from records.verdicts import VerdictKind
from server.pace import Pace
from server.transactions.routes import routes
from server.wiring import page_of
from tests.server.house import BASIC, settings_with
from tests.server.transactions.conftest import HASH, is_in_block, watch

INCIDENT = {
    "name": {"en": "Ethereum withdrawals <are> delayed"},
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
}


@pytest.fixture
def engine() -> str:
    """What is asked of the store is tested on both engines elsewhere."""
    return "sqlite"


async def test_the_form_needs_no_script_and_no_network(visitor):
    page = await visitor.get("/transactions")
    assert page.status_code == 200
    assert '<form class="ask" method="post" action="/en/transactions">' in page.text
    assert '<option value="ethereum">Ethereum</option>' in page.text


async def test_a_link_chooses_the_network_but_never_brings_a_hash(visitor):
    page = await visitor.get("/transactions", params={"chain": "ethereum", "hash": HASH})
    assert '<option value="ethereum" selected>' in page.text
    assert HASH not in page.text
    other = await visitor.get("/transactions", params={"chain": "<script>"})
    assert "<script>alert" not in other.text
    assert " selected" not in other.text


async def test_what_is_in_no_block_is_told_in_the_readers_language(visitor):
    page = await visitor.post("/transactions", data={"chain": "ethereum", "hash": HASH})
    assert "Our nodes do not see it." in page.text
    assert "1 of 1 node of ours answered" in page.text
    french = await visitor.post("/fr/transactions", data={"chain": "", "hash": HASH})
    assert "Nos nœuds ne la voient pas." in french.text
    assert 'lang="fr"' in french.text


async def test_confirmations_are_counted_with_the_time_that_the_rest_takes(visitor, program, node):
    is_in_block(node, node.height - 3)
    page = await visitor.post("/transactions", data={"chain": "ethereum", "hash": HASH})
    assert "4 of 12 confirmations." in page.text
    assert "It is in a block. The rest takes about 1 minute at the present pace." in page.text
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert (told["found"], told["confirmations"], told["confirmations_needed"]) == ("confirming", 4, 12)
    assert (told["expected_seconds"], told["block_height"], told["nodes_answered"]) == (96, node.height - 3, 1)


async def test_a_form_gets_json_where_only_json_is_accepted(program):
    told = (await program.post("/transactions", data={"hash": HASH})).json()
    assert (told["chain"], told["found"], told["hash"]) == ("ethereum", "not_seen", HASH)


async def test_the_open_incident_and_the_next_promise_stand_below(visitor, program, ops, node):
    opened = ops.post("/api/v1/incidents", json=INCIDENT).json()
    page = await visitor.post("/transactions", data={"chain": "ethereum", "hash": HASH})
    assert f'href="/en/incidents/{opened["id"]}"' in page.text
    assert "Ethereum withdrawals &lt;are&gt; delayed" in page.text
    assert "Next update by" in page.text
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert told["incidents"][0]["url"] == f"https://status.acme.example/incidents/{opened['id']}"
    assert told["incidents"][0]["next_update_at"] is not None


async def test_a_running_window_stands_below_and_one_to_come_does_not(visitor, program, ops, context, clock):
    window = {
        "name": "Ethereum upgrade", "body": "Deposits wait.", "kind": "upgrade", "components": ["eth-deposits"],
        "scheduled_for": "2026-11-29T00:00:00Z", "scheduled_until": "2026-11-29T02:00:00Z",
    }  # fmt: skip
    event = ops.post("/api/v1/maintenances", json=window).json()
    before = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert before["maintenances"] == []
    start(context.desk, event["id"], COMMAND_LINE, clock())
    page = await visitor.post("/transactions", data={"chain": "ethereum", "hash": HASH})
    assert f'href="/en/maintenances/{event["id"]}"' in page.text
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert told["maintenances"][0]["scheduled_until"] == "2026-11-29T02:00:00.000Z"


async def test_trouble_elsewhere_is_not_shown(program, ops):
    ops.post("/api/v1/incidents", json=INCIDENT | {"components": [{"id": "website", "status": "degraded_performance"}]})
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert told["incidents"] == told["maintenances"] == []


@pytest.mark.parametrize(
    ("kind", "ago", "why"),
    [
        (VerdictKind.BLIND, timedelta(0), "blind"),
        (VerdictKind.NETWORK_HALT, timedelta(0), "behind"),
        (VerdictKind.OPERATIONAL, timedelta(minutes=2), "blind"),
    ],
)
async def test_while_the_monitors_do_not_see_nobody_hears_not_seen(program, store, kind, ago, why):
    watch(store, kind, ago=ago)
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert (told["found"], told["why"]) == ("cannot_tell", why)


async def test_nothing_of_the_question_is_logged_kept_by_the_way_or_counted_by_hash(
    visitor, node, caplog, capfd, desk, store
):
    caplog.set_level(logging.DEBUG)
    await visitor.post("/transactions", data={"chain": "ethereum", "hash": HASH})
    await node.stop()
    answer = await visitor.post("/transactions", data={"chain": "ethereum", "hash": "0x" + "cd" * 32})
    assert "We cannot tell right now." in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    told = caplog.text + "".join(capfd.readouterr()) + (await visitor.get("/metrics")).text
    assert "abab" not in told
    assert "cdcd" not in told
    assert 'forewarn_transactions_asked_total{chain="ethereum",found="not_seen"} 1.0' in told
    assert 'forewarn_transactions_asked_total{chain="ethereum",found="cannot_tell"} 1.0' in told


async def test_a_network_that_somebody_made_up_is_no_label(program, desk):
    await program.post("/transactions", json={"chain": "evil\n1", "hash": HASH})
    assert list(desk.counts) == [("", "not_watched")]


async def test_whatever_is_typed_stays_inert(visitor):
    for typed in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "%00", "\u202e" + HASH, "0x" * 5_00):
        page = await visitor.post("/transactions", data={"chain": "ethereum", "hash": typed})
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "This is no transaction hash of Ethereum." in page.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'{"hash": 7}'),
        ("application/json", b'{"chain": "ethereum"}'),
        ("application/json", b"[" * 4_000),
        ("application/x-www-form-urlencoded", b"hash="),
        ("application/x-www-form-urlencoded", b"hash=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"hash=" + b"a" * 5_000),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(50))),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(program, content_type, body):
    answer = await program.post("/transactions", content=body, headers={"content-type": content_type})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"]


async def test_one_address_may_ask_only_so_fast(visitor, program, desk):
    desk.pace = Pace(burst=2, every_seconds=3.0)
    for _ in range(2):
        assert (await program.post("/transactions", json={"hash": HASH})).status_code == 200
    refused = await program.post("/transactions", json={"hash": HASH})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
    page = await visitor.post("/transactions", data={"hash": HASH})
    assert page.status_code == 429
    assert "Try again in 3 seconds." in page.text
    assert (await visitor.get("/transactions")).status_code == 200


def test_it_is_offered_only_where_a_node_is_our_own(context):
    assert page_of(context.settings).transactions_path == "/transactions"
    nodes = [{"name": "eth-1", "url": "http://127.0.0.1:1", "role": "reference"}]
    bare = settings_with(chains=[BASIC["chains"][0] | {"nodes": nodes}])
    assert page_of(bare).transactions_path is None


def test_without_a_node_of_our_own_there_is_no_address(context, desk, monkeypatch):
    monkeypatch.setattr(desk, "_enquiries", type(desk._enquiries)([], desk._client, desk._watched_of, needed={}))
    assert routes(context, desk) == []


async def test_without_our_database_the_nodes_still_tell_what_they_see(program, node, store, tmp_path):
    store.close()
    away = tmp_path.rename(tmp_path.with_name("away"))
    is_in_block(node, node.height - 3)
    told = (await program.post("/transactions", json={"chain": "ethereum", "hash": HASH})).json()
    assert (told["found"], told["confirmations"], told["incidents"]) == ("confirming", 4, [])
    node.changed = {"eth_getTransactionByHash": None, "eth_getTransactionReceipt": None}
    unseen = (await program.post("/transactions", json={"chain": "ethereum", "hash": "0x" + "cd" * 32})).json()
    assert (unseen["found"], unseen["why"]) == ("cannot_tell", "blind")
    away.rename(tmp_path)
