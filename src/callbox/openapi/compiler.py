"""Compile a description to the bytes that `model.Api` reads: slices, the tree of paths, the table of references.

Nothing of a description is refused but what cannot be read at all. A mistake is listed with what was assumed for it,
and its neighbours stay.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import unquote

from callbox.openapi.compiled_format import SliceWriter, Span
from callbox.openapi.mistakes import check_operation, check_schema, check_types
from callbox.openapi.model import METHODS, split_path, template_names
from callbox.openapi.schema_view import MAX_CHAIN
from callbox.openapi.source_text import (
    MAX_PROBLEM_LINES,
    DescriptionError,
    Source,
    dump,
    refs_in,
)

MAX_OPERATIONS = 50_000
MAX_NAME = 500
"""Characters of a summary or a name that are kept."""
MAX_NODE_SUMMARY = 100
"""Characters of a summary that are kept with each segment of a path that leads to one operation only."""
MAX_PATH = 4_000
MAX_SEGMENTS = 100
MIN_REFERRED = 1_000_000
"""Characters that are written again for references into other members; four times the description, if that is more."""
MAX_PROBLEMS = 1_000
_DIALECT = re.compile(r"3\.(\d+)(?:\.|-|$)")
_TOP_KEPT = ("info", "servers", "security", "tags")
_METHOD_KEYS = frozenset(method.lower() for method in METHODS)
_ITEM_KEYS = _METHOD_KEYS | {"$ref", "summary", "description", "servers", "parameters", "additionalOperations"}
CONVERTED = "x-callbox-dialect"
"""Set by the reader where it has made OpenAPI 3.0 of another dialect."""
_INFO = {"title": str, "description": str}
_SENTENCE = re.compile(r"[.!?](?:\s|$)|\n")


def compile_source(source: Source, name: str, write: Any) -> None:
    """Compile a document, and write it with `write`, piece by piece."""
    _Compiler(source, name, SliceWriter(write)).run()


class _Branch:
    """A node of the tree of paths while it grows."""

    __slots__ = ("branches", "rows")

    def __init__(self) -> None:
        self.branches: dict[str, _Branch] = {}
        self.rows: list[list[Any]] = []


class _Level(NamedTuple):
    """A level of the tree as written: where it is, the operations in it and below, the summary of the only one."""

    span: Span | None
    operation_count: int
    summary: str


class _Compiler:
    """Takes the members of a document one by one, and writes what the model reads."""

    def __init__(self, source: Source, name: str, writer: SliceWriter) -> None:
        self._source = source
        self._name = name
        self._writer = writer
        self._top: dict[str, Any] = {}
        self._schemes: dict[str, Any] = {}
        self._refs: dict[str, Span | None] = {}
        self._wanted: set[str] = set()
        self._tree = _Branch()
        self._links: list[tuple[str, dict[str, Any]]] = []
        self._servers: dict[str, dict[str, Any]] = {}
        """The servers of paths and operations, each once, by their JSON text."""
        self._problems: list[tuple[tuple[str, ...], str]] = []
        self._problem_count = 0
        self._count = 0
        self._cut = 0
        self._read = 0
        """Characters of what was written once."""
        self._referred = 0
        """Characters of what was written again, for references."""
        self._counted = {"webhooks": 0, "callbacks": 0, "links": 0}

    def run(self) -> None:
        """Read the document and write all."""
        self._source.read(self)
        dialect = self._dialect()
        for path, item in self._links:
            self._follow_item(path, item)
        if self._cut:
            self.on_problem(("paths",), f"more than {MAX_OPERATIONS:,} operations; {self._cut:,} are left out")
        if not self._count:
            self.on_problem((), "the description has no operations")
        self._resolve_all()
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
                "top": self._writer.add(
                    {key: self._top[key] for key in _TOP_KEPT if key in self._top} | {"securitySchemes": self._schemes}
                ),
                "own_servers": self._writer.add(list(self._servers.values())),
                "refs": self._writer.add(self._refs),
                "problem_count": self._problem_count,
                "problems": self._writer.add(self._problem_rows()),
                "root": root,
            }
        )

    def _dialect(self) -> str:
        version = self._top.get(CONVERTED, self._top.get("openapi"))
        if self._top.get(CONVERTED):
            return str(version)
        if version is None:
            raise DescriptionError(
                f"{self._name} describes no API: it has no member 'openapi' or 'swagger'",
                hint="OpenAPI 2.0, 3.0, 3.1 and 3.2 are read",
            )
        text = str(version) if isinstance(version, str | float | int) else ""
        found = _DIALECT.match(text)
        if found is None:
            raise DescriptionError(
                f"{self._name} is of OpenAPI '{text[:20]}', which is not read", hint="2.0, 3.0, 3.1 and 3.2 are read"
            )
        if not isinstance(version, str):
            self.on_problem(("openapi",), f"a number, not a text; read as '{text}'")
        if int(found[1][:6]) > 2:
            self.on_problem(("openapi",), f"version '{text[:20]}' is not known; read as 3.2")
        return f"3.{min(int(found[1][:6]), 2)}"

    def on_top(self, name: str, value: Any) -> None:
        """A member of the document that is neither `paths` nor `components`."""
        if name in ("paths", "components"):
            self.on_problem((name,), "not an object; ignored")
            return
        self._top[name] = value
        if name == "info":
            check_types(value, _INFO, (name,), self.on_problem)

    def on_component(self, kind: str, name: str, value: Any, text: str) -> None:
        """A member of one of the `components`."""
        if kind.startswith("x-"):
            return
        ref = f"#/components/{escape_token(kind)}/{escape_token(name)}"
        self._refs[ref] = self._add_slice(text)
        tokens = ("components", kind, name)
        if kind == "securitySchemes":
            self._schemes[name] = value
        elif kind == "links":
            self._counted["links"] += 1
        elif kind == "schemas":
            check_schema(value, tokens, self.on_problem)
        elif not isinstance(value, dict):
            self.on_problem(tokens, "not an object; ignored")

    def on_path(self, name: str, value: Any, text: str) -> None:
        """A member of `paths`."""
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
        else:
            self._add_item(name, value, text)

    def _follow_item(self, path: str, item: dict[str, Any]) -> None:
        """A path item that is a reference: what it leads to, and its own members beside it."""
        target, _ = self._value(item["$ref"])
        if not isinstance(target, dict):
            self._refs[item["$ref"]] = None
            self.on_problem(("paths", path), f"{_quoted(item['$ref'])} leads to no path item; left out")
            return
        joined = target | {key: value for key, value in item.items() if key != "$ref"}
        self._add_item(path, joined, dump(joined))

    def _add_item(self, path: str, item: dict[str, Any], text: str) -> None:
        if not path.startswith("/"):
            self.on_problem(("paths", path), "the path does not begin with '/'; read as if it did")
        segments, constants = split_path(path)
        names = template_names(segments)
        rows: list[list[Any]] = []
        for method, tokens, operation in self._operations(path, item):
            if self._count >= MAX_OPERATIONS:
                self._cut += 1
                continue
            self._count += 1
            check_operation(operation, item, names, tokens, self.on_problem)
            self._count_others(operation)
            servers = self._own_servers(operation, item)
            rows.append([method, path, None, _summary(operation, item), constants, servers])
        if not rows:
            return
        span = self._add_slice(text)
        branch = self._tree
        for segment in segments:
            branch = branch.branches.setdefault(segment, _Branch())
        for row in rows:
            row[2] = span
        branch.rows += rows

    def _operations(self, path: str, item: dict[str, Any]) -> list[tuple[str, tuple[str, ...], dict[str, Any]]]:
        found: list[tuple[str, tuple[str, ...], Any]] = [
            (name.upper(), ("paths", path, name), raw) for name, raw in item.items() if name in _METHOD_KEYS
        ]
        others = item.get("additionalOperations")
        if isinstance(others, dict):
            found += [(name, ("paths", path, "additionalOperations", name), raw) for name, raw in others.items()]
        for _, tokens, raw in found:
            if not isinstance(raw, dict):
                self.on_problem(tokens, "not an object; ignored")
        for name in item:
            if name not in _ITEM_KEYS and not name.startswith("x-"):
                self.on_problem(("paths", path, name), f"not a member of a path item; ignored{_near_method(name)}")
        return [one for one in found if isinstance(one[2], dict)]

    def _count_others(self, operation: dict[str, Any]) -> None:
        callbacks = operation.get("callbacks")
        self._counted["callbacks"] += len(callbacks) if isinstance(callbacks, dict) else 0
        responses = operation.get("responses")
        for response in responses.values() if isinstance(responses, dict) else ():
            links = response.get("links") if isinstance(response, dict) else None
            self._counted["links"] += len(links) if isinstance(links, dict) else 0

    def _own_servers(self, operation: dict[str, Any], item: dict[str, Any]) -> list[str]:
        for raw in (operation.get("servers"), item.get("servers")):
            found = (
                [one for one in raw if isinstance(one, dict) and isinstance(one.get("url"), str)]
                if isinstance(raw, list)
                else []
            )
            if found:
                for server in found:
                    self._servers.setdefault(dump(server), server)
                return [server["url"] for server in found]
        return []

    def on_problem(self, tokens: tuple[str, ...], text: str) -> None:
        """A mistake, and what was assumed."""
        self._problem_count += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append((tokens, text))

    def _problem_rows(self) -> list[tuple[str, int, str]]:
        return [
            (pointer(tokens), self._source.line(tokens) if number < MAX_PROBLEM_LINES else 0, text)
            for number, (tokens, text) in enumerate(self._problems)
        ]

    def _add_slice(self, text: str) -> Span:
        self._read += len(text)
        self._wanted |= refs_in(text)
        return self._writer.add_text(text)

    def _resolve_all(self) -> None:
        """Write a slice for each reference that leads elsewhere than to a component."""
        done: set[str] = set()
        while self._wanted - done:
            for ref in sorted(self._wanted - done):
                done.add(ref)
                if ref not in self._refs:
                    self._refs[ref] = self._resolve(ref)

    def _resolve(self, ref: str) -> Span | None:
        tokens = ref_tokens(ref)
        canonical = "#" + pointer(tuple(tokens or ()))
        if self._refs.get(canonical):
            return self._refs[canonical]
        value, is_there = self._value(ref)
        text = dump(value) if is_there else ""
        self._referred += len(text)
        if self._referred > max(MIN_REFERRED, 4 * self._read):
            self.on_problem((), f"{_quoted(ref)} and others lead to too much text; any value is assumed")
            return None
        if is_there:
            self._wanted |= refs_in(text)
            span = self._writer.add_text(text)
            self._refs.setdefault(canonical, span)  # other spellings of the same reference share it
            return span
        self.on_problem((), f"{_quoted(ref)} leads nowhere; any value is assumed")
        return None

    def _value(self, ref: str) -> tuple[Any, bool]:
        """The value that a reference leads to; references on the way are followed."""
        tokens = ref_tokens(ref)
        for _ in range(MAX_CHAIN):
            if tokens is None:
                return None, False
            value, is_there = self._source.lookup(tokens)
            if is_there:
                return value, True
            tokens = self._detour(tokens)
        return None, False

    def _detour(self, tokens: list[str]) -> list[str] | None:
        """The pointer with the first reference on its way followed; None if there is none."""
        for length in range(1, len(tokens)):
            value, is_there = self._source.lookup(tokens[:length])
            ref = value.get("$ref") if is_there and isinstance(value, dict) else None
            inner = ref_tokens(ref) if isinstance(ref, str) else None
            if inner is not None:
                return inner + tokens[length:]
        return None

    def _write_level(self, branch: _Branch) -> _Level:
        """Write the nodes below a branch. Each branch is counted once: a path may have many segments."""
        rows, count, summary = [], 0, ""
        for segment, inner in branch.branches.items():
            below = self._write_level(inner)
            inner_count = len(inner.rows) + below.operation_count
            summary = str(inner.rows[0][3]) if inner.rows else below.summary
            summary = summary[:MAX_NODE_SUMMARY] if inner_count == 1 else ""
            entries = self._writer.add(inner.rows) if inner.rows else None
            methods = list(dict.fromkeys(row[0] for row in inner.rows))
            rows.append([segment, methods, summary, inner_count, below.span, entries])
            count += inner_count
        return _Level(self._writer.add(rows) if rows else None, count, summary if count == 1 else "")


def escape_token(token: str) -> str:
    """A name as a part of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(tokens: tuple[str, ...]) -> str:
    """A JSON pointer."""
    return "".join("/" + escape_token(token) for token in tokens)


def ref_tokens(ref: str) -> list[str] | None:
    """The names on the way of a reference within the document; None if it leads out of it or is no pointer."""
    if not ref.startswith("#"):
        return None
    text = unquote(ref[1:])
    if not text:
        return []
    if not text.startswith("/"):
        return None
    return [token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/")]


def _name(value: Any) -> str:
    return str(value)[:MAX_NAME] if isinstance(value, str | int | float) else ""


def _summary(operation: dict[str, Any], item: dict[str, Any]) -> str:
    """The summary, else the first sentence of the description."""
    for raw in (operation.get("summary"), operation.get("description"), item.get("summary")):
        if isinstance(raw, str) and raw.strip():
            text = raw.strip()[: MAX_NAME * 2]
            if raw is operation.get("description"):
                text = _SENTENCE.split(text, maxsplit=1)[0]
            return text[:MAX_NAME]
    return ""


def _quoted(ref: str) -> str:
    return f"the reference '{ref[:200]}'"


def _near_method(name: str) -> str:
    return "; did you mean a method in lower case?" if name.lower() in _METHOD_KEYS else ""
