import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

START_SECONDS = 30


@pytest.mark.parametrize("command", [("forewarn",), ("python", "-m", "server")])
def test_the_command_tells_what_it_can_do(run, command):
    result = run(*command, "--help")
    assert result.returncode == 0, result.stderr
    assert all(word in result.stdout for word in ("demo", "init", "serve", "check"))


def test_a_wrong_command_is_wrong_use(run):
    result = run("forewarn", "predict")
    assert result.returncode == 2
    assert "predict" in result.stderr


def test_the_first_configuration_is_one_that_check_accepts(run, tmp_path: Path):
    result = run("forewarn", "init")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "forewarn.yaml").is_file()
    checked = run("forewarn", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_demo_answers_and_stops_when_told(bin_path: Path, tmp_path: Path):
    log = tmp_path / "demo.log"
    with log.open("w") as writing:
        demo = subprocess.Popen(
            [str(bin_path / "forewarn"), "demo", "--port", "0"],
            cwd=tmp_path,
            stdout=writing,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
    try:
        site = address_in(log, demo)
        assert answer(f"{site}/healthz", demo) == 200, log.read_text()
        assert answer(f"{site}/", demo) == 200
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(timeout=START_SECONDS) in (0, -signal.SIGTERM)
    finally:
        demo.kill()
        demo.wait()


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the demo says that it is; a port chosen here could be taken until it gets there."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if said := re.search(r"(http://127\.0\.0\.1:\d+)/demo", log.read_text()):
            return said[1]
        time.sleep(0.1)
    raise AssertionError(f"The demo did not say where it is:\n{log.read_text()}")


def answer(url: str, process: subprocess.Popen[bytes]) -> int:
    """The status of the first answer; 0 when the process ends or the time is up before there is one."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            time.sleep(0.1)
    return 0
