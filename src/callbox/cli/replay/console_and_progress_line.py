"""The console of a replay: a line for each result, and a progress line at the bottom of a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import Event, RLock, Thread

from callbox.cli.standard_streams import drop_unread
from callbox.errors import CallboxError, UsageError
from callbox.render.charts import bars
from callbox.render.messages import head
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.render.text_width import fit, width_of
from callbox.replay.multi_file_run import signals_blocked
from callbox.replay.run_state_and_control import INTERRUPTED, Progress
from callbox.report import result_text
from callbox.report.result import Result
from callbox.report.run_redaction import Redactor, RunSecrets, secrets_of
from callbox.shell.outputs import BodyOutput, DisplayOptions, Status, TextOutput
from callbox.terminal.output_streams import OutputStream, has_unicode
from callbox.terminal.screen import ERASE_LINE, PROGRESS_DELAY_S, PROGRESS_EVERY_S, Screen

_MOST_HELD = 1 << 16
"""The most bytes that are buffered for one write."""
_BAR = 20
"""The columns of the progress bar; fewer on a narrow screen."""


class ProgressLine:
    """The progress line. A separate thread draws it, so that requests do not wait for it."""

    def __init__(self, screen: Screen, lock: RLock, *, is_joined: bool = False) -> None:
        """Code that writes to the screen holds `lock`. `is_joined` says that output and errors go to one terminal."""
        self._screen = screen
        self._is_joined = is_joined
        self._lock = lock
        self._begun = screen.now()
        self._wanted: Progress | None = None
        self._painted: Progress | None = None
        self._shown = b""
        """The line that is on the screen or must be drawn again."""
        self._is_there = False
        self._is_over = Event()

    def watch(self, progress: Progress) -> None:
        """Show this request as the running request. The first request is shown at once.

        The threads that send requests call this.
        """
        is_first, self._wanted = self._wanted is None, progress
        if is_first and self._screen.err.is_terminal:
            self._start()

    def _start(self) -> None:
        if self._lock.acquire(blocking=False):  # a request must not wait for the user's answer to a question
            try:
                self._paint()
            finally:
                self._lock.release()
        with signals_blocked():  # Ctrl-C is handled by the thread that sends
            Thread(target=self._repeat, name="progress", daemon=True).start()

    def _repeat(self) -> None:
        while not self._is_over.wait(PROGRESS_EVERY_S):
            if self._screen.now() - self._begun >= PROGRESS_DELAY_S and self._wanted is not self._painted:
                with self._lock:
                    self._paint()

    def _paint(self) -> None:
        if self._wanted is None or self._is_over.is_set():
            return
        self._painted, err = self._wanted, self._screen.err
        is_unicode = has_unicode(err.encoding)
        line = progress_line(self._painted, self._screen.columns() - 1, is_unicode=is_unicode)
        self._shown = ERASE_LINE.encode() + err.encoded(line)
        self.redraw()

    @contextlib.contextmanager
    def above(self) -> Iterator[None]:
        """A block that writes above the progress line."""
        if not (self._is_joined and self._is_there):
            self.erase()
            yield
            self.redraw()
            return
        out, err = self._screen.out, self._screen.err
        # The three texts are one write, because a terminal takes time for each write.
        held = _BufferedWrites(err, ERASE_LINE.encode())
        self._screen.out, self._screen.err = out._replace(file=held), err._replace(file=held)
        try:
            yield
        finally:
            self._screen.out, self._screen.err = out, err
            held.end(self._shown)

    def erase(self) -> None:
        """Erase the line before other text is written."""
        if self._is_there:
            self._screen.err.bytes(ERASE_LINE.encode())
            self._is_there = False

    def redraw(self) -> None:
        """Draw the line again."""
        if self._shown and not self._is_over.is_set():
            self._screen.err.bytes(self._shown)
            self._is_there = True

    def end(self) -> None:
        """Erase the line permanently."""
        self._is_over.set()
        self.erase()


class _BufferedWrites:
    """Buffers several writes, and joins them to one write."""

    def __init__(self, stream: OutputStream, data: bytes) -> None:
        self._stream = stream
        self._data = bytearray(data)

    def write(self, data: bytes, /) -> None:
        self._data += data
        if len(self._data) > _MOST_HELD:
            self.end(b"")

    def flush(self) -> None:
        """Do nothing: the buffer is flushed later."""

    def end(self, data: bytes) -> None:
        self._stream.bytes(bytes(self._data) + data)
        self._data.clear()


def progress_line(progress: Progress, columns: int, *, is_unicode: bool = True) -> Fragments:
    """The progress line, cut to the width: a bar, the numbers of finished, total and failed requests, and the request
    that began last.

    >>> "".join(text for _, text in progress_line(Progress("log in", 3, 4, 1), 40, is_unicode=False))
    '#####----- 3/4  1 bad  log in'
    """
    counts = f" {progress.number}/{progress.total}"
    failed = f"  {progress.failed} bad" if progress.failed else ""
    cells = max(min(_BAR, columns // 4, columns - width_of(counts + failed)), 0)
    done = (progress.number - 1) * cells // max(progress.total, 1)
    marks = "\u2501\u2500" if is_unicode else "#-"
    full, empty = marks[0] * done, marks[1] * (cells - done)
    left = columns - cells - width_of(counts + failed) - 2
    label = f"  {fit(visible_line(progress.label), left)}" if left > 0 else ""
    return [("fail" if failed else "ok", full), ("dim", empty), ("", counts), ("fail", failed), ("dim", label)]


PARTS = ("body", "headers", "exchange")
_ALL_LINES = 1_000_000


class ReplayConsole:
    """Shows results on a screen."""

    def __init__(
        self,
        screen: Screen,
        *,
        has_files: bool,
        verbosity: int,
        part: str,
        is_aside: bool = False,
        is_joined: bool = False,
    ) -> None:
        """With `is_joined`, output and errors go to one terminal.

        With `is_aside`, results are written to the standard error, because a report uses the standard output.

        Raises `UsageError` for an unknown part.
        """
        if part and part not in PARTS:
            raise UsageError(f"--output must be {', '.join(PARTS)}, not '{part}'")
        self._screen = screen
        self._has_files = has_files
        self._verbosity = verbosity
        self._part = part
        self._is_aside = is_aside
        self._file = ""
        self._is_muted = False
        self._lock = RLock()
        self._line = ProgressLine(screen, self._lock, is_joined=is_joined)

    def watch(self, progress: Progress) -> None:
        """Show the progress of the run, and this request, on a terminal. The threads that send requests call this."""
        self._line.watch(progress)

    def mute(self) -> None:
        """Show no more results, because the output is closed or the time is up."""
        self._is_muted = True
        drop_unread()

    def clear(self) -> None:
        """Remove the progress line permanently."""
        with self._lock:
            self._line.end()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hide the progress line while the user is asked a question."""
        with self._lock:
            self._line.erase()
            yield

    def warn(self, doubt: CallboxError) -> None:
        """Show a warning between the results."""
        with self._lock, self._line.above():
            self._screen.show(Status(result_text.warning(doubt)))

    def show_result(self, result: Result, secrets: RunSecrets | None = None) -> None:
        """Show one result.

        Requests that were not sent because of Ctrl-C are only counted in the summary. `secrets` has the secrets of the
        run. Without it, the secrets of this result are redacted.
        """
        if self._is_muted or (result.outcome == "skipped" and result.reason == INTERRUPTED):
            return
        with self._lock, self._line.above():
            self._show_result(result, secrets)

    def _show_result(self, result: Result, secrets: RunSecrets | None) -> None:
        is_separate = bool(self._part) and result.record is not None
        if self._has_files and result.file != self._file:
            self._show(result_text.file_line(result.file), is_aside=bool(self._part))
            self._file = result.file
        is_verbose = self._verbosity > 0 or self._part == "exchange"
        lines = _ALL_LINES if self._verbosity > 1 or self._part == "exchange" else 40
        if secrets is None and self._part == "headers":
            secrets = secrets_of([result])
        shown = result_text.result(
            result, width=self._screen.columns(), is_verbose=is_verbose, max_lines=lines, secrets=secrets
        )
        self._show(shown, is_aside=is_separate and self._part != "exchange")
        self._show_details(result, secrets)

    def _show_details(self, result: Result, secrets: RunSecrets | None) -> None:
        record = result.record
        if record is None:
            return
        if self._verbosity > 1:
            self._show([*bars(record.response.timings, record.response.connection), ("", "\n")])
        if self._part == "headers" and secrets is not None:
            self._show([*head(Redactor(secrets).record(record).response), ("", "\n")])
        elif self._part == "body":
            media_type = record.response.headers.get("Content-Type", "")
            self._screen.show(BodyOutput(record.body, media_type, DisplayOptions(is_whole=True)))

    def _show(self, fragments: Fragments, *, is_aside: bool = False) -> None:
        self._screen.show(Status(fragments) if is_aside or self._is_aside else TextOutput(fragments))
