"""`converse`, a generator that decides which requests follow a request, because of redirects and challenges. It yields
each request to send, and the caller sends back the `ResponseHead`. It also yields `Note`s, for which the caller sends
None. When it ends, the last response is the final one. It does no I/O, and calls the functions of a `Policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import NamedTuple

from callbox.errors import Fault, UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import CredentialScope, is_credential, may_follow, narrow
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.redaction.secrets_by_value import has_filled_secret
from callbox.exchange.request import Field, Outgoing, Route, Source
from callbox.exchange.request_content import Content
from callbox.exchange.request_merge_with_session import order_headers
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url, UrlError, follow

MAX_HOP_BYTES = 65_536
"""callbox reads up to this many bytes of the body of a redirect, a challenge or a failed try, to use the connection
again. If the body is longer, it closes the connection.
"""

MAX_HOP_S = 1.0
"""callbox reads such a body for this many seconds. If it takes longer, the connection is closed."""


REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_CHALLENGES = 3

Conversation = Generator["Outgoing | Note", "ResponseHead | None", None]


class Policy(NamedTuple):
    """The functions that `converse` calls to decide, and the limit on redirects."""

    save_cookies: Callable[[Outgoing, ResponseHead], Iterable[Note]]
    """Stores the cookies of a response. Returns notes about refused cookies."""
    answer_challenge: Callable[[Outgoing, ResponseHead], Outgoing | None]
    """Returns the request that answers a challenge; None if it cannot be answered."""
    target: Callable[[Outgoing, ResponseHead], str | None]
    """Returns the URL to which a response redirects; None if callbox must not follow it."""
    method: Callable[[str, int], str]
    """Returns the method of the next request, given the method of this request and the status of its response."""
    cookies: Callable[[Url, bool], tuple[Field, ...]]
    """Returns the cookies for a URL. The second argument says whether the cookies that were given with the first
    request may be among them.
    """
    max_redirects: int = 30
    may_follow: Callable[[Url, Url], bool] = may_follow
    """Returns whether credentials for the first URL may be sent to the second URL."""
    route: Callable[[Url, CredentialScope], Route] | None = None
    """Returns the route to a URL of another origin, given the credentials that may be sent there. With None, all
    requests use the route of the first.
    """
    is_bound_elsewhere: Callable[[Field, Url], bool] = lambda field, url: False
    """Returns whether a header is bound to another origin than that of the URL."""
    must_answer: bool = False
    """What happens if a challenge cannot be answered because the body can be read only once. True: raise an error.
    False: yield a note.
    """


def converse(first: Outgoing, policy: Policy) -> Conversation:
    """Begin a conversation: yield `first`, and then the requests that its responses cause."""
    outgoing, hops, challenges = first, 0, 0
    while True:
        response = yield outgoing
        assert response is not None
        if "Set-Cookie" in response.headers:
            for note in policy.save_cookies(outgoing, response):
                yield note
        if outgoing.auth is not None and "Authentication-Info" in response.headers:
            for text in outgoing.auth.learn(outgoing, response):
                yield Note(text, "auth")
        signed = policy.answer_challenge(outgoing, response) if response.status in (401, 407) else None
        if signed is not None and challenges < _MAX_CHALLENGES:
            challenges += 1
            outgoing = _with_cookies(signed, policy)
            continue
        yield from _note_unanswerable(outgoing, response, policy)
        location = policy.target(outgoing, response) if response.status in REDIRECTS else None
        if location is None:
            return
        if hops >= policy.max_redirects:
            raise Fault(f"Too many redirects ({hops})", kind="redirects", hint="set option max-redirects N")
        hops, challenges = hops + 1, 0
        outgoing, notes = redirect(outgoing, response, location, policy)
        for note in notes:
            yield note


def redirect(outgoing: Outgoing, response: ResponseHead, location: str, policy: Policy) -> tuple[Outgoing, list[Note]]:
    """Follow a redirect to `location`. Returns the next request, and notes about credentials that were left out and
    about a body that goes to another origin. Raises `Fault` for an invalid target, for a body that can be read only
    once, and for a body with a secret if the target is another origin.
    """
    try:
        url = follow(outgoing.url, location)
    except UrlError as error:
        kind = "unsupported" if error.kind in ("scheme", "unsupported") else "redirect"
        raise Fault(f"Bad redirect target: {error.message}", kind=kind) from error
    method = policy.method(outgoing.method, response.status)
    keeps_body = method == outgoing.method
    content = outgoing.content if keeps_body else None
    may_carry = policy.may_follow(outgoing.url, url)
    notes = [] if content is None else _check_body(content, outgoing, url, may_carry)
    scope = narrow(outgoing.scope, outgoing.url, url, may_carry=may_carry)
    by_name, dropped = _next_fields(outgoing.headers, may_carry, keeps_body)
    if not may_carry:
        elsewhere = [name for name, fields in by_name.items() if fields and policy.is_bound_elsewhere(fields[0], url)]
        dropped += [by_name.pop(name)[0].name for name in elsewhere]
    if url.scheme != outgoing.url.scheme and "proxy-authorization" in by_name:
        # Only a proxy may get this field. For an http URL, the proxy reads it. For an https URL, the tunnel would carry
        # it to the server.
        dropped.append(by_name.pop("proxy-authorization")[0].name)
    cookies = policy.cookies(url, scope.cookies) if "cookie" not in by_name else ()
    if not scope.cookies:
        sent = {field.name for field in cookies}
        dropped += [
            f"cookie {f.name}" for f in outgoing.cookies if f.source not in _SESSION_SOURCES and f.name not in sent
        ]
    following = outgoing._replace(
        method=method, url=url, content=content, query=(), cookies=cookies, scope=scope, secrets=outgoing.all_secrets
    )
    if policy.route is not None and url.origin != outgoing.url.origin:
        following = following._replace(route=_route(url, scope, policy.route))
        if outgoing.route.cert and not following.route.cert and not may_carry:
            dropped.append("client certificate")
    if not may_carry:
        following = following._replace(auth=None)
    elif outgoing.auth is not None:
        _sign_again(by_name, outgoing.auth, following)
    following = following._replace(headers=order_headers(by_name, following))
    if dropped:
        notes.append(Note(f"{', '.join(dropped)} not sent on to {url.origin}", "dropped"))
    return following, notes


def _check_body(content: Content, outgoing: Outgoing, url: Url, may_carry: bool) -> list[Note]:
    """Check whether a body may be sent to `url`, the target of a redirect. Returns a note if this is another origin.
    Raises `Fault` if it is not allowed, or if the body can be read only once.
    """
    if not content.is_replayable:
        raise Fault("Cannot follow this redirect: the body was a stream, and cannot be sent again", kind="rewind")
    if may_carry or content.size == 0:
        return []
    if has_filled_secret(content, outgoing.all_secrets):
        raise Fault(
            f"Redirect not followed: the body has a secret, and {url.origin} is another origin",
            kind="redirect",
            hint="if that origin may get the secret, send the request to that origin yourself",
        )
    return [Note(f"the body is sent on to {url.origin}")]


def _route(url: Url, scope: CredentialScope, route: Callable[[Url, CredentialScope], Route]) -> Route:
    """The route of the next request. If the host is not allowed, raises `Fault` and not `UsageError`, because a request
    was already sent.
    """
    try:
        return route(url, scope)
    except UsageError as error:
        raise Fault(f"Redirect not followed: {error.message}", kind="redirect", hint=error.hint) from error


def _sign_again(by_name: dict[str, list[Field]], auth: Auth, following: Outgoing) -> None:
    """Replace the fields that a credential made for the previous request by those for the following request."""
    for fields in by_name.values():
        fields[:] = [field for field in fields if not (isinstance(field.value, Secret) and field.value.is_single_use)]
    for name, value in auth.fields(following):
        by_name[name.lower()] = [Field(name, value, _source_of(name, by_name))]


def _source_of(name: str, by_name: Mapping[str, list[Field]]) -> Source:
    found = by_name.get(name.lower())
    return found[0].source if found else "auth"


def _with_cookies(signed: Outgoing, policy: Policy) -> Outgoing:
    """The request with the present cookies of the jar, because the response with the challenge may have set some."""
    by_name, _ = _next_fields(signed.headers, may_carry=True, keeps_body=True)
    cookies = policy.cookies(signed.url, signed.scope.cookies) if "cookie" not in by_name else ()
    signed = signed._replace(cookies=cookies)
    return signed._replace(headers=order_headers(by_name, signed))


_SESSION_SOURCES = ("jar", "session")
"""Cookies with one of these sources come from the session. All others were given with the request."""


_BODY_FIELDS = frozenset(
    {"content-type", "content-length", "transfer-encoding", "content-encoding", "content-language"}
)


def _next_fields(
    headers: Iterable[Field], may_carry: bool, keeps_body: bool
) -> tuple[dict[str, list[Field]], list[str]]:
    """Choose the headers for the next request. Also returns the names of the headers that must not leave their
    origin.
    """
    by_name: dict[str, list[Field]] = {}
    dropped: list[str] = []
    for field in headers:
        lower = field.name.lower()
        if lower == "host" and (field.source == "default" or not may_carry):
            dropped += [field.name] * (field.source != "default")
            continue
        # For each request, cookies are chosen from the jar again. A Cookie header that the user has set stays at its
        # origin.
        if (lower == "cookie" and field.source == "jar") or field.source == "body":
            continue
        if lower in _BODY_FIELDS and not keeps_body:
            continue
        if not may_carry and is_credential(*field) and lower not in _BODY_FIELDS:
            dropped.append(field.name)
            continue
        by_name.setdefault(lower, []).append(field)
    return by_name, dropped


def redirect_target(outgoing: Outgoing, response: ResponseHead) -> str | None:
    """The URL to which a response redirects; None if the response is not a redirect. An empty Location does not count,
    because it would lead to the same URL for ever.

    If the bytes of the Location are valid UTF-8, it is decoded as UTF-8.
    """
    location = response.headers.get("Location")
    if not location:
        return None
    try:
        return location.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return location


def _note_unanswerable(outgoing: Outgoing, response: ResponseHead, policy: Policy) -> Iterable[Note]:
    """Yield a note if a challenge is not answered because the body can be read only once. Raises `Fault` instead if the
    policy says so.
    """
    content, auth = outgoing.content, outgoing.auth
    if response.status not in (401, 407) or auth is None or content is None or content.is_replayable:
        return ()
    if auth.answer(outgoing, response) is None:
        return ()
    if policy.must_answer:
        raise Fault("Cannot answer the challenge: the body was a stream, and cannot be sent again", kind="rewind")
    return (Note("the challenge is not answered, because the body was a stream and can be read only once", "auth"),)


def next_method(method: str, status: int) -> str:
    """The method after a redirect, by the Fetch standard ("HTTP-redirect fetch", step 12).

    POST becomes GET after 301 and 302. Every method except HEAD becomes GET after 303.

    >>> [next_method("POST", s) for s in (301, 302, 303, 307, 308)], next_method("PUT", 302)
    (['GET', 'GET', 'GET', 'POST', 'POST'], 'PUT')
    """
    if status in (301, 302) and method == "POST":
        return "GET"
    if status == 303 and method not in ("GET", "HEAD"):
        return "GET"
    return method


def answer_challenge(outgoing: Outgoing, response: ResponseHead) -> Outgoing | None:
    """The same request, with the answer of its credential to this challenge; None if the credential cannot answer
    it.
    """
    content = outgoing.content
    if outgoing.auth is None or (content is not None and not content.is_replayable):
        return None
    fields = outgoing.auth.answer(outgoing, response)
    if fields is None:
        return None
    signed = {name.lower() for name, _ in fields}
    unsigned = [field for field in outgoing.headers if field.name.lower() not in signed]
    return outgoing._replace(headers=(*unsigned, *(Field(name, value, "auth") for name, value in fields)))


def hop_pieces(pieces: Iterable[bytes], now: Callable[[], float]) -> Iterator[bytes]:
    """Read a body that nobody needs, so that its connection can be used again. Stops at a limit of size or time.

    Yields the pieces; the last piece may exceed the limit. `now` returns the time in seconds.

    >>> b"".join(hop_pieces([b"x" * 60_000] * 5, lambda: 0.0)).count(b"x")
    120000
    """
    size, deadline = 0, now() + MAX_HOP_S
    for piece in pieces:
        yield piece
        size += len(piece)
        if size > MAX_HOP_BYTES or now() > deadline:
            return
