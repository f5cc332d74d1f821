"""`/loans`: lend and return books, after a login."""

from __future__ import annotations

from typing import cast

from callbox.practice.conditional_requests import is_fresh, not_modified
from callbox.practice.json_schema import Schema, ref
from callbox.practice.router import BodySpec, Endpoint, HandlerCall, Param, ResponseSpec, json_spec, problem_spec
from callbox.practice.routes.authentication import require_login
from callbox.practice.routes.books_and_members import (
    PAGING,
    entity_tag,
    entry_response,
    find_unchanged,
    id_param,
    page_response,
    page_spec,
)
from callbox.practice.server_response import JSON_TYPE, Json, ServerResponse

_ID: Schema = {"type": "integer", "minimum": 1}
_DATE: Schema = {"type": "string", "format": "date"}
LOAN: Schema = {
    "type": "object",
    "required": ["id", "book_id", "member_id", "lent", "due"],
    "additionalProperties": False,
    "properties": {"id": _ID, "book_id": _ID, "member_id": _ID, "lent": _DATE, "due": _DATE},
}
NEW_LOAN: Schema = {
    "type": "object",
    "required": ["book_id", "member_id"],
    "additionalProperties": False,
    "properties": {
        "book_id": _ID,
        "member_id": _ID,
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


SCHEMAS: dict[str, Schema] = {"Loan": LOAN, "NewLoan": NEW_LOAN}
_NEEDS = ("sid", "bearer")
_REFUSED = problem_spec(401, "Log in first", "WWW-Authenticate")
_MISSING = problem_spec(404, "There is no such loan")
_EXAMPLE: Json = {"book_id": 2, "member_id": 2, "days": 14}
_LENT = json_spec("Loan", "The new loan", 201)._replace(fields=("Location", "ETag", "Last-Modified"))
_FOUND = json_spec("Loan", "The loan")._replace(fields=("ETag", "Last-Modified"))
ROUTES = (
    Endpoint(
        "GET",
        "/loans",
        _list,
        summary="List the loans",
        tag="loans",
        params=(
            *PAGING,
            Param("book_id", _ID, "Only of this book", 1),
            Param("member_id", _ID, "Only of this member", 5),
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
