"""Small descriptions for the tests of conversions."""

from __future__ import annotations

import json
from typing import Any

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A description with one server."""
    info = {"title": "Books", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": "https://books.test/v1"}], "paths": paths} | more


def api_of(paths: dict[str, Any], **more: Any) -> Api:
    """The same, read."""
    return Api(compile_text(json.dumps(document(paths, **more)), "books.json"))
