import json
from typing import Any

import yaml

from tests.mail import MailServer
from tests.services import FakeMastodon, FakeTelegram


def findings(program, status: int) -> dict[tuple[str, str], Any]:
    done = program.run("doctor", "--json")
    assert done.returncode == status, done.stdout + done.stderr
    return {(each["what"], each["state"]): each for each in json.loads(done.stdout)}


def test_a_house_that_has_all_it_needs_passes(program):
    with MailServer() as mail:
        program.write_settings(
            store={"url": settings_url(program)},
            smtp={"host": "127.0.0.1", "port": mail.port, "security": "none", "from": "status@acme.example"},
        )
        program.says("incident", "list")
        found = findings(program, 0)
    assert ("smtp", "ok") in found
    assert ("schema", "ok") in found
    assert any(word in found["store", "ok"]["said"] for word in ("SQLite", "PostgreSQL"))
    assert mail.mails == []


def test_a_login_that_is_refused_and_a_relay_that_is_away_are_told_apart(embedded):
    def smtp(port: int, **more: str):
        return {"host": "127.0.0.1", "port": port, "security": "none", "from": "status@acme.example", **more}

    with MailServer(login=("forewarn", "right")) as mail:
        embedded.write_settings(smtp=smtp(mail.port, username="forewarn", password="wrong"))
        refused = findings(embedded, 1)["smtp", "fail"]
        embedded.write_settings(smtp=smtp(mail.port, username="forewarn", password="right"))
        assert "lets us in" in findings(embedded, 0)["smtp", "ok"]["said"]
    assert "refuses the login" in refused["said"]
    assert "wrong" not in refused["said"]
    embedded.write_settings(smtp=smtp(9))
    assert "cannot be used" in findings(embedded, 1)["smtp", "fail"]["said"]


def test_a_look_leaves_nothing_behind(embedded):
    assert "does not exist yet" in embedded.run("doctor").stdout
    assert [path.name for path in embedded.folder.iterdir()] == ["forewarn.yaml"]


def test_faults_in_the_settings_end_the_examination_with_the_way_to_see_them(bare):
    bare.write("forewarn.yaml", "page: {}\n")
    found = findings(bare, 1)
    assert "forewarn check" in found["settings", "fail"]["hint"]
    assert ("python", "ok") in found


def test_a_node_that_cannot_be_reached_is_named(embedded):
    chain = {"chain": "ethereum", "nodes": [{"name": "eth-1", "url": "http://127.0.0.1:9/key"}]}
    embedded.write_settings(chains=[chain])
    finding = findings(embedded, 1)["monitor chain:ethereum eth-1", "fail"]
    assert "refused" in finding["said"]


def settings_url(program) -> str:
    url: str = yaml.safe_load((program.folder / "forewarn.yaml").read_text("utf-8"))["store"]["url"]
    return url


def test_public_accounts_are_asked_who_we_are_and_nothing_is_posted(embedded):
    with FakeMastodon() as mastodon, FakeTelegram() as telegram:
        mastodon.limit = 300
        embedded.write_settings(
            social=[
                {"name": "well", "url": mastodon.url},
                {"name": "strange", "url": mastodon.url.replace("of-acme", "of-nobody")},
                {"name": "lost", "url": telegram.url.replace("@acmestatus", "@elsewhere")},
                {"name": "silent", "url": "json://poster:secret-of-the-poster@127.0.0.1:9/"},
                {"name": "away", "url": "mastodon://token-of-nobody@127.0.0.1:9"},
                {"name": "own", "url": "http://127.0.0.1:9/", "secret": "secret-of-ours"},
            ]
        )
        done = embedded.run("doctor", "--json")
        found = {(each["what"], each["state"]): each for each in json.loads(done.stdout)}
        assert mastodon.posts == telegram.posts == []
    assert done.returncode == 1
    assert found["social well", "warn"]["said"] == "Mastodon: @acme"
    assert "limit_chars" in found["social well", "warn"]["hint"]
    assert "refuses us (401)" in found["social strange", "fail"]["said"]
    assert found["social lost", "warn"]["said"] == "Telegram: @acme_bot does not see the chat"
    assert "only be tried by posting" in found["social silent", "ok"]["said"]
    assert "cannot be asked" in found["social away", "fail"]["said"]
    assert ("social own", "ok") in found
    for secret in ("mastodon-token", "token-of-nobody", "AAH-telegram", "secret-of"):
        assert secret not in done.stdout + done.stderr
