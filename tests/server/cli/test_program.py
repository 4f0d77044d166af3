import json
import os
import subprocess
import sys

from server.cli.program import main
from tests.server.cli.conftest import ROOT


def test_help_lists_the_commands_without_any_settings(bare):
    done = bare.run_process("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("demo", "init", "serve", "check", "incident", "customers"))


def test_the_program_works_the_same_as_a_process_of_its_own(program):
    opened = program.run_process("incident", "open", "--name", "Slow", "--body", "-", "--json", given="We look.\n")
    assert (opened.returncode, opened.stderr) == (0, "")
    assert json.loads(opened.stdout)["updates"][0]["body"] == {"en": "We look."}
    refused = program.run_process("incident", "publish", "INC-1")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "forewarn: INC-1 is not a draft any more.\n"
    assert program.run_process("incident", "open").returncode == 2


def test_a_command_that_does_not_exist_is_wrong_use_and_is_named_with_the_nearest_one(bare):
    line = bare.refusal("serv", status=2)
    assert "serv " in line
    assert "did you mean serve?" in line


def test_a_deed_that_does_not_exist_is_wrong_use_too(bare):
    assert "did you mean open?" in bare.refusal("incident", "opne", status=2)


def test_an_option_is_never_guessed_from_its_beginning(bare):
    assert "--conf" in bare.refusal("check", "--conf", "x.yaml", status=2)


def test_settings_that_are_missing_are_one_line_with_what_to_do(bare):
    line = bare.refusal("incident", "list")
    assert "forewarn.yaml cannot be read" in line
    assert "forewarn init" in line


def test_settings_with_several_faults_name_the_first_and_the_command_that_lists_all(bare):
    bare.write("forewarn.yaml", "page: {name: Acme, url: nowhere}\nsmtp: {prot: 1}\n")
    line = bare.refusal("ledger", "verify")
    assert "page.url" in line
    assert "`forewarn check` lists them all" in line


def test_the_traceback_is_shown_only_to_who_asks_for_it(bare):
    assert "Traceback" not in bare.run("incident", "list").stderr
    assert "Traceback" in bare.run("incident", "list", "--debug").stderr
    assert "Traceback" in bare.run("--debug", "incident", "list").stderr


def test_settings_are_found_by_the_environment(embedded):
    embedded.write("elsewhere.yaml", (embedded.folder / "forewarn.yaml").read_text("utf-8"))
    (embedded.folder / "forewarn.yaml").unlink()
    embedded.environ["FOREWARN_CONFIG"] = "elsewhere.yaml"
    assert "no open incidents" in embedded.says("incident", "list")


def test_a_database_that_does_not_answer_is_one_line(bare):
    bare.write_settings(store={"url": "sqlite:////nowhere/at/all/forewarn.db"})
    assert "cannot be opened" in bare.refusal("incident", "list")


def test_a_reader_who_has_seen_enough_ends_the_program_quietly(bare):
    command = f"{sys.executable} -m server --help | head -1"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=environ, cwd=bare.folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_a_terminal_that_cannot_show_a_letter_does_not_end_the_work(bare):
    bare.environ["PYTHONIOENCODING"] = "ascii"
    bare.write_settings(page={"name": "Portefeuille", "url": "https://é.example/", "colour": "bleu pâle…"})
    done = bare.run_process("check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_what_cannot_be_foreseen_is_one_line_that_says_how_to_see_more(monkeypatch, capsys, tmp_path):
    def explode(*_: object) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.setattr("server.config.example.write_example", explode)
    assert main(["init", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the sky fell" in said
    assert "--debug" in said
