"""Read a description in any version of OpenAPI, and compile it to the bytes that `Api` reads.

- Its text becomes a `Source`. Several documents become one: the first document gets a member `x-callbox-documents`, in
  which all other documents are listed by their paths or URLs, and references to them are rewritten. The caller passes
  the function that loads the other documents (`Load`).
- A source becomes slices, the tree of paths, and the table of references. Only a description that cannot be read at all
  is refused. Each mistake is listed, with what the compiler assumes instead, and the parts around it are read.
- The checks of operations and schemas list only mistakes because of which the model drops or replaces a part. They do
  not report questions of style.
- `main` is the program that reads one description; its arguments are `FILE_NUMBER [MEGABYTES]`. A hostile description
  can cost memory and time, so it is read in a process that may be killed. This process has a limit of memory, opens no
  files and no connections, and has no data of the session. It receives the description, and other documents for which
  it asks, on its standard input. It writes the result to the open file with this number.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import IO, Any, NamedTuple
from urllib.parse import urldefrag

from callbox.errors import CallboxError, UsageError
from callbox.openapi.child_process_limits import describe_error, error_of, limit_process, receive, send
from callbox.openapi.json_and_yaml_reader import (
    MAX_PROBLEM_LINES,
    DescriptionError,
    JsonSource,
    NotAloneError,
    Source,
    TreeSource,
    Written,
    decode,
    decode_document,
    dump,
    error_at,
    escape_token,
    load_json_or_yaml,
    pointer,
    ref_tokens,
    refs_in,
)
from callbox.openapi.operations_parameters_and_security import (
    LOCATIONS,
    MAX_SERVER_URL,
    MAX_SERVERS,
    MAX_SLICE,
    METHODS,
    CompiledFileWriter,
    Span,
    split_path,
    template_names,
)
from callbox.openapi.schema_view import MAX_CHAIN
from callbox.openapi.swagger2_converter import convert

Report = Callable[[tuple[str, ...], str], object]
"""A function that receives the names that lead to a mistake, and what the compiler assumes instead."""
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
_BODY: Mapping[str, type] = {"description": str, "required": bool, "content": dict}
_MEDIA: Mapping[str, type] = {"examples": dict, "encoding": dict}
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
MAX_OPERATIONS = 50_000
MAX_NAME = 500
"""The most characters of a summary or a name that are stored."""
MAX_NODE_SUMMARY = 100
"""The most characters of a summary that are stored with a path segment, if the segment leads to a single operation."""
MAX_PATH = 4_000
MAX_SEGMENTS = 100
MIN_COPIED = 1_000_000
"""The smallest limit on the characters that are written a second time for references.

For a long description, the limit is four times its length.
"""
MAX_PROBLEMS = 1_000
MAX_POINTER = 1_000
"""The most characters of a problem's place that are stored."""
MAX_OTHER_METHODS = 100
"""The most operations with unusual methods that are read from one path."""
MAX_OWN_SERVERS = 100
"""The most servers that are read from one path or operation."""
MAX_SERVER = 20_000
"""The most characters of a server with all its variables."""
MAX_REFS = 200_000
MAX_STEPS = 1_000
"""The most names in the path of a reference."""
_TOO_LONG = f"more than {MAX_SLICE // 1_000_000} million characters"
Located = list[Any]
"""The position of the value of a reference: `[offset, length]` of a slice, and if the value is a part of the slice,
also the names that lead to it.
"""
_DIALECT = re.compile(r"3\.(\d+)(?:\.|-|$)")
_TOP_KEPT = ("info", "servers", "security", "tags")
_METHOD_KEYS = frozenset(method.lower() for method in METHODS)
_ITEM_KEYS = _METHOD_KEYS | {"$ref", "summary", "description", "servers", "parameters", "additionalOperations"}
CONVERTED = "x-callbox-dialect"
"""The member that the reader sets if it has converted a description of another dialect to OpenAPI 3.0."""
_INFO = {"title": str, "description": str}
_SENTENCE = re.compile(r"[.!?](?:\s|$)|\n")


def check_types(value: Any, table: Mapping[str, type], tokens: Tokens, report: Report) -> None:
    """Report each member of an object whose value has another type than the table requires."""
    if not isinstance(value, dict):
        report(tokens, "not an object; ignored")
        return
    for name, one in value.items():
        wanted = table.get(name)
        if wanted is not None and type(one) is not wanted:
            report((*tokens, name), f"not {_article(_TYPE_NAMES[wanted])}; ignored")


def check_operation(
    operation: dict[str, Any], item: dict[str, Any], names: list[str], tokens: Tokens, report: Report
) -> None:
    """Check an operation. `names` are the parameters in its path, and `tokens` is its place."""
    if not _has_types(operation, _OPERATION):
        check_types(operation, _OPERATION, tokens, report)
    of_operation = _check_parameters(operation, tokens, report)
    of_item = _check_parameters(item, tokens[:2], report)
    if of_operation is not None and of_item is not None:
        for name in names:
            if name not in of_operation and name not in of_item:
                report(tokens, f"the path parameter '{name[:80]}' is not described; a string is assumed")
    if "requestBody" in operation and not _is_right_response(operation["requestBody"], _BODY):
        _check_body(operation["requestBody"], (*tokens, "requestBody"), report)
    responses = operation.get("responses")
    for status, response in responses.items() if isinstance(responses, dict) else ():
        if not _is_right_response(response) and not status.startswith("x-"):
            _check_response(response, (*tokens, "responses", status), report)


def _check_parameters(owner: dict[str, Any], place: Tokens, report: Report) -> set[str] | None:
    """Check the parameters of an operation or of a path. Returns the names of those in the path; None if a reference
    may lead to others.
    """
    declared: set[str] = set()
    has_refs = False
    listed = owner.get("parameters")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict) and "$ref" in one:
            has_refs = True
        elif _is_right_parameter(one):
            if one["in"] == "path":
                declared.add(one["name"])
        elif _check_parameter(one, (*place, "parameters", str(number)), report) == "path":
            declared.add(one["name"])
    return None if has_refs else declared


def _has_types(value: dict[str, Any], table: Mapping[str, type]) -> bool:
    """Whether `check_types` finds no mistake. Like the other functions `_is_right..`, it does not compute places. Most
    parts of a description are right, and computing the place of a part takes longer than checking it.
    """
    for name, wanted in table.items():  # noqa: SIM110 (`all` with a generator takes twice as long)
        if name in value and type(value[name]) is not wanted:
            return False
    return True


def _is_right_parameter(one: Any) -> bool:
    """Whether `_check_parameter` finds no mistake."""
    if type(one) is not dict or not _has_types(one, _PARAMETER) or type(one.get("name")) is not str:
        return False
    if one.get("in") not in LOCATIONS or ("style" in one and one["style"] not in _STYLES):
        return False
    return ("schema" not in one or _is_right(one["schema"])) and (
        "content" not in one or _is_right_content(one["content"])
    )


def _is_right_response(one: Any, table: Mapping[str, type] = _RESPONSE) -> bool:
    """Whether `_check_response` finds no mistake. With the table of bodies, whether `_check_body` finds none."""
    if type(one) is not dict:
        return False
    return "$ref" in one or (_has_types(one, table) and ("content" not in one or _is_right_content(one["content"])))


def _is_right_content(content: dict[str, Any]) -> bool:
    """Whether `_check_content` finds no mistake."""
    for media in content.values():
        if type(media) is not dict or not (_MEDIA.keys().isdisjoint(media) or _has_types(media, _MEDIA)):
            return False
        if "schema" in media and not _is_right(media["schema"]):
            return False
    return True


def _check_parameter(one: Any, tokens: Tokens, report: Report) -> str:
    """Check a parameter. Returns its place (`query`, `path` ..), or `""` if the parameter is left out."""
    check_types(one, _PARAMETER, tokens, report)
    if not isinstance(one, dict):
        return ""
    name, location = one.get("name"), one.get("in")
    if not isinstance(name, str):
        report(tokens, "a parameter without a name; left out")
        return ""
    if location not in LOCATIONS:
        report(tokens, f"the parameter '{name[:80]}' has an unknown 'in'; left out")
        return ""
    style = one.get("style")
    if isinstance(style, str) and style not in _STYLES:
        report((*tokens, "style"), f"the style '{style[:80]}' is not known; the default is assumed")
    _check_member_schema(one, tokens, report)
    if "content" in one:
        _check_content(one["content"], (*tokens, "content"), report)
    return str(location)


def _check_member_schema(owner: dict[str, Any], tokens: Tokens, report: Report) -> None:
    """Check the schema of a parameter or a media type.

    The place of the schema is computed only for a mistake, since most schemas are right.
    """
    if "schema" in owner and not _is_right(owner["schema"]):
        _report_schema(owner["schema"], (*tokens, "schema"), report)


def _check_body(body: Any, tokens: Tokens, report: Report) -> None:
    if isinstance(body, dict) and "$ref" not in body:
        check_types(body, _BODY, tokens, report)
        _check_content(body.get("content"), (*tokens, "content"), report)


def _check_response(response: Any, tokens: Tokens, report: Report) -> None:
    if isinstance(response, dict) and "$ref" in response:
        return
    check_types(response, _RESPONSE, tokens, report)
    if isinstance(response, dict) and "content" in response:
        _check_content(response["content"], (*tokens, "content"), report)


def _check_content(content: Any, tokens: Tokens, report: Report) -> None:
    for name, media in content.items() if isinstance(content, dict) else ():
        place = (*tokens, name)
        check_types(media, _MEDIA, place, report)
        if isinstance(media, dict):
            _check_member_schema(media, place, report)


def check_schema(schema: Any, tokens: Tokens, report: Report) -> None:
    """Check a schema and all schemas inside it. Raises RecursionError for a schema that is nested extremely deep."""
    if not _is_right(schema):
        _report_schema(schema, tokens, report)


def _is_right(schema: Any) -> bool:
    """Whether `_report_schema` finds no mistake. This is faster than a check that knows the place of each value."""
    if type(schema) is not dict:
        return type(schema) is bool
    if "$ref" in schema and type(schema["$ref"]) is str:
        return True
    for name, value in schema.items():
        wanted = _FAST_SCHEMA.get(name)
        if wanted is None:
            continue
        if wanted is not object and type(value) is not wanted:
            return False
        if wanted is str:
            if name == "type" and value not in _TYPES:
                return False
        elif name in _SCHEMAS_IN and not all(map(_is_right, _SCHEMAS_IN[name](value))):
            return False
    return True


def _report_schema(schema: Any, tokens: Tokens, report: Report) -> None:
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
            report(tokens, f"the type '{str(one)[:80]}' is not known; any type is assumed")


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


def _one_or_many(value: Any) -> Iterable[Any]:
    return value if type(value) is list else (value,)


_SCHEMAS_IN: Mapping[str, Callable[[Any], Iterable[Any]]] = {
    "properties": dict.values,
    "items": _one_or_many,
    "additionalProperties": lambda value: (value,),
    "allOf": _one_or_many,
    "oneOf": _one_or_many,
    "anyOf": _one_or_many,
}
"""The function that gives the schemas in the value of a keyword. `_INNER` checks the same ones, with their places."""
_FAST_SCHEMA = {**dict.fromkeys(_INNER, object), **_SCHEMA, "type": str}
"""The keywords that `_is_right` looks at. A list of types is left to `_report_schema`."""


def _article(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def compile_source(source: Source, name: str, write: Any) -> None:
    """Compile a document, and write the result with `write`, piece by piece."""
    _Compiler(source, name, CompiledFileWriter(write)).run()


class _Branch:
    """A node of the tree of paths while the tree is built."""

    __slots__ = ("branches", "rows")

    def __init__(self) -> None:
        self.branches: dict[str, _Branch] = {}
        self.rows: list[list[Any]] = []


class _Level(NamedTuple):
    """A written level of the tree of paths: its span, the operations at and below it, and the summary if there is
    only one operation.
    """

    span: Span | None
    operation_count: int
    deprecated_count: int
    summary: str


_NO_LEVEL = _Level(span=None, operation_count=0, deprecated_count=0, summary="")


class _Compiler:
    """Takes the members of a document one by one, and writes the bytes that the model reads."""

    def __init__(self, source: Source, name: str, writer: CompiledFileWriter) -> None:
        self._source = source
        self._name = name
        self._writer = writer
        self._top: dict[str, Any] = {}
        self._schemes: dict[str, Any] = {}
        self._refs: dict[str, Located | None] = {}
        self._wanted: set[str] = set()
        self._ref_places: dict[str, tuple[str, ...]] = {}
        """Maps the text of a reference to the first slice that contains this reference."""
        self._units: dict[tuple[str, ...], Span] = {}
        """Maps the names that lead to a value with a separate slice to the span of this value."""
        self._tree = _Branch()
        self._links: list[tuple[str, dict[str, Any]]] = []
        self._servers: dict[str, dict[str, Any]] = {}
        """The servers of paths and operations, each once, by their JSON text."""
        self._problems: list[tuple[tuple[str, ...], str]] = []
        self._problem_count = 0
        self._count = 0
        self._cut = 0
        self._read = 0
        """The number of characters that were written for the first time."""
        self._copied = 0
        """The number of characters that were written again for references."""
        self._counted = {"webhooks": 0, "callbacks": 0, "links": 0}

    def run(self) -> None:
        """Read the document and write the whole result."""
        self._source.read(self)
        dialect = self._dialect()
        for path, item in self._links:
            self._follow_item(path, item)
        if self._cut:
            self.on_problem(("paths",), f"more than {MAX_OPERATIONS:,} operations; {self._cut:,} are left out")
        if not self._count:
            self.on_problem((), "the description has no operations")
        self._resolve_all()
        top = self._kept_top()
        info = self._top.get("info")
        info = info if isinstance(info, dict) else {}
        root = self._write_level(self._tree).span
        webhooks = self._top.get("webhooks")
        self._counted["webhooks"] = len(webhooks) if isinstance(webhooks, dict) else 0
        self._writer.finish(
            {
                "source": self._name,
                "title": _name(info.get("title")),
                "version": _name(info.get("version")),
                "dialect": dialect,
                "count": self._count,
                "only_counted": self._counted,
                "top": self._writer.add(top),
                "own_servers": self._writer.add(list(self._servers.values())),
                "refs": self._writer.add({ref: place for ref, place in self._refs.items() if place}),
                "problem_count": self._problem_count,
                "problems": self._writer.add(self._problem_rows()),
                "root": root,
            }
        )

    def _kept_top(self) -> dict[str, Any]:
        """The members that are stored, without paths and components. They are decoded together."""
        kept: dict[str, Any] = {}
        left = MAX_SLICE
        for name, value in (*((key, self._top.get(key)) for key in _TOP_KEPT), ("securitySchemes", self._schemes)):
            size = len(dump(value))
            if size > left:
                self.on_problem((name,), f"{_TOO_LONG}; left out")
            elif value is not None:
                kept[name] = value
                left -= size
        return kept

    def _dialect(self) -> str:
        version = self._top.get(CONVERTED, self._top.get("openapi"))
        if self._top.get(CONVERTED):
            return str(version)
        if version is None:
            raise DescriptionError(
                f"{self._name} is not a description of an API: it has no member 'openapi' or 'swagger'",
                hint="callbox reads OpenAPI 2.0, 3.0, 3.1 and 3.2",
            )
        text = str(version) if isinstance(version, str | float | int) else ""
        found = _DIALECT.match(text)
        if found is None:
            raise DescriptionError(
                f"{self._name} uses OpenAPI '{text[:20]}', which is not supported",
                hint="supported are 2.0, 3.0, 3.1 and 3.2",
            )
        if not isinstance(version, str):
            self.on_problem(("openapi",), f"a number, not a string; read as '{text}'")
        if int(found[1][:6]) > 2:
            self.on_problem(("openapi",), f"version '{text[:20]}' is not known; read as 3.2")
        return f"3.{min(int(found[1][:6]), 2)}"

    def on_top(self, name: str, value: Any) -> None:
        """Take a member of the document that is neither `paths` nor `components`."""
        if name in ("paths", "components"):
            self.on_problem((name,), "not an object; ignored")
            return
        self._top[name] = value
        self._read += len(dump(value))
        if name == "info":
            check_types(value, _INFO, (name,), self.on_problem)

    def on_component(self, kind: str, name: str, value: Any, written: Written) -> None:
        """Take a member of one of the `components`."""
        if kind.startswith("x-"):
            return
        ref = f"#/components/{escape_token(kind)}/{escape_token(name)}"
        tokens = ("components", kind, name)
        span = self._add_unit(written, tokens)
        self._refs[ref] = list(span) if span else None
        if kind == "securitySchemes":
            self._schemes[name] = value
        elif kind == "links":
            self._counted["links"] += 1
        elif kind == "schemas":
            check_schema(value, tokens, self.on_problem)
        elif not isinstance(value, dict):
            self.on_problem(tokens, "not an object; ignored")

    def on_path(self, name: str, value: Any, written: Written) -> None:
        """Take a member of `paths`."""
        if name.startswith("x-"):
            return
        tokens = ("paths", name)
        if not isinstance(value, dict):
            self.on_problem(tokens, "not an object; ignored")
        elif len(name) > MAX_PATH or name.count("/") > MAX_SEGMENTS:
            self.on_problem(tokens, "the path is too long; left out")
        elif isinstance(value.get("$ref"), str):
            self._links.append((name, value))
            self._wanted.add(value["$ref"])
            self._ref_places.setdefault(value["$ref"], tokens)
        else:
            self._add_item(name, value, lambda: self._add_unit(written, tokens))

    def _follow_item(self, path: str, item: dict[str, Any]) -> None:
        """The value of a path item that is a reference: the members of the target, and the members beside the
        reference.
        """
        target, tokens = self._value(item["$ref"])
        if not isinstance(target, dict) or tokens is None:
            self._refs[item["$ref"]] = None
            self.on_problem(("paths", path), f"{_quoted(item['$ref'])} does not point to a path item; left out")
            return
        if len(item) == 1:
            self._add_item(path, target, lambda: self._unit_of(target, tokens))
            return
        joined = target | {key: value for key, value in item.items() if key != "$ref"}
        self._add_item(path, joined, lambda: self._add_copy(joined, ("paths", path), is_unit=False))

    def _add_item(self, path: str, item: dict[str, Any], write: Callable[[], Span | None]) -> None:
        if not path.startswith("/"):
            self.on_problem(("paths", path), "the path does not begin with '/'; read as if it did")
        segments, constants = split_path(path)
        names = template_names(segments)
        of_item: list[str] | None = None  # read once, since its mistakes are reported
        rows: list[list[Any]] = []
        for method, tokens, operation in self._operations(path, item):
            if self._count >= MAX_OPERATIONS:
                self._cut += 1
                continue
            self._count += 1
            check_operation(operation, item, names, tokens, self.on_problem)
            self._count_others(operation)
            servers = self._own_servers(operation, tokens) if "servers" in operation else []
            if not servers and "servers" in item:
                of_item = self._own_servers(item, tokens[:2]) if of_item is None else of_item
                servers = of_item
            is_deprecated = operation.get("deprecated") is True
            rows.append([method, path, None, _summary(operation, item), constants, servers, is_deprecated])
        span = write() if rows else None
        if span is None:
            self._count -= len(rows)
            return
        branch = self._tree
        for segment in segments:
            below = branch.branches.get(segment)
            if below is None:
                below = branch.branches[segment] = _Branch()
            branch = below
        for row in rows:
            row[2] = span
        branch.rows += rows

    def _operations(self, path: str, item: dict[str, Any]) -> list[tuple[str, tuple[str, ...], dict[str, Any]]]:
        found: list[tuple[str, tuple[str, ...], Any]] = [
            (name.upper(), ("paths", path, name), raw) for name, raw in item.items() if name in _METHOD_KEYS
        ]
        others = item.get("additionalOperations")
        if isinstance(others, dict):
            place = ("paths", path, "additionalOperations")
            found += [(name, (*place, name), raw) for name, raw in islice(others.items(), MAX_OTHER_METHODS)]
            if len(others) > MAX_OTHER_METHODS:
                self.on_problem(place, f"more than {MAX_OTHER_METHODS} operations; the rest is left out")
        for _, tokens, raw in found:
            if not isinstance(raw, dict):
                self.on_problem(tokens, "not an object; ignored")
        for name in item:
            if name not in _ITEM_KEYS and not name.startswith("x-"):
                self.on_problem(("paths", path, name), f"not a member of a path item; ignored{_near_method(name)}")
        return [one for one in found if isinstance(one[2], dict)]

    def _count_others(self, operation: dict[str, Any]) -> None:
        if "callbacks" in operation and isinstance(operation["callbacks"], dict):
            self._counted["callbacks"] += len(operation["callbacks"])
        responses = operation.get("responses")
        for response in responses.values() if isinstance(responses, dict) else ():
            if isinstance(response, dict) and "links" in response and isinstance(response["links"], dict):
                self._counted["links"] += len(response["links"])

    def _own_servers(self, owner: dict[str, Any], tokens: tuple[str, ...]) -> list[str]:
        """The URLs of the servers that an operation or a path names itself."""
        servers = owner.get("servers")
        if not isinstance(servers, list):
            return []
        found = [one for one in servers if isinstance(one, dict) and isinstance(one.get("url"), str)]
        kept = [one for one in found[:MAX_OWN_SERVERS] if len(one["url"]) <= MAX_SERVER_URL and self._keep_server(one)]
        if len(kept) < len(found):
            self.on_problem((*tokens, "servers"), "too many servers, or too long ones; left out")
        return [server["url"] for server in kept]

    def _keep_server(self, server: dict[str, Any]) -> bool:
        text = dump(server)
        if text in self._servers:
            return True
        if len(self._servers) >= MAX_SERVERS or len(text) > MAX_SERVER:
            return False
        self._servers[text] = server
        return True

    def on_problem(self, tokens: tuple[str, ...], text: str) -> None:
        """Record a mistake, and what the compiler assumes instead."""
        self._problem_count += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append((tokens, text))

    def _problem_rows(self) -> list[tuple[str, int, str]]:
        return [
            (pointer(tokens)[:MAX_POINTER], self._source.line(tokens) if number < MAX_PROBLEM_LINES else 0, text)
            for number, (tokens, text) in enumerate(self._problems)
        ]

    def _add_unit(self, written: Written, tokens: tuple[str, ...]) -> Span | None:
        """Write the value at a pointer as a separate slice.

        Returns None if the value is too large. This is listed as a problem.
        """
        text = written.text
        if len(text) > MAX_SLICE:
            self.on_problem(tokens, f"{_TOO_LONG}; left out")
            return None
        self._read += len(text)
        if written.refs:
            for ref in written.refs.difference(self._ref_places):
                self._ref_places[ref] = tokens
                self._wanted.add(ref)
        self._units[tokens] = span = self._writer.add_text(text)
        return span

    def _unit_of(self, value: Any, tokens: list[str]) -> Span | None:
        """The slice of the value at a pointer. The slice is written if the value has none."""
        known = self._units.get(tuple(tokens))
        return known or self._add_copy(value, tuple(tokens))

    def _add_copy(self, value: Any, tokens: tuple[str, ...], *, is_unit: bool = True) -> Span | None:
        """Write a value again that is part of another slice, unless too many characters were already written again."""
        text = "" if self._is_too_much() else dump(value)
        self._copied += len(text)
        if not text or self._is_too_much():
            self.on_problem(tokens, "references lead to too much text; left out")
            return None
        span = self._add_unit(Written(text, refs_in(text)), tokens)
        self._read -= len(text) if span else 0
        if not is_unit:
            self._units.pop(tokens, None)
        return span

    def _is_too_much(self) -> bool:
        """Whether more characters were written again than the limit allows."""
        return self._copied > max(MIN_COPIED, 4 * self._read)

    def _resolve_all(self) -> None:
        """Find the position of each reference that does not lead to a component; the shortest references come first."""
        while self._wanted:
            wanted, self._wanted = self._wanted, set()
            for ref in sorted(wanted, key=lambda one: (one.count("/"), one)):
                if ref not in self._refs:
                    self._refs[ref] = self._resolve(ref)

    def _resolve(self, ref: str) -> Located | None:
        tokens = ref_tokens(ref)
        canonical = "#" + pointer(tuple(tokens or ()))
        if self._refs.get(canonical):
            return self._refs[canonical]
        value, found = self._value(ref) if len(self._refs) < MAX_REFS else (None, None)
        if found is not None:
            return self._locate(value, found)
        is_anchor = ref.startswith("#") and not ref.startswith(("#/", "#%"))
        reason = "names an anchor, which is not looked up" if is_anchor and len(ref) > 1 else "is not found"
        self.on_problem(self._ref_places.get(ref, ()), f"{_quoted(ref)} {reason}; any value is assumed")
        return None

    def _locate(self, value: Any, tokens: list[str]) -> Located | None:
        """The position of a value: in the smallest slice that contains it, or else in a slice that is written for
        it.
        """
        for length in range(len(tokens), 0, -1):
            span = self._units.get(tuple(tokens[:length]))
            if span is not None:
                inner = tokens[length:]
                self._copied += sum(map(len, inner))
                if self._is_too_much():
                    return None
                return [*span, inner] if inner else list(span)
        span = self._add_copy(value, tuple(tokens))
        return list(span) if span else None

    def _value(self, ref: str) -> tuple[Any, list[str] | None]:
        """The value of a reference, and the pointer to it; None if the reference has no target.

        References in the path of the pointer are followed.
        """
        tokens = ref_tokens(ref)
        for _ in range(MAX_CHAIN):
            if tokens is None or len(tokens) > MAX_STEPS:
                break
            value, is_there = self._source.lookup(tokens)
            if is_there:
                return value, tokens
            tokens = self._detour(tokens)
        return None, None

    def _detour(self, tokens: list[str]) -> list[str] | None:
        """The pointer after the first reference in its path was followed; None if the path has no reference."""
        for length in range(1, len(tokens)):
            value, is_there = self._source.lookup(tokens[:length])
            ref = value.get("$ref") if is_there and isinstance(value, dict) else None
            inner = ref_tokens(ref) if isinstance(ref, str) else None
            if inner is not None:
                return inner + tokens[length:]
        return None

    def _write_level(self, branch: _Branch) -> _Level:
        """Write the nodes below a branch.

        The operations below a branch are counted once and stored, since a path may have many segments.
        """
        rows, count, deprecated_count, summary = [], 0, 0, ""
        for segment, inner in branch.branches.items():
            below = self._write_level(inner) if inner.branches else _NO_LEVEL
            inner_rows = inner.rows
            inner_count = len(inner_rows) + below.operation_count
            summary = ""
            if inner_count == 1:
                summary = (str(inner_rows[0][3]) if inner_rows else below.summary)[:MAX_NODE_SUMMARY]
            entries = self._writer.add(_grouped(inner_rows)) if inner_rows else None
            methods = list(dict.fromkeys([row[0] for row in inner_rows]))
            deprecated = [row[0] for row in inner_rows if row[6]]
            inner_deprecated = len(deprecated) + below.deprecated_count
            if deprecated:
                active = {row[0] for row in inner_rows if not row[6]}
                deprecated = [method for method in dict.fromkeys(deprecated) if method not in active]
            is_deprecated = inner_deprecated == inner_count
            rows.append([segment, methods, summary, inner_count, below.span, entries, deprecated, is_deprecated])
            count += inner_count
            deprecated_count += inner_deprecated
        span = self._writer.add(rows) if rows else None
        return _Level(
            span=span, operation_count=count, deprecated_count=deprecated_count, summary=summary if count == 1 else ""
        )


def _grouped(rows: list[list[Any]]) -> list[Any]:
    """The operations of a node in written form. Each path and each list of servers is written once."""
    if len(rows) == 1:
        method, path, item, summary, path_constants, urls, _ = rows[0]
        return [[[path, path_constants]], [urls], [[method, 0, item, summary, 0]]]
    paths: dict[str, int] = {}
    servers: dict[tuple[str, ...], int] = {}
    numbered = [
        [
            method,
            paths.setdefault(path, len(paths)),
            item,
            summary,
            servers.setdefault(tuple(urls), len(servers)),
        ]
        for method, path, item, summary, _, urls, _ in rows
    ]
    constants = {row[1]: row[4] for row in rows}
    return [[[path, constants[path]] for path in paths], list(servers), numbered]


def _name(value: Any) -> str:
    return str(value)[:MAX_NAME] if isinstance(value, str | int | float) else ""


def _summary(operation: dict[str, Any], item: dict[str, Any]) -> str:
    """The summary; without one, the first sentence of the description."""
    for owner, name in ((operation, "summary"), (operation, "description"), (item, "summary")):
        raw = owner.get(name)
        if isinstance(raw, str) and (text := raw.strip()[: MAX_NAME * 2]):
            return (_SENTENCE.split(text, maxsplit=1)[0] if name == "description" else text)[:MAX_NAME]
    return ""


def _quoted(ref: str) -> str:
    return f"the reference '{ref[:200]}'"


def _near_method(name: str) -> str:
    return "; did you mean a method in lower case?" if name.lower() in _METHOD_KEYS else ""


MAX_DOCUMENTS = 200
MAX_CHARACTERS = 64_000_000
_DOCUMENTS = "x-callbox-documents"
_PLACES = {"schemas": "definitions", "securitySchemes": "securityDefinitions"}
"""The names in OpenAPI 2.0 for the kinds of components in 3.0."""

Load = Callable[[str, str], tuple[str, str]]
"""Loads the document of a reference.

The arguments are the reference without its fragment, and the name of the document that contains it. Returns the name
and the text of the loaded document. Raises `CallboxError` if it is refused or does not exist.
"""


def refuse(reference: str, holder: str) -> tuple[str, str]:
    """Refuse every reference. Callers that have only the text of one document pass this as `Load`."""
    raise DescriptionError("no other document is read")


def compile_text(text: str, name: str, load: Load = refuse) -> bytes:
    """The bytes for `model.Api`, from a description given as text. `name` is its file or URL, for messages.

    Raises `DescriptionError` with a place if the text is not a description.
    """
    written = BytesIO()
    try:
        compile_to(written, text, name, load)
    except RecursionError:
        raise DescriptionError(f"{name} is nested too deeply") from None
    return written.getvalue()


def compile_to(file: IO[bytes], text: str, name: str, load: Load = refuse) -> None:
    """Compile a description into an empty file: JSON or YAML, OpenAPI 2.0 or 3.x, alone or with other documents.

    Raises `DescriptionError` with a place if the text is not a description.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise DescriptionError(f"{name} is larger than the limit of 64 MB")
    start = text.lstrip()[:1]
    if not start:
        raise error_at("The description is empty", text, 0, name)
    if start == "<":
        raise error_at("This is HTML or XML, not a description of an API", text, text.index("<"), name)
    if start == "{":
        try:
            compile_source(JsonSource(text, name), name, file.write)
        except NotAloneError:
            file.seek(0)
            file.truncate()
        else:
            return
    compile_source(_tree_source(text, name, load), name, file.write)


def _tree_source(text: str, name: str, load: Load) -> Source:
    tree = decode_document(text, name)
    document = tree.value
    bundle = _Bundle(load)
    bundle.add_to(document, name)
    line = tree.line
    if str(document.get("swagger", "")).startswith("2"):
        document = convert(document) | {CONVERTED: "2.0"}
        line = _line_in_swagger(tree.line)
    return TreeSource(document, line, [*tree.problems, *bundle.problems])


def _line_in_swagger(line: Callable[[Tokens], int]) -> Callable[[Tokens], int]:
    def find(tokens: Tokens) -> int:
        if tokens[:1] == ("components",) and len(tokens) > 1:
            tokens = (_PLACES.get(tokens[1], tokens[1]), *tokens[2:])
        return line(tokens)

    return find


class _Bundle:
    """The other documents of a description. Each is loaded once, when a reference leads to it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._main = ""
        self._documents: dict[str, Any] = {}
        self._failed: dict[tuple[str, str], str] = {}
        self.problems: list[tuple[Tokens, str]] = []

    def add_to(self, document: dict[str, Any], name: str) -> None:
        """Load the documents to which a document refers, and rewrite the references in it.

        This changes the document.
        """
        self._main = name
        waiting: list[tuple[Any, str, Tokens]] = [(document, name, ())]
        while waiting:
            value, holder, tokens = waiting.pop()
            before = set(self._documents)
            self._rewrite(value, holder, tokens)
            waiting += [
                (inner, other, (_DOCUMENTS, other)) for other, inner in self._documents.items() if other not in before
            ]
        if self._documents:
            document[_DOCUMENTS] = self._documents

    def _rewrite(self, value: Any, holder: str, tokens: Tokens) -> None:
        """Visit all values of a document, without recursion, and rewrite each reference once."""
        stack, seen = [(value, tokens)], {id(value)}
        while stack:
            one, place = stack.pop()
            members: Iterable[tuple[Any, Any]] = enumerate(one) if isinstance(one, list) else ()
            if isinstance(one, dict):
                members = one.items()
            ref = one.get("$ref") if isinstance(one, dict) else None
            if isinstance(ref, str):
                one["$ref"] = self._new_ref(ref, holder, place)
            for key, inner in members:
                if isinstance(inner, dict | list) and id(inner) not in seen:
                    seen.add(id(inner))
                    stack.append((inner, (*place, str(key))))

    def _new_ref(self, ref: str, holder: str, place: Tokens) -> str:
        target, fragment = urldefrag(ref)
        if not target:
            name = holder
        else:
            name = self._loaded(target, holder, place)
            if not name:
                return ref
        if name == self._main:
            return "#" + fragment
        return f"#/{_DOCUMENTS}/{escape_token(name).replace('%', '%25')}{fragment}"

    def _loaded(self, target: str, holder: str, place: Tokens) -> str:
        """The name of the document of a reference; `""` if the document is not read."""
        if (target, holder) in self._failed:
            return self._failed[target, holder]
        name = ""
        try:
            if len(self._documents) >= MAX_DOCUMENTS:
                raise DescriptionError(f"more than {MAX_DOCUMENTS} documents")
            name, text = self._load(target, holder)
            if name != self._main and name not in self._documents:
                self._documents[name] = load_json_or_yaml(text, name)
        except CallboxError as error:
            self.problems.append((place, f"'{target[:200]}' is not read: {error.message}"))
            name = ""
        self._failed[target, holder] = name
        return name


__all__ = ["Load", "compile_text", "compile_to", "load_json_or_yaml", "refuse"]


MAX_MEMORY_MB = 1_000
_MAX_RECURSION = 4_000
"""The recursion limit. Python's default is too low for 500 levels, each of which takes several calls."""


def main() -> None:
    """Read the description on the standard input."""
    number = int(sys.argv[1])
    with contextlib.suppress(ImportError):
        importlib.import_module("yaml")  # after this, no file can be opened
    limit_process(int(sys.argv[2]) if len(sys.argv) > 2 else MAX_MEMORY_MB)
    sys.setrecursionlimit(_MAX_RECURSION)
    gc.disable()  # a decoded member has no cycles, and the search for them would visit the whole tree of paths
    receiver, sender = sys.stdin.buffer, sys.stdout.buffer

    def load(reference: str, holder: str) -> tuple[str, str]:
        send(sender, {"load": reference, "holder": holder})
        message, data = receive(receiver)
        if not message or "error" in message:
            raise error_of(message) if message else UsageError("callbox did not load it")
        return message["name"], decode(data, message["name"])

    message, data = receive(receiver)
    try:
        with os.fdopen(number, "wb", buffering=1_000_000) as file:
            compile_to(file, decode(data, message["name"]), message["name"], load)
    except CallboxError as error:
        send(sender, describe_error(error))
    except RecursionError:
        send(sender, describe_error(UsageError(f"{message['name']} is nested more than 500 levels deep")))
    except MemoryError:
        send(sender, describe_error(UsageError(f"{message['name']} takes more than 1 GB of memory to read")))
    else:
        send(sender, {"done": True})


if __name__ == "__main__":
    main()
