"""What may be sent about subscribers, and which of them a list is asked for."""

from typing import Annotated

from pydantic import Field, field_validator

from records.desk.customers import is_email
from records.subscribers import SubscriberEntry, SubscriberState
from server.api.queries import ListQuery
from server.api.values import Body, Line
from server.config.values import is_language, wrong


class AddSubscriber(Body):
    """Somebody who follows the page by mail."""

    email: Annotated[str, Field(max_length=320)]
    """One address. Whoever follows the page already stays as they are."""
    language: Annotated[str, Field(max_length=35)] | None = None
    """Language such as fr or pt-BR. Default: the page's first."""
    components: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=500)] = Field(default=[])
    """Ids of components and groups. Default: everything."""
    confirmed: Annotated[Line, Field(min_length=3)] | None = None
    """They agreed already: where and when, for the audit. Left out: they are asked by a letter first."""

    @field_validator("email")
    @classmethod
    def _is_one_address(cls, value: str) -> str:
        if not is_email(value.strip()):
            raise wrong("is not an e-mail address", "one address, like ana@example.org")
        return value

    @field_validator("language")
    @classmethod
    def _is_language(cls, value: str | None) -> str | None:
        if value is not None and not is_language(value):
            raise wrong("is not a language", "write one like fr or pt-BR")
        return value

    def entry(self, default_language: str) -> SubscriberEntry:
        """As the desk takes it."""
        return SubscriberEntry(
            address=self.email.strip().lower(),
            language=self.language or default_language,
            components=tuple(self.components),
        )


class SubscribersQuery(ListQuery):
    """Which subscribers."""

    state: SubscriberState | None = None
    """Only those in this state."""
