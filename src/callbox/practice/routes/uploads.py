"""`/upload`: bodies of any size, taken in constant memory and answered with what they were."""

from __future__ import annotations

import hashlib

from callbox.practice.context import HandlerCall
from callbox.practice.multipart import read_boundary, read_parts
from callbox.practice.response import Json, ServerResponse, show
from callbox.practice.routing import BodySpec, Endpoint, gives
from callbox.practice.schema import Schema, ref

PART: Schema = {
    "type": "object",
    "required": ["name", "filename", "content_type", "size", "sha256"],
    "properties": {
        "name": {"type": ["string", "null"]},
        "filename": {"type": ["string", "null"]},
        "content_type": {"type": ["string", "null"]},
        "size": {"type": "integer", "minimum": 0},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "text": {"type": "string", "description": "The value of a short field that is no file"},
    },
}
UPLOADED: Schema = {
    "type": "object",
    "required": ["content_type", "size", "sha256", "chunked", "parts"],
    "properties": {
        "content_type": {"type": ["string", "null"]},
        "size": {"type": "integer", "minimum": 0, "description": "Of the whole body, in bytes"},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "chunked": {"type": "boolean"},
        "parts": {"type": ["array", "null"], "items": ref("Part"), "description": "Of multipart/form-data"},
    },
}


class _Tally:
    """A stream's size and digest, taken while it passes."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def add(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self.digest.update(piece)
        return piece


def _upload(call: HandlerCall) -> ServerResponse:
    call.expect_body()
    tally = _Tally()
    pieces = (tally.add(piece) for piece in call.body.pieces())
    parts: list[dict[str, Json]] | None = None
    if call.request.media_type() == "multipart/form-data":
        parts = read_parts(pieces, read_boundary(call.request.field("content-type")))
    for _ in pieces:
        pass
    return show(
        {
            "content_type": call.request.field("content-type") or None,
            "size": tally.size,
            "sha256": tally.digest.hexdigest(),
            "chunked": call.body.length is None,
            "parts": parts,
        }
    )


SCHEMAS: dict[str, Schema] = {"Part": PART, "Uploaded": UPLOADED}
_FORM: Schema = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "cover": {"type": "string", "contentMediaType": "image/png"}},
}
_CONTENT = BodySpec(
    {"multipart/form-data": _FORM, "application/octet-stream": {}},
    "any bytes at all",
    "application/octet-stream",
)
ROUTES = tuple(
    Endpoint(
        method,
        "/upload",
        _upload,
        "Take a form with files, or any bytes; say their sizes and SHA-256",
        "mirror",
        content=_CONTENT,
        answers=(gives("Uploaded", "What came"),),
    )
    for method in ("POST", "PUT")
)
