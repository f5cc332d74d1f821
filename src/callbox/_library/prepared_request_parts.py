"""The private state of a `PreparedRequest`, and the conversion of its headers and body to an `Outgoing` and back.

The functions convert arguments for a body (`data`, `json`, `files`) to a `Content`, and header mappings that programs
edit to the fields of an `Outgoing`. They read only the public attributes of a prepared request and its `PreparedState`.
So they also work for subclasses, and for objects of other libraries with the same attributes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from callbox.exceptions import InvalidJSONError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import FULL_SCOPE, CredentialScope, is_credential
from callbox.exchange.headers import CaseInsensitiveDict, HeaderError, header_texts
from callbox.exchange.request import Draft, Field, Outgoing, Route
from callbox.exchange.request_content import (
    JSON,
    Content,
    Part,
    ReadOnce,
    form_content,
    multipart_content,
    raw_content,
)
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, UrlError, parse
from callbox.hooks import Hooks
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.exchange.headers import Headers

_CHUNK_SIZE = 262_144
_MAX_BUFFERED = 1_000_000
"""A file of more bytes in a multipart body is read while it is sent. A smaller file is read at once."""


def build_content(data: Any, json: Any, files: Any) -> Content | None:
    """Make the body of a request of these arguments of `Session.request`; None without a body. Raises `ValueError` or
    `NotImplementedError` for arguments that exclude each other, `TypeError` for an invalid body, and `InvalidJSONError`
    for a value that cannot be written as JSON.
    """
    if files:
        return _multipart(data, files)
    if json is not None and not data:
        return _json(json)
    if data is None or (not data and not hasattr(data, "read") and not isinstance(data, Iterator)):
        return None
    if isinstance(data, str):
        return raw_content(data)._replace(given=data)
    if isinstance(data, bytes):
        return raw_content(data)
    if isinstance(data, (bytearray, memoryview)):
        return raw_content(bytes(data))
    if isinstance(data, (Mapping, list, tuple)):
        return form_content(form_pairs(data))
    if not hasattr(data, "__iter__") and not hasattr(data, "read"):
        if not hasattr(data, "items"):
            raise TypeError(f"A body is text, bytes, a file, an iterable or a mapping, not {type(data).__name__}")
        return form_content(form_pairs(data.items()))
    return stream_content(data)


def form_pairs(data: Any) -> Iterator[tuple[str, str]]:
    """Convert the data of a form or query to (name, value) pairs. An iterable of values gives several pairs, and None
    gives none. Raises `ValueError` if `data` is neither a mapping nor a list of pairs.
    """
    items: Iterable[Any] = data.items() if hasattr(data, "items") else data
    for item in items:
        if isinstance(item, (str, bytes)) or not hasattr(item, "__iter__"):
            raise ValueError("cannot encode objects that are not 2-tuples")
        name, value = item
        is_many = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
        for one in value if is_many else (value,):
            if one is not None:
                yield _form_text(name), _form_text(one)


def _form_text(value: Any) -> str:
    # Bytes that are no UTF-8 become surrogates, which are encoded to the same bytes later.
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else text_of(value)


def text_of(value: Any) -> str:
    """Convert a value to text: bytes are decoded as UTF-8; for any other object, its `str`."""
    if isinstance(value, str):
        return value
    return value.decode() if isinstance(value, bytes) else str(value)


def _json(value: Any) -> Content:
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise InvalidJSONError(f"Cannot be written as JSON: {error}") from error
    return Content(text.encode(), JSON, "json")


def stream_content(data: Any) -> Content:
    """Make a body of a file, from its present position, or of an iterable. An iterator can be sent only once."""
    start, length = measure_body(data)
    if not hasattr(data, "read"):
        can_repeat = not isinstance(data, Iterator)
        return Content(
            data=None,
            media_type=None,
            kind="stream",
            length=length,
            pieces=lambda: _encoded(data),
            is_replayable=can_repeat,
            given=data,
        )

    def pieces() -> Iterator[bytes]:
        if start is not None:
            data.seek(start)
        while piece := data.read(_CHUNK_SIZE):
            yield piece if isinstance(piece, bytes) else piece.encode()

    return Content(
        data=None,
        media_type=None,
        kind="stream",
        length=length,
        pieces=pieces,
        is_replayable=start is not None,
        given=data,
    )


def _encoded(data: Iterable[Any]) -> Iterator[bytes]:
    for piece in data:
        if not isinstance(piece, (str, bytes, bytearray, memoryview)):
            raise TypeError(f"A body is made of bytes or text, not of {type(piece).__name__}")
        yield piece.encode() if isinstance(piece, str) else bytes(piece)


def measure_body(data: Any) -> tuple[int | None, int | None]:
    """Find the position of a file or iterable that is a body, and the number of bytes from there. The position is None
    if it cannot be sent again; the number is None if it is not known.
    """
    with suppress(AttributeError, OSError, ValueError, TypeError):
        try:
            start = int(data.tell())
        except OSError:
            return None, None  # A part of the file may have been read, so its length is not known.
        try:
            size = _remaining_size(data, start)
        finally:
            data.seek(start)
        return start, size
    length = len(data) if hasattr(data, "__len__") else getattr(data, "len", None)
    return None, length if isinstance(length, int) else None


def _remaining_size(file: Any, start: int) -> int | None:
    """The number of bytes in a file from `start` on; None if it is not known before the file is read."""
    if hasattr(file, "encoding") or isinstance(file.read(0), str):
        return _text_size(file)
    try:
        size = _end_position(file) - start
    except OSError:  # A file of /proc: it cannot seek to its end, or its end is 0.
        return None
    if not size:
        file.seek(start)
        return None if file.read(1) else size
    return size


def _end_position(file: Any) -> int:
    file.seek(0, os.SEEK_END)  # Not every class returns the position from `seek`.
    return int(file.tell())


def _text_size(file: Any) -> int:
    """The number of bytes that are left in a text file. A position of a text file is no number of bytes. Many servers
    need a length.
    """
    size = 0
    while piece := file.read(_CHUNK_SIZE):
        size += len(piece.encode())
    return size


def _multipart(data: Any, files: Any) -> Content:
    if isinstance(data, (str, bytes)):
        raise ValueError("Data must not be a string.")
    if hasattr(data, "__iter__") and not isinstance(data, (list, tuple, Mapping)) and not hasattr(data, "items"):
        raise NotImplementedError("Streamed bodies and files are mutually exclusive.")
    parts = [Part(name, value) for name, value in _form_parts(data or {})]
    for name, given in files.items() if isinstance(files, Mapping) else files:
        part = _file_part(text_of(name), given)
        if part is not None:
            parts.append(part)
    return multipart_content(parts, clock.boundary())


def _form_parts(data: Any) -> Iterator[tuple[str, bytes]]:
    for name, value in data.items() if hasattr(data, "items") else data:
        is_many = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
        for one in value if is_many else (value,):
            if one is not None:
                yield text_of(name), one if isinstance(one, bytes) else str(one).encode()


def _file_part(name: str, given: Any) -> Part | None:
    filename: str | None = name
    file, media_type = given, None
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(given, (tuple, list)):
        if not 2 <= len(given) <= 4:
            raise ValueError(f"A file is given as (name, file[, type[, headers]]), not as {len(given)} values")
        filename, file = given[0], given[1]
        filename = text_of(filename) if filename is not None else None
        media_type = text_of(given[2]) if len(given) > 2 and given[2] is not None else None
        headers = tuple((text_of(n), text_of(v)) for n, v in dict(given[3]).items()) if len(given) > 3 else ()
    elif isinstance(getattr(given, "name", None), str) and not given.name.startswith("<"):
        filename = os.path.basename(given.name)
    if file is None:
        return None
    if not hasattr(file, "read") and not hasattr(file, "__iter__"):
        file = str(file)
    if isinstance(file, (str, bytes, bytearray)):
        data = file.encode() if isinstance(file, str) else bytes(file)
        return Part(name, data, filename, media_type, headers=headers)
    content = stream_content(file)
    if content.length is not None and content.length <= _MAX_BUFFERED:
        # The file is read at once, as in Requests. So the request can be signed, printed or pickled, and the program
        # may close the file before the request is sent.
        return Part(name, b"".join(content.chunks()), filename, media_type, headers=headers)
    pieces = content.pieces if content.is_replayable or content.pieces is None else ReadOnce(content.pieces)
    return Part(
        name, b"", filename, media_type=media_type, path="", pieces=pieces, length=content.length, headers=headers
    )


class StreamedBody:
    """A streamed body as `PreparedRequest.body` has it. Auth callables can iterate over it, measure it, and read it
    from its start.
    """

    def __init__(self, content: Content) -> None:
        self.content = content
        self._pieces: Iterator[bytes] | None = None
        self._waiting = b""

    def __iter__(self) -> Iterator[bytes]:
        return self.content.chunks()

    def __len__(self) -> int:
        return self.content.size or 0

    def __bool__(self) -> bool:
        return True

    def read(self, size: Any = -1) -> bytes:
        """Read the next `size` bytes; without a size, the rest. Empty at the end."""
        if self._pieces is None:
            self._pieces = self.content.chunks()
        everything = size is None or size < 0
        while everything or len(self._waiting) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._waiting += piece
        cut = len(self._waiting) if everything else size
        found, self._waiting = self._waiting[:cut], self._waiting[cut:]
        return found


PLACEHOLDER_URL = Url("http", "local.invalid", 80, "/")
"""The URL in an `Outgoing` whose real URL only a mounted adapter knows."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:")
_NAME = re.compile(r"[^:\s][^:\r\n\0]*")
_PLACE = re.compile(r"[^:/?#]*+:(?://(?:[^/?#@]*+@)?(?P<host>[^/?#:@]*+)(?::[0-9]*+)?)?+(?P<path>[^?#]*+)")


def needs_mounted_adapter(address: str) -> bool:
    """Whether only a mounted adapter can send to this URL, because its scheme is neither http nor https.

    >>> [needs_mounted_adapter(a) for a in ("http://a", "mock://a", "http+unix://a", "localhost:80/x", "/path")]
    [False, True, True, True, False]
    """
    scheme, colon, _ = address.partition(":")
    return bool(colon) and scheme.lower() not in ("http", "https") and not set(scheme) & set("/?#")


def placeholder_for(address: str) -> Url:
    """Make an http URL that stands for a URL to which only a mounted adapter can send. It has the host of the URL, so
    that cookies are sent only to the host that has set them. If the URL has the path of a socket in place of a host, a
    host name is made from this path.

    >>> placeholder_for("mock://Api.test:1/a?b").text, placeholder_for("http+unix://%2Frun%2Fx/info").text
    ('http://api.test/a', 'http://x725ab17dbe836a9f2b217121437ee3a9.local.invalid/info')
    """
    found = _PLACE.match(address)
    if found is None:
        return PLACEHOLDER_URL
    host, path = (found["host"] or "").lower(), quote(found["path"], safe="%/")
    return PLACEHOLDER_URL._replace(host=_valid_host(host), path=path if path.startswith("/") else f"/{path}")


def _valid_host(host: str) -> str:
    if not host:
        return PLACEHOLDER_URL.host
    try:
        return parse(f"http://{host}/").host
    except UrlError:
        from hashlib import sha256  # needed only for such a host

        return f"x{sha256(host.encode()).hexdigest()[:32]}.{PLACEHOLDER_URL.host}"


def redirect_within_scheme(address: str, location: str) -> str | None:
    """Resolve a redirect between two URLs to which only a mounted adapter can send. None unless both have the same such
    scheme.

    >>> redirect_within_scheme("http+unix://%2Frun%2Fx/info", "/v2"), redirect_within_scheme("mock://a/", "http://b/")
    ('http+unix://%2Frun%2Fx/v2', None)
    """
    if not needs_mounted_adapter(address):
        return None
    scheme, _, rest = address.partition(":")
    if location.partition(":")[0].lower() == scheme.lower():
        return location
    if _SCHEME.match(location):
        return None
    # RFC 3986 section 5.2 applies to all schemes, but `urljoin` applies it only to known schemes.
    return scheme + urljoin(f"http:{rest}", location).removeprefix("http")


def scheme_and_host(address: str) -> tuple[str, str]:
    """The scheme and authority of a URL in lower case. Credentials for a URL with a scheme of an adapter are bound to
    them.
    """
    scheme, _, rest = address.partition(":")
    authority = rest[2:].partition("/")[0] if rest.startswith("//") else ""
    return scheme.lower(), authority.partition("?")[0].partition("#")[0].rpartition("@")[2].lower()


def unquote_unreserved(uri: str) -> str:
    """Decode the percent-codes of letters, digits and `-._~` in a URL.

    >>> unquote_unreserved("/%7Eann%2F")
    '/~ann%2F'
    """
    return re.sub("%[0-9A-Fa-f]{2}", lambda code: _plain(code[0]), uri)


def _plain(code: str) -> str:
    letter = chr(int(code[1:], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else code


def quote_like_requests(address: str) -> str:
    """Quote a URL whose scheme begins with http as Requests does: without unnecessary percent-codes.

    >>> quote_like_requests("HTTP+UNIX://%2Frun%2Fx.sock/%7Ea b")
    'http+unix://%2Frun%2Fx.sock/~a%20b'
    """
    scheme, colon, rest = address.partition(":")
    return quote(f"{scheme.lower()}{colon}{unquote_unreserved(rest)}", safe="!#$%&'()*+,/:;=?@[]~")


def text_with_fragment(url: Url) -> str:
    """The text of a URL with its fragment, as Requests has it in `PreparedRequest.url`."""
    return f"{url.text}#{url.fragment}" if url.fragment else url.text


def fields_from_mapping(headers: Mapping[Any, Any], base: Outgoing) -> list[Field]:
    """Convert the headers of a prepared request, which a program may have edited, to fields. A field that is the same
    in `base` keeps its source. Raises `HeaderError` for a value that is no text or has a line break.
    """
    known: dict[str, list[Field]] = {}
    for field in base.headers:
        known.setdefault(field.name.lower(), []).append(field)
    fields: list[Field] = []
    for name, value in distinct_headers(headers or {}):
        before = known.get(text_of(name).lower(), [])
        if before and ", ".join(reveal(field.value) for field in before) == value:
            fields += before
        elif value is not None:
            fields += [Field(text, one, "item") for text in (header_name(name),) for one in header_texts(text, value)]
    return fields


def distinct_headers(headers: Any) -> Iterable[tuple[Any, Any]]:
    """The items of a mapping of headers, each name once. If a name has several spellings, it has the position of the
    first and the value of the last.
    """
    if (type(headers) is dict and len(headers) == 1) or isinstance(headers, CaseInsensitiveDict):
        items: Iterable[tuple[Any, Any]] = headers.items()
        return items
    found: dict[str, tuple[Any, Any]] = {}
    for name, value in headers.items():
        found[text_of(name).lower()] = (name, value)
    return found.values()


def header_name(name: Any) -> str:
    """Convert the name of a header to text. Raises `HeaderError` for a name that Requests refuses. All others are
    allowed, because an adapter may be able to send them.
    """
    text = text_of(name)
    if not _NAME.fullmatch(text):
        raise HeaderError(f"{text[:60]!r} is not a header name", hint="use letters, digits and dashes")
    return text


def with_framing(fields: Iterable[Field], content: Content | None) -> Iterator[Field]:
    """Yield the fields with the right Content-Length or Transfer-Encoding for this body. If the length of the body is
    not known, a Content-Length of the program stays.
    """
    framing: dict[str, Field] = {}
    for field in fields:
        if field.name.lower() in ("content-length", "transfer-encoding"):
            framing[field.name.lower()] = field
        else:
            yield field
    size = content.size if content is not None else None
    length = framing.get("content-length")
    if content is None:
        if length is not None and length.value == "0":
            yield length
    elif "transfer-encoding" in framing or (size is None and length is None):
        yield Field("Transfer-Encoding", "chunked", "body")
    elif size is not None:
        yield Field("Content-Length", str(size), "body")
    elif length is not None:
        yield length


class FieldDict(CaseInsensitiveDict[str]):
    """The headers of a response as a mapping. The values of a repeated name are joined; `getlist` returns them
    separately.

    >>> from callbox.exchange.headers import Headers
    >>> f = FieldDict.of(Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")]))
    >>> f["set-cookie"], f.getlist("Set-Cookie")
    ('a=1, b=2', ['a=1', 'b=2'])
    """

    __slots__ = ("_fields",)
    _fields: Headers | None

    @classmethod
    def of(cls, fields: Headers) -> FieldDict:
        """Make the mapping from the headers of a response."""
        made = cls((name, fields[name]) for name in fields)
        made._fields = fields
        return made

    def getlist(self, key: str, default: Any = ()) -> list[str]:
        """Every value of this name in order, not joined."""
        fields = getattr(self, "_fields", None)
        if fields is not None and fields.get(key) == self.get(key):
            return fields.getlist(key) or list(default)
        return [self[key]] if key in self else list(default)

    get_all = getheaders = getlist

    def multi_items(self) -> tuple[tuple[str, str], ...]:
        """All header lines as (name, value), in the order in which they were received."""
        fields = getattr(self, "_fields", None)
        return fields.multi_items() if fields is not None else tuple(self.items())


_EMPTY_DRAFT = Draft("GET", "")


class PreparedState:
    """The private state of a prepared request."""

    __slots__ = {
        "auth_hooks": "The hooks that an auth callable has added, which answer challenges.",
        "content": "The body as callbox sends it, in the form from which `shown` was made.",
        "credential": "The credential that may answer a challenge.",
        "draft": "The draft with the options and cookies of this request alone.",
        "made_cookie": "The Cookie field that was made of the cookies of the request.",
        "outgoing": "The merged request, which this prepared request shows.",
        "route": "The proxy, address and TLS settings of the session; settings of the request replace them.",
        "scope": "The credential scope that is left after the redirects that led to this request.",
        "shown": "The body when the request was prepared; a program may have replaced the body since.",
        "signed": "The fields that a credential or an auth callable has added, by their lower-cased names.",
        "uses_default_timeout": "Whether no timeout was given. Then the session's timeout applies, and a "
        "stream may be silent for longer.",
    }

    def __init__(self) -> None:
        self.auth_hooks: Hooks = {}
        self.content: Content | None = None
        self.credential: Auth | None = None
        self.draft = _EMPTY_DRAFT
        self.made_cookie = ""
        self.outgoing: Outgoing | None = None
        self.route: Route | None = None
        self.scope: CredentialScope = FULL_SCOPE
        self.shown: Any = None
        self.signed: frozenset[str] = frozenset()
        self.uses_default_timeout = False

    def copy(self) -> PreparedState:
        """A copy of the state."""
        made = PreparedState()
        for name in PreparedState.__slots__:
            setattr(made, name, getattr(self, name))
        return made

    def __getstate__(self) -> dict[str, Any]:
        # The merged request has functions, which cannot be pickled. A pickled copy is merged again. Its fields are then
        # plain text, so `signed` says which of them are credentials under harmless names.
        fields = [] if self.outgoing is None else [field for field in self.outgoing.headers if field.source != "jar"]
        return {
            "draft": self.draft._replace(content=None),
            "signed": self.signed | {one.name.lower() for one in fields if is_credential("", one.value, one.source)},
            "auth_hooks": self.auth_hooks,
            "credential": self.credential,
            "made_cookie": self.made_cookie,
            "route": self.route,
            "scope": self.scope,
            "uses_default_timeout": self.uses_default_timeout,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        PreparedState.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)


def state_of(prepared: Any) -> PreparedState:
    """The private state of a prepared request; an empty state for an object of another library."""
    state = getattr(prepared, "_callbox", None)
    return state if isinstance(state, PreparedState) else PreparedState()


def to_outgoing(prepared: Any, route: Route | None = None) -> Outgoing:
    """Convert a prepared request, which a program may have edited, to an `Outgoing`. Unchanged headers keep their
    source, so that for a redirect, headers from the jar or the body are made again. Content-Length is made from the
    body. A placeholder replaces a URL to which only a mounted adapter can send.
    """
    state = state_of(prepared)
    base = state.outgoing or Outgoing(prepared.method or "GET", placeholder_for(prepared.url or ""))
    url = parsed_url(prepared, base.url) or placeholder_for(prepared.url or "")
    content = _content_of(prepared, state)
    fields = fields_from_mapping(prepared.headers, base)
    if state.made_cookie:
        fields = [f._replace(source="jar") if _is_cookie(f, state.made_cookie) else f for f in fields]
    if state.signed:
        fields = [f._replace(source="auth") if f.name.lower() in state.signed else f for f in fields]
    if not any(field.name.lower() == "host" for field in fields):
        fields.insert(0, Field("Host", url.sent_authority, "default"))
    return base._replace(
        method=prepared.method or "GET",
        url=url,
        headers=tuple(with_framing(fields, content)),
        content=content,
        auth=state.credential,
        route=route or base.route,
        scope=state.scope,
    )


def parsed_url(prepared: Any, shown: Url | None = None) -> Url | None:
    """Parse the URL of a prepared request. None if only a mounted adapter can send to it."""
    if shown is not None and text_with_fragment(shown) == prepared.url:
        return shown
    return None if needs_mounted_adapter(prepared.url or "") else parse(prepared.url or "")


def _content_of(prepared: Any, state: PreparedState) -> Content | None:
    body = prepared.body
    if body is state.shown:
        return state.content
    if body is None:
        return None
    if isinstance(body, (str, bytes)):
        return Content(body.encode() if isinstance(body, str) else body)
    return build_content(body, None, None)


def _is_cookie(field: Field, value: str) -> bool:
    return field.value == value and field.name.lower() == "cookie"
