"""A request as a Python program that sends the same bytes, with the standard library alone.

`http.client` adds nothing by itself once it is asked not to; clients that are more convenient add and reorder fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from callbox.exchange.content import Content
from callbox.exchange.request import Outgoing, encode_line
from callbox.formats.client import FilePiece, body_pieces, fields_of, mask_url, shown_content

_LINE = 100


def write_python(outgoing: Outgoing, *, reveal: bool = False) -> str:
    """The program; secrets are masked unless they are to be revealed."""
    return "\n".join(_lines(outgoing, reveal)) + "\n"


def _lines(outgoing: Outgoing, reveal: bool) -> Iterator[str]:
    route = outgoing.route
    needs_context = outgoing.url.scheme == "https" and (not route.verify or route.ca or route.cert)
    yield "import http.client"
    if needs_context:
        yield "import ssl"
    yield ""
    yield from _connection(outgoing, "context" if needs_context else "")
    target = mask_url(_target(outgoing), outgoing, reveal=reveal)
    yield f"connection.putrequest({outgoing.method!r}, {target!r}, skip_host=True, skip_accept_encoding=True)"
    fields = list(fields_of(outgoing, reveal=reveal))
    for name, value in fields:
        yield f"connection.putheader({name!r}, {_value(name, value)})"
    is_chunked = any(name.lower() == "transfer-encoding" for name, _ in fields)
    yield from _body(shown_content(outgoing, reveal=reveal), is_chunked)
    yield ""
    yield "response = connection.getresponse()"
    yield "print(response.status, response.reason)"
    yield 'print(response.read().decode(errors="replace"))'


def _connection(outgoing: Outgoing, context: str) -> Iterator[str]:
    url, route = outgoing.url, outgoing.route
    is_tls = url.scheme == "https"
    if context:
        yield f"context = ssl.create_default_context({f'cafile={route.ca!r}' if route.ca else ''})"
        if not route.verify:
            yield "context.check_hostname = False"
            yield "context.verify_mode = ssl.CERT_NONE"
        if route.cert:
            files = (route.cert,) if isinstance(route.cert, str) else route.cert
            yield f"context.load_cert_chain({', '.join(map(repr, files))})"
    proxy = urlsplit(route.proxy) if route.proxy else None
    host, port = (proxy.hostname or "", proxy.port or 8080) if proxy else (url.host.strip("[]"), url.port)
    more = f", context={context}" if context else ""
    yield f"connection = http.client.HTTP{'S' * is_tls}Connection({host!r}, {port}{more})"
    if proxy and is_tls:
        yield f"connection.set_tunnel({url.host.strip('[]')!r}, {url.port})"


def _target(outgoing: Outgoing) -> str:
    """To a proxy for plain HTTP goes the whole URL (RFC 9112 section 3.2.2)."""
    is_proxied = bool(outgoing.route.proxy) and outgoing.url.scheme == "http"
    return outgoing.url.text if is_proxied else outgoing.url.target


def _value(name: str, text: str) -> str:
    if text.isascii():
        return repr(text)
    return repr(encode_line(f"{name}: {text}")[len(name) + 2 :])


def _body(content: Content | None, is_chunked: bool) -> Iterator[str]:
    pieces = body_pieces(content) if content is not None else []
    end = ", encode_chunked=True" if is_chunked else ""
    if not pieces or pieces == [b""]:
        yield "connection.endheaders()" if not is_chunked else "connection.endheaders([], encode_chunked=True)"
        return
    shown = [f'open({p.path!r}, "rb").read()' if isinstance(p, FilePiece) else _bytes(p) for p in pieces]
    if len(shown) == 1:
        yield f"connection.endheaders({shown[0]}{end})"
        return
    yield 'body = b"".join('
    yield "    ("
    yield from (f"        {one}," for one in shown)
    yield "    )"
    yield ")"
    yield f"connection.endheaders(body{end})"


def _bytes(data: bytes) -> str:
    """Text that a person may want to edit as text, else the bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return repr(data)
    return repr(data) if text.isascii() else f"{text!r}.encode()"
