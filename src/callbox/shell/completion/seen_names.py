"""Completion from the facts seen of APIs: targets as they would be typed now, fields, parameters and headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from callbox.exchange.url import Url, UrlError, guess_scheme, is_absolute, join, parse
from callbox.memory.api_facts import readable_path
from callbox.shell.completion.context import CompletionContext, Named

if TYPE_CHECKING:
    from callbox.memory.api_facts import SeenValue


def seen_targets(context: CompletionContext, typed: str) -> Iterator[Named]:
    """Paths of the base's origin, items of the list in the folder that is typed, and the origins that are known."""
    seen = context.seen
    if seen is None:
        return
    place = _url(context, typed)
    if place is not None:
        prefix = _written_prefix(context, typed, place)
        folder = place.path.rpartition("/")[0] if not typed.endswith("/") else place.path
        parameter = context.described.parameter_below(place.origin, folder) if context.described is not None else ""
        for value in seen.children(place.origin, folder, parameter or "id"):
            if value.text.startswith(prefix.skipped):
                yield Named(prefix.text + value.text[len(prefix.skipped) :], value.meta)
        for path, about in seen.targets(place.origin):
            if path.startswith(prefix.skipped):
                yield Named(prefix.text + path[len(prefix.skipped) :], about)
    if not typed.startswith("/"):
        yield from (Named(f"{value.text}/", value.meta) for value in seen.origins())


class _Prefix:
    """How paths of an origin are typed: `text` in place of the beginning `skipped`."""

    def __init__(self, text: str, skipped: str) -> None:
        self.text = text
        self.skipped = skipped


def _written_prefix(context: CompletionContext, typed: str, place: Url) -> _Prefix:
    if is_absolute(typed):
        return _Prefix(place.origin, "")
    if not context.base:  # a host without its scheme: api.example.com/users, :8000/users
        return _Prefix(typed.partition("/")[0], "")
    folder = parse(context.base).path.rstrip("/")
    return _Prefix("", "") if typed.startswith("/") or not folder else _Prefix("", f"{folder}/")


def _url(context: CompletionContext, target: str) -> Url | None:
    """The URL for a typed target; None if it is not a URL yet."""
    try:
        return parse(join(context.base, target if is_absolute(target) or context.base else guess_scheme(target)))
    except UrlError:
        return None


def seen_fields(context: CompletionContext, target: str, *, is_sent_only: bool = False) -> list[Named]:
    """Body fields of this target, from requests and, unless `is_sent_only`, from responses."""
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    found = context.seen.fields(url.origin, readable_path(url.path), is_sent_only=is_sent_only)
    return [Named(value.text, f"field, {value.meta}") for value in found]


def seen_query_names(context: CompletionContext, target: str) -> list[Named]:
    """Query parameters that were used: with this target first."""
    url = _url(context, target)
    return _named(context.seen.query_names(url.origin, readable_path(url.path))) if context.seen and url else []


def seen_query_values(context: CompletionContext, target: str, name: str) -> list[Named]:
    """Values that this parameter had: with this target first."""
    url = _url(context, target)
    return _named(context.seen.query_values(url.origin, readable_path(url.path), name)) if context.seen and url else []


def seen_header_names(context: CompletionContext, target: str) -> list[Named]:
    """Headers that were typed: with this target first."""
    url = _url(context, target)
    return _named(context.seen.header_names(url.origin, readable_path(url.path))) if context.seen and url else []


def _named(values: list[SeenValue]) -> list[Named]:
    return [Named(value.text, value.meta) for value in values]
