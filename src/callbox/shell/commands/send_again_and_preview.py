"""`get`, `post` and the other methods, `send`, `again` and `preview`: build a draft from a line and send or show it.

`again --times N` sends one request many times and summarises the responses. `preview --as` shows a request as a curl or
HTTPie command or as a Python program.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from callbox.errors import Fault, Interrupted, UsageError
from callbox.exchange.exchange_record_and_events import Done, Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.urls import redact_urls
from callbox.exchange.request import BODILESS_METHODS, Draft, Outgoing
from callbox.exchange.url import parse
from callbox.render import http_messages
from callbox.render.ansi_and_sanitiser import plain, visible_line
from callbox.render.charts import RepeatSummary, repeat_summary
from callbox.render.http_messages import redacted_url
from callbox.render.style import Fragments
from callbox.shell.command_context import UNBOUNDED, Context
from callbox.shell.confirmation import AGREEMENT, confirm_path
from callbox.shell.line.grammar import Call
from callbox.shell.line.line_writer import quote
from callbox.shell.line.targets_and_items import Item
from callbox.shell.outputs import (
    DisplayOptions,
    ExchangeEvent,
    Failure,
    Output,
    TextOutput,
    TransferProgress,
    closing,
    say,
)
from callbox.shell.requests.download_to_file import download
from callbox.shell.requests.draft_builder import build_draft, change_draft, repeated_draft, typed_request
from callbox.shell.requests.output_redirection import CommandFailed, explicit_parts
from callbox.shell.requests.pagination import DEFAULT_PAGES, require_next, send_pages
from callbox.shell.requests.request_sender import send_draft
from callbox.shell.requests.response_hints import request_notes, response_hints
from callbox.wire import Cancel

WIDEST = 100


def repeat(draft: Draft, context: Context, times: int) -> Iterator[Output]:
    """Send a draft several times and show a summary. Ctrl-C ends it early.

    The history records the last response, and after it the last request if that request has no response. The last
    failure is reported at the end, with exit code 3. A response of 400 or more is counted, and is not a failure.
    """
    state = _RepeatState()
    try:
        yield from _send_all(draft, context, times, state)
    finally:
        context.cancel = None
    for record in (state.last, state.failed):
        if record is not None:
            context.add_to_history(record)
    yield TextOutput(repeat_summary(state.tally, min(context.columns(), WIDEST), context.is_unicode))
    if state.stopped is not None:
        raise state.stopped
    if state.fault is not None:
        count = state.tally.faults.total()
        note = CommandFailed(f"{count} of {times} could not be sent; the last: {state.fault.message}")
        yield Failure(note, state.fault.exit_code)


class _RepeatState:
    """The results of `again --times` so far."""

    def __init__(self) -> None:
        self.tally = RepeatSummary(seconds=[], statuses=Counter(), faults=Counter(), connections=set())
        self.last: Record | None = None
        self.failed: Record | None = None
        """The last failed request, if no response arrived after it."""
        self.fault: Fault | None = None
        self.stopped: Interrupted | None = None


def _send_all(draft: Draft, context: Context, times: int, state: _RepeatState) -> Iterator[Output]:
    pause = Cancel()  # Ctrl-C was pressed between two requests
    for number in range(times):
        context.cancel = pause
        yield TransferProgress(number, times, line=f"{number} of {times} requests")
        if pause.is_cancelled:
            state.stopped = Interrupted()
            return
        try:
            for output in send_draft(draft, context, DisplayOptions(""), adds_to_history=False):
                if isinstance(output, ExchangeEvent) and isinstance(output.event, Done):
                    state.last, state.failed = output.event.record, None
                    _count(state.tally, state.last)
        except Interrupted as error:
            state.stopped, state.failed = error, _record_of(error) or state.failed
            return
        except Fault as error:
            state.fault, state.failed = error, _record_of(error) or state.failed
            state.tally.faults[error.kind] += 1


def _record_of(fault: Fault) -> Record | None:
    return fault.record if isinstance(fault.record, Record) else None


def _count(summary: RepeatSummary, record: Record) -> None:
    summary.seconds.append(record.seconds)
    summary.statuses[record.response.status] += 1
    if record.response.connection is not None:
        summary.connections.add(record.response.connection.number)


def send(call: Call, context: Context) -> Iterator[Output]:
    """`METHOD [TARGET] { ITEM } { FLAG }` and `send METHOD TARGET ..`."""
    draft = build_draft(call, context)
    _confirm_base(call, draft, context)
    confirm_path(call, draft, context)
    yield from _request_hints(call, draft, context)
    yield from _send_or_edit(draft, call, context)


def _confirm_base(call: Call, draft: Draft, context: Context) -> None:
    """Ask the user before a method that changes data is sent to the base URL itself without a body. In a script, refuse
    the line.

    Raises UsageError if the request is not sent. A method without a path is often typed by mistake, or to see its
    usage. After `cd /items/7`, `delete` would remove the item. With `--edit`, the editor shows the request first.
    """
    is_saved = call.command.words == ("send",) and call.text("method") != draft.method
    if draft.url or is_saved or call.has("edit") or draft.method.upper() in _SAFE_METHODS:
        return
    if draft.content is not None and draft.method.upper() != "DELETE":
        return
    example = call.command.examples[0]
    if not context.is_typed or context.source_stack:
        raise UsageError(f"A path is missing after {draft.method}", hint=f"as in: {example}")
    url = redacted_url(context.session.preview(draft))
    if context.ports.ask(f"{draft.method} {url} itself? The line has no path. y or n", False).lower() not in AGREEMENT:
        raise UsageError("Nothing was sent, because the line has no path", hint=f"as in: {example}")


_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "REPORT", "SEARCH")
"""The methods that the IANA registry lists as safe: they change nothing on the server."""


def _request_hints(call: Call, draft: Draft, context: Context) -> Iterator[Output]:
    """Hints on a line that may have meant another request, such as a GET with fields, or a body without a path."""
    field = next((item for item in call.items if item.kind in ("field", "json")), None)
    if field is not None and draft.method in BODILESS_METHODS:
        name = quote(field.name)
        values = ["VALUE"] if is_credential_name(field.name) else map(quote, _query_values(field))
        query = " ".join(f"{name}=={value}" for value in values)
        yield say(f"{name}=VALUE is a field of a body; for the query: {query}", "hint")
    for item in call.items:
        if item.kind == "header" and item.name.lower() in _ETAG_HEADERS and item.value[:1] not in ('"', "W", "*", ""):
            yield say(f"an ETag needs its quotes: {item.name}:'\"{visible_line(item.value)}\"'", "hint")
    if draft.content is not None and not draft.content.parts and (name := _field_in_text(call)):
        tip = "to send a field, leave --body out; to print only the body: -b"
        yield say(f"--body sends this text as it is, although {visible_line(name)}= looks like a field: {tip}", "hint")
    if context.apis.at(context.session.base_url) is not None:
        from callbox.shell.openapi_help_and_hints import described_hints

        yield from (say(text, "hint") for text in described_hints(call, draft, context))
    base = context.session.base_url
    has_body = any(item.is_body for item in call.items)
    has_path = bool(draft.url) or "target" in call.values
    if has_body and not has_path and base and parse(base).path in ("", "/"):
        yield say(f"no path was given: this goes to {redact_urls(base)}", "hint")


def _field_in_text(call: Call) -> str:
    """The name of a field that was typed as the text of `--body`; empty if the text is meant as a whole body.

    With HTTPie, `--body name=a` sends a field and prints the body.
    """
    found = _FIELD.match(call.flag("body"))
    is_typed = any(item.name.lower() == "content-type" for item in call.items)
    return found[1] if found is not None and not is_typed and not call.has("form") else ""


_FIELD = re.compile(r"([A-Za-z_][\w.-]{0,60}(?:\[[\w-]{0,60}\]){0,9}):?=[^&\s]*\Z", re.ASCII)
_ETAG_HEADERS = ("if-match", "if-none-match")


def again(call: Call, context: Context) -> Iterator[Output]:
    """`again [N] [--times N] { ITEM }`: show an earlier request changed by the items of this line, and send it."""
    draft, note = _earlier_draft(call, context)
    if note:
        yield say(note, "note")
    confirm_path(call, draft, context)
    yield from _send_or_edit(draft, call, context, announces="again")


def next_page(call: Call, context: Context) -> Iterator[Output]:
    """`next [N] { ITEM }`: get the next page that the last response, or response N, names."""
    number = call.number("number") or -1
    context.history.answered(number)
    draft = require_next(typed_request(number, context)[0])
    yield from _send_or_edit(change_draft(draft, call, context), call, context, announces="next")


def preview(call: Call, context: Context) -> Iterator[Output]:
    """`preview REQUEST`: show the request that would be sent and the source of each part; nothing is sent."""
    inner = call.inner
    if inner is None:
        raise UsageError("A request is missing", hint="as in: preview get /path")
    is_again = inner.command.words == ("again",)
    draft, note = _earlier_draft(inner, context) if is_again else (build_draft(inner, context), "")
    if note:
        yield say(note, "note")
    if not is_again:
        yield from _request_hints(inner, draft, context)
    outgoing = context.session.preview(draft)
    width = min(context.columns(), http_messages.WIDEST)
    if call.flag("as") in _PROGRAMS:
        yield from _preview_program(call, draft, outgoing, context)
        return
    form = _FORMS[call.flag("as")] if call.has("as") or call.redirect is None else _format_exactly
    shown = form(outgoing, call.has("reveal"), width)
    yield TextOutput(shown)
    if form is _format_with_sources and notes_layout(outgoing, context):
        yield say("the body is formatted here: preview --as http prints it as it is sent", "note")
    if notes_redaction(call, context) and form(outgoing, True, width) != shown:
        yield say(REVEAL_HINT, "note")
    if not call.has("as"):
        yield from request_notes(draft, outgoing, context, is_preview=True)
        if left_out := _left_out(draft, context):
            yield say(f"left out here: {', '.join(left_out)}", "note")


STANDARD_OUTPUT = "-"
"""The value of `--download=-`: the body is shown or written as it is without `--download`."""
REVEAL_HINT = "redacted; to print the secrets: --reveal"


def notes_redaction(call: Call, context: Context) -> bool:
    """Whether redacted output gets a note. Only a prompt shows the note, because a person reads it."""
    return context.is_typed and call.redirect is None and not call.has("reveal")


def notes_layout(outgoing: Outgoing, context: Context) -> bool:
    """Whether a note says that the shown layout of the body is not the layout that is sent.

    Only a prompt shows the note.
    """
    if not context.is_typed or outgoing.content is None or outgoing.content.data is None:
        return False
    shown, sent = (
        plain(form(outgoing, True, UNBOUNDED)).rstrip("\n") for form in (_format_with_sources, _format_exactly)
    )
    return shown != sent


def _query_values(field: Item) -> list[str]:
    """The value of a body field as values of a query parameter. A JSON list of texts and numbers becomes one value for
    each entry.
    """
    if field.kind == "json" and field.value.lstrip().startswith("["):
        with contextlib.suppress(ValueError):
            items = json.loads(field.value)
            if 0 < len(items) <= _MAX_QUERY_VALUES and all(type(item) in (str, int, float) for item in items):
                return [str(item) for item in items]
    return [field.value]


_MAX_QUERY_VALUES = 10


def _left_out(draft: Draft, context: Context) -> list[str]:
    """The headers, parameters and cookies of the session that this draft leaves out."""
    removed = [(f"{name}:", name.lower(), "header") for name, value in draft.headers if value is None]
    removed += [(f"{name}==", name, "query") for name, value in draft.query if value is None]
    return [shown for shown, key, noun in removed if key in context.session.entries(noun)]


def display_options_of(call: Call, context: Context) -> DisplayOptions:
    """The display options of this line."""
    option = context.session.option("print")
    parts = option if isinstance(option, str) else "hb"
    if context.is_quiet:
        parts = "b"
    chosen = explicit_parts(call)
    is_paged = call.has("pager") or bool(context.session.option("pager"))
    return DisplayOptions(
        chosen or parts,
        is_explicit=bool(chosen),
        is_whole=call.has("whole") or is_paged,
        is_streamed=call.has("stream"),
        shows_hops=call.has("all"),
        is_raw=call.has("unsafe-terminal"),
        is_paged=is_paged,
        form=call.flag("as"),
        charset=call.flag("charset"),
        is_quiet=context.is_quiet,
    )


def _send_or_edit(draft: Draft, call: Call, context: Context, *, announces: str = "") -> Iterator[Output]:
    """Send the draft, or open it in the editor first.

    If `announces` is not empty, this word is printed before sending, with the method and the URL.
    """
    if call.has("edit"):
        from callbox.shell.request_as_editable_file import edit_request  # 350 ms: parser and exports of scripts

        yield from edit_request(draft, context, lambda one: deliver(one, call, context), sends_unchanged=True)
        return
    if announces:
        outgoing = context.session.preview(draft)
        url = redacted_url(outgoing)
        yield say(f"{announces}: {outgoing.method} {url}", "note")
    yield from deliver(draft, call, context)


def deliver(draft: Draft, call: Call, context: Context) -> Iterator[Output]:
    """Send a draft as the flags of the line say: many times, into a file, or once to the screen."""
    _refuse_contradictions(call)
    outputs = _deliver(draft, call, context)
    if call.has("validate") or context.session.option("validate"):
        # this import takes 20 ms, and only `--validate` needs it
        from callbox.shell.requests.openapi_response_validation import validated

        outputs = validated(outputs, draft, call, context)
    yield from outputs


def _deliver(draft: Draft, call: Call, context: Context) -> Iterator[Output]:
    times = call.number("times") or 1
    if times > 1:
        yield from repeat(draft, context, times)
        return
    if call.has("download") and call.flags["download"] != STANDARD_OUTPUT:
        if call.redirect is not None:
            raise UsageError("--download already writes the body to a file", hint=f"leave {call.redirect.operator} out")
        file = call.flags["download"]
        yield from download(draft, context, display_options_of(call, context), file if isinstance(file, str) else "")
        return
    if call.has("all-pages"):
        limit = call.number("all-pages") or DEFAULT_PAGES
        yield from send_pages(draft, context, display_options_of(call, context), limit)
        return
    outputs = send_draft(draft, context, display_options_of(call, context))
    with closing(outputs):
        for output in outputs:
            yield output
            if isinstance(output, ExchangeEvent) and isinstance(output.event, Done):
                yield from response_hints(output.event.record, context)


_CONTRADICTIONS = (
    ("download", "times", "--download writes one response", "leave --times out"),
    ("download", "all-pages", "--download writes one response", "> FILE writes all pages"),
    ("all-pages", "times", "--times repeats one request, not pages", "leave --all-pages out"),
    ("validate", "times", "--validate checks one response", "leave --times out"),
)
"""Pairs of flags that exclude each other, with the message and the hint of the error."""


def _refuse_contradictions(call: Call) -> None:
    for first, second, message, tip in _CONTRADICTIONS:
        if call.has(first) and call.has(second) and call.number(second) != 1:
            raise UsageError(message, hint=tip, place=call.place(first))


def _earlier_draft(call: Call, context: Context) -> tuple[Draft, str]:
    """The earlier request changed by this line, and a note on what was not saved."""
    anew = {item.name.lower() for item in call.items} | call.options.keys() | ({"auth"} if call.has("auth") else set())
    record, missing = typed_request(call.number("number") or -1, context, anew)
    draft = repeated_draft(record, context.session.base_url)
    return change_draft(draft, call, context), missing


def _format_with_sources(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    return http_messages.request(outgoing, with_sources=True, reveal=reveal, width=width)


def _format_exactly(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    return http_messages.request(outgoing, with_sources=True, reveal=reveal, width=width, is_laid_out=False)


def _format_http(outgoing: Outgoing, reveal: bool, width: int) -> Fragments:
    return http_messages.request(outgoing, with_sources=False, reveal=reveal, width=width, is_laid_out=False)


def _preview_program(call: Call, draft: Draft, outgoing: Outgoing, context: Context) -> Iterator[Output]:
    """The request as a curl or HTTPie command or as a Python program, and a note about differences from callbox.

    Secrets are redacted unless `--reveal` is typed.
    """
    from callbox.formats import curl_httpie_and_python_snippets as snippets  # this takes 8 ms, and few previews need it

    form, follows = call.flag("as"), context.session.follows(draft)
    obstacle = ""
    if follows:
        obstacle = _redirect_obstacle(
            form,
            outgoing,
            header=snippets.forwarded_credential(outgoing),
            is_kept=context.session.keeps_method(draft) and outgoing.method not in ("GET", "HEAD"),
            is_repeated=form == "curl" and snippets.resends_method(outgoing),
        )
        follows = not obstacle

    def write(reveal: bool) -> str:
        if form == "curl":
            return snippets.write_curl(outgoing, reveal=reveal, follows=follows)
        if form == "httpie":
            return snippets.write_httpie(outgoing, reveal=reveal, follows=follows)
        return snippets.write_python(outgoing, reveal=reveal).removesuffix("\n")

    text = write(call.has("reveal"))
    comment = "" if text == write(True) else _REDACTED
    yield TextOutput([("", f"{comment}{text}\n")])
    if obstacle:
        yield say(obstacle, "note")


_REDACTED = "# secrets are left out here: --reveal writes them\n"
"""A comment that is valid in a shell and in Python."""


def _redirect_obstacle(form: str, outgoing: Outgoing, *, header: str, is_kept: bool, is_repeated: bool) -> str:
    """Why the written curl or HTTPie command or Python program cannot follow redirects as callbox does; empty if it
    can.
    """
    if form == "python":
        return "this program does not follow redirects"
    if header:
        what = f"{header} to other hosts, too"
    elif is_kept:
        what = "GET to the next URL" if not is_repeated else ""
    else:
        what = f"{outgoing.method} again" if is_repeated else ""
    return f"this command does not follow redirects: {form} would send {what}" if what else ""


_PROGRAMS = ("curl", "httpie", "python")
_FORMS: Mapping[str, Callable[[Outgoing, bool, int], Fragments]] = {"": _format_with_sources, "http": _format_http}
