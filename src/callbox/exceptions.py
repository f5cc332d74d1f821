"""The exceptions that users of Requests catch, and the translation of a `Fault` into one of them.

Every class is also a `CallboxError`: it has a message of one line, and a hint. `ContentDecodingError` is also a
subclass of urllib3's `HTTPError`, so the class is made at its first use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from callbox._library.private_state import ReadProperty
from callbox.errors import CallboxError, Fault
from callbox.exchange.headers import HeaderError
from callbox.exchange.url import UrlError


class RequestException(Fault, OSError):
    """The base class of all errors of a request. It is an `OSError`, as in Requests.

    `request` and `response` may be None. `hint` is one thing to try, `kind` is one word for what happened, and
    `partial` is the part of the body that was received.
    """

    def __init__(
        self,
        *args: object,
        request: Any = None,
        response: Any = None,
        hint: str = "",
        kind: str = "connection",
        received: int = 0,
    ) -> None:
        OSError.__init__(self, *args)
        text = str(args[0]) if args else ""
        self._callbox_text = f"{text} ({hint})" if hint else text
        own = {"message": text, "hint": hint, "place": None, "kind": kind, "received": received, "record": None}
        for name, value in own.items():
            # A subclass may have set these attributes before, or in its class.
            if not hasattr(type(self), name):
                vars(self).setdefault(name, value)
        self.args = args[:2] if self.errno is not None else args
        self.response = response
        """The `Response`; None if there was none."""
        self.request = request if request is not None or response is None else getattr(response, "request", None)
        """The `PreparedRequest` that failed."""

    @ReadProperty
    def partial(self) -> bytes:
        """The part of the body that was received, decoded."""
        return getattr(vars(self).get("record"), "body", b"")

    def __str__(self) -> str:
        if len(self.args) > 1:
            return OSError.__str__(self)  # A program has made this error from a number and its text.
        return self._callbox_text

    def __reduce__(self) -> Any:
        # The record has objects that cannot be pickled, such as generators of bodies. Only its bytes are pickled.
        state = {name: value for name, value in self.__dict__.items() if name != "record"}
        args = self.args if self.filename is None else (*self.args, self.filename)
        return _rebuild, (type(self), args, state)


def _rebuild(kind: type[RequestException], args: tuple[Any, ...], state: dict[str, Any]) -> RequestException:
    made = kind.__new__(kind, *args)
    RequestException.__init__(made, *args)
    made.__dict__.update(state)
    return made


class InvalidJSONError(RequestException):
    """Raised for a value that cannot be written as JSON, or for a body that is not JSON."""


class JSONDecodeError(InvalidJSONError, json.JSONDecodeError):
    """Raised if the body of the response is not JSON.

    `msg`, `doc` and `pos` are those of the standard library's error.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        msg, doc, pos = args if len(args) == 3 else ((*args, "")[0], "", 0)
        json.JSONDecodeError.__init__(self, str(msg), doc, pos)
        InvalidJSONError.__init__(self, self.args[0] if len(args) == 3 else msg, **kwargs)


class HTTPError(RequestException):
    """Raised by `raise_for_status` for a response with a status of 400 or more."""


class ConnectionError(RequestException):
    """Raised if no connection could be made, or if it ended before the response headers were received."""


class ProxyError(ConnectionError):
    """Raised if the proxy refused the request, closed the connection, or sent an invalid response."""


class SSLError(ConnectionError):
    """Raised if TLS failed because of the certificate, the handshake or the version."""


class Timeout(RequestException):
    """The request took too long: the base class of `ConnectTimeout` and `ReadTimeout`."""


class ConnectTimeout(ConnectionError, Timeout):
    """Raised if no connection was made within the connect timeout. It is safe to try again."""


class ReadTimeout(Timeout):
    """Raised if the server sent nothing within the read timeout, or if the total timeout has passed."""


class BodyReadTimeout(ReadTimeout, ConnectionError):
    """Raised if the server stopped sending in the middle of a body. Requests calls this a ConnectionError."""


class URLRequired(RequestException):
    """Never raised. Programs may import the name, which Requests has for a missing URL."""


class TooManyRedirects(RequestException):
    """Raised for more redirects than `max_redirects`; `response` is the last of them."""


class MissingSchema(RequestException, ValueError):
    """Raised if the URL has no `http://` or `https://`."""


class InvalidSchema(RequestException, ValueError):
    """Raised if the URL's scheme is not supported, and no adapter is mounted for it."""


class InvalidURL(RequestException, ValueError):
    """Raised if the URL, or the target of a redirect, has an invalid host or port."""


class InvalidProxyURL(InvalidURL):
    """Raised if the URL of the proxy has no host."""


class InvalidHeader(RequestException, ValueError):
    """Raised for a header that cannot be sent (an invalid name, a line break or NUL in a value), or for conflicting
    lengths.
    """


class ChunkedEncodingError(RequestException):
    """Raised if the body was cut off or its framing was wrong."""


class IncompleteBody(ChunkedEncodingError):
    """Raised if the body ended too early; `partial` is the received part."""


if TYPE_CHECKING:

    class ContentDecodingError(RequestException):
        """Raised if the content coding of the body could not be decoded.

        It is also a subclass of urllib3's HTTPError; see below.
        """


class StreamConsumedError(RequestException, TypeError):
    """Raised if the content was already read as a stream, so that it is no longer there."""


class ContentConsumedError(StreamConsumedError, RuntimeError):
    """Raised by `content` after the body was read piece by piece. Requests raises a RuntimeError here."""


class RetryError(RequestException):
    """Raised if every try that a mounted Retry allows has failed."""


class UnrewindableBodyError(RequestException):
    """Raised if a redirect or a challenge needs the body a second time, but the body was an iterator, which can be read
    only once.
    """


class BodyTooLarge(RequestException):
    """Raised if the body is larger than `max_body`; `partial` is the received part."""


class RequestsWarning(Warning):
    """The base class of Requests' warnings. It is never used, but programs may import it."""


class FileModeWarning(RequestsWarning, DeprecationWarning):
    """In Requests, the warning for a file opened as text. It is never used, but programs may import it."""


class RequestsDependencyWarning(RequestsWarning):
    """In Requests, the warning for a dependency of an unknown version. It is never used, but programs may import it."""


_BY_KIND: dict[str, type[RequestException]] = {
    "certificate": SSLError,
    "tls": SSLError,
    "proxy": ProxyError,
    "proxy-closed": ProxyError,
    "connect-timeout": ConnectTimeout,
    "timeout": ReadTimeout,
    "total-timeout": ReadTimeout,
    "framing": InvalidHeader,
    "redirects": TooManyRedirects,
    "redirect": InvalidURL,
    "rewind": UnrewindableBodyError,
    "max-body": BodyTooLarge,
    "retries": RetryError,
    "proxy-url": InvalidProxyURL,
    "scheme": MissingSchema,
    "unsupported": InvalidSchema,
}
_IN_BODY: dict[str, type[RequestException]] = {
    "timeout": BodyReadTimeout,
    "total-timeout": BodyReadTimeout,
    "protocol": ChunkedEncodingError,
    "incomplete": IncompleteBody,
    "reset": IncompleteBody,
}
"""The class for each kind of fault that has another class if it happens while the body is read."""


_PYTHON_HINTS = {
    "to send the": "send it again",
    "set option timeout": "timeout=SECONDS",
    "set option connect-timeout": "timeout=(SECONDS, SILENCE)",
    "set option total-timeout": "timeout=(CONNECT, SILENCE, SECONDS)",
    "set option max-redirects": "session.max_redirects = N",
    "set option max-body": "session.max_body = BYTES",
    "set option ca": "verify=FILE",
    "set option cert": "cert=FILE",
    "set option verify": "verify=False",
}
"""The hint for a program, for the beginning of each hint that speaks of the shell."""


def python_hint(error: CallboxError) -> str:
    """The hint of an error for users of the Python library, and not of the shell.

    >>> python_hint(Fault("No response for 5 s", hint="set option timeout SECONDS"))
    'timeout=SECONDS'
    """
    words = error.hint.partition(",")[0].split()
    return _PYTHON_HINTS.get(" ".join(words[:3]), error.hint)


def translate(error: CallboxError, *, in_body: bool = False) -> RequestException:
    """Translate an error to the class that users of Requests catch."""
    if isinstance(error, RequestException):
        return error
    hint = python_hint(error)
    if isinstance(error, HeaderError):
        return InvalidHeader(error.message, hint=hint)
    if isinstance(error, UrlError):
        return _BY_KIND.get(error.kind, InvalidURL)(error.message, hint=hint)
    if not isinstance(error, Fault):
        return RequestException(error.message, hint=hint, kind="usage")
    if error.kind == "coding":
        found: type[RequestException] = __getattr__("ContentDecodingError")
    else:
        found = _BY_KIND.get(error.kind, ConnectionError)
    if in_body or error.record is not None:
        found = _IN_BODY.get(error.kind, found)
    made = found(error.message, kind=error.kind, received=error.received, hint=hint)
    made.record, made.is_unsent = error.record, error.is_unsent
    return made


def __getattr__(name: str) -> type[RequestException]:
    if name != "ContentDecodingError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: type[RequestException] = globals().setdefault(name, _make_content_decoding_error())
    return found


def _make_content_decoding_error() -> type[RequestException]:
    """Make the class only when it is needed, because one of its base classes is in urllib3, whose import is slow."""
    from callbox.wire.urllib3_retry_and_pool_managers import Urllib3Error  # the import of urllib3 takes 40 ms

    attributes = {"__doc__": "The body's content-coding could not be undone.", "__module__": __name__}
    return type("ContentDecodingError", (RequestException, Urllib3Error), attributes)


@contextmanager
def translated_errors(request: Any = None, *, response: Any = None) -> Iterator[None]:
    """A context manager that translates each `CallboxError` to the class that Requests has for it, and attaches
    `request`. `response` is given if its body is read in the block.
    """
    try:
        yield
    except RequestException as error:
        error.request = error.request or request
        error.response = error.response if error.response is not None else response
        raise
    except CallboxError as error:
        made = translate(error, in_body=response is not None)
        made.request, made.response = request, response
        raise made from error
