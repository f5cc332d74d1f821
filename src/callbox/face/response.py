"""`Response`: the face of a record, of an answer that is still being read, or of what a program made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from callbox.engine.client import keep_in
from callbox.errors import Fault
from callbox.exchange.charset import find_encoding, named_charset
from callbox.exchange.cookies import Jar
from callbox.exchange.events import Record
from callbox.exchange.headers import CaseInsensitiveDict, parse_links
from callbox.exchange.response import Connection, Timings
from callbox.face.cookies import CookieJar
from callbox.face.exceptions import ContentConsumedError, HTTPError, JSONDecodeError, StreamConsumedError
from callbox.face.fields import text_with_fragment
from callbox.face.lazy import lazy
from callbox.face.lines import decode, resize, split_lines
from callbox.face.prepared import PreparedRequest
from callbox.face.raw import FieldDict, Raw
from callbox.face.translating import translated

if TYPE_CHECKING:
    from callbox.wire import Answer

REDIRECT_STATI = (301, 302, 303, 307, 308)
"""The statuses that point elsewhere."""


class Response:
    """An answer. Its content is read at once, or piece by piece where it was asked for with `stream=True`.

    Every attribute may be assigned; made by hand, `_content` or `raw` (a file of bytes) is its body. Beside what
    Requests' has: `connection_info` tells which connection it came over and whether it was reused, `timings` where
    the time went (seconds, each part measured), `notes` what the session had to say about it.

    >>> made = Response(); made.status_code = 200; made._content = b"{}"; made.json()
    {}
    """

    __attrs__: ClassVar[list[str]] = [
        "_content", "status_code", "url", "headers", "history", "encoding", "reason", "cookies", "elapsed", "request",
    ]  # fmt: skip

    def __init__(self) -> None:
        self.record: Record | None = None
        self._content: bytes | Literal[False] | None = False
        self._content_consumed = False
        self._next: PreparedRequest | None = None
        self._encoding: str | None = None
        self._owner: Any = None
        self.history: list[Response] = []
        self.notes: list[str] = []

    @classmethod
    def of(cls, record: Record, notes: list[str] | None = None, owner: Any = None) -> Self:
        """The face of an exchange that is over."""
        made = cls()
        made.record = record
        made._content = record.body
        made._content_consumed = True
        made._owner = owner
        if notes:
            made.notes = notes
        return made

    @classmethod
    def over(cls, record: Record, answer: Answer, request: PreparedRequest) -> Self:
        """The face of an answer whose body is still to be read."""
        made = cls()
        made.record = record
        made.raw = Raw(answer.incoming, answer, record.outgoing.url.target)
        made.request = request
        return made

    @lazy
    def status_code(self) -> Any:
        """The status, such as 200."""
        return self.record.incoming.status if self.record else None

    @lazy
    def reason(self) -> Any:
        """The reason phrase that the server gave."""
        return self.record.incoming.reason if self.record else None

    @lazy
    def headers(self) -> Any:
        """The fields: a mapping without regard to case; `getlist(name)` gives repeated ones unfolded."""
        return FieldDict.of(self.record.incoming.headers) if self.record else CaseInsensitiveDict()

    @lazy
    def url(self) -> Any:
        """The URL that answered, after redirects."""
        return text_with_fragment(self.record.outgoing.url) if self.record else None

    @lazy
    def request(self) -> Any:
        """The request that this answers, as it was sent."""
        if self.record is None:
            return None
        made = PreparedRequest.of(self.record.outgoing)
        made.draft = self.record.draft
        return made

    @lazy
    def raw(self) -> Any:
        """The body as a file, with what urllib3's responses have; at its end where the content was read at once."""
        return Raw(self.record.incoming, None, self.record.outgoing.url.target) if self.record else None

    @lazy
    def connection(self) -> Any:
        """The adapter that it came through: `connection.send(prepared, **kwargs)` asks again."""
        return self._owner.get_adapter(self.url) if self._owner is not None else None

    @property
    def connection_info(self) -> Connection | None:
        """The connection that it came over: number, reused or new, peer, TLS; None for what was made by hand."""
        return self.record.incoming.connection if self.record else None

    @property
    def timings(self) -> Timings:
        """Where the time went: dns, connect, tls, wait, transfer, in seconds; of what was read so far."""
        answer = self.raw.answer if isinstance(self.raw, Raw) else None
        if answer is not None:
            return answer.incoming.timings
        return self.record.incoming.timings if self.record else Timings()

    @lazy
    def elapsed(self) -> timedelta:
        """From the sending of the request to the head of the answer, a timedelta."""
        times = self.timings
        return timedelta(seconds=max(times.total - times.transfer, 0.0))

    @lazy
    def cookies(self) -> Any:
        """The cookies that this answer set."""
        held = getattr(self._owner, "jar", None)
        trusts = isinstance(held, Jar) and (held.trust_localhost or bool(self._owner.option("trust-localhost")))
        jar = Jar(trust_localhost=trusts)
        if self.record is not None:
            keep_in(jar, self.record.outgoing.url, self.record.incoming.headers.getlist("Set-Cookie"), self.record.time)
        return CookieJar(jar)

    @property
    def ok(self) -> bool:
        """Whether the status is none of 400 to 599."""
        return not 400 <= (self.status_code or 0) < 600

    def __bool__(self) -> bool:
        return self.ok

    @property
    def is_redirect(self) -> bool:
        """Whether it points elsewhere."""
        return "location" in self.headers and self.status_code in REDIRECT_STATI

    @property
    def is_permanent_redirect(self) -> bool:
        """Whether it points elsewhere for good."""
        return "location" in self.headers and self.status_code in (301, 308)

    @property
    def next(self) -> PreparedRequest | None:
        """The request that a redirect which was not followed leads to, prepared; None where there is none."""
        if self._next is None and self._owner is not None and self.is_redirect:
            self._next = self._owner.next_request(self)
        return self._next

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The Link header (RFC 8288) by relation."""
        return {link.get("rel") or link["url"]: link for link in parse_links(self.headers.get("link") or "")}

    @property
    def encoding(self) -> str | None:
        """The encoding that `text` is read with.

        What was set by hand, else the first of: charset, byte order mark, UTF-8, a page's own word, Windows-1252 or
        Latin-1. None while it is not known: no charset, and the body has not been read.
        """
        if self._encoding is None:
            content_type = self.headers.get("content-type") or ""
            found = named_charset(content_type)
            if not self._content:
                return found
            chosen = find_encoding(self._content, content_type)
            # `utf-8-sig` must stay: it takes the mark away.
            self._encoding = chosen if found is None or chosen.endswith("-sig") else found
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def apparent_encoding(self) -> str:
        """The encoding that the bytes themselves speak for."""
        return find_encoding(self.content or b"")

    @property
    def content(self) -> Any:
        """All of the content, its coding undone. Raises as `iter_content`."""
        if self._content is False:
            if self._content_consumed:
                raise ContentConsumedError("The content for this response was already consumed")
            self._content = None if self.status_code == 0 or self.raw is None else self._read_all()
        self._content_consumed = True
        return self._content

    def _read_all(self) -> bytes:
        # A BytesIO gives its buffer away without a copy: joining pieces would take twice the memory of a large body.
        whole = BytesIO()
        try:
            for piece in self._pieces(None):
                whole.write(piece)
        except Fault as fault:
            self._content, self._content_consumed = whole.getvalue(), True
            if self.record is not None:
                fault.record = self.record._replace(body=self._content, is_complete=False)
            raise
        return whole.getvalue()

    @property
    def text(self) -> str:
        """The content as text, by `encoding`; what cannot be read becomes U+FFFD. Raises as `content`."""
        if not self.content:
            return ""
        try:
            return str(self.content, self.encoding or "utf-8", errors="replace")
        except (LookupError, TypeError):
            return str(self.content, errors="replace")

    def json(self, **kwargs: Any) -> Any:
        """The content, read as JSON; keywords go to `json.loads`. Raises `JSONDecodeError` where it is none."""
        import json

        try:
            if self._encoding is None and not named_charset(self.headers.get("content-type") or ""):
                # RFC 8259: UTF-8, and of old UTF-16 and UTF-32, told apart by their first bytes.
                try:
                    return json.loads(self.content or b"", **kwargs)
                except UnicodeDecodeError:
                    pass
            return json.loads(self.text, **kwargs)
        except json.JSONDecodeError as error:
            raise JSONDecodeError(error.msg, error.doc, error.pos, response=self) from error

    def raise_for_status(self) -> Self:
        """The response itself, or `HTTPError` for a status from 400 to 599."""
        status = self.status_code or 0
        if not 400 <= status < 600:
            return self
        reason = _text_of(self.reason) if isinstance(self.reason, bytes) else self.reason
        whose = "Client" if status < 500 else "Server"
        raise HTTPError(f"{status} {whose} Error: {reason} for url: {self.url}", response=self)

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The content in pieces of `chunk_size` bytes (None: as they come), as text where asked.

        Raises `StreamConsumedError` where it was read as a stream before, TypeError for a size that is no number;
        while reading `IncompleteBody`, `ContentDecodingError`, `BodyReadTimeout`, `BodyTooLarge`.
        """
        if chunk_size is not None and not isinstance(chunk_size, int):
            raise TypeError(f"chunk_size must be an int, it is instead a {type(chunk_size)}.")
        pieces = self._available(chunk_size)
        if not decode_unicode:
            return pieces
        return decode(pieces, self.encoding or "utf-8")

    def iter_lines(
        self, chunk_size: int = 512, decode_unicode: bool = False, delimiter: bytes | str | None = None
    ) -> Iterator[Any]:
        """The content line by line, without the line ends; a CR LF between two pieces is one line end.

        A line is handed out as soon as it has come, so `chunk_size` makes no difference to what is seen.
        """
        lines = split_lines(self._available(None), delimiter)
        return decode_lines(lines, self.encoding or "utf-8") if decode_unicode else lines

    @property
    def was_asked(self) -> bool:
        """Whether its content was read, or begun to be read, by somebody."""
        return self._content is not False or self._content_consumed

    def pieces(self) -> Iterator[bytes]:
        """What has not been read of the content, as it comes. Raises as `iter_content`."""
        return self._pieces(None)

    def keep(self, content: bytes) -> bytes:
        """Take this for the content, all that will be known of it."""
        self._content, self._content_consumed = content, True
        return content

    def _available(self, size: int | None) -> Iterator[bytes]:
        if self._content is not False:
            whole = [self._content] if self._content else []
            return resize(whole, size) if size else iter(whole)
        if self._content_consumed:
            raise StreamConsumedError("The content was already read as a stream")
        return self._pieces(size)

    def _pieces(self, size: int | None) -> Iterator[bytes]:
        with translated(self.request, response=self):
            pieces = read_body(self.raw, size)
            limit = getattr(self._owner, "max_body", None)
            # Our own wire counts by itself.
            yield from pieces if limit is None or isinstance(self.raw, Raw) else bounded(pieces, limit)
        self._content_consumed = True

    def close(self) -> None:
        """Give up what has not been read; the connection is closed, unless all was."""
        raw = self.__dict__.get("raw")
        if raw is not None:
            if not self._content_consumed:
                raw.close()
            release: Callable[[], None] | None = getattr(raw, "release_conn", None)
            if release is not None:
                release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        pieces: Iterator[bytes] = self.iter_content(128)
        return pieces

    def __getstate__(self) -> dict[str, Any]:
        if not self._content_consumed:
            _ = self.content
        return {name: getattr(self, name, None) for name in self.__attrs__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Response.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)
        self._content_consumed = True
        self.raw = None

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def _text_of(reason: bytes) -> str:
    try:
        return reason.decode()
    except UnicodeDecodeError:
        return reason.decode("iso-8859-1")


def bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The pieces as far as `limit` bytes; of more, a `Fault`."""
    left = limit
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            raise Fault(f"Stopped at {limit / 1e6:g} MB", kind="max-body", received=limit)
        left -= len(piece)
        yield piece


def decode_lines(lines: Iterator[bytes], encoding: str) -> Iterator[str]:
    """Each line as text."""
    return (line.decode(encoding, "replace") for line in lines)


def read_body(raw: Any, size: int | None) -> Iterator[bytes]:
    """What is left of a body: ours, one of urllib3's, or any file of bytes."""
    if isinstance(raw, Raw):
        yield from raw.stream(size, True)
    elif hasattr(raw, "stream"):
        from callbox.wire.urllib3_adapters import reading

        with reading():
            yield from raw.stream(size or 65_536, decode_content=True)
    else:
        while piece := raw.read(size or 65_536):
            yield piece
