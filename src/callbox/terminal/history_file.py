"""The line history of the prompt, in a private file, without secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

from callbox.errors import CallboxError
from callbox.storage.folder_without_links import Folder
from callbox.storage.user_named_files import PRIVATE

MOST_HISTORY_BYTES = 1_000_000
"""The bytes at the end of the file that are read: ten thousand lines and more."""

MAX_REJECTED = 100
"""The most lines that are skipped in the search for a suggestion, because it runs at each key press."""
MAX_LINE = 100_000
"""The most characters of a line that is saved.

Longer ones, with a pasted body, would push all others out of the file.
"""


class Outcome(NamedTuple):
    """The outcome of a line, for suggestions."""

    is_good: bool
    """Whether the line had no error and no response of 400 or more."""
    base: str = ""
    """The base URL to which the line's request was relative. Empty if the line has a whole URL, or sent no request."""


class ShellHistory(History):
    """The line history in a private file. Secrets are written as `?`, and lines that begin with a blank are left out.

    If the file cannot be read or written, only the history is lost.
    """

    def __init__(self, find_file: Callable[[], Path | None], is_saved: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self._find_file = find_file
        """Returns the path of the file and creates its folder. It is called when there is a line to save."""
        self._is_saved = is_saved
        """Whether new lines are written to the file."""
        self._outcomes: dict[str, Outcome] = {}
        """The outcomes of the lines of this shell. Those of earlier shells are not known."""

    def load_history_strings(self) -> Iterable[str]:
        """The lines of the file, the latest first."""
        path = self._find_file()
        try:
            data = _read_end(path) if path is not None else b""
        except (OSError, CallboxError):
            return []
        lines = data.decode("utf-8", "replace").split("\n")
        return [_unescape(line) if "\\" in line else line for line in reversed(lines) if line]

    def latest(self) -> list[str]:
        """Every known line, the latest first. The caller must not change the list."""
        return self._loaded_strings

    def note_outcome(self, string: str, outcome: Outcome) -> None:
        """Record the outcome of the last line, if that is this line."""
        if _is_kept(string) and self._loaded_strings:
            self._outcomes[self._loaded_strings[0]] = outcome

    def is_suggested(self, line: str, base: str) -> bool:
        """Whether a line may be suggested at this base. A line that failed, or used another base, may not."""
        outcome = self._outcomes.get(line)
        return outcome is None or (outcome.is_good and outcome.base in ("", base))

    def append_string(self, string: str) -> None:
        """Add a line without its secrets, in memory and in the file."""
        if not _is_kept(string):
            return
        from callbox.shell.line.redaction import redact_line  # no line is saved before the first one is typed

        string = redact_line(string)
        if self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Add a line to the file in one write, so that lines of two shells do not mix."""
        path = self._find_file() if self._is_saved() else None
        if path is None:
            return
        try:
            with Folder(path.parent) as folder, folder.append(path.name, creates=True) as file:
                os.fchmod(file.fileno(), PRIVATE)
                file.write((_escape(string) + "\n").encode("utf-8", "replace"))
        except (OSError, CallboxError):
            return


class HistorySuggest(AutoSuggest):
    """Suggests the rest of the latest history line that begins like the typed line, succeeded, and fits the base.

    prompt_toolkit's own class looks at each of 100,000 lines for each key press, which takes 20 ms. This class searches
    the typed text in one text of all lines.
    """

    def __init__(self, history: ShellHistory, base: Callable[[], str] = str) -> None:
        self._history = history
        self._base = base
        self._text = "\n"
        self._count = 0

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """The rest of the latest line with this beginning; None if there is none."""
        typed = document.text.rpartition("\n")[2]
        if not typed.strip():
            return None
        lines = self._history.latest()
        if len(lines) != self._count:  # the list only grows
            self._text, self._count = "\n" + "".join([f"{line}\n" for line in lines]), len(lines)
        at, base = -1, self._base()
        for _ in range(MAX_REJECTED):
            at = self._text.find(f"\n{typed}", at + 1)
            if at < 0:
                return None
            end = self._text.index("\n", at + 1)
            if self._history.is_suggested(self._text[at + 1 : end], base):
                return Suggestion(self._text[at + 1 + len(typed) : end])
        return None


def _is_kept(string: str) -> bool:
    """Whether this line is added to the history."""
    return not string[:1].isspace() and bool(string.strip()) and len(string) <= MAX_LINE


def _read_end(path: Path) -> bytes:
    with Folder(path.parent) as folder:
        data = folder.read_end(path.name, MOST_HISTORY_BYTES)
    return data if len(data) < MOST_HISTORY_BYTES else data.partition(b"\n")[2]


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace("\n", "\\n")


def _unescape(line: str) -> str:
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
