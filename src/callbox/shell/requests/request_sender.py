"""Send one request of the shell: its events, its history record, and errors as the user sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.engine.response_reader import ResponseBuffer
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.redaction.known_secrets import redact_filled
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import is_absolute, parse
from callbox.render.messages import redacted_url
from callbox.render.sanitise import visible_line
from callbox.render.sizes_and_durations import duration, size
from callbox.shell.context import Context
from callbox.shell.history import MAX_BYTES, READER_STOPPED, empty_response
from callbox.shell.outputs import DisplayOptions, ExchangeEvent, Output, TransferProgress, say
from callbox.spelling import closest
from callbox.system.netrc_and_keyring import has_netrc_default
from callbox.wire import Cancel


def send_draft(
    draft: Draft, context: Context, view: DisplayOptions, *, original: Draft | None = None, adds_to_history: bool = True
) -> Iterator[Output]:
    """Send a draft and yield its events. When this generator ends, for whatever reason, the request is in the
    history.

    `original` is the draft for the history, if the draft to send has parts that the user did not type. If
    `adds_to_history` is false, the caller adds the record. Raises Fault, or Interrupted if the request was cancelled;
    the error's `record` belongs in the history. A request that is refused before it is sent is not added.
    """
    cancel = context.cancel = Cancel()
    cookies_before = _cookie_count(context)
    attempt = _Attempt(original or draft, context)
    try:
        for event in context.session.stream(attempt.with_progress(draft), cancel):
            event = attempt.take(event)
            if isinstance(event, Done) and adds_to_history:
                attempt.add_to_history()
            yield ExchangeEvent(event, view)
    except BaseException as error:
        error_to_raise = error
        if isinstance(error, Fault):
            error_to_raise = _user_fault(error, attempt, _cookie_count(context) - cookies_before)
        attempt.end(error_to_raise)
        if not isinstance(error_to_raise, Fault):
            raise
        error_to_raise.record = attempt.record
        raise error_to_raise from None
    finally:
        context.cancel = None
        if adds_to_history:
            attempt.add_to_history()
    if cancel.is_cancelled:  # it is too late to cancel this request, but not the next one
        raise _user_fault(Interrupted(), attempt, _cookie_count(context) - cookies_before)


class _Attempt:
    """A request while it is sent; collects its history record."""

    def __init__(self, draft: Draft, context: Context) -> None:
        self.received = 0
        self.record: Record | None = None
        """The record of the exchange. None before the exchange ends, and if nothing was sent."""
        self._draft = draft
        self._context = context
        self._begun = context.ports.now()
        self._sent: Outgoing | None = None
        self._hops: list[Record] = []
        self._incoming: ResponseHead | None = None
        self._body = ResponseBuffer()
        self._is_uploading = False
        self._is_noted = False

    @property
    def seconds(self) -> float:
        """Seconds since the request began."""
        return self._context.ports.now() - self._begun

    def with_progress(self, draft: Draft) -> Draft:
        """The draft with a body that reports its upload progress; only bodies of files report it."""
        content = draft.content
        if content is None or content.pieces is None:
            return draft
        pieces, total = content.pieces, content.length
        report = self._context.on_progress if not self._context.is_quiet else lambda _: None

        def pieces_with_progress() -> Iterator[bytes]:
            sent = 0
            self._is_uploading = True
            for piece in pieces():
                report(TransferProgress(sent, total, is_upload=True))
                yield piece
                sent += len(piece)

        return draft._replace(content=content._replace(pieces=pieces_with_progress))

    def take(self, event: Event) -> Event:
        """Record one event; `Done` gets the complete record."""
        if isinstance(event, Chunk):
            self._add(event.data)
        elif isinstance(event, Sent):
            self._sent = event.outgoing
        elif isinstance(event, Hop):
            self._hops.append(event.record)
        elif isinstance(event, Head):
            self._incoming = event.response
            self._context.status = max(self._context.status, event.response.status)
        elif isinstance(event, Done):
            self.record = event.record._replace(draft=self._draft, body=self._body.whole())
            return Done(self.record)
        return event

    def _add(self, data: bytes) -> None:
        self.received += len(data)
        if self.received <= MAX_BYTES:
            self._body.add(data)
        elif self.received - len(data) <= MAX_BYTES:
            self._body = ResponseBuffer()  # a body that is too large to be kept must not look complete

    def end(self, error: BaseException) -> None:
        """Record a request that this error ended early."""
        is_refused = isinstance(error, UsageError) and not (self._hops or self._is_uploading)
        if self._sent is None or is_refused or self.record is not None:
            return
        found = error.record if isinstance(error, Fault) else None
        if not isinstance(found, Record):
            response = self._incoming or empty_response(self.seconds)
            hops = tuple(self._hops)
            found = Record(
                draft=self._draft,
                outgoing=self._sent,
                response=response,
                body=b"",
                size=0,
                history=hops,
                is_complete=False,
                time=self._begun,
            )
        body = self._body.whole() or (found.body if self.received <= MAX_BYTES else b"")
        self.record = found._replace(
            draft=self._draft,
            body=body,
            size=self.received or len(body),
            fault=redact_filled(_reason(error), self._sent.all_secrets),
        )
        if isinstance(error, Fault):
            error.hint = error.hint or _coded_body_hint(error, self.record)

    def add_to_history(self) -> None:
        """Add the record to the history, at most once."""
        if self.record is not None and not self._is_noted:
            self._is_noted = True
            self._context.history.add(self.record)


def _reason(error: BaseException) -> str:
    """Why a response is missing or incomplete, in one line."""
    if isinstance(error, CallboxError):
        return error.message.partition("; ")[0]
    if isinstance(error, GeneratorExit):
        return READER_STOPPED
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "a bug in callbox ended it"


def _user_fault(fault: Fault, attempt: _Attempt, cookies: int) -> Fault:
    """The fault with the message that the user of the shell sees."""
    received, error_to_raise = attempt.received, fault
    if isinstance(fault, Interrupted):
        what = f"kept: {cookies} cookie{'s' * (cookies > 1)}" if cookies > 0 else "session unchanged"
        error_to_raise = Interrupted(
            f"interrupted after {size(received)}, {duration(attempt.seconds)}; {what}", received=received
        )
    elif fault.kind == "total-timeout":
        message = f"Not finished after {duration(attempt.seconds)}"
        error_to_raise = Fault(message, kind=fault.kind, received=received, hint=fault.hint)
    elif fault.kind == "max-body":
        message = f"stopped at {_round(received)}: > FILE or set option max-body"
        error_to_raise = Fault(message, kind=fault.kind, received=received)
    error_to_raise.record = fault.record
    return error_to_raise


def _coded_body_hint(fault: Fault, record: Record) -> str:
    """The hint for a body whose content coding cannot be decoded."""
    if fault.kind != "coding" or not record.body:
        return ""
    return f"{size(len(record.body))} are kept as received: show last body > FILE"


def _round(received: int) -> str:
    return size(received).replace(".0 ", " ")


def _cookie_count(context: Context) -> int:
    return len(context.session.jar)


def request_notes(draft: Draft, outgoing: Outgoing, context: Context, *, is_preview: bool = False) -> Iterator[Output]:
    """Notes on what a request leaves out: cookies of the jar if a Cookie header is set, the default entry of .netrc.

    If the user typed the Cookie header with the request itself, only a preview notes it.
    """
    header = next((field for field in outgoing.headers if field.name.lower() == "cookie"), None)
    noted_sources = ("session", "item") if is_preview else ("session",)
    if header is not None and header.source in noted_sources:
        url, is_secure = outgoing.url, outgoing.url.scheme == "https"
        chosen = context.session.jar.select(url.host.rstrip("."), url.path, is_secure, context.ports.now())
        if chosen:
            names = ", ".join(dict.fromkeys(cookie.name for cookie in chosen))
            tip = "; unset header Cookie, and set cookie NAME VALUE" if header.source == "session" else ""
            yield say(f"the header Cookie replaces the cookies of the jar: {names}{tip}", "hint")
    if outgoing.auth is None and context.session.uses_netrc(draft) and has_netrc_default():
        what = "the default entry of .netrc is not used, as it would go to every host"
        yield say(f"{what}: add an entry for this machine to it, or: set auth basic USER", "hint")


def response_hints(record: Record, context: Context) -> Iterator[Output]:
    """Hints after a response: what was left out, how to authenticate (401), or which URL was requested (404)."""
    yield from request_notes(record.draft, record.outgoing, context)
    if record.response.status in (401, 403) and context.apis.at(context.session.base_url) is not None:
        from callbox.shell.openapi_operation_help import described_auth_hint  # this runs only if there is a description

        if hint := described_auth_hint(record, context, _AUTH_HINTS):
            yield say(hint, "hint")
            return
    if record.response.status == 401 and (line := _challenge_hint(record)):
        yield say(line, "hint")
        return
    if record.response.status >= 400 and (name := _PLACEHOLDER.search(record.draft.url)):
        yield say(visible_line(f"{name[1]} is a placeholder: type a value instead"), "hint")
        return
    if record.response.status == 404:
        yield from _not_found_hints(record, context)


def _not_found_hints(record: Record, context: Context) -> Iterator[Output]:
    """The path that was probably meant. If none is near, the whole URL, because the path of the base may be wrong."""
    base = context.session.base_url
    if near := _near_path(record, context):
        yield say(f"did you mean {visible_line(near)}?", "hint")
    elif _uses_base_path(record.draft.url, base) and not _has_seen_siblings(record, context):
        yield say(_joined_url_hint(record, base), "hint")


def _near_path(record: Record, context: Context) -> str:
    """The known path that is spelled most like the path that was not found; empty if none is near.

    Paths of the description come before paths that were seen.
    """
    url = record.outgoing.url
    if record.history or redact_shown_url(url.path) != url.path:
        return ""
    described = context.apis.at(context.session.base_url)
    if described is not None:
        return described.near_path(url)
    seen, path = context.completion.seen, url.path
    known = [value.text for value in seen.paths(url.origin)] if seen is not None else []
    level = [one for one in known if one.count("/") == path.count("/") and one != path]
    above = path.rpartition("/")[0]
    segments = {one.rpartition("/")[2]: one for one in level if one.rpartition("/")[0] == above}
    return segments.get(closest(path.rpartition("/")[2], segments), "") or closest(path, level)


def _has_seen_siblings(record: Record, context: Context) -> bool:
    """Whether other paths of the same folder were seen, which shows that the base is right."""
    seen, url = context.completion.seen, record.outgoing.url
    above = url.path.rstrip("/").rpartition("/")[0]
    base_path = parse(context.session.base_url).path.rstrip("/")
    if seen is None or above == base_path:
        return False
    return any(value.text.startswith(f"{above}/") or value.text == above for value in seen.paths(url.origin))


def _challenge_hint(record: Record) -> str:
    """How to log in with the first known scheme of a 401 response; empty if none is known."""
    for challenge in record.response.headers.getlist("WWW-Authenticate"):
        word = challenge.strip().partition(" ")[0]
        scheme = word.lower()
        line = _AUTH_HINTS.get(scheme)
        if line is None and _OTHER_SCHEME.fullmatch(scheme) and scheme not in _CONNECTION_SCHEMES:
            return f"it asks for the scheme {word}: set header Authorization '{word} ...'"
        if line is None:
            continue
        sent = record.draft.auth
        if isinstance(sent, Auth) and sent.scheme != scheme:
            return f"it asks for {scheme}: --auth-type {scheme} says how --auth is meant"
        if (used := record.outgoing.auth) is not None and used.scheme == scheme:
            return f"it refuses {_REFUSED[scheme]}: {line.partition(': ')[2]}"
        return line
    return ""


def _joined_url_hint(record: Record, base: str) -> str:
    url = redacted_url(record.outgoing)
    return f"{url} is '{redact_shown_url(record.draft.url)}' below {redact_shown_url(base)}"


def _uses_base_path(url: str, base: str) -> bool:
    """Whether the path of the base is part of the requested URL."""
    return not is_absolute(url) and not url.startswith("/") and base.rstrip("/").count("/") > 2


_PLACEHOLDER = re.compile(r"/:?(\{[\w.-]{1,100}\})(?![^/?#])")
"""A path segment that stands for a value in manuals: `/items/{item_id}`."""
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_CONNECTION_SCHEMES = ("negotiate", "ntlm", "kerberos")
"""Schemes that authenticate a connection, so that no typed header can serve them."""
_REFUSED = {"basic": "this user and password", "digest": "this user and password", "bearer": "this token"}
_AUTH_HINTS = {
    "basic": "it asks who you are: set auth basic USER",
    "digest": "it asks who you are: set auth digest USER",
    "bearer": "it asks for a token: set auth bearer TOKEN",
}
