"""The queries that run often find their rows by an index, on both engines."""

import pytest

from records.audience import parse
from records.notices import Lane
from records.store.audience import condition
from records.store.sqlite import SqliteStore

_TOLD = condition(parse("told:aaaaaaaaaaaa"))[0]
_HOT = {
    "one customer's ledger": (
        "SELECT * FROM ledger WHERE customer_id = :a0 ORDER BY at DESC LIMIT 500",
        1,
    ),
    "a notice's counts": (
        "SELECT channel, outcome, count(*) FROM ledger WHERE notice_id = :a0 AND version = 1 GROUP BY channel, outcome",
        "aaaaaaaaaaaa",
    ),
    "what is due of a notice": (
        "SELECT customer_id FROM deliveries WHERE channel = :a0 AND lane = 1 AND notice_id = 'a' AND due_at <= 1",
        "email",
    ),
    "the next notice in a lane": (
        f"SELECT min(notice_id) FROM deliveries WHERE channel = :a0 AND lane = {Lane.URGENT.rank} AND notice_id > 'a'",
        "email",
    ),
    "when a notice is due": (
        "SELECT min(due_at) FROM deliveries WHERE channel = :a0 AND lane = 1 AND notice_id = 'a'",
        "email",
    ),
    "who was told of it before": (
        f"SELECT c.id FROM customers c WHERE c.external_id = 'ada' AND {_TOLD}",
        "aaaaaaaaaaaa",
    ),
    "a customer by reference": ("SELECT * FROM customers WHERE external_id = :a0", "ada"),
    "a ticket by its number": ("SELECT * FROM tickets WHERE external_id = :a0", "T-1"),
    "how soon tickets were handled": (
        """
        SELECT count(*) AS total FROM tickets WHERE created_at > :a0 AND created_at <= 9
            AND first_response_at IS NOT NULL AND first_response_at <= 9
        """,
        1,
    ),
    "customers by address": ("SELECT customer_id FROM contacts WHERE address = :a0", "ada@mail.example"),
    "a notice by its code": ("SELECT * FROM notices WHERE verify_code = :a0", "7Q4KM-W9RTA"),
    "one customer's plate": (
        """
        SELECT n.id FROM ledger g JOIN notices n ON n.id = g.notice_id
        WHERE g.customer_id = :a0 AND g.channel = 'inapp' AND g.outcome = 'accepted'
            AND NOT EXISTS (SELECT 1 FROM ledger d WHERE d.customer_id = g.customer_id
                AND d.notice_id = g.notice_id AND d.channel = 'inapp' AND d.outcome = 'dismissed')
        """,
        1,
    ),
}


@pytest.mark.parametrize("name", _HOT)
def test_no_hot_query_reads_a_whole_table(store, name):
    sql, value = _HOT[name]
    if isinstance(store, SqliteStore):
        plan = [row["detail"] for row in store.rows(f"EXPLAIN QUERY PLAN {sql}", a0=value)]
        assert not [step for step in plan if step.startswith("SCAN")], plan
        return
    # An empty table is read whole by any planner; told not to, it shows whether it could do otherwise.
    with store.tx():
        store.run("SET LOCAL enable_seqscan = off")
        plan = [row["QUERY PLAN"] for row in store.rows(f"EXPLAIN {sql}", a0=value)]
    assert not [step for step in plan if "Seq Scan" in step], plan
