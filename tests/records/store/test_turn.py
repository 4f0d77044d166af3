"""The turn to write goes to whoever has waited longest."""

import threading
import time

from records.store.turn import Turn


def waiting_in_line(turn, name, order):
    """A thread that waits for its turn, and notes when it had it."""

    def take() -> None:
        assert turn.acquire(20)
        order.append(name)
        turn.release()

    thread = threading.Thread(target=take)
    before = len(turn._waiting)
    thread.start()
    while len(turn._waiting) == before:
        time.sleep(0.001)
    return thread


def test_first_come_first_served():
    turn = Turn()
    order: list[str] = []
    assert turn.acquire(1)
    threads = [waiting_in_line(turn, name, order) for name in "abcd"]
    turn.release()
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "d"]


def test_who_gives_it_back_and_asks_again_stands_behind_those_who_wait():
    turn = Turn()
    order: list[str] = []
    assert turn.acquire(1)
    other = waiting_in_line(turn, "other", order)
    turn.release()
    assert turn.acquire(20)
    assert order == ["other"]
    turn.release()
    other.join()


def test_who_waited_too_long_is_told_so_and_keeps_nobody_up():
    turn = Turn()
    assert turn.acquire(1)
    assert not turn.acquire(0.05)
    turn.release()
    assert turn.acquire(1)


def test_one_at_a_time():
    turn, inside, most = Turn(), [], []

    def work() -> None:
        for _ in range(200):
            assert turn.acquire(20)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            turn.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 1_600
