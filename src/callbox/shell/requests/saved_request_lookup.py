"""List the saved requests, and read the draft of one (`send NAME`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from callbox.engine.options import parse_option
from callbox.errors import CallboxError, UsageError
from callbox.exchange.request import Draft
from callbox.formats.saved_request_toml import Sources, read_line, read_request
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import METHODS
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import redact_target
from callbox.shell.requests.credentials_and_secret_references import recorded
from callbox.spelling import hint

KIND = "requests"


FLAGS = ("path-as-is", "no-session")


class SavedRequestRow(NamedTuple):
    """A saved request: a row of `show requests`, with its secrets redacted."""

    name: str
    method: str | None
    url: str | None
    error: str | None = None
    """The reason why the file cannot be read; None if the file can be read."""


def saved_request_rows(context: Context) -> Iterator[SavedRequestRow]:
    """A row for each saved request."""
    store = context.ports.open_store(KIND)
    for name in store.names():
        try:
            method, url = read_line(store.read(name) or b"", str(store.path(name)))
        except CallboxError as error:
            yield SavedRequestRow(name=name, method=None, url=None, error=error.message)
        else:
            yield SavedRequestRow(name, method, redact_target(url))


def read_saved_draft(call: Call, context: Context) -> Draft | None:
    """The request that `send NAME` means; None if the word is a method.

    Raises UsageError with the nearest saved name if the word is neither a method nor a saved name.
    """
    name = call.text("method")
    store = context.ports.open_store(KIND)
    names = store.names()
    found = next((one for one in names if one.lower() == name.lower() and (one == name or name.isupper())), "")
    if not found:
        if name.isupper() or name.lower() in METHODS:
            return None
        near = hint(name, names, "send METHOD TARGET, or: save request NAME saves the last request")
        raise UsageError(f"No saved request '{name}'", hint=near, place=call.place("method"))
    data = store.read(found)
    if data is None:
        return None
    secrets: dict[str, str] = {}
    sources = Sources(recorded(secrets, context), context.ports.read_pieces, context.make_boundary())
    draft, options = read_request(data, str(store.path(found)), sources)
    options_of_draft = {key: parse_saved_option(key, text) for key, text in options.items()}
    return draft._replace(options=options_of_draft, secrets=secrets)


def parse_saved_option(key: str, text: str) -> object:
    """The value of an option or flag of a saved request."""
    return text == "yes" if key in FLAGS else parse_option(key, text)
