# Two commands on a bare machine with Python 3.11 or newer: `make run` shows the demo world, `make test` runs all tests.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PACKAGES := server notifier statuspage monitors templates records support
SOURCES := $(shell find $(PACKAGES) -type f -not -name '*.pyc' 2>/dev/null)
# More for the command at hand: `make test ARGS="tests/records -x"`, `make run ARGS="--port 8080"`.
ARGS ?=

.PHONY: install run test check shots bench docs wheel smoke pins clean

install: $(VENV)/.installed

run: install
	$(BIN)/forewarn demo $(ARGS)

test: $(VENV)/.tested
	@bash tests/programs.sh
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

# Pictures of the public page in every look, to be looked at: shots/.
shots: $(VENV)/.tested
	$(BIN)/python -m tests.shots $(ARGS)

# Each script in bench/ is one measurement and prints its own figures.
bench: $(VENV)/.tested
	@for script in $(wildcard bench/*.py); do echo "== $$script" && $(BIN)/python $$script $(ARGS) || exit 1; done

# The documents as pages to read in a browser: build/docs/index.html.
docs: $(VENV)/.installed
	$(BIN)/python docs/build.py build/docs

wheel: dist/.built

# The wheel in a fresh virtual environment outside the checkout, where the sources cannot help it.
smoke: dist/.built $(VENV)/.tested
	PYTHON=$(PYTHON) bash tests/smoke/run.sh

# Names and hashes only: which index serves them is the business of whoever installs.
PIN := CUSTOM_COMPILE_COMMAND='make pins' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
pins: $(VENV)/.tested
	$(PIN) $(ARGS) -o requirements-build.txt --only-build-deps --all-build-deps pyproject.toml
	$(PIN) $(ARGS) -o requirements.txt -c requirements-build.txt pyproject.toml
	$(PIN) $(ARGS) -o requirements-test.txt -c requirements.txt -c requirements-build.txt --extra test --extra dev pyproject.toml
	$(PIN) $(ARGS) -o tests/s3/requirements.txt tests/s3/requirements.in
	$(PIN) $(ARGS) -o tests/fuzz/requirements.txt tests/fuzz/requirements.in

# The virtual environment and the test programs stay: `rm -rf .venv .tools` removes them too.
clean:
	rm -rf build dist site demo-data shots .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . \( -path ./.venv -o -path ./.tools -o -path ./.git \) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Forewarn needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.txt requirements-build.txt | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements.txt -r requirements-build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-test.txt
	$(PIP) install --quiet --require-hashes -r requirements-test.txt
	@touch $@

dist/.built: $(VENV)/.installed $(SOURCES)
	rm -rf dist
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist && touch $@
