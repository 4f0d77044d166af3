"""Keys, and what is signed with them."""

import base64
import copy
import pickle
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from records import signing
from records.signing import NotAKey, PrivateKey, seal, unseal


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "ascii")


def test_a_signature_holds_for_the_very_bytes_and_the_very_key():
    key, other = signing.new_key(), signing.new_key()
    signature = key.sign(b"Withdrawals pause")
    assert signing.is_signed_by(key.public, b"Withdrawals pause", signature)
    assert not signing.is_signed_by(key.public, b"Withdrawals pause.", signature)
    assert not signing.is_signed_by(other.public, b"Withdrawals pause", signature)
    assert not signing.is_signed_by(key.public, b"Withdrawals pause", replace(signature, value="AAAA"))


def test_a_key_is_read_from_pem_and_from_base64():
    made = Ed25519PrivateKey.generate()
    seed = base64.b64encode(made.private_bytes_raw()).decode()
    assert signing.key_from_text(pem(made)).public == made.public_key().public_bytes_raw()
    assert signing.key_from_text(seed).id == signing.key_from_text(pem(made)).id


@pytest.mark.parametrize(
    "text", ["", "secret", "AAAA", pem(X25519PrivateKey.generate()), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n"]
)
def test_what_is_no_key_is_refused_without_repeating_it(text):
    with pytest.raises(NotAKey) as refused:
        signing.key_from_text(text)
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_what_is_secret_of_a_key_shows_nowhere():
    key = signing.new_key()
    assert key.secret not in f"{key!r} {key} {vars(PrivateKey)} {key.sign(b'').shape()}"
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copied(key)


def test_one_document_has_one_spelling():
    assert signing.canonical({"b": {"ă": "«ț»"}, "a": None}) == '{"a":null,"b":{"ă":"«ț»"}}'


def test_what_is_sealed_opens_with_its_secret_alone():
    sealed = seal("s" * 43, "a refresh token")
    assert "refresh" not in sealed
    assert unseal("s" * 43, sealed) == "a refresh token"
    assert unseal("t" * 43, sealed) is None
    assert unseal("s" * 43, sealed[:-4] + "AAAA") is None
    assert unseal("s" * 43, "no seal at all") is None
