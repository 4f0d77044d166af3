"""Reading YAML: plain data, its lines, and the traps that are refused."""

import pytest

from records.errors import Invalid
from server.config.document import MAX_BYTES, path_of, read_document


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read_document(content)
    return str(caught.value)


def test_each_value_remembers_its_line():
    document = read_document(b"page:\n  name: Acme\ncomponents:\n  - id: a\n  - id: b\n    depends_on: [a]\n")
    assert document.lines[("page", "name")] == 2
    assert document.lines[("components", 1, "depends_on", 0)] == 6


def test_json_is_yaml():
    assert read_document(b'{"page": {"name": "Acme", "on": [1, 2.5, true, null]}}').data == {
        "page": {"name": "Acme", "on": [1, 2.5, True, None]}
    }


def test_words_of_old_yaml_stay_words():
    data = read_document(b"on: incident.opened\nlanguages: [no, en]\nhours: 12:30\nday: 2026-11-22\noctal: 010").data
    assert data == {
        "on": "incident.opened",
        "languages": ["no", "en"],
        "hours": "12:30",
        "day": "2026-11-22",
        "octal": 10,
    }


def test_a_number_too_long_for_any_engine_stays_text():
    assert read_document(b"n: " + b"9" * 10_000).data == {"n": "9" * 10_000}


def test_a_key_given_twice_is_a_fault_with_both_lines():
    document = read_document(b"page:\n  name: Acme\n  url: x\n  name: Emca\n")
    assert document.data == {"page": {"name": "Acme", "url": "x"}}
    assert [(fault.path, fault.message) for fault in document.faults] == [
        ("page.name", "line 4: the key was given already on line 2")
    ]


def test_a_key_that_is_a_list_is_a_fault():
    assert [fault.path for fault in read_document(b"page:\n  ? [a, b]\n  : c\n").faults] == ["page"]


def test_a_file_as_large_as_a_disk_is_refused():
    assert "larger than" in refusal(b"# " + b"x" * MAX_BYTES)


def test_an_anchor_bomb_is_refused_before_it_is_built():
    bomb = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 120))
    assert "line 1: anchors and aliases" in refusal(bomb)


def test_depth_is_bounded():
    assert "nested deeper than" in refusal(b"[" * 100_000)


def test_a_tag_that_would_make_an_object_is_refused():
    assert "line 1: tags" in refusal(b"!!python/object/apply:os.system [ls]")


def test_two_documents_are_refused():
    assert "line 3: a second document" in refusal(b"page: 1\n\n---\npage: 2\n")


def test_a_slip_in_the_syntax_names_line_and_column_without_quoting_it():
    text = refusal(b"page:\n  name: Acme\n  key: s3cret\n url: x\n")
    assert "line 4" in text
    assert "s3cret" not in text


def test_bytes_that_are_no_text_are_refused():
    assert "not UTF-8" in refusal(b"page: \xff\xfe")


def test_a_byte_order_mark_is_not_part_of_the_first_key():
    assert read_document("\ufeffpage: 1".encode()).data == {"page": 1}


def test_an_empty_file_holds_nothing():
    assert read_document(b"# nothing yet\n").data is None


def test_a_place_reads_like_a_path():
    assert path_of(("components", 2, "depends_on", 0)) == "components[2].depends_on[0]"
