import json
import threading
import time
from datetime import timedelta

from statuspage.hands import pause_seconds
from statuspage.publish import publish_to_directory
from statuspage.publisher import HEARTBEAT, Publisher
from tests.statuspage import world


class Clock:
    def __init__(self):
        self.now = world.NOW

    def __call__(self):
        return self.now


def until(holds, seconds=10.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


class Running:
    def __init__(self, publisher):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=publisher.run, args=(self.stop,))

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()


def test_the_first_request_finds_a_page(store):
    world.build(store)
    assert b"All systems operational." in Publisher(store, world.PAGE, clock=Clock()).site.files["/en/"].body


def test_a_deed_is_on_the_page_within_a_second_or_two(store):
    world.build(store)
    publisher = Publisher(store, world.PAGE, clock=Clock())
    with Running(publisher):
        until(lambda: publisher.site)
        world.delay_bitcoin(store)
        until(lambda: b"Bitcoin withdrawals are delayed." in publisher.site.files["/en/"].body, 3)


def test_without_a_change_the_page_is_renewed_every_minute(store):
    world.build(store)
    clock = Clock()
    publisher = Publisher(store, world.PAGE, clock=clock)
    with Running(publisher):
        until(lambda: publisher.site.generated_at == world.NOW)
        clock.now = world.NOW + HEARTBEAT
        until(lambda: publisher.site.generated_at == world.NOW + HEARTBEAT)


def test_a_broken_target_holds_up_nobody_and_is_tried_again(store, tmp_path):
    world.build(store)
    clock, broken = Clock(), threading.Event()
    broken.set()

    def sometimes(site):
        if broken.is_set():
            raise OSError("no space left")
        publish_to_directory(site, tmp_path / "second")

    targets = {"first": lambda site: publish_to_directory(site, tmp_path / "first"), "second": sometimes}
    publisher = Publisher(store, world.PAGE, targets, clock=clock)
    with Running(publisher):
        until((tmp_path / "first" / "current" / "index.html").exists)
        until(lambda: publisher.behind.get("second", 0) >= 2)
        assert [(each.name, each.error) for each in publisher.targets] == [
            ("first", ""),
            ("second", "no space left"),
        ]
        until(lambda: publisher.targets[0].published == world.NOW)
        assert publisher.targets[1].published is None
        broken.clear()
        clock.now += HEARTBEAT + timedelta(seconds=1)
        until((tmp_path / "second" / "current" / "index.html").exists)
        until(lambda: publisher.behind == {})


def test_a_slow_target_delays_no_other(store, tmp_path):
    world.build(store)
    hung, tried = threading.Event(), threading.Event()

    def never(site):
        tried.set()
        hung.wait(60)

    targets = {"slow": never, "quick": lambda site: publish_to_directory(site, tmp_path)}
    clock = Clock()
    publisher = Publisher(store, world.PAGE, targets, clock=clock)
    with Running(publisher):
        try:
            assert tried.wait(10)
            clock.now += timedelta(seconds=1)
            world.delay_bitcoin(store)
            page = tmp_path / "current" / "index.html"
            until(lambda: page.exists() and b"Bitcoin withdrawals are delayed." in page.read_bytes())
        finally:
            hung.set()


def test_pauses_grow_and_end_at_a_minute():
    assert [0.75 * 2**n <= pause_seconds(n + 1) <= 2**n for n in range(6)] == [True] * 6
    assert all(45 <= pause_seconds(n) <= 60 for n in (7, 8, 10_000))


def test_a_heartbeat_reaches_the_files_too(store, tmp_path):
    world.build(store)
    clock = Clock()
    publisher = Publisher(store, world.PAGE, {"there": lambda site: publish_to_directory(site, tmp_path)}, clock=clock)

    def confirmed():
        summary = tmp_path / "current/api/v2/summary.json"
        return summary.exists() and json.loads(summary.read_bytes())["page"]["forewarn"]["generated_at"]

    with Running(publisher):
        until(lambda: confirmed() == "2026-11-22T14:02:20.000Z")
        clock.now += HEARTBEAT
        until(lambda: confirmed() == "2026-11-22T14:03:20.000Z")
    assert len(list((tmp_path / "releases").iterdir())) == 2


def test_a_page_that_was_made_before_is_written_at_once(store, tmp_path):
    world.build(store)
    publisher = Publisher(
        store, world.PAGE, {"there": lambda site: publish_to_directory(site, tmp_path)}, clock=Clock()
    )
    publisher.rebuild()
    with Running(publisher):
        until((tmp_path / "current" / "index.html").exists)
