"""Support for adapters of the library that use classes of urllib3: its `Retry`, around callbox's transport, and its
pool managers.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from time import monotonic
from typing import Any, NamedTuple

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InsecureRequestWarning,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
)
from urllib3.poolmanager import proxy_from_url

from callbox.errors import Fault, UsageError
from callbox.exchange.redirects_and_challenges import MAX_HOP_S, hop_pieces
from callbox.exchange.request import Outgoing, Route
from callbox.exchange.request_content import Content
from callbox.wire.error_translation import could_not_connect, explain
from callbox.wire.message_head import write_head
from callbox.wire.transport import Transport, WireResponse

Urllib3Error = HTTPError
"""The base class of urllib3's errors. `callbox.exceptions` derives one class from it, as Requests does."""


def retry_of(value: Any) -> Retry:
    """Convert `max_retries` of an adapter, which is a `Retry` or a number, to a `Retry`."""
    if isinstance(value, Retry):
        return value
    return Retry(0, read=False) if value in (0, None) else Retry.from_int(value)


class _RetryView(NamedTuple):
    """The attributes of a response that a `Retry` reads."""

    status: int
    headers: Mapping[str, str]

    def get_redirect_location(self) -> bool:
        """Always None: callbox follows redirects, and not the `Retry`."""
        return False


def _discard(response: WireResponse) -> None:
    """Read a body that nobody wants, if it is small and arrives soon. Otherwise close its connection."""
    response.limit_read_timeout(MAX_HOP_S)
    try:
        for _ in hop_pieces(response.raw(), monotonic):
            pass
    except Fault:
        pass
    finally:
        response.close()


def send_with_retries(wire: Transport, outgoing: Outgoing, retries: Retry) -> tuple[WireResponse, Retry]:
    """Send a request, and again as often as a `Retry` allows. Returns the response, and the `Retry` with the tries that
    are left. Raises the last `Fault`, or one of the kind `retries` if the status of every response was one to retry.
    """
    while True:
        try:
            response = wire.send(outgoing)
        except Fault as fault:
            if not _is_repeatable(outgoing):
                raise
            retries = _use_try(retries, outgoing, fault)
            retries.sleep()
            continue
        head = response.head
        view = _RetryView(head.status, head.headers)
        is_retry = retries.is_retry(outgoing.method, head.status, "Retry-After" in head.headers)
        if not is_retry or not _is_repeatable(outgoing):
            return response, retries
        try:
            retries = retries.increment(outgoing.method, outgoing.url.text, view)  # type: ignore[arg-type]
        except MaxRetryError as error:
            if not retries.raise_on_status:
                return response, retries
            response.close()
            raise Fault(f"Every try failed: {error.reason}", kind="retries") from error
        _discard(response)
        retries.sleep(view)  # type: ignore[arg-type]


def _is_repeatable(outgoing: Outgoing) -> bool:
    return outgoing.content is None or outgoing.content.is_replayable


def _use_try(retries: Retry, outgoing: Outgoing, fault: Fault) -> Retry:
    where = outgoing.url.text
    error: HTTPError = ProtocolError(fault.message)
    if could_not_connect(fault):
        error = NewConnectionError(None, fault.message)  # type: ignore[arg-type]
    elif fault.kind in ("tls", "certificate"):
        error = SSLError(fault.message)
    elif fault.kind in ("timeout", "total-timeout"):
        error = ReadTimeoutError(None, where, fault.message)  # type: ignore[arg-type]
    try:
        return retries.increment(outgoing.method, where, error=error)
    except HTTPError:
        raise fault from None


def warn_unverified(outgoing: Outgoing) -> None:
    """Issue urllib3's `InsecureRequestWarning` for an https request without verification."""
    warnings.warn(
        f"Unverified HTTPS request is being made to host '{outgoing.url.host}'. Adding certificate verification is "
        "strongly advised. See: https://urllib3.readthedocs.io/en/latest/advanced-usage.html#tls-warnings",
        InsecureRequestWarning,
        stacklevel=2,
    )


def make_manager(connections: int, maxsize: int, block: bool, settings: Mapping[str, Any]) -> PoolManager:
    """Make a `PoolManager` of urllib3 with these settings."""
    return PoolManager(num_pools=connections, maxsize=maxsize, block=block, **settings)


def make_proxy_manager(proxy: str, headers: Mapping[str, str], settings: Mapping[str, Any]) -> Any:
    """Make a pool manager of urllib3 for a proxy. Raises `UsageError` for a SOCKS proxy if PySocks is not installed."""
    if proxy.lower().startswith("socks"):
        if find_spec("socks") is None:
            raise UsageError("A SOCKS proxy needs PySocks", hint="install callbox[socks]")
        from urllib3.contrib.socks import SOCKSProxyManager

        return SOCKSProxyManager(proxy, **settings)
    return proxy_from_url(proxy, proxy_headers=headers, **settings)


def open_url(pool: Any, url: str, outgoing: Outgoing, retries: Retry) -> Any:
    """Send a request through a pool of urllib3. Returns urllib3's response, whose body is not read yet. Raises `Fault`.
    Also raises `HeaderError` for a method or header that must not be sent, because urllib3 accepts some of these.
    """
    write_head(outgoing, "/")  # This raises `HeaderError`. urllib3 checks the target.
    content = outgoing.content
    headers = {f.name: f.value if isinstance(f.value, str) else f.value.reveal() for f in outgoing.headers}
    is_chunked = any(name.lower() == "transfer-encoding" for name in headers)
    body: Any = None if content is None else content.data
    source = None
    if content is not None and content.data is None:
        body = source = _BodySource(content)
    try:
        with urllib3_errors_as_faults(f"{outgoing.url.host}:{outgoing.url.port}"):
            return pool.urlopen(
                method=outgoing.method, url=url, body=body, headers=headers, redirect=False, assert_same_host=False,
                preload_content=False, decode_content=False, retries=retries, timeout=_timeout(outgoing.route),
                chunked=is_chunked,
            )  # fmt: skip
    except Exception:
        if source is not None and source.error is not None:
            raise source.error from source.error.__cause__
        raise


class _BodySource:
    """The body of a request, for urllib3. `error` is the exception that the iterator of the pieces has raised; None
    without one.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._content.chunks()
        except Exception as error:
            self.error = error
            raise


def _timeout(route: Route) -> Timeout:
    return Timeout(total=route.total_timeout, connect=route.connect_timeout, read=route.timeout)


@contextmanager
def urllib3_errors_as_faults(where: str = "the server") -> Iterator[None]:
    """A context manager that translates errors of urllib3 to `Fault`s."""
    try:
        yield
    except (HTTPError, OSError) as error:
        raise _translate(error, where) from error


def _translate(error: BaseException, where: str) -> BaseException:
    cause: Any = error.reason if isinstance(error, MaxRetryError) else error
    for kinds, kind in _KINDS:
        if isinstance(cause, kinds):
            text = (str(cause).splitlines() or [type(cause).__name__])[0]
            return Fault(f"{text[:300]} ({where})", kind=kind)
    fault = explain(error, where)
    if isinstance(cause, ProtocolError) and isinstance(fault, Fault) and fault.kind == "connection":
        fault.kind = "protocol"
    return fault


_KINDS: tuple[tuple[Any, str], ...] = (
    (NewConnectionError, "connection"),
    (ConnectTimeoutError, "connect-timeout"),
    (ReadTimeoutError, "timeout"),
    (ResponseError, "retries"),
    (ProxyError, "proxy"),
    (SSLError, "tls"),
    (DecodeError, "coding"),
)
