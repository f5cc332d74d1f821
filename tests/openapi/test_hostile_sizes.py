"""A description takes memory and space by its size, wherever its references lead and whatever its operations repeat."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.errors import CallboxError
from callbox.openapi import description_checks_and_compiler, operations_parameters_and_security
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api

Maker = Callable[[int], dict[str, Any]]
DEPTH = 100


def text_of(document: dict[str, Any]) -> str:
    return json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": {}}}, **document})


def nested(value: Any) -> Any:
    for _ in range(DEPTH):
        value = {"a": value}
    return value


def refs_into(place: str) -> list[dict[str, str]]:
    return [{"$ref": place + "/a" * level} for level in range(1, DEPTH)]


def with_refs(place: str, **more: Any) -> dict[str, Any]:
    return {"components": {"schemas": {"A": {"allOf": refs_into(place)}}}, **more}


def other_methods(count: int, **item: Any) -> dict[str, Any]:
    return {**item, "additionalOperations": {f"M{number}": {} for number in range(count)}}


REPEATED: dict[str, Maker] = {
    "references into a component": lambda n: {
        "components": {"schemas": {"A": {"allOf": refs_into("#/components/schemas/B")}, "B": nested("x" * n)}}
    },
    "references into a path": lambda n: with_refs("#/paths/~1a/x-b", paths={"/a": {"get": {}, "x-b": nested("x" * n)}}),
    "references into another member": lambda n: with_refs("#/x-b", **{"x-b": nested("x" * n)}),
    "references through a reference": lambda n: {
        "components": {
            "schemas": {
                "A": {"allOf": refs_into("#/components/schemas/C")},
                "B": {"y" * n: nested(1)},
                "C": {"$ref": "#/components/schemas/B/" + "y" * n},
            }
        }
    },
    "paths that are one path": lambda n: {
        "x-b": {"get": {"description": "x" * n}},
        "paths": {f"/{number}": {"$ref": "#/x-b"} for number in range(DEPTH)},
    },
    "other methods of a long path": lambda n: {"paths": {"/" + "p" * min(n, 3_900): other_methods(DEPTH)}},
    "other methods of a path with servers": lambda n: {
        "paths": {"/a": other_methods(DEPTH, servers=[{"url": f"/{'p' * (n // 100)}{i}"} for i in range(50)])}
    },
    "mistakes below a long name": lambda n: {
        "components": {"schemas": {"p" * n: {"properties": {f"a{number}": 1 for number in range(DEPTH)}}}}
    },
}


@pytest.mark.parametrize("make", REPEATED.values(), ids=REPEATED)
def test_what_is_written_is_not_much_larger_than_the_text(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description_checks_and_compiler, "MIN_COPIED", 0)
    text = text_of(make(20_000))

    assert len(compile_text(text, "a.json")) < 6 * len(text) + 200_000


@check_rows("place", ["#/components/schemas/B/a", "#/components/schemas/C/a", "#/paths/~1a/x-b", "#/x-b"])
def test_reference_leads_into_something_else(place: str) -> None:
    value = {"a": {"a": {"type": "integer"}}}
    document = {
        "components": {"schemas": {"B": {"a": value}, "C": {"$ref": "#/components/schemas/B"}}},
        "paths": {"/a": {"get": {}, "x-b": value}},
        "x-b": value,
        "x-c": {"$ref": f"{place}/a"},
    }
    document["components"]["schemas"]["D"] = {"$ref": f"{place}/a/a"}  # type: ignore[index]

    api = Api(compile_text(text_of(document), "a.json"))

    assert api.resolve(f"{place}/a/a") == {"type": "integer"}


def test_operations_have_the_servers_of_their_path_or_their_own() -> None:
    own = {"servers": [{"url": "/own"}]}
    item = {"servers": [{"url": "/path"}], "get": {}, "put": own, "post": {}}
    api = Api(compile_text(text_of({"paths": {"/a": item, "/b": {"get": {}}}}), "a.json"))

    entries = {one.key: one.own_servers for node in api.walk() for one in api.entries(node)}

    assert entries == {
        "GET /a": ("/path",),
        "PUT /a": ("/own",),
        "POST /a": ("/path",),
        "GET /b": (),
    }


def test_operation_is_decoded_in_memory_by_the_size_of_the_description() -> None:
    lists = nested({"x": [[] for _ in range(5_000)]})
    document = {
        "components": {"parameters": {"B": lists}},
        "paths": {"/a": {"get": {"parameters": refs_into("#/components/parameters/B")}}},
    }
    api = Api(compile_text(text_of(document), "a.json"))

    tracemalloc.start()
    try:
        api.operation("GET /a")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


def test_references_of_an_operation_lead_to_a_limited_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_parameters_and_security, "MAX_OPERATION", 1_000)
    parameters = {f"p{i}": {"name": f"p{i}", "in": "query", "description": "x" * 300} for i in range(9)}
    refs = [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    document = {"components": {"parameters": parameters}, "paths": {"/a": {"get": {"parameters": refs}}}}

    operation = Api(compile_text(text_of(document), "a.json")).operation("GET /a")

    assert operation is not None
    assert [one.name for one in operation.parameters] == ["p0", "p1"]


def test_decoded_parts_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_parameters_and_security, "_MAX_DECODED_BYTES", 1_000)
    schemas = {f"S{number}": {"description": "x" * 300} for number in range(20)}
    api = Api(compile_text(text_of({"components": {"schemas": schemas}}), "a.json"))

    for name in schemas:
        api.schema(f"#/components/schemas/{name}").description  # noqa: B018

    assert len(api._decoded) <= 3


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"components": {"schemas": {"B": {"description": "x" * 2_000}}}}, "/components/schemas/B"),
        ({"paths": {"/b": {"get": {"description": "x" * 2_000}}, "/a": {"get": {}}}}, "/paths/~1b"),
        ({"tags": [{"name": "x" * 2_000}]}, "/tags"),
        ({"paths": {"/a": {"get": {}, "servers": [{"url": "/" + "x" * 5_000}]}}}, "/paths/~1a/servers"),
        ({"paths": {"/a": {"get": {}, **other_methods(101)}}}, "/paths/~1a/additionalOperations"),
    ],
)
def test_too_large_part_is_left_out_and_listed(
    document: dict[str, Any], pointer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        description_checks_and_compiler, "MAX_SLICE", 1_900 if pointer != "/paths/~1a/servers" else 9_000
    )
    api = Api(compile_text(text_of(document), "a.json"))

    assert pointer in [one.pointer for one in api.problems]
    assert api.operation("GET /a") is not None


def test_description_that_becomes_too_large_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations_parameters_and_security, "MAX_COMPILED", 1_000)

    with pytest.raises(CallboxError, match="The description is larger than"):
        compile_text(text_of({"components": {"schemas": {"B": {"description": "x" * 2_000}}}}), "a.json")
