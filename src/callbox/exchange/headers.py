"""Header fields of an answer: in order, repeated where the server repeated them, found without regard to case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """An immutable mapping over a list of fields. Looking up a repeated name folds its values with `, `.

    >>> h = Headers([("Set-Cookie", "a=1"), ("X", "1"), ("set-cookie", "b=2")])
    >>> h["x"], h.getlist("Set-Cookie")
    ('1', ['a=1', 'b=2'])
    """

    __slots__ = ("_index", "_pairs")

    def __init__(self, pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...] = ()) -> None:
        self._pairs = tuple(pairs)
        self._index: dict[str, list[str]] | None = None

    def _lists(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            for name, value in self._pairs:
                index.setdefault(name.lower(), []).append(value)
            self._index = index
        return self._index

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._lists()[name.lower()])

    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T) -> str | T: ...
    def get(self, name: str, default: str | T | None = None) -> str | T | None:
        """The folded value of this name, or the default; without the exception that Mapping's own costs."""
        values = self._lists().get(name.lower())
        return default if values is None else values[0] if len(values) == 1 else ", ".join(values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lists()

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for name, _ in self._pairs:
            if (lower := name.lower()) not in seen:
                seen.add(lower)
                yield name

    def __len__(self) -> int:
        return len(self._lists())

    def getlist(self, name: str) -> list[str]:
        """Every value of this name, in order, unfolded; an empty list where there is none."""
        return list(self._lists().get(name.lower(), ()))

    def multi_items(self) -> tuple[tuple[str, str], ...]:
        """Every field as it came: name as spelled, value, in order."""
        return self._pairs

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"
