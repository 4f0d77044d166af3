"""Read YAML (or JSON) text as plain data that remembers its lines, and refuse what could be a trap."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Parser
except ImportError:  # PyYAML was built without libyaml: the same, six times slower
    from yaml import SafeLoader as Parser  # type: ignore[assignment]  # the two share no base class but all methods

from records.errors import Fault, Invalid

#: A thousand components with descriptions in ten languages stay far below this.
MAX_BYTES = 1_048_576
#: The deepest legitimate value lies at 7.
MAX_DEPTH = 32

#: Where a value stands: `("components", 2, "depends_on", 0)`.
Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """The data of one file."""

    #: dict, list, str, int, float, bool or None, as nested as the file was.
    data: Any
    #: Line (from 1) on which the value at each place begins.
    lines: dict[Place, int]
    #: What was wrong but did not prevent reading on: duplicate keys.
    faults: list[Fault]


class _Loader(Parser):
    """YAML 1.2's core values only: `on`, `no` and `12:30` stay text; PyYAML's 1.1 makes them True, False and 750."""


_Loader.yaml_implicit_resolvers = {}

_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
# Eighteen digits fit every engine; longer ones stay text and are reported as such.
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]{1,18}$"), "-+0123456789")
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]{1,18}(?:\.[0-9]{0,18}(?:[eE][-+]?[0-9]{1,2})?|[eE][-+]?[0-9]{1,2})$"),
    "-+0123456789",
)

_SCALARS: dict[str, Any] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:null": lambda text: None,
}


def read_document(content: bytes) -> Document:
    """The data in `content`. Raises Invalid when it is too big, no YAML, or uses anchors, tags or several documents."""
    if len(content) > MAX_BYTES:
        raise Invalid(
            Fault(path="", message=f"the file is larger than {MAX_BYTES} bytes", hint="is it the right file?")
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(Fault(path="", message=f"byte {error.start} is not UTF-8", hint="save it as UTF-8")) from error
    try:
        _refuse_traps(text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise Invalid(_syntax_fault(error)) from error
    builder = _Builder()
    data = builder.value(root, ()) if root is not None else None
    return Document(data=data, lines=builder.lines, faults=builder.faults)


def _refuse_traps(text: str) -> None:
    """Anchors can blow a short file up to gigabytes, depth can exhaust the stack: both are refused before building."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = _line_of(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Invalid(_trap(line, f"nested deeper than {MAX_DEPTH}", "are brackets or indentation as meant?"))
        if documents > 1:
            raise Invalid(_trap(line, "a second document starts here", "keep one, without `---` between"))
        if getattr(event, "anchor", None):
            raise Invalid(
                _trap(line, "anchors and aliases (`&`, `*`) are not read", "write the value out, or quote it")
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise Invalid(_trap(line, "tags (`!`) are not read", "write a plain value, or quote it"))


def _line_of(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1 if part.start_mark else 1


def _trap(line: int, message: str, hint: str) -> Fault:
    return Fault(path="", message=f"line {line}: {message}", hint=hint)


def _syntax_fault(error: yaml.YAMLError) -> Fault:
    """The parser's complaint in one line, without the excerpt it prints (which may hold a secret)."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return Fault(path="", message=f"{where}{problem}", hint="check indentation, colons, quotes and tabs around there")


class _Builder:
    """Turns nodes into plain data and writes down where each value began."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, _line_of(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        return _SCALARS[node.tag](node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, child in node.value:
            line = _line_of(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(path=path_of(place), message=f"line {line}: a key must be plain text"))
                continue
            key = str(key_node.value)
            here = (*place, key)
            if key in data:
                message = f"line {line}: the key was given already on line {self.lines[here]}"
                self.faults.append(Fault(path=path_of(here), message=message, hint="keep one of the two"))
                continue
            self.lines[here] = line
            data[key] = self.value(child, here)
        return data


def path_of(place: Place) -> str:
    """How people read a place: `components[2].depends_on[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def written(document: object) -> str:
    """A document as this module would read it, in the order in which it stands."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))
