"""Read a description of any dialect: its text becomes a `Source`, and the source the bytes that `model.Api` reads.

Several documents become one: each further document is below the member `x-callbox-documents` of the first, under its
path or URL, and references to it are rewritten. Loading those documents is a function of the caller (`Load`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urldefrag

from callbox.errors import CallboxError
from callbox.openapi.description_compiler import CONVERTED, compile_source
from callbox.openapi.description_mistakes import Tokens
from callbox.openapi.description_source import (
    MAX_DEPTH,
    DescriptionError,
    JsonSource,
    Source,
    TreeSource,
    error_at,
    escape_token,
)
from callbox.openapi.swagger2_converter import convert
from callbox.openapi.yaml_reader import YamlDocument, load_yaml

MAX_DOCUMENTS = 200
MAX_CHARACTERS = 64_000_000
_DOCUMENTS = "x-callbox-documents"
_SWAGGER = re.compile(r'"swagger"\s*:\s*"?2')
_OUTER_REF = re.compile(r'"\$ref"\s*:\s*"[^#"]')
_PLACES = {"schemas": "definitions", "securitySchemes": "securityDefinitions"}
"""Where components of 3.0 stand in 2.0."""

Load = Callable[[str, str], tuple[str, str]]
"""Takes a reference without its fragment, and the name of the document that holds it; gives the name and the text of
the document that it leads to. Raises `CallboxError` if it is refused or is not there."""


class _Tree(NamedTuple):
    """A decoded document, where its lines are, and the mistakes of its text."""

    value: dict[str, Any]
    line: Callable[[Tokens], int]
    problems: list[tuple[Tokens, str]]


def refuse(reference: str, holder: str) -> tuple[str, str]:
    """Refuse every reference: the `Load` of callers that have only the text of one document."""
    raise DescriptionError("no other document is read")


def compile_text(text: str, name: str, load: Load = refuse) -> bytes:
    """The bytes for `model.Api` of a description given as text; `name` is its file or URL, for messages.

    Raises `DescriptionError` with a place where the text is not a description.
    """
    written = BytesIO()
    try:
        compile_source(make_source(text, name, load), name, written.write)
    except RecursionError:
        raise DescriptionError(f"{name} is nested too deeply") from None
    return written.getvalue()


def make_source(text: str, name: str, load: Load = refuse) -> Source:
    """The source for a text: JSON or YAML, OpenAPI 2.0 or 3.x, alone or with other documents.

    Raises `DescriptionError` with a place where the text is neither.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise DescriptionError(f"{name} has more than 64 MB, which is not read")
    start = text.lstrip()[:1]
    if not start:
        raise error_at("The description is empty", text, 0, name)
    if start == "<":
        raise error_at("This is a page or XML, and no description of an API", text, text.index("<"), name)
    if start == "{" and not _SWAGGER.search(text) and not _OUTER_REF.search(text):
        return JsonSource(text, name)
    return _tree_source(text, name, load)


def _tree_source(text: str, name: str, load: Load) -> Source:
    tree = _decode(text, name)
    document = tree.value
    bundle = _Bundle(load)
    bundle.add_to(document, name)
    line = tree.line
    if str(document.get("swagger", "")).startswith("2"):
        document = convert(document) | {CONVERTED: "2.0"}
        line = _line_in_swagger(tree.line)
    return TreeSource(document, line, [*tree.problems, *bundle.problems])


def _twice(key: str) -> str:
    return f"the key '{key[:80]}' is there twice; the last one counts"


def _line_in_swagger(line: Callable[[Tokens], int]) -> Callable[[Tokens], int]:
    def find(tokens: Tokens) -> int:
        if tokens[:1] == ("components",) and len(tokens) > 1:
            tokens = (_PLACES.get(tokens[1], tokens[1]), *tokens[2:])
        return line(tokens)

    return find


def _decode(text: str, name: str) -> _Tree:
    """A whole document, decoded. Raises `DescriptionError` with a place if it is none, or no object."""
    if text.lstrip()[:1] in "{[":
        source = JsonSource(text, name)
        collected = _Collected()
        source.read(collected)
        return _Tree(collected.document, source.line, collected.problems)
    document: YamlDocument = load_yaml(text, name)
    if not isinstance(document.value, dict):
        raise error_at("A description is an object", text, 0, name)
    return _Tree(document.value, document.line, [(tokens, _twice(key)) for tokens, key in document.repeated])


class _Collected:
    """A handler that makes the whole document again of its members."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self.problems: list[tuple[Tokens, str]] = []

    def on_top(self, name: str, value: Any) -> None:
        """A member."""
        self.document[name] = value

    def on_path(self, name: str, value: Any, text: str) -> None:
        """A path."""
        self.document.setdefault("paths", {})[name] = value

    def on_component(self, kind: str, name: str, value: Any, text: str) -> None:
        """A component."""
        self.document.setdefault("components", {}).setdefault(kind, {})[name] = value

    def on_problem(self, tokens: Tokens, text: str) -> None:
        """A mistake of the text."""
        self.problems.append((tokens, text))


class _Bundle:
    """Further documents that references lead to, each loaded once."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._main = ""
        self._documents: dict[str, Any] = {}
        self._failed: dict[tuple[str, str], str] = {}
        self.problems: list[tuple[Tokens, str]] = []

    def add_to(self, document: dict[str, Any], name: str) -> None:
        """Load what the references of a document lead to, and rewrite them; the document is changed."""
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
        """Go through all of a document, without recursion, and rewrite each reference once."""
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
        """The name of the document that a reference leads to; `""` if it is not read."""
        if (target, holder) in self._failed:
            return self._failed[target, holder]
        name = ""
        try:
            if len(self._documents) >= MAX_DOCUMENTS:
                raise DescriptionError(f"more than {MAX_DOCUMENTS} documents")
            name, text = self._load(target, holder)
            if name != self._main and name not in self._documents:
                self._documents[name] = load_value(text, name)
        except CallboxError as error:
            self.problems.append((place, f"'{target[:200]}' is not read: {error.message}"))
            name = ""
        self._failed[target, holder] = name
        return name


def load_value(text: str, name: str) -> Any:
    """A document that may be any value: JSON, else YAML."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except RecursionError:
            raise DescriptionError(f"it is nested more than {MAX_DEPTH} levels deep") from None
        except ValueError as error:
            raise error_at(f"This is not JSON: {error}", text, getattr(error, "pos", 0), name) from None
    return load_yaml(text, name).value


__all__ = ["Load", "compile_text", "load_value", "make_source", "refuse"]
