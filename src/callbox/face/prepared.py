"""`PreparedRequest`: a decided request that can still be edited, by hand or by what signs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Self
from urllib.parse import unquote

from callbox.exchange.auth import Auth
from callbox.exchange.content import Content
from callbox.exchange.headers import CaseInsensitiveDict, HeaderError
from callbox.exchange.origins import WHOLE
from callbox.exchange.request import Draft, Field, Outgoing, Route
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, UrlError, add_query, encode_pairs, parse
from callbox.face.auth import scheme_of
from callbox.face.cookies import CookieJar, cookiejar_from_dict, get_cookie_header
from callbox.face.fields import PLACE, fields_of, framed, is_foreign, rewrite_near, text_with_fragment
from callbox.face.hooks import Hook, HookHolder, Hooks, default_hooks, hooks_of
from callbox.face.said import add_text, header_pairs, query_pairs, with_cookies
from callbox.face.sending import Body, content_of, form_pairs, streamed, text_of
from callbox.face.translating import translated

_BODILESS = ("GET", "HEAD")


class PreparedRequest(HookHolder):
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
        self.scope = WHOLE
        """What the redirects that led here have left of that which was given for the first URL."""
        self._signed = frozenset[str]()
        """The fields that an auth callable has put on, by their lower-cased names."""
        self._auth_hooks: Hooks = {}
        """The hooks that it has put on, to answer challenges."""
        self.is_patient = False
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
        """The face of a decided request; `body` is the object that its streamed content is read from."""
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
        made._take_content(outgoing.content, body)
        made.credential = outgoing.auth
        made.outgoing = outgoing
        made.scope = outgoing.scope
        return made

    def follow(self, before: PreparedRequest) -> None:
        """Take over what stays from one request of an exchange to the next."""
        self.draft, self.is_patient, self.route = before.draft, before.is_patient, before.route
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
            address, params = add_text(address, text_of(params)), None
        pairs = [(name, value) for name, value in query_pairs(params or {}) if value is not None]
        if colon and scheme.lower() not in ("http", "https"):
            self.url = rewrite_near(add_text(address, encode_pairs(pairs)))
            return
        with translated():
            self.url = text_with_fragment(add_query(parse(address), pairs))

    def prepare_headers(self, headers: Mapping[Any, Any] | None) -> None:
        """These headers and no others. Raises `InvalidHeader` for what cannot be sent."""
        made: CaseInsensitiveDict[Any] = CaseInsensitiveDict()
        with translated():
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
        with translated():
            content = content_of(data, json, files)
        self._take_content(content, data if content is not None and content.kind == "stream" else None)
        if content is not None and content.media_type and "Content-Type" not in self.headers:
            self.headers["Content-Type"] = content.media_type
        self._say_length(content)
        if content is not None and content.kind == "stream" and hasattr(self.body, "tell"):
            with suppress(OSError):
                self._body_position = self.body.tell()

    def prepare_content_length(self, body: Any) -> None:
        """Say the length of this body; of none, 0, but for GET and HEAD."""
        if body is self._shown and self._content is not None:
            self._say_length(self._content)
        elif body is None or isinstance(body, (str, bytes)):
            self._say_length(None if body is None else Content(body if isinstance(body, bytes) else body.encode()))
        else:
            self._say_length(streamed(body))

    def _say_length(self, content: Content | None) -> None:
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
        auth = auth or _userinfo(text_of(url or ""))
        if not auth:
            return
        scheme = scheme_of(auth)
        if scheme is not None:
            self.credential = scheme
            for name, value in scheme.fields(self.decided()):
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
        for event, more in hooks_of(hooks).items():
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
        with translated():
            content = content_of(data, None, files)
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

    def decided(self, route: Route | None = None) -> Outgoing:
        """The frozen request that this means as it stands now.

        Fields that nobody edited keep their provenance, so that what the jar or the body made is made anew for a
        redirect; framing follows the body.
        """
        base = self.outgoing or Outgoing(self.method or "GET", PLACE)
        url = self.parsed(base.url) or PLACE
        content = self._body_content()
        fields = fields_of(self.headers, base)
        if self._made_cookie:
            fields = [f._replace(source="jar") if _is_cookie(f, self._made_cookie) else f for f in fields]
        if self._signed:
            fields = [f._replace(source="auth") if f.name.lower() in self._signed else f for f in fields]
        if not any(field.name.lower() == "host" for field in fields):
            fields.insert(0, Field("Host", url.authority, "default"))
        return base._replace(
            method=self.method or "GET",
            url=url,
            headers=tuple(framed(fields, content)),
            content=content,
            auth=self.credential,
            route=route or base.route,
            scope=self.scope,
        )

    def parsed(self, shown: Url | None = None) -> Url | None:
        """The URL in parts; None for a scheme that only a mounted adapter can speak."""
        if shown is not None and text_with_fragment(shown) == self.url:
            return shown
        return None if is_foreign(self.url or "") else parse(self.url or "")

    def _take_content(self, content: Content | None, body: Any) -> None:
        self._content = content
        if content is None:
            self.body = None
        elif content.data is not None:
            shown = content.said if content.said is not None else content.data
            self.body = content.data.decode("ascii") if content.kind == "form" else shown
        else:
            said = content.said if body is None else body
            self.body = Body(content) if said is None else said
        self._shown = self.body

    def _body_content(self) -> Content | None:
        if self.body is self._shown:
            return self._content
        if self.body is None:
            return None
        if isinstance(self.body, (str, bytes)):
            return Content(self.body.encode() if isinstance(self.body, str) else self.body)
        return content_of(self.body, None, None)

    def __getstate__(self) -> dict[str, Any]:
        # What was decided holds functions that produce bodies; a copy that travels decides anew.
        body = b"".join(self.body) if isinstance(self.body, Body) else self.body
        draft = self.draft._replace(content=None)
        return {**self.__dict__, "draft": draft, "body": body, "outgoing": None, "_content": None, "_shown": None}

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


def _without(hooks: Iterable[Hook], others: Iterable[Hook]) -> list[Hook]:
    left = list(others)
    return [hook for hook in hooks if hook not in left]


def _is_cookie(field: Field, value: str) -> bool:
    return field.value == value and field.name.lower() == "cookie"


def _userinfo(url: str) -> tuple[str, str] | None:
    try:
        parsed = parse(url)
    except UrlError:
        return None
    return (unquote(parsed.username), unquote(parsed.password)) if parsed.username else None
