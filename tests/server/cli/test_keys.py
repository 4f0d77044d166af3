import json

from records import signing as signing_keys
from records.store import signing


def test_the_first_key_is_there_when_it_is_asked_for(program):
    (key,) = program.json("keys", "list")["keys"]
    assert key["algorithm"] == "Ed25519"
    assert key["valid_to"] is None
    assert program.json("keys", "list")["keys"] == [key]
    assert f"{key['id']}  from " in program.says("keys", "list")


def test_a_rotation_keeps_the_old_key_and_publishes_both(program):
    (first,) = program.json("keys", "list")["keys"]
    newest, oldest = program.json("keys", "rotate")["keys"]
    assert oldest["id"] == first["id"]
    assert oldest["valid_to"] == newest["valid_from"]
    assert newest["handover"]["key"] == first["id"]
    program.says("publish", "--to", "site")
    published = json.loads((program.folder / "site/current/.well-known/forewarn-keys.json").read_text("utf-8"))
    assert published == {"page": "https://status.acme.example", "keys": [newest, oldest]}


def test_what_is_secret_is_printed_nowhere(program, kept):
    program.says("keys", "list")
    first = signing.current_secret(kept)
    said = program.says("keys", "rotate") + program.says("keys", "list", "--json", "--debug")
    second = signing.current_secret(kept)
    assert first is not None
    assert second is not None
    assert first.secret not in said
    assert second.secret not in said


def test_a_key_of_the_settings_is_changed_there(embedded):
    made = signing_keys.new_key()
    embedded.write("signing.key", made.secret + "\n")
    embedded.write_settings(signing={"key": "${file:signing.key}"}, store={"url": "sqlite:///forewarn.db"})
    (key,) = embedded.json("keys", "list")["keys"]
    assert key["id"] == made.id
    assert "Put a new one there" in embedded.refusal("keys", "rotate")
    embedded.write("signing.key", "hunter22")
    refused = embedded.refusal("keys", "list")
    assert "no Ed25519 private key" in refused
    assert "hunter22" not in refused
