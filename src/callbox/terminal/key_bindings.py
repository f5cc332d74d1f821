"""The key bindings that callbox adds to those of prompt_toolkit (emacs or vi), and the queue of pasted lines."""

from __future__ import annotations

import re
from collections.abc import Callable

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, Completion, get_common_complete_suffix
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    completion_is_selected,
    has_completions,
    has_focus,
    is_searching,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.search import SearchDirection, accept_search, start_search, stop_search


class PastedLines:
    """The queue of pasted lines that have not run yet. Pasted lines stay in the editor until the user presses Enter. So
    the user can see them all before any of them runs.
    """

    def __init__(self) -> None:
        self.is_in_editor = False
        """Whether the rows in the editor were pasted. If so, each row is a line of its own."""
        self._waiting: list[str] = []
        self._rest = ""

    def accept(self, text: str) -> str | None:
        """Handle Enter for the text in the editor. Returns its first line, and queues the others. None if the text is
        one line.
        """
        # not at the top: the import loads the shell, and the first prompt must not wait for that
        from callbox.shell.line.lexer import joined_lines, split
        from callbox.shell.lines_of_other_tools import line_of_pasted_rows

        if not self.is_in_editor:
            return None
        if line := line_of_pasted_rows(text):
            self.is_in_editor = False
            return line
        lines = [line for _, line in joined_lines(text) if line.strip()]
        rest = lines.pop() if lines and split(lines[-1]).needs_more else ""
        if not lines:
            return None
        self.is_in_editor = False
        self._waiting, self._rest = lines[1:], rest
        return lines[0]

    def next(self) -> str | None:
        """The next queued line; None if the queue is empty."""
        return self._waiting.pop(0) if self._waiting else None

    def take_rest(self) -> str:
        """Remove and return the last pasted line, if it was not finished. The next prompt begins with it."""
        rest, self._rest = self._rest, ""
        self.is_in_editor = bool(rest)
        return rest

    def hold(self) -> int:
        """Put all queued lines back into the editor, where the user can run them with Enter. Returns their number."""
        count = len(self._waiting)
        self._rest = "\n".join([*self._waiting, *filter(None, [self._rest])])
        self._waiting = []
        return count

    def drop(self) -> None:
        """Remove all queued lines. They will not run."""
        self._waiting, self._rest, self.is_in_editor = [], "", False


def without_prompts(text: str) -> str:
    """Remove a prompt of callbox (`api.x> `) from the start of each pasted row, if the first row has one.

    >>> without_prompts("> get /a\\napi.x:80/v2> get /b"), without_prompts("post /a 'x\\n> y'")
    ('get /a\\nget /b', "post /a 'x\\n> y'")
    """
    rows = text.split("\n")
    if _PROMPT.match(rows[0]) is None:
        return text
    prompts = [_PROMPT.match(row) for row in rows]
    return "\n".join(row[found.end() :] if found else row for row, found in zip(rows, prompts, strict=True))


_PROMPT = re.compile(r"\s*+(?:callbox|[\w-]*+[.:\[][^\s>'\"={}|]*+|localhost)?+>[ \t]++(?=\S)")
"""A pattern for a prompt before a line: `> `, `callbox> `, `127.0.0.1:8000/v2> `."""


def make_key_bindings(
    help_on: Callable[[str, int], None], pasted: PastedLines, ends_with_path: Callable[[str], bool]
) -> KeyBindings:
    """Make the key bindings of the prompt.

    Args: help_on: called for F1, with the line and the position of the cursor. pasted: the queue of pasted lines.
    ends_with_path: whether a line ends with a known path, and not only with the beginning of known paths.
    """
    keys = KeyBindings()
    _add_history_keys(keys)
    _CompletionKeys(ends_with_path).bind(keys)
    _LineKeys(help_on, pasted).bind(keys)
    return keys


class _LineKeys:
    """The bindings of Enter (run the line), Esc-Enter (line break), paste, and F1 (help)."""

    def __init__(self, help_on: Callable[[str, int], None], pasted: PastedLines) -> None:
        self._help_on = help_on
        self._pasted = pasted

    def bind(self, keys: KeyBindings) -> None:
        """Add these bindings to `keys`. They are active in the line of the prompt, and not in a question or a
        search.
        """
        at_line = has_focus(DEFAULT_BUFFER)
        keys.add("enter", filter=at_line & ~completion_is_selected)(self._enter)
        keys.add(Keys.BracketedPaste, filter=at_line)(self._paste)
        keys.add("escape", "enter", filter=at_line)(self._break_line)
        keys.add("f1", filter=at_line)(self._show_help)

    def _enter(self, event: KeyPressEvent) -> None:
        """Run the line. If a quote or bracket is still open, begin a new row instead."""
        from callbox.shell.line.parser import (
            analyse,
        )  # not at the top: the shell takes 60 ms to load, and the prompt must appear first

        buffer = event.current_buffer
        first = self._pasted.accept(buffer.text)
        if first is not None:
            buffer.text = first
            buffer.validate_and_handle()
        elif analyse(buffer.text).line.needs_more:
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    def _paste(self, event: KeyPressEvent) -> None:
        """Put pasted text into the editor. Nothing runs before Enter."""
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        if not event.current_buffer.document.text_before_cursor.strip():
            text = without_prompts(text)
        self._pasted.is_in_editor = self._pasted.is_in_editor or "\n" in text
        event.current_buffer.insert_text(text)

    def _break_line(self, event: KeyPressEvent) -> None:
        """Insert a line break."""
        if "\n" not in event.current_buffer.text:
            self._pasted.drop()  # The user has deleted the pasted text.
        event.current_buffer.insert_text("\n")

    def _show_help(self, event: KeyPressEvent) -> None:
        """Show help on the word under the cursor, above the prompt."""
        document = event.current_buffer.document
        run_in_terminal(lambda: self._help_on(document.text, document.cursor_position))


class _CompletionKeys:
    """The bindings of Enter, Tab and `/` for the completion menu. After a completed folder, the menu of its content
    opens.
    """

    def __init__(self, ends_with_path: Callable[[str], bool]) -> None:
        self._ends_with_path = ends_with_path
        self._accepted = ""
        """The text before the cursor when the last completion was accepted."""
        self._typed = ""
        """The text before the cursor when the user last typed `/`."""
        self._chosen = ""
        """The text before the cursor when the user last accepted a highlighted completion with Enter."""
        self._chosen_again = ""
        """The text before the cursor when the user last accepted a completion that it already had."""

    def bind(self, keys: KeyBindings) -> None:
        """Add these bindings to `keys`."""
        at_line = has_focus(DEFAULT_BUFFER)
        keys.add("enter", filter=at_line & completion_is_selected, eager=True)(self.accept)
        keys.add("enter", filter=at_line & ~completion_is_selected & Condition(self._is_unfinished), eager=True)(
            self.choose
        )
        keys.add("enter", filter=at_line & ~completion_is_selected & Condition(self._lacks_value), eager=True)(
            self.offer_values
        )
        keys.add("enter", filter=at_line & ~completion_is_selected & Condition(self._lacks_fields), eager=True)(
            self.offer_fields
        )
        keys.add("tab", filter=at_line)(self.complete)
        keys.add("/", filter=at_line)(self.insert_slash)

    def accept(self, event: KeyPressEvent) -> None:
        """Accept the highlighted completion. The line does not run yet. After a folder, the menu of the folder
        opens.
        """
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.original_document.text == buffer.text:
            self._chosen_again = buffer.document.text_before_cursor
        self._chosen = buffer.document.text_before_cursor
        self._go_on(buffer)

    def _go_on(self, buffer: Buffer) -> None:
        """Remember the accepted completion. After a folder, open the menu of the folder."""
        buffer.complete_state = None
        self._accepted = buffer.document.text_before_cursor
        if self._accepted.endswith(_UNFINISHED):
            buffer.start_completion()

    def choose(self, event: KeyPressEvent) -> None:
        """Enter after a folder that is no path itself: highlight the first row of its menu. The line does not run
        yet.
        """
        buffer = event.current_buffer
        buffer.complete_state = None  # The menu may still be loading.
        buffer.start_completion(select_first=True)

    def offer_values(self, event: KeyPressEvent) -> None:
        """Enter after a name that was just completed: show the values for it. A second Enter runs the line."""
        self._accepted = ""
        event.current_buffer.complete_state = None
        event.current_buffer.start_completion()

    def offer_fields(self, event: KeyPressEvent) -> None:
        """Enter while the request lacks required fields or parameters: show them. A second Enter runs the line."""
        self._accepted = ""
        buffer = event.current_buffer
        buffer.complete_state = None
        buffer.insert_text(" ")
        buffer.start_completion()

    def _lacks_fields(self) -> bool:
        """Whether the line ends with a completed word, and the API description requires more fields or parameters."""
        text = get_app().current_buffer.text
        if text != self._accepted or not text or text.endswith((" ", "=", ":")):
            return False
        buffer = get_app().current_buffer
        found = buffer.completer.get_completions(Document(f"{text} "), CompleteEvent(completion_requested=True))
        return any(_REQUIRED.search(one.display_meta_text) for one in found)

    def _lacks_value(self) -> bool:
        """Whether the line ends with the completed name of an item, such as `title=`, without a value."""
        text = get_app().current_buffer.text
        return text == self._accepted and text.endswith(("=", ":"))

    def _is_unfinished(self) -> bool:
        """Whether the line ends with a completed folder that contains paths and is no path itself."""
        buffer = get_app().current_buffer
        if buffer.text != self._accepted or not buffer.text.endswith("/") or self._ends_with_path(buffer.text):
            return False
        found = _candidates(buffer)
        return bool(found) and all(word != text for word, text in found)

    def complete(self, event: KeyPressEvent) -> None:
        """Tab: complete the word. If it is complete and no other candidate begins with it, go on to the next word."""
        buffer = event.current_buffer
        only = _only_row(buffer) or _only_command(buffer)
        if only is not None:
            self._take(buffer, only)
        elif buffer.complete_state is not None:
            if not _inserts_nothing(buffer.complete_state):
                buffer.complete_next()
        elif self._is_whole_word(buffer):
            buffer.insert_text(" ")
            buffer.start_completion()
        else:
            self._insert_common_part(buffer)

    def _take(self, buffer: Buffer, only: Completion) -> None:
        """Insert `only`, the only row of an open menu. If the line already has its text, go on to the next word."""
        state = buffer.complete_state
        is_taken = state is not None and state.complete_index is not None
        before, buffer.complete_state = buffer.text, None
        if not is_taken:
            buffer.apply_completion(only)
            is_taken = buffer.text == before
        self._go_on(buffer)
        if is_taken and self._is_whole_word(buffer):
            buffer.insert_text(" ")
            buffer.start_completion()

    def _is_whole_word(self, buffer: Buffer) -> bool:
        """Whether the word before the cursor is a candidate, and no other candidate begins with it, except the folder
        of this name; or the user has chosen the word although others begin with it.

        If the user has accepted `/a/1` with Enter, `/a/10` does not count, and `/a/1/b` counts until the user accepts
        `/a/1` once more.
        """
        document = buffer.document
        if not document.is_cursor_at_the_end or document.text.endswith((" ", "=", ":")):
            return False
        if document.text.endswith("/"):
            return self._ends_with_path(document.text) and not _has_other_rows(buffer)
        words = _candidates(buffer)
        begun = [text for word, text in words if word and text.startswith(word) and text != f"{word}/"]
        word = words[0][0] if words else ""
        if document.text_before_cursor == self._chosen:
            begun = [text for text in begun if text[len(word) :][:1] in ("", "/", "?")]
        return bool(begun) and (begun == [word] or document.text_before_cursor == self._chosen_again)

    def _insert_common_part(self, buffer: Buffer) -> None:
        """Insert the candidate if there is only one. Otherwise insert what all candidates begin with, and open the
        menu.
        """
        found = _completions(buffer)
        before = buffer.text
        if len(found) == 1:
            buffer.apply_completion(found[0])
        elif common := get_common_complete_suffix(buffer.document, found):
            buffer.insert_text(common)
        if buffer.text != before:
            self._go_on(buffer)
        if len(found) != 1 or buffer.text == before:
            buffer.start_completion()

    def insert_slash(self, event: KeyPressEvent) -> None:
        """Insert a slash. After a completed folder, which ends with a slash, insert nothing."""
        buffer = event.current_buffer
        if self._is_completed_folder(buffer):
            buffer.complete_state = None
            buffer.start_completion()
        else:
            buffer.insert_text("/")
        self._typed = buffer.document.text_before_cursor

    def _is_completed_folder(self, buffer: Buffer) -> bool:
        before, state = buffer.document.text_before_cursor, buffer.complete_state
        if not before.endswith("/") or before == self._typed:
            return False
        return before == self._accepted or (state is not None and state.complete_index is not None)


_REQUIRED = re.compile(r"(?:\A|, )required(?:,|\Z)")
"""A pattern for the word `required` in the description of a candidate."""
_UNFINISHED = ("/", "=", ":")
"""A completion that ends with one of these needs more text: it is a folder, or an item without its value."""


def _candidates(buffer: Buffer) -> list[tuple[str, str]]:
    """For each candidate: the typed word before the cursor, and the text that replaces it."""
    before = buffer.document.text_before_cursor
    return [(before[len(before) + one.start_position :], one.text) for one in _completions(buffer)]


def _completions(buffer: Buffer) -> list[Completion]:
    """The candidates for the word before the cursor. Rows that insert nothing are left out."""
    found = buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True))
    return [one for one in found if not getattr(one, "is_shown_only", False)]


def _only_command(buffer: Buffer) -> Completion | None:
    """The only command that begins like the first word of the line, if no row is highlighted yet. Other commands may
    contain the word: `import` contains `po`.
    """
    state, typed = buffer.complete_state, buffer.document.text_before_cursor
    if not typed.isalpha() or typed != buffer.text or (state is not None and state.complete_index is not None):
        return None
    found = [one for one in _completions(buffer) if one.text.lower().startswith(typed.lower())]
    return found[0] if len(found) == 1 else None


def _has_other_rows(buffer: Buffer) -> bool:
    """Whether the menu for the word before the cursor would have another row than this word itself."""
    before = buffer.document.text_before_cursor
    found = buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True))
    return any(
        getattr(one, "is_shown_only", False) or before[len(before) + one.start_position :] != one.text for one in found
    )


def _inserts_nothing(state: CompletionState) -> bool:
    """Whether no row of an open menu changes the line. If so, no row is highlighted, because the user must type a
    value.
    """
    before = state.original_document.text_before_cursor
    return bool(state.completions) and all(
        getattr(one, "is_shown_only", False) or (before.endswith(one.text) and len(one.text) == -one.start_position)
        for one in state.completions
    )


def _only_row(buffer: Buffer) -> Completion | None:
    """The only row of an open menu. None if there are several rows, or if the row inserts nothing. The rows are
    computed again, because the menu may still be loading.
    """
    state = buffer.complete_state
    if state is None or len(state.completions) > 1:
        return None
    found = list(buffer.completer.get_completions(state.original_document, CompleteEvent(completion_requested=True)))
    return found[0] if len(found) == 1 and not getattr(found[0], "is_shown_only", False) else None


def _add_history_keys(keys: KeyBindings) -> None:
    """Add the bindings of Up with an open menu, of Ctrl-R, and of the keys that end the search of Ctrl-R."""

    @keys.add("up", filter=has_focus(DEFAULT_BUFFER) & has_completions & ~completion_is_selected)
    def up(event: KeyPressEvent) -> None:
        """Go to the row above in the menu. If no row is highlighted, go to the earlier line of the history."""
        event.current_buffer.complete_state = None
        event.current_buffer.auto_up(count=event.arg)

    @keys.add("enter", filter=is_searching, eager=True)
    def run_found(event: KeyPressEvent) -> None:
        """End the search of Ctrl-R, and run the line that it has found."""
        accept_search()
        event.current_buffer.validate_and_handle()

    typed = Document()

    @keys.add("c-r", filter=has_focus(DEFAULT_BUFFER) & ~vi_navigation_mode)
    def search(event: KeyPressEvent) -> None:
        """Begin a search in the history, and remember the typed text."""
        nonlocal typed
        typed = event.current_buffer.document
        start_search(direction=SearchDirection.BACKWARD)

    @keys.add("escape", filter=is_searching, eager=True)
    def take_found(event: KeyPressEvent) -> None:
        """End the search with the found line in the editor. If the user has searched nothing, restore the typed
        text.
        """
        if event.current_buffer.text:
            accept_search()
        else:
            end_search(event)

    @keys.add("c-g", filter=is_searching, eager=True)
    def end_search(event: KeyPressEvent) -> None:
        """End the search, and restore the text that was typed before it, also if a second Ctrl-R has inserted a
        line.
        """
        stop_search()
        event.current_buffer.reset(typed)

    @keys.add("c-c", filter=is_searching, eager=True)
    def clear_after_search(event: KeyPressEvent) -> None:
        """End the search, and clear the line in the editor."""
        stop_search()
        event.current_buffer.reset()
