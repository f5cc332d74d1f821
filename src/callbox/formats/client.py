"""What the writers of client code share: a request's fields and URL as text, masked or revealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from callbox.exchange.content import Content, multipart_content
from callbox.exchange.redaction import mask_content
from callbox.exchange.request import Outgoing
from callbox.exchange.secret import Secret, shown
from callbox.exchange.secret import mask_url as cover_url


class FilePiece(NamedTuple):
    """A file that stands in a body."""

    path: str


def fields_of(outgoing: Outgoing, *, reveal: bool) -> Iterator[tuple[str, str]]:
    """Names and values in the order in which they are sent."""
    for field in outgoing.headers:
        value = field.value
        if reveal:
            yield field.name, value.reveal() if isinstance(value, Secret) else value
        else:
            yield field.name, str(value) if isinstance(value, Secret) else shown(field.name, value)


def mask_url(text: str, outgoing: Outgoing, *, reveal: bool) -> str:
    """A URL or target, the values of credentials in its query masked."""
    return text if reveal else cover_url(text, names={f.name for f in outgoing.query if isinstance(f.value, Secret)})


def shown_content(outgoing: Outgoing, *, reveal: bool) -> Content | None:
    """The body, credentials in it masked."""
    content = outgoing.content
    return content if reveal or content is None else mask_content(content)


def shown_proxy(outgoing: Outgoing, *, reveal: bool) -> str:
    """The proxy, its password masked."""
    return outgoing.route.proxy if reveal else cover_url(outgoing.route.proxy)


def body_pieces(content: Content) -> list[bytes | FilePiece]:
    """The body in order: bytes that are known, and files by their paths."""
    if content.path:
        return [FilePiece(content.path)]
    if not content.parts:
        return [b"".join(content.chunks())] if content.data is None else [content.data]
    marker = b"\0callbox-file\0"
    parts = [part._replace(data=marker, pieces=None) if part.path else part for part in content.parts]
    boundary = (content.media_type or "").partition("boundary=")[2].strip('"')
    whole = (multipart_content(parts, boundary).data or b"").split(marker)
    paths = [FilePiece(part.path) for part in content.parts if part.path]
    pieces: list[bytes | FilePiece] = [whole[0]]
    for path, data in zip(paths, whole[1:], strict=True):
        pieces += [path, data]
    return pieces
