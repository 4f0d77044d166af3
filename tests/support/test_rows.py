from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.errors import Invalid
from support.rows import MAX_LINE_BYTES, Record, read_records

COLUMNS = ("external_id", "email", "tags")


def records_in(tmp_path: Path, content: str | bytes, name: str = "f.csv", *, spans_lines: bool = False) -> list[Record]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_records(path, COLUMNS, spans_lines=spans_lines))


def read(found: list[Record]) -> list[object]:
    return [record.values if record.values is not None else record.reason for record in found]


def test_columns_stand_in_any_order_and_empty_cells_are_not_there(tmp_path):
    [record] = records_in(tmp_path, "tags, Email ,external_id\nholds:BTC holds:ETH,,c-1\n")
    assert record.values == {"tags": "holds:BTC holds:ETH", "external_id": "c-1"}
    assert record.line == 2


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm(tmp_path):
    found = records_in(tmp_path, b"\xef\xbb\xbfexternal_id,email\r\n\r\nc-1,a@b.ro\r\n   \r\nc-2,\r\n")
    assert [(record.line, record.values) for record in found] == [
        (3, {"external_id": "c-1", "email": "a@b.ro"}),
        (5, {"external_id": "c-2"}),
    ]


def test_the_last_line_needs_no_end(tmp_path):
    assert len(records_in(tmp_path, "external_id\nc-1\nc-2")) == 2


def test_quoted_cells_hold_commas_and_quotes(tmp_path):
    assert read(records_in(tmp_path, 'external_id,email\n"c,1","say ""hi"""\n')) == [
        {"external_id": "c,1", "email": 'say "hi"'}
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path):
    for spans_lines in (False, True):
        found = records_in(tmp_path, 'external_id,email\nc-1,"a\nc-2,b\nc-3,c\n', spans_lines=spans_lines)
        assert [record.values is not None for record in found] == [False, True, True]
        assert "quotes do not match" in found[0].reason


def test_two_broken_quotes_far_apart_do_not_swallow_what_lies_between(tmp_path):
    found = records_in(tmp_path, 'external_id,email\nc-1,"a\nc-2,b\nc-3,"c\nc-4,d\n', spans_lines=True)
    assert [record.values is not None for record in found] == [False, True, False, True]


def test_a_quoted_text_spans_lines_where_that_is_meant(tmp_path):
    content = 'external_id,email\nc-1,"two\r\nlines"\nc-2,x\n'
    assert read(records_in(tmp_path, content, spans_lines=True)) == [
        {"external_id": "c-1", "email": "two\nlines"},
        {"external_id": "c-2", "email": "x"},
    ]
    assert [record.line for record in records_in(tmp_path, content, spans_lines=True)] == [2, 4]


def test_too_many_and_too_few_cells_are_counted(tmp_path):
    assert read(records_in(tmp_path, "external_id,email\nc-1\nc-2,a,b\nc-3,c\n")) == [
        "1 cells, but the header has 2",
        "3 cells, but the header has 2",
        {"external_id": "c-3", "email": "c"},
    ]


def test_a_line_in_another_encoding_is_named_and_the_others_are_read(tmp_path):
    found = records_in(tmp_path, "external_id,email\nc-1,é\n".encode() + b"c-2,\xe9\nc-3,x\n")
    assert found[1].line == 3
    assert "byte 5 is not UTF-8" in found[1].reason
    assert found[2].values == {"external_id": "c-3", "email": "x"}


def test_a_line_without_end_is_refused_in_bounded_memory_and_the_next_is_read(tmp_path):
    found = records_in(tmp_path, "external_id,email\nc-1," + "x" * 3 * MAX_LINE_BYTES + "\nc-2,y\n")
    assert "longer than" in found[0].reason
    assert found[1].values == {"external_id": "c-2", "email": "y"}


def test_a_text_that_goes_on_for_thousands_of_lines_is_refused(tmp_path):
    content = 'external_id,email\nc-1,"' + "x\n" * 5_000 + '"\nc-2,y\n'
    found = records_in(tmp_path, content, spans_lines=True)
    assert "quotes do not match" in found[0].reason
    assert found[-1].values == {"external_id": "c-2", "email": "y"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"external_id,shoe\n", "unknown columns: 'shoe'"),
        (b"email,tags\n", "does not name external_id"),
        (b"external_id,email,email\n", "names a column twice: 'email'"),
        (b"external_id;email\nc-1;a\n", "has no commas"),
        (b"external_id\temail\n", "has no commas"),
        ("external_id,email\n".encode("utf-16"), "UTF-16"),
        (b"\xe9xternal_id\n", "not UTF-8"),
        (b'external_id,"email\n', "does not name external_id"),
        (b"x" * MAX_LINE_BYTES * 2, "longer than"),
    ],
)
def test_a_file_that_is_unfit_as_a_whole_is_refused_at_once(tmp_path, content, said):
    with pytest.raises(Invalid, match=said):
        records_in(tmp_path, content)


def test_a_thousand_unknown_columns_are_named_in_short(tmp_path):
    with pytest.raises(Invalid) as caught:
        records_in(tmp_path, ",".join(f"column_{number}" for number in range(1000)) + "\n")
    assert len(str(caught.value)) < 400


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(Invalid, match="is not a file"):
            list(read_records(path, COLUMNS, spans_lines=False))


def test_each_line_of_ndjson_is_one_record(tmp_path):
    content = '{"external_id": "c-1", "email": null}\n\n{"external_id": 7, "tags": ["a:b"]}\n'
    found = records_in(tmp_path, content, "f.ndjson")
    assert [(record.line, record.values) for record in found] == [
        (1, {"external_id": "c-1"}),
        (3, {"external_id": 7, "tags": ["a:b"]}),
    ]


def test_lines_of_ndjson_that_are_no_objects_are_named(tmp_path):
    content = 'nonsense\n[1]\n{"external_id": "c-1", "shoe": 42}\n' + "[" * 100_000 + "\n"
    said = read(records_in(tmp_path, content, "f.jsonl"))
    assert said[0] == said[3] == "not JSON"
    assert "not a JSON object" in str(said[1])
    assert "unknown: 'shoe'" in str(said[2])


def test_a_name_that_tells_nothing_is_decided_by_the_first_letter(tmp_path):
    assert read(records_in(tmp_path, '\ufeff {"external_id": "c-1"}\n', "export")) == [{"external_id": "c-1"}]
    assert read(records_in(tmp_path, "external_id\nc-1\n", "export")) == [{"external_id": "c-1"}]


@given(st.binary(max_size=400), st.booleans(), st.sampled_from(["f.csv", "f.ndjson", "f"]))
@settings(max_examples=300, deadline=None)
def test_whatever_the_bytes_a_file_is_read_to_its_end_or_refused(tmp_path_factory, content, spans_lines, name):
    folder = tmp_path_factory.getbasetemp()
    for start in (b"", b"external_id,email,tags\n"):
        try:
            found = records_in(folder, start + content, name, spans_lines=spans_lines)
        except Invalid:
            continue
        assert all((record.values is None) == bool(record.reason) for record in found)
        assert [record.line for record in found] == sorted(record.line for record in found)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8))
@settings(max_examples=200, deadline=None)
def test_what_a_proper_writer_wrote_is_read_back(tmp_path_factory, rows):
    import csv

    folder = tmp_path_factory.getbasetemp()
    clean = [tuple(cell.replace("\0", "").encode("utf-8", "ignore").decode() for cell in row) for row in rows]
    kept = [("c" + one.replace("\r", "").strip(), two.replace("\r", "").strip()) for one, two in clean]
    path = folder / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["external_id", "email"])
        writer.writerows(kept)
    found = [record.values for record in read_records(path, COLUMNS, spans_lines=True)]
    expected = [{"external_id": one, **({"email": two} if two else {})} for one, two in kept]
    assert found == expected
