"""One connection served to its end: requests read, answered and sent, one after another.

Pipelined requests wait in the link's buffer. A small answer leaves in one call to the kernel.
"""

from __future__ import annotations

import contextlib

from callbox.practice.body import Body
from callbox.practice.call import Call, World
from callbox.practice.dispatch import answer
from callbox.practice.link import Link
from callbox.practice.problems import Gone, Refusal
from callbox.practice.request import Request, parse
from callbox.practice.response import Response, format_head, refuse
from callbox.practice.routes import Router


def serve(link: Link, router: Router, world: World) -> None:
    """Serve requests until the client, the server or a fault ends the connection. Does not close the link."""
    # OSError is also how the kernel says that a client was idle for too long.
    with contextlib.suppress(Gone, OSError):
        while _serve_one(link, router, world):
            pass


def _serve_one(link: Link, router: Router, world: World) -> bool:
    """Serve one request; whether another may follow."""
    try:
        head = link.read_head()
        if head is None:
            return False
        link.requests += 1
        request = parse(head)
        body = Body(link, request)
    except Refusal as refusal:
        response = refuse(refusal)
        link.send(format_head(response, 1, False, _length(response.body)) + response.body)
        link.linger()
        return False
    response = answer(router, Call(request, body, link, world))
    is_kept = not (response.is_last or response.is_cut or request.wants_close()) and body.is_short()
    is_kept = send(link, request, response, is_kept=is_kept)
    if is_kept:
        with contextlib.suppress(Refusal):
            return body.finish()
    if not body.is_done() and not response.is_cut:
        link.linger()
    return False


def send(link: Link, request: Request, response: Response, *, is_kept: bool) -> bool:
    """Send an answer; whether the connection is still good for another."""
    if response.interim:
        link.send(response.interim)
    if response.stream is not None:
        return _send_stream(link, request, response, is_kept=is_kept)
    framing = "" if response.status in (204, 304) else _length(response.body)
    head = format_head(response, request.minor, is_kept, framing)
    link.send(head if request.method == "HEAD" else head + response.body)
    return is_kept


def _send_stream(link: Link, request: Request, response: Response, *, is_kept: bool) -> bool:
    is_chunked = response.length is None and request.minor > 0
    framing = "Transfer-Encoding: chunked\r\n" if is_chunked else ""
    if response.length is not None:
        framing = f"Content-Length: {response.length}\r\n"
    # HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    is_kept = is_kept and bool(framing)
    link.send(format_head(response, request.minor, is_kept, framing))
    if request.method == "HEAD":
        return is_kept
    size = 0
    for piece in response.stream or ():
        size += len(piece)
        if piece:
            link.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
    if response.is_cut or (response.length is not None and size != response.length):
        return False
    if is_chunked:
        link.send(b"0\r\n\r\n")
    return is_kept


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}\r\n"
