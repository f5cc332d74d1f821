"""Lines that were pasted: each is a command of its own, as in a file, and they wait here for their turn."""

from __future__ import annotations


class Pasted:
    """What was pasted and has not been run.

    A paste runs nothing: its lines stand in the editor until Enter, so that what comes along unseen can be seen.
    """

    def __init__(self) -> None:
        self.is_in_editor = False
        """Whether rows of the editor came by a paste: then they are lines, and not rows of one line."""
        self._waiting: list[str] = []
        self._rest = ""

    def accept(self, text: str) -> str | None:
        """Enter was pressed on this text: gives its first line, the others wait. None where it is all one line."""
        from callbox.shell.line.lexer import joined_lines, split

        if not self.is_in_editor:
            return None
        lines = [line for _, line in joined_lines(text) if line.strip()]
        rest = lines.pop() if lines and split(lines[-1]).needs_more else ""
        if not lines:
            return None
        self.is_in_editor = False
        self._waiting, self._rest = lines[1:], rest
        return lines[0]

    def next(self) -> str | None:
        """The line whose turn it is; None where the editor is next."""
        return self._waiting.pop(0) if self._waiting else None

    def take_rest(self) -> str:
        """What the editor begins with: the last line, where something in it is still open."""
        rest, self._rest = self._rest, ""
        self.is_in_editor = bool(rest)
        return rest

    def drop(self) -> None:
        """Ctrl-C: none of it is wanted any more."""
        self._waiting, self._rest, self.is_in_editor = [], "", False
