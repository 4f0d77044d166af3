"""docs/quickstart.md, pasted into a shell from top to bottom, as its reader does."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.nodes import free_port, program

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/quickstart.md").read_text("utf-8")


def test_a_reader_who_pastes_each_step_ends_with_a_customer_who_was_told(tmp_path: Path):
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert "make install" in blocks[0]
    script = "\n".join(blocks[1:])
    for port in ("8545", "8025", "8000"):
        script = script.replace(port, str(free_port()))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, words in (("forewarn", "-m server"), ("python", "")):
        (bin_folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (bin_folder / name).chmod(0o755)
    path = [str(bin_folder), str(Path(program("anvil")).parent), os.environ["PATH"]]
    environ = {**os.environ, "PATH": ":".join(path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    log = tmp_path / "log.txt"
    with log.open("w", encoding="utf-8") as file:
        shell = subprocess.Popen(
            ["bash", "-eu", "-c", script],
            cwd=tmp_path,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        shell.wait(timeout=240)
    finally:
        # Whatever the shell left running belongs to its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    said = log.read_text("utf-8")
    assert shell.returncode == 0, said
    assert not (tmp_path / "forewarn-quickstart").exists()
    assert "Retraits Ethereum" in said
    assert said.count("To: ana@example.org\nSubject: ") == 1
    assert "Prochaines nouvelles" in said
    assert "To: bob@example.org" not in said
    assert "Was told nothing so far." in said
    assert "0 faults" in said
