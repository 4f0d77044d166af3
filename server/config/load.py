"""Read the file of settings once, check everything, and report all faults together. Nothing is opened or contacted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from records.errors import Fault, Invalid
from server.config.document import MAX_BYTES, Document, Place, read_document
from server.config.faults import faults_of
from server.config.links import link_faults
from server.config.monitors import chain_faults
from server.config.outline import Entry
from server.config.settings import Settings
from server.config.substitution import substitute
from server.config.values import is_language

#: Read when neither the command line nor FOREWARN_CONFIG names a file.
DEFAULT_PATH = Path("forewarn.yaml")


def settings_path(path: Path | None, environ: Mapping[str, str]) -> Path:
    """The file that holds: the one named, else FOREWARN_CONFIG, else forewarn.yaml in the working directory."""
    return path or Path(environ.get("FOREWARN_CONFIG") or DEFAULT_PATH)


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at `path` (else FOREWARN_CONFIG, else forewarn.yaml).

    Raises Invalid with every fault there is, each with path, line and hint.
    """
    path = settings_path(path, environ)
    return parse_settings(_content(path), environ, path.parent)


def parse_settings(content: bytes, environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings that `content` writes; `${file:PATH}` starts at `folder`. Raises Invalid with every fault."""
    document = read_document(content)
    if not isinstance(document.data, dict):
        raise Invalid(
            Fault(path="", message="the file holds no keys", hint="start from the one `forewarn init` writes")
        )
    # A heading whose keys are all commented out reads as null; it means "as if it were not there".
    written = {key: value for key, value in document.data.items() if value is not None}
    data, unresolved = substitute(written, environ, folder)
    settings, found = _validate(data)
    root = Entry((), data)
    found += [*link_faults(root), *chain_faults(root), *_missing_folder(root, folder)]
    # A value that could not be looked up says nothing about its type or target.
    found = [(place, fault) for place, fault in found if not _stands_on(place, unresolved)]
    found += unresolved.items()
    faults = [*document.faults, *_with_lines(found, document)]
    if faults or settings is None:
        raise Invalid(faults)
    return _beside(settings, folder)


def _missing_folder(root: Entry, folder: Path) -> Iterator[tuple[Place, Fault]]:
    page = root.entry("page")
    named = page.text("faq") if page else None
    if named and not (folder / named).is_dir():
        hint = "name the folder that holds en.md and so on, or drop the line for the text we ship"
        yield ("page", "faq"), Fault(path="page.faq", message=f"there is no folder {folder / named}", hint=hint)


_SQLITE = "sqlite:///"


def _beside(settings: Settings, folder: Path) -> Settings:
    """Relative paths start at the file's folder: run from elsewhere, a command must not open a new, empty database."""
    url = settings.store.url.get_secret_value()
    if url.startswith(_SQLITE):
        url = _SQLITE + str(folder / url.removeprefix(_SQLITE))
    store = settings.store.model_copy(update={"url": SecretStr(url)})
    targets = tuple(
        target if target.directory is None else target.model_copy(update={"to": str(folder / target.directory)})
        for target in settings.publish
    )
    faq = settings.page.faq and str(folder / settings.page.faq)
    page = settings.page.model_copy(update={"faq": faq})
    return settings.model_copy(update={"page": page, "store": store, "publish": targets})


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = "write one with `forewarn init`, or name it with --config or FOREWARN_CONFIG"
        raise Invalid(Fault(path="", message=f"{path} cannot be read: {error.strerror}", hint=hint)) from error


def _validate(data: dict[str, Any]) -> tuple[Settings | None, list[tuple[Place, Fault]]]:
    try:
        return Settings.model_validate(data, context={"language": _first_language(data)}), []
    except ValidationError as error:
        return None, list(faults_of(error))


def _first_language(data: dict[str, Any]) -> str:
    """What plain text is in; English where the page names a wrong one, so that not every text is called wrong too."""
    page = Entry((), data).entry("page")
    first = next(page.texts("languages"), None) if page else None
    return first[1] if first and is_language(first[1]) else "en"


def _stands_on(place: Place, unresolved: Mapping[Place, Fault]) -> bool:
    return any(place[:length] in unresolved for length in range(1, len(place) + 1))


def _with_lines(found: list[tuple[Place, Fault]], document: Document) -> list[Fault]:
    """The faults in the order of the file, each with the line it is on (a missing key: the line of its section)."""
    placed = [(_line(place, document), fault) for place, fault in found]
    placed.sort(key=lambda pair: pair[0])
    return [replace(fault, message=f"line {line}: {fault.message}") for line, fault in placed]


def _line(place: Place, document: Document) -> int:
    while place and place not in document.lines:
        place = place[:-1]
    return document.lines.get(place, 1)
