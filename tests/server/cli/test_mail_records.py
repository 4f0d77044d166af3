"""The records that mail needs: found, missing, wrong, and when nobody can say."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from monitors.client import CouldNotSee
from records.observations import Seen
from server.cli.mail_records import examine_records
from tests.server.house import BASIC, settings_with

PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SMTP = {
    **BASIC["smtp"],
    "host": "relay.acme.example",
    "bounces": {"domain": "bounce.acme.example", "token": "0123456789abcdef"},
    "dkim": {"domain": "acme.example", "selector": "fw1", "private_key": PEM},
}
SETTINGS = settings_with(smtp=SMTP)
assert SETTINGS.smtp is not None
assert SETTINGS.smtp.dkim is not None
KEY = SETTINGS.smtp.dkim.key.record
GOOD = {
    "bounce.acme.example": ("something=else", "v=spf1 a:relay.acme.example -all"),
    "fw1._domainkey.acme.example": (KEY.replace("p=", "p= "),),
    "_dmarc.acme.example": ("v=DMARC1; p=reject",),
}


def found(settings=SETTINGS, **changes):
    names = GOOD | {name.replace("__", "."): texts for name, texts in changes.items()}
    return {
        each.what: (each.state.value, each.said, each.hint)
        for each in examine_records(settings, lambda name: names.get(name, ()))
    }


def test_all_that_is_needed_is_there():
    assert {what: state for what, (state, _, _) in found().items()} == {"spf": "ok", "dkim fw1": "ok", "dmarc": "ok"}


def test_what_is_missing_is_said_with_the_record_to_publish():
    missing = found(bounce__acme__example=(), fw1___domainkey__acme__example=(), _dmarc__acme__example=())
    assert missing["spf"][2] == "publish one: bounce.acme.example TXT v=spf1 a:relay.acme.example -all"
    assert missing["dkim fw1"][1] == "fw1._domainkey.acme.example has no key: our signature counts for nothing"
    assert missing["dmarc"][2].startswith("publish: _dmarc.acme.example TXT v=DMARC1; p=none")


def test_two_spf_records_and_another_key_count_for_nothing():
    wrong = found(bounce__acme__example=("v=spf1 a -all", "v=spf1 mx -all"))
    assert "count as none" in wrong["spf"][1]
    keys = dict(GOOD) | {"fw1._domainkey.acme.example": ("v=DKIM1; p=AAAA",)}
    (dkim,) = (each for each in examine_records(SETTINGS, lambda name: keys.get(name, ())) if each.what == "dkim fw1")
    assert "has another key" in dkim.said
    assert KEY in dkim.hint


def test_a_strict_policy_wants_the_very_domain():
    strict = found(_dmarc__acme__example=("v=DMARC1; p=reject; aspf=s; adkim=s",))
    assert strict["spf alignment"][1].startswith("bounce.acme.example is not aligned with acme.example")
    assert "dkim alignment" not in strict


def test_without_a_name_server_the_needed_records_are_said_all_the_same():
    def nobody(name):
        raise CouldNotSee(Seen.TRANSPORT, "this machine names no name server")

    said = [(each.what, each.state.value, each.said) for each in examine_records(SETTINGS, nobody)]
    assert said[0][:2] == ("dns", "warn")
    assert [what for what, state, text in said[1:]] == ["spf", "dkim fw1", "dmarc"]
    assert all(text.startswith("needed: ") for _, _, text in said[1:])


def test_where_the_relay_signs_that_is_said_and_without_mail_nothing():
    assert "left to the relay" in found(settings_with())["dkim"][1]
    assert list(examine_records(settings_with(smtp=None))) == []
