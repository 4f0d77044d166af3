"""The demo's settings: four fast chains and a website on this machine, read like any `forewarn.yaml`."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitors.chain_table import CHAIN_TABLE
from records.hours import WEEKDAYS
from server.config import Settings
from server.config.load import parse_settings
from server.demo.chain import ChainFacts, Family
from server.demo.network import Network
from server.demo.phrases import phrases
from server.demo.tongues import languages, said

NAME = "Acme Wallet"
DOMAIN = "acme.example"
#: Blocks come so much faster than in the world that a newcomer sees a fault in seconds.
_EVERY = "2s"


@dataclass(frozen=True, kw_only=True)
class DemoChain:
    """One chain of the demo: what it is, and when Forewarn calls it ill."""

    facts: ChainFacts
    title: str
    asset: str
    confirmations: int
    lag_blocks: tuple[int, int]
    stall_seconds: int
    #: Whether a monitor may speak to the public about it without a person.
    auto_publish: bool
    own: tuple[str, ...]
    others: tuple[str, ...]


def _facts(
    name: str, family: Family, *, height: int, pace_seconds: float, fee: float, unrest: float = 0.0
) -> ChainFacts:
    known = CHAIN_TABLE[name]
    return ChainFacts(
        name=name,
        family=family,
        network=known.network,
        identity_block=known.identity_block,
        first_height=height,
        pace_seconds=pace_seconds,
        unrest=unrest,
        fee=fee,
    )


CHAINS = (
    DemoChain(
        facts=_facts("ethereum", Family.EVM, height=23_700_000, pace_seconds=2, fee=1.4e9),
        title="Ethereum",
        asset="ETH",
        confirmations=12,
        lag_blocks=(4, 8),
        stall_seconds=6,
        auto_publish=True,
        own=("eth-1", "eth-2"),
        others=("eth-reference",),
    ),
    DemoChain(
        facts=_facts("bitcoin", Family.BITCOIN, height=600_000, pace_seconds=6, fee=7, unrest=0.3),
        title="Bitcoin",
        asset="BTC",
        confirmations=3,
        lag_blocks=(2, 4),
        stall_seconds=16,
        # One chain waits for a person, so that the console has a draft to show.
        auto_publish=False,
        own=("btc-1", "btc-2"),
        others=("btc-reference",),
    ),
    DemoChain(
        facts=_facts("polygon", Family.EVM, height=78_400_000, pace_seconds=2, fee=4e10),
        title="Polygon",
        asset="POL",
        confirmations=16,
        lag_blocks=(6, 12),
        stall_seconds=8,
        auto_publish=True,
        own=("pol-1", "pol-2"),
        others=("pol-reference",),
    ),
    DemoChain(
        facts=_facts("litecoin", Family.BITCOIN, height=2_400_000, pace_seconds=4, fee=2, unrest=0.3),
        title="Litecoin",
        asset="LTC",
        confirmations=6,
        lag_blocks=(2, 5),
        stall_seconds=14,
        auto_publish=True,
        own=("ltc-1", "ltc-2"),
        others=("ltc-reference",),
    ),
)

_WAYS = ("deposits", "withdrawals")
_SERVICES = ("trading", "cards", "website", "sign-in", "support")


def demo_settings(
    *,
    folder: Path,
    port: int,
    networks: Sequence[Network],
    website_url: str,
    smtp_port: int,
    social_url: str,
) -> Settings:
    """The settings of a demo that serves on `port` and keeps its data in `folder`."""
    document = {
        "page": _page(port),
        "store": {"url": f"sqlite:///{folder}/forewarn.db"},
        "smtp": {"host": "127.0.0.1", "port": smtp_port, "security": "none", "from": f"{NAME} <status@{DOMAIN}>"},
        "social": [{"name": "acme", "url": social_url, "languages": ["en", "fr"]}],
        "chains": [_chain(each, network) for each, network in zip(CHAINS, networks, strict=True)],
        "components": [row for each in CHAINS for row in _rows(each)] + _services(),
        "monitors": [_website(website_url)],
        "policies": [_policy()],
        "phrases": phrases(),
        # Whoever tries it does not want to wait five minutes to see how words wait.
        "notices": {"updates_wait": "20s"},
        # Made anew at each start: nobody outside this process has to know it.
        "access": {"inapp": {"key": secrets.token_urlsafe(32)}},
    }
    return parse_settings(json.dumps(document).encode(), {}, folder)


def _page(port: int) -> dict[str, Any]:
    return {
        "name": NAME,
        "url": f"http://127.0.0.1:{port}",
        "time_zone": "Europe/Bucharest",
        "languages": list(languages()),
        "official_domains": [DOMAIN, "127.0.0.1"],
        "contact": {
            "email": f"help@{DOMAIN}",
            "phone": "+40 21 555 0100",
            "open": dict.fromkeys(WEEKDAYS, "08:00-22:00"),
            "address": "Acme Wallet SRL, Strada Exemplu 1, Bucharest",
        },
    }


def _chain(demo: DemoChain, network: Network) -> dict[str, Any]:
    thresholds: dict[str, Any] = {
        "block_time_seconds": demo.facts.pace_seconds,
        "lag_warn_blocks": demo.lag_blocks[0],
        "lag_critical_blocks": demo.lag_blocks[1],
        # The same, so that a halt is one step on the page and one notice, not two.
        "stall_warn_seconds": demo.stall_seconds,
        "stall_critical_seconds": demo.stall_seconds,
    }
    if demo.facts.family is Family.EVM:
        thresholds["finality_stall_seconds"] = 20
    return {
        "chain": demo.facts.name,
        "every": _EVERY,
        "timeout": "1s",
        "confirmations": demo.confirmations,
        "nodes": [
            {"name": host.node.name, "url": host.wire.url, "role": "own" if host.node.own else "reference"}
            for host in network.hosts
        ],
        "thresholds": thresholds,
        "hysteresis": _hysteresis() | {"better_blocks": 2},
    }


def _hysteresis() -> dict[str, Any]:
    # Whoever plays breaks and heals more often than any network does.
    return {
        "worse_after": 2,
        "worse_for": "1s",
        "better_after": 2,
        "flip_limit": 100,
        "flip_window": "1m",
        "recovery": "15s",
    }


def _rows(demo: DemoChain) -> list[dict[str, Any]]:
    name = demo.facts.name
    return [
        {
            "id": f"{demo.asset.lower()}-{way}",
            "name": said(way, network=demo.title),
            "group": demo.title,
            "chain": name,
            "asset": demo.asset,
            "direction": way,
            "auto_publish": demo.auto_publish,
        }
        for way in _WAYS
    ]


def _services() -> list[dict[str, Any]]:
    return [{"id": name, "name": said(name), "group": said("services")} for name in _SERVICES]


def _website(url: str) -> dict[str, Any]:
    return {
        "id": "website",
        "kind": "http",
        "target": url,
        "every": _EVERY,
        "timeout": "3s",
        "component": "website",
        "expect": {"json": {"status": "ok"}, "slow_after": "800ms"},
        "hysteresis": _hysteresis(),
    }


def _policy() -> dict[str, Any]:
    return {
        "on": ["incident.opened", "incident.updated", "incident.resolved"],
        "audience": "affected",
        "channels": ["inapp", "email", "social"],
        "approval": "auto",
    }
