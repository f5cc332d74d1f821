"""Tab and Enter after a response whose every name is an attack: nothing runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ATTACK = "x}}`touch PWNED`{{last.status=1"
FIELDS = (ATTACK, "`touch PWNED`", "y | touch PWNED", "z > PWNED", "name=@/etc/passwd", "{{$env.HOME}}")


class Hostile(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(
            {"next": f"{self.server.address}/x|touch{{{{}}}}`PWNED`", **dict.fromkeys(FIELDS, 1)}
        ).encode()
        self.send_response(200)
        self.send_header("Set-Cookie", f"{ATTACK}; Path=/")
        self.send_header("Set-Cookie", "`touch PWNED`=2; Path=/")
        self.send_header("Link", "</y|touch PWNED>; rel=next, </`touch PWNED`>; rel=prev")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


@pytest.mark.parametrize(
    ("typed", "inserted"),
    [
        ("unset cookie x", "unset cookie 'x}}`touch PWNED`"),
        ("post /x y", "post /x 'y | touch PWNED':="),
        ("post /x `", "post /x '`touch PWNED`':="),
        ("get /y", "get '/y|touch PWNED'"),
        ("replay x", "replay 'x`touch PWNED`.http'"),
        ("set option env x", "set option env 'x}}`touch PWNED`"),
        ("get /x > y", "get /x > 'y;`touch PWNED`'"),
    ],
)
def test_what_tab_inserts_is_quoted_and_enter_runs_nothing(
    terminal, hostile: str, tmp_path: Path, typed: str, inserted: str
) -> None:
    (tmp_path / "http-client.env.json").write_text(json.dumps({name: {} for name in (*FIELDS, "dev")}))
    for name in ("x`touch PWNED`.http", "y;`touch PWNED`"):
        (tmp_path / name).touch()
    shell = terminal(hostile)
    shell.type("get /a -h")
    shell.prompted()

    for _ in range(20):  # a Tab that comes while candidates are being gathered is lost: the line is typed anew
        shell.send("\x15" + typed)
        for _ in range(5):
            shell.read()
        shell.send("\t")
        for _ in range(10):
            shell.read()
            if f"> {inserted}" in shell.text:
                break
        if f"> {inserted}" in shell.text:
            break
    shell.see(inserted)
    shell.send("\r\x03")
    shell.see(f"> {inserted}")
    shell.send("! echo do''ne\r")
    shell.see("\ndone")

    assert not list(tmp_path.rglob("PWNED"))
