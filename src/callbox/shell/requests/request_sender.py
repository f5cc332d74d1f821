"""Send one request of the shell: its events, its history record, and errors as the user sees them."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.client import ResponseBuffer
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import origin_of
from callbox.render.sizes_and_durations import duration, size
from callbox.shell.command_context import Context
from callbox.shell.outputs import DisplayOptions, ExchangeEvent, Output, TransferProgress
from callbox.shell.request_history import MAX_BYTES, READER_STOPPED, empty_response
from callbox.wire import Cancel


def send_draft(
    draft: Draft, context: Context, view: DisplayOptions, *, original: Draft | None = None, adds_to_history: bool = True
) -> Iterator[Output]:
    """Send a draft and yield its events. When this generator ends, even by an error, the request is in the history.

    `original` is the draft for the history, if the draft to send has parts that the user did not type. If
    `adds_to_history` is false, the history is unchanged, and the caller must add the record. Raises Fault, or
    Interrupted if the request was cancelled; the error's `record` is the record for the history. If callbox refuses a
    request before it is sent, the request is not added.
    """
    cancel = context.cancel = Cancel()
    cookies_before = _cookie_count(context)
    attempt = _Attempt(original or draft, context)
    try:
        for event in context.session.stream(attempt.with_progress(draft), cancel):
            event = attempt.take(event)
            number = attempt.add_to_history() if isinstance(event, Done) and adds_to_history else 0
            yield ExchangeEvent(event, view, 0 if context.is_single_request else number)
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
    """A request that is being sent. It collects the record of the request for the history."""

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
            self._body = ResponseBuffer()  # without this, a body that is too large to be kept would look complete

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
            error.hint = _certificate_hint(error, found, self._context) or error.hint
            error.hint = error.hint or _coded_body_hint(error, self.record)

    def add_to_history(self) -> int:
        """Add the record to the history, at most once. Returns its number; 0 if nothing was added."""
        if self.record is None or self._is_noted:
            return 0
        self._is_noted = True
        return self._context.add_to_history(self.record)


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


def _certificate_hint(fault: Fault, record: Record, context: Context) -> str:
    """The hint for a certificate that cannot be verified, if the request goes to another origin than the base: TLS
    options are set for the origin of the base.
    """
    origin = record.outgoing.url.origin
    if fault.kind != "certificate" or origin == origin_of(context.session.base_url):
        return ""
    if record.history and not context.is_single_request:
        return f"first: cd {origin}, then: set option ca FILE, or set option verify no"
    return "add --ca=FILE to the line, or --verify=no if you trust the server anyway"


def _coded_body_hint(fault: Fault, record: Record) -> str:
    """The hint for a body whose content coding cannot be decoded."""
    if fault.kind != "coding" or not record.body:
        return ""
    return f"{size(len(record.body))} were kept as received; to write them to a file: show last body > FILE"


def _round(received: int) -> str:
    return size(received).replace(".0 ", " ")


def _cookie_count(context: Context) -> int:
    return len(context.session.jar)
