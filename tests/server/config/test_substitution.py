"""`${NAME}` and `${file:PATH}`."""

from pathlib import Path

import pytest

from server.config.substitution import MAX_SECRET_BYTES, substitute


def test_a_variable_is_put_in_place_wherever_it_stands():
    data = {"smtp": {"password": "${PASS}"}, "nodes": [{"url": "https://node.example/${KEY}/rpc"}]}
    found, faults = substitute(data, {"PASS": "hunter2", "KEY": "k1"}, Path())
    assert found == {"smtp": {"password": "hunter2"}, "nodes": [{"url": "https://node.example/k1/rpc"}]}
    assert not faults


def test_a_file_is_read_from_beside_the_settings_without_its_last_newline(tmp_path):
    (tmp_path / "token").write_text("abc\n")
    assert substitute(["${file:token}"], {}, tmp_path)[0] == ["abc"]


def test_a_variable_may_come_from_the_file_that_name_file_names(tmp_path):
    (tmp_path / "token").write_text("abc\n")
    assert substitute("${TOKEN}", {"TOKEN_FILE": str(tmp_path / "token")}, Path())[0] == "abc"


def test_a_value_is_not_read_as_a_reference_again():
    assert substitute("${A}", {"A": "${B}", "B": "no"}, Path())[0] == "${B}"


def test_two_dollars_stand_for_one():
    assert substitute("costs $5, $${PRICE}", {}, Path()) == ("costs $5, ${PRICE}", {})


@pytest.mark.parametrize("environ", [{}, {"PASS": ""}])
def test_a_variable_that_is_missing_or_empty_is_a_fault_with_a_hint(environ):
    _, faults = substitute({"smtp": {"password": "${PASS}"}}, environ, Path())
    fault = faults[("smtp", "password")]
    assert (fault.path, fault.message) == ("smtp.password", "the environment variable PASS is not set, or is empty")
    assert "PASS_FILE" in fault.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${A", "no closing"),
        ("${A-B}", "no variable name"),
        ("${}", "no variable name"),
        ("${file:nowhere}", "cannot be read: No such file"),
        ("${file:.}", "cannot be read: Is a directory"),
        ("${file:empty}", "is empty"),
        ("${file:binary}", "not UTF-8"),
        ("${file:huge}", "larger than"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_fault(tmp_path, text, message):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"x" * (MAX_SECRET_BYTES + 1))
    found, faults = substitute({"key": text}, {}, tmp_path)
    assert found == {"key": text}
    assert message in faults[("key",)].message
