#!/usr/bin/env bash
# Fetches the programs the tests talk to: blockchain nodes, web servers, an object store and a browser. What is there already is left alone;
# what cannot be had is named, with the tests that will be skipped for it.
set -euo pipefail
cd "$(dirname "$0")/.."

absent() { ! command -v "$1" >/dev/null 2>&1; }

with_apt() { # packages, command they bring, what is skipped without it
    absent "$2" || return 0
    if [ "$(id -u)" = 0 ] && ! absent apt-get; then
        [ -n "${apt_updated:-}" ] || apt-get update -qq || true
        apt_updated=yes
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >/dev/null && return 0
    fi
    echo "No $2 here, and it could not be installed (Debian: apt-get install $1): $3 will be skipped." >&2
}

with_apt litecoind litecoind "tests against real Litecoin nodes"
with_apt monero monerod "tests against real Monero nodes"
with_apt redis-server redis-server "tests against a real Redis"
with_apt chromium chromium "tests in a browser"
PATH="$PATH:/usr/sbin" with_apt "nginx-light libnginx-mod-http-brotli-static" nginx "tests against a real nginx"
with_apt caddy caddy "tests against a real Caddy"

anvil=(.tools/node_modules/@foundry-rs/anvil-*/bin/anvil)
if absent anvil && [ ! -x "${anvil[0]}" ]; then
    with_apt npm npm "tests against real Ethereum nodes"
    if absent npm || ! npm install --silent --no-save --no-package-lock --prefix .tools @foundry-rs/anvil@1.7.1; then
        echo "No anvil here, and npm could not bring it: tests against real Ethereum nodes will be skipped." >&2
    fi
fi

# An environment of its own: what the server stands on wants other versions than we do.
s3=.tools/s3
if [ ! -x "$s3/bin/moto_server" ]; then
    python="$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)"
    if ! { "$python" -m venv "$s3" &&
        "$s3/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes -r tests/s3/requirements.txt; }; then
        rm -rf "$s3"
        echo "No local S3 server here, and pip could not bring it: tests against an object store will be skipped." >&2
    fi
fi
