"""`forewarn apply` and `forewarn export`."""

import copy

import yaml

from records.store.engine import open_store
from tests.server.cli.conftest import SETTINGS


def _file(program, **changes):
    settings = copy.deepcopy(SETTINGS) | {"store": {"url": f"sqlite:///{program.folder}/forewarn.db"}} | changes
    path = program.folder / "wanted.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return str(path)


def test_the_plan_is_shown_before_anything_is_done(embedded):
    wanted = [
        {"id": "website", "name": {"en": "Website | new", "fr": "Site"}, "group": "Services"},
        {"id": "cards", "name": "Cards"},
    ]
    path = _file(embedded, components=wanted)
    embedded.says("incident", "list")
    shown = embedded.says("apply", path)
    assert "+ component cards" in shown
    assert "- component eth-withdrawals" in shown
    assert "~ component website: name: Website becomes Website | new" in shown
    assert "nothing was done. Run it again with --yes." in shown
    again = embedded.json("apply", path)
    assert again["applied"] is False
    assert {(each["step"], each["id"]) for each in again["changes"]} == {
        ("add", "cards"), ("add", "group-services"), ("change", "website"), ("retire", "eth-withdrawals"),
    }  # fmt: skip
    assert "Done." in embedded.says("apply", path, "--yes")
    assert "The store matches the file already." in embedded.says("apply", path)


def test_what_somebody_changed_in_the_store_is_put_right_too(embedded):
    path = _file(embedded)
    embedded.says("apply", path, "--yes")
    store = open_store(f"sqlite:///{embedded.folder}/forewarn.db")
    store.run("UPDATE components SET auto_publish = 1 WHERE id = 'website'")
    store.close()
    assert "~ component website: auto_publish: True becomes False" in embedded.says("apply", path, "--yes")
    assert embedded.json("apply", path)["changes"] == []


def test_what_is_exported_can_be_applied_and_changes_nothing(embedded):
    embedded.says("incident", "list")
    exported = embedded.says("export")
    assert exported.startswith("# The components as the store has them.")
    rows = yaml.safe_load(exported)["components"]
    assert [row["id"] for row in rows] == [each["id"] for each in SETTINGS["components"]]
    assert embedded.json("apply", _file(embedded, components=rows))["changes"] == []


def test_a_file_with_faults_is_not_applied(embedded):
    path = _file(embedded, components=[{"id": "Not an id", "name": "x"}])
    assert "wanted.yaml" in embedded.refusal("apply", path, "--yes")
    assert "nowhere.yaml" in embedded.refusal("apply", "nowhere.yaml")
