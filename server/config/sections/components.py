"""The rows of the status page."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from records.components import Direction, Words, in_language
from server.config.values import AT_LEAST_ONE, Identifier, Rule, Section, Text, wrong


def _not_of_a_heading(text: str) -> str:
    if text.startswith("group-"):
        raise wrong("starts like the id of a heading", "ids that start with group- are made from `group`")
    return text


class ComponentSettings(Section):
    """One thing that customers use."""

    id: Annotated[Identifier, AfterValidator(_not_of_a_heading)]
    """Its name here and in commands; keep it for good: btc-withdrawals."""
    name: Annotated[Text, AT_LEAST_ONE]
    """What customers call it: Bitcoin withdrawals."""
    description: Text = Field(default={})
    """One sentence more, for those who wonder."""
    group: Text = Field(default={})
    """Heading it stands under; components with the same heading stand together."""
    chain: Identifier | None = None
    """Network it depends on; with a direction, the verdict about that chain sets its state."""
    asset: Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,20}$")] | None = None
    """Ticker it moves, in capitals: BTC."""
    direction: Direction | None = None
    """Which way money moves through it: deposits, withdrawals or trading fail separately."""
    depends_on: tuple[Identifier, ...] = ()
    """Components that, when broken, explain its trouble: one cause, one incident."""
    audience: Rule | None = None
    """Whom its trouble affects. Default: network:<chain> or holds:<asset>; everyone if it has neither."""
    auto_publish: bool = False
    """Whether a monitor may publish an incident about it without a person."""

    @property
    def group_id(self) -> str | None:
        """Id of the group row it stands under; None at the top."""
        return group_id(self.group) if self.group else None


def group_id(heading: Words) -> str:
    """The id of a heading, from its English words (else its first).

    >>> group_id({"en": "Bitcoin & Lightning"})
    'group-bitcoin-lightning'
    """
    words = re.sub(r"[^a-z0-9]+", "-", in_language(heading, "en").lower()).strip("-")
    # Headings in other scripts have no ASCII letters: their code points keep the id stable.
    return "group-" + (words or "-".join(f"{ord(letter):x}" for letter in in_language(heading, "en")[:8]))


def groups_of(components: tuple[ComponentSettings, ...]) -> dict[str, Words]:
    """Headings by id, in the order in which they first appear; translations of one heading are put together."""
    headings: dict[str, Words] = {}
    for component in components:
        if component.group_id:
            headings[component.group_id] = component.group | headings.get(component.group_id, {})
    return headings
