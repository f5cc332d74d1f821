"""A description of few bytes costs the prompt no time without end, and no mistake of it ends what goes on without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.url import parse
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext

Maker = Callable[[int], dict[str, Any]]


def described(document: dict[str, Any]) -> DescribedBase:
    text = json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": {}, "post": {}}}, **document})
    return DescribedBase(Api(compile_text(text, "http://h/openapi.json")), "http://h", "http://h/openapi.json")


def type_lines(base: DescribedBase) -> None:
    context = CompletionContext(base="http://h", described=base)
    for line in ("get /", "get /a ", "post /a ", "get /a q=="):
        complete(line, len(line), context)
    base.operation("GET", parse("http://h/a"))


def server(url: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"servers": [{"url": url, "variables": variables or {}}]}


def body(schema: dict[str, Any], component: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    parameter = {"name": "q", "in": "query", "schema": schema}
    path = {"get": {"parameters": [parameter]}, "post": {"requestBody": {"content": content}}}
    return {"paths": {"/a": path}, "components": {"schemas": {"B": component}}}


B = {"$ref": "#/components/schemas/B"}


def names(n: int) -> list[str]:
    return [f"p{number}" for number in range(n)]


def same_url(n: int) -> dict[str, Any]:
    return {"paths": {f"/a?x={number}": {"get": {}} for number in range(n)}}


def parameters(n: int) -> dict[str, Any]:
    return {"paths": {f"/{{p{number}}}": {"get": {}} for number in range(n)}}


def heavy(n: int) -> dict[str, Any]:
    """A schema that takes time by the number of names."""
    return {"allOf": [{"required": names(n)}, {"required": names(n)}]}


def queries(n: int, schema: dict[str, Any], component: dict[str, Any]) -> dict[str, Any]:
    parameters = [{"name": name, "in": "query", "required": True, "schema": schema} for name in names(n)]
    return {
        "paths": {"/a": {"get": {"parameters": parameters}, "post": {}}},
        "components": {"schemas": {"B": component}},
    }


HOSTILE: dict[str, tuple[Maker, int]] = {
    "variables in variables": (
        lambda n: server("/{v0}", {f"v{i}": {"default": f"{{v{i + 1}}}" * 2} for i in range(n)}),
        5,
    ),
    "braces in the URL of a server": (lambda n: server("http://" + "{a}{b}" * n), 20000),
    "braces in a path": (lambda n: {"paths": {"/" + "{a}-" * min(n, 900): {"get": {}}}}, 100),
    "servers of operations": (
        lambda n: {
            "servers": [{"url": f"/a{i}"} for i in range(n)],
            "paths": {"/a": {"get": {"servers": [{"url": f"/b{i}"} for i in range(n)]}}},
        },
        700,
    ),
    "operations of one URL": (same_url, 500),
    "parameters in one place": (parameters, 500),
    "long URL with variables": (
        lambda n: server(
            "/" + "x" * n * 100,
            {f"w{i}": {"enum": ["a", "b"]} for i in range(6)} | {f"v{i}": {"enum": ["a"]} for i in range(n)},
        ),
        50,
    ),
    "alternatives of many fields": (
        lambda n: body({"oneOf": [B] * n}, {"properties": {name: {"readOnly": True} for name in names(n)}}),
        100,
    ),
    "joined alternatives": (
        lambda n: body({"oneOf": [{"required": ["x"], "allOf": [B]}] * n}, {"required": names(n)}),
        100,
    ),
    "many required names": (lambda n: body({"allOf": [B] * 1000}, {"required": names(n)}), 500),
    "fields of one schema": (lambda n: body({"properties": dict.fromkeys(names(n), B)}, heavy(n)), 100),
    "read-only fields of joined schemas": (
        lambda n: body({"properties": {name: {"readOnly": True, "allOf": [B, B]} for name in names(n)}}, heavy(n)),
        100,
    ),
    "alternatives with a field each": (
        lambda n: body({"oneOf": [{"properties": {"x": B}} for _ in range(n)]}, heavy(n)),
        100,
    ),
    "parameters of one schema": (lambda n: queries(n, {"allOf": [B, B]}, heavy(n)), 100),
    "parameters of one large constant": (
        lambda n: queries(n, {"oneOf": [B]}, {"enum": [{"x": ["y" * 50] * n}]}),
        100,
    ),
    "servers of one place": (
        lambda n: {
            "servers": [{"url": f"/#{i}"} for i in range(n)],
            "paths": {f"/{{p{i}}}": {"put": {}, "servers": [{"url": "/x"}]} for i in range(n)},
        },
        100,
    ),
    "servers and operations": (
        lambda n: {
            "servers": [{"url": f"http://x/{i}"} for i in range(n)] + [{"url": "/"}],
            "paths": {f"/a?x={i}": {"get": {}} for i in range(n)},
        },
        120,
    ),
    "fields of one enumeration": (
        lambda n: body({"properties": dict.fromkeys(names(n), B)}, {"enum": names(n)}),
        60,
    ),
    "fields with a title and one enumeration": (
        lambda n: body({"properties": {name: {"allOf": [B], "title": name} for name in names(n)}}, {"enum": names(n)}),
        60,
    ),
    "parameters of one joined enumeration": (lambda n: queries(n, B, {"allOf": [{"enum": names(n)}] * 2}), 60),
    "fields of one choice": (
        lambda n: body({"properties": dict.fromkeys(names(n), B)}, {"anyOf": [{"type": "object"}] * n}),
        60,
    ),
    "large values": (lambda n: body({"oneOf": [B] * n * 10}, {"enum": [{"x": "y" * n * 100}]}), 60),
}


@pytest.mark.parametrize(("make", "size"), HOSTILE.values(), ids=HOSTILE)
def test_line_is_completed_in_time_by_the_size_of_the_description(make: Maker, size: int) -> None:
    assert_linear(type_lines, described(make(size // 2)), described(make(size * 4)), most=22)


@check_rows("url", ["http://[x", "http://[::1", "//[", "http://h:99999999", "\0", "http://\u2100/"])
def test_server_that_is_no_url_is_left_out(url: str) -> None:
    base = described({"servers": [{"url": url}, {"url": "/v1"}]})

    type_lines(base)
    assert base.operation("GET", parse("http://h/v1/a")) is not None
