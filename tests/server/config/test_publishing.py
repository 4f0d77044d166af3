"""Places to publish to, and the key that signs."""

import pytest

from records import signing
from records.errors import Invalid
from server.config.settings import Settings

PAGE = "page: {name: Acme Wallet, url: 'https://status.acme.example'}\n"


def test_a_bucket_keeps_its_keys_out_of_repr(load):
    place = load(
        PAGE + "publish: [{to: 's3://acme-status/page/', region: eu-central-1, endpoint: 'https://s3.example', "
        "access_key_id: id, secret_access_key: hunter22, compressed: true, purge: 'https://cdn.example/?token=hunter23'}]"
    ).publish[0]
    assert (place.to, place.is_bucket, place.directory) == ("s3://acme-status/page", True, None)
    assert "hunter2" not in repr(place)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("ftp://host/page", "neither a directory nor a bucket"),
        ("s3://", "does not name a bucket"),
        ("s3://Bucket", "does not name a bucket"),
        ("s3://bucket//page", "does not name a bucket"),
        ("s3://bucket/page?x=1", "does not name a bucket"),
    ],
)
def test_what_is_no_place_is_refused(load, place, message):
    with pytest.raises(Invalid, match=message):
        load(PAGE + f"publish: [{{to: '{place}'}}]")


def test_a_directory_is_not_stored_compressed_a_second_time(load):
    with pytest.raises(Invalid, match="has keys of a bucket"):
        load(PAGE + "publish: [{to: /srv/www, compressed: true}]")


def test_without_a_key_the_database_keeps_one(load):
    assert load(PAGE).signing.private is None


def test_a_key_signs_and_shows_nowhere(load):
    made = signing.new_key()
    settings: Settings = load(PAGE + f"signing: {{key: '{made.secret}'}}")
    assert settings.signing.private is not None
    assert settings.signing.private.id == made.id
    assert made.secret not in repr(settings) + settings.model_dump_json()


def test_what_is_no_key_is_refused_unrepeated(load):
    with pytest.raises(Invalid, match="no Ed25519 private key") as refused:
        load(PAGE + "signing: {key: hunter22}")
    assert "openssl genpkey" in str(refused.value)
    assert "hunter22" not in str(refused.value)
