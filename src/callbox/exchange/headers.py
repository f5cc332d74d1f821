"""Header fields of an answer: in order, repeated where the server repeated them, found without regard to case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


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
