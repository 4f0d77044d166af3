import json
import signal

from tests.nodes import wait_for


def test_the_page_is_written_as_files_of_the_present_moment(program):
    program.says("incident", "open", "--name", "Withdrawals delayed", "--body", "We look.")
    assert "site/current" in program.says("publish", "--to", "site")
    summary = json.loads((program.folder / "site/current/api/v2/summary.json").read_text("utf-8"))
    assert [incident["name"] for incident in summary["incidents"]] == ["Withdrawals delayed"]
    assert "Withdrawals delayed" in (program.folder / "site/current/index.html").read_text("utf-8")


def test_without_a_place_it_says_where_to_name_one(embedded):
    assert "no place to publish to" in embedded.refusal("publish")
    assert "is a bucket" in embedded.refusal("publish", "--to", "s3://bucket/page")


def test_the_places_in_the_settings_are_written_to(embedded):
    embedded.write_settings(publish=[{"to": str(embedded.folder / "one")}, {"to": str(embedded.folder / "two")}])
    embedded.says("publish")
    assert (embedded.folder / "one/current/index.html").is_file()
    assert (embedded.folder / "two/current/index.html").is_file()


def test_watching_keeps_it_up_to_date_until_stopped(program):
    summary = program.folder / "site/current/api/v2/incidents.json"
    program.says("incident", "list")
    watching = program.start("publish", "--to", "site", "--watch")
    try:
        wait_for(summary.is_file, "the first page")
        program.says("incident", "open", "--name", "Withdrawals delayed", "--body", "We look.")
        wait_for(lambda: len(json.loads(summary.read_text("utf-8"))["incidents"]) == 1, "the page with the incident")
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(timeout=20) == 0
    finally:
        watching.kill()
        watching.communicate()
