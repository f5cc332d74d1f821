"""Completion from the facts seen of APIs: targets as the user would type them now, fields, parameters and headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from callbox.exchange.url import Url, UrlError, guess_scheme, is_absolute, join, parse
from callbox.memory.api_facts import readable_path
from callbox.shell.completion.completion_context import CompletionContext, FieldName, Named

if TYPE_CHECKING:
    from callbox.memory.api_facts import Seen, SeenValue
    from callbox.openapi.operation_lookup import DescribedBase


def seen_targets(context: CompletionContext, typed: str) -> Iterator[Named]:
    """Paths at the origin of the base, the items of the list in the typed folder, and the known origins."""
    seen = context.seen
    if seen is None:
        return
    place = _url(context, typed)
    if place is not None:
        prefix = _written_prefix(context, typed, place)
        for value in seen_children(context, typed):
            if value.text.startswith(prefix.skipped):
                yield Named(prefix.text + value.text[len(prefix.skipped) :], value.meta)
        for path, about in seen.targets(place.origin):
            if path.startswith(prefix.skipped):
                yield Named(prefix.text + path[len(prefix.skipped) :], about)
    if not typed.startswith("/"):
        here = place.origin if place is not None and context.base and not is_absolute(typed) else ""
        yield from (Named(f"{value.text}/", value.meta) for value in seen.origins() if value.text != here)


def seen_children(context: CompletionContext, typed: str) -> list[SeenValue]:
    """The paths of the items of the list in the typed folder."""
    place = _url(context, typed)
    if context.seen is None or place is None:
        return []
    folder = place.path.rpartition("/")[0] if not typed.endswith("/") else place.path
    return seen_items(context.seen, context.described, place.origin, folder)


def as_typed_now(context: CompletionContext, typed: str) -> list[Named]:
    """The targets that were typed, without the path of the base unless the user types a path from the root."""
    base = _url(context, "") if context.base else None
    folder = f"{base.path.rstrip('/')}/" if base is not None else "/"
    if folder == "/" or typed.startswith("/"):
        return list(context.targets)
    return [
        one._replace(name=one.name[len(folder) :] or one.name) if one.name.startswith(folder) else one
        for one in context.targets
    ]


def allowed_first(names: list[Named], context: CompletionContext, method: str) -> list[Named]:
    """The targets in order; targets for which the API has refused the method come last."""
    base = _url(context, "") if method and context.base else None
    refusing = context.seen.refusing(base.origin, method) if context.seen is not None and base is not None else ()
    if not refusing:
        return names
    return sorted(names, key=lambda one: (url := _url(context, one.name)) is not None and url.path in refusing)


def seen_items(seen: Seen, described: DescribedBase | None, origin: str, folder: str) -> list[SeenValue]:
    """The paths of the items of the list at a folder. None if the description has no paths below the folder."""
    items = described.items_below(origin, folder) if described is not None else None
    if items is None:
        return seen.children(origin, folder)
    return seen.children(origin, folder, items.parameter, has_slash=items.has_slash) if items.parameter else []


class _Prefix:
    """How paths of an origin are typed: `text` replaces the beginning `skipped`."""

    def __init__(self, text: str, skipped: str) -> None:
        self.text = text
        self.skipped = skipped


def _written_prefix(context: CompletionContext, typed: str, place: Url) -> _Prefix:
    if is_absolute(typed):
        return _Prefix(place.origin, "")
    if not context.base:  # a host may be typed without its scheme: api.example.com/users, :8000/users
        return _Prefix(typed.partition("/")[0], "")
    folder = parse(context.base).path.rstrip("/")
    return _Prefix("", "") if typed.startswith("/") or not folder else _Prefix("", f"{folder}/")


def _url(context: CompletionContext, target: str) -> Url | None:
    """The URL for a typed target; None while the target is not a URL."""
    try:
        return parse(join(context.base, target if is_absolute(target) or context.base else guess_scheme(target)))
    except UrlError:
        return None


def seen_fields(context: CompletionContext, target: str, *, is_sent_only: bool = False) -> list[FieldName]:
    """The body fields of this target: those of requests and, unless `is_sent_only`, those of responses."""
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    found = context.seen.fields(url.origin, readable_path(url.path), is_sent_only=is_sent_only)
    return [FieldName(value.text, f"{field_words(value.json_type)}, {value.meta}", value.json_type) for value in found]


def field_words(json_type: str) -> str:
    """The description of a field of this type in a menu.

    >>> field_words("boolean"), field_words("text"), field_words("")
    ('field, boolean', 'field', 'field')
    """
    return f"field, {json_type}" if json_type not in ("", "text") else "field"


def seen_field_values(context: CompletionContext, target: str, kind: str, name: str) -> Iterator[Named]:
    """Values of a field or of a condition (`If-Match`): the value in the last response, and values of the same type.

    Args: context: what is known. target: of the request that is being typed. kind: of the item: `field` is a text,
    `json` any value. name: of the item.
    """
    url = _url(context, target)
    if url is None:
        return
    now = context.values_at(url.origin + url.path)
    if kind in ("header", "header_left_out"):
        header = _CONDITIONS.get(name.lower(), "")
        if header in now:
            yield Named(now[header], "of the last response")
        return
    if name in now and (kind == "json" or now[name][:1] == '"'):
        yield Named(now[name] if kind == "json" else str(json.loads(now[name])), "now")
    if kind == "json":
        names = seen_fields(context, target) or context.fields
        json_type = next((one.json_type for one in names if one.name == name), "")
        yield from (Named(value, json_type) for value in _VALUES.get(json_type, ()))


_VALUES = {"boolean": ("true", "false"), "null": ("null",)}
_CONDITIONS = {
    "if-match": "ETag:",
    "if-none-match": "ETag:",
    "if-modified-since": "Last-Modified:",
    "if-unmodified-since": "Last-Modified:",
}


def seen_query_names(context: CompletionContext, target: str) -> list[Named]:
    """Query parameters that were used; parameters of this target come first."""
    url = _url(context, target)
    return _named(context.seen.query_names(url.origin, readable_path(url.path))) if context.seen and url else []


def seen_query_values(context: CompletionContext, target: str, name: str) -> list[Named]:
    """Values that this parameter had; values with this target come first."""
    url = _url(context, target)
    return _named(context.seen.query_values(url.origin, readable_path(url.path), name)) if context.seen and url else []


def seen_header_names(context: CompletionContext, target: str) -> list[Named]:
    """Headers that were typed; headers with this target come first."""
    url = _url(context, target)
    return _named(context.seen.header_names(url.origin, readable_path(url.path))) if context.seen and url else []


def _named(values: list[SeenValue]) -> list[Named]:
    return [Named(value.text, value.meta) for value in values]
