"""The model of a described API: its operations as a tree of paths, their parameters, bodies and responses.

`Api` reads the bytes that the compiler wrote, and decodes only what a caller asks for. All its values are immutable.
Texts come from the description unchanged, so code that shows them must sanitise them. Facts seen in responses are in
`callbox.memory`; `callbox.openapi.operation_lookup` finds the operation of a URL.

- `CompiledFileWriter`, `read_index`, `read_slice`: the layout of those bytes.
- `Api`: servers, schemes, problems; `root` and `children` walk down the tree, `operations` gives the operations at a
  node.
- `Node`, `Operation`, `Parameter`, `Body`, `Media`, `Response`, `Server`, `Scheme`, `Problem`: values.

The bytes are slices of JSON text one after the other, then the index, then a trailer of fixed size. A slice is a path
item, a component, a level of the tree of paths, or a list. A reader decodes the index when it opens the bytes, and a
slice when the slice is needed.

- index: an object; each `Span` in it is `[offset, length]` in bytes.
- level of the tree: rows `[segment, methods, summary, count, level, operations, deprecated, is_deprecated]`,
  level and operations as spans or null; `deprecated` has the deprecated ones of the methods.
- operations of a node: `[paths, servers, rows]`, with rows `[method, path, item, summary, servers]`; `item` is the span
  of the path item. Each path with its constants, and each list of servers, is written once; the rows have its number.
- references: for each target, `[offset, length]` of a slice, or `[offset, length, names]` of a value within a slice, so
  that this value is not written twice.
"""

from __future__ import annotations

import contextlib
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from callbox.errors import CallboxError, UsageError
from callbox.openapi.json_and_yaml_reader import walk_down
from callbox.openapi.schema_view import MAX_CHAIN, Budget, Flattener, SchemaView

VERSION = 3
MAX_SLICE = 4_000_000
"""The most characters of a path item or a component, because the process of the shell decodes each as a whole."""
MAX_COMPILED = 200_000_000
"""The most bytes that are written for a description."""
_MAGIC = b"cbx-api" + bytes([VERSION])
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
"""Most slices are short, and the check for cycles takes a third of the time that a short one needs."""
_TRAILER = struct.Struct(">QQI8s")

Span = tuple[int, int]
"""The position of a slice: its offset and its length in bytes."""


class DamagedError(CallboxError):
    """Raised if the bytes are not a complete description of this version.

    The description must then be read from its source again.
    """


class CompiledFileWriter:
    """Writes slices one after another, and then the index and the trailer."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._position = 0

    def add_text(self, text: str) -> Span:
        """Write a slice that is JSON text already. Raises `UsageError` if the whole becomes too large."""
        data = text.encode("utf-8", "surrogatepass")
        if self._position + len(data) > MAX_COMPILED:
            raise UsageError(f"The description is larger than {MAX_COMPILED // 1_000_000} MB after compilation")
        span = (self._position, len(data))
        self._write(data)
        self._position += len(data)
        return span

    def add(self, value: Any) -> Span:
        """Write a value as a slice. Returns its position."""
        return self.add_text(_ENCODER.encode(value))

    def finish(self, index: dict[str, Any]) -> None:
        """Write the index and the trailer. No slice may follow."""
        data = json.dumps(index, separators=(",", ":")).encode()
        self._write(data + _TRAILER.pack(self._position, len(data), zlib.crc32(data), _MAGIC))


def read_index(data: Any) -> dict[str, Any]:
    """The index of a whole file. `data` is the bytes, or a memory map of the file.

    Raises `DamagedError` if the file was cut or changed, or has another version.
    """
    end = len(data) - _TRAILER.size
    if end < 0:
        raise DamagedError("The cached description is damaged")
    offset, length, checksum, magic = _TRAILER.unpack(data[end:])
    text = data[offset : offset + length]
    if magic != _MAGIC or offset + length != end or zlib.crc32(text) != checksum:
        raise DamagedError("The cached description is damaged")
    index: dict[str, Any] = json.loads(text)
    return index


def read_slice(data: Any, span: Span) -> Any:
    """The decoded value of a slice. Raises `DamagedError` if the bytes are not a slice."""
    start, length = span
    try:
        return json.loads(data[start : start + length].decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DamagedError("The cached description is damaged") from error


METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")
"""The methods that are members of a path item. All other methods are in `additionalOperations` (OpenAPI 3.2)."""
LOCATIONS = ("path", "query", "querystring", "header", "cookie")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_KNOWN_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject", "tabDelimited"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
MAX_SERVERS = 1_000
"""The most servers of a description that are used, including the servers of its operations."""
MAX_SERVER_URL = 4_000
"""The most characters of the URL of a server, and of a value of its variables. Longer URLs and values are left out."""
_VARIABLE = re.compile(r"\{([^{}]*+)\}")
MAX_PARAMETERS = 1_000
"""The most parameters of an operation, including the parameters of its path."""
MAX_OPERATION = 4_000_000
"""The most bytes that are decoded for the references of one operation.

Beyond the limit, references count as missing.
"""
_MAX_DECODED = 256
"""The most decoded slices that are cached."""
_MAX_DECODED_BYTES = 8_000_000
_MAX_NODES = 50_000
"""The most nodes that stay decoded: about 25 MB. A level of paths is decoded for most key presses."""


class Problem(NamedTuple):
    """A mistake in a description: its place, and what was assumed. `line` is 1-based; 0 if unknown."""

    pointer: str
    line: int
    text: str


class Variable(NamedTuple):
    """A variable in the URL of a server: its values, the default first. A closed variable allows no other values."""

    name: str
    values: tuple[str, ...]
    is_closed: bool
    description: str = ""


class Server(NamedTuple):
    """A server: its URL as described (it may be relative, or have `{variables}`), and its variables."""

    url: str
    description: str = ""
    variables: tuple[Variable, ...] = ()

    @property
    def filled(self) -> str:
        """The URL, with the default in place of each variable."""
        return self.fill({variable.name: variable.values[0] for variable in self.variables if variable.values})

    def fill(self, values: Mapping[str, str]) -> str:
        """The URL, with these values in place of variables.

        Other variables stay as `{name}`, and braces inside values are text.
        """
        filled = _VARIABLE.sub(lambda found: values.get(found[1], found[0]), self.url)
        return filled if len(filled) <= MAX_SERVER_URL else self.url


class Scheme(NamedTuple):
    """A security scheme: its name, its type (`http`, `apiKey`, `oauth2` ..), and its object as described."""

    name: str
    type: str
    described: Mapping[str, Any]


class Node(NamedTuple):
    """A node in the tree of paths: a segment such as `users`, `{id}` or `{a}.{b}`.

    `""` stands for a slash at the end of a path.
    """

    segment: str
    path: str
    """The path template from the root to this node: `/users/{id}`."""
    methods: tuple[str, ...]
    """The methods of the operations at this node."""
    summary: str
    """The summary of the only operation at or below this node; empty if there are several.

    The summary of a deprecated operation begins with `deprecated`.
    """
    operation_count: int
    """The number of operations at and below this node."""
    level: Span | None = None
    """The position of the children; None if there are none. Only `Api.children` uses it."""
    entries: Span | None = None
    """The position of the operations. Only `Api.operations` uses it."""
    deprecated: tuple[str, ...] = ()
    """The deprecated methods of this node."""
    is_deprecated: bool = False
    """Whether all operations at and below this node are deprecated."""

    @property
    def is_template(self) -> bool:
        """Whether the segment contains a parameter."""
        return "{" in self.segment


class Example(NamedTuple):
    """An example of a parameter or a body: its name (`""` if it is the only one), its value and its summary."""

    name: str
    value: Any
    summary: str = ""


class Media(NamedTuple):
    """A media type of a body, such as `application/json`: its schema, the schema of an item (3.2), examples and
    encodings.
    """

    media_type: str
    schema: SchemaView
    item_schema: SchemaView | None
    examples: tuple[Example, ...]
    encoding: Mapping[str, Any]


class Parameter(NamedTuple):
    """A parameter, with defaults filled in. If its value is a text of a media type, `content` is set."""

    name: str
    location: str
    """The place of the parameter: `path`, `query`, `querystring`, `header` or `cookie`."""
    is_required: bool
    description: str
    is_deprecated: bool
    style: str
    explode: bool
    allow_reserved: bool
    schema: SchemaView
    content: Media | None
    examples: tuple[Example, ...]

    @property
    def constant(self) -> tuple[Any, ...]:
        """The only allowed value of a required parameter, as a tuple of one; () if other values are allowed."""
        return self.schema.constant if self.is_required else ()


class Body(NamedTuple):
    """The body of a request: whether it is required, its description, and its media types in described order."""

    is_required: bool
    description: str
    media: tuple[Media, ...]


class Response(NamedTuple):
    """A described response: its status (`200`, `4XX` or `default`), description, headers and media types."""

    status: str
    description: str
    headers: tuple[Parameter, ...]
    media: tuple[Media, ...]


class Requirement(NamedTuple):
    """A security scheme that an operation requires, with the scopes that are needed."""

    scheme: str
    scopes: tuple[str, ...]


class Operation(NamedTuple):
    """An operation, merged with the members of its path item that apply to all operations.

    `key` is a text such as `GET /books/{id}`. `constants` are the query parameters with a single value: first constants
    in the path (`/?Action=List`), then required parameters with one allowed value. `security` is a list of
    alternatives, and each alternative lists the schemes that are needed together. An alternative `()` needs no scheme;
    without alternatives, the description says nothing about security.
    """

    key: str
    method: str
    path: str
    id: str
    summary: str
    description: str
    tags: tuple[str, ...]
    is_deprecated: bool
    servers: tuple[Server, ...]
    """The servers of this operation: its own, else those of its path, else those of the description."""
    parameters: tuple[Parameter, ...]
    constants: tuple[tuple[str, str], ...]
    body: Body | None
    responses: tuple[Response, ...]
    security: tuple[tuple[Requirement, ...], ...]

    def parameter(self, name: str, location: str) -> Parameter | None:
        """The parameter with this name and place. Letter case does not count in header names."""
        for one in self.parameters:
            same = one.name.lower() == name.lower() if location == "header" else one.name == name
            if same and one.location == location:
                return one
        return None


class Entry(NamedTuple):
    """An operation as its node lists it. It is not decoded, so it is cheap for menus and for matching."""

    method: str
    path: str
    item: Span
    summary: str
    constants: tuple[tuple[str, str], ...]
    """The query parameters that are part of the path itself."""
    own_servers: tuple[str, ...]
    """The URLs, with variables, of the servers of the operation or its path; () if the servers of the description are
    used.
    """

    @property
    def key(self) -> str:
        """The method and the path, such as `GET /books/{id}`."""
        return f"{self.method} {self.path}"


class Api:
    """A description that is open for reading. Opening decodes only the index; each other part is decoded at its first
    use.

    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> api = Api(compile_text('''{"openapi": "3.1.0", "info": {"title": "Books", "version": "2"}, "paths": {
    ...   "/books": {"get": {"summary": "All books"}},
    ...   "/books/{id}": {"get": {"summary": "One book"}, "delete": {}}}}''', "books.json"))
    >>> api.title, api.version, api.dialect, api.operation_count
    ('Books', '2', '3.1', 3)
    >>> books, = api.children(api.root)
    >>> books.path, books.methods, books.operation_count, [child.segment for child in api.children(books)]
    ('/books', ('GET',), 3, ['{id}'])
    >>> [(one.key, one.summary) for one in api.operations(books)]
    [('GET /books', 'All books')]
    >>> api.operation("DELETE /books/{id}").parameters[0].name
    'id'
    """

    def __init__(self, data: Any) -> None:
        """`data` is what the compiler wrote, as bytes or as a memory map of a file, which must stay open as long as
        this object.

        Raises `DamagedError` if the bytes are incomplete. Each method raises it, too, if it reads a damaged slice.
        """
        self._data = data
        self._index = read_index(data)
        self.location = self.source if "://" in self.source else ""
        """The URL against which relative servers are resolved; empty if it is not known."""
        self._decoded: dict[Span, Any] = {}
        self._decoded_bytes = 0
        self._node_count = 0
        self._counts: dict[tuple[tuple[int, int] | None, str, str], int] = {}
        self._nodes: dict[tuple[Span, str], tuple[Node, ...]] = {}
        self._followers: dict[tuple[Span | None, str], tuple[dict[str, list[Node]], list[Node]]] = {}
        self._operations: dict[tuple[Span, str, str], Operation] = {}

    @property
    def source(self) -> str:
        """The file or the URL from which the description was read."""
        return str(self._index["source"])

    @property
    def title(self) -> str:
        """The title of the API."""
        return str(self._index["title"])

    @property
    def version(self) -> str:
        """The version of the API, not of OpenAPI."""
        return str(self._index["version"])

    @property
    def label(self) -> str:
        """The title with the version; empty if the API has no title."""
        return f"{self.title} {self.version}".strip() if self.title.strip() else ""

    @property
    def dialect(self) -> str:
        """The version of OpenAPI: `2.0`, `3.0`, `3.1` or `3.2`."""
        return str(self._index["dialect"])

    @property
    def siblings_count(self) -> bool:
        """Whether keywords beside a `$ref` have an effect (OpenAPI 3.1 and later)."""
        return self.dialect in ("3.1", "3.2")

    @property
    def operation_count(self) -> int:
        """The number of operations."""
        return int(self._index["count"])

    @property
    def only_counted(self) -> Mapping[str, int]:
        """The numbers of `webhooks`, `callbacks` and `links`, which are only counted and not read."""
        return dict(self._index["only_counted"])

    @property
    def problem_count(self) -> int:
        """The number of mistakes that were found."""
        return int(self._index["problem_count"])

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The first 1,000 mistakes in the description, each with what was assumed."""
        return tuple(Problem(*row) for row in self._slice(self._index["problems"]))

    @cached_property
    def _top(self) -> dict[str, Any]:
        top = self._slice(self._index["top"])
        return top if isinstance(top, dict) else {}

    @cached_property
    def description(self) -> str:
        """The description of the API, which may be Markdown of many lines."""
        return _text(_object(self._top.get("info")).get("description"))

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """The servers of the description; only `/` if it names none."""
        return _servers(self._top.get("servers")) or (Server("/"),)

    @cached_property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """The tags with their descriptions."""
        found = (_object(tag) for tag in _list(self._top.get("tags")))
        return tuple((tag["name"], _text(tag.get("description"))) for tag in found if isinstance(tag.get("name"), str))

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """The security schemes that the description defines, with their URLs resolved against its first server."""
        described = _object(self._top.get("securitySchemes"))
        found = ((name, _object(self._followed(raw))) for name, raw in described.items())
        return tuple(
            Scheme(name, _text(raw.get("type")), _with_whole_urls(raw, self.source, self.servers[0].filled))
            for name, raw in found
        )

    @cached_property
    def security(self) -> tuple[tuple[Requirement, ...], ...]:
        """The security requirements of operations that name none; see `Operation.security`."""
        return _alternatives(self._top.get("security"))

    @cached_property
    def all_servers(self) -> tuple[Server, ...]:
        """The servers of the description, then the servers that only paths and operations name."""
        own = _servers(self._slice(self._index["own_servers"]))
        return tuple(dict.fromkeys((*self.servers, *own)))[:MAX_SERVERS]

    @cached_property
    def root(self) -> Node:
        """The root of the tree of paths. Its children are the first segments."""
        level = self._index["root"]
        return Node(
            segment="",
            path="",
            methods=(),
            summary="",
            operation_count=self.operation_count,
            level=tuple(level) if level else None,
        )

    def children(self, node: Node) -> tuple[Node, ...]:
        """The child nodes, one segment longer, in described order.

        If a path ends with `/`, the last node of the path has the segment `""`.
        """
        if node.level is None:
            return ()
        key = (node.level, node.path)
        if key not in self._nodes:
            children = self._make_children(node)
            self._node_count += len(children)
            if self._node_count > _MAX_NODES:
                self._nodes.clear()
                self._node_count = len(children)
            self._nodes[key] = children
        return self._nodes[key]

    def with_slash_methods(self, node: Node) -> Node:
        """The node. If it has no methods itself, it gets the methods of its path with a slash at the end."""
        if node.methods:
            return node
        own = next((child for child in self.children(node) if not child.segment), node)
        return node._replace(methods=own.methods, deprecated=own.deprecated, summary=own.summary or node.summary)

    def followers(self, node: Node, segment: str) -> list[Node]:
        """The children that match a segment of a URL: the child with exactly this text, and all children with
        parameters.
        """
        key = (node.level, node.path)
        if key not in self._followers:
            if len(self._followers) >= _MAX_DECODED:
                self._followers.clear()
            literals: dict[str, list[Node]] = {}
            templates = []
            for child in self.children(node):
                if child.is_template:
                    templates.append(child)
                else:
                    literals.setdefault(child.segment, []).append(child)
            self._followers[key] = (literals, templates)
        literals, templates = self._followers[key]
        return [*literals.get(segment, ()), *templates]

    def _make_children(self, node: Node) -> tuple[Node, ...]:
        return tuple(
            Node(
                segment=segment,
                path=f"{node.path}/{segment}",
                methods=tuple(methods),
                summary=summary,
                operation_count=count,
                level=_span(level),
                entries=_span(entries),
                deprecated=tuple(deprecated),
                is_deprecated=is_deprecated,
            )
            for segment, methods, summary, count, level, entries, deprecated, is_deprecated in self._slice(node.level)
        )

    def entries(self, node: Node) -> tuple[Entry, ...]:
        """The entries of the operations at this node itself."""
        if node.entries is None:
            return ()
        described_paths, described_servers, rows = self._slice(node.entries)
        paths = [(path, tuple(map(tuple, constants))) for path, constants in described_paths]
        servers = list(map(tuple, described_servers))
        return tuple(
            Entry(
                method, paths[path][0], tuple(item), summary=summary, constants=paths[path][1], own_servers=servers[own]
            )
            for method, path, item, summary, own in rows
        )

    def operations(self, node: Node) -> tuple[Operation, ...]:
        """The decoded operations at this node itself."""
        return tuple(self.operation_of(entry) for entry in self.entries(node))

    def walk(self, node: Node | None = None) -> Iterator[Node]:
        """All nodes below this node, each before its children. Nodes with methods have operations."""
        for child in self.children(node or self.root):
            yield child
            yield from self.walk(child)

    def count_operations(self, node: Node, method: str) -> int:
        """How many operations with this method a node and the nodes below have."""
        key = (node.level, node.path, method)
        if key not in self._counts:
            if len(self._counts) >= _MAX_NODES:
                self._counts.clear()
            own = node.entries is not None and method in node.methods
            self._counts[key] = own + sum(self.count_operations(child, method) for child in self.children(node))
        return self._counts[key]

    def operation(self, key: str) -> Operation | None:
        """The operation with this key, as described (`GET /books/{id}`); None if there is no such operation."""
        method, _, path = key.partition(" ")
        node: Node | None = self.root
        for segment in split_path(path)[0]:
            node = next((one for one in self.children(node) if one.segment == segment), None) if node else None
        for entry in self.entries(node) if node else ():
            if entry.method == method and entry.path == path:
                return self.operation_of(entry)
        return None

    def operation_by_id(self, name: str) -> Operation | None:
        """The first operation with this `operationId`; None if there is no such operation.

        All operations are searched.
        """
        for node in self.walk():
            for entry in self.entries(node):
                raw = _operation_object(_object(self._slice(entry.item)), entry.method)
                if raw.get("operationId") == name:
                    return self.operation_of(entry)
        return None

    def schema(self, ref: str) -> SchemaView:
        """The schema of a reference such as `#/components/schemas/Book`.

        If the reference has no target, the schema accepts any value.
        """
        return SchemaView(self, {"$ref": ref})

    def resolve(self, ref: str) -> Any:
        """The decoded value of a `$ref` in the description; None if it does not exist."""
        place = self._refs.get(ref)
        if not place:
            return None
        return walk_down(self._slice(place), place[2])[0] if len(place) > 2 else self._slice(place)

    def slice_of(self, ref: str) -> Span | None:
        """The position of the bytes that a reference decodes; None if it has no target."""
        return _span(self._refs.get(ref))

    @cached_property
    def _refs(self) -> dict[str, list[Any]]:
        table: dict[str, list[Any]] = self._slice(self._index["refs"])
        return table

    def _slice(self, span: Any) -> Any:
        key = (span[0], span[1])
        if key not in self._decoded:
            self._decoded_bytes += key[1]
            if len(self._decoded) >= _MAX_DECODED or self._decoded_bytes > _MAX_DECODED_BYTES:
                self._decoded.clear()
                self._operations.clear()
                self._decoded_bytes = key[1]
            self._decoded[key] = read_slice(self._data, key)
        return self._decoded[key]

    def _followed(self, raw: Any) -> Any:
        """The target of a chain of references; None if there is no target."""
        for _ in range(MAX_CHAIN):
            ref = raw.get("$ref") if isinstance(raw, dict) else None
            if not isinstance(ref, str):
                return raw
            raw = self.resolve(ref)
        return None

    def operation_of(self, entry: Entry) -> Operation:
        """The operation of an entry, decoded."""
        key = (entry.item, entry.method, entry.path)
        if key not in self._operations:
            if len(self._operations) >= _MAX_DECODED:
                self._operations.clear()
            operation = _OperationReader(self).make(entry, _object(self._slice(entry.item)))
            self._operations[key] = operation
        return self._operations[key]

    def responses_of(self, entry: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The described statuses of an operation's responses, each with its media types. Nothing else is decoded."""
        raw = _operation_object(_object(self._slice(entry.item)), entry.method)
        found = ((str(status), self._followed(one)) for status, one in _object(raw.get("responses")).items())
        return tuple(
            (status_key(status), tuple(_object(one.get("content"))))
            for status, one in found
            if isinstance(one, dict) and not status.startswith("x-")
        )


class _OperationReader:
    """Decodes one operation. The targets of its references are limited in size."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._budget = Budget(api, MAX_OPERATION)
        self._flattener = Flattener(api, is_shared=True)

    def _followed(self, raw: Any) -> Any:
        """The target of a chain of references; None if there is no target, or if the limit is reached."""
        for _ in range(MAX_CHAIN):
            ref = raw.get("$ref") if isinstance(raw, dict) else None
            if not isinstance(ref, str):
                return raw
            raw = self._budget.resolve(ref)
        return None

    def make(self, entry: Entry, item: dict[str, Any]) -> Operation:
        """The operation of an entry. `item` is its path item."""
        raw = _operation_object(item, entry.method)
        parameters = self._parameters(item, raw, entry)
        constants = dict(entry.constants)
        for one in parameters:
            constant = one.constant if one.location == "query" and one.name not in constants else ()
            if constant and not isinstance(constant[0], dict | list):
                constants[one.name] = plain_text(constant[0])
        return Operation(
            key=entry.key,
            method=entry.method,
            path=entry.path,
            id=_text(raw.get("operationId")),
            summary=entry.summary,
            description=_text(raw.get("description")) or _text(item.get("description")),
            tags=tuple(tag for tag in _list(raw.get("tags")) if isinstance(tag, str)),
            is_deprecated=raw.get("deprecated") is True,
            servers=_servers(raw.get("servers")) or _servers(item.get("servers")) or self._api.servers,
            parameters=parameters,
            constants=tuple(constants.items()),
            body=self._body(raw.get("requestBody")),
            responses=self._responses(raw.get("responses")),
            security=_alternatives(raw["security"]) if isinstance(raw.get("security"), list) else self._api.security,
        )

    def _parameters(self, item: dict[str, Any], raw: dict[str, Any], entry: Entry) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Parameter] = {}
        described_here = (*_list(item.get("parameters")), *_list(raw.get("parameters")))
        for described in described_here[-MAX_PARAMETERS:]:
            one = self._parameter(_object(self._followed(described)))
            if one is not None:
                found[one.location, one.name] = one
        for name in template_names(split_path(entry.path)[0]):
            if ("path", name) not in found:
                undeclared = {"name": name, "in": "path", "schema": {"type": "string"}}
                found["path", name] = self._make_parameter(undeclared, name, "path")
        return tuple(found.values())

    def _parameter(self, raw: dict[str, Any]) -> Parameter | None:
        name, location = raw.get("name"), raw.get("in")
        if not isinstance(name, str) or location not in LOCATIONS:
            return None
        return self._make_parameter(raw, name, str(location))

    def _make_parameter(self, raw: dict[str, Any], name: str, location: str) -> Parameter:
        style = raw.get("style")
        if style not in _KNOWN_STYLES.get(location, ()):
            style = _STYLES.get(location, "form")
        explode = raw.get("explode")
        content = self._media(raw.get("content"))
        return Parameter(
            name=name,
            location=location,
            is_required=raw.get("required") is True or location == "path",
            description=_text(raw.get("description")),
            is_deprecated=raw.get("deprecated") is True,
            style=str(style),
            explode=explode if isinstance(explode, bool) else style in ("form", "cookie"),
            allow_reserved=raw.get("allowReserved") is True,
            schema=content[0].schema if content else self._schema(raw.get("schema"), self._flattener),
            content=content[0] if content else None,
            examples=self._examples(raw),
        )

    def _body(self, described: Any) -> Body | None:
        raw = self._followed(described)
        if not isinstance(raw, dict):
            return None
        return Body(raw.get("required") is True, _text(raw.get("description")), self._media(raw.get("content")))

    def _responses(self, described: Any) -> tuple[Response, ...]:
        found = ((str(status), self._followed(raw)) for status, raw in _object(described).items())
        return tuple(
            Response(
                status=status_key(status),
                description=_text(raw.get("description")) or _text(raw.get("summary")),
                headers=tuple(
                    self._make_parameter(_object(self._followed(header)), name, "header")
                    for name, header in _object(raw.get("headers")).items()
                ),
                media=self._media(raw.get("content")),
            )
            for status, raw in found
            if isinstance(raw, dict) and not status.startswith("x-")
        )

    def _media(self, described: Any) -> tuple[Media, ...]:
        found = ((name, _object(self._followed(raw))) for name, raw in _object(described).items())
        return tuple(
            Media(
                media_type=name,
                schema=self._schema(raw.get("schema")),
                item_schema=self._schema(raw["itemSchema"]) if isinstance(raw.get("itemSchema"), dict) else None,
                examples=self._examples(raw),
                encoding=_object(raw.get("encoding")),
            )
            for name, raw in found
        )

    def _schema(self, raw: Any, flattener: Flattener | None = None) -> SchemaView:
        return SchemaView(self._api, raw if isinstance(raw, dict | bool) else {}, flattener)

    def _examples(self, raw: dict[str, Any]) -> tuple[Example, ...]:
        first = (Example("", raw["example"]),) if "example" in raw else ()
        named = ((name, _object(self._followed(one))) for name, one in _object(raw.get("examples")).items())
        return (
            *first,
            *(
                Example(name, one.get("value", one.get("dataValue")), _text(one.get("summary")))
                for name, one in named
                if "value" in one or "dataValue" in one
            ),
        )


def split_path(path: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The segments of a path template, and the constants of its query.

    Some APIs use a fragment as a query; such a fragment counts as a query.

    >>> split_path("/a/{b}/?Action=List")
    (['a', '{b}', ''], [('Action', 'List')])
    """
    if "#" not in path and "?" not in path:
        return path.removeprefix("/").split("/"), []
    plain, query = path, ""
    for mark in "#?":
        head, found, tail = plain.partition(mark)
        if found:
            plain, query = head, tail + ("&" + query if query else "")
    pairs = (pair.partition("=") for pair in query.lstrip("?").split("&"))
    constants = [(name, value) for name, found, value in pairs if name and found]
    return plain.removeprefix("/").split("/"), constants


def status_key(status: str) -> str:
    """A response status in the form that is compared: `200`, `4XX` or `default`."""
    return status if status == "default" else status.upper()


def is_json_type(media_type: str) -> bool:
    """Whether the media type is one of JSON.

    >>> is_json_type("application/json; charset=utf-8"), is_json_type("text/plain")
    (True, False)
    """
    bare = media_type.partition(";")[0].strip().lower()
    return bare.endswith(("/json", "+json"))


def template_names(segments: list[str]) -> list[str]:
    """The parameter names in these segments, each once, in order: `['a', '{b}.{c}']` gives `['b', 'c']`."""
    names: dict[str, None] = {}
    for segment in segments:
        for piece in segment.split("{")[1:] if "{" in segment else ():
            name, found, _ = piece.partition("}")
            if found and name:
                names[name] = None
    return list(names)


def plain_text(value: Any) -> str:
    """A scalar as it is written in a URL: `true`, `null`, `1`, or the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _operation_object(item: dict[str, Any], method: str) -> dict[str, Any]:
    raw = item.get(method.lower()) if method in METHODS else None
    if raw is None:
        raw = _object(item.get("additionalOperations")).get(method)
    return _object(raw)


def _servers(raw: Any) -> tuple[Server, ...]:
    found = (_object(one) for one in _list(raw))
    return tuple(
        Server(one["url"], _text(one.get("description")), _variables(one.get("variables")))
        for one in islice(found, MAX_SERVERS)
        if isinstance(one.get("url"), str) and len(one["url"]) <= MAX_SERVER_URL
    )


def _variables(raw: Any) -> tuple[Variable, ...]:
    found = ((name, _object(one)) for name, one in _object(raw).items())
    return tuple(
        Variable(name, _variable_values(one), bool(_list(one.get("enum"))), _text(one.get("description")))
        for name, one in found
    )


def _variable_values(raw: dict[str, Any]) -> tuple[str, ...]:
    values = [raw.get("default"), *_list(raw.get("enum"))]
    texts = dict.fromkeys(plain_text(value) for value in values if isinstance(value, str | int | float))
    return tuple(text for text in texts if len(text) <= MAX_SERVER_URL)


_SCHEME_URLS = ("authorizationUrl", "tokenUrl", "deviceAuthorizationUrl", "refreshUrl", "openIdConnectUrl")
"""The members of a security scheme or of its flows that are URLs."""


def _with_whole_urls(scheme: dict[str, Any], source: str, server: str) -> dict[str, Any]:
    """A security scheme with its relative URLs resolved against a server.

    Source: OpenAPI 3.1.1, "Relative References in API URLs".

    The server is resolved against the URL of the description, without the user in this URL. The scheme is unchanged if
    the description was read from a file.
    """
    if "://" not in source:
        return scheme
    parts = urlsplit(source)
    document = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    document = _whole_url(f"{server.rstrip('/')}/", document)
    flows = scheme.get("flows")
    resolved = _resolved(scheme, document)
    if isinstance(flows, dict):
        resolved["flows"] = {
            name: _resolved(flow, document) if isinstance(flow, dict) else flow for name, flow in flows.items()
        }
    return resolved


def _resolved(holder: dict[str, Any], document: str) -> dict[str, Any]:
    return {key: _whole_url(value, document) if key in _SCHEME_URLS else value for key, value in holder.items()}


def _whole_url(url: Any, document: str) -> Any:
    with suppress(ValueError):
        return urljoin(document, url) if isinstance(url, str) and url and "://" not in url else url
    return url


def _alternatives(raw: Any) -> tuple[tuple[Requirement, ...], ...]:
    return tuple(
        tuple(
            Requirement(name, tuple(scope for scope in _list(scopes) if isinstance(scope, str)))
            for name, scopes in one.items()
        )
        for one in _list(raw)
        if isinstance(one, dict)
    )


def _span(value: Any) -> Span | None:
    return (value[0], value[1]) if value else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


__all__ = [
    "METHODS", "Api", "Body", "DamagedError", "Entry", "Example", "Media", "Node", "Operation", "Parameter", "Problem",
    "Requirement", "Response", "Scheme", "Server", "Variable", "plain_text", "split_path", "template_names",
]  # fmt: skip


PATH_SAFE = "!$&'()*+,;=:@-._~"


def server_url(server: Server, location: str = "") -> str:
    """The URL of a server with defaults in place of its variables.

    A relative URL is resolved against `location`, or else against localhost.
    """
    url = "".join(server.filled.split())
    if location and "://" not in url:
        with contextlib.suppress(ValueError):
            url = urljoin(location.partition("?")[0].partition("#")[0], url)
    if url.startswith("//"):
        url = f"https:{url}"
    if url.startswith("/") or not url:
        url = f"http://localhost{url}"
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in ("http", "https") or not rest.strip("/"):
        return "http://localhost/"
    return quote(f"{scheme}://{rest}".rstrip("/"), safe=f"{PATH_SAFE}/?#[]%", errors="replace")
