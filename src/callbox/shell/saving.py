"""`save history`: exchanges as a `.http` script that replays to the same requests, with no secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from callbox.errors import UsageError
from callbox.exchange.auth import Basic
from callbox.exchange.content import Content, Part
from callbox.exchange.outgoing import Field, Outgoing
from callbox.exchange.record import Record
from callbox.exchange.secret import Secret, is_credential_name, reveal
from callbox.shell.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.world import World

_SAID = frozenset({"item", "session", "auth", "netrc"})
"""Where a header must come from to be written: the rest is made anew by whoever replays it."""
_JSON_PAIR = re.compile(r'("((?:[^"\\]|\\.){1,100})"\s*:\s*)"((?:[^"\\]|\\.)*)"')
_FORM_PAIR = re.compile(r"(?<![^&])([^=&]+)=([^&]*)")
_NOT_A_NAME = re.compile(r"\W+")


def save_requests(call: Call, world: World) -> Iterator[Output]:
    """`save history [RANGE] FILE.http [--force]`."""
    path = call.text("file")
    records = _chosen(call, world)
    text = write_script(records)
    world.ports.write_file(path, text.encode(), call.has("force"))
    count = len(records)
    yield say(f"wrote {count} request{'s' * (count != 1)} to {path}")


def write_script(records: Sequence[Record]) -> str:
    """The script of these exchanges; the first one's origin is its `@base`."""
    first = _outgoing(records[0])
    names = _Names()
    blocks = [_block(record, first.url.origin, names) for record in records]
    return f"@base = {first.url.origin}\n\n" + "\n".join(blocks)


def _chosen(call: Call, world: World) -> list[Record]:
    items = world.history.items()
    ranges = call.values.get("range")
    if not isinstance(ranges, tuple):
        records = [record for _, record in items]
    else:
        records = [record for first, last in ranges for record in _between(world, first, last)]
    if not records:
        raise UsageError("No request was made yet", hint="try get /")
    return records


def _between(world: World, first: int, last: int) -> list[Record]:
    numbers = [number for number, _ in world.history.items()]
    count = numbers[-1] if numbers else 0
    low, high = (count + 1 + n if n < 0 else n for n in (first, last))
    if low > high:
        raise UsageError(f"{first}..{last} is no range that goes up")
    return [world.history.get(number) for number in range(low, high + 1)]


class _Names:
    """The variables that stand for secrets: one for each value, named for what it is."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self.used: list[str] = []
        """Those of the block that is being written."""

    def of(self, value: str, wanted: str) -> str:
        """`{{name}}` for this secret."""
        name = self._names.get(value)
        if name is None:
            wanted = _NOT_A_NAME.sub("_", wanted).strip("_").lower() or "secret"
            taken = set(self._names.values())
            tries = (wanted if number == 1 else f"{wanted}{number}" for number in range(1, len(taken) + 2))
            name = self._names[value] = next(one for one in tries if one not in taken)
        if name not in self.used:
            self.used.append(name)
        return f"{{{{{name}}}}}"


def _outgoing(record: Record) -> Outgoing:
    return record.history[0].outgoing if record.history else record.outgoing


def _block(record: Record, base: str, names: _Names) -> str:
    outgoing = _outgoing(record)
    names.used.clear()
    url = _url(outgoing, base, names)
    headers = [_header(field, outgoing, names) for field in outgoing.headers if _is_said(field, outgoing)]
    body = _body(outgoing.content, names) if outgoing.content is not None else ""
    if any(line.startswith("###") for line in body.split("\n")):
        raise UsageError(f"The body of {outgoing.method} {outgoing.url.path} holds a line that begins with ###")
    prompts = [f"# @prompt {name}" for name in names.used]
    lines = [f"### {outgoing.method} {outgoing.url.path}", *prompts, f"{outgoing.method} {url}", *headers]
    return "\n".join([*lines, *(["", body] if body else []), ""])


def _url(outgoing: Outgoing, base: str, names: _Names) -> str:
    text = _escape(outgoing.url.text)
    for field in outgoing.query:
        if isinstance(field.value, Secret) or is_credential_name(field.name):
            from urllib.parse import quote_plus

            pair = f"{quote_plus(field.name)}={quote_plus(reveal(field.value))}"
            text = text.replace(pair, f"{quote_plus(field.name)}={names.of(reveal(field.value), field.name)}", 1)
    return "{{base}}" + text.removeprefix(base) if text.startswith(base + "/") else text


def _is_said(field: Field, outgoing: Outgoing) -> bool:
    if field.name.lower() == "content-type" and outgoing.content is not None:
        return True
    return field.source in _SAID


def _header(field: Field, outgoing: Outgoing, names: _Names) -> str:
    if field.source == "auth" and isinstance(outgoing.auth, Basic):
        user, password = _text(outgoing.auth.username), _text(outgoing.auth.password)
        return f"{field.name}: Basic {_escape(user)}:{names.of(password, 'password')}"
    if isinstance(field.value, Secret):
        secret = reveal(field.value)[len(field.value.prefix) :]
        wanted = "token" if field.value.prefix == "Bearer " else field.name
        return f"{field.name}: {field.value.prefix}{names.of(secret, wanted)}"
    if is_credential_name(field.name):
        scheme, blank, rest = field.value.partition(" ")
        return f"{field.name}: {scheme + blank if blank else ''}{names.of(rest or scheme, field.name)}"
    return f"{field.name}: {_escape(field.value)}"


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _body(content: Content, names: _Names) -> str:
    if content.kind == "multipart" and content.parts:
        boundary = (content.media_type or "").partition("boundary=")[2]
        return "\n".join([*(_part(part, boundary, names) for part in content.parts), f"--{boundary}--"])
    if content.data is None:
        return f"< {content.path}"
    try:
        text = content.data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("A body that is not UTF-8 text cannot be written into a script") from None
    return _without_secrets(text, content, names)


def _part(part: Part, boundary: str, names: _Names) -> str:
    name = f'; filename="{part.filename}"' if part.filename else ""
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{part.name}"{name}']
    lines += [f"Content-Type: {part.media_type}"] if part.media_type else []
    value = part.data.decode("utf-8", "replace")
    shown = names.of(value, part.name) if is_credential_name(part.name) else _escape(value)
    return "\n".join([*lines, "", f"< {part.path}" if part.path else shown])


def _without_secrets(text: str, content: Content, names: _Names) -> str:
    escaped = _escape(text)
    if content.kind == "form":
        return _FORM_PAIR.sub(
            lambda m: f"{m[1]}={names.of(m[2], m[1])}" if m[2] and is_credential_name(m[1]) else m[0], escaped
        )
    if content.kind == "json":
        return _JSON_PAIR.sub(
            lambda m: f'{m[1]}"{names.of(m[3], m[2])}"' if m[3] and is_credential_name(m[2]) else m[0], escaped
        )
    return escaped


def _escape(text: str) -> str:
    """Braces that are meant as they are (rule of the script language: `\\{\\{`)."""
    return text.replace("{{", "\\{\\{").replace("}}", "\\}\\}") if "{{" in text else text
