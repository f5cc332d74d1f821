"""The descriptions of APIs that a shell knows, by the base URL that they were found or imported for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from callbox.exchange.url import UrlError, parse

if TYPE_CHECKING:
    from callbox.openapi.description_discovery import Attempt
    from callbox.openapi.operation_lookup import DescribedBase
    from callbox.openapi.response_contract import Contract

MAX_APIS = 20
"""Descriptions that are held; the oldest is dropped."""


class KnownApi(NamedTuple):
    """A description and its source."""

    base: str
    """The base URL below which it describes an API."""
    source: str
    """The file or URL of the description."""
    described: DescribedBase


class KnownApis:
    """The descriptions of one shell, and the addresses that the searches have tried."""

    __slots__ = ("_apis", "_contracts", "attempts", "searching")

    def __init__(self) -> None:
        self._apis: dict[str, KnownApi] = {}
        self._contracts: WeakKeyDictionary[DescribedBase, Contract] = WeakKeyDictionary()
        self.attempts: dict[str, tuple[Attempt, ...]] = {}
        """What the last search for a base tried, by base."""
        self.searching: set[str] = set()
        """The bases that a search behind the prompt has not ended for."""

    def add(self, api: KnownApi) -> None:
        """Take a description; it replaces one for the same base."""
        self._apis.pop(api.base, None)
        self._apis[api.base] = api
        while len(self._apis) > MAX_APIS:
            del self._apis[next(iter(self._apis))]

    def find(self, base: str) -> KnownApi | None:
        """The description for a base URL: that with the longest base at or above it, then the newest."""
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
        """The described API at a base URL; None if none is known."""
        found = self.find(base) if base and self._apis else None
        return found.described if found is not None else None

    def contract(self, described: DescribedBase) -> Contract:
        """A description as a contract of responses. Raises `UsageError` if the extra `schema` is not installed."""
        from callbox.openapi.response_contract import Contract  # 30 ms, for who validates

        if described not in self._contracts:
            self._contracts[described] = Contract(described.api, base=described.base)
        return self._contracts[described]

    def all(self) -> list[KnownApi]:
        """Every description, oldest first."""
        return list(self._apis.values())

    def forget(self, origin: str) -> bool:
        """Forget the descriptions of an origin, or all for an empty one; returns whether there was one."""
        gone = [base for base in self._apis if not origin or parse(base).origin == origin]
        for base in gone:
            del self._apis[base]
        return bool(gone)
