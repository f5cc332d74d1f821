"""Which CA certificates the command line counts: --ca, the configuration file, then the variables of the environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from tests.support import processes
from tests.support.server import OK, Recorder, make_context


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a server with TLS, and a folder: right.pem vouches for it, other.pem does not."""
    folder = tmp_path_factory.mktemp("ca")
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    with Recorder(lambda _: OK, make_context(folder / "right.pem")) as server:
        (folder / "flow.http").write_text(f"GET {server.url}/\n")
        yield f"{server.url}/", folder


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
        ([], {"SSL_CERT_FILE": "gone.pem"}, 2, "SSL_CERT_FILE names this file"),
    ],
    ids=str,
)
@pytest.mark.parametrize("program", ["shell", "replay"])
def test_which_certificates_count(place, words, environ, code, told, program) -> None:
    asked = ["-c", f"get {place[0]} -b"] if program == "shell" else ["flow.http"]
    found = run(place, [*(["replay"] if program == "replay" else []), *words, *asked], **environ)

    said = found.stdout + found.stderr
    assert (found.returncode, told in said, "Traceback" in said) == (code, True, False), said
