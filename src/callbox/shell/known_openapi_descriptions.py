"""The descriptions of APIs that a shell knows. Each was found or imported for a base URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from callbox.exchange.url import UrlError, parse

if TYPE_CHECKING:
    from callbox.memory.api_facts import Seen, SeenValue
    from callbox.openapi.description_discovery import Attempt
    from callbox.openapi.operation_lookup import DescribedBase
    from callbox.openapi.response_validator import Contract

MAX_APIS = 20
"""The most descriptions that are held. When there are more, the oldest is dropped."""


class KnownApi(NamedTuple):
    """A description, the base URL of its API, and its source."""

    base: str
    """The base URL of the API that is described."""
    source: str
    """The file or URL of the description."""
    described: DescribedBase
    former: str = ""
    """Why the description comes from the cache of an earlier shell; empty if the server still has the description."""


class KnownApis:
    """The descriptions of one shell, and the addresses that the searches have tried."""

    __slots__ = ("_apis", "_contracts", "attempts", "searching")

    def __init__(self) -> None:
        self._apis: dict[str, KnownApi] = {}
        self._contracts: WeakKeyDictionary[DescribedBase, Contract] = WeakKeyDictionary()
        self.attempts: dict[str, tuple[Attempt, ...]] = {}
        """The addresses that the last search for a base tried, by base."""
        self.searching: set[str] = set()
        """The bases whose search in the background has not ended."""

    def add(self, api: KnownApi) -> None:
        """Add a description. It replaces an earlier description for the same base."""
        self._apis.pop(api.base, None)
        self._apis[api.base] = api
        while len(self._apis) > MAX_APIS:
            del self._apis[next(iter(self._apis))]

    def find(self, base: str) -> KnownApi | None:
        """The description for a base URL: the one with the longest base at or above this URL.

        If several descriptions have this base, the newest is used.
        """
        try:
            url = parse(base)
        except UrlError:
            return None
        best: KnownApi | None = None
        for api in self._apis.values():
            known = parse(api.base)
            is_above = url.origin == known.origin and f"{url.path.rstrip('/')}/".startswith(
                f"{known.path.rstrip('/')}/"
            )
            if is_above and (best is None or len(api.base.rstrip("/")) >= len(best.base.rstrip("/"))):
                best = api
        return best

    def at(self, base: str) -> DescribedBase | None:
        """The described API at a base URL; None if there is no description."""
        found = self.find(base) if base and self._apis else None
        return found.described if found is not None else None

    def contract(self, described: DescribedBase) -> Contract:
        """A description as a contract that checks responses.

        Raises `UsageError` if the extra `schema` is not installed.
        """
        # this import takes 30 ms, and only users who validate need it
        from callbox.openapi.response_validator import Contract

        if described not in self._contracts:
            self._contracts[described] = Contract(described.api, base=described.base)
        return self._contracts[described]

    def all(self) -> list[KnownApi]:
        """Every description, the oldest first."""
        return list(self._apis.values())

    def forget(self, origin: str) -> bool:
        """Forget the descriptions of an origin; an empty origin means all. Returns whether there was a description."""
        gone = [base for base in self._apis if not origin or parse(base).origin == origin]
        for base in gone:
            del self._apis[base]
        return bool(gone)


def seen_items(seen: Seen, described: DescribedBase | None, origin: str, folder: str) -> list[SeenValue]:
    """The paths of the items of the list at a folder. None if the description has no paths below the folder."""
    items = described.items_below(origin, folder) if described is not None else None
    if items is None:
        return seen.children(origin, folder)
    return seen.children(origin, folder, items.parameter, has_slash=items.has_slash) if items.parameter else []
