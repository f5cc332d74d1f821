"""Write a response to the socket of its client."""

from __future__ import annotations

from callbox.practice.client_socket import ClientSocket
from callbox.practice.server_request import ServerRequest
from callbox.practice.server_response import ServerResponse, format_head, length_field


def send(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, keeps_alive: bool) -> bool:
    """Send an answer; whether the connection is still good for another."""
    if response.interim:
        client.send(response.interim)
    if response.stream is not None:
        return _send_stream(client, request, response, keeps_alive=keeps_alive)
    framing = "" if response.status in (204, 304) else length_field(response.body)
    head = format_head(response, request.minor, keeps_alive, framing)
    client.send(head if request.method == "HEAD" else head + response.body)
    return keeps_alive


def _send_stream(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, keeps_alive: bool) -> bool:
    is_chunked = response.length is None and request.minor > 0
    framing = "Transfer-Encoding: chunked\r\n" if is_chunked else ""
    if response.length is not None:
        framing = f"Content-Length: {response.length}\r\n"
    # HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    keeps_alive = keeps_alive and bool(framing)
    client.send(format_head(response, request.minor, keeps_alive, framing))
    if request.method == "HEAD":
        return keeps_alive
    size = 0
    for piece in response.stream or ():
        size += len(piece)
        if piece:
            client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
    if response.is_truncated or (response.length is not None and size != response.length):
        return False
    if is_chunked:
        client.send(b"0\r\n\r\n")
    return keeps_alive
