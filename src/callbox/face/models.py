"""What users of Requests hold in their hands: `Request`, `PreparedRequest`, `Response`.

Thin faces: a `Request` becomes a draft, a `PreparedRequest` shows an outgoing request, a `Response` shows a record.
Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from callbox.exchange.draft import UNSET, Draft
from callbox.exchange.events import Chunk, Done, Event, Note
from callbox.exchange.headers import Headers
from callbox.exchange.incoming import Connection, Timings
from callbox.exchange.link import parse_links
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.record import Record
from callbox.exchange.secret import reveal
from callbox.exchange.text import charset_of, find_encoding
from callbox.face.cookies import CookieJar
from callbox.face.exceptions import HTTPError, JSONDecodeError, StreamConsumedError
from callbox.face.translating import translated
from callbox.session.structures import CaseInsensitiveDict

_REDIRECTS = (301, 302, 303, 307, 308)
_PIECE = 10_240


class Request:
    """A request as a program puts it, by Requests' names; `session.prepare_request` or `session.request` takes it.

    >>> Request("GET", "http://api.x/users", params={"page": 2})
    <Request [GET]>
    """

    def __init__(
        self,
        method: str = "",
        url: str = "",
        headers: Mapping[str, Any] | None = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        json: Any = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers or {}
        self.files = files
        self.data = data
        self.params = params
        self.auth = auth
        self.cookies = cookies
        self.json = json

    def __repr__(self) -> str:
        return f"<Request [{self.method}]>"


class PreparedRequest:
    """A request as it goes on the wire: `method`, `url`, `headers` and `body`, each editable before `session.send`."""

    def __init__(self) -> None:
        self.method: str = ""
        self.url: str = ""
        self.headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        self.body: Any = None
        self.outgoing: Outgoing | None = None
        """The decided request that this shows."""

    @classmethod
    def of(cls, outgoing: Outgoing) -> Self:
        """The face of a decided request."""
        made = cls()
        made.method = outgoing.method
        url = outgoing.url
        made.url = url.text + (f"#{url.fragment}" if url.fragment else "")
        for name, value, source in outgoing.headers:
            if not (name == "Host" and source == "default"):
                text = reveal(value)
                made.headers[name] = f"{made.headers[name]}, {text}" if name in made.headers else text
        if outgoing.content is not None:
            made.body = outgoing.content.data if outgoing.content.data is not None else outgoing.content.chunks()
        made.outgoing = outgoing
        return made

    @property
    def path_url(self) -> str:
        """Path and query: the request target."""
        _, _, rest = self.url.partition("://")
        return "/" + rest.partition("/")[2].partition("#")[0]

    def copy(self) -> PreparedRequest:
        """A copy with headers of its own."""
        made = PreparedRequest()
        made.__dict__.update(self.__dict__)
        made.headers = self.headers.copy()
        return made

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


class Response:
    """An answer. Its content is read at once, or piece by piece where it was asked for with `stream=True`.

    Beside what Requests' has: `connection_info` tells which connection it came over and whether it was reused,
    `timings` where the time went (seconds, each part measured), `notes` what the session had to say about it.
    """

    def __init__(self, record: Record, events: Iterator[Event] | None = None, notes: list[str] | None = None) -> None:
        self.record = record
        self.notes = notes if notes is not None else []
        self.history: list[Response] = []
        self._events = events
        self._content: bytes | None = record.body if events is None else None
        self._is_consumed = False
        self._encoding: str | None = None
        self._request: PreparedRequest | None = None

    @property
    def status_code(self) -> int:
        """The status, such as 200."""
        return self.record.incoming.status

    @property
    def reason(self) -> str:
        """The reason phrase that the server gave."""
        return self.record.incoming.reason

    @property
    def headers(self) -> Headers:
        """The header fields: a mapping without regard to case; `getlist(name)` gives repeated ones unfolded."""
        return self.record.incoming.headers

    @property
    def url(self) -> str:
        """The URL that answered, after redirects."""
        url = self.record.outgoing.url
        return url.text + (f"#{url.fragment}" if url.fragment else "")

    @property
    def request(self) -> PreparedRequest:
        """The request that this answers, as it was sent."""
        if self._request is None:
            self._request = PreparedRequest.of(self.record.outgoing)
        return self._request

    @property
    def connection_info(self) -> Connection | None:
        """The connection that it came over: number, reused or new, peer, TLS."""
        return self.record.incoming.connection

    @property
    def timings(self) -> Timings:
        """Where the time went: dns, connect, tls, wait, transfer, in seconds."""
        return self.record.incoming.timings

    @property
    def elapsed(self) -> Any:
        """From the sending of the request to the head of the answer, as a timedelta."""
        from datetime import timedelta

        times = self.timings
        return timedelta(seconds=max(times.total - times.transfer, 0.0))

    @property
    def cookies(self) -> CookieJar:
        """The cookies that this answer set."""
        jar = CookieJar()
        url = self.record.outgoing.url
        lines = self.headers.getlist("Set-Cookie")
        if lines:
            jar.jar.store(url.host, url.path, url.scheme == "https", lines, self.record.time)
        return jar

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status_code < 400

    def __bool__(self) -> bool:
        return self.ok

    @property
    def is_redirect(self) -> bool:
        """Whether it points elsewhere."""
        return "Location" in self.headers and self.status_code in _REDIRECTS

    @property
    def is_permanent_redirect(self) -> bool:
        """Whether it points elsewhere for good."""
        return "Location" in self.headers and self.status_code in (301, 308)

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The Link header (RFC 8288) by relation."""
        return {link.get("rel") or link["url"]: link for link in parse_links(self.headers.get("Link", ""))}

    @property
    def encoding(self) -> str | None:
        """The encoding that `text` is read with: set by hand, else charset, byte order mark, UTF-8, Latin-1."""
        if self._encoding is None:
            content_type = self.headers.get("Content-Type", "")
            if self._content is None:
                return charset_of(content_type)
            self._encoding = find_encoding(self._content, content_type)
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def content(self) -> bytes:
        """All of the content, its coding undone."""
        if self._content is None:
            if self._is_consumed:
                raise StreamConsumedError("The content was already read as a stream")
            self._content = b"".join(self._pieces())
        return self._content

    @property
    def text(self) -> str:
        """The content as text."""
        encoding = self.encoding or "utf-8"
        try:
            return self.content.decode(encoding, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self, **kwargs: Any) -> Any:
        """The content, read as JSON; keywords go to `json.loads`. Raises `JSONDecodeError` where it is none."""
        import json

        try:
            return json.loads(self.text, **kwargs)
        except ValueError as error:
            raise JSONDecodeError(f"The body of {self.url} is not JSON: {error}", response=self) from error

    def raise_for_status(self) -> Response:
        """The response itself, or `HTTPError` for a status from 400 to 599."""
        if not 400 <= self.status_code < 600:
            return self
        whose = "Client" if self.status_code < 500 else "Server"
        raise HTTPError(f"{self.status_code} {whose} Error: {self.reason} for url: {self.url}", response=self)

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The content in pieces of `chunk_size` bytes (None: as they come), as text where asked."""
        pieces = self._sized(chunk_size) if chunk_size else self._available()
        if not decode_unicode:
            return pieces
        return _decode(pieces, self.encoding or "utf-8")

    def iter_lines(
        self, chunk_size: int = 512, decode_unicode: bool = False, delimiter: bytes | str | None = None
    ) -> Iterator[Any]:
        """The content line by line, without the line ends; a CR LF between two pieces is one line end."""
        lines = _split(self._available(), delimiter)
        return _decode(lines, self.encoding or "utf-8") if decode_unicode else lines

    def _available(self) -> Iterator[bytes]:
        if self._content is not None:
            return iter([self._content] if self._content else [])
        if self._is_consumed:
            raise StreamConsumedError("The content was already read as a stream")
        return self._pieces()

    def _sized(self, size: int) -> Iterator[bytes]:
        waiting = b""
        for piece in self._available():
            waiting += piece
            end = len(waiting) - len(waiting) % size
            for start in range(0, end, size):
                yield waiting[start : start + size]
            waiting = waiting[end:]
        if waiting:
            yield waiting

    def _pieces(self) -> Iterator[bytes]:
        self._is_consumed = True
        if self._events is None:
            return
        with translated():
            for event in self._events:
                if type(event) is Chunk:
                    yield event.data
                elif type(event) is Done:
                    self.record = event.record
                elif type(event) is Note:
                    self.notes.append(event.text)

    def close(self) -> None:
        """Give up what has not been read."""
        if self._events is not None:
            close: Callable[[], None] | None = getattr(self._events, "close", None)
            if close is not None:
                close()
            self._events = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        pieces: Iterator[bytes] = self.iter_content(128)
        return pieces

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def draft_of(request: Request, options: Mapping[str, object]) -> Draft:
    """The draft that a request by Requests' names means, but for its body; see `bodies.content_of`."""
    return Draft(
        request.method.upper(),
        request.url,
        tuple(_header_pairs(request.headers)),
        tuple(_query_pairs(request.params)),
        tuple(_cookie_pairs(request.cookies)),
        UNSET,
        None,
        options,
    )


def _header_pairs(headers: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in headers.items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            yield _text(name), item.decode("latin-1") if isinstance(item, bytes) else item


def _query_pairs(params: Any) -> Iterator[tuple[str, Any]]:
    if not params or isinstance(params, (str, bytes)):
        return
    for name, value in params.items() if isinstance(params, Mapping) else params:
        if isinstance(value, (list, tuple)):
            for item in value:
                if item is not None:
                    yield _text(name), _text(item)
        else:
            yield _text(name), None if value is None else _text(value)


def _cookie_pairs(cookies: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(cookies, CookieJar) or not isinstance(cookies, Mapping):
        for cookie in cookies or ():
            yield cookie.name, cookie.value
    else:
        yield from cookies.items()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _decode(pieces: Iterator[bytes], encoding: str) -> Iterator[str]:
    import codecs

    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", True):
        yield text


def _split(pieces: Iterator[bytes], delimiter: bytes | str | None) -> Iterator[bytes]:
    mark = delimiter.encode() if isinstance(delimiter, str) else delimiter
    waiting = b""
    for piece in pieces:
        waiting += piece
        if mark:
            *lines, waiting = waiting.split(mark)
        else:
            # A CR at the end may be half of a CR LF: it waits for the next piece.
            held = b"\r" if waiting.endswith(b"\r") else b""
            lines = waiting.removesuffix(held).splitlines(keepends=True) if waiting != held else []
            waiting = (lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b"") + held
            lines = [line.rstrip(b"\r\n") for line in lines]
        yield from lines
    if waiting:
        yield waiting.removesuffix(b"\r") if not mark else waiting
