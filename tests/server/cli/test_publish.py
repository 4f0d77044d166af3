import json
import signal

from statuspage.bucket import s3
from tests.buckets import s3_server
from tests.nodes import wait_for


def test_the_page_is_written_as_files_of_the_present_moment(program):
    program.says("incident", "open", "--name", "Withdrawals delayed", "--body", "We look.")
    assert "site/current" in program.says("publish", "--to", "site")
    summary = json.loads((program.folder / "site/current/api/v2/summary.json").read_text("utf-8"))
    assert [incident["name"] for incident in summary["incidents"]] == ["Withdrawals delayed"]
    assert "Withdrawals delayed" in (program.folder / "site/current/index.html").read_text("utf-8")


def test_without_a_place_it_says_where_to_name_one(embedded):
    assert "no place to publish to" in embedded.refusal("publish")
    assert "neither a directory nor a bucket" in embedded.refusal("publish", "--to", "ftp://host/page")


def test_a_bucket_is_written_to_as_the_settings_say(embedded):
    with s3_server() as server:
        place = {
            "to": f"s3://{server.bucket}/status",
            "endpoint": server.endpoint,
            "region": "eu-central-1",
            "access_key_id": "id",
            "secret_access_key": "hunter22",
        }
        embedded.write_settings(publish=[place])
        said = embedded.says("publish", "--to", f"s3://{server.bucket}/status/")
        assert f"let the web server show s3://{server.bucket}/status" in said
        store = s3(place["to"], region="eu-central-1", endpoint=server.endpoint, key=("id", "hunter22"))
        assert b"Acme Wallet" in bytes(store.get("index.html").bytes())
        assert json.loads(bytes(store.get("manifest.sig.json").bytes()))["algorithm"] == "Ed25519"


def test_a_place_that_fails_is_told_and_holds_up_no_other(embedded):
    (embedded.folder / "bad").mkdir()
    (embedded.folder / "bad/current").mkdir()
    said = embedded.refusal("publish", "--to", "bad", "--to", "good")
    assert "bad was not written" in said
    assert "good was not" not in said
    assert (embedded.folder / "good/current/index.html").is_file()


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
