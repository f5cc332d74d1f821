"""A described API as it is reached from a base URL: where its paths begin, and the operation of a URL.

Requests go where the base says. A description whose servers are on other origins still describes what is at the base:
its paths begin at the path of the base, or of its first server if the base has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import unquote

from callbox.errors import CallboxError
from callbox.exchange.url import Url, follow, parse
from callbox.openapi.model import Api, Entry, Node, Operation


class DescribedBase:
    """An API and the base URL from which it is explored."""

    def __init__(self, api: Api, base: str, location: str = "") -> None:
        """`location` is the URL of the description, to which relative servers are relative; empty for a file."""
        self.api = api
        self._base = parse(base)
        self._location = location
        self._operations: dict[tuple[str, str], Operation | None] = {}

    @cached_property
    def _servers(self) -> list[tuple[Url, str]]:
        """The servers that have a URL here: each with its description."""
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
    def _mounts(self) -> tuple[str, ...]:
        """The paths at which the API begins on the origin of the base, the longest first; without a final slash."""
        origin = self._base.origin
        paths = {url.path.rstrip("/") for url, _ in self._servers if url.origin == origin}
        if not paths:
            first = self._servers[0][0].path if self._servers else "/"
            paths = {(self._base.path if self._base.path != "/" else first).rstrip("/")}
        return tuple(sorted(paths, key=len, reverse=True))

    def mounts(self, origin: str) -> tuple[str, ...]:
        """The paths at which the API begins on this origin, without a final slash; none for an unknown origin."""
        if origin == self._base.origin:
            return self._mounts
        return tuple(url.path.rstrip("/") for url, _ in self._servers if url.origin == origin)

    def servers(self) -> list[tuple[str, str]]:
        """The URLs of the servers, with their descriptions."""
        return [(url.text, about) for url, about in self._servers]

    def operation(self, method: str, url: Url) -> Operation | None:
        """The operation of a request; that of GET for HEAD. None if the description has none.

        Literal segments go before parameters. A path with one slash more or less than described is found, too.
        """
        key = (method, url.text)
        if key not in self._operations:
            entry = self._entry(method, url)
            if entry is None and method == "HEAD":
                entry = self._entry("GET", url)
            if len(self._operations) > 50:
                self._operations.clear()
            self._operations[key] = self.api.operation_of(entry) if entry is not None else None
        return self._operations[key]

    def node(self, url: Url) -> Node | None:
        """The node of the tree of paths that a URL means; None if there is none."""
        for mount in self.mounts(url.origin):
            if f"{url.path}/".startswith(f"{mount}/"):
                rest = url.path[len(mount) :]
                for path in dict.fromkeys((rest, rest.rstrip("/"), f"{rest.rstrip('/')}/")):
                    found = self._find(self.api.root, [unquote(one) for one in path.removeprefix("/").split("/")])
                    if found is not None:
                        return found
        return None

    def level(self, origin: str, folder: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """The paths one segment below a folder of this origin: each with its methods and its summary.

        A path that goes on ends with a slash; `{id}` stands for any value.
        """
        for mount in self.mounts(origin):
            if not f"{folder}/".startswith(f"{mount}/"):
                continue
            segments = [unquote(one) for one in folder[len(mount) :].split("/") if one]
            for node in self.nodes_at(segments):
                for child in self.api.children(node):
                    if child.segment:
                        yield folder + child.segment + ("" if child.methods else "/"), child.methods, child.summary

    def nodes_at(self, segments: Sequence[str]) -> list[Node]:
        """The nodes that these segments may lead to: at each level literal ones, else those of a parameter."""
        level = [self.api.root]
        for segment in segments:
            children = [child for node in level for child in self.api.children(node)]
            literal = [child for child in children if child.segment == segment]
            level = literal or [child for child in children if child.is_template and fits(child.segment, segment)]
        return level

    def _entry(self, method: str, url: Url) -> Entry | None:
        node = self.node(url)
        entries = [one for one in self.api.entries(node) if one.method == method] if node is not None else []
        query = f"&{url.query or ''}&"
        entries.sort(key=lambda one: -sum(f"&{name}={value}&" in query for name, value in one.constants))
        return entries[0] if entries else None

    def _find(self, node: Node, segments: list[str]) -> Node | None:
        if not segments:
            return node if node.methods else None
        first, rest = segments[0], segments[1:]
        children = self.api.children(node)
        fitting = [child for child in children if child.segment == first]
        if first:
            fitting += [child for child in children if child.is_template and fits(child.segment, first)]
        for child in fitting:
            found = self._find(child, rest)
            if found is not None:
                return found
        return None


def fits(template: str, segment: str) -> bool:
    """Whether a segment fits a template such as `{id}` or `{name}.{format}`: its literal parts, in order.

    >>> fits("{name}.{format}", "a.json"), fits("{name}.{format}", "a"), fits("v{n}", "v2"), fits("v{n}", "v")
    (True, False, True, False)
    """
    literals = [piece.rpartition("}")[2] for piece in template.split("{")]
    first, last = literals[0], literals[-1]
    if not segment.startswith(first) or not segment.endswith(last):
        return False
    at, end = len(first), len(segment) - len(last)
    for literal in literals[1:-1]:
        found = segment.find(literal, at + 1, end) if literal else at + 1
        if found < 0:
            return False
        at = found + len(literal)
    return end > at
