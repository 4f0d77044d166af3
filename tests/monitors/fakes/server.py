"""What every fake node is made of: a small HTTP server on loopback, and JSON-RPC on top of it."""

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.monitors.fault_server import response

REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Unavailable"}


class FakeNode(ABC):
    """Listens on a free port and answers as `answer` says."""

    def __init__(self) -> None:
        self.port = 0
        #: What was asked for, in order: paths, or methods of JSON-RPC.
        self.asked: list[str] = []
        #: When set, the answer to everything: status and document.
        self.instead: tuple[int, object] | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        """Status and document for one request."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Refuses connections from now on."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
        raw = await reader.readexactly(length)
        method, path, _ = head.split(maxsplit=2)
        status, document = await self._whole_answer(method, path, json.loads(raw) if raw else None)
        writer.write(response(json.dumps(document).encode(), status=f"{status} {REASONS.get(status, 'Other')}"))
        await writer.drain()

    async def _whole_answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        status, document = await self.answer(method, path, body)
        return self.instead or (status, document)


class RpcError(Exception):
    """A node's own error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.frame: dict[str, object] = {"code": code, "message": message}
        if data is not None:
            self.frame["data"] = data


class FakeRpcNode(FakeNode):
    """A node that speaks JSON-RPC, singly and in batches. `changed` puts answers over those of `methods`."""

    def __init__(self) -> None:
        super().__init__()
        #: Answers by method; an RpcError is raised.
        self.changed: dict[str, object] = {}
        self.takes_batches = True

    @abstractmethod
    def methods(self) -> dict[str, Callable[..., object]]:
        """What the node knows, by method."""

    async def answer(self, method: str, path: str, body: object) -> tuple[int, object]:
        if not isinstance(body, list):
            return 200, self._frame(body)
        if not self.takes_batches:
            return 400, {"error": "batches are not allowed"}
        return 200, [self._frame(call) for call in body]

    def _frame(self, call: Any) -> dict[str, object]:
        self.asked.append(call["method"])
        try:
            return {"jsonrpc": "2.0", "id": call["id"], "result": self._result(call["method"], call["params"])}
        except RpcError as error:
            return {"jsonrpc": "2.0", "id": call["id"], "error": error.frame}

    def _result(self, method: str, params: Any) -> object:
        if method in self.changed:
            answer = self.changed[method]
            if isinstance(answer, RpcError):
                raise answer
            return answer
        known = self.methods()
        if method not in known:
            raise RpcError(-32601, "Method not found")
        return known[method](**params) if isinstance(params, dict) else known[method](*params)
