"""What belongs to each of several rows, in a statement or two instead of one for each."""

from collections.abc import Sequence

from records.store.engine import Row, Store

#: Ids in one statement: what any engine takes, and few enough that it is prepared only in two lengths.
_TOGETHER = 100


def belonging(store: Store, table: str, key: str, order: str, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Rows of `table` by the id in their column `key`, in order; ids to which nothing belongs are left out."""
    found: dict[str, list[Row]] = {}
    for begin in range(0, len(ids), _TOGETHER):
        marks = {f"i{place}": name for place, name in enumerate(ids[begin : begin + _TOGETHER])}
        named = ", ".join(f":{mark}" for mark in marks)
        for row in store.rows(f"SELECT * FROM {table} WHERE {key} IN ({named}) ORDER BY {order}", **marks):
            found.setdefault(row[key], []).append(row)
    return found
