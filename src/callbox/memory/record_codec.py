"""Encode an exchange for the memory file, without its secrets, and decode it.

The request is saved twice: as typed (the text of a saved request, which asks for its secrets when it is sent again),
and as sent (redacted, to be shown). Long bodies, and bodies that are not text, are left out.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from callbox.engine.options import OPTIONS, format_option
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.media_types import is_binary
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.exchange.secret import REDACTED, Secret
from callbox.exchange.url import Url, is_absolute
from callbox.formats.saved_request_file import write_request
from callbox.memory.api_facts import Details, Fact, Observation
from callbox.report.result import Result
from callbox.report.secrets_and_redaction import Redactor, RunSecrets

MAX_BODY = 1_000_000
"""The most bytes of a body that is saved. Of a longer one, only the length is saved."""
MAX_HOPS = 10
FLAGS = ("path-as-is", "no-session")
"""The flags of a request that are saved with its options."""


class StoredRequest(NamedTuple):
    """A row of the file, redacted."""

    id: int
    time: float
    """When the exchange began, in seconds of the epoch."""
    origin: str
    method: str
    url: str
    status: int
    """The status; 0 if there was no response."""
    size: int
    seconds: float
    is_complete: bool
    fault: str
    draft: bytes = b""
    """The text of a saved request; empty if the body cannot be read again."""
    exchange: str = ""
    """The request as sent, the response headers, and the earlier exchanges of the chain, as JSON."""
    body: bytes = b""


def encode_exchange(record: Record, observations: Iterable[Observation]) -> tuple[StoredRequest, list[Observation]]:
    """The row of an exchange and its facts about APIs, both without secrets."""
    secrets = RunSecrets()
    cut = _without_bodies(record)
    secrets.learn(Result("", "ok", record=cut))
    plain = [
        observation._replace(facts=tuple(fact for fact in observation.facts if _is_plain(fact, secrets)))
        for observation in observations
    ]
    return _encode(record, cut, secrets), plain


def encode_record(record: Record) -> StoredRequest:
    """The row of an exchange; its id is 0."""
    return encode_exchange(record, ())[0]


def _is_plain(fact: tuple[Fact, Details], secrets: RunSecrets) -> bool:
    """Whether a fact contains no value that is secret in this exchange."""
    texts = "\n".join([*fact[0][1:], fact[1].label, *(value for _, value in fact[1].keys)])
    return secrets.redact_values(texts) == texts


def _encode(record: Record, cut: Record, secrets: RunSecrets) -> StoredRequest:
    redacted = Redactor(secrets).record(cut)
    sent = redacted.first_outgoing
    exchange = {
        "sent": _write_outgoing(redacted.outgoing),
        "response": _write_response(redacted.response),
        "hops": [
            {"sent": _write_outgoing(hop.outgoing), "response": _write_response(hop.response), "time": hop.time}
            for hop in redacted.history[:MAX_HOPS]
        ],
        "has_auth": isinstance(record.draft.auth, Auth),
    }
    return StoredRequest(
        id=0,
        time=record.time,
        origin=sent.url.origin,
        method=sent.method,
        url=redact_shown_url(sent.url.text),
        status=record.response.status,
        size=record.size,
        seconds=record.seconds,
        is_complete=record.is_complete,
        fault=Redactor(secrets).text(record.fault),
        draft=_write_draft(record, secrets),
        exchange=json.dumps(exchange),
        body=redacted.body,
    )


def decode_record(stored: StoredRequest) -> Record:
    """The exchange in a row. Its draft has only the URL; `stored.draft` has the rest.

    Raises `UsageError` if the row cannot be read.
    """
    try:
        exchange = json.loads(stored.exchange)
        hops = tuple(
            Record(Draft("", ""), _read_outgoing(h["sent"]), _read_response(h["response"]), time=h["time"])
            for h in exchange["hops"]
        )
        outgoing, response = _read_outgoing(exchange["sent"]), _read_response(exchange["response"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"Request h{stored.id} cannot be read: it was saved in another format") from None
    return Record(
        draft=Draft(stored.method, stored.url),
        outgoing=outgoing,
        response=response,
        body=stored.body,
        size=stored.size,
        history=hops,
        is_complete=stored.is_complete,
        time=stored.time,
        fault=stored.fault,
    )


def had_auth(stored: StoredRequest) -> bool:
    """Whether the user typed credentials with the request. They are not saved."""
    return bool(json.loads(stored.exchange).get("has_auth"))


def _without_bodies(record: Record) -> Record:
    """The record without bodies that are not saved: those of redirects, binary ones and long ones."""
    body = record.body
    if len(body) > MAX_BODY or is_binary(body[:4096]):
        body = b""
    return record._replace(
        body=body,
        outgoing=_short_content(record.outgoing),
        history=tuple(
            hop._replace(body=b"", outgoing=_short_content(hop.outgoing), history=())
            for hop in record.history[:MAX_HOPS]
        ),
    )


def _short_content(outgoing: Outgoing) -> Outgoing:
    content = outgoing.content
    if content is None:
        return outgoing
    parts = tuple(part if len(part.data) <= MAX_BODY else part._replace(data=b"") for part in content.parts)
    data = content.data
    if data is not None and len(data) > MAX_BODY:
        data = None
    if data is not None and not content.parts and is_binary(data[:4096]):
        data = None
    length = content.size
    return outgoing._replace(content=content._replace(data=data, length=length, pieces=None, parts=parts, given=None))


def _write_draft(record: Record, secrets: RunSecrets) -> bytes:
    """The request as typed, with its whole URL, since the base may change.

    Empty if sending it again needs a part that is not saved: a stream, a long body, a secret with another name.
    """
    draft = record.draft
    sent = record.first_outgoing
    first = sent.url
    draft = draft._replace(secrets={**sent.secrets, **draft.secrets})  # also secrets of the base
    if not is_absolute(draft.url):
        typed_query = draft.url.partition("?")[2].partition("#")[0]
        draft = draft._replace(url=f"{first.origin}{first.path}{'?' if typed_query else ''}{typed_query}")
    options = {
        name: format_option(name, value) if name in OPTIONS else "yes"
        for name, value in draft.options.items()
        if name not in draft.file_options and (name in OPTIONS or name in FLAGS)
    }
    content = draft.content
    if content is not None and content.data is not None and not content.path and len(content.data) > MAX_BODY:
        return b""
    try:
        text = write_request(draft, options)
    except UsageError:  # the body can be read only once
        return b""
    return text if all(secrets.redact_values(one) == one for one in _texts(tomllib.loads(text.decode()))) else b""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _write_outgoing(outgoing: Outgoing) -> dict[str, Any]:
    return {
        "method": outgoing.method,
        "url": list(outgoing.url._replace(username="", password="")),
        "headers": [_write_field(field) for field in outgoing.headers],
        "query": [_write_field(field) for field in outgoing.query],
        "cookies": [_write_field(field) for field in outgoing.cookies],
        "content": _write_content(outgoing.content) if outgoing.content is not None else None,
    }


def _write_field(field: Field) -> list[str]:
    return [field.name, str(field.value), field.source]


def _write_content(content: Content) -> dict[str, Any]:
    return {
        "data": content.data.decode("latin-1") if content.data is not None else None,
        "media_type": content.media_type,
        "kind": content.kind,
        "length": content.size,
        "path": content.path,
        "parts": [
            [part.name, part.data.decode("latin-1"), part.filename, part.media_type, part.path, part.length]
            for part in content.parts
        ],
    }


def _write_response(response: ResponseHead) -> dict[str, Any]:
    connection = response.connection
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": response.headers.multi_items(),
        "version": response.version,
        "timings": list(response.timings),
        "connection": list(connection._replace(certificate=b"")[:-1]) if connection is not None else None,
    }


def _read_outgoing(found: dict[str, Any]) -> Outgoing:
    content = found["content"]
    return Outgoing(
        method=found["method"],
        url=Url(*found["url"]),
        headers=tuple(_read_fields(found["headers"])),
        content=_read_content(content) if content is not None else None,
        query=tuple(_read_fields(found["query"])),
        cookies=tuple(_read_fields(found["cookies"])),
    )


def _read_fields(found: Iterable[list[Any]]) -> Iterable[Field]:
    for name, value, source in found:
        # A redacted value stays a secret, so that an export asks for it instead of writing the mark.
        is_redacted = value.endswith(REDACTED)
        yield Field(name, Secret(REDACTED, value.removesuffix(REDACTED)) if is_redacted else value, source)


def _read_content(found: dict[str, Any]) -> Content:
    parts = tuple(
        Part(name, data.encode("latin-1"), filename, media_type=media_type, path=path, length=length)
        for name, data, filename, media_type, path, length in found["parts"]
    )
    data = found["data"]
    return Content(
        data=data.encode("latin-1") if data is not None else None,
        media_type=found["media_type"],
        kind=found["kind"],
        length=found["length"],
        path=found["path"],
        parts=parts,
    )


def _read_response(found: dict[str, Any]) -> ResponseHead:
    connection = found["connection"]
    return ResponseHead(
        status=found["status"],
        reason=found["reason"],
        headers=Headers(tuple((name, value) for name, value in found["headers"])),
        version=found["version"],
        connection=Connection(*connection) if connection is not None else None,
        timings=Timings(*found["timings"]),
    )
