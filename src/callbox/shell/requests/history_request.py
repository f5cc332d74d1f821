"""The request of a history number, ready to be sent again; this shell or an earlier one has sent it."""

from __future__ import annotations

from collections.abc import Collection

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.shell.context import Context
from callbox.shell.history import EarlierId


def typed_request(number: int, context: Context, replaced: Collection[str] = ()) -> tuple[Record, str]:
    """The record of this number with its draft as typed, and a note on what an earlier shell did not save.

    The user is asked for secrets of an earlier request, except those whose lower-cased names are in `replaced`,
    because the line sets them again. Raises UsageError if there is no such request, or if its body was not saved.
    """
    record = context.history.get(number)
    if not isinstance(number, EarlierId):
        return record, ""
    from callbox.formats.saved_request_file import Sources, read_request  # TOML is needed only for an earlier request
    from callbox.memory.record_codec import had_auth
    from callbox.shell.requests.saved_request import parse_saved_option
    from callbox.shell.variables import recorded

    stored = context.remember().stored(number)
    if not stored.draft:
        why = "what it sent was not kept (a stream, a long body, or a secret under another name)"
        raise UsageError(f"Request {number} cannot be sent again: {why}", hint="type it again")
    secrets: dict[str, str] = {}
    find = recorded(secrets, context)
    sources = Sources(
        lambda reference, what: "" if what.lower() in replaced else find(reference, what),
        context.ports.read_pieces,
        context.make_boundary(),
    )
    draft, options = read_request(stored.draft, str(number), sources)
    draft = draft._replace(
        options={key: parse_saved_option(key, text) for key, text in options.items()}, secrets=secrets
    )
    is_bare = had_auth(stored) and "auth" not in replaced
    return record._replace(draft=draft), "the credentials of its --auth were not kept" if is_bare else ""
