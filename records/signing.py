"""How anybody can tell that words and files are ours: Ed25519 keys, what is signed, and its one spelling."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from records.components import Words
from records.errors import ForewarnError
from records.notices import Notice
from records.times import iso, iso_or_none

ALGORITHM = "Ed25519"
#: First field of everything signed, so that a signature of one kind of document never passes for another.
NOTICE_FORMAT, MANIFEST_FORMAT, KEY_FORMAT = "forewarn.notice.1", "forewarn.manifest.1", "forewarn.key.1"
#: What a notice says in operators' own words, in the order in which customers read it.
_TEXTS = ("body", "what_to_do", "still_works", "funds")
_SEED_BYTES = 32
#: Receivers count shorter ones as no signature at all.
_RSA_BITS = 2048


class NotAKey(ForewarnError):
    """This is no Ed25519 private key. `openssl genpkey -algorithm ed25519` makes one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class NotAMailKey(ForewarnError):
    """This is no RSA key of 2048 bits or more and no Ed25519 key. `openssl genrsa 2048` makes one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who signed, and the signature."""

    key_id: str
    #: 64 bytes as base64.
    value: str

    def shape(self) -> dict[str, str]:
        """As published."""
        return {"key": self.key_id, "algorithm": ALGORITHM, "value": self.value}


class PrivateKey:
    """A key that signs. What is secret of it leaves by `secret` alone, which only the store asks for."""

    __slots__ = ("_key", "_seed", "id", "public")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        #: The 32 bytes that others check with.
        self.public = self._key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def __repr__(self) -> str:
        return f"PrivateKey(id={self.id!r})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not copied about")

    def sign(self, content: bytes) -> Signature:
        """Sign bytes as they are."""
        return Signature(key_id=self.id, value=base64.b64encode(self._key.sign(content)).decode())

    @property
    def secret(self) -> str:
        """For the store."""
        return base64.b64encode(self._seed).decode()


class MailKey:
    """A key that signs mail (DKIM): RSA of 2048 bits or more, or Ed25519. Nothing secret of it leaves."""

    __slots__ = ("_key", "algorithm")

    def __init__(self, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._key = key
        self.algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"

    def __repr__(self) -> str:
        return f"MailKey({self.algorithm})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not copied about")

    def sign_digest(self, digest: bytes) -> str:
        """Sign a SHA-256; base64. The same digest has the same signature. Other threads run meanwhile."""
        if isinstance(self._key, RSAPrivateKey):
            signature = self._key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        else:
            # RFC 8463: what Ed25519 signs is the hash itself.
            signature = self._key.sign(digest)
        return base64.b64encode(signature).decode()

    @property
    def record(self) -> str:
        """What the name server must say under the key's selector."""
        public = self._key.public_key()
        if isinstance(public, Ed25519PublicKey):
            return f"v=DKIM1; k=ed25519; p={base64.b64encode(public.public_bytes_raw()).decode()}"
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(raw).decode()}"


def mail_key_from_pem(text: str) -> MailKey:
    """A key for signing mail from PEM without a password. Raises NotAMailKey, which repeats nothing."""
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (TypeError, ValueError):
        raise NotAMailKey from None
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= _RSA_BITS):
        return MailKey(key)
    raise NotAMailKey


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A key as the world knows it, with the time in which it signed."""

    id: str
    raw: bytes
    valid_from: datetime
    #: None: it signs now.
    valid_to: datetime | None
    #: The key before it says that this one is ours too; None for the first, and when the one before was not at hand.
    handover: Signature | None = None

    def shape(self) -> dict[str, Any]:
        """As published."""
        return {
            "id": self.id,
            "algorithm": ALGORITHM,
            "public_key": base64.b64encode(self.raw).decode(),
            "valid_from": iso(self.valid_from),
            "valid_to": iso_or_none(self.valid_to),
            "handover": self.handover.shape() if self.handover else None,
        }


def new_key() -> PrivateKey:
    """A key nobody has seen."""
    return PrivateKey(Ed25519PrivateKey.generate().private_bytes_raw())


def key_from_store(secret: str) -> PrivateKey:
    """The key that `PrivateKey.secret` wrote down."""
    return PrivateKey(base64.b64decode(secret))


def key_from_text(text: str) -> PrivateKey:
    """A key from PEM (PKCS #8, without a password), or 32 bytes as base64. Raises NotAKey, which repeats nothing."""
    if "-----BEGIN" in text:
        return PrivateKey(_seed_of_pem(text))
    try:
        seed = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise NotAKey from None
    if len(seed) != _SEED_BYTES:
        raise NotAKey
    return PrivateKey(seed)


def _seed_of_pem(text: str) -> bytes:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (TypeError, ValueError):
        # What the library says may quote the text.
        raise NotAKey from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotAKey
    return key.private_bytes_raw()


def key_id(public: bytes) -> str:
    """The first sixteen hexadecimal digits of the public key's SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed_by(public: bytes, content: bytes, signature: Signature) -> bool:
    """Whether the key with these public bytes signed `content`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature.value), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(document: Mapping[str, Any]) -> str:
    """The one way to write a document: JSON, names sorted, no spaces, letters as they are; signed as UTF-8.

    >>> canonical({"b": [1, None], "a": "é"})
    '{"a":"é","b":[1,null]}'
    """
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def texts_of(notice: Notice) -> Words:
    """Operators' own words, whole, in each language they were written in; parts are set apart by an empty line."""
    languages: list[str] = [code for part in _TEXTS for code in notice.facts.get(part) or {}]
    return {code: _text(notice, code) for code in dict.fromkeys(languages)}


def _text(notice: Notice, language: str) -> str:
    parts = ((notice.facts.get(part) or {}).get(language, "").strip() for part in _TEXTS)
    return "\n\n".join(part for part in parts if part)


def notice_document(notice: Notice, page_url: str) -> dict[str, Any]:
    """What is signed of a notice; docs/verify.md explains each field."""
    return {
        "format": NOTICE_FORMAT,
        "code": notice.verify_code,
        "kind": notice.kind.value,
        "ref": notice.facts["ref"],
        "made_at": iso(notice.created_at),
        "page": f"{page_url}/{notice.subject_kind}s/{notice.subject_id}",
        "title": notice.facts["name"],
        "text_sha256": {code: sha256(text) for code, text in texts_of(notice).items()},
        "scheduled_for": notice.facts.get("scheduled_for"),
        "scheduled_until": notice.facts.get("scheduled_until"),
    }


def key_document(key: PrivateKey, valid_from: datetime) -> dict[str, Any]:
    """What the key before says of a new one."""
    return {
        "format": KEY_FORMAT,
        "id": key.id,
        "public_key": base64.b64encode(key.public).decode(),
        "valid_from": iso(valid_from),
    }


def sha256(text: str) -> str:
    """Of the text as UTF-8, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(secret: str, text: str) -> str:
    """`text` as nobody can read it without `secret`, of which we keep only a hash: 256 random bits, not a password."""
    return _box(secret).encrypt(text.encode()).decode()


def unseal(secret: str, sealed: str) -> str | None:
    """The text that `seal` was given; None when it was sealed with another secret, or was changed."""
    try:
        return _box(secret).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"forewarn.seal.1:{secret}".encode()).digest()))
