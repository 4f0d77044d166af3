"""Two notifiers at one queue, and an operator of mailboxes that has had enough in mid-session."""

import asyncio
import threading
from collections import Counter

from records.customers import CustomerEntry
from records.notices import NoticeState
from records.store import customers, ledger, notices, throttles
from records.store.engine import open_store
from records.throttles import Why
from records.times import now_utc
from tests.mail import Sink, SinkSide
from tests.notifier.cast import queue
from tests.notifier.drill import Wall
from tests.notifier.test_clock import notifier
from tests.notifier.test_courier import a_new_notice
from tests.notifier.test_kill import wait_for

#: At each of the two operators.
_PEOPLE = 80
_OPERATORS = {"google": "gmail.com", "acme.example": "acme.example"}
#: What one notifier has on its way at once: eight connections, two messages each.
_ON_WAY = 16


class Patience:
    """How much one operator still takes, whichever door it comes through."""

    def __init__(self, takes: int) -> None:
        self.left = takes
        self.refused = 0
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        with self._lock:
            self.left -= 1
            self.refused += self.left < 0
            return self.left >= 0


class Door(Sink):
    """A relay as one notifier reaches it: each has a door of its own, so that it is known who came."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def _side(self) -> SinkSide:
        self._sides.append(_DoorSide(self._take, self._patience))
        return self._sides[-1]


class _DoorSide(SinkSide):
    """One connection, which is closed with 421 when its far side has had enough."""

    def __init__(self, take, patience: Patience) -> None:
        super().__init__(take)
        self._patience = patience
        self._is_over = False

    def _step(self) -> bytes | None:
        return None if self._is_over else super()._step()

    def _reply_to(self, line: bytes) -> bytes:
        if line[:4].upper() == b"RCPT" and b"@gmail.com" in line and not self._patience.takes_one():
            self._is_over = True
            asyncio.get_running_loop().call_soon(self.transport.close)
            return b"421 4.7.0 too many messages from you\r\n"
        return super()._reply_to(line)


def people(store):
    with store.tx():
        for number in range(_PEOPLE):
            for operator, domain in _OPERATORS.items():
                entry = CustomerEntry(external_id=f"{operator}-{number}", email=f"c{number}@{domain}", language="en")
                customers.put(store, entry, default_language="en", now=now_utc())


def say(store, subject):
    return queue(store, a_new_notice(subject_id=subject), now_utc())


def of_google(store):
    return {each.operator: each for each in throttles.all_throttles(store, now_utc())}.get("google")


def in_hand(store):
    """How many of the operator's messages a notifier has claimed."""
    found = store.row(
        """
        SELECT count(*) AS total FROM deliveries d JOIN contacts c ON c.customer_id = d.customer_id
        WHERE d.lease <> 0 AND c.address LIKE '%@gmail.com'
        """
    )
    return found["total"]


def sent(store, notice):
    return notices.status(store, notice.id).channels["email"].sent


def test_an_operator_that_has_enough_is_left_alone_by_both_and_by_whoever_comes_after_them(store_url, engine, tmp_path):
    store, wall = open_store(store_url), Wall(tmp_path)
    people(store)
    patience = Patience(takes=20)
    with Door(patience) as one, Door(patience) as other:
        first = say(store, "inc00000000a")
        with notifier(store_url, other, wall, rate=30):
            with notifier(store_url, one, wall, rate=30) as killed:
                wait_for(lambda: of_google(store) is not None)
                assert of_google(store).why is Why.BUSY
                # The others are told meanwhile; what of the operator's was on its way has come back.
                wait_for(lambda: sent(store, first) == _PEOPLE + 20 and in_hand(store) == 0)
                asked = patience.refused
                assert 1 <= asked <= 2 * _ON_WAY
                killed.kill()
            with notifier(store_url, one, wall, rate=30):
                second = say(store, "inc00000000b")
                wait_for(lambda: sent(store, second) == _PEOPLE)
                # It has not heard of us since, neither from who stayed nor from who came.
                assert patience.refused == asked
                patience.left = 10_000
                wall.move(61)
                wait_for(lambda: notices.notice(store, first.id).state is NoticeState.DONE, 120)
                wait_for(lambda: notices.notice(store, second.id).state is NoticeState.DONE, 120)
        mails = [*one.mails, *other.mails]
        assert not [door for door in (one, other) if engine == "postgres" and not door.mails], "one did nothing"
    copies = Counter((mail.recipient, mail.parsed["Message-ID"]) for mail in mails)
    # Nobody was killed in mid-send, so nobody hears twice.
    assert len(copies) == len(mails) == 2 * 2 * _PEOPLE
    for notice in (first, second):
        counts = notices.status(store, notice.id)
        assert (counts.channels["email"].sent, counts.sums_match) == (2 * _PEOPLE, True)
    assert ledger.verify(store).faults == ()
    store.close()
