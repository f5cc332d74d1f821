"""callbox: an interactive HTTP shell on one live session; the same session as a library.

    from callbox import Session

    with Session() as s:
        s.headers["x-test"] = "true"
        s.get("http://127.0.0.1:8000/echo").json()

Names are loaded when they are first used: importing the package costs next to nothing.
"""

from __future__ import annotations

import sys

from callbox.version import __version__

TYPE_CHECKING = False  # type checkers take it for typing's own, whose import is half of what `--version` may take
if TYPE_CHECKING:
    from types import ModuleType

    from callbox import (
        adapters,
        api,
        auth,
        certs,
        compat,
        cookies,
        exceptions,
        hooks,
        models,
        packages,
        sessions,
        status_codes,
        structures,
        utils,
    )
    from callbox.errors import CallboxError
    from callbox.exchange.auth import ApiKey, Auth, Basic, Bearer
    from callbox.exchange.headers import CaseInsensitiveDict
    from callbox.exchange.request import Draft
    from callbox.face.adapters import BaseAdapter, HTTPAdapter
    from callbox.face.api import delete, get, head, options, patch, post, put, request
    from callbox.face.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth
    from callbox.face.codes import codes
    from callbox.face.cookies import (
        CookieJar,
        cookiejar_from_dict,
        create_cookie,
        dict_from_cookiejar,
        merge_cookies,
    )
    from callbox.face.exceptions import (
        BodyTooLarge,
        ChunkedEncodingError,
        ConnectionError,
        ConnectTimeout,
        ContentDecodingError,
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
        RetryError,
        SSLError,
        StreamConsumedError,
        Timeout,
        TooManyRedirects,
        UnrewindableBodyError,
        URLRequired,
    )
    from callbox.face.prepared import PreparedRequest
    from callbox.face.request import Request
    from callbox.face.response import Response
    from callbox.face.session import Session, session

else:
    ModuleType = type(sys)  # as `types` has it, whose import would cost more than the rest of this file

_HOMES = {
    "callbox.errors": ("CallboxError",),
    "callbox.exchange.auth": (
        "ApiKey",
        "Auth",
        "Basic",
        "Bearer",
    ),
    "callbox.exchange.request": ("Draft",),
    "callbox.face.adapters": (
        "BaseAdapter",
        "HTTPAdapter",
    ),
    "callbox.face.api": (
        "delete",
        "get",
        "head",
        "options",
        "patch",
        "post",
        "put",
        "request",
    ),
    "callbox.face.auth": (
        "AuthBase",
        "HTTPBasicAuth",
        "HTTPDigestAuth",
        "HTTPProxyAuth",
    ),
    "callbox.face.codes": ("codes",),
    "callbox.face.cookies": (
        "CookieJar",
        "cookiejar_from_dict",
        "create_cookie",
        "dict_from_cookiejar",
        "merge_cookies",
    ),
    "callbox.face.exceptions": (
        "BodyTooLarge",
        "ChunkedEncodingError",
        "ConnectTimeout",
        "ConnectionError",
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
        "RetryError",
        "SSLError",
        "StreamConsumedError",
        "Timeout",
        "TooManyRedirects",
        "URLRequired",
        "UnrewindableBodyError",
    ),
    "callbox.face.prepared": ("PreparedRequest",),
    "callbox.face.request": ("Request",),
    "callbox.face.response": ("Response",),
    "callbox.face.session": ("Session",),
    "callbox.exchange.headers": ("CaseInsensitiveDict",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = frozenset(
    "adapters api auth certs compat cookies exceptions hooks models packages session sessions status_codes structures "
    "utils".split()
)
"""The modules in which Requests has some of these names."""

__all__ = [
    "ApiKey",
    "Auth",
    "AuthBase",
    "BaseAdapter",
    "Basic",
    "Bearer",
    "BodyTooLarge",
    "CallboxError",
    "CaseInsensitiveDict",
    "ChunkedEncodingError",
    "ConnectTimeout",
    "ConnectionError",
    "ContentDecodingError",
    "CookieJar",
    "Draft",
    "FileModeWarning",
    "HTTPAdapter",
    "HTTPBasicAuth",
    "HTTPDigestAuth",
    "HTTPError",
    "HTTPProxyAuth",
    "IncompleteBody",
    "InvalidHeader",
    "InvalidJSONError",
    "InvalidProxyURL",
    "InvalidSchema",
    "InvalidURL",
    "JSONDecodeError",
    "MissingSchema",
    "PreparedRequest",
    "ProxyError",
    "ReadTimeout",
    "Request",
    "RequestException",
    "Response",
    "RetryError",
    "SSLError",
    "Session",
    "StreamConsumedError",
    "Timeout",
    "TooManyRedirects",
    "URLRequired",
    "UnrewindableBodyError",
    "__version__",
    "adapters",
    "api",
    "auth",
    "certs",
    "codes",
    "compat",
    "cookiejar_from_dict",
    "cookies",
    "create_cookie",
    "delete",
    "dict_from_cookiejar",
    "exceptions",
    "get",
    "head",
    "hooks",
    "merge_cookies",
    "models",
    "options",
    "packages",
    "patch",
    "post",
    "put",
    "request",
    "session",
    "sessions",
    "status_codes",
    "structures",
    "utils",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"callbox.{name}")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'callbox' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Room(ModuleType):
    """`callbox.engine` is a room of this house; called, it gives a new session, as Requests' function of that name."""

    def __call__(self) -> Session:
        made: type[Session] = __getattr__("Session")  # type: ignore[assignment]
        return made()


class _Door(ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        # Whoever loads that room, and whenever: from then on it can be called.
        if name == "session" and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Door
