"""The draft of a request that was sent earlier, in this shell or in an earlier one, to send it again."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.request import Draft
from callbox.exchange.url import UrlError, is_absolute, join, parse
from callbox.shell.context import Context
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.secret_references import recorded


def earlier_request(
    record: Record, number: EarlierId, context: Context, replaced: Collection[str]
) -> tuple[Record, str]:
    """The record of a request of an earlier shell with its draft as typed, and a note on what was not saved.

    Raises UsageError if its body was not saved.
    """
    # TOML and redaction take 110 ms, and only a request of an earlier shell needs them
    from callbox.formats.saved_request_file import Sources, read_request
    from callbox.memory.memory_file import had_auth
    from callbox.shell.requests.saved_requests import parse_saved_option

    stored = context.remember().stored(number)
    if not stored.draft:
        why = "its content was not saved (a stream, a long body, or a secret under another name)"
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


def earlier_record(number: EarlierId, context: Context) -> Record:
    """The record of a request of an earlier shell, with the options that were typed with it."""
    # TOML takes 50 ms
    from callbox.formats.saved_request_file import read_plain_options
    from callbox.shell.requests.saved_requests import parse_saved_option

    record, stored = context.history.get(number), context.remember().stored(number)
    if not stored.draft:
        return record
    texts = read_plain_options(stored.draft, str(number))
    options = {key: parse_saved_option(key, text) for key, text in texts.items()}
    return record._replace(draft=record.draft._replace(options=options))


def typed_request(number: int, context: Context, replaced: Collection[str] = ()) -> tuple[Record, str]:
    """The record of this number with its draft as typed, and a note on what an earlier shell did not save.

    The user is asked for secrets of an earlier request, except those whose lower-cased names are in `replaced`,
    because the line sets them again. Raises UsageError if there is no such request, or if its body was not saved.
    """
    record = context.history.get(number)
    if not isinstance(number, EarlierId):
        return record, ""
    return earlier_request(record, number, context, replaced)


def repeated_draft(record: Record, base: str) -> Draft:
    """The draft of an earlier request with the URL to which it was sent, even if the base has changed since."""
    draft, sent = record.draft, record.first_outgoing.url
    if is_absolute(draft.url):
        return draft
    with suppress(UrlError):
        joined = parse(join(base, draft.url)) if base else None
        if joined is not None and (joined.origin, joined.path) == (sent.origin, sent.path):
            return draft
    _, mark, query = draft.url.partition("#")[0].partition("?")
    return draft._replace(url=f"{sent.origin}{sent.path}{mark}{query}")
