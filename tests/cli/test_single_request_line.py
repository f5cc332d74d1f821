"""`callbox get URL ITEM..`: the words of the command line as one line of the shell."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes
from tests.support.closed_port import CLOSED
from tests.support.silent_server import SilentServer

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.single_request_line import find_method, read_one_shot, write_request
from callbox.errors import UsageError
from callbox.practice import Practice
from callbox.shell.line.lexer import split


def callbox(*words: str, given: Any = subprocess.DEVNULL, **environ: str) -> subprocess.CompletedProcess[bytes]:
    options = {"given": given} if isinstance(given, bytes) else {"stdin": given}
    return processes.run(*words, env=os.environ | environ, text=False, **options)


def line_of(*words: str) -> str:
    method = find_method(words)
    return read_one_shot(words, method).commands[-1]


def test_hint_of_a_single_request_names_the_flag() -> None:
    with SilentServer() as server:
        done = callbox("get", server.url, "--timeout", "0.05")

    assert b"--timeout SECONDS" in done.stderr
    assert b"set option" not in done.stderr


@pytest.fixture(autouse=True)
def no_input(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.dup(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    yield
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (("get", "/x"), 0),
        (("PUT", "/x"), 0),
        (("preview", "get"), 0),
        (("https://a.x", "get", "/x"), 1),
        (("--session", "get", "post"), 2),
        (("--session=get", "post"), 1),
        (("--insecure", "get"), 1),
        (("-c", "get"), -1),
        (("-f", "send"), -1),
        (("https://a.x",), -1),
        (("replay", "x.http"), -1),
        ((), -1),
    ],
)
def test_the_word_that_begins_a_request_is_found(words: tuple[str, ...], at: int) -> None:
    assert find_method(words) == at


@pytest.mark.parametrize(
    "word",
    [
        "title=a b", "X-A: b c", "a=it's", 'a="b"', "a=`date`", "a=$HOME", "a=x|y", "a=1>2", "a=#b", "a=line\nbreak",
        "a=\x1b[31m", "a=back\\slash", "a=\udcff", "--body=a | b", "#", "!x", "a:=[1, 2]",
    ],
)  # fmt: skip
def test_each_word_stays_one_word(word: str) -> None:
    line = split(write_request(["get", "/x", word, "-b"]))

    assert [found.text for found in line.words] == ["get", "/x", word, "-b"]
    assert line.redirect is None


@pytest.mark.parametrize(
    ("words", "program", "line"),
    [
        (("get", "/x", "--session", "w", "-b"), Arguments(session="w"), "get /x -b"),
        (("get", "/x", "--session=w"), Arguments(session="w"), "get /x"),
        ((":8000", "get", "/x", "--check-status"), Arguments(":8000", checks_status=True), "get /x"),
        (("get", "/x", "-e", "dev"), Arguments(options=(("env", "dev"),)), "get /x"),
        (("get", "/x", "--color", "never"), Arguments(options=(("color", "never"),)), "get /x"),
        (("post", "/x", "-f", "a=1"), Arguments(), "post /x -f a=1"),
        (("post", "/x", "--body", "--session"), Arguments(), "post /x --body --session"),
        (("get", "/x", "--verify", "no"), Arguments(), "get /x --verify no"),
        (("-q", "get", "/x", "-q"), Arguments(is_quiet=True), "get /x -q"),
        (("-c", "set var a 1", "get", "/x"), Arguments(commands=("set var a 1",)), "get /x"),
    ],
)
def test_options_of_the_program_stand_on_both_sides(words: tuple[str, ...], program: Arguments, line: str) -> None:
    found = read_one_shot(words, find_method(words))

    assert found == program._replace(commands=(*program.commands, line), is_single_request=True)


@pytest.mark.parametrize("words", [("-f", "lines", "get", "/x"), ("-", "get", "/x")])
def test_lines_of_a_file_do_not_go_with_a_request(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="cannot be used together"):
        read_one_shot(words, find_method(words))


def test_help_behind_a_method_is_that_of_the_command() -> None:
    assert line_of("get", "/x", "--help") == "help get"


def test_a_request_is_sent_and_its_content_is_on_standard_output(api: Practice) -> None:
    done = callbox("get", f"{api.url}/ping")

    assert (done.returncode, done.stdout) == (0, b'{"pong": true}\n')
    assert done.stderr == b"HTTP/1.1 200 OK  connection 1 new\n"


def test_items_and_flags_are_those_of_the_line(api: Practice) -> None:
    words = ("title=a b", "n:=[1, 2]", "q==x y", "X-A: b c", "secret={{$env.ONE}}", "-b")
    sent = json.loads(callbox("post", f"{api.url}/echo", *words, ONE="1").stdout)

    assert sent["json"] == {"title": "a b", "n": [1, 2], "secret": "1"}
    assert sent["query"] == [["q", "x y"]]
    assert sent["headers"]["X-A"] == "b c"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("get", "{url}/status/404"), 0),
        (("get", "{url}/status/404", "--check-status"), 1),
        (("get", "{url}/x", "--nonsense"), 2),
        (("get", "{url}/x", "nonsense"), 2),
        (("get", "/x"), 2),
        (("get", "{url}/x", "@missing"), 2),
        (("get", "http://{closed}/"), 3),
    ],
)
def test_exit_codes_are_those_of_lines(api: Practice, words: tuple[str, ...], code: int) -> None:
    assert callbox(*(word.format(url=api.url, closed=CLOSED) for word in words)).returncode == code


def test_a_session_is_opened_and_saved(api: Practice, tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    callbox(api.url, "-c", "set header X-A 1", "--session", "w", **home)

    sent = json.loads(callbox("get", "/echo", "--session", "w", **home).stdout)

    assert sent["headers"]["X-A"] == "1"


@pytest.mark.parametrize(
    ("words", "given", "media_type"),
    [
        ((), b' {"a": 1}', "application/json"),
        ((), b"[1]", "application/json"),
        ((), b"text", "application/octet-stream"),
        (("--form",), b"a=1", "application/x-www-form-urlencoded"),
        (("--json",), b"1", "application/json"),
        (("Content-Type:text/csv",), b"a,b", "text/csv"),
        (("@-",), b'{"a": 1}', "application/json"),
        (("--body", "@-"), b'{"a": 1}', "application/json"),
        (("@-", "--form"), b"a=1", "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("is_pipe", [True, False])
def test_the_standard_input_is_the_body(
    api: Practice, tmp_path: Path, words: tuple[str, ...], given: bytes, media_type: str, is_pipe: bool
) -> None:
    path = tmp_path / "body"
    path.write_bytes(given)
    with path.open("rb") as file:
        done = callbox("post", f"{api.url}/echo", *words, given=given if is_pipe else file)

    sent = json.loads(done.stdout)
    assert (sent["body"].encode(), sent["headers"]["Content-Type"]) == (given, media_type)


@pytest.mark.parametrize("words", [("a=1",), ("--body", "a"), ('{"a": 1}',), ("a:=1", "--form")])
def test_a_body_in_words_leaves_the_standard_input_alone(api: Practice, words: tuple[str, ...]) -> None:
    sent = json.loads(callbox("post", f"{api.url}/echo", *words, given=b"not read").stdout)

    assert "not read" not in sent["body"]


@pytest.mark.parametrize("given", [b"", subprocess.DEVNULL])
def test_nothing_on_standard_input_is_no_body(api: Practice, given: Any) -> None:
    sent = json.loads(callbox("post", f"{api.url}/echo", given=given).stdout)

    assert "Content-Type" not in sent["headers"]
    assert "Transfer-Encoding" not in sent["headers"]


@pytest.mark.parametrize("method", ["get", "delete", "head"])
def test_the_standard_input_of_a_loop_is_not_sent_without_a_word(api: Practice, method: str) -> None:
    done = callbox(method, f"{api.url}/echo", "-v", given=b"next line of the loop")

    assert b"next line" not in done.stdout


def test_a_body_of_a_pipe_is_not_sent_twice_by_halves(api: Practice) -> None:
    done = callbox("-c", f"post {api.url}/upload @-", "-c", "again", given=b"x" * 1_500_000)

    assert done.returncode == 2
    assert b"was read already" in done.stderr


def test_a_person_at_a_terminal_sees_the_whole_response(api: Practice) -> None:
    leader, follower = pty.openpty()
    done = processes.run("get", f"{api.url}/ping", stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)

    shown = os.read(leader, 65536).decode()
    os.close(leader)

    assert done.returncode == 0
    assert "Content-Type" in shown
    assert "\x1b[" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("get", "{url}/ping", "-q"),
        ("get", "{url}/ping", "--quiet"),
        ("-q", "get", "{url}/ping"),
        ("-q", "-c", "set header X-A 1", "-c", "get {url}/ping", "-c", "unset header X-A"),
        ("-c", "get {url}/ping -qb"),
        ("-q", "-c", "get {url}/redirect-to?url=/ping"),
        ("-q", "-c", "get {url}/ping > /dev/stdout"),
    ],
)
def test_quiet_leaves_standard_error_empty(api: Practice, words: tuple[str, ...]) -> None:
    done = callbox(*(word.replace("{url}", api.url) for word in words))

    assert (done.stdout, done.stderr, done.returncode) == (b'{"pong": true}\n', b"", 0)


def test_quiet_shows_errors(api: Practice) -> None:
    done = callbox("get", f"http://{CLOSED}/", "-q")

    assert b"Connection refused" in done.stderr
    assert done.returncode == 3


def test_quiet_is_of_one_line(api: Practice) -> None:
    done = callbox("-c", f"get {api.url}/ping -q", "-c", f"get {api.url}/ping")

    assert done.stderr == b"HTTP/1.1 200 OK  connection 1 reused\n"


def test_a_curl_command_is_sent_as_at_the_prompt(api: Practice) -> None:
    done = callbox("curl", "-s", "-X", "PUT", "-H", "X-A: it's", f"{api.url}/echo", "-d", "a=b c", "-o", "-")

    assert done.returncode == 0, done.stderr
    received = json.loads(done.stdout)
    assert (received["method"], dict(received["headers"])["X-A"]) == ("PUT", "it's")


def test_options_of_the_program_stand_before_curl() -> None:
    assert line_of("--quiet", "curl", "-d", "a b", "http://a.x") == "curl -d 'a b' http://a.x"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/bearer", "the server asks for a token: --auth-type bearer --auth TOKEN"),
        ("/basic-auth", "the server asks who you are: --auth USER"),
        ("/digest-auth", "the server asks who you are: --auth-type digest --auth USER"),
    ],
)
def test_401_of_a_single_request_names_the_flags_that_authenticate(api: Practice, path: str, hint: str) -> None:
    assert hint in callbox("get", api.url + path).stderr.decode()


def test_401_of_a_line_of_several_names_the_command(api: Practice) -> None:
    assert "set auth bearer TOKEN" in callbox(api.url, "-c", "get /bearer").stderr.decode()


@pytest.mark.parametrize(("words", "is_told"), [((), True), (("-",), False)])
def test_lines_from_a_terminal_without_a_prompt_are_announced(
    api: Practice, words: tuple[str, ...], is_told: bool
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"get /ping -b\n\x04")
    try:
        done = callbox(api.url, *words, given=theirs)
    finally:
        os.close(theirs)
        os.close(ours)

    assert b"pong" in done.stdout
    assert (b"reading lines without a prompt" in done.stderr) is is_told
