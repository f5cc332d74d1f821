"""A transport made of mounted adapters and hooks: what the driver sends through where a program has its own ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from callbox.engine.client import HOP_BYTES, HOP_S
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing
from callbox.exchange.response import Connection, Incoming
from callbox.face.adapters import HTTPAdapter
from callbox.face.hooks import dispatch_hook
from callbox.face.prepared import PreparedRequest
from callbox.face.raw import Raw
from callbox.face.response import Response
from callbox.face.timeouts import left_of
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.wire import Answer, Cancel


class Carrier:
    """Sends by the adapter that is mounted for the URL, and shows each answer to the hooks.

    The prepared request that it is made with is what the first sending uses, the very object.
    """

    def __init__(self, owner: Any, prepared: PreparedRequest, settings: Mapping[str, Any]) -> None:
        self._owner = owner
        self._first = prepared
        self._settings = settings
        self._begun = clock.monotonic()
        self.responses: list[Any] = []
        """What the hooks left of each answer, oldest first."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> Answer:
        """Send this request by its adapter; the answer that the hooks left."""
        prepared = self._first if not self.responses else self._show(outgoing)
        adapter = self._owner.get_adapter(url=prepared.url)
        begun = clock.monotonic()
        settings = self._settings
        if self.responses:
            settings = {**settings, "timeout": left_of(settings.get("timeout"), begun - self._begun)}
        is_unsaid = prepared.is_patient and isinstance(adapter, HTTPAdapter)
        response = adapter.send(prepared, **{**settings, "timeout": None} if is_unsaid else settings)
        response.elapsed = timedelta(seconds=clock.monotonic() - begun)
        if isinstance(response, Response):
            response._owner = self._owner
        response = dispatch_hook("response", prepared.hooks, response, **settings)
        self.responses.append(response)
        return cast("Answer", Heard(response))

    def _show(self, outgoing: Outgoing) -> PreparedRequest:
        first = self._first
        prepared = PreparedRequest.of(outgoing, first.body if outgoing.content is not None else None, first.hooks)
        prepared.follow(first)
        return prepared

    def close(self) -> None:
        """Nothing: adapters are their owner's to close."""

    def connections(self) -> list[Connection]:
        """Nothing is known of what adapters keep."""
        return []


class Heard:
    """A response as the driver takes an answer: its head, and its content where a hop is read."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.incoming = incoming_of(response)
        self.undecoded = ""
        self.was_retried = False
        self.received = 0

    def content(self) -> Iterator[bytes]:
        """What it carries, as far as it is small, at once; the response keeps it."""
        content = skim(self.response)
        self.received = len(content)
        yield content

    def close(self) -> None:
        """Nothing: whoever holds the response closes it."""


def skim(response: Any) -> bytes:
    """The content of an answer on the way, as far as it is small and comes soon; the response keeps that.

    Its connection serves again where that was all. Raises as `Response.content`.
    """
    if not isinstance(response, Response) or response.was_asked:
        return response.content or b""
    whole, until = bytearray(), clock.monotonic() + HOP_S
    for piece in response.pieces():
        whole += piece
        if len(whole) > HOP_BYTES or clock.monotonic() > until:
            response.close()
            break
    return response.keep(bytes(whole[:HOP_BYTES]))


def incoming_of(response: Any) -> Incoming:
    """The head of a response, also of one that was made by hand or by another library."""
    record = getattr(response, "record", None)
    if record is not None and record.incoming.status == response.status_code:
        incoming: Incoming = record.incoming
        return incoming
    pairs = [(str(name), str(value)) for name, value in (response.headers or {}).items()]
    cookies = _set_cookies(response)
    if cookies:
        pairs = [(name, value) for name, value in pairs if name.lower() != "set-cookie"]
    return Incoming(
        response.status_code or 0, str(response.reason or ""), Headers([*pairs, *(("Set-Cookie", c) for c in cookies)])
    )


def _set_cookies(response: Any) -> list[str]:
    """The Set-Cookie lines unfolded, wherever the library that made the response has left them."""
    raw = getattr(response, "raw", None)
    for headers in (getattr(raw, "headers", None), getattr(response, "headers", None)):
        getlist = getattr(headers, "getlist", None)
        if getlist is not None and not isinstance(raw, Raw):
            return [str(line) for line in getlist("Set-Cookie")]
    message = getattr(getattr(raw, "_original_response", None), "msg", None)
    get_all = getattr(message, "get_all", None)
    return list(get_all("Set-Cookie") or ()) if get_all is not None else []
