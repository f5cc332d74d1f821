"""The former names of callbox's modules, so that pickles of earlier versions can still be loaded.

Nothing here is public. `callbox` adds a finder at the end of `sys.meta_path`. The finder imports this module only if a
program asks for a module of the package that does not exist.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType

_FORMER = {
    "callbox._arguments": "callbox._library.arguments",
    "callbox._client": "callbox._library.session_client",
    "callbox._headers": "callbox._library.prepared_request_parts",
    "callbox._library.body_url_and_headers": "callbox._library.prepared_request_parts",
    "callbox._library.headers": "callbox._library.prepared_request_parts",
    "callbox._library.prepared_request": "callbox._library.prepared_request_parts",
    "callbox._library.session_attributes": "callbox._library.session_client",
    "callbox._library.request_encoding": "callbox._library.prepared_request_parts",
    "callbox._library.pieces": "callbox.models",
    "callbox._library.request_body": "callbox._library.prepared_request_parts",
    "callbox._pieces": "callbox.models",
    "callbox._prepared": "callbox._library.prepared_request_parts",
    "callbox._prepared_request": "callbox._library.prepared_request_parts",
    "callbox._private": "callbox._library.private_state",
    "callbox._private_state": "callbox._library.private_state",
    "callbox._raw": "callbox._library.raw_response",
    "callbox._raw_response": "callbox._library.raw_response",
    "callbox._request_body": "callbox._library.prepared_request_parts",
    "callbox._session_client": "callbox._library.session_client",
    "callbox.exchange.auth": "callbox.exchange.auth_schemes",
    "callbox.exchange.body.request_content": "callbox.exchange.request_content",
    "callbox.exchange.content": "callbox.exchange.request_content",
    "callbox.exchange.cookies.model": "callbox.exchange.cookies.cookie",
    "callbox.exchange.cookies.set_cookie": "callbox.exchange.cookies.cookie",
    "callbox.exchange.cookies.storage": "callbox.exchange.cookies.jar",
    "callbox.exchange.digest": "callbox.exchange.digest_auth",
    "callbox.exchange.draft": "callbox.exchange.request",
    "callbox.exchange.events": "callbox.exchange.exchange_record_and_events",
    "callbox.exchange.incoming": "callbox.exchange.response",
    "callbox.exchange.outgoing": "callbox.exchange.request",
    "callbox.exchange.path_selection": "callbox.exchange.jsonpath_xpath_and_header_selection",
    "callbox.exchange.record": "callbox.exchange.exchange_record_and_events",
    "callbox.exchange.route": "callbox.exchange.request",
    "callbox.face.adapters": "callbox.adapters",
    "callbox.face.auth": "callbox.auth",
    "callbox.face.codes": "callbox.status_codes",
    "callbox.face.cookie": "callbox.cookies",
    "callbox.face.cookies": "callbox.cookies",
    "callbox.face.exceptions": "callbox.exceptions",
    "callbox.face.hooks": "callbox.hooks",
    "callbox.face.prepared": "callbox.models",
    "callbox.face.raw": "callbox._library.raw_response",
    "callbox.face.request": "callbox.models",
    "callbox.face.response": "callbox.models",
    "callbox.face.session": "callbox.sessions",
    "callbox.session.structures": "callbox.structures",
}
_FORMER_PACKAGES = ("callbox.exchange.body", "callbox.face", "callbox.session")


class _FormerModule(Loader):
    """Loads a module with a former name: copies the names of the present module. A package stays empty."""

    def __init__(self, target: str) -> None:
        self._target = target

    def exec_module(self, module: ModuleType) -> None:
        """Copy the names of the present module."""
        if self._target:
            target = vars(import_module(self._target))
            vars(module).update({name: value for name, value in target.items() if not name.startswith("__")})
        # `callbox.session` is a function. The import system has put the module in its place.
        vars(sys.modules["callbox"]).pop("session", None)


def find_spec(name: str) -> ModuleSpec | None:
    """The import specification for a former name of a module; None for any other name."""
    if name in _FORMER_PACKAGES:
        return ModuleSpec(name, _FormerModule(""), is_package=True)
    target = _FORMER.get(name)
    return None if target is None else ModuleSpec(name, _FormerModule(target))
