"""The rules of the house: who may import whom, which door each dependency has, what no file may say."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WINGS = {"monitors", "notifier", "statuspage", "support"}
PACKAGES = {"server", "records", "templates"} | WINGS

#: Who may import whom; everybody may import from their own package.
ALLOWED = {
    "server": WINGS | {"records", "templates"},
    **{wing: {"records", "templates"} for wing in WINGS},
    "records": set(),
    "templates": set(),
}
#: Inside records a file imports from its own floor or from one below.
FLOORS = {"errors": 0, "store": 2, "desk": 3}
NOUNS = 1

#: Each dependency has one door: the files (or folders) that may import it.
DOORS = {
    "jinja2": "templates/",
    "sqlite3": "records/store/",
    "pysqlite3": "records/store/",
    "sqlite_utils": "records/store/",
    "psycopg": "records/store/",
    "psycopg_pool": "records/store/",
    "aiosmtplib": "notifier/channels/email",
    "apprise": "notifier/channels/social",
    "aiohttp": "monitors/client",
    "feedparser": "monitors/checks/feed",
    "httptools": "notifier/channels/hooks/reach",
    "obstore": "statuspage/bucket",
    "markdown_it": "templates/markdown",
    "nh3": "templates/markdown",
    "cryptography": "records/signing",
}

DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE\s)", re.DOTALL
)
LONGEST_FUNCTION_LINES = 60
LONGEST_FILE_LINES = 360


def product_files() -> list[Path]:
    return [path for package in sorted(PACKAGES) for path in sorted((ROOT / package).rglob("*.py"))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every dotted name a file imports, wherever in it the import stands; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        yield from imports_in(node)


def imports_in(statement: ast.AST) -> Iterator[str]:
    """The names imported by this very statement."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def floor(module: str) -> int:
    """On which floor of records a module lives; the package itself is the ground."""
    return FLOORS.get(module.split(".")[1], NOUNS) if "." in module else 0


def complaint(importer: str, imported: str) -> str | None:
    """What is wrong with `importer` (a module) importing `imported` (a dotted name); None when it may."""
    ours, theirs = importer.split(".")[0], imported.split(".")[0]
    if theirs in DOORS:
        door = DOORS[theirs]
        path = importer.replace(".", "/")
        inside = f"{path}/".startswith(door) if door.endswith("/") else path == door or path.startswith(f"{door}/")
        return None if inside else f"{importer} imports {theirs}, whose one door is {door}"
    if theirs == "tests":
        return f"{importer} imports the tests"
    if theirs not in PACKAGES:
        return None
    if theirs != ours:
        return None if theirs in ALLOWED[ours] else f"{importer} imports {imported}: not below it"
    if ours == "records" and floor(imported) > floor(importer):
        return f"{importer} imports {imported}: a floor above it"
    return None


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("monitors.watch", "notifier.courier"),
        ("statuspage.snapshot", "server.config"),
        ("records.desk.incidents", "templates.notices"),
        ("templates.environment", "records.times"),
        ("records.errors", "records.times.parse"),
        ("records.incidents", "records.store.engine"),
        ("records.store.outbox", "records.desk.incidents"),
        ("statuspage.render", "jinja2.Environment"),
        ("server.cli", "sqlite3"),
        ("notifier.courier", "aiosmtplib.SMTP"),
        ("notifier.channels.emails", "aiosmtplib.SMTP"),
        ("records.times", "tests.conftest"),
    ],
)
def test_an_import_against_the_rule_is_seen(importer, imported):
    assert complaint(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("server.wiring", "notifier.courier.Courier"),
        ("support.intake", "records.tickets.Ticket"),
        ("notifier.compose", "templates.render"),
        ("records.desk.incidents", "records.store.outbox"),
        ("records.store.engine", "records.errors.Invalid"),
        ("records.store", "psycopg.rows"),
        ("templates", "jinja2.Environment"),
        ("notifier.channels.email", "aiosmtplib.SMTP"),
        ("notifier.channels.email.lane", "aiosmtplib.SMTP"),
    ],
)
def test_an_import_within_the_rule_passes(importer, imported):
    assert complaint(importer, imported) is None


def test_imports_run_down_only_and_each_dependency_has_one_door():
    complaints = [
        said
        for path in product_files()
        for name in imported_names(ast.parse(path.read_text("utf-8")))
        if (said := complaint(module_name(path), name))
    ]
    assert complaints == []


def test_no_module_imports_itself_by_a_detour():
    modules = {module_name(path): ast.parse(path.read_text("utf-8")) for path in product_files()}
    graph = {
        # A late import, by which a door opens only when it is needed, closes no circle when the program starts.
        name: {known_module(found, modules) for statement in tree.body for found in imports_in(statement)}
        - {name, None}
        for name, tree in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"import circle: {' > '.join(circle.args[1])}")


def known_module(name: str, modules: dict[str, ast.Module]) -> str | None:
    """The module of ours that a dotted name stands for: itself, or what it is taken from."""
    return name if name in modules else parent if (parent := name.rpartition(".")[0]) in modules else None


def test_statements_stand_in_the_store_only():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in product_files()
        if "records/store/" not in path.as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert found == []


def test_a_statement_is_recognised():
    statements = ["\n  SELECT id\n  FROM notices", "INSERT INTO a (b)", "UPDATE notices SET state = 1", "DELETE FROM a"]
    assert all(SQL.match(statement) for statement in statements)
    assert not SQL.match("Select the components that are affected from the list.")


def test_functions_are_short_because_they_are_finished():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines"
        for path in product_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION_LINES
    ]
    assert long == []


def test_no_file_needs_a_tour_guide():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in product_files()
        # A schema is one long list, and history: never edited, so never split either.
        if "records/store/schema/" not in path.as_posix()
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_there_are_no_drawers():
    assert [str(path.relative_to(ROOT)) for path in product_files() if {path.stem, path.parent.name} & DRAWERS] == []


def test_every_package_says_what_it_is_in_its_first_line():
    for package in PACKAGES:
        says = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8")))
        assert says, package


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_the_wheel_holds_the_seven_packages_and_nothing_else():
    wheel = project()["tool"]["hatch"]["build"]["targets"]["wheel"]  # type: ignore[index]  # TOML, read as it is
    assert set(wheel.pop("packages")) == PACKAGES
    assert wheel == {}


def test_our_package_names_belong_to_us_alone():
    owners = metadata.packages_distributions()
    assert {name: set(owners.get(name, [])) - {"forewarn"} for name in PACKAGES} == {name: set() for name in PACKAGES}


def test_every_pin_has_a_hash_and_no_address():
    for name in ("requirements.txt", "requirements-build.txt", "requirements-test.txt", "tests/s3/requirements.txt"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert pins
        assert [line[:60] for line in pins if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:", line)] == []
        assert "://" not in text


def test_the_pins_of_the_product_and_of_the_tests_agree():
    product, tests = pins_in("requirements.txt"), pins_in("requirements-test.txt")
    assert {name: tests.get(name) for name in product} == product


def test_the_pins_satisfy_what_the_project_asks_for():
    # The names alone: pip has checked the ranges when it made the pins.
    asked = {
        re.split(r"[\[<>=;~! ]", line)[0].lower()
        for line in project()["project"]["dependencies"]  # type: ignore[index]  # TOML, read as it is
    }
    assert asked - set(pins_in("requirements.txt")) == set()


def pins_in(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))


#: Put together here so that this file does not say them itself.
FORBIDDEN = [
    "/" + "work/",
    "/" + "simple/",
    "--" + "index-url",
    "--" + "extra-index-url",
    "--" + "find-links",
    "--" + "trusted-host",
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry." + "npmjs.org",
    ".." + "/shared",
]


def test_no_file_tells_where_packages_come_from_or_where_this_was_made():
    said = [
        f"{name} says {word}"
        for name in committed_files()
        for text in [(ROOT / name).read_bytes().decode("utf-8", "replace")]
        for word in FORBIDDEN
        if word in text
    ]
    assert said == []


def committed_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "target", ["install", "run", "test", "check", "bench", "docs", "wheel", "smoke", "pins", "clean"]
)
def test_make_has_every_target_that_others_call(target):
    plan = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert plan.returncode == 0, plan.stderr


def test_links_between_documents_lead_somewhere():
    # Those in templates are shown as pages: their links lead to other pages, and tests of their own hold that.
    documents = [name for name in committed_files() if name.endswith(".md") and not name.startswith("templates/")]
    dead = [
        f"{name}: {link}"
        for name in documents
        for link in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", (ROOT / name).read_text("utf-8"))
        if not ((ROOT / name).parent / link).exists()
    ]
    assert documents
    assert dead == []
