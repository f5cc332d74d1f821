"""Run the lines of the prompt and print their outputs.

This module imports the shell, so it is loaded after the prompt is shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from callbox.errors import CallboxError, Interrupted
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.url import is_absolute
from callbox.render.error_display import unexpected_error
from callbox.render.style import Fragments
from callbox.shell.command_context import Context
from callbox.shell.completion.candidates_from_earlier_exchanges import deleted_item
from callbox.shell.completion.completer import complete, ends_with_path
from callbox.shell.completion.completion_context import Candidate
from callbox.shell.completion.completion_context_builder import ContextBuilder
from callbox.shell.interpreter import after_line, before_exit, run
from callbox.shell.line.highlighter import fragments
from callbox.shell.line.parser import analyse
from callbox.shell.openapi_description_search import ApiSearch
from callbox.shell.outputs import BodyOutput, ExchangeEvent, Failure, Status
from callbox.terminal.prompt_text import prompt_text
from callbox.terminal.screen import Screen, apply_display_options
from callbox.terminal.toolbar import toolbar, unfinished


class LineRunner:
    """Runs the lines of one session, and prints their outputs on one screen."""

    def __init__(
        self, context: Context, screen: Screen, search: ApiSearch | None = None, *, is_debug: bool = False
    ) -> None:
        """`search` looks for descriptions of APIs in the background; with None, nothing is searched."""
        self._context = context
        self._completion = ContextBuilder(context)
        self._screen = screen
        self._search = search
        self._is_debug = is_debug
        self.has_failed = False
        """Whether the last line ended in an error."""
        self.is_good = True
        """Whether the last line had neither an error nor a response of 400 or more."""
        self.is_below_base = False
        """Whether the URL of the last request was relative to the base URL."""
        self.deleted = ""
        """The target of the item that the last line has deleted, as it was typed; empty if it has deleted none."""

    def echo(self, line: str) -> None:
        """Print a pasted line with the prompt before it, as if the user had typed it."""
        prompt = prompt_text(self._context.shown_base)
        self._screen.show(Status([("prompt", prompt), *fragments(line), ("", "\n")]))

    def run(self, line: str) -> bool:
        """Run a line and print its outputs. Returns False if the user ended it with Ctrl-C. Neither Ctrl-C nor an
        internal error ends the shell.
        """
        is_interrupted = has_response = self.has_failed = self.is_below_base = False
        self.deleted = ""
        last = self._context.last
        try:
            for output in run(line, self._context):
                self.has_failed |= isinstance(output, Failure)
                is_interrupted |= isinstance(output, Failure) and isinstance(output.error, Interrupted)
                has_response |= isinstance(output, (ExchangeEvent, BodyOutput))
                self._screen.show(output)
            self._screen.end_command()
            if has_response and self._screen.is_terminal:
                self._screen.show(Status([("", "\n")]))  # an empty line between a body and the next prompt
            self._refresh(line)
        except KeyboardInterrupt:
            is_interrupted = True
            self._end_early(Interrupted("interrupted"))
        except (CallboxError, BrokenPipeError):
            raise  # The screen is closed, so no message can be printed.
        except Exception as error:
            if self._is_debug:
                import traceback

                traceback.print_exc()
            self.has_failed = True
            self._end_early(unexpected_error(error))
        self._note_outcome(last)
        return not is_interrupted

    def _note_outcome(self, before: Record | None) -> None:
        """Note whether the line worked. `before` is the last request before the line ran."""
        last = self._context.last
        self.is_good = not self.has_failed
        if last is not None and last is not before:
            self.is_good = self.is_good and last.response.status < 400
            self.is_below_base = not is_absolute(last.draft.url)
            self.deleted = deleted_item(last)

    def note_waiting(self, count: int) -> None:
        """Print that `count` pasted lines were put back into the editor, because the line before them failed."""
        lines = "1 pasted line waits" if count == 1 else f"{count} pasted lines wait"
        self._screen.show(Status([("hint", f"{lines}: Enter runs them, Ctrl-C drops them\n")]))

    def complete(self, text: str, cursor: int) -> list[Candidate]:
        """The candidates for the word at the cursor, the best first."""
        return complete(text, cursor, self._context.completion)

    def ends_with_path(self, text: str) -> bool:
        """Whether a line ends with a known path, and not only with the beginning of known paths."""
        return ends_with_path(text, self._context.completion)

    def highlight(self, text: str) -> Fragments:
        """The typed line as styled text."""
        return fragments(text)

    def toolbar(self, text: str, columns: int) -> Fragments:
        """The toolbar for a typed line: the open quote or bracket of the line, or else the state of the session."""
        return unfinished(text) or toolbar(self._context, columns)

    def help_on(self, text: str, cursor: int) -> None:
        """Print the help for the word at the cursor."""
        from callbox.shell.commands.help_cd_reset_and_undo import (
            help_at,  # The import takes 8 ms, and help is rarely used.
        )

        for page in help_at(text, cursor, self._context):
            self._screen.show(page)

    def refresh_completion(self) -> None:
        """Let completion use the present state of the session."""
        self._context.completion = self._completion.build()
        if self._search is not None:
            self._search.follow(self._context)

    def show_news(self) -> None:
        """Print the results of background searches, and pass them to completion."""
        if self._search is None:
            return
        lines = self._search.take(self._context)
        for line in lines:
            self._screen.show(line)
        if self._context.apis.at(self._context.session.base_url) is not self._context.completion.described:
            self._context.completion = self._completion.build()

    def leave(self) -> None:
        """Save the session and close its connections, when the shell ends."""
        for output in before_exit(self._context):
            self._screen.show(output)
        self._context.session.close()

    def _refresh(self, line: str) -> None:
        """After a line has run: go to a fresh line of the screen, apply display options, and update completion."""
        if _runs_other_program(line):
            self._screen.fresh_line()
        apply_display_options(self._screen, self._context)
        self.show_news()
        self.refresh_completion()

    def _end_early(self, error: CallboxError) -> None:
        """Print why a line ended early, and save the changes that it has made."""
        self._screen.end_command()
        self._screen.show(Failure(error))
        with contextlib.suppress(Exception):  # To print the error may fail for the same reason.
            for output in after_line(self._context):
                self._screen.show(output)
            self._refresh("")


def make_runner(context: Context, screen: Screen, on_news: Callable[[], None], *, is_debug: bool) -> LineRunner:
    """Make a runner with a background search for descriptions of APIs. The search calls `on_news`, from its thread, for
    each result.
    """
    return LineRunner(context, screen, ApiSearch(on_news), is_debug=is_debug)


def _runs_other_program(line: str) -> bool:
    """Whether the line ran another program, which may have written to the screen."""
    words = analyse(line).line
    return words.bang >= 0 or (words.redirect is not None and words.redirect.operator == "|")
