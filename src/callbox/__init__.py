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
    from callbox.session.api import delete, get, head, options, patch, post, put, request
    from callbox.session.cookies import CookieJar
    from callbox.session.exceptions import (
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
    from callbox.session.models import PreparedRequest, Request, Response
    from callbox.session.session import Session

_HOMES = {
    "callbox.errors": ("CallboxError",),
    "callbox.exchange.auth": ("ApiKey", "Auth", "Basic", "Bearer"),
    "callbox.exchange.draft": ("Draft",),
    "callbox.session.api": ("delete", "get", "head", "options", "patch", "post", "put", "request"),
    "callbox.session.cookies": ("CookieJar",),
    "callbox.session.exceptions": (
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
    "callbox.session.models": ("PreparedRequest", "Request", "Response"),
    "callbox.session.session": ("Session",),
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
