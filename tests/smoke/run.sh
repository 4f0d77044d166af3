#!/usr/bin/env bash
# Installs the built wheel into a fresh virtual environment outside the checkout and runs these tests against it.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

"${PYTHON:-python3}" -m venv "$room/venv"
pip=("$room/venv/bin/python" -m pip --disable-pip-version-check install --quiet)
"${pip[@]}" --require-hashes -r requirements.txt
"${pip[@]}" --no-deps --no-index "$root"/dist/forewarn-*.whl

# pytest itself comes from the checkout's environment, so that the fresh one holds nothing but the product.
cp -r tests/smoke "$room/smoke"
cd "$room/smoke"
touch pytest.ini
FOREWARN_SMOKE_BIN="$room/venv/bin" "$root/.venv/bin/python" -P -m pytest -p no:cacheprovider -ra .
