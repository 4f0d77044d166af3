"""A notice to very many while everything goes wrong in turn; at the end every customer is accounted for.

    python -m tests.notifier.drill [customers] [kills] [sqlite|postgres]

100,000 customers and 200 kills by themselves. The suite runs the same with fewer (`test_drill.py`). Prints what went
wrong, and how the ledger says that each customer fared.
"""

import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from records.errors import StoreUnavailable
from records.ids import new_id, new_number
from records.notices import Notice, NoticeState
from records.store import ledger, notices
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc, to_ms
from tests.notifier.cast import a_notice, queue
from tests.notifier.hard_times import Hardship, HardSink, verdict_on
from tests.notifier.nursery import Nursery, end, is_there
from tests.postgres import OwnPostgres, own_postgres

#: What it took to wait for at most: all the way, and for the rest after the hardships.
_PATIENCE_SECONDS = 1_800.0
_NO_ADDRESS_EVERY = 109
#: Nothing has moved for so long: everything waits for an hour to come, and it is let come.
_IDLE_SECONDS = 2.5


class Wall:
    """The clock of every notifier, which may be wrong."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clock"
        self.seconds = 0.0
        self.move(0.0)

    def move(self, seconds: float) -> None:
        """Forward or back. In one go: nobody reads half of it."""
        self.seconds += seconds
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(self.seconds))
        os.replace(fresh, self.path)


@dataclass(kw_only=True)
class Scene:
    """All that plays."""

    store: Store
    notice: Notice
    sink: HardSink
    nursery: Nursery
    wall: Wall
    database: OwnPostgres | None
    dice: random.Random
    running: list[int] = field(default_factory=list)
    kills: int = 0
    said: Counter[str] = field(default_factory=Counter)

    def settled(self) -> int:
        """How many customers are through."""
        # A connection of ours that a crash cut is noticed only when it is used; the next one is new.
        while True:
            with contextlib.suppress(StoreUnavailable):
                counts = notices.status(self.store, self.notice.id).channels["email"]
                break
        return counts.sent + counts.failed + counts.suppressed

    def is_felt(self) -> bool:
        """Whether the hardship of the hour has befallen somebody: a fast mailing would be past it before."""
        return self.sink.hardship is Hardship.NONE or self.sink.met[self.sink.hardship] > 0 or self.is_done()

    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return notices.notice(self.store, self.notice.id).state is NoticeState.DONE


def fill(store: Store, customers: int) -> None:
    """Customers with an address each, but for every hundred and ninth."""
    now, people = to_ms(now_utc()), [(new_number(), number) for number in range(customers)]
    with store.tx():
        store.many(
            """
            INSERT INTO customers (id, external_id, language, time_zone, region, created_at, updated_at)
            VALUES (:id, :ref, 'en', NULL, NULL, :now, :now)
            """,
            [{"id": one, "ref": f"c-{number}", "now": now} for one, number in people],
        )
        store.many(
            """
            INSERT INTO contacts (customer_id, channel, address, wanted, blocked)
            VALUES (:id, 'email', :ref || '@customer.example', 1, NULL)
            """,
            [{"id": one, "ref": f"c-{number}"} for one, number in people if number % _NO_ADDRESS_EVERY],
        )


# What goes wrong besides what the mail server does.


def clock_forward(scene: Scene) -> None:
    """Three hours."""
    scene.wall.move(3 * 3600)


def clock_back(scene: Scene) -> None:
    """Two hours."""
    scene.wall.move(-2 * 3600)


def relay_away(scene: Scene) -> None:
    """Nobody listens for two seconds, and who was connected is thrown out."""
    scene.sink.stop_listening()
    time.sleep(2.0)
    scene.sink.listen_again()


def database_away(scene: Scene) -> None:
    """PostgreSQL crashes and returns; a file of SQLite cannot grow, as on a full disk."""
    if scene.database is not None:
        scene.database.crash()
        time.sleep(1.5)
        scene.database.start()
        return
    for number in scene.running:
        resource.prlimit(number, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
    time.sleep(1.5)
    for number in scene.running:
        resource.prlimit(number, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def graceful_restart(scene: Scene) -> None:
    """As an upgrade does it."""
    began = time.monotonic()
    end(scene.running.pop(0), signal.SIGTERM)
    scene.said[f"ended after SIGTERM within {25 if time.monotonic() - began <= 25 else 'more than 25'} s"] += 1
    scene.running.append(scene.nursery.start())


TROUBLES: tuple[Hardship | Callable[[Scene], None], ...] = (
    Hardship.GREYLISTS,
    clock_forward,
    Hardship.CLOSES,
    relay_away,
    Hardship.CUTS_BEFORE,
    database_away,
    Hardship.CUTS_AFTER,
    clock_back,
    Hardship.HANGS,
    graceful_restart,
    Hardship.DEFERS,
    database_away,
    Hardship.DRIPS,
)


def play(scene: Scene, customers: int, kills: int, alive: int) -> None:
    """Everything in turn while the mailing goes on, and kills all the time."""
    scene.running = [scene.nursery.start() for _ in range(alive)]
    steps = sorted([(number / len(TROUBLES), None) for number in range(len(TROUBLES))])
    marks = [(share, trouble) for (share, _), trouble in zip(steps, TROUBLES, strict=True)]
    deaths = [((number + scene.dice.random()) / kills, None) for number in range(kills)]
    for share, trouble in sorted([*marks, *deaths], key=lambda each: each[0]):
        wait_for(scene, lambda: scene.settled() >= share * customers * 0.9 and scene.is_felt())  # noqa: B023 # called at once
        if trouble is None:
            end(scene.running.pop(scene.dice.randrange(alive)), signal.SIGKILL)
            scene.running.append(scene.nursery.start())
            scene.kills += 1
        elif isinstance(trouble, Hardship):
            scene.sink.hardship = trouble
        else:
            trouble(scene)
            scene.said[trouble.__name__.replace("_", " ")] += 1
    wait_for(scene, scene.is_felt)


def finish(scene: Scene) -> None:
    """The hardships are over; what was put off until later is let come, in quarters of an hour."""
    scene.sink.hardship = Hardship.NONE
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not scene.is_done():
        assert time.monotonic() < deadline, "it never ended"
        before = scene.settled()
        time.sleep(_IDLE_SECONDS)
        if scene.settled() == before:
            scene.wall.move(16 * 60)
    for number in scene.running:
        end(number, signal.SIGTERM)


def wait_for(scene: Scene, condition: Callable[[], bool]) -> None:
    """Wait for it, with the time that put-off messages wait for going by when nothing else does."""
    deadline, moved = time.monotonic() + _PATIENCE_SECONDS, time.monotonic()
    before = scene.settled()
    while not condition():
        assert time.monotonic() < deadline, "it never became so"
        assert all(is_there(number) for number in scene.running), "a notifier ended by itself"
        time.sleep(0.02)
        now = scene.settled()
        if now != before:
            before, moved = now, time.monotonic()
        elif time.monotonic() - moved > _IDLE_SECONDS:
            scene.wall.move(16 * 60)
            moved = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Account:
    """How it ended."""

    outcomes: Counter[tuple[str, str]]
    #: Customers about whom the ledger says something else than what happened to them, or nothing.
    wrong: tuple[str, ...]
    repeated: int
    changed: int
    faults: tuple[str, ...]
    sums_match: bool


def account(scene: Scene, customers: int) -> Account:
    """Hold the ledger against what the mail server knows."""
    found = scene.store.rows(
        """
        SELECT c.external_id AS ref, l.outcome, l.reason FROM ledger l JOIN customers c ON c.id = l.customer_id
        WHERE l.notice_id = :id AND l.channel = 'email'
        """,
        id=scene.notice.id,
    )
    said = {row["ref"]: (str(row["outcome"]), str(row["reason"])) for row in found}
    wrong = [f"c-{number}" for number in range(customers) if not _is_right(scene, number, said.get(f"c-{number}"))]
    return Account(
        outcomes=Counter((outcome, reason) for outcome, reason in said.values()),
        wrong=tuple(wrong),
        repeated=sum(scene.sink.taken.values()) - len(scene.sink.taken),
        changed=len(scene.sink.changed),
        faults=tuple(str(fault) for fault in ledger.verify(scene.store).faults),
        sums_match=notices.status(scene.store, scene.notice.id).sums_match,
    )


def _is_right(scene: Scene, number: int, said: tuple[str, str] | None) -> bool:
    taken = scene.sink.taken[f"c-{number}@customer.example"]
    if said is None:
        return False
    outcome, reason = said
    if number % _NO_ADDRESS_EVERY == 0:
        return (outcome, reason, taken) == ("suppressed", "no_address", 0)
    refusal = verdict_on(number)
    if refusal is not None:
        return outcome == "failed" and refusal in reason and taken == 0
    return outcome == "accepted" and taken >= 1


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[tuple[str, OwnPostgres | None]]:
    """An empty database of our own that may crash."""
    if engine == "postgres":
        with own_postgres() as server:
            yield server.url, server
    else:
        yield f"sqlite:///{folder}/drill.db", None


def drill(engine: str, customers: int, kills: int, folder: Path) -> tuple[Account, Scene]:
    """All of it."""
    alive = 1 if engine == "sqlite" else 2
    with databases(engine, folder) as (url, database), HardSink() as sink:
        store = open_store(url)
        migrate(store)
        fill(store, customers)
        now = now_utc()
        notice = a_notice(id=new_id(), created_at=now, useful_until=now + timedelta(hours=72))
        queue(store, notice, now)
        wall = Wall(folder)
        # At a pace at which nothing that goes wrong can be missed while another thing is being done.
        rate = max(50, customers // 50)
        with Nursery(url, sink.port, clock=wall.path, dot=3, pause=0.3, rate=rate) as nursery:
            scene = Scene(
                store=store,
                notice=notice,
                sink=sink,
                nursery=nursery,
                wall=wall,
                database=database,
                dice=random.Random(20261124),
            )
            play(scene, customers, kills, alive)
            finish(scene)
        result = account(scene, customers)
        store.close()
    return result, scene


def main(customers: int, kills: int, engine: str) -> None:
    """Print how it went."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result, scene = drill(engine, customers, kills, Path(folder))
    print(f"{customers:,} customers on {engine}, {time.monotonic() - began:.0f} s, killed {scene.kills} times")
    for what, times in [*scene.said.items(), *((each.value, count) for each, count in scene.sink.met.items())]:
        print(f"  {what}: {times}")
    print("the ledger says:")
    for (outcome, reason), count in result.outcomes.most_common():
        print(f"  {count:>9,} {outcome} {reason}".rstrip())
    print(f"repeated {result.repeated:,}, of them with other bytes {result.changed}")
    print(f"faults of the ledger {len(result.faults)}, sums match: {result.sums_match}")
    print(f"customers not accounted for: {len(result.wrong)}")
    if result.wrong or result.faults or result.changed or not result.sums_match:
        sys.exit(f"not all is well: {result.wrong[:10]} {result.faults[:5]}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        int(arguments[0]) if arguments else 100_000,
        int(arguments[1]) if len(arguments) > 1 else 200,
        arguments[2] if len(arguments) > 2 else "sqlite",
    )
