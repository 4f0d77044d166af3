"""`/networks.json` and `/contact.json`: what moves on which network, and how a person is reached."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from records.components import TROUBLED, Component, Direction, Status, in_language, worst
from records.times import iso, iso_or_none
from statuspage.api_v2 import page
from statuspage.desk import response_for_programs, surge_for_programs
from statuspage.hours import for_programs
from statuspage.snapshot import Network, Snapshot
from statuspage.weather import Weather

Json = dict[str, Any]

_OFF = frozenset({Status.MAJOR_OUTAGE, Status.UNDER_MAINTENANCE})


def networks(snapshot: Snapshot) -> Json:
    """Per asset and network whether deposits and withdrawals go; `null` where nobody knows."""
    return {
        "page": page(snapshot),
        "networks": [
            _entry(snapshot, network, asset)
            for network in snapshot.networks
            for asset in dict.fromkeys(row.component.asset for row in network.ways)
        ],
    }


def contact(snapshot: Snapshot) -> Json:
    """How a person is reached, in every language of the page."""
    reach, first, surge = snapshot.page.contact, snapshot.first_response, snapshot.surge
    return {
        "page": page(snapshot),
        "contact": {
            "email": reach.email,
            "phone": reach.phone,
            "hours": reach.hours,
            "open": for_programs(reach.open) if reach.open else None,
            "address": reach.address,
            "time_zone": snapshot.page.time_zone,
            "first_response": response_for_programs(first) if first else None,
            "surge": surge_for_programs(surge, snapshot.page.languages) if surge else None,
        },
        "official_domains": list(snapshot.page.official_domains),
        "official_accounts": list(snapshot.page.official_accounts),
    }


def _entry(snapshot: Snapshot, network: Network, asset: str | None) -> Json:
    ways = [row.component for row in network.ways if row.component.asset == asset]
    ill = [way for way in ways if way.status is not Status.OPERATIONAL]
    return {
        "network": network.chain,
        "asset": asset,
        "deposit_enabled": _is_enabled(ways, Direction.DEPOSITS),
        "withdraw_enabled": _is_enabled(ways, Direction.WITHDRAWALS),
        "status": worst([way.status for way in ways]).value,
        "reason": _reason(snapshot, ill),
        "since": iso_or_none(min((way.status_since for way in ill), default=None)),
        "eta": _eta(snapshot, ill),
        "weather": None if network.weather is None else _weather(network.weather, snapshot.generated_at),
    }


def _weather(seen: Weather, now: datetime) -> Json:
    """What the chain does now; every number is null while it is not seen, and `note` then says so."""
    if seen.is_unseen:
        return {
            "note": "no current data",
            "fees": None,
            "fee_ratio": None,
            "mempool_full": None,
            "last_block_age_seconds": None,
            "last_block_at": iso_or_none(seen.last_block_at),
            "confirmations": seen.confirmations,
            "confirmed_after_seconds": None,
            "seen_at": iso_or_none(seen.seen_at),
        }
    age = None if seen.last_block_at is None else max(round((now - seen.last_block_at).total_seconds()), 0)
    return {
        "note": None,
        "fees": seen.fees,
        "fee_ratio": seen.fee_ratio,
        "mempool_full": seen.mempool_full,
        "last_block_age_seconds": age,
        "last_block_at": iso_or_none(seen.last_block_at),
        "confirmations": seen.confirmations,
        "confirmed_after_seconds": None
        if seen.confirmed_after is None
        else round(seen.confirmed_after.total_seconds(), 1),
        "seen_at": iso_or_none(seen.seen_at),
    }


def _is_enabled(ways: Sequence[Component], direction: Direction) -> bool | None:
    states = [way.status for way in ways if way.direction is direction]
    if not states or all(state is Status.UNKNOWN for state in states):
        return None
    return worst(states) not in _OFF


def _reason(snapshot: Snapshot, ill: Sequence[Component]) -> str | None:
    """The name of the incident or window that explains it, in the page's first language."""
    ids = {way.id for way in ill}
    language = snapshot.page.languages[0]
    if any(way.status in TROUBLED for way in ill):
        for incident in snapshot.open_incidents:
            if ids & set(incident.statuses):
                return in_language(incident.name, language)
    for event in snapshot.running:
        if ids & set(event.component_ids):
            return in_language(event.name, language)
    return "no current data" if any(way.status is Status.UNKNOWN for way in ill) else None


def _eta(snapshot: Snapshot, ill: Sequence[Component]) -> str | None:
    """When the last window over it ends; nobody can promise the end of an incident."""
    if any(way.status in TROUBLED for way in ill):
        return None
    ids = {way.id for way in ill}
    ends = [event.scheduled_until for event in snapshot.running if ids & set(event.component_ids)]
    return iso(max(ends)) if ends else None
