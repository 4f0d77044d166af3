import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.desk.desk import Desk
from records.people import COMMAND_LINE
from records.store import customers, people, tickets
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.times import now_utc
from support import intake
from support.intake import BUNDLE, Rejected, Tally, import_customers, import_tickets

HEADER = "external_id,email,language,time_zone,region,tags\n"


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store)


def customers_from(desk: Desk, path: Path) -> tuple[Tally, list[Rejected]]:
    rejected: list[Rejected] = []
    tally = import_customers(
        desk, path, COMMAND_LINE, now_utc(), on_rejected=rejected.append, on_progress=lambda done, total: None
    )
    return tally, rejected


def tickets_from(desk: Desk, path: Path) -> tuple[Tally, list[Rejected]]:
    rejected: list[Rejected] = []
    tally = import_tickets(
        desk, path, COMMAND_LINE, now_utc(), on_rejected=rejected.append, on_progress=lambda done, total: None
    )
    return tally, rejected


def written(tmp_path: Path, text: str, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_more_than_one_bundle_is_taken_in_and_the_same_file_again_changes_nothing(desk, tmp_path):
    rows = [f"c-{number},C{number}@Example.org,fr,Europe/Paris,FR,holds:BTC" for number in range(2 * BUNDLE + 7)]
    path = written(tmp_path, HEADER + "\n".join(rows))
    total = len(rows)
    assert customers_from(desk, path) == (Tally(records=total, kept=total, changed=total), [])
    assert customers.count(desk.store) == total
    assert customers_from(desk, path) == (Tally(records=total, kept=total, changed=0), [])


def test_only_those_who_differ_are_changed_and_counted(desk, tmp_path):
    rows = [f"c-{number},c{number}@example.org,,,,holds:BTC" for number in range(20)]
    customers_from(desk, written(tmp_path, HEADER + "\n".join(rows)))
    rows[3] = "c-3,new@example.org,,,,holds:BTC"
    rows[5] = "c-5,c5@example.org,fr,,,holds:BTC"
    rows[7] = "c-7,c7@example.org,,,,holds:ETH"
    tally, _ = customers_from(desk, written(tmp_path, HEADER + "\n".join(rows)))
    assert tally.changed == 3
    assert customers.customer(desk.store, "c-7").tags == ("holds:ETH", "language:en")


def test_of_several_lines_about_one_customer_the_last_good_one_counts_and_again_changes_nothing(desk, tmp_path):
    # Far enough apart to stand in different bundles.
    between = "\n".join(f"c-{number},,,,,holds:BTC" for number in range(BUNDLE))
    text = f"{HEADER}ana,old@example.org,,,,\n{between}\nana,new@example.org,,,,\nana,nonsense,,,,\n"
    path = written(tmp_path, text)
    tally, rejected = customers_from(desk, path)
    assert (tally.kept, tally.superseded, tally.rejected) == (BUNDLE + 1, 1, 1)
    assert rejected[0].line == 2
    assert f"line {BUNDLE + 3} describes the same again" in rejected[0].reason
    ana = customers.customer(desk.store, "ana")
    contact = customers.contact(desk.store, ana.id, "email")
    assert contact is not None
    assert contact.address == "new@example.org"
    assert customers_from(desk, path)[0].changed == 0


def test_every_fault_of_a_line_is_named_without_repeating_personal_data(desk, tmp_path):
    text = HEADER + "c 1,ana.at.example.org,English,Paris,\u00a0!,holds\n"
    tally, [line] = customers_from(desk, written(tmp_path, text))
    assert tally == Tally(records=1, rejected=1)
    assert line.line == 2
    for name in ("external_id", "email", "language", "time_zone", "tags/0"):
        assert name in line.reason
    assert "ana.at" not in line.reason


def test_ndjson_says_which_channels_a_customer_declined(desk, tmp_path):
    rows = [
        {"external_id": 7, "email": "a@example.org", "tags": ["holds:BTC"], "channels": {"email": False}},
        {"external_id": "c-2", "channels": {"pigeon": True}},
    ]
    path = written(tmp_path, "\n".join(json.dumps(row) for row in rows), "f.ndjson")
    tally, rejected = customers_from(desk, path)
    assert (tally.kept, tally.rejected) == (1, 1)
    assert "channels/pigeon" in rejected[0].reason
    contact = customers.contact(desk.store, customers.customer(desk.store, "7").id, "email")
    assert contact is not None
    assert not contact.wanted


def test_an_import_is_audited_by_bundle_and_only_when_something_changed(desk, tmp_path):
    path = written(tmp_path, HEADER + "ana,,,,,\nbob,,,,,\n")
    customers_from(desk, path)
    customers_from(desk, path)
    [entry] = [entry for entry in people.audit_entries(desk.store) if entry.deed == "customer.import"]
    assert entry.detail == {"rows": 2, "changed": 2}


def test_progress_never_goes_back_and_ends_at_the_end(desk, tmp_path):
    path = written(tmp_path, HEADER + "\n".join(f"c-{number},,,,," for number in range(3 * BUNDLE)))
    seen: list[float] = []
    import_customers(
        desk, path, COMMAND_LINE, now_utc(),
        on_rejected=lambda line: None, on_progress=lambda done, total: seen.append(done / total),
    )  # fmt: skip
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 4


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "_PAUSE_SECONDS", 0.0)
    store = open_store(f"sqlite:///{tmp_path}/flat.db")
    migrate(store)
    desk = Desk(store=store)

    def peak_bytes(rows: int) -> int:
        path = written(tmp_path, HEADER + "\n".join(f"c-{number},c{number}@example.org,,,," for number in range(rows)))
        tracemalloc.start()
        customers_from(desk, path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    customers_from(desk, written(tmp_path, HEADER + "warm,,,,,\n"))
    few, many = peak_bytes(2 * BUNDLE), peak_bytes(20 * BUNDLE)
    store.close()
    assert many < few * 1.2


def test_tickets_are_taken_in_by_helpdesk_and_number(desk, tmp_path):
    customers_from(desk, written(tmp_path, HEADER + "ana,ana@example.org,,,,\n"))
    header = "system,external_id,requester,channel,subject,text,created_at\n"
    text = header + (
        'freshdesk,1,ana,email,One,"long\n""text""",2026-11-22T13:05:00Z\n'
        "zendesk,1,ANA@example.org,chat,Other desk,,2026-11-22T13:05:00Z\n"
        "freshdesk,1,ana,email,One again,,2026-11-22T13:05:00Z\n"
        ",2,ana,email,No system,,2026-11-22T13:05:00Z\n"
    )
    tally, rejected = tickets_from(desk, written(tmp_path, text))
    assert tally == Tally(records=4, kept=2, changed=2, rejected=1, superseded=1)
    assert [line.line for line in rejected] == [2, 6]
    found = tickets.tickets(desk.store, tickets.Filter())
    assert {(one.system, one.subject, one.requester_ref) for one in found} == {
        ("freshdesk", "One again", "ana"),
        ("zendesk", "Other desk", "ana"),
    }


cells = st.text(alphabet=st.sampled_from('ab,"\r\n;@.:é \u202e\x00\ud83d\x7f'), max_size=12)


@given(st.lists(st.lists(cells, min_size=1, max_size=7), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_file_each_line_is_kept_or_reported_and_again_changes_nothing(desk, tmp_path, rows):
    text = HEADER + "".join(",".join(row) + "\n" for row in rows)
    path = tmp_path / "hostile.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    tally, rejected = customers_from(desk, path)
    assert tally.records == tally.kept + tally.rejected + tally.superseded
    assert len(rejected) == tally.rejected + tally.superseded
    again, _ = customers_from(desk, path)
    assert again == Tally(records=tally.records, kept=tally.kept, rejected=tally.rejected, superseded=tally.superseded)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["holds:BTC", "a@b.ro", "en", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["email", "inapp", "x"]), inner),
    max_leaves=5,
)
names = st.sampled_from(["external_id", "email", "language", "time_zone", "region", "tags", "channels", "shoe"])


@given(st.lists(st.dictionaries(names, values), max_size=10))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_ndjson_each_line_is_kept_or_reported(desk, tmp_path, objects):
    path = written(tmp_path, "".join(json.dumps({"external_id": "c", **each}) + "\n" for each in objects), "h.ndjson")
    tally, rejected = customers_from(desk, path)
    assert tally.records == len(objects) == tally.kept + len(rejected)
    assert customers_from(desk, path)[0].changed == 0
