"""`request`, `get`, `post` and the other methods without a session: each call creates a new session."""

from __future__ import annotations

from typing import Any

from callbox import sessions
from callbox.models import Response


def request(method: str, url: str, **kwargs: Any) -> Response:
    """Send one request. The arguments and the errors are those of `Session.request`.

    With `stream=True`, its connection stays open until the body is read.
    """
    with sessions.Session() as session:
        return session.request(method, url, **kwargs)


def get(url: str, params: Any = None, **kwargs: Any) -> Response:
    """GET without a session. The arguments and the errors are those of `Session.get`."""
    return request("GET", url, params=params, **kwargs)


def options(url: str, **kwargs: Any) -> Response:
    """OPTIONS without a session. The arguments and the errors are those of `Session.options`."""
    return request("OPTIONS", url, **kwargs)


def head(url: str, **kwargs: Any) -> Response:
    """HEAD without a session. Redirects are followed only with `allow_redirects=True`.

    Everything else is as in `Session.head`.
    """
    kwargs.setdefault("allow_redirects", False)
    return request("HEAD", url, **kwargs)


def post(url: str, data: Any = None, json: Any = None, **kwargs: Any) -> Response:
    """POST without a session. The arguments and the errors are those of `Session.post`."""
    return request("POST", url, data=data, json=json, **kwargs)


def put(url: str, data: Any = None, **kwargs: Any) -> Response:
    """PUT without a session. The arguments and the errors are those of `Session.put`."""
    return request("PUT", url, data=data, **kwargs)


def patch(url: str, data: Any = None, **kwargs: Any) -> Response:
    """PATCH without a session. The arguments and the errors are those of `Session.patch`."""
    return request("PATCH", url, data=data, **kwargs)


def delete(url: str, **kwargs: Any) -> Response:
    """DELETE without a session. The arguments and the errors are those of `Session.delete`."""
    return request("DELETE", url, **kwargs)
