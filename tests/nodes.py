"""Real chain nodes to test against: anvils in lock-step, two litecoinds that talk to each other, and monerods.

All are used as context managers. A binary that is missing skips the test, saying so; in CI it fails instead.
"""

import base64
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

START_SECONDS = 30.0


def program(name: str) -> str:
    """Where the program is; skips the test without it, and fails in CI, where nothing may be skipped."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not installed; make test fetches it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


def free_port() -> int:
    """A port nobody uses, below the range from which the system serves outgoing connections: none can take it."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
    """Waits until `condition` holds; fails, naming `what`, when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


class RpcError(Exception):
    """The node answered with an error."""


class Process:
    """A node's process and its JSON-RPC, from the outside."""

    #: Where on the node JSON-RPC is spoken.
    path = "/"

    def __init__(self, command: list[str], *, user: str | None = None, password: str | None = None) -> None:
        self.command = command
        self.user, self.password = user, password
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def freeze(self) -> None:
        """It accepts connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        # The signal is on its way; only when the parent hears of it do all threads stand still.
        os.waitpid(self.pid, os.WUNTRACED)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Connections are refused from now on."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def rpc(self, method: str, *params: object, **named: object) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": named or list(params)})
            connection.request("POST", self.path, body, headers)
            document = json.loads(connection.getresponse().read())
        if document.get("error"):
            raise RpcError(f"{method}: {document['error']}")
        return document["result"]

    def answers(self, method: str) -> bool:
        try:
            self.rpc(method)
        except (OSError, http.client.HTTPException, ValueError, RpcError):
            return False
        return True


class Anvil(Process):
    """One EVM node that mines only when told."""

    def __init__(self, *, chain_id: int, genesis_time: int) -> None:
        port = free_port()
        command = [program("anvil"), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id)]
        command += ["--no-mining", "--timestamp", str(genesis_time), "--slots-in-an-epoch", "4", "-q"]
        super().__init__(command)
        self.port = port

    @property
    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def mine_at(self, timestamp: int) -> None:
        self.rpc("evm_mine", {"timestamp": timestamp})

    def mine_ahead(self, blocks: int) -> None:
        """Many blocks at once, as a node on a wrong clock or a liar would show."""
        self.rpc("anvil_mine", hex(blocks), hex(1))

    def roll_back(self, blocks: int) -> None:
        self.rpc("anvil_rollback", blocks)

    def set_chain_id(self, chain_id: int) -> None:
        self.rpc("anvil_setChainId", chain_id)


class AnvilChain:
    """Several EVM nodes that hold the same chain, hash for hash, because each mines at the same given times.

    They do not talk to each other. Leaving one out makes it lag; mining at another time makes it fork.
    """

    def __init__(self, count: int = 3, *, chain_id: int = 31337, age_seconds: int = 3600) -> None:
        self._time = int(time.time()) - age_seconds
        #: Block times of the common chain, from height 1.
        self.times: list[int] = []
        self.chain_id = chain_id
        self.nodes = [Anvil(chain_id=chain_id, genesis_time=self._time) for _ in range(count)]

    def __enter__(self) -> Self:
        try:
            for node in self.nodes:
                node.start()
            for node in self.nodes:
                wait_for(partial(node.answers, "eth_chainId"), "the start of anvil")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for node in self.nodes:
            node.kill()

    def mine(self, blocks: int = 1, *, skip: Collection[int] = ()) -> None:
        """The same blocks on all nodes but those at the positions in `skip`."""
        for _ in range(blocks):
            self._time += 1
            self.times.append(self._time)
            for position, node in enumerate(self.nodes):
                if position not in skip:
                    node.mine_at(self._time)

    def mine_apart(self, position: int, blocks: int = 1) -> None:
        """Blocks of its own on one node: a fork."""
        for number in range(1, blocks + 1):
            # Further than the common chain ever goes in a test, so that the hashes always differ.
            self.nodes[position].mine_at(self._time + 1000 + number)

    def catch_up(self, position: int, *, most: int | None = None) -> None:
        """Mines on one node what it was left out of, or the first `most` blocks of that."""
        node = self.nodes[position]
        for timestamp in self.times[node.height :][:most]:
            node.mine_at(timestamp)

    def reorganise(self, depth: int) -> None:
        """All nodes lose their newest `depth` blocks to the same longer branch."""
        for node in self.nodes:
            node.roll_back(depth)
        del self.times[-depth:]
        # Further than what was lost, so that the hashes differ.
        self._time += 1000
        self.mine(depth + 1)

    def begin_anew(self, position: int) -> None:
        """The node is started again, without its blocks, and gets those of the others."""
        node = self.nodes[position]
        node.kill()
        node.start()
        wait_for(partial(node.answers, "eth_chainId"), "the start of anvil")
        self.catch_up(position)


class Litecoin(Process):
    """One node of Bitcoin Core's family on its private test network."""

    def __init__(self, folder: Path, *, peer_port: int | None = None, extra: tuple[str, ...] = ()) -> None:
        self.folder, self.port, self.peer_port = folder, 0, free_port()
        port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        command = [program("litecoind"), "-regtest", f"-datadir={folder}", f"-port={self.peer_port}"]
        command += [f"-rpcport={port}", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-rpcuser=u", "-rpcpassword=p"]
        command += [f"-bind=127.0.0.1:{self.peer_port}", "-dnsseed=0", "-listenonion=0", "-discover=0", "-dbcache=4"]
        command += ["-fallbackfee=0.001", "-disablewallet", *extra]
        command += [f"-connect=127.0.0.1:{peer_port}"] if peer_port else []
        super().__init__(command, user="u", password="p")
        self.port = port

    @property
    def height(self) -> int:
        return int(self.rpc("getblockcount"))

    @property
    def head(self) -> str:
        return str(self.rpc("getbestblockhash"))

    def mine(self, blocks: int = 1, *, opcode: int = 0x51) -> None:
        # Each node pays to a script of its own: paid to the same one, two nodes find the very same blocks.
        self.rpc("generatetodescriptor", blocks, f"raw({opcode:02x}{self.peer_port:08x})")

    def turn_back(self, blocks: int) -> None:
        """It calls its newest `blocks` blocks invalid and finds others, one more."""
        self.rpc("invalidateblock", self.rpc("getblockhash", self.height - blocks + 1))
        self.mine(blocks + 1, opcode=0x52)

    def isolate(self) -> None:
        self.rpc("setnetworkactive", False)
        wait_for(lambda: self.rpc("getconnectioncount") == 0, "the loss of all peers")

    def rejoin(self) -> None:
        self.rpc("setnetworkactive", True)


class LitecoinPair:
    """Two nodes that are each other's only peer. The genesis block is the public test network's."""

    GENESIS = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"

    def __init__(self) -> None:
        program("litecoind")
        self._folder = tempfile.TemporaryDirectory(prefix="forewarn-litecoin-")
        root = Path(self._folder.name)
        self.a = Litecoin(root / "a")
        self.b = Litecoin(root / "b", peer_port=self.a.peer_port)

    def __enter__(self) -> Self:
        try:
            for node in (self.a, self.b):
                node.start()
            for node in (self.a, self.b):
                wait_for(partial(node.answers, "getblockcount"), "the start of litecoind")
            self.wait_for_peers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.a.kill()
        self.b.kill()
        self._folder.cleanup()

    def wait_for_peers(self) -> None:
        wait_for(lambda: self.a.rpc("getconnectioncount") > 0 and self.b.rpc("getconnectioncount") > 0, "the meeting")

    def mine(self, blocks: int = 1) -> None:
        """Blocks found by the first node, and waits until the second has them."""
        self.a.mine(blocks)
        self.wait_until_same()

    def wait_until_same(self) -> None:
        wait_for(lambda: self.a.head == self.b.head, "agreement of both nodes", seconds=60)

    def reorganise(self, depth: int) -> None:
        """The first node loses its newest `depth` blocks to a longer branch of the second."""
        self.part(depth, depth + 2)
        self.b.rejoin()
        self.wait_until_same()

    def part(self, blocks_a: int, blocks_b: int) -> None:
        """Both go on alone, each with blocks of its own."""
        self.b.isolate()
        wait_for(lambda: self.a.rpc("getconnectioncount") == 0, "the parting")
        self.a.mine(blocks_a)
        self.b.mine(blocks_b)


class Monerod(Process):
    """One Monero node on a private network of its own; it mines only when told. Starts within ten seconds."""

    path = "/json_rpc"
    #: An address of the main network, whose chain the private network begins with; nobody spends from it here.
    _MINER = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"

    def __init__(self) -> None:
        command = [program("monerod"), "--regtest", "--offline", "--fixed-difficulty", "1", "--non-interactive"]
        self._folder = tempfile.TemporaryDirectory(prefix="forewarn-monero-")
        port, self._restricted_port = free_port(), free_port()
        command += ["--data-dir", self._folder.name, "--rpc-bind-ip", "127.0.0.1", "--rpc-bind-port", str(port)]
        command += ["--rpc-restricted-bind-ip", "127.0.0.1", "--rpc-restricted-bind-port", str(self._restricted_port)]
        command += ["--p2p-bind-ip", "127.0.0.1", "--p2p-bind-port", str(free_port()), "--no-zmq", "--no-igd"]
        super().__init__(command)
        self.port = port

    @property
    def restricted_url(self) -> str:
        """The interface that is meant for strangers: it hides what concerns the node only."""
        return f"http://127.0.0.1:{self._restricted_port}/"

    def __enter__(self) -> Self:
        try:
            self.start()
            wait_for(partial(self.answers, "get_info"), "the start of monerod", seconds=60)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()

    @property
    def height(self) -> int:
        return int(self.rpc("get_info")["height"]) - 1

    @property
    def head(self) -> str:
        return self.hash_at(self.height)

    def hash_at(self, height: int) -> str:
        return str(self.rpc("get_block_header_by_height", height=height)["block_header"]["hash"])

    def mine(self, blocks: int = 1) -> None:
        self.rpc("generateblocks", amount_of_blocks=blocks, wallet_address=self._MINER)

    def reorganise(self, depth: int) -> None:
        """Loses its newest `depth` blocks to a longer branch."""
        below = self.hash_at(self.height - depth)
        self.rpc("generateblocks", amount_of_blocks=depth + 1, wallet_address=self._MINER, prev_block=below)
