"""The standard input as a body: read once, and never where the commands come from it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.support import processes

from callbox.practice import Practice


def callbox(*words: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    return processes.run(*words, given=given, text=False)


@pytest.mark.parametrize("word", ["@-", "@/dev/stdin", "--body @-", "f@-", "a=@-"])
def test_a_body_from_a_pipe(api: Practice, word: str) -> None:
    done = callbox("-c", f"post {api.url}/echo {word} -b", given=b"from the pipe")

    assert b"from the pipe" in done.stdout, done.stderr
    assert b'"content-length": "0"' not in done.stdout.lower()


@pytest.mark.parametrize(("items", "size"), [([], "7"), (["--form"], "7"), (["Transfer-Encoding:chunked"], None)])
def test_body_from_a_short_pipe_has_a_length(api: Practice, items: list[str], size: str | None) -> None:
    done = callbox("post", f"{api.url}/echo", *items, "-b", given=b'{"a":1}')

    assert json.loads(done.stdout)["headers"].get("Content-Length") == size


@pytest.mark.parametrize(
    ("words", "given", "is_told"),
    [
        (["post", "a=1"], b'{"z": 1}', True),
        (["put", "--body", "x"], b'{"z": 1}', True),
        (["post", "a=1"], b"", False),
        (["post", "a=@-"], b"z", False),
        (["get", "a==1"], b"z", False),
    ],
)
def test_pipe_beside_a_body_is_told(api: Practice, words: list[str], given: bytes, is_told: bool) -> None:
    done = callbox(words[0], f"{api.url}/echo", *words[1:], "-b", given=given)

    assert done.returncode == 0, done.stderr
    assert (b"the standard input is not sent" in done.stderr) == is_told


def test_body_from_a_long_pipe_is_chunked(api: Practice) -> None:
    done = callbox("post", f"{api.url}/upload", "-b", given=b"x" * 1_500_000)

    answer = json.loads(done.stdout)
    assert (answer["size"], answer["chunked"]) == (1_500_000, True)


def test_body_from_a_short_pipe_follows_a_redirect(api: Practice) -> None:
    done = callbox("post", f"{api.url}/redirect-to?url=/echo&status=307", "-b", given=b'{"a":1}')

    assert json.loads(done.stdout)["body"] == '{"a":1}'


def test_a_line_of_curl_reads_the_standard_input(api: Practice) -> None:
    done = callbox("-c", f"curl {api.url}/echo -d @-", given=b"from the pipe")

    assert b"from the pipe" in done.stdout, done.stderr


@pytest.mark.parametrize("word", ["@-", "@/dev/stdin", "--body @-", "f@-", "a=@-", "a:=@/dev/stdin"])
def test_the_commands_are_no_body(api: Practice, word: str) -> None:
    done = callbox(given=f"post {api.url}/echo {word}\nget {api.url}/ping\n".encode())

    assert b"callbox reads the commands from it" in done.stderr
    assert done.returncode == 2


def test_what_was_read_is_not_there_again(api: Practice) -> None:
    line = f"post {api.url}/echo @-"
    done = callbox("-c", line, "-c", line, given=b"data")

    assert b"was read already" in done.stderr


SCRIPT = "POST {url}/echo\nContent-Type: text/plain\n\n< {path}\n"


@pytest.mark.parametrize("text", [SCRIPT, "POST {url}/echo\n\nbefore\n< {path}\nafter\n"])
def test_a_script_sends_the_standard_input(api: Practice, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.http"
    path.write_text(text.format(url=api.url, path="/dev/stdin") + "\n>> out.json\n")

    done = callbox("replay", str(path), given=b"from the pipe")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "from the pipe" in json.loads((tmp_path / "out.json").read_bytes())["body"]


def test_a_script_from_the_standard_input_is_no_body(api: Practice) -> None:
    done = callbox("replay", "-", given=SCRIPT.format(url=api.url, path="/dev/stdin").encode())

    assert b"callbox reads the requests from it" in done.stdout + done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    "text",
    [
        "POST {url}/echo\n\n<@ /dev/stdin",
        "curl {url}/echo -d @/dev/stdin",
        "# @name a\ncurl {url}/echo --data-binary @/dev/stdin -H 'X: {{{{$uuid}}}}'",
        "# @retry 2 0s\nPOST {url}/echo\nX: {{{{$uuid}}}}\n\n<@ /dev/stdin",
    ],
)
def test_what_is_looked_at_before_it_is_sent_is_read_once(api: Practice, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.http"
    path.write_text("@v=filled\n\n" + text.format(url=api.url) + "\n\n>> out.json\n")

    done = callbox("replay", str(path), given=b"from the pipe")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "from the pipe" in (tmp_path / "out.json").read_text()


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no /proc here")
@pytest.mark.parametrize("text", ["< /proc/version", "x\n< /proc/version"])
def test_a_script_sends_a_file_without_a_size(api: Practice, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.http"
    path.write_text(f"POST {api.url}/echo\nContent-Type: text/plain\n\n{text}\n\n>> out.json\n")

    done = callbox("replay", str(path), given=b"")

    assert done.returncode == 0, done.stdout + done.stderr
    assert Path("/proc/version").read_text() in json.loads((tmp_path / "out.json").read_bytes())["body"]
