from datetime import datetime, timedelta

from records.components import Status
from records.store import components, maintenance, notices


def announced(program, *more: str):
    return program.json(
        "maintenance", "announce", "--name", "Node upgrade", "--body", "Withdrawals pause; deposits go on.",
        "--from", "+96h", "--for", "2h", "--component", "eth-withdrawals", *more,
    )  # fmt: skip


def test_a_window_is_announced_started_extended_and_completed(program, kept):
    event = announced(program, "--reminder", "24h", "--reminder", "1h")
    assert event["ref"] == "MNT-1"
    assert event["reminders"] == ["PT24H", "PT1H"]
    assert event["time_zone"] == "Europe/Bucharest"
    assert event["components"] == ["eth-withdrawals"]
    start, end = (datetime.fromisoformat(event[name]) for name in ("scheduled_for", "scheduled_until"))
    assert end - start == timedelta(hours=2)
    assert (start.second, start.microsecond) == (0, 0)

    assert program.json("maintenance", "start", "MNT-1")["status"] == "in_progress"
    assert components.component(kept, "eth-withdrawals").status is Status.UNDER_MAINTENANCE
    extended = program.json("maintenance", "extend", "MNT-1", "--by", "30m", "--body", "It takes longer.")
    assert datetime.fromisoformat(extended["scheduled_until"]) - end == timedelta(minutes=30)
    assert program.json("maintenance", "complete", "mnt-1")["status"] == "completed"
    assert components.component(kept, "eth-withdrawals").status is Status.OPERATIONAL
    assert [notice.kind.value for notice in notices.notices(kept, subject_id=event["id"])] == [
        "maintenance_completed", "maintenance_extended", "maintenance_started", "maintenance_announced",
    ]  # fmt: skip


def test_a_cancelled_window_leaves_the_list_but_not_the_records(program):
    announced(program)
    assert "MNT-1" in program.says("maintenance", "list")
    assert "MNT-1 cancelled" in program.says("maintenance", "cancel", "MNT-1", "--body", "Not needed.")
    assert program.json("maintenance", "list") == []
    assert [event["status"] for event in program.json("maintenance", "list", "--all")] == ["cancelled"]
    assert "cannot become" in program.refusal("maintenance", "start", "MNT-1")


def test_an_upgrade_names_its_block(program):
    event = announced(program, "--kind", "upgrade", "--at-block", "ethereum:21000000")
    assert (event["at_block"]["chain"], event["at_block"]["height"]) == ("ethereum", 21_000_000)
    assert "It opens at block 21000000 of ethereum, at a time that is not known yet." in program.says(
        "maintenance", "show", "MNT-1"
    )


def test_everything_that_can_be_said_is_kept(embedded):
    event = announced(
        embedded, "--kind", "upgrade", "--time-zone", "America/New_York", "--no-reminders", "--page-only",
        "--audience", "holds:ETH", "--no-auto-start", "--no-auto-complete", "--still-works", "fr=Les dépôts.",
        "--what-to-do", "Withdraw before.", "--emergency-reason", "a hard fork",
    )  # fmt: skip
    assert event["kind"] == "upgrade"
    assert event["time_zone"] == "America/New_York"
    assert event["reminders"] == event["channels"] == []
    assert event["audience"] == "holds:ETH"
    assert not event["auto_start"]
    assert not event["auto_complete"]
    assert event["still_works"] == {"fr": "Les dépôts."}
    assert event["what_to_do"] == {"en": "Withdraw before."}
    assert event["emergency_reason"] == "a hard fork"


def test_short_notice_and_overlap_are_said_but_do_not_hinder(embedded):
    first = embedded.run(
        "maintenance", "announce", "--name", "One", "--body", "b", "--from", "+2h", "--for", "2h",
        "--component", "website",
    )  # fmt: skip
    assert first.returncode == 0
    assert "it should be 72 hours" in first.stderr
    second = embedded.run(
        "maintenance", "announce", "--name", "Two", "--body", "b", "--from", "+3h", "--until", "+5h",
        "--component", "website",
    )  # fmt: skip
    assert second.returncode == 0
    assert "overlaps MNT-1" in second.stderr


def test_windows_that_make_no_sense_are_refused(embedded):
    announce = ("maintenance", "announce", "--name", "One", "--body", "b")
    assert "ends before it starts" in embedded.refusal(*announce, "--from", "+4h", "--until", "+2h")
    assert "no time zone" in embedded.refusal(*announce, "--from", "2030-01-01T02:00", "--for", "2h", status=2)
    assert "--until --for" in embedded.refusal(*announce, "--from", "+4h", status=2)
    assert "no planned event MNT-9" in embedded.refusal("maintenance", "extend", "MNT-9", "--by", "1h")


def test_show_tells_what_was_said(program, kept):
    event = announced(program)
    program.says("maintenance", "start", event["id"], "--body", "We begin.")
    said = program.says("maintenance", "show", "MNT-1")
    assert said.index("Withdrawals pause") < said.index("We begin.")
    assert maintenance.maintenance(kept, "MNT-1").is_running


def test_a_window_that_comes_again_says_when_and_can_be_stopped(program):
    said = program.says(
        "maintenance", "announce", "--name", "Weekly work", "--body", "Withdrawals pause.", "--from", "+96h",
        "--for", "2h", "--component", "eth-withdrawals", "--recurrence", "FREQ=WEEKLY",
    )  # fmt: skip
    assert "It comes again: the next one starts" in said
    assert "does not come again" in program.says("maintenance", "stop-repeating", "MNT-1")
    assert "does not come again" in program.refusal("maintenance", "stop-repeating", "MNT-1")
    assert "recurrence rule" in program.refusal(
        "maintenance",
        "announce",
        "--name",
        "x",
        "--body",
        "y",
        "--from",
        "+96h",
        "--for",
        "2h",
        "--recurrence",
        "weekly",
    )


def test_a_window_is_moved_and_keeps_its_length(program):
    announced(program)
    moved = program.json("maintenance", "reschedule", "MNT-1", "--from", "+120h")
    start, end = (datetime.fromisoformat(moved[name]) for name in ("scheduled_for", "scheduled_until"))
    assert end - start == timedelta(hours=2)
    shorter = program.json("maintenance", "reschedule", "MNT-1", "--from", "+120h", "--for", "1h")
    start, end = (datetime.fromisoformat(shorter[name]) for name in ("scheduled_for", "scheduled_until"))
    assert end - start == timedelta(hours=1)
