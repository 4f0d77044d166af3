#!/usr/bin/env bash
# Fetches the programs the tests talk to: nodes, web servers, an object store, a browser. What is there is left alone;
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
with_apt iproute2 ip "tests in which a process loses its network"
with_apt chromium chromium "tests in a browser"
PATH="$PATH:/usr/sbin" with_apt "nginx-light libnginx-mod-http-brotli-static" nginx "tests against a real nginx"
with_apt caddy caddy "tests against a real Caddy"
# Of Postfix only the programs that test senders: as "no configuration" it runs nothing.
[ "$(id -u)" != 0 ] || absent debconf-set-selections ||
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
perl -MMIME::Parser -e 1 2>/dev/null || with_apt libmime-tools-perl MIME::Parser "reading mails with a second parser"
PATH="$PATH:/usr/sbin" with_apt postfix smtp-sink "tests against Postfix's own failing server"

anvil=(.tools/node_modules/@foundry-rs/anvil-*/bin/anvil)
if absent anvil && [ ! -x "${anvil[0]}" ]; then
    with_apt npm npm "tests against real Ethereum nodes"
    if absent npm || ! npm install --silent --no-save --no-package-lock --prefix .tools @foundry-rs/anvil@1.7.1; then
        echo "No anvil here, and npm could not bring it: tests against real Ethereum nodes will be skipped." >&2
    fi
fi

if [ ! -f .tools/oidc/node_modules/oidc-provider/package.json ]; then
    with_apt npm npm "tests against a real identity provider"
    # A folder of its own: npm takes away what it was not asked for this time.
    if absent npm || ! { mkdir -p .tools/oidc && npm install --silent --no-save --no-package-lock --prefix .tools/oidc oidc-provider@9.13.3; }; then
        echo "No oidc-provider here, and npm could not bring it: tests against a real identity provider will be skipped." >&2
    fi
fi

# Environments of their own: what these stand on wants other versions than we do.
own_environment() { # name, program it brings, what is skipped without it
    [ -x ".tools/$1/bin/$2" ] && return 0
    python="$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)"
    if ! { "$python" -m venv ".tools/$1" &&
        ".tools/$1/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes -r "tests/$1/requirements.txt"; }; then
        rm -rf ".tools/$1"
        echo "No $2 here, and pip could not bring it: $3 will be skipped." >&2
    fi
}

own_environment s3 moto_server "tests against an object store"
own_environment fuzz st "tests that throw anything at the API"
