"""Errors by the names that users of Requests catch, on top of `Fault`; one table from what went wrong to its class.

Every class is a `CallboxError` too: it has a message in one line, a hint, and (where an answer had begun) a record.
"""

from __future__ import annotations

from typing import Any

from callbox.errors import CallboxError, Fault
from callbox.exchange.url import UrlError


class RequestException(Fault, OSError):
    """The parent of all: something went wrong with a request. `request` and `response` as far as there are any."""

    def __init__(
        self,
        message: object = "",
        *,
        hint: str = "",
        kind: str = "connection",
        received: int = 0,
        request: Any = None,
        response: Any = None,
    ) -> None:
        super().__init__(message, kind=kind, hint=hint, received=received)
        self.response = response
        """The `Response` there was, if any."""
        self.request = request if request is not None or response is None else response.request
        """The `PreparedRequest` that it happened to."""

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InvalidJSONError(RequestException):
    """A value that cannot be written as JSON, or a body that is none."""


class JSONDecodeError(InvalidJSONError, ValueError):
    """The answer's body is not JSON."""


class HTTPError(RequestException):
    """An answer with a status of 400 or more, raised by `raise_for_status`."""


class ConnectionError(RequestException):
    """No connection, or one that broke."""


class ProxyError(ConnectionError):
    """The proxy refused, closed or answered nonsense."""


class SSLError(ConnectionError):
    """TLS failed: the certificate, the handshake, the version."""


class Timeout(RequestException):
    """Something took too long."""


class ConnectTimeout(ConnectionError, Timeout):
    """No connection within the time for it; safe to try again."""


class ReadTimeout(Timeout):
    """The server was silent for too long."""


class BodyReadTimeout(ReadTimeout, ConnectionError):
    """The server was silent for too long in the middle of a body: Requests calls that a ConnectionError."""


class URLRequired(RequestException):
    """A URL is needed."""


class TooManyRedirects(RequestException):
    """More redirects than `max_redirects`."""


class MissingSchema(RequestException, ValueError):
    """The URL has no `http://` or `https://`."""


class InvalidSchema(RequestException, ValueError):
    """The URL's scheme is not spoken here."""


class InvalidURL(RequestException, ValueError):
    """The URL cannot be used."""


class InvalidProxyURL(InvalidURL):
    """The proxy's URL cannot be used."""


class InvalidHeader(RequestException, ValueError):
    """A header that cannot be sent."""


class ChunkedEncodingError(RequestException):
    """The body was cut off or its framing was wrong."""


class IncompleteBody(ChunkedEncodingError):
    """The body ended before it was whole; what had come is in `record`."""


class ContentDecodingError(RequestException):
    """The body's content-coding could not be undone."""


class StreamConsumedError(RequestException, TypeError):
    """The content was already read as a stream."""


class RetryError(RequestException):
    """Every try failed."""


class UnrewindableBodyError(RequestException):
    """The body cannot be sent a second time."""


class BodyTooLarge(RequestException):
    """The body is larger than `max_body`."""


_BY_KIND: dict[str, type[RequestException]] = {
    "certificate": SSLError,
    "tls": SSLError,
    "proxy": ProxyError,
    "connect-timeout": ConnectTimeout,
    "timeout": ReadTimeout,
    "total-timeout": ReadTimeout,
    "protocol": ChunkedEncodingError,
    "incomplete": IncompleteBody,
    "coding": ContentDecodingError,
    "redirects": TooManyRedirects,
    "redirect": InvalidURL,
    "rewind": UnrewindableBodyError,
    "max-body": BodyTooLarge,
    "scheme": MissingSchema,
    "unsupported": InvalidSchema,
}


def translate(error: CallboxError) -> RequestException:
    """The error by the name under which users of Requests know it."""
    if isinstance(error, RequestException):
        return error
    told: dict[str, Any] = {"hint": error.hint}
    if isinstance(error, UrlError):
        return _BY_KIND.get(error.kind, InvalidURL)(error.message, **told)
    if not isinstance(error, Fault):
        return InvalidHeader(error.message, **told)
    found = _BY_KIND.get(error.kind, ConnectionError)
    if error.kind == "timeout" and error.record is not None:
        found = BodyReadTimeout
    made = found(error.message, kind=error.kind, received=error.received, **told)
    made.record = error.record
    return made
