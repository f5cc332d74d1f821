"""Find the mistakes in operations and schemas that would disturb a reader of the model, and say what is assumed
instead.

This is not a linter: it does not report style. Only parts that the model drops or replaces are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callbox.openapi.description_model import LOCATIONS

Report = Callable[[tuple[str, ...], str], object]
"""Receives the names that lead to a mistake, and what was assumed."""
Tokens = tuple[str, ...]

MAX_DEPTH = 500
_TYPE_NAMES = {str: "text", dict: "object", list: "list", bool: "boolean"}
_OPERATION: Mapping[str, type] = {
    "operationId": str,
    "summary": str,
    "description": str,
    "tags": list,
    "parameters": list,
    "requestBody": dict,
    "responses": dict,
    "deprecated": bool,
    "security": list,
    "servers": list,
}
_PARAMETER: Mapping[str, type] = {
    "description": str,
    "required": bool,
    "deprecated": bool,
    "style": str,
    "explode": bool,
    "content": dict,
    "examples": dict,
}
_RESPONSE: Mapping[str, type] = {"description": str, "headers": dict, "content": dict}
_SCHEMA: Mapping[str, type] = {
    "properties": dict,
    "required": list,
    "enum": list,
    "allOf": list,
    "oneOf": list,
    "anyOf": list,
    "discriminator": dict,
    "description": str,
    "title": str,
    "format": str,
    "pattern": str,
}
_STYLES = frozenset(
    {"form", "simple", "label", "matrix", "spaceDelimited", "pipeDelimited", "deepObject", "cookie", "tabDelimited"}
)
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})


def check_types(value: Any, table: Mapping[str, type], tokens: Tokens, report: Report) -> None:
    """Report each member of an object whose value has another type than the table requires."""
    if not isinstance(value, dict):
        report(tokens, "not an object; ignored")
        return
    for name in value.keys() & table.keys():
        if not isinstance(value[name], table[name]):
            report((*tokens, name), f"not {_article(_TYPE_NAMES[table[name]])}; ignored")


def check_operation(
    operation: dict[str, Any], item: dict[str, Any], names: list[str], tokens: Tokens, report: Report
) -> None:
    """Check an operation. `names` are the parameters in its path, and `tokens` is its place."""
    check_types(operation, _OPERATION, tokens, report)
    declared: set[str] = set()
    has_refs = False
    for owner, place in ((operation, tokens), (item, tokens[:2])):
        listed = owner.get("parameters")
        for number, one in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(one, dict) and "$ref" in one:
                has_refs = True
            elif _check_parameter(one, (*place, "parameters", str(number)), report) == "path":
                declared.add(one["name"])
    if not has_refs:
        for name in names:
            if name not in declared:
                report(tokens, f"the path parameter '{name[:80]}' is not described; a string is assumed")
    _check_body(operation.get("requestBody"), (*tokens, "requestBody"), report)
    responses = operation.get("responses")
    for status, response in responses.items() if isinstance(responses, dict) else ():
        if not status.startswith("x-"):
            _check_response(response, (*tokens, "responses", status), report)


def _check_parameter(one: Any, tokens: Tokens, report: Report) -> str:
    """Check a parameter. Returns its location, or `""` if the parameter is left out."""
    check_types(one, _PARAMETER, tokens, report)
    if not isinstance(one, dict):
        return ""
    name, location = one.get("name"), one.get("in")
    if not isinstance(name, str):
        report(tokens, "a parameter without a name; left out")
        return ""
    if location not in LOCATIONS:
        report(tokens, f"the parameter '{name[:80]}' has no place that is known; left out")
        return ""
    style = one.get("style")
    if isinstance(style, str) and style not in _STYLES:
        report((*tokens, "style"), f"the style '{style[:80]}' is not known; the default is assumed")
    check_schema(one.get("schema", {}), (*tokens, "schema"), report)
    _check_content(one.get("content"), (*tokens, "content"), report)
    return str(location)


def _check_body(body: Any, tokens: Tokens, report: Report) -> None:
    if isinstance(body, dict) and "$ref" not in body:
        check_types(body, {"description": str, "required": bool, "content": dict}, tokens, report)
        _check_content(body.get("content"), (*tokens, "content"), report)


def _check_response(response: Any, tokens: Tokens, report: Report) -> None:
    if isinstance(response, dict) and "$ref" in response:
        return
    check_types(response, _RESPONSE, tokens, report)
    if isinstance(response, dict):
        _check_content(response.get("content"), (*tokens, "content"), report)


def _check_content(content: Any, tokens: Tokens, report: Report) -> None:
    for name, media in content.items() if isinstance(content, dict) else ():
        place = (*tokens, name)
        check_types(media, {"examples": dict, "encoding": dict}, place, report)
        if isinstance(media, dict):
            check_schema(media.get("schema", {}), (*place, "schema"), report)


def check_schema(schema: Any, tokens: Tokens, report: Report) -> None:
    """Check a schema and all schemas inside it. Raises RecursionError for a schema that is nested extremely deep."""
    if type(schema) is not dict:
        if type(schema) is not bool:
            report(tokens, "not a schema; any value is assumed")
        return
    if "$ref" in schema and type(schema["$ref"]) is str:
        return
    for name, value in schema.items():
        wanted = _SCHEMA.get(name)
        if wanted is not None and type(value) is not wanted:
            report((*tokens, name), f"not {_article(_TYPE_NAMES[wanted])}; ignored")
        elif name in _INNER:
            _INNER[name](value, (*tokens, name), report)


def _check_type(value: Any, tokens: Tokens, report: Report) -> None:
    for one in value if type(value) is list else (value,):
        if type(one) is not str or one not in _TYPES:
            report(tokens, f"the type '{str(one)[:80]}' is not known; any is assumed")


def _check_members(value: dict[str, Any], tokens: Tokens, report: Report) -> None:
    for name, one in value.items():
        check_schema(one, (*tokens, name), report)


def _check_list(value: Any, tokens: Tokens, report: Report) -> None:
    if type(value) is list:
        for number, one in enumerate(value):
            check_schema(one, (*tokens, str(number)), report)
    else:
        check_schema(value, tokens, report)


_INNER = {
    "type": _check_type,
    "properties": _check_members,
    "items": _check_list,
    "additionalProperties": check_schema,
    "allOf": _check_list,
    "oneOf": _check_list,
    "anyOf": _check_list,
}
"""The function that checks the value of each keyword that contains schemas."""


def _article(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun
