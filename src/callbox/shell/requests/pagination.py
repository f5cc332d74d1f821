"""Follow the pages of a list: `next`, and `--all-pages`.

A server chooses the URL of the next page, and a redirect can change the origin of a page. So a page is requested only
from the origin that the user typed, and only if no redirect has led to another origin.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import pairwise

from callbox.errors import Fault, UsageError
from callbox.exchange.credential_scope import may_follow
from callbox.exchange.exchange_record_and_events import Chunk, Done, Record
from callbox.exchange.page_links import page_links
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url
from callbox.exchange.request import Draft
from callbox.exchange.url import UrlError, parse
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.command_context import Context
from callbox.shell.line.line_writer import quote
from callbox.shell.outputs import BodyOutput, DisplayOptions, ExchangeEvent, Output, closing, say
from callbox.shell.requests.request_sender import send_draft

DEFAULT_PAGES = 100
"""The number of pages that `--all-pages` fetches if no number is typed."""
_METHODS = ("GET", "HEAD", "QUERY")


def next_draft(record: Record) -> Draft | None:
    """The request for the page after this response; None if the response has no link to a next page.

    The new request has the headers and flags of the earlier request, and the URL that the server gave. Parameters of
    the session that this URL already has are left out. Raises UsageError if the page is at another origin, or if the
    method of the request must not be repeated.
    """
    url = page_links(record).get("next")
    if url is None:
        return None
    if record.draft.method not in _METHODS:
        hint = f"get {_argument(url)}"
        raise UsageError(f"Pages can be followed only after a GET; that request was {record.draft.method}", hint=hint)
    try:
        chain = [*(hop.outgoing.url for hop in (*record.history, record)), parse(url)]
        is_same_origin = all(may_follow(source, target) for source, target in pairwise(chain))
    except UrlError as error:
        raise UsageError(f"The next page has a URL that cannot be fetched: {error.message}") from None
    if not is_same_origin:
        hint = f"get {_argument(url)} fetches the page without the headers of this request"
        raise UsageError(f"The next page is at another origin: {parse(url).origin}", hint=hint)
    return record.draft._replace(url=url, query=())


def _argument(url: str) -> str:
    """The URL of a server as one word of a line, quoted so that the user can type it as shown."""
    return quote(redact_shown_url(url))


def require_next(record: Record) -> Draft:
    """The request for the page after this response. Raises `UsageError` if there is no next page."""
    draft = next_draft(record)
    if draft is None:
        found = ", ".join(page_links(record))
        hint = _cursor_hint(record) or "neither its Link header nor its JSON has such a link"
        if found:
            hint = f"it links to {found}: show last links"
        sent = record.first_outgoing
        target = redact_shown_url(sent.url.target)
        raise UsageError(f"The response to {sent.method} {target} names no next page", hint=hint)
    return draft


_CURSORS = ("next", "next_cursor", "nextCursor", "next_page", "nextPage", "nextPageToken", "next_page_token", "cursor")


def _cursor_hint(record: Record) -> str:
    """A hint on what to type if the JSON has a cursor or a page number instead of a URL; empty if it has neither."""
    from callbox.memory.fact_extractor import document_of  # a line without a prompt never needs it

    document = document_of(record)
    for name in _CURSORS if isinstance(document, dict) else ():
        value = document.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            shown = visible_line(redact_field(name, str(value)))[:60]
            return f"its JSON has {name}: {shown}, which is not a URL: again NAME=={{{{last.json.{name}}}}}"
    return ""


def send_pages(draft: Draft, context: Context, view: DisplayOptions, limit: int) -> Iterator[Output]:
    """Send a request and then each next page, at most `limit` pages; the history records every page.

    Ends after a page without a next page, after a response of 400 or more, after a repeated page, and at Ctrl-C. A note
    then says how many pages were fetched. Raises the errors of sending.
    """
    seen: set[str] = set()
    count = 0
    current: Draft | None = draft
    try:
        while current is not None:
            record = yield from _send_page(current, context, view)
            if record is None:
                return
            count += 1
            seen.add(record.outgoing.url.text)
            current = next_draft(record) if record.response.status < 400 else None
            if current is not None and (note := _stop_note(current, seen, count, limit)):
                yield say(note, "note")
                return
    except Fault as error:
        if count:
            error.message = f"{error.message}; {_pages(count)} came before it: show history"
        raise
    yield say(_pages(count))


def _send_page(draft: Draft, context: Context, view: DisplayOptions) -> Generator[Output, None, Record | None]:
    """Send the request of one page. Returns its record, or None if the reader of the output has closed it."""
    record: Record | None = None
    last_byte = b"\n"
    outputs = send_draft(draft, context, view)
    with closing(outputs):
        for output in outputs:
            event = output.event if isinstance(output, ExchangeEvent) else None
            if isinstance(event, Done):
                record = event.record
            elif isinstance(event, Chunk) and event.data:
                last_byte = event.data[-1:]
            yield output
    if context.is_redirected and last_byte != b"\n":
        yield BodyOutput(b"\n", "")  # the pages are JSON documents one after another, as jq reads them
    return record


def _stop_note(draft: Draft, seen: set[str], count: int, limit: int) -> str:
    """The reason why no further page is fetched; empty if a further page is fetched."""
    if draft.url in seen:
        return f"{_pages(count)}; the next page is one of these pages again"
    if count >= limit:
        return f"{_pages(count)}, and there are more: next, or --all-pages=N"
    return ""


def _pages(count: int) -> str:
    return f"{count} page{'s' * (count != 1)}"
