"""Notes and hints from the description of an API, on a line and on a refused request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callbox.exchange.events import Record
from callbox.exchange.request import Draft, Outgoing
from callbox.openapi.description_model import Scheme
from callbox.render.sanitise import visible_line
from callbox.shell.completion.openapi_candidates import body_field_names
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.openapi_credentials import credential_of
from callbox.shell.requests.openapi_request_form import (
    NamedValues,
    notes_on_form,
    notes_on_json_type,
    operation_of_draft,
)
from callbox.spelling import closest


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
