"""`Request`: what a program says, by Requests' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callbox.face.hooks import HookHolder, Hooks, hooks_of
from callbox.face.prepared import PreparedRequest


class Request(HookHolder):
    """A request as a program puts it; `session.prepare_request` or its own `prepare` makes it ready to be sent.

    The arguments are those of `Session.request`: headers, params and cookies as mappings (params and data also as
    pairs, text or bytes), files as Requests has them, hooks as `{"response": function}`.

    >>> Request("GET", "http://api.x/users", params={"page": 2})
    <Request [GET]>
    """

    def __init__(
        self,
        method: str | None = None,
        url: str | bytes | None = None,
        headers: Mapping[str, Any] | None = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> None:
        self.method: Any = method
        self.url: Any = url
        self.headers: Any = headers if headers is not None else {}
        self.files = files if files is not None else []
        self.data = data if data is not None else []
        self.params = params if params is not None else {}
        self.auth = auth
        self.cookies = cookies
        self.hooks: Hooks = hooks_of(hooks)
        self.json = json
        self.options: dict[str, object] = {}
        """Options of this request alone, by the session's names for them."""

    def prepare(self) -> PreparedRequest:
        """The request as it would be sent without any session. Raises as `PreparedRequest.prepare`."""
        prepared = PreparedRequest()
        prepared.prepare(
            self.method, self.url, self.headers, self.files, self.data,
            self.params, self.auth, self.cookies, self.hooks, self.json,
        )  # fmt: skip
        return prepared

    def __repr__(self) -> str:
        return f"<Request [{self.method}]>"
