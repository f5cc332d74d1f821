"""Serve one client connection: read requests, call their handlers and send the responses, one after another.

Pipelined requests wait in the buffer. A `Problem` that a handler raises becomes a problem response.
"""

from __future__ import annotations

import contextlib

from callbox.practice.client_socket import ClientSocket, RequestBody
from callbox.practice.dispatch import handle_call
from callbox.practice.handler_call import HandlerCall, PracticeState
from callbox.practice.routing import Router
from callbox.practice.server_request import ServerRequest, parse
from callbox.practice.server_response import ClientGone, Problem, ServerResponse, format_head, problem_response


def serve(client: ClientSocket, router: Router, state: PracticeState) -> None:
    """Serve requests until the client, the server or a fault ends the connection. Does not close the link."""
    # OSError is also how the kernel says that a client was idle for too long.
    with contextlib.suppress(ClientGone, OSError):
        while _serve_one(client, router, state):
            pass


def _serve_one(client: ClientSocket, router: Router, state: PracticeState) -> bool:
    """Serve one request; whether another may follow."""
    try:
        head = client.read_head()
        if head is None:
            return False
        client.requests += 1
        request = parse(head)
        body = RequestBody(client, request)
    except Problem as problem:
        response = problem_response(problem)
        client.send(format_head(response, 1, False, _length(response.body)) + response.body)
        client.linger()
        return False
    response = handle_call(router, HandlerCall(request, body, client, state))
    is_kept = (
        not (response.closes_connection or response.is_truncated or request.wants_close()) and body.is_cheap_to_drain()
    )
    is_kept = send(client, request, response, is_kept=is_kept)
    if is_kept:
        with contextlib.suppress(Problem):
            return body.finish()
    if not body.is_done() and not response.is_truncated:
        client.linger()
    return False


def send(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, is_kept: bool) -> bool:
    """Send an answer; whether the connection is still good for another."""
    if response.interim:
        client.send(response.interim)
    if response.stream is not None:
        return _send_stream(client, request, response, is_kept=is_kept)
    framing = "" if response.status in (204, 304) else _length(response.body)
    head = format_head(response, request.minor, is_kept, framing)
    client.send(head if request.method == "HEAD" else head + response.body)
    return is_kept


def _send_stream(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, is_kept: bool) -> bool:
    is_chunked = response.length is None and request.minor > 0
    framing = "Transfer-Encoding: chunked\r\n" if is_chunked else ""
    if response.length is not None:
        framing = f"Content-Length: {response.length}\r\n"
    # HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    is_kept = is_kept and bool(framing)
    client.send(format_head(response, request.minor, is_kept, framing))
    if request.method == "HEAD":
        return is_kept
    size = 0
    for piece in response.stream or ():
        size += len(piece)
        if piece:
            client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
    if response.is_truncated or (response.length is not None and size != response.length):
        return False
    if is_chunked:
        client.send(b"0\r\n\r\n")
    return is_kept


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}\r\n"
