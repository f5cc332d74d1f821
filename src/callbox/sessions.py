"""`Session`: Requests' session class, built on the engine's client.

`SessionRedirectMixin` has the steps of a redirect that Requests documents and that subclasses may override; `Session`
has all other steps. A request passes through these steps only if one is overridden, hooked or mounted. A session has
Requests' attributes, those that the documentation names, and one more: its client (`_library.session_client`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from callbox._library.arguments import (
    append_query,
    build_draft,
    remaining_timeout,
    request_options,
    verify_options,
    with_cookies,
)
from callbox._library.prepared_request_parts import (
    PLACEHOLDER_URL,
    build_content,
    needs_mounted_adapter,
    parsed_url,
    placeholder_for,
    quote_like_requests,
    redirect_within_scheme,
    scheme_and_host,
    state_of,
    text_of,
    to_outgoing,
)
from callbox._library.private_state import PrivateState
from callbox._library.raw_response import head_of
from callbox._library.session_client import DEFAULT_TIMEOUT, SessionClient, shown_timeout
from callbox.adapters import (
    AdapterTransport,
    BaseAdapter,
    HTTPAdapter,
    adapter_of_client,
    adopt_adapter,
    is_unchanged_for,
    is_urllib3_patched,
    read_limited,
    warn_unverified,
)
from callbox.auth import auth_scheme, require_callable
from callbox.cookies import cookie_jar_of, merge_cookies
from callbox.engine.client import collect
from callbox.engine.options import find_option
from callbox.errors import CallboxError
from callbox.exceptions import (
    InvalidSchema,
    MissingSchema,
    RequestException,
    TooManyRedirects,
    translate,
    translated_errors,
)
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import is_credential, may_follow
from callbox.exchange.exchange_record_and_events import Event, Head, Note, Record, Sent
from callbox.exchange.headers import CaseInsensitiveDict, Headers
from callbox.exchange.redirects_and_challenges import Policy, converse, next_method, redirect, redirect_target
from callbox.exchange.request import UNSET, Draft, Outgoing
from callbox.exchange.request_merge_with_session import items_of
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import Url, UrlError, join, parse
from callbox.hooks import Hooks, default_hooks, has_hooks, normalize_hooks
from callbox.models import DEFAULT_REDIRECT_LIMIT as DEFAULT_REDIRECT_LIMIT
from callbox.models import REDIRECT_STATI as REDIRECT_STATI
from callbox.models import PreparedRequest, Request, Response, follow, hooks_without_auth, prepared_of, response_of
from callbox.system import clock
from callbox.utils import merge_setting as merge_setting

if TYPE_CHECKING:
    from callbox.wire import Cancel


class StreamChoice:
    """True or False, as in Requests' `session.stream`. A call with a draft sends the draft and yields its events."""

    __slots__ = ("_is_on", "_session")

    def __init__(self, session: Any, is_on: bool) -> None:
        self._session = session
        self._is_on = is_on

    def __call__(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Send a draft, merged with the session, and yield its events, like `LiveSession.stream` of the engine."""
        return client_of(self._session).stream(draft, cancel)

    def __bool__(self) -> bool:
        return self._is_on

    def __eq__(self, other: object) -> bool:
        return self._is_on == other

    def __hash__(self) -> int:
        return hash(self._is_on)

    def __repr__(self) -> str:
        return repr(self._is_on)


class StreamAttribute:
    """The descriptor of `Session.stream`: True or False is assigned, and a `StreamChoice` is read."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else StreamChoice(instance, instance.__dict__.get("stream", False))

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__["stream"] = bool(value)


def client_of(session: Any) -> SessionClient:
    """The client of a session, with the current values of the session's attributes."""
    client: SessionClient = session._callbox
    client.read(session)
    return client


class MergedProxies(OrderedDict[str, Any]):
    """The merged proxies of request, session and environment. Also has the proxies of the request alone."""

    requested: Mapping[str, Any] = {}


class SessionRedirectMixin:
    """The overridable steps of a redirect."""

    _callbox = PrivateState(SessionClient)

    send: Any
    max_redirects: Any

    def resolve_redirects(
        self,
        resp: Any,
        req: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
        yield_requests: bool = False,
        **adapter_kwargs: Any,
    ) -> Iterator[Any]:
        """Follow the redirects that begin with `resp`, and yield the responses. With `yield_requests`, nothing is sent,
        and only the next request is yielded.

        Raises `TooManyRedirects`, `InvalidURL`, `UnrewindableBodyError`.
        """
        history = list(resp.history)
        hops, started_at = 0, clock.monotonic()
        while True:
            # The last response has the notes of all exchanges before.
            notes = list(getattr(resp, "_callbox_notes", None) or ())
            with translated_errors(req):
                next_request = _next_hop(self, resp, req, notes)
            if next_request is None:
                return
            if yield_requests:
                yield next_request
                return
            _drain(resp)
            if hops >= self.max_redirects:
                hint = "session.max_redirects = N"
                raise TooManyRedirects(f"Too many redirects ({hops})", hint=hint, request=req, response=resp)
            hops += 1
            history.append(resp)
            if not state_of(next_request).scope.credentials:
                cert = None
            proxies = self.rebuild_proxies(next_request, proxies)
            timeout_left = remaining_timeout(timeout, clock.monotonic() - started_at)
            resp = self.send(
                next_request, stream=stream, timeout=timeout_left, verify=verify, cert=cert, proxies=proxies,
                allow_redirects=False, **adapter_kwargs,
            )  # fmt: skip
            history += resp.history
            resp.history = list(history)
            _add_notes(resp, notes, first=True)
            req = next_request
            yield resp

    def get_redirect_target(self, resp: Any) -> str | None:
        """The target of a redirect, from its Location (read as UTF-8); None if the response is not a redirect."""
        if not resp.is_redirect:
            return None
        location = resp.headers["location"]
        return redirect_target(
            Outgoing("GET", PLACEHOLDER_URL), ResponseHead(302, "", Headers([("Location", location)]))
        )

    def should_strip_auth(self, old_url: str, new_url: str) -> bool:
        """Whether credentials for the first URL must not be sent to the second, which has another origin.

        Credentials may go from http to https of one host with default ports, as in Requests. Raises `InvalidURL`.
        """
        if needs_mounted_adapter(old_url) or needs_mounted_adapter(new_url):
            return scheme_and_host(old_url) != scheme_and_host(new_url)
        return not may_follow(parse(old_url), parse(new_url))

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Any) -> None:
        """Remove the credentials from a request that a redirect sends to another origin."""
        if self.should_strip_auth(response.request.url, prepared_request.url):
            for name, value, source in to_outgoing(prepared_request).headers:
                if is_credential(name, value, source):
                    prepared_request.headers.pop(name, None)

    def rebuild_proxies(self, prepared_request: PreparedRequest, proxies: Any) -> dict[str, Any]:
        """The proxies for the request after a redirect, by scheme, chosen again for its URL."""
        if hasattr(self, "merge_environment_settings"):
            settings = self.merge_environment_settings(prepared_request.url, proxies, None, None, None)
        else:
            settings = merge_settings(self, prepared_request.url or "", proxies, None, None, None)
        return cast("dict[str, Any]", settings["proxies"])

    def rebuild_method(self, prepared_request: PreparedRequest, response: Any) -> None:
        """Set the method of the request after this redirect, by the Fetch standard (HTTP-redirect fetch, step 12)."""
        prepared_request.method = next_method(prepared_request.method, response.status_code)


def _next_hop(session: Any, resp: Any, req: PreparedRequest, notes: list[str]) -> PreparedRequest | None:
    location = session.get_redirect_target(resp)
    if not location:
        return None
    if not isinstance(req, PreparedRequest):
        raise RequestException("This response has no prepared request to follow it with")
    sent = resp.request if _is_signed_anew(resp, req) else req
    target = redirect_within_scheme(req.url or "", location)
    if target is not None:
        location = placeholder_for(target).text
    outgoing, redirect_notes = redirect(
        to_outgoing(sent), head_of(resp), location, _hop_policy(session, resp, req, target)
    )
    notes += [note.text for note in redirect_notes]
    hooks = req.hooks if outgoing.scope.credentials else hooks_without_auth(req)
    next_request = prepared_of(outgoing, req.body if outgoing.content is not None else None, hooks)
    follow(next_request, req)
    if target is not None:
        next_request.url = target
    if _is_overridden(session, "rebuild_auth"):
        if "Authorization" in req.headers:
            next_request.headers.setdefault("Authorization", req.headers["Authorization"])
        session.rebuild_auth(next_request, resp)
    return next_request


def _hop_policy(session: Any, resp: Any, req: PreparedRequest, target: str | None) -> Policy:
    """The policy of one redirect, which calls the methods that a subclass overrides.

    `target` is the URL of the redirect if only a mounted adapter can use its scheme.
    """
    policy = client_of(session)._policy(state_of(req).draft)
    address = req.url or ""
    if needs_mounted_adapter(address):
        policy = policy._replace(may_follow=lambda _, b: not session.should_strip_auth(address, target or b.text))
    elif _is_overridden(session, "should_strip_auth"):
        policy = policy._replace(may_follow=lambda a, b: not session.should_strip_auth(a.text, b.text))
    if _is_overridden(session, "rebuild_method"):

        def choose_method(method: str, status: int) -> str:
            request = req.copy()
            session.rebuild_method(request, resp)
            return str(request.method)

        policy = policy._replace(method=choose_method)
    return policy


def _is_overridden(session: Any, name: str) -> bool:
    return name in vars(session) or getattr(type(session), name) is not getattr(SessionRedirectMixin, name)


def _no_target(_: Outgoing, __: ResponseHead) -> None:
    return None


def _ends_within_host(prefix: str, url: str) -> bool:
    """Whether the prefix of an adapter ends inside the host of a URL, as `https://api.x` in `https://api.x.evil.y/`.

    An adapter may have a client certificate, and a server chooses the target of a redirect.
    """
    scheme, _, authority = prefix.partition("://")
    if scheme.lower() not in ("http", "https") or not authority or "/" in authority:
        return False
    next_request = url[len(prefix) : len(prefix) + 1]
    return next_request.isalnum() or next_request in tuple("-._@")


def _add_notes(response: Any, notes: list[str], *, first: bool = False) -> None:
    if notes and isinstance(response, Response):
        known = response._callbox_notes or []
        response._callbox_notes = [*notes, *known] if first else [*known, *notes]


def _is_signed_anew(response: Any, req: PreparedRequest) -> bool:
    """Whether the response is that of this request, after a hook has sent it again to answer a challenge."""
    sent = getattr(response, "request", None)
    if not isinstance(sent, PreparedRequest) or state_of(req).credential is None:
        return False
    return state_of(sent).credential is state_of(req).credential and (sent.url, sent.method) == (req.url, req.method)


def _has_authorization(headers: Any) -> bool:
    return any(text_of(name).lower() == "authorization" for name, _ in _pairs(headers))


def _pairs(headers: Any) -> Any:
    return headers.items() if hasattr(headers, "items") else headers or ()


def _drain(response: Any) -> None:
    """Read the body of a redirect, so that its connection can be reused. Faults are ignored."""
    with suppress(RequestException, RuntimeError, OSError):
        read_limited(response)
    response.close()


def _body_of(request: Request, draft: Draft) -> Any:
    """The object from which a streamed body is read, in the form that auth callables expect."""
    return request.data if draft.content is not None and draft.content.kind == "stream" else None


AuthLike = Auth | tuple[str | bytes, str | bytes] | Callable[[Any], Any] | None


class Session(SessionRedirectMixin):
    """A session: headers, auth, params and cookies that persist, over pooled connections.

    All its attributes can be read and changed: `headers`, `params`, `cookies`, `auth`, `verify`, `cert`,
    `proxies`, `hooks`, `stream`, `timeout`, `max_redirects`, `max_body`, `base_url`, `trust_env`, `adapters`. Values
    given with one request replace the session's for that request; None removes the session's value. Threads
    may share one session.

    >>> with Session() as s:
    ...     s.headers.update({"x-test": "true"})
    ...     s.auth = ("user", "pass")
    """

    __attrs__: ClassVar[list[str]] = [
        "headers", "cookies", "auth", "proxies", "hooks", "params", "verify", "cert", "adapters", "stream",
        "trust_env", "max_redirects", "timeout", "max_body", "base_url",
    ]  # fmt: skip

    headers: CaseInsensitiveDict[Any]
    params: Any
    proxies: Any
    hooks: Any
    adapters: MutableMapping[str, Any]
    trust_env: Any
    max_redirects: Any
    """How many redirects are followed. One more raises `TooManyRedirects`."""
    auth: Any
    """The session's credential, for requests without their own Authorization header or `auth=`; None if there is none.

    The value is (user, password), an `Auth`, or a callable that takes the prepared request and returns it.
    """
    cookies: Any
    """The live cookie jar: `s.cookies["sid"]`, `s.cookies.set("sid", "1", domain="api.x")`.

    A mapping or any jar may be assigned. A jar of http.cookiejar (which may have `save`) stays the same object. It is
    read before each request and written after each response.
    """
    verify: Any
    """Whether TLS certificates are verified, or the CA file or folder for the verification.

    True uses REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE if the environment has one, else the system's CA store.
    """
    cert: Any
    """The client certificate: a PEM file, or (certificate, key); None if there is none."""

    # Requests does not have these. They are class attributes, so that a subclass may set its own.
    base_url: Any = ""
    """The base of relative URLs."""
    timeout: Any = DEFAULT_TIMEOUT
    """The timeouts in seconds: (connect, read), or (connect, read, total).

    One number sets the first two, and None removes them. A Timeout of urllib3 is accepted. Raises `ValueError` for
    anything else.
    """
    max_body: Any = None
    """A body with more decoded bytes raises `BodyTooLarge`; None for no limit."""
    stream = StreamAttribute()
    """Whether bodies are left unread, like `stream=` of a request. As a method, `session.stream(draft)` sends a
    draft.
    """

    def __init__(self) -> None:
        client = self._callbox
        headers, cookies = client.new_values()
        https, http = adapter_of_client(client), adapter_of_client(client)
        initial = {
            "headers": headers,
            "auth": None,
            "proxies": {},
            "hooks": default_hooks(),
            "params": {},
            "stream": False,
            "verify": True,
            "cert": None,
            "max_redirects": DEFAULT_REDIRECT_LIMIT,
            "trust_env": True,
            "cookies": cookies,
        }
        if type(self) is __class__:  # type: ignore[name-defined]  # half of the time that a session takes
            vars(self).update(initial, adapters=OrderedDict((("https://", https), ("http://", http))))
            return
        for name, value in initial.items():
            setattr(self, name, value)
        self.adapters = OrderedDict()
        self.mount("https://", https)
        self.mount("http://", http)

    def __setattr__(self, name: str, value: Any) -> None:
        normalize = _NORMALIZERS.get(name)
        # If a subclass has a property or slot with this name, it gets the assigned value.
        if normalize is not None and not hasattr(getattr(type(self), name, None), "__set__"):
            value = normalize(self, value)
        object.__setattr__(self, name, value)

    def set_option(self, name: str, value: object, origin: str = "") -> None:
        """Set an option of the engine, for one origin or (empty) for all. Raises `UsageError` for an unknown option."""
        client = client_of(self)
        client.set_option(name, value, origin)
        shown = _SHOWN_OPTIONS.get(find_option(name).name)
        if shown is not None:
            attribute, show = shown
            value = show(client)
            vars(self)[attribute] = value
            client.note(attribute, value)

    def mount(self, prefix: str, adapter: BaseAdapter | Any) -> None:
        """Use this adapter for URLs with this prefix. If several prefixes match, the longest counts."""
        if not isinstance(self.adapters, OrderedDict):
            self.adapters = OrderedDict(self.adapters)
        self.adapters[prefix] = adapter
        for shorter in [key for key, _ in items_of(self.adapters) if len(key) < len(prefix)]:
            # The order is changed in place. If the adapter were removed and added again, other threads would miss it
            # meanwhile.
            self.adapters.move_to_end(shorter)

    def get_adapter(self, url: str) -> Any:
        """The adapter for a URL. Raises `InvalidSchema` if none is mounted for it."""
        for prefix, adapter in items_of(self.adapters):
            if url.lower().startswith(prefix.lower()) and not _ends_within_host(prefix, url):
                return adapter
        raise InvalidSchema(f"No connection adapters were found for {url!r}")

    def prepare_request(self, request: Request) -> PreparedRequest:
        """The request as it would be sent: merged with the session, signed, and still editable.

        Raises `MissingSchema`, `InvalidURL`, `InvalidHeader`, and the errors of an auth callable.
        """
        with translated_errors():
            client = client_of(self)
            draft = _draft_of(request)
            sign = _signing_callable(client, request)
            if sign is not None:
                draft = draft._replace(auth=None)
            prepared = _prepare(self, client, draft, request)
            if sign is not None:
                prepared.prepare_auth(sign, prepared.url)
        return prepared

    def merge_environment_settings(
        self, url: str, proxies: Mapping[str, Any] | None, stream: bool | None, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """The settings for a request to this URL: the request's, then the session's, then the environment's.

        Returns a dictionary of `proxies`, `stream`, `verify` (False, True, or the path of a CA file or folder) and
        `cert`.
        """
        return merge_settings(self, url, proxies, stream, verify, cert)

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a prepared request unchanged. Cookies of the response are stored in the session.

        Keywords: `stream`, `timeout`, `verify`, `cert`, `proxies`, `allow_redirects`. For a missing one, the session's
        value is used. Raises `RequestException` and its subclasses, and `ValueError` for a `Request` that was not
        prepared.
        """
        if isinstance(request, Request):
            raise ValueError("You can only send PreparedRequests.")
        _fill_in(self, request, kwargs)
        follows = kwargs.pop("allow_redirects", True)
        started_at = clock.monotonic()
        response = first = _exchange(self, request, kwargs)
        if follows:
            kwargs["timeout"] = remaining_timeout(kwargs["timeout"], clock.monotonic() - started_at)
            for hop in self.resolve_redirects(first, request, **kwargs):
                response = hop
        elif not isinstance(response, Response) and getattr(response, "is_redirect", False):
            response._next = next(self.resolve_redirects(response, response.request, yield_requests=True), None)
        if not kwargs["stream"]:
            _ = response.content
        return response

    def request(
        self,
        method: str | bytes,
        url: str | bytes,
        params: Any = None,
        data: Any = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Any = UNSET,
        allow_redirects: bool = True,
        proxies: Mapping[str, str | None] | None = None,
        hooks: Mapping[str, Any] | None = None,
        stream: bool | None = None,
        verify: bool | str | None = None,
        cert: Any = None,
        json: Any = None,
        *,
        raw_url: bool = False,
    ) -> Response:
        """Merge a request with the session, send it, and return its response. An argument replaces the session's value
        for this request only.

        - `url`: an absolute URL, or one relative to `base_url`. `raw_url` keeps dot segments in its path.
        - `params`, `headers`, `cookies`: mappings. None as a value removes the session's value. A list as the value of
          a header gives several lines. `params` may also be pairs or text, and `cookies` a jar.
        - `data`: a form (mapping or pairs), text, bytes, a file, or an iterable of bytes.
        - `json`: a value that is sent as JSON.
        - `files`: a mapping from a name to a file or (filename, file[, type[, headers]]).
        - `auth`: (user, password), an `Auth`, or a callable that signs the request.
        - `timeout`: seconds, (connect, read[, total]), a Timeout of urllib3, or None for no limit. Without this
          argument, the timeout of the session applies.
        - `proxies`: a mapping from `scheme://host`, `scheme` or `all` to a proxy; None connects directly.
        - `verify`: False, or the path of a CA file or folder. `cert`: a PEM file, or (certificate, key).
        - `stream`: True leaves the body unread.

        Raises `ConnectionError` (`SSLError`, `ProxyError`, `ConnectTimeout`), `ReadTimeout`, `TooManyRedirects`,
        `MissingSchema`, `InvalidURL`, `InvalidHeader`, `IncompleteBody`, `ContentDecodingError`, `BodyTooLarge`, all of
        them `RequestException`; `ValueError` for an invalid timeout or body.
        """
        request = Request(method, url, headers, files, data, params, auth, cookies, hooks, json)  # type: ignore[arg-type]
        if raw_url:
            request._callbox_options = {"path-as-is": True}
        client = client_of(self)
        is_streamed = bool(self.stream) if stream is None else stream
        if _needs_no_steps(self, client, request, is_streamed) and not _needs_urllib3_proxy(client, proxies):
            options = request_options(timeout, allow_redirects, proxies, verify, cert)
            return _run(self, client, request, {**request._callbox_options, **options} if raw_url else options)
        prepared = self.prepare_request(request)
        settings = self.merge_environment_settings(prepared.url, proxies or {}, stream, verify, cert)
        is_unsaid = timeout is UNSET and not client.says_timeout()
        state_of(prepared).uses_default_timeout = is_unsaid
        # As in Requests, None is passed to overridden methods, so that a subclass can set a timeout if none was given.
        if timeout is UNSET:
            timeout = None if is_unsaid else client.timeout()
        settings["timeout"] = timeout
        response: Response = self.send(prepared, **settings, allow_redirects=allow_redirects)
        return response

    def get(self, url: str | bytes, params: Any = None, **kwargs: Any) -> Response:
        """Send GET. The arguments and the errors are those of `request`."""
        return self.request("GET", url, params=params, **kwargs)

    def options(self, url: str | bytes, **kwargs: Any) -> Response:
        """Send OPTIONS. The arguments and the errors are those of `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url: str | bytes, **kwargs: Any) -> Response:
        """Send HEAD. Redirects are followed only with `allow_redirects=True`. All else is as in `request`."""
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url: str | bytes, data: Any = None, json: Any = None, **kwargs: Any) -> Response:
        """Send POST. The arguments and the errors are those of `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str | bytes, data: Any = None, **kwargs: Any) -> Response:
        """Send PUT. The arguments and the errors are those of `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str | bytes, data: Any = None, **kwargs: Any) -> Response:
        """Send PATCH. The arguments and the errors are those of `request`."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: str | bytes, **kwargs: Any) -> Response:
        """Send DELETE. The arguments and the errors are those of `request`."""
        return self.request("DELETE", url, **kwargs)

    def close(self) -> None:
        """Close the idle connections, also those of adapters.

        The session can still be used: a request opens a new connection.
        """
        for _, adapter in items_of(self.adapters):
            adapter.close()
        self._callbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name, None) for name in self.__attrs__}
        return {**state, "stream": bool(self.stream)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        __class__.__init__(self)  # type: ignore[name-defined]  # `Session` may be patched
        for name, value in state.items():
            setattr(self, name, value)
        for adapter in self.adapters.values():
            adopt_adapter(adapter, self._callbox)


def _show_verify(value: Any) -> Any:
    options = verify_options(value)
    return options["ca"] or options["verify"]


def _normalize_timeout(session: Session, value: Any) -> Any:
    try:
        return shown_timeout(value)
    except ValueError:
        # A value that is not a number may belong to a subclass.
        if type(session) is _SESSION or isinstance(value, (int, float, tuple, list)):
            raise
        return value


_NORMALIZERS: Mapping[str, Callable[[Session, Any], Any]] = {
    "cookies": lambda session, value: session._callbox.assign_cookies(value),
    "timeout": _normalize_timeout,
    "verify": lambda _, value: _show_verify(value),
}
"""The functions that convert assigned values to the types with which attributes are read."""

_SHOWN_OPTIONS: Mapping[str, tuple[str, Callable[[SessionClient], Any]]] = {
    **dict.fromkeys(("connect-timeout", "timeout", "total-timeout"), ("timeout", SessionClient.timeout)),
    **dict.fromkeys(
        ("verify", "ca"), ("verify", lambda client: str(client.option("ca") or "") or bool(client.option("verify")))
    ),
    "cert": ("cert", lambda client: client.option("cert") or None),
    "max-redirects": ("max_redirects", lambda client: client.option("max-redirects")),
    "max-body": ("max_body", lambda client: client.option("max-body")),
}
"""The attributes that show options of the engine, each with its option and the function that returns its value."""


def _prepare(session: Session, client: SessionClient, draft: Draft, request: Request) -> PreparedRequest:
    address = join(client.base_url, draft.url)
    is_ours = not needs_mounted_adapter(address)
    if is_ours:
        outgoing = client.merge_and_bind(draft)[0]
    else:
        outgoing = client.preview(draft._replace(url=placeholder_for(address).text))
    prepared = prepared_of(outgoing, _body_of(request, draft), _hooks_of(session, request))
    if not is_ours:
        is_near = address.lower().startswith("http")
        prepared.url = quote_like_requests(append_query(address, outgoing.url.query or "")) if is_near else address
    state_of(prepared).draft = draft
    cookies = merge_cookies(cookie_jar_of(client.jar.copy()), draft.jar)
    prepared._cookies = merge_cookies(cookies, draft.cookies)
    return prepared


def _draft_of(request: Request) -> Draft:
    """The draft of a request with its body, its cookies, and its credential if that is one of callbox's schemes."""
    options = getattr(request, "_callbox_options", None) or {}
    draft = build_draft(request.method, request.url, request.headers, request.params, options)
    content = build_content(request.data, request.json, request.files)
    scheme = auth_scheme(request.auth) if request.auth is not None else None
    is_unsaid = scheme is None and (request.auth is None or request.auth)
    draft = draft._replace(content=content, auth=UNSET if is_unsaid else scheme)
    return with_cookies(draft, request.cookies) if request.cookies else draft


def _signing_callable(client: SessionClient, request: Request) -> Callable[[Any], Any] | None:
    """The callable that signs this request: the request's own, else the session's."""
    if request.auth is None:
        # The request's own Authorization, even None, comes before the session's credential.
        if client.sign is None or _has_authorization(request.headers):
            return None
        return require_callable(client.sign)
    if not request.auth or auth_scheme(request.auth) is not None:
        return None
    return require_callable(request.auth)


def _hooks_of(session: Session, request: Request) -> Hooks:
    hooks = normalize_hooks(session.hooks)
    for event, more in normalize_hooks(request.hooks).items():
        hooks.setdefault(event, []).extend(more)
    return hooks


def merge_settings(
    session: Any, url: str, proxies: Mapping[str, Any] | None, stream: bool | None, verify: Any, cert: Any
) -> dict[str, Any]:
    """The settings for a request to this URL, as `Session.merge_environment_settings` returns them."""
    client = client_of(session)
    if isinstance(proxies, MergedProxies):
        # The settings were chosen for another URL. For this URL, they are chosen again from session and environment.
        proxies = proxies.requested
    given: dict[str, object] = verify_options(verify) if verify is not None else {}
    if cert is not None:
        given["cert"] = cert
    if proxies:
        given["proxies"] = dict(proxies)
    try:
        place = parse(url)
    except UrlError:
        place = PLACEHOLDER_URL
    route = client.route(place, given)
    return {
        "proxies": _merged_proxies(client, place, route.proxy, proxies or {}),
        "stream": bool(getattr(session, "stream", False)) if stream is None else stream,
        "verify": route.ca or route.verify,
        "cert": route.cert,
    }


def _merged_proxies(client: SessionClient, url: Url, chosen: str, given: Mapping[str, Any]) -> OrderedDict[str, Any]:
    """The merged proxies. The key of the URL's scheme has the proxy that was chosen for this URL."""
    inputs = client._route_inputs()
    environment = inputs.environment.proxies if inputs.environment is not None else {}
    merged = MergedProxies({**environment, **inputs.proxies, **given})
    merged.requested = given
    merged.pop(f"{url.scheme}://{url.host}", None)
    if chosen:
        if f"http://{merged.get(url.scheme)}" != chosen:  # the text is unchanged, without a scheme
            merged[url.scheme] = chosen
    else:
        for key in (url.scheme, f"all://{url.host}", "all"):
            merged.pop(key, None)
    for key in [key for key, value in merged.items() if value is None]:
        del merged[key]
    return merged


def _fill_in(session: Session, request: Any, kwargs: dict[str, Any]) -> None:
    state, client = state_of(request), client_of(session)
    if isinstance(request, PreparedRequest) and not state.scope.credentials:
        kwargs.setdefault("cert", None)  # the session's credential is for the origin that the user requested
    if not {"stream", "verify", "cert", "proxies"} <= kwargs.keys():
        found = session.merge_environment_settings(
            request.url or "", kwargs.get("proxies"), kwargs.get("stream"), kwargs.get("verify"), kwargs.get("cert")
        )
        kwargs.update({name: kwargs.get(name, value) for name, value in found.items()})
    timeout = client.timeout()
    if state.uses_default_timeout:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = timeout
        state.uses_default_timeout = kwargs["timeout"] == timeout
    kwargs.setdefault("timeout", timeout)
    if isinstance(request, PreparedRequest):
        with translated_errors(request):
            place = parsed_url(request)
        state.route = None if place is None else client.route(place, state.draft.options)


def _exchange(session: Session, prepared: PreparedRequest, settings: Mapping[str, Any]) -> Any:
    """Send one request and the answers to its challenges; redirects are not followed."""
    transport = AdapterTransport(session, prepared, settings)
    notes: list[str] = []
    client, draft = client_of(session), state_of(prepared).draft
    with translated_errors(prepared):
        policy = client._policy(draft)._replace(target=_no_target)
        for event in client.drive(draft, converse(to_outgoing(prepared), policy), None, transport):
            if type(event) is Note:
                notes.append(event.text)
            elif type(event) is Head:
                break
    *before, response = transport.responses
    for hop in getattr(response, "history", ()):
        # This is a handshake by a hook, whose responses may have set cookies, too.
        if isinstance(hop.request, PreparedRequest):
            client._save_cookies(to_outgoing(hop.request), head_of(hop))
    if before:
        response.history = [*before, *response.history]
    _add_notes(response, notes)
    return response


def _needs_no_steps(session: Session, client: SessionClient, request: Request, is_streamed: bool) -> bool:
    """Whether the draft can be sent directly, because nothing is overridden and there are no hooks and no other
    adapters.
    """
    return not (
        is_streamed
        or _signing_callable(client, request) is not None
        or any(request.hooks.values())
        or has_hooks(session.hooks)
        or _STEPS(type(session)) != _OWN_STEPS
        or not _STEP_NAMES.isdisjoint(session.__dict__)
        or HTTPAdapter.send is not _OWN_SEND
        or not _has_initial_adapters(session, client)
        or is_urllib3_patched()
    )


def _has_initial_adapters(session: Session, client: SessionClient) -> bool:
    """Whether the adapters are still the two that the session was created with, unchanged."""
    adapters = session.adapters
    http, https = adapters.get("http://"), adapters.get("https://")
    return (
        len(adapters) == 2
        and type(http) is HTTPAdapter
        and type(https) is HTTPAdapter
        and is_unchanged_for(http, client)
        and is_unchanged_for(https, client)
    )


def _needs_urllib3_proxy(client: SessionClient, given: Mapping[str, str | None] | None) -> bool:
    """Whether one of the proxies may need urllib3's pools. `HTTPAdapter.send` then decides."""
    inputs = client._route_inputs()
    environment = inputs.environment.proxies if inputs.environment is not None else None
    layers = [layer for layer in (given, inputs.proxies, environment) if layer]
    return any(str(proxy).startswith(("socks", "https:")) for layer in layers for proxy in layer.values())


def _run(session: Session, client: SessionClient, request: Request, options: Mapping[str, object]) -> Response:
    draft: Draft | None = None
    notes: list[str] = []
    try:
        draft = _draft_of(request)._replace(options=options)
        response = response_of(collect(_collect_notes(client.stream(draft, as_they_come=False), notes)), notes, session)
    except RequestException:
        raise  # most likely an error in the program's own body iterator
    except CallboxError as error:
        raise _translate_error(session, client, error, draft) from error
    return _with_history(session, response)


def _with_history(session: Session, response: Response) -> Response:
    record = cast("Record", response._callbox_record)
    if record.history:
        response.history = [response_of(hop, None, session) for hop in record.history]
        for count, hop in enumerate(response.history):
            hop.history = response.history[:count]
    return response


def _translate_error(
    session: Session, client: SessionClient, error: CallboxError, draft: Draft | None
) -> RequestException:
    """The error as a class of Requests, with the request and the response attached."""
    made = translate(error)
    if isinstance(made, MissingSchema) and draft is not None and needs_mounted_adapter(draft.url):
        made = InvalidSchema(made.message, hint=made.hint)
    record = made.record
    if isinstance(record, Record):
        made.response = _with_history(session, response_of(record, None, session))
        made.request = made.response.request
    elif draft is not None:
        try:
            made.request = prepared_of(client.preview(draft))
        except CallboxError:
            # The request could not be prepared; the error says why.
            made.request = None
    return made


def session() -> Session:
    """Return a new session, like `Session()`. Requests still has this older name."""
    return Session()


def _collect_notes(events: Iterator[Event], notes: list[str]) -> Iterator[Event]:
    for event in events:
        kind = type(event)
        if kind is Sent:
            if not event.outgoing.route.verify:  # type: ignore[union-attr]
                warn_unverified(event.outgoing)  # type: ignore[union-attr]
        elif kind is Note:
            notes.append(event.text)  # type: ignore[union-attr]
        else:
            yield event


_STEP_NAMES = frozenset(
    "send prepare_request merge_environment_settings resolve_redirects get_redirect_target should_strip_auth "
    "rebuild_auth rebuild_proxies rebuild_method get_adapter".split()
)
_STEPS = attrgetter(*sorted(_STEP_NAMES))
_OWN_STEPS = _STEPS(Session)
_OWN_SEND = HTTPAdapter.send
_SESSION = Session
"""The class itself, even if a program has replaced the name `Session`."""
