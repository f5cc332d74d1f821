"""`/books` and `/members`: lists in pages, and reading, adding, replacing, patching and removing records; `/loans`.

`Resource` holds the handlers that books and members share. Pages have a `Link` header (RFC 8288), records have
validators. A caller lends and returns books after a login.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from callbox.practice.conditional_requests import check_match, is_fresh, not_modified, validators
from callbox.practice.connection_and_messages import JSON_TYPE, Json, Problem, ServerResponse, json_response
from callbox.practice.json_schema import Schema, check, ref
from callbox.practice.library_data_logins_and_nonces import GENRES, TIERS, Library, Record, StoredRecord, Table
from callbox.practice.router import (
    BodySpec,
    Endpoint,
    HandlerCall,
    Param,
    ResponseSpec,
    in_path,
    json_spec,
    problem_spec,
)
from callbox.practice.routes.authentication import require_login

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
    """The parameter `sort` of a list; a minus reverses the order."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return Param("sort", {"type": "string", "enum": choices, "default": "id"}, "By which field", names[-1])


def page_spec(schema: str) -> ResponseSpec:
    """The description of a response with one page of these records."""
    page = json_spec({"type": "array", "items": ref(schema)}, "A page of the list")
    return page._replace(fields=("Link", "X-Total-Count"))


def page_response(call: HandlerCall, entries: list[StoredRecord]) -> ServerResponse:
    """The requested page of a list, with the headers `Link` and `X-Total-Count`."""
    page, size = call.number("page"), call.number("per_page")
    last = max(1, -(-len(entries) // size))
    numbers = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    links = [_link(call, number, rel) for rel, number in numbers.items() if 1 <= number <= last]
    shown = [entry.record for entry in entries[(page - 1) * size : page * size]]
    fields = (("Link", ", ".join(links)), ("X-Total-Count", str(len(entries))))
    return json_response(cast(Json, shown), fields=fields)


def sort(entries: list[StoredRecord], order: str) -> list[StoredRecord]:
    """The records sorted by a field, with texts compared in lower case. `-field` reverses the order."""
    name = order.removeprefix("-")

    def key(entry: StoredRecord) -> tuple[float, str]:
        value = entry.record[name]
        return (value, "") if isinstance(value, (int, float)) else (0, str(value).casefold())

    return sorted(entries, key=key, reverse=order.startswith("-"))


def _link(call: HandlerCall, page: int, rel: str) -> str:
    pairs = [(name, value) for name, value in call.request.query_pairs() if name != "page"]
    query = urlencode([*pairs, ("page", str(page))], errors="surrogateescape")
    return f'<{call.own_url()}{call.request.path}?{query}>; rel="{rel}"'


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of record, and the handlers of its routes.

    Attributes:
        noun: its name in the singular; the path is the plural.
        schema: the schema of a record.
        example, patch: a body that creates a record, and one that changes it.
        free_id: the id of a record that may be removed.
        filters: parameters of the list.
        keep: stores a record by the library's rules; the id is None for a new one.
        is_wanted: whether a record matches the arguments of the list.
    """

    noun: str
    schema: Schema
    example: Json
    patch: Json
    free_id: int
    filters: tuple[Param, ...]
    save: Callable[[Library, Record, int | None], StoredRecord]
    is_wanted: Callable[[HandlerCall, Record], bool]

    def list(self, call: HandlerCall) -> ServerResponse:
        """A page of the records that match the arguments."""
        with call.state.library.lock:
            entries = self._table(call).all()
        wanted = [entry for entry in entries if self.is_wanted(call, entry.record)]
        return page_response(call, sort(wanted, call.text("sort")))

    def add(self, call: HandlerCall) -> ServerResponse:
        """Add a record."""
        record = writable(self.schema, call.json(self.schema))
        with call.state.library.lock:
            return entry_response(self._table(call), self.save(call.state.library, record, None), 201)

    def show(self, call: HandlerCall) -> ServerResponse:
        """Show a record, or respond 304 if the client has its present state."""
        entry = self._table(call).get(call.number("id"))
        tag = entity_tag(self._table(call), entry)
        if is_fresh(call.request, tag, entry.modified):
            return not_modified(tag, entry.modified)
        return entry_response(self._table(call), entry)

    def replace(self, call: HandlerCall) -> ServerResponse:
        """Replace a record."""
        record = writable(self.schema, call.json(self.schema))
        with call.state.library.lock:
            entry = find_unchanged(call, self._table(call))
            return entry_response(self._table(call), self.save(call.state.library, record, entry.id))

    def change(self, call: HandlerCall) -> ServerResponse:
        """Apply the merge patch in the body to the record, and check the whole result."""
        patch = call.json({"type": "object"})
        with call.state.library.lock:
            entry = find_unchanged(call, self._table(call))
            record = merge_patch(entry.record, patch)
            errors = check(self.schema, record)
            if errors or not isinstance(record, dict):
                raise Problem(422, "the result would not have the right fields", errors=errors)
            changed = self.save(call.state.library, writable(self.schema, record), entry.id)
            return entry_response(self._table(call), changed)

    def remove(self, call: HandlerCall) -> ServerResponse:
        """Remove a record."""
        with call.state.library.lock:
            entry = find_unchanged(call, self._table(call))
            call.state.library.remove_unlent(self._table(call), entry.id)
        return ServerResponse(204)

    def _table(self, call: HandlerCall) -> Table:
        return call.state.library.table(self.noun)


def record_routes(resource: Resource) -> tuple[Endpoint, ...]:
    """The six routes of a kind of record."""
    return (*_list_routes(resource), *_entry_routes(resource))


def _list_routes(resource: Resource) -> tuple[Endpoint, ...]:
    noun, title = resource.noun, resource.noun.title()
    tag, path = f"{noun}s", f"/{noun}s"
    made = json_spec(title, f"The new {noun}", 201)._replace(fields=("Location", "ETag", "Last-Modified"))
    content = BodySpec({JSON_TYPE: ref(title)}, resource.example)
    params = (*PAGING, *resource.filters)
    return (
        Endpoint(
            "GET", path, resource.list, summary=f"List {noun}s", tag=tag, params=params, responses=(page_spec(title),)
        ),
        Endpoint(
            "POST",
            path,
            resource.add,
            summary=f"Add a {noun}",
            tag=tag,
            content=content,
            responses=(made, _forbidden()),
        ),
    )


def _entry_routes(resource: Resource) -> tuple[Endpoint, ...]:
    noun, title = resource.noun, resource.noun.title()
    tag, path = f"{noun}s", f"/{noun}s/{{id}}"
    one, free = (id_param(noun),), (id_param(noun, resource.free_id),)
    found = json_spec(title, f"The {noun}")._replace(fields=("ETag", "Last-Modified"))
    missing = problem_spec(404, f"There is no such {noun}")
    stale = problem_spec(412, "It was changed since", "ETag")
    changed = (found, missing, _forbidden(), stale)
    removed = (ResponseSpec(204, "It is gone"), missing, _forbidden(), stale)
    shown = (found, ResponseSpec(304, "Your copy is still current"), missing)
    partial: Schema = {"type": "object", "properties": resource.schema["properties"]}
    patch = BodySpec({"application/merge-patch+json": partial, JSON_TYPE: partial}, resource.patch)
    whole = BodySpec({JSON_TYPE: ref(title)}, resource.example)
    text = f"Change some fields of a {noun} (JSON merge patch)"
    return (
        Endpoint("GET", path, resource.show, summary=f"Show a {noun}", tag=tag, params=one, responses=shown),
        Endpoint(
            "PUT",
            path,
            resource.replace,
            summary=f"Replace a {noun}",
            tag=tag,
            params=one,
            content=whole,
            responses=changed,
        ),
        Endpoint("PATCH", path, resource.change, summary=text, tag=tag, params=one, content=patch, responses=changed),
        Endpoint("DELETE", path, resource.remove, summary=f"Remove a {noun}", tag=tag, params=free, responses=removed),
    )


def _forbidden() -> ResponseSpec:
    return problem_spec(409, "The rules of the library forbid it")


def id_param(noun: str, example: int = 1) -> Param:
    """The path parameter `{id}`."""
    return in_path("id", {"type": "integer", "minimum": 1}, f"The id of the {noun}", example)


def entry_response(table: Table, entry: StoredRecord, status: int = 200) -> ServerResponse:
    """The response with a record. If the record was created, it has a `Location` header."""
    fields = validators(entity_tag(table, entry), entry.modified)
    if status == 201:
        fields = (("Location", f"/{table.noun}s/{entry.id}"), *fields)
    return json_response(cast(Json, entry.record), status, fields)


def entity_tag(table: Table, entry: StoredRecord) -> str:
    """The strong ETag of a record."""
    return f'"{table.noun}-{entry.id}-{entry.version}"'


def find_unchanged(call: HandlerCall, table: Table) -> StoredRecord:
    """The record of the path, if it is unchanged since the client read it.

    Raises:
        Problem: 404, or 412 if If-Match does not match.
    """
    entry = table.get(call.number("id"))
    check_match(call.request, entity_tag(table, entry), entry.modified)
    return entry


def writable(schema: Schema, given: Mapping[str, object]) -> Record:
    """The fields that a client may set, with defaults for missing ones.

    Read-only fields are ignored, so that a received record can be sent back unchanged.
    """
    properties = cast(Mapping[str, Mapping[str, Json]], schema["properties"])
    record: Record = {}
    for name, about in properties.items():
        if about.get("readOnly"):
            continue
        if name in given:
            record[name] = given[name]
        elif "default" in about:
            record[name] = about["default"]
    return record


def merge_patch(target: object, patch: object) -> object:
    """Apply a merge patch to a value (RFC 7396): null removes a member."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


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


def _is_wanted_book(call: HandlerCall, book: Record) -> bool:
    return (
        _contains_text(call.text("author"), book["author"])
        and call.text("genre") in ("", book["genre"])
        and _contains_text(call.text("q"), f"{book['title']}\n{book['author']}\n{book['tags']}")
    )


def _is_wanted_member(call: HandlerCall, member: Record) -> bool:
    return call.text("tier") in ("", member["tier"]) and _contains_text(call.text("q"), member["name"])


def _contains_text(part: str, whole: object) -> bool:
    return part.casefold() in str(whole).casefold()


_BOOKS = Resource(
    "book",
    BOOK,
    {"title": "Kim", "author": "Rudyard Kipling", "genre": "adventure", "year": 1901},
    patch={"genre": "children", "copies": 5},
    free_id=2,
    filters=(
        Param("author", {"type": "string"}, "Part of the author's name", "austen"),
        Param("genre", _GENRE, "The genre", "novel"),
        Param("q", {"type": "string"}, "Part of the title, the author or a tag", "emma"),
        sort_param("id", "author", "year", "pages", "title"),
    ),
    save=Library.save_book,
    is_wanted=_is_wanted_book,
)
_MEMBERS = Resource(
    "member",
    MEMBER,
    {"name": "Mia Rossi", "email": "mia@example.org", "tier": "adult"},
    patch={"tier": "senior", "address": {"city": "Brook"}},
    free_id=3,
    filters=(
        Param("tier", _TIER, "The tier", "adult"),
        Param("q", {"type": "string"}, "Part of the name", "li"),
        sort_param("id", "joined", "name"),
    ),
    save=Library.save_member,
    is_wanted=_is_wanted_member,
)

_RECORD_SCHEMAS: dict[str, Schema] = {"Book": BOOK, "Member": MEMBER}
_RECORD_ROUTES = (*record_routes(_BOOKS), *record_routes(_MEMBERS))


_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_DATE: Schema = {"type": "string", "format": "date"}
LOAN: Schema = {
    "type": "object",
    "required": ["id", "book_id", "member_id", "lent", "due"],
    "additionalProperties": False,
    "properties": {"id": _POSITIVE, "book_id": _POSITIVE, "member_id": _POSITIVE, "lent": _DATE, "due": _DATE},
}
NEW_LOAN: Schema = {
    "type": "object",
    "required": ["book_id", "member_id"],
    "additionalProperties": False,
    "properties": {
        "book_id": _POSITIVE,
        "member_id": _POSITIVE,
        "days": {"type": "integer", "minimum": 1, "maximum": 60, "default": 21},
    },
}


def _list(call: HandlerCall) -> ServerResponse:
    require_login(call)
    with call.state.library.lock:
        entries = call.state.library.loans.all()
    for name in ("book_id", "member_id"):
        wanted = call.args[name]
        entries = [entry for entry in entries if wanted is None or entry.record[name] == wanted]
    return page_response(call, entries)


def _lend(call: HandlerCall) -> ServerResponse:
    require_login(call)
    given = cast("dict[str, int]", call.json(NEW_LOAN))
    library = call.state.library
    with library.lock:
        loan = library.lend(given["book_id"], given["member_id"], given.get("days", 21))
        return entry_response(library.loans, loan, 201)


def _show(call: HandlerCall) -> ServerResponse:
    require_login(call)
    loans = call.state.library.loans
    entry = loans.get(call.number("id"))
    tag = entity_tag(loans, entry)
    return (
        not_modified(tag, entry.modified)
        if is_fresh(call.request, tag, entry.modified)
        else entry_response(loans, entry)
    )


def _end_loan(call: HandlerCall) -> ServerResponse:
    require_login(call)
    library = call.state.library
    with library.lock:
        library.end_loan(find_unchanged(call, library.loans).id)
    return ServerResponse(204)


_LOAN_SCHEMAS: dict[str, Schema] = {"Loan": LOAN, "NewLoan": NEW_LOAN}
_NEEDS = ("sid", "bearer")
_REFUSED = problem_spec(401, "Log in first", "WWW-Authenticate")
_MISSING = problem_spec(404, "There is no such loan")
_EXAMPLE: Json = {"book_id": 2, "member_id": 2, "days": 14}
_LENT = json_spec("Loan", "The new loan", 201)._replace(fields=("Location", "ETag", "Last-Modified"))
_FOUND = json_spec("Loan", "The loan")._replace(fields=("ETag", "Last-Modified"))
_LOAN_ROUTES = (
    Endpoint(
        "GET",
        "/loans",
        _list,
        summary="List the loans",
        tag="loans",
        params=(
            *PAGING,
            Param("book_id", _POSITIVE, "Only of this book", 1),
            Param("member_id", _POSITIVE, "Only of this member", 5),
        ),
        responses=(page_spec("Loan"), _REFUSED),
        needs=_NEEDS,
    ),
    Endpoint(
        "POST",
        "/loans",
        _lend,
        summary="Lend a book to a member",
        tag="loans",
        content=BodySpec({JSON_TYPE: ref("NewLoan")}, _EXAMPLE),
        responses=(_LENT, _REFUSED, problem_spec(409, "No copy is free, or the member may not have it")),
        needs=_NEEDS,
    ),
    Endpoint(
        "GET",
        "/loans/{id}",
        _show,
        summary="Show a loan",
        tag="loans",
        params=(id_param("loan"),),
        responses=(_FOUND, ResponseSpec(304, "Your copy is still current"), _REFUSED, _MISSING),
        needs=_NEEDS,
    ),
    Endpoint(
        "DELETE",
        "/loans/{id}",
        _end_loan,
        summary="Return the book of a loan",
        tag="loans",
        params=(id_param("loan"),),
        responses=(
            ResponseSpec(204, "It is back"),
            _REFUSED,
            _MISSING,
            problem_spec(412, "It was changed since", "ETag"),
        ),
        needs=_NEEDS,
    ),
)
SCHEMAS: dict[str, Schema] = {**_RECORD_SCHEMAS, **_LOAN_SCHEMAS}
ROUTES = (*_RECORD_ROUTES, *_LOAN_ROUTES)
