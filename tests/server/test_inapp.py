"""One customer's notices for the wallet's app."""

import base64
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from records.store import ledger
from server.auth import NotSignedIn
from server.config.sections.operation import InApp
from server.inapp_token import bearer_of_token
from tests.server.conftest import INAPP_KEY, NOW
from tests.server.telling import carry, fan_out

FIELDS = ["id", "kind", "severity", "title", "body", "url", "verify_code", "components", "starts_at", "ends_at",
          "next_update_at", "seen_at"]  # fmt: skip
INCIDENT = {
    "name": {"en": "Ethereum withdrawals are delayed", "fr": "Retraits Ethereum retardés"},
    "body": "Withdrawals are queued.",
    "components": [{"id": "eth-withdrawals", "status": "partial_outage"}],
    "channels": ["inapp"],
}


def token(sub="c-1", key=INAPP_KEY, algorithm="HS256", **claims):
    told = {"sub": sub, "exp": int(NOW.timestamp()) + 600} | claims
    return jwt.encode({name: value for name, value in told.items() if value is not None}, key, algorithm=algorithm)


def as_customer(ref="c-1", **claims):
    return {"Authorization": f"Bearer {token(ref, **claims)}"}


@pytest.fixture
def told(ops, store, clock):
    """c-1 (French) and c-2 hold ETH and were told; c-3 was not."""
    ops.put("/api/v1/customers/c-1", json={"language": "fr", "tags": ["holds:ETH"]})
    ops.put("/api/v1/customers/c-2", json={"tags": ["holds:ETH"]})
    ops.put("/api/v1/customers/c-3", json={"tags": ["holds:BTC"]})
    incident = ops.post("/api/v1/incidents", json=INCIDENT).json()
    fan_out(store, clock())
    carry(store, "inapp", clock())
    return incident


def notices(client, ref="c-1", **query):
    return client.get("/inapp/v1/notices", params=query, headers=as_customer(ref)).json()["notices"]


def test_a_customer_sees_what_concerns_them_and_nothing_else(anybody, told):
    [notice] = notices(anybody)
    assert list(notice) == FIELDS
    assert notice["kind"] == "incident_opened"
    assert notice["severity"] == "major"
    assert notice["title"] == "subject in fr: incident_opened"
    assert notice["body"] == "short in fr: incident_opened"
    assert notice["url"] == f"https://status.acme.example/incidents/{told['id']}"
    assert notice["components"] == [{"id": "eth-withdrawals", "name": "Ethereum withdrawals"}]
    assert (notice["starts_at"], notice["ends_at"]) == ("2026-11-22T13:05:00.000Z", None)
    assert notice["next_update_at"] == "2026-11-22T13:20:00.000Z"
    assert notice["seen_at"] is None
    assert notices(anybody, "c-3") == []


def test_somebody_unknown_has_an_empty_plate(anybody, told):
    assert notices(anybody, "c-9") == []


def test_words_come_in_the_language_asked_for_if_the_notice_speaks_it(anybody, told):
    assert notices(anybody, lang="en")[0]["title"] == "subject in en: incident_opened"
    assert notices(anybody, lang="en-GB")[0]["title"] == "subject in en: incident_opened"
    for other in ("de", "x" * 500, "\x00"):
        assert notices(anybody, lang=other)[0]["title"] == "subject in fr: incident_opened"


def test_a_window_has_its_times(anybody, ops, store, clock, told):
    ops.post(
        "/api/v1/maintenances",
        json={"name": "New database", "body": "Away for an hour.", "components": ["website"], "channels": ["inapp"],
              "scheduled_for": "2026-11-29T02:00:00Z", "scheduled_until": "2026-11-29T03:00:00Z"},
    )  # fmt: skip
    fan_out(store, clock())
    carry(store, "inapp", clock())
    [window] = notices(anybody, "c-3")
    assert (window["severity"], window["starts_at"], window["ends_at"]) == (
        "maintenance", "2026-11-29T02:00:00.000Z", "2026-11-29T03:00:00.000Z",
    )  # fmt: skip
    assert "/maintenances/" in window["url"]


def test_an_unchanged_plate_costs_no_body(anybody, told, clock):
    first = anybody.get("/inapp/v1/notices", headers=as_customer())
    etag = first.headers["etag"]
    for held in (etag, f'"other", W/{etag}', "*"):
        again = anybody.get("/inapp/v1/notices", headers=as_customer() | {"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
    other = anybody.get("/inapp/v1/notices", headers=as_customer("c-2") | {"If-None-Match": etag})
    assert other.status_code == 200
    anybody.post(f"/inapp/v1/notices/{first.json()['notices'][0]['id']}/seen", headers=as_customer())
    changed = anybody.get("/inapp/v1/notices", headers=as_customer() | {"If-None-Match": etag})
    assert changed.status_code == 200


def test_what_was_seen_and_put_away_lands_on_the_record_once(anybody, told, store, clock, ops):
    [notice] = notices(anybody)
    path = f"/inapp/v1/notices/{notice['id']}"
    clock.forward(minutes=1)
    assert anybody.post(f"{path}/seen", headers=as_customer()).status_code == 204
    clock.forward(minutes=1)
    assert anybody.post(f"{path}/seen", headers=as_customer()).status_code == 204
    assert notices(anybody)[0]["seen_at"] == "2026-11-22T13:06:00.000Z"
    for _ in range(2):
        assert anybody.post(f"{path}/dismissed", headers=as_customer()).status_code == 204
    assert notices(anybody) == []
    assert notices(anybody, "c-2") != []
    customer_id = ops.get("/api/v1/customers/c-1?reason=a+test").json()["id"]
    outcomes = [each.outcome.value for each in ledger.of_customer(store, int(customer_id))]
    assert sorted(outcomes) == ["accepted", "dismissed", "displayed"]


def test_another_customers_notice_and_none_at_all_are_answered_alike(anybody, told):
    real = notices(anybody)[0]["id"]
    answers = [
        anybody.post(f"/inapp/v1/notices/{notice_id}/{deed}", headers=as_customer(ref))
        for notice_id, ref in ((real, "c-3"), (real, "c-9"), ("000000000000", "c-1"), ("%00", "c-1"))
        for deed in ("seen", "dismissed")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "Bearer",
        "Bearer x.y.z",
        f"Bearer {token(key='w' * 64)}",
        f"Bearer {token(exp=int(NOW.timestamp()) - 31)}",
        f"Bearer {token(exp=None)}",
        f"Bearer {token(exp='soon')}",
        f"Bearer {token(nbf=int(NOW.timestamp()) + 31)}",
        f"Bearer {token(sub=None)}",
        f"Bearer {token(sub='')}",
        f"Bearer {token(algorithm='HS512')}",
        f"Bearer {token(key=None, algorithm='none')}",
        f"Basic {token()}",
    ],
)
def test_a_token_that_proves_nothing_is_refused(anybody, told, refused):
    answer = anybody.get("/inapp/v1/notices", headers={"Authorization": refused} if refused else {})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_clocks_may_differ_a_little(anybody, told):
    for claims in ({"exp": int(NOW.timestamp()) - 20}, {"nbf": int(NOW.timestamp()) + 20}):
        assert anybody.get("/inapp/v1/notices", headers=as_customer(**claims)).status_code == 200


def test_a_token_signed_with_a_private_key_is_checked_by_the_public_one():
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    access = InApp(algorithm="EdDSA", key=SecretStr(pem))
    assert bearer_of_token(token("c-7", key=private, algorithm="EdDSA"), access, NOW).ref == "c-7"
    forged = token("c-7", key=Ed25519PrivateKey.generate(), algorithm="EdDSA")
    with pytest.raises(NotSignedIn):
        bearer_of_token(forged, access, NOW)
    # The public key is no secret: a token that uses it as one must not pass.
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "c-7", "exp": 9_999_999_999})
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    confused = f"{signed}.{encoded(hmac.digest(pem.encode(), signed.encode(), 'sha256'))}"
    with pytest.raises(NotSignedIn):
        bearer_of_token(confused, access, NOW)


def encoded(part):
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def test_the_apps_own_site_may_ask(anybody, told):
    site = {"Origin": "https://app.acme.example"}
    may_i = anybody.options(
        "/inapp/v1/notices",
        headers=site | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"},
    )
    assert may_i.status_code == 200
    assert may_i.headers["access-control-allow-origin"] == "*"
    assert "authorization" in may_i.headers["access-control-allow-headers"].lower()
    nobody: dict[str, str] = {}
    for headers in (as_customer(), nobody):
        answer = anybody.get("/inapp/v1/notices", headers=site | headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
