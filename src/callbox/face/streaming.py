"""`session.stream`: Requests' truth value and the session's own way to send, under one name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callbox.engine.client import LiveSession
from callbox.exchange.events import Event
from callbox.exchange.request import Draft

if TYPE_CHECKING:
    from callbox.wire import Cancel


class StreamChoice:
    """True or false as Requests' `session.stream` is; called with a draft, it sends it and yields its events."""

    __slots__ = ("_is_on", "_session")

    def __init__(self, session: LiveSession, is_on: bool) -> None:
        self._session = session
        self._is_on = is_on

    def __call__(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Send a draft, merged with the session, and tell what happens; as `LiveSession.stream`."""
        return LiveSession.stream(self._session, draft, cancel)

    def __bool__(self) -> bool:
        return self._is_on

    def __eq__(self, other: object) -> bool:
        return self._is_on == other

    def __hash__(self) -> int:
        return hash(self._is_on)

    def __repr__(self) -> str:
        return repr(self._is_on)


class Streaming:
    """The attribute: may be assigned True or False, and read as a `StreamChoice`."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else StreamChoice(instance, instance.__dict__.get("_is_streaming", False))

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__["_is_streaming"] = bool(value)
