"""What the writers of client code share: a request's fields and URL as text, masked or revealed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from callbox.exchange.bodies import multipart_content
from callbox.exchange.content import Content
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.secret import Secret, shown

_CREDENTIAL = re.compile(r"([?&][^=&]*(?:key|token|secret|password|auth)[^=&]*=)[^&]*", re.IGNORECASE)


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
    is_secret = any(isinstance(f.value, Secret) or shown(f.name, f.value) != f.value for f in outgoing.query)
    return _CREDENTIAL.sub(r"\1...", text) if is_secret and not reveal else text


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
