"""Read a response: as events while its body comes, as one record, or in part; and store its cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from callbox.errors import Fault
from callbox.exchange.cookies import SECURE_OVER_HTTP, CookieRefusal, Jar, Outcome, Stored, is_localhost
from callbox.exchange.events import Chunk, Done, Event, Head, Note, Record
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import MAX_HOP_BYTES, MAX_HOP_S, ResponseHead, hop_pieces
from callbox.exchange.url import Url
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.wire import WireResponse

_WAY_OUT = "on this machine, set option trust-localhost yes keeps it"


def collect(events: Iterable[Event], on_event: Callable[[Event], None] | None = None) -> Record:
    """Read a stream of events to its end. Returns the record with its body; `on_event` gets each other event.

    A `Fault` passes through. Its `record` holds the received part of the body, or the whole undecoded body if its
    content coding cannot be undone.
    """
    body = ResponseBuffer()
    try:
        for event in events:
            if type(event) is Chunk:
                body.add(event.data)
            elif type(event) is Done:
                return event.record._replace(body=body.whole())
            elif on_event is not None:
                on_event(event)
    except Fault as fault:
        if isinstance(fault.record, Record):
            fault.record = fault.record._replace(body=body.whole() or fault.record.body)
        raise
    raise AssertionError("a stream ends with Done")


class ResponseBuffer:
    """Collects the pieces of a body without a second copy: a BytesIO gives out its own buffer."""

    __slots__ = ("_buffer", "_first")

    def __init__(self) -> None:
        self._first = b""
        self._buffer: BytesIO | None = None

    def add(self, piece: bytes) -> None:
        """Append a piece. A single piece, the usual case, is kept without a copy."""
        if self._buffer is not None:
            self._buffer.write(piece)
        elif not self._first:
            self._first = piece
        else:
            self._buffer = BytesIO()
            self._buffer.write(self._first)
            self._buffer.write(piece)
            self._first = b""

    def whole(self) -> bytes:
        """The whole body."""
        return self._first if self._buffer is None else self._buffer.getvalue()


def read_response(
    draft: Draft,
    outgoing: Outgoing,
    response: WireResponse,
    history: tuple[Record, ...],
    started_at: float,
    *,
    as_they_come: bool = True,
) -> Iterator[Event]:
    """Yield a response as it comes: its head, the pieces of its body, and the record at the end."""
    try:
        yield Head(response.head)
        if "timeout" not in draft.options and _is_event_stream(response.head):
            response.disable_read_timeout()
        for piece in response.content() if as_they_come else response.content(as_they_come=False):
            yield Chunk(piece)
        if response.undecoded:
            yield Note(f"shown as received: cannot decode content coding '{response.undecoded}'")
        yield Done(Record(draft, outgoing, response.head, b"", response.received, history, True, started_at))
    except Fault as fault:
        coded = response.coded
        size = response.received or len(coded)
        fault.record = Record(draft, outgoing, response.head, coded, size, history, response.is_whole, started_at)
        raise
    finally:
        response.close()


def _is_event_stream(response: ResponseHead) -> bool:
    """Whether the response is an event stream, which may be silent for hours (WHATWG HTML, "server-sent events")."""
    return response.headers.get("Content-Type", "").lower().startswith("text/event-stream")


def read_hop(draft: Draft, outgoing: Outgoing, response: WireResponse, started_at: float) -> Record:
    """Read an intermediate response: its body up to a limit; faults while reading are ignored."""
    body = bytearray()
    response.limit_read_timeout(MAX_HOP_S)
    try:
        for piece in hop_pieces(response.content(), clock.monotonic):
            body += piece
    except Fault as fault:
        if fault.exit_code == 130:
            raise
    finally:
        response.close()
    content = bytes(body[:MAX_HOP_BYTES])
    return Record(draft, outgoing, response.head, content, response.received, (), True, started_at)


def cookie_notes(outcomes: Iterable[Outcome], url: Url) -> list[Note]:
    """Notes for the user about cookies of a response from this URL that were refused or evicted."""
    notes = []
    is_here = is_localhost(url.host)
    for outcome in outcomes:
        if isinstance(outcome, CookieRefusal):
            way_out = f" ({_WAY_OUT})" if is_here and outcome.reason == SECURE_OVER_HTTP else ""
            notes.append(Note(f"cookie '{outcome.name}' not kept: {outcome.reason}{way_out}", "cookie"))
        elif not isinstance(outcome, Stored) and outcome.is_first_report:
            notes.append(Note(outcome.reason, "cookie"))
    return notes


def store_cookies(jar: Jar, url: Url, lines: list[str], now: float = 0.0) -> list[Outcome]:
    """Store the cookies of Set-Cookie lines from this URL in a jar; returns the outcome of each."""
    return jar.store(url.host.rstrip("."), url.path, url.scheme == "https", lines, now or clock.now())
