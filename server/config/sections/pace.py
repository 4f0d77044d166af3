"""How fast the operators of customers' mailboxes are sent mail."""

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from records.operators import OPERATORS, operator_of
from server.config.values import NO_SWITCH, Domain, Line, Section, unique_by, wrong


def _operator(name: str) -> str:
    if name in OPERATORS:
        return name
    if (known := operator_of(name)) != name or "." not in name:
        hint = f"use {known}" if known != name else f"known: {', '.join(OPERATORS)}; or a domain of its own"
        raise wrong("is no operator of mailboxes", hint)
    return name.lower()


class MailOperator(Section):
    """One operator of mailboxes, as google or a domain of its own; all its domains share one pace."""

    name: Annotated[Line, AfterValidator(_operator)]
    """Which: apple, google, microsoft, yahoo … (see docs/delivery.md), or a domain that stands for itself."""
    domains: Annotated[tuple[Domain, ...], unique_by("domain")] = ()
    """Further domains whose mail it runs, as companies that have their mailboxes at google."""
    rate_per_second: Annotated[float, Field(gt=0, le=100_000), NO_SWITCH] | None = None
    """Most messages per second to it; without it as fast as it takes them."""
    concurrency: Annotated[int, Field(ge=1, le=128), NO_SWITCH] | None = None
    """Most messages on their way to it at once, shared by all notifiers, one each at least; without it as many as the
    connections carry."""

    @model_validator(mode="after")
    def _says_something(self) -> "MailOperator":
        if self.rate_per_second is None and self.concurrency is None and not self.domains:
            raise wrong("limits nothing", "give rate_per_second, concurrency or domains")
        return self


def _each_once(operators: tuple[MailOperator, ...]) -> tuple[MailOperator, ...]:
    named = Counter(name for each in operators for name in (each.name, *each.domains))
    if twice := [name for name, times in named.items() if times > 1]:
        raise wrong(f"names {twice[0]} twice", "keep one of them")
    return operators


MailOperators = Annotated[tuple[MailOperator, ...], AfterValidator(_each_once)]
