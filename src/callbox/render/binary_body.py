"""A binary body on the screen: its size, the dimensions of an image, and its first bytes as hexadecimal digits."""

from __future__ import annotations

from callbox.exchange.media_types import essence
from callbox.render.sanitise import visible_line
from callbox.render.sizes_and_durations import size
from callbox.render.style import Fragments

_SHOWN = 64
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def show_binary(first: bytes, media_type: str, total: int, width: int = 80) -> Fragments:
    """The type and size of a binary body, and its first 64 bytes in hexadecimal.

    For an image, the dimensions in the place of the bytes.

    >>> show_binary(b"", "image/png", 3100)
    [('note', 'image/png, 3.1 kB\\n')]
    """
    name = visible_line(essence(media_type))[:80] or "binary"
    found = dimensions(first)
    measures = f", {found[0]} x {found[1]}" if found else ""
    out: Fragments = [("note", f"{name}, {size(total)}{measures}\n")]
    if name.startswith("image/"):
        return out
    return out + _hex_lines(first[:_SHOWN], 16 if width >= 77 else 8)


def _hex_lines(data: bytes, step: int) -> Fragments:
    out: Fragments = []
    for start in range(0, len(data), step):
        row = data[start : start + step]
        pairs = " ".join(f"{byte:02x}" for byte in row)
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        out += [("dim", f"{start:04x}  "), ("", f"{pairs:<{step * 3}} "), ("dim", f"{text}\n")]
    return out


def dimensions(first: bytes) -> tuple[int, int] | None:
    """The width and height of a PNG, GIF, JPEG or WebP in pixels; None if the given start of the file does not contain
    them.

    >>> dimensions(b"GIF89a" + bytes([16, 0, 8, 0]))
    (16, 8)
    """
    if first.startswith(_PNG) and first[12:16] == b"IHDR" and len(first) >= 24:
        return int.from_bytes(first[16:20]), int.from_bytes(first[20:24])
    if first[:6] in (b"GIF87a", b"GIF89a") and len(first) >= 10:
        return int.from_bytes(first[6:8], "little"), int.from_bytes(first[8:10], "little")
    if first.startswith(b"\xff\xd8"):
        return _jpeg(first)
    return _webp(first) if first[:4] == b"RIFF" and first[8:12] == b"WEBP" else None


def _jpeg(first: bytes) -> tuple[int, int] | None:
    """The dimensions in the first frame header of a JPEG (ITU T.81 section B.2.2), after the segments before it."""
    position = 2
    while position + 9 <= len(first) and first[position] == 0xFF:
        marker = first[position + 1]
        if marker in _JPEG_FRAMES:
            height = int.from_bytes(first[position + 5 : position + 7])
            return int.from_bytes(first[position + 7 : position + 9]), height
        # Skip one fill byte, or one segment by its length.
        position += 1 if marker == 0xFF else 2 + int.from_bytes(first[position + 2 : position + 4])
    return None


def _webp(first: bytes) -> tuple[int, int] | None:
    """The dimensions of a WebP. Lossy, lossless and extended files have them in different places (RFC 9649)."""
    if len(first) < 30:
        return None
    form = first[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(first[24:27], "little"), 1 + int.from_bytes(first[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(first[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        bits = int.from_bytes(first[26:30], "little")
        return bits & 0x3FFF, bits >> 16 & 0x3FFF
    return None
