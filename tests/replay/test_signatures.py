"""What a script before a request is told of it is what is sent, with the variables as the script has set them."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

SIGN = "request.variables.set('sig', encodeURIComponent(%s))"
BODY = SIGN % "request.body.tryGetSubstituted()"


@pytest.fixture
def signed(run, server):
    """Run a text; the header X-Sig of its last request, decoded."""
    from urllib.parse import unquote

    def run_it(text: str, plan: Plan = Plan(), **changes: object) -> str:
        results = run(text, plan, **changes)
        assert [one.outcome for one in results][-1] == "ok", results[-1]
        return unquote(next(line for line in server.headers() if line.startswith("X-Sig: "))[7:])

    return run_it


BODIES = [
    pytest.param("", "ts={{ts}}", id="text"),
    pytest.param("", '{"a": "{{ts}}", "b": {{who.x}}}', id="json-of-a-response"),
    pytest.param("", '{"a": {{who.nothing}}, "b": {{n}}}', id="null"),
    pytest.param("", "x {{who.nothing}}{{n}} y", id="null-in-a-text"),
    pytest.param("", "{{nested}} {{deep}}", id="variables-of-the-file"),
    pytest.param("", "{{$uuid}} {{$uuid}} {{$timestampMs}} {{$randomInt}}", id="dynamic"),
    pytest.param("", "{{frozen}} {{frozen}}", id="frozen"),
    pytest.param("", "{{%odd}} {{odd}}", id="encoded"),
    pytest.param("", "\\{\\{ts\\}\\} {{#if}}{{/if}}", id="literal"),
    pytest.param("", "{{number}} {{tiny}} {{object}} {{list}} {{nothing}}", id="kinds"),
    pytest.param("", "{{global}} {{globalNumber}} {{earlier}}", id="globals"),
    pytest.param("", "a\nb {{ts}}\n\nc", id="lines"),
    pytest.param("", "é {{unicode}}", id="unicode"),
    pytest.param("", "< ./a.txt", id="file"),
    pytest.param("", "<@ ./a.txt", id="filled-file"),
    pytest.param("", "a\n<@ ./a.txt\nb {{$uuid}}", id="text-and-file"),
    pytest.param("Content-Type: application/x-www-form-urlencoded", "a={{odd}}&b=x y%", id="form"),
    pytest.param("Content-Type: application/x-www-form-urlencoded", "a={{unicode}}\n&b={{ts}}", id="form-lines"),
    pytest.param("X-REQUEST-TYPE: GraphQL", 'query Q { a("{{ts}}") }\n\n{"v": {{tiny}}}', id="graphql"),
    pytest.param("X-REQUEST-TYPE: GraphQL", "{ a }", id="graphql-alone"),
    pytest.param(
        "Content-Type: multipart/form-data; boundary={{$uuid}}",
        "--{{$uuid}}\nContent-Disposition: form-data; name=a\n\n{{ts}}\n--{{$uuid}}--",
        id="multipart",
    ),
    pytest.param(
        "Content-Type: multipart/form-data; boundary=x",
        "--x\nContent-Disposition: form-data; name=a\n\n{{$uuid}}\n--x--",
        id="multipart-dynamic",
    ),
]


@pytest.mark.parametrize("above", [f"SETS\n{BODY};", f"SETS %}}\n< {{% {BODY};"], ids=["one-script", "two-scripts"])
@pytest.mark.parametrize(("header", "body"), BODIES)
def test_what_is_signed_is_what_is_sent(signed, server, tmp_path, above: str, header: str, body: str) -> None:
    (tmp_path / "a.txt").write_text("file {{ts}} {{$uuid}}\n")
    server.json("/who", '{"x": [1.10, 1e3], "nothing": null, "earlier": "e{{ts}}"}')
    sets = """
  request.variables.set("ts", "17"); request.variables.set("odd", "a&b=c!'()* é"); request.variables.set("number", 12345678901234567890); request.variables.set("tiny", 1.5e-7);
  request.variables.set("object", {a: [1, "{{ts}}"], b: null}); request.variables.set("nothing", null); request.variables.set("unicode", "\\ud83d\\ude00é\\u2028");
  request.variables.set("list", JSON.stringify([1, 2])); client.global.set("global", "{{ts}}"); client.global.set("globalNumber", 1e-9);
"""
    text = f"""@nested = <{{{{deep}}}}>
@deep = ({{{{ts}}}})
@frozen = {{{{$uuid}}}}
@n = {{{{who.nothing}}}}
@who_x = {{{{who.x}}}}
### who
# @name who
# @capture earlier = body $.earlier
GET BASE/who
###
< {{% {above.replace("SETS", sets)} %}}
POST BASE/a
X-Sig: {{{{sig}}}}
{header}

{body}
""".replace("X-Sig: {{sig}}\n\n\n", "X-Sig: {{sig}}\n\n")

    assert signed(text).encode() == server.bodies[-1]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("request.url.tryGetSubstituted()", "BASE/a?t=17"),
        ("request.url()", "BASE/a?t=17"),
        ("String(request.url)", "BASE/a?t=17"),
        ("JSON.parse(JSON.stringify({u: request.url})).u", "BASE/a?t=17"),
        ("request.url.getRaw()", "BASE/a?t={{ts}}"),
        ("request.headers.findByName('x-own').tryGetSubstitutedValue()", "h17"),
        ("request.headers.findByName('X-Own').value()", "h17"),
        ("request.headers.findByName('X-Own').getRawValue()", "h{{ts}}"),
        ("request.headers.all().map(one => one.name + one).join()", "X-Sig{{sig}},X-Ownh17,X-Allg{{ts}}"),
        ("request.headers.findByName('x-all').tryGetSubstitutedValue()", "g{{ts}}"),
        ("request.variables.get('of_file')", "f17"),
        ("request.environment.get('of_env')", "e17"),
        ("request.variables.get('over')", "script"),
    ],
)
def test_texts_are_filled_when_they_are_asked_for(signed, server, tmp_path, code: str, wanted: str) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"of_env": "e{{ts}}", "over": "env"}}')
    text = f"""@of_file = f{{{{ts}}}}
@over = file
###
< {{%
  const url = request.url, own = request.headers.findByName("X-Own");
  client.global.headers.set("X-All", "g{{{{ts}}}}"); request.variables.set("over", "script");
  request.variables.set("ts", "1"); url.tryGetSubstituted(); own.value();
  request.variables.set("ts", "17");
  {SIGN % code};
%}}
GET BASE/a?t={{{{ts}}}}
X-Sig: {{{{sig}}}}
X-Own: h{{{{ts}}}}
"""

    assert signed(text, Plan(stages=("dev",))) == wanted.replace("BASE", server.url)


@pytest.mark.parametrize(
    ("code", "command", "wanted"),
    [
        ("request.body.tryGetSubstituted()", "BASE/a -d 'ts={{ts}}'", "ts=17"),
        ("request.body.getRaw()", "BASE/a -d 'ts={{ts}}'", "ts={{ts}}"),
        ("request.body.tryGetSubstituted()", "BASE/a -d a={{ts}} -d b=2", "a=17&b=2"),
        ("request.body.tryGetSubstituted()", "BASE/a --json '{\"a\": {{ts}}}'", '{"a": 17}'),
        ("request.url.tryGetSubstituted()", "BASE/a?t={{ts}}", "BASE/a?t=17"),
        ("request.url.tryGetSubstituted()", "{{base}}/a -G -d t={{ts}}", "BASE/a?t=17"),
        ("request.url.getRaw()", "{{base}}/a?t={{ts}}", "{{base}}/a?t={{ts}}"),
        ("request.method", "BASE/a -d x", "POST"),
        ("request.method", "-X PUT BASE/a", "PUT"),
        ("request.headers.findByName('x-own').value()", "BASE/a -H 'X-Own: h{{ts}}'", "h17"),
        ("request.headers.findByName('content-type').value()", "BASE/a -d x", "application/x-www-form-urlencoded"),
    ],
)  # fmt: skip
def test_a_script_above_a_curl_command_finds_what_is_sent(signed, server, code: str, command: str, wanted: str) -> None:
    text = (
        f"@base = BASE\n###\n< {{% request.variables.set('ts', '17'); {SIGN % code}; %}}\n"
        f"curl {command} -H 'X-Sig: {{{{sig}}}}'\n"
    )

    assert signed(text) == wanted.replace("BASE", server.url)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("BASE/a -d @a.txt", id="file"),
        pytest.param("BASE/a -F a={{ts}}", id="form"),
        pytest.param("BASE/a --data-urlencode 'a={{ts}}'", id="encoded"),
        pytest.param("BASE/a -d '\ue0009\ue001'", id="a text like a mark"),
    ],
)
def test_a_body_of_curl_that_is_not_known_yet_is_an_error_for_a_script(run, server, tmp_path, command: str) -> None:
    (tmp_path / "a.txt").write_text("x")
    (result,) = run(f"< {{% request.variables.set('ts', '17'); {BODY} %}}\ncurl {command}\n")

    assert "the body of this curl command is not known yet" in str(result.error)
    assert server.requests == []


def test_the_command_line_wins_over_scripts(signed, server) -> None:
    text = f"< {{% request.variables.set('ts', '1'); {BODY} %}}\nPOST BASE/a\nX-Sig: {{{{sig}}}}\n\n{{{{ts}}}}\n"

    assert signed(text, Plan(variables={"ts": "{{x}}"})) == server.bodies[-1].decode() == "{{x}}"


def test_each_try_and_each_round_signs_what_it_sends(run, server) -> None:
    server.answers["/a"] = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    run(
        f"# @loop for x of [1, 2]\n# @retry 1 1 ms\n< {{% {BODY} %}}\n"
        "POST BASE/a\nX-Sig: {{sig}}\n\n{{x}}-{{$uuid}}\n",
        Plan(retry_on="5xx"),
    )

    sent = [body.decode() for body in server.bodies]
    assert [server.headers(at) for at in range(len(sent))] == [[f"X-Sig: {body}"] for body in sent]
    assert len(set(sent)) == len(sent) == 4


@pytest.mark.parametrize("body", ["< ./picture.png", "a\n< ./picture.png", "< ./nope-{{later}}.txt"])
def test_a_body_that_is_no_text_is_not_signed(run, server, tmp_path, body: str) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "nope-1.txt").write_text("x")
    results = run(f"< {{% {BODY}; request.variables.set('later', 1) %}}\nPOST BASE/a\nX-Sig: {{{{sig}}}}\n\n{body}\n")

    assert server.requests == []
    assert "the body" in str(results[0].error)


def test_a_script_that_asks_for_nothing_asks_nobody(run, server, ports) -> None:
    results = run("@a = {{$input x}}\n###\n< {% client.log('a') %}\nGET BASE/a\n", ask=lambda _: pytest.fail("asked"))

    assert [one.outcome for one in results] == ["ok"]


def test_a_variable_that_a_later_script_clears_is_gone(run, server) -> None:
    results = run(
        "< {% request.variables.set('x', 1) %}\n< {% request.variables.clear('x') %}\nGET BASE/a\nX-A: {{x}}\n"
    )

    assert server.requests == []
    assert "No variable 'x'" in str(results[0].error)


def test_variables_that_go_round_in_a_circle_end(run, server) -> None:
    results = run("@a = {{b}}\n@b = {{a}}\n###\n< {% client.log(request.variables.get('a')) %}\nGET BASE/a\n")

    assert results[0].notes[0].startswith("log: {{")


def test_script_signs_what_is_set_above_it(run, server) -> None:
    run("""POST BASE/a
X-Sig: {{sig}}

ts={{ts}}

""".replace("POST", """< {% request.variables.set("ts","17"); request.variables.set("sig", request.body.tryGetSubstituted()); %}
POST"""))  # fmt: skip

    assert server.headers() == ["X-Sig: ts=17"]
    assert server.bodies == [b"ts=17"]
