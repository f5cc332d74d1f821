"""`/books` and `/members`: what they look like, and which of them a list gives."""

from __future__ import annotations

from callbox.practice.call import Call
from callbox.practice.library import Library, Record
from callbox.practice.paging import sort_param
from callbox.practice.records import Kind, record_routes
from callbox.practice.routes import Param
from callbox.practice.schema import Schema
from callbox.practice.seeds import GENRES, TIERS

_ID: Schema = {"type": "integer", "minimum": 1, "readOnly": True}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_GENRE: Schema = {"type": "string", "enum": list(GENRES)}
_TIER: Schema = {"type": "string", "enum": list(TIERS)}

BOOK: Schema = {
    "type": "object",
    "required": ["title", "author"],
    "additionalProperties": False,
    "properties": {
        "id": _ID,
        "title": _TEXT,
        "author": _TEXT,
        "genre": {**_GENRE, "default": "novel"},
        "year": {"type": ["integer", "null"], "minimum": -3000, "maximum": 2100, "default": None},
        "language": {"type": "string", "pattern": "^[a-z]{2,3}$", "default": "en"},
        "pages": {"type": ["integer", "null"], "minimum": 1, "default": None},
        "copies": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 1},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "available": {"type": "integer", "minimum": 0, "readOnly": True, "description": "Copies not on loan"},
    },
}
MEMBER: Schema = {
    "type": "object",
    "required": ["name", "email"],
    "additionalProperties": False,
    "properties": {
        "id": _ID,
        "name": _TEXT,
        "email": {"type": "string", "format": "email", "maxLength": 200},
        "tier": {**_TIER, "default": "adult"},
        "active": {"type": "boolean", "default": True},
        "joined": {"type": ["string", "null"], "format": "date", "default": None},
        "address": {
            "type": ["object", "null"],
            "default": None,
            "properties": {
                "street": {"type": "string"},
                "city": {"type": "string"},
                "postcode": {"type": "string"},
            },
        },
    },
}


def _is_wanted_book(call: Call, book: Record) -> bool:
    return (
        _within(call.text("author"), book["author"])
        and call.text("genre") in ("", book["genre"])
        and _within(call.text("q"), f"{book['title']}\n{book['author']}\n{book['tags']}")
    )


def _is_wanted_member(call: Call, member: Record) -> bool:
    return call.text("tier") in ("", member["tier"]) and _within(call.text("q"), member["name"])


def _within(part: str, whole: object) -> bool:
    return part.casefold() in str(whole).casefold()


_BOOKS = Kind(
    "book",
    BOOK,
    {"title": "Kim", "author": "Rudyard Kipling", "genre": "adventure", "year": 1901},
    {"genre": "children", "copies": 5},
    2,
    (
        Param("author", {"type": "string"}, "Part of the author's name", "austen"),
        Param("genre", _GENRE, "The genre", "novel"),
        Param("q", {"type": "string"}, "Part of the title, the author or a tag", "emma"),
        sort_param("id", "author", "year", "pages", "title"),
    ),
    Library.shelve,
    _is_wanted_book,
)
_MEMBERS = Kind(
    "member",
    MEMBER,
    {"name": "Mia Rossi", "email": "mia@example.org", "tier": "adult"},
    {"tier": "senior", "address": {"city": "Brook"}},
    3,
    (
        Param("tier", _TIER, "The tier", "adult"),
        Param("q", {"type": "string"}, "Part of the name", "li"),
        sort_param("id", "joined", "name"),
    ),
    Library.enrol,
    _is_wanted_member,
)

SCHEMAS: dict[str, Schema] = {"Book": BOOK, "Member": MEMBER}
ROUTES = (*record_routes(_BOOKS), *record_routes(_MEMBERS))
