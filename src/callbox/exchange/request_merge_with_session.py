"""Merge a draft with the state of the session into an `Outgoing` request, in which each field names its source.

Values of the request override values of the session, which override built-in defaults. The value None in a request
removes a value of the session. No other module decides about headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from callbox.exchange.auth_schemes import Auth, Basic
from callbox.exchange.cookies import Cookie, Jar, is_localhost
from callbox.exchange.headers import BAD_VALUE, TOKEN, HeaderError, header_texts, lower_name, refuse_value
from callbox.exchange.request import (
    BODILESS_METHODS,
    UNSET,
    Draft,
    Field,
    Outgoing,
    Route,
    Source,
)
from callbox.exchange.request_content import Content
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url, add_query, join, parse

K = TypeVar("K")
V = TypeVar("V")
HeaderValue = str | Secret | list[str] | tuple[str, ...] | None


class SessionState(NamedTuple):
    """The values of the session that `merge` reads."""

    base: str = ""
    headers: Mapping[str, HeaderValue] = {}
    """The headers by name. A list gives several lines with this name, and None gives no line."""
    query: Iterable[tuple[str, str | Secret]] = ()
    jar: Jar = Jar()
    auth: Callable[[Url], tuple[Auth, Source] | None] = lambda url: None
    """Returns the credential of the session for a URL, and the source of the credential; None if there is none."""
    netrc: Callable[[str], Auth | None] = lambda host: None
    defaults: Mapping[str, str] = {}
    """The built-in headers by lower-cased name. A header with its built-in value gets the source `default`."""
    bindings: Mapping[tuple[str, str], str] = {}
    """The origin to which a header or parameter is bound, by (noun, name)."""
    now: float = 0.0
    trusts_localhost: bool = False
    """Whether Secure cookies may be sent to this machine over http."""


def merge(state: SessionState, draft: Draft, route: Route) -> Outgoing:
    """Merge a draft with the session's state into the request that will be sent.

    Raises `UsageError` for a URL, a method, a header name or a header value that cannot be sent.
    """
    keeps_dots = bool(draft.options.get("path-as-is"))
    url = parse(join(state.base, draft.url, keeps_dots), keeps_dots)
    if draft.options.get("asterisk"):
        url = url._replace(path="*", query=None)  # The request is for the whole server (RFC 9112 section 3.2.4).
    origin = url.origin if state.bindings else ""
    query = merge_query(state, draft, origin)
    if query:
        url = add_query(url, [(f.name, f.value if isinstance(f.value, str) else f.value.reveal()) for f in query])
    by_name: dict[str, list[Field]] = {}
    _add_session_headers(by_name, state, origin)
    _add_draft_headers(by_name, draft)
    cookies = () if "cookie" in by_name else merge_cookies(state, draft, url)
    credential = _find_auth(state, draft, url, by_name)
    method = check_method(draft.method)
    auth = credential and credential[0]
    outgoing = Outgoing(method, url, (), draft.content, route, query, cookies, auth, secrets=draft.secrets)
    if credential is not None:
        for name, value in credential[0].fields(outgoing):
            by_name[lower_name(name)] = [Field(name, value, credential[1])]
    return outgoing._replace(headers=order_headers(by_name, outgoing))


def merge_query(state: SessionState, draft: Draft, origin: str = "") -> tuple[Field, ...]:
    """Merge the query parameters of session and request. A parameter of the request replaces those of the session with
    the same name. If an origin is given, parameters that are bound to another origin are left out.
    """
    if not state.query and not draft.query:
        return ()
    given: dict[str, list[Field]] = {}
    for name, value in draft.query:
        given.setdefault(name, []).extend([Field(name, value, draft.source)] if value is not None else [])
    bindings = state.bindings
    fields: list[Field] = []
    for name, value in state.query:
        if name in given:
            # As in a dictionary, the new values get the position of the replaced values.
            fields += given[name]
            given[name] = []
        elif not bindings or bindings.get(("query", name), origin) == origin:
            fields.append(Field(name, value, "session"))
    replaced = {name for name, left in given.items() if not left}
    fields += [Field(n, v, draft.source) for n, v in draft.query if v is not None and n not in replaced]
    return tuple(fields)


def merge_cookies(state: SessionState, draft: Draft, url: Url, *, is_user_host: bool = True) -> tuple[Field, ...]:
    """Choose the cookies for a URL. A cookie of the request replaces a cookie of the jar with the same name.
    `is_user_host` is False if a redirect led to another host. Then the cookies of the request are left out, and the
    cookies that the user set without a domain.
    """
    host = url.host.rstrip(".")
    is_secure = url.scheme == "https" or (state.trusts_localhost and is_localhost(host))
    chosen = state.jar.select(host, url.path, is_secure, state.now, is_user_host=is_user_host)
    own = draft.cookies if is_user_host else ()
    if draft.jar is not None:
        from_jar = draft.jar.select(host, url.path, is_secure, state.now, is_user_host=is_user_host)
        own = (*((cookie.name, cookie.value) for cookie in from_jar), *own)
    if not own:
        return tuple([Field(c.name, c.value, _cookie_source(c)) for c in chosen]) if chosen else ()
    given = {name for name, _ in own}
    fields = [Field(c.name, c.value, _cookie_source(c)) for c in chosen if c.name not in given]
    fields += [Field(name, value, draft.source) for name, value in own if value is not None]
    return tuple(fields)


def _cookie_source(cookie: Cookie) -> Source:
    return "session" if cookie.is_manual else "jar"


def order_headers(by_name: Mapping[str, list[Field]], outgoing: Outgoing) -> tuple[Field, ...]:
    """All headers of a request in the order in which they are sent: Host, the headers of `by_name`, Cookie, the headers
    of the body. Raises `HeaderError` for a value with a line break.
    """
    headers = [] if "host" in by_name else [Field("Host", outgoing.url.sent_authority, "default")]
    for name, fields in by_name.items():
        if name not in _FRAMING:
            headers += fields
    if outgoing.cookies:
        text = "; ".join([f"{f.name}={f.value}" if f.name else str(f.value) for f in outgoing.cookies])
        headers.append(Field("Cookie", Secret(text), "jar"))
    if outgoing.content is not None or outgoing.method not in BODILESS_METHODS or "transfer-encoding" in by_name:
        headers += _body_headers(by_name, outgoing)
    for name, value, _ in headers:
        if BAD_VALUE.search(value if isinstance(value, str) else value.reveal()):
            refuse_value(name)
    return tuple(headers)


_FRAMING = frozenset({"content-length", "transfer-encoding"})


def _body_headers(by_name: Mapping[str, list[Field]], outgoing: Outgoing) -> list[Field]:
    content = outgoing.content
    if content is None:
        return [Field("Content-Length", "0", "body")]
    headers = []
    if content.media_type and "content-type" not in by_name:
        headers.append(Field("Content-Type", content.media_type, "body"))
    size = _size_of(content, by_name)
    if size is None or "transfer-encoding" in by_name:
        headers.append(Field("Transfer-Encoding", "chunked", "body"))
    else:
        headers.append(Field("Content-Length", size, "body"))
    return headers


def _size_of(content: Content, by_name: Mapping[str, list[Field]]) -> str | None:
    if content.size is not None:
        return str(content.size)
    lengths = by_name.get("content-length")
    return str(lengths[0].value) if lengths else None


def _add_session_headers(by_name: dict[str, list[Field]], state: SessionState, origin: str) -> None:
    defaults, bindings = state.defaults, state.bindings
    for name, value in items_of(state.headers):
        lower = lower_name(name)
        if value is None or (bindings and bindings.get(("header", lower), origin) != origin):
            continue
        if isinstance(value, (str, Secret)):
            source: Source = "default" if defaults.get(lower) is value else "session"
            by_name[lower] = [Field(name, value, source)]
        else:
            by_name[lower] = [Field(name, item, "session") for item in header_texts(name, value)]


def items_of(mapping: Mapping[K, V] | None) -> list[tuple[K, V]]:
    """A list of the items of a mapping. Another thread may change the mapping at the same time. Empty for None."""
    if mapping is None:
        return []
    for _ in range(1000):
        try:
            return list(mapping.items())
        except RuntimeError:  # "changed size during iteration": try again
            continue
    return list(mapping.items())


def _add_draft_headers(by_name: dict[str, list[Field]], draft: Draft) -> None:
    seen: set[str] = set()
    for name, value in draft.headers:
        lower = lower_name(name)
        if value is None:
            by_name.pop(lower, None)
        elif lower in seen:
            by_name.setdefault(lower, []).append(Field(name, value, draft.source))
        else:
            by_name[lower] = [Field(name, value, draft.source)]
        seen.add(lower)


@lru_cache(maxsize=64)
def check_method(method: str) -> str:
    """Check the method of a request, and return it. Raises `HeaderError` if it is not a token of HTTP."""
    if not TOKEN.match(method):
        # The method begins the request, so a line break in it would begin another request.
        raise HeaderError(f"{method!r} is not a method", hint="use only letters and -, as in GET")
    return method


def _find_auth(
    state: SessionState, draft: Draft, url: Url, by_name: Mapping[str, list[Field]]
) -> tuple[Auth, Source] | None:
    """Find the credential of a request: the first of the request's auth, the request's header, the session's auth, the
    session's header, the user and password in the URL, .netrc.
    """
    if draft.auth is not UNSET:
        return (draft.auth, draft.source) if draft.auth is not None else None
    own = by_name.get("authorization")
    if own and own[0].source == draft.source:
        return None
    if any(name.lower() == "authorization" for name, _ in draft.headers):
        return None
    found = state.auth(url)
    if found is not None or own:
        return found
    if url.password:
        return _userinfo(url), "url"
    credential = state.netrc(url.host)
    if credential is not None:
        return credential, "netrc"
    return (_userinfo(url), "url") if url.username else None


def _userinfo(url: Url) -> Auth:
    return Basic(unquote(url.username), unquote(url.password))
