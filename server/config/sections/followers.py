"""What may follow the page besides mailboxes, and where posts to it may lead."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, Field

from server.config.values import Section, wrong

_Network = IPv4Network | IPv6Network


def _network(text: object) -> object:
    for kind in (IPv4Network, IPv6Network):
        try:
            return kind(text) if isinstance(text, str) else text
        except ValueError:
            continue
    raise wrong("is no network", "e.g. 10.20.0.0/16 or fd00:20::/32")


Network = Annotated[
    _Network, BeforeValidator(_network, json_schema_input_type=str), Field(json_schema_extra={"format": "cidr"})
]


class Subscribers(Section):
    """What may follow the page besides mailboxes. Mail needs only `smtp`."""

    webhooks: bool = True
    """Whether programs may follow the page: they get each event as signed JSON."""
    slack: bool = True
    """Whether rooms may: Slack, Mattermost and whatever else takes Slack's incoming webhooks."""
    allow_http: bool = False
    """Whether receivers may be reached without TLS; for receivers inside the house."""
    allow_networks: tuple[Network, ...] = ()
    """Inner networks that receivers may lie in, such as 10.20.0.0/16; by default only the internet at large."""
