"""Put the values behind `${NAME}` and `${file:PATH}` in place, so that secrets need not stand in the file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records.errors import Fault
from server.config.document import Place, path_of

#: A private key or token is far smaller; a wrong path (a log, a disk) must not be read whole.
MAX_SECRET_BYTES = 65_536

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unresolved(Exception):
    """A reference that leads nowhere: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def substitute(data: Any, environ: Mapping[str, str], folder: Path) -> tuple[Any, dict[Place, Fault]]:
    """`data` with every reference replaced, and a fault for each that leads nowhere (its value stays as written).

    `$${` stands for a literal `${`. Relative file paths start at `folder`. `${NAME}` also looks at `NAME_FILE`.
    """
    faults: dict[Place, Fault] = {}

    def walk(value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            return {key: walk(child, (*place, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [walk(child, (*place, index)) for index, child in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        try:
            return _REFERENCE.sub(lambda match: _resolve(match, environ, folder), value)
        except Unresolved as error:
            faults[place] = Fault(path=path_of(place), message=error.message, hint=error.hint)
            return value

    return walk(data, ()), faults


def _resolve(match: re.Match[str], environ: Mapping[str, str], folder: Path) -> str:
    name = match.group(1)
    if name is None:
        return "${"
    if not match.group(0).endswith("}"):
        raise Unresolved("`${` has no closing `}`", "write ${NAME} or ${file:PATH}; $${ stands for a literal ${")
    if name.startswith("file:"):
        return _read(folder / name.removeprefix("file:"))
    if not _NAME.fullmatch(name):
        raise Unresolved(
            f"${{{name}}} is no variable name", "write ${NAME} or ${file:PATH}; $${ stands for a literal ${"
        )
    if environ.get(name):
        return environ[name]
    if environ.get(f"{name}_FILE"):
        return _read(folder / environ[f"{name}_FILE"])
    raise Unresolved(
        f"the environment variable {name} is not set, or is empty",
        f"set {name}, or {name}_FILE with the path of a file that holds the value",
    )


def _read(path: Path) -> str:
    """What the file says, without the newline that editors put at its end."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        if len(content) > MAX_SECRET_BYTES:
            raise Unresolved(f"{path} is larger than {MAX_SECRET_BYTES} bytes", "name the file that holds the secret")
        text = content.decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Unresolved(f"{path} cannot be read: {reason}", "check the path and who may read the file") from error
    if not text:
        raise Unresolved(f"{path} is empty", "write the secret into it")
    return text
