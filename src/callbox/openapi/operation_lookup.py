"""Find the operation of a request: by the servers of the description, then by its tree of paths.

`find_operation` searches one description. A mount is an origin with a path prefix, to which the described paths are
relative. The mounts are the servers of the description. If no server has the origin of the session's base, the base is
the mount.

`DescribedBase` is an API as seen from a base URL: requests go to the base. If all servers of the description have other
origins, the described paths still count as paths at the base. They are then relative to the path of the base or, if the
base has no path, to the path of the first server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from callbox.errors import CallboxError
from callbox.exchange.url import Url, UrlError, follow, join, parse
from callbox.openapi.operations_parameters_and_security import (
    Api,
    Entry,
    Media,
    Node,
    Operation,
    Server,
    plain_text,
    split_path,
    template_names,
)
from callbox.openapi.schema_view import SchemaView
from callbox.spelling import closest

MAX_COMPARED = 50
"""The most operations of one URL that are compared by their schemas.

If there are more operations, only the first in the order of the description are compared.
"""
MAX_SERVER_URLS = 64
"""The most URLs that are made from one server and the values of its variables.

Variables beyond this limit accept any value.
"""
MAX_MOUNTS = 1_000
MAX_REST = 32
"""The most last segments of a URL that one parameter may take."""
_PARAMETER = re.compile(r"\{([^{}]*+)\}")
_PORTS = {"http": 80, "https": 443}


class Mount(NamedTuple):
    """The origin and path prefix to which described paths are relative. Both may contain `{variables}`."""

    origin: str
    prefix: tuple[str, ...]
    url: str
    """The URL of the server, as described."""
    is_assumed: bool = False
    """Whether this mount replaces all servers, because of the base or the user's choice.

    Every operation is then at this mount.
    """

    @property
    def path(self) -> str:
        """The prefix as a path without a final slash."""
        return "".join("/" + segment for segment in self.prefix)


class Match(NamedTuple):
    """The operation of a request, and how it was found."""

    operation: Operation
    values: dict[str, str]
    """The decoded values of the path parameters."""
    mount: Mount
    others: int = 0
    """The number of other operations that fit equally well and come later in the description."""
    hint: str = ""
    """How the URL differs from the described path; `""` if it does not differ."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on how the URL differs from the described path, and how many other operations fit."""
        plural = "operations have" if self.others > 1 else "operation has"
        more = (
            (f"callbox uses the first operation in the description; {self.others} more {plural} this URL",)
            if self.others
            else ()
        )
        return (*((self.hint,) if self.hint else ()), *more)

    @property
    def is_loose(self) -> bool:
        """Whether the URL differs from the described path."""
        return bool(self.hint)


class _Found(NamedTuple):
    entry: Entry
    values: dict[str, str]


class _Answer:
    """The result of a search for a path below a mount. Mounts with the same remaining path share the result."""

    def __init__(self, found: list[_Found], hint: str, described: frozenset[str]) -> None:
        self.hint = hint
        self._found = found
        self._described = described
        self._servers = {url for one in found for url in one.entry.own_servers}
        if any(not one.entry.own_servers for one in found):
            self._servers |= described

    def below(self, mount: Mount) -> list[_Found]:
        """The operations at a mount. An operation with servers of its own is only at the mounts of these servers."""
        if mount.is_assumed or mount.url not in self._servers:
            return self._found if mount.is_assumed else []
        return [one for one in self._found if mount.url in (one.entry.own_servers or self._described)]


def mounts(api: Api, base: str = "", below: str | None = None) -> tuple[Mount, ...]:
    """The mounts of a description, the longest prefix first.

    `base` is the URL of the session's base. `below` is the path that the user has chosen, which replaces all servers.
    Relative servers are resolved against the URL of the description, or against the base if the description was read
    from a file.
    """
    if below is not None:
        return (_mount(urljoin(base, below), below)._replace(is_assumed=True),)
    document = api.source if "://" in api.source else base
    found = list(islice((mount for one in api.all_servers for mount in _server_mounts(one, document)), MAX_MOUNTS))
    origin = _origin_of(base) if base else ""
    if origin and not any(_is_origin(mount.origin, origin) for mount in found):
        segments = _segments(base) or (found[0].prefix if found else ())
        found += [Mount(origin, segments, server.url, is_assumed=True) for server in api.servers[:MAX_MOUNTS]]
    return tuple(sorted(dict.fromkeys(found), key=lambda mount: -len(mount.prefix)))


def find_operation(api: Api, method: str, url: str, *, base: str = "", below: str | None = None) -> Match | None:
    """The operation for a request; None if the description has none.

    Literal segments come before parameters, and letter case counts. HEAD is treated as GET if HEAD is not described. If
    the URL has an extra or a missing final slash, or several segments in place of the last parameter, the operation is
    found with a hint.

    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> api = Api(compile_text('''{"openapi": "3.0.0", "info": {}, "servers": [{"url": "https://a.test/v1"}], "paths": {
    ...   "/books/new": {"get": {}}, "/books/{id}": {"get": {}}}}''', "books.json"))
    >>> match = find_operation(api, "GET", "https://a.test/v1/books/7?page=2")
    >>> match.operation.key, match.values, match.mount.path
    ('GET /books/{id}', {'id': '7'}, '/v1')
    >>> find_operation(api, "GET", "https://a.test/books/7") is None
    True
    """
    return find_below(api, method, url, mounts(api, base, below))


def find_below(api: Api, method: str, url: str, places: Sequence[Mount]) -> Match | None:
    """`find_operation` for mounts that are already known, in the order of `mounts`."""
    parts = urlsplit(url)
    origin, segments = _origin_of(url), [unquote(one) for one in _path_segments(parts.path)]
    query = dict(_pairs(parts.query)) | dict(_pairs(parts.fragment))
    reached = [
        (mount, segments[len(mount.prefix) :])
        for mount in places
        if _is_origin(mount.origin, origin) and _begins(segments, mount.prefix)
    ]
    described = frozenset(server.url for server in api.servers)
    for method_name in _fallbacks(method):
        for search in (_exactly, _by_slash, _by_rest):
            answers: dict[int, _Answer] = {}
            for mount, rest in reached:
                if len(rest) not in answers:
                    answers[len(rest)] = _Answer(*search(api, method_name, rest), described)
                found = answers[len(rest)].below(mount)
                if found:
                    return _best(api, found, query, mount, answers[len(rest)].hint)
    return None


def prefer_named(api: Api, found: Match, key: str) -> Match:
    """The operation with this key (`GET /books/{id}`) if its URLs cannot be told apart from the URLs of the found
    operation; else the found operation.
    """
    other = api.operation(key) if key and key != found.operation.key else None
    if other is None or other.method != found.operation.method:
        return found
    segments, ours = split_path(other.path)[0], split_path(found.operation.path)[0]
    if [("{" in one) or one for one in segments] != [("{" in one) or one for one in ours]:
        return found
    values = dict(zip(template_names(segments), found.values.values(), strict=False))
    return found._replace(operation=other, values=values, others=0)


def choose_media(media: Sequence[Media], media_type: str) -> Media | None:
    """The described media type for a body.

    The first of these is used: an equal type, a type that differs in its parameters, `type/*`, `*/*`.

    Letter case does not count.
    """
    wanted = media_type.strip().lower()
    bare = wanted.split(";")[0].strip()
    for name in (wanted, bare, bare.split("/")[0] + "/*", "*/*"):
        for one in media:
            described = one.media_type.lower()
            if described == name or (name == bare and described.split(";")[0].strip() == bare):
                return one
    return None


def match_segment(template: str, text: str) -> dict[str, str] | None:
    """The values of the parameters in one segment; None if the text does not match.

    >>> match_segment("{name}.{format}", "a.b.json")
    {'name': 'a', 'format': 'b.json'}
    """
    literals, names = _pieces(template)
    if not names:
        return {} if template == text else None
    first, last = literals[0], literals[-1]
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    position, end, values = len(first), len(text) - len(last), dict[str, str]()
    for name, literal in zip(names[:-1], literals[1:-1], strict=True):
        stop = text.find(literal, position + 1, end)
        if stop < 0:
            return None
        values[name] = text[position:stop]
        position = stop + len(literal)
    if position >= end:
        return None
    values[names[-1]] = text[position:end]
    return values


@lru_cache(maxsize=1_024)
def _pieces(template: str) -> tuple[list[str], list[str]]:
    """The literal texts around the parameters of a segment, and the names of the parameters; `{a}{b}` counts as one."""
    literals, names, at = [""], list[str](), 0
    for found in _PARAMETER.finditer(template):
        literals[-1] += template[at : found.start()]
        at = found.end()
        if names and not literals[-1]:
            names[-1] += found[1]
        else:
            names.append(found[1])
            literals.append("")
    literals[-1] += template[at:]
    return literals, names


def _exactly(api: Api, method: str, segments: list[str]) -> tuple[list[_Found], str]:
    return _descend(api, api.root, segments, method, {}), ""


def _by_slash(api: Api, method: str, segments: list[str]) -> tuple[list[_Found], str]:
    if len(segments) > 1 and segments[-1] == "":
        return _exactly(api, method, segments[:-1])[0], "the description has this path without the slash at the end"
    return _exactly(api, method, [*segments, ""])[0], "the description has this path with a slash at the end"


def _by_rest(api: Api, method: str, segments: list[str]) -> tuple[list[_Found], str]:
    hint = "the last parameter of the described path takes several segments of the URL"
    for length in range(len(segments) - 1 if len(segments) <= MAX_REST else 0, 0, -1):
        if "" in segments[length - 1 : -1]:
            break
        joined = [*segments[: length - 1], "/".join(segments[length - 1 :])]
        found = [one for one in _exactly(api, method, joined)[0] if _ends_with_string(api, one.entry)]
        if found:
            return found, hint
    return [], hint


def _ends_with_string(api: Api, entry: Entry) -> bool:
    """Whether the path ends with a parameter that accepts any text, even a slash."""
    _, names = _pieces(entry.path.rsplit("/", 1)[-1])
    if len(names) != 1 or not entry.path.endswith("}"):
        return False
    one = api.operation_of(entry).parameter(names[0], "path")
    return one is None or (one.schema.types in ((), ("string",)) and not one.schema.values)


def _descend(api: Api, node: Node, segments: list[str], method: str, values: dict[str, str]) -> list[_Found]:
    """The operations for these segments. At each node, literals are tried first, then mixed segments, then parameters.

    Each node is visited at most once, so the size of the tree limits the work.
    """
    if not segments:
        return [_Found(entry, values) for entry in api.entries(node) if entry.method == method]
    groups: dict[tuple[int, int], list[Node]] = {}
    for child in api.followers(node, segments[0]):
        groups.setdefault(_rank(child.segment), []).append(child)
    for _, group in sorted(groups.items()):
        found: list[_Found] = []
        for child in group:
            matched = match_segment(child.segment, segments[0])
            if matched is not None:
                found += _descend(api, child, segments[1:], method, values | matched)
        if found:
            return found
    return []


def _rank(segment: str) -> tuple[int, int]:
    """The order in which segments are tried: a literal, then parameters with literals (the longest literal first),
    then a bare parameter.
    """
    literals, names = _pieces(segment)
    if not names:
        return 0, 0
    return (1, -sum(map(len, literals))) if any(literals) else (2, 0)


def _best(api: Api, found: list[_Found], query: dict[str, str], mount: Mount, hint: str) -> Match:
    """The operation whose constants and path values fit best. If several fit equally well, the first one."""
    if len(found) > 1:
        met = [_met(one.entry.constants, query) for one in found]
        most_met = max(met)
        found = [one for one, score in zip(found, met, strict=True) if score == most_met]
    operations = [(api.operation_of(one.entry), one.values) for one in found[:MAX_COMPARED]]
    if len(operations) > 1:
        scores = [_score(operation, values, query) for operation, values in operations]
        best = max(scores)
        operations = [one for one, score in zip(operations, scores, strict=True) if score == best]
    operation, values = operations[0]
    return Match(operation, values, mount, others=len(operations) - 1, hint=hint)


def _met(constants: Sequence[tuple[str, str]], query: dict[str, str]) -> int:
    return sum(1 if query.get(name) == value else -1 for name, value in constants)


def _score(operation: Operation, values: dict[str, str], query: dict[str, str]) -> tuple[int, int]:
    described = {one.name: one.schema for one in operation.parameters if one.location == "path"}
    valid = sum(fits(described[name], text) for name, text in values.items() if name in described)
    return _met(operation.constants, query), valid


def fits(schema: SchemaView, text: str) -> bool:
    """Whether the text of a path or query value fits the type, the allowed values and the length of a scalar schema."""
    values = schema.values
    if values:
        return text in [plain_text(value) for value in values]
    types = schema.types
    if types and not any(_is_of_type(name, text) for name in types):
        return False
    if "string" in types or not types:
        return schema.min_length <= len(text) <= (schema.max_length if schema.max_length is not None else len(text))
    return True


def _is_of_type(name: str, text: str) -> bool:
    if name == "integer":
        return text.removeprefix("-").isdecimal()
    if name == "number":
        try:
            float(text)
        except ValueError:
            return False
        return True
    return text in ("true", "false") if name == "boolean" else True


def _fallbacks(method: str) -> tuple[str, ...]:
    return (method, "GET") if method == "HEAD" else (method,)


def _server_mounts(server: Server, document: str) -> Iterator[Mount]:
    """The mounts of a server: one for each combination of the values of its closed variables, with `{name}` for each
    open variable; and one with the default values.
    """
    for url in dict.fromkeys((*map(server.fill, _closed_values(server)), server.filled)):
        if not url.startswith("{"):
            with suppress(ValueError):  # the text is not a URL, such as http://[x
                yield _mount(urljoin(document, url), server.url)


def _closed_values(server: Server) -> list[dict[str, str]]:
    """The values of the closed variables of a server, in all combinations up to a limit."""
    values: list[dict[str, str]] = [{}]
    for variable in server.variables:
        if variable.is_closed and len(values) * len(variable.values) <= MAX_SERVER_URLS:
            values = [{**one, variable.name: value} for one in values for value in variable.values]
    return values


def _mount(url: str, described: str) -> Mount:
    return Mount(_origin_of(url), _segments(url), described)


def _origin_of(url: str) -> str:
    scheme, found, rest = url.partition("://")
    if not found:
        return ""
    scheme = scheme.lower()
    host = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0].rsplit("@", 1)[-1].lower()
    return f"{scheme}://{host.removesuffix(f':{_PORTS.get(scheme, 0)}')}"


def _is_origin(template: str, origin: str) -> bool:
    return match_segment(template, origin) is not None


def _segments(url: str) -> tuple[str, ...]:
    """The segments of a URL's path, without empty ones at its end."""
    rest = url.partition("://")[2] if "://" in url else url
    path = rest.partition("/")[2].split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return tuple(unquote(one) for one in path.split("/")) if path else ()


def _path_segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _begins(segments: list[str], prefix: tuple[str, ...]) -> bool:
    if len(segments) < len(prefix):
        return False
    return all(match_segment(one, text) is not None for one, text in zip(prefix, segments, strict=False))


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        yield unquote(name), unquote(value)


MAX_OPERATIONS = 10
"""The most operations that are cached for the next key press."""
Reach = Literal["here", "below", "lacking"]
"""Where a method is described: at the path itself (or the path is not described), only at longer paths, or nowhere.
"""
MAX_REACHED = 5_000
"""The most paths whose methods are cached for the next key press."""
MAX_BELOW = 1_000
"""The most operations below a path that are searched for a method."""


class ItemPath(NamedTuple):
    """How the paths of items in a collection are written."""

    parameter: str = ""
    """The name of the path parameter; empty if there is none."""
    has_slash: bool = False
    """Whether the path of an item ends with a slash."""


class DescribedBase:
    """An API, together with the base URL from which requests are sent."""

    def __init__(self, api: Api, base: str, location: str = "") -> None:
        """`location` is the URL of the description, against which relative servers are resolved; empty for a file."""
        self.api = api
        self._base = parse(base)
        self._location = location
        self._operations: dict[tuple[str, str], Operation | None] = {}
        self._reached: dict[tuple[str, str], Reach] = {}

    @property
    def base(self) -> str:
        """The base URL from which requests are sent."""
        return self._base.text

    @cached_property
    def _servers(self) -> list[tuple[Url, str]]:
        """The servers whose URL is known, each with its description."""
        found = []
        home = self._base
        if self._location:
            home = parse(self._location)
        for server in self.api.servers:
            try:
                found.append((follow(home, server.filled), server.description))
            except CallboxError:
                continue
        return found

    @cached_property
    def _mounts(self) -> tuple[Mount, ...]:
        return mounts(self.api, self._base.text)

    def mounts(self, origin: str) -> tuple[str, ...]:
        """The paths on this origin at which the API begins, the longest first, without a final slash."""
        found = ("".join(f"/{segment}" for segment in one.prefix) for one in self._mounts if one.origin == origin)
        return tuple(dict.fromkeys(found))

    def servers(self) -> list[tuple[str, str]]:
        """The URLs of the servers, with their descriptions."""
        return [(url.text, about) for url, about in self._servers]

    def server_choices(self) -> Iterator[tuple[str, str]]:
        """The URLs of the servers, in each combination of the values of their variables; URLs with the default values
        come first.
        """
        home = parse(self._location) if self._location else self._base
        for server in self.api.servers:
            defaults = {one.name: one.values[0] for one in server.variables if one.values}
            filled = (server.fill({**defaults, **values}) for values in _closed_values(server))
            for url in dict.fromkeys((server.filled, *filled)):
                with suppress(CallboxError):
                    yield follow(home, url).text, server.description

    def operation(self, method: str, url: Url) -> Operation | None:
        """The operation of a request; None if the description has none."""
        key = (method, url.text)
        if key not in self._operations:
            found = find_below(self.api, method, url.text, self._mounts)
            if len(self._operations) > MAX_OPERATIONS:
                self._operations.clear()
            self._operations[key] = found.operation if found is not None else None
        return self._operations[key]

    def operation_at(self, method: str, target: str, base: str) -> Operation | None:
        """The operation of a typed target and a base URL; None if there is none, or if the target is not a URL yet."""
        try:
            return self.operation(method, parse(join(base, target)))
        except UrlError:
            return None

    def level(self, origin: str, folder: str) -> Iterator[tuple[str, Node]]:
        """The paths on this origin that are one segment longer than a folder, each with its node.

        A path ends with a slash if longer paths follow. `{id}` stands for any value.
        """
        for mount in self.mounts(origin):
            if not f"{folder}/".startswith(f"{mount}/"):
                if f"{mount}/".startswith(folder):  # the API begins at a longer path than the folder
                    yield f"{folder}{mount[len(folder) :].partition('/')[0]}/", self.api.root._replace(methods=())
                continue
            segments = [unquote(one) for one in folder[len(mount) :].split("/") if one]
            for node in self.nodes_at(segments):
                for child in self.api.children(node):
                    if child.segment:
                        end = "" if child.methods else "/"
                        yield folder + child.segment + end, self.api.with_slash_methods(child)

    def items_below(self, origin: str, folder: str) -> ItemPath | None:
        """How the paths of items in a folder of this origin are written; None if the folder itself is not described."""
        is_described = False
        for node in self._nodes_of(origin, folder.rstrip("/")):
            children = self.api.children(node)
            is_described |= bool(node.methods or children)
            for child in children:
                name = child.segment
                if name[:1] == "{" and name.find("}") == len(name) - 1:
                    has_slash = not child.methods and any(not one.segment for one in self.api.children(child))
                    return ItemPath(name[1:-1], has_slash=has_slash)
        return ItemPath() if is_described else None

    def near_path(self, url: Url) -> str:
        """The described path that was probably meant by an undescribed one; empty if there is none.

        It is the path below the path of the base, if that is described. Otherwise its first undescribed segment is
        corrected to the described segment that is spelled most like it.
        """
        below = self._base.path.rstrip("/") + url.path
        is_same_place = url.origin == self._base.origin and below != url.path
        if is_same_place and not self.methods_at(url.origin, url.path) and self.methods_at(url.origin, below):
            return below
        for mount in self.mounts(url.origin):
            if not f"{url.path}/".startswith(f"{mount}/"):
                continue
            segments = url.path[len(mount) :].split("/")[1:]
            for index, segment in enumerate(segments):
                if self.nodes_at([unquote(one) for one in segments[: index + 1]]):
                    continue
                above = self.nodes_at([unquote(one) for one in segments[:index]])
                level = [child.segment for node in above for child in self.api.children(node) if not child.is_template]
                near = closest(unquote(segment), filter(None, level))
                return "/".join((mount, *segments[:index], near, *segments[index + 1 :])) if near else ""
        return ""

    def methods_at(self, origin: str, path: str) -> frozenset[str]:
        """The methods that are described for this path, with or without a slash at its end."""
        nodes = map(self.api.with_slash_methods, self._nodes_of(origin, path.rstrip("/")))
        return frozenset(method for node in nodes for method in node.methods)

    def has_paths_below(self, origin: str, path: str) -> bool | None:
        """Whether paths below this path are described; None if this path is not described."""
        nodes = list(self._nodes_of(origin, path.rstrip("/")))
        return any(child.segment for node in nodes for child in self.api.children(node)) if nodes else None

    def is_only_beginning(self, method: str, url: Url) -> bool | None:
        """Whether the description has paths below the path of a URL, but not this method for the path itself.

        None if the description has neither the path nor paths below it.
        """
        if self.operation(method, url) is not None:
            return False
        path = url.path.rstrip("/")
        if any(f"{mount}/".startswith(f"{path}/") for mount in self.mounts(url.origin)):
            return True
        return self.has_paths_below(url.origin, path)

    def lacks(self, method: str, origin: str, path: str) -> bool:
        """Whether this path is described, but the method is not described for the path or for a longer path."""
        return self._reach(method, origin, path) == "lacking"

    def is_only_above(self, method: str, origin: str, path: str) -> bool:
        """Whether this path is described, but the method is described only for longer paths."""
        return self._reach(method, origin, path) == "below"

    def _reach(self, method: str, origin: str, path: str) -> Reach:
        key = (method, origin + path)
        if key not in self._reached:
            if len(self._reached) >= MAX_REACHED:
                self._reached.clear()
            nodes = list(self._nodes_of(origin, path.rstrip("/")))
            if path.endswith("/"):
                nodes = [self.api.with_slash_methods(node) for node in nodes]
            self._reached[key] = self._find_reach(method, nodes)
        return self._reached[key]

    def _find_reach(self, method: str, nodes: Sequence[Node]) -> Reach:
        if not nodes or any(method in node.methods for node in nodes):
            return "here"
        return "below" if any(self._has_method(node, method) for node in nodes) else "lacking"

    def _has_method(self, node: Node, method: str) -> bool:
        """Whether a method is described at a node or below. True also if there are too many nodes to search."""
        if method in node.methods or node.operation_count > MAX_BELOW:
            return True
        return any(method in one.methods for one in self.api.walk(node))

    def _nodes_of(self, origin: str, path: str) -> Iterator[Node]:
        """The nodes that a path on this origin may match."""
        for mount in self.mounts(origin):
            if f"{path}/".startswith(f"{mount}/"):
                yield from self.nodes_at([unquote(one) for one in path[len(mount) :].split("/") if one])

    def nodes_at(self, segments: Sequence[str]) -> list[Node]:
        """The nodes that these segments may match. At each level, literal nodes come before nodes with a parameter."""
        level = [self.api.root]
        for segment in segments:
            children = [child for node in level for child in self.api.followers(node, segment)]
            literal = [child for child in children if child.segment == segment]
            level = literal or [
                child for child in children if child.is_template and match_segment(child.segment, segment) is not None
            ]
        return level
