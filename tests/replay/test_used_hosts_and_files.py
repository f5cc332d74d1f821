"""What `callbox check --secrets` lists: all that a script would touch, by the parsers that sending uses."""

from __future__ import annotations

import json

import pytest
from tests.support.linear import assert_linear

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.replay import used_hosts_and_files as module
from callbox.replay.run_options import Plan
from callbox.replay.used_hosts_and_files import resources_of


@pytest.fixture
def reach(ports, tmp_path):
    """The things of one kind that a text would touch."""

    def found(text: str, kind: str, plan: Plan = Plan()) -> list[str]:
        script = parse(text, str(tmp_path / "a.http"))
        return [one.what for one in resources_of(script, ports, plan) if one.kind == kind]

    return found


def test_reach_lists_what_a_script_would_touch(ports, tmp_path) -> None:
    (tmp_path / "in.http").write_text("### in\nGET http://in.x/")
    text = """import in.http
@t = {{$env.TOKEN}}
### a
# @prompt pin
POST http://a.x/{{$processEnv HOME}}
X: {{$dotenv KEY}}

< body.bin

>> out.json
### b
GET http://a.x/again
"""
    found = [(one.kind, one.what, one.line) for one in resources_of(parse(text, str(tmp_path / "a.http")), ports)]

    assert found == [
        ("read", "in.http", 1),
        ("env", "TOKEN", 2),
        ("prompt", "pin", 4),
        ("env", "HOME", 5),
        ("host", "a.x", 5),
        ("env", "KEY", 6),
        ("read", "body.bin", 8),
        ("write", "out.json", 10),
        ("host", "in.x", 2),
    ]


def test_reach_looks_into_curl_commands(ports) -> None:
    text = 'curl -F a=@x.bin --cacert {{ca}} -E c.pem "https://ann:pw@{{host}}/a?b"\n###\ncurl -d @y.bin api.x/a\n'

    assert [(reach.kind, reach.what, reach.line) for reach in resources_of(parse(text, "a.http"), ports)] == [
        ("read", "x.bin", 1),
        ("read", "{{ca}}", 1),
        ("read", "c.pem", 1),
        ("host", "{{host}}", 1),
        ("route", "{{host}} by ca {{ca}}, cert c.pem", 1),
        ("read", "y.bin", 3),
        ("host", "api.x", 3),
    ]


def test_reach_finds_the_environment_wherever_it_is_named(ports) -> None:
    text = """# @expect header x == {{$env.IN_EXPECT}}
# @capture a = body $.{{$processEnv IN_CAPTURE}}
# @timeout {{$env.IN_TIMEOUT}}
GET http://h/{{%$env.IN_URL}}?{{$processEnv %IN_PERCENT}}

> {% client.log($env.IN_SCRIPT) %}

>> {{$dotenv IN_OUTPUT}}.txt
"""
    found = [reach for reach in resources_of(parse(text, "a.http"), ports) if reach.kind == "env"]

    assert [(reach.what, reach.line) for reach in found] == [
        ("IN_EXPECT", 1),
        ("IN_CAPTURE", 2),
        ("IN_TIMEOUT", 3),
        ("IN_URL", 4),
        ("%IN_PERCENT", 4),
        ("IN_SCRIPT", 6),
        ("IN_OUTPUT", 8),
    ]


def test_the_file_of_a_query_would_be_read(ports) -> None:
    found = resources_of(parse("POST http://h.x/\n\ngql A < a.gql", "a.http"), ports)

    assert [(one.kind, one.what, one.line) for one in found] == [("host", "h.x", 1), ("read", "a.gql", 3)]


def test_what_scripts_in_files_touch_is_listed(tmp_path, ports) -> None:
    (tmp_path / "a.js").write_text("import {b} from './b.js'; client.log($env.OUTER)")
    (tmp_path / "b.js").write_text("export const b = $env.INNER;")

    found = resources_of(parse("GET http://h.x/\n\n> a.js", str(tmp_path / "a.http")), ports)

    assert [(reach.kind, reach.what, reach.line) for reach in found if reach.line == 3] == [
        ("script", "a.js", 3),
        ("script", "b.js", 3),
        ("env", "INNER", 3),
        ("env", "OUTER", 3),
    ]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        pytest.param("GET http://evil:1#@api.github.com/", ["evil:1"], id="fragment"),
        pytest.param("GET http://evil:1?@api.github.com/", ["evil:1"], id="query"),
        pytest.param("GET http://evil/@api.github.com/", ["evil"], id="path"),
        pytest.param("GET http://api.github.com@evil/", ["evil"], id="user"),
        pytest.param("GET http://api.github.com:443@evil:81/", ["evil:81"], id="password"),
        pytest.param("GET HTTP://EVIL:80/", ["evil"], id="case"),
        pytest.param("GET http://evil\n  /api.github.com", ["evil"], id="continued"),
        pytest.param("@at = evil:1#\nGET http://{{at}}@api.github.com/", ["evil:1"], id="variable"),
        pytest.param("@a = {{b}}\n@b = evil\nGET http://{{a}}/", ["evil"], id="variables"),
        pytest.param("@host = evil\nGET /api.github.com", ["evil"], id="host-variable"),
        pytest.param("GET /a\nHost: evil", ["evil"], id="host-header"),
        pytest.param("GET http://evil/\nHost: api.github.com", ["evil"], id="both"),
        pytest.param("GET http://{{x}}@api.github.com/", ["{{x}}@api.github.com"], id="unknown-user"),
        pytest.param("GET {{x}}://api.github.com/", ["{{x}}://api.github.com"], id="unknown-scheme"),
        pytest.param("GET https://api.github.com{{x}}", ["api.github.com{{x}}"], id="unknown-end"),
        pytest.param("GET https://ann:secret@api.github.com{{x}}/", ["api.github.com{{x}}"], id="no-password"),
        pytest.param("GET https://api.github.com/{{x}}", ["api.github.com"], id="unknown-path"),
        pytest.param("GET {{$processEnv HOST}}/a", ["{{$processEnv HOST}}"], id="of-the-environment"),
        pytest.param("@host = good\n# @prompt host\nGET http://{{host}}/", ["{{host}}"], id="prompt"),
        pytest.param('@h = good\n# @loop for h of ["evil"]\nGET http://{{h}}/', ["evil"], id="loop"),
        pytest.param('# @loop for h of ["a", "evil"]\nGET http://{{h}}/', ["a", "evil"], id="rounds"),
        pytest.param(
            "# @name l\nGET http://l/\n###\n# @loop for h of l.response.body.$\nGET http://{{h.x}}/",
            ["l", "{{h.x}}"],
            id="loop-over-a-response",
        ),
        pytest.param(
            "@h = good\n< {% request.variables.set('h', 'evil') %}\nGET http://{{h}}/", ["{{h}}"], id="script"
        ),
        pytest.param(
            "@h = good\n< {% request.variables.set('h' + '', 'evil') %}\nGET http://{{h}}/",
            ["{{h}}"],
            id="computed-name",
        ),
        pytest.param(
            "@h = good\n# @name a\nGET http://{{h}}/\n###\nrun #a (@h=evil)\n", ["good", "evil"], id="run-with"
        ),
        pytest.param(
            "@h = good\n# @name a\nGET http://{{h}}/\n###\n# @name b\n@g = x\nrun #a (@h={{g}})\nGET http://b/\n"
            "###\nrun #b (@g=evil)\n",
            ["good", "x", "b", "evil"],
            id="run-through-another",
        ),
        pytest.param("curl -u a:b http://evil:1#@api.github.com/", ["evil:1"], id="curl"),
        pytest.param("@h = evil\ncurl http://{{h}}/ -H 'Host: api.github.com'", ["evil"], id="curl-of-a-variable"),
        pytest.param("GET http://\u0430pple.com/", ["xn--pple-43d.com"], id="other-alphabet"),
    ],
)
def test_a_host_is_the_one_that_would_be_contacted(reach, text: str, hosts: list[str]) -> None:
    assert reach(text, "host") == hosts


def test_a_host_of_an_environment_is_shown(reach, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"host": "evil", "got": "good"}}')
    plan = Plan(stages=("dev",))

    assert reach("GET http://{{host}}/", "host", plan) == ["evil"]
    assert reach("# @capture got = body $.x\nGET http://a/\n###\nGET http://{{got}}/", "host", plan) == ["a", "{{got}}"]


@pytest.mark.parametrize(
    "expression",
    [
        "$processEnv NAME",
        "$processEnv\tNAME",
        " $processEnv  NAME ",
        "$processEnv\u00a0NAME",
        "$processEnv(NAME)",
        '$processEnv "NAME"',
        "$processEnv('NAME')",
        "%$processEnv NAME",
        "% $processEnv\tNAME",
        "$env.NAME",
        "$env NAME",
        "$env(NAME)",
        "$dotenv NAME",
        "$dotenv\tNAME",
        "$processEnv %name",
        "$processEnv %other",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GET http://h/{{HOLE}}", id="url"),
        pytest.param("GET http://h/\nX: {{HOLE}}", id="header"),
        pytest.param("GET http://h/\n{{HOLE}}: x", id="header-name"),
        pytest.param("POST http://h/\n\n{{HOLE}}", id="body"),
        pytest.param("@x = {{HOLE}}\nGET http://h/", id="variable"),
        pytest.param("curl http://h/ -H 'X: {{HOLE}}'", id="curl"),
    ],
)
def test_names_of_the_environment_in_every_spelling(reach, text: str, expression: str) -> None:
    names = "@name = NAME\n@other = {{name}}\n"

    assert reach(names + text.replace("HOLE", expression), "env") == ["NAME"]


def test_every_spelling_that_is_filled_is_listed(run, server, reach) -> None:
    spellings = (
        "$processEnv\tNAME",
        "$env(NAME)",
        "$env NAME",
        "$processEnv\u00a0NAME",
        "%$env.NAME",
        "$processEnv 'NAME'",
    )
    for spelling in spellings:
        run(f"GET BASE/{{{{{spelling}}}}}", env={"NAME": "found"}.get)

        assert server.lines[-1] == "GET /found"
        assert reach(f"GET http://h/{{{{{spelling}}}}}", "env") == ["NAME"]


@pytest.mark.parametrize(
    ("name", "text", "plan"),
    [
        ("http-client.env.json", '{"dev": {"t": "{{$processEnv NAME}}"}}', Plan()),
        ("http-client.env.json", '{"$shared": {"t": {"u": "{{$processEnv\\tNAME}}"}}}', Plan()),
        ("http-client.env.json", '{"dev": {"t": "\\u007b{$processEnv NAME}}"}}', Plan()),
        ("http-client.private.env.json", '{"dev": {"t": "{{$processEnv NAME}}"}}', Plan()),
        (".env", "T={{$processEnv NAME}}", Plan()),
        ("dev.env", "T={{$processEnv NAME}}", Plan(stages=("dev",))),
    ],
)
def test_names_in_files_of_environments_are_listed(reach, tmp_path, name: str, text: str, plan: Plan) -> None:
    (tmp_path / name).write_text(text)

    assert "NAME" in reach("GET http://h/{{t}}", "env", plan)


def test_names_in_other_files_are_listed(reach, tmp_path) -> None:
    (tmp_path / "in.http").write_text("@x = {{$env.IN_HTTP}}\n### in\nGET http://in/{{$env.IN_STEP}}")
    (tmp_path / "a.json").write_text('{"x": "{{$env.IN_BODY}}"}')
    (tmp_path / "a.js").write_text("$env\n.IN_JS")

    found = reach("import in.http\nPOST http://h/\n\n<@ a.json\n\n> a.js\n", "env")

    assert sorted(found) == ["IN_BODY", "IN_HTTP", "IN_JS", "IN_STEP"]


def test_names_over_several_lines_of_a_script_are_listed(reach) -> None:
    assert reach("GET http://h/\n\n> {%\n  $env\n  .NAME\n%}\n", "env") == ["NAME"]


def test_variables_of_environment_files_are_listed(reach, tmp_path) -> None:
    (tmp_path / ".env").write_text("TOKEN=1\nOTHER=2\n")

    assert reach("GET http://h/{{TOKEN}}", "env") == ["TOKEN"]
    assert reach("@TOKEN = 1\nGET http://h/{{TOKEN}}", "env") == []
    assert reach("GET http://h/\n\n> {% request.environment.get(response.body.n) %}", "env") == ["TOKEN", "OTHER"]


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("GET http://h/", []),
        ("# @timeout 5\nGET http://h/", []),
        ("curl -x http://evil:1 http://h/", ["h by proxy http://evil:1"]),
        ("curl -kx http://u:pw@evil:1 https://h:8443/", ["h:8443 by verify no, proxy http://u:...@evil:1"]),
        ("curl -x http://{{evil}}:1 http://h/", ["h by proxy http://{{evil}}:1"]),
        ("curl --cacert mine.pem -E me.pem https://h/", ["h by ca mine.pem, cert me.pem"]),
        ("# @insecure\nGET https://h/", ["h by verify no"]),
        ("# @noRejectUnauthorized\nGET https://h/", ["h by verify no"]),
        ("@b = https://h\n# @insecure\nGET {{b}}/x", ["h by verify no"]),
        ("GET http://h/\nHost: H", []),
        ("GET /x\nHost: h", []),
        ("GET http://h/\nHost: evil", ["h by Host evil"]),
        ("curl http://h/ -H 'host: {{evil}}'", ["h by Host {{evil}}"]),
    ],
)
def test_ways_to_hosts_are_listed(reach, text: str, ways: list[str]) -> None:
    assert reach(text, "route") == ways


def test_ways_that_environments_say_are_listed_also_where_none_was_chosen(ports, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text(
        '{\n"dev": {"h": "x"},\n"lab": {"SSLConfiguration":\n'
        ' {"verifyHostCertificate": false, "clientCertificate": "me.pem"}},\n'
        '"odd": {"SSLConfiguration": 7},\n"on": {"SSLConfiguration": {"verifyHostCertificate": true}}}'
    )

    found = [
        one for one in resources_of(parse("GET http://h/", str(tmp_path / "a.http")), ports) if one.kind == "route"
    ]

    assert [(one.what, one.line) for one in found] == [("all hosts by verify no, cert me.pem (environment lab)", 3)]


@pytest.mark.parametrize(
    "code",
    [
        "const v = request.variables; v.set('h', 'evil')",
        "const {variables} = request; variables.set('h', 'evil')",
        "request['variables'].set('h', 'evil')",
        "(request).variables.set('h', 'evil')",
        "const set = request.variables.set; set('h', 'evil')",
        "request.variables['set']('h', 'evil')",
        "request.variables.set('' + name, 'evil')",
        "request?.variables.set(`${name}`, 'evil')",
        "const g = client.global; g.set('h', 'evil')",
        "client['global']['set']('h', 'evil')",
        "globalThis.request.variables.set('h', 'evil')",
        "eval('request.variables.set(1, 2)')",
    ],
)
def test_a_host_that_a_script_may_set_is_not_told_as_known(tmp_path, ports, code: str) -> None:
    text = f"@h = api.example.com\n\n###\n< {{% {code} %}}\nGET http://{{{{h}}}}/\n"
    if "client" in code:
        text = f"### one\nGET http://a.example.com/\n\n> {{% {code} %}}\n\n### two\nGET http://{{{{h}}}}/\n"

    found = list(resources_of(parse(text, str(tmp_path / "a.http")), ports))

    assert "{{h}}" in [one.what for one in found if one.kind == "host"]


def test_hosts_of_very_many_runs_are_told(tmp_path, ports) -> None:
    runs = "".join(f"run #x (@h=h{number}.example.com)\n" for number in range(1500))

    found = list(resources_of(parse(f"### x\nGET http://{{{{h}}}}/\n\n###\n{runs}", str(tmp_path / "a.http")), ports))

    assert "h1499.example.com" in [one.what for one in found]


def _chain(length: int, value: str, last: str) -> str:
    runs = (
        f"### r{number}\n" + "".join(f"run #r{number + 1} (@a={value}{letter})\n" for letter in "xyz")
        for number in range(length)
    )
    return "".join(runs) + f"### r{length}\n{last}\n"


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        pytest.param(_chain(10, "", "GET http://{{a}}.example/"), True, id="values that come again"),
        pytest.param(_chain(10, "{{a}}", "GET http://{{a}}.example/"), False, id="values that grow"),
        pytest.param(_chain(10, "{{a}}", "# @loop for 100\nGET http://{{a}}.example/"), False, id="loops"),
        pytest.param("###\n# @loop for 100\nGET http://{{a}}.example/\n" * 200, False, id="loops that nothing runs"),
    ],
)
def test_few_requests_are_resolved_for_runs_of_runs(tmp_path, ports, monkeypatch, text: str, is_whole: bool) -> None:
    resolved = []
    monkeypatch.setattr(module, "resolve", lambda *given: resolved.append(1) or resolve(*given))

    found = list(resources_of(parse(text, str(tmp_path / "a.http")), ports))

    assert len(resolved) < 6_000
    assert [one.what for one in found if one.kind == "unknown"] == (
        [] if is_whole else ["other uses are unknown: more than 5,000 requests are run by other requests or repeated"]
    )


def test_a_file_that_is_too_large_to_be_looked_into_is_said(tmp_path, ports) -> None:
    (tmp_path / "big.txt").write_text("x" * 1_100_000 + "{{$processEnv AWS_SECRET}}")

    found = list(resources_of(parse("POST http://h/\n\n<@ ./big.txt\n", str(tmp_path / "a.http")), ports))

    assert [one.what for one in found if one.kind == "unknown"] == [
        "other uses are unknown: ./big.txt is too large to be examined"
    ]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("book.json", ["book.json"]),
        ("'a b.json#/x'", ["a b.json"]),
        ('{"type": "object"}', []),
        ("#/x", []),
        ("true", []),
    ],
)
def test_schema_of_an_expectation_is_read(reach, schema: str, files: list[str]) -> None:
    assert reach(f"# @expect schema {schema}\nGET http://h/", "read") == files


def test_environments_and_captures_are_listed_in_linear_time(ports, tmp_path) -> None:
    def listed(count: int) -> None:
        folder = tmp_path / str(count)
        folder.mkdir(exist_ok=True)
        tls = {"SSLConfiguration": {"verifyHostCertificate": False}, "v": "{{$processEnv A}}"}
        (folder / "http-client.env.json").write_text(
            json.dumps({f"e{number}": tls for number in range(count)}, indent=1)
        )
        text = "".join(f"### t{n}\n# @capture c{n} = body $.a\nGET http://h/{{{{c{n - 1}}}}}\n" for n in range(count))
        list(resources_of(parse(text, str(folder / "a.http")), ports))

    assert_linear(listed, 150, 1_200, most=30)
