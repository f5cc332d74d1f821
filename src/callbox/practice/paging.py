"""Lists in pages: the parameters, the order, and the `Link` header (RFC 8288) from page to page."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from callbox.practice.call import Call
from callbox.practice.library import Entry
from callbox.practice.response import Json, Response, show
from callbox.practice.routes import Answer, Param, gives
from callbox.practice.schema import ref

PAGING = (
    Param("page", {"type": "integer", "minimum": 1, "default": 1}, "Which page, from 1", 1),
    Param(
        "per_page",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
        "How many on a page",
        5,
    ),
)


def sort_param(*names: str) -> Param:
    """The `sort` of a list; a minus turns it round."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return Param("sort", {"type": "string", "enum": choices, "default": "id"}, "By which field", names[-1])


def page_of(schema: str) -> Answer:
    """The answer that is a page of these."""
    page = gives({"type": "array", "items": ref(schema)}, "A page of the list")
    return page._replace(fields=("Link", "X-Total-Count"))


def show_page(call: Call, entries: list[Entry]) -> Response:
    """The page of a list that was asked for, with `Link` and `X-Total-Count`."""
    page, size = call.number("page"), call.number("per_page")
    last = max(1, -(-len(entries) // size))
    numbers = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    links = [_link(call, number, rel) for rel, number in numbers.items() if 1 <= number <= last]
    shown = [entry.record for entry in entries[(page - 1) * size : page * size]]
    fields = (("Link", ", ".join(links)), ("X-Total-Count", str(len(entries))))
    return show(cast(Json, shown), fields=fields)


def sort(entries: list[Entry], order: str) -> list[Entry]:
    """Entries in the order of a field, texts without regard to case; `-field` turns it round."""
    name = order.removeprefix("-")

    def key(entry: Entry) -> tuple[float, str]:
        value = entry.record[name]
        return (value, "") if isinstance(value, (int, float)) else (0, str(value).casefold())

    return sorted(entries, key=key, reverse=order.startswith("-"))


def _link(call: Call, page: int, rel: str) -> str:
    pairs = [(name, value) for name, value in call.request.query_pairs() if name != "page"]
    query = urlencode([*pairs, ("page", str(page))], errors="surrogateescape")
    return f'<{call.own_url()}{call.request.path}?{query}>; rel="{rel}"'
