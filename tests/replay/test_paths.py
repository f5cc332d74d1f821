"""Paths as Windows writes them: the same script is run by CI elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("text", "lines", "bodies"),
    [
        pytest.param("POST BASE/\n\n< .\\in\\a.txt", ["POST /"], [b"AA"], id="file"),
        pytest.param("POST BASE/\n\n<@ in\\a.txt", ["POST /"], [b"AA"], id="file filled"),
        pytest.param("import in\\part.http\nrun #there", ["GET /there"], [b""], id="import"),
        pytest.param("run .\\in\\part.http", ["GET /there"], [b""], id="run"),
    ],
)
def test_backslashes_lead_into_folders(run, server, tmp_path: Path, text, lines, bodies) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"AA")
    (tmp_path / "in" / "part.http").write_text(f"### there\nGET {server.url}/there")

    run(text)

    assert (server.lines, server.bodies) == (lines, bodies)


def test_a_name_with_a_backslash_is_found_first(run, server, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"folder")
    (tmp_path / "in\\a.txt").write_bytes(b"name")

    run("POST BASE/\n\n< in\\a.txt")

    assert server.bodies == [b"name"]


def test_an_answer_is_written_into_the_folder(run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    run("GET BASE/\n\n>>! .\\out\\a.txt")

    assert (tmp_path / "out" / "a.txt").read_bytes() == b"ok"


def test_what_is_missing_is_told_as_it_is_written(run) -> None:
    (result,) = run("POST BASE/\n\n< .\\in\\a.txt")

    assert ".\\in\\a.txt" in result.error.message
