"""`Session`, by the names that users of Requests know, over the engine's client.

`Steps` has the steps of a request that Requests documents, each of which a child of `Session` may override. Where
nobody overrides, hooks or mounts anything, a request does not pass through them.
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

from callbox._arguments import add_text, draft_of, left_of, options_of, timeout_options, verify_options, with_cookies
from callbox._body import content_of, text_of
from callbox._headers import PLACE, is_foreign, rewrite_near
from callbox.adapters import AdapterTransport, BaseAdapter, HTTPAdapter, read_limited, response_head_of
from callbox.auth import scheme_of
from callbox.cookies import CookieJar, ForeignJar, allowed_jar, allowed_lines, merge_cookies
from callbox.engine.client import collect, keep_in
from callbox.errors import CallboxError
from callbox.exceptions import InvalidSchema, MissingSchema, RequestException, TooManyRedirects, translate, translated
from callbox.exchange.auth import Auth
from callbox.exchange.conversation import Policy, converse, next_method, redirect, target_of
from callbox.exchange.cookies import Jar, Outcome
from callbox.exchange.events import Head, Note, Record
from callbox.exchange.headers import Headers
from callbox.exchange.merge import SessionState, items_of
from callbox.exchange.origins import is_credential, may_follow
from callbox.exchange.request import UNSET, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import Url, UrlError, join, parse
from callbox.hooks import Hooks, default_hooks, has_hooks, hooks_of
from callbox.models import DEFAULT_REDIRECT_LIMIT as DEFAULT_REDIRECT_LIMIT
from callbox.models import REDIRECT_STATI as REDIRECT_STATI
from callbox.models import PreparedRequest, Request, Response
from callbox.system import clock
from callbox.utils import merge_setting as merge_setting

_AT_FIRST: dict[str, Any] = {"auth": None, "cert": None, "max_redirects": 30, "verify": True}
"""What Requests' `__init__` assigns, whatever the class says."""
_NAMES = (*_AT_FIRST, "max_body", "timeout")

Declared = tuple[tuple[str, Any], ...]
"""Names, and the properties that stand behind them."""


def declared_by(kind: type, home: type) -> Declared:
    """What this child of `home` has put something over."""
    return tuple((name, vars(home)[name]) for name in _NAMES if getattr(kind, name) is not getattr(home, name))


def assign_initial_settings(session: Any, declared: Declared) -> None:
    """Assign what Requests' sessions begin with."""
    for name, _ in declared:
        if name in _AT_FIRST:
            setattr(session, name, _AT_FIRST[name])


def sync_overrides(session: Any, declared: Declared) -> None:
    """Take over what each is at this moment."""
    for name, own in declared:
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


class Streaming:
    """The attribute: may be assigned True or False, and read as a `StreamChoice`."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else StreamChoice(instance, instance.__dict__.get("_is_streaming", False))

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__["_is_streaming"] = bool(value)


class MergedProxies(OrderedDict[str, Any]):
    """Proxies of request, session and environment in one mapping, and what of it the request itself had said."""

    said: Mapping[str, Any] = {}


class Steps(LiveSession):
    """A live session with Requests' documented steps."""

    adapters: MutableMapping[str, Any]
    hooks: Any
    max_redirects: Any
    timeout: Any
    _sign: Callable[[Any], Any] | None
    _declared: Declared = ()
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
        with translated():
            draft = self._draft(request)
            sign = self._signer(request)
            if sign is not None:
                draft = draft._replace(auth=None)
            prepared = self._prepare(draft, request)
            if sign is not None:
                prepared.prepare_auth(sign, prepared.url)
        return prepared

    def _prepare(self, draft: Draft, request: Request) -> PreparedRequest:
        address = join(self.base_url, draft.url)
        is_ours = not is_foreign(address)
        outgoing = self.settle(draft)[0] if is_ours else self.preview(draft._replace(url=PLACE.text))
        prepared = PreparedRequest.of(outgoing, _body_of(request, draft), self._hooks(request))
        if not is_ours:
            is_near = address.lower().startswith("http")
            prepared.url = rewrite_near(add_text(address, outgoing.url.query or "")) if is_near else address
        prepared.draft = draft
        prepared._cookies = merge_cookies(merge_cookies(CookieJar(self.jar.copy()), draft.jar), draft.cookies)
        return prepared

    def _draft(self, asked: Request) -> Draft:
        """The draft of a request, with its body, its cookies and its credential, where that is one of our schemes."""
        draft = draft_of(asked.method, asked.url, asked.headers, asked.params, getattr(asked, "options", None) or {})
        content = content_of(asked.data, asked.json, asked.files)
        scheme = scheme_of(asked.auth) if asked.auth is not None else None
        is_unsaid = scheme is None and (asked.auth is None or asked.auth)
        draft = draft._replace(content=content, auth=UNSET if is_unsaid else scheme)
        return with_cookies(draft, asked.cookies) if asked.cookies else draft

    def _signer(self, asked: Request) -> Callable[[Any], Any] | None:
        """The callable that signs this request: its own, else the session's."""
        if self._declared:
            sync_overrides(self, self._declared)
        if asked.auth is None:
            # Its own Authorization, also one of None, goes before whatever the session has.
            return self._sign if self._sign is not None and not _has_authorization(asked.headers) else None
        if not asked.auth or scheme_of(asked.auth) is not None:
            return None
        sign: Callable[[Any], Any] = asked.auth
        return sign

    def _hooks(self, asked: Request) -> Hooks:
        hooks = hooks_of(self.hooks)
        for event, more in hooks_of(asked.hooks).items():
            hooks.setdefault(event, []).extend(more)
        return hooks

    def merge_environment_settings(
        self, url: str, proxies: Mapping[str, Any] | None, stream: bool | None, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """What holds for a request to this URL: its own settings, then the session's, then the environment's.

        A dictionary of `proxies`, `stream`, `verify` (False, True, or the path of a CA file or folder) and `cert`.
        """
        if self._declared:
            sync_overrides(self, self._declared)
        if isinstance(proxies, MergedProxies):
            proxies = (
                proxies.said
            )  # for another URL; what the environment and the session say of this one, they say anew
        given: dict[str, object] = verify_options(verify) if verify is not None else {}
        if cert is not None:
            given["cert"] = cert
        if proxies:
            given["proxies"] = dict(proxies)
        try:
            place = parse(url)
        except UrlError:
            place = PLACE
        route = self.route(place, given)
        return {
            "proxies": self._told_proxies(place, route.proxy, proxies or {}),
            "stream": bool(self.stream) if stream is None else stream,
            "verify": route.ca or route.verify,
            "cert": route.cert,
        }

    def _told_proxies(self, url: Url, chosen: str, given: Mapping[str, Any]) -> OrderedDict[str, Any]:
        """The proxies in one mapping, in which the one that was chosen for this URL is what it says."""
        seen = self._look()
        environment = seen.environment.proxies if seen.environment is not None else {}
        merged = MergedProxies({**environment, **seen.proxies, **given})
        merged.said = given
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
        begun = clock.monotonic()
        response = first = self._exchange(request, kwargs)
        if follows:
            kwargs["timeout"] = left_of(kwargs["timeout"], clock.monotonic() - begun)
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
        if getattr(request, "is_patient", False):
            if kwargs.get("timeout") is None:
                kwargs["timeout"] = self.timeout
            request.is_patient = kwargs["timeout"] == self.timeout
        kwargs.setdefault("timeout", self.timeout)
        if isinstance(request, PreparedRequest):
            with translated(request):
                place = request.parsed()
            request.route = None if place is None else self.route(place, request.draft.options)

    def _exchange(self, prepared: PreparedRequest, settings: Mapping[str, Any]) -> Any:
        """One request, and the answers to the challenges that it meets; redirects are left to be resolved."""
        carrier = AdapterTransport(self, prepared, settings)
        notes: list[str] = []
        with translated(prepared):
            policy = self._policy(prepared.draft)._replace(target=_no_target)
            for event in self.drive(prepared.draft, converse(prepared.decided(), policy), None, carrier):
                if type(event) is Note:
                    notes.append(event.text)
                elif type(event) is Head:
                    break
        *before, response = carrier.responses
        for hop in getattr(response, "history", ()):
            # A hook's own handshake: its answers may have set cookies too.
            if isinstance(hop.request, PreparedRequest):
                self._learn(hop.request.decided(), response_head_of(hop))
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
        hops, begun = 0, clock.monotonic()
        while True:
            # The last answer tells what was said on the whole way to it.
            notes = list(resp.notes) if isinstance(resp, Response) else []
            with translated(req):
                following = self._following(resp, req, notes)
            if following is None:
                return
            if yield_requests:
                yield following
                return
            _let_go(resp)
            if hops >= self.max_redirects:
                hint = "session.max_redirects = N"
                raise TooManyRedirects(f"Too many redirects ({hops})", hint=hint, request=req, response=resp)
            hops += 1
            history.append(resp)
            if not following.scope.credentials:
                cert = None
            proxies = self.rebuild_proxies(following, proxies)
            timeout_left = left_of(timeout, clock.monotonic() - begun)
            resp = self.send(
                following, stream=stream, timeout=timeout_left, verify=verify, cert=cert, proxies=proxies,
                allow_redirects=False, **adapter_kwargs,
            )  # fmt: skip
            history += resp.history
            resp.history = list(history)
            if isinstance(resp, Response):
                resp.notes[:0] = notes
            req = following
            yield resp

    def next_request(self, response: Any) -> PreparedRequest | None:
        """The request that this redirect leads to, prepared; None where it is no redirect."""
        return next(self.resolve_redirects(response, response.request, yield_requests=True), None)

    def _following(self, resp: Any, req: PreparedRequest, notes: list[str]) -> PreparedRequest | None:
        location = self.get_redirect_target(resp)
        if not location:
            return None
        if not hasattr(req, "decided"):
            raise RequestException("This response has no prepared request to follow it with")
        sent = resp.request if _is_signed_anew(resp, req) else req
        outgoing = sent.decided()
        decided, told = redirect(outgoing, response_head_of(resp), location, self._stepwise(resp, req))
        notes += [note.text for note in told]
        hooks = req.hooks if decided.scope.credentials else req.hooks_without_auth()
        following = PreparedRequest.of(decided, req.body if decided.content is not None else None, hooks)
        following.follow(req)
        if self._is_overridden("rebuild_auth"):
            if "Authorization" in req.headers:
                following.headers.setdefault("Authorization", req.headers["Authorization"])
            self.rebuild_auth(following, resp)
        return following

    def _stepwise(self, resp: Any, req: PreparedRequest) -> Policy:
        """The policy of one redirect, in which overridden steps are asked."""
        policy = self._policy(req.draft)
        if self._is_overridden("should_strip_auth"):
            policy = policy._replace(may_follow=lambda a, b: not self.should_strip_auth(a.text, b.text))
        if self._is_overridden("rebuild_method"):

            def choose_method(method: str, status: int) -> str:
                asked = req.copy()
                self.rebuild_method(asked, resp)
                return str(asked.method)

            policy = policy._replace(method=choose_method)
        return policy

    def _is_overridden(self, name: str) -> bool:
        return name in self.__dict__ or getattr(type(self), name) is not getattr(Steps, name)

    def get_redirect_target(self, resp: Any) -> str | None:
        """Where this response points to, as its Location says (read as UTF-8); None where it is no redirect."""
        if not resp.is_redirect:
            return None
        location = resp.headers["location"]
        return target_of(Outgoing("GET", PLACE), ResponseHead(302, "", Headers([("Location", location)])))

    def should_strip_auth(self, old_url: str, new_url: str) -> bool:
        """Whether credentials for the first URL may not go to the second: it has another origin.

        http to https of one host by their own ports is allowed, as in Requests. Raises `InvalidURL`.
        """
        return not may_follow(parse(old_url), parse(new_url))

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Any) -> None:
        """Take the credentials off a request that a redirect leads to another origin."""
        if self.should_strip_auth(response.request.url, prepared_request.url):
            for name, value, source in prepared_request.decided().headers:
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
    following = url[len(prefix) : len(prefix) + 1]
    return following.isalnum() or following in tuple("-._@")


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


def _let_go(response: Any) -> None:
    """Read what a redirect carries, so that its connection serves again; its faults hurt nobody."""
    with suppress(RequestException, RuntimeError, OSError):
        read_limited(response)
    response.close()


def _body_of(request: Request, draft: Draft) -> Any:
    """The object that a streamed body is read from, which whoever signs the request expects to see."""
    return request.data if draft.content is not None and draft.content.kind == "stream" else None


AuthLike = Auth | tuple[str | bytes, str | bytes] | Callable[[Any], Any] | None


class Session(Steps):
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

    stream = Streaming()
    """Whether bodies are left unread, as `stream=` of a request says; called with a draft, sends it (`LiveSession`)."""

    def __init__(self) -> None:
        super().__init__()
        self.option_defaults.update({"max-body": None, "netrc": None})
        self.hooks: Any = default_hooks()
        self._auth_given: AuthLike = None
        self._sign: Callable[[Any], Any] | None = None
        self._cookies = CookieJar(self.jar)
        self._foreign: ForeignJar | None = None
        self.adapters: OrderedDict[str, Any] = OrderedDict()
        self.mount("https://", HTTPAdapter.of_session(self))
        self.mount("http://", HTTPAdapter.of_session(self))
        if self._declared:
            assign_initial_settings(self, self._declared)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._declared = declared_by(cls, Session)

    @property
    def cookies(self) -> Any:
        """The jar, live: `s.cookies["sid"]`, `s.cookies.set("sid", "1", domain="api.x")`.

        A mapping may be assigned, or any jar; one of http.cookiejar's (with `save`, say) stays that very object, and
        is read before each request and written after each answer.
        """
        return self._cookies if self._foreign is None else self._foreign.held

    @cookies.setter
    def cookies(self, value: Any) -> None:
        is_trusted = self.jar.trust_localhost
        if hasattr(value, "set_cookie") and not isinstance(value, CookieJar):
            self._foreign = ForeignJar(value)
            self.jar = self._foreign.read()
            self.jar.trust_localhost = is_trusted
            return
        if not isinstance(value, CookieJar):
            value = merge_cookies(CookieJar(Jar(trust_localhost=is_trusted)), value)
        self._cookies, self.jar, self._foreign = value, value.jar, None

    @property
    def auth(self) -> Any:
        """What signs every request that has no Authorization or `auth=` of its own; None for nothing.

        (user, password), an `Auth`, or a callable that is given the prepared request and gives it back.
        """
        return self._auth_given

    @auth.setter
    def auth(self, value: AuthLike) -> None:
        self._auth_given = value
        found = scheme_of(value)
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
        asked = Request(method, url, headers, files, data, params, auth, cookies, hooks, json)  # type: ignore[arg-type]
        if raw_url:
            asked.options = {"path-as-is": True}
        is_streamed = bool(self.stream) if stream is None else stream
        if self._is_plain(asked, is_streamed) and not self._has_foreign_proxy(proxies):
            options = options_of(timeout, allow_redirects, proxies, verify, cert)
            return self._run(asked, {**asked.options, **options} if raw_url else options)
        prepared = self.prepare_request(asked)
        settings = self.merge_environment_settings(prepared.url, proxies or {}, stream, verify, cert)
        prepared.is_patient = timeout is UNSET and "timeout" not in self._options
        # As in Requests, None comes by each step that a child overrides: where nobody said a time, it may say one.
        settings["timeout"] = timeout if timeout is not UNSET else None if prepared.is_patient else self.timeout
        answer: Response = self.send(prepared, **settings, allow_redirects=allow_redirects)
        return answer

    def _is_plain(self, asked: Request, is_streamed: bool) -> bool:
        """Whether nothing of a program's own is in between: then the driver takes the draft as it is."""
        return not (
            is_streamed
            or self._signer(asked) is not None
            or any(asked.hooks.values())
            or has_hooks(self.hooks)
            or _STEPS(type(self)) != _OWN_STEPS
            or not _STEP_NAMES.isdisjoint(self.__dict__)
            or HTTPAdapter.send is not _OWN_SEND
            or not self._has_its_own_adapters()
        )

    def _has_its_own_adapters(self) -> bool:
        """Whether the adapters are the two that it was made with, and as they were made."""
        adapters = self.adapters
        http, https = adapters.get("http://"), adapters.get("https://")
        return (
            len(adapters) == 2
            and type(http) is HTTPAdapter
            and type(https) is HTTPAdapter
            and http.is_plain_of(self)
            and https.is_plain_of(self)
        )

    def _has_foreign_proxy(self, given: Mapping[str, str | None] | None) -> bool:
        """Whether a proxy may be one that only urllib3's pools can go through, which `HTTPAdapter.send` decides."""
        seen = self._look()
        environment = seen.environment.proxies if seen.environment is not None else None
        layers = [layer for layer in (given, seen.proxies, environment) if layer]
        return any(str(proxy).startswith(("socks", "https:")) for layer in layers for proxy in layer.values())

    def _run(self, asked: Request, options: Mapping[str, object]) -> Response:
        draft: Draft | None = None
        notes: list[str] = []
        try:
            draft = self._draft(asked)._replace(options=options)
            response = Response.of(collect(_noting(LiveSession.stream(self, draft), notes)), notes, self)
        except CallboxError as error:
            raise self._failed(error, draft) from error
        return self._with_history(response)

    def _with_history(self, response: Response) -> Response:
        record = cast("Record", response.record)
        if record.history:
            response.history = [Response.of(hop, None, self) for hop in record.history]
            for count, hop in enumerate(response.history):
                hop.history = response.history[:count]
        return response

    def _failed(self, error: CallboxError, draft: Draft | None) -> RequestException:
        """The error by Requests' name, with the request and what there is of a response on it."""
        made = translate(error)
        if isinstance(made, MissingSchema) and draft is not None and is_foreign(draft.url):
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
        told = draft.options["netrc"] if "netrc" in draft.options else self.option("netrc")
        return self.trust_env if told is None else bool(told)

    def _standing(self, draft: Draft) -> SessionState:
        if self._foreign is not None:
            self.jar = self._foreign.read()
        standing, policy = super()._standing(draft), self._cookies.policy
        if policy is None:
            return standing
        return standing._replace(jar=allowed_jar(policy, standing.jar, parse(join(self.base_url, draft.url))))

    def _keep(self, url: Url, lines: list[str]) -> list[Outcome]:
        policy = self._cookies.policy
        if policy is not None:
            lines = allowed_lines(policy, url, lines)
        if self._foreign is None:
            return super()._keep(url, lines)
        self.jar, told = self._foreign.learn(lambda jar: keep_in(jar, url, lines))
        return told

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


def _noting(events: Iterator[Event], notes: list[str]) -> Iterator[Event]:
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
_OWN_STEPS = _STEPS(Steps)
_OWN_SEND = HTTPAdapter.send
