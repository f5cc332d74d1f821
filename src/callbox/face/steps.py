"""The steps of a request that Requests documents, each of which a child of `Session` may override.

Where nobody overrides, hooks or mounts anything, a request does not pass here at all: `Session.request` hands its
draft to the driver. Here the same merge, the same driver and the same rules of redirects are asked one step at a
time, so that what a program has put in between is honoured.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, cast

from callbox.engine.client import LiveSession
from callbox.exchange.conversation import Policy, converse, next_method, redirect, target_of
from callbox.exchange.events import Head, Note
from callbox.exchange.headers import Headers
from callbox.exchange.merge import items_of
from callbox.exchange.origins import is_credential, may_follow
from callbox.exchange.request import UNSET, Draft, Outgoing
from callbox.exchange.response import Incoming
from callbox.exchange.url import Url, UrlError, join, parse
from callbox.face.adapters import BaseAdapter
from callbox.face.auth import scheme_of
from callbox.face.carrying import Carrier, incoming_of, skim
from callbox.face.cookies import CookieJar, merge_cookies
from callbox.face.declared import Declared, obey
from callbox.face.exceptions import InvalidSchema, RequestException, TooManyRedirects
from callbox.face.fields import PLACE, is_foreign, rewrite_near
from callbox.face.hooks import Hooks, hooks_of
from callbox.face.prepared import PreparedRequest
from callbox.face.request import Request
from callbox.face.response import Response
from callbox.face.said import add_text, draft_of, with_cookies
from callbox.face.sending import content_of, text_of
from callbox.face.timeouts import left_of, verify_options
from callbox.face.translating import translated
from callbox.system import clock


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
            obey(self, self._declared)
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
            obey(self, self._declared)
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
        carrier = Carrier(self, prepared, settings)
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
                self._learn(hop.request.decided(), incoming_of(hop))
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
        decided, told = redirect(outgoing, incoming_of(resp), location, self._stepwise(resp, req))
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
        return target_of(Outgoing("GET", PLACE), Incoming(302, "", Headers([("Location", location)])))

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


def _no_target(_: Outgoing, __: Incoming) -> None:
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
        skim(response)
    response.close()


def _body_of(request: Request, draft: Draft) -> Any:
    """The object that a streamed body is read from, which whoever signs the request expects to see."""
    return request.data if draft.content is not None and draft.content.kind == "stream" else None
