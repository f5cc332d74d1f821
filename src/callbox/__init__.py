"""callbox: an interactive HTTP shell on one live session; the same session as a library.

    from callbox import Session

    with Session() as s:
        s.headers["x-test"] = "true"
        s.get("http://127.0.0.1:8000/echo").json()

Names are loaded when they are first used: importing the package costs next to nothing.
"""

from __future__ import annotations

from callbox.version import __version__

TYPE_CHECKING = False  # type checkers take it for typing's own, whose import is half of what `--version` may take
if TYPE_CHECKING:
    from callbox.errors import CallboxError
    from callbox.exchange.auth import ApiKey, Auth, Basic, Bearer
    from callbox.exchange.draft import Draft
    from callbox.face.api import delete, get, head, options, patch, post, put, request
    from callbox.face.cookies import CookieJar
    from callbox.face.exceptions import (
        ConnectionError,
        ConnectTimeout,
        HTTPError,
        JSONDecodeError,
        ReadTimeout,
        RequestException,
        Timeout,
        TooManyRedirects,
        URLRequired,
    )
    from callbox.face.models import PreparedRequest, Request, Response
    from callbox.face.session import Session

_HOMES = {
    "callbox.errors": ("CallboxError",),
    "callbox.exchange.auth": ("ApiKey", "Auth", "Basic", "Bearer"),
    "callbox.exchange.draft": ("Draft",),
    "callbox.face.api": ("delete", "get", "head", "options", "patch", "post", "put", "request"),
    "callbox.face.cookies": ("CookieJar",),
    "callbox.face.exceptions": (
        "ConnectTimeout",
        "ConnectionError",
        "HTTPError",
        "JSONDecodeError",
        "ReadTimeout",
        "RequestException",
        "Timeout",
        "TooManyRedirects",
        "URLRequired",
    ),
    "callbox.face.models": ("PreparedRequest", "Request", "Response"),
    "callbox.face.session": ("Session",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ApiKey",
    "Auth",
    "Basic",
    "Bearer",
    "CallboxError",
    "ConnectTimeout",
    "ConnectionError",
    "CookieJar",
    "Draft",
    "HTTPError",
    "JSONDecodeError",
    "PreparedRequest",
    "ReadTimeout",
    "Request",
    "RequestException",
    "Response",
    "Session",
    "Timeout",
    "TooManyRedirects",
    "URLRequired",
    "__version__",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'callbox' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
