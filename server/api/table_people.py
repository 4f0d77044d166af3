"""The operations of the management API about who may come in."""

from collections.abc import Callable
from typing import Any, TypeVar

from records.people import Right
from server.api import people
from server.api.asking import Ask, Operation
from server.api.bodies import Nothing
from server.api.bodies_people import AddUser, ChangeEmail, ChangeRole, CreateToken
from server.api.cursors import PageShape
from server.api.queries import NoQuery
from server.api.shapes_access import InvitedShape, NewTokenShape, TokenShape, UserShape
from server.api.values import Body

B = TypeVar("B", bound=Body)


def _op(
    method: str, path: str, body: type[B], do: Callable[[Ask[B, NoQuery]], Any], answers: Any,
    *, status: int = 200, told_once: str | None = None,
) -> Operation[B, NoQuery]:  # fmt: skip
    return Operation(
        method=method, path=path, right=Right.ADMINISTER, body=body, query=NoQuery, answers=answers, do=do,
        status=status, told_once=told_once,
    )  # fmt: skip


PEOPLE: tuple[Operation[Any, Any], ...] = (
    _op("GET", "/users", Nothing, people.list_users, PageShape[UserShape]),
    _op("POST", "/users", AddUser, people.add_user, InvitedShape, status=201, told_once="password_link"),
    _op("GET", "/users/{id}", Nothing, people.get_user, UserShape),
    _op("POST", "/users/{id}/role", ChangeRole, people.change_role, UserShape),
    _op("POST", "/users/{id}/email", ChangeEmail, people.change_email, UserShape),
    _op("POST", "/users/{id}/disable", Nothing, people.disable_user, UserShape),
    _op("POST", "/users/{id}/enable", Nothing, people.enable_user, UserShape),
    _op("POST", "/users/{id}/sign-out", Nothing, people.sign_out_user, UserShape),
    _op("POST", "/users/{id}/reset-password", Nothing, people.reset_password, InvitedShape, told_once="password_link"),
    _op("POST", "/users/{id}/single-sign-on", Nothing, people.connect_user, UserShape),
    #
    _op("GET", "/tokens", Nothing, people.list_tokens, PageShape[TokenShape]),
    _op("POST", "/tokens", CreateToken, people.create_token, NewTokenShape, status=201, told_once="secret"),
    _op("GET", "/tokens/{id}", Nothing, people.get_token, TokenShape),
    _op("POST", "/tokens/{id}/revoke", Nothing, people.revoke_token, TokenShape),
)
