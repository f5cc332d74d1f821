"""The facts about APIs that completion uses, and the rules by which lists of records in responses are read.

- `Fact`, `Observation`: what one exchange has shown of an API.
- `Seen`: the facts of this shell, each with the number of its request, and the facts of earlier shells. Paths that
  differ only in an id share their facts. A segment of a path is an id if it looks like one (digits, a UUID, or 16 and
  more hex digits), and two other ids were seen in the same position. One thread may add facts while another reads them.
- `find_list`, `choose_key`, `label_of`: the list of records in a JSON response, the member that names a record in a
  path, and a label of a record. The response to `GET /books` is a list, and `{id}` in `/books/{id}` is a value from an
  item of this list. The names of the parameter and of the list show which member of the item has this value.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from callbox.exchange.redaction.credential_names import is_credential_list, is_credential_name
from callbox.spelling import closest

Kind = Literal["path", "item", "query", "header", "field", "member"]
KINDS: tuple[Kind, ...] = ("path", "item", "query", "header", "field", "member")
_SET_BY_SERVER = (
    "id", "links", "link", "self", "href", "url", "created", "createdat", "updated", "updatedat", "modified",
    "modifiedat",
)  # fmt: skip
"""Names of members that few APIs let a client choose."""


class Fact(NamedTuple):
    """A fact about an origin."""

    kind: Kind
    """The kind of the fact.

    - `path`: a path. `name` is the method, or empty if the path was only linked.
    - `item`: an item of the list at `path`. `name` is the key of the item, and `value` is the value of this key.
    - `query`: a query parameter with its `name`, and one `value` or none.
    - `header`: a request header with its `name`.
    - `field`: a field in the body of a request. `member`: a member in the body of a response. `value` is the JSON type
      (`text`, `number`, `boolean`, `null`, `object`, `list`), or empty.
    """
    path: str
    name: str = ""
    value: str = ""


class Details(NamedTuple):
    """The label and the keys of an item in a list."""

    label: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """The members of the item that may identify it in a path."""


NO_DETAILS = Details()


class Observation(NamedTuple):
    """The facts about one origin that an exchange shows."""

    origin: str
    facts: tuple[tuple[Fact, Details], ...] = ()
    gone: tuple[str, ...] = ()
    """The paths that do not exist or were deleted."""
    deleted: tuple[str, ...] = ()
    """The paths in `gone` that were deleted. All paths below them are then gone, too."""
    refused: str = ""
    """The path of a request that was refused (400 to 499), and therefore may be a mistake."""
    missing: tuple[tuple[str, str], ...] = ()
    """The paths that were not found (404), each with the method. The path may exist for another method."""
    withdrawn: tuple[Fact, ...] = ()
    """The facts that are no longer true: the method of a path is not allowed (405)."""

    def is_doubtful(self, is_known: Callable[[str], bool], has_items: Callable[[str], bool]) -> bool:
        """Whether the refused path is probably a mistake, so that its facts are left out: the path was not known
        before, and its last segment stands where other paths have an id.

        Args: is_known: whether this path is known. has_items: whether a list at this path has items.
        """
        above, _, segment = self.refused.rstrip("/").rpartition("/")
        return bool(self.refused) and (is_id(segment) or has_items(above)) and not is_known(self.refused)


EARLIER: Final = 0
"""Stands for the number of the request, for facts of earlier shells."""
MAX_OF_KIND: Mapping[Kind, int] = {
    "path": 1000, "item": 2000, "query": 1000, "header": 200, "field": 1000, "member": 1000,
}  # fmt: skip
"""How many facts of each kind are kept for one origin. Older facts are removed."""
MAX_ORIGINS = 50
MAX_SEGMENTS = 30
"""A path with more segments is not compared with others. The time grows with the number of segments and the length of
the path.
"""
_ID = re.compile(
    r"\d+|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,}", re.ASCII
)
_SIBLINGS = 2
"""A path segment is an id if this many other ids were seen in the same position. With fewer, it may be a version or a
year.
"""
PARAMETER = "{id}"
_CHANGING = ("PUT", "PATCH", "DELETE")


class SeenValue(NamedTuple):
    """A value that callbox has seen in an exchange, and in which request."""

    text: str
    number: int = EARLIER
    """The number of this shell's last request that showed the value; `EARLIER` for a value of an earlier shell."""
    label: str = ""
    """A few words about the value, such as the title of the item with this id."""
    json_type: str = ""
    """The JSON type, for the value of a field."""

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


_Sightings: TypeAlias = list[tuple[Fact, _Sighting]]


class _Origin:
    """The facts of one origin, the newest last, and the index that is computed from them."""

    __slots__ = ("changes", "facts", "index")

    def __init__(self) -> None:
        self.changes = 0
        """How often this shell has added facts."""
        self.facts: dict[Fact, _Sighting] = {}
        self.index: _Index | None = None

    def trim(self) -> None:
        """Remove the oldest facts of each kind that has more than `MAX_OF_KIND`."""
        if len(self.facts) <= min(MAX_OF_KIND.values()):
            return
        counts: dict[Kind, int] = {}
        for fact in reversed(list(self.facts)):
            counts[fact.kind] = count = counts.get(fact.kind, 0) + 1
            if count > MAX_OF_KIND[fact.kind]:
                del self.facts[fact]


class _Resource(NamedTuple):
    """The kind of the resource at a path: a list, or an item of a list. Any other path counts as a list."""

    list_template: str
    is_item: bool


class _Index:
    """The facts of an origin by kind and by path template, computed once after each change."""

    def __init__(self, facts: Mapping[Fact, _Sighting]) -> None:
        self._ids: dict[str, set[str]] = {}
        self._templates: dict[str, str] = {}
        self._resources: dict[str, _Resource] = {}
        self.by_kind: dict[Kind, list[tuple[Fact, _Sighting]]] = {kind: [] for kind in MAX_OF_KIND}
        for fact, sighting in reversed(list(facts.items())):
            self.by_kind[fact.kind].append((fact, sighting))
        self.items: dict[str, list[tuple[Fact, _Sighting]]] = {}
        for fact, sighting in self.by_kind["item"]:
            self.items.setdefault(fact.path, []).append((fact, sighting))
        self.collections: dict[str, list[str]] = {}
        """The paths of lists, by the name of an item: `book` for `/books`."""
        for path in self.items:
            self.collections.setdefault(singular(path.rpartition("/")[2]), []).append(path)
        self.paths: dict[str, int] = {}
        """The paths of requests and links, the latest first, with the number of the request."""
        self.methods: dict[str, list[str]] = {}
        for fact, sighting in self.by_kind["path"]:
            self.paths.setdefault(fact.path, sighting.number)
            if fact.name:
                self.methods.setdefault(fact.path, []).append(fact.name)
        self._labels: dict[tuple[str, str], str] = {}
        """The labels of items, by the path of their list and the value of their key."""
        for fact, sighting in self.by_kind["item"]:
            self._labels.setdefault((fact.path, fact.value), sighting.details.label)
        self._links = {fact.path for fact, _ in self.by_kind["path"] if not fact.name}
        self._by_resource: dict[_Resource, set[str]] = {}
        """The methods of each resource; empty until they are needed."""
        self._untried: dict[str, frozenset[str]] = {}
        self.targets = [(path, self._about(path, number)) for path, number in self.paths.items()]
        """Each path with a description for the menu: the label of the item, its methods, and where it was seen."""
        self._find_ids()

    def _about(self, path: str, number: int) -> str:
        above, _, segment = path.rstrip("/").rpartition("/")
        words = [self._labels.get((above, segment), ""), *self.methods.get(path, ()), SeenValue(path, number).meta]
        return ", ".join(filter(None, words))

    def _find_ids(self) -> None:
        """Collect the ids by the template of the path before them, level by level."""
        found = [place for path in self.paths for place in _ids_in(path)]
        for path, items in self.items.items():
            found += [place for fact, _ in items[: _SIBLINGS + 1] for place in _ids_in(f"{path}/{fact.value}")]
        for _, above, segment in sorted(set(found)):  # By now, the templates of shorter paths are known.
            self._ids.setdefault(self.template(above), set()).add(segment)

    def methods_of(self, path: str) -> AbstractSet[str]:
        """The methods with which this path or a similar path was requested."""
        if not self._by_resource:
            for one, methods in self.methods.items():
                self._by_resource.setdefault(self.resource(one), set()).update(methods)
        return self._by_resource.get(self.resource(path), frozenset())

    def untried(self, method: str) -> frozenset[str]:
        """The paths that probably do not have this method, because only other methods were requested."""
        found = self._untried.get(method)
        if found is None:
            found = self._untried[method] = frozenset(path for path in self.paths if self._is_untried(path, method))
        return found

    def _is_untried(self, path: str, method: str) -> bool:
        known = self.methods_of(path)
        if method == "GET":
            return bool(known) and path not in self._links and known.isdisjoint(("GET", "HEAD"))
        return method in _CHANGING and method not in known and not self.resource(path).is_item

    def template(self, path: str) -> str:
        """The path with `{id}` in place of each segment that is an id."""
        found = self._templates.get(path)
        if found is None and path.count("/") > MAX_SEGMENTS:
            return path
        if found is None:
            above, slash, segment = path.rpartition("/")
            begin = self.template(above) if above else ""
            is_parameter = len(self._ids.get(begin, ())) > _SIBLINGS and _ID.fullmatch(segment)
            found = self._templates[path] = f"{begin}{slash}{PARAMETER if is_parameter else segment}"
        return found

    def resource(self, path: str) -> _Resource:
        """Which resource is at a path. Paths with the same resource share their facts.

        The path is an item of the list above it if its last segment looks like an id, or if the list has an item of
        this name.
        """
        found = self._resources.get(path)
        if found is None:
            plain = path.rstrip("/")
            above, _, segment = plain.rpartition("/")
            is_item = bool(above) and (
                is_id(segment) or any(fact.value == segment for fact, _ in self.items.get(above, ()))
            )
            found = self._resources[path] = _Resource(self.template(above if is_item else plain), is_item=is_item)
        return found


def is_id(segment: str) -> bool:
    """Whether a segment of a path looks like an id: digits, a UUID, or 16 and more hex digits."""
    return _ID.fullmatch(segment) is not None


def _is_doubtful(observation: Observation, facts: Collection[Fact]) -> bool:
    """Whether the facts of an observation are left out, because its path is probably a mistake. `facts` are those of
    the origin.
    """
    return bool(observation.refused) and observation.is_doubtful(
        lambda path: any(fact.kind == "path" and fact.path == path for fact in facts),
        lambda path: any(fact.kind == "item" and fact.path == path for fact in facts),
    )


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
        """Called before each look-up, with the origin, so that the caller can add the facts of earlier shells."""

    def add(self, observation: Observation, number: int) -> None:
        """Add the facts of request `number` of this shell, and remove the facts about deleted paths."""
        with self._lock:
            held = self._origins.pop(observation.origin, None) or _Origin()
            held.changes += 1
            self._origins[observation.origin] = held
            for fact, details in () if _is_doubtful(observation, held.facts) else observation.facts:
                before = held.facts.pop(fact, None)
                held.facts[fact] = _Sighting(number, details if before is None else _joined(before.details, details))
            gone = {*observation.gone, *_drop_missing(held.facts, observation.missing)}
            for fact in observation.withdrawn:
                held.facts.pop(fact, None)
            if gone:
                _drop_gone(held.facts, gone, observation.deleted)
            held.trim()
            held.index = None
            while len(self._origins) > MAX_ORIGINS:
                del self._origins[next(iter(self._origins))]

    def add_earlier(self, origin: str, facts: Iterable[tuple[Fact, Details]]) -> None:
        """Add the facts of earlier shells about an origin, the oldest first. Facts of this shell stay. Without facts,
        nothing is added, because the origin may be a half-typed host.
        """
        facts = list(facts)
        if not facts:
            return
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

    def add_origins(self, origins: Iterable[str]) -> None:
        """Add the names of origins about which earlier shells have facts, before these facts are read."""
        with self._lock:
            for origin in origins:
                self._origins.setdefault(origin, _Origin())

    def forget(self, origin: str = "") -> int:
        """Remove all facts about this origin; about all origins if it is empty. Returns how many facts there were."""
        with self._lock:
            names = [origin] if origin else list(self._origins)
            return sum(len(self._origins.pop(name).facts) for name in names if name in self._origins)

    def origins(self) -> list[SeenValue]:
        """The origins, latest first."""
        with self._lock:
            held = list(self._origins.items())
        return [SeenValue(origin, max((s.number for s in one.facts.values()), default=0)) for origin, one in held[::-1]]

    def prepare(self, origin: str) -> None:
        """Compute the index for this origin now, so that the next look-up is fast."""
        index = self._index(origin)
        for found in index.by_kind.values():
            for fact, _ in found:
                index.resource(fact.path)

    def _index(self, origin: str) -> _Index:
        self.on_question(origin)
        with self._lock:
            held = self._origins.get(origin)
            if held is None:
                return _NOTHING
            if held.index is None:
                held.index = _Index(held.facts)
            return held.index

    def has_facts(self, origin: str) -> bool:
        """Whether anything is known about this origin."""
        return any(self._index(origin).by_kind.values())

    def paths(self, origin: str) -> list[SeenValue]:
        """The paths of requests and links, the latest first."""
        return [SeenValue(path, number) for path, number in self._index(origin).paths.items()]

    def has_path(self, origin: str, path: str) -> bool:
        """Whether this path was seen in a request or a link."""
        return path in self._index(origin).paths

    def near_path(self, origin: str, path: str) -> str:
        """The path that is spelled most like this one; empty if none is near, or if this path itself is known."""
        known = [value.text for value in self.paths(origin)]
        if self.has_path(origin, path):
            return ""
        level = [one for one in known if one.count("/") == path.count("/") and one != path]
        above, _, last = path.rpartition("/")
        # A user who types the id 999 does not mean the id 1, but may have misspelt the folder before the id.
        if is_id(last):
            folders = {one.rpartition("/")[0] for one in level if is_id(one.rpartition("/")[2])}
            folder = closest(above, folders - {above})
            return f"{folder}/{last}" if folder else ""
        segments = {one.rpartition("/")[2]: one for one in level if one.rpartition("/")[0] == above}
        return segments.get(closest(last, segments), "") or closest(path, level)

    def targets(self, origin: str) -> list[tuple[str, str]]:
        """The paths of requests and links, each with its methods and its source: `GET, PUT, seen #3`."""
        return self._index(origin).targets

    def refusing(self, origin: str, method: str) -> frozenset[str]:
        """The paths whose known methods (from `Allow`, with OPTIONS among them) do not include this one."""
        methods = self._index(origin).methods
        return frozenset(path for path, known in methods.items() if "OPTIONS" in known and method not in known)

    def has_method(self, origin: str, method: str, path: str) -> bool:
        """Whether a request with this method for this path, or for a similar path, was answered."""
        return method in self._index(origin).methods_of(path)

    def untried(self, origin: str, method: str) -> frozenset[str]:
        """The paths that probably do not have this method, because only other methods were requested.

        For PUT, PATCH and DELETE, items of lists are left out, since these methods are usual for them. POST is usual
        for lists.
        """
        return self._index(origin).untried(method)

    def has_paths_below(self, origin: str, path: str, *, is_list: bool) -> bool:
        """Whether longer paths than this one were seen, or items of a list at this path. False for an item of a list.

        With `is_list`, only items count, and paths whose next segment is an id.
        """
        index, plain = self._index(origin), path.rstrip("/")
        if index.resource(plain).is_item:
            return False
        begin = f"{plain}/"
        below = (one[len(begin) :].partition("/")[0] for one in index.paths if one.startswith(begin))
        return plain in index.items or any(step and (not is_list or is_id(step)) for step in below)

    def template(self, origin: str, path: str) -> str:
        """The path with `{id}` in place of ids that have siblings."""
        return self._index(origin).template(path)

    def has_list(self, origin: str, path: str) -> bool:
        """Whether a list with items was seen at this path."""
        return path.rstrip("/") in self._index(origin).items

    def values(self, origin: str, path: str, parameter: str = "id") -> list[SeenValue]:
        """The values for `{parameter}` after this path: first values of items of lists, then values that users have
        typed.
        """
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
        """The ids of the things of a kind (`book`), from all lists of this origin with this name (`/books`)."""
        paths = self._index(origin).collections.get(kind, ()) if kind else ()
        return _unique(value for path in paths for value in self.values(origin, path))

    def children(
        self, origin: str, folder: str, parameter: str = "id", *, has_slash: bool | None = None
    ) -> list[SeenValue]:
        """The paths one level below this folder, made from the items of the list at the folder. Empty if no member of
        the items is their id.

        Args: origin: of the path. folder: the path of the list. parameter: the name of the path parameter, if a
        description has it. has_slash: whether the paths of items end with a slash; with None, the paths that were seen
        decide.
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

    def query_names(self, origin: str, path: str) -> list[SeenValue]:
        """The names of query parameters of this path and similar paths."""
        near, _ = self._by_distance(origin, path, "query")
        return _unique(SeenValue(fact.name, sighting.number) for fact, sighting in near)

    def distant_query_names(self, origin: str, path: str) -> list[SeenValue]:
        """The names of query parameters of all other paths, each with the path of its last request as label."""
        near, far = self._by_distance(origin, path, "query")
        known = {fact.name for fact, _ in near}
        named = (SeenValue(fact.name, sighting.number, f"at {fact.path}") for fact, sighting in far)
        return [value for value in _unique(named) if value.text not in known]

    def query_values(self, origin: str, path: str, name: str) -> list[SeenValue]:
        """The values of this query parameter: first those on this path and similar paths, then others."""
        index = self._index(origin)
        wanted = index.resource(path)
        found = [(f, s) for f, s in index.by_kind["query"] if f.name == name and f.value]
        near = [(f, s) for f, s in found if index.resource(f.path) == wanted]
        return _unique(SeenValue(f.value, s.number) for f, s in [*near, *(one for one in found if one not in near)])

    def member_values(self, origin: str, path: str, name: str, *, is_repeated: bool = False) -> list[SeenValue]:
        """The values that items have in this member: first in the list at this path, then in other lists.

        With `is_repeated`, only values that at least two items have, such as a genre.
        """
        index = self._index(origin)
        path = path.rstrip("/")
        found: dict[str, int] = {}
        counts: Counter[str] = Counter()
        others = (one for place, one in index.items.items() if place != path)
        for items in (index.items.get(path, []), *others):
            sightings = [sighting for _, sighting in _in_order(items)]
            for one in sightings:
                values = [value for key, value in one.details.keys if key == name]
                found.update((value, one.number) for value in values if value not in found)
                counts.update(values)
        return [SeenValue(value, number) for value, number in found.items() if not is_repeated or counts[value] > 1]

    def fields(self, origin: str, path: str, *, is_sent_only: bool = False) -> list[SeenValue]:
        """The names of body fields of this path and similar paths: first from requests, then from responses.

        The fields of a list and of its items are the same fields: those of `GET /books` are offered for
        `PUT /books/2`. They come after the fields of the path itself. With `is_sent_only`, only fields from requests to
        this path and similar paths are returned.
        """
        index = self._index(origin)
        wanted = index.resource(path)
        near: _Sightings = []
        kin: _Sightings = []
        for fact, sighting in (*index.by_kind["field"], *index.by_kind["member"]):
            found = index.resource(fact.path)
            if found == wanted:
                near.append((fact, sighting))
            elif not is_sent_only and found.list_template == wanted.list_template:
                kin.append((fact, sighting))
        types = _types_of(fact for fact, _ in (*near, *kin))
        known = [*reversed(near), *reversed(kin)]
        sent = [(f, s) for f, s in known if f.kind == "field"]
        received = [] if is_sent_only else [(f, s) for f, s in known if f.kind == "member" and _may_be_sent(f.name)]
        received.sort(key=lambda one: _is_set_by_server(one[0].name))
        return _unique(SeenValue(f.name, s.number, json_type=types.get(f.name, "")) for f, s in [*sent, *received])

    def header_names(self, origin: str, path: str) -> list[SeenValue]:
        """The names of typed headers: first headers for this path and similar paths, then all others."""
        near, far = self._by_distance(origin, path, "header")
        return _unique(SeenValue(fact.name, sighting.number) for fact, sighting in [*near, *far])

    def _by_distance(self, origin: str, path: str, kind: Kind) -> tuple[_Sightings, _Sightings]:
        """Two lists of facts of this kind: those about this path and similar paths, and those about all other paths."""
        index = self._index(origin)
        wanted = index.resource(path)
        near: _Sightings = []
        far: _Sightings = []
        for fact, sighting in index.by_kind[kind]:
            (near if index.resource(fact.path) == wanted else far).append((fact, sighting))
        return near, far


_NOTHING: Final = _Index({})
NOTHING_SEEN: Final = Seen()
"""An empty `Seen`, for code without facts."""


def _may_be_sent(name: str) -> bool:
    """Whether a member of a response may also be a field of a request. A token that a server issues may not."""
    return not is_credential_name(name) and not is_credential_list(name)


def _is_set_by_server(name: str) -> bool:
    """Whether the server usually sets this member: the id, the links, the time of a change.

    >>> [name for name in ("id", "title", "_links[self]", "createdAt", "author_id") if _is_set_by_server(name)]
    ['id', '_links[self]', 'createdAt']
    """
    return normalise(name.partition("[")[0]) in _SET_BY_SERVER


def _joined(before: Details, now: Details) -> Details:
    """Join the details of an item that was seen twice, alone and in its list. The two may have different members."""
    return Details(now.label or before.label, now.keys or before.keys)


_ITEM_METHODS = ("GET", "HEAD", "DELETE")
"""If one of these methods does not find an item of a list (404), the item does not exist."""


def methods_to_drop(method: str, known: Collection[str], *, is_item: bool) -> Collection[str] | None:
    """The methods that a path loses after a response 404; None if the path does not exist for any method.

    A server also sends 404 if the path exists only for other methods, as Express does.

    Args: method: of the request. known: the methods with which the path was seen before; empty for a link. is_item:
    whether the path is that of an item of a list.

    >>> methods_to_drop("DELETE", ["GET", "POST"], is_item=False), methods_to_drop("GET", ["POST", ""], is_item=False)
    (('DELETE',), ('GET', 'HEAD', ''))
    >>> methods_to_drop("GET", ["GET"], is_item=False), methods_to_drop("DELETE", ["GET"], is_item=True)
    (None, None)
    """
    if is_item and method in _ITEM_METHODS:
        return None
    if method != "GET":
        return (method,)
    lost = ("GET", "HEAD", "")  # a link promises that a GET finds something
    return lost if any(one not in lost for one in known) else None


def _drop_missing(facts: dict[Fact, _Sighting], missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Remove the methods of paths that were not found. Yields the paths that do not exist for any method."""
    for path, method in missing:
        known = [fact.name for fact in facts if fact.kind == "path" and fact.path == path]
        above, _, segment = path.rstrip("/").rpartition("/")
        items = [(fact, fact.value, one.details.keys) for fact, one in facts.items() if _is_item_of(fact, above)]
        lost = methods_to_drop(method, known, is_item=is_id(segment) or bool(items_named(segment, above, items)))
        if lost is None:
            yield path
        for name in lost or ():
            facts.pop(Fact("path", path, name), None)


def _is_item_of(fact: Fact, path: str) -> bool:
    return fact.kind == "item" and fact.path == path


def _drop_gone(facts: dict[Fact, _Sighting], gone: Collection[str], deleted: Collection[str]) -> None:
    """Remove deleted paths, the facts that are only about these paths, and the items at these paths."""
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
    """The type of each field: the type in the latest response, or else in the latest request. null does not count."""
    known: dict[str, str] = {}
    for fact in sorted(facts, key=lambda fact: (fact.value in ("", "null"), fact.kind != "member")):
        if fact.value:
            known.setdefault(fact.name, fact.value)
    return known


Item = TypeVar("Item")
Keys = Iterable[tuple[str, str]]


def items_named(segment: str, above: str, items: Iterable[tuple[Item, str, Keys]]) -> list[Item]:
    """The items of the list at `above` that `segment` identifies.

    A member that is not a key, such as a quantity or the id of something else, may have the same short number by
    chance. So it counts only if no key matches, and if only one item has the number in it.

    Args: segment: the last segment of the path. above: the path of the list. items: each item with the value of its
    key, and with its members that may be keys.

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
    """The items in order.

    Items of the newest request come first; items of the same response are in the order of their list.
    """
    listed = list(reversed(items))
    listed.sort(key=lambda item: -item[1].number)
    return listed


def _key_of_typed(items: list[tuple[Fact, _Sighting]], typed: Collection[str], likely: str | None) -> str | None:
    """Find the member of the items whose value stands in their paths. If users have typed values of a member after the
    path of the list, it is this member; otherwise it is `likely`. A typed value does not count if `likely` has it, too.
    A short number does not count either, because many members have it by chance.
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

    The latest path of an item at this place decides. If there is none, the latest path of any item decides, or else all
    paths of the API if they agree.
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
"""If at least this many paths end with a slash, callbox assumes that paths of items also end with a slash."""


def _is_collection(index: _Index, path: str) -> bool:
    """Whether the list at this path has resources below it.

    The list must not be a part of an item, or of a list that was not requested.
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


WRAPPERS = ("items", "data", "results", "value", "values", "records", "content", "entries")
"""The usual names of the member with the list, if a document has several lists."""
_KEY_WORDS = ("name", "slug", "code", "key", "uuid", "number")
"""Names of members that identify an item.

If the name of a parameter ends in one of these words, the parameter means this member.
"""
_LABELS = ("name", "title", "label", "displayname", "fullname", "username", "email")
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "series": "series"}
_SEPARATORS = re.compile(r"[\W_]+")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MAX_LABEL = 60


def find_list(document: object, segment: str = "") -> list[Any] | None:
    """The list in a response: the document itself, its only array of objects, or an array with a usual name or with the
    name of the segment.

    The members of the document are searched first, and then their members. None if there is no list, or if several
    lists fit equally well.

    >>> find_list({"total": 2, "books": [{"id": 1}], "tags": [{"t": 1}]}, "books")
    [{'id': 1}]
    >>> find_list({"data": {"items": [{"id": 1}]}})
    [{'id': 1}]
    """
    if isinstance(document, list):
        return list(document)
    if not isinstance(document, dict):
        return None
    found = _list_in(document, segment)
    if found is not None:
        return found
    objects = [value for name, value in document.items() if isinstance(value, dict) and not is_credential_name(name)]
    deeper = [_list_in(value, segment) for value in objects]
    lists = [inner for inner in deeper if inner is not None]
    return list(lists[0]) if len(lists) == 1 else None


def _list_in(document: Mapping[str, Any], segment: str) -> list[Any] | None:
    arrays = {name: value for name, value in document.items() if is_object_list(value) and not is_credential_list(name)}
    if len(arrays) == 1:
        return list(next(iter(arrays.values())))
    wanted = (*WRAPPERS, normalise(segment))
    named = [value for name, value in arrays.items() if normalise(name) in wanted]
    return list(named[0]) if len(named) == 1 else None


def is_object_list(value: Any) -> bool:
    """Whether the value is a list whose first element is an object.

    >>> is_object_list([{}]), is_object_list([]), is_object_list([1])
    (True, False, False)
    """
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def normalise(name: str) -> str:
    """A name in lower case, without separators.

    >>> normalise("book_Id"), normalise("X-Book-ID")
    ('bookid', 'xbookid')
    """
    return _SEPARATORS.sub("", name).lower()


def singular(segment: str) -> str:
    """The singular of a name, by the usual endings of English.

    >>> [singular(word) for word in ("books", "categories", "boxes", "addresses", "people", "status", "houses")]
    ['book', 'category', 'box', 'address', 'person', 'status', 'house']
    """
    word = normalise(segment)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def choose_key(names: Iterable[str], parameter: str, segment: str) -> str | None:
    """Choose the member of an item whose value replaces `{parameter}` in a path. `names` are the members, and `segment`
    is the last segment of the path of the list. None if no member fits.

    >>> choose_key(["title", "id"], "bookId", "books"), choose_key(["author_id", "isbn"], "isbn", "books")
    ('id', 'isbn')
    """
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(normalise(name), name)
    exact = next((name for name in keys.values() if name == parameter), None)
    if exact is not None:
        return exact
    wanted = _wanted_keys(normalise(parameter), singular(segment))
    found = next((keys[key] for key in wanted if key in keys), None)
    if found is not None:
        return found
    return None


def _wanted_keys(parameter: str, one: str) -> list[str]:
    """The normalised names of possible keys, the likeliest first."""
    wanted = [parameter]
    if parameter.endswith("id") or parameter == one:
        wanted.append("id")
    if one and parameter.startswith(one) and parameter != one:
        wanted.append(parameter[len(one) :])
    wanted.append(one + parameter)
    if parameter == one:
        wanted.append("name")
    wanted += [word for word in _KEY_WORDS if parameter.endswith(word)]
    return [*wanted, f"{one}id", "id"]


def is_id_name(name: str) -> bool:
    """Whether the last word of a name is `id`.

    >>> [name for name in ("id", "book_id", "bookId", "paid", "ID") if is_id_name(name)]
    ['id', 'book_id', 'bookId', 'ID']
    """
    words = _WORD_START.sub("_", name).lower().replace("-", "_").split("_")
    return words[-1] == "id"


def kind_of_reference(name: str) -> str:
    """The kind of things to which a member with this name refers by an id; empty if the name has no word for an id.

    >>> [kind_of_reference(name) for name in ("book_id", "bookId", "book_ids", "category-uuid", "id", "title")]
    ['book', 'book', 'book', 'category', '', '']
    """
    *words, last = _WORD_START.sub("_", name).lower().replace("-", "_").split("_")
    return "".join(words) if last in ("id", "ids", "uuid", "uuids", "guid") else ""


def is_id_of_another(name: str, segment: str) -> bool:
    """Whether a member is the id of a resource of another kind than the items of the list: `author_id` in `/books`.

    >>> [name for name in ("id", "book_id", "author_id", "title") if is_id_of_another(name, "books")]
    ['author_id']
    """
    return is_id_name(name) and normalise(name) not in ("id", f"{singular(segment)}id")


def is_key_name(name: str) -> bool:
    """Whether a member with this name may identify an item in a path: an id, a name, a code and so on.

    >>> [name for name in ("id", "isbn", "slug", "pages", "orderNumber") if is_key_name(name)]
    ['id', 'slug', 'orderNumber']
    """
    return is_id_name(name) or normalise(name).endswith(_KEY_WORDS)


def label_of(item: Mapping[str, Any], besides: Collection[str] = ()) -> str:
    """A few words that describe an item of a list, such as its name or title; empty if it has none.

    >>> label_of({"id": 1, "title": "Emma", "email": "a@b"}), label_of({"id": 1})
    ('Emma', '')
    """
    by_name = {normalise(name): value for name, value in item.items() if name not in besides}
    for name in _LABELS:
        value = by_name.get(name)
        if isinstance(value, str) and value.strip():
            text = " ".join(value.split())
            return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 2]}.."
    return ""
