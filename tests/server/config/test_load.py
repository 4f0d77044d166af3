"""The whole file: what starts, what is refused, and that everything wrong is said at once."""

import socket
import sqlite3
from pathlib import Path

import pytest

from records.errors import Invalid
from server.config import load_settings, parse_settings, settings_path

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example}\n"
TEN_FAULTS = """\
page:
  name: Acme Wallet
  url: https://status.acme.example
  time_zone: Mars/Base
  colour: red
store: {url: sqlite:///never-made.db}
smtp:
  host: relay.acme.example
  prot: 587
  from: Acme <status@evil.example>
  password: ${SMTP_PASSWORD}
  username: forewarn
components:
  - {id: btc-deposits, name: Bitcoin deposits, depends_on: [btc-node]}
  - {id: website, name: Website, auto_publish: perhaps}
  - {id: website, name: Website again}
monitors:
  - {id: web, kind: htpp, target: https://acme.example}
  - {id: db, kind: tcp, target: "127.0.0.1:5432", every: 30, component: website}
"""


def test_a_page_with_a_name_and_an_address_is_enough_to_start(load, tmp_path):
    settings = load(PAGE)
    assert settings.page.name == "Acme Wallet"
    assert settings.page.languages == ("en",)
    assert settings.page.official_domains == ("status.acme.example",)
    assert settings.store.url.get_secret_value() == f"sqlite:///{tmp_path}/forewarn.db"
    assert settings.smtp is None
    assert settings.access.approvals.second_person_above is None
    assert settings.policies == ()


def test_ten_different_faults_are_reported_together_each_with_line_and_hint(faults_of):
    faults = faults_of(TEN_FAULTS)
    assert [(fault.path, fault.message) for fault in faults] == [
        ("page.time_zone", "line 4: is not a time zone"),
        ("page.colour", "line 5: there is no key `colour` here"),
        ("smtp.prot", "line 9: there is no key `prot` here"),
        ("smtp.from", "line 10: the domain evil.example is not one of ours (status.acme.example)"),
        ("smtp.password", "line 11: the environment variable SMTP_PASSWORD is not set, or is empty"),
        ("components[0].depends_on[0]", "line 14: there is no component `btc-node`"),
        ("components[1].auto_publish", "line 15: must be true or false"),
        ("components[2].id", "line 16: `website` was used already by components[1]"),
        ("monitors[0]", "line 18: is of a kind that is not known"),
        ("monitors[1].every", "line 19: is not a duration"),
    ]
    assert all(fault.hint for fault in faults)
    assert "did you mean `port`?" in faults[2].hint
    assert "did you mean `http`?" in faults[8].hint


def test_a_file_with_faults_opens_nothing(faults_of, monkeypatch, tmp_path):
    def refuse(*_arguments: object, **_words: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert len(faults_of(TEN_FAULTS)) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["forewarn.yaml"]


def test_duplicate_keys_are_reported_beside_the_other_faults(faults_of):
    faults = faults_of("page:\n  name: A\n  url: https://a.example\n  url: https://b.example\n  zone: UTC\n")
    assert [fault.path for fault in faults] == ["page.url", "page.zone"]


def test_json_is_accepted(load):
    settings = load('{"page": {"name": "Acme", "url": "https://a.example", "languages": ["en", "no"]}}')
    assert settings.page.languages == ("en", "no")


def test_a_heading_with_all_keys_commented_out_counts_as_absent(load):
    assert load(PAGE + "components:\n  # - id: a\nsmtp:\n").components == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "- page\n", "just words\n"])
def test_a_file_without_keys_is_refused_with_the_way_to_start(faults_of, text):
    (fault,) = faults_of(text)
    assert "forewarn init" in fault.hint


def test_a_missing_file_is_refused_with_the_way_to_start(tmp_path):
    with pytest.raises(Invalid, match=r"cannot be read: No such file or directory .*forewarn init"):
        load_settings(tmp_path / "forewarn.yaml", {})


def test_a_huge_file_is_refused_without_reading_it_whole():
    with pytest.raises(Invalid, match="larger than"):
        load_settings(Path("/dev/zero"), {})


def test_the_file_is_the_one_named_else_that_of_the_environment_else_the_one_here(tmp_path):
    assert settings_path(tmp_path, {"FOREWARN_CONFIG": "/b"}) == tmp_path
    assert settings_path(None, {"FOREWARN_CONFIG": "/b"}) == Path("/b")
    assert settings_path(None, {"FOREWARN_CONFIG": ""}) == Path("forewarn.yaml")


SECRETS = (
    PAGE
    + """\
store: {url: "postgresql://forewarn:${PASS}@db/forewarn"}
smtp: {host: relay.example, from: a@status.acme.example, username: u, password: "${PASS}"}
social: [{name: mastodon, url: "mastodons://${PASS}@social.example"}]
chains:
  - chain: ethereum
    nodes: [{name: eth-1, url: "https://node.example/${PASS}", auth: {token: "${PASS}", headers: {x-key: "${PASS}"}}}]
monitors:
  - {id: web, kind: http, target: "https://a.example/?key=${PASS}", auth: {username: u, password: "${PASS}"}}
  - {id: job, kind: heartbeat, token: "${PASS}-of-some-length", every: 1h}
helpdesk: {kind: freshdesk, url: "https://a.freshdesk.com", key: "${PASS}", webhook_secret: "${PASS}"}
publish: [{to: "s3://bucket/page", access_key_id: id, secret_access_key: "${PASS}"}]
access:
  oidc: {issuer: "https://id.example", client_id: forewarn, client_secret: "${PASS}"}
  roles: {wallet-oncall: ops}
  inapp: {key: "${PASS}-0123456789-0123456789-0123456789"}
"""
)


def test_secrets_never_appear_when_settings_are_shown(load):
    settings = load(SECRETS, PASS="hunter2hunter2")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), f"{settings.model_dump()}"):
        assert "hunter2" not in shown
    assert settings.smtp.password.get_secret_value() == "hunter2hunter2"


def test_secrets_never_appear_in_faults(faults_of):
    wrong = (
        SECRETS.replace("postgresql://", "oracle://")
        .replace("mastodons://", "")
        .replace("https://node.example/", "htps:/node.example/")
        .replace("https://a.example/?key=", "")
        .replace("-0123456789", "")
        .replace("-of-some-length", "")
        .replace("1h", "'${PASS}'")
        .replace("token: ", "tokn: ")
    )
    faults = faults_of(wrong, PASS="hunter2")
    assert len(faults) >= 7
    assert "hunter2" not in " ".join(str(fault) for fault in faults)


def test_relative_places_start_at_the_settings_folder(tmp_path):
    (tmp_path / "forewarn.yaml").write_text(PAGE + "publish: [{to: site}]\n", encoding="utf-8")
    settings = load_settings(tmp_path / "forewarn.yaml", {})
    assert settings.store.url.get_secret_value() == f"sqlite:///{tmp_path}/forewarn.db"
    assert settings.publish[0].directory == tmp_path / "site"
    (tmp_path / "forewarn.yaml").write_text(PAGE + "store: {url: 'sqlite:////srv/f.db'}\n", encoding="utf-8")
    settings = load_settings(tmp_path / "forewarn.yaml", {})
    assert settings.store.url.get_secret_value() == "sqlite:////srv/f.db"


def test_the_folder_of_answers_starts_at_the_settings_folder_and_must_be_there(load, faults_of, tmp_path):
    text = PAGE.replace("}", ", faq: answers}")
    fault = faults_of(text)[0]
    assert (fault.path, fault.message) == ("page.faq", f"line 1: there is no folder {tmp_path / 'answers'}")
    (tmp_path / "answers").mkdir()
    assert load(text).page.faq == str(tmp_path / "answers")


def test_a_secret_may_come_from_a_file_beside_the_settings(load, tmp_path):
    (tmp_path / "smtp-password").write_text("hunter2\n")
    settings = load(
        PAGE + 'smtp: {host: r, from: a@status.acme.example, username: u, password: "${file:smtp-password}"}\n'
    )
    assert settings.smtp.password.get_secret_value() == "hunter2"


def test_a_variable_may_stand_for_a_number(load):
    text = PAGE + "smtp: {host: r, from: a@status.acme.example, port: '${PORT}'}\n"
    assert load(text, PORT="2525").smtp.port == 2525


def test_settings_cannot_be_changed(load):
    settings = load(PAGE)
    with pytest.raises(ValueError, match="frozen"):
        settings.page.name = "Emca"


def test_content_can_be_checked_without_a_file():
    assert parse_settings(PAGE.encode(), {}, Path()).page.url == "https://status.acme.example"
