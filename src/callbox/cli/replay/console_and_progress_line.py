"""The console of a replay: a line for each result, and a progress line at the bottom of a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import Event, RLock, Thread

from callbox.cli.standard_streams import drop_unread
from callbox.errors import CallboxError, UsageError
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.charts import bars
from callbox.render.http_messages import head
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import fit, width_of
from callbox.replay.file_runs_and_threads import signals_blocked
from callbox.replay.run_progress_and_deadline import INTERRUPTED, Progress
from callbox.report import result_console_text
from callbox.report.result import Result
from callbox.report.run_redaction import Redactor, RunSecrets, secrets_of
from callbox.shell.outputs import BodyOutput, DisplayOptions, Status, TextOutput
from callbox.terminal.output_streams_and_pager import OutputStream, has_unicode
from callbox.terminal.screen import ERASE_LINE, PROGRESS_DELAY_S, PROGRESS_EVERY_S, Screen

_MOST_HELD = 1 << 16
"""With more bytes than this, the buffer is written."""
_BAR = 20
"""How many columns the progress bar has. On a narrow screen it has fewer."""


class ProgressLine:
    """The line at the bottom of the terminal that shows the progress of a run. A thread of its own draws it, so that
    requests do not wait for the terminal.
    """

    def __init__(self, screen: Screen, lock: RLock, *, is_joined: bool = False) -> None:
        """`lock` must be held by all code that writes to the screen. `is_joined`: standard output and standard error
        are the same terminal.
        """
        self._screen = screen
        self._is_joined = is_joined
        self._lock = lock
        self._begun = screen.now()
        self._wanted: Progress | None = None
        self._painted: Progress | None = None
        self._shown = b""
        """The progress line as bytes; empty if there is none."""
        self._is_there = False
        self._is_over = Event()

    def watch(self, progress: Progress) -> None:
        """Show the present state of the run. The first call draws the line at once. The threads that send requests call
        this method.
        """
        is_first, self._wanted = self._wanted is None, progress
        if is_first and self._screen.err.is_terminal:
            self._start()

    def _start(self) -> None:
        if self._lock.acquire(
            blocking=False
        ):  # If another thread asks the user a question, this request must not wait for the answer.
            try:
                self._paint()
            finally:
                self._lock.release()
        with signals_blocked():  # The thread that sends handles Ctrl-C.
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
        """A context manager for output above the progress line."""
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
        """Erase the progress line before other text is written."""
        if self._is_there:
            self._screen.err.bytes(ERASE_LINE.encode())
            self._is_there = False

    def redraw(self) -> None:
        """Draw the progress line again."""
        if self._shown and not self._is_over.is_set():
            self._screen.err.bytes(self._shown)
            self._is_there = True

    def end(self) -> None:
        """Erase the progress line for good, and end its thread."""
        self._is_over.set()
        self.erase()


class _BufferedWrites:
    """A stream that joins several writes to one, because each write to a terminal takes time."""

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
    """The progress line for a screen of this width: a bar, the numbers of finished, total and failed requests, and the
    label of the request that began last.

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
    """Prints the results of a replay, and its progress."""

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
        """`part` is the value of `--output`. `is_aside`: results go to the standard error, because a report uses the
        standard output. `is_joined`: standard output and standard error are the same terminal. Raises `UsageError` for
        an unknown part.
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
        """Show the progress of the run on a terminal. The threads that send requests call this method."""
        self._line.watch(progress)

    def mute(self) -> None:
        """Print no more results, because the output is closed or the time is up."""
        self._is_muted = True
        drop_unread()

    def clear(self) -> None:
        """Remove the progress line for good."""
        with self._lock:
            self._line.end()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """A context manager that hides the progress line, for a question to the user."""
        with self._lock:
            self._line.erase()
            yield

    def warn(self, doubt: CallboxError) -> None:
        """Print a warning between the results."""
        with self._lock, self._line.above():
            self._screen.show(Status(result_console_text.warning(doubt)))

    def show_result(self, result: Result, secrets: RunSecrets | None = None) -> None:
        """Print one result. A request that was not sent because of Ctrl-C is not printed; the summary counts it.
        `secrets` are the secrets of the run so far; without them, only the secrets of this result are redacted.
        """
        if self._is_muted or (result.outcome == "skipped" and result.reason == INTERRUPTED):
            return
        with self._lock, self._line.above():
            self._show_result(result, secrets)

    def _show_result(self, result: Result, secrets: RunSecrets | None) -> None:
        is_separate = bool(self._part) and result.record is not None
        if self._has_files and result.file != self._file:
            self._show(result_console_text.file_line(result.file), is_aside=bool(self._part))
            self._file = result.file
        is_verbose = self._verbosity > 0 or self._part == "exchange"
        lines = _ALL_LINES if self._verbosity > 1 or self._part == "exchange" else 40
        if secrets is None and self._part == "headers":
            secrets = secrets_of([result])
        shown = result_console_text.result(
            result,
            width=self._screen.columns(),
            is_verbose=is_verbose,
            max_lines=lines,
            secrets=secrets,
            is_for_terminal=self._screen.is_terminal,
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
