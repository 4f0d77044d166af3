"""From what the provider says of somebody to who they are here, and as what they may come in."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from records.errors import Invalid
from records.people import Role, checked_name
from server.config.sections.operation import Oidc

_Claims = Mapping[str, Any]
_LONGEST_ADDRESS = 254


def role_of(claims: _Claims, oidc: Oidc, roles: Mapping[str, Role]) -> Role | None:
    """The role of the first line of `roles` whose group the person is in; None when they are in none of them."""
    groups = groups_of(claims, oidc)
    return next((role for group, role in roles.items() if group in groups), None)


def groups_of(claims: _Claims, oidc: Oidc) -> frozenset[str]:
    """The groups that the claim names: a list, or one by itself."""
    found = claim(claims, oidc.role_claim)
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()


def claim(claims: _Claims, name: str) -> Any:
    """A claim by its name, or by its dotted way; None when it is not there.

    >>> claim({"realm_access": {"roles": ["ops"]}, "a.b": 1}, "realm_access.roles")
    ['ops']
    """
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def name_of(claims: _Claims, oidc: Oidc) -> str | None:
    """How the audit calls them: the claim that the settings name, else the address, else the subject."""
    for wanted in (oidc.name_claim, "email", "sub"):
        found = claim(claims, wanted)
        if isinstance(found, str):
            try:
                return checked_name(found, "name")
            except Invalid:
                continue
    return None


def email_of(claims: _Claims) -> str | None:
    """Their address, unless the provider itself says that nobody has checked it."""
    found = claims.get("email")
    if not isinstance(found, str) or claims.get("email_verified") is False or len(found) > _LONGEST_ADDRESS:
        return None
    return found if parseaddr(found)[1] == found and "@" in found and found.isprintable() else None
