"""The body that the items and flags of a line make: JSON unless said otherwise, a form, multipart, text or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from callbox.errors import CallboxError, UsageError
from callbox.exchange.bodies import FORM, JSON, file_content, form_content, json_content, multipart_content, raw_content
from callbox.exchange.content import Content, Part
from callbox.shell.command import Call
from callbox.shell.fields import checked, compose, text_value
from callbox.shell.items import Item
from callbox.shell.values import text_of
from callbox.shell.world import World


def make_content(call: Call, world: World, old: Content | None = None) -> Content | None:
    """The body; `old` is that of the request which is changed, and stays where the line says nothing of a body.

    Raises UsageError where two bodies were said, or a value is not the JSON that it claims to be.
    """
    items = [item for item in call.items if item.is_body]
    whole = [item for item in items if item.kind == "body_file"]
    if len(whole) + call.has("body") > 1 or ((whole or call.has("body")) and len(items) > len(whole)):
        place = call.place("body") if call.has("body") else call.item_place(whole[0])
        raise UsageError("A request has one body", hint="a text, a file, or fields", place=place)
    if call.has("body"):
        return _standard_input(call, world) if call.flag("body") == "@-" else _text_content(call)
    if whole:
        return _file(whole[0], call, world)
    if not items:
        return old if old is not None or not (call.has("json") or call.has("form")) else _empty(call)
    if call.has("multipart") or any(item.kind == "upload" for item in items):
        return _multipart(items, call, world)
    if call.has("form") or (old is not None and old.kind == "form" and not call.has("json")):
        return _form(items, call, world, old)
    return _json(items, call, world, old)


def guess_media_type(path: str) -> str | None:
    """The media type that a file's name suggests.

    >>> guess_media_type("a.json"), guess_media_type("noidea")
    ('application/json', None)
    """
    import mimetypes  # reads the system's tables: only where a file is sent

    return mimetypes.guess_type(path)[0]


def _empty(call: Call) -> Content:
    return form_content(()) if call.has("form") else json_content("{}")


def _text_content(call: Call) -> Content:
    text = call.flag("body")
    if call.has("form"):
        return raw_content(text, FORM)._replace(kind="form")
    if call.has("json"):
        return json_content(checked(text))
    try:
        return json_content(checked(text)) if text.lstrip()[:1] in ("{", "[") else raw_content(text, _PLAIN)
    except UsageError:
        return raw_content(text, _PLAIN)


_PLAIN = "text/plain; charset=utf-8"


def _standard_input(call: Call, world: World) -> Content:
    try:
        pieces, length = world.ports.read_pieces("-")
    except CallboxError as error:
        error.place = error.place or call.place("body")
        raise
    media_type = FORM if call.has("form") else JSON if call.has("json") else "application/octet-stream"
    return file_content("-", pieces, length, media_type)


def _file(item: Item, call: Call, world: World) -> Content:
    pieces, length = _open(item, call, world)
    media_type = item.media_type or guess_media_type(item.value) or "application/octet-stream"
    return file_content(item.value, pieces, length, media_type)


def _open(item: Item, call: Call, world: World) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    try:
        return world.ports.read_pieces(item.value)
    except CallboxError as error:
        error.place = error.place or call.item_place(item)
        raise


def _json(items: list[Item], call: Call, world: World, old: Content | None) -> Content:
    below = (old.data or b"").decode() if old is not None and old.kind == "json" else ""
    fields = [(item.path or (item.name,), _json_text(item, call, world)) for item in items]
    return json_content(compose(fields, below))


def _json_text(item: Item, call: Call, world: World) -> str:
    text = text_of(item, call, world)
    if item.kind in ("field", "field_file"):
        return text_value(text)
    try:
        return checked(text)
    except UsageError as error:
        error.place = error.place or call.item_place(item)
        raise


def _form(items: list[Item], call: Call, world: World, old: Content | None) -> Content:
    pairs = [(item.name, text_of(item, call, world)) for item in items]
    given = {name for name, _ in pairs}
    before = (old.data or b"").decode() if old is not None and old.media_type == FORM else ""
    kept = [pair for pair in parse_qsl(before, keep_blank_values=True) if pair[0] not in given]
    return form_content([*kept, *pairs])


def _multipart(items: list[Item], call: Call, world: World) -> Content:
    parts = [_part(item, call, world) for item in items]
    return multipart_content(parts, f"callbox-{world.ports.random().getrandbits(128):032x}")


def _part(item: Item, call: Call, world: World) -> Part:
    if item.kind != "upload":
        media_type = JSON if item.kind in ("json", "json_file") else None
        return Part(item.name, text_of(item, call, world).encode(), media_type=media_type)
    pieces, length = _open(item, call, world)
    media_type = item.media_type or guess_media_type(item.value) or "application/octet-stream"
    name = item.value.replace("\\", "/").rpartition("/")[2]
    return Part(item.name, b"", name, media_type, item.value, pieces, length)
