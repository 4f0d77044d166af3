import json

PACKAGES = {"server", "notifier", "statuspage", "monitors", "templates", "records", "support"}

TOP_LEVEL = """
import json
from importlib import metadata
names = {file.parts[0] for file in metadata.files("forewarn")} - {".."}
print(json.dumps({
    "top level": sorted(name for name in names if not name.endswith(".dist-info")),
    "owners": metadata.packages_distributions(),
}))
"""

ALL_MODULES = """
import importlib, json, pkgutil, sys
names = [m.name for p in sys.argv[1:] for m in pkgutil.walk_packages(importlib.import_module(p).__path__, p + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(json.dumps(names))
"""


def test_the_top_level_is_our_seven_packages_and_they_are_ours_alone(run):
    found = json.loads(run("python", "-c", TOP_LEVEL).stdout)
    assert set(found["top level"]) == PACKAGES
    assert {name: found["owners"][name] for name in PACKAGES} == {name: ["forewarn"] for name in PACKAGES}


def test_every_module_can_be_imported_with_the_product_alone(run):
    result = run("python", "-I", "-c", ALL_MODULES, *sorted(PACKAGES))
    assert result.returncode == 0, result.stderr
    assert "records.store.engine" in json.loads(result.stdout)


def test_dependencies_fit_together(run):
    result = run("python", "-m", "pip", "check")
    assert result.returncode == 0, result.stdout
