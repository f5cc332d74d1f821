"""A table of many small cases as one test: every row is tried, and all that fail are reported together."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent.parent
MAX_DETAILED = 30
"""So many rows that fail are shown with their values and their error; the others by name."""
MAX_VALUE_CHARS = 400
MAX_NAME_CHARS = 80

Test = Callable[..., None]


class Row(NamedTuple):
    """The arguments of one call of a test."""

    name: str
    values: dict[str, Any]


def check_rows(
    names: str | Iterable[str], rows: Iterable[Any], *, ids: Iterable[object] | Callable[[Any], object] | None = None
) -> Callable[[Test], Test]:
    """Call the test with each row, in one item of pytest.

    It is written as `pytest.mark.parametrize` is, and two of them above one test give each pair of rows. An item of
    pytest takes some milliseconds on its own, so this is for rows that take less. Fixtures are made once for all rows.
    A row can neither be skipped nor be expected to fail.
    """
    listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    is_single = isinstance(names, str) and len(listed) == 1
    table = _read_rows(listed, list(rows), is_single, ids)
    if not table:
        raise ValueError("a table without rows tests nothing")

    def decorate(test: Test) -> Test:
        inner: tuple[Test, list[Row]] | None = getattr(test, "_table", None)
        if inner is None:
            return _over_rows(test, table)
        return _over_rows(inner[0], [_joined(first, second) for second in table for first in inner[1]])

    return decorate


def _joined(first: Row, second: Row) -> Row:
    return Row(f"{first.name}-{second.name}", first.values | second.values)


def _over_rows(test: Test, table: list[Row]) -> Test:
    @functools.wraps(test)
    def over_rows(**fixtures: Any) -> None:
        failures = [(row, error) for row in table if (error := _failure(test, fixtures, row)) is not None]
        if failures:
            pytest.fail(_report(test, failures, len(table)), pytrace=False)

    signature = inspect.signature(test)
    over_rows.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[one for name, one in signature.parameters.items() if name not in table[0].values]
    )
    over_rows._table = (test, table)  # type: ignore[attr-defined]
    return over_rows


def _failure(test: Test, fixtures: dict[str, Any], row: Row) -> BaseException | None:
    try:
        test(**fixtures, **row.values)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        return error
    return None


def _read_rows(names: list[str], rows: list[Any], is_single: bool, ids: Any) -> list[Row]:
    given = [None] * len(rows) if ids is None or callable(ids) else list(ids)
    if len(given) != len(rows):
        raise ValueError(f"{len(rows)} rows have {len(given)} ids")
    return [_read_row(names, row, is_single, name, ids) for row, name in zip(rows, given, strict=True)]


def _read_row(names: list[str], row: Any, is_single: bool, name: object, ids: Any) -> Row:
    if isinstance(row, type(pytest.param())):
        if row.marks:
            raise ValueError("a row of check_rows has no marks: use pytest.mark.parametrize")
        values, name = list(row.values), row.id if isinstance(row.id, str) else name
    else:
        values = [row] if is_single else list(row)
    if name is None:
        shown = ((ids(value) if callable(ids) else None, value) for value in values)
        name = "-".join(_name(value) if own is None else str(own) for own, value in shown)
    return Row(str(name), dict(zip(names, values, strict=True)))


def _name(value: object) -> str:
    text = value if isinstance(value, str) and value.isprintable() else _shown(value)
    return text if len(text) <= MAX_NAME_CHARS else f"{text[:MAX_NAME_CHARS]}.."


def _shown(value: object) -> str:
    text = getattr(value, "__qualname__", None) or repr(value)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}.. ({len(text)} characters)"


def _report(test: Test, failures: list[tuple[Row, BaseException]], count: int) -> str:
    lines = [f"{test.__name__}: {len(failures)} of {count} rows fail"]
    for row, error in failures[:MAX_DETAILED]:
        lines += ["", f"[{row.name}]", *(f"    {name} = {_shown(value)}" for name, value in row.values.items())]
        lines += [f"    {line}" for line in _explain(error)]
    lines += [f"[{row.name}]" for row, _ in failures[MAX_DETAILED:]]
    return "\n".join(lines)


def _explain(error: BaseException) -> list[str]:
    """Where it was raised, from the test on, and what it says: for an assertion the values that pytest compares."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    places = [f"{_place(frame.filename)}:{frame.lineno}: {frame.line}" for frame in frames]
    message = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    return [*places, *(f"E   {line}" for line in message.splitlines())]


def _place(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else filename
