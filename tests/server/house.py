"""A house around a store, for tests of the server's parts."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from records.store.engine import Store
from records.times import now_utc
from server.config import Settings, parse_settings
from server.context import Context
from server.wiring import desk_on

BASIC: dict[str, Any] = {
    "page": {
        "name": "Acme Wallet",
        "url": "https://status.acme.example",
        "languages": ["en", "fr", "ro"],
        "official_domains": ["acme.example"],
        "contact": {"email": "help@acme.example", "hours": "Monday to Friday 09:00-17:00 in New York"},
    },
    "smtp": {"host": "127.0.0.1", "port": 25, "security": "none", "from": "status@acme.example"},
    "chains": [
        {
            "chain": "ethereum",
            "every": "1s",
            "hysteresis": {"recovery": "0s"},
            "nodes": [{"name": "eth-1", "url": "http://127.0.0.1:1"}],
        }
    ],
    "components": [
        {
            "id": "eth-deposits",
            "name": "Ethereum deposits",
            "group": "Ethereum",
            "chain": "ethereum",
            "asset": "ETH",
            "direction": "deposits",
            "auto_publish": True,
        },
        {
            "id": "eth-withdrawals",
            "name": "Ethereum withdrawals",
            "group": "Ethereum",
            "chain": "ethereum",
            "asset": "ETH",
            "direction": "withdrawals",
            "auto_publish": True,
        },
        {"id": "website", "name": "Website"},
    ],
}


def settings_with(**changes: Any) -> Settings:
    """The basic settings with top-level keys replaced."""
    return parse_settings(yaml.safe_dump(BASIC | changes, sort_keys=False).encode(), {}, Path())


def context_on(store: Store, *, now: Callable[[], datetime] = now_utc, **changes: Any) -> Context:
    """A context on an opened, migrated store."""
    settings = settings_with(**changes)
    return Context(desk=desk_on(store, settings), settings=settings, now=now)
