"""The kinds of value, each with what it takes and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from server.config import values


def takes(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refuses(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        takes(kind, value)
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("800ms", timedelta(milliseconds=800)),
        ("10s", timedelta(seconds=10)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
    ],
)
def test_a_duration_carries_its_unit(text, span):
    assert takes(values.Duration, text) == span
    assert values.duration(values.duration_text(span)) == span


@pytest.mark.parametrize("value", [10, "10", "ten", "", "-5s", "5 m", "1.5h", None, "9999999d"])
def test_a_duration_without_a_unit_is_refused(value):
    assert refuses(values.Duration, value) == "is not a duration"


@pytest.mark.parametrize("text", ["en", "fr", "pt-BR", "zh-Hans", "ar"])
def test_languages_are_codes(text):
    assert takes(values.Language, text) == text


@pytest.mark.parametrize("text", ["english", "EN", "xx", "rf", "en_US", "../en", ""])
def test_other_words_are_no_languages(text):
    assert refuses(values.Language, text) == "is not a language we know"


@pytest.mark.parametrize("text", ["Europe", "Mars/Base", "../etc/passwd", "/etc/passwd", "", "CET+1"])
def test_what_is_no_zone_is_refused(text):
    assert refuses(values.Zone, text) == "is not a time zone"


def test_plain_text_is_in_the_first_language_of_the_page():
    adapter = TypeAdapter(values.Text)
    assert adapter.validate_python("Retrageri", context={"language": "ro"}) == {"ro": "Retrageri"}
    assert adapter.validate_python({"en": "Withdrawals"}) == {"en": "Withdrawals"}


@pytest.mark.parametrize(
    "text", ["acme.example", "ftp://acme.example", "https://", "http://a b", "http://x:99999", "http://[::1"]
)
def test_what_is_no_web_address_is_refused(text):
    assert refuses(values.WebAddress, text) == "is not a web address"
    assert refuses(values.SecretWebAddress, text) == "is not a web address"


def test_a_web_address_loses_the_slash_at_its_end():
    assert takes(values.WebAddress, "https://status.acme.example/") == "https://status.acme.example"


@pytest.mark.parametrize("text", ["Acme Wallet <status@acme.example>", "status@acme.example", "a+b@localhost"])
def test_mailboxes_are_taken_with_or_without_a_name(text):
    assert takes(values.Mailbox, text) == text


@pytest.mark.parametrize(
    "text",
    ["acme.example", "a@", "@acme.example", "a b@acme.example", "a@acme.example\r\nBcc: all@acme.example", "", "a@-_"],
)
def test_what_is_no_mailbox_is_refused(text):
    assert refuses(values.Mailbox, text) == "is not a mail address"


@pytest.mark.parametrize("text", ["holds:ETH and (region:US-NY or pending:*) and not product:card", "everyone"])
def test_audience_rules_are_parsed_when_read(text):
    assert takes(values.Rule, text) == text


def test_a_broken_audience_rule_says_where_it_breaks():
    assert "at character 14" in refuses(values.Rule, "holds:ETH and")


def test_a_secret_is_never_shown():
    secret = takes(values.Secret, "hunter2")
    assert "hunter2" not in f"{secret!r} {secret}"
    assert secret.get_secret_value() == "hunter2"
