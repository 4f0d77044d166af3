"""The checks there are. One more check: one module, one line here, one test file, one page of docs."""

from monitors.checks import (
    beacon,
    bitcoin,
    cardano,
    cosmos,
    evm,
    heartbeat,
    http,
    monero,
    solana,
    stellar,
    substrate,
    tcp,
    ton,
    tron,
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
    "heartbeat": heartbeat.look,
}

CHECKS: dict[str, Check] = CHAIN_CHECKS | SERVICE_CHECKS
