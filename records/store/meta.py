"""Small facts about the whole: the page's revision, counting numbers, who is alive."""

from datetime import datetime

from records.store.engine import Store
from records.times import from_ms, to_ms


def touch_page(store: Store) -> None:
    """Inside a deed: what the public sees has changed; publishers wake when it commits."""
    store.run("UPDATE meta SET content = CAST(CAST(content AS BIGINT) + 1 AS TEXT) WHERE name = 'page_revision'")
    store.wake()


def hold(store: Store) -> None:
    """Inside a deed, first of all: one deed at a time, on PostgreSQL as on SQLite.

    Without it two deeds that touch the same components, counters and page lock them in different orders, and
    PostgreSQL kills one of them.
    """
    store.row("SELECT content FROM meta WHERE name = 'page_revision' {for_update}")


def page_revision(store: Store) -> int:
    """Counts changes of what the public sees."""
    return int(read(store, "page_revision") or 0)


def read(store: Store, name: str) -> str | None:
    """A small fact by name."""
    found = store.row("SELECT content FROM meta WHERE name = :name", name=name)
    return None if found is None else str(found["content"])


def write(store: Store, name: str, content: str) -> None:
    """Keep a small fact."""
    store.run(
        """
        INSERT INTO meta (name, content) VALUES (:name, :content)
        ON CONFLICT (name) DO UPDATE SET content = excluded.content
        """,
        name=name,
        content=content,
    )


def write_once(store: Store, name: str, content: str) -> str:
    """Keep a small fact unless there is one already; the one that holds is returned. Safe between processes."""
    store.run(
        "INSERT INTO meta (name, content) VALUES (:name, :content) ON CONFLICT (name) DO NOTHING",
        name=name,
        content=content,
    )
    return read(store, name) or content


def next_number(store: Store, counter: str) -> int:
    """The next counting number of `incident` or `maintenance`, without gaps as long as the deed commits."""
    found = store.rows("UPDATE counters SET last = last + 1 WHERE name = :name RETURNING last", name=counter)
    return int(found[0]["last"])


def beat(store: Store, part: str, holder: str, at: datetime) -> None:
    """A part of the system (`monitors`, `notifier`, `clock`, `web`) says that it is alive."""
    store.run(
        """
        INSERT INTO pulses (part, holder, at) VALUES (:part, :holder, :at)
        ON CONFLICT (part, holder) DO UPDATE SET at = excluded.at
        """,
        part=part,
        holder=holder,
        at=to_ms(at),
    )


def alive(store: Store, part: str, since: datetime) -> int:
    """How many processes of a part said since then that they are alive."""
    found = store.row(
        "SELECT count(*) AS total FROM pulses WHERE part = :part AND at >= :since", part=part, since=to_ms(since)
    )
    return int(found["total"]) if found else 0


def pulses(store: Store) -> dict[str, datetime]:
    """When each part last said that it is alive."""
    found = store.rows("SELECT part, max(at) AS at FROM pulses GROUP BY part")
    return {row["part"]: from_ms(row["at"]) for row in found}
