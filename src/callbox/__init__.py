"""callbox: an interactive HTTP shell on one live session; the same session as a library.

    from callbox import Session

    with Session() as s:
        s.headers["x-test"] = "true"
        s.get("http://127.0.0.1:8000/echo").json()

Names are loaded at their first use, so the import of the package takes almost no time.
"""

from __future__ import annotations

import sys

from callbox.version import __version__

# type checkers treat this as typing's own, whose import takes half of the time that `--version` may take
TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

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
    from callbox._library.requests_modules import install_as_requests
    from callbox.adapters import BaseAdapter, HTTPAdapter
    from callbox.api import delete, get, head, options, patch, post, put, request
    from callbox.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth
    from callbox.cookies import (
        CookieJar,
        cookiejar_from_dict,
        create_cookie,
        dict_from_cookiejar,
        merge_cookies,
    )
    from callbox.errors import CallboxError
    from callbox.exceptions import (
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
    from callbox.exchange.auth_schemes import ApiKey, Auth, Basic, Bearer
    from callbox.exchange.headers import CaseInsensitiveDict
    from callbox.exchange.request import Draft
    from callbox.models import PreparedRequest, Request, Response
    from callbox.sessions import Session, session
    from callbox.status_codes import codes

_NAMES_BY_MODULE = {
    "callbox._library.requests_modules": ("install_as_requests",),
    "callbox.errors": ("CallboxError",),
    "callbox.exchange.auth_schemes": (
        "ApiKey",
        "Auth",
        "Basic",
        "Bearer",
    ),
    "callbox.exchange.request": ("Draft",),
    "callbox.adapters": (
        "BaseAdapter",
        "HTTPAdapter",
    ),
    "callbox.api": (
        "delete",
        "get",
        "head",
        "options",
        "patch",
        "post",
        "put",
        "request",
    ),
    "callbox.auth": (
        "AuthBase",
        "HTTPBasicAuth",
        "HTTPDigestAuth",
        "HTTPProxyAuth",
    ),
    "callbox.status_codes": ("codes",),
    "callbox.cookies": (
        "CookieJar",
        "cookiejar_from_dict",
        "create_cookie",
        "dict_from_cookiejar",
        "merge_cookies",
    ),
    "callbox.exceptions": (
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
    "callbox.models": ("PreparedRequest", "Request", "Response"),
    "callbox.sessions": ("Session", "session"),
    "callbox.exchange.headers": ("CaseInsensitiveDict",),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}
_MODULES = frozenset(
    "adapters api auth certs compat cookies exceptions hooks models packages sessions status_codes structures "
    "utils".split()
)
"""The modules in which Requests defines some of these names."""

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
    "install_as_requests",
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
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'callbox' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _FormerModules:
    """Finds modules by their former names, for pickles of earlier versions."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not name.startswith("callbox.") or name == "callbox._library.former_pickles":
            return None
        from callbox._library.former_pickles import find_spec  # imported only for a module that does not exist

        return find_spec(name)


sys.meta_path.append(_FormerModules)
