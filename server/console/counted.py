"""Counts that take long are not made again at every look: a million customers are not counted every five seconds."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from records.store.engine import Store

T = TypeVar("T")

#: Quicker counts are always made anew.
_QUICK_SECONDS = 0.05
#: A slow one is made again after so many times as long as it took, so it takes a tenth of the time at most.
_REST = 10
_MOST_KEPT = 200


@dataclass(frozen=True)
class _Kept:
    answer: Any
    until: float


#: By store, so that two of them in one process never see each other's counts; goes with the store.
_KEPT: "WeakKeyDictionary[Store, dict[Hashable, _Kept]]" = WeakKeyDictionary()


def counted(store: Store, key: Hashable, count: Callable[[], T], *, clock: Callable[[], float] = time.monotonic) -> T:
    """What `count` says, or what it said lately if it took long then. `clock` gives seconds."""
    kept = _KEPT.setdefault(store, {})
    last, begun = kept.get(key), clock()
    if last is not None and begun < last.until:
        return cast(T, last.answer)
    answer, took = count(), clock() - begun
    if took > _QUICK_SECONDS:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = _Kept(answer, begun + took + _REST * took)
    return answer
