"""How many would hear it: a boolean rule over all customers, and how many of them mail reaches.

    python bench/audience.py [customers]

The reference asks each customer in turn whether the rule fits. They take turns, five each, and the median counts.
The last line is `ratio N.NN` for the first rule: the reference over ours.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from console import fill_customers

from records.audience import parse
from records.store import audience
from records.store.engine import Store, open_store
from records.store.migrations import migrate

ROUNDS = 5
RULES = (
    "holds:ETH and (region:US-NY or pending:*) and not product:card",
    "network:chain-1 or network:chain-2 or holds:ETH",
    "network:chain-3",
    "not product:card",
    "everyone",
)


def one_by_one(store: Store, rule: str) -> int:
    test, values = audience.condition(parse(rule))
    found = store.row(f"SELECT count(*) AS total FROM customers c WHERE {test}", **values)
    return int(found["total"]) if found else 0


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def main(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        migrate(store)
        fill_customers(store, customers)
        ratio = 0.0
        for rule in RULES:
            assert audience.count(store, rule) == one_by_one(store, rule) == reach(store, rule)
            turns = [
                (
                    timed(lambda rule=rule: one_by_one(store, rule)),  # type: ignore[misc] # mypy reads no defaults here
                    timed(lambda rule=rule: audience.count(store, rule)),  # type: ignore[misc]
                    timed(lambda rule=rule: reach(store, rule)),  # type: ignore[misc]
                )
                for _ in range(ROUNDS)
            ]
            asked, counted, reached = (statistics.median(turn[place] for turn in turns) for place in range(3))
            print(
                f"{rule:64s} {audience.count(store, rule):>9,}   one by one {asked:5.0f} ms   counted {counted:5.0f} ms"
                f"   with mail {reached:5.0f} ms"
            )
            ratio = ratio or statistics.median(turn[0] / turn[1] for turn in turns)
        store.close()
    print(f"ratio {ratio:.2f}")


def reach(store: Store, rule: str) -> int:
    return audience.count_reachable(store, rule, "email")[0]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
