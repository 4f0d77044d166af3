"""`forewarn report …`."""


def _opened(program):
    program.json(
        "incident", "open", "--name", "Withdrawals wait", "--body", "All wait.", "--component",
        "eth-withdrawals=degraded_performance",
    )  # fmt: skip


def test_a_review_and_the_account_of_promises_are_written(program):
    _opened(program)
    assert program.says("report", "review", "--incident", "INC-1").startswith("# INC-1: Withdrawals wait")
    assert "1 promised, 0 kept" in program.says("report", "promises")
    assert program.json("report", "promises")["promises"][0]["state"] == "open"


def test_what_cannot_be_reported_is_said(program):
    assert "INC-7" in program.refusal("report", "review", "--incident", "INC-7")
