"""Adapters that give prompt_toolkit our completer, highlighter, styles and colour depth. The completions and colours
come from `LineRunner`, which exists only when the shell is loaded. The first prompt has an empty line, which needs
neither.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.styles import Style

from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import GRAY, STYLES

if TYPE_CHECKING:
    from callbox.shell.completion.completion_context import Candidate
    from callbox.terminal.background_shell_load import Startup


class _PlainCompletion(Completion):
    """A completion whose texts in the menu are plain. prompt_toolkit's formatted texts take 3 ms at each key press."""

    def __init__(self, text: str, start_position: int, meta: str, shown: str = "") -> None:
        super().__init__(text, start_position, shown or text, meta)
        self._meta = meta
        self._shown = shown or text

    @property
    def is_shown_only(self) -> bool:
        """Whether the row only shows something, and inserts nothing."""
        return isinstance(self.text, _Unchanged)

    @property
    def display_text(self) -> str:
        """The text in the menu."""
        return self._shown

    @property
    def display_meta_text(self) -> str:
        """The description in the menu."""
        return self._meta


class _Unchanged(str):
    """The text of a row that inserts nothing. If a menu has a single row whose text equals the typed text,
    prompt_toolkit closes the menu. So a text of this class equals no other text.
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        """True only for the same object."""
        return self is other


def shown_text(text: str, typed: str, columns: int) -> str:
    """The text of a candidate in the menu. A path that takes much of the screen is shown from the typed folder on.

    >>> shown_text("/orders/064f743b-fb3b/lines", "/orders/064f743b-fb3b/li", 40)
    '…/lines'
    """
    folder = text.rfind("/", 0, len(typed)) if text.startswith(typed[: typed.rfind("/") + 1]) else 0
    return f"…{text[folder:]}" if folder > 0 and len(text) > columns // 2 else text


class ShellCompleter(Completer):
    """The completer of the prompt. It is fast enough to run without a thread."""

    def __init__(self, startup: Startup) -> None:
        self._startup = startup

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Yield the candidates for the word at the cursor; none before the shell is loaded, because a key press must
        not wait for that. Control characters in the texts of the menu are escaped, because they may come from a server.
        """
        if not self._startup.is_warm:
            return
        cursor, columns = document.cursor_position, get_app().output.get_size().columns
        for candidate in self._candidates(document.text, cursor):
            typed = document.text[candidate.start : cursor]
            shown = visible_line(shown_text(candidate.text, typed, columns))
            if candidate.is_shown_only:
                yield _PlainCompletion(_Unchanged(typed), candidate.start - cursor, visible_line(candidate.meta), shown)
            elif visible_line(candidate.text) == candidate.text:
                yield _PlainCompletion(candidate.text, candidate.start - cursor, visible_line(candidate.meta), shown)

    def _candidates(self, text: str, cursor: int) -> list[Candidate]:
        """The candidates for the word at the cursor; empty after an internal error, because the prompt must go on."""
        try:
            return self._startup.runner.complete(text, cursor)
        except Exception:
            if self._startup.is_debug:
                raise
            return []


class ShellLexer(Lexer):
    """The syntax highlighter of the prompt. Without colours until the shell is loaded."""

    def __init__(self, startup: Startup) -> None:
        self._startup = startup

    def invalidation_hash(self) -> Hashable:
        """A value that changes when the shell is loaded. prompt_toolkit then highlights the line again."""
        return self._startup.is_warm

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Returns a function from the number of a row (0-based) to its styled text."""
        if not self._startup.is_warm:
            lines = document.lines
            return lambda number: [("", lines[number])] if number < len(lines) else []
        rows: list[StyleAndTextTuples] = [[]]
        for style, text in self._startup.runner.highlight(document.text):
            first, *rest = text.split("\n")
            rows[-1].append((f"class:{style}" if style else "", first))
            rows.extend([(f"class:{style}" if style else "", part)] for part in rest)
        return lambda number: rows[number] if number < len(rows) else []


def make_style() -> Style:
    """The styles of the prompt, by style name."""
    return Style.from_dict({**STYLES, **_OWN})


_OWN = {
    "bottom-toolbar": f"noreverse {GRAY}",
    "auto-suggestion": GRAY,
    "completion-menu.completion.current": "noreverse bold bg:#444444 #ffffff",
    "completion-menu.meta.completion.current": "bg:#444444 #ffffff",
}


def color_depth(colors: int) -> ColorDepth:
    """The number of colours that prompt_toolkit may use."""
    if colors > 256:
        return ColorDepth.DEPTH_24_BIT
    if colors == 256:
        return ColorDepth.DEPTH_8_BIT
    return ColorDepth.DEPTH_4_BIT if colors else ColorDepth.DEPTH_1_BIT
