"""`Session`: Requests' session class, built on the engine's client.

`RequestSteps` holds the steps of a request that Requests documents and that subclasses may override. A request passes
through them only where something is overridden, hooked or mounted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callbox.engine.client import LiveSession
from callbox.exchange.events import Event
from callbox.exchange.request import Draft

if TYPE_CHECKING:
    from callbox.wire import Cancel
from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from operator import attrgetter
from typing import ClassVar, Self, cast

from callbox._arguments import (
    append_query,
    build_draft,
    remaining_timeout,
    request_options,
    timeout_options,
    verify_options,
    with_cookies,
)
from callbox._body import build_content, text_of
from callbox._headers import PLACEHOLDER_URL, needs_mounted_adapter, quote_like_requests
from callbox.adapters import AdapterTransport, BaseAdapter, HTTPAdapter, head_of, read_limited
from callbox.auth import auth_scheme
from callbox.cookies import CookieJar, StandardJar, allowed_jar, allowed_lines, merge_cookies
from callbox.engine.client import collect, store_cookies
from callbox.errors import CallboxError
from callbox.exceptions import (
    InvalidSchema,
    MissingSchema,
    RequestException,
    TooManyRedirects,
    translate,
    translated_errors,
)
from callbox.exchange.auth import Auth
from callbox.exchange.conversation import Policy, converse, next_method, redirect, redirect_target
from callbox.exchange.cookies import Jar, Outcome
from callbox.exchange.credential_scope import is_credential, may_follow
from callbox.exchange.events import Head, Note, Record
from callbox.exchange.headers import Headers
from callbox.exchange.merge import SessionState, items_of
from callbox.exchange.request import UNSET, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import Url, UrlError, join, parse
from callbox.hooks import Hooks, default_hooks, has_hooks, normalize_hooks
from callbox.models import DEFAULT_REDIRECT_LIMIT as DEFAULT_REDIRECT_LIMIT
from callbox.models import REDIRECT_STATI as REDIRECT_STATI
from callbox.models import PreparedRequest, Request, Response
from callbox.system import clock
from callbox.utils import merge_setting as merge_setting

_INITIAL_VALUES: dict[str, Any] = {"auth": None, "cert": None, "max_redirects": 30, "verify": True}
"""What Requests' `__init__` assigns, whatever the class says."""
_NAMES = (*_INITIAL_VALUES, "max_body", "timeout")

Overrides = tuple[tuple[str, Any], ...]
"""Names, and the properties that stand behind them."""


def overridden_settings(kind: type, module: type) -> Overrides:
    """The settings of `base` that this subclass has replaced, with their properties."""
    return tuple((name, vars(module)[name]) for name in _NAMES if getattr(kind, name) is not getattr(module, name))


def assign_initial_settings(session: Any, overrides: Overrides) -> None:
    """Assign the values with which Requests' sessions begin."""
    for name, _ in overrides:
        if name in _INITIAL_VALUES:
            setattr(session, name, _INITIAL_VALUES[name])


def sync_overrides(session: Any, overrides: Overrides) -> None:
    """Write the current values of replaced settings to the session's own properties."""
    for name, own in overrides:
        own.__set__(session, getattr(session, name))


class StreamChoice:
    """True or false as Requests' `session.stream` is; called with a draft, it sends it and yields its events."""

    __slots__ = ("_is_on", "_session")

    def __init__(self, session: LiveSession, is_on: bool) -> None:
        self._session = session
        self._is_on = is_on

    def __call__(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Send a draft, merged with the session, and tell what happens; as `LiveSession.stream`."""
        return LiveSession.stream(self._session, draft, cancel)

    def __bool__(self) -> bool:
        return self._is_on

    def __eq__(self, other: object) -> bool:
        return self._is_on == other

    def __hash__(self) -> int:
        return hash(self._is_on)

    def __repr__(self) -> str:
        return repr(self._is_on)


class StreamAttribute:
    """The descriptor of `Session.stream`: assign True or False, read as a `StreamChoice`."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else StreamChoice(instance, instance.__dict__.get("_is_streaming", False))

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__["_is_streaming"] = bool(value)


class MergedProxies(OrderedDict[str, Any]):
    """The merged proxies of request, session and environment, and separately those of the request."""

    requested: Mapping[str, Any] = {}


class RequestSteps(LiveSession):
    """A live session with the overridable steps that Requests documents."""

    adapters: MutableMapping[str, Any]
    hooks: Any
    max_redirects: Any
    timeout: Any
    _sign: Callable[[Any], Any] | None
    _overrides: Overrides = ()
    """What a child has put over the session's settings."""

    def mount(self, prefix: str, adapter: BaseAdapter | Any) -> None:
        """Send what begins with this prefix through this adapter; of several, the longest prefix counts."""
        if not isinstance(self.adapters, OrderedDict):
            self.adapters = OrderedDict(self.adapters)
        self.adapters[prefix] = adapter
        for shorter in [key for key, _ in items_of(self.adapters) if len(key) < len(prefix)]:
            # In place: taken out and put back, it would be missing to another thread for a moment.
            self.adapters.move_to_end(shorter)

    def get_adapter(self, url: str) -> Any:
        """The adapter for a URL. Raises `InvalidSchema` where none is mounted for it."""
        for prefix, adapter in items_of(self.adapters):
            if url.lower().startswith(prefix.lower()) and not _ends_within_host(prefix, url):
                return adapter
        raise InvalidSchema(f"No connection adapters were found for {url!r}")

    def prepare_request(self, request: Request) -> PreparedRequest:
        """The request as it would be sent: merged with the session, signed, and still editable.

        Raises `MissingSchema`, `InvalidURL`, `InvalidHeader`, and what an auth callable raises.
        """
        with translated_errors():
            draft = self._draft(request)
            sign = self._signing_callable(request)
            if sign is not None:
                draft = draft._replace(auth=None)
            prepared = self._prepare(draft, request)
            if sign is not None:
                prepared.prepare_auth(sign, prepared.url)
        return prepared

    def _prepare(self, draft: Draft, request: Request) -> PreparedRequest:
        address = join(self.base_url, draft.url)
        is_ours = not needs_mounted_adapter(address)
        outgoing = self.merge_and_bind(draft)[0] if is_ours else self.preview(draft._replace(url=PLACEHOLDER_URL.text))
        prepared = PreparedRequest.of(outgoing, _body_of(request, draft), self._hooks(request))
        if not is_ours:
            is_near = address.lower().startswith("http")
            prepared.url = quote_like_requests(append_query(address, outgoing.url.query or "")) if is_near else address
        prepared.draft = draft
        prepared._cookies = merge_cookies(merge_cookies(CookieJar(self.jar.copy()), draft.jar), draft.cookies)
        return prepared

    def _draft(self, request: Request) -> Draft:
        """The draft of a request, with its body, its cookies and its credential, where that is one of our schemes."""
        draft = build_draft(
            request.method, request.url, request.headers, request.params, getattr(request, "options", None) or {}
        )
        content = build_content(request.data, request.json, request.files)
        scheme = auth_scheme(request.auth) if request.auth is not None else None
        is_unsaid = scheme is None and (request.auth is None or request.auth)
        draft = draft._replace(content=content, auth=UNSET if is_unsaid else scheme)
        return with_cookies(draft, request.cookies) if request.cookies else draft

    def _signing_callable(self, request: Request) -> Callable[[Any], Any] | None:
        """The callable that signs this request: its own, else the session's."""
        if self._overrides:
            sync_overrides(self, self._overrides)
        if request.auth is None:
            # Its own Authorization, also one of None, goes before whatever the session has.
            return self._sign if self._sign is not None and not _has_authorization(request.headers) else None
        if not request.auth or auth_scheme(request.auth) is not None:
            return None
        sign: Callable[[Any], Any] = request.auth
        return sign

    def _hooks(self, request: Request) -> Hooks:
        hooks = normalize_hooks(self.hooks)
        for event, more in normalize_hooks(request.hooks).items():
            hooks.setdefault(event, []).extend(more)
        return hooks

    def merge_environment_settings(
        self, url: str, proxies: Mapping[str, Any] | None, stream: bool | None, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """The settings for a request to this URL: the request's, then the session's, then the environment's.

        A dictionary of `proxies`, `stream`, `verify` (False, True, or the path of a CA file or folder) and `cert`.
        """
        if self._overrides:
            sync_overrides(self, self._overrides)
        if isinstance(proxies, MergedProxies):
            proxies = (
                proxies.requested
            )  # for another URL; what the environment and the session say of this one, they say anew
        given: dict[str, object] = verify_options(verify) if verify is not None else {}
        if cert is not None:
            given["cert"] = cert
        if proxies:
            given["proxies"] = dict(proxies)
        try:
            place = parse(url)
        except UrlError:
            place = PLACEHOLDER_URL
        route = self.route(place, given)
        return {
            "proxies": self._merged_proxies(place, route.proxy, proxies or {}),
            "stream": bool(self.stream) if stream is None else stream,
            "verify": route.ca or route.verify,
            "cert": route.cert,
        }

    def _merged_proxies(self, url: Url, chosen: str, given: Mapping[str, Any]) -> OrderedDict[str, Any]:
        """The merged proxies, in which the key of the URL's scheme is the proxy chosen for this URL."""
        inputs = self._route_inputs()
        environment = inputs.environment.proxies if inputs.environment is not None else {}
        merged = MergedProxies({**environment, **inputs.proxies, **given})
        merged.requested = given
        merged.pop(f"{url.scheme}://{url.host}", None)
        if chosen:
            merged[url.scheme] = chosen
        else:
            for key in (url.scheme, f"all://{url.host}", "all"):
                merged.pop(key, None)
        for key in [key for key, value in merged.items() if value is None]:
            del merged[key]
        return merged

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a prepared request as it stands. The session's cookies learn from the answer.

        Keywords: `stream`, `timeout`, `verify`, `cert`, `proxies`, `allow_redirects`, each the session's where it is
        left out. Raises `RequestException` and its children, ValueError for a `Request` that was not prepared.
        """
        if isinstance(request, Request):
            raise ValueError("You can only send PreparedRequests.")
        self._fill_in(request, kwargs)
        follows = kwargs.pop("allow_redirects", True)
        started_at = clock.monotonic()
        response = first = self._exchange(request, kwargs)
        if follows:
            kwargs["timeout"] = remaining_timeout(kwargs["timeout"], clock.monotonic() - started_at)
            for hop in self.resolve_redirects(first, request, **kwargs):
                response = hop
        elif not isinstance(response, Response) and getattr(response, "is_redirect", False):
            response._next = self.next_request(response)
        if not kwargs["stream"]:
            _ = response.content
        return response

    def _fill_in(self, request: Any, kwargs: dict[str, Any]) -> None:
        if isinstance(request, PreparedRequest) and not request.scope.credentials:
            kwargs.setdefault("cert", None)  # that of the session is for where the user asked
        if not {"stream", "verify", "cert", "proxies"} <= kwargs.keys():
            found = self.merge_environment_settings(
                request.url or "", kwargs.get("proxies"), kwargs.get("stream"), kwargs.get("verify"), kwargs.get("cert")
            )
            kwargs.update({name: kwargs.get(name, value) for name, value in found.items()})
        if getattr(request, "uses_default_timeout", False):
            if kwargs.get("timeout") is None:
                kwargs["timeout"] = self.timeout
            request.uses_default_timeout = kwargs["timeout"] == self.timeout
        kwargs.setdefault("timeout", self.timeout)
        if isinstance(request, PreparedRequest):
            with translated_errors(request):
                place = request.parsed()
            request.route = None if place is None else self.route(place, request.draft.options)

    def _exchange(self, prepared: PreparedRequest, settings: Mapping[str, Any]) -> Any:
        """Send one request and the answers to its challenges; redirects are not followed."""
        transport = AdapterTransport(self, prepared, settings)
        notes: list[str] = []
        with translated_errors(prepared):
            policy = self._policy(prepared.draft)._replace(target=_no_target)
            for event in self.drive(prepared.draft, converse(prepared.to_outgoing(), policy), None, transport):
                if type(event) is Note:
                    notes.append(event.text)
                elif type(event) is Head:
                    break
        *before, response = transport.responses
        for hop in getattr(response, "history", ()):
            # A hook's own handshake: its answers may have set cookies too.
            if isinstance(hop.request, PreparedRequest):
                self._save_cookies(hop.request.to_outgoing(), head_of(hop))
        if before:
            response.history = [*before, *response.history]
        if isinstance(response, Response):
            response.notes += notes
        return response

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
        """The responses that a redirect leads to, one after the other (or the requests, the next one alone).

        Raises `TooManyRedirects`, `InvalidURL`, `UnrewindableBodyError`.
        """
        history = list(resp.history)
        hops, started_at = 0, clock.monotonic()
        while True:
            # The last answer tells what was said on the whole way to it.
            notes = list(resp.notes) if isinstance(resp, Response) else []
            with translated_errors(req):
                next_request = self._next_hop(resp, req, notes)
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
            if not next_request.scope.credentials:
                cert = None
            proxies = self.rebuild_proxies(next_request, proxies)
            timeout_left = remaining_timeout(timeout, clock.monotonic() - started_at)
            resp = self.send(
                next_request, stream=stream, timeout=timeout_left, verify=verify, cert=cert, proxies=proxies,
                allow_redirects=False, **adapter_kwargs,
            )  # fmt: skip
            history += resp.history
            resp.history = list(history)
            if isinstance(resp, Response):
                resp.notes[:0] = notes
            req = next_request
            yield resp

    def next_request(self, response: Any) -> PreparedRequest | None:
        """The request that this redirect leads to, prepared; None where it is no redirect."""
        return next(self.resolve_redirects(response, response.request, yield_requests=True), None)

    def _next_hop(self, resp: Any, req: PreparedRequest, notes: list[str]) -> PreparedRequest | None:
        location = self.get_redirect_target(resp)
        if not location:
            return None
        if not hasattr(req, "to_outgoing"):
            raise RequestException("This response has no prepared request to follow it with")
        sent = resp.request if _is_signed_anew(resp, req) else req
        answered = sent.to_outgoing()
        outgoing, redirect_notes = redirect(answered, head_of(resp), location, self._hop_policy(resp, req))
        notes += [note.text for note in redirect_notes]
        hooks = req.hooks if outgoing.scope.credentials else req.hooks_without_auth()
        next_request = PreparedRequest.of(outgoing, req.body if outgoing.content is not None else None, hooks)
        next_request.follow(req)
        if self._is_overridden("rebuild_auth"):
            if "Authorization" in req.headers:
                next_request.headers.setdefault("Authorization", req.headers["Authorization"])
            self.rebuild_auth(next_request, resp)
        return next_request

    def _hop_policy(self, resp: Any, req: PreparedRequest) -> Policy:
        """The policy of one redirect, which calls the steps that a subclass overrides."""
        policy = self._policy(req.draft)
        if self._is_overridden("should_strip_auth"):
            policy = policy._replace(may_follow=lambda a, b: not self.should_strip_auth(a.text, b.text))
        if self._is_overridden("rebuild_method"):

            def choose_method(method: str, status: int) -> str:
                request = req.copy()
                self.rebuild_method(request, resp)
                return str(request.method)

            policy = policy._replace(method=choose_method)
        return policy

    def _is_overridden(self, name: str) -> bool:
        return name in self.__dict__ or getattr(type(self), name) is not getattr(RequestSteps, name)

    def get_redirect_target(self, resp: Any) -> str | None:
        """Where this response points to, as its Location says (read as UTF-8); None where it is no redirect."""
        if not resp.is_redirect:
            return None
        location = resp.headers["location"]
        return redirect_target(
            Outgoing("GET", PLACEHOLDER_URL), ResponseHead(302, "", Headers([("Location", location)]))
        )

    def should_strip_auth(self, old_url: str, new_url: str) -> bool:
        """Whether credentials for the first URL may not go to the second: it has another origin.

        http to https of one host by their own ports is allowed, as in Requests. Raises `InvalidURL`.
        """
        return not may_follow(parse(old_url), parse(new_url))

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Any) -> None:
        """Take the credentials off a request that a redirect leads to another origin."""
        if self.should_strip_auth(response.request.url, prepared_request.url):
            for name, value, source in prepared_request.to_outgoing().headers:
                if is_credential(name, value, source):
                    prepared_request.headers.pop(name, None)

    def rebuild_proxies(self, prepared_request: PreparedRequest, proxies: Any) -> dict[str, Any]:
        """The proxies for a request that a redirect leads to, by scheme: chosen anew for its URL."""
        found = self.merge_environment_settings(prepared_request.url, proxies, None, None, None)["proxies"]
        return cast("dict[str, Any]", found)

    def rebuild_method(self, prepared_request: PreparedRequest, response: Any) -> None:
        """Set the method of the request after this redirect: the Fetch standard, HTTP-redirect fetch, step 12."""
        prepared_request.method = next_method(prepared_request.method, response.status_code)


def _no_target(_: Outgoing, __: ResponseHead) -> None:
    return None


def _ends_within_host(prefix: str, url: str) -> bool:
    """Whether a prefix names a host that is not all of this URL's: `https://api.x` of `https://api.x.evil.y/`.

    An adapter may hold a client certificate, and a server chooses where a redirect leads.
    """
    scheme, _, authority = prefix.partition("://")
    if scheme.lower() not in ("http", "https") or not authority or "/" in authority:
        return False
    next_request = url[len(prefix) : len(prefix) + 1]
    return next_request.isalnum() or next_request in tuple("-._@")


def _is_signed_anew(response: Any, req: PreparedRequest) -> bool:
    """Whether what was answered is this request with an answer to a challenge on it."""
    sent = getattr(response, "request", None)
    if not isinstance(sent, PreparedRequest) or req.credential is None:
        return False
    return sent.credential is req.credential and (sent.url, sent.method) == (req.url, req.method)


def _has_authorization(headers: Any) -> bool:
    return any(text_of(name).lower() == "authorization" for name, _ in _pairs(headers))


def _pairs(headers: Any) -> Any:
    return headers.items() if hasattr(headers, "items") else headers or ()


def _drain(response: Any) -> None:
    """Read the body of a redirect so that its connection can be reused; ignore faults."""
    with suppress(RequestException, RuntimeError, OSError):
        read_limited(response)
    response.close()


def _body_of(request: Request, draft: Draft) -> Any:
    """The object that a streamed body is read from, which whoever signs the request expects to see."""
    return request.data if draft.content is not None and draft.content.kind == "stream" else None


AuthLike = Auth | tuple[str | bytes, str | bytes] | Callable[[Any], Any] | None


class Session(RequestSteps):
    """A session: headers, auth, params and cookies that persist, over kept connections.

    All that it holds is directly readable and editable: `headers`, `params`, `cookies`, `auth`, `verify`, `cert`,
    `proxies`, `hooks`, `stream`, `timeout`, `max_redirects`, `max_body`, `base_url`, `trust_env`, `adapters`. Values
    given with one request win over the session's and are gone with it; None there leaves the session's out. Threads
    may share one session.

    >>> with Session() as s:
    ...     s.headers.update({"x-test": "true"})
    ...     s.auth = ("user", "pass")
    """

    __attrs__: ClassVar[list[str]] = [
        "headers", "cookies", "auth", "proxies", "hooks", "params", "verify", "cert", "adapters", "stream",
        "trust_env", "max_redirects", "timeout", "max_body", "base_url",
    ]  # fmt: skip

    stream = StreamAttribute()
    """Whether bodies are left unread, as `stream=` of a request says; called with a draft, sends it (`LiveSession`)."""

    def __init__(self) -> None:
        super().__init__()
        self.option_defaults.update({"max-body": None, "netrc": None})
        self.hooks: Any = default_hooks()
        self._auth_given: AuthLike = None
        self._sign: Callable[[Any], Any] | None = None
        self._cookies = CookieJar(self.jar)
        self._standard_jar: StandardJar | None = None
        self.adapters: OrderedDict[str, Any] = OrderedDict()
        self.mount("https://", HTTPAdapter.for_session(self))
        self.mount("http://", HTTPAdapter.for_session(self))
        if self._overrides:
            assign_initial_settings(self, self._overrides)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._overrides = overridden_settings(cls, Session)

    @property
    def cookies(self) -> Any:
        """The jar, live: `s.cookies["sid"]`, `s.cookies.set("sid", "1", domain="api.x")`.

        A mapping may be assigned, or any jar; one of http.cookiejar's (with `save`, say) stays that very object, and
        is read before each request and written after each answer.
        """
        return self._cookies if self._standard_jar is None else self._standard_jar.wrapped

    @cookies.setter
    def cookies(self, value: Any) -> None:
        is_trusted = self.jar.trust_localhost
        if hasattr(value, "set_cookie") and not isinstance(value, CookieJar):
            self._standard_jar = StandardJar(value)
            self.jar = self._standard_jar.read()
            self.jar.trust_localhost = is_trusted
            return
        if not isinstance(value, CookieJar):
            value = merge_cookies(CookieJar(Jar(trust_localhost=is_trusted)), value)
        self._cookies, self.jar, self._standard_jar = value, value.jar, None

    @property
    def auth(self) -> Any:
        """The session's credential, for requests without an Authorization header or `auth=` of their own; None for
        none.

        (user, password), an `Auth`, or a callable that is given the prepared request and gives it back.
        """
        return self._auth_given

    @auth.setter
    def auth(self, value: AuthLike) -> None:
        self._auth_given = value
        found = auth_scheme(value)
        # What is no scheme and cannot be called fails when it is asked to sign: nothing goes out unsigned.
        sign: Any = value if found is None and value else None
        # Never a moment without either: a request of another thread would go out unsigned.
        if found is not None:
            self.credentials[""] = found
            self._sign = None
        else:
            self._sign = sign
            self.credentials.pop("", None)

    @property
    def verify(self) -> bool | str:
        """Whether TLS certificates are checked, or the CA file or folder to check them with.

        True takes REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE where the environment has one, else the system's store.
        """
        return str(self.option("ca") or "") or bool(self.option("verify"))

    @verify.setter
    def verify(self, value: bool | str) -> None:
        self._set(verify_options(value))

    @property
    def cert(self) -> Any:
        """The client certificate: a PEM file, or (certificate, key); None for none."""
        return self.option("cert") or None

    @cert.setter
    def cert(self, value: Any) -> None:
        self.set_option("cert", value or "")

    @property
    def timeout(self) -> Any:
        """Seconds: (to connect, of silence), and a third where the whole exchange has a limit.

        One number sets the first two, None waits for ever; a Timeout of urllib3's is understood. ValueError for what
        is no time.
        """
        times = (self.option("connect-timeout"), self.option("timeout"))
        total = self.option("total-timeout")
        return times if total is None else (*times, total)

    @timeout.setter
    def timeout(self, value: Any) -> None:
        self._set({"total-timeout": None, **timeout_options(value)})

    @property
    def max_redirects(self) -> int:
        """How many redirects are followed before `TooManyRedirects`."""
        return cast("int", self.option("max-redirects"))

    @max_redirects.setter
    def max_redirects(self, value: int) -> None:
        self.set_option("max-redirects", value)

    @property
    def max_body(self) -> int | None:
        """Bytes of content, its coding undone, after which an answer is `BodyTooLarge`; None for no limit."""
        return cast("int | None", self.option("max-body"))

    @max_body.setter
    def max_body(self, value: int | None) -> None:
        self.set_option("max-body", value)

    def _set(self, options: Mapping[str, object]) -> None:
        for name, value in options.items():
            self.set_option(name, value)

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
        """Send a request, merged with the session: what is said here wins over the session's and is gone with it.

        `url`: absolute, or below `base_url`. `params`, `headers`, `cookies`: mappings; None as a value leaves the
        session's out, a list as a header's makes several lines; params also as pairs or text, cookies also as a jar.
        `data`: a form (mapping or pairs), text, bytes, a file, an iterable of bytes; `json`: a value; `files`: for
        each name a file or (filename, file[, type[, headers]]). `auth`: (user, password), an `Auth`, a callable.
        `timeout`: seconds, (connect, silence[, whole]), a Timeout of urllib3's, None for none; left out, the session's.
        `proxies`: by `scheme://host`, `scheme`, `all`; None as a value connects directly. `verify`: False, or a CA
        file or folder; `cert`: a PEM file, or (certificate, key). `stream`: leave the body unread. `raw_url`: keep dot
        segments in the path.

        Raises `ConnectionError` (`SSLError`, `ProxyError`, `ConnectTimeout`), `ReadTimeout`, `TooManyRedirects`,
        `MissingSchema`, `InvalidURL`, `InvalidHeader`, `IncompleteBody`, `ContentDecodingError`, `BodyTooLarge`, all of
        them `RequestException`; ValueError for a time-out or a body that cannot be.
        """
        request = Request(method, url, headers, files, data, params, auth, cookies, hooks, json)  # type: ignore[arg-type]
        if raw_url:
            request.options = {"path-as-is": True}
        is_streamed = bool(self.stream) if stream is None else stream
        if self._needs_no_steps(request, is_streamed) and not self._needs_urllib3_proxy(proxies):
            options = request_options(timeout, allow_redirects, proxies, verify, cert)
            return self._run(request, {**request.options, **options} if raw_url else options)
        prepared = self.prepare_request(request)
        settings = self.merge_environment_settings(prepared.url, proxies or {}, stream, verify, cert)
        prepared.uses_default_timeout = timeout is UNSET and "timeout" not in self._options
        # As in Requests, None comes by each step that a child overrides: where nobody said a time, it may say one.
        settings["timeout"] = (
            timeout if timeout is not UNSET else None if prepared.uses_default_timeout else self.timeout
        )
        response: Response = self.send(prepared, **settings, allow_redirects=allow_redirects)
        return response

    def _needs_no_steps(self, request: Request, is_streamed: bool) -> bool:
        """Whether nothing is overridden, hooked or mounted, so that the draft can be sent directly."""
        return not (
            is_streamed
            or self._signing_callable(request) is not None
            or any(request.hooks.values())
            or has_hooks(self.hooks)
            or _STEPS(type(self)) != _OWN_STEPS
            or not _STEP_NAMES.isdisjoint(self.__dict__)
            or HTTPAdapter.send is not _OWN_SEND
            or not self._has_initial_adapters()
        )

    def _has_initial_adapters(self) -> bool:
        """Whether the adapters are the two that it was made with, and as they were made."""
        adapters = self.adapters
        http, https = adapters.get("http://"), adapters.get("https://")
        return (
            len(adapters) == 2
            and type(http) is HTTPAdapter
            and type(https) is HTTPAdapter
            and http.is_unchanged_for(self)
            and https.is_unchanged_for(self)
        )

    def _needs_urllib3_proxy(self, given: Mapping[str, str | None] | None) -> bool:
        """Whether one of the proxies may need urllib3's pools, which `HTTPAdapter.send` decides."""
        inputs = self._route_inputs()
        environment = inputs.environment.proxies if inputs.environment is not None else None
        layers = [layer for layer in (given, inputs.proxies, environment) if layer]
        return any(str(proxy).startswith(("socks", "https:")) for layer in layers for proxy in layer.values())

    def _run(self, request: Request, options: Mapping[str, object]) -> Response:
        draft: Draft | None = None
        notes: list[str] = []
        try:
            draft = self._draft(request)._replace(options=options)
            response = Response.of(collect(_collect_notes(LiveSession.stream(self, draft), notes)), notes, self)
        except CallboxError as error:
            raise self._translate_error(error, draft) from error
        return self._with_history(response)

    def _with_history(self, response: Response) -> Response:
        record = cast("Record", response.record)
        if record.history:
            response.history = [Response.of(hop, None, self) for hop in record.history]
            for count, hop in enumerate(response.history):
                hop.history = response.history[:count]
        return response

    def _translate_error(self, error: CallboxError, draft: Draft | None) -> RequestException:
        """The error by Requests' class, with the request and the response attached."""
        made = translate(error)
        if isinstance(made, MissingSchema) and draft is not None and needs_mounted_adapter(draft.url):
            made = InvalidSchema(made.message, hint=made.hint)
        record = made.record
        if isinstance(record, Record):
            made.response = self._with_history(Response.of(record, None, self))
            made.request = made.response.request
        elif draft is not None:
            try:
                made.request = PreparedRequest.of(self.preview(draft))
            except CallboxError:
                # It could not even be prepared, which is what the error says.
                made.request = None
        return made

    def get(self, url: str | bytes, params: Any = None, **kwargs: Any) -> Response:
        """GET; arguments, and what it raises, as `request`."""
        return self.request("GET", url, params=params, **kwargs)

    def options(self, url: str | bytes, **kwargs: Any) -> Response:
        """OPTIONS; arguments, and what it raises, as `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url: str | bytes, **kwargs: Any) -> Response:
        """HEAD; redirects are not followed unless asked for. Arguments, and what it raises, as `request`."""
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url: str | bytes, data: Any = None, json: Any = None, **kwargs: Any) -> Response:
        """POST; arguments, and what it raises, as `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str | bytes, data: Any = None, **kwargs: Any) -> Response:
        """PUT; arguments, and what it raises, as `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str | bytes, data: Any = None, **kwargs: Any) -> Response:
        """PATCH; arguments, and what it raises, as `request`."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: str | bytes, **kwargs: Any) -> Response:
        """DELETE; arguments, and what it raises, as `request`."""
        return self.request("DELETE", url, **kwargs)

    def close(self) -> None:
        """Close the kept connections, the adapters' too. The session stays usable: its next request opens a new one."""
        for _, adapter in items_of(self.adapters):
            adapter.close()
        super().close()

    def __enter__(self) -> Self:
        return self

    def uses_netrc(self, draft: Draft) -> bool:
        """Whether .netrc may be asked: as `trust_env` says, unless the option says otherwise."""
        value = draft.options["netrc"] if "netrc" in draft.options else self.option("netrc")
        return self.trust_env if value is None else bool(value)

    def _session_state(self, draft: Draft) -> SessionState:
        if self._standard_jar is not None:
            self.jar = self._standard_jar.read()
        state, policy = super()._session_state(draft), self._cookies.policy
        if policy is None:
            return state
        return state._replace(jar=allowed_jar(policy, state.jar, parse(join(self.base_url, draft.url))))

    def _store_cookies(self, url: Url, lines: list[str]) -> list[Outcome]:
        policy = self._cookies.policy
        if policy is not None:
            lines = allowed_lines(policy, url, lines)
        if self._standard_jar is None:
            return super()._store_cookies(url, lines)
        self.jar, outcomes = self._standard_jar.update(lambda jar: store_cookies(jar, url, lines))
        return outcomes

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name, None) for name in self.__attrs__}
        return {**state, "stream": bool(self.stream)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Session.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)
        for adapter in self.adapters.values():
            if type(adapter) is HTTPAdapter and adapter.was_of_session:
                adapter._owner = self


def session() -> Session:
    """A new session, by the name that Requests had for it first."""
    return Session()


def _collect_notes(events: Iterator[Event], notes: list[str]) -> Iterator[Event]:
    for event in events:
        if type(event) is Note:
            notes.append(event.text)
        else:
            yield event


_STEP_NAMES = frozenset(
    "send prepare_request merge_environment_settings resolve_redirects get_redirect_target should_strip_auth "
    "rebuild_auth rebuild_proxies rebuild_method get_adapter".split()
)
_STEPS = attrgetter(*sorted(_STEP_NAMES))
_OWN_STEPS = _STEPS(RequestSteps)
_OWN_SEND = HTTPAdapter.send
