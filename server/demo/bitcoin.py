"""Answer as a node of Bitcoin Core's family does."""

from collections.abc import Callable
from typing import Any

from server.demo.examples import Kind, block_of, example, is_waiting
from server.demo.node import Node
from server.demo.rpc import Refused

_NO_SUCH_METHOD = -32601
_NO_SUCH_HEIGHT = -8
_MAX_MEMPOOL_BYTES = 300_000_000
#: Coins per thousand vbytes that one satoshi per vbyte is.
_PER_THOUSAND = 0.00001
_LEAST_FEE = 0.00001


def answer(node: Node, method: str, params: list[Any]) -> Any:
    """The result of one call. Raises Refused as the node would refuse."""
    deed = _METHODS.get(method)
    if deed is None:
        raise Refused(_NO_SUCH_METHOD, "Method not found", status=404)
    return deed(node, params)


def _chain_info(node: Node, _: list[Any]) -> dict[str, Any]:
    return {
        "chain": "main",
        "blocks": node.height,
        "headers": node.height,
        "bestblockhash": node.block_hash(node.height),
        "mediantime": int(node.chain.block_seconds(node.height)) - 60,
        "time": int(node.chain.block_seconds(node.height)),
        "verificationprogress": 1.0,
        "initialblockdownload": False,
        "warnings": "",
    }


def _network_info(node: Node, _: list[Any]) -> dict[str, Any]:
    return {
        "version": 280000,
        "subversion": "/Forewarn-demo:1.0.0/",
        "connections": 24,
        "connections_in": 14,
        "connections_out": 10,
        "networkactive": True,
        "relayfee": _LEAST_FEE,
        "warnings": "",
    }


def _chain_tips(node: Node, _: list[Any]) -> list[dict[str, Any]]:
    return [{"height": node.height, "hash": node.block_hash(node.height), "branchlen": 0, "status": "active"}]


def _mempool_info(node: Node, _: list[Any]) -> dict[str, Any]:
    used = int(node.chain.mempool_full * _MAX_MEMPOOL_BYTES)
    return {
        "loaded": True,
        "size": used // 3000,
        "bytes": used // 4,
        "usage": used,
        "maxmempool": _MAX_MEMPOOL_BYTES,
        "mempoolminfee": _LEAST_FEE,
        "minrelaytxfee": _LEAST_FEE,
    }


def _block_hash(node: Node, params: list[Any]) -> str:
    height = params[0] if params else None
    if not isinstance(height, int) or not 0 <= height <= node.height:
        raise Refused(_NO_SUCH_HEIGHT, "Block height out of range", status=500)
    return node.block_hash(height)


_NO_SUCH_TRANSACTION = -5
_BYTES = 140
#: Coins to the smallest unit.
_UNITS = 100_000_000


def _mempool_entry(node: Node, params: list[Any]) -> dict[str, Any]:
    found = example(node, params[0] if params else None)
    if found is None or not is_waiting(node, found.kind):
        raise Refused(_NO_SUCH_TRANSACTION, "Transaction not in mempool", status=500)
    rate = node.chain.fee_now() * (0.3 if found.kind is Kind.CHEAP else 1.1)
    fee = round(rate * _BYTES / _UNITS, 8)
    return {
        "vsize": _BYTES,
        "fees": {"base": fee, "modified": fee, "ancestor": fee, "descendant": fee},
        "ancestorsize": _BYTES,
        "descendantsize": _BYTES,
        "bip125-replaceable": found.kind is Kind.CHEAP,
    }


def _raw_transaction(node: Node, params: list[Any]) -> dict[str, Any]:
    found = example(node, params[0] if params else None)
    height = block_of(node, found.kind) if found else None
    told = {"txid": params[0], "vin": [{"txid": "5e" * 32, "vout": 0}]} if found else {}
    if height is not None:
        return told | {"blockhash": node.block_hash(height), "confirmations": node.height - height + 1}
    if found is not None and found.kind is Kind.LEFT:
        # The index still leads to the block; it counts no confirmations.
        left = node.chain.block_hash(node.chain.facts.first_height, branch="left")
        return told | {"blockhash": left, "confirmations": 0}
    if found is not None and is_waiting(node, found.kind):
        return told
    raise Refused(_NO_SUCH_TRANSACTION, "No such mempool or blockchain transaction.", status=500)


_METHODS: dict[str, Callable[[Node, list[Any]], Any]] = {
    "getblockchaininfo": _chain_info,
    "getnetworkinfo": _network_info,
    "getchaintips": _chain_tips,
    "getmempoolinfo": _mempool_info,
    "estimatesmartfee": lambda node, _: {"feerate": round(node.chain.fee_now() * _PER_THOUSAND, 8), "blocks": 6},
    "getblockhash": _block_hash,
    "getmempoolentry": _mempool_entry,
    "getrawtransaction": _raw_transaction,
    "getindexinfo": lambda node, _: {"txindex": {"synced": True, "best_block_height": node.height}},
    "gettxout": lambda _, __: None,
    "getblockcount": lambda node, _: node.height,
    "getbestblockhash": lambda node, _: node.block_hash(node.height),
}
