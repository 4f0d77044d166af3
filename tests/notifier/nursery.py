"""Notifiers that start in a few milliseconds, to be killed by the hundred: one process that has everything read forks.

`python -m tests.notifier.nursery URL PORT [NAME=VALUE …]`, options as of `process`; each line on standard input is
answered with the number of a new process.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.notifier.process import main

_ROOT = Path(__file__).parent.parent.parent


class Nursery:
    """As the test uses it."""

    def __init__(self, url: str, port: int, **options: object) -> None:
        words = [f"{name}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "tests.notifier.nursery", url, str(port), *words]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def start(self) -> int:
        """A new notifier; its number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("one more\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def end(number: int, how: signal.Signals) -> None:
    """Kill one, and wait until nothing of it is left."""
    os.kill(number, how)
    deadline = time.monotonic() + 30
    while is_there(number):
        assert time.monotonic() < deadline, "it did not end"
        time.sleep(0.001)


def is_there(number: int) -> bool:
    """Whether it lives."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def serve(url: str, port: int, **options: str) -> None:
    """In the process that forks."""
    # Whoever ends is forgotten at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        number = os.fork()
        if number == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            asyncio.run(main(url, port, **options))
            os._exit(0)
        print(number, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), **dict(each.split("=", 1) for each in sys.argv[3:]))
