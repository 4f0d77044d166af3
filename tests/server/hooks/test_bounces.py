"""Mails that came back, handed over by HTTP."""

import pytest

from notifier.channels.email.codes import Codes
from records.desk.incidents import open_incident
from records.notices import Outcome
from records.store import customers, ledger
from server.hooks import bounces as module
from server.pace import Pace
from server.wiring import mail_secret
from tests.bounced import failure
from tests.cast import ANA, acme, an_incident, deliver, fan_out, number_of, the_notice
from tests.server.conftest import NOW
from tests.server.house import BASIC, settings_with

TOKEN = "a-secret-token-of-the-mail-server"
RFC822 = {"Content-Type": "message/rfc822"}


@pytest.fixture(autouse=True)
def _with_bounces(context, monkeypatch):
    monkeypatch.setattr(module, "_PACE", Pace(burst=30, every_seconds=60.0))
    bounces = {"domain": "bounce.acme.example", "token": TOKEN}
    object.__setattr__(context, "settings", settings_with(smtp=BASIC["smtp"] | {"bounces": bounces}))


@pytest.fixture
def ada(store):
    incident = open_incident(acme(store), an_incident(), ANA, NOW)
    fan_out(store, NOW)
    deliver(store, NOW)
    return the_notice(store, incident.id), number_of(store, "ada")


@pytest.fixture
def mail(context, ada):
    notice, number = ada
    key = f"{notice.id}.{notice.version}.{number}"
    mac = Codes(mail_secret(context)).mac(key)
    return failure(f"b+{key}.{mac}@bounce.acme.example")


def has_bounced(store):
    number = number_of(store, "ada")
    found = customers.contact(store, number, "email")
    assert found is not None
    rows = [each for each in ledger.of_customer(store, number) if each.outcome is Outcome.BOUNCED]
    assert (found.blocked == "bounced") == bool(rows)
    return bool(rows)


def test_a_mail_is_taken_in_as_it_came(anybody, store, mail):
    answer = anybody.post(f"/hooks/bounces/{TOKEN}", content=mail, headers=RFC822)
    assert (answer.status_code, answer.content) == (204, b"")
    assert has_bounced(store)


@pytest.mark.parametrize("field", ["email", "body-mime", "message"])
def test_a_mail_is_taken_in_as_a_field_of_a_form(anybody, store, mail, field):
    anybody.post(f"/hooks/bounces/{TOKEN}", data={"from": "x"}, files={field: ("", mail, "text/plain")})
    assert has_bounced(store)


def test_a_mail_is_taken_in_as_a_file_of_a_form(anybody, store, mail):
    anybody.post(f"/hooks/bounces/{TOKEN}", files={"message": ("bounce.eml", mail, "message/rfc822")})
    assert has_bounced(store)


def test_the_parts_of_a_report_alone_are_enough_when_they_name_the_envelope(anybody, store, context, ada):
    notice, number = ada
    key = f"{notice.id}.{notice.version}.{number}"
    raw = failure("x@acme.example", envelope_id=f"{key}.{Codes(mail_secret(context)).mac(key)}")
    head, _, body = raw.partition(b"\n\n")
    content_type = head.rpartition(b"Content-Type: ")[2].decode()
    anybody.post(f"/hooks/bounces/{TOKEN}", content=body, headers={"Content-Type": content_type})
    assert has_bounced(store)


def test_a_token_nobody_knows_is_answered_alike_and_changes_nothing(anybody, store, mail):
    right = anybody.post(f"/hooks/bounces/{TOKEN}", content=b"nothing", headers=RFC822)
    wrong = anybody.post("/hooks/bounces/another-token-altogether", content=mail, headers=RFC822)
    assert (wrong.status_code, wrong.content, dict(wrong.headers)) == (204, b"", dict(right.headers))
    assert not has_bounced(store)


def test_a_forged_bounce_suppresses_nobody(anybody, store, mail):
    forged = mail.replace(b"@bounce.acme.example", b"0@bounce.acme.example")
    assert anybody.post(f"/hooks/bounces/{TOKEN}", content=forged, headers=RFC822).status_code == 204
    assert not has_bounced(store)


def test_a_house_without_a_token_for_it_takes_nothing(anybody, store, context, mail):
    object.__setattr__(context, "settings", settings_with())
    assert anybody.post(f"/hooks/bounces/{TOKEN}", content=mail, headers=RFC822).status_code == 204
    assert not has_bounced(store)


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"x" * ((1 << 20) + 1), "message/rfc822", 413),
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"no form", "multipart/form-data", 204),
        (b"--b\r\n" * 10_000, "multipart/form-data; boundary=b", 204),
        (b"\xff\x00", 'multipart/report; boundary="', 204),
    ],
)
def test_what_is_too_large_or_no_mail_is_refused_and_nonsense_says_nothing(anybody, content, content_type, code):
    answer = anybody.post(f"/hooks/bounces/{TOKEN}", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == code


def test_who_comes_too_often_waits(anybody):
    codes = [anybody.post(f"/hooks/bounces/{TOKEN}", content=b"", headers=RFC822).status_code for _ in range(31)]
    assert codes == [204] * 30 + [429]
