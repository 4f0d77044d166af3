from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitors.settings import ChainMonitor, Role
from records.components import audience_of
from records.times import now_utc
from server.config.monitors import chain_monitors, recovery_times
from server.config.rows import component_rows
from server.demo.settings import CHAINS
from server.demo.world import opened_world
from templates.language import available


@pytest.fixture
async def settings(tmp_path: Path):
    async with opened_world(tmp_path, 8123) as world:
        yield world.settings


async def test_two_own_nodes_and_a_reference_watch_each_chain(settings):
    monitors = chain_monitors(settings)
    assert [monitor.chain for monitor in monitors] == [each.facts.name for each in CHAINS]
    for monitor in monitors:
        assert [node.role for node in monitor.nodes] == [Role.OWN, Role.OWN, Role.REFERENCE]


async def test_nothing_the_demo_talks_to_is_on_another_machine(settings):
    addresses = [node.url for monitor in chain_monitors(settings) for node in monitor.nodes]
    addresses += [account.url.get_secret_value() for account in settings.social]
    assert {urlsplit(address).hostname for address in addresses} == {"127.0.0.1"}
    assert settings.smtp.host == "127.0.0.1"
    assert settings.page.url == "http://127.0.0.1:8123"


async def test_a_fault_shows_in_seconds(settings):
    for monitor in chain_monitors(settings):
        assert worst_case_seconds(monitor) <= 30
    assert worst_case_seconds(chain_monitors(settings)[0]) <= 15
    assert all(calm.total_seconds() <= 20 for calm in recovery_times(settings).values())


def worst_case_seconds(monitor: ChainMonitor) -> float:
    rounds = monitor.every_seconds * (monitor.hysteresis.worse_after + 1)
    return monitor.thresholds.stall_critical_seconds + rounds


async def test_ethereum_speaks_by_itself_to_whom_it_concerns_and_bitcoin_waits(settings):
    rows = {row.id: row for row in component_rows(settings, now_utc())}
    assert rows["eth-deposits"].auto_publish
    assert rows["eth-withdrawals"].auto_publish
    assert audience_of(rows["eth-deposits"]) == "network:ethereum or holds:ETH"
    assert not rows["btc-deposits"].auto_publish


async def test_every_row_has_a_name_in_every_language(settings):
    for row in component_rows(settings, now_utc()):
        # A network is called the same everywhere.
        assert (
            set(row.name) == {"en"}
            if row.id.startswith("group-") and row.id != "group-services"
            else set(row.name) == set(available())
        )
