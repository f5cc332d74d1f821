"""Transport adapters, mounted by URL prefix: `BaseAdapter`, `HTTPAdapter`, and the transport that sends through them.

`HTTPAdapter` sends over callbox's own connections, or through urllib3's pools if a program needs those.
`AdapterTransport` sends through mounted adapters and calls the hooks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from callbox._library.arguments import parse_timeout, remaining_timeout, verify_options
from callbox._library.prepared_request_parts import needs_mounted_adapter, parsed_url, state_of, to_outgoing
from callbox._library.private_state import PrivateState
from callbox._library.raw_response import head_of, raw_headers
from callbox.cookies import parse_place
from callbox.engine.client import store_cookies
from callbox.exceptions import InvalidProxyURL, translated_errors
from callbox.exchange.auth_schemes import Basic
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redirects_and_challenges import MAX_HOP_BYTES, MAX_HOP_S, hop_pieces
from callbox.exchange.request import Outgoing, Route
from callbox.exchange.response import Connection
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, parse
from callbox.hooks import dispatch_hook
from callbox.models import (
    PreparedRequest,
    Response,
    follow,
    is_content_requested,
    prepared_of,
    response_from_wire,
    set_content,
    unread_pieces,
)
from callbox.system import clock
from callbox.system.proxy_environment import choose_proxy

if TYPE_CHECKING:
    from callbox.wire import Cancel, Transport, WireResponse


DEFAULT_POOLSIZE = 10
DEFAULT_RETRIES = 0
DEFAULT_POOLBLOCK = False


def _load_urllib3() -> Any:
    """The module that uses urllib3's own classes."""
    from callbox.wire import urllib3_retry_and_pool_managers  # the import of urllib3 takes 40 ms

    return urllib3_retry_and_pool_managers


class BaseAdapter:
    """The base class of all adapters: `send` returns a response for a prepared request, `close` closes connections."""

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        """Send a prepared request. Returns its response with the body unread. Raises `NotImplementedError` here."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the open connections. Raises `NotImplementedError` here."""
        raise NotImplementedError


class AdapterState:
    """The private state of an adapter."""

    # These are class attributes, which saves time: each session creates two adapters.
    retries: Any = DEFAULT_RETRIES
    pool_settings: Mapping[str, Any] = {}
    manager: Any = None
    client: Any = None
    """The client of the session that created this adapter; None for an adapter of a program."""
    wire: Transport | None = None
    size = 0
    """How many attributes a session's own adapter has when it is created. If it has more, a program may have overridden
    a method.
    """
    was_of_session = False
    """Whether the adapter was unpickled from a session's own adapter."""


class HTTPAdapter(BaseAdapter):
    """An adapter that sends over its own pool of connections.

    `max_retries` is a number or urllib3's Retry. Idle connections to at most `pool_connections` hosts stay open, at
    most `pool_maxsize` to each host. A request goes through urllib3's pools in three cases: `pool_block` is set,
    `init_poolmanager` gets arguments, or a subclass has its own `poolmanager` or overrides a method that uses pools.
    """

    _callbox = PrivateState(AdapterState)
    __attrs__: ClassVar[list[str]] = ["max_retries", "config", "_pool_connections", "_pool_maxsize", "_pool_block"]

    def __init__(
        self,
        pool_connections: int = DEFAULT_POOLSIZE,
        pool_maxsize: int = DEFAULT_POOLSIZE,
        max_retries: Any = DEFAULT_RETRIES,
        pool_block: bool = False,
    ) -> None:
        self.max_retries = max_retries
        self.config: dict[str, Any] = {}
        self.proxy_manager: dict[str, Any] = {}
        self._pool_connections = pool_connections
        self._pool_maxsize = pool_maxsize
        self._pool_block = pool_block
        self.init_poolmanager(pool_connections, pool_maxsize, block=pool_block)

    @property
    def max_retries(self) -> Any:
        """urllib3's Retry for each request; a number may be assigned."""
        state = self._callbox
        state.retries = _load_urllib3().retry_of(state.retries)
        return state.retries

    @max_retries.setter
    def max_retries(self, value: Any) -> None:
        self._callbox.retries = value

    @property
    def poolmanager(self) -> Any:
        """urllib3's pool manager. After a program has read or assigned it, requests go through it."""
        state = self._callbox
        if state.manager is None:
            state.manager = _load_urllib3().make_manager(
                self._pool_connections, self._pool_maxsize, self._pool_block, state.pool_settings
            )
        return state.manager

    @poolmanager.setter
    def poolmanager(self, value: Any) -> None:
        self._callbox.manager = value

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Set up urllib3's pools. Called once, with urllib3's keywords (`ssl_context`, `source_address` ...)."""
        self._pool_connections, self._pool_maxsize, self._pool_block = connections, maxsize, block
        self._callbox.pool_settings = pool_kwargs

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """urllib3's pool manager for a proxy, which is cached. Raises `RequestException` if PySocks is missing."""
        if proxy not in self.proxy_manager:
            settings = {"num_pools": self._pool_connections, "maxsize": self._pool_maxsize,
                        "block": self._pool_block, **self._callbox.pool_settings, **proxy_kwargs}  # fmt: skip
            self.proxy_manager[proxy] = _load_urllib3().make_proxy_manager(proxy, self.proxy_headers(proxy), settings)
        return self.proxy_manager[proxy]

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """One of urllib3's pools, for a request. Raises `InvalidProxyURL` for a proxy without a host."""
        place, settings = self.build_connection_pool_key_attributes(request, verify, cert)
        return _manager_for(self, request.url, proxies).connection_from_host(**place, pool_kwargs=settings or None)

    def get_connection(self, url: str, proxies: Any = None) -> Any:
        """One of urllib3's pools for a URL.

        An older method than `get_connection_with_tls_context`, without TLS settings.
        """
        return _manager_for(self, url, proxies).connection_from_url(parse(url).text)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The origin of a request (scheme, host, port), and the TLS settings of its pool."""
        url = parse(request.url)
        place = {"scheme": url.scheme, "host": url.host.strip("[]"), "port": url.port}
        return place, _tls_settings(verify, cert) if url.scheme == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Set the TLS settings of a request on one of urllib3's pools. Raises `OSError` for a missing file."""
        if url.lower().startswith("https"):
            for name, value in _tls_settings(verify, cert).items():
                setattr(conn, name, value)

    def request_url(self, request: Any, proxies: Any) -> str:
        """The request target: path and query, or the whole URL for a proxy that forwards."""
        if needs_mounted_adapter(request.url or ""):
            return str(request.path_url)
        url = parse(request.url)
        proxy = choose_proxy(url, [proxies or {}], (proxies or {}).get("no_proxy") or "")
        if proxy and url.scheme == "http" and not proxy.startswith("socks"):
            return url.text
        target: str = request.path_url
        return target

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """The fields for a proxy: the credentials in its URL; none if the URL has no credentials."""
        from urllib.parse import unquote

        userinfo, at, _ = proxy.partition("://")[2].rpartition("@")
        username, _, password = userinfo.partition(":")
        if not at or not username:
            return {}
        credential = Basic(unquote(username), unquote(password))
        return {"Proxy-Authorization": reveal(credential.fields(_NoRequest())[0][1])}

    def add_headers(self, request: Any, **kwargs: Any) -> None:
        """Called before each request. A subclass may add fields; this method adds none."""

    def send(
        self,
        request: Any,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        """Send a prepared request. Returns its response with the body unread.

        `timeout` takes the forms of `Session.request`. Raises `ConnectionError` and its subclasses, `ReadTimeout`,
        `RetryError`, `InvalidURL`.
        """
        self.add_headers(request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies)
        with translated_errors(request):
            outgoing = to_outgoing(request, build_route(request, timeout, verify, cert, proxies or {}))
            if _is_customised(self) or _needs_urllib3(outgoing.route.proxy, outgoing.url.scheme):
                return _send_by_pool(self, request, outgoing, verify, cert, proxies)
            started_at = clock.now()
            warn_unverified(outgoing)
            wire_response, retries = _send_by_wire(self, outgoing)
        state = state_of(request)
        made = response_from_wire(
            Record(state.draft, outgoing, wire_response.head, time=started_at), wire_response, request
        )
        made.connection = self
        made.raw.retries = retries
        if stream and state.uses_default_timeout and timeout is None:
            wire_response.disable_read_timeout()
        if wire_response.was_retried:
            made.notes.append("sent again: the server had closed the idle connection")
        return made

    def build_response(self, req: Any, resp: Any) -> Response:
        """Make a response from a prepared request and one of urllib3's responses: status, fields, cookies, `raw`."""
        made = Response()
        made.status_code = getattr(resp, "status", None)
        made.headers = raw_headers(resp)
        made.raw = resp
        made.reason = getattr(resp, "reason", None)
        made.url = req.url.decode() if isinstance(req.url, bytes) else req.url
        made.request = req
        made.connection = self
        store_cookies(made.cookies._callbox, parse_place(made.url or ""), made.headers.getlist("Set-Cookie"))
        return made

    def close(self) -> None:
        """Close the idle connections. The next request opens new ones."""
        state = self._callbox
        wire = state.wire if state.client is None else state.client.opened_transport
        if wire is not None:
            wire.close()
        for manager in (state.manager, *self.proxy_manager.values()):
            if manager is not None:
                manager.clear()

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name, None) for name in self.__attrs__ if name != "max_retries"}
        private = self._callbox
        return {**state, "max_retries": private.retries, "was_of_session": private.client is not None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        was_of_session = state.pop("was_of_session", False)
        HTTPAdapter.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)
        self._callbox.was_of_session = was_of_session
        self.init_poolmanager(self._pool_connections, self._pool_maxsize, block=self._pool_block)


def adapter_of_client(client: Any) -> HTTPAdapter:
    """The adapter that uses the transport of a session's client."""
    made = HTTPAdapter()
    made._callbox.client = client
    made._callbox.size = len(vars(made))
    return made


def adopt_adapter(adapter: Any, client: Any) -> None:
    """Connect an adapter that was unpickled with its session to the transport of the new session's client."""
    if type(adapter) is HTTPAdapter and adapter._callbox.was_of_session:
        adapter._callbox.client = client


def is_unchanged_for(adapter: HTTPAdapter, client: Any) -> bool:
    """Whether this is the session's own adapter, and nobody has changed it. Then requests need not pass through it."""
    state = adapter._callbox
    return (
        state.client is client
        and state.manager is None
        and state.retries == 0
        and not state.pool_settings
        and not adapter._pool_block
        and (len(vars(adapter)) == state.size or _STEPS.isdisjoint(vars(adapter)))
    )


def wire_of(adapter: HTTPAdapter) -> Transport:
    """The transport of an adapter. A session's own adapter uses the transport of the session."""
    state = adapter._callbox
    if state.client is not None:
        wire: Transport = state.client.transport
        return wire
    if state.wire is None:
        from callbox.wire import Wire  # the import of urllib3 takes 40 ms

        state.wire = Wire(adapter._pool_connections, adapter._pool_maxsize)
    return state.wire


def _manager_for(adapter: HTTPAdapter, address: str, proxies: Any) -> Any:
    proxy = choose_proxy(parse(address), [proxies or {}], (proxies or {}).get("no_proxy") or "")
    if proxy and not proxy.partition("://")[2].strip("/"):
        raise InvalidProxyURL("Please check proxy URL. It is malformed and could be missing the host.")
    return adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager


def warn_unverified(outgoing: Outgoing) -> None:
    """Warn before a request to a server whose certificate is not verified, as urllib3 does."""
    if not outgoing.route.verify and outgoing.url.scheme == "https":
        _load_urllib3().warn_unverified(outgoing)


def _send_by_wire(adapter: HTTPAdapter, outgoing: Outgoing) -> tuple[WireResponse, Any]:
    retries = adapter._callbox.retries if type(adapter).max_retries is HTTPAdapter.max_retries else adapter.max_retries
    if isinstance(retries, int) and not retries:
        return wire_of(adapter).send(outgoing), None
    module = _load_urllib3()
    sent: tuple[WireResponse, Any] = module.send_with_retries(wire_of(adapter), outgoing, module.retry_of(retries))
    return sent


def _is_customised(adapter: HTTPAdapter) -> bool:
    kind, state = type(adapter), adapter._callbox
    return bool(
        state.manager is not None
        or is_urllib3_patched()
        or state.pool_settings
        or adapter._pool_block
        or any(getattr(kind, name) is not getattr(HTTPAdapter, name) for name in _POOL_STEPS)
        or not _POOL_STEPS.isdisjoint(vars(adapter))
    )


_POOL_PARTS = attrgetter("ConnectionCls", "_get_conn", "_make_request", "_new_conn", "urlopen")
_URLLIB3_PARTS: set[tuple[Any, ...]] = set()
"""The connection classes of urllib3's pools before any program has replaced them: for http and for https."""


def is_urllib3_patched() -> bool:
    """Whether a program has replaced parts of urllib3's pools, as vcrpy and tracing tools do. If so, callbox sends
    requests through these pools, because such a tool expects it.
    """
    pools = sys.modules.get("urllib3.connectionpool")
    if pools is None:
        return False
    parts = _POOL_PARTS(pools.HTTPConnectionPool), _POOL_PARTS(pools.HTTPSConnectionPool)
    if parts in _URLLIB3_PARTS:
        return False
    if not all(_is_of_urllib3(part) for one in parts for part in one):
        return True
    _URLLIB3_PARTS.add(parts)
    return False


def _is_of_urllib3(part: Any) -> bool:
    is_plain = isinstance(part, (type, FunctionType)) and not hasattr(part, "__wrapped__")
    return is_plain and str(part.__module__).startswith("urllib3.")


def _send_by_pool(adapter: HTTPAdapter, request: Any, outgoing: Outgoing, verify: Any, cert: Any, proxies: Any) -> Any:
    pool = adapter.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
    adapter.cert_verify(pool, request.url, verify, cert)
    found = _load_urllib3().open_url(pool, adapter.request_url(request, proxies), outgoing, adapter.max_retries)
    return adapter.build_response(request, found)


_POOL_STEPS = frozenset(
    "proxy_headers proxy_manager_for get_connection_with_tls_context build_connection_pool_key_attributes cert_verify "
    "request_url build_response poolmanager".split()
)
"""The methods that use pools. A subclass that overrides one of them uses urllib3's pools."""
_STEPS = _POOL_STEPS | {"send", "add_headers"}


class _NoRequest:
    """A placeholder for the request, because a Basic credential can be formatted without one."""

    method = ""
    url = Url("http", "", 80, "/")
    content = None


def build_route(request: Any, timeout: Any, verify: Any, cert: Any, proxies: Mapping[str, str | None]) -> Route:
    """The route of a request, from the keyword arguments of an adapter's `send`."""
    state = state_of(request)
    base: Route = state.route or (state.outgoing.route if state.outgoing is not None else Route())
    url, tls_options = parsed_url(request), verify_options(verify)
    if timeout is not None or not state.uses_default_timeout:
        times = parse_timeout(timeout)
        base = base._replace(connect_timeout=times.connect, timeout=times.read, total_timeout=times.total)
    return base._replace(
        is_apart=not state.scope.credentials,
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
    """Whether only urllib3's pools can use this proxy: a SOCKS proxy (which needs PySocks), or TLS within TLS."""
    return proxy.startswith("socks") or (scheme == "https" and proxy.startswith("https:"))


class AdapterTransport:
    """A transport that sends each request through the adapter that is mounted for its URL, and calls the hooks with
    each response. The first request is the prepared request with which the transport was created.
    """

    def __init__(self, owner: Any, prepared: PreparedRequest, settings: Mapping[str, Any]) -> None:
        self._owner = owner
        self._first = prepared
        self._settings = settings
        self._started_at = clock.monotonic()
        self.responses: list[Any] = []
        """The responses, the oldest first, as the hooks returned them."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send a request through its adapter, and call the hooks. Returns the response that the hooks return."""
        prepared = self._first if not self.responses else self._show(outgoing)
        adapter = self._owner.get_adapter(url=prepared.url)
        started_at = clock.monotonic()
        settings = self._settings
        if self.responses:
            settings = {
                **settings,
                "timeout": remaining_timeout(settings.get("timeout"), started_at - self._started_at),
            }
        is_unsaid = state_of(prepared).uses_default_timeout and isinstance(adapter, HTTPAdapter)
        response = adapter.send(prepared, **{**settings, "timeout": None} if is_unsaid else settings)
        response.elapsed = timedelta(seconds=clock.monotonic() - started_at)
        if isinstance(response, Response):
            response._callbox_owner = self._owner
        response = dispatch_hook("response", prepared.hooks, response, **settings)
        self.responses.append(response)
        return cast("WireResponse", AdapterResponse(response))

    def _show(self, outgoing: Outgoing) -> PreparedRequest:
        first = self._first
        prepared = prepared_of(outgoing, first.body if outgoing.content is not None else None, first.hooks)
        follow(prepared, first)
        return prepared

    def close(self) -> None:
        """Do nothing, because the owner of an adapter closes it."""

    def connections(self) -> list[Connection]:
        """Return nothing, because the connections of adapters are not known."""
        return []


class AdapterResponse:
    """The response of an adapter with the interface of a `WireResponse`, for the code that follows redirects."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.head = head_of(response)
        self.undecoded = ""
        self.was_retried = False
        self.received = 0

    def content(self) -> Iterator[bytes]:
        """The body of an intermediate response, if it is small and arrives soon. The response stores it."""
        content = read_limited(self.response)
        self.received = len(content)
        yield content

    def limit_read_timeout(self, seconds: float) -> None:
        """Do nothing, because `read_limited` limits the read."""

    def close(self) -> None:
        """Do nothing, because the owner of the response closes it."""


def read_limited(response: Any) -> bytes:
    """Read the body of an intermediate response, within limits of size and time, and store it in the response.

    Its connection is reused if the body was read completely. Raises the errors of `Response.content`.
    """
    if not isinstance(response, Response) or is_content_requested(response):
        return response.content or b""
    wire_response = getattr(response.raw, "wire_response", None)
    if wire_response is not None:
        wire_response.limit_read_timeout(MAX_HOP_S)
    content = bytearray()
    for piece in hop_pieces(unread_pieces(response), clock.monotonic):
        content += piece
    if not response._content_consumed:
        response.close()
    return set_content(response, bytes(content[:MAX_HOP_BYTES]))


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
