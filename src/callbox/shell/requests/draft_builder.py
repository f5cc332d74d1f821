"""Build the `Draft` of a request from a call: its target, its items, its flags and its body.

The body is JSON unless a flag asks for a form, multipart, text or a file. The keys of its fields may be nested, and the
JSON that is built of them has each number as it was typed: `price:=1.10` is sent as `1.10`. Files are read through the
ports of the context. Nothing is sent, and the session is not changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import TypeAlias
from urllib.parse import parse_qsl

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter
from callbox.exchange.request import BODILESS_METHODS, UNSET, Draft, Unset
from callbox.exchange.request_content import (
    FORM,
    JSON,
    Content,
    Part,
    ReadOnce,
    can_read_again,
    file_content,
    form_content,
    json_content,
    multipart_content,
    raw_content,
)
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError, guess_scheme, is_absolute, join, parse
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import SecretPlaceholder, check_no_placeholder
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import Item, names_host, names_secret, nested_too_deeply, validate_json
from callbox.shell.line_variables import refers_to_secret
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.credentials_and_secret_references import ContextSecretSource, read_auth, with_scheme
from callbox.storage.file_read_write_and_list import guess_media_type

Pieces: TypeAlias = Callable[[], Iterable[bytes]]
"""Yields the content of a file in pieces."""
Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A tree of lists and objects whose leaves are JSON texts."""
Step: TypeAlias = "str | int | None"
MOST_INDEX = 10_000


def item_text(item: Item, call: Call, context: Context) -> str:
    """The value of an item.

    If the item names a file, the value is read from the file. If the value is a missing secret, the user is asked for
    it. In a typed line, `?` is a missing secret under any name, because the history redacts some secrets by their form.
    """
    if item.kind.endswith("_file"):
        return _read_text(item, call, context)
    if isinstance(item.value, SecretPlaceholder) and (context.is_typed or names_secret(item.kind, item.name)):
        return context.ports.ask(item.name, True)
    return item.value


def _read_text(item: Item, call: Call, context: Context) -> str:
    try:
        with call.at_item(item):
            text = context.ports.read_file(item.value).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{item.value} is not UTF-8 text", place=call.item_place(item)) from None
    return text.rstrip("\r\n") if item.kind in ("header_file", "query_file") else text


def build_content(
    call: Call, context: Context, previous: Content | None = None, usual_form: str = "json"
) -> Content | None:
    """The body of a line: `json`, `form` or `multipart`.

    `previous` is the body of the request that the line changes; it is used if the line has no body. Raises
    `UsageError` if the line has two bodies, or if a value is not valid JSON.
    """
    items = [item for item in call.items if item.is_body]
    whole = [item for item in items if item.kind in ("body_file", "body_json")]
    texts, fields = len(whole) + call.has("body"), len(items) - len(whole)
    if texts > 1 or (texts and fields):
        place = call.place("body") if call.has("body") else call.item_place(whole[0])
        raise UsageError("A request can have only one body", hint="choose a text, a file, or fields", place=place)
    if call.has("body"):
        return _standard_input(call, context) if call.flag("body") == "@-" else _text_content(call)
    if whole:
        is_file = whole[0].kind == "body_file"
        return _file(whole[0], call, context) if is_file else _json_body(whole[0], call)
    form = _body_form(call, items, previous, usual_form)
    if not items and (previous is None or not form):
        return previous if previous is not None or not form else _empty(call)
    previous_json = _convert(previous, form, call, context, has_items=bool(items))
    return _CONTENT_BUILDERS[form](items, call, context, previous_json) if items else previous_json


def _body_form(call: Call, items: list[Item], previous: Content | None, usual_form: str) -> str:
    """The body form (`json`, `form` or `multipart`) of the line, or else of the previous request, or else the usual
    form.
    """
    if call.has("multipart") or any(item.kind == "upload" for item in items):
        return "multipart"
    chosen_form = next((form for form in ("form", "json") if call.has(form)), "")
    if chosen_form or not items:
        return chosen_form
    return previous.kind if previous is not None and previous.kind in _CONTENT_BUILDERS else usual_form


def _convert(previous: Content | None, form: str, call: Call, context: Context, *, has_items: bool) -> Content | None:
    """Convert the previous body to this form. Raises UsageError if the body has no fields."""
    if previous is None or previous.kind == form:
        return previous
    if previous.kind in _CONTENT_BUILDERS:
        fields = list(_fields(previous))
        if form == "json":
            return json_content(build_json(_json_fields(fields)))
        if form == "form":
            return form_content((name, text) for name, text, _ in fields)
        return _multipart_content([Part(name, text.encode()) for name, text, _ in fields], context)
    if has_items and call.has(form):
        return None  # a flag asks for another body
    if has_items or form == "multipart" or previous.data is None:
        what = f"the file {previous.path}" if previous.path else "a text"
        hint = "--json a=1 or --form a=1 makes a new body"
        raise UsageError(f"The body of that request is {what}, and has no fields", hint=hint)
    text = previous.data.decode("utf-8", "replace")
    return (
        json_content(validate_json(text)) if form == "json" else raw_content(previous.data, FORM)._replace(kind="form")
    )


_Field: TypeAlias = tuple[str, str, str]
"""A field of a body: the name, the value as text, and the value as JSON text."""


def _fields(previous: Content) -> Iterator[_Field]:
    """The fields of a body. Raises UsageError if the body has no fields."""
    text = (previous.data or b"").decode("utf-8", "replace")
    if previous.kind == "json":
        yield from members(text)
        return
    if previous.kind == "form":
        yield from ((name, value, json_string(value)) for name, value in parse_qsl(text, keep_blank_values=True))
        return
    if not previous.parts:
        raise UsageError("The parts of that body cannot be changed one by one", hint="edit last")
    for part in previous.parts:
        if part.filename is not None or part.pieces is not None:
            raise UsageError(
                f"'{part.name}' is a file, which only --multipart sends", hint="leave --json or --form out"
            )
        value = part.data.decode("utf-8", "replace")
        yield part.name, value, value if part.media_type == JSON else json_string(value)


def _json_fields(fields: list[_Field]) -> Iterator[tuple[tuple[str], str]]:
    """The fields for JSON. Values of a repeated name become a list."""
    values: dict[str, list[str]] = {}
    for name, _, text in fields:
        values.setdefault(name, []).append(text)
    for name, texts in values.items():
        yield (name,), texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _empty(call: Call) -> Content:
    return form_content(()) if call.has("form") else json_content("{}")


def _text_content(call: Call) -> Content:
    text = call.flag("body")
    with call.at("body"):
        check_no_placeholder(text, "body")
    if call.has("form"):
        return raw_content(text, FORM)._replace(kind="form")
    if call.has("json"):
        return json_content(validate_json(text))
    try:
        if text.lstrip()[:1] in ("{", "["):
            validate_json(text)
            return json_content(text)
    except UsageError:
        pass
    return raw_content(_bytes(text), _PLAIN)


def _bytes(text: str) -> bytes:
    """The text in UTF-8; bytes that were typed as `$'\\xff'` stay as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _json_body(item: Item, call: Call) -> Content:
    form = next((form for form in ("form", "multipart") if call.has(form)), "")
    if form:
        raise UsageError(
            "A JSON body cannot be a form", hint=f"leave --{form} out, or: name=text", place=call.place(form)
        )
    return json_content(item.value)


_PLAIN = "text/plain; charset=utf-8"


def _standard_input(call: Call, context: Context) -> Content:
    with call.at("body"):
        pieces, length = context.ports.read_pieces("-")
        return _stream_content("-", pieces, length, _form_type(call), call)


def _file(item: Item, call: Call, context: Context) -> Content:
    pieces, length = _open(item, call, context)
    media_type = item.media_type or _form_type(call) or guess_media_type(item.value)
    with call.at_item(item):
        return _stream_content(item.value, pieces, length, media_type, call)


def _form_type(call: Call) -> str:
    if call.has("form"):
        return FORM
    return JSON if call.has("json") else ""


def _stream_content(name: str, pieces: Pieces, length: int | None, media_type: str | None, call: Call) -> Content:
    """The body that a file provides.

    The standard input has no suffix; it is JSON if its first character begins JSON. If it is a pipe, up to 1 MB of it
    is read before the request is sent: many servers take no body without a Content-Length. With a header
    `Transfer-Encoding: chunked`, callbox sends the data of the pipe as it arrives.
    """
    if name in _STANDARD_INPUT and (not media_type or length is None):
        is_streamed = any(item.kind == "header" and item.name.lower() == "transfer-encoding" for item in call.items)
        start, pieces, length = _read_ahead(pieces, length, 1 if is_streamed else _MAX_READ_AHEAD)
        if not media_type:
            media_type = JSON if start.lstrip()[:1] in (b"{", b"[") else ""
    return file_content(name, pieces, length, media_type or "application/octet-stream")


_MAX_READ_AHEAD = 1_000_000
_STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0")


def _read_ahead(pieces: Pieces, length: int | None, max_bytes: int) -> tuple[bytes, Pieces, int | None]:
    """The first bytes, a function that yields all pieces from the start, and the length if it is known.

    A pipe is read until it ends, or until it has given `max_bytes` and a byte that is not blank.
    """
    source, read, has_ended = iter(pieces()), bytearray(), True
    for piece in source:
        read += piece
        if read.strip() and (len(read) >= max_bytes or can_read_again(pieces)):
            has_ended = False
            break
    begun = bytes(read)
    if can_read_again(pieces):
        return begun, pieces, length
    if has_ended:
        return begun, lambda: (begun,), len(begun)
    unread = [begun]

    def rest() -> Iterable[bytes]:
        return chain((unread.pop(),), source) if unread else pieces()

    return begun, ReadOnce(rest), length


def _open(item: Item, call: Call, context: Context) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    with call.at_item(item):
        return context.ports.read_pieces(item.value)


def _json(items: list[Item], call: Call, context: Context, previous: Content | None) -> Content:
    previous_json = (previous.data or b"").decode() if previous is not None else ""
    fields = [(item.path or (item.name,), _json_text(item, call, context)) for item in items]
    return json_content(build_json(fields, previous_json))


def _json_text(item: Item, call: Call, context: Context) -> str:
    text = item_text(item, call, context)
    if item.kind in ("field", "field_file"):
        return json_string(text)
    if isinstance(item.value, SecretPlaceholder):
        with suppress(UsageError):
            return validate_json(text)
        return json_string(text)  # the answer to a question is a text, unless it is JSON
    with call.at_item(item):
        check_no_placeholder(text, "body")
        return validate_json(text)


def _form(items: list[Item], call: Call, context: Context, previous: Content | None) -> Content:
    pairs = [(item.name, item_text(item, call, context)) for item in items]
    new_names = {name for name, _ in pairs}
    before = (previous.data or b"").decode() if previous is not None else ""
    unchanged = [pair for pair in parse_qsl(before, keep_blank_values=True) if pair[0] not in new_names]
    return form_content([*unchanged, *pairs])


def _multipart(items: list[Item], call: Call, context: Context, previous: Content | None) -> Content:
    parts = [_part(item, call, context) for item in items]
    new_names = {part.name for part in parts}
    if previous is not None and not previous.parts:
        raise UsageError("The parts of that body cannot be changed one by one", hint="edit last")
    unchanged = [part for part in previous.parts if part.name not in new_names] if previous is not None else []
    return _multipart_content([*unchanged, *parts], context)


def _multipart_content(parts: list[Part], context: Context) -> Content:
    return multipart_content(parts, context.make_boundary())


def _part(item: Item, call: Call, context: Context) -> Part:
    if item.kind != "upload":
        media_type = JSON if item.kind in ("json", "json_file") else None
        return Part(item.name, item_text(item, call, context).encode(), media_type=media_type)
    pieces, length = _open(item, call, context)
    media_type = item.media_type or guess_media_type(item.value) or "application/octet-stream"
    name = item.value.replace("\\", "/").rpartition("/")[2]
    return Part(item.name, b"", name, media_type=media_type, path=item.value, pieces=pieces, length=length)


_CONTENT_BUILDERS: Mapping[str, Callable[[list[Item], Call, Context, Content | None], Content]] = {
    "json": _json,
    "form": _form,
    "multipart": _multipart,
}
"""The functions that build a body, by form."""


_FILE_NAME = re.compile(r"[\w.-]+\.(?:json|xml|html?|txt|csv|ya?ml|js|css|png|jpe?g|gif|svg|ico|pdf|zip|php|md)\Z")

NamedValues = tuple[tuple[str, str | Secret | None], ...]


def build_draft(call: Call, context: Context) -> Draft:
    """Build the draft of a line. Raises UsageError if a file is missing or JSON is invalid."""
    word = call.command.words[0]
    if word == "send" and "target" not in call.values:
        from callbox.shell.requests.saved_and_earlier_requests import read_saved_draft  # 50 ms: TOML

        saved = read_saved_draft(call, context)
        if saved is not None:
            return change_draft(saved, call, context)
    method = call.text("method") if word == "send" else word.upper()
    url = _request_url(call.text("target"), context.session.base_url)
    draft = Draft(method, url, options=_options(call), auth=_auth(call, context), secrets=call.secrets)
    is_edited_from_nothing = call.has("edit") and not _has_body(call) and method not in BODILESS_METHODS
    wants_example = call.has("example") or is_edited_from_nothing
    is_described = call.items and not call.has("as-typed") and context.apis.at(context.session.base_url) is not None
    if not wants_example and not is_described:
        return _with_items(draft, call, context)
    # 35 ms, for bases with a description
    from callbox.shell.requests.openapi_request_form import (
        body_kind,
        content_as_described,
        example_content,
        operation_of_draft,
        query_as_described,
    )

    if wants_example:
        draft = draft._replace(content=example_content(draft, call, context))
    operation = operation_of_draft(draft, context) if is_described else None
    if operation is None:
        return _with_items(draft, call, context)
    draft = _with_items(draft, call, context, body_kind(operation))
    if _has_body(call) and not call.has("json") and not any(item.media_type for item in call.items):
        draft = draft._replace(content=content_as_described(draft.content, operation))
    return draft._replace(query=query_as_described(draft.query, operation))


def change_draft(draft: Draft, call: Call, context: Context) -> Draft:
    """The draft of an earlier request, changed by the items and flags of this line."""
    auth = _auth(call, context)
    draft = draft._replace(
        options={**draft.options, **_options(call)},
        auth=draft.auth if isinstance(auth, Unset) else auth,
        secrets={**draft.secrets, **call.secrets} if call.secrets else draft.secrets,
    )
    return _with_items(draft._replace(file_options=draft.file_options - call.options.keys()), call, context)


def _with_items(draft: Draft, call: Call, context: Context, usual_form: str = "json") -> Draft:
    """The draft with the items of a line.

    `usual_form` is the form of the body if neither the line nor the draft has one.
    """
    chosen_form = draft.headers
    if any(call.has(form) for form in ("json", "form", "multipart")):
        chosen_form = tuple(
            pair for pair in chosen_form if pair[0].lower() != "content-type"
        )  # the header described the earlier form
    headers = _override(chosen_form, _headers(call, context), str.lower)
    query = _override(draft.query, _query(call, context), str)
    if _has_body(call):
        draft = draft._replace(content=build_content(call, context, draft.content, usual_form))
    content = draft.content
    if content is not None and any(name.lower() == "content-type" and value is None for name, value in headers):
        content = content._replace(media_type=None)
    _check_framing(call, content)
    _check_left_out(call, [*context.session.headers, *(name for name, _ in chosen_form)])
    draft = draft._replace(headers=headers, query=query, content=content)
    return _with_auth_type(draft, call, context) if call.has("auth-type") and not call.has("auth") else draft


def _with_auth_type(draft: Draft, call: Call, context: Context) -> Draft:
    """The draft with the scheme of `--auth-type` for the credential that would be sent without the flag."""
    found = context.session.preview(draft).auth
    with call.at("auth-type"):
        return draft._replace(auth=with_scheme(found, call.flag("auth-type"), ContextSecretSource(context)))


_ALWAYS_SENT = {
    "host": "Host; sends an empty Host",
    "content-length": "leave Content-Length out: callbox computes it from the body",
}
"""The headers that every request needs, and hints for a line that leaves one out."""


def _check_left_out(call: Call, given: Iterable[str]) -> None:
    """Raise an error if a line leaves out a header that is always sent.

    A header in `given` (of the session, or of the described form) may be left out: callbox then sends its own value.
    """
    for item in call.items:
        name = item.name.lower()
        if item.kind != "header_left_out" or name not in _ALWAYS_SENT:
            continue
        if name not in map(str.lower, given):
            message = f"A request without {item.name} is not supported"
            raise UsageError(message, hint=_ALWAYS_SENT[name], place=call.item_place(item))


def _check_framing(call: Call, content: Content | None) -> None:
    """Raise an error if the line sets a Content-Length that differs from the length of the body."""
    size = content.size if content is not None else 0
    for item in call.items:
        is_length = item.kind in ("header", "header_empty") and item.name.lower() == "content-length"
        if is_length and size is not None and item.value.strip() != str(size):
            tip = "leave Content-Length out: callbox computes it from the body"
            raise UsageError(
                f"This Content-Length is wrong: the body has {size:,} bytes", hint=tip, place=call.item_place(item)
            )


def _has_body(call: Call) -> bool:
    return any(call.has(flag) for flag in ("body", "json", "form", "multipart")) or any(i.is_body for i in call.items)


def _request_url(target: str, base: str) -> str:
    if is_absolute(target):
        return target
    if names_host(target) and not (base and _FILE_NAME.match(target)):
        return guess_scheme(target)
    if not base:
        what = f"'{target}' is a path, and no base URL is set" if target else "No URL, and no base"
        raise UsageError(what, hint="type the whole URL, or: set base https://api.example.com")
    return target


def _options(call: Call) -> dict[str, object]:
    options = dict(call.options)
    options.update({name: True for name in ("path-as-is", "no-session") if call.has(name)})
    if call.redirect is not None or call.has("stream") or call.has("download"):
        options.setdefault("max-body", None)  # the limit protects memory and the screen, and a file needs neither
    if call.has("stream"):
        options.setdefault("timeout", None)  # the time of the next event is unknown
    return options


def _auth(call: Call, context: Context) -> Auth | Unset | None:
    if not call.has("auth"):
        return UNSET
    typed = call.flags["auth"]
    return read_auth(typed if isinstance(typed, str) else "", call.flag("auth-type"), ContextSecretSource(context))


def _headers(call: Call, context: Context) -> NamedValues:
    pairs: list[tuple[str, str | Secret | None]] = []
    for item in call.items:
        if item.kind == "header_left_out":
            pairs.append((item.name, None))
        elif item.kind == "header_empty":
            pairs.append((item.name, ""))
        elif item.kind in ("header", "header_file"):
            pairs.append((item.name, _value(item, call, context)))
    return tuple(pairs)


def _query(call: Call, context: Context) -> NamedValues:
    return tuple(
        (item.name, _value(item, call, context)) for item in call.items if item.kind in ("query", "query_file")
    )


def _value(item: Item, call: Call, context: Context) -> str | Secret:
    """The value of a header or parameter; a value filled from a secret is a `Secret`."""
    text = item_text(item, call, context)
    typed = call.line[item.start : item.end]
    if is_credential_parameter(item.name) and not is_credential_name(item.name):
        return Secret(text)
    return Secret(text) if "{{" in typed and refers_to_secret(typed, context) else text


def _override(previous: NamedValues, new: NamedValues, key: Callable[[str], str]) -> NamedValues:
    new_names = {key(name) for name, _ in new}
    return (*(pair for pair in previous if key(pair[0]) not in new_names), *new)


def build_json(fields: Iterable[tuple[tuple[Step, ...], str]], base: str = "") -> str:
    """The JSON text of these fields. Each field is the steps of its key and its value as JSON text.

    The fields are added to `base`, a JSON text. Raises `UsageError` for keys that exclude each other: `a=1 a[b]=2`.

    >>> build_json([(("a",), "1.10"), (("b", "c", None), '"x"'), (("b", "c", None), '"y"')])
    '{"a": 1.10, "b": {"c": ["x", "y"]}}'
    """
    root: list[Tree] = [_read(base)] if base else []
    written: set[tuple[Step, ...]] = set()
    """The keys of lists and objects that these fields have added, without the keys that `base` already has."""
    for steps, text in fields:
        if steps in written and None not in steps:  # each `[]` adds a new entry
            raise UsageError(f"Two fields contradict each other at '{steps[-1]}': one of them has fields below it")
        written.update(steps[:count] for count in range(1, len(steps)))
        _put(root, (0, *steps), text)
    return _write(root[0]) if root else "{}"


def members(text: str) -> Iterator[tuple[str, str, str]]:
    """The members of a JSON object: name, value as text, and value as JSON text; numbers keep their spelling.

    Raises UsageError for JSON that is not an object.

    >>> list(members('{"a": "x", "b": 1.10, "c": [1]}'))
    [('a', 'x', '"x"'), ('b', '1.10', '1.10'), ('c', '[1]', '[1]')]
    """
    document = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    if not isinstance(document, dict):
        raise UsageError("The body of that request is not a JSON object, and has no fields", hint="edit last")
    for name, value in document.items():
        try:
            written = _write(_tree(value))
        except RecursionError:
            raise nested_too_deeply() from None
        yield name, value if type(value) is str else written, written


def json_string(value: str) -> str:
    """The text as a JSON string.

    >>> json_string('say "é"')
    '"say \\\\"é\\\\""'
    """
    return json.dumps(value, ensure_ascii=False)


class _Number(str):
    """A JSON number with its digits as they are written."""


def _read(text: str) -> Tree:
    try:
        return _tree(json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number))
    except RecursionError:
        raise nested_too_deeply() from None


def _tree(value: object) -> Tree:
    if isinstance(value, dict):
        return {name: _tree(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_tree(one) for one in value]
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _put(tree: list[Tree] | dict[str, Tree], steps: tuple[Step, ...], text: str) -> None:
    step, rest = steps[0], steps[1:]
    container: list[Tree] | dict[str, Tree] = tree
    for following in rest:
        container = _descend(container, step, is_list=not isinstance(following, str))
        step = following
    _set(container, step, text)


def _descend(container: list[Tree] | dict[str, Tree], step: Step, *, is_list: bool) -> list[Tree] | dict[str, Tree]:
    empty: list[Tree] | dict[str, Tree] = [] if is_list else {}
    existing = _get(container, step)
    if existing is None:
        _set(container, step, empty)
        return empty
    if isinstance(existing, str) or type(existing) is not type(empty):
        raise UsageError(f"Two fields contradict each other at '{step}': they need values of different types there")
    return existing


def _get(container: list[Tree] | dict[str, Tree], step: Step) -> Tree | None:
    if isinstance(container, dict):
        return container.get(str(step))
    if isinstance(step, int) and 0 <= step < len(container) and container[step] != "null":
        return container[step]
    return None


def _set(container: list[Tree] | dict[str, Tree], step: Step, value: Tree) -> None:
    if isinstance(container, dict):
        container[str(step)] = value
    elif step is None:
        container.append(value)
    elif isinstance(step, int) and 0 <= step <= MOST_INDEX:
        container.extend("null" for _ in range(step + 1 - len(container)))
        container[step] = value
    else:
        raise UsageError(
            f"'{step}' is not a position in a list", hint=f"[] appends, [0] to [{MOST_INDEX}] are positions"
        )


def _write(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    if isinstance(tree, list):
        return f"[{', '.join(map(_write, tree))}]"
    return f"{{{', '.join(f'{json_string(name)}: {_write(value)}' for name, value in tree.items())}}}"


def typed_request(number: int, context: Context, replaced: Collection[str] = ()) -> tuple[Record, str]:
    """The record of this number with its draft as typed, and a note on what an earlier shell did not save.

    The user is asked for secrets of an earlier request, except those whose lower-cased names are in `replaced`,
    because the line sets them again. Raises UsageError if there is no such request, or if its body was not saved.
    """
    record = context.history.get(number)
    if not isinstance(number, EarlierId):
        return record, ""
    # TOML and redaction take 110 ms, and only a request of an earlier shell needs them
    from callbox.shell.requests.saved_and_earlier_requests import read_typed_request

    return read_typed_request(record, number, context, replaced)


def repeated_draft(record: Record, base: str) -> Draft:
    """The draft of an earlier request with the URL to which it was sent, even if the base has changed since."""
    draft, sent = record.draft, record.first_outgoing.url
    if is_absolute(draft.url):
        return draft
    with suppress(UrlError):
        joined = parse(join(base, draft.url)) if base else None
        if joined is not None and (joined.origin, joined.path) == (sent.origin, sent.path):
            return draft
    _, mark, query = draft.url.partition("#")[0].partition("?")
    return draft._replace(url=f"{sent.origin}{sent.path}{mark}{query}")
