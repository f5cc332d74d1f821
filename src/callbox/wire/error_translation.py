"""Translate exceptions of the operating system, the TLS library and urllib3 to `Fault`s with a message for the user.

Most code of this package raises a `Fault` itself. This module translates all other exceptions.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Iterator

from urllib3.exceptions import HTTPError as Urllib3Error

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.redaction.urls import redact_url
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.wire.connection_and_byte_stream import BaseConnection, Cancel

TRANSLATED_ERRORS = (OSError, Urllib3Error, ValueError, UnicodeError)
"""The exceptions that `explain` translates. Any other exception is a bug of callbox."""


_AT_PROXY = {
    "refused": "proxy", "dns": "proxy", "unreachable": "proxy", "connection": "proxy", "reset": "proxy-closed",
}  # fmt: skip
"""The kind of a fault if it happens at the proxy and not at the server. All except the last happen before any byte is
sent.
"""

_NO_CONNECTION = frozenset(
    {"connect-timeout", "refused", "dns", "unreachable", "connection", "reset", "proxy", "proxy-closed"}
)
"""The kinds of faults after which a second attempt to connect may succeed. If a certificate or the handshake was
refused, or the total timeout has passed, it cannot succeed.
"""


def could_not_connect(fault: Fault) -> bool:
    """Whether the fault means that there was no connection, so that a request with any method may be sent again."""
    return fault.is_unsent and fault.kind in _NO_CONNECTION


def explain(error: BaseException, where: str, *, is_proxy: bool = False) -> CallboxError:
    """Translate an exception to a fault with a message for the user. `where` is the `host:port` to which the request
    went.
    """
    target = f"proxy {where}" if is_proxy else where
    chain = list(_causes(error))
    for cause in reversed(chain):
        if isinstance(cause, CallboxError):
            return cause
        for kinds, describe in _TABLE:
            if isinstance(cause, kinds):
                fault = describe(cause, target)
                if is_proxy:
                    fault.kind = _AT_PROXY.get(fault.kind, fault.kind)
                return fault
    return Fault(f"Could not talk to {target}: {_one_line(chain[-1])}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its cause, the cause of that, and so on."""
    seen: set[int] = set()
    current: object = error
    while isinstance(current, BaseException) and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or getattr(current, "reason", None) or current.__context__


def _one_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.partition("\n")[0][:300]


def _certificate(error: BaseException, target: str) -> Fault:
    assert isinstance(error, ssl.SSLCertVerificationError)
    host = target.rpartition(":")[0]
    message, hint = _CERTIFICATE.get(error.verify_code, ("", ""))
    if not message:
        message = error.verify_message or "cannot be verified"
    return Fault(
        f"TLS: the certificate of {target} {message.format(host=host)}",
        kind="certificate",
        hint=hint or "set option ca FILE, or set option verify no",
    )


# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h).
_CERTIFICATE = {
    9: ("is not valid yet", "check this machine's clock, or set option verify no"),
    10: ("has expired", "set option verify no, if you trust it anyway"),
    18: ("is self-signed", ""),
    19: ("has a self-signed root certificate that is not trusted here", ""),
    20: ("comes from an unknown issuer", ""),
    21: ("comes from an unknown issuer", ""),
    62: ("is for another host, not {host}", "set option verify no, if you trust it anyway"),
    64: ("is for another address, not {host}", "set option verify no, if you trust it anyway"),
}


def _tls(error: BaseException, target: str) -> Fault:
    reason = str(getattr(error, "reason", "") or "").upper()
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        return Fault(f"TLS: {target} does not speak TLS", kind="tls", hint="try http://")
    if "UNSUPPORTED_PROTOCOL" in reason or "PROTOCOL_VERSION" in reason:
        return Fault(f"TLS: {target} offers only versions of TLS that are not safe", kind="tls")
    if "CERTIFICATE_REQUIRED" in reason:
        return Fault(f"TLS: {target} wants a client certificate", kind="tls", hint="set option cert FILE")
    if "HANDSHAKE_FAILURE" in reason:
        # If the client certificate is missing, a TLS 1.2 server sends nothing more exact (RFC 5246 section 7.4.6).
        hint = "it may want a client certificate: set option cert FILE"
        return Fault(f"TLS: {target} refused the handshake", kind="tls", hint=hint)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Fault(f"TLS: {target} closed the connection during the handshake", kind="tls")
    return Fault(f"TLS with {target} failed: {reason.lower().replace('_', ' ') or _one_line(error)}", kind="tls")


def _timeout(error: BaseException, target: str) -> Fault:
    return Fault(f"Timed out talking to {target}", kind="timeout", hint="set option timeout SECONDS")


def _name(error: BaseException, target: str) -> Fault:
    host = target.rpartition(":")[0]
    host = f"of the {host}" if host.startswith("proxy ") else host
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return Fault(
            f"Cannot resolve host {host} (temporary failure)", kind="dns", hint="check the network, and try again"
        )
    return Fault(f"Cannot resolve host {host}", kind="dns", hint="check the name")


def _refused(error: BaseException, target: str) -> Fault:
    return Fault(f"Connection refused: {target} (nothing is listening there)", kind="refused")


def _reset(error: BaseException, target: str) -> Fault:
    return Fault(f"Connection reset by {target}", kind="reset")


def _os(error: BaseException, target: str) -> Fault:
    number = getattr(error, "errno", None)
    kind = "unreachable" if number in (errno.ENETUNREACH, errno.EHOSTUNREACH) else "connection"
    words = {
        errno.ENETUNREACH: f"Network unreachable: {target}",
        errno.EHOSTUNREACH: f"Host unreachable: {target}",
        errno.EMFILE: "Too many open files on this machine",
    }.get(number or 0)
    return Fault(
        words or f"Could not talk to {target}: {getattr(error, 'strerror', '') or _one_line(error)}", kind=kind
    )


_TABLE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[BaseException, str], Fault]], ...]
_TABLE = (
    (ssl.SSLCertVerificationError, _certificate),
    (ssl.SSLError, _tls),
    (socket.gaierror, _name),
    (TimeoutError, _timeout),
    (ConnectionRefusedError, _refused),
    ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), _reset),
    (OSError, _os),
)


def host_and_port(outgoing: Outgoing) -> str:
    """The `host:port` of a request, for messages."""
    return f"{outgoing.url.host}:{outgoing.url.port}"


def translate_body_error(error: BaseException, outgoing: Outgoing, received: int) -> BaseException:
    """Translate an exception that occurred while the body was read. `received` is the number of bytes so far."""
    if isinstance(error, Fault):
        error.received = received
        if error.kind == "timeout":
            stalled = f"Stalled after {received:,} bytes: {error.message[0].lower()}{error.message[1:]}"
            return Fault(stalled, kind="timeout", hint=error.hint, received=received)
        return error
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return Fault(
            f"Connection reset by {host_and_port(outgoing)} after {received:,} bytes", kind="reset", received=received
        )
    if isinstance(error, TRANSLATED_ERRORS):
        return explain(error, host_and_port(outgoing))
    return error


_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class ConnectionLost(Exception):
    """The peer has closed or reset the connection before it sent any byte of a response."""


def translate_send_error(
    error: BaseException, connection: BaseConnection, outgoing: Outgoing, cancel: Cancel | None, *, has_answered: bool
) -> BaseException:
    """Translate an exception that occurred before the headers of the response had arrived."""
    if cancel is not None and cancel.is_cancelled and isinstance(error, (OSError, Fault, EOFError, ConnectionLost)):
        return Interrupted()
    if isinstance(error, ConnectionLost):
        if connection.request_count > 1 and outgoing.method in _IDEMPOTENT and _can_repeat(outgoing.content):
            return error
        return _explain_lost(error.__cause__, connection, outgoing, has_answered=has_answered)
    if isinstance(error, CallboxError) or not isinstance(error, TRANSLATED_ERRORS):
        return error
    where, is_proxy = _peer_of(connection, outgoing)
    return explain(error, where, is_proxy=is_proxy)


def _peer_of(connection: BaseConnection, outgoing: Outgoing) -> tuple[str, bool]:
    """The `host:port` at the other end of a connection, and whether this is a proxy. With a tunnel, it is the
    origin.
    """
    proxy = outgoing.route.proxy
    if not proxy or connection.has_tunnel:
        return host_and_port(outgoing), False
    return redact_url(proxy).partition("://")[2].rpartition("@")[2].rstrip("/"), True


def _explain_lost(
    cause: BaseException | None, connection: BaseConnection, outgoing: Outgoing, *, has_answered: bool
) -> Fault:
    """Make the fault for a connection that has ended without a response. A TLS server does that if a request comes
    without TLS, so the hint is to try https. With `has_answered`, the server has responded before, and there is no such
    hint.
    """
    where, is_proxy = _peer_of(connection, outgoing)
    is_known = is_proxy or has_answered or outgoing.url.scheme == "https"
    hint = "" if is_known else "if it speaks TLS, try https://"
    if (
        connection.request_count > 1
    ):  # Most likely an idle connection was closed. Only the user knows whether to send the request again.
        hint = "to send the request on a new connection: again"
    if is_proxy:
        how = "closed the connection without a response" if isinstance(cause, EOFError) else "reset the connection"
        return Fault(f"The proxy {where} {how}", kind="proxy-closed", hint=hint)
    if isinstance(cause, EOFError):
        return Fault(f"{where} closed the connection without a response", kind="closed", hint=hint)
    return Fault(f"Connection reset by {where}", kind="reset", hint=hint)


def _can_repeat(content: Content | None) -> bool:
    return content is None or content.is_replayable
