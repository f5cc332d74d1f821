"""Tab and Enter after a response whose every name is an attack: nothing runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Recorder, make_response

ATTACK = "x}}`touch PWNED`{{last.status=1"
FIELDS = (ATTACK, "`touch PWNED`", "y | touch PWNED", "z > PWNED", "name=@/etc/passwd", "{{$env.HOME}}")


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with Recorder(lambda _: response) as server:
        document = {"next": f"{server.url}/x|touch{{{{}}}}`PWNED`", **dict.fromkeys(FIELDS, 1)}
        response = make_response(
            json.dumps(document).encode(),
            f"Set-Cookie: {ATTACK}; Path=/",
            "Set-Cookie: `touch PWNED`=2; Path=/",
            "Link: </y|touch PWNED>; rel=next, </`touch PWNED`>; rel=prev",
        )
        yield server.url


@pytest.mark.parametrize(
    ("typed", "inserted"),
    [
        ("unset cookie x", "unset cookie 'x}}`touch PWNED`"),
        ("post /a y", "post /a 'y | touch PWNED':="),
        ("post /a `", "post /a '`touch PWNED`':="),
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
