"""What comes back from a sign-in is believed only when everything about it is right."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.testclient import TestClient

from records.store import people
from server.auth import COOKIE
from tests.server.single_sign_on import forger as forge
from tests.server.single_sign_on.conftest import HERE
from tests.server.single_sign_on.forger import EC_KEY, OTHER_RSA_KEY, RSA_KEY, Forger, public

#: With a key of its own, so that libraries that look at the header are led astray.
_PUBLIC_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(autouse=True)
def ana_is_on_call() -> None:
    """Nobody is, at this provider."""


@pytest.fixture
def forger() -> Iterator[Forger]:
    with forge.forging() as running:
        yield running


@pytest.fixture
def access(forger: Forger) -> dict[str, Any]:
    oidc = {"issuer": forger.issuer, "client_id": "forewarn", "client_secret": "between us & nobody else"}
    return {"oidc": oidc, "roles": {"wallet-oncall": "ops"}}


@pytest.fixture
def engine() -> str:
    """What is believed does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def sign_in(browser, forger, clock):
    """A sign-in with claims that are right but for what the test changes (or makes of the time now).

    Returns the desk's answer.
    """

    def go(*, state: str | None = None, client: TestClient = browser, **changes: Any) -> Any:
        begun = client.get("/console/sign-in/start")
        query = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
        now = int(clock().timestamp())
        right = {
            "iss": forger.issuer, "aud": "forewarn", "sub": "s-1", "exp": now + 300, "iat": now,
            "nonce": query["nonce"], "preferred_username": "ana", "groups": ["wallet-oncall"],
        }  # fmt: skip
        wanted = {name: value(now) if callable(value) else value for name, value in (right | changes).items()}
        forger.claims = {name: value for name, value in wanted.items() if value is not None}
        return client.get("/console/sign-in/return", params={"code": "c", "state": state or query["state"]})

    return go


def is_in(answer: Any) -> bool:
    return bool(answer.status_code == 303 and COOKIE in answer.headers["set-cookie"])


def was_refused(answer: Any, context: Any, why: str) -> None:
    assert answer.status_code == 403
    assert COOKIE + "=" not in answer.headers.get("set-cookie", "")
    [entry] = [each for each in people.audit_entries(context.desk.store) if each.deed == "sign_in.refused"]
    assert why in str(entry.detail["why"])
    # The reason is for the audit; whoever tries gets nothing to learn from.
    assert why not in answer.text
    assert people.user(context.desk.store, "ana") is None


def test_all_that_is_right_is_let_in(sign_in, forger):
    assert is_in(sign_in())
    assert forger.forms[0]["code_verifier"][0] != ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://id.evil.example"}, "InvalidIssuer"),
        ({"aud": "another"}, "InvalidAudience"),
        ({"aud": ["another", "third"]}, "InvalidAudience"),
        ({"aud": ["forewarn", "another"]}, "for several"),
        ({"aud": ["forewarn", "another"], "azp": "another"}, "issued to another"),
        ({"azp": "another"}, "issued to another"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": lambda now: now - 3600}, "is over"),
        ({"exp": None}, "MissingRequiredClaim"),
        ({"iat": None}, "MissingRequiredClaim"),
        ({"iat": lambda now: now + 3600}, "from the future"),
        ({"nbf": lambda now: now + 3600}, "from the future"),
        ({"exp": "soon"}, "times"),
        ({"sub": None}, "MissingRequiredClaim"),
        ({"sub": ""}, "names nobody"),
        ({"sub": "x" * 256}, "names nobody"),
    ],
)
def test_a_token_with_anything_wrong_opens_nothing(sign_in, context, changes, why):
    was_refused(sign_in(**changes), context, why)


@pytest.mark.parametrize(("seconds", "is_let_in"), [(-50, True), (-70, False)])
def test_clocks_may_differ_by_a_minute_and_no_more(sign_in, seconds, is_let_in):
    assert is_in(sign_in(exp=lambda now: now + seconds)) == is_let_in
    assert is_in(sign_in(iat=lambda now: now - seconds)) == is_let_in


def signed_by(key: Any, kid: str, algorithm: str = "RS256", **header: Any) -> Any:
    return lambda claims: jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, **header})


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none")


def with_the_public_key_as_secret(claims: dict[str, Any]) -> str:
    # jwt itself refuses to do that: made by hand.
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "one"}).encode())
    body = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{body}.{part(hmac.new(_PUBLIC_PEM, body.encode(), hashlib.sha256).digest())}"


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (unsigned, "signed with 'none'"),
        (with_the_public_key_as_secret, "signed with 'HS256'"),
        (lambda claims: jwt.encode(claims, "between us & nobody else" * 2, algorithm="HS256"), "signed with 'HS256'"),
        (signed_by(OTHER_RSA_KEY, "one"), "InvalidSignature"),
        (signed_by(OTHER_RSA_KEY, "two"), "does not publish"),
        (signed_by(OTHER_RSA_KEY, "x", jwk=public(OTHER_RSA_KEY, "x")), "does not publish"),
        (signed_by(EC_KEY, "one", "ES256"), "does not publish"),
        (lambda claims: "not.a.token", "no token"),
        (lambda claims: "", "no ID token"),
    ],
)  # fmt: skip
def test_a_token_that_the_provider_did_not_sign_opens_nothing(sign_in, context, forger, sign, why):
    forger.sign = sign
    was_refused(sign_in(), context, why)


def test_a_key_for_encryption_signs_nothing(sign_in, context, forger):
    forger.keys = [public(RSA_KEY, "one") | {"use": "enc"}]
    was_refused(sign_in(), context, "does not publish")


def test_a_new_key_is_looked_for_and_an_old_one_is_no_more(sign_in, forger, clock, context):
    assert is_in(sign_in())
    forger.keys = [public(EC_KEY, "two")]
    forger.sign = signed_by(EC_KEY, "two", "ES256")
    clock.forward(seconds=11)
    assert is_in(sign_in())
    assert forger.asked.count("/keys") == 2
    forger.sign = signed_by(RSA_KEY, "one")
    clock.forward(seconds=11)
    assert sign_in().status_code == 403


def test_tokens_with_made_up_keys_do_not_make_us_ask_for_keys_each_time(sign_in, forger):
    assert is_in(sign_in())
    forger.sign = signed_by(OTHER_RSA_KEY, "made up")
    for _ in range(5):
        sign_in()
    assert forger.asked.count("/keys") == 1


def test_a_key_without_a_name_will_do_when_the_token_names_none(sign_in, forger):
    forger.keys = [
        public(OTHER_RSA_KEY, "two"),
        {name: text for name, text in public(RSA_KEY, "").items() if name != "kid"},
    ]
    forger.sign = lambda claims: jwt.encode(claims, RSA_KEY, algorithm="RS256")
    assert is_in(sign_in())


def test_a_state_counts_once_for_its_own_browser_and_for_a_quarter_of_an_hour(app, browser, context, sign_in, clock):
    begun = browser.get("/console/sign-in/start").headers["location"]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    thief = TestClient(app, headers={"origin": HERE}, follow_redirects=False)
    assert sign_in(state=state, client=thief).status_code == 403
    assert sign_in(state="made up").status_code == 403
    # Replayed: the first time it is used up, whatever came of it.
    fresh = parse_qs(urlsplit(browser.get("/console/sign-in/start").headers["location"]).query)["state"][0]
    sign_in(state=fresh, nonce="wrong")
    assert sign_in(state=fresh).status_code == 403
    late = parse_qs(urlsplit(browser.get("/console/sign-in/start").headers["location"]).query)["state"][0]
    clock.forward(minutes=16)
    assert sign_in(state=late).status_code == 403
    assert people.user(context.desk.store, "ana") is None


def test_an_answer_in_the_name_of_another_provider_is_refused(browser, context):
    state = parse_qs(urlsplit(browser.get("/console/sign-in/start").headers["location"]).query)["state"][0]
    params = {"code": "c", "state": state, "iss": "https://id.evil.example"}
    was_refused(browser.get("/console/sign-in/return", params=params), context, "another provider")


def test_userinfo_of_somebody_else_is_not_taken(sign_in, context, forger):
    forger.discovery["userinfo_endpoint"] = f"{forger.issuer}/me"
    forger.instead["/me"] = (200, json.dumps({"sub": "s-2", "groups": ["wallet-oncall"]}).encode())
    was_refused(sign_in(groups=None), context, "two people")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://id.evil.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "ftp://id.example/auth"},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
def test_a_provider_that_says_strange_things_of_itself_is_not_gone_to(browser, forger, changes):
    forger.discovery |= changes
    answer = browser.get("/console/sign-in/start")
    assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)


@pytest.mark.parametrize(
    "instead",
    [
        (500, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (302, b"https://evil.example/x"),
        (200, b" " * (2 << 20)),
        (404, b"{}"),
    ],
)
def test_a_provider_in_trouble_is_said_to_be_and_passwords_still_work(browser, forger, instead):
    forger.instead["/.well-known/openid-configuration"] = instead
    answer = browser.get("/console/sign-in/start")
    assert (answer.status_code, "cannot be reached at the moment" in answer.text) == (503, True)
    assert 'type="password"' in answer.text


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_fails_half_way_lets_nobody_in_and_can_be_gone_to_again(sign_in, forger, path):
    forger.instead[path] = (502, b"")
    assert sign_in().status_code == 503
    del forger.instead[path]
    assert is_in(sign_in())


def test_a_client_that_the_provider_does_not_know_is_our_fault_and_not_the_persons(sign_in, forger):
    forger.instead["/token"] = (401, b'{"error": "invalid_client"}')
    assert sign_in().status_code == 503
    forger.instead["/token"] = (400, b'{"error": "invalid_grant"}')
    assert sign_in().status_code == 403
