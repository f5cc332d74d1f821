"""`Request`, `PreparedRequest` and `Response`.

A `Request` holds a program's arguments. A `PreparedRequest` is complete, but can still be edited by the program or by
an auth callable. A `Response` shows a finished record, a response that is still being read, or one made by hand.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import unquote

from callbox._arguments import append_query, header_pairs, query_pairs, with_cookies
from callbox._body import StreamedBody, build_content, form_pairs, stream_content, text_of
from callbox._headers import (
    PLACEHOLDER_URL,
    FieldDict,
    fields_from_mapping,
    needs_mounted_adapter,
    quote_like_requests,
    text_with_fragment,
    with_framing,
)
from callbox._raw import Raw
from callbox.auth import auth_scheme
from callbox.cookies import CookieJar, cookiejar_from_dict, get_cookie_header
from callbox.engine.client import store_cookies
from callbox.errors import Fault
from callbox.exceptions import ContentConsumedError, HTTPError, JSONDecodeError, StreamConsumedError, translated_errors
from callbox.exchange.auth import Auth
from callbox.exchange.charset import find_encoding, named_charset
from callbox.exchange.content import Content
from callbox.exchange.cookies import Jar
from callbox.exchange.credential_scope import FULL_SCOPE
from callbox.exchange.events import Record
from callbox.exchange.headers import CaseInsensitiveDict, HeaderError, parse_links
from callbox.exchange.request import Draft, Field, Outgoing, Route
from callbox.exchange.response import Connection, Timings
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, UrlError, add_query, encode_pairs, parse
from callbox.hooks import Hook, HookMixin, Hooks, default_hooks, normalize_hooks

if TYPE_CHECKING:
    from callbox.wire import WireResponse
from callbox.status_codes import codes as codes


class Request(HookMixin):
    """The arguments of one request; `session.prepare_request`, or its own `prepare`, makes it ready to send.

    The arguments are those of `Session.request`: headers, params and cookies as mappings (params and data also as
    pairs, text or bytes), files as Requests has them, hooks as `{"response": function}`.

    >>> Request("GET", "http://api.x/users", params={"page": 2})
    <Request [GET]>
    """

    def __init__(
        self,
        method: str | None = None,
        url: str | bytes | None = None,
        headers: Mapping[str, Any] | None = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> None:
        self.method: Any = method
        self.url: Any = url
        self.headers: Any = headers if headers is not None else {}
        self.files = files if files is not None else []
        self.data = data if data is not None else []
        self.params = params if params is not None else {}
        self.auth = auth
        self.cookies = cookies
        self.hooks: Hooks = normalize_hooks(hooks)
        self.json = json
        self.options: dict[str, object] = {}
        """Options of this request alone, by the session's names for them."""

    def prepare(self) -> PreparedRequest:
        """The request as it would be sent without any session. Raises as `PreparedRequest.prepare`."""
        prepared = PreparedRequest()
        prepared.prepare(
            self.method, self.url, self.headers, self.files, self.data,
            self.params, self.auth, self.cookies, self.hooks, self.json,
        )  # fmt: skip
        return prepared

    def __repr__(self) -> str:
        return f"<Request [{self.method}]>"


_BODILESS = ("GET", "HEAD")


class PreparedRequest(HookMixin):
    """A request as it goes on the wire: `method`, `url`, `headers`, `body`, each editable before `session.send`.

    >>> prepared = PreparedRequest()
    >>> prepared.prepare("POST", "http://api.x/users", data={"name": "ann"})
    >>> prepared.body, prepared.headers["Content-Type"]
    ('name=ann', 'application/x-www-form-urlencoded')
    """

    def __init__(self) -> None:
        self.method: Any = None
        self.url: Any = None
        self.headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        self.body: Any = None
        self.hooks: Hooks = default_hooks()
        self.credential: Auth | None = None
        """What may answer a challenge."""
        self.outgoing: Outgoing | None = None
        """The decided request that this was made to show."""
        self.draft = Draft("GET", "")
        """What was said: cookies of its own, options of its own."""
        self.scope = FULL_SCOPE
        """What the redirects that led here have left of that which was given for the first URL."""
        self._signed = frozenset[str]()
        """The fields that an auth callable has put on, by their lower-cased names."""
        self._auth_hooks: Hooks = {}
        """The hooks that it has put on, to answer challenges."""
        self.uses_default_timeout = False
        """Whether nobody said a time: the session's own holds, and in the body of a stream silence is no error."""
        self.route: Route | None = None
        """How the session that sends it would have it travel; its own settings go over that."""
        self._cookies: Any = None
        self._made_cookie = ""
        """The Cookie field that was made of those."""
        self._body_position: Any = None
        self._content: Content | None = None
        self._shown: Any = None

    @classmethod
    def of(cls, outgoing: Outgoing, body: Any = None, hooks: Hooks | None = None) -> Self:
        """Build from an `Outgoing` request; `body` is the object that its streamed content is read from."""
        made = cls()
        made.method = outgoing.method
        made.url = text_with_fragment(outgoing.url)
        for name, value, source in outgoing.headers:
            if not (name == "Host" and source == "default"):
                text = reveal(value)
                made.headers[name] = f"{made.headers[name]}, {text}" if name in made.headers else text
        if hooks is not None:
            made.hooks = hooks
        made._cookies = CookieJar()
        for name, value, _ in outgoing.cookies:
            made._cookies.set(name, reveal(value))
        made._set_content(outgoing.content, body)
        made.credential = outgoing.auth
        made.outgoing = outgoing
        made.scope = outgoing.scope
        return made

    def follow(self, before: PreparedRequest) -> None:
        """Copy what stays the same from one request of an exchange to the next."""
        self.draft, self.uses_default_timeout, self.route = before.draft, before.uses_default_timeout, before.route
        if self.scope.credentials:
            self._signed, self._auth_hooks = before._signed, before._auth_hooks

    def hooks_without_auth(self) -> Hooks:
        """The hooks but for those of an auth callable: they would answer a challenge of another origin."""
        return {event: _without(hooks, self._auth_hooks.get(event, ())) for event, hooks in self.hooks.items()}

    def prepare(
        self,
        method: Any = None,
        url: Any = None,
        headers: Any = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Any = None,
        json: Any = None,
    ) -> None:
        """Make all of it from arguments by Requests' names, without any session.

        Raises `MissingSchema`, `InvalidURL`, `InvalidHeader`, `InvalidJSONError`, ValueError for bodies that cannot
        go together.
        """
        self.prepare_method(method)
        self.prepare_url(url, params)
        self.prepare_headers(headers)
        self.prepare_cookies(cookies)
        self.prepare_body(data, files, json)
        self.prepare_auth(auth, url)
        # Last, so that what an auth callable put on is kept.
        self.prepare_hooks(hooks)

    def prepare_method(self, method: Any) -> None:
        """The method, in upper case; None for none."""
        self.method = text_of(method).upper() if method is not None else None

    def prepare_url(self, url: Any, params: Any) -> None:
        """The URL, checked and quoted where it has to be, its query with these parameters added.

        A mapping, pairs, text or bytes. Raises `MissingSchema`, `InvalidURL`; a scheme of another kind is left alone.
        """
        address = text_of(url).lstrip()
        scheme, colon, _ = address.partition(":")
        if colon and not scheme.lower().startswith("http"):
            self.url = address
            return
        if isinstance(params, (str, bytes)):
            address, params = append_query(address, text_of(params)), None
        pairs = [(name, value) for name, value in query_pairs(params or {}) if value is not None]
        if colon and scheme.lower() not in ("http", "https"):
            self.url = quote_like_requests(append_query(address, encode_pairs(pairs)))
            return
        with translated_errors():
            self.url = text_with_fragment(add_query(parse(address), pairs))

    def prepare_headers(self, headers: Mapping[Any, Any] | None) -> None:
        """These headers and no others. Raises `InvalidHeader` for what cannot be sent."""
        made: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        with translated_errors():
            for name, value in header_pairs(headers or {}):
                text = reveal(value) if value is not None else None
                if text is not None and ("\r" in text or "\n" in text):
                    raise HeaderError(f"The value of header '{name}' holds a line break and is not sent")
                if not name.strip() or name[:1].isspace() or set(name) & set(":\r\n"):
                    raise HeaderError(f"'{name}' is no header name")
                made[name] = f"{made[name]}, {text}" if name in made else text
        self.headers = made

    def prepare_body(self, data: Any, files: Any, json: Any = None) -> None:
        """The body and what is said of it: Content-Type where none was given, Content-Length or chunked.

        Raises `InvalidJSONError`, `InvalidHeader` for the head of a part, ValueError and NotImplementedError for what
        cannot go together.
        """
        with translated_errors():
            content = build_content(data, json, files)
        self._set_content(content, data if content is not None and content.kind == "stream" else None)
        if content is not None and content.media_type and "Content-Type" not in self.headers:
            self.headers["Content-Type"] = content.media_type
        self._set_length(content)
        if content is not None and content.kind == "stream" and hasattr(self.body, "tell"):
            with suppress(OSError):
                self._body_position = self.body.tell()

    def prepare_content_length(self, body: Any) -> None:
        """Say the length of this body; of none, 0, but for GET and HEAD."""
        if body is self._shown and self._content is not None:
            self._set_length(self._content)
        elif body is None or isinstance(body, (str, bytes)):
            self._set_length(None if body is None else Content(body if isinstance(body, bytes) else body.encode()))
        else:
            self._set_length(stream_content(body))

    def _set_length(self, content: Content | None) -> None:
        size = content.size if content is not None else 0
        if content is None and (self.method in _BODILESS or "Content-Length" in self.headers):
            return
        if size is not None and "Transfer-Encoding" not in self.headers:
            self.headers["Content-Length"] = str(size)
        elif size is None and "Content-Length" not in self.headers:
            self.headers["Transfer-Encoding"] = "chunked"

    def prepare_auth(self, auth: Any, url: Any = "") -> None:
        """Sign it: (user, password), one of our schemes, or a callable that is given this and gives it back.

        Without `auth`, userinfo in the URL signs. Raises what the callable raises.
        """
        auth = auth or _credentials_of_url(text_of(url or ""))
        if not auth:
            return
        scheme = auth_scheme(auth)
        if scheme is not None:
            self.credential = scheme
            for name, value in scheme.fields(self.to_outgoing()):
                self.headers[name] = reveal(value)
            return
        before, hooks = dict(self.headers), {event: list(known) for event, known in self.hooks.items()}
        signed = auth(self)
        if signed is not None:
            self.__dict__.update(signed.__dict__)
        self._signed |= {text_of(name).lower() for name, value in self.headers.items() if before.get(name) != value}
        self._auth_hooks = {event: _without(known, hooks.get(event, ())) for event, known in self.hooks.items()}
        self.prepare_content_length(self.body)

    def prepare_cookies(self, cookies: Any) -> None:
        """The Cookie field from a jar or a mapping, where no Cookie field was given."""
        self._cookies = cookies if hasattr(cookies, "set_cookie") else cookiejar_from_dict(cookies)
        if "Cookie" not in self.headers and self.parsed() is not None:
            header = get_cookie_header(self._cookies, self)
            if header:
                self.headers["Cookie"] = self._made_cookie = header
            if self.outgoing is None:
                # By hand, without a session: a redirect chooses among these anew.
                self.draft = with_cookies(self.draft, self._cookies)

    def prepare_hooks(self, hooks: Mapping[str, Any] | None) -> None:
        """Put these hooks on, after those that are there."""
        for event, more in normalize_hooks(hooks).items():
            for hook in more:
                self.register_hook(event, hook)

    @staticmethod
    def _encode_params(data: Any) -> Any:
        """A form's or query's text from a mapping or pairs; text as it is. Programs take it from here."""
        if isinstance(data, (str, bytes)) or hasattr(data, "read") or not hasattr(data, "__iter__"):
            return data
        return encode_pairs(form_pairs(data))

    @staticmethod
    def _encode_files(files: Any, data: Any) -> tuple[bytes, str | None]:
        """A multipart body as a whole, and its Content-Type. Programs take it from here."""
        with translated_errors():
            content = build_content(data, None, files)
        if not files or content is None:
            raise ValueError("Files must be provided.")
        return b"".join(content.chunks()), content.media_type

    @property
    def path_url(self) -> str:
        """Path and query: the request target."""
        _, _, rest = (self.url or "").partition("://")
        address = rest.partition("#")[0]
        start = min((at for at in (address.find("/"), address.find("?")) if at >= 0), default=len(address))
        target = address[start:]
        return target if target.startswith("/") else "/" + target

    def copy(self) -> PreparedRequest:
        """A copy with headers and cookies of its own; its hooks are the same."""
        made = PreparedRequest()
        made.__dict__.update(self.__dict__)
        made.headers = self.headers.copy()
        if isinstance(self._cookies, CookieJar):
            made._cookies = self._cookies.copy()
        return made

    def to_outgoing(self, route: Route | None = None) -> Outgoing:
        """The `Outgoing` request that this is in its current state.

        Fields that nobody edited keep their provenance, so that what the jar or the body made is made anew for a
        redirect; framing follows the body.
        """
        base = self.outgoing or Outgoing(self.method or "GET", PLACEHOLDER_URL)
        url = self.parsed(base.url) or PLACEHOLDER_URL
        content = self._body_content()
        fields = fields_from_mapping(self.headers, base)
        if self._made_cookie:
            fields = [f._replace(source="jar") if _is_cookie(f, self._made_cookie) else f for f in fields]
        if self._signed:
            fields = [f._replace(source="auth") if f.name.lower() in self._signed else f for f in fields]
        if not any(field.name.lower() == "host" for field in fields):
            fields.insert(0, Field("Host", url.authority, "default"))
        return base._replace(
            method=self.method or "GET",
            url=url,
            headers=tuple(with_framing(fields, content)),
            content=content,
            auth=self.credential,
            route=route or base.route,
            scope=self.scope,
        )

    def parsed(self, shown: Url | None = None) -> Url | None:
        """The URL in parts; None for a scheme that only a mounted adapter can speak."""
        if shown is not None and text_with_fragment(shown) == self.url:
            return shown
        return None if needs_mounted_adapter(self.url or "") else parse(self.url or "")

    def _set_content(self, content: Content | None, body: Any) -> None:
        self._content = content
        if content is None:
            self.body = None
        elif content.data is not None:
            shown = content.given if content.given is not None else content.data
            self.body = content.data.decode("ascii") if content.kind == "form" else shown
        else:
            given = content.given if body is None else body
            self.body = StreamedBody(content) if given is None else given
        self._shown = self.body

    def _body_content(self) -> Content | None:
        if self.body is self._shown:
            return self._content
        if self.body is None:
            return None
        if isinstance(self.body, (str, bytes)):
            return Content(self.body.encode() if isinstance(self.body, str) else self.body)
        return build_content(self.body, None, None)

    def __getstate__(self) -> dict[str, Any]:
        # What was decided holds functions that produce bodies; a copy that travels decides anew.
        body = b"".join(self.body) if isinstance(self.body, StreamedBody) else self.body
        draft = self.draft._replace(content=None)
        return {**self.__dict__, "draft": draft, "body": body, "outgoing": None, "_content": None, "_shown": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickles of earlier versions call it `uses_default_timeout`.
        uses_default_timeout = state.pop("is_patient", False)
        self.__dict__.update({"uses_default_timeout": uses_default_timeout, **state})

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


def _without(hooks: Iterable[Hook], others: Iterable[Hook]) -> list[Hook]:
    left = list(others)
    return [hook for hook in hooks if hook not in left]


def _is_cookie(field: Field, value: str) -> bool:
    return field.value == value and field.name.lower() == "cookie"


def _credentials_of_url(url: str) -> tuple[str, str] | None:
    try:
        parsed = parse(url)
    except UrlError:
        return None
    return (unquote(parsed.username), unquote(parsed.password)) if parsed.username else None


def split_lines(pieces: Iterable[bytes], delimiter: bytes | str | None = None) -> Iterator[bytes]:
    """The lines (or what stands between delimiters), without their ends; a CR LF between two pieces is one end.

    >>> list(split_lines([b"a\\r", b"\\nb", b"\\n"])), list(split_lines([b"a<", b">b"], b"<>"))
    ([b'a', b'b'], [b'a', b'b'])
    """
    mark = delimiter.encode() if isinstance(delimiter, str) else delimiter
    return _split_at(pieces, mark) if mark else _split_lines_of(pieces)


def _split_at(pieces: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        # Each byte is looked at once, however small the pieces are: a mark may have begun in the last one.
        at = max(len(waiting) - len(mark) + 1, 0)
        waiting += piece
        start = 0
        while (at := waiting.find(mark, at)) >= 0:
            yield bytes(waiting[start:at])
            start = at = at + len(mark)
        del waiting[:start]
    if waiting:
        yield bytes(waiting)


def _split_lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    for piece in pieces:
        # A CR at the end may be half of a CR LF: it waits for the next piece.
        if b"\n" not in piece and b"\r" not in piece and not (waiting and waiting[-1].endswith(b"\r")):
            waiting.append(piece)
            continue
        text = b"".join([*waiting, piece])
        held = b"\r" if text.endswith(b"\r") else b""
        lines = text.removesuffix(held).splitlines(keepends=True)
        last = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        waiting = [last + held] if last or held else []
        for line in lines:
            yield line.removesuffix(b"\n").removesuffix(b"\r")
    if waiting:
        yield b"".join(waiting).removesuffix(b"\r")


def resize(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`."""
    waiting = bytearray()
    for piece in pieces:
        if not waiting and len(piece) == size:
            yield piece
            continue
        waiting += piece
        end = len(waiting) - len(waiting) % size
        for start in range(0, end, size):
            yield bytes(waiting[start : start + size])
        del waiting[:end]
    if waiting:
        yield bytes(waiting)


def decode(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text of the pieces; what cannot be read becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", True):
        yield text


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
        """Build from the record of a finished exchange."""
        made = cls()
        made.record = record
        made._content = record.body
        made._content_consumed = True
        made._owner = owner
        if notes:
            made.notes = notes
        return made

    @classmethod
    def from_wire(cls, record: Record, wire_response: WireResponse, request: PreparedRequest) -> Self:
        """Build from a response whose body is still to be read."""
        made = cls()
        made.record = record
        made.raw = Raw(wire_response.head, wire_response, record.outgoing.url.target)
        made.request = request
        return made

    @cached_property
    def status_code(self) -> Any:
        """The status, such as 200."""
        return self.record.response.status if self.record else None

    @cached_property
    def reason(self) -> Any:
        """The reason phrase that the server gave."""
        return self.record.response.reason if self.record else None

    @cached_property
    def headers(self) -> Any:
        """The fields: a mapping without regard to case; `getlist(name)` gives repeated ones unfolded."""
        return FieldDict.of(self.record.response.headers) if self.record else CaseInsensitiveDict()

    @cached_property
    def url(self) -> Any:
        """The URL that answered, after redirects."""
        return text_with_fragment(self.record.outgoing.url) if self.record else None

    @cached_property
    def request(self) -> Any:
        """The request that this answers, as it was sent."""
        if self.record is None:
            return None
        made = PreparedRequest.of(self.record.outgoing)
        made.draft = self.record.draft
        return made

    @cached_property
    def raw(self) -> Any:
        """The body as a file, with what urllib3's responses have; at its end where the content was read at once."""
        return Raw(self.record.response, None, self.record.outgoing.url.target) if self.record else None

    @cached_property
    def connection(self) -> Any:
        """The adapter that it came through: `connection.send(prepared, **kwargs)` asks again."""
        return self._owner.get_adapter(self.url) if self._owner is not None else None

    @property
    def connection_info(self) -> Connection | None:
        """The connection that it came over: number, reused or new, peer, TLS; None for what was made by hand."""
        return self.record.response.connection if self.record else None

    @property
    def timings(self) -> Timings:
        """Where the time went: dns, connect, tls, wait, transfer, in seconds; of what was read so far."""
        wire_response = self.raw.wire_response if isinstance(self.raw, Raw) else None
        if wire_response is not None:
            return wire_response.head.timings
        return self.record.response.timings if self.record else Timings()

    @cached_property
    def elapsed(self) -> timedelta:
        """From the sending of the request to the head of the answer, a timedelta."""
        times = self.timings
        return timedelta(seconds=max(times.total - times.transfer, 0.0))

    @cached_property
    def cookies(self) -> Any:
        """The cookies that this answer set."""
        session_jar = getattr(self._owner, "jar", None)
        trusts = isinstance(session_jar, Jar) and (
            session_jar.trust_localhost or bool(self._owner.option("trust-localhost"))
        )
        jar = Jar(trust_localhost=trusts)
        if self.record is not None:
            store_cookies(
                jar, self.record.outgoing.url, self.record.response.headers.getlist("Set-Cookie"), self.record.time
            )
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
        """The encoding that `text` uses: as assigned, or detected.

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
    def is_content_requested(self) -> bool:
        """Whether somebody has read the content, or begun to."""
        return self._content is not False or self._content_consumed

    def pieces(self) -> Iterator[bytes]:
        """Yield the part of the content that has not been read, as it arrives. Raises as `iter_content`."""
        return self._pieces(None)

    def set_content(self, content: bytes) -> bytes:
        """Set this as the whole content."""
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
        with translated_errors(self.request, response=self):
            pieces = iter_raw(self.raw, size)
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


def iter_raw(raw: Any, size: int | None) -> Iterator[bytes]:
    """Yield the rest of a body: of our `Raw`, of a urllib3 response, or of any file of bytes."""
    if isinstance(raw, Raw):
        yield from raw.stream(size, True)
    elif hasattr(raw, "stream"):
        from callbox.wire.urllib3_adapters import urllib3_errors_as_faults

        with urllib3_errors_as_faults():
            yield from raw.stream(size or 65_536, decode_content=True)
    else:
        while piece := raw.read(size or 65_536):
            yield piece


DEFAULT_REDIRECT_LIMIT = 30
CONTENT_CHUNK_SIZE = 10 * 1024
ITER_CHUNK_SIZE = 512
