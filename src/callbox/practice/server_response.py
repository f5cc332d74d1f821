"""Responses: `Response` and the functions that build one, `Problem` for errors, and the bytes of a response head.

Sending is in `server`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, TypeAlias


class Problem(Exception):
    """An error response. A handler raises it anywhere, and it is sent as problem JSON.

    Args:
        status: the status code of the response.
        detail: one line that says what is wrong, in the caller's terms.
        hint: one thing to try.
        errors: what is wrong with each invalid field or parameter.
        fields: extra header fields of the response, such as `("Allow", "GET")`.
        close: whether the connection cannot be used any more.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str = "",
        errors: Mapping[str, str] | None = None,
        fields: tuple[tuple[str, str], ...] = (),
        close: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.errors = dict(errors or {})
        self.fields = fields
        self.close = close


class ClientGone(Exception):
    """Raised if the client has disconnected, or the server closes, so that no response can be sent."""


Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Fields: TypeAlias = tuple[tuple[str, str], ...]

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class ServerResponse(NamedTuple):
    """A response, with `body` at once or `stream` piece by piece.

    Attributes:
        length: the Content-Length of a stream; None sends it chunked. A shorter stream is a truncated response, which
            `/truncated` sends.
        reason: the reason phrase, if it is not the usual one.
        closes_connection: whether the connection is closed after it.
        is_truncated: whether the connection is closed before the end of the stream.
        interim: a complete 1xx response to send first.
    """

    status: int
    fields: Fields = ()
    body: bytes = b""
    stream: Iterable[bytes] | None = None
    length: int | None = None
    reason: str | None = None
    closes_connection: bool = False
    is_truncated: bool = False
    interim: bytes = b""

    def with_fields(self, *fields: tuple[str, str]) -> ServerResponse:
        """The response with more header fields."""
        return self._replace(fields=self.fields + fields)


def encode(value: Json) -> bytes:
    """Compact JSON in UTF-8 with a line end, which a terminal needs."""
    return (json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) + "\n").encode("utf-8", "replace")


def json_response(value: Json, status: int = 200, fields: Fields = ()) -> ServerResponse:
    """A JSON response."""
    return ServerResponse(status, (("Content-Type", JSON_TYPE), *fields), encode(value))


def text_response(text: str, media_type: str = "text/plain; charset=utf-8", fields: Fields = ()) -> ServerResponse:
    """A text response in UTF-8."""
    return ServerResponse(200, (("Content-Type", media_type), *fields), text.encode("utf-8"))


def redirect(location: str, status: int = 302, fields: Fields = ()) -> ServerResponse:
    """A redirect."""
    return json_response({"location": location}, status, (("Location", location), *fields))


def problem_response(problem: Problem) -> ServerResponse:
    """The response for a problem: problem details (RFC 9457) with the additional members `hint` and `errors`."""
    title = _REASONS.get(problem.status, "Refused")
    details: dict[str, Json] = {"title": title, "status": problem.status, "detail": problem.detail}
    if problem.hint:
        details["hint"] = problem.hint
    if problem.errors:
        details["errors"] = problem.errors
    fields = (("Content-Type", PROBLEM_TYPE), *problem.fields)
    return ServerResponse(problem.status, fields, encode(details), closes_connection=problem.close)


def http_date(seconds: float) -> str:
    """A time in the format of header fields: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return formatdate(seconds, usegmt=True)


def format_head(response: ServerResponse, minor: int, keeps_alive: bool, framing: str) -> bytes:
    """The status line and headers of a response, with the empty line.

    Args: response: the response. minor: the minor version of the request; HTTP/1.0 clients must be told that a
    connection is kept open. keeps_alive: whether the connection stays open. framing: the field that frames the body,
    with its line end; empty if there is none.
    """
    status = response.status
    reason = _REASONS.get(status, "Practice") if response.reason is None else response.reason
    lines = "".join([f"{name}: {value}\r\n" for name, value in response.fields])
    connection = "Connection: close\r\n"
    if keeps_alive:  # HTTP/1.1 does so without a header
        connection = "" if minor else "Connection: keep-alive\r\n"
    head = f"HTTP/1.1 {status} {reason}\r\n{_stamp(int(time.time()))}{lines}{framing}{connection}\r\n"
    # UTF-8 for text; bytes that are not text (see /headers/set) are sent unchanged.
    return head.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    return f"Date: {http_date(second)}\r\nServer: callbox-practice\r\n"


def length_field(body: bytes) -> str:
    """The Content-Length field as a line."""
    return f"Content-Length: {len(body)}\r\n"
