"""Compare two responses: status, headers and body; JSON bodies are compared by value.

The work is limited. For very large bodies, the result has only the position of the first difference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Literal, NamedTuple, TypeVar

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers, header_text
from callbox.exchange.media_types_and_charsets import find_encoding, json_guard

T = TypeVar("T")

MAX_BYTES = 2_000_000
MAX_LINES = 5_000
MAX_CHANGES = 500
_MAX_STEPS = 2_000_000
"""How many steps a comparison takes to find inserted and removed entries. After these steps, all other entries count as
different.
"""
_MAX_DEPTH = 200
"""JSON with more levels than this is compared as text, and not by value."""
_VOLATILE = frozenset(("date", "age"))

ChangedPart = Literal["status", "header", "value", "line", "bytes"]


class Change(NamedTuple):
    """A difference between two responses: where it is, and the text in the first and in the second. None means no
    text.
    """

    part: ChangedPart
    """What differs: `status`, a `header`, a JSON `value`, a `line` of text, or `bytes`."""
    where: str
    """Where it is: the name of a header, the path of a value (`$.a[0].b`), or the number of a line."""
    before: str | None
    after: str | None


def compare(first: Record, second: Record, parts: Iterable[str] = ("status", "headers", "body")) -> list[Change]:
    """Compare two responses. Returns the differences in order, at most `MAX_CHANGES` of them from the body. `parts`
    says what is compared. `Date` and `Age` are compared only if headers are the only part, because they always differ.
    """
    wanted = tuple(parts)
    changes: list[Change] = []
    if "status" in wanted:
        changes += _compare_status(first, second)
    if "headers" in wanted:
        left_out = _VOLATILE if len(wanted) > 1 else frozenset()
        changes += _compare_headers(first.response.headers, second.response.headers, left_out)
    if "body" in wanted:
        changes += islice(compare_bodies(first, second), MAX_CHANGES)
    return changes


def _compare_status(first: Record, second: Record) -> Iterator[Change]:
    before, after = (f"{r.response.status} {r.response.reason}".strip() for r in (first, second))
    if before != after:
        yield Change(part="status", where="status", before=before, after=after)


def _compare_headers(first: Headers, second: Headers, left_out: frozenset[str]) -> Iterator[Change]:
    names = dict.fromkeys(name.lower() for headers in (first, second) for name, _ in headers.multi_items())
    spelled = {name.lower(): name for headers in (second, first) for name, _ in headers.multi_items()}
    for name in names:
        if name in left_out:
            continue
        before, after = first.getlist(name), second.getlist(name)
        if before != after:
            pairs = zip_longest(map(header_text, before), map(header_text, after))
            yield from (Change(part="header", where=spelled[name], before=a, after=b) for a, b in pairs if a != b)


def compare_bodies(first: Record, second: Record) -> Iterator[Change]:
    """Yield the differences between two bodies."""
    if first.body == second.body:
        return
    if max(len(first.body), len(second.body)) <= MAX_BYTES:
        trees = _read_json(first), _read_json(second)
        if trees[0] is not _NOT_JSON and trees[1] is not _NOT_JSON:
            yield from _JsonComparison(*trees).changes("$", *trees)
            return
        if not (b"\0" in first.body or b"\0" in second.body):
            yield from _compare_lines(_text(first), _text(second), _StepBudget())
            return
    at = next((i for i, (a, b) in enumerate(zip(first.body, second.body, strict=False)) if a != b), None)
    where = min(len(first.body), len(second.body)) if at is None else at
    yield Change(
        part="bytes", where=f"{where:,}", before=f"{len(first.body):,} bytes", after=f"{len(second.body):,} bytes"
    )


class _JsonNumber(str):
    """A number with its text in the response. 1.0 and 1.00 are different."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _JsonNumber) and str(self) == str(other)

    __hash__ = str.__hash__


_NOT_JSON = object()


def _read_json(record: Record) -> object:
    text = _text(record)
    text = text[len(json_guard(text)) :].strip()
    if text[:1] not in ("{", "["):
        return _NOT_JSON
    try:
        value: object = json.loads(
            text,
            parse_float=_JsonNumber,
            parse_int=_JsonNumber,
            parse_constant=_JsonNumber,
            object_pairs_hook=_every_member,
        )
    except (ValueError, RecursionError):
        return _NOT_JSON
    return value if _depth(value) <= _MAX_DEPTH else _NOT_JSON


def _every_member(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make a dictionary of the members of a JSON object. A repeated name gets a number, so that no member is lost."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    counts: Counter[str] = Counter()
    members = {}
    for name, value in pairs:
        counts[name] += 1
        members[name if counts[name] == 1 else f"{name} ({counts[name]})"] = value
    return members


def _depth(value: object) -> int:
    """How deep lists and objects are nested in a value. Counted without recursion, so that a deep value does not
    overflow the stack.
    """
    depth, level = 0, [value]
    while level and depth <= _MAX_DEPTH:
        inner = [one for one in level if isinstance(one, (dict, list))]
        level = [each for one in inner for each in (one.values() if isinstance(one, dict) else one)]
        depth += bool(inner)
        if not inner:
            break
    return depth


def _text(record: Record) -> str:
    encoding = find_encoding(record.body, record.response.headers.get("Content-Type", ""))
    return record.body.decode(encoding, "replace")


class _StepBudget:
    """Counts the steps that are left to find inserted and removed entries."""

    def __init__(self) -> None:
        self._left = _MAX_STEPS

    def take(self, count: int) -> bool:
        """Use `count` steps. Returns False if fewer were left."""
        self._left -= count
        return self._left >= 0


class _JsonComparison:
    """Compares two JSON values. Each list, object and scalar in them gets a number, and equal values get the same
    number. So after one pass, two large lists are compared as fast as two numbers.
    """

    def __init__(self, *roots: object) -> None:
        self._numbers: dict[object, int] = {}
        self._known: dict[int, int] = {}
        """The number of each list or object, by its `id`. The `id`s stay valid, because both JSON values live longer
        than this object.
        """
        self._steps = _StepBudget()
        for root in roots:
            self._number(root)

    def _number(self, value: object) -> int:
        if isinstance(value, (dict, list)):
            if id(value) not in self._known:
                self._known[id(value)] = self._numbered(self._shape(value))
            return self._known[id(value)]
        return self._numbered((type(value), value))

    def _shape(self, value: dict[str, object] | list[object]) -> object:
        if isinstance(value, dict):
            return frozenset((key, self._number(one)) for key, one in value.items())
        return tuple(map(self._number, value))

    def _numbered(self, shape: object) -> int:
        return self._numbers.setdefault(shape, len(self._numbers))

    def changes(self, path: str, before: object, after: object) -> Iterator[Change]:
        """Yield the differences between two values. `path` is where both are."""
        if self._number(before) == self._number(after):
            return
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._members(path, before, after)
        elif isinstance(before, list) and isinstance(after, list):
            yield from self._entries(path, before, after)
        else:
            yield Change(part="value", where=path, before=_write(before), after=_write(after))

    def _members(self, path: str, before: dict[str, object], after: dict[str, object]) -> Iterator[Change]:
        for key in dict.fromkeys((*before, *after)):
            where = _below(path, key)
            if key not in before:
                yield Change(part="value", where=where, before=None, after=_write(after[key]))
            elif key not in after:
                yield Change(part="value", where=where, before=_write(before[key]), after=None)
            else:
                yield from self.changes(where, before[key], after[key])

    def _entries(self, path: str, before: list[object], after: list[object]) -> Iterator[Change]:
        """Yield the differences between two lists. An inserted or removed entry is one difference; the entries after it
        are compared with their counterparts.
        """
        for a, b, c, d in _blocks([*map(self._number, before)], [*map(self._number, after)], self._steps):
            paired = min(b - a, d - c)
            for offset in range(paired):
                yield from self.changes(_below(path, c + offset), before[a + offset], after[c + offset])
            yield from (
                Change(part="value", where=_below(path, i), before=_write(before[i]), after=None)
                for i in range(a + paired, b)
            )
            yield from (
                Change(part="value", where=_below(path, i), before=None, after=_write(after[i]))
                for i in range(c + paired, d)
            )


MAX_KEY = 100
MAX_PATH = 500
"""How many characters a path, or a key in it, may have. Each change has its own path, so long paths would need much
memory.
"""


def _below(path: str, key: str | int) -> str:
    return member_path(path, key, _step, MAX_PATH, MAX_KEY)


def _step(key: str) -> str:
    return f".{key}" if key.isidentifier() else f"[{json.dumps(key, ensure_ascii=False)}]"


def member_path(path: str, key: str | int, step: Callable[[str], str], max_path: int, max_key: int) -> str:
    """Extend a path by a key or an index. A path that becomes too long is cut and ends with `..`. `step` writes a key
    as a step of a path. `max_path` and `max_key` limit the characters of a path and of a key.
    """
    if len(path) > max_path:
        return path if path.endswith("..") else f"{path}.."
    if isinstance(key, int):
        return f"{path}[{key}]"
    return path + step(f"{key[:max_key]}.." if len(key) > max_key else key)


def _blocks(before: Sequence[T], after: Sequence[T], steps: _StepBudget) -> list[tuple[int, int, int, int]]:
    """Find the parts in which two lists differ. Each is four indexes: start and end in the first list, start and end in
    the second.
    """
    start, end, other = 0, len(before), len(after)
    while start < min(end, other) and before[start] == after[start]:
        start += 1
    while min(end, other) > start and before[end - 1] == after[other - 1]:
        end, other = end - 1, other - 1
    blocks: list[tuple[int, int, int, int]] = []
    a = c = start
    for x, y in [*_pairs(before[start:end], after[start:other], steps), (end - start, other - start)]:
        if (a, c) != (start + x, start + y):
            blocks.append((a, start + x, c, start + y))
        a, c = start + x + 1, start + y + 1
    return blocks


def _pairs(before: Sequence[T], after: Sequence[T], steps: _StepBudget) -> list[tuple[int, int]]:
    """Find the entries that both lists have, in order. Returns pairs of their indexes, up to the point at which the
    steps are used up. The method is that of Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). Each
    round finds the furthest point on each diagonal with one more inserted or removed entry. `rounds` stores these
    points, to follow the path back from the end.
    """
    reached, rounds = {1: 0}, []
    for changed in range(len(before) + len(after) + 1):
        if not steps.take(2 * changed + 1):
            return []
        rounds.append(reached)
        reached = dict(reached)
        for diagonal in range(-changed, changed + 1, 2):
            x = start_x = _next(reached, diagonal, changed)
            y = x - diagonal
            while x < len(before) and y < len(after) and before[x] == after[y]:
                x, y = x + 1, y + 1
            reached[diagonal] = x
            if x >= len(before) and y >= len(after):
                return _trace_back(rounds, x, y)
            if not steps.take(x - start_x):
                return []
    return []


def _next(reached: Mapping[int, int], diagonal: int, changed: int) -> int:
    """The point at which the search enters a diagonal: from above (an inserted entry) or from the left (a removed
    one).
    """
    above, left = reached.get(diagonal + 1, -1), reached.get(diagonal - 1, -1)
    return above if _is_from_above(reached, diagonal, changed) else left + 1


def _trace_back(rounds: Sequence[Mapping[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found = []
    for changed in range(len(rounds) - 1, -1, -1):
        start_x = _next(rounds[changed], x - y, changed) if changed else 0
        while x > start_x:
            x, y = x - 1, y - 1
            found.append((x, y))
        if changed:
            x, y = (x, y - 1) if _is_from_above(rounds[changed], x - y, changed) else (x - 1, y)
    return found[::-1]


def _is_from_above(reached: Mapping[int, int], diagonal: int, changed: int) -> bool:
    above, left = reached.get(diagonal + 1, -1), reached.get(diagonal - 1, -1)
    return diagonal == -changed or (diagonal != changed and left < above)


def _write(value: object) -> str:
    if isinstance(value, _JsonNumber):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k, ensure_ascii=False)}: {_write(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _compare_lines(before: str, after: str, steps: _StepBudget) -> Iterator[Change]:
    old, new = before.splitlines()[:MAX_LINES], after.splitlines()[:MAX_LINES]
    for a, b, c, d in _blocks(old, new, steps):
        yield from (Change(part="line", where=str(i + 1), before=old[i], after=None) for i in range(a, b))
        yield from (Change(part="line", where=str(i + 1), before=None, after=new[i]) for i in range(c, d))
