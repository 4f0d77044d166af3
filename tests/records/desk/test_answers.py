from datetime import UTC, datetime

import pytest

from records.answers import LONGEST_CHARS
from records.desk.answers import write_answers
from records.desk.desk import Desk
from records.errors import Conflict, Invalid
from records.people import COMMAND_LINE
from records.store import answers, meta
from records.store.people import audit_entries

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)


@pytest.fixture
def desk(store):
    return Desk(store=store)


@pytest.fixture
def write(desk):
    def writing(text, version, language="en"):
        return write_answers(desk, language, text, COMMAND_LINE, NOW, version=version)

    return writing


def test_each_writing_is_a_version_and_the_newest_is_read(desk, write):
    before = meta.page_revision(desk.store)
    write("### Is my money safe?\nYes.", 0)
    write("### Is my money safe?\nIt is.", 1)
    write("### Mon argent ?\nOui.", 0, "fr")
    assert {each.language: (each.version, each.text[-5:]) for each in answers.sheets(desk.store).values()} == {
        "en": (2, "t is."),
        "fr": (1, "\nOui."),
    }
    assert meta.page_revision(desk.store) == before + 3, "the page is made anew"
    assert [each.deed for each in audit_entries(desk.store)] == ["answers.write"] * 3


def test_who_saw_an_older_version_overwrites_nothing(desk, write):
    write("One.", 0)
    write("Two.", 1)
    for seen in (0, 1, 3):
        with pytest.raises(Conflict):
            write("Three.", seen)
    assert answers.sheets(desk.store)["en"].text == "Two."


def test_the_same_text_again_is_no_new_version(desk, write):
    assert write("", 0) is None
    first = write("One.", 0)
    assert write("  One.\n", 1) == first
    assert answers.sheet(desk.store, "en") == first


def test_an_empty_text_is_a_version_too(desk, write):
    write("One.", 0)
    write("", 1)
    assert answers.sheets(desk.store)["en"].text == ""


def test_what_nobody_can_read_is_refused(desk, write):
    write("x" * LONGEST_CHARS, 0)
    with pytest.raises(Invalid, match="longer than 100,000 characters"):
        write("x" * (LONGEST_CHARS + 1), 1)
