"""Text that came from a response or a script is never a template, wherever it goes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import callbox
from callbox.report.result import Result

TRAP = "{{$processEnv AWS_SECRET}}"
SECRET = "wJalrXUtnFEMI"


def env(name: str) -> str | None:
    return SECRET if name == "AWS_SECRET" else None


@pytest.fixture
def bait(run, server):
    """Replay a text against a server whose `/login` answers with a trap; the results."""

    def replay_text(text: str, **changes: object) -> list[Result]:
        server.json("/login", f'{{"token": "{TRAP}", "name": "AWS_SECRET", "list": [{{"id": "{TRAP}"}}]}}')
        return run(f"### login\n# @name login\nGET BASE/login\n{text}", **{"env": env, **changes})

    return replay_text


SET = "> {% client.global.set('token', response.body.token) %}"

SINKS = [
    pytest.param(
        "> {% client.global.headers.set('X-A', 'Bearer ' + response.body.token) %}\n###\nGET BASE/a\n", id="all"
    ),
    pytest.param("###\nGET BASE/a\nX-A: {{login.response.body.token}}\n", id="reference"),
    pytest.param("###\n@t = a{{login.response.body.token}}\nGET BASE/a\nX-A: {{t}}\n", id="variable"),
    pytest.param("# @capture t = body $.token\n###\nGET BASE/a\nX-A: {{t}}\n", id="capture"),
    pytest.param(f"{SET}\n###\nGET BASE/a\nX-A: {{{{token}}}}\n", id="global"),
    pytest.param(f"{SET}\n###\nGET BASE/a?x={{{{token}}}}\n", id="url"),
    pytest.param(f"{SET}\n###\nGET BASE/a?x={{{{%token}}}}\n", id="url-encoded"),
    pytest.param(f"{SET}\n###\nPOST BASE/a\n\nx {{{{token}}}}\n", id="body"),
    pytest.param(
        f"{SET}\n###\nPOST BASE/a\nContent-Type: multipart/form-data; boundary={{{{token}}}}\n\n"
        "--{{token}}\nContent-Disposition: form-data; name=a\n\nb\n--{{token}}--\n",
        id="boundary",
    ),
    pytest.param(
        f"{SET}\n###\n< {{% request.variables.set('v', client.global.get('token')) %}}\nPOST BASE/a\n\n{{{{v}}}}\n",
        id="request-variable",
    ),
    pytest.param(
        f"{SET}\n###\n< {{% request.variables.set('v', request.body.tryGetSubstituted()) %}}\n"
        "POST BASE/a\nX-A: {{v}}\n\n{{token}}\n",
        id="substituted",
    ),
    pytest.param(f"{SET}\n###\ncurl BASE/a -H 'X-A: {{{{token}}}}' -d '{{{{token}}}}'\n", id="curl"),
    pytest.param(
        f"{SET}\n###\n@v = 1\n# @name sub\nGET BASE/sub?x={{{{v}}}}\n###\nrun #sub (@v={{{{token}}}})\n", id="run"
    ),
    pytest.param("###\n# @loop for one of login.response.body.$.list\nGET BASE/a\nX-A: {{one.id}}\n", id="loop"),
    pytest.param(
        f'{SET}\n###\nPOST BASE/a\nX-REQUEST-TYPE: GraphQL\n\nquery {{ a }}\n\n{{"v": "{{{{token}}}}"}}\n', id="graphql"
    ),
    pytest.param(f"{SET}\n###\n# @disabled token == 'x'\nGET BASE/a\nX-A: {{{{token}}}}\n", id="condition"),
    pytest.param(f"{SET}\n###\nGET BASE/a\nX-A: 1\n\n?? body contains {{{{token}}}}\n", id="check"),
    pytest.param(
        f"{SET}\n###\n< {{% client.log(request.environment.get('token')); client.log(request.variables.get('token'));"
        " request.variables.set('{{$processEnv AWS_SECRET}}', '{{$processEnv AWS_SECRET}}') %}\nGET BASE/a\n",
        id="names",
    ),
]


@pytest.mark.parametrize("text", SINKS)
def test_a_response_cannot_read_the_environment(bait, server, text: str) -> None:
    results = bait(text)

    assert len(server.requests) >= 2, results
    assert SECRET.encode() not in b"".join(server.requests)
    assert SECRET not in "".join(str((one.notes, one.checks, one.captures)) for one in results)


def test_headers_of_scripts_are_sent_with_their_braces_and_said_so(bait, server) -> None:
    results = bait("> {% client.global.headers.set('X-A', response.body.token) %}\n###\nGET BASE/a\n")

    assert server.headers() == [f"X-A: {TRAP}"]
    assert "a script's header 'X-A' is sent with its braces unchanged" in results[-1].notes


def test_a_file_name_of_a_response_is_no_template(bait, server, tmp_path) -> None:
    (tmp_path / SECRET).write_text("found")
    bait(f"{SET}\n###\nPOST BASE/a\n\n< ./{{{{token}}}}\n")

    assert len(server.requests) == 1
    assert not any(b"found" in raw for raw in server.requests)


NAMES = [
    pytest.param("> {% client.global.set('n', response.body.name) %}\n###\nGET BASE/a\n", id="global"),
    pytest.param("# @capture n = body $.name\n###\nGET BASE/a\n", id="capture"),
    pytest.param("###\n@n = {{login.response.body.name}}\nGET BASE/a\n", id="variable"),
    pytest.param("###\n< {% request.variables.set('n', 'AWS_SECRET') %}\nGET BASE/a\n", id="script"),
    pytest.param('###\n# @loop for n of ["AWS_SECRET"]\nGET BASE/a\n', id="loop"),
]


@pytest.mark.parametrize("name", ["$env.AWS_SECRET", "$processEnv AWS_SECRET"])
def test_a_name_that_a_server_chose_replaces_no_dynamic_variable(run, server, name: str) -> None:
    server.json("/name", json.dumps({"name": name, "value": "from a server"}))
    text = "GET BASE/name\n> {% client.global.set(response.body.name, response.body.value) %}\n###\nGET BASE/a\nX-A: "

    run(f"{text}{{{{{name}}}}}\n", env=env)

    assert f"X-A: {SECRET}".encode() in server.requests[-1]


@pytest.mark.parametrize("name", ["$processEnv %n", "$dotenv %n"])
@pytest.mark.parametrize("text", NAMES)
def test_a_response_cannot_choose_a_name_of_the_environment(bait, server, tmp_path, text: str, name: str) -> None:
    (tmp_path / ".env").write_text(f"AWS_SECRET={SECRET}\n")
    results = bait(f"{text}X-A: {{{{{name}}}}}\n")

    assert SECRET.encode() not in b"".join(server.requests)
    assert "must not choose an environment variable" in str(results[-1].error)


@pytest.mark.parametrize(
    "definition",
    ["@n = AWS_SECRET", "@n = AWS_{{kind}}\n@kind = SECRET"],
    ids=["written", "of-another"],
)
def test_a_file_may_choose_a_name_of_the_environment(run, server, definition: str) -> None:
    run(f"{definition}\nGET BASE/a\nX-A: {{{{$processEnv %n}}}}\n", env=env)

    assert server.headers() == [f"X-A: {SECRET}"]


@pytest.mark.parametrize(
    "code",
    [
        "$env['AWS_' + 'SECRET']",
        "$env[response.body.name]",
        "Object.keys($env).length",
        "$env.\\u0041WS_SECRET",
        "$env?.[response.body.name]",
        "globalThis['$' + 'env'].AWS_SECRET",
        "process.env.AWS_SECRET",
    ],
)
def test_a_script_sees_only_names_that_are_written_out(bait, server, code: str) -> None:
    results = bait(f"> {{% client.log({code}) %}}\n")

    assert SECRET not in str(results[-1].notes)


def test_a_value_with_half_of_a_pair_is_percent_encoded(run, server) -> None:
    server.json("/login", '{"x": "\\ud800"}')
    run("# @name login\nGET BASE/login\n###\nGET BASE/a?x={{%login.response.body.x}}\n")

    assert server.lines[-1] in ("GET /a?x=%3F", "GET /a?x=%EF%BF%BD")


MAKERS = {
    *(
        "environment_file_parser",
        "body_parser",
        "header_block",
        "request_line",
        "source_and_diagnostics",
        "assertion_parser",
    ),
    *("comments_and_scripts", "file_and_blocks"),
    *("imported_files_and_linked_steps", "run_redaction", "openapi_request_checks"),
}
"""Readers of files; the last three make another template of one."""
NAMED = {"step_body_builder", "options_conditions_and_loops", "used_hosts_and_files"}
"""They ask for a variable by a name that the file says; `step_body_builder` and `used_hosts_and_files` read the files
that `<@` names."""


def test_only_readers_of_files_make_templates() -> None:
    source = Path(callbox.__file__).parent
    made = {
        path.stem
        for path in source.rglob("*.py")
        if re.search(r"\bTemplate\(|make_record\(Template,", path.read_text())
    }

    assert made <= MAKERS | NAMED


def test_whoever_expands_foreign_text_is_told_by_mypy(tmp_path) -> None:
    api = pytest.importorskip("mypy.api")
    (tmp_path / "attack.py").write_text(
        "from callbox.httpfile.source_and_diagnostics import NOWHERE, Text\n"
        "from callbox.httpfile.variables.variable_scope import Scope\n\n\n"
        "def attack(scope: Scope, token: str) -> None:\n"
        "    scope.expand([token])\n"
        "    scope.expand([Text(token, NOWHERE)])\n"
        "    scope.expand([scope.expand([])])\n"
    )
    # with the options and the cache of `make gates`, mypy reads callbox in a tenth of the time
    told = api.run(["--config-file", str(Path(__file__).parents[2] / "pyproject.toml"), str(tmp_path / "attack.py")])[0]

    assert [line.split(":")[1] for line in told.splitlines() if "attack.py" in line and "error" in line] == [
        "6",
        "7",
        "8",
    ]


@pytest.mark.parametrize(
    ("output", "file"),
    [
        pytest.param(">>! out.json", "<@ ./out.json", id="written-out"),
        pytest.param(">>! out.json", "<@ sub/../out.json", id="by-another-path"),
        pytest.param(">>! out.json", "<@ link.json", id="by-a-link"),
        pytest.param(">>! {{name}}.json", "<@ ./out.json", id="by-a-variable"),
        pytest.param(">> out.json", "<@ ./out-1.json", id="numbered"),
    ],
)
def test_a_file_that_a_response_was_written_to_is_no_template(bait, server, tmp_path, output: str, file: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "out.json").write_text("old")
    (tmp_path / "out-1.json").write_text("old")
    (tmp_path / "link.json").symlink_to("out.json")
    if output == ">> out.json":
        (tmp_path / "out-1.json").unlink()
        file = "<@ ./{{name}}-1.json"
    results = bait(f"\n{output}\n###\n@name = out\nPOST BASE/a\n\n{file}\n")

    assert SECRET.encode() not in b"".join(server.requests)
    assert (
        "does not replace variables in text from a server" in str([one.error for one in results])
        or len(server.requests) == 0
    )


def test_a_file_that_an_earlier_run_wrote_is_no_template(bait, server, tmp_path) -> None:
    (tmp_path / "out.json").write_text(TRAP)
    results = bait("\n###\nPOST BASE/a\n\n<@ out.json\n###\nGET BASE/b\n\n>>! out.json\n")

    assert server.requests == []
    assert "is written by this script" in str(results[0].error)


def test_a_file_that_a_response_was_written_to_is_sent_as_it_is(bait, server, tmp_path) -> None:
    (tmp_path / "out.json").write_text("old")
    bait("\n>>! out.json\n###\nPOST BASE/a\n\n< ./out.json\n")

    assert TRAP.encode() in server.bodies[-1]


HOSTILE_PATHS = ["..", ".", "../admin", "%2e%2e", "7?all=1", "7#x", "7/../..", "//evil.test/x", "@evil.test"]


@pytest.mark.parametrize("value", HOSTILE_PATHS)
@pytest.mark.parametrize("target", ["/books/{{%id}}", "/books/{{%id}}/copies?n=1", "/books/{{%login.id}}#x"])
def test_percent_encoded_value_of_a_response_is_one_segment(run, server, value: str, target: str) -> None:
    server.json("/login", json.dumps({"id": value}))

    result = run(f"# @name login\n# @capture id = body $.id\nGET BASE/login\n###\nDELETE BASE{target}\n")[-1]

    if value in (".", ".."):
        assert "would lead out of this path" in str(result.error)
        assert len(server.lines) == 1
    else:
        segments = server.lines[-1].partition(" ")[2].partition("?")[0].split("/")
        assert (segments[:2], len(segments)) == (["", "books"], 4 if "copies" in target else 3)


HOSTILE_HOSTS = [
    "@evil.test/x",
    ".evil.test/x",
    ":81@evil.test",
    "\\@evil.test",
    "7.evil.test",
    "evil",
    "%2eevil.test",
    "127.0.0.1/?",
]
BEHIND_A_HOST = [
    pytest.param("GET BASE{{login.x}}", id="reference"),
    pytest.param("GET BASE{{x}}", id="capture"),
    pytest.param("GET BASE{{%x}}", id="encoded"),
    pytest.param("GET HOST{{x}}", id="no scheme"),
    pytest.param("@b = BASE\nGET {{b}}{{x}}", id="behind a variable"),
    pytest.param("@u = BASE{{login.x}}\nGET {{u}}", id="within a variable"),
    pytest.param("@v = {{login.x}}\nGET BASE{{v}}?a=1", id="before a query"),
    pytest.param("GET BASE{{empty}}{{x}}", id="behind an empty value"),
    pytest.param("GET http://api.{{x}}.127.0.0.1.nip.test/", id="label"),
    pytest.param("GET http://{{x}}.nip.test/", id="first label"),
    pytest.param("@v = {{x}}\nGET http://{{v}}.nip.test/", id="first label, in a variable"),
    pytest.param("@v = BASE\n@w = {{v}}{{x}}\n@u = {{w}}\nGET {{u}}", id="variables of variables"),
    pytest.param("curl BASE{{x}}", id="curl"),
    pytest.param("curl HOST{{x}}", id="curl, no scheme"),
    pytest.param("@u = BASE{{login.x}}\ncurl {{u}}", id="curl, within a variable"),
    pytest.param("@b = BASE\ncurl {{b}}{{x}}", id="curl, behind a variable"),
    pytest.param("curl --url 'BASE{{x}}' -d a=b", id="curl --url"),
    pytest.param("GET {{x}}.nip.test/", id="first label, no scheme"),
    pytest.param("GET {{empty}}{{x}}.nip.test/", id="first label, behind an empty value"),
    pytest.param("GET http://{{x}}{{empty}}.nip.test/", id="first label, before an empty value"),
    pytest.param("@s = .nip.test\nGET http://{{x}}{{s}}/", id="first label, before a variable"),
    pytest.param("curl {{x}}.nip.test/", id="curl, first label"),
    pytest.param("GET /a\nHost: {{x}}.nip.test", id="Host, first label"),
    pytest.param("GET /a\nHost: HOST{{x}}", id="Host"),
    pytest.param("@host = http://{{x}}.nip.test\nGET /a", id="@host, first label"),
    pytest.param("@host = BASE{{x}}\nGET /a", id="@host"),
    pytest.param("@b = {{$processEnv BLANK}}BASE\nGET {{b}}{{x}}", id="behind a blank"),
    pytest.param("curl -G 'BASE{{x}}' -d a=b", id="curl -G"),
    pytest.param("curl --url-query a=b 'BASE{{x}}'", id="curl --url-query"),
    pytest.param("curl 'http://{127.0.0.1}:{PORT}{{x}}'", id="curl, globs"),
    pytest.param("curl --url=BASE{{x}}", id="curl --url="),
    pytest.param("curl -T ./up.txt 'BASE{{x}}'", id="curl -T"),
]


@pytest.mark.parametrize("value", HOSTILE_HOSTS)
@pytest.mark.parametrize("request_line", BEHIND_A_HOST)
def test_value_of_a_response_changes_no_host(run, server, tmp_path, request_line: str, value: str) -> None:
    (tmp_path / "up.txt").write_text("x")
    server.json("/login", json.dumps({"x": value, "empty": ""}))
    text = request_line.replace("HOST", server.host).replace("PORT", server.host.rpartition(":")[2])
    header = " -H 'X-Key: k'" if "curl" in text else "\nX-Key: k"

    result = run(
        f"# @name login\n# @capture x = body $.x\n# @capture empty = body $.empty\nGET BASE/login\n###\n{text}{header}\n",
        env=lambda name: "\u00a0 " if name == "BLANK" else None,
    )[-1]

    is_label = "nip.test" in text and value in ("7.evil.test", "evil", "%2eevil.test")
    assert is_label or "would change the host of this URL" in str(result.error)
    assert len(server.lines) == 1


@pytest.mark.parametrize(("value", "line"), [("/items/7", "GET /items/7"), ("?a=1", "GET /?a=1"), ("", "GET /")])
@pytest.mark.parametrize("request_line", ["GET BASE{{login.x}}", "GET HOST{{x}}", "curl BASE{{x}}"])
def test_value_of_a_response_goes_on_behind_a_host(run, server, request_line: str, value: str, line: str) -> None:
    server.json("/login", json.dumps({"x": value}))

    run(f"# @name login\n# @capture x = body $.x\nGET BASE/login\n###\n{request_line.replace('HOST', server.host)}\n")

    assert server.lines[-1] == line


@pytest.mark.parametrize(
    ("request_line", "line"),
    [
        ("GET {{login.url}}{{id}}", "GET /api/7"),
        ("GET {{login.url}}items/{{id}}.json", None),
        ("GET {{login.url}}{{login.items}}/{{id}}?a=1", "GET /api/items/7?a=1"),
        ("GET {{login.url}}{{path}}", "GET /api//a"),
        ("curl {{login.url}}{{id}}", "GET /api/7"),
        ("GET /{{login.items}}\nHost: HOST", "GET /items"),
    ],
)
def test_base_of_a_response_has_a_path_before_another_value(run, server, request_line: str, line: str | None) -> None:
    server.json("/login", json.dumps({"url": f"http://{server.host}/api/", "items": "items", "id": 7}))

    run(
        "@path = /a\n# @name login\n# @capture id = body $.id\nGET BASE/login\n###\n"
        f"{request_line.replace('HOST', server.host)}\n"
    )

    assert server.lines[1:] == ([line] if line else [])


@pytest.mark.parametrize("value", ["/evil.test/steal", "\t/evil.test/steal", "//evil.test/steal"])
def test_value_of_a_response_behind_the_first_slash_stays_a_path(run, server, session, value: str) -> None:
    server.json("/login", json.dumps({"x": value}))

    session.apply("base", "", server.url)
    run("# @name login\nGET BASE/login\n###\nGET /{{login.x}}\n")

    assert [line.partition(" ")[2].lstrip("/").removeprefix("%09/") for line in server.lines] == [
        "login",
        "evil.test/steal",
    ]


@pytest.mark.parametrize(
    "option",
    [
        "-x {{x}}",
        "-x http://proxy.test:80{{x}}",
        "--proxy http://{{x}}.proxy.test:80",
        "--cert {{x}}",
        "--cert a.pem --key {{x}}",
        "--cacert {{x}}",
    ],
)
def test_value_of_a_response_chooses_no_route_of_a_curl_command(run, server, option: str) -> None:
    server.json("/login", json.dumps({"x": "127.0.0.1:9"}))

    result = run(f"# @name login\n# @capture x = body $.x\nGET BASE/login\n###\ncurl BASE/a {option}\n")[-1]

    assert "would choose" in str(result.error)
    assert len(server.lines) == 1


@pytest.mark.parametrize(
    "value", ["cert: {{x}}", "cert: a.pem key: {{x}}", "{{x}}", "cert: ./{{x}}.pem", "cert: {{login.x}}"]
)
def test_value_of_a_response_chooses_no_client_certificate(run, server, tmp_path, value: str) -> None:
    for name in ("a.pem", "k.pem"):
        (tmp_path / name).write_text("")
    server.json("/login", json.dumps({"x": "k.pem"}))

    result = run(f"# @name login\n# @capture x = body $.x\nGET BASE/login\n###\nGET BASE/a\nX-ClientCert: {value}\n")[
        -1
    ]

    assert "would choose which file is used" in str(result.error)


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        ("status {{range}}", "error"),
        ("status {{list}}", "error"),
        ("status {{number}}", "ok"),
        ("status 2{{xx}}", "error"),
        ("status {{number}}, 404", "ok"),
        ("body $.s in a, {{list}}", "error"),
        ("body $.s in a, {{text}}", "ok"),
        ("body $.s in {{texts}}", "ok"),
        ("body $.s matches {{pattern}}", "failed"),
        ("body $.s matches ^{{text}}$", "ok"),
        ("body $.dot matches ^{{dot}}$", "ok"),
    ],
)
def test_value_of_a_response_widens_no_expectation(run, server, check: str, outcome: str) -> None:
    values = {"range": "100..599", "list": "200,404", "number": 200, "xx": "xx", "text": "abc", "texts": "x, abc"}
    values |= {"pattern": ".*", "dot": "a.c(", "s": "abc"}
    server.json("/login", json.dumps(values))
    server.json("/a", json.dumps(values))
    captures = "".join(f"# @capture {name} = body $.{name}\n" for name in values)

    result = run(f"# @name login\n{captures}GET BASE/login\n###\n# @expect {check}\nGET BASE/a\n")[-1]

    assert result.outcome == outcome, result


def test_value_of_a_response_adds_no_round_to_a_written_list(run, server) -> None:
    server.json("/login", json.dumps({"k": 'a","b', "all": [1, 2]}))
    text = "# @name login\n# @capture k = body $.k\nGET BASE/login\n###\n"

    run(f'{text}# @loop for x of ["{{{{k}}}}"]\nPOST BASE/a\n\n{{{{x}}}}\n')
    run(f"{text}# @loop for x of login.response.body.$.all\nGET BASE/b\n")

    assert [line for line in server.lines if "login" not in line] == ["POST /a", "GET /b", "GET /b"]
    assert server.bodies[1] == b'a","b'


def test_request_with_the_name_of_a_loop_variable_is_no_part_of_the_file(run, server) -> None:
    server.json("/x", json.dumps({"v": "@127.0.0.1:9"}))

    result = run('# @name x\nGET BASE/x\n###\n# @loop for x of ["a"]\nGET BASE{{x.response.body.$.v}}/l\nA: {{x}}\n')[
        -1
    ]

    assert "would change the host of this URL" in str(result.error)
