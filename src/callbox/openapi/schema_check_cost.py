"""The most work that a check of one value against a schema may take, computed from the graph of the schemas it uses.

A few hundred bytes of `anyOf` inside `anyOf` can keep a validator busy for hours. Nothing is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from typing import NamedTuple

MAX_PLAIN_PATTERN = 500
"""The most characters of a pattern that may run in this process."""
MAX_REPEATS = 1_000
"""The largest product of all counted repeats in a pattern that may run in this process, because each repeat
multiplies the compiled pattern.
"""
_NOT_PLAIN = re.compile(r"\(\?(?:[=!<])|\\[1-9k]")
_COUNT = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
MAX_BODY_LEVELS = 255
"""The most levels of a body that the validator reads."""
MAX_SEEN = 1_000
"""The most schemas for one value that are counted. If there are more, the work counts as unlimited."""


class SchemaNode:
    """A schema in the computation of work, with links to the schemas for the same value and for parts of the value."""

    __slots__ = ("beside", "inner", "weight")

    def __init__(self) -> None:
        self.beside: list[SchemaNode] = []
        self.inner: list[tuple[str, SchemaNode]] = []
        """The schemas for parts of the value. Schemas share a name if only one of them checks any part."""
        self.weight = 1.0


def pattern_work(pattern: str) -> float:
    """The work of a pattern for each value in the linear engine; infinite if only the backtracking engine accepts
    it.
    """
    if len(pattern) > MAX_PLAIN_PATTERN or _NOT_PLAIN.search(pattern):
        return inf
    repeats = 1
    for least, most in _COUNT.findall(pattern):
        repeats *= max(int(least), int(most or 0), 1)
    return len(pattern) * repeats / 50 if repeats <= MAX_REPEATS else inf


_SHARED = frozenset({"properties", "additionalProperties", "items", "prefixItems"})
"""The keywords of which only one checks any part of a value."""


class _Bound(NamedTuple):
    """The limits of one check against a schema."""

    work: float
    """The work for the value itself."""
    ways: float
    """The most schemas that check one part of the value."""
    parts: float
    """The work for one part, or for one part of a part, each time that a part is checked."""


def breadth_of(root: SchemaNode) -> float:
    """The most checks of one value when a schema is applied; infinite if there is no limit.

    If schemas form a cycle, only one of them may lead back for any part of a value. Otherwise the number of checks
    doubles with every level of the value. A failed branch is checked once more at each level, to find the failures.
    """
    circles, component = _components(root)
    bounds: dict[SchemaNode, _Bound] = {}
    totals: dict[int, float] = {}
    levels: dict[int, int] = {}
    for number, members in enumerate(circles):
        ordered = _in_order(members, component)
        if ordered is None or any(_ways_back(node, component) > 1 for node in members):
            return inf
        is_circle = any(component[inner] == number for node in members for _, inner in node.inner)
        for node in ordered:
            bounds[node] = _bound_of(node, number, component, bounds, totals)
        inner = [
            levels[component[other]] + 1 for node in members for _, other in node.inner if component[other] != number
        ]
        beside = [levels[component[other]] for node in members for other in node.beside if component[other] != number]
        levels[number] = MAX_BODY_LEVELS if is_circle else max(inner + beside, default=1)
        totals[number] = _total(members, bounds, is_circle=is_circle)
        if totals[number] > 1e15:
            return inf
    number = component[root]
    has_branches = any(len(node.beside) > 1 for node in component)
    return totals[number] * (min(levels[number], MAX_BODY_LEVELS) if has_branches else 1)


def _bound_of(
    node: SchemaNode,
    number: int,
    component: Mapping[SchemaNode, int],
    bounds: Mapping[SchemaNode, _Bound],
    totals: Mapping[int, float],
) -> _Bound:
    """The limits of a node. Those of the schemas for the same value must be known."""
    names = {"" if name in _SHARED else name for name, _ in node.inner}
    work, ways = node.weight, float(len(names))
    parts = max((totals[component[inner]] for _, inner in node.inner if component[inner] != number), default=0.0)
    for other in node.beside:
        work += bounds[other].work
        ways += bounds[other].ways
        parts = max(parts, bounds[other].parts)
    return _Bound(work, ways, parts)


def _total(members: list[SchemaNode], bounds: Mapping[SchemaNode, _Bound], *, is_circle: bool) -> float:
    """The most work for one value of or inside these schemas, in one check by one of them."""
    work = max(bounds[node].work for node in members)
    ways = max(bounds[node].ways for node in members)
    parts = max(bounds[node].parts for node in members)
    if not is_circle:
        return max(work, ways * parts)
    # At each level, one check stays in the cycle and the others leave it; checks of all levels may meet in one value.
    return max(work, ways * parts) * (MAX_BODY_LEVELS if ways > 1 else 1)


def _in_order(members: list[SchemaNode], component: Mapping[SchemaNode, int]) -> list[SchemaNode] | None:
    """The nodes, each after the nodes that check the same value; None if these form a cycle."""
    mine = component[members[0]]
    waiting = {node: sum(component[other] == mine for other in node.beside) for node in members}
    users: dict[SchemaNode, list[SchemaNode]] = {}
    for node in members:
        for other in node.beside:
            if component[other] == mine:
                users.setdefault(other, []).append(node)
    ordered = [node for node in members if not waiting[node]]
    for node in ordered:
        for user in users.get(node, ()):
            waiting[user] -= 1
            if not waiting[user]:
                ordered.append(user)
    return ordered if len(ordered) == len(members) else None


def _ways_back(node: SchemaNode, component: Mapping[SchemaNode, int]) -> int:
    """How many schemas of the node's cycle check one part of the value in one check by the node; 2 means two or
    more.
    """
    mine, ways, todo, seen = component[node], 0, [node], 0
    while todo and ways < 2:
        one = todo.pop()
        seen += 1
        if seen > MAX_SEEN:
            return 2
        names = {("" if name in _SHARED else name) for name, inner in one.inner if component[inner] == mine}
        ways += len(names)
        todo += [other for other in one.beside if component[other] == mine]
    return ways


def _components(root: SchemaNode) -> tuple[list[list[SchemaNode]], dict[SchemaNode, int]]:
    """The cycles of schemas (Tarjan's strongly connected components), each after the cycles that it leads to."""
    index: dict[SchemaNode, int] = {root: 0}
    low: dict[SchemaNode, int] = {root: 0}
    stack, on_stack = [root], {root}
    found: list[list[SchemaNode]] = []
    component: dict[SchemaNode, int] = {}
    work = [(root, iter(_followers(root)))]
    while work:
        node, rest = work[-1]
        following = next(rest, None)
        if following is None:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                members: list[SchemaNode] = []
                while not members or members[-1] is not node:
                    members.append(stack.pop())
                    on_stack.discard(members[-1])
                    component[members[-1]] = len(found)
                found.append(members)
        elif following not in index:
            index[following] = low[following] = len(index)
            stack.append(following)
            on_stack.add(following)
            work.append((following, iter(_followers(following))))
        elif following in on_stack:
            low[node] = min(low[node], index[following])
    return found, component


def _followers(node: SchemaNode) -> list[SchemaNode]:
    return [*node.beside, *(inner for _, inner in node.inner)]
