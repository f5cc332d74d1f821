"""The text of a description, in JSON or YAML, as a `Source`, which yields its members one after another.

Each member has its JSON text and its line.

JSON is read member by member, so that a large description is never decoded as a whole, and its text is used unchanged.
A document that must be decoded as a whole (YAML, OpenAPI 2.0, several documents) becomes a `TreeSource`.

YAML is read as YAML 1.2, in which `on`, `12:30` and dates are texts. Each key becomes a text. PyYAML (the `yaml` extra)
splits the text into events. This module decides what a plain scalar means, by the core schema of YAML 1.2 (section
10.3.2), since PyYAML follows YAML 1.1. `load_json_or_yaml` reads JSON with the standard library.
"""

from __future__ import annotations

import codecs
import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from callbox.errors import Place, UsageError

MAX_DEPTH = 500
MAX_PROBLEM_LINES = 200
"""The most problems whose lines are searched. Each search walks through the text."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SPACE = re.compile(r"[ \t\n\r]*")
_NEXT_NAME = re.compile(r'[ \t\n\r]*,[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
"""The text from the comma after a member to the value of the next member, if the name of the next member has no
escapes.
"""
_BLANK_BEFORE_COLON = re.compile(r':(?<=["\s]\s:)')
"""A colon after a quote and a blank. The pattern begins with the colon, because `re` then skips to the colons."""
_REF = re.compile(r'"\$ref"[ \t\n\r]*:[ \t\n\r]*"([^"\\]*(?:\\.[^"\\]*)*)"')
MAX_CHARACTERS = 16_000_000
MAX_NODES = 5_000_000
"""The most values after all aliases are replaced by their targets."""
FREE_NODES = 100_000
NODES_A_CHARACTER = 10
"""How many values a text may have for each of its characters, in addition to `FREE_NODES` values."""
CHARS_A_NODE = 20
"""Each time that a text has this number of characters, it counts as one more value."""
_NULLS = frozenset({"null", "Null", "NULL", "~", ""})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_BASED = re.compile(r"0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_TAGS = "tag:yaml.org,2002:"
_MERGE = "<<"


class DescriptionError(UsageError):
    """Raised if a description cannot be read at all. The place says where."""


def decode(data: bytes, name: str) -> str:
    """The text of a description: UTF-8, or UTF-16 with a byte order mark. Raises `DescriptionError` for other bytes."""
    charset = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DescriptionError(
            f"{name} is not text in {charset.removesuffix('-sig').upper()} (byte {error.start:,})",
            place=Place(name, line),
        ) from None


class Written(NamedTuple):
    """The JSON text of a member, and the texts of all `$ref` members in it."""

    text: str
    refs: set[str]


class MemberHandler(Protocol):
    """Receives the members of a description in the order in which they are written."""

    def on_top(self, name: str, value: Any) -> None:
        """Receive a member of the document that is neither `paths` nor `components`."""

    def on_path(self, name: str, value: Any, written: Written) -> None:
        """Receive a member of `paths`."""

    def on_component(self, kind: str, name: str, value: Any, written: Written) -> None:
        """Receive a member of one of the `components`."""

    def on_problem(self, tokens: tuple[str, ...], text: str) -> None:
        """Receive a mistake, and what was assumed."""


class Source(Protocol):
    """A document that can be compiled."""

    def read(self, handler: MemberHandler) -> None:
        """Pass each member to the handler. Raises `DescriptionError` if the text cannot be read."""

    def lookup(self, tokens: list[str]) -> tuple[Any, bool]:
        """The value at a pointer, and whether it exists. References in the path are not followed."""

    def line(self, tokens: tuple[str, ...]) -> int:
        """The 1-based line of the value at a pointer; 0 if the line is not known."""


class TreeSource:
    """A document that is already decoded."""

    def __init__(
        self,
        document: dict[str, Any],
        find_line: Callable[[tuple[str, ...]], int] | None = None,
        problems: Iterable[tuple[tuple[str, ...], str]] = (),
    ) -> None:
        self._document = document
        self._find_line = find_line
        self._problems = tuple(problems)

    def read(self, handler: MemberHandler) -> None:
        """Pass each member to the handler."""
        for tokens, text in self._problems:
            handler.on_problem(tokens, text)
        for name, value in self._document.items():
            if name == "paths" and isinstance(value, dict):
                for path, item in value.items():
                    handler.on_path(path, item, write(item))
            elif name == "components" and isinstance(value, dict):
                for kind, members in value.items():
                    self._read_components(handler, kind, members)
            else:
                handler.on_top(name, value)

    def _read_components(self, handler: MemberHandler, kind: str, members: Any) -> None:
        if not isinstance(members, dict):
            if not kind.startswith("x-"):
                handler.on_problem(("components", kind), "not an object; ignored")
            return
        for name, value in members.items():
            handler.on_component(kind, name, value, write(value))

    def lookup(self, tokens: list[str]) -> tuple[Any, bool]:
        """The value at a pointer, and whether it exists."""
        return walk_down(self._document, tokens)

    def line(self, tokens: tuple[str, ...]) -> int:
        """The 1-based line of the value at a pointer; 0 if the reader of the text did not record it."""
        return self._find_line(tokens) if self._find_line else 0


class NotAloneError(Exception):
    """Raised if the text of a `JsonSource` is not a whole description of OpenAPI 3: it is OpenAPI 2.0, or it refers to
    another document. The text must then be decoded as a whole.
    """


MAX_LOOKED_UP = 32
"""The most decoded members that are cached while references are resolved."""


class JsonSource:
    """A document of JSON text, which is read member by member.

    Unless `is_part` is set, `read` raises `NotAloneError` as soon as it finds that other documents are needed.
    """

    def __init__(self, text: str, name: str, *, is_part: bool = False) -> None:
        self._text = text
        self._name = name
        self._is_part = is_part
        self._key_counts: list[int] = []
        """The number of keys of each object in the member that was decoded last by `_scan_member`."""
        self._targets: list[Any] = []
        """The values of `$ref` in these objects."""
        self._refs: set[str] = set()
        """The references of the member that was decoded last."""
        self._scan = _scanner()
        self._scan_member = _scanner(object_hook=_recorder(self._key_counts, self._targets))
        self._is_countable = not any(_ends_key(text, one.start()) for one in _BLANK_BEFORE_COLON.finditer(text))
        self._starts: dict[tuple[str, ...], int] = {}
        self._top: dict[str, Any] = {}
        self._looked_up: dict[int, Any] = {}
        """Decoded members by their position, so that the next reference into one does not decode it again."""

    def read(self, handler: MemberHandler) -> None:
        """Pass each member to the handler."""
        start = self._skip(0)

        def on_member(name: str, position: int) -> int:
            if name == "paths" and self._text[position : position + 1] == "{":
                return self._walk(position, ("paths",), handler, self._path_reader(handler))
            if name == "components" and self._text[position : position + 1] == "{":
                return self._walk(position, ("components",), handler, self._kind_reader(handler))
            value, end = self._decode(position, (name,), handler)
            if name == "swagger" and not self._is_part and str(value).startswith("2"):
                raise NotAloneError
            self._top[name] = value
            handler.on_top(name, value)
            return end

        end = self._skip(self._walk(start, (), handler, on_member))
        if end != len(self._text):
            raise self._error("Text follows the end of the description", end)

    def _path_reader(self, handler: MemberHandler) -> Callable[[str, int], int]:
        def on_member(name: str, position: int) -> int:
            value, end = self._decode(position, ("paths", name), handler)
            handler.on_path(name, value, Written(self._text[position:end], self._refs))
            return end

        return on_member

    def _kind_reader(self, handler: MemberHandler) -> Callable[[str, int], int]:
        def on_kind(kind: str, position: int) -> int:
            if self._text[position : position + 1] != "{":
                if not kind.startswith("x-"):
                    handler.on_problem(("components", kind), "not an object; ignored")
                return self._decode(position, ("components", kind), handler)[1]

            def on_member(name: str, inner: int) -> int:
                value, end = self._decode(inner, ("components", kind, name), handler)
                handler.on_component(kind, name, value, Written(self._text[inner:end], self._refs))
                return end

            return self._walk(position, ("components", kind), handler, on_member)

        return on_kind

    def _decode(self, position: int, tokens: tuple[str, ...], handler: MemberHandler) -> tuple[Any, int]:
        self._key_counts.clear()
        self._targets.clear()
        try:
            value, end = self._scan_member(self._text, position)
        except StopIteration as error:
            raise self._error("This is not JSON: a value is missing", int(error.value)) from None
        except JSONDecodeError as error:
            raise self._error(f"This is not JSON: {_plain(error.msg)}", error.pos) from None
        except RecursionError:
            raise self._error(f"The description is nested more than {MAX_DEPTH} levels deep", position) from None
        except ValueError:
            raise self._error("A number has more than 4,300 digits", position) from None
        if end - position > MAX_DEPTH and self._has_many_levels(position, end) and _is_deep(value):
            raise self._error(f"The description is nested more than {MAX_DEPTH} levels deep", position)
        self._starts[tokens] = position
        self._refs = {ref for ref in self._targets if type(ref) is str} if self._targets else set()
        if self._may_repeat_keys(position, end):
            for name in self._repeated_keys(position):
                handler.on_problem(tokens, f"the key '{name[:80]}' is there twice; the last one counts")
            self._refs = refs_in(self._text[position:end])  # an object has only the last of two references
        if self._refs and not self._is_part and not all(map(_is_inner, self._refs)):
            raise NotAloneError
        return value, end

    def _has_many_levels(self, start: int, end: int) -> bool:
        """Whether the member that was decoded last has enough objects and lists for more than 500 levels."""
        return len(self._key_counts) + self._text.count("[", start, end) > MAX_DEPTH

    def _may_repeat_keys(self, start: int, end: int) -> bool:
        """Whether the member that was decoded last has fewer keys than its text.

        Counting is five times as fast as comparing the keys of each object. A quote and a colon inside a text are
        written with a backslash. The count would be too small with a blank before a colon, and too large with a key
        that ends with a backslash; such members count as repetitive.
        """
        if not self._is_countable:
            return True
        text = self._text
        surplus = text.count('":', start, end) - sum(self._key_counts)
        return surplus != 0 and (surplus != text.count('\\":', start, end) or text.find('\\\\":', start, end) >= 0)

    def _repeated_keys(self, start: int) -> list[str]:
        """The keys that an object of the member at `start` has twice."""
        repeated: list[str] = []
        _scanner(object_pairs_hook=_repetition_finder(repeated))(self._text, start)
        return repeated

    def _walk(
        self, start: int, tokens: tuple[str, ...], handler: MemberHandler, on_member: Callable[[str, int], int]
    ) -> int:
        """Pass the members of the object at `start` to the handler. Returns the position after the object."""
        for name, position, is_repeated in self._members(start):
            if is_repeated:
                handler.on_problem((*tokens, name), f"the key '{name[:80]}' is there twice; the last one counts")
            self._next = on_member(name, position)
        return self._end

    def _members(self, start: int) -> Iterator[tuple[str, int, bool]]:
        """The name and position of each value.

        The caller must set `_next` to the end of a value before it takes the next one.
        """
        text, seen = self._text, set[str]()
        if text[start : start + 1] != "{":
            raise self._error("A description is an object", start)
        position = self._skip(start + 1)
        if text[position : position + 1] == "}":
            self._end = position + 1
            return
        following = None
        while True:
            if following:
                name, position = following[1], following.end()
            else:
                name, position = self._name_at(position)
            yield name, position, name in seen
            seen.add(name)
            following = _NEXT_NAME.match(text, self._next)
            if following is None:
                position = self._skip(self._next)
                mark = text[position : position + 1]
                if mark == "}":
                    self._end = position + 1
                    return
                if mark != ",":
                    raise self._error("This is not JSON: a ',' or '}' is missing", position)
                position = self._skip(position + 1)

    def _name_at(self, position: int) -> tuple[str, int]:
        """The name that begins at a position, and the position of its value."""
        if self._text[position : position + 1] != '"':
            raise self._error("This is not JSON: a name in quotes is missing", position)
        try:
            name, position = scanstring(self._text, position + 1, True)
        except JSONDecodeError as error:
            raise self._error(f"This is not JSON: {_plain(error.msg)}", error.pos) from None
        position = self._skip(position)
        if self._text[position : position + 1] != ":":
            raise self._error("This is not JSON: a ':' is missing", position)
        return name, self._skip(position + 1)

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def _error(self, message: str, position: int) -> DescriptionError:
        return error_at(message, self._text, position, self._name)

    def lookup(self, tokens: list[str]) -> tuple[Any, bool]:
        """The value at a pointer, and whether it exists."""
        for length in (3, 2):
            start = self._starts.get(tuple(tokens[:length]))
            if start is not None and tokens[0] in ("paths", "components"):
                if start not in self._looked_up:
                    if len(self._looked_up) >= MAX_LOOKED_UP:
                        self._looked_up.clear()
                    self._looked_up[start] = self._scan(self._text, start)[0]
                return walk_down(self._looked_up[start], tokens[length:])
        return walk_down(self._top, tokens)

    def line(self, tokens: tuple[str, ...]) -> int:
        """The 1-based line on which the value at a pointer begins."""
        for length in range(min(3, len(tokens)), 0, -1):
            start = self._starts.get(tokens[:length])
            if start is not None:
                return self._text.count("\n", 0, self._descend(start, tokens[length:])) + 1
        return 0

    def _descend(self, start: int, tokens: tuple[str, ...]) -> int:
        """The offset of the value to which the tokens of a pointer lead, beginning at the value at `start`.

        If the value does not exist, the offset of the nearest value that exists.
        """
        for token in tokens:
            if self._text[start : start + 1] == "[":
                inner = self._item(start, token)
            elif self._text[start : start + 1] == "{":
                inner = self._member(start, token)
            else:
                inner = None
            if inner is None:
                break
            start = inner
        return start

    def _member(self, start: int, token: str) -> int | None:
        found = None
        for name, position, _ in self._members(start):
            if name == token:
                found = position
            self._next = self._scan(self._text, position)[1]
        return found

    def _item(self, start: int, token: str) -> int | None:
        position = self._skip(start + 1)
        if token.isdecimal() and len(token) > 9:
            return None
        for _ in range(int(token) if token.isdecimal() else 0):
            position = self._skip(self._scan(self._text, position)[1])
            if self._text[position : position + 1] != ",":
                return None
            position = self._skip(position + 1)
        return position


def _scanner(**hooks: Any) -> Callable[[str, int], tuple[Any, int]]:
    """The function of the standard library that decodes the value at a position of a text.

    It also returns the end of the value.
    """
    scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(**hooks).scan_once  # type: ignore[attr-defined]
    return scan


def _ends_key(text: str, colon: int) -> bool:
    """Whether a key and blanks are before a colon. A quote inside a text has a backslash before it."""
    before = colon - 1
    while text[before] in " \t\n\r":
        before -= 1
    quote = before
    while text[before - 1] == "\\":
        before -= 1
    return text[quote] == '"' and (quote - before) % 2 == 0


def _recorder(key_counts: list[int], targets: list[Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that adds the number of keys of each decoded object to `key_counts`, and its `$ref` to `targets`."""
    add, add_target = key_counts.append, targets.append

    def record(made: dict[str, Any]) -> dict[str, Any]:
        add(len(made))
        if "$ref" in made:
            add_target(made["$ref"])
        return made

    return record


def _is_inner(ref: str) -> bool:
    """Whether a reference leads to a value of its own document."""
    return not ref or ref[0] == "#"


def _repetition_finder(repeated: list[str]) -> Callable[[list[tuple[str, Any]]], None]:
    """A function that adds the keys that an object has twice to `repeated`."""

    def find(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                repeated.append(name)
            seen.add(name)

    return find


def _is_deep(value: Any) -> bool:
    """Whether a value has more than 500 levels. Python's own limit differs between its versions."""
    level = [value] if type(value) is dict or type(value) is list else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if type(one) is dict else one)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def write(value: Any) -> Written:
    """A value as JSON text, with its references."""
    text = dump(value)
    return Written(text, refs_in(text))


def refs_in(text: str) -> set[str]:
    """The texts of all `$ref` members in a JSON text."""
    found = set(_REF.findall(text))
    return {json.loads(f'"{ref}"') if "\\" in ref else ref for ref in found}


def walk_down(value: Any, tokens: list[str]) -> tuple[Any, bool]:
    """The value to which a pointer leads from a given value, and whether it exists."""
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and len(token) < 9 and int(token) < len(value):
            value = value[int(token)]
        else:
            return None, False
    return value, True


def dump(value: Any) -> str:
    """A value as JSON text."""
    return _ENCODER.encode(value)


def error_at(message: str, text: str, position: int, name: str) -> DescriptionError:
    """An error whose place is a position in the text."""
    position = min(position, len(text))
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)]
    column = position - start + 1
    cut = max(0, column - 60)
    place = Place(
        name,
        text.count("\n", 0, position) + 1,
        column,
        length=1,
        source=line if len(line) <= 160 else line[cut : cut + 160],
    )
    return DescriptionError(message, place=place)


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]


def escape_token(token: str) -> str:
    """A name escaped as a part of a JSON pointer."""
    if "/" not in token and "~" not in token:
        return token
    return token.replace("~", "~0").replace("/", "~1")


def pointer(tokens: tuple[str, ...]) -> str:
    """The names joined to a JSON pointer."""
    return "".join("/" + escape_token(token) for token in tokens)


def ref_tokens(ref: str) -> list[str] | None:
    """The names in the path of a reference within the document; None if it leads to another document or is not a
    pointer.
    """
    if not ref.startswith("#"):
        return None
    text = unquote(ref[1:])
    if not text:
        return []
    if not text.startswith("/"):
        return None
    return [token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/")]


class YamlDocument(NamedTuple):
    """A decoded document, the lines of its members, and the keys that occur twice (place and key)."""

    value: Any
    lines: dict[int, list[int]]
    """Maps the identity of each object or list to the 1-based lines of its members, in order."""
    repeated: list[tuple[tuple[str, ...], str]]

    def line(self, tokens: tuple[str, ...]) -> int:
        """The line of the value at a pointer. If the value does not exist, the line of the nearest value above."""
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
    """A list or an object that is not read to its end yet."""

    value: Any
    lines: list[int]
    anchor: str | None
    merged: list[Any]
    line: int


def load_yaml(text: str, name: str) -> YamlDocument:
    """The first document of YAML text. `name` is its file or URL, for messages.

    Raises `DescriptionError` with a place for text that is not YAML, nests more than 500 levels deep or contains
    itself. It is also raised if aliases make more values than the limit allows. Raises `UsageError` if the `yaml` extra
    is missing.
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
        """How many values this value counts as. A long text counts as several values, because aliases may repeat it."""
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
            raise self._error(
                f"With its aliases replaced, this description has more than {self._most_nodes:,} values", event
            )

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
    """The position of a mark, from its line and column. The index of a mark counts bytes in some loaders of PyYAML."""
    position = 0
    for _ in range(mark.line):
        position = text.find("\n", position) + 1
        if position == 0:
            return len(text)
    return int(position + mark.column)


class DecodedDocument(NamedTuple):
    """A decoded document, the lines of its values, and the mistakes in its text."""

    value: dict[str, Any]
    line: Callable[[tuple[str, ...]], int]
    problems: list[tuple[tuple[str, ...], str]]


def decode_document(text: str, name: str) -> DecodedDocument:
    """Decode a whole document: JSON if it begins with a brace or bracket, else YAML.

    Raises `DescriptionError` with a place if it cannot be decoded, or is not an object.
    """
    if text.lstrip()[:1] in "{[":
        source = JsonSource(text, name, is_part=True)
        collected = _Collected()
        source.read(collected)
        return DecodedDocument(collected.document, source.line, collected.problems)
    document: YamlDocument = load_yaml(text, name)
    if not isinstance(document.value, dict):
        raise error_at("A description is an object", text, 0, name)
    return DecodedDocument(document.value, document.line, [(tokens, _twice(key)) for tokens, key in document.repeated])


def _twice(key: str) -> str:
    return f"the key '{key[:80]}' is there twice; the last one counts"


class _Collected:
    """A handler that puts the members of a document together again."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self.problems: list[tuple[tuple[str, ...], str]] = []

    def on_top(self, name: str, value: Any) -> None:
        """Take a member."""
        self.document[name] = value

    def on_path(self, name: str, value: Any, written: Written) -> None:
        """Take a path."""
        self.document.setdefault("paths", {})[name] = value

    def on_component(self, kind: str, name: str, value: Any, written: Written) -> None:
        """Take a component."""
        self.document.setdefault("components", {}).setdefault(kind, {})[name] = value

    def on_problem(self, tokens: tuple[str, ...], text: str) -> None:
        """Record a mistake in the text."""
        self.problems.append((tokens, text))


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
