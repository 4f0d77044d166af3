"""A disk that is full when the test says so, and has room again when it says so."""

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_SMALL_MEGABYTES = 24
_PIECE = b"\0" * 4_096


class Disk(Protocol):
    """Where a Forewarn keeps its files."""

    folder: Path

    def fill(self, *processes: int) -> None:
        """No room any more, for these processes at least."""

    def free(self, *processes: int) -> None:
        """Room again."""


class SmallDisk:
    """A file system of a few megabytes of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, *_processes: int) -> None:
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(_PIECE)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self, *_processes: int) -> None:
        self._ballast.unlink()


class LimitedFiles:
    """Where nobody may mount anything: the processes' files cannot grow, which looks much the same to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, *processes: int) -> None:
        for number in processes:
            resource.prlimit(number, resource.RLIMIT_FSIZE, (_PIECE.__len__(), resource.RLIM_INFINITY))

    def free(self, *processes: int) -> None:
        for number in processes:
            resource.prlimit(number, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A small file system if we may mount one, limited files otherwise."""
    folder.mkdir()
    size = f"size={_SMALL_MEGABYTES}m,mode=0755"
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=False).returncode
    ):
        yield LimitedFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
