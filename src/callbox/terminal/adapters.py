"""The shell's own answers in the shapes that prompt_toolkit asks for: completions, colours, history, style."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.styles import Style

from callbox.render.sanitise import visible_line
from callbox.render.style import STYLES
from callbox.shell.complete import complete
from callbox.shell.confidential import without_secrets
from callbox.shell.highlight import fragments
from callbox.shell.world import World

MOST_HISTORY_BYTES = 1_000_000
"""Of the history file the end is read: ten thousand lines and more."""


class ShellCompleter(Completer):
    """Completions from the tables and from what is known. Pure and quick, so it runs where it is asked."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The candidates at the cursor; their texts may come from a server, so what is displayed is made safe."""
        cursor = document.cursor_position
        for candidate in complete(document.text, cursor, self._world.known):
            if visible_line(candidate.text) == candidate.text:
                yield Completion(candidate.text, candidate.start - cursor, display_meta=visible_line(candidate.meta))


class ShellLexer(Lexer):
    """The line in the colours of what its words are there for."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Styled fragments, line by line."""
        rows: list[StyleAndTextTuples] = [[]]
        for style, text in fragments(document.text):
            first, *rest = text.split("\n")
            rows[-1].append((f"class:{style}" if style else "", first))
            rows.extend([(f"class:{style}" if style else "", part)] for part in rest)
        return lambda number: rows[number] if number < len(rows) else []


class ShellHistory(History):
    """Lines of earlier times, in a private file: secrets as `?`, and nothing of a line that begins with a blank.

    A file that cannot be read or written costs the history and nothing else.
    """

    def __init__(self, place: Callable[[], Path | None]) -> None:
        super().__init__()
        self._place = place
        """Gives the file, its folder made; asked when there is something to keep."""

    def load_history_strings(self) -> Iterable[str]:
        """What was kept, the latest first."""
        path = self._place()
        try:
            data = _read_end(path) if path is not None else b""
        except OSError:
            return []
        lines = data.decode("utf-8", "replace").split("\n")
        return [_unescape(line) for line in reversed(lines) if line]

    def append_string(self, string: str) -> None:
        """Keep a line, in memory as in the file: what is recalled or suggested never shows a secret."""
        if string[:1].isspace() or not string.strip():
            return
        string = without_secrets(string)
        if self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Add a line to the file, in one write, so that two shells do not mix theirs."""
        path = self._place()
        if path is None:
            return
        try:
            number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.fchmod(number, 0o600)
                os.write(number, (_escape(string) + "\n").encode("utf-8", "replace"))
            finally:
                os.close(number)
        except OSError:
            return


def make_style() -> Style:
    """The house's styles, by the names that fragments use."""
    own = {name: look.replace("dim", "ansibrightblack") for name, look in STYLES.items()}
    return Style.from_dict(own | _OWN)


_OWN = {
    "bottom-toolbar": "noreverse ansibrightblack",
    "auto-suggestion": "ansibrightblack",
    "completion-menu.completion.current": "bold",
}


def color_depth(colors: int) -> ColorDepth:
    """How many colours prompt_toolkit may use."""
    if colors > 256:
        return ColorDepth.DEPTH_24_BIT
    if colors == 256:
        return ColorDepth.DEPTH_8_BIT
    return ColorDepth.DEPTH_4_BIT if colors else ColorDepth.DEPTH_1_BIT


def _read_end(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MOST_HISTORY_BYTES))
        data = file.read()
    return data if size <= MOST_HISTORY_BYTES else data.partition(b"\n")[2]


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace("\n", "\\n")


def _unescape(line: str) -> str:
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
