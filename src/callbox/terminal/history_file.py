"""The history of typed lines in a private file, with `?` in place of secrets, and suggestions from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

from callbox.errors import CallboxError
from callbox.storage.file_read_write_and_list import PRIVATE
from callbox.storage.folder_without_links import Folder

MOST_HISTORY_BYTES = 1_000_000
"""Only this many bytes at the end of the file are read. They have ten thousand lines or more."""

MAX_REJECTED = 100
"""The search for a suggestion, which runs at each key press, ends after it has skipped this many lines."""
MAX_SEARCHED = 1_000
"""This many of the newest lines are searched for the target of a deleted resource."""
MAX_LINE = 100_000
"""A line with more characters is not saved. A few long lines with pasted bodies would displace all others from the
file.
"""


class Outcome(NamedTuple):
    """Whether a line worked, and with which base URL. A line that failed is not suggested."""

    is_good: bool
    """Whether the line had no error and no response of 400 or more."""
    base: str = ""
    """The base URL to which the URL of the line was relative. Empty if the line had a whole URL, or sent no request."""


_GOOD = Outcome(is_good=True)


class ShellHistory(History):
    """The history of typed lines in a private file. Secrets are saved as `?`, and lines that begin with a blank are not
    saved. If the file cannot be read or written, there is no message; only the history is missing.
    """

    def __init__(
        self,
        find_file: Callable[[], Path | None],
        is_saved: Callable[[], bool] = lambda: True,
        credentials: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        super().__init__()
        self._find_file = find_file
        """Returns the path of the file, and creates its folder. Called only when there is a line to save."""
        self._is_saved = is_saved
        """Returns whether new lines are saved in the file."""
        self._credentials = credentials
        """Returns the values that this shell has sent as credentials. No copy of them is saved."""
        self._outcomes: dict[str, Outcome] = {}
        """The outcome of each line, with a digest in place of the base. Lines that are not in it worked with every
        base.
        """

    def load_history_strings(self) -> Iterable[str]:
        """The lines of the file, the newest first. Called by prompt_toolkit."""
        path = self._find_file()
        if path is None:
            return []
        self._outcomes = {**_read_outcomes(_outcomes_file(path)), **self._outcomes}
        return [_unescape(line) if "\\" in line else line for line in reversed(_read_lines(path)) if line]

    def latest(self) -> list[str]:
        """All lines of the history, the newest first. The caller must not change the list."""
        return self._loaded_strings

    def note_outcome(self, string: str, outcome: Outcome) -> None:
        """Note whether a line worked, in memory and in a file beside the history. Does nothing unless it is the last
        line.
        """
        if _is_kept(string) and self._loaded_strings:
            self._note(self._loaded_strings[0], outcome._replace(base=_digest(outcome.base)))

    def note_deletion(self, target: str, base: str) -> None:
        """Note that the resource at a target does not exist any more, so that no earlier line with this target, or with
        a path below it, is suggested at this base.
        """
        outcome = Outcome(is_good=False, base=_digest(base))
        for line in islice(dict.fromkeys(self._loaded_strings), MAX_SEARCHED):
            words = line.split()[1:]
            is_here = any(word.partition("?")[0] == target or word.startswith(f"{target}/") for word in words)
            if is_here and self.is_suggested(line, base):
                self._note(line, outcome)

    def _note(self, line: str, outcome: Outcome) -> None:
        if self._outcomes.get(line, _GOOD) != outcome:
            self._outcomes[line] = outcome
            self._append(_outcomes_file, _written_outcome(line, outcome))

    def is_suggested(self, line: str, base: str) -> bool:
        """Whether a line may be suggested with this base URL: it did not fail, and was not relative to another base."""
        outcome = self._outcomes.get(line, _GOOD)
        return outcome.is_good and outcome.base in ("", _digest(base))

    def append_string(self, string: str) -> None:
        """Redact a line, and add it to the history in memory and in the file. Called by prompt_toolkit."""
        if not _is_kept(string):
            return
        from callbox.shell.line.redaction import (
            redact_copies,
            redact_line,
        )  # not at the top: the prompt must appear first

        credentials = self._credentials()
        string = redact_copies(redact_line(string), credentials)
        if any(value in string for value in credentials):
            return  # It is in a path. With `?` in its place, the line would request another resource.
        if self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Add a line to the file."""
        self._append(lambda path: path, string)

    def _append(self, choose: Callable[[Path], Path], line: str) -> None:
        """Append a line to a file in one write, so that lines of two shells do not mix. `choose` returns the path of
        the file, given the path of the history.
        """
        found = self._find_file() if self._is_saved() else None
        if found is None:
            return
        path = choose(found)
        try:
            with Folder(path.parent) as folder, folder.append(path.name, creates=True) as file:
                os.fchmod(file.fileno(), PRIVATE)
                file.write((_escape(line) + "\n").encode("utf-8", "replace"))
        except (OSError, CallboxError):
            return


class HistorySuggest(AutoSuggest):
    """Suggests how to complete the typed line: as the newest line of the history that begins like it, worked, and fits
    the base URL. The class of prompt_toolkit looks at each of 100,000 lines at each key press, which takes 20 ms. This
    class joins all lines to one text, and searches that.
    """

    def __init__(self, history: ShellHistory, base: Callable[[], str] = str) -> None:
        self._history = history
        self._base = base
        self._text = "\n"
        self._count = 0

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """The rest of the newest line that begins with the typed text; None if there is none."""
        typed = document.text.rpartition("\n")[2]
        if not typed.strip():
            return None
        lines = self._history.latest()
        if len(lines) != self._count:  # The list only grows, so its length shows every change.
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
    """Whether a line is saved: it is not too long, and does not begin with a blank."""
    return not string[:1].isspace() and bool(string.strip()) and len(string) <= MAX_LINE


def _read_lines(path: Path) -> list[str]:
    """The lines at the end of a file, in their order. Empty if the file cannot be read."""
    try:
        data = _read_end(path)
    except (OSError, CallboxError):
        return []
    return data.decode("utf-8", "replace").split("\n")


def _read_end(path: Path) -> bytes:
    with Folder(path.parent) as folder:
        data = folder.read_end(path.name, MOST_HISTORY_BYTES)
    return data if len(data) < MOST_HISTORY_BYTES else data.partition(b"\n")[2]


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace("\n", "\\n")


def _unescape(line: str) -> str:
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")


def _outcomes_file(history: Path) -> Path:
    """The path of the file with the outcomes. Each line of it has `good` or `bad`, a digest of the base, and the typed
    line.
    """
    return history.with_name(f"{history.name}.outcomes")


_WORDS = {"good": True, "bad": False}


def _written_outcome(line: str, outcome: Outcome) -> str:
    return f"{'good' if outcome.is_good else 'bad'}\t{outcome.base}\t{line}"


def _read_outcomes(path: Path) -> dict[str, Outcome]:
    """Read the newest outcome of each typed line. Damaged lines of the file are skipped."""
    outcomes = {}
    for written in _read_lines(path):
        word, _, rest = written.partition("\t")
        base, tab, line = rest.partition("\t")
        if tab and word in _WORDS:
            outcomes[_unescape(line)] = Outcome(_WORDS[word], base)
    return outcomes


@lru_cache(maxsize=8)
def _digest(base: str) -> str:
    """A digest of a base URL, which is saved in its place, because a base may contain a secret. Empty for no base."""
    return hashlib.sha256(base.encode("utf-8", "surrogatepass")).hexdigest()[:16] if base else ""
