"""`Request`, `PreparedRequest` and `Response`.

A `Request` has the arguments of a program. A `PreparedRequest` is complete, but the program or an auth callable can
still edit it. A `Response` shows a finished exchange, a response that is still being read, or one made by hand.

The functions before these classes convert the pieces of a body: to lines, to pieces of one size, to text.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import unquote
from urllib.parse import urlencode as urlencode

from callbox._library.arguments import append_query, header_pairs, query_pairs, with_cookies
from callbox._library.prepared_request_parts import (
    FieldDict,
    PreparedState,
    StreamedBody,
    build_content,
    form_pairs,
    header_name,
    quote_like_requests,
    state_of,
    stream_content,
    text_of,
    text_with_fragment,
    to_outgoing,
)
from callbox._library.private_state import PrivateState, ReadProperty
from callbox._library.raw_response import Raw, bounded, resize, split_lines, split_text
from callbox.auth import auth_scheme, require_callable
from callbox.cookies import CookieJar, cookie_jar_of, cookiejar_from_dict, get_cookie_header
from callbox.engine.client import store_cookies
from callbox.errors import Fault
from callbox.exceptions import ContentConsumedError, HTTPError, JSONDecodeError, StreamConsumedError, translated_errors
from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import CaseInsensitiveDict, parse_links
from callbox.exchange.media_types_and_charsets import decode_pieces, find_encoding, named_charset
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import Connection, Timings
from callbox.exchange.secret import reveal
from callbox.exchange.url import UrlError, add_query, encode_pairs, parse
from callbox.hooks import Hook, HookMixin, Hooks, default_hooks, normalize_hooks
from callbox.status_codes import codes as codes

if TYPE_CHECKING:
    from callbox.wire import WireResponse


class Request(HookMixin):
    """The arguments of one request. `session.prepare_request`, or its own method `prepare`, makes it ready to send.

    The arguments are those of `Session.request`: headers, params and cookies are mappings (params and data also pairs,
    text or bytes), files are as in Requests, and hooks are `{"response": function}`.

    >>> Request("GET", "http://api.x/users", params={"page": 2})
    <Request [GET]>
    """

    _callbox_options: Mapping[str, object] = {}
    """Options for this request alone, by their names in the session."""

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

    def prepare(self) -> PreparedRequest:
        """The request as it would be sent without a session. Raises the errors of `PreparedRequest.prepare`."""
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
    """A request as it is sent: `method`, `url`, `headers` and `body` can be edited before `session.send`.

    >>> prepared = PreparedRequest()
    >>> prepared.prepare("POST", "http://api.x/users", data={"name": "ann"})
    >>> prepared.body, prepared.headers["Content-Type"]
    ('name=ann', 'application/x-www-form-urlencoded')
    """

    _callbox = PrivateState(PreparedState)

    def __init__(self) -> None:
        self.method: Any = None
        self.url: Any = None
        self.headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        self.body: Any = None
        self.hooks: Hooks = default_hooks()
        self._cookies: Any = None
        self._body_position: Any = None

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
        """Prepare all parts from arguments with Requests' names, without a session.

        Raises `MissingSchema`, `InvalidURL`, `InvalidHeader` and `InvalidJSONError`, and ValueError for bodies that
        exclude each other.
        """
        self.prepare_method(method)
        self.prepare_url(url, params)
        self.prepare_headers(headers)
        self.prepare_cookies(cookies)
        self.prepare_body(data, files, json)
        self.prepare_auth(auth, url)
        # This comes last, so that the hooks that an auth callable adds stay.
        self.prepare_hooks(hooks)

    def prepare_method(self, method: Any) -> None:
        """Set the method, in upper case; None leaves it empty."""
        self.method = text_of(method).upper() if method is not None else None

    def prepare_url(self, url: Any, params: Any) -> None:
        """Set the URL: check it, quote it if needed, and add these parameters to its query.

        `params` is a mapping, pairs, text or bytes. Raises `MissingSchema`, `InvalidURL`. URLs with other schemes are
        not changed.
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
        """Replace the headers. Raises `InvalidHeader` for a header that cannot be sent."""
        made: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        with translated_errors():
            for name, value in header_pairs(headers or {}):
                text = reveal(value) if value is not None else None
                name = header_name(name)
                made[name] = f"{made[name]}, {text}" if name in made else text
        for given, value in headers.items() if isinstance(headers, Mapping) else ():
            if isinstance(value, bytes):  # auth callables compare it with the given value
                made[text_of(given)] = value
        self.headers = made

    def prepare_body(self, data: Any, files: Any, json: Any = None) -> None:
        """Set the body and its headers: Content-Type if it is missing, Content-Length or chunked.

        Raises `InvalidJSONError`, `InvalidHeader` for a header of a part, and `ValueError` or `NotImplementedError` for
        arguments that exclude each other.
        """
        with translated_errors():
            content = build_content(data, json, files)
        _set_content(self, content, data if content is not None and content.kind == "stream" else None)
        # The name has this spelling as in Requests, because a program may set a dictionary with another spelling.
        if content is not None and content.media_type and "content-type" not in self.headers:
            self.headers["Content-Type"] = content.media_type
        _set_length(self, content)
        if content is not None and content.kind == "stream" and hasattr(self.body, "tell"):
            try:
                self._body_position = self.body.tell()
            except OSError:
                self._body_position = object()  # as in Requests: the body has no position to return to

    def prepare_content_length(self, body: Any) -> None:
        """Set Content-Length for this body; 0 without a body, except for GET and HEAD."""
        state = self._callbox
        if body is state.shown and state.content is not None:
            _set_length(self, state.content)
        elif body is None or isinstance(body, (str, bytes)):
            data = body.encode() if isinstance(body, str) else body
            _set_length(self, None if data is None else Content(data))
        else:
            _set_length(self, stream_content(body))

    def prepare_auth(self, auth: Any, url: Any = "") -> None:
        """Sign the request with (user, password), one of callbox's schemes, or a callable that takes the request and
        returns it.

        Without `auth`, the user and password in the URL are used. Raises the errors of the callable.
        """
        auth = auth or _credentials_of_url(text_of(url or ""))
        if not auth:
            return
        scheme = auth_scheme(auth)
        if scheme is not None:
            fields = scheme.fields(to_outgoing(self))
            self._callbox.credential = scheme
            self._callbox.signed |= {name.lower() for name, _ in fields}
            for name, value in fields:
                self.headers[name] = reveal(value)
            return
        before, hooks = dict(self.headers), {event: list(known) for event, known in self.hooks.items()}
        signed = require_callable(auth)(self)
        if signed is not None:
            self.__dict__.update(signed.__dict__)
        state = self._callbox
        state.signed |= {text_of(name).lower() for name, value in self.headers.items() if before.get(name) != value}
        state.auth_hooks = {event: _without(known, hooks.get(event, ())) for event, known in self.hooks.items()}
        self.prepare_content_length(self.body)

    def prepare_cookies(self, cookies: Any) -> None:
        """Set the Cookie field from a jar or a mapping, unless the request already has one."""
        self._cookies = cookies if hasattr(cookies, "set_cookie") else cookiejar_from_dict(cookies)
        state = self._callbox
        if "Cookie" not in self.headers and self.url:
            header = get_cookie_header(self._cookies, self)
            if header:
                self.headers["Cookie"] = state.made_cookie = header
            if state.outgoing is None:
                # No session chose these cookies. For a redirect, they are chosen from the jar again.
                state.draft = with_cookies(state.draft, self._cookies)

    def prepare_hooks(self, hooks: Mapping[str, Any] | None) -> None:
        """Add these hooks after the existing ones."""
        for event, more in normalize_hooks(hooks).items():
            for hook in more:
                self.register_hook(event, hook)

    @staticmethod
    def _encode_params(data: Any) -> Any:
        """The text of a form or query, from a mapping, pairs or text. Requests has this method, and programs use it."""
        if isinstance(data, (str, bytes)) or hasattr(data, "read") or not hasattr(data, "__iter__"):
            return data
        return encode_pairs(form_pairs(data))

    @staticmethod
    def _encode_files(files: Any, data: Any) -> tuple[bytes, str | None]:
        """A complete multipart body, and its Content-Type. Requests has this method, and programs use it."""
        with translated_errors():
            content = build_content(data, None, files)
        if not files or content is None:
            raise ValueError("Files must be provided.")
        return b"".join(content.chunks()), content.media_type

    @property
    def path_url(self) -> str:
        """The path and query: the request target."""
        _, _, rest = (self.url or "").partition("://")
        address = rest.partition("#")[0]
        start = min((at for at in (address.find("/"), address.find("?")) if at >= 0), default=len(address))
        target = address[start:]
        return target if target.startswith("/") else "/" + target

    def copy(self) -> PreparedRequest:
        """A copy with its own headers and cookies, and the same hooks."""
        made = PreparedRequest()
        made.__dict__.update(self.__dict__)
        made.__dict__["_callbox"] = self._callbox.copy()
        made.headers = self.headers.copy()
        if isinstance(self._cookies, CookieJar):
            made._cookies = self._cookies.copy()
        return made

    def __getstate__(self) -> dict[str, Any]:
        body = b"".join(self.body) if isinstance(self.body, StreamedBody) else self.body
        return {**self.__dict__, "_callbox": self._callbox, "body": body}

    def __setstate__(self, state: dict[str, Any]) -> None:
        former = {name: state.pop(name) for name in _FORMER_NAMES if name in state}
        vars(self).update(state)
        for name, value in former.items():
            if _FORMER_NAMES[name]:
                setattr(self._callbox, _FORMER_NAMES[name], value)

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


_FORMER_NAMES = {
    "_auth_hooks": "auth_hooks", "_content": "", "_made_cookie": "made_cookie", "_shown": "", "_signed": "signed",
    "credential": "credential", "draft": "draft", "is_patient": "uses_default_timeout", "outgoing": "",
    "route": "route", "scope": "scope", "uses_default_timeout": "uses_default_timeout",
}  # fmt: skip
"""The attributes in pickles of earlier versions, with their present names in the private state."""


def prepared_of(outgoing: Outgoing, body: Any = None, hooks: Hooks | None = None) -> PreparedRequest:
    """Make the prepared request for an `Outgoing`. `body` is the object that a streamed body comes from."""
    made = PreparedRequest()
    made.method = outgoing.method
    made.url = text_with_fragment(outgoing.url)
    headers = made.headers
    for name, value, source in outgoing.headers:
        if not (name == "Host" and source == "default"):
            text = reveal(value)
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    if hooks is not None:
        made.hooks = hooks
    made._cookies = CookieJar()
    for name, value, _ in outgoing.cookies:
        made._cookies.set(name, reveal(value))
    _set_content(made, outgoing.content, body)
    state = made._callbox
    state.credential = outgoing.auth
    state.outgoing = outgoing
    state.scope = outgoing.scope
    return made


def follow(prepared: PreparedRequest, before: PreparedRequest) -> None:
    """Copy to the next request of an exchange the attributes that did not change, so that they stay the same
    objects.
    """
    state, earlier = state_of(prepared), state_of(before)
    state.draft, state.uses_default_timeout = earlier.draft, earlier.uses_default_timeout
    state.route = earlier.route
    if state.scope.credentials:
        state.signed, state.auth_hooks = earlier.signed, earlier.auth_hooks


def hooks_without_auth(prepared: PreparedRequest) -> Hooks:
    """The hooks of a request without those of an auth callable, which must not answer a challenge of another origin."""
    auth_hooks = state_of(prepared).auth_hooks
    return {event: _without(hooks, auth_hooks.get(event, ())) for event, hooks in prepared.hooks.items()}


def _set_length(prepared: PreparedRequest, content: Content | None) -> None:
    size = content.size if content is not None else 0
    headers = prepared.headers
    if content is None and (prepared.method in _BODILESS or "Content-Length" in headers):
        return
    if size is not None and "Transfer-Encoding" not in headers:
        headers["Content-Length"] = str(size)
    elif size is None and "Content-Length" not in headers:
        headers["Transfer-Encoding"] = "chunked"


def _set_content(prepared: PreparedRequest, content: Content | None, body: Any) -> None:
    state = prepared._callbox
    state.content = content
    if content is None:
        prepared.body = None
    elif content.data is not None:
        shown = content.given if content.given is not None else content.data
        prepared.body = content.data.decode("ascii") if content.kind == "form" else shown
    else:
        given = content.given if body is None else body
        prepared.body = StreamedBody(content) if given is None else given
    state.shown = prepared.body


def _without(hooks: Iterable[Hook], others: Iterable[Hook]) -> list[Hook]:
    left = list(others)
    return [hook for hook in hooks if hook not in left]


def _credentials_of_url(url: str) -> tuple[str, str] | None:
    try:
        parsed = parse(url)
    except UrlError:
        return None
    return (unquote(parsed.username), unquote(parsed.password)) if parsed.username else None


REDIRECT_STATI = (301, 302, 303, 307, 308)
"""The statuses of redirects."""


class Response:
    """A response. Its content is read at once, or in pieces with `stream=True`.

    Every attribute may be assigned. In a response made by hand, `_content` or `raw` (a file of bytes) is the body. In
    addition to Requests' attributes, `connection_info` has the connection and whether it was reused, `timings` the
    seconds of each measured phase, and `notes` the notes of the session about it.

    >>> made = Response(); made.status_code = 200; made._content = b"{}"; made.json()
    {}
    """

    __attrs__: ClassVar[list[str]] = [
        "_content", "status_code", "url", "headers", "history", "encoding", "reason", "cookies", "elapsed", "request",
    ]  # fmt: skip

    # These are class attributes, for subclasses that do not call `__init__`.
    _callbox_record: Record | None = None
    _callbox_owner: Any = None
    """The session that received the response; None if no session did."""
    _callbox_encoding: str | None = None
    _callbox_notes: list[str] | None = None
    _content: bytes | Literal[False] | None = False
    _content_consumed: Any = False
    _next: Any = None

    def __init__(self) -> None:
        self._content = False
        self._content_consumed = False
        self._next = None
        self.history: list[Any] = []

    @cached_property
    def status_code(self) -> Any:
        """The status code, such as 200."""
        return self._callbox_record.response.status if self._callbox_record else None

    @cached_property
    def reason(self) -> Any:
        """The reason phrase of the server."""
        return self._callbox_record.response.reason if self._callbox_record else None

    @cached_property
    def headers(self) -> Any:
        """The headers, as a mapping that ignores letter case. `getlist(name)` returns repeated ones separately."""
        return FieldDict.of(self._callbox_record.response.headers) if self._callbox_record else CaseInsensitiveDict()

    @cached_property
    def url(self) -> Any:
        """The final URL, after redirects."""
        return text_with_fragment(self._callbox_record.outgoing.url) if self._callbox_record else None

    @cached_property
    def request(self) -> Any:
        """The request of this response, as it was sent."""
        if self._callbox_record is None:
            return None
        made = prepared_of(self._callbox_record.outgoing)
        made._callbox.draft = self._callbox_record.draft
        return made

    @cached_property
    def raw(self) -> Any:
        """The body as a file with the interface of urllib3's responses.

        If the content was read, the file is at its end.
        """
        record = self._callbox_record
        if record is None:
            return None
        made = Raw(record.response, None, record.outgoing.url.target)
        made._position = record.size
        return made

    @cached_property
    def connection(self) -> Any:
        """The adapter that received the response. `connection.send(prepared, **kwargs)` sends another request."""
        return self._callbox_owner.get_adapter(self.url) if self._callbox_owner is not None else None

    @ReadProperty
    def connection_info(self) -> Connection | None:
        """The connection: number, reused or new, peer, TLS; None for a response made by hand."""
        return self._callbox_record.response.connection if self._callbox_record else None

    @ReadProperty
    def timings(self) -> Timings:
        """The seconds of each phase so far: dns, connect, tls, wait, transfer."""
        return _timings_of(self)

    @ReadProperty
    def notes(self) -> list[str]:
        """The notes of the session about this response, one line each."""
        if self._callbox_notes is None:
            self._callbox_notes = []
        return self._callbox_notes

    @cached_property
    def elapsed(self) -> timedelta:
        """The time from sending the request to receiving the headers of the response, a `timedelta`."""
        times = _timings_of(self)
        return timedelta(seconds=max(times.total - times.transfer, 0.0))

    @cached_property
    def cookies(self) -> Any:
        """The cookies that this response set."""
        client = getattr(self._callbox_owner, "_callbox", None)
        jar = Jar(trust_localhost=client is not None and client.trusts_localhost())
        if self._callbox_record is not None:
            store_cookies(
                jar,
                self._callbox_record.outgoing.url,
                self._callbox_record.response.headers.getlist("Set-Cookie"),
                self._callbox_record.time,
            )
        return cookie_jar_of(jar)

    @property
    def ok(self) -> bool:
        """Whether the status is outside 400 to 599."""
        return not 400 <= (self.status_code or 0) < 600

    def __bool__(self) -> bool:
        return self.ok

    @property
    def is_redirect(self) -> bool:
        """Whether the response is a redirect with a Location."""
        return "location" in self.headers and self.status_code in REDIRECT_STATI

    @property
    def is_permanent_redirect(self) -> bool:
        """Whether the response is a permanent redirect (301 or 308)."""
        return "location" in self.headers and self.status_code in (301, 308)

    @property
    def next(self) -> PreparedRequest | None:
        """The prepared request to follow an unfollowed redirect; None if the response is not a redirect."""
        if self._next is None and self._callbox_owner is not None and self.is_redirect:
            hops = self._callbox_owner.resolve_redirects(self, self.request, yield_requests=True)
            self._next = next(hops, None)
        found: PreparedRequest | None = self._next
        return found

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The links of the Link header (RFC 8288), by relation."""
        return {link.get("rel") or link["url"]: link for link in parse_links(self.headers.get("link") or "")}

    @property
    def encoding(self) -> str | None:
        """The encoding that `text` uses, as assigned or as detected.

        The detected encoding is the first of: charset, byte order mark, UTF-8, the encoding that a page names,
        Windows-1252 or Latin-1. Without a charset, it is None until the body was read.
        """
        if self._callbox_encoding is None:
            content_type = self.headers.get("content-type") or ""
            found = named_charset(content_type)
            if not self._content:
                return found
            chosen = find_encoding(self._content, content_type)
            # `utf-8-sig` is needed here, since it removes the byte order mark.
            self._callbox_encoding = chosen if found is None or chosen.endswith("-sig") else found
        return self._callbox_encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._callbox_encoding = value

    @property
    def apparent_encoding(self) -> str:
        """The encoding that the bytes suggest."""
        return find_encoding(self.content or b"")

    @property
    def content(self) -> Any:
        """The whole decoded content. Raises the errors of `iter_content`."""
        if self._content is False:
            if self._content_consumed:
                raise ContentConsumedError("The content for this response was already consumed")
            self._content = None if self.status_code == 0 or self.raw is None else _read_all(self)
        self._content_consumed = True
        return self._content

    @property
    def text(self) -> str:
        """The content as text, decoded by `encoding`. Invalid bytes become U+FFFD. Raises the errors of `content`."""
        if not self.content:
            return ""
        try:
            return str(self.content, self.encoding or "utf-8", errors="replace")
        except (LookupError, TypeError):
            return str(self.content, errors="replace")

    def json(self, **kwargs: Any) -> Any:
        """The content parsed as JSON. Keywords go to `json.loads`. Raises `JSONDecodeError` if it is not JSON."""
        import json

        try:
            if self._callbox_encoding is None and not named_charset(self.headers.get("content-type") or ""):
                # RFC 8259: UTF-8, and formerly UTF-16 and UTF-32, recognised by their first bytes.
                try:
                    return json.loads(self.content or b"", **kwargs)
                except UnicodeDecodeError:
                    pass
            return json.loads(self.text, **kwargs)
        except json.JSONDecodeError as error:
            raise JSONDecodeError(error.msg, error.doc, error.pos, response=self) from error

    def raise_for_status(self) -> Self:
        """Return the response, or raise `HTTPError` for a status from 400 to 599."""
        status = self.status_code or 0
        if not 400 <= status < 600:
            return self
        reason = _text_of(self.reason) if isinstance(self.reason, bytes) else self.reason
        whose = "Client" if status < 500 else "Server"
        raise HTTPError(f"{status} {whose} Error: {reason} for url: {self.url}", response=self)

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The content in pieces of `chunk_size` bytes (None: as they arrive; 0 or less: in one), as text if wanted.

        Raises `StreamConsumedError` if the content was already read as a stream, and `TypeError` for a size that is not
        a number. While it reads, it raises `IncompleteBody`, `ContentDecodingError`, `BodyReadTimeout` or
        `BodyTooLarge`.
        """
        if chunk_size is not None and not isinstance(chunk_size, int):
            raise TypeError(f"chunk_size must be an int, it is instead a {type(chunk_size)}.")
        pieces = _available(self, chunk_size)
        return _decode(self, pieces) if decode_unicode else pieces

    def iter_lines(
        self, chunk_size: int = 512, decode_unicode: bool = False, delimiter: bytes | str | None = None
    ) -> Iterator[Any]:
        """The content line by line, without the line ends. A CR LF that two pieces share is one line end.

        Each line is yielded as soon as it is complete, so `chunk_size` has no effect. Text is decoded before it is
        split, because in UTF-16 half of a character may look like a line end.
        """
        pieces = _available(self, None)
        return split_text(_decode(self, pieces), delimiter) if decode_unicode else split_lines(pieces, delimiter)

    def close(self) -> None:
        """Drop the unread content. The connection is closed unless everything was read."""
        is_own = type(self).raw is Response.__dict__["raw"]
        raw = vars(self).get("raw") if is_own else self.raw
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


def response_of(record: Record, notes: list[str] | None = None, owner: Any = None) -> Response:
    """The `Response` for a finished exchange."""
    made = Response()
    made._callbox_record = record
    made._content = record.body
    made._content_consumed = True
    made._callbox_owner = owner
    if notes:
        made._callbox_notes = notes
    return made


def response_from_wire(record: Record, wire_response: WireResponse, request: PreparedRequest) -> Response:
    """The `Response` whose body is still to be read."""
    made = Response()
    made._callbox_record = record
    made.raw = Raw(wire_response.head, wire_response, record.outgoing.url.target)
    made.request = request
    return made


def is_content_requested(response: Response) -> bool:
    """Whether a program has read the content, or a part of it."""
    return response._content is not False or bool(response._content_consumed)


def set_content(response: Response, content: bytes) -> bytes:
    """Set the whole content."""
    response._content, response._content_consumed = content, True
    return content


def unread_pieces(response: Response, size: int | None = None) -> Iterator[bytes]:
    """Yield the unread part of the content as it arrives. Raises the errors of `iter_content`."""
    with translated_errors(response.request, response=response):
        pieces = iter_raw(response.raw, size)
        limit = getattr(getattr(response._callbox_owner, "_callbox", None), "max_body", None)
        # callbox's own wire already counts the bytes.
        yield from pieces if limit is None or isinstance(response.raw, Raw) else bounded(pieces, limit)
    response._content_consumed = True


def _available(response: Response, size: int | None) -> Iterator[bytes]:
    if response._content is not False:
        whole = [response._content] if response._content else []
        return resize(whole, size) if size is not None and size > 0 else iter(whole)
    if response._content_consumed:
        raise StreamConsumedError("The content was already read as a stream")
    return unread_pieces(response, size)


def _decode(response: Response, pieces: Iterable[bytes]) -> Iterator[str]:
    """The text of a body that is still arriving, without a byte order mark. It is decoded as in `text`."""
    encoding = response.encoding
    if response._callbox_encoding is None and encoding is not None and codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"
    return decode_pieces(pieces, encoding)


def _read_all(response: Response) -> bytes:
    # A BytesIO returns its buffer without a copy; joining pieces would take twice the memory of a large body.
    whole = BytesIO()
    try:
        for piece in unread_pieces(response):
            whole.write(piece)
    except Fault as fault:
        set_content(response, whole.getvalue())
        if response._callbox_record is not None:
            fault.record = response._callbox_record._replace(body=whole.getvalue(), is_complete=False)
        raise
    return whole.getvalue()


def _timings_of(response: Response) -> Timings:
    wire_response = response.raw.wire_response if isinstance(response.raw, Raw) else None
    if wire_response is not None:
        return wire_response.head.timings
    return response._callbox_record.response.timings if response._callbox_record else Timings()


def _text_of(reason: bytes) -> str:
    try:
        return reason.decode()
    except UnicodeDecodeError:
        return reason.decode("iso-8859-1")


def iter_raw(raw: Any, size: int | None) -> Iterator[bytes]:
    """Yield the rest of a body, from a `Raw`, a urllib3 response, or any file of bytes."""
    if isinstance(raw, Raw):
        yield from raw.stream(size, True)
    elif hasattr(raw, "stream"):
        # urllib3 is loaded, as this is its response
        from callbox.wire.urllib3_retry_and_pool_managers import urllib3_errors_as_faults

        with urllib3_errors_as_faults():
            yield from raw.stream(size or 65_536, decode_content=True)
    else:
        while piece := raw.read(size or 65_536):
            yield piece


DEFAULT_REDIRECT_LIMIT = 30
CONTENT_CHUNK_SIZE = 10 * 1024
ITER_CHUNK_SIZE = 512
