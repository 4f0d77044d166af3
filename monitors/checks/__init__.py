"""The checks there are. One more check: one module, one line here, one test file, one page of docs."""

from monitors.checks import bitcoin, evm, heartbeat, http, tcp
from monitors.checks.target import Check

#: By the word that the configuration uses.
CHECKS: dict[str, Check] = {
    # Nodes of chains.
    "evm": evm.look,
    "bitcoin": bitcoin.look,
    # Services.
    "http": http.look,
    "tcp": tcp.look,
    "heartbeat": heartbeat.look,
}
