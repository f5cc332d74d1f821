"""Help and hints from the description of an API: help on an operation (its parameters, fields, responses and schemes),
notes on a line, hints on a refused request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft, Outgoing
from callbox.openapi.example_bodies import choose_body_media, make_body
from callbox.openapi.operations_parameters_and_security import (
    METHODS,
    Body,
    Operation,
    Parameter,
    Scheme,
    is_json_type,
    plain_text,
)
from callbox.openapi.schema_view import SchemaView
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments
from callbox.shell.command_context import Context
from callbox.shell.completion.openapi_candidates import body_field_names, body_schema, field_at, schema_words
from callbox.shell.line.grammar import Call
from callbox.shell.openapi_auth_commands import credential_of
from callbox.shell.requests.openapi_request_form import (
    NamedValues,
    notes_on_form,
    notes_on_json_type,
    operation_of_draft,
)
from callbox.spelling import closest

MAX_LEVELS = 3
"""The most levels of nested fields that are shown."""
MAX_FIELDS = 100
MAX_VALUES = 12
MAX_EXAMPLE_LINES = 30
COLUMN = 29
"""The column in which explanations begin."""


def is_operation(words: tuple[str, ...]) -> bool:
    """Whether the words name an operation by a method and a path, or by a path alone. A third word names a parameter or
    field of the operation.

    >>> is_operation(("GET", "/users/{id}")), is_operation(("/users",)), is_operation(("get", "--form"))
    (True, True, False)
    >>> is_operation(("GET", "/users", "page"))
    True
    """
    if not words or len(words) > 3 or (len(words) > 1 and words[0].upper() not in METHODS):
        return False
    return words[-1 if len(words) < 3 else 1].startswith(("/", "http://", "https://"))


def member_page(operation: Operation, name: str) -> Fragments:
    """The rows of a parameter or of a field of the body, with the fields below it; empty if there is none."""
    lines = [line for one in operation.parameters if one.name.lower() == name.lower() for line in _parameter_lines(one)]
    schema = body_schema(operation)
    field = field_at(schema, name) if schema is not None and not lines else None
    if field is not None:
        about = f"{schema_words(field)}{_sentence(field.description)}{_values(field)}"
        lines = [_row(name, about), *_field_lines(field, 1, [MAX_FIELDS], frozenset())]
    if not lines:
        return []
    return [("command", f"{visible_line(operation.key)}\n"), ("", "".join(f"{line}\n" for line in lines))]


def operation_page(operation: Operation, schemes: Iterable[Scheme] = ()) -> Fragments:
    """The page of an operation, in two columns. All text of the description is sanitised."""
    first, *others = _lines(operation, {one.name: one for one in schemes})
    return [("command", f"{first}\n"), ("", "".join(f"{line}\n" for line in others))]


def _lines(operation: Operation, schemes: Mapping[str, Scheme]) -> Iterator[str]:
    yield visible_line(operation.key) + ("  (deprecated)" if operation.is_deprecated else "")
    for text in (operation.summary, operation.description):
        yield from _paragraphs(text)
    for location in ("path", "query", "header", "cookie"):
        found = [one for one in operation.parameters if one.location == location]
        if found:
            yield ""
            yield f"{location.capitalize()} parameters" if location != "header" else "Headers"
            yield from (line for one in found for line in _parameter_lines(one))
    if operation.body is not None:
        yield from _body_lines(operation.body)
    if operation.responses:
        yield ""
        yield "Responses"
        for response in operation.responses:
            kinds = ", ".join(media.media_type for media in response.media)
            yield _row(response.status, f"{_one_line(response.description)}{f'  ({kinds})' if kinds else ''}")
    yield from _security_lines(operation, schemes)
    if operation.body is not None:
        yield from _example_lines(operation.body)


def _security_lines(operation: Operation, schemes: Mapping[str, Scheme]) -> Iterator[str]:
    """The alternatives of credentials, each with what to type and with the description's own words."""
    if not operation.security:
        return
    yield ""
    yield "Needs one of" if len(operation.security) > 1 else "Needs"
    for alternative in operation.security:
        names = " and ".join(one.scheme + _scopes(one.scopes) for one in alternative)
        needed = [credential_of(schemes[one.scheme]) for one in alternative if one.scheme in schemes]
        yield _row(names or "nothing", "; ".join(one.command or one.about for one in needed))
        for one in alternative:
            about = str(schemes[one.scheme].described.get("description") or "") if one.scheme in schemes else ""
            yield from (_row("", line) for line in _paragraphs(about))


def _scopes(scopes: tuple[str, ...]) -> str:
    return f" ({', '.join(scopes)})" if scopes else ""


def _paragraphs(text: str) -> Iterator[str]:
    for number, line in enumerate(text.strip().splitlines()):
        if number == 20:
            yield ".."
            return
        yield visible_line(line.rstrip())


def _parameter_lines(one: Parameter) -> Iterator[str]:
    name = f"{one.name}{'' if one.is_required else ' ?'}"
    marks = ", deprecated" if one.is_deprecated else ""
    yield _row(name, f"{schema_words(one.schema)}{marks}{_sentence(one.description)}{_values(one.schema)}")


def _body_lines(body: Body) -> Iterator[str]:
    yield ""
    kinds = ", ".join(media.media_type for media in body.media)
    yield f"Body{'' if body.is_required else ' (may be left out)'}: {visible_line(kinds)}"
    for media in body.media[:1]:
        yield from _field_lines(media.schema, 0, [MAX_FIELDS], frozenset())


def _example_lines(body: Body) -> Iterator[str]:
    """The lines of the JSON body that `--example` makes."""
    media = choose_body_media(body)
    if media is None or not is_json_type(media.media_type):
        return
    made = make_body(media)
    if made.problem:
        return
    yield ""
    yield "Example of a body (--example sends it, --edit opens it)"
    lines = json.dumps(made.value, ensure_ascii=False, indent=2).splitlines()
    yield from (visible_line(f"  {line}") for line in lines[:MAX_EXAMPLE_LINES])
    if len(lines) > MAX_EXAMPLE_LINES:
        yield f"  .. {len(lines) - MAX_EXAMPLE_LINES} more lines"


def _field_lines(schema: SchemaView, level: int, left: list[int], above: frozenset[str]) -> Iterator[str]:
    """The fields of a schema, indented by level. A schema that contains itself is shown once."""
    schema = schema.without_null
    of_items = schema.items if "array" in schema.types else None
    shown = of_items if of_items is not None else schema
    if level >= MAX_LEVELS or shown.refs & above:
        return
    for one in (shown, *shown.branches):
        for field in one.fields:
            if field.schema.is_read_only:
                continue
            left[0] -= 1
            if left[0] < 0:
                return
            name = f"{'  ' * level}{field.name}{'' if field.is_required else ' ?'}"
            about = f"{schema_words(field.schema)}{_sentence(field.schema.description)}{_values(field.schema)}"
            yield _row(name, about)
            yield from _field_lines(field.schema, level + 1, left, above | shown.refs)


def _values(schema: SchemaView) -> str:
    inner = schema.without_null
    of_items = inner.items if "array" in inner.types else None
    values = [value for value in (of_items or inner).values if value is not None]
    texts = [plain_text(value) for value in values[:MAX_VALUES]]
    more = " .." if len(values) > MAX_VALUES else ""
    return f": {', '.join(texts)}{more}" if texts else ""


def _sentence(text: str) -> str:
    return f", {_one_line(text)}" if text.strip() else ""


def _one_line(text: str) -> str:
    return " ".join(text[:400].split()).partition(". ")[0].rstrip(".")


def _row(name: str, about: str) -> str:
    return visible_line(f"  {name:<{COLUMN - 2}}{'' if len(name) < COLUMN - 2 else '  '}{about}".rstrip())


def described_auth_hint(record: Record, context: Context, hints: Mapping[str, str]) -> str:
    """How to set the credential that a refused request lacked: the first one that the operation needs and that was
    not sent.

    `hints` has the line for each HTTP scheme.
    """
    described, operation = context.apis.at(context.session.base_url), operation_of_draft(record.draft, context)
    if described is None or operation is None:
        return ""
    schemes = {one.name: one for one in described.api.schemes}
    needed = [schemes[one.scheme] for each in operation.security for one in each if one.scheme in schemes]
    for scheme in sorted(needed, key=_is_second_choice):
        if not _is_sent(scheme, record.outgoing) and (line := _auth_line(scheme, hints)):
            return line
    return ""


def _is_second_choice(scheme: Scheme) -> bool:
    """Whether another credential should be suggested before this one.

    A cookie is set by a login and not by the user, and callbox does not support some schemes.
    """
    return scheme.described.get("in") == "cookie" or not credential_of(scheme).command


def _is_sent(scheme: Scheme, outgoing: Outgoing) -> bool:
    """Whether a credential of this kind was sent."""
    name = str(scheme.described.get("name", ""))
    if scheme.type == "mutualTLS":
        return False
    if scheme.type != "apiKey":
        return any(field.name.lower() == "authorization" for field in outgoing.headers)
    if scheme.described.get("in") in ("query", "cookie"):
        sent = outgoing.query if scheme.described["in"] == "query" else outgoing.cookies
        return any(field.name == name for field in sent)
    return any(field.name.lower() == name.lower() for field in outgoing.headers)


def _auth_line(scheme: Scheme, hints: Mapping[str, str]) -> str:
    """The command that sets the credential of a scheme, or a text that says why no command can."""
    found = credential_of(scheme)
    if scheme.type == "http" and found.scheme:
        return hints.get(found.scheme, "")
    if not found.command:
        return visible_line(f"the server asks for '{scheme.name}': {found.about}")
    if scheme.type == "apiKey":
        return visible_line(f"the API describes a key for this: {found.command}")
    return visible_line(f"the server asks for {found.about}: {found.command}")


def described_hints(call: Call, draft: Draft, context: Context) -> Iterator[str]:
    """Notes on values that callbox writes as the description says, and hints on names that the description does not
    have.
    """
    operation = operation_of_draft(draft, context)
    if operation is None:
        return
    if not call.has("as-typed"):
        typed: NamedValues = tuple((item.name, item.value) for item in call.items if item.kind == "query")
        has_fields = any(item.kind in ("field", "json", "field_file", "json_file") for item in call.items)
        is_chosen = any(call.has(form) for form in ("json", "form", "multipart"))
        yield from notes_on_form(typed, draft.query, operation, has_fields=has_fields and not is_chosen)
        headers = {*context.session.headers, *(name for name, _ in draft.headers)}
        if has_fields and not is_chosen and "content-type" not in map(str.lower, headers):
            yield from notes_on_json_type(operation)
    fields = body_field_names(operation)
    names = {
        "query": [one.name for one in operation.parameters if one.location == "query"],
        "header": [one.name for one in operation.parameters if one.location == "header"],
        "field": fields,
        "json": fields,
    }
    for item in call.items:
        known = names.get(item.kind, [])
        name = item.name.partition("[")[0]
        if known and name not in known and (near := closest(name, known)) and near.lower() != name.lower():
            noun = "parameter" if item.kind == "query" else item.kind.replace("json", "field")
            yield f"the description has no {noun} '{name}'; did you mean '{near}'?"
