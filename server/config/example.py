"""The commented `forewarn.yaml` that `forewarn init` writes."""

from pathlib import Path

from records.errors import Conflict
from server.config.load import DEFAULT_PATH


def example_text() -> str:
    """The example, as text."""
    return Path(__file__).with_name("example.yaml").read_text(encoding="utf-8")


def write_example(folder: Path) -> Path:
    """Write `forewarn.yaml` into `folder` (made if need be); returns its path. Raises Conflict when there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DEFAULT_PATH
    try:
        # Exclusive: what somebody has written is never overwritten.
        with path.open("x", encoding="utf-8") as file:
            file.write(example_text())
    except FileExistsError as error:
        raise Conflict(f"{path} exists already. Remove it first, or name another directory.") from error
    return path
