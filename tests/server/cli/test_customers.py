import signal

from records.store import customers, people
from tests.nodes import wait_for
from tests.server.cli.conftest import CUSTOMERS

BAD = """external_id,email,tags
dan,dan@example.org,holds:BTC
eve,nonsense,holds:BTC
"fay,fay@example.org,
gus,gus@example.org,holds:BTC,too much
dan,dan2@example.org,holds:ETH
"""


def test_customers_are_taken_in_and_the_same_file_again_changes_nothing(program, kept):
    program.write("customers.csv", CUSTOMERS)
    assert "3 of 3 records taken in, 3 changed." in program.says("customers", "import", "customers.csv")
    assert customers.customer(kept, "ana").tags == ("holds:ETH", "language:fr", "region:FR")
    assert "3 of 3 records taken in, 0 changed." in program.says("customers", "import", "customers.csv")


def test_bad_lines_are_listed_with_their_reasons_and_the_good_ones_kept(program, kept):
    program.write("bad.csv", BAD)
    said = program.says("customers", "import", "bad.csv")
    assert "line 2: line 6 describes the same again" in said
    assert "line 3: email: not an e-mail address" in said
    assert "line 4: quotes do not match" in said
    assert "line 5: 4 cells, but the header has 3" in said
    assert "1 of 5 records taken in, 1 changed, 3 rejected, 1 superseded" in said
    assert customers.count(kept) == 1
    assert "holds:ETH" in customers.customer(kept, "dan").tags


def test_a_report_holds_the_bad_lines_where_one_is_asked_for(embedded):
    embedded.write("bad.csv", BAD)
    said = embedded.says("customers", "import", "bad.csv", "--report", "report.txt")
    assert "see report.txt" in said
    assert "line 3" not in said
    report = (embedded.folder / "report.txt").read_text("utf-8").splitlines()
    assert [line.split(":")[0] for line in report] == ["line 2", "line 3", "line 4", "line 5"]


def test_an_import_as_json_is_one_document(embedded):
    embedded.write("bad.csv", BAD)
    document = embedded.json("customers", "import", "bad.csv")
    lines = document.pop("lines")
    assert document == {"records": 5, "kept": 1, "changed": 1, "rejected": 3, "superseded": 1}
    assert [line["line"] for line in lines] == [2, 3, 4, 5]


def test_strict_fails_on_a_bad_line_and_keeps_the_good_ones_all_the_same(embedded):
    embedded.write("bad.csv", BAD)
    assert "3 lines were rejected" in embedded.refusal("customers", "import", "bad.csv", "--strict")
    assert "dan" in embedded.says("customers", "show", "dan")


def test_a_file_of_which_nothing_can_be_kept_has_failed(embedded):
    embedded.write("bad.csv", "external_id,email\neve,nonsense\n")
    assert "no customers could be taken in" in embedded.refusal("customers", "import", "bad.csv")


def test_a_file_that_is_unfit_as_a_whole_is_one_line(embedded):
    embedded.write("odd.csv", "external_id,mail,shoe_size\nana,ana@example.org,42\n")
    line = embedded.refusal("customers", "import", "odd.csv")
    assert "'mail', 'shoe_size'" in line
    assert "external_id,email,language,time_zone,region,tags" in line
    assert "is not a file" in embedded.refusal("customers", "import", "missing.csv")


def test_an_import_killed_in_the_middle_is_completed_by_running_it_again(program, kept):
    rows = (f"c-{number},c{number}@example.org,en,holds:BTC" for number in range(6_000))
    program.write("many.csv", "external_id,email,language,tags\n" + "\n".join(rows) + "\n")
    first = program.start("customers", "import", "many.csv")
    wait_for(lambda: customers.count(kept) > 0, "the first customers")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    half = customers.count(kept)
    assert 0 < half < 6_000
    # Every customer that is there is there whole.
    assert len(kept.rows("SELECT customer_id FROM contacts")) == half
    assert f"{6_000 - half} changed" in program.says("customers", "import", "many.csv")
    assert customers.count(kept) == 6_000


def test_a_look_at_a_customer_is_audited_with_its_reason(program, kept):
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    record = program.json("customers", "show", "ana", "--reason", "ticket 4711")
    assert record["external_id"] == "ana"
    assert record["contacts"] == [{"channel": "email", "address": "ana@example.org", "wanted": True, "blocked": None}]
    assert record["ledger"] == []
    [look] = people.audit_entries(kept, subject="customer:ana")
    assert look.deed == "customer.look"
    assert look.detail == {"reason": "ticket 4711"}
    assert program.json("customers", "show", "ana@example.org")["external_id"] == "ana"


def test_a_customer_nobody_knows_is_one_line(embedded):
    assert "There is no customer zoe." in embedded.refusal("customers", "show", "zoe")
    assert "No customer has this e-mail address" in embedded.refusal("customers", "show", "zoe@example.org")


def test_blocked_addresses_are_listed_by_reference_and_lifted_with_a_reason(program, kept):
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    assert "No customer's address is blocked." in program.says("customers", "blocked")
    customers.block_contact(kept, customers.customer(kept, "ana").id, "email", "complained")
    said = program.says("customers", "blocked")
    assert "ana" in said
    assert "complained" in said
    assert "@" not in said
    assert program.json("customers", "blocked") == [
        {"external_id": "ana", "channel": "email", "reason": "complained", "said": "", "since": None}
    ]
    assert "Mail goes to customer ana again." in program.says("customers", "lift", "ana", "--reason", "by phone")
    assert people.audit_entries(kept, subject="customer:ana", limit=1)[0].detail == {"reason": "by phone"}
    assert "Nothing stands in the way" in program.refusal("customers", "lift", "ana", "--reason", "by phone")
