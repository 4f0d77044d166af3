"""Settings of who may come in that would shut everybody out, or let anybody in, are refused at the start."""

from pathlib import Path

import pytest
import yaml

from records.errors import Invalid
from server.config import parse_settings

OIDC = {"issuer": "https://id.acme.example/", "client_id": "forewarn"}
ROLES = {"wallet-oncall": "ops"}


def parsed(access):
    text = yaml.safe_dump({"page": {"name": "Acme", "url": "https://status.acme.example"}, "access": access})
    return parse_settings(text.encode(), {}, Path()).access


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ({"oidc": OIDC}, "has single sign-on, but no roles"),
        ({"passwords": False}, "leaves no way in"),
        ({"oidc": OIDC | {"issuer": "http://id.acme.example"}, "roles": ROLES}, "is not an https address"),
        ({"oidc": OIDC | {"scopes": ["profile"]}, "roles": ROLES}, "openid"),
        ({"oidc": OIDC | {"scopes": ["openid profile"]}, "roles": ROLES}, "openid"),
        ({"oidc": OIDC | {"recheck": "10s"}, "roles": ROLES}, "outside the possible range"),
        ({"oidc": OIDC | {"clock_skew": "1h"}, "roles": ROLES}, "outside the possible range"),
        ({"oidc": OIDC, "roles": {"wallet-oncall": "king"}}, "access.roles"),
    ],
)
def test_what_cannot_work_is_said(access, said):
    with pytest.raises(Invalid, match=said.replace(".", r"\.")):
        parsed(access)


def test_what_can_is_taken():
    access = parsed({"oidc": OIDC, "roles": ROLES, "passwords": False})
    assert access.oidc is not None
    assert (access.oidc.issuer, access.oidc.client_secret) == ("https://id.acme.example", None)
    local = parsed({"oidc": OIDC | {"issuer": "http://127.0.0.1:8080/realms/x"}, "roles": ROLES})
    assert local.oidc is not None
