"""A mapping that finds its keys without regard to case and keeps them as they were spelled last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar, cast

V = TypeVar("V")


class CaseInsensitiveDict(MutableMapping[str, V], Generic[V]):
    """As Requests' structure of that name: order of first insertion, spelling of the last.

    >>> d = CaseInsensitiveDict({"Accept": "a"}); d["ACCEPT"] = "b"; list(d.items())
    [('ACCEPT', 'b')]
    """

    __slots__ = ("_store",)

    def __init__(self, data: Mapping[str, V] | Iterable[tuple[str, V]] | None = None, **kwargs: V) -> None:
        self._store: dict[str, tuple[str, V]] = {}
        self.update(data or {}, **kwargs)

    def __setitem__(self, key: str, value: V) -> None:
        self._store[key.lower()] = (key, value)

    def __getitem__(self, key: str) -> V:
        return self._store[key.lower()][1]

    def __delitem__(self, key: str) -> None:
        del self._store[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._store

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._store.values()])

    def __len__(self) -> int:
        return len(self._store)

    def items(self) -> Collection[tuple[str, V]]:  # type: ignore[override]
        """Pairs of name (as spelled) and value, in order."""
        return self._store.values()

    def lower_items(self) -> Iterator[tuple[str, V]]:
        """Pairs of lower-cased name and value, in order."""
        return ((lower, pair[1]) for lower, pair in self._store.items())

    def spelled(self, key: str) -> str:
        """The name as it is spelled here. Raises KeyError where it is not there."""
        return self._store[key.lower()][0]

    def copy(self) -> CaseInsensitiveDict[V]:
        """A copy whose values are shared."""
        made: CaseInsensitiveDict[V] = CaseInsensitiveDict()
        made._store.update(self._store)
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = CaseInsensitiveDict(cast("Mapping[str, V]", other))
        return dict(self.lower_items()) == dict(theirs.lower_items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return str(dict(self.items()))
