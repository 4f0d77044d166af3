"""Answer as a node of Bitcoin Core's family does."""

from collections.abc import Callable
from typing import Any

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


_METHODS: dict[str, Callable[[Node, list[Any]], Any]] = {
    "getblockchaininfo": _chain_info,
    "getnetworkinfo": _network_info,
    "getchaintips": _chain_tips,
    "getmempoolinfo": _mempool_info,
    "estimatesmartfee": lambda node, _: {"feerate": round(node.chain.fee_now() * _PER_THOUSAND, 8), "blocks": 6},
    "getblockhash": _block_hash,
    "getblockcount": lambda node, _: node.height,
    "getbestblockhash": lambda node, _: node.block_hash(node.height),
}
