from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.report import json as json_report
from callbox.report.run_report_and_collector import MAX_SHOWN_BYTES, RunReport

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text("utf-8"))
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
WORDS = {
    "$schema", "$defs", "$ref", "title", "description", "type", "required", "additionalProperties", "properties",
    "items", "enum", "const", "oneOf", "minimum", "pattern",
}  # fmt: skip


def problems(value: Any, schema: dict[str, Any], place: str = "$") -> Iterator[str]:
    """What is wrong with a value, by the part of JSON Schema that the schema uses."""
    if "$ref" in schema:
        yield from problems(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], place)
    if "const" in schema and value != schema["const"]:
        yield f"{place} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {schema['enum']}"
    if "oneOf" in schema and [not list(problems(value, each, place)) for each in schema["oneOf"]].count(True) != 1:
        yield f"{place} is not one of the alternatives"
    if "type" in schema and not _is_of(value, schema["type"]):
        yield f"{place} is no {schema['type']}"
        return
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        yield f"{place} is below {schema['minimum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place} does not match"
    yield from _members(value, schema, place)


def _is_of(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    return any(isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name != "boolean") for name in names)


def _members(value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        yield from (f"{place} lacks {name}" for name in schema["required"] if name not in value)
        yield from (f"{place} has {name}" for name in value if name not in known)
        for name in known.keys() & value.keys():
            yield from problems(value[name], known[name], f"{place}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from problems(item, schema["items"], f"{place}[{number}]")


def words_of(schema: Any) -> set[str]:
    """Every keyword that the schema uses."""
    found: set[str] = set()
    for word, inner in schema.items():
        found.add(word)
        if word in ("properties", "$defs"):
            found |= set().union(*(words_of(each) for each in inner.values()))
        elif word == "oneOf":
            found |= set().union(*(words_of(each) for each in inner))
        elif word == "items":
            found |= words_of(inner)
    return found


def read(run: RunReport) -> Any:
    return json.loads(json_report.write(run))


@check_rows("name", ["run", "attack", "calm", "empty"])
def test_follows_its_schema(name: str, request: pytest.FixtureRequest) -> None:
    assert list(problems(read(request.getfixturevalue(name)), SCHEMA)) == []


def test_the_schema_uses_only_words_that_are_checked() -> None:
    assert words_of(SCHEMA) <= WORDS


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"verdict": "fine"},
        {"seconds": -1},
        {"started": "today"},
        {"more": 1},
        {"files": [{"name": 1, "results": []}]},
        {"counts": {}},
    ],
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, Any], calm: RunReport) -> None:
    assert list(problems({**read(calm), **change}, SCHEMA))


def test_tells_the_run(run: RunReport) -> None:
    report = read(run)

    assert report["started"] == "1970-01-01T00:16:40.000Z"
    assert (report["verdict"], report["exit_code"], report["seconds"]) == ("error", 2, 2.5)
    assert report["counts"] == {"requests": 8, "ok": 1, "failed": 2, "error": 3, "skipped": 1, "planned": 1}


@pytest.fixture
def exchanges(calm: RunReport) -> list[dict]:
    """Of a request that was redirected."""
    return read(calm)["files"][0]["results"][0]["exchanges"]


def test_every_hop_is_an_exchange(exchanges: list[dict]) -> None:
    assert [exchange["response"]["status"] for exchange in exchanges] == [302, 200]


def test_an_exchange_has_the_second_in_which_it_began(exchanges: list[dict]) -> None:
    assert [exchange["begun"] for exchange in exchanges] == [0.0, 0.5]


def test_an_exchange_has_its_request(exchanges: list[dict]) -> None:
    request = exchanges[-1]["request"]

    assert request["url"] == "http://h/login?q=1&q=2"
    assert request["body"] == {"size": 15, "is_cut": False, "text": '{"user": "ann"}'}


def test_an_exchange_has_the_body_of_its_response(exchanges: list[dict]) -> None:
    assert exchanges[-1]["response"]["body"] == {"size": 15, "is_cut": False, "text": '{"a": [1, "x"]}'}


def test_an_exchange_has_its_times_and_its_connection(exchanges: list[dict]) -> None:
    assert exchanges[-1]["timings"]["tls"] == 0.003
    assert exchanges[-1]["connection"]["peer"] == "127.0.0.1:8000"


def test_a_request_without_an_answer_is_told(run: RunReport) -> None:
    lost = read(run)["files"][0]["results"][2]

    assert lost["request"]["method"] == "POST"
    assert lost["error"]["kind"] == "refused"
    assert lost["exchanges"] == []


def test_no_log_keeps_the_exchange_away(run: RunReport) -> None:
    quiet = read(run)["files"][0]["results"][6]

    assert (quiet["exchanges"], quiet["request"]) == ([], None)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        pytest.param(b"\x89PNG\0", {"size": 5, "is_cut": False, "base64": "iVBORwA="}, id="bytes"),
        pytest.param(
            b"x" * (MAX_SHOWN_BYTES + 1),
            {"size": MAX_SHOWN_BYTES + 1, "is_cut": True, "text": "x" * MAX_SHOWN_BYTES},
            id="cut",
        ),
        pytest.param(b"", {"size": 0, "is_cut": False, "text": ""}, id="none"),
    ],
)
def test_bodies(body: bytes, shown: dict[str, object], calm: RunReport) -> None:
    record = calm.results[0].record
    assert record is not None
    changed = calm.results[0]._replace(record=record._replace(body=body, size=len(body), history=()))

    found = read(calm._replace(results=(changed,)))["files"][0]["results"][0]["exchanges"][0]
    assert found["response"]["body"] == shown


def test_is_ascii(attack: RunReport) -> None:
    assert json_report.write(attack).isascii()
    assert "\x1b" not in json_report.write(attack)
