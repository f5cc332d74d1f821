"""Exchanges that took place, as a script that replays to the same requests. Pure.

What was said is written, not what the session adds by itself: no built-in headers that the replayer adds as well,
no cookies that servers set. Each request is read back after it is written; one that would not come out the same is
refused rather than altered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.auth import Auth
from callbox.exchange.bodies import multipart_content
from callbox.exchange.content import Content, Part
from callbox.exchange.digest import Digest
from callbox.exchange.draft import Draft
from callbox.exchange.outgoing import Field, Outgoing
from callbox.exchange.record import Record
from callbox.exchange.secret import Secret, is_credential_name, reveal
from callbox.exchange.url import parse as parse_url
from callbox.script.dynamic import Dynamics
from callbox.script.parse import parse
from callbox.script.reference import names_of
from callbox.script.resolve import resolve
from callbox.script.scope import FileBytes, Layer, Scope, Surroundings
from callbox.script.veil import HOLE, Veil, escape

_SAID = frozenset({"session", "auth", "netrc", "url"})
_ONE_LINE = re.compile(r"[^\r\n]*\Z")
_FLAGS: Mapping[str, tuple[object, str]] = {
    "follow": (False, "no-redirect"),
    "verify": (False, "insecure"),
    "keep-method": (True, "keep-method"),
    "no-cookie-jar": (True, "no-cookie-jar"),
}
_DURATIONS = {"timeout": "timeout", "connect-timeout": "connection-timeout"}


class _Form(NamedTuple):
    """One way to write a request; the first that reads back to the same is taken."""

    is_raw: bool = False
    """With `# @raw-body`, so that no line of it is taken for a comment."""
    is_packed: bool = False
    """The body as one variable, its line breaks written `\\n`."""
    has_whole_auth: bool = False
    """The Authorization header as one secret."""


_FORMS = (
    _Form(),
    _Form(is_raw=True),
    _Form(is_packed=True),
    _Form(has_whole_auth=True),
    _Form(is_raw=True, has_whole_auth=True),
    _Form(is_packed=True, has_whole_auth=True),
)


def script_of(
    records: Sequence[Record],
    base: str = "",
    defaults: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] = {},
) -> str:
    """The text of a script that replays to these requests.

    URLs below `base` (empty: the origin of the first request) are written `{{base}}/..`; secrets are variables with
    a `# @prompt` line. `defaults` are the replayer's built-in headers by lower-cased name: one that went with another
    value is written (None: none is). `secrets` are values, with the names of their variables, that are secret wherever
    they stand; what is one by a name beside it needs not be told. Raises `UsageError` for no records, and for a request
    that a script cannot hold: a body of bytes that are no text, and that did not come from a file.
    """
    if not records:
        raise UsageError("No request was made yet", hint="try get /")
    if defaults is not None:
        records = [_with_defaults(record, defaults) for record in records]
    first = _first(records[0])
    base = (base or first.url.origin).rstrip("/")
    veil = Veil(secrets)
    blocks = [_write(record, number, base, veil) for number, record in enumerate(records, 1)]
    text = f"@base = {base}\n\n" + "\n".join(blocks)
    for number, record in enumerate(records, 1):
        if not _is_same(record, text, number, veil):
            raise _refusal(record, number)
    return text


def _write(record: Record, number: int, base: str, veil: Veil) -> str:
    for form in _FORMS:
        block = "\n".join([*_block(record, base, veil, form), ""])
        if _is_same(record, f"@base = {base}\n\n{block}", 1, veil):
            return block
    raise _refusal(record, number)


def _refusal(record: Record, number: int) -> UsageError:
    outgoing = _first(record)
    hint = "send its body from a file: @body.bin" if outgoing.content is not None else "leave it out"
    return UsageError(
        f"Request {number} ({outgoing.method} {outgoing.url.path}) cannot be written as a script", hint=hint
    )


def _first(record: Record) -> Outgoing:
    """What left first: of a redirected request the one that was asked for."""
    return record.history[0].outgoing if record.history else record.outgoing


def _with_defaults(record: Record, defaults: Mapping[str, str]) -> Record:
    """The record of what left first, as if the session had said what the replayer would not add."""
    outgoing = _first(record)
    headers = tuple(
        field._replace(source="session")
        if field.source == "default" and field.value != defaults.get(field.name.lower(), field.value)
        else field
        for field in outgoing.headers
    )
    return record._replace(outgoing=outgoing._replace(headers=headers), history=())


def _block(record: Record, base: str, veil: Veil, form: _Form) -> Iterator[str]:
    outgoing = _first(record)
    veil.begin()
    url = veil.known(veil.target(outgoing))
    is_below = url == base or url.startswith((f"{base}/", f"{base}?"))
    headers = [f"{field.name}: {_value(field, outgoing, veil, form)}".rstrip() for field in _said(record, outgoing)]
    packed: list[str] = []
    body = list(_body(outgoing.content, veil, form, packed)) if outgoing.content is not None else []
    yield f"### {outgoing.method} {veil.title(outgoing.url.path)}"
    yield from (f"# @prompt {name}" for name in veil.used)
    yield from _directives(record.draft)
    if form.is_raw:
        yield "# @raw-body"
    yield from packed
    yield f"{outgoing.method} {'{{base}}' + url.removeprefix(base) if is_below else url}"
    yield from headers
    if body:
        yield from ("", *body)


def _value(field: Field, outgoing: Outgoing, veil: Veil, form: _Form) -> str:
    text = veil.header(field, outgoing, is_whole=form.has_whole_auth)
    # Of what type a body is decides how it is read.
    return text if field.name.lower() == "content-type" else veil.known(text)


def _said(record: Record, outgoing: Outgoing) -> list[Field]:
    """The headers that were said, by the request or by the session, and the type of the body."""
    sources = {*_SAID, record.draft.source, "item", "script"}
    fields = _with_digest([field for field in outgoing.headers if field.source in sources], outgoing.auth)
    if outgoing.content is not None:
        fields += [f for f in outgoing.headers if f.name.lower() == "content-type" and f not in fields]
    is_cookie_said = record.draft.cookies or any(cookie.source != "jar" for cookie in outgoing.cookies)
    if is_cookie_said and not any(field.name.lower() == "cookie" for field in fields):
        fields += [field for field in outgoing.headers if field.name.lower() == "cookie"]
    return fields


def _with_digest(fields: list[Field], auth: Auth | None) -> list[Field]:
    """A digest is worth nothing in another request: who signs is said in its place, also before any challenge."""
    if not isinstance(auth, Digest):
        return fields
    kept = [field for field in fields if field.name.lower() != "authorization"]
    return [*kept, Field("Authorization", Secret(f"{auth.username}:{auth.password}", "Digest "), "auth")]


def _directives(draft: Draft) -> Iterator[str]:
    for name, (value, directive) in _FLAGS.items():
        if draft.options.get(name) is value:
            yield f"# @{directive}"
    for name, directive in _DURATIONS.items():
        seconds = draft.options.get(name)
        if isinstance(seconds, (int, float)):
            yield f"# @{directive} {seconds * 1000:.0f} ms"


def _body(content: Content, veil: Veil, form: _Form, packed: list[str]) -> Iterator[str]:
    if content.parts:
        yield from _parts(content, veil, form, packed)
    elif content.data is None:
        if not content.path:
            raise UsageError("A body that was read from a pipe cannot be written into a script")
        yield f"< {escape(content.path)}"
    else:
        text = _covered(content.data.decode("utf-8", "replace"), content, veil)
        if form.is_packed:
            yield _pack(content.data.decode("utf-8", "replace"), packed, veil, lambda text: _cover(text, content, veil))
        elif text:
            yield from text.split("\n")


def _covered(text: str, content: Content, veil: Veil) -> str:
    return _cover("\n".join(escape(line) for line in text.split("\n")), content, veil)


def _cover(text: str, content: Content, veil: Veil) -> str:
    """The text of a body, what is secret in it covered."""
    if content.kind == "json" or (content.media_type or "").endswith("json"):
        return veil.known(veil.json(text))
    if content.kind == "multipart":
        return veil.known(veil.multipart(text))
    return veil.known(veil.form(text) if content.kind == "form" else veil.text(text))


def _parts(content: Content, veil: Veil, form: _Form, packed: list[str]) -> Iterator[str]:
    boundary = _boundary(content)
    for part in content.parts:
        yield f"--{boundary}"
        name = _quote(part.name)
        filename = "" if part.filename is None else f'; filename="{escape(_quote(part.filename))}"'
        yield f'Content-Disposition: form-data; name="{escape(name)}"{filename}'
        if part.media_type:
            yield f"Content-Type: {escape(part.media_type)}"
        yield ""
        yield _part_value(part, veil, form, packed)
    yield f"--{boundary}--"


def _part_value(part: Part, veil: Veil, form: _Form, packed: list[str]) -> str:
    if part.path:
        return f"< {escape(part.path)}"
    text = part.data.decode("utf-8", "replace")
    if part.filename is None and is_credential_name(part.name):
        return veil.cover(text, part.name)
    if text and (form.is_packed or not _ONE_LINE.match(text)):
        return _pack(text, packed, veil, veil.known)
    return veil.known(escape(text))


def _pack(text: str, packed: list[str], veil: Veil, cover: Callable[[str], str]) -> str:
    """The text as a variable of its own, for what cannot stand in a body as it is.

    The value of a variable is trimmed, so blanks at its ends stand outside of it.
    """
    name = f"body{len(packed) + 1}"
    before, core, after = _trimmed(text)
    cut = HOLE.split(cover(core))
    cut[::2] = map(_one_line, cut[::2])
    cut[1::2] = [hole if hole[2:-2] in veil.used else _one_line(hole) for hole in cut[1::2]]
    packed.append(f"@{name} = {''.join(cut)}")
    return f"{before}{{{{{name}}}}}{after}"


def _one_line(text: str) -> str:
    value = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return escape(value)


def _trimmed(text: str) -> tuple[str, str, str]:
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[:start], text[start:end], text[end:]


def _is_blank(char: str) -> bool:
    return char.isspace() and char not in "\n\r\t"


def _quote(name: str) -> str:
    # As `exchange.bodies` writes them: WHATWG HTML, "multipart form data".
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _is_same(record: Record, text: str, number: int, veil: Veil) -> bool:
    """Whether the script's request of that number is the one of the record."""
    script = parse(text, "")
    if script.errors or len(script.steps) < number:
        return False
    dynamics = Dynamics(lambda: 0.0, _NoChance())
    answers = (Layer("prompt", veil.answers),)
    surroundings = Surroundings(script, names_of(script), dynamics, _open_nothing, {}, answers)
    try:
        draft = resolve(script.steps[number - 1], Scope(surroundings, script.steps[number - 1], lambda _: None))
        return _looks(draft) == _looked(record)
    except UsageError:
        return False


class _NoChance:
    """Nothing that is read back here is random."""

    def randrange(self, start: int, stop: int, /) -> int:
        return start

    def getrandbits(self, bits: int, /) -> int:
        return 0

    def random(self) -> float:
        return 0.0


def _open_nothing(path: str) -> FileBytes:
    """A file is the same where its path is: it is not read here."""
    return FileBytes(lambda: (_marker(path),), None)


def _marker(path: str) -> bytes:
    return b"\0" + path.encode("utf-8", "replace") + b"\0"


def _looks(draft: Draft) -> tuple[object, ...]:
    headers = [(name.lower(), reveal(value or "").strip()) for name, value in draft.headers]
    auth = draft.auth if isinstance(draft.auth, Digest) else None
    headers += [(field.name.lower(), reveal(field.value).strip()) for field in _with_digest([], auth)]
    return draft.method, parse_url(draft.url).text, sorted(headers), _bytes(draft.content)


def _looked(record: Record) -> tuple[object, ...]:
    outgoing = _first(record)
    headers = [(field.name.lower(), reveal(field.value).strip()) for field in _said(record, outgoing)]
    return outgoing.method, outgoing.url.text, sorted(headers), _bytes(outgoing.content)


def _bytes(content: Content | None) -> bytes:
    """What is sent, each file of it as a marker with its path."""
    if content is None:
        return b""
    if content.parts:
        parts = [p._replace(data=_marker(p.path), pieces=None) if p.path else p for p in content.parts]
        content = multipart_content(parts, _boundary(content))
    return _marker(content.path) if content.path else b"".join(content.chunks())


def _boundary(content: Content) -> str:
    return (content.media_type or "").partition("boundary=")[2].strip('"')
