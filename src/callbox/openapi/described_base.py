"""A described API as it is reached from a base URL: where its paths begin, and the operation of a URL.

Requests go where the base says. A description whose servers are on other origins still describes what is at the base:
its paths begin at the path of the base, or of its first server if the base has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import unquote

from callbox.errors import CallboxError
from callbox.exchange.url import Url, UrlError, follow, join, parse
from callbox.openapi.matching import Mount, find_below, match_segment, mounts
from callbox.openapi.model import Api, Node, Operation

MAX_OPERATIONS = 50
"""Operations that are held for the next key."""


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
    def _mounts(self) -> tuple[Mount, ...]:
        return mounts(self.api, self._base.text)

    def mounts(self, origin: str) -> tuple[str, ...]:
        """The paths at which the API begins on this origin, the longest first, without a final slash."""
        found = ("".join(f"/{segment}" for segment in one.prefix) for one in self._mounts if one.origin == origin)
        return tuple(dict.fromkeys(found))

    def servers(self) -> list[tuple[str, str]]:
        """The URLs of the servers, with their descriptions."""
        return [(url.text, about) for url, about in self._servers]

    def operation(self, method: str, url: Url) -> Operation | None:
        """The operation of a request, by `callbox.openapi.matching`; None if the description has none."""
        key = (method, url.text)
        if key not in self._operations:
            found = find_below(self.api, method, url.text, self._mounts)
            if len(self._operations) > MAX_OPERATIONS:
                self._operations.clear()
            self._operations[key] = found.operation if found is not None else None
        return self._operations[key]

    def operation_at(self, method: str, target: str, base: str) -> Operation | None:
        """The operation of a target as it is typed below a base URL; None if it has none or is no URL yet."""
        try:
            return self.operation(method, parse(join(base, target)))
        except UrlError:
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

    def parameter_below(self, origin: str, folder: str) -> str:
        """The name of the path parameter one segment below a folder of this origin; empty if there is none."""
        for path, _, _ in self.level(origin, f"{folder.rstrip('/')}/"):
            segment = path.rstrip("/").rpartition("/")[2]
            if segment[:1] == "{" and segment.find("}") == len(segment) - 1:
                return segment[1:-1]
        return ""

    def nodes_at(self, segments: Sequence[str]) -> list[Node]:
        """The nodes that these segments may lead to: at each level literal ones, else those of a parameter."""
        level = [self.api.root]
        for segment in segments:
            children = [child for node in level for child in self.api.children(node)]
            literal = [child for child in children if child.segment == segment]
            level = literal or [
                child for child in children if child.is_template and match_segment(child.segment, segment) is not None
            ]
        return level
