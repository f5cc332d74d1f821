"""`Session` by the names that users of Requests know, over the live session; nothing is sent past its driver."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, ClassVar, Self, cast

from callbox.engine.client import LiveSession, collect, keep_in
from callbox.errors import CallboxError
from callbox.exchange.auth import Auth
from callbox.exchange.cookies import Jar, Outcome
from callbox.exchange.events import Event, Note, Record
from callbox.exchange.merge import Standing, items_of
from callbox.exchange.request import UNSET, Draft
from callbox.exchange.url import Url, join, parse
from callbox.face.adapters import HTTPAdapter
from callbox.face.auth import scheme_of
from callbox.face.cookies import CookieJar, merge_cookies
from callbox.face.declared import begin, declared_by
from callbox.face.exceptions import InvalidSchema, MissingSchema, RequestException, translate
from callbox.face.fields import is_foreign
from callbox.face.foreign import ForeignJar
from callbox.face.hooks import default_hooks, has_hooks
from callbox.face.policies import allowed_jar, allowed_lines
from callbox.face.prepared import PreparedRequest
from callbox.face.request import Request
from callbox.face.response import Response
from callbox.face.said import options_of
from callbox.face.steps import Steps
from callbox.face.streaming import Streaming
from callbox.face.timeouts import timeout_options, verify_options

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
            begin(self, self._declared)

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

    def _standing(self, draft: Draft) -> Standing:
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
