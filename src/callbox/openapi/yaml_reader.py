"""Read YAML 1.2, in which `on`, `12:30` and dates are texts. Each key becomes a text.

PyYAML (the `yaml` extra) splits the text into events. This module decides what a plain scalar means, by the core schema
of YAML 1.2 (section 10.3.2), since PyYAML follows YAML 1.1. `load_json_or_yaml` reads JSON by the standard library.
"""

from __future__ import annotations

import importlib
import json
import re
from typing import Any, NamedTuple

from callbox.errors import UsageError
from callbox.openapi.description_text import MAX_DEPTH, DescriptionError, error_at

MAX_CHARACTERS = 16_000_000
MAX_NODES = 5_000_000
"""The most values after all aliases are replaced by their targets."""
FREE_NODES = 100_000
NODES_A_CHARACTER = 10
"""The same for a short text: so many, and so many for each of its characters, so that its size explains the work."""
CHARS_A_NODE = 20
"""The number of characters of a text that count as one more value."""
_NULLS = frozenset({"null", "Null", "NULL", "~", ""})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_BASED = re.compile(r"0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_TAGS = "tag:yaml.org,2002:"
_MERGE = "<<"


class YamlDocument(NamedTuple):
    """A decoded document, the lines of its members, and the keys that occur twice (place and key)."""

    value: Any
    lines: dict[int, list[int]]
    """The 1-based line of each member in order, by the identity of the object or list."""
    repeated: list[tuple[tuple[str, ...], str]]

    def line(self, tokens: tuple[str, ...]) -> int:
        """The line of the value at a pointer; if the value does not exist, that of the nearest value above."""
        value, line = self.value, 1
        for token in tokens:
            lines = self.lines.get(id(value), [])
            if isinstance(value, dict) and token in value:
                number = list(value).index(token)
                inner = value[token]
            elif isinstance(value, list) and token.isdecimal() and len(token) < 10 and int(token) < len(value):
                number = int(token)
                inner = value[number]
            else:
                break
            line = lines[number] if number < len(lines) else line
            value = inner
        return line


class _Open(NamedTuple):
    """A collection that is not read to its end yet."""

    value: Any
    lines: list[int]
    anchor: str | None
    merged: list[Any]
    line: int


def load_yaml(text: str, name: str) -> YamlDocument:
    """The first document of YAML text. `name` is its file or URL, for messages.

    Raises `DescriptionError` with a place for text that is not YAML, nests more than 500 levels deep, contains itself,
    or grows beyond its limit of values by its aliases. Raises `UsageError` if the `yaml` extra is missing.
    """
    if len(text) > MAX_CHARACTERS:
        raise DescriptionError(f"{name} is YAML and larger than the limit of 16 MB", hint="JSON may have 64 MB")
    try:
        yaml = importlib.import_module("yaml")  # the extra has no types, and is imported only for a description in YAML
    except ImportError:
        raise UsageError("A description in YAML needs the 'yaml' extra: pip install 'callbox[yaml]'") from None
    builder = _Builder(text, name)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if builder.take(type(event).__name__, event):
                break
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or "a character that is not allowed"
        position = _position(text, mark) if mark else getattr(error, "position", 0) or 0
        raise error_at(f"This is not YAML: {said}", text, position, name) from None
    return builder.document()


class _Builder:
    """Builds values from events."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._open: list[_Open] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, Any] = {}
        self._sizes: dict[int, int] = {}
        self._nodes = 0
        self._most_nodes = min(MAX_NODES, FREE_NODES + NODES_A_CHARACTER * len(text))
        self._lines: dict[int, list[int]] = {}
        self._repeated: list[tuple[tuple[str, ...], str]] = []
        self._value: Any = None

    def document(self) -> YamlDocument:
        """The document that was read."""
        return YamlDocument(self._value, self._lines, self._repeated)

    def take(self, kind: str, event: Any) -> bool:
        """Take one event. Returns whether the document has ended."""
        if kind == "ScalarEvent":
            self._take_scalar(event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._start({} if kind == "MappingStartEvent" else [], event)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._end(event)
        elif kind == "AliasEvent":
            self._take_alias(event)
        return kind == "DocumentEndEvent"

    def _take_scalar(self, event: Any) -> None:
        if self._is_at_key():
            self._take_key(event)
            return
        value = _scalar(event)
        if event.anchor:
            self._anchors[event.anchor] = value
        self._add(value, self._size_of(value), event)

    def _size_of(self, value: Any) -> int:
        """The number of values that a value counts as. A long text counts as many, since aliases may repeat it."""
        if isinstance(value, dict | list):
            return self._sizes.get(id(value), 1)
        return 1 + len(value) // CHARS_A_NODE if isinstance(value, str) else 1

    def _is_at_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._keys[-1] is None

    def _take_key(self, event: Any) -> None:
        if event.anchor:
            self._anchors[event.anchor] = event.value
        self._keys[-1] = event.value
        if event.value in self._open[-1].value:
            self._repeated.append((tuple(key for key in self._keys if key is not None), event.value))

    def _start(self, value: Any, event: Any) -> None:
        if self._is_at_key():
            raise self._error("A key is a list or an object, which JSON cannot hold", event)
        if len(self._open) >= MAX_DEPTH:
            raise self._error(f"The description is nested more than {MAX_DEPTH} levels deep", event)
        self._open.append(_Open(value=value, lines=[], anchor=event.anchor, merged=[], line=event.start_mark.line + 1))
        self._keys.append(None if isinstance(value, dict) else "0")
        self._nodes += 1
        self._sizes[id(value)] = -self._nodes

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        self._keys.pop()
        for part in reversed(done.merged):
            for key, inner in part.items():
                if key not in done.value:
                    done.value[key] = inner
                    self._count(self._size_of(inner), event)
        self._lines[id(done.value)] = done.lines
        size = self._nodes + self._sizes[id(done.value)] + 1
        self._sizes[id(done.value)] = size
        if done.anchor:
            self._anchors[done.anchor] = done.value
        self._put(done.value, done.line)

    def _take_alias(self, event: Any) -> None:
        if any(one.anchor == event.anchor for one in self._open):
            raise self._error(f"The alias '*{event.anchor[:80]}' is inside its own value", event)
        if event.anchor not in self._anchors:
            raise self._error(f"The alias '*{event.anchor[:80]}' is not defined", event)
        value = self._anchors[event.anchor]
        if self._is_at_key():
            if not isinstance(value, str):
                raise self._error("A key is an alias of a value that is not text", event)
            self._keys[-1] = value
            return
        self._add(value, self._size_of(value), event)

    def _count(self, size: int, event: Any) -> None:
        self._nodes += size
        if self._nodes > self._most_nodes:
            raise self._error(f"The aliases make more than {self._most_nodes:,} values of this description", event)

    def _add(self, value: Any, size: int, event: Any) -> None:
        self._count(size, event)
        self._put(value, event.start_mark.line + 1)

    def _put(self, value: Any, line: int) -> None:
        if not self._open:
            self._value = value
            return
        owner, key = self._open[-1], self._keys[-1]
        if isinstance(owner.value, list):
            owner.value.append(value)
            owner.lines.append(line)
            self._keys[-1] = str(len(owner.value))
            return
        self._keys[-1] = None
        if key == _MERGE and _merged(value):
            owner.merged.extend(_merged(value))
            return
        assert key is not None  # the next event is the value of this key
        if key not in owner.value:
            owner.lines.append(line)
        owner.value[key] = value

    def _error(self, message: str, event: Any) -> DescriptionError:
        return error_at(message, self._text, _position(self._text, event.start_mark), self._name)


def _merged(value: Any) -> list[dict[str, Any]]:
    parts = value if isinstance(value, list) else [value]
    return parts if all(isinstance(part, dict) for part in parts) else []


def _scalar(event: Any) -> Any:
    text, tag = str(event.value), event.tag
    if tag == _TAGS + "str" or (tag is None and not event.implicit[0]):
        return text
    if tag is not None and not tag.startswith(_TAGS):
        return text
    return plain_value(text)


def plain_value(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2.

    >>> [plain_value(text) for text in ("on", "012", "0x1F", "12:30", "2024-01-01", "~", "True", "1e3")]
    ['on', 12, 31, '12:30', '2024-01-01', None, True, 1000.0]
    """
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text.lower(), text)


def _position(text: str, mark: Any) -> int:
    """The position of a mark. PyYAML counts lines and columns; its indexes count bytes with some loaders."""
    position = 0
    for _ in range(mark.line):
        position = text.find("\n", position) + 1
        if position == 0:
            return len(text)
    return int(position + mark.column)


def load_json_or_yaml(text: str, name: str) -> Any:
    """A document with a value of any type, decoded as JSON or else as YAML."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except RecursionError:
            raise DescriptionError(f"it is nested more than {MAX_DEPTH} levels deep") from None
        except ValueError as error:
            raise error_at(f"This is not JSON: {error}", text, getattr(error, "pos", 0), name) from None
    return load_yaml(text, name).value
