"""The target of a request (a URL or path) and its items: header, query, body field, file, JSON body.

One word becomes one item. The first unquoted separator in the word counts. If several separators begin at the same
character, the longest counts. Separators in quotes or after a backslash are text. But if the whole word is in quotes,
as other tools require, its first separator counts. An item holds only the name of a file; a handler reads the file.

The first word after a method is the target, unless it has the form of an item. A target is redacted before it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import unquote_plus

from callbox.errors import UsageError
from callbox.exchange.redaction.credential_names import (
    is_credential_list,
    is_credential_name,
    is_credential_parameter,
    is_value_key,
    names_value_beside,
)
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.secret import ASK
from callbox.exchange.url import TextPart, check_scheme, has_broken_scheme, host_changing_part
from callbox.shell.line.lexer import BARE, COMMAND, FILLED, JSON, QUOTED, VARIABLE, Word, begins_json
from callbox.shell.line.line_writer import enclose, quote

ItemKind = Literal[
    "header", "header_file", "header_left_out", "header_empty", "query", "query_file", "field", "field_file",
    "json", "json_file", "upload", "body_file", "body_json",
]  # fmt: skip
"""The kinds of items.

Some have less common forms: `header_left_out` is `Name:`, `header_empty` is `Name;`, `upload` is `name@file`,
`body_file` is `@file`, and `body_json` is `{..}` or `[..]`.
"""

SEPARATORS: dict[str, ItemKind] = {
    ":=@": "json_file",
    "==@": "query_file",
    ":=": "json",
    "==": "query",
    "=@": "field_file",
    ":@": "header_file",
    "=": "field",
    ":": "header",
    "@": "upload",
}
"""The kind of item for each separator; the longest separators come first."""

MOST_STEPS = 100
_PLAIN_NAME = re.compile(r"(?:\w[\w.\-\[\]]*)?\Z", re.ASCII)


Path: TypeAlias = tuple[str | int | None, ...]
"""The steps of a nested key, such as `a[b][0][]`."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_HOST = re.compile(r"(?:[\w\-]++(?:\.[\w\-]++)++\.?|localhost|\[[0-9A-Fa-f:.%]+\])(?::\d*)?(?=[/?]|\Z)", re.IGNORECASE)
_NO_HOST = re.compile(r"(?!(?:\d{1,3}\.){3}\d{1,3}[:/?]|(?:\d{1,3}\.){3}\d{1,3}\Z)[\w.\-]*?\.\d+(?=[/?]|\Z)")
"""A name whose last label is a number, and that is no IPv4 address. DNS has no such name: `v1.0/items` is a path."""
_HOST_AND_PORT = re.compile(r"([\w\-]++):(\d{1,5})(?:([/?])|\Z)", re.ASCII)
"""A host without a dot, and a port: `vm:8950/items`, `web:8000`. A header may look like this, too: `age:42`."""
_NUMBER_HEADERS = frozenset(
    "age content-length depth device-memory dnt downlink early-data ect expires last-event-id max-age max-forwards"
    " retry-after rtt save-data sec-gpc timeout ttl upgrade-insecure-requests viewport-width width".split()
)
"""Headers in lower case whose value is a number, and common names of such headers."""
_LOOSE_JSON = re.compile(r"""\{\s*["']?\w{1,100}+["']?\s*:""")
"""JSON whose names have no quotes."""
_PORT = re.compile(r":\d", re.ASCII)
_PARAMETER = re.compile(r"[?&#]([^=&#?]*+)=([^&#]*+)")
_ASKED_USERINFO = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*://(?:\?(?::(?:\?|[^/?#@]*))?|[^/?#:@]*:\?)@|(?:\?|[^/?#:@]+):\?@"
)
"""The user and password of a URL (with or without a scheme) if the history has redacted one of the two."""


class Item(NamedTuple):
    """One request item: a header, query parameter, body field or file."""

    kind: ItemKind
    name: str
    """The name as typed, with its nested keys: `a[b][]`."""
    value: str
    """The value, the JSON text, or the name of the file."""
    start: int = 0
    end: int = 0
    """The position after the word in the line."""
    media_type: str = ""
    """The media type of an upload, if `;type=` sets it."""
    path: tuple[str | int | None, ...] = ()
    """The steps of a nested key: a name, an index, or None for `[]`; empty if the key is malformed."""

    @property
    def is_body(self) -> bool:
        """Whether the item is part of the body."""
        return self.kind in ("field", "field_file", "json", "json_file", "upload", "body_file", "body_json")


class Separation(NamedTuple):
    """The separator of an item: `text[:at]` is the name, `text[after:]` is the value."""

    kind: ItemKind
    at: int
    after: int


def find_separator(word: Word) -> Separation | None:
    """The separator of this word. None if the word has no separator, or is a body by itself."""
    return _find_bare_separator(_without_quotes(word))


def item_name(word: Word) -> str:
    """The name of an item before its separator; empty for a word that is not an item."""
    separation = find_separator(word) if word.marks[:1] != QUOTED else None
    return word.text[: separation[1]] if separation is not None else ""


def is_quoted_item(word: Word) -> bool:
    """Whether the word is an item in one pair of quotes: `'title=a b'`, `"X-A: b"`."""
    is_quoted = word.marks[:1] == QUOTED and BARE not in word.marks and JSON not in word.marks
    return is_quoted and not is_json_body(word) and _find_bare_separator(_without_quotes(word)) is not None


def names_secret(kind: str, name: str, value: str = ASK) -> bool:
    """Whether an item of this kind and name holds a credential. Its value `?` then asks the user for the credential."""
    if kind == "json" and value.lstrip().startswith((ASK, "[")):
        return is_credential_list(name)
    return is_credential_parameter(name) if kind.startswith(("query", "header")) else is_credential_name(name)


def is_json_body(word: Word) -> bool:
    """Whether the word is a JSON body, bare or in quotes."""
    if word.marks[:1] == JSON:
        return True
    return word.marks[:1] == QUOTED and BARE not in word.marks and begins_json(word.text.lstrip())


def is_body_item(word: Word) -> bool:
    """Whether the word is a body or a part of one: a field, an upload, `@file` or JSON."""
    separation = find_separator(word)
    return is_json_body(word) or (separation is not None and separation.kind in BODY_KINDS)


BODY_KINDS = frozenset(("field", "field_file", "json", "json_file", "upload", "body_file"))
"""The kinds of items that go into the body, without `body_json`, which has no separator."""


def _without_quotes(word: Word) -> Word:
    """The word with its separators unquoted, if the whole word is quoted and is not JSON."""
    if word.marks[:1] != QUOTED or BARE in word.marks or is_json_body(word):
        return word
    return word._replace(marks=word.marks.replace(QUOTED, BARE))


def _find_bare_separator(word: Word) -> Separation | None:
    for at, mark in enumerate(word.marks):
        if mark != BARE:
            continue
        if word.text[at] == ";" and at == len(word.text) - 1 and at:
            return Separation("header_empty", at, at + 1)
        for separator, kind in SEPARATORS.items():
            if word.text.startswith(separator, at) and set(word.marks[at : at + len(separator)]) == {BARE}:
                after = at + len(separator)
                return Separation(_special(word, kind, at, after), at, after)
    return None


def _special(word: Word, kind: ItemKind, at: int, after: int) -> ItemKind:
    if kind == "header" and after == len(word.text):
        return "header_left_out"
    return "body_file" if kind == "upload" and at == 0 else kind


def read_item(word: Word) -> Item:
    """Parse a (filled) word as an item.

    Raises UsageError without a place for a word that has no separator or no name.
    """
    if is_json_body(word):
        return Item(kind="body_json", name="", value=validate_json(fill_json(word)), start=word.start, end=word.end)
    is_quoted, word = is_quoted_item(word), _without_quotes(word)
    separation = _find_bare_separator(word)
    if word.text[:1] == "{" and (separation is None or separation.kind.startswith("header")):
        raise UsageError(f"'{word.text}' is not JSON", hint='write names in double quotes: {"name": "text"}')
    if separation is None:
        raise UsageError(f"I don't know what '{word.text}' is", hint=_hint_for(word))
    kind, at, after = separation
    if at == 0 and kind != "body_file":
        raise UsageError(f"A name is missing before '{word.text[:after]}'")
    value, media_type = word.text[after:], ""
    if kind in ("upload", "body_file"):
        value, media_type = _read_upload(value)
        if not value:
            example = "photo.png" if at else "body.json"
            raise UsageError(
                f"'{word.text}' is not followed by a file name", hint=f"{word.text[:after]}{example} sends a file"
            )
    if kind == "json" and not (value == ASK and names_secret(kind, word.text[:at])):
        value = validate_json(fill_json(word.part(after)))
    if kind.startswith("header"):
        value = _header_value(word, separation, is_quoted)
    name = word.part(0, at)
    path = read_key(name)
    if len(path) > MOST_STEPS:
        raise UsageError(f"A key can be nested at most {MOST_STEPS} levels deep")
    return Item(
        kind=kind, name=name.text, value=value, start=word.start, end=word.end, media_type=media_type, path=path
    )


def _header_value(word: Word, separation: Separation, is_quoted: bool) -> str:
    """The value of a header. Raises `UsageError` for a header such as `9:30`, which is rather the second half of a date
    without quotes; with quotes around its name, it is accepted.
    """
    _, at, after = separation
    name, value = word.text[:at], word.text[after:]
    if name.isdecimal() and (is_quoted or QUOTED not in word.marks[:at]):
        raise UsageError(
            f"'{word.text}' would be a header with the name {name}",
            hint=f"quote a value with blanks, as in at='2026-12-24 {word.text}'",
        )
    return value.lstrip() if is_quoted else value


_METHOD_WORDS = ("get", "head", "post", "put", "patch", "delete", "options")
_DESCRIPTOR = re.compile(r"[12]?>&[12-]|&>+[^&]{0,200}|[12]>{1,2}[^&]{0,200}")
"""A redirection of a file descriptor, as a shell of the system has it."""


def _hint_for(word: Word) -> str:
    text = word.text
    if text in ("&&", "||", "&", ";"):
        return "one command a line; a pasted text may have several lines"
    if text.lower() in _METHOD_WORDS:
        return f"one command a line: {text} begins a line of its own"
    if _DESCRIPTOR.fullmatch(text):
        return "messages go to the screen, and only the content goes into a file or a pipe"
    if text[:1] == "#":
        return "write the comment on its own line"
    quoted = _find_bare_separator(word._replace(marks=BARE * len(text))) if QUOTED in word.marks else None
    if quoted is not None and quoted.at:
        name, separator = quote(text[: quoted.at]), text[quoted.at : quoted.after]
        return f"leave the separator outside the quotes: {name}{separator}VALUE"
    if text[:1] in ("/", "~", "."):
        name = quote(text)
        return (
            f"a file needs a sign or a flag: @{name} sends it, > {name} or --download={name} writes the response to it"
        )
    if " " in text:
        return f"a field is NAME={quote(text)}; to send this text as the body: --body {quote(text)}"
    return f"a header is {text}:value, a field {text}=text, a query parameter {text}==text"


def read_key(key: Word) -> Path:
    """The steps of a nested key, as HTTPie reads them: `a[b][0][]` is a, b, 0 and "append".

    Escaped brackets are text, and a key whose brackets do not match is one name.
    """
    text, marks = key.text, key.marks
    first = next((i for i, c in enumerate(text) if c == "[" and marks[i] == BARE), len(text))
    steps: list[str | int | None] = [text[:first]] if first else []
    position = first
    while position < len(text):
        close = next((i for i in range(position, len(text)) if text[i] == "]" and marks[i] == BARE), -1)
        if close < 0 or text[position] != "[" or marks[position] != BARE:
            return (text,)
        step, is_unquoted = text[position + 1 : close], set(marks[position + 1 : close]) <= {BARE}
        is_number = step.isascii() and step.isdigit() and len(step) < 10
        is_index = is_unquoted and is_number and str(int(step)) == step
        name = step or None
        steps.append(int(step) if is_index else name)
        position = close + 1
    return tuple(steps)


def find_named_secrets(items: Iterable[tuple[Path, str]]) -> set[Path]:
    """The keys of values that are secret because another item of the same object names a credential, as in
    `name=password value=x`.

    >>> find_named_secrets([(("p", 0, "name"), "password"), (("p", 0, "value"), "x"), (("value",), "y")])
    {('p', 0, 'value')}
    """
    values, named = [], set()
    for path, value in items:
        last = str(path[-1]) if path else ""
        if is_value_key(last):
            values.append(path)
        elif names_value_beside(last, value.strip("\"'")):
            named.add(path[:-1])
    return {path for path in values if path[:-1] in named}


def fill_json(value: Word) -> str:
    """Fill values into JSON. A value inside a JSON string is escaped.

    A token that contains a quote must not end the JSON string around it.
    """
    out: list[str] = []
    is_string = is_escaped = False
    for character, mark in zip(value.text, value.marks, strict=True):
        if mark == FILLED and is_string:
            out.append(json.dumps(character, ensure_ascii=False)[1:-1])
            continue
        out.append(character)
        if is_escaped:
            is_escaped = False
        elif character == "\\" and is_string:
            is_escaped = True
        elif character == '"' and mark != FILLED:
            is_string = not is_string
    return "".join(out)


def _read_upload(value: str) -> tuple[str, str]:
    if ";filename=" in value:
        tip = "curl -F 'NAME=@FILE;filename=OTHER' sends another file name"
        raise UsageError("An upload can have ;type= here, but not ;filename=", hint=tip)
    name, mark, media_type = value.rpartition(";type=")
    return (name, media_type.strip()) if mark else (value, "")


def quote_item(name: str, separator: str, value: str) -> str:
    """An item as one word, in which everything except the separator is quoted if needed.

    >>> quote_item("a:b", "=", "c d"), quote_item("X-A", ":", "")
    ("'a:b'='c d'", 'X-A;')
    """
    is_plain_name = _PLAIN_NAME.match(name) and not (separator == ":" and name.isdecimal())
    shown_name = name if is_plain_name else enclose(name)
    if separator == ":" and not value:
        return f"{shown_name};"
    is_plain = value != "" and value[0] not in "=@"
    return f"{shown_name}{separator}{quote(value) if is_plain else enclose(value)}"


def validate_json(text: str) -> str:
    """Check that the text is JSON; returns it unchanged. Raises UsageError with the position of the error."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except UsageError:
        raise
    except ValueError as error:
        reason = getattr(error, "msg", str(error))
        at = getattr(error, "pos", 0)
        near = f" at '{text[at : at + 12]}'" if at < len(text) else " at its end"
        raise UsageError(f"Not JSON: {reason[:1].lower()}{reason[1:]}{near}", hint="name=text sends text") from None
    except RecursionError:
        raise nested_too_deeply() from None
    return text.strip()


def _refuse_constant(name: str) -> str:
    """Refuse NaN and Infinity, which Python reads and RFC 8259 does not allow."""
    raise UsageError(f"{name} is not a JSON number", hint=f"write null, or '\"{name}\"' to send it as text")


def nested_too_deeply() -> UsageError:
    """The error for JSON with more levels than Python reads."""
    return UsageError("This JSON is nested too deeply")


def is_target(word: Word) -> bool:
    """Whether the first word after a method is the target, and not an item.

    A word is the target if it begins like a URL or path (`/ . ? {`, a scheme, `:port`) or is a host. It is also the
    target if a `/` or `?` comes before any separator, or if it has no separator.
    """
    text = word.text
    if is_json_body(word):
        return False
    if text[:1] in ("/", ".", "?", "{") or word.marks[:1] in (VARIABLE, COMMAND):
        return True
    if names_host(text) or has_broken_scheme(text):
        return True
    separation = find_separator(word)
    if separation is None:
        return True
    return bool(separation.at) and any(character in "/?" for character in text[: separation.at])


def read_target(text: str, earlier: Mapping[str, str]) -> object:
    """Check a target; returns it unchanged.

    Raises `UsageError` for a URL with a mistyped scheme, and if the history has redacted a secret in it.
    """
    check_scheme(text)
    if _LOOSE_JSON.match(text):
        raise UsageError(f"'{text}' is neither a path nor JSON", hint='write names in double quotes: {"name": 1}')
    if _ASKED_USERINFO.match(text):
        raise UsageError("The password in this URL is not kept in the history", hint="type it again, or set auth basic")
    for name, value in _PARAMETER.findall(text):
        if value == ASK and is_credential_parameter(unquote_plus(name)):
            raise UsageError(f"The value of {name} is not kept in the history", hint=f"try set query {name} ..")
    return text


def redact_target(text: str, secrets: Mapping[str, str] = {}) -> str:
    """A target in which `?` replaces the password and credential-like parameters; their values are appended to
    `secrets`.

    >>> redact_target("http://ann:pw@b/x?api_key=abc&q=1"), redact_target("/a/b", {"b": "name"})
    ('http://ann:?@b/x?api_key=?&q=1', '/a/?')
    """
    return redact_shown_url(redact_filled(text, secrets, _ask), replace=_ask)


def shown_url(text: str, secrets: Mapping[str, str]) -> str:
    """A base URL, or the value of an option, redacted for display.

    >>> shown_url("http://h/bot123:x?token=a", {"123:x": "bot"})
    'http://h/bot...?token=...'
    """
    return redact_shown_url(redact_filled(text, secrets))


def _ask(_: str) -> str:
    return ASK


def names_host(text: str) -> bool:
    """Whether the text begins with a scheme, a port or a host, and so is not relative to the base.

    >>> [names_host(t) for t in ("http://b/x", ":8000/x", "api.x/v2", "localhost", "users", "/a.b/c", "v1.0/c")]
    [True, True, True, True, False, False, False]
    """
    is_host = _HOST.match(text) and not _NO_HOST.match(text)
    return bool(_SCHEME.match(text) or _PORT.match(text) or is_host) or _is_host_and_port(text)


def _is_host_and_port(text: str) -> bool:
    """Whether the text begins with a host without a dot and a port, and is not a header with a number as its value.

    >>> [_is_host_and_port(t) for t in ("vm:8950/items/1", "web:8000", "X-Id:8000", "age:42", "token:123456")]
    [True, True, False, False, False]
    """
    found = _HOST_AND_PORT.match(text)
    if found is None or not 0 < int(found[2]) < 65_536:
        return False
    name = found[1].lower()
    if name.startswith("x-") or name in _NUMBER_HEADERS or is_credential_name(name):
        return False
    return bool(found[3]) or (name == found[1] and len(found[2]) > 1)


def host_changing_typed_part(parts: Sequence[TextPart], *, is_base: bool = False) -> int | None:
    """The index of the first foreign part of a target that changes the typed host, or turns a path into a host.

    If neither the whole target nor its typed parts name a host, the target is a path at the base, and no part counts.

    >>> host_changing_typed_part([TextPart(":8000"), TextPart("@evil.test/", True)])
    1
    >>> [host_changing_typed_part([TextPart("books"), TextPart(value, True)]) for value in ("7", ".evil.test")]
    [None, 1]
    """
    whole = "".join(part.text for part in parts)
    written = "".join(part.text for part in parts if not part.is_foreign)
    if not is_base and not any(names_host(text) or "://" in text for text in (whole, written)):
        return None
    return host_changing_part(parts)
