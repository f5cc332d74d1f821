"""Move binary bodies of an exported script to files in the same folder. Pure: this module writes no file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.media_types import boundary_of
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.known_secrets import forms_of
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content, Part, file_content, multipart_content
from callbox.exchange.secret import reveal

_HEAD = re.compile(
    r'\r\nContent-Disposition: form-data; name="([^"\r\n]*+)"(?:; filename="([^"\r\n]*+)")?'
    r"(?:\r\nContent-Type: ([^\r\n]++))?\Z"
)


class ExtractedRequest(NamedTuple):
    """A request whose body was moved to files, and the content of each file by its name."""

    outgoing: Outgoing
    files: Mapping[str, bytes] = {}


def extract_attachments(outgoing: Outgoing, stem: str, secrets: Collection[str] = ()) -> ExtractedRequest:
    """Move the parts of a body that are not text to files whose names begin with `stem`.

    A multipart body is moved part by part. Raises `UsageError` if a file would contain a secret, since a file cannot
    ask for it. A secret is one of the values `secrets`, or a part with the name of a credential.
    """
    content = outgoing.content
    data = content.data if content is not None else None
    if content is None or data is None or _is_text(data):
        return ExtractedRequest(outgoing)
    boundary = boundary_of(_content_type(outgoing)) if content.kind == "multipart" else ""
    parts = _parts_of(content, boundary) if boundary else ()
    files: dict[str, bytes] = {}
    if parts:
        rewritten = [_extract_part(part, f"{stem}-{number}.bin", files) for number, part in enumerate(parts, 1)]
        content = multipart_content(rewritten, boundary)
    else:
        content = _extract_body(f"{stem}.bin", data, content, files)
    if any(part.path in files and is_credential_name(part.name) for part in content.parts) or _contains_secret(
        files, secrets
    ):
        message = f"The body of {outgoing.method} {outgoing.url.path} is not text, and holds a secret"
        raise UsageError(message, hint="leave this request out, with --name or --index")
    return ExtractedRequest(outgoing._replace(content=content), files)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _content_type(outgoing: Outgoing) -> str:
    values = [reveal(field.value) for field in outgoing.headers if field.name.lower() == "content-type"]
    return values[-1] if values else ""


def _parts_of(content: Content, boundary: str) -> tuple[Part, ...]:
    """The parts of a multipart body; none if joining the parts would not give the same bytes."""
    data = content.data or b""
    found = tuple(_read_parts(data, f"--{boundary}".encode()))
    is_same = bool(found) and multipart_content(found, boundary).data == data
    return found if is_same else ()


def _read_parts(data: bytes, mark: bytes) -> Iterator[Part]:
    for piece in (b"\r\n" + data).split(b"\r\n" + mark)[1:-1]:
        head, _, value = piece.partition(b"\r\n\r\n")
        match = _HEAD.match(head.decode("utf-8", "replace"))
        if match is not None:
            yield Part(match[1], value, match[2], match[3])


def _extract_part(part: Part, path: str, files: dict[str, bytes]) -> Part:
    if _is_text(part.data):
        return part
    files[path] = part.data
    return part._replace(data=b"", path=path, pieces=lambda: (part.data,), length=len(part.data))


def _extract_body(path: str, data: bytes, content: Content, files: dict[str, bytes]) -> Content:
    """Move the body to one file.

    A script writes the line ends of a multipart body, also the last, as they are in the recorded body.
    """
    is_ended = content.kind == "multipart" and data.endswith(b"\r\n")
    files[path] = data[:-2] if is_ended else data
    made = file_content(path, lambda: (data,), len(data), content.media_type)
    return made._replace(kind=content.kind) if is_ended else made


def _contains_secret(files: Mapping[str, bytes], secrets: Collection[str]) -> bool:
    forms = {form.encode("utf-8", "replace") for secret in secrets for form in forms_of(secret)}
    return any(form in data for data in files.values() for form in forms)
