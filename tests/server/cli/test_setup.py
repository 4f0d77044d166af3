import json

from tests.server.cli.conftest import SETTINGS


def test_the_first_settings_pass_the_check_in_an_empty_folder_without_any_environment(bare):
    assert "forewarn.yaml" in bare.says("init")
    assert "is fine" in bare.says("check")


def test_init_makes_the_folder_it_is_told_and_never_overwrites(bare):
    bare.says("init", "new/one")
    written = (bare.folder / "new" / "one" / "forewarn.yaml").read_text("utf-8")
    assert "exists already" in bare.refusal("init", "new/one")
    assert (bare.folder / "new" / "one" / "forewarn.yaml").read_text("utf-8") == written


def test_check_lists_every_fault_with_path_and_hint(bare):
    bare.write_settings(smtp={"prot": 1}, components=[{"id": "Bad Id", "name": "x", "depends_on": ["y"]}])
    done = bare.run("check")
    assert done.returncode == 1
    said = done.stdout.splitlines()
    assert any(line.startswith("smtp.prot") and "did you mean `port`?" in line for line in said)
    assert any(line.startswith("components[0].id") for line in said)
    assert any(line.startswith("components[0].depends_on[0]") for line in said)
    assert len(done.stderr.splitlines()) == 1


def test_check_as_json_is_one_document_also_when_there_are_faults(bare):
    bare.write_settings(smtp={"prot": 1})
    done = bare.run("check", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert "smtp.prot" in [fault["path"] for fault in document["faults"]]
    assert all(set(fault) == {"path", "message", "hint"} for fault in document["faults"])


def test_check_once_says_what_each_monitor_saw_and_leaves_nothing_behind(bare):
    chain = {"chain": "ethereum", "nodes": [{"name": "eth-1", "url": "http://127.0.0.1:9/secret-key"}]}
    job = {"id": "settlement", "kind": "heartbeat", "token": "x" * 32, "every": "1h", "component": "website"}
    bare.write_settings(chains=[chain], monitors=[job])
    before = sorted(bare.folder.iterdir())
    said = bare.says("check", "--once")
    assert "the connection was refused" in said
    assert "no beat has come yet" in said
    lines = said.splitlines()
    assert "chain:ethereum: our side" in lines
    assert any(line.startswith("  shown as  deposits ") for line in lines)
    assert lines[-1].startswith("0 of 2 well; ")
    assert "secret-key" not in said
    assert sorted(bare.folder.iterdir()) == before


def test_check_once_as_json_tells_verdict_and_reason(bare):
    chain = {"chain": "ethereum", "nodes": [{"name": "eth-1", "url": "http://127.0.0.1:9"}]}
    bare.write_settings(chains=[chain])
    [monitor] = bare.json("check", "--once")["monitors"]
    assert monitor["monitor"] == "chain:ethereum"
    assert monitor["reason"]
    assert [target["target"] for target in monitor["targets"]] == ["eth-1"]
    assert monitor["targets"][0]["seen"] == "transport"
    assert monitor["targets"][0]["height"] is None


def test_check_mentions_what_may_not_be_meant(bare):
    bare.write_settings(components=SETTINGS["components"])
    assert "nothing watches website" in bare.says("check")
