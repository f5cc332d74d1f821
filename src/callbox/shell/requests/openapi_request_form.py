"""A request in the form that the description of its API gives: the kind of body, lists, objects, an example body.

A description changes only the form of typed values, and `--as-typed` sends the line unchanged. Requests of files
and of the library are never changed. An example body is for `--example`, and for `--edit` of a request without a body.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from callbox.errors import UsageError
from callbox.exchange.request import Draft
from callbox.exchange.request_content import JSON, Content, form_content, json_content
from callbox.exchange.secret import Secret
from callbox.openapi.example_bodies import choose_body_media, make_body
from callbox.openapi.operations_parameters_and_security import Media, Operation, Parameter, is_json_type, plain_text
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.command_context import Context
from callbox.shell.line.grammar import Call

NamedValues = tuple[tuple[str, str | Secret | None], ...]
MAX_NAMES = 20
"""The most names of examples in a hint."""
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
"""The separators between the items of a list in one value, by OpenAPI style."""


def operation_of_draft(draft: Draft, context: Context) -> Operation | None:
    """The operation of a draft in the description of the API at the base; None if there is none."""
    base = context.session.base_url
    described = context.apis.at(base)
    return described.operation_at(draft.method, draft.url, base) if described is not None else None


def body_kind(operation: Operation) -> str:
    """The kind of body that typed fields make: `json`, `form` or `multipart`.

    JSON if the operation accepts it, or if it accepts neither a form nor multipart.
    """
    types = [media.media_type.lower() for media in operation.body.media] if operation.body is not None else []
    if any(is_json_type(one) for one in types):
        return "json"
    if any("x-www-form-urlencoded" in one for one in types):
        return "form"
    return "multipart" if any(one.startswith("multipart/") for one in types) else "json"


def json_media_type(operation: Operation) -> str:
    """The described media type of a JSON body: `application/json` if it is described, or if no other JSON type is
    described.

    Typed fields cannot be a JSON patch, which is a list of changes. So its type counts only if no other type is
    described.
    """
    types = [media.media_type for media in operation.body.media] if operation.body is not None else []
    kinds = [one.partition(";")[0].strip().lower() for one in types]
    if any(one == JSON or one in ("*/*", "application/*") for one in kinds):
        return JSON
    found = [one for one in kinds if is_json_type(one)]
    return next((one for one in found if one != "application/json-patch+json"), found[0] if found else JSON)


def content_as_described(content: Content | None, operation: Operation) -> Content | None:
    """The content with the described media type, if it is JSON and the user has not chosen a media type."""
    if content is None or content.media_type != JSON:
        return content
    return content._replace(media_type=json_media_type(operation))


def query_as_described(query: NamedValues, operation: Operation) -> NamedValues:
    """The query with lists and objects in the style of their parameters.

    Several values of a list parameter without `explode` become one value. A JSON object as the value of an object
    parameter becomes the name-value pairs that its style requires. All other values stay as typed.
    """
    done: set[str] = set()
    written: list[tuple[str, str | Secret | None]] = []
    for name, value in query:
        parameter = operation.parameter(name, "query")
        if parameter is None or parameter.content is not None or not isinstance(value, str):
            written.append((name, value))
        elif "array" in parameter.schema.types and not parameter.explode and parameter.style in _SEPARATORS:
            if name not in done:
                done.add(name)
                values = [one for other, one in query if other == name and isinstance(one, str)]
                written.append((name, _SEPARATORS[parameter.style].join(values)))
        else:
            written += _object_pairs(parameter, value) or [(name, value)]
    return tuple(written)


def _object_pairs(parameter: Parameter, value: str) -> list[tuple[str, str]]:
    """The name-value pairs of an object parameter, from a JSON object; none if the value is not a JSON object."""
    if "object" not in parameter.schema.types or value[:1] != "{":
        return []
    try:
        members = json.loads(value)
    except (ValueError, RecursionError):
        return []
    if not isinstance(members, dict) or any(isinstance(one, (dict, list)) for one in members.values()):
        return []
    texts = [(str(name), plain_text(one)) for name, one in members.items()]
    if parameter.style == "deepObject":
        return [(f"{parameter.name}[{name}]", text) for name, text in texts]
    if parameter.style == "form" and parameter.explode:
        return texts
    separator = _SEPARATORS.get(parameter.style)
    return [] if separator is None else [(parameter.name, separator.join(part for pair in texts for part in pair))]


def notes_on_form(typed: NamedValues, written: NamedValues, operation: Operation, *, has_fields: bool) -> Iterator[str]:
    """Notes on changes that the description caused: another kind of body, or parameters that are written in another
    way.
    """
    kind = body_kind(operation)
    if has_fields and kind != "json":
        yield f"sent as {'a form' if kind == 'form' else 'multipart'}, as the description says; to send JSON: --json"
    for name in dict.fromkeys(name for name, _ in typed):
        former = [pair for pair in typed if pair[0] == name]
        if former != [pair for pair in written if pair[0] == name]:
            yield f"{name} is written as the description says; to send it as typed: --as-typed"


def notes_on_json_type(operation: Operation) -> Iterator[str]:
    """A note on the media type of JSON fields, if it is the described one and not `application/json`."""
    described = json_media_type(operation)
    if body_kind(operation) == "json" and described != JSON:
        yield f"sent as {visible_line(described)}, as the description says; to send {JSON}: --json"


def example_content(draft: Draft, call: Call, context: Context) -> Content | None:
    """The body that the description of the API gives as an example.

    Without an example, `--example` raises an error, and `--edit` opens an empty body.
    """
    is_asked = call.has("example")
    operation = operation_of_draft(draft, context)
    body = operation.body if operation is not None else None
    media = choose_body_media(body) if body is not None else None
    if media is None or not (is_json_type(media.media_type) or "form-urlencoded" in media.media_type):
        if not is_asked:
            return None
        raise UsageError(_reason(draft, operation, media, context), hint="to show what is described: help METHOD PATH")
    name = call.flags.get("example")
    made = make_body(media, is_full=True, name=name if isinstance(name, str) else "")
    if made.problem:
        if not isinstance(name, str):
            raise UsageError(f"There is no example of this body: {made.problem}")
        names = ", ".join(one.name for one in media.examples[:MAX_NAMES] if one.name)
        hint = (
            f"described: {visible_line(names)}"
            if names
            else "the examples have no names; --example alone makes an example"
        )
        raise UsageError(f"The description has no example '{name}' of this body", hint=hint)
    return _content(made.value, media)


def _reason(draft: Draft, operation: Operation | None, media: Media | None, context: Context) -> str:
    if context.apis.at(context.session.base_url) is None:
        return "No description of this API is known: import openapi"
    if operation is None:
        return f"The description has no operation for this {draft.method}"
    if media is None:
        return f"{operation.key} has no body in the description"
    return f"The body of {operation.key} is {media.media_type}: callbox can fill only JSON and forms"


def _content(value: Any, media: Media) -> Content:
    if is_json_type(media.media_type):
        content = json_content(json.dumps(value, ensure_ascii=False, indent=2))
        return content if media.media_type == "application/json" else content._replace(media_type=media.media_type)
    members = value if isinstance(value, dict) else {}
    return form_content((name, one if isinstance(one, str) else plain_text(one)) for name, one in members.items())
