"""The errors, where Requests has them. `ContentDecodingError`, also a child of urllib3's, is made when asked for."""

from callbox.face import exceptions as _face
from callbox.face.exceptions import (
    BodyReadTimeout,
    BodyTooLarge,
    ChunkedEncodingError,
    ConnectionError,
    ConnectTimeout,
    ContentConsumedError,
    FileModeWarning,
    HTTPError,
    IncompleteBody,
    InvalidHeader,
    InvalidJSONError,
    InvalidProxyURL,
    InvalidSchema,
    InvalidURL,
    JSONDecodeError,
    MissingSchema,
    ProxyError,
    ReadTimeout,
    RequestException,
    RequestsDependencyWarning,
    RequestsWarning,
    RetryError,
    SSLError,
    StreamConsumedError,
    Timeout,
    TooManyRedirects,
    UnrewindableBodyError,
    URLRequired,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from callbox.face.exceptions import ContentDecodingError

__all__ = [
    "BodyReadTimeout",
    "BodyTooLarge",
    "ChunkedEncodingError",
    "ConnectTimeout",
    "ConnectionError",
    "ContentConsumedError",
    "ContentDecodingError",
    "FileModeWarning",
    "HTTPError",
    "IncompleteBody",
    "InvalidHeader",
    "InvalidJSONError",
    "InvalidProxyURL",
    "InvalidSchema",
    "InvalidURL",
    "JSONDecodeError",
    "MissingSchema",
    "ProxyError",
    "ReadTimeout",
    "RequestException",
    "RequestsDependencyWarning",
    "RequestsWarning",
    "RetryError",
    "SSLError",
    "StreamConsumedError",
    "Timeout",
    "TooManyRedirects",
    "URLRequired",
    "UnrewindableBodyError",
]


def __getattr__(name: str) -> object:
    if name == "ContentDecodingError":
        found: object = getattr(_face, name)
        return found
    raise AttributeError(f"module 'callbox.exceptions' has no attribute {name!r}")
