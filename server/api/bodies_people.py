"""What may be sent about people with a login and about tokens of programs."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StrictBool, field_validator

from records.desk.customers import is_email
from records.people import Right, Role
from server.api.values import Body
from server.config.values import wrong

_Name = Annotated[str, Field(min_length=1, max_length=80)]


class _WithEmail(Body):
    email: Annotated[str, Field(max_length=254)] | None = None
    """Where tests of notices are sent. None: nowhere."""

    @field_validator("email")
    @classmethod
    def _is_one_address(cls, value: str | None) -> str | None:
        if value is not None and not is_email(value.strip()):
            raise wrong("is not an e-mail address", "one address, like ana@acme.example")
        return value


class AddUser(_WithEmail):
    """Somebody who may come in."""

    name: _Name
    """What they sign in with; the audit calls them so."""
    role: Role
    """What they may do. Of whoever comes by single sign-on their groups decide, from the first sign-in on."""
    single_sign_on: StrictBool = False
    """They come by single sign-on, under this name there, and have no password."""


class ChangeRole(Body):
    """Another role."""

    role: Role
    """What they may do from their next request on."""


class ChangeEmail(_WithEmail):
    """Another address, or none."""


class CreateToken(Body):
    """A token for a program."""

    label: _Name
    """What it is for; the audit names what it does by this."""
    role: Role
    """What it may do."""
    rights: Annotated[list[Right], Field(max_length=len(Right))] | None = None
    """Of what the role carries, only this. Default: all of it."""
    days: Annotated[int, Field(ge=1, le=3653)] | None = None
    """It ends by itself after so many days. Default: when somebody revokes it."""

    @property
    def holds(self) -> timedelta | None:
        """As the desk takes it."""
        return None if self.days is None else timedelta(days=self.days)
