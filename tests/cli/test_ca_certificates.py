"""Which CA certificates the command line counts: --ca, the configuration file, then the variables of the environment."""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme
from tests.support import processes


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a server with TLS, and a folder: right.pem vouches for it, other.pem does not."""
    folder = tmp_path_factory.mktemp("ca")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "right.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}/"
    (folder / "flow.http").write_text(f"GET {url}\n")
    yield url, folder
    server.shutdown()
    server.server_close()


def run(place: tuple[str, Path], words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    return processes.run(*words, cwd=place[1], env={**os.environ, **environ})


@pytest.mark.parametrize(
    ("words", "environ", "code", "told"),
    [
        ([], {"REQUESTS_CA_BUNDLE": "right.pem", "SSL_CERT_FILE": "other.pem"}, 0, ""),
        ([], {"CURL_CA_BUNDLE": "right.pem", "SSL_CERT_DIR": "gone"}, 0, ""),
        ([], {"SSL_CERT_FILE": "right.pem"}, 0, ""),
        (["--ca", "right.pem"], {"REQUESTS_CA_BUNDLE": "other.pem"}, 0, ""),
        ([], {"CALLBOX_CA": "right.pem", "REQUESTS_CA_BUNDLE": "other.pem"}, 0, ""),
        (["--insecure"], {"REQUESTS_CA_BUNDLE": "gone.pem"}, 0, ""),
        (["--ca", "other.pem"], {"REQUESTS_CA_BUNDLE": "right.pem"}, 3, "certificate"),
        ([], {"REQUESTS_CA_BUNDLE": "gone.pem"}, 2, "CA file not found: gone.pem"),
        ([], {"SSL_CERT_FILE": "gone.pem"}, 2, "SSL_CERT_FILE names it"),
    ],
    ids=str,
)
@pytest.mark.parametrize("program", ["shell", "replay"])
def test_which_certificates_count(place, words, environ, code, told, program) -> None:
    asked = ["-c", f"get {place[0]} -b"] if program == "shell" else ["flow.http"]
    found = run(place, [*(["replay"] if program == "replay" else []), *words, *asked], **environ)

    said = found.stdout + found.stderr
    assert (found.returncode, told in said, "Traceback" in said) == (code, True, False), said
