"""Load the shell in a thread, after the prompt has appeared. The session, the tables of commands and the renderer are
made at their first use, mostly in this thread.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callbox.shell.command_context import Context
    from callbox.terminal.prompt_line_runner import LineRunner
    from callbox.terminal.screen import Screen

_SWITCH_S = 0.0005
"""The switch interval of the interpreter in seconds, while the thread loads the shell. It is short, so that key presses
are handled at once.
"""
_MODULES_OF_FIRST_REQUEST = (
    "callbox.render.body",
    "callbox.shell.commands.send_again_and_preview",
    "callbox.wire",
)


class Startup:
    """Makes the context and the screen of the shell at their first use, from any thread, and only once."""

    def __init__(
        self,
        make: Callable[[], tuple[Context, Screen]],
        base: str = "",
        colors: int = 0,
        *,
        is_debug: bool = False,
    ) -> None:
        self.base = base
        """The base URL with which the session begins."""
        self.colors = colors
        self.is_debug = is_debug
        """Whether an internal error prints its traceback."""
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[Context, Screen] | None = None
        self._runner: LineRunner | None = None
        self.on_news: Callable[[], None] = lambda: None
        """Called, from another thread, when a background search has results to print."""
        self.is_warm = False
        """Whether all modules that a key press may use are loaded."""

    @property
    def is_ready(self) -> bool:
        """Whether the context and the screen were made."""
        return self._made is not None

    @property
    def context(self) -> Context:
        """The context of the shell."""
        return self._get()[0]

    @property
    def screen(self) -> Screen:
        """The screen that shows the outputs."""
        return self._get()[1]

    @property
    def runner(self) -> LineRunner:
        """The runner of lines for this context. There is only one, because it knows whether the last line failed."""
        context, screen = self._get()
        # not at the top: the shell takes 60 ms to load, and the prompt must appear first
        from callbox.terminal.prompt_line_runner import make_runner

        with self._lock:
            if self._runner is None:
                self._runner = make_runner(context, screen, lambda: self.on_news(), is_debug=self.is_debug)
            return self._runner

    def warm(self) -> None:
        """Make all objects, and load the modules that the first request needs. urllib3 alone takes 70 ms."""
        self._get()  # This comes first, because the prompt waits for it.
        runner = self.runner
        for module in _MODULES_OF_FIRST_REQUEST:
            import_module(module)
        runner.refresh_completion()
        self.is_warm = True

    def start(self, then: Callable[[], None]) -> None:
        """Run `warm()` in a thread, then call `then`. An error in the thread is ignored; the first use raises it
        again.
        """
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)

        def quietly() -> None:
            with contextlib.suppress(Exception):
                self.warm()
            self.is_warm = True
            sys.setswitchinterval(before)
            then()

        threading.Thread(target=quietly, daemon=True, name="warm").start()

    def _get(self) -> tuple[Context, Screen]:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
