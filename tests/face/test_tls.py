"""TLS settings, by each way that a request may go."""

from __future__ import annotations

from typing import Any

import pytest
import trustme

import callbox
from callbox import HTTPAdapter


@pytest.fixture
def tls(tmp_path) -> Any:
    """A server that speaks TLS, and its authority's file."""
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    yield f"https://127.0.0.1:{server.server_port}", str(file)
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize("way", ["plain", "hook", "pools"])
def test_certificates_are_checked_with_the_file_that_was_named(s, tls, way):
    url, ca = tls
    hooks = {"response": lambda r, **_: None} if way == "hook" else None
    if way == "pools":
        s.mount("https://", HTTPAdapter(pool_block=True))

    with pytest.raises(callbox.SSLError):
        s.get(url, hooks=hooks)
    assert s.get(url, verify=ca, hooks=hooks).text == "ok"
    s.verify = ca
    assert s.get(url, hooks=hooks).text == "ok"


def test_a_missing_file_is_an_os_error(s):
    with pytest.raises(OSError, match="CA file not found"):
        s.get("https://127.0.0.1:9/", verify="/nowhere.pem")


def test_a_hint_is_in_a_programs_words(s, api):
    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(api + "/slow?s=5", timeout=0.1)

    assert caught.value.hint == "timeout=SECONDS"
