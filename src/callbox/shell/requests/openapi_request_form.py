"""Write a typed request in the form that the API description requires: the kind of body, lists and objects.

A description changes only the form of typed values, and `--as-typed` sends the line unchanged. Requests of files and of
the library are never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from callbox.exchange.request import Draft
from callbox.exchange.secret import Secret
from callbox.openapi.description_model import Operation, Parameter, is_json_type, plain_text
from callbox.shell.context import Context

NamedValues = tuple[tuple[str, str | Secret | None], ...]
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
        yield f"sent as {'a form' if kind == 'form' else 'multipart'}, as described; --json sends JSON"
    for name in dict.fromkeys(name for name, _ in typed):
        former = [pair for pair in typed if pair[0] == name]
        if former != [pair for pair in written if pair[0] == name]:
            yield f"{name} is written as described; --as-typed sends it as typed"
