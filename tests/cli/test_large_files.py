"""A file that is far too large to be read into memory is refused in one line, before it is read."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.support import processes

SIZE = 3_000_000_000
"""The size of a sparse file, which takes no space on the disk."""
LIMIT = re.compile(r"is larger than \d+ MB, the most that is read|has more than [\d,]+ bytes")


def refusal(folder: Path, words: list[str], code: int) -> str:
    """The output of a command that must be refused. `big` and `big.http` in its folder are sparse files."""
    for name in ("big", "big.http"):
        with (folder / name).open("wb") as file:
            file.truncate(SIZE)
    (folder / "ok.http").write_text("GET http://127.0.0.1:1/\n")

    done = processes.run(*words, cwd=folder, env=os.environ | {"NETRC": str(folder / "big")}, given="")

    said: str = done.stdout + done.stderr
    assert done.returncode == code, said
    return said


@pytest.mark.parametrize(
    "words",
    [
        ["convert", "big", "--to", "out"],
        ["check", "ok.http", "--openapi", "big"],
        ["replay", "ok.http", "--openapi", "big"],
        ["replay", "ok.http", "--vars-file", "big"],
        ["replay", "ok.http", "--secrets-file", "big"],
        ["replay", "ok.http", "--cookie-jar", "big"],
        ["--config", "big", "-c", "show session"],
        ["-f", "big"],
        ["127.0.0.1:1", "-c", "source big"],
        ["127.0.0.1:1", "-c", "replay big"],
        ["127.0.0.1:1", "-c", "ls big.http"],
        ["127.0.0.1:1", "-c", "import openapi big"],
        ["127.0.0.1:1", "-c", "import cookies big"],
        ["127.0.0.1:1", "-c", "get / a=@big"],
        ["127.0.0.1:1", "-c", "post / a:=@big"],
        ["127.0.0.1:1", "-c", "curl / -d @big"],
        ["127.0.0.1:1", "-c", "curl / -b big"],
        ["127.0.0.1:1", "--netrc", "yes", "-c", "get /"],
    ],
    ids=" ".join,
)
def test_large_file_of_a_command_is_refused(tmp_path: Path, words: list[str]) -> None:
    assert LIMIT.search(refusal(tmp_path, words, code=2))


@pytest.mark.parametrize("verb", ["replay", "check"])
@pytest.mark.parametrize(
    "text",
    [
        "# @import big.http\nGET http://127.0.0.1:1/",
        "import big.http\n\n###\nGET http://127.0.0.1:1/",
        "run ./big.http",
        "POST http://127.0.0.1:1/\n\n<@ big",
        "POST http://127.0.0.1:1/\n\n<@latin1 big",
        "GRAPHQL http://127.0.0.1:1/\n\n< big",
        "curl http://127.0.0.1:1/ -d @big",
        "curl http://127.0.0.1:1/ -b big",
    ],
    ids=lambda text: text.replace("\n", " "),
)
def test_large_file_that_a_script_names_has_its_place(tmp_path: Path, verb: str, text: str) -> None:
    (tmp_path / "a.http").write_text(text + "\n")

    said = refusal(tmp_path, [verb, "a.http"], code=2)

    assert re.search(r"a\.http:\d+:\d+: .*is larger than \d+ MB", said)


@pytest.mark.parametrize("name", ["http-client.env.json", ".env", "dev.env", "http-client.private.env.json"])
def test_large_file_of_an_environment_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("big")

    assert LIMIT.search(refusal(tmp_path, ["replay", "ok.http", "-e", "dev"], code=2))


def test_environment_of_more_than_16_mb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dev.env").write_text("a=" + "1" * 16_000_000 + "\n")

    assert "dev.env is larger than 16 MB" in refusal(tmp_path, ["replay", "ok.http", "-e", "dev"], code=2)


def test_endless_device_as_text_of_a_body_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("POST http://127.0.0.1:1/\n\n<@ /dev/zero\n")

    assert "The file is larger than 256 MB" in refusal(tmp_path, ["replay", "a.http"], code=2)
