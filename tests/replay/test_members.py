"""Members of objects that scripts and captures give, and values that files share."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

OBJECT = '{name: "ann", list: [{id: 1.10}], none: null}'


@pytest.mark.parametrize(
    ("expression", "value"),
    [("o['name']", "ann"), ('o["list"][0]["id"]', "1.1"), ("o.name", "ann"), ("o.list[0].id", "1.1"), ("o.list[0]", '{"id":1.1}'), ("o.list", '[{"id":1.1}]'), ("o.none", "")],
)  # fmt: skip
@pytest.mark.parametrize(
    "code",
    [
        "request.variables.set('o', O)",
        "client.global.set('o', O)",
        "client.variables.global.set('o', O)",
        "client.global.set('o', JSON.stringify(O))",
        "const name = 'o'; client.global.set(name, O)",
    ],
)
def test_member_of_an_object_of_a_script(run, server, code: str, expression: str, value: str) -> None:
    (result,) = run(
        f"< {{% const O = {OBJECT}; {code}; %}}\nPOST BASE/a\nX-M: {{{{{expression}}}}}\n\n{{{{{expression}}}}}"
    )

    assert result.outcome == "ok", result.error
    assert server.bodies == [value.encode()]
    assert server.headers() == [f"X-M: {value}"]


@pytest.mark.parametrize("expression", ["o.name", "o.list[0].id"])
def test_script_finds_the_member_that_is_sent(run, server, expression: str) -> None:
    code = f"client.global.set('o', {OBJECT}); request.variables.set('sig', request.body.tryGetSubstituted())"
    run(f"< {{% {code} %}}\nPOST BASE/a\nX-Sig: {{{{sig}}}}\n\nv={{{{{expression}}}}}")

    assert server.headers() == [f"X-Sig: {server.bodies[0].decode()}"]
    assert b"{{" not in server.bodies[0]


def test_object_stays_for_the_requests_below(run, server) -> None:
    run(f"GET BASE/a\n\n> {{% client.global.set('o', {OBJECT}) %}}\n### b\nGET BASE/{{{{o.name}}}}")

    assert server.lines[-1] == "GET /ann"


def test_member_of_a_capture_keeps_its_digits(run, server) -> None:
    server.json("/a", '{"o": {"price": 1.10}}')
    run("# @capture o = body $.o\nGET BASE/a\n### b\nGET BASE/{{o.price}}")

    assert server.lines[-1] == "GET /1.10"


@pytest.mark.parametrize("expression", ["o.nope", "o[0]", "o.list[9]", "o.name.x", "o..name"])
def test_member_that_is_not_there_is_an_error(run, server, expression: str) -> None:
    (result,) = run(f"< {{% client.global.set('o', {OBJECT}) %}}\nGET BASE/{{{{{expression}}}}}")

    assert str(result.error) == f"No variable '{expression}'"
    assert server.requests == []


ENVIRONMENT = '{"dev": {"o": {"a-b": [{"c d": "x"}], "n": 1.10}}}'


@pytest.mark.parametrize(
    ("expression", "value"),
    [("o['a-b'][0]['c d']", "x"), ("o.a-b[0]", '{"c d":"x"}'), ('o["n"]', "1.10"), ("o.a-b[0]['c d']", "x")],
)
@pytest.mark.parametrize("is_in_file", [False, True])
def test_member_of_a_written_object(run, server, tmp_path, expression: str, value: str, is_in_file: bool) -> None:
    (tmp_path / "http-client.env.json").write_text(ENVIRONMENT)
    above = '@o = {"a-b": [{"c d": "x"}], "n": 1.10}\n' if is_in_file else ""
    (result,) = run(f"{above}POST BASE/a\n\n{{{{{expression}}}}}", Plan(stages=() if is_in_file else ("dev",)))

    assert result.outcome == "ok", result.error
    assert server.bodies == [value.encode()]


def test_member_of_a_written_list_may_be_the_host(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text(f'{{"dev": {{"servers": [{{"url": "{server.url}"}}]}}}}')
    (result,) = run("@base = {{servers[0].url}}\nGET {{base}}/a", Plan(stages=("dev",)))

    assert result.outcome == "ok", result.error


def test_member_of_a_secret_object_is_redacted(run, server, tmp_path) -> None:
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {"o": [{"id": "Zq7wX"}]}}')
    (result,) = run("GET BASE/{{o[0].id}}", Plan(stages=("dev",)))

    assert "Zq7wX" in [secret.reveal() for secret in result.secrets]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("plain", "'o' has no such member"),
        ("[1]", "the value is a list, and {{o[0]}} is its first item"),
        ('{"a": 1}', "'o' has no such member"),
    ],
)
def test_member_that_a_written_value_lacks_is_an_error(run, server, value: str, hint: str) -> None:
    (result,) = run(f"@o = {value}\nGET BASE/{{{{o.name}}}}")

    assert (str(result.error), result.error.hint) == ("No variable 'o.name'", hint)
    assert server.requests == []


@pytest.mark.parametrize("expression", ["response.parsedBody.id", "response.headers['x']", "request.body"])
def test_part_of_another_response_is_an_error_that_says_how_to_write_it(run, server, expression: str) -> None:
    result = run(f"GET BASE/a\n\n### b\nGET BASE/{{{{{expression}}}}}")[0]

    assert "{{login.response.body.$.id}}" in result.error.hint
    assert server.requests == []


def test_braces_in_a_member_are_never_filled(run, server) -> None:
    run("< {% client.global.set('o', {a: '{{$uuid}}'}) %}\nPOST BASE/a\n\n{{o.a}}")

    assert server.bodies == [b"{{$uuid}}"]


def test_globals_and_files_by_the_newer_names(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"e": "2"}}')
    code = """client.variables.global.set("g", "1");
    request.variables.set("x", [client.variables.global.get("g"), client.variables.environment.get("e"),
      client.variables.file.get("f"), client.variables.file.get("g")].join());"""
    run(f"@f = {{{{e}}}}3\n< {{% {code} %}}\nGET BASE/{{{{x}}}}/{{{{g}}}}", Plan(stages=("dev",)))

    assert server.lines == ["GET /1,2,23,/1"]


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ('{"$shared": {"np": "a"}, "dev": {"x": "{{$shared np}}b"}}', "/ab"),
        ('{"$shared": {"np": "a"}, "dev": {"np": "c", "x": "{{np}}{{$shared np}}"}}', "/ca"),
        ('{"$shared": {"np": "a{{q}}"}, "dev": {"np": "{{$shared  np}}", "q": "1", "x": "{{np}}"}}', "/a1"),
        ('{"$shared": {"x": "a"}, "dev": {"x": "{{$shared x}}b"}}', "/ab"),
    ],
)
def test_value_that_all_environments_share(run, server, tmp_path, environment: str, path: str) -> None:
    (tmp_path / "http-client.env.json").write_text(environment)
    (result,) = run("GET BASE/{{x}}", Plan(stages=("dev",)))

    assert result.outcome == "ok", result.error
    assert server.lines == [f"GET {path}"]


def test_shared_value_that_is_not_there_is_an_error(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"$shared": {"a": "1"}, "dev": {"b": "2"}}')
    (result,) = run("GET BASE/{{$shared b}}", Plan(stages=("dev",)))

    assert str(result.error) == "No variable 'b' in $shared"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("response.parsedBody.x", "7"),
        ("response.body.x", "7"),
        ("response.statusCode", "200"),
        ("response.headers['content-type']", "application/json"),
        ("request.headers.X-A", "1"),
    ],
)
def test_variable_below_a_request_is_a_part_of_its_response(run, server, expression: str, value: str) -> None:
    server.json("/a", '{"x": 7}')
    run(f"GET BASE/a\nX-A: 1\n\n@t={{{{{expression}}}}}\n### b\nPOST BASE/b\n\n{{{{t}}}}")

    assert server.bodies[-1].decode() == value


def test_variable_below_a_request_is_known_to_its_checks(run, server) -> None:
    server.json("/a", '{"x": 7}')
    (result,) = run("GET BASE/a\n\n@t={{response.parsedBody.x}}\n\n?? body $.x == {{t}}")

    assert [check.is_ok for check in result.checks] == [True]


def test_variable_below_a_request_of_an_imported_file(run, server, tmp_path) -> None:
    server.json("/a", '{"x": 7}')
    (tmp_path / "i.http").write_text(f"GET {server.url}/a\n\n@t={{{{response.parsedBody.x}}}}\n")
    run("import i.http\n### b\nGET BASE/{{t}}")

    assert server.lines == ["GET /a", "GET /7"]


@pytest.mark.parametrize(
    ("value", "expression", "hint"),
    [
        pytest.param(
            '[{"id": 1}]', "o.id", "the value is a list, and {{o[0]}} is its first item", id="a member of a list"
        ),
        pytest.param('[{"id": 1}]', "o.$..id", "the value is a list, and {{o[0]}} is its first item", id="JSONPath"),
        pytest.param('{"id": 1}', "o.nope", "'o' has no such member", id="no member"),
    ],
)
def test_a_member_that_is_not_there_says_what_is(run, value, expression, hint) -> None:
    script = f'< {{% request.variables.set("o", {value}); %}}'
    (result,) = run(f"{script}\nGET BASE/{{{{{expression}}}}}")

    assert (result.error.message, result.error.hint) == (f"No variable '{expression}'", hint)


@pytest.mark.parametrize(
    "above",
    [
        pytest.param("< {% client.global.set('o', {none: null, list: [null]}) %}\n", id="global"),
        pytest.param("< {% request.variables.set('o', {none: null, list: [null]}) %}\n", id="variable of the request"),
        pytest.param('@o = {"none": null, "list": [null]}\n', id="variable of the file"),
        pytest.param('# @loop for o of [{"none": null, "list": [null]}]\n', id="loop"),
        pytest.param("# @capture o = body $\nGET BASE/a\n###\n", id="capture"),
    ],
)
@pytest.mark.parametrize("expression", ["o.none", "o.list[0]", "o['none']"])
def test_member_that_is_null_is_null_in_json_and_empty_elsewhere(run, server, above: str, expression: str) -> None:
    server.json("/a", '{"none": null, "list": [null]}')
    hole = f"{{{{{expression}}}}}"
    run(f'{above}POST BASE/b\nContent-Type: application/json\nX-M: a{hole}b\n\n{{"m": {hole}}}')

    assert server.bodies[-1] == b'{"m": null}'
    assert "X-M: ab" in server.headers()


def test_script_finds_the_null_that_is_sent_in_json(run, server) -> None:
    code = "client.global.set('o', {none: null}); request.variables.set('sig', request.body.tryGetSubstituted())"
    run(f"< {{% {code} %}}\nPOST BASE/a\nContent-Type: application/json\nX-Sig: {{{{sig}}}}\n\n[{{{{o.none}}}}]")

    assert (server.bodies[0], server.headers()[-1]) == (b"[null]", "X-Sig: [null]")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("list[1]", "b"),
        ("o['a b']", "x"),
        ("o.list[0].id", "1.10"),
        ("o.none", ""),
        ("o", '{"a b":"x","list":[{"id":1.10}],"none":null}'),
    ],
)
def test_member_of_a_shared_value(run, server, tmp_path, expression: str, value: str) -> None:
    shared = '{"list": ["a", "b"], "o": {"a b": "x", "list": [{"id": 1.10}], "none": null}}'
    (tmp_path / "http-client.env.json").write_text(f'{{"$shared": {shared}, "dev": {{"list": [], "o": 1}}}}')
    (result,) = run(f"POST BASE/a\n\n{{{{$shared {expression}}}}}", Plan(stages=("dev",)))

    assert result.outcome == "ok", result.error
    assert server.bodies == [value.encode()]


@pytest.mark.parametrize("expression", ["list[0]", "o.a", "o['a']"])
def test_member_in_an_environment_that_is_not_chosen_names_it(run, tmp_path, expression: str) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"list": [1], "o": {"a": 1}}}')
    (result,) = run(f"GET BASE/{{{{{expression}}}}}")

    assert result.error is not None
    assert result.error.hint == "-e dev has it"
