"""Typed fields and parameters are sent in the form that the description of the API gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.shell.conftest import Shell

LIST = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object", "properties": {"R": {"type": "integer"}}}


def described(shell: Shell, *media_types: str, parameters: tuple[dict[str, Any], ...] = ()) -> None:
    """Let the shell know a description of `/echo` with a body of these media types and these parameters."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}
    content = {media_type: {"schema": schema} for media_type in media_types}
    operation = {
        "responses": {},
        "parameters": list(parameters),
        **({"requestBody": {"content": content}} if content else {}),
    }
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/echo": {"post": operation, "get": operation}}}
    shell.describe(document)


def sent(shell: Shell, line: str) -> dict[str, Any]:
    """What the server received."""
    return json.loads(shell.body(line))


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
MERGE = "application/merge-patch+json"


@pytest.mark.parametrize(
    ("media_types", "flag", "media_type"),
    [
        ((FORM,), "", FORM),
        ((PARTS,), "", PARTS),
        ((PARTS, FORM), "", FORM),
        ((FORM, "application/json"), "", "application/json"),
        ((FORM, "application/vnd.x+json"), "", "application/vnd.x+json"),
        ((MERGE,), "", MERGE),
        ((MERGE,), " X-A:1 q==2", MERGE),
        ((MERGE,), " --json", "application/json"),
        ((MERGE,), " --as-typed", "application/json"),
        ((MERGE,), " Content-Type:application/vnd.y+json", "application/vnd.y+json"),
        ((MERGE, "application/json"), "", "application/json"),
        ((MERGE, "*/*"), "", "application/json"),
        (("application/json-patch+json", MERGE), "", MERGE),
        (("text/plain",), "", "application/json"),
        ((), "", "application/json"),
        ((FORM,), " --json", "application/json"),
        ((FORM,), " --as-typed", "application/json"),
        (("application/json",), " --form", FORM),
    ],
)
def test_fields_are_sent_in_the_described_kind_of_body(shell, media_types, flag, media_type):
    described(shell, *media_types)

    headers = sent(shell, f"post /echo name=a size:=1{flag}")["headers"]

    assert dict(headers)["Content-Type"].partition(";")[0] == media_type


def test_preview_says_that_the_kind_is_described(shell):
    described(shell, FORM)

    assert "sent as a form, as the description says; to send JSON: --json" in shell.say("preview post /echo name=a")


@pytest.mark.parametrize(
    ("examples", "hint"),
    [
        ({}, "the examples have no names; --example alone makes an example"),
        ({"small": {"value": {}}, "big": {"value": {}}}, "described: small, big"),
    ],
)
def test_unknown_name_of_an_example_is_told_with_the_known_ones(shell, examples, hint):
    media = {"schema": {"type": "object"}, **({"examples": examples} if examples else {})}
    operation = {"responses": {}, "requestBody": {"content": {"application/json": media}}}
    shell.describe({"openapi": "3.1.0", "info": {}, "paths": {"/echo": {"post": operation}}})

    assert shell.fail("post /echo --example=zzz") == f"The description has no example 'zzz' of this body {hint}"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [('{"name": "a"}', MERGE), ("@a.json", MERGE), ("@a.json;type=application/json", "application/json")],
)
def test_json_that_is_typed_whole_is_sent_in_the_described_type(shell, body, media_type):
    described(shell, MERGE)
    with open("a.json", "w") as file:
        file.write('{"name": "a"}')

    assert dict(sent(shell, f"post /echo {body}")["headers"])["Content-Type"] == media_type


def test_a_described_type_of_json_is_told(shell):
    described(shell, MERGE)

    assert f"sent as {MERGE}, as the description says; to send application/json: --json" in shell.say(
        "preview post /echo name=a"
    )
    assert "as described" not in shell.say("preview post /echo name=a Content-Type:text/x")


def test_a_changed_request_keeps_its_kind(shell):
    described(shell, FORM)
    shell.run("post /echo name=a --json")

    assert dict(sent(shell, "again size:=2")["headers"])["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("style", "explode", "query"),
    [
        ("form", True, "t=a&t=b"),
        ("form", False, "t=a%2Cb"),
        ("spaceDelimited", False, "t=a%20b"),
        ("pipeDelimited", False, "t=a%7Cb"),
    ],
)
def test_values_of_a_list_are_sent_in_its_style(shell, style, explode, query):
    described(shell, parameters=({"name": "t", "in": "query", "style": style, "explode": explode, "schema": LIST},))

    assert sent(shell, "get /echo t==a t==b")["url"].partition("?")[2].replace(",", "%2C").replace("+", "%20") == query


def test_one_value_of_a_list_is_never_split(shell):
    described(shell, parameters=({"name": "t", "in": "query", "explode": False, "schema": LIST},))

    assert sent(shell, "get /echo t==a,b")["url"].partition("?")[2] in ("t=a,b", "t=a%2Cb")


def test_as_typed_sends_each_value(shell):
    described(shell, parameters=({"name": "t", "in": "query", "explode": False, "schema": LIST},))

    assert sent(shell, "get /echo t==a t==b --as-typed")["url"].endswith("?t=a&t=b")


@pytest.mark.parametrize(
    ("style", "explode", "args"),
    [
        ("form", True, [["R", "1"], ["G", "2"]]),
        ("form", False, [["c", "R,1,G,2"]]),
        ("deepObject", True, [["c[R]", "1"], ["c[G]", "2"]]),
        ("pipeDelimited", False, [["c", "R|1|G|2"]]),
    ],
)
def test_an_object_is_sent_in_its_style(shell, style, explode, args):
    described(shell, parameters=({"name": "c", "in": "query", "style": style, "explode": explode, "schema": OBJECT},))

    assert sent(shell, """get /echo c=='{"R":1,"G":2}'""")["query"] == args


@pytest.mark.parametrize("value", ["{", "{1}", '{"a": [1]}', "x", '{"a": {"b": 1}}'])
def test_what_is_no_flat_object_is_sent_as_typed(shell, value):
    described(shell, parameters=({"name": "c", "in": "query", "style": "deepObject", "schema": OBJECT},))

    assert sent(shell, f"get /echo c=='{value}'")["query"] == [["c", value]]
