"""The prompt loop: read a line, run it, show its outputs, until the user leaves.

Ctrl-C clears the line while it is typed, and cancels a running request; it does not end the shell. The prompt is shown
before the shell is loaded; see `callbox.terminal.background_shell_load`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples

from callbox.render.style import Fragments
from callbox.system.child_processes_and_editor import own_foreground
from callbox.system.cpu_limit import is_limited_now
from callbox.terminal.background_shell_load import Startup
from callbox.terminal.history_file import HistorySuggest, Outcome, ShellHistory
from callbox.terminal.key_bindings import PastedLines, make_key_bindings
from callbox.terminal.prompt_text import EMPTY_TOOLBAR, prompt_text
from callbox.terminal.prompt_toolkit_adapters import ShellCompleter, ShellLexer, color_depth, make_style


@contextlib.contextmanager
def control_echo_disabled(file: int = 0) -> Iterator[None]:
    """A context manager in which the terminal does not print `^C` for Ctrl-C. At its end, the terminal is as before."""
    import termios

    try:
        before = termios.tcgetattr(file)
        quiet = [*before]
        quiet[3] &= ~termios.ECHOCTL
        termios.tcsetattr(file, termios.TCSADRAIN, quiet)
    except termios.error:  # The file is no terminal.
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # The terminal was closed.
            termios.tcsetattr(file, termios.TCSADRAIN, before)


def set_echo(is_on: bool, file: int = 0) -> None:
    """Switch the echo of typed keys on or off. Without a terminal, does nothing."""
    import termios

    with contextlib.suppress(termios.error):
        mode = termios.tcgetattr(file)
        mode[3] = mode[3] | termios.ECHO if is_on else mode[3] & ~termios.ECHO
        termios.tcsetattr(file, termios.TCSANOW, mode)


MENU_ROWS = 6


def loop(startup: Startup, history_place: Callable[[], Path | None]) -> int:
    """Show prompts until `exit` or Ctrl-D. Returns the exit code."""
    with own_foreground(), control_echo_disabled():
        return _loop(startup, history_place)


def _loop(startup: Startup, history_place: Callable[[], Path | None]) -> int:

    def interrupt(number: int, frame: object) -> None:
        if not (startup.is_ready and startup.context.interrupt()) or is_limited_now():
            raise KeyboardInterrupt

    pasted = PastedLines()
    history = ShellHistory(
        history_place,
        lambda: not startup.is_ready or startup.context.session.option("history") is True,
        lambda: startup.context.history.credentials() if startup.is_ready else (),
    )
    prompt = _make_prompt(startup, history, pasted)
    # One handler for the whole loop. With a handler for each line, a Ctrl-C between two lines would end the shell.
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        while not (startup.is_ready and startup.screen.is_leaving):
            try:
                line = _next_line(prompt, startup, pasted)  # This comes before the runner, which loads the shell.
                runner = startup.runner
                base = startup.context.session.base_url
                startup.screen.set_echo = set_echo
                is_complete = runner.run(line)
                history.note_outcome(line, Outcome(runner.is_good, base if runner.is_below_base else ""))
                if runner.deleted:
                    history.note_deletion(runner.deleted, base if runner.is_below_base else "")
                if not is_complete:
                    pasted.drop()
                elif runner.has_failed and (count := pasted.hold()):
                    runner.note_waiting(count)
                prompt.editing_mode = _editing_mode(startup)
            except KeyboardInterrupt:
                pasted.drop()
            except EOFError:
                break
    finally:
        signal.signal(signal.SIGINT, before)
    if startup.is_ready:
        startup.runner.leave()
    return 0


def _next_line(prompt: PromptSession[str], startup: Startup, pasted: PastedLines) -> str:
    """The next line to run: a queued pasted line, or else a line that the user types."""
    line = pasted.next()
    if line is None:
        return prompt.prompt(default=pasted.take_rest())
    startup.runner.echo(line)
    prompt.history.append_string(line)
    return line


def _make_prompt(startup: Startup, history: ShellHistory, pasted: PastedLines) -> PromptSession[str]:
    prompt: PromptSession[str] = PromptSession(
        message=lambda: _with_classes([("prompt", _prompt(startup))]),
        bottom_toolbar=lambda: _with_classes(_toolbar(prompt, startup)),
        multiline=True,
        prompt_continuation=lambda width, number, is_soft: "" if is_soft else ". ".rjust(width),
        lexer=ShellLexer(startup),
        completer=ShellCompleter(startup),
        complete_while_typing=True,
        auto_suggest=HistorySuggest(history, lambda: _base(startup)),
        history=history,
        key_bindings=make_key_bindings(
            lambda text, cursor: startup.runner.help_on(text, cursor),
            pasted,
            lambda text: startup.is_warm and startup.runner.ends_with_path(text),
        ),
        style=make_style(),
        color_depth=color_depth(startup.colors),
        editing_mode=_editing_mode(startup),
        enable_suspend=True,
        enable_open_in_editor=True,
        reserve_space_for_menu=MENU_ROWS,
        include_default_pygments_style=False,
    )
    startup.on_news = lambda: _show_news(prompt, startup)
    prompt.app.after_render += _once(lambda: startup.start(lambda: _refresh_prompt(prompt)))
    # Without this, prompt_toolkit prints a warning if a terminal does not report its cursor. Such a terminal works.
    prompt.app.renderer.cpr_not_supported_callback = None
    return prompt


def _refresh_prompt(prompt: PromptSession[str]) -> None:
    """Draw the prompt again when the shell is loaded, now with colours. The thread that loads the shell calls this."""

    def catch_up() -> None:
        _complete_again(prompt)
        prompt.app.invalidate()

    running = prompt.app.loop
    if running is not None:
        with contextlib.suppress(RuntimeError):  # the prompt has just ended
            running.call_soon_threadsafe(catch_up)


def _complete_again(prompt: PromptSession[str]) -> None:
    """Open the completion menu again, because more candidates are known than at the last key press. A menu with a
    highlighted row stays as it is.
    """
    buffer = prompt.default_buffer
    is_used = buffer.complete_state is not None and buffer.complete_state.complete_index is not None
    if prompt.app.is_running and buffer.text and not is_used:
        buffer.complete_state = None
        buffer.start_completion()


def _show_news(prompt: PromptSession[str], startup: Startup) -> None:
    """Print the results of a background search above the prompt. The thread of the search calls this. While a line
    runs, nothing is printed; the results come after the line.
    """

    def show() -> None:
        if prompt.app.is_running:
            with set_app(prompt.app):  # The thread of the search has no prompt_toolkit application.
                shown = run_in_terminal(startup.runner.show_news)
            # A Tab before these results may have found nothing. Now there may be candidates.
            asyncio.ensure_future(shown).add_done_callback(lambda _: _complete_again(prompt))

    running = prompt.app.loop
    if running is not None:
        with contextlib.suppress(RuntimeError):  # the prompt has just ended
            running.call_soon_threadsafe(show)


def _once(start: Callable[[], None]) -> Callable[[object], None]:
    waiting = [start]

    def call(_: object) -> None:
        while waiting:
            waiting.pop()()

    return call


def _base(startup: Startup) -> str:
    return startup.context.session.base_url if startup.is_ready else startup.base


def _prompt(startup: Startup) -> str:
    if not startup.is_ready:
        return prompt_text(startup.base)
    return prompt_text(startup.context.shown_base)


def _toolbar(prompt: PromptSession[str], startup: Startup) -> Fragments:
    if not startup.is_warm:
        return EMPTY_TOOLBAR
    return startup.runner.toolbar(prompt.default_buffer.text, prompt.app.output.get_size().columns)


def _editing_mode(startup: Startup) -> EditingMode:
    is_vi = startup.is_ready and startup.context.session.option("keys") == "vi"
    return EditingMode.VI if is_vi else EditingMode.EMACS


def _with_classes(fragments: list[tuple[str, str]]) -> StyleAndTextTuples:
    return [(f"class:{style}" if style else "", text) for style, text in fragments]
