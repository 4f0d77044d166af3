"""From settings to what the monitors work with."""

from monitors.checks import CHECKS
from monitors.settings import Hysteresis, Role
from server.config.monitors import CHAIN_KINDS, chain_monitors, heartbeat_tokens, monitors_of, service_monitors
from server.config.sections.monitors import KINDS

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example}\n"


def test_each_kind_of_monitor_has_a_check():
    assert set(KINDS) | set(CHAIN_KINDS) == set(CHECKS)
    assert set(KINDS) <= set(CHECKS)


def test_a_chain_brings_its_usual_numbers_and_the_file_overrides_them(load):
    settings = load(
        PAGE
        + "chains:\n"
        + "  - chain: ethereum\n"
        + "    every: 7s\n"
        + "    timeout: 2s\n"
        + "    confirmations: 20\n"
        + "    thresholds: {lag_warn_blocks: 4, stall_warn_seconds: 10blocks, peers_warn: null}\n"
        + "    hysteresis: {worse_after: 5, worse_for: 1m, better_blocks: 7}\n"
        + "    nodes:\n"
        + "      - {name: eth-1, url: 'http://10.0.0.1:8545', thresholds: {lag_critical_blocks: 60s}}\n"
        + "      - {name: eth-ref, url: 'https://node.example', role: reference, auth: {token: t, headers: {x-k: v}}}\n"
    )
    (chain,) = chain_monitors(settings)
    assert (chain.id, chain.kind, chain.network) == ("chain:ethereum", "evm", "1")
    assert (chain.every_seconds, chain.deadline_seconds, chain.confirmations) == (7.0, 2.0, 20)
    assert chain.thresholds.block_time_seconds == 12
    assert chain.thresholds.lag_warn_blocks == 4
    assert chain.thresholds.stall_warn_seconds == 120
    assert chain.thresholds.peers_warn is None
    assert (chain.hysteresis.worse_after, chain.hysteresis.worse_for_seconds) == (5, 60.0)
    assert (chain.hysteresis.better_after, chain.hysteresis.better_blocks) == (Hysteresis().better_after, 7)
    own, reference = chain.nodes
    assert (own.role, own.url) == (Role.OWN, "http://10.0.0.1:8545")
    assert own.thresholds
    assert (own.thresholds.lag_warn_blocks, own.thresholds.lag_critical_blocks) == (4, 5)
    assert (reference.role, reference.bearer, reference.headers) == (Role.REFERENCE, "t", {"x-k": "v"})
    assert reference.thresholds is None


def test_a_test_network_names_its_own_chain_id(load):
    (chain,) = chain_monitors(
        load(PAGE + "chains: [{chain: ethereum, chain_id: 31337, nodes: [{name: a, url: 'http://a'}]}]\n")
    )
    assert chain.network == "31337"


def test_a_web_service(load):
    (web,) = service_monitors(
        load(
            PAGE
            + "components: [{id: website, name: Website}]\n"
            + "monitors:\n"
            + "  - id: web\n"
            + "    kind: http\n"
            + "    target: https://acme.example/health\n"
            + "    component: website\n"
            + "    auth: {username: u, password: p}\n"
            + "    expect: {status: [200, 204], contains: fine, json: {data.state: up}, slow_after: 800ms}\n"
        )
    )
    assert (web.id, web.kind, web.url, web.component) == ("web", "http", "https://acme.example/health", "website")
    assert (web.every_seconds, web.deadline_seconds, web.user, web.password) == (30.0, 5.0, "u", "p")
    assert (web.expect.status, web.expect.contains, web.expect.json) == ((200, 204), "fine", {"data.state": "up"})
    assert web.expect.slow_ms == 800
    assert (web.hysteresis.worse_for_seconds, web.hysteresis.better_blocks) == (0.0, 0)


def test_a_port(load):
    (port,) = service_monitors(
        load(PAGE + "monitors: [{id: db, kind: tcp, target: '[::1]:5432', hysteresis: {worse_after: 9}}]\n")
    )
    assert (port.kind, port.url, port.hysteresis.worse_after) == ("tcp", "[::1]:5432", 9)


def test_a_heartbeat_is_missing_when_the_next_beat_is_overdue_by_the_grace(load):
    settings = load(PAGE + "monitors: [{id: job, kind: heartbeat, token: 0123456789abcdef-x, every: 1h, grace: 10m}]\n")
    (job,) = service_monitors(settings)
    assert job.grace_seconds == 4200
    assert job.every_seconds == 30
    assert job.hysteresis.worse_after == 1
    assert heartbeat_tokens(settings) == {"0123456789abcdef-x": "job"}


def test_chains_stand_before_services(load):
    text = (
        PAGE
        + "monitors: [{id: db, kind: tcp, target: 'a:1'}]\n"
        + "chains: [{chain: bitcoin, nodes: [{name: a, url: 'http://a'}]}]\n"
    )
    assert [monitor.id for monitor in monitors_of(load(text))] == ["chain:bitcoin", "db"]


def test_what_the_monitors_would_refuse_is_a_fault_of_the_file(faults_of):
    faults = faults_of(
        PAGE
        + "chains:\n"
        + "  - {chain: bitcon, nodes: [{name: a, url: 'http://a'}]}\n"
        + "  - {chain: ours, kind: http, nodes: [{name: a, url: 'http://a'}]}\n"
        + "  - {chain: mine, kind: evm, thresholds: {block_time_seconds: 2, lag_warn_blocks: 1, lag_critical_blocks: 2,"
        + " stall_warn_seconds: 9}, nodes: [{name: a, url: 'http://a'}]}\n"
        + "  - {chain: ethereum, nodes: [{name: a, url: 'http://a', thresholds: {lag_warn_blocks: 9}}]}\n"
        + "  - {chain: base, thresholds: {fee_ratio: null}, nodes: [{name: a, url: 'http://a'}]}\n"
    )
    assert [fault.path for fault in faults] == [
        "chains[0].chain",
        "chains[1].kind",
        "chains[2].thresholds.stall_critical_seconds",
        "chains[3].nodes[0].thresholds.lag_warn_blocks",
        "chains[4].thresholds.fee_ratio",
    ]
    assert all(fault.hint for fault in faults)
