"""`Session` by the names that users of Requests know, over the live session; nothing is sent past its driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from callbox.exchange.auth import Auth, Basic
from callbox.exchange.content import Content
from callbox.exchange.conversation import converse
from callbox.exchange.draft import UNSET, Draft
from callbox.exchange.events import Done, Event, Head, Hop, Note, Sent
from callbox.exchange.outgoing import Field, Outgoing
from callbox.exchange.record import Record
from callbox.exchange.url import parse
from callbox.face.cookies import CookieJar, merge_cookies
from callbox.face.models import PreparedRequest, Request, Response, draft_of
from callbox.face.sending import content_of
from callbox.face.translating import translated
from callbox.session.live import LiveSession, collect

AuthLike = Auth | tuple[str | bytes, str | bytes] | Callable[[PreparedRequest], PreparedRequest] | None


class Session(LiveSession):
    """A session: headers, auth, params and cookies that persist, over kept connections.

    All that it holds is directly readable and editable: `headers`, `params`, `cookies`, `auth`, `verify`, `cert`,
    `proxies`, `timeout`, `max_redirects`, `base_url`, `trust_env`. Values given with one request win over the
    session's and are gone with it; None there leaves the session's out.

    >>> with Session() as s:
    ...     s.headers.update({"x-test": "true"})
    ...     s.auth = ("user", "pass")
    """

    def __init__(self) -> None:
        super().__init__()
        self.option_defaults.update({"max-body": None, "netrc": None})
        self._auth_given: AuthLike = None
        self._cookies = CookieJar(self.jar)

    @property
    def cookies(self) -> CookieJar:
        """The jar, live: `s.cookies["sid"]`, `s.cookies.set("sid", "1", domain="api.x")`."""
        return self._cookies

    @cookies.setter
    def cookies(self, value: Any) -> None:
        if isinstance(value, CookieJar):
            self._cookies = value
        else:
            self._cookies = merge_cookies(CookieJar(), value)
        self.jar = self._cookies.jar

    @property
    def auth(self) -> AuthLike:
        """What signs every request: (user, password), an `Auth`, or a callable that is given the prepared request."""
        return self._auth_given

    @auth.setter
    def auth(self, value: AuthLike) -> None:
        self._auth_given = value
        self.credentials.pop("", None)
        if (found := _auth_of(value)) is not None:
            self.credentials[""] = found

    @property
    def verify(self) -> bool | str:
        """Whether TLS certificates are checked, or the CA file or folder to check them with."""
        return str(self.option("ca") or "") or bool(self.option("verify"))

    @verify.setter
    def verify(self, value: bool | str) -> None:
        for name, part in _verify_options(value).items():
            self.set_option(name, part)

    @property
    def cert(self) -> Any:
        """The client certificate: a PEM file, or (certificate, key)."""
        return self.option("cert") or None

    @cert.setter
    def cert(self, value: Any) -> None:
        self.set_option("cert", value or "")

    @property
    def timeout(self) -> Any:
        """Seconds: (to connect, of silence). One number sets both; None waits for ever."""
        return (self.option("connect-timeout"), self.option("timeout"))

    @timeout.setter
    def timeout(self, value: Any) -> None:
        for name, part in _timeout_options(value).items():
            self.set_option(name, part)

    @property
    def max_redirects(self) -> int:
        """How many redirects are followed."""
        return cast("int", self.option("max-redirects"))

    @max_redirects.setter
    def max_redirects(self, value: int) -> None:
        self.set_option("max-redirects", value)

    @property
    def max_body(self) -> int | None:
        """Decoded bytes after which an answer is an error; None for no limit."""
        return cast("int | None", self.option("max-body"))

    @max_body.setter
    def max_body(self, value: int | None) -> None:
        self.set_option("max-body", value)

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Any = None,
        files: Any = None,
        auth: AuthLike = None,
        timeout: Any = UNSET,
        allow_redirects: bool = True,
        proxies: Mapping[str, str | None] | None = None,
        stream: bool = False,
        verify: bool | str | None = None,
        cert: Any = None,
        json: Any = None,
    ) -> Response:
        """Send a request, merged with the session. The arguments are those of Requests.

        `timeout` is seconds, (connect, silence), or None for none. Raises `RequestException` and its children.
        """
        options: dict[str, object] = {} if allow_redirects else {"follow": False}
        if timeout is not UNSET:
            options.update(_timeout_options(timeout))
        if verify is not None:
            options.update(_verify_options(verify))
        if cert is not None:
            options["cert"] = cert
        if proxies:
            options["proxies"] = dict(proxies)
        asked = Request(method, url, headers, files, data, params, auth, cookies, json)
        return self._run(asked, options, stream)

    def _run(self, asked: Request, options: Mapping[str, object], stream: bool) -> Response:
        with translated():
            draft, sign = self._draft(asked, options)
            return _respond(self._events(draft, sign), stream)

    def _draft(self, asked: Request, options: Mapping[str, object]) -> tuple[Draft, Any]:
        """The draft of a request, and the callable that signs it, where its or the session's auth is one."""
        draft = draft_of(asked, options)
        given = asked.auth if asked.auth is not None else None
        found = _auth_of(given)
        content = content_of(asked.data, asked.json, asked.files)
        draft = draft._replace(content=content, auth=UNSET if found is None else found)
        if isinstance(asked.params, (str, bytes)) and asked.params:
            text = asked.params if isinstance(asked.params, str) else asked.params.decode()
            draft = draft._replace(url=draft.url + ("&" if "?" in draft.url else "?") + text)
        sign = given if given is not None else self._auth_given
        return draft, sign if found is None and callable(sign) and not isinstance(sign, Auth) else None

    def _events(self, draft: Draft, sign: Any) -> Iterator[Event]:
        if sign is None:
            return self.stream(draft)
        prepared = PreparedRequest.of(self.preview(draft._replace(auth=None)))
        signed = sign(prepared)
        return self.drive(draft, converse(_outgoing_of(signed or prepared, self), self._policy(draft)), None)

    def prepare_request(self, request: Request) -> PreparedRequest:
        """The request as it would be sent: merged with the session, signed, and still editable."""
        with translated():
            draft, sign = self._draft(request, {})
            prepared = PreparedRequest.of(self.preview(draft))
        return prepared if sign is None else sign(prepared) or prepared

    def send(self, request: PreparedRequest | Draft, *, stream: bool = False, allow_redirects: bool = True) -> Response:
        """Send a prepared request as it stands (or a draft, merged). The session's cookies learn from the answer."""
        with translated():
            if isinstance(request, Draft):
                return _respond(self.stream(request), stream)
            draft = Draft(request.method, request.url, options={} if allow_redirects else {"follow": False})
            conversation = converse(_outgoing_of(request, self), self._policy(draft))
            return _respond(self.drive(draft, conversation, None), stream)

    def get(self, url: str, **kwargs: Any) -> Response:
        """GET; keywords as `request`."""
        return self.request("GET", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> Response:
        """OPTIONS; keywords as `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> Response:
        """HEAD; redirects are not followed unless asked for."""
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url: str, data: Any = None, json: Any = None, **kwargs: Any) -> Response:
        """POST; keywords as `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str, data: Any = None, **kwargs: Any) -> Response:
        """PUT; keywords as `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Any = None, **kwargs: Any) -> Response:
        """PATCH; keywords as `request`."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Response:
        """DELETE; keywords as `request`."""
        return self.request("DELETE", url, **kwargs)

    def uses_netrc(self, draft: Draft) -> bool:
        """Whether .netrc may be asked: as `trust_env` says, unless the option says otherwise."""
        told = draft.options["netrc"] if "netrc" in draft.options else self.option("netrc")
        return self.trust_env if told is None else bool(told)


def _respond(events: Iterator[Event], is_streamed: bool) -> Response:
    notes: list[str] = []
    hops: list[Record] = []
    if is_streamed:
        response = _begin(events, notes, hops)
    else:
        response = Response(collect(_noting(events, notes)), None, notes)
        hops.extend(response.record.history)
    if hops:
        response.history = [Response(record) for record in hops]
        for count, hop in enumerate(response.history):
            hop.history = response.history[:count]
    return response


def _noting(events: Iterator[Event], notes: list[str]) -> Iterator[Event]:
    for event in events:
        if type(event) is Note:
            notes.append(event.text)
        else:
            yield event


def _begin(events: Iterator[Event], notes: list[str], hops: list[Record]) -> Response:
    """Read on to the head of the last answer; the content is left to the response."""
    sent: Outgoing | None = None
    for event in events:
        if type(event) is Sent:
            sent = event.outgoing
        elif type(event) is Note:
            notes.append(event.text)
        elif type(event) is Hop:
            hops.append(event.record)
        elif type(event) is Head:
            assert sent is not None
            record = Record(Draft(sent.method, sent.url.text), sent, event.incoming, history=tuple(hops))
            return Response(record, events, notes)
        elif type(event) is Done:
            break
    raise AssertionError("a stream has a Head before its Done")


def _outgoing_of(prepared: PreparedRequest, session: LiveSession) -> Outgoing:
    """The decided request that an edited face means: its fields as they stand, framing made anew for its body."""
    url = parse(prepared.url)
    base = prepared.outgoing or Outgoing(prepared.method, url, route=session.route(url))
    content = _content_of(prepared, base)
    fields = [Field(name, value, "item") for name, value in prepared.headers.items()]
    if not any(field.name.lower() == "host" for field in fields):
        fields.insert(0, Field("Host", url.authority, "default"))
    return base._replace(method=prepared.method, url=url, headers=tuple(fields), content=content)


def _content_of(prepared: PreparedRequest, base: Outgoing) -> Content | None:
    if prepared.body is None:
        return None
    if isinstance(prepared.body, (str, bytes)):
        data = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        if base.content is None or base.content.data != data:
            prepared.headers["Content-Length"] = str(len(data))
        return Content(data)
    return base.content or content_of(prepared.body, None, None)


def _auth_of(value: AuthLike) -> Auth | None:
    if isinstance(value, Auth):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        return Basic(*value)
    return None


def _timeout_options(value: Any) -> dict[str, object]:
    connect, silence = value if isinstance(value, tuple) else (value, value)
    return {"connect-timeout": connect, "timeout": silence}


def _verify_options(value: bool | str) -> dict[str, object]:
    if isinstance(value, bool):
        return {"verify": value, "ca": ""} if not value else {"verify": True}
    return {"verify": True, "ca": str(value)}
