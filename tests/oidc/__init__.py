"""A real identity provider on this machine, and people who go through its pages."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

_MODULE = Path(__file__).parents[2] / ".tools/oidc/node_modules/oidc-provider/lib/index.js"
SECRET = "between-us"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Idp:
    """The provider: it can be stopped, and started again with new keys and an empty memory."""

    port: int
    redirects: list[str]
    signed_out: list[str] = field(default_factory=list)
    claims_in_token: bool = False
    #: How long its ID tokens hold.
    token_seconds: int = 3600
    _process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        wish = {
            "module": str(_MODULE),
            "port": self.port,
            "redirects": self.redirects,
            "signedOut": self.signed_out,
            "claimsInToken": self.claims_in_token,
            "tokenSeconds": self.token_seconds,
        }
        node = shutil.which("node") or "node"
        self._process = subprocess.Popen(
            [node, str(Path(__file__).parent / "provider.mjs"), json.dumps(wish)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def put(self, login: str, **known: object) -> None:
        """Let there be this account, with what is known of it: `groups`, `email`."""
        self._change({login: known})

    def drop(self, login: str) -> None:
        self._change({login: None})

    def _change(self, accounts: dict[str, object]) -> None:
        request = urllib.request.Request(f"{self.issuer}/accounts", data=json.dumps(accounts).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()


def skip_without_provider() -> None:
    """Skips where the provider is not installed, and fails in CI, where nothing may be skipped."""
    if _MODULE.is_file() and shutil.which("node"):
        return
    message = "oidc-provider is not installed; make test fetches it"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextlib.contextmanager
def provider(redirects: list[str], **more: object) -> Iterator[Idp]:
    skip_without_provider()
    idp = Idp(port=free_port(), redirects=redirects, **more)  # type: ignore[arg-type]  # as its fields are
    idp.start()
    try:
        yield idp
    finally:
        idp.stop()


class Visitor:
    """Somebody's browser at the provider, without a screen: it keeps cookies and fills in the provider's own forms."""

    def __init__(self, login: str) -> None:
        self.login = login
        # No connection is kept, so none is left open when the test is over.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.Client(follow_redirects=False, timeout=30, limits=limits)
        #: How often the provider asked for name and password.
        self.asked = 0

    def go(self, address: str) -> str:
        """Through the provider's pages, to where it sends the browser back."""
        issuer = urlsplit(address).netloc
        answer = self._client.get(address)
        for _ in range(12):
            if answer.is_redirect:
                address = str(answer.url.join(answer.headers["location"]))
                if urlsplit(address).netloc != issuer:
                    return address
                answer = self._client.get(address)
                continue
            assert answer.status_code == 200, answer.text
            [target] = re.findall(r'<form[^>]* action="([^"]+)" method="post"', answer.text)
            self.asked += 1
            form = {"prompt": "login", "login": self.login, "password": "any"}
            answer = self._client.post(target, data=form)
        raise AssertionError("the provider goes round in a circle")
