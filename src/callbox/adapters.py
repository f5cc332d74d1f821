"""Transport adapters, mounted by URL prefix: `BaseAdapter`, `HTTPAdapter`, and the transport that sends through them.

`HTTPAdapter` sends over callbox's own connections, or through urllib3's pools where a program asks for those.
`AdapterTransport` sends through mounted adapters and calls the hooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from callbox._arguments import parse_timeout, verify_options
from callbox._headers import FieldDict
from callbox.engine.client import store_cookies
from callbox.exceptions import InvalidProxyURL, translated_errors
from callbox.exchange.auth import Basic
from callbox.exchange.events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing, Route
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, parse
from callbox.models import Response
from callbox.system import clock
from callbox.system.environment import choose_proxy

if TYPE_CHECKING:
    from callbox.wire import Transport, WireResponse
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from callbox._arguments import remaining_timeout
from callbox._raw import Raw
from callbox.engine.client import HOP_BYTES, HOP_S
from callbox.exchange.response import Connection, ResponseHead
from callbox.hooks import dispatch_hook
from callbox.models import PreparedRequest

if TYPE_CHECKING:
    from callbox.wire import Cancel, WireResponse


DEFAULT_POOLSIZE = 10
DEFAULT_RETRIES = 0
DEFAULT_POOLBLOCK = False


def _load_urllib3() -> Any:
    """The module that speaks in urllib3's own names."""
    from callbox.wire import urllib3_adapters  # 42 ms, for urllib3: a session is there before it

    return urllib3_adapters


class BaseAdapter:
    """The parent of all adapters: `send` gives a response for a prepared request, `close` lets go."""

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        """The response to this prepared request, its body unread. Raises NotImplementedError here."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what is kept open. Raises NotImplementedError here."""
        raise NotImplementedError


class HTTPAdapter(BaseAdapter):
    """Sends over kept connections of its own.

    `max_retries` is a number or urllib3's Retry; connections to `pool_connections` hosts are kept, `pool_maxsize` to
    each. With `pool_block`, settings given to `init_poolmanager`, a `poolmanager` of a child's own, or a child that
    overrides what speaks of pools, requests go through urllib3's pools and obey them.
    """

    __attrs__: ClassVar[list[str]] = ["max_retries", "config", "_pool_connections", "_pool_maxsize", "_pool_block"]

    def __init__(
        self,
        pool_connections: int = DEFAULT_POOLSIZE,
        pool_maxsize: int = DEFAULT_POOLSIZE,
        max_retries: Any = DEFAULT_RETRIES,
        pool_block: bool = False,
    ) -> None:
        self._retries = max_retries
        self.config: dict[str, Any] = {}
        self.proxy_manager: dict[str, Any] = {}
        self._pool_connections = pool_connections
        self._pool_maxsize = pool_maxsize
        self._pool_block = pool_block
        self._pool_settings: dict[str, Any] = {}
        self._manager: Any = None
        self._owner: Any = None
        self._wire: Transport | None = None
        self.init_poolmanager(pool_connections, pool_maxsize, block=pool_block)

    @classmethod
    def for_session(cls, owner: Any) -> HTTPAdapter:
        """The adapter that uses a session's own transport."""
        made = cls()
        made._owner = owner
        made._size = len(made.__dict__) + 1
        return made

    def is_unchanged_for(self, owner: Any) -> bool:
        """Whether this is the session's own adapter, unmodified: then requests need not pass through it."""
        return (
            self._owner is owner
            and self._manager is None
            and self._retries == 0
            and not self._pool_settings
            and not self._pool_block
            and (len(self.__dict__) == self._size or _STEPS.isdisjoint(self.__dict__))
        )

    @property
    def max_retries(self) -> Any:
        """urllib3's Retry that each request begins with; a number may be assigned."""
        self._retries = _load_urllib3().retry_of(self._retries)
        return self._retries

    @max_retries.setter
    def max_retries(self, value: Any) -> None:
        self._retries = value

    @property
    def poolmanager(self) -> Any:
        """urllib3's pool manager; once it was asked for or assigned, requests go through it."""
        if self._manager is None:
            self._manager = _load_urllib3().make_manager(
                self._pool_connections, self._pool_maxsize, self._pool_block, self._pool_settings
            )
        return self._manager

    @poolmanager.setter
    def poolmanager(self, value: Any) -> None:
        self._manager = value

    @property
    def wire(self) -> Transport:
        """The transport: the session's for a session's own adapter, else one of its own."""
        if self._owner is not None:
            wire: Transport = self._owner.transport
            return wire
        if self._wire is None:
            from callbox.wire import Wire  # 40 ms, for urllib3

            self._wire = Wire(self._pool_connections, self._pool_maxsize)
        return self._wire

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Told once how the pools are to be; keywords are urllib3's (`ssl_context`, `source_address` ...)."""
        self._pool_connections, self._pool_maxsize, self._pool_block = connections, maxsize, block
        self._pool_settings = pool_kwargs

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """urllib3's manager for a proxy, kept for the next. Raises `RequestException` where PySocks is missing."""
        if proxy not in self.proxy_manager:
            settings = {"num_pools": self._pool_connections, "maxsize": self._pool_maxsize,
                        "block": self._pool_block, **self._pool_settings, **proxy_kwargs}  # fmt: skip
            self.proxy_manager[proxy] = _load_urllib3().make_proxy_manager(proxy, self.proxy_headers(proxy), settings)
        return self.proxy_manager[proxy]

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """The pool of urllib3's for a request. Raises `InvalidProxyURL` for a proxy without a host."""
        place, settings = self.build_connection_pool_key_attributes(request, verify, cert)
        return self._manager_for(request.url, proxies).connection_from_host(**place, pool_kwargs=settings or None)

    def get_connection(self, url: str, proxies: Any = None) -> Any:
        """The pool of urllib3's for a URL; by its older name, under which it is told nothing of TLS."""
        return self._manager_for(url, proxies).connection_from_url(parse(url).text)

    def _manager_for(self, address: str, proxies: Any) -> Any:
        proxy = choose_proxy(parse(address), [proxies or {}], (proxies or {}).get("no_proxy") or "")
        if proxy and not proxy.partition("://")[2].strip("/"):
            raise InvalidProxyURL("Please check proxy URL. It is malformed and could be missing the host.")
        return self.proxy_manager_for(proxy) if proxy else self.poolmanager

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where a request goes (scheme, host, port), and the TLS settings that its connections share with no others."""
        url = parse(request.url)
        place = {"scheme": url.scheme, "host": url.host.strip("[]"), "port": url.port}
        return place, _tls_settings(verify, cert) if url.scheme == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Give a pool of urllib3's the TLS settings of a request. Raises OSError for a file that is missing."""
        if url.lower().startswith("https"):
            for name, value in _tls_settings(verify, cert).items():
                setattr(conn, name, value)

    def request_url(self, request: Any, proxies: Any) -> str:
        """The request target: path and query, or the whole URL for a proxy that forwards."""
        url = parse(request.url)
        proxy = choose_proxy(url, [proxies or {}], (proxies or {}).get("no_proxy") or "")
        if proxy and url.scheme == "http" and not proxy.startswith("socks"):
            return url.text
        target: str = request.path_url
        return target

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """The fields that a proxy is sent: its credentials, where its URL has any."""
        from urllib.parse import unquote

        userinfo, at, _ = proxy.partition("://")[2].rpartition("@")
        username, _, password = userinfo.partition(":")
        if not at or not username:
            return {}
        credential = Basic(unquote(username), unquote(password))
        return {"Proxy-Authorization": reveal(credential.fields(_NoRequest())[0][1])}

    def add_headers(self, request: Any, **kwargs: Any) -> None:
        """Told before each request, for a child that adds fields to it; this one adds none."""

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        """The response to a prepared request, its body unread.

        `timeout` in the forms of `Session.request`. Raises `ConnectionError` and its children, `ReadTimeout`,
        `RetryError`, `InvalidURL`.
        """
        self.add_headers(request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies)
        with translated_errors(request):
            outgoing = request.to_outgoing(build_route(request, timeout, verify, cert, proxies or {}))
            if self._is_customised() or _needs_urllib3(outgoing.route.proxy, outgoing.url.scheme):
                return self._send_by_pool(request, outgoing, verify, cert, proxies)
            started_at = clock.now()
            wire_response, retries = self._send_by_wire(outgoing)
        made = Response.from_wire(
            Record(request.draft, outgoing, wire_response.head, time=started_at), wire_response, request
        )
        made.connection = self
        made.raw.retries = retries
        if stream and request.uses_default_timeout and timeout is None:
            wire_response.disable_read_timeout()
        if wire_response.was_retried:
            made.notes.append("sent again: the server had closed the kept connection")
        return made

    def _send_by_wire(self, outgoing: Outgoing) -> tuple[WireResponse, Any]:
        if isinstance(self._retries, int) and not self._retries:
            return self.wire.send(outgoing), None
        sent: tuple[WireResponse, Any] = _load_urllib3().send_with_retries(self.wire, outgoing, self.max_retries)
        return sent

    def _is_customised(self) -> bool:
        kind = type(self)
        return bool(
            self._manager is not None
            or self._pool_settings
            or self._pool_block
            or any(getattr(kind, name) is not getattr(HTTPAdapter, name) for name in _POOL_STEPS)
            or not _POOL_STEPS.isdisjoint(self.__dict__)
        )

    def _send_by_pool(self, request: Any, outgoing: Outgoing, verify: Any, cert: Any, proxies: Any) -> Response:
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        self.cert_verify(pool, request.url, verify, cert)
        found = _load_urllib3().open_url(pool, self.request_url(request, proxies), outgoing, self.max_retries)
        return self.build_response(request, found)

    def build_response(self, req: Any, resp: Any) -> Response:
        """A response made of a prepared request and one of urllib3's responses: status, fields, cookies, `raw`."""
        made = Response()
        made.status_code = getattr(resp, "status", None)
        made.headers = raw_headers(resp)
        made.raw = resp
        made.reason = getattr(resp, "reason", None)
        made.url = req.url.decode() if isinstance(req.url, bytes) else req.url
        made.request = req
        made.connection = self
        url = parse(made.url)
        store_cookies(made.cookies.jar, url, made.headers.getlist("Set-Cookie"))
        return made

    def close(self) -> None:
        """Close the kept connections; the next request opens new ones."""
        wire = self._wire if self._owner is None else self._owner.__dict__.get("_transport")
        if wire is not None:
            wire.close()
        for manager in (self._manager, *self.proxy_manager.values()):
            if manager is not None:
                manager.clear()

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name, None) for name in self.__attrs__}
        return {**state, "max_retries": self._retries, "was_of_session": self._owner is not None}

    _size = 0
    """How many attributes a session's own adapter was made with: as long as there are no more, none is a step."""
    was_of_session = False
    """Whether this was unpickled from a session's own adapter."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        HTTPAdapter.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)
        self.init_poolmanager(self._pool_connections, self._pool_maxsize, block=self._pool_block)


_POOL_STEPS = frozenset(
    "proxy_headers proxy_manager_for get_connection_with_tls_context build_connection_pool_key_attributes cert_verify "
    "request_url build_response".split()
)
"""A child that overrides one of these speaks of urllib3's pools."""
_STEPS = _POOL_STEPS | {"send", "add_headers"}


class _NoRequest:
    """Stands for a request where a Basic credential is formatted, which does not look at one."""

    method = ""
    url = Url("http", "", 80, "/")
    content = None


def raw_headers(raw: Any) -> FieldDict:
    """The headers of another library's raw response; repeated fields unfolded where it allows."""
    headers = getattr(raw, "headers", None) or {}
    pairs = list(headers.items())
    return FieldDict.of(Headers([(str(name), str(value)) for name, value in pairs]))


def build_route(request: Any, timeout: Any, verify: Any, cert: Any, proxies: Mapping[str, str | None]) -> Route:
    """The route of a request, from the keyword arguments of an adapter's `send`."""
    base: Route = request.route or (request.outgoing.route if request.outgoing is not None else Route())
    url, tls_options = request.parsed(), verify_options(verify)
    if timeout is not None or not request.uses_default_timeout:
        times = parse_timeout(timeout)
        base = base._replace(connect_timeout=times.connect, timeout=times.read, total_timeout=times.total)
    return base._replace(
        is_apart=not request.scope.credentials,
        verify=bool(tls_options["verify"]),
        ca=str(tls_options["ca"]),
        cert=tuple(cert) if isinstance(cert, (tuple, list)) else cert or None,
        proxy=choose_proxy(url, [proxies], proxies.get("no_proxy") or "") if url is not None else "",
    )


def _tls_settings(verify: Any, cert: Any) -> dict[str, Any]:
    import os

    tls_options = verify_options(verify)
    found: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED" if tls_options["verify"] else "CERT_NONE"}
    if tls_options["ca"]:
        found["ca_cert_dir" if os.path.isdir(str(tls_options["ca"])) else "ca_certs"] = tls_options["ca"]
    if cert:
        pair = cert if isinstance(cert, (tuple, list)) else (cert, None)
        found.update({"cert_file": pair[0], "key_file": pair[1]})
    for path in (found.get("ca_certs"), found.get("cert_file"), found.get("key_file")):
        if path and not os.path.exists(path):
            raise OSError(f"Could not find a TLS file, invalid path: {path}")
    return found


def _needs_urllib3(proxy: str, scheme: str) -> bool:
    """Whether our own connections cannot use this proxy: SOCKS (which needs PySocks), and TLS within TLS."""
    return proxy.startswith("socks") or (scheme == "https" and proxy.startswith("https:"))


class AdapterTransport:
    """Sends through the adapter that is mounted for the URL, and passes each response to the hooks.

    The prepared request that it is made with is what the first sending uses, the very object.
    """

    def __init__(self, owner: Any, prepared: PreparedRequest, settings: Mapping[str, Any]) -> None:
        self._owner = owner
        self._first = prepared
        self._settings = settings
        self._started_at = clock.monotonic()
        self.responses: list[Any] = []
        """What the hooks left of each answer, oldest first."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request by its adapter; the answer that the hooks left."""
        prepared = self._first if not self.responses else self._show(outgoing)
        adapter = self._owner.get_adapter(url=prepared.url)
        started_at = clock.monotonic()
        settings = self._settings
        if self.responses:
            settings = {
                **settings,
                "timeout": remaining_timeout(settings.get("timeout"), started_at - self._started_at),
            }
        is_unsaid = prepared.uses_default_timeout and isinstance(adapter, HTTPAdapter)
        response = adapter.send(prepared, **{**settings, "timeout": None} if is_unsaid else settings)
        response.elapsed = timedelta(seconds=clock.monotonic() - started_at)
        if isinstance(response, Response):
            response._owner = self._owner
        response = dispatch_hook("response", prepared.hooks, response, **settings)
        self.responses.append(response)
        return cast("WireResponse", AdapterResponse(response))

    def _show(self, outgoing: Outgoing) -> PreparedRequest:
        first = self._first
        prepared = PreparedRequest.of(outgoing, first.body if outgoing.content is not None else None, first.hooks)
        prepared.follow(first)
        return prepared

    def close(self) -> None:
        """Nothing: adapters are their owner's to close."""

    def connections(self) -> list[Connection]:
        """Nothing is known of what adapters keep."""
        return []


class AdapterResponse:
    """An adapter's response with the interface of a `WireResponse`: its head, and its content for a redirect."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.head = head_of(response)
        self.undecoded = ""
        self.was_retried = False
        self.received = 0

    def content(self) -> Iterator[bytes]:
        """The body of an intermediate response, if it is small and arrives quickly; the response keeps it."""
        content = read_limited(self.response)
        self.received = len(content)
        yield content

    def close(self) -> None:
        """Nothing: whoever holds the response closes it."""


def read_limited(response: Any) -> bytes:
    """Read the body of an intermediate response, up to a limit of size and time, and keep it in the response.

    Its connection serves again where that was all. Raises as `Response.content`.
    """
    if not isinstance(response, Response) or response.is_content_requested:
        return response.content or b""
    content, deadline = bytearray(), clock.monotonic() + HOP_S
    for piece in response.pieces():
        content += piece
        if len(content) > HOP_BYTES or clock.monotonic() > deadline:
            response.close()
            break
    return response.set_content(bytes(content[:HOP_BYTES]))


def head_of(response: Any) -> ResponseHead:
    """The `ResponseHead` of a response, also of one made by hand or by another library."""
    record = getattr(response, "record", None)
    if record is not None and record.response.status == response.status_code:
        head: ResponseHead = record.response
        return head
    pairs = [(str(name), str(value)) for name, value in (response.headers or {}).items()]
    cookies = _set_cookies(response)
    if cookies:
        pairs = [(name, value) for name, value in pairs if name.lower() != "set-cookie"]
    return ResponseHead(
        response.status_code or 0, str(response.reason or ""), Headers([*pairs, *(("Set-Cookie", c) for c in cookies)])
    )


def _set_cookies(response: Any) -> list[str]:
    """The Set-Cookie lines unfolded, wherever the library that made the response has left them."""
    raw = getattr(response, "raw", None)
    for headers in (getattr(raw, "headers", None), getattr(response, "headers", None)):
        getlist = getattr(headers, "getlist", None)
        if getlist is not None and not isinstance(raw, Raw):
            return [str(line) for line in getlist("Set-Cookie")]
    message = getattr(getattr(raw, "_original_response", None), "msg", None)
    get_all = getattr(message, "get_all", None)
    return list(get_all("Set-Cookie") or ()) if get_all is not None else []


DEFAULT_POOL_TIMEOUT = None

__all__ = [
    "DEFAULT_POOLBLOCK",
    "DEFAULT_POOLSIZE",
    "DEFAULT_POOL_TIMEOUT",
    "DEFAULT_RETRIES",
    "BaseAdapter",
    "HTTPAdapter",
]


def __getattr__(name: str) -> object:
    if name not in ("PoolManager", "Retry"):
        raise AttributeError(f"module 'callbox.adapters' has no attribute {name!r}")
    return getattr(_load_urllib3(), name)
