"""Two answers compared: status, fields, and the content by what it means where both are JSON.

The comparison of large contents is bounded: past a size they are only said to differ, and from which byte on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import NamedTuple

from callbox.exchange.headers import Headers
from callbox.exchange.record import Record
from callbox.exchange.text import find_encoding

MOST_BYTES = 2_000_000
MOST_LINES = 5_000
MOST_CHANGES = 500
_MOST_ENTRIES = 2_000
_MOST_DEPTH = 200
_VOLATILE = frozenset(("date", "age"))


class Change(NamedTuple):
    """One difference: where, and what stood there before and after (None: nothing)."""

    part: str
    """`status`, `header`, `value` (of JSON), `line` or `bytes`."""
    where: str
    """The name of a field, the path of a value (`$.a[0].b`), the number of a line."""
    before: str | None
    after: str | None


def compare(first: Record, second: Record, parts: Iterable[str] = ("status", "headers", "body")) -> list[Change]:
    """What is different in the second, in order; at most `MOST_CHANGES` of the content.

    `Date` and `Age`, which always differ, count only where the fields alone are asked for.
    """
    wanted = tuple(parts)
    changes: list[Change] = []
    if "status" in wanted:
        changes += _compare_status(first, second)
    if "headers" in wanted:
        left_out = _VOLATILE if len(wanted) > 1 else frozenset()
        changes += _compare_headers(first.incoming.headers, second.incoming.headers, left_out)
    if "body" in wanted:
        changes += islice(compare_bodies(first, second), MOST_CHANGES)
    return changes


def _compare_status(first: Record, second: Record) -> Iterator[Change]:
    before, after = (f"{r.incoming.status} {r.incoming.reason}".strip() for r in (first, second))
    if before != after:
        yield Change("status", "status", before, after)


def _compare_headers(first: Headers, second: Headers, left_out: frozenset[str]) -> Iterator[Change]:
    names = dict.fromkeys(name.lower() for headers in (first, second) for name, _ in headers.multi_items())
    spelled = {name.lower(): name for headers in (second, first) for name, _ in headers.multi_items()}
    for name in names:
        if name in left_out:
            continue
        before, after = first.getlist(name), second.getlist(name)
        if before != after:
            yield from (Change("header", spelled[name], a, b) for a, b in zip_longest(before, after) if a != b)


def compare_bodies(first: Record, second: Record) -> Iterator[Change]:
    """The differences of the contents."""
    if first.body == second.body:
        return
    if max(len(first.body), len(second.body)) <= MOST_BYTES:
        trees = _read_json(first), _read_json(second)
        if trees[0] is not _NO_JSON and trees[1] is not _NO_JSON:
            yield from _compare_values("$", trees[0], trees[1], 0)
            return
        if not (b"\0" in first.body or b"\0" in second.body):
            yield from _compare_lines(_text(first), _text(second))
            return
    at = next((i for i, (a, b) in enumerate(zip(first.body, second.body, strict=False)) if a != b), None)
    where = min(len(first.body), len(second.body)) if at is None else at
    yield Change("bytes", f"{where:,}", f"{len(first.body):,} bytes", f"{len(second.body):,} bytes")


class _Number(str):
    """A number as the server wrote it: 1.0 and 1.00 are not the same answer."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and str(self) == str(other)

    __hash__ = str.__hash__


_NO_JSON = object()


def _read_json(record: Record) -> object:
    text = _text(record).strip()
    if text[:1] not in ("{", "["):
        return _NO_JSON
    try:
        return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return _NO_JSON


def _text(record: Record) -> str:
    encoding = find_encoding(record.body, record.incoming.headers.get("Content-Type", ""))
    return record.body.decode(encoding, "replace")


def _compare_values(path: str, before: object, after: object, depth: int) -> Iterator[Change]:
    if type(before) is type(after) and before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and depth < _MOST_DEPTH:
        for key in dict.fromkeys((*before, *after)):
            where = f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key, ensure_ascii=False)}]"
            if key not in before:
                yield Change("value", where, None, _write(after[key]))
            elif key not in after:
                yield Change("value", where, _write(before[key]), None)
            else:
                yield from _compare_values(where, before[key], after[key], depth + 1)
    elif isinstance(before, list) and isinstance(after, list) and depth < _MOST_DEPTH:
        yield from _compare_lists(path, before, after, depth)
    else:
        yield Change("value", path, _write(before), _write(after))


def _compare_lists(path: str, before: list[object], after: list[object], depth: int) -> Iterator[Change]:
    """Entries that were put in or taken out are found as such, and do not make all that follow them differ."""
    for tag, a, b, c, d in _blocks([_write(one) for one in before], [_write(one) for one in after]):
        if tag == "equal":
            continue
        paired = min(b - a, d - c)
        for offset in range(paired):
            yield from _compare_values(f"{path}[{c + offset}]", before[a + offset], after[c + offset], depth + 1)
        yield from (Change("value", f"{path}[{i}]", _write(before[i]), None) for i in range(a + paired, b))
        yield from (Change("value", f"{path}[{i}]", None, _write(after[i])) for i in range(c + paired, d))


def _blocks(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if max(len(before), len(after)) > _MOST_ENTRIES:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _write(value: object) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k, ensure_ascii=False)}: {_write(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _compare_lines(before: str, after: str) -> Iterator[Change]:
    old, new = before.splitlines()[:MOST_LINES], after.splitlines()[:MOST_LINES]
    for tag, a, b, c, d in _blocks(old, new):
        if tag == "equal":
            continue
        yield from (Change("line", str(i + 1), old[i], None) for i in range(a, b))
        yield from (Change("line", str(i + 1), None, new[i]) for i in range(c, d))
