"""Look at a server of the XRP Ledger: rippled, or Clio in front of it. Heights are validated ledgers, which are final.

Methods: https://xrpl.org/docs/references/http-websocket-apis
"""

import re
import time
from datetime import datetime, timedelta

from monitors.checks.rest import Post, ask_path, ask_paths
from monitors.checks.ring import remember_final, remember_landmark
from monitors.checks.rpc import Reply
from monitors.checks.target import Target, Tools, could_not_see
from monitors.client import CouldNotSee
from monitors.jsonwire import block_hash, flag, moment, number, rows, table, whole, words
from records.observations import Observation, Seen

#: Seconds from 1970 to 2000, when the ledger's clock begins.
_LEDGER_EPOCH_SECONDS = 946_684_800
#: `server_state` while the server does not follow the network yet.
_SYNCING = frozenset({"connected", "syncing"})
_WORKS = frozenset({"full", "validating", "proposing"})
_STATES = _SYNCING | _WORKS | {"disconnected", "tracking"}
#: Ids of `warnings`: amendments that the server does not know have a majority; and are in force.
_AMENDMENT_COMING, _AMENDMENT_BLOCKED = 1001, 1002
_LIMITS = frozenset({"slowDown", "tooBusy"})
_RANGE = re.compile(r"(\d{1,10})(?:-(\d{1,10}))?")

Facts = dict[str, str | int | float | bool]


async def look(target: Target, tools: Tools) -> Observation:
    """Two questions side by side, and now and then one for a ledger that all servers are asked for."""
    try:
        (answer, fees), latency_ms = await ask_paths(target, tools, [_method("server_info"), _method("fee")])
        info = _info(answer)
        ledger = table(info.get("validated_ledger"))
        height, head = _head(info, ledger)
        await _know_hashes(target, tools, height, head)
    except CouldNotSee as error:
        return could_not_see(target, tools, error)
    network_id, fee = whole(info.get("network_id")), _result(fees)
    asked, used, room = (whole(value) for value in _fee_numbers(fee))
    return Observation(
        monitor=target.monitor,
        target=target.name,
        at=tools.now(),
        at_monotonic=time.monotonic(),
        seen=Seen.OK,
        latency_ms=latency_ms,
        height=height,
        head_hash=head,
        parent_hash=tools.memory.hashes.get(height - 1),
        block_at=_closed_at(ledger, tools.now()),
        finalized_height=height,
        network=None if network_id is None else str(network_id),
        peers=whole(info.get("peers")),
        hashes=dict(tools.memory.hashes),
        fee=None if asked is None else float(asked),
        mempool_full=min(used / room, 1.0) if used is not None and room else None,
        version=words(info.get("build_version")) or words(info.get("clio_version")),
        facts=_facts(info, height),
    )


def _method(name: str, **params: object) -> Post:
    # Its own dialect of JSON-RPC: no id, and one object as the only parameter.
    return Post(path="", document={"method": name, "params": [params]})


def _result(reply: Reply) -> dict[str, object]:
    """The answer; empty when there is none, or it is an error, which comes with status 200."""
    result = table(table(reply.result).get("result"))
    return {} if "error" in result else result


def _info(reply: Reply) -> dict[str, object]:
    """What the server says of itself. Raises CouldNotSee when it refuses to."""
    result = table(table(reply.result).get("result"))
    error = words(result.get("error"))
    if error in _LIMITS:
        raise CouldNotSee(Seen.THROTTLED, "the node limits how often we may ask")
    if error == "unknownCmd":
        raise CouldNotSee(Seen.UNSUPPORTED, "the node does not know the method")
    if "error" in result:
        raise CouldNotSee(Seen.RPC_ERROR, "the node answered with an error", code=whole(result.get("error_code")))
    info = table(result.get("info")) or table(result.get("state"))
    if not info:
        raise CouldNotSee(Seen.GARBAGE, "the answer is not what the protocol says")
    return info


def _head(info: dict[str, object], ledger: dict[str, object]) -> tuple[int, str]:
    """Number and hash of the newest validated ledger. Raises CouldNotSee without one."""
    height, head = whole(ledger.get("seq")), block_hash(ledger.get("hash"))
    if not ledger and words(info.get("server_state")) in _STATES:
        raise CouldNotSee(Seen.WARMING, "the node has no validated ledger yet")
    if height is None or head is None:
        raise CouldNotSee(Seen.GARBAGE, "the newest ledger is not a ledger")
    return height, head


def _closed_at(ledger: dict[str, object], now: datetime) -> datetime | None:
    """When the newest ledger closed: by its time, counted from 2000, or by its age.

    An age of 0 says nothing: servers say so too when the age is beyond what they count.
    """
    closed, age_seconds = whole(ledger.get("close_time")), whole(ledger.get("age"))
    if closed is not None:
        return moment(closed + _LEDGER_EPOCH_SECONDS)
    return None if not age_seconds or age_seconds > 1 << 31 else now - timedelta(seconds=age_seconds)


def _facts(info: dict[str, object], height: int) -> Facts:
    facts: Facts = {}
    state, warned = words(info.get("server_state")), _warning_ids(info)
    if state is not None and state in _STATES:
        facts |= {"server_state": state, "network_active": state != "disconnected", "syncing": state in _SYNCING}
    if flag(info.get("amendment_blocked")) is True or _AMENDMENT_BLOCKED in warned:
        facts["impaired"] = "upgrade_required"
    if warned or state == "tracking":
        facts["warns"] = True
    if _AMENDMENT_COMING in warned:
        facts["upgrade_needed_soon"] = True
    gaps, load = _gaps(info.get("complete_ledgers"), height), number(info.get("load_factor"))
    if gaps is not None:
        facts["history_gaps"] = gaps
    return facts | {"load_factor": load} if load is not None else facts


def _warning_ids(info: dict[str, object]) -> frozenset[int]:
    ids = (whole(table(warning).get("id")) for warning in rows(info.get("warnings")))
    return frozenset(warning for warning in ids if warning is not None)


def _gaps(text: object, height: int) -> int | None:
    """Holes in the history that the server holds, up to its newest ledger; None when it does not say.

    >>> _gaps("32570-6595042,6595050-6595100", 6595100)
    1
    """
    if not isinstance(text, str):
        return None
    if text == "empty":
        return 1
    ranges = [_RANGE.fullmatch(part) for part in text[:10_000].split(",")]
    if not all(ranges):
        return None
    last = ranges[-1]
    reaches = last is not None and int(last[2] or last[1]) >= height
    return len(ranges) - 1 + (0 if reaches else 1)


def _fee_numbers(fee: dict[str, object]) -> tuple[object, object, object]:
    """Drops to be in the next ledger, transactions that wait, and room for them: all of them text."""
    return table(fee.get("drops")).get("open_ledger_fee"), fee.get("current_queue_size"), fee.get("max_queue_size")


async def _know_hashes(target: Target, tools: Tools, height: int, head: str) -> None:
    """Servers are rarely seen at the same ledger, so all are asked for common ones besides."""

    async def hash_at(wanted: int) -> str | None:
        result = _result(await ask_path(target, tools, _method("ledger", ledger_index=wanted)))
        said = result.get("ledger_hash") or table(result.get("ledger")).get("ledger_hash")
        return block_hash(said) if flag(result.get("validated")) is True else None

    remember_final(tools.memory, {height: head}, height=height)
    await remember_landmark(tools.memory, height, hash_at, every_blocks=target.landmark_blocks)
