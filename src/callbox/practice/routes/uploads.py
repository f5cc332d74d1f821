"""`/upload`: accept bodies of any size in constant memory, and return their sizes and digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import unquote

from callbox.practice.connection_and_messages import Json, Problem, ServerResponse, json_response
from callbox.practice.json_schema import Schema, ref
from callbox.practice.router import BodySpec, Endpoint, HandlerCall, json_spec

PART_LIMIT = 1_000
_HEAD_LIMIT = 16_384
_TEXT_LIMIT = 4_096
_PARAMETER = re.compile(r';\s*([\w*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')
PART: Schema = {
    "type": "object",
    "required": ["name", "filename", "content_type", "size", "sha256"],
    "properties": {
        "name": {"type": ["string", "null"]},
        "filename": {"type": ["string", "null"]},
        "content_type": {"type": ["string", "null"]},
        "size": {"type": "integer", "minimum": 0},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "text": {"type": "string", "description": "The value of a short field that is not a file"},
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


class _SizeAndDigest:
    """Computes the size and digest of a stream as it passes."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def add(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self.digest.update(piece)
        return piece


def _upload(call: HandlerCall) -> ServerResponse:
    call.expect_body()
    totals = _SizeAndDigest()
    pieces = (totals.add(piece) for piece in call.body.pieces())
    parts: list[dict[str, Json]] | None = None
    if call.request.media_type() == "multipart/form-data":
        parts = read_parts(pieces, read_boundary(call.request.field("content-type")))
    for _ in pieces:
        pass
    return json_response(
        {
            "content_type": call.request.field("content-type") or None,
            "size": totals.size,
            "sha256": totals.digest.hexdigest(),
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
        summary="Take a form with files, or any bytes; say their sizes and SHA-256",
        tag="mirror",
        content=_CONTENT,
        responses=(json_spec("Uploaded", "What came"),),
    )
    for method in ("POST", "PUT")
)


def read_boundary(content_type: str) -> bytes:
    """The boundary that a content type announces.

    Raises:
        Problem: 400 if there is none.
    """
    boundary = _parameters(content_type).get("boundary", "")
    if not boundary or len(boundary) > 200:
        raise Problem(400, "the Content-Type has no boundary", hint="multipart/form-data; boundary=...")
    return boundary.encode("latin-1", "replace")


def read_parts(pieces: Iterator[bytes], boundary: bytes) -> list[dict[str, Json]]:
    """A description of each part: name, filename, content type, size, sha256, and the text of short fields.

    Raises:
        Problem: 400 when the body ends before its last boundary, 413 for too many parts.
    """
    window = _Window(pieces)
    mark = b"\r\n--" + boundary
    for _ in window.until(mark):
        pass  # the preamble is ignored
    parts: list[dict[str, Json]] = []
    while not window.starts_with(b"--"):
        if len(parts) == PART_LIMIT:
            raise Problem(413, f"more than {PART_LIMIT} parts", close=True)
        head = b"".join(window.until(b"\r\n\r\n", _HEAD_LIMIT)).decode("utf-8", "replace")
        parts.append(_describe(head, window.until(mark)))
    for _ in pieces:
        pass  # the epilogue is ignored, too
    return parts


class _Window:
    """A window over the received bytes. It begins with a line end, so that the first boundary is like the others."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b"\r\n"

    def until(self, mark: bytes, limit: int | None = None) -> Iterator[bytes]:
        """The bytes before the mark. The mark itself is skipped."""
        size = 0
        while (position := self._buffer.find(mark)) < 0:
            # The mark may be split between two pieces, so the bytes that could be its start are kept.
            keep = len(mark) - 1
            ready, self._buffer = self._buffer[:-keep], self._buffer[-keep:]
            size += len(ready)
            if limit is not None and size > limit:
                raise Problem(431, "the head of a part is too long", close=True)
            if ready:
                yield ready
            self._read_more()
        ready, self._buffer = self._buffer[:position], self._buffer[position + len(mark) :]
        if ready:
            yield ready

    def starts_with(self, mark: bytes) -> bool:
        """Whether the next bytes are equal to these."""
        while len(self._buffer) < len(mark):
            self._read_more()
        return self._buffer.startswith(mark)

    def _read_more(self) -> None:
        piece = next(self._pieces, b"")
        if not piece:
            raise Problem(400, "the body ends before the last boundary", hint="is the boundary right?")
        self._buffer += piece


def _describe(head: str, content: Iterator[bytes]) -> dict[str, Json]:
    fields = {}
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    disposition = _parameters(fields.get("content-disposition", ""))
    filename = (
        unquote(disposition["filename*"].rpartition("'")[2])
        if "filename*" in disposition
        else disposition.get("filename")
    )
    digest, size, text = hashlib.sha256(), 0, b""
    for piece in content:
        digest.update(piece)
        size += len(piece)
        if len(text) <= _TEXT_LIMIT:
            text += piece[: _TEXT_LIMIT + 1]
    part: dict[str, Json] = {
        "name": disposition.get("name"),
        "filename": filename,
        "content_type": fields.get("content-type"),
        "size": size,
        "sha256": digest.hexdigest(),
    }
    if filename is None and size <= _TEXT_LIMIT:
        part["text"] = text.decode("utf-8", "replace")
    return part


def _parameters(value: str) -> dict[str, str]:
    found = {}
    for name, quoted, bare in _PARAMETER.findall(value):
        # Programs that escape in names escape only the quote and the backslash; browsers write a quote as %22.
        text = re.sub(r'\\(["\\])', r"\1", quoted).replace("%22", '"') if quoted else bare
        found[name.lower()] = text
    return found
