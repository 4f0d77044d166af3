"""The checks there are. One more check: one module, one line here, one test file, one page of docs."""

from monitors.checks import (
    alertmanager,
    beacon,
    bitcoin,
    cardano,
    cosmos,
    dns,
    evm,
    feed,
    heartbeat,
    http,
    monero,
    postgres,
    prometheus,
    push,
    redis,
    smtp,
    solana,
    statuspage_peer,
    stellar,
    substrate,
    tcp,
    tls,
    ton,
    tron,
    websocket,
    xrpl,
)
from monitors.checks.target import Check

#: Nodes of chains, by the word that the configuration uses.
CHAIN_CHECKS: dict[str, Check] = {
    "evm": evm.look,
    "bitcoin": bitcoin.look,
    "beacon": beacon.look,
    "cosmos": cosmos.look,
    "solana": solana.look,
    "xrpl": xrpl.look,
    "tron": tron.look,
    "substrate": substrate.look,
    "stellar": stellar.look,
    "cardano": cardano.look,
    "ton": ton.look,
    "monero": monero.look,
}

#: Services, by the word that the configuration uses.
SERVICE_CHECKS: dict[str, Check] = {
    "http": http.look,
    "tcp": tcp.look,
    "tls": tls.look,
    "dns": dns.look,
    "postgres": postgres.look,
    "redis": redis.look,
    "smtp": smtp.look,
    "websocket": websocket.look,
    "prometheus": prometheus.look,
    "heartbeat": heartbeat.look,
    "push": push.look,
    "alertmanager": alertmanager.look,
    "feed": feed.look,
    "statuspage": statuspage_peer.look,
}

CHECKS: dict[str, Check] = CHAIN_CHECKS | SERVICE_CHECKS
