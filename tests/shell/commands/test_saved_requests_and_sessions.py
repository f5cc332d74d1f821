"""Requests kept by name: what was said comes back as said, secrets are asked for, the session of the day is merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context_builder import build_context


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "callbox" / "requests"


@pytest.mark.parametrize(
    "line",
    [
        "get /echo",
        "get echo page==1 page==2 X-A:1 X-A:2",
        "get '/echo?a=1&b=%20c'",
        "get /echo Accept: User-Agent;",
        "post /echo name=Ann age:=1.50 a[b][]=c",
        "post /echo --form name=Ann x='a b&c'",
        "post /echo --body 'plain text, {{x}} not meant \\{{y}}'",
        'post /echo --body \'{"b": 1, "a": 1e400}\'',
        "put /echo @in.bin",
        "post /echo name=Ann photo@in.bin --multipart",
        "send QUERY /echo a=1",
        "get /echo --timeout 5s --no-follow --path-as-is",
        "get /echo --no-session",
    ],
)
def test_the_typed_request_is_sent_again(shell, line: str) -> None:
    Path("in.bin").write_bytes(bytes(range(256)))
    shell.context.session.vars.update(x="X", y="Y")
    shell.say("set header X-Session 1")
    first = shell.record(line)
    shell.say("save request it")

    again = shell.record("send it")

    def sent(record) -> tuple:
        outgoing = record.outgoing
        body = b"".join(outgoing.content.chunks()) if outgoing.content is not None else None
        headers = [(f.name, f.value) for f in outgoing.headers]
        if outgoing.content is not None and outgoing.content.kind == "multipart":
            bounds = [r.outgoing.content.media_type.partition("boundary=")[2] for r in (first, again)]
            body = body.replace(bounds[0].encode(), b"B").replace(bounds[1].encode(), b"B")
            headers = [(name, value) for name, value in headers if name != "Content-Type"]
        return outgoing.method, outgoing.url.text, headers, body, record.draft.options

    assert sent(again) == sent(first)


@pytest.mark.parametrize(
    ("line", "answers", "secret"),
    [
        ("get /echo X-Api-Key:hunter2hunter2", ["X-Api-Key"], "X-Api-Key"),
        ("get '/echo?api_key=hunter2hunter2&a=1'", ["api_key"], "api_key"),
        ("get /echo api_key==hunter2hunter2", ["api_key"], "api_key"),
        ("post /echo user=ann password=hunter2hunter2", ["password"], "password"),
        ("post /echo --form user=ann password=hunter2hunter2 a=1", ["password"], "password"),
        ("post /echo --multipart user=ann password=hunter2hunter2", ["password"], "password"),
    ],
    ids=["header", "url", "query", "JSON", "form", "multipart"],
)
def test_a_secret_is_not_saved_but_asked_for(shell, home: Path, line: str, answers: list[str], secret: str) -> None:
    shell.record(line)
    shell.say("save request it")
    shell.answers = ['n3w "&=\\ p']

    echo = shell.body("send it").decode()

    assert "hunter2" not in (home / "it.toml").read_text()
    assert shell.asked == [(secret, True)]
    assert "n3w" in echo
    assert "hunter2" not in echo


def test_a_typed_reply_is_plain_text(shell) -> None:
    shell.record("post /echo user=ann password=x")
    shell.say("save request it")
    shell.answers = ['a", "admin": "yes']

    record = shell.record("send it")

    assert record.outgoing.content.data == b'{"user": "ann", "password": "a\\", \\"admin\\": \\"yes"}'


def test_a_relative_request_is_below_the_base_of_the_day(shell, api) -> None:
    shell.run("get /echo a==1")
    shell.say("save request it", f"set base {api.url.replace('127.0.0.1', 'localhost')}")

    assert shell.record("send it").outgoing.url.text == f"{api.url.replace('127.0.0.1', 'localhost')}/echo?a=1"


def test_what_the_session_added_is_not_saved(shell, home: Path) -> None:
    shell.say("set header X-Session 1", "set auth bearer abc")
    shell.run("get /echo")
    shell.say("save request it")

    assert "X-Session" not in (home / "it.toml").read_text()
    assert "abc" not in (home / "it.toml").read_text()


def test_items_change_a_saved_request(shell) -> None:
    shell.run("post /echo X-A:1 name=Ann age:=1")
    shell.say("save request it")

    record = shell.record("send it X-A:2 age:=2")

    assert record.outgoing.content.data == b'{"name": "Ann", "age": 2}'
    assert [field.value for field in record.outgoing.headers if field.name == "X-A"] == ["2"]


def test_a_saved_request_is_previewed(shell) -> None:
    shell.run("get /echo page==7")
    shell.say("save request it")

    assert "GET /echo?page=7" in shell.say("preview send it")


@pytest.fixture
def saved(shell):
    """A shell with one saved request."""
    shell.run("get '/echo?token=abc'")
    shell.say("save request login")
    return shell


def test_a_saved_request_is_listed_without_its_secret(saved) -> None:
    assert saved.say("show requests").splitlines()[1].split() == ["login", "GET", "/echo?token=?"]


@pytest.mark.parametrize("line", ["send lo", "unset request l"])
def test_a_saved_request_is_completed(saved, line: str) -> None:
    assert complete(line, len(line), build_context(saved.context))[0].text == "login"


def test_a_saved_request_can_be_removed(saved) -> None:
    assert saved.say("unset request login") == "removed request 'login'\n"
    assert saved.say("show requests") == "no saved request\n"


def test_a_name_that_is_not_there_has_a_neighbour(shell) -> None:
    shell.run("get /echo")
    shell.say("save request login")

    assert shell.fail("send logn") == "No saved request 'logn' Did you mean 'login'?"
    assert shell.fail("unset request logn") == "No request 'logn' Did you mean 'login'?"
    assert shell.record("send OPTIONS").outgoing.method == "OPTIONS"
    assert shell.record("send FROB /echo").outgoing.method == "FROB"


def test_a_request_is_not_written_over_unasked(shell) -> None:
    shell.run("get /echo")
    shell.say("save request it")

    assert shell.fail("save request it") == "There is a request 'it' already to overwrite it: --force"
    assert shell.fail("save request post").startswith("'post' is a method")
    shell.run("get /ping")
    shell.say("save request it --force")
    assert shell.record("send it").outgoing.url.path == "/ping"


@pytest.mark.parametrize(
    "data", [b"", b"version = 1", b"\xff", b"version = 1\nurl = 7", b"version = 1\nurl = '/'\nbody = 1"]
)
def test_damage_is_reported_in_one_line(shell, home: Path, data: bytes) -> None:
    shell.run("get /echo")
    shell.say("save request it")
    (home / "it.toml").write_bytes(data)

    assert "it.toml" in shell.fail("send it").partition("\n")[0]
    assert shell.say("show requests")


def test_there_must_be_a_request(shell) -> None:
    assert shell.fail("save request it") == "No request was sent yet try get /"


def test_what_belongs_to_one_origin_is_not_saved_with_a_path(shell, api) -> None:
    shell.run("get /ping --verify no --timeout 5s --auth ann:secret")

    assert "not saved: --verify, --auth; " in shell.say("save request morning --force")
    shell.run("send morning")
    assert shell.context.history.get(-1).draft.options == {"timeout": 5.0}

    shell.run(f"get {api.url}/ping --verify no")
    assert "left out" not in shell.say("save request morning --force")
    shell.run("send morning")
    assert shell.context.history.get(-1).draft.options == {"verify": False}
