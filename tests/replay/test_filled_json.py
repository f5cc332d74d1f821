"""JSON bodies that are none once their variables are filled in: a quote or a null in a value, said beside the result."""

from __future__ import annotations

import json

import pytest

from callbox.replay.run_options import Plan

NOTE = "with the values of its variables, the body is not JSON"
HEAD = "POST BASE/b\nContent-Type: application/json\n\n"


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        pytest.param('@v = a"b\n' + HEAD + '{"a": "{{v}}"}\n', (NOTE,), id="quote"),
        pytest.param("@v =\n" + HEAD + '{"a": {{v}}}\n', (NOTE,), id="nothing"),
        pytest.param("# @name l\nGET BASE/l\n###\n" + HEAD + '{"a": "{{l.q}}"}\n', (), id="quote of an answer"),
        pytest.param("@v = x\n" + HEAD + '{"a": "{{v}}"}\n', (), id="JSON"),
        pytest.param(HEAD + '{"a": \n', (), id="no variable"),
        pytest.param("@v = x\n" + HEAD.replace("json", "x-ndjson") + '{"a": {{v}}}\n', (), id="lines"),
        pytest.param("@v =\n" + HEAD.replace("application/json", "text/plain") + '{"a": {{v}}}\n', (), id="text"),
    ],
)
def test_body_that_is_no_longer_json_is_said(run, server, text, notes) -> None:
    server.json("/l", '{"q": "a\\"b"}')

    assert run(text)[-1].notes == notes


HOSTILE = 'x", "admin": true, "z": "'
NUMBER = '7, "admin": true'
PLACES = [
    pytest.param('{"a": "{{l.q}}"}', "q", id="reference"),
    pytest.param('{"a": "{{q}}"}', "q", id="capture"),
    pytest.param('{"a": "-{{v}}-"}', "q", id="variable of a reference"),
    pytest.param('{"a": "{{set}}"}', "q", id="script"),
    pytest.param('{"{{q}}": 1}', "q", id="name"),
    pytest.param("{{object}}", "q", id="object in a variable"),
    pytest.param('{"a": {{object}}}', "q", id="object in an object"),
    pytest.param('{"a": "\\\\{{q}}"}', "q", id="behind a backslash"),
    pytest.param('{"a": [\n"b",\n"{{q}}"]}', "q", id="on another line"),
    pytest.param('{"a": "{{back}}{{q}}"}', "q", id="behind a value that ends in a backslash"),
    pytest.param('{"a": {{n}}}', "n", id="number"),
    pytest.param('{"a": "\\{{q}}"}', "q", id="escaped"),
    pytest.param('{{n}}\n{"index": 1}', "n", id="first of several lines"),
]
ABOVE = """# @name l
# @capture q = body $.q
# @capture n = body $.n
# @capture back = body $.back
GET BASE/l

> {% client.global.set('set', response.body.q) %}
###
@v = {{l.q}}
@object = {"b": "{{v}}"}
"""


@pytest.mark.parametrize(("body", "member"), PLACES)
@pytest.mark.parametrize(
    "head",
    [HEAD, HEAD.replace("application/json", "application/x-made.v1+json"), HEAD.replace("json", "x-ndjson")],
)
def test_value_of_a_response_adds_no_member(run, server, head, body, member) -> None:
    server.json("/l", json.dumps({"q": HOSTILE, "n": NUMBER, "back": "\\"}))

    run(f"{ABOVE}{head}{body}\n")

    sent = [json.loads(raw) for raw in server.bodies[1:]]
    assert all("admin" not in one and one.get("a") != {"b": "x", "admin": True, "z": ""} for one in sent)
    assert sent or member == "n" or "\\{{" in body


def test_value_of_a_response_adds_no_variable_of_graphql(run, server) -> None:
    server.json("/l", json.dumps({"q": HOSTILE, "n": NUMBER, "back": "\\"}))

    run(f'{ABOVE}POST BASE/b\nX-Request-Type: GraphQL\n\nquery {{ a }}\n\n{{"a": "{{{{q}}}}"}}\n')

    assert json.loads(server.bodies[-1])["variables"] == {"a": HOSTILE}


def test_number_that_is_more_than_one_value_is_an_error(run, server) -> None:
    server.json("/l", json.dumps({"q": "", "n": NUMBER, "back": ""}))

    error = run(f'{ABOVE}{HEAD}{{"a": {{{{n}}}}}}\n')[-1].error

    assert str(error).startswith("The value of 'n' would become several values in this JSON")


@pytest.mark.parametrize(
    ("value", "body", "sent"),
    [
        pytest.param({"b": [1, 2]}, '{"a": {{q}}}', '{"a": {"b":[1,2]}}', id="object"),
        pytest.param("one", '{"a": "{{q}}"}', '{"a": "one"}', id="text"),
        pytest.param('a\\"b', '{"a": "{{q}}"}', '{"a": "a\\"b"}', id="escaped already"),
        pytest.param('["a", "b"]', "{{q}}", '["a", "b"]', id="whole body"),
        pytest.param("a\nb", '{"a": "{{q}}"}', '{"a": "a\\nb"}', id="line break"),
    ],
)
def test_value_that_is_one_value_is_sent_as_it_is(run, server, value, body, sent) -> None:
    server.json("/l", json.dumps({"q": value, "n": 1, "back": ""}))

    run(f"{ABOVE}{HEAD}{body}\n")

    assert server.bodies[-1].decode().strip() == sent


def test_user_may_write_members_in_a_variable(run, server) -> None:
    run(f'@v = 1, "b": 2\n@w = x", "c": "y\n{HEAD}{{"a": {{{{v}}}}, "d": "{{{{w}}}}"}}\n')

    assert json.loads(server.bodies[-1]) == {"a": 1, "b": 2, "d": "x", "c": "y"}


@pytest.mark.parametrize("value", ["5\n6", "5 6", "1//x", "1/*", "5\t6"])
@pytest.mark.parametrize("body", ['{{v}}\n{"a": 1}', '{"a": {{v}}}', "[{{v}}]"])
@pytest.mark.parametrize("head", [HEAD, HEAD.replace("json", "x-ndjson")])
def test_text_that_is_several_values_is_an_error(run, server, head: str, body: str, value: str) -> None:
    server.json("/l", json.dumps({"v": value}))
    result = run(f"# @name l\n# @capture v = body $.v\nGET BASE/l\n###\n{head}{body}\n")[-1]

    assert "would become several values in this JSON" in str(result.error)


def test_value_of_several_lines_is_one_record(run, server) -> None:
    server.json("/l", json.dumps({"v": '[\n{"admin": true}\r\n]\n'}))
    run(f"# @name l\n# @capture v = body $.v\nGET BASE/l\n###\n{HEAD.replace('json', 'x-ndjson')}{{{{v}}}}\n{{}}\n")

    assert [json.loads(line) for line in server.bodies[-1].splitlines()] == [[{"admin": True}], {}]


@pytest.mark.parametrize("body", ['{"a": {{nope}}}', '{"a": "{{nope}}"}', "[{{nope}}, {{%nope}}]"])
def test_an_undefined_name_may_stay_as_it_is_written(run, server, body) -> None:
    run(f"POST BASE/\nContent-Type: application/json\n\n{body}", Plan(undefined="keep"))

    assert server.bodies == [body.encode()]


@pytest.mark.parametrize(
    ("mark", "text", "notes"),
    [
        pytest.param(
            "<",
            '{"a": "{{who}}"}',
            ("{{who}} in a.json is sent unchanged; to replace variables in the file: <@ a.json",),
            id="a name",
        ),
        pytest.param(
            "x\n<",
            '{"a": "{{who}}"}',
            ("{{who}} in a.json is sent unchanged; to replace variables in the file: <@ a.json",),
            id="a part",
        ),
        pytest.param("<", '{"a": "{{other}}"}', (), id="no variable"),
        pytest.param("<", '{"a": "\\u007b{{#if who}}"}', (), id="Handlebars"),
        pytest.param("<@", '{"a": "{{who}}"}', (), id="filled"),
    ],
)
def test_a_variable_in_a_file_that_is_sent_as_it_is_is_said(run, tmp_path, mark, text, notes) -> None:
    (tmp_path / "a.json").write_text(text)
    (result,) = run(f"@who = ann\nPOST BASE/\n\n{mark} a.json")

    assert result.notes == notes
