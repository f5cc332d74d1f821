"""One set of requests as users of three tools write it."""

from __future__ import annotations

from pathlib import Path

from tests.support.rows import check_rows

from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import lint
from callbox.httpfile.source_and_diagnostics import joined

FILES = Path(__file__).parent / "files"
NAMES = ["rest-client", "jetbrains", "visual-studio"]


def script(name: str) -> Script:
    path = FILES / f"{name}.http"
    return parse(path.read_bytes(), path.name)


@check_rows("name", NAMES)
def test_nothing_is_wrong_with_the_file(name: str) -> None:
    assert lint(script(name)) == ()


@check_rows("name", NAMES)
def test_the_file_holds_the_eight_requests(name: str) -> None:
    steps = script(name).steps

    assert [step.method for step in steps] == ["GET", "POST", "GET", "POST", "GET", "POST", "PUT", "DELETE"]
    assert [step.body.kind for step in steps] == ["none", "json", "none", "json", "none", "form", "json", "none"]


@check_rows("name", NAMES)
def test_the_bodies_are_the_same_to_the_byte(name: str) -> None:
    author = "Charlotte Brontë"
    bodies = [joined(step.body.texts).replace("{{author}}", author) for step in script(name).steps]

    assert bodies[1] == '{\n  "user": "ann",\n  "password": "secret"\n}'
    assert bodies[3] == f'{{\n  "title": "Villette",\n  "author": "{author}",\n  "year": 1853\n}}'
    assert bodies[5] == "title=Villette&author=Bront%C3%AB&copies=2"


def test_a_folded_header_is_one_line() -> None:
    header = script("jetbrains").steps[4].header("x-reader")

    assert header is not None
    assert header.text == "ann of the library"
