"""Many rounds of looks of one monitor in few bytes: two per look of a service, three of a node whose height grows.

A block names its targets once. Each round then is the time since the round before, and per target one byte of latency
while nothing else changed; what changed follows. Kept are tenths of a second, and latency within four percent.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.observations import Observation, Seen
from records.times import from_ms, to_ms

#: A block ends at this many bytes: several of them fit on one page of a database.
FULL_BYTES = 1_000
#: A block ends after this long, so that whoever asks for an hour need not read days.
LONGEST_MS = 6 * 3_600_000
_TICK_MS = 100
#: Latency is one of 199 steps of 7.3 % from a tenth of a millisecond to two minutes; 0: not measured.
_STEPS = 199
_FIRST_MS, _LAST_MS = 0.1, 120_000.0
_STEP = math.log(_LAST_MS / _FIRST_MS) / (_STEPS - 1)
#: A byte from here on says that something changed; its bits above say what.
_CHANGED = 200
_SEEN, _HEIGHT, _PEERS, _NOTE = 1, 2, 4, 8
_MAX_NOTE_BYTES = 200
#: Written to disk: numbers are never given to another class.
CODES = {
    Seen.OK: 0, Seen.TRANSPORT: 1, Seen.THROTTLED: 2, Seen.AUTH: 3, Seen.OVERLOADED: 4, Seen.WARMING: 5,
    Seen.GARBAGE: 6, Seen.RPC_ERROR: 7, Seen.UNSUPPORTED: 8,
}  # fmt: skip
_CLASSES = {code: seen for seen, code in CODES.items()}


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look as it is kept: the time of its round, and latency, within a few percent."""

    at: datetime
    target: str
    seen: Seen
    latency_ms: float | None
    height: int | None
    peers: int | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rounds of one monitor, packed."""

    begun_ms: int
    until_ms: int
    packed: bytes
    #: What the next round is compared with, as JSON; not needed to read the block.
    tail: str


@dataclass(slots=True)
class _Last:
    """One target as of the round before."""

    seen: int = 0
    height: int | None = None
    peers: int | None = None
    note: str = ""
    #: Not compared, only for `newest`.
    latency: int = 0


def begin(observations: Sequence[Observation]) -> Block:
    """A block of one round. Raises ValueError for a round without looks."""
    names = sorted({one.target for one in observations})
    begun_ms = max(to_ms(one.at) for one in observations)
    packed = bytearray(_number(len(names)))
    for name in names:
        packed += _text(name)
    return _with(begun_ms, bytes(packed), 0, {name: _Last() for name in names}, observations)


def append(block: Block, observations: Sequence[Observation]) -> Block | None:
    """The block with one more round; None when another must begin: it is full or old, or targets or clock changed."""
    tail = json.loads(block.tail)
    last = {name: _Last(*rest) for name, *rest in tail["targets"]}
    at_ms = max(to_ms(one.at) for one in observations)
    has_room = len(block.packed) < FULL_BYTES and block.until_ms <= at_ms <= block.begun_ms + LONGEST_MS
    if not has_room or sorted({one.target for one in observations}) != list(last):
        return None
    return _with(block.begun_ms, block.packed, tail["tick"], last, observations)


def _with(
    begun_ms: int, packed: bytes, tick: int, last: dict[str, _Last], observations: Sequence[Observation]
) -> Block:
    at_ms = max(to_ms(one.at) for one in observations)
    # From the beginning, not from the round before: roundings must not add up.
    now = max((at_ms - begun_ms) // _TICK_MS, tick)
    grown = bytearray(_number(now - tick))
    by_target = {one.target: one for one in observations}
    for name, before in last.items():
        grown += _packed(by_target[name], before)
    targets = [[name, each.seen, each.height, each.peers, each.note, each.latency] for name, each in last.items()]
    tail = json.dumps({"tick": now, "targets": targets}, separators=(",", ":"), ensure_ascii=False)
    return Block(begun_ms=begun_ms, until_ms=at_ms, packed=packed + bytes(grown), tail=tail)


def _packed(one: Observation, before: _Last) -> bytes:
    """One look, and `before` brought up to it."""
    seen, note = CODES[one.seen], one.note[:_MAX_NOTE_BYTES]
    changes, more = 0, bytearray()
    if seen != before.seen:
        changes |= _SEEN
        more.append(seen)
    if one.height != before.height:
        changes |= _HEIGHT
        more += _step(one.height, before.height)
    if one.peers != before.peers:
        changes |= _PEERS
        more += _step(one.peers, before.peers)
    if note != before.note:
        changes |= _NOTE
        more += _text(note)
    before.seen, before.height, before.peers, before.note = seen, one.height, one.peers, note
    before.latency = latency = latency_code(one.latency_ms)
    return bytes((_CHANGED + changes, latency)) + bytes(more) if changes else bytes((latency,))


def latency_code(latency_ms: float | None) -> int:
    """The step a latency falls on; 0 when there is none."""
    if latency_ms is None or not math.isfinite(latency_ms):
        return 0
    held = min(max(latency_ms, _FIRST_MS), _LAST_MS)
    return 1 + round(math.log(held / _FIRST_MS) / _STEP)


def latency_of(code: int) -> float | None:
    """The latency of a step, in milliseconds."""
    return None if code == 0 else float(f"{_FIRST_MS * math.exp((code - 1) * _STEP):.3g}")


def newest(until_ms: int, tail: str) -> list[Look]:
    """The last look at each target, from a block's `until_ms` and `tail` alone."""
    kept = ((name, _Last(*rest)) for name, *rest in json.loads(tail)["targets"])
    return [_look(from_ms(until_ms), name, each, each.latency) for name, each in kept]


def _look(at: datetime, target: str, each: _Last, latency: int) -> Look:
    return Look(
        at=at,
        target=target,
        seen=_CLASSES[each.seen],
        latency_ms=latency_of(latency),
        height=each.height,
        peers=each.peers,
        note=each.note,
    )


def unpack(begun_ms: int, packed: bytes) -> list[Look]:
    """Every look of a block, oldest first. Raises ValueError or IndexError for what was not packed here."""
    reader = _Reader(packed)
    last = {reader.text(): _Last() for _ in range(reader.number())}
    tick, looks = 0, []
    while reader.has_more:
        tick += reader.number()
        at = from_ms(begun_ms + tick * _TICK_MS)
        for name, each in last.items():
            looks.append(_look(at, name, each, reader.look(each)))
    return looks


class _Reader:
    """Bytes, read from the front."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = 0

    @property
    def has_more(self) -> bool:
        return self._at < len(self._packed)

    def byte(self) -> int:
        self._at += 1
        return self._packed[self._at - 1]

    def number(self) -> int:
        shift = found = 0
        while True:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7

    def text(self) -> str:
        size = self.number()
        self._at += size
        return self._packed[self._at - size : self._at].decode()

    def step(self, before: int | None) -> int | None:
        found = self.number()
        if found == 0:
            return None
        folded = found - 1
        return (before or 0) + (-((folded + 1) >> 1) if folded & 1 else folded >> 1)

    def look(self, each: _Last) -> int:
        """Bring one target up to its next look; the latency's step."""
        first = self.byte()
        if first < _CHANGED:
            return first
        changes, latency = first - _CHANGED, self.byte()
        if changes & _SEEN:
            each.seen = self.byte()
        if changes & _HEIGHT:
            each.height = self.step(each.height)
        if changes & _PEERS:
            each.peers = self.step(each.peers)
        if changes & _NOTE:
            each.note = self.text()
        return latency


def _number(value: int) -> bytes:
    """Seven bits to a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _step(now: int | None, before: int | None) -> bytes:
    """The way from one number to the next, small ones in one byte whichever way; 0: not seen."""
    if now is None:
        return _number(0)
    way = now - (before or 0)
    return _number(1 + (2 * way if way >= 0 else -2 * way - 1))


def _text(text: str) -> bytes:
    content = text.encode()
    return _number(len(content)) + content
