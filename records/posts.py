"""A public post that stands: what the far side calls it, where people read it, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post on one account, as evidence and as what later posts about the same thing answer to."""

    #: The far side's name for it; empty where it names none.
    id: str
    #: Where anybody can read it; empty where there is no such place, or the far side does not say.
    url: str = ""
    #: What else the far side wants to hear when something answers to it.
    reference: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: As sent, to the letter.
    text: str
