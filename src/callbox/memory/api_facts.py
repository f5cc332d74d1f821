"""Facts about an API: how one exchange shows them, and `Seen`, which holds them by origin for completion.

- `Seen` holds the facts of this shell, each with the number of its request, and those of earlier shells. Paths that
  differ only in an id share their facts: a segment of digits, a UUID or 16 and more hex digits counts as `{id}` if it
  has two siblings. One thread may add facts while another queries them.
- `observe` learns facts from one exchange: paths, query names and values, header names, body fields, items. Nothing is
  learned from a request without a response, nor from one whose path does not exist (404, 410). A request that the
  server refused (400 and above) gives only its path. Of secrets the names are kept, and the values are not.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urljoin

from callbox.errors import CallboxError
from callbox.exchange.events import Record
from callbox.exchange.path_selection import body_json, text_of
from callbox.exchange.redaction.credential_names import is_credential_name, split_scheme
from callbox.exchange.redaction.known_secrets import redact_filled
from callbox.exchange.redaction.text import is_secret_member
from callbox.exchange.redaction.values import redact_shown_url, tells_secret
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.secret import ReferencedSecret, Secret
from callbox.exchange.url import UrlError, parse, readable_path
from callbox.memory.list_items import (
    choose_key,
    find_list,
    is_id_of_another,
    is_key_name,
    is_object_list,
    label_of,
    normalise,
    singular,
)

Kind = Literal["path", "item", "query", "header", "field", "member"]
KINDS: tuple[Kind, ...] = ("path", "item", "query", "header", "field", "member")


class Fact(NamedTuple):
    """A fact about an origin."""

    kind: Kind
    """The kind of the fact.

    `path` (the name is the method, or empty for a link), `item` (of a list: its key and value), `query`, `header`,
    `field` (of a request's body) or `member` (of a response's body). The value of a `field` or `member` is its JSON
    type (`text`, `number`, `boolean`, `null`, `object`, `list`), or empty.
    """
    path: str
    name: str = ""
    value: str = ""


class Details(NamedTuple):
    """The label and the keys of an item in a list."""

    label: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """The members of the item that may name it in a path."""


NO_DETAILS = Details()


class Observation(NamedTuple):
    """The facts about one origin that an exchange shows."""

    origin: str
    facts: tuple[tuple[Fact, Details], ...] = ()
    gone: tuple[str, ...] = ()
    """The paths that do not exist or were deleted."""
    deleted: tuple[str, ...] = ()
    """The paths in `gone` that were deleted, so that all paths below them are gone, too."""


EARLIER: Final = 0
"""Stands for a request number, for facts of earlier shells."""
MAX_OF_KIND: Mapping[Kind, int] = {
    "path": 1000, "item": 2000, "query": 1000, "header": 200, "field": 1000, "member": 1000,
}  # fmt: skip
"""The most facts of each kind for one origin. The oldest are dropped."""
MAX_ORIGINS = 50
MAX_SEGMENTS = 30
"""The most segments of a path that is compared with others. Each segment takes time by the length of the whole path."""
_ID = re.compile(
    r"\d+|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,}", re.ASCII
)
_SIBLINGS = 2
"""How many other ids at the same place make a path segment a parameter.

With a single other one, the segment may be a version or a year.
"""
PARAMETER = "{id}"


class SeenValue(NamedTuple):
    """A value that was seen, and its source."""

    text: str
    number: int = EARLIER
    """The number of this shell's last request that showed the value; `EARLIER` for a value of an earlier shell."""
    label: str = ""
    """A few words about the value, such as the title of the item with this id."""
    json_type: str = ""
    """The JSON type, if the value is that of a field."""

    @property
    def meta(self) -> str:
        """The description of the value in a menu.

        >>> SeenValue("7", 12, "Emma").meta, SeenValue("7").meta
        ('Emma, seen #12', 'seen earlier')
        """
        where = f"seen #{self.number}" if self.number else "seen earlier"
        return f"{self.label}, {where}" if self.label else where


class _Sighting(NamedTuple):
    number: int
    details: Details


class _Origin:
    """The facts of one origin, the latest last, and the index that is computed from them."""

    __slots__ = ("changes", "facts", "index")

    def __init__(self) -> None:
        self.changes = 0
        """How often this shell has added facts."""
        self.facts: dict[Fact, _Sighting] = {}
        self.index: _Index | None = None

    def trim(self) -> None:
        """Drop the oldest facts of each kind that has too many."""
        if len(self.facts) <= min(MAX_OF_KIND.values()):
            return
        counts: dict[Kind, int] = {}
        for fact in reversed(list(self.facts)):
            counts[fact.kind] = count = counts.get(fact.kind, 0) + 1
            if count > MAX_OF_KIND[fact.kind]:
                del self.facts[fact]


class _Index:
    """The facts of an origin by kind and by path template, computed once after each change."""

    def __init__(self, facts: Mapping[Fact, _Sighting]) -> None:
        self._ids: dict[str, set[str]] = {}
        self._templates: dict[str, str] = {}
        self.by_kind: dict[Kind, list[tuple[Fact, _Sighting]]] = {kind: [] for kind in MAX_OF_KIND}
        for fact, sighting in reversed(list(facts.items())):
            self.by_kind[fact.kind].append((fact, sighting))
        self.items: dict[str, list[tuple[Fact, _Sighting]]] = {}
        for fact, sighting in self.by_kind["item"]:
            self.items.setdefault(fact.path, []).append((fact, sighting))
        self.collections: dict[str, list[str]] = {}
        """The paths of the lists by the name of their items: `book` for `/books`."""
        for path in self.items:
            self.collections.setdefault(singular(path.rpartition("/")[2]), []).append(path)
        self.paths: dict[str, int] = {}
        """The paths of requests and links, the latest first, with the number of the request."""
        self.methods: dict[str, list[str]] = {}
        for fact, sighting in self.by_kind["path"]:
            self.paths.setdefault(fact.path, sighting.number)
            if fact.name:
                self.methods.setdefault(fact.path, []).append(fact.name)
        self.targets = [(path, self._about(path, number)) for path, number in self.paths.items()]
        """Each path with its methods and its source."""
        self._find_ids()

    def _about(self, path: str, number: int) -> str:
        where = SeenValue(path, number).meta
        return f"{', '.join(self.methods[path])}, {where}" if path in self.methods else where

    def _find_ids(self) -> None:
        """Collect the ids by the template of the path before them, level by level."""
        found = [place for path in self.paths for place in _ids_in(path)]
        for path, items in self.items.items():
            found += [place for fact, _ in items[: _SIBLINGS + 1] for place in _ids_in(f"{path}/{fact.value}")]
        for _, above, segment in sorted(set(found)):  # the templates of the shorter paths are known by now
            self._ids.setdefault(self.template(above), set()).add(segment)

    def template(self, path: str) -> str:
        """The path with `{id}` in place of each segment that is an id and has siblings."""
        found = self._templates.get(path)
        if found is None and path.count("/") > MAX_SEGMENTS:
            return path
        if found is None:
            above, slash, segment = path.rpartition("/")
            begin = self.template(above) if above else ""
            is_parameter = len(self._ids.get(begin, ())) > _SIBLINGS and _ID.fullmatch(segment)
            found = self._templates[path] = f"{begin}{slash}{PARAMETER if is_parameter else segment}"
        return found


def is_id(segment: str) -> bool:
    """Whether a segment of a path looks like an id: digits, a UUID, or 16 and more hex digits."""
    return _ID.fullmatch(segment) is not None


def _ids_in(path: str) -> Iterator[tuple[int, str, str]]:
    """The ids in a path, each with its level and the path before it."""
    if path.count("/") > MAX_SEGMENTS:
        return
    at = 0
    for level, segment in enumerate(path.split("/")):
        if level and _ID.fullmatch(segment):
            yield level, path[: at - 1], segment
        at += len(segment) + 1


class Seen:
    """The facts about APIs, by origin.

    >>> seen = Seen()
    >>> facts = [(Fact("path", "/books", "GET"), NO_DETAILS)]
    >>> seen.add(Observation("http://a", tuple(facts)), 3)
    >>> [(value.text, value.meta) for value in seen.paths("http://a")]
    [('/books', 'seen #3')]
    """

    def __init__(self) -> None:
        self._origins: dict[str, _Origin] = {}
        self._lock = threading.RLock()
        self.on_question: Callable[[str], None] = lambda origin: None
        """Called with the origin of each query, so that the facts of earlier shells can be added."""

    def add(self, observation: Observation, number: int) -> None:
        """Add the facts from request `number` of this shell, and drop those of deleted paths."""
        with self._lock:
            held = self._origins.pop(observation.origin, None) or _Origin()
            held.changes += 1
            self._origins[observation.origin] = held
            for fact, details in observation.facts:
                before = held.facts.pop(fact, None)
                held.facts[fact] = _Sighting(number, details if before is None else _joined(before.details, details))
            if observation.gone:
                _drop_gone(held.facts, frozenset(observation.gone), observation.deleted)
            held.trim()
            held.index = None
            while len(self._origins) > MAX_ORIGINS:
                del self._origins[next(iter(self._origins))]

    def add_earlier(self, origin: str, facts: Iterable[tuple[Fact, Details]]) -> None:
        """Add the facts of earlier shells, the oldest first. Facts of this shell stay."""
        with self._lock:
            held = self._origins.setdefault(origin, _Origin())
            changes = held.changes
            earlier = {fact: _Sighting(EARLIER, details) for fact, details in facts if fact not in held.facts}
            held.facts = {**earlier, **held.facts}
            held.trim()
            facts_now = dict(held.facts)
        index = _Index(facts_now)  # this takes 10 ms for many facts, and completion uses the former index meanwhile
        with self._lock:
            held.index = index if held.changes == changes else None

    def forget(self, origin: str = "") -> int:
        """Forget the facts about this origin; an empty origin means all. Returns how many there were."""
        with self._lock:
            names = [origin] if origin else list(self._origins)
            return sum(len(self._origins.pop(name).facts) for name in names if name in self._origins)

    def origins(self) -> list[SeenValue]:
        """The origins, latest first."""
        with self._lock:
            held = list(self._origins.items())
        return [SeenValue(origin, max((s.number for s in one.facts.values()), default=0)) for origin, one in held[::-1]]

    def prepare(self, origin: str) -> None:
        """Compute the index that the next query about this origin needs."""
        index = self._index(origin)
        for found in index.by_kind.values():
            for fact, _ in found:
                index.template(fact.path)

    def _index(self, origin: str) -> _Index:
        self.on_question(origin)
        with self._lock:
            held = self._origins.get(origin)
            if held is None:
                return _NOTHING
            if held.index is None:
                held.index = _Index(held.facts)
            return held.index

    def paths(self, origin: str) -> list[SeenValue]:
        """The paths of requests and links, the latest first."""
        return [SeenValue(path, number) for path, number in self._index(origin).paths.items()]

    def targets(self, origin: str) -> list[tuple[str, str]]:
        """The paths of requests and links, each with its methods and its source: `GET, PUT, seen #3`."""
        return self._index(origin).targets

    def refusing(self, origin: str, method: str) -> frozenset[str]:
        """The paths whose known methods (from `Allow`, with OPTIONS among them) do not include this one."""
        methods = self._index(origin).methods
        return frozenset(path for path, known in methods.items() if "OPTIONS" in known and method not in known)

    def template(self, origin: str, path: str) -> str:
        """The path with `{id}` in place of ids that have siblings."""
        return self._index(origin).template(path)

    def has_list(self, origin: str, path: str) -> bool:
        """Whether a list with items was seen at this path."""
        return path.rstrip("/") in self._index(origin).items

    def values(self, origin: str, path: str, parameter: str = "id") -> list[SeenValue]:
        """The values for `{parameter}` after this path: first those from lists of items, then typed ones."""
        index, path = self._index(origin), path.rstrip("/")
        typed = {
            segment: number
            for one, number in index.paths.items()
            if one.startswith(f"{path}/") and (segment := one[len(path) + 1 :]) and "/" not in segment
        }
        found = list(_item_values(index.items.get(path, []), parameter, path.rpartition("/")[2], typed))
        listed = {value.text for value in found}
        others = [(t, n) for t, n in typed.items() if t not in listed and (parameter != "id" or _ID.fullmatch(t))]
        return [*found, *(SeenValue(text, number) for text, number in others)]

    def ids(self, origin: str, kind: str) -> list[SeenValue]:
        """The ids of the things of a kind (`book`), from all lists of this origin with its name (`/books`)."""
        paths = self._index(origin).collections.get(kind, ()) if kind else ()
        return _unique(value for path in paths for value in self.values(origin, path))

    def children(
        self, origin: str, folder: str, parameter: str = "id", *, has_slash: bool | None = None
    ) -> list[SeenValue]:
        """The paths one level below this one, from its list. None if the items of the list do not name that level.

        Args: origin: of the path. folder: the path of the list. parameter: the name of the path parameter, if a
        description says it. has_slash: whether the paths of items end with a slash; None concludes it from the paths
        that were seen.
        """
        index, path = self._index(origin), folder.rstrip("/")
        items = index.items.get(path)
        if not items or not _is_collection(index, path):
            return []
        typed = {one[len(path) + 1 :]: number for one, number in index.paths.items() if one.startswith(f"{path}/")}
        values = list(_item_values(items, parameter, path.rpartition("/")[2], typed))
        if has_slash is None:
            has_slash = _has_final_slash(index, path, {value.text for value in values})
        end = "/" if has_slash else ""
        return [value._replace(text=f"{path}/{value.text}{end}") for value in values]

    def query_names(self, origin: str, path: str, *, is_near_only: bool = False) -> list[SeenValue]:
        """The names of query parameters: first of this path and paths like it, then of the rest of the origin.

        With `is_near_only`, the rest is left out.
        """
        return self._near_first(origin, path, "query", is_near_only=is_near_only)

    def query_values(self, origin: str, path: str, name: str) -> list[SeenValue]:
        """The values of this query parameter: first those on this path and similar paths, then others."""
        index = self._index(origin)
        wanted = index.template(path)
        found = [(f, s) for f, s in index.by_kind["query"] if f.name == name and f.value]
        near = [(f, s) for f, s in found if index.template(f.path) == wanted]
        return _unique(SeenValue(f.value, s.number) for f, s in [*near, *(one for one in found if one not in near)])

    def fields(self, origin: str, path: str, *, is_sent_only: bool = False) -> list[SeenValue]:
        """The names of body fields of this path and similar paths: first from requests, then from responses."""
        index = self._index(origin)
        wanted = index.template(path)
        kinds: tuple[Kind, ...] = ("field", "member")
        near = [(f, s) for kind in kinds for f, s in index.by_kind[kind] if index.template(f.path) == wanted]
        types = _types_of(fact for fact, _ in near)
        sent = [(f, s) for f, s in reversed(near) if f.kind == "field"]
        received = [] if is_sent_only else [(f, s) for f, s in reversed(near) if f.kind == "member"]
        return _unique(SeenValue(f.name, s.number, json_type=types.get(f.name, "")) for f, s in [*sent, *received])

    def header_names(self, origin: str, path: str) -> list[SeenValue]:
        """The names of typed headers: first those for this path and similar paths, then others."""
        return self._near_first(origin, path, "header")

    def _near_first(self, origin: str, path: str, kind: Kind, *, is_near_only: bool = False) -> list[SeenValue]:
        index = self._index(origin)
        wanted = index.template(path)
        near: list[SeenValue] = []
        far: list[SeenValue] = []
        for fact, sighting in index.by_kind[kind]:
            (near if index.template(fact.path) == wanted else far).append(SeenValue(fact.name, sighting.number))
        return _unique(near if is_near_only else [*near, *far])


_NOTHING: Final = _Index({})
NOTHING_SEEN: Final = Seen()
"""An empty `Seen`, for callers that have seen nothing."""


def _joined(before: Details, now: Details) -> Details:
    """The joined details of an item that was seen twice, alone and in its list, perhaps with different members."""
    return Details(now.label or before.label, now.keys or before.keys)


def _drop_gone(facts: dict[Fact, _Sighting], gone: Collection[str], deleted: Collection[str]) -> None:
    """Forget deleted paths, facts about only those paths, and the items at them."""
    items: dict[str, list[tuple[Fact, str, Keys]]] = {}
    for fact, sighting in facts.items():
        if fact.kind == "item":
            items.setdefault(fact.path, []).append((fact, fact.value, sighting.details.keys))
    parts = [path.rstrip("/").rpartition("/") for path in gone]
    named = {fact for above, _, segment in parts for fact in items_named(segment, above, items.get(above, ()))}
    below = tuple(f"{path.rstrip('/')}/" for path in deleted if path.strip("/"))
    for fact in list(facts):
        if fact.kind not in ("path", "item"):
            continue
        if fact.path in gone or f"{fact.path}/".startswith(below) or fact in named:
            del facts[fact]


def _types_of(facts: Iterable[Fact]) -> dict[str, str]:
    """The type of each field: the latest that a response had, else the latest that was sent. null does not count."""
    known: dict[str, str] = {}
    for fact in sorted(facts, key=lambda fact: (fact.value in ("", "null"), fact.kind != "member")):
        if fact.value:
            known.setdefault(fact.name, fact.value)
    return known


Item = TypeVar("Item")
Keys = Iterable[tuple[str, str]]


def items_named(segment: str, above: str, items: Iterable[tuple[Item, str, Keys]]) -> list[Item]:
    """The items of the list at `above` that the segment after it names.

    A member that is not a key may have the same short number by chance, such as a quantity or the id of something else.
    It counts only if no key matches, and if it matches a single item.

    Args: segment: the last segment of the path. above: the path of the list. items: each with its value, and with its
    members that may be keys.

    >>> items_named("2", "/orders", [("a", "1", [("id", "1"), ("quantity", "2")]), ("b", "2", [("id", "2")])])
    ['b']
    >>> items_named("2", "/orders", [("a", "1", [("n", "2")]), ("b", "2x", [])])
    ['a']
    """
    one = above.rpartition("/")[2]
    sure, likely = list[Item](), list[Item]()
    for item, value, keys in items:
        names = [name for name, text in keys if text == segment and not is_id_of_another(name, one)]
        if segment == value or any(is_key_name(name) or not _is_short_number(segment) for name in names):
            sure.append(item)
        elif names:
            likely.append(item)
    return sure or (likely if len(likely) == 1 else [])


def _item_values(
    items: list[tuple[Fact, _Sighting]], parameter: str, segment: str, typed: Collection[str]
) -> Iterator[SeenValue]:
    """The values of items for this parameter, in the order of their list."""
    names = dict.fromkeys(name for fact, sighting in items for name in (fact.name, *dict(sighting.details.keys)))
    exact = parameter if parameter in names and parameter != "id" else None
    chosen = exact or _key_of_typed(items, typed, choose_key((name for name in names if name), parameter, segment))
    for fact, sighting in _in_order(items):
        value = fact.value if fact.name in ("", chosen) else dict(sighting.details.keys).get(chosen or "")
        if value is None and chosen is None and not fact.value.isdecimal() and not is_id_of_another(fact.name, segment):
            value = fact.value
        if value:
            yield SeenValue(value, sighting.number, sighting.details.label if sighting.details.label != value else "")


def _in_order(items: list[tuple[Fact, _Sighting]]) -> list[tuple[Fact, _Sighting]]:
    """The items in order: those of the newest request first, and those of one response in the order of the list."""
    listed = list(reversed(items))
    listed.sort(key=lambda item: -item[1].number)
    return listed


def _key_of_typed(items: list[tuple[Fact, _Sighting]], typed: Collection[str], likely: str | None) -> str | None:
    """The member whose values were typed after the path, which shows that it is the key; else the likely one.

    A typed value that the likely member also has is no evidence for another member, and many members have a short
    number by chance.
    """
    pairs = {pair for fact, sighting in items for pair in ((fact.name, fact.value), *sighting.details.keys)}
    explained = {value for name, value in pairs if name == likely}
    unexplained = (pair for pair in pairs if pair[1] in typed and pair[1] not in explained)
    counts = Counter(name for name, value in unexplained if name and (is_key_name(name) or not _is_short_number(value)))
    if not counts:
        return likely
    most = max(counts.values())
    return next(name for fact, s in items for name in (fact.name, *dict(s.details.keys)) if counts[name] == most)


def _is_short_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 4


def _has_final_slash(index: _Index, path: str, values: Collection[str]) -> bool:
    """Whether the paths of items below this path end with a slash, as in Django.

    The latest path of such an item decides. Without one, the latest path of any item decides, or else all paths of the
    API if they agree.
    """
    for one in index.paths:
        if one.startswith(f"{path}/") and one[len(path) + 1 :].removesuffix("/") in values:
            return one.endswith("/")
    for one in index.paths:
        if _ID.fullmatch(one.rstrip("/").rpartition("/")[2]):
            return one.endswith("/")
    others = [one for one in index.paths if one.strip("/") and "." not in one.rpartition("/")[2]]
    return len(others) >= _AGREEING and all(one.endswith("/") for one in others)


_AGREEING = 2
"""The number of paths that must end with a slash before paths of items are assumed to do so, too."""


def _is_collection(index: _Index, path: str) -> bool:
    """Whether the list at this path has resources below it.

    It must not be part of an item, or of a list that was not requested.
    """
    if path not in index.paths and f"{path}/" not in index.paths:
        template = index.template(path)
        if not any(index.template(one) == template for one in index.paths):
            return False
    above, _, segment = path.rpartition("/")
    is_item = any(segment == fact.value for fact, _ in index.items.get(above, ()))
    return not is_item and not _ID.fullmatch(segment)


def _unique(values: Iterable[SeenValue]) -> list[SeenValue]:
    """The texts without repetitions."""
    found: dict[str, SeenValue] = {}
    for value in values:
        found.setdefault(value.text, value)
    return list(found.values())


MAX_BYTES = 262_144
"""The most bytes of a body. Nothing is learned from a larger one."""
MAX_ITEMS = 100
"""The most items of one list that are read."""
MAX_ALL_ITEMS = 300
"""The most items of one response, nested lists included."""
MAX_LINKS = 50
MAX_LINK_DEPTH = 5
"""The most levels of a document that are searched for paths."""
MAX_FIELDS = 100
MAX_PATH = 500
MAX_TEXT = 100
"""The most characters of a value that is stored."""
MAX_KEYS = 8
"""The most members of an item that may name it in a path."""
MAX_DEPTH = 3
"""The most levels of nested fields in the body of a request."""
_TYPES = {str: "text", bool: "boolean", dict: "object", list: "list"}
_GONE = (404, 410)
_NOT_ALLOWED = 405
_BRACKET = re.compile(r"[\[\]]")
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,300}")
_PATH = re.compile(r"/[A-Za-z0-9_~][\w.~:@!$&'()*+,;=%/-]{0,300}+(?:\?[^\s#\"'<>\\]{0,200}+)?")
"""A text that is the path of a link, with its query. A template (`/a/{id}`) does not match."""
_PLACEHOLDER = re.compile(r"/:?(?:%7B|\{)[\w.-]{1,100}(?:%7D|\})(?:/|\Z)", re.IGNORECASE)
"""A path segment that stands for a value in manuals: `/items/{item_id}`."""
_FILE_NAMES = frozenset(("cwd", "dir", "directory", "file", "filename", "filepath", "folder", "root"))
"""Members whose text is the path of a file and not a link."""
_LINK = re.compile(r"<([^<>]{1,500})>")
_SIGNS = frozenset(":=<>&%@ ")
"""Characters that separate a name from its value. A text without them cannot contain `name=secret`."""


def observe(record: Record) -> list[Observation]:
    """The facts of an exchange, about the origin of the request and, after a redirect, that of the response."""
    secrets = record.outgoing.all_secrets
    found = _observe(record)
    return [_without_secrets(one, secrets) for one in found if not _holds(one.origin, secrets)] if secrets else found


def _without_secrets(observation: Observation, secrets: Mapping[str, str]) -> Observation:
    """The observation without facts that contain a secret of the request, even under a harmless name."""
    facts = ((fact, details) for fact, details in observation.facts if not any(_holds(text, secrets) for text in fact))
    plain = ((fact, details if not _tells(details, secrets) else NO_DETAILS) for fact, details in facts)
    gone = tuple(path for path in observation.gone if not _holds(path, secrets))
    return observation._replace(
        facts=tuple(plain), gone=gone, deleted=tuple(path for path in observation.deleted if path in gone)
    )


def _tells(details: Details, secrets: Mapping[str, str]) -> bool:
    return _holds(details.label, secrets) or any(_holds(text, secrets) for pair in details.keys for text in pair)


def _holds(text: str, secrets: Mapping[str, str]) -> bool:
    return bool(text) and redact_filled(text, secrets) != text


def _observe(record: Record) -> list[Observation]:
    if not record.is_answered:
        return []
    first, last = record.first_outgoing, record.outgoing
    status = record.response.status
    was_redirected = first.url.origin + first.url.path != last.url.origin + last.url.path
    if status in _GONE:
        gone = [Observation(last.url.origin, gone=(readable_path(last.url.path),))]
        return [Observation(first.url.origin, gone=(readable_path(first.url.path),)), *gone] if was_redirected else gone
    if is_path_gone(record):
        deleted = (readable_path(last.url.path),)
        return [Observation(last.url.origin, gone=deleted, deleted=deleted)]
    if status == _NOT_ALLOWED:
        return [Observation(last.url.origin, tuple(dict(_allowed(record)).items()))]
    if was_redirected and is_slash_redirect(record):
        first, was_redirected = first._replace(url=last.url), False
    typed = [*_path(first), *(_typed(record, first) if status < 400 else ())]
    answered = [*_path(last), *(_answered(record) if status < 400 else ())]
    if not was_redirected:
        return [Observation(first.url.origin, tuple(dict([*typed, *answered]).items()))]
    return [Observation(first.url.origin, tuple(typed)), Observation(last.url.origin, tuple(answered))]


def is_slash_redirect(record: Record) -> bool:
    """Whether a request was redirected to the same path with one final slash more or less, as Django does."""
    first, last = (record.history[0] if record.history else record).outgoing.url, record.outgoing.url
    return first.origin == last.origin and first.path != last.path and first.path.rstrip("/") == last.path.rstrip("/")


def is_path_gone(record: Record) -> bool:
    """Whether an exchange shows that its path does not exist (404, 410) or was just deleted."""
    return record.response.status in _GONE or is_deletion(record)


def is_deletion(record: Record) -> bool:
    """Whether a request has just deleted what was at its path, and with it everything below."""
    return record.outgoing.method == "DELETE" and record.response.status in (200, 204)


Facts = Iterator[tuple[Fact, Details]]


def _fact(kind: Kind, path: str, name: str = "", value: str = "") -> tuple[Fact, Details]:
    return Fact(kind=kind, path=path, name=name, value=value), NO_DETAILS


def _is_plain_path(path: str) -> bool:
    """Whether a path may be stored: it has a usual length, and contains no recognised secret."""
    return len(path) <= MAX_PATH and not _PLACEHOLDER.search(path) and redact_shown_url(path) == path


def _path(outgoing: Outgoing) -> Facts:
    path = readable_path(outgoing.url.path)
    if _is_plain_path(path):
        yield _fact("path", path, outgoing.method)


def _typed(record: Record, outgoing: Outgoing) -> Facts:
    """The facts in what the user typed: the names and values of the request."""
    path = readable_path(outgoing.url.path)
    if not _is_plain_path(path):
        return
    yield from _query(path, islice(_query_pairs(record), MAX_FIELDS))
    for name, value in record.draft.headers[:MAX_FIELDS]:
        if value is not None:
            yield _fact("header", path, name)
    if record.draft.content is not None:
        for name, json_type in islice(dict(_content_fields(record.draft.content)).items(), MAX_FIELDS):
            yield _fact("field", path, name, json_type)


def _is_plain_name(name: str) -> bool:
    return 0 < len(name) <= MAX_TEXT and not _BRACKET.search(name)


def _query_pairs(record: Record) -> Iterator[tuple[str, str | Secret | None]]:
    yield from record.draft.query
    yield from parse_qsl(record.draft.url.partition("?")[2].partition("#")[0], keep_blank_values=True)


def _query(path: str, pairs: Iterable[tuple[str, str | Secret | None]]) -> Facts:
    for name, value in pairs:
        if value is None or not 0 < len(name) <= MAX_TEXT:
            continue
        yield _fact("query", path, name)
        if isinstance(value, str) and _is_plain_value(name, value):
            yield _fact("query", path, name, value)


def _is_plain_value(name: str, value: str) -> bool:
    """Whether a value may be stored: it is a short line, and not secret by its name, kind or text."""
    if not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        return False
    if isinstance(value, ReferencedSecret) or is_credential_name(name):
        return False
    return _SIGNS.isdisjoint(value) or not tells_secret(value)


def _content_fields(content: Content) -> Iterator[tuple[str, str]]:
    """The names of the fields in the body of a request, nested ones as `a[b]`; with their types if the body is JSON."""
    if content.parts:
        yield from ((part.name, "") for part in content.parts)
    elif content.data is None or len(content.data) > MAX_BYTES:
        return
    elif content.kind == "form":
        yield from ((name, "") for name, _ in parse_qsl(content.data.decode("latin-1"), keep_blank_values=True))
    elif content.kind == "json":
        yield from _nested_fields(_json_of(content.data), "", 0)


def _json_of(data: bytes) -> Any:
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def json_type(value: Any) -> str:
    """The JSON type of a value, in a word.

    >>> [json_type(value) for value in ("a", 1.5, True, None, {}, [])]
    ['text', 'number', 'boolean', 'null', 'object', 'list']
    """
    if value is None:
        return "null"
    return _TYPES.get(type(value), "number")


def _nested_fields(value: Any, above: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth >= MAX_DEPTH or not isinstance(value, dict):
        return
    for name, inner in islice(value.items(), MAX_FIELDS):
        if _BRACKET.search(name):
            continue  # typed as a path, this text would mean another path
        full = f"{above}[{name}]" if above else name
        is_list = is_object_list(inner)
        nested = list(_nested_fields(inner[0] if is_list else inner, f"{full}[]" if is_list else full, depth + 1))
        yield from nested or ((full, json_type(inner)),)


def _answered(record: Record) -> Facts:
    """The facts in a response: links, members of its JSON, items of its lists."""
    path = readable_path(record.outgoing.url.path)
    yield from islice(_links(record), MAX_LINKS)
    yield from _allowed(record)
    document = document_of(record)
    if not _is_plain_path(path):
        return
    if record.outgoing.method == "OPTIONS":  # the body is about the API
        yield from _fields_of_metadata(path, document)
        return
    segment = path.rstrip("/").rpartition("/")[2]
    found = find_list(document, segment)
    entry = found[0] if found else document
    if isinstance(entry, dict):
        yield from (_fact("member", path, name, kind) for name, kind in islice(_members(entry), MAX_FIELDS))
    yield from islice(_all_items(path, document, found, record), MAX_ALL_ITEMS)


def _allowed(record: Record) -> Facts:
    """The path of a response with the methods in its Allow header; without that header, only the path."""
    path = readable_path(record.outgoing.url.path)
    if not _is_plain_path(path):
        return
    allowed = [one.strip().upper() for one in record.response.headers.get("Allow", "").split(",")]
    methods = [one for one in allowed if one.isalpha()]
    if record.response.status == _NOT_ALLOWED:
        methods = [one for one in methods if one != record.outgoing.method] or [""]
    yield from (_fact("path", path, one) for one in methods[:MAX_FIELDS])


_METADATA_TYPES = {
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "list": "list",
    "nested object": "object",
}


def _fields_of_metadata(path: str, document: Any) -> Facts:
    """The fields that the metadata of Django REST framework list, in `actions.POST` or `actions.PUT`."""
    actions = document.get("actions") if isinstance(document, dict) else None
    for described in actions.values() if isinstance(actions, dict) else ():
        for name, about in islice(described.items(), MAX_FIELDS) if isinstance(described, dict) else ():
            if isinstance(about, dict) and about.get("read_only") is not True and _is_plain_name(name):
                yield _fact("field", path, name, _METADATA_TYPES.get(str(about.get("type")), "text"))


def _members(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The members of an object and of objects inside it, as they are typed: `owner[id]`."""
    for name, value in islice(entry.items(), MAX_FIELDS):
        if not _is_plain_name(name):
            continue
        inner = value.items() if isinstance(value, dict) else ()
        nested = [(f"{name}[{one}]", json_type(what)) for one, what in islice(inner, MAX_FIELDS) if _is_plain_name(one)]
        yield from nested or ((name, json_type(value)),)


def document_of(record: Record) -> Any:
    """The JSON value of a response; None if the body is too long or not JSON."""
    body = record.body
    if not 0 < len(body) <= MAX_BYTES or body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return body_json(record)
    except CallboxError:
        return None


def _links(record: Record) -> Facts:
    """The paths of the same origin in the headers and the body of a response."""
    here = record.outgoing.url
    for text in _linked_urls(record):
        try:
            url = parse(urljoin(here.text, text))
        except (UrlError, ValueError):
            continue
        path = readable_path(url.path)
        if url.origin == here.origin and _is_plain_path(path):
            yield _fact("path", path)


def _linked_urls(record: Record) -> Iterator[str]:
    headers = record.response.headers
    yield from headers.getlist("Location")
    for link in headers.getlist("Link"):
        yield from _LINK.findall(link)
    if 0 < len(record.body) <= MAX_BYTES:
        yield from islice(_URL.findall(text_of(record)), 4 * MAX_LINKS)
        yield from linked_paths(document_of(record))


def linked_paths(document: Any) -> Iterator[str]:
    """The texts in a JSON document that are paths (`/todos?page=2`), at most `MAX_LINKS`.

    >>> list(linked_paths({"links": {"todos": "/todos"}, "next": "/todos?page=2", "file": "/etc", "note": "/ or"}))
    ['/todos', '/todos?page=2']
    """
    return islice(_paths_in("", document, 0), MAX_LINKS)


def _paths_in(name: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("/") and name.lower() not in _FILE_NAMES and _PATH.fullmatch(value):
            yield value
    elif depth <= MAX_LINK_DEPTH and isinstance(value, dict):
        for inner, one in islice(value.items(), MAX_FIELDS):
            yield from _paths_in(inner, one, depth + 1)
    elif depth <= MAX_LINK_DEPTH and isinstance(value, list):
        for one in islice(value, MAX_ITEMS):
            yield from _paths_in(name, one, depth + 1)


def _all_items(path: str, document: Any, found: list[Any] | None, record: Record) -> Facts:
    """The items of the list and of lists inside its items. The resource itself is an item of the list above it."""
    if found is not None:
        for item in found[:MAX_ITEMS]:
            yield from _item(path.rstrip("/"), item)
    elif isinstance(document, dict):
        yield from _as_item(path, document)
        yield from _nested_items(path.rstrip("/"), document)
    if record.response.status == 201:
        yield from _created(record, document)


def _item(path: str, item: Any) -> Facts:
    if isinstance(item, dict):
        keys = _keys_of(item)
        name = choose_key((key for key, _ in keys), "id", path.rpartition("/")[2])
        if name is None and keys:
            name = keys[0][0]
        if name is not None:
            value = dict(keys)[name]
            yield Fact(kind="item", path=path, name=name, value=value), Details(_label_of(item, (name,)), keys)
            yield from _nested_items(f"{path}/{value}", item)
    elif (text := _key_text(item)) and _is_plain_value("", text):
        yield _fact("item", path, "", text)


def _nested_items(path: str, item: dict[str, Any]) -> Facts:
    """The items of all lists that are members of this object."""
    for name, inner in islice(item.items(), MAX_FIELDS):
        if is_object_list(inner) and "/" not in name and not is_credential_name(name):
            for one in inner[:MAX_ITEMS]:
                if isinstance(one, dict):
                    yield from _flat_item(f"{path}/{name}", one)


def _flat_item(path: str, item: dict[str, Any]) -> Facts:
    keys = _keys_of(item)
    name = choose_key((key for key, _ in keys), "id", path.rpartition("/")[2])
    if name is not None:
        yield Fact(kind="item", path=path, name=name, value=dict(keys)[name]), Details(_label_of(item, (name,)), keys)


def _keys_of(item: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The members of an item that may name it in a path: short words and numbers, but no secrets."""
    found = ((name, _key_text(value)) for name, value in islice(item.items(), MAX_FIELDS) if len(name) <= MAX_TEXT)
    plain = ((name, text) for name, text in found if text and _is_plain_value(name, text))
    plain = ((name, text) for name, text in plain if not is_secret_member(name, item))
    return tuple(sorted(plain, key=lambda pair: not is_key_name(pair[0]))[:MAX_KEYS])


def _label_of(item: dict[str, Any], besides: Collection[str] = ()) -> str:
    """The label of an item; empty if it is a credential or names one."""
    label = label_of({name: value for name, value in item.items() if not is_secret_member(name, item)}, besides)
    return "" if tells_secret(label) or split_scheme(label)[0] or not label.isprintable() else label


def _key_text(value: Any) -> str:
    """A value as one segment of a path; empty if no segment can contain it."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value) if isinstance(value, str) or abs(value) < 10**40 else ""
    is_word = 0 < len(text) <= 64 and text.isprintable() and not any(sign in text for sign in " /?#%\\{}")
    return text if is_word and text not in (".", "..") else ""


def _as_item(path: str, document: dict[str, Any]) -> Facts:
    """The resource as an item of the list above it, if one of its members is the last segment of the path."""
    above, _, segment = path.rstrip("/").rpartition("/")
    keys = _keys_of(document)
    equal = [key for key, value in keys if value == segment]
    name = choose_key(equal, "id", above.rpartition("/")[2]) or next(iter(equal), None)
    if name is not None and above:
        yield Fact(kind="item", path=above, name=name, value=segment), Details(_label_of(document, (name,)), keys)


def _created(record: Record, document: Any) -> Facts:
    """The new resource that the Location of a 201 response names. Its label comes from the body that was sent or
    received.

    Without a Location, it is the response body, if that is one item of the requested list.
    """
    here = record.outgoing.url
    sent = _json_of((record.draft.content.data or b"")[:MAX_BYTES]) if record.draft.content is not None else None
    try:
        url = parse(urljoin(here.text, record.response.headers.get("Location", "")))
    except (UrlError, ValueError):
        return
    path = readable_path(url.path)
    if url.origin == here.origin and path == readable_path(here.path):
        yield from _created_in(path.rstrip("/"), document, sent)
        return
    if url.origin != here.origin or not _is_plain_path(path):
        return
    if isinstance(document, dict) and (facts := list(_as_item(path, document))):
        yield from facts
        return
    above, _, segment = path.rstrip("/").rpartition("/")
    label = _label_of(sent) if isinstance(sent, dict) else ""
    if above and segment:
        yield Fact(kind="item", path=above, name="", value=segment), Details(label)


def _created_in(path: str, document: Any, sent: Any) -> Facts:
    """A resource without a Location, as an item of the list at `path`.

    It must have an id, or members that were sent, so that the response of a login does not count.
    """
    segment = path.rpartition("/")[2]
    created = document
    if isinstance(document, dict):
        wrappers = ("data", "result", "item", singular(segment))
        inner = [one for name, one in document.items() if normalise(name) in wrappers and isinstance(one, dict)]
        created = inner[0] if len(inner) == 1 else document
    if not isinstance(created, dict) or not segment:
        return
    has_id = choose_key((name for name, _ in _keys_of(created)), "id", segment) is not None
    is_echoed = isinstance(sent, dict) and any(name in created and created[name] == sent[name] for name in sent)
    if has_id or is_echoed:
        yield from _item(path, created)
