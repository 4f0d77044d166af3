"""The real nginx and Caddy with the examples of deploy/, on a free port and a folder of the test's own."""

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped] # ships no types
import zstandard

from tests.nodes import free_port, program, wait_for

_EXAMPLES = Path(__file__).parent.parent / "deploy"
_BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
_UNPACK = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """A running one."""

    port: int
    #: The process stands or does not stand behind it here.
    upstream_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> Answer:
        """`Accept_Language="fr"` sets that header; nothing is asked for that is not said."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            came = connection.getresponse()
            packed, found = came.read(), {name.lower(): text for name, text in came.getheaders()}
        finally:
            connection.close()
        body = _UNPACK[found.get("content-encoding", "")](packed) if packed else b""
        return Answer(status=came.status, headers=found, body=body)


@contextmanager
def nginx(site: Path, folder: Path) -> Iterator[WebServer]:
    """`site` is what `current` lies in."""
    server = WebServer(port=free_port(), upstream_port=free_port())
    example = _moved((_EXAMPLES / "nginx.conf").read_text("utf-8"), site, server)
    example = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{server.port};", example)
    example = re.sub(r"^ *ssl_certificate.*$", "", example, flags=re.MULTILINE)
    if _BROTLI.is_file():
        example = example.replace("#brotli_static on;", "brotli_static on;")
    with nginx_running(example, server.port, folder):
        yield server


@contextmanager
def nginx_running(example: str, port: int, folder: Path) -> Iterator[None]:
    """nginx with what `example` says inside `http { … }`, until the end."""
    modules = f"load_module {_BROTLI};\n" if _BROTLI.is_file() else ""
    # Root's test folders are closed to the user that workers otherwise run as.
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{modules}{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ include /etc/nginx/mime.types; access_log off; keepalive_requests 1000000000;\n"
        f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n{example}\n}}\n",
        encoding="utf-8",
    )
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or program("nginx")
    command = [path, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with _running(command, port):
        yield


@contextmanager
def caddy(site: Path, folder: Path) -> Iterator[WebServer]:
    """`site` is what `current` lies in."""
    server = WebServer(port=free_port(), upstream_port=free_port())
    example = _moved((_EXAMPLES / "Caddyfile").read_text("utf-8"), site, server)
    example = example.replace("status.example.com {", f"http://127.0.0.1:{server.port} {{")
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder}/data\n}}\n{example}", encoding="utf-8"
    )
    command = [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, server.port):
        yield server


def _moved(example: str, site: Path, server: WebServer) -> str:
    return example.replace("/srv/forewarn", str(site)).replace("127.0.0.1:8000", f"127.0.0.1:{server.upstream_port}")


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), command[0])
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
