"""From the settings of services to what the monitors work with."""

from datetime import timedelta

import pytest

from monitors.wishes import (
    AlertsWish,
    DnsWish,
    FeedWish,
    Level,
    Limit,
    Limits,
    PostgresWish,
    PrometheusWish,
    RedisWish,
    SmtpWish,
    TlsWish,
    WebsocketWish,
)
from server.config.links import notes
from server.config.monitors import alert_listeners, heartbeat_tokens, push_tokens, service_monitors

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example}\n"
COMPONENTS = "components: [{id: website, name: Website}]\n"
TOKEN = "0123456789abcdef"
CERTIFICATE = Limits(
    fact="tls_days_left",
    name="the number of days left of the certificate",
    told=Limit(below=14),
    degraded=Limit(below=2),
)


@pytest.mark.parametrize(
    ("text", "url", "wish"),
    [
        (
            "kind: tls, target: 'a:443', server_name: B.example, ca_file: /etc/ca.pem",
            "a:443",
            TlsWish(server_name="b.example", ca_file="/etc/ca.pem"),
        ),
        (
            "kind: dns, target: WWW.acme.example., record: AAAA, resolver: '[::1]:1', expect: {answers: '2001:DB8::1'}",
            "www.acme.example",
            DnsWish(record="AAAA", answers=("2001:db8::1",), resolver="[::1]:1"),
        ),
        (
            "kind: dns, target: www.acme.example, record: CNAME, expect: {answers: [CDN.example.]}",
            "www.acme.example",
            DnsWish(record="CNAME", answers=("cdn.example",)),
        ),
        ("kind: postgres, target: 'postgresql://u:p@h/d'", "postgresql://u:p@h/d", PostgresWish(query="SELECT 1")),
        ("kind: redis, target: 'r:6379', info: connected_clients", "r:6379", RedisWish(info="connected_clients")),
        (
            "kind: redis, target: 'r:6379', tls: true, ca_file: /ca, list: to-sign",
            "r:6379",
            RedisWish(tls=TlsWish(ca_file="/ca"), list="to-sign"),
        ),
        ("kind: smtp, target: 'm:25', security: none", "m:25", SmtpWish(security="none")),
        ("kind: websocket, target: 'wss://a/b?key=k', send: hello", "wss://a/b?key=k", WebsocketWish(send="hello")),
        (
            "kind: prometheus, target: 'http://p:9090', query: up, empty_is_good: true",
            "http://p:9090",
            PrometheusWish(query="up", empty_is_good=True),
        ),
        (
            "kind: feed, target: 'https://a/f.atom', chain: ethereum, content: releases, words: Geth",
            "https://a/f.atom",
            FeedWish(chain="ethereum", content="releases", words=("Geth",)),
        ),
        ("kind: statuspage, target: 'https://a'", "https://a", FeedWish()),
    ],
)
def test_each_kind_brings_its_address_and_its_wish(load, text, url, wish):
    (one,) = service_monitors(load(PAGE + f"monitors: [{{id: one, {text}}}]\n"))
    assert (one.id, one.url, one.wish) == ("one", url, wish)
    assert one.every_seconds >= 1


def test_a_redis_login_and_a_websockets_key_are_handed_on(load):
    redis, socket = service_monitors(
        load(
            PAGE
            + "monitors:\n"
            + "  - {id: a, kind: redis, target: 'r:6379', login: {username: u, password: p}}\n"
            + "  - {id: b, kind: websocket, target: 'ws://a', auth: {token: t}, expect: {json: {pair: BTC}}}\n"
        )
    )
    assert (redis.user, redis.password) == ("u", "p")
    assert (socket.bearer, socket.expect.json) == ("t", {"pair": "BTC"})


@pytest.mark.parametrize("kind", ["tls", "smtp"])
def test_a_certificate_has_its_limits(load, kind):
    (one,) = service_monitors(load(PAGE + f"monitors: [{{id: one, kind: {kind}, target: 'a:443'}}]\n"))
    assert one.limits == CERTIFICATE


def test_a_web_address_has_them_too(load):
    (one,) = service_monitors(
        load(
            PAGE
            + "monitors: [{id: one, kind: http, target: 'https://a',"
            + " expect: {certificate_warn_days: 30, slow_after: 1s}}]\n"
        )
    )
    assert (one.limits.told.below, one.limits.degraded.below, one.expect.slow_ms) == (30, 2, 1000)


def test_a_number_has_three_limits(load):
    (one,) = service_monitors(
        load(
            PAGE
            + "monitors: [{id: one, kind: prometheus, target: 'http://p', query: lag,"
            + " expect: {told: {above: 5}, degraded: {above: 50.5, below: -1}, down: {above: 500}}}]\n"
        )
    )
    assert one.limits == Limits(told=Limit(above=5), degraded=Limit(above=50.5, below=-1), down=Limit(above=500))


def test_a_push_is_missing_when_the_next_is_overdue_by_the_grace(load):
    settings = load(
        PAGE
        + f"monitors: [{{id: job, kind: push, token: {TOKEN}, every: 1m, grace: 2m, expect: {{down: {{above: 9}}}}}}]\n"
    )
    (job,) = service_monitors(settings)
    assert (job.grace_seconds, job.every_seconds, job.hysteresis.worse_after) == (180, 30, 1)
    assert job.limits.down.above == 9
    assert push_tokens(settings) == {TOKEN: "job"}
    assert heartbeat_tokens(settings) == {}


def test_several_monitors_listen_to_one_alertmanager(load):
    settings = load(
        PAGE
        + "monitors:\n"
        + f"  - {{id: a, kind: alertmanager, token: {TOKEN}, match: {{service: pay}}, grace: 10m}}\n"
        + f"  - {{id: b, kind: alertmanager, token: {TOKEN}, match: {{service: card}}, severities: {{sev1: down}}}}\n"
    )
    assert alert_listeners(settings) == {"a": TOKEN, "b": TOKEN}
    first, second = (one.wish for one in service_monitors(settings))
    assert first == AlertsWish(
        match={"service": "pay"},
        severities={
            "critical": Level.DOWN,
            "page": Level.DOWN,
            "warning": Level.DEGRADED,
            "info": Level.TOLD,
            "none": Level.TOLD,
        },
        grace=timedelta(minutes=10),
    )
    assert isinstance(second, AlertsWish)
    assert second.severities == {"sev1": Level.DOWN}


def test_a_token_is_shared_with_nobody_else(faults_of):
    faults = faults_of(
        PAGE
        + "monitors:\n"
        + f"  - {{id: a, kind: alertmanager, token: {TOKEN}, match: {{service: pay}}}}\n"
        + f"  - {{id: b, kind: push, token: {TOKEN}, every: 1m}}\n"
    )
    assert [fault.path for fault in faults] == ["monitors[1].token"]


def test_what_is_read_of_others_sets_no_state(load):
    settings = load(
        PAGE + COMPONENTS + "monitors: [{id: a, kind: statuspage, target: 'https://a', component: website}]\n"
    )
    (one,) = service_monitors(settings)
    assert one.component is None
    assert isinstance(one.wish, FeedWish)
    assert one.wish.component == "website"
    assert "nothing watches website" in notes(settings)[0].message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("kind: tls, target: 'https://a'", "target"),
        ("kind: dns, target: 'https://a'", "target"),
        ("kind: dns, target: a, record: MX", "record"),
        ("kind: postgres, target: 'mysql://a'", "target"),
        ("kind: redis, target: 'a:1', info: used_memory, list: x", ""),
        ("kind: redis, target: 'a:1', info: 'USED MEMORY'", "info"),
        ("kind: websocket, target: 'https://a'", "target"),
        ("kind: prometheus, target: 'http://a'", "query"),
        ("kind: prometheus, target: 'http://a', query: x, expect: {told: {above: .inf}}", "expect.told.above"),
        ("kind: push, token: short, every: 1m", "token"),
        (f"kind: alertmanager, token: {TOKEN}, match: {{}}", "match"),
        (f"kind: alertmanager, token: {TOKEN}, match: {{a: b}}, severities: {{x: fatal}}", "severities.x"),
        ("kind: feed, target: 'ftp://a'", "target"),
        ("kind: feed, target: 'https://a', component: nothing", "component"),
    ],
)
def test_what_cannot_be_watched_is_a_fault_with_its_place(faults_of, text, path):
    faults = faults_of(PAGE + f"monitors: [{{id: one, {text}}}]\n")
    assert [fault.path for fault in faults] == [f"monitors[0].{path}".rstrip(".")]
