from datetime import UTC, datetime

from records.notices import LedgerEntry, Outcome
from records.store import ledger
from tests.server.cli.conftest import CUSTOMERS
from tests.server.cli.test_notice import fan_out


def test_a_ledger_that_adds_up_passes_and_one_that_does_not_fails(program, kept):
    program.write("customers.csv", CUSTOMERS)
    program.says("customers", "import", "customers.csv")
    program.says("incident", "open", "--name", "x", "--body", "y", "--audience", "everyone")
    fan_out(kept)
    assert "0 faults" in program.says("ledger", "verify")
    assert program.json("ledger", "verify")["ok"] is True

    notice_id = program.json("notice", "status", "INC-1")["id"]
    stray = LedgerEntry(
        customer_id=1, at=datetime(2026, 11, 22, tzinfo=UTC), notice_id=notice_id, version=1, channel="email",
        outcome=Outcome.ACCEPTED, reason="", language="en", sha256="", attempts=1,
    )  # fmt: skip
    ledger.note(kept, [stray])
    done = program.run("ledger", "verify")
    assert done.returncode == 1
    assert f"notice {notice_id}, email: audience 3, accounted for 4" in done.stdout
    assert "does not add up" in done.stderr
