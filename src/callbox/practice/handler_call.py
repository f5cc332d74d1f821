"""`HandlerCall`, the argument of a handler: request, arguments, body, connection, and the state of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import TypeAlias

from callbox.practice.client_connection import ClientSocket, RequestBody
from callbox.practice.json_schema import Schema, check
from callbox.practice.server_request import ServerRequest
from callbox.practice.server_response import Problem
from callbox.practice.server_state import PracticeState

Args: TypeAlias = Mapping[str, int | float | str | bool | None]

BODY_LIMIT = 16_000_000
_DEPTH_LIMIT = 200
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


class HandlerCall:
    """The argument of a handler."""

    __slots__ = ("args", "body", "client", "request", "state")

    def __init__(self, request: ServerRequest, body: RequestBody, client: ClientSocket, state: PracticeState) -> None:
        self.request = request
        self.body = body
        self.client = client
        self.state = state
        self.args: Args = {}

    def number(self, name: str) -> int:
        """The value of an integer argument."""
        value = self.args[name]
        return value if isinstance(value, int) else 0

    def real(self, name: str) -> float:
        """The value of a number argument."""
        value = self.args[name]
        return value if isinstance(value, (int, float)) else 0.0

    def text(self, name: str) -> str:
        """The value of a text argument; empty if it was not given."""
        value = self.args[name]
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        """The value of a boolean argument; false if it was not given."""
        return self.args[name] is True

    def own_url(self) -> str:
        """The URL of the port that was called."""
        return self.state.urls[0] if self._is_first() else self.state.urls[1]

    def other_url(self) -> str:
        """The URL of the other port, which serves the same API as another origin."""
        return self.state.urls[1] if self._is_first() else self.state.urls[0]

    def json(self, schema: Schema) -> dict[str, object]:
        """The JSON object in the body.

        Raises:
            Problem: 400, 411, 413, 415, or 422 naming each field that is wrong.
        """
        self.expect_body()
        media_type = self.request.media_type()
        if media_type and not media_type.endswith(("/json", "+json")):
            raise Problem(415, f"cannot read {media_type}", hint="Content-Type: application/json")
        value = parse_json(self.body.read(BODY_LIMIT))
        errors = check(schema, value)
        if errors or not isinstance(value, dict):
            raise Problem(422, "the body does not have the right fields", errors=errors)
        return value

    def expect_body(self) -> None:
        """Refuse with 411 a request without a body."""
        if not self.body.is_announced:
            raise Problem(411, "a body is needed here, with a Content-Length")

    def _is_first(self) -> bool:
        return self.state.urls[0].endswith(f":{self.client.port}")


def parse_json(text: bytes) -> object:
    """Parse JSON.

    Raises:
        Problem: 400 with line and column, also for text that Python accepts and JSON does not, such as NaN.
    """
    try:
        _check_depth(text)
        value: object = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        errors = {"line": str(error.lineno), "column": str(error.colno)}
        raise Problem(400, f"the body is not JSON: {error.msg} at {where}", errors=errors) from None
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not JSON: byte {error.start} is not UTF-8") from None
    except ValueError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    return value


def _refuse_constant(text: str) -> object:
    raise ValueError(f"there is no {text} in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _check_depth(text: bytes) -> None:
    """Refuse deep nesting before the parser recurses, because the threads have small stacks."""
    if text.count(b"[") + text.count(b"{") <= _DEPTH_LIMIT:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(match[0], 0)
        if depth > _DEPTH_LIMIT:
            raise ValueError(f"nested deeper than {_DEPTH_LIMIT} levels")
