"""The example body of a described operation: for `--example`, and for `--edit` of a request without a body."""

from __future__ import annotations

import json
from typing import Any

from callbox.errors import UsageError
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content, form_content, json_content
from callbox.openapi.description_model import Media, Operation, is_json_type, plain_text
from callbox.openapi.example_bodies import choose_body_media, make_body
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.requests.openapi_request_form import operation_of_draft


def example_content(draft: Draft, call: Call, context: Context) -> Content | None:
    """The body that the description of the API gives as an example.

    Without an example, `--example` raises an error, and `--edit` goes on with an empty body.
    """
    is_asked = call.has("example")
    operation = operation_of_draft(draft, context)
    body = operation.body if operation is not None else None
    media = choose_body_media(body) if body is not None else None
    if media is None or not (is_json_type(media.media_type) or "form-urlencoded" in media.media_type):
        if not is_asked:
            return None
        raise UsageError(_reason(draft, operation, media, context), hint="help METHOD PATH shows what is described")
    name = call.flags.get("example")
    made = make_body(media, is_full=True, name=name if isinstance(name, str) else "")
    if made.problem:
        raise UsageError(f"No example of this body: {made.problem}")
    return _content(made.value, media)


def _reason(draft: Draft, operation: Operation | None, media: Media | None, context: Context) -> str:
    if context.apis.at(context.session.base_url) is None:
        return "No description of this API is known: import openapi"
    if operation is None:
        return f"The description has no operation for this {draft.method}"
    if media is None:
        return f"{operation.key} has no body in the description"
    return f"The body of {operation.key} is {media.media_type}: only JSON and forms are filled"


def _content(value: Any, media: Media) -> Content:
    if is_json_type(media.media_type):
        content = json_content(json.dumps(value, ensure_ascii=False, indent=2))
        return content if media.media_type == "application/json" else content._replace(media_type=media.media_type)
    members = value if isinstance(value, dict) else {}
    return form_content((name, one if isinstance(one, str) else plain_text(one)) for name, one in members.items())
