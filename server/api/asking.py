"""One request from the door to its answer: who asks, may they, what do they say, was it said before."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid, NotFound
from records.people import Actor, Right
from records.store import idempotency
from records.store.idempotency import Answer
from server.api import reading
from server.api.values import Body, Known
from server.auth import require
from server.config import Settings
from server.context import context_of

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Body)
#: Longest Idempotency-Key.
_MAX_KEY_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Ask(Generic[B, Q]):
    """All an operation needs to know."""

    desk: Desk
    settings: Settings
    actor: Actor
    now: datetime
    #: Parts of the path by name, checked to be text a database keeps.
    path: Mapping[str, str]
    body: B
    query: Q


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[B, Q]):
    """One line of the table of the API: routes and the OpenAPI document are made from it."""

    method: str
    #: Below `/api/v1`, e.g. `/incidents/{id}/updates`.
    path: str
    right: Right
    body: type[B]
    query: type[Q]
    #: The type of the answer, for the document.
    answers: Any
    #: What to do; its docstring is the summary. Runs in a thread.
    do: Callable[[Ask[B, Q]], Any]
    status: int = 200
    #: Key of the answer that is told once: what is kept for a repeated request has null there.
    told_once: str | None = None


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An operation whose body is not one JSON value: it reads the request itself, once the right was checked."""

    method: str
    path: str
    right: Right
    media_type: str
    #: One entry of the body, for the document.
    body: type[Body]
    answers: Any
    do: Callable[[Request, Actor], Awaitable[Response]]
    query: type[Body] = Body
    status: int = 200


async def serve(operation: Operation[B, Q] | Upload, request: Request) -> Response:
    """Answer one request. Raises what `server.problems` translates."""
    actor = await require(request, operation.right)
    path = _path_of(request)
    if isinstance(operation, Upload):
        return await operation.do(request, actor)
    said = await reading.read_json(request) if operation.method != "GET" else {}
    context = context_of(request)
    deed = _Deed(operation, context.desk, context.settings, actor, context.now(), path, said, reading.query_of(request))
    key = key_of(request) if operation.method == "POST" else None
    given = await context.call(deed.answer, key)
    return answered(given)


def answered(given: Answer) -> Response:
    """An answer of the API on its way out; never kept by anything on the way."""
    return Response(
        given.body, status_code=given.status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _path_of(request: Request) -> dict[str, str]:
    path = {name: str(value) for name, value in request.path_params.items()}
    if not all(text.isprintable() and reading.is_storable(text) for text in path.values()):
        raise NotFound("There is nothing by that name.")
    return path


def key_of(request: Request) -> str | None:
    """The Idempotency-Key, if one came. Raises Invalid."""
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _MAX_KEY_CHARACTERS and key.isascii() and key.isprintable()):
        hint = f"1 to {_MAX_KEY_CHARACTERS} printable ASCII characters, such as a UUID"
        raise Invalid(Fault(path="", message="the Idempotency-Key cannot be kept", hint=hint))
    return key


@dataclass(frozen=True)
class _Deed(Generic[B, Q]):
    """What runs in the thread."""

    operation: Operation[B, Q]
    desk: Desk
    settings: Settings
    actor: Actor
    now: datetime
    path: Mapping[str, str]
    said: Any
    asked: Mapping[str, Any]

    def answer(self, key: str | None) -> Answer:
        if key is None:
            return self._do(self._ask())
        return once(self.desk, self.actor, key, self._hash(), self.now, prepare=self._ask, do=self._do, kept=self._kept)

    def _ask(self) -> Ask[B, Q]:
        known = Known(self.desk, self.now).as_context
        faults: list[Fault] = []
        query = _collected(faults, lambda: reading.fitted(self.operation.query, self.asked, known, within="/query"))
        body = _collected(faults, lambda: reading.fitted(self.operation.body, self.said, known))
        if query is None or body is None:
            raise Invalid(faults)
        return Ask(
            desk=self.desk,
            settings=self.settings,
            actor=self.actor,
            now=self.now,
            path=self.path,
            body=body,
            query=query,
        )

    def _do(self, ask: Ask[B, Q]) -> Answer:
        shape = self.operation.do(ask)
        return Answer(status=self.operation.status, body=json.dumps(shape, ensure_ascii=False))

    def _kept(self, answer: Answer) -> Answer:
        """The answer as the database may know it."""
        if self.operation.told_once is None:
            return answer
        body = json.dumps(json.loads(answer.body) | {self.operation.told_once: None}, ensure_ascii=False)
        return Answer(status=answer.status, body=body)

    def _hash(self) -> str:
        request = [self.operation.method, self.operation.path, dict(self.path), self.said, dict(self.asked)]
        return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


T = TypeVar("T")


def _collected(faults: list[Fault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Invalid as error:
        faults += error.faults
        return None


def once(
    desk: Desk, actor: Actor, key: str, request_hash: str, now: datetime, *,
    prepare: Callable[[], T], do: Callable[[T], Answer], kept: Callable[[Answer], Answer] = lambda answer: answer,
) -> Answer:  # fmt: skip
    """Do it, or repeat the answer of the first time; the deed and its answer are kept together or not at all.

    `kept` makes of the answer what is kept of it.
    """
    earlier = idempotency.given(desk.store, actor.name, key, request_hash)
    if earlier is not None:
        return earlier
    ask = prepare()
    try:
        with desk.store.tx():
            earlier = idempotency.given(desk.store, actor.name, key, request_hash)
            if earlier is not None:
                return earlier
            answer = do(ask)
            idempotency.keep(desk.store, actor.name, key, request_hash, kept(answer), now)
            return answer
    except Conflict:
        # The twin of this request may have been first: then its answer is ours too.
        earlier = idempotency.given(desk.store, actor.name, key, request_hash)
        if earlier is None:
            raise
        return earlier
