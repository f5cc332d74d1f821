"""The loop: read a line, run it, show what comes, until the user leaves.

Ctrl-C clears the line while it is typed, and cancels the request while one runs; the shell itself stays.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples

from callbox.errors import CallboxError, Interrupted
from callbox.shell.knowing import know
from callbox.shell.outputs import Failure, Text
from callbox.shell.run import run
from callbox.shell.words import split
from callbox.shell.world import World
from callbox.terminal.adapters import ShellCompleter, ShellHistory, ShellLexer, color_depth, make_style
from callbox.terminal.keys import make_keys
from callbox.terminal.screen import Screen
from callbox.terminal.toolbar import prompt_text, toolbar

MENU_ROWS = 6


def loop(world: World, screen: Screen, history_place: Callable[[], Path | None]) -> int:
    """Prompt until `exit` or Ctrl-D; returns the exit code."""
    prompt = _make_prompt(world, screen, history_place)
    while not screen.is_leaving:
        try:
            line = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        _run_line(line, world, screen)
        prompt.editing_mode = _editing_mode(world)
    world.session.close()
    return 0


def _run_line(line: str, world: World, screen: Screen) -> None:
    """Run one line with Ctrl-C going to its request."""

    def interrupt(number: int, frame: object) -> None:
        if not world.interrupt():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        for output in run(line, world):
            screen.show(output)
    except KeyboardInterrupt:
        screen.show(Failure(Interrupted("interrupted")))
    finally:
        signal.signal(signal.SIGINT, before)
    words = split(line)
    if words.bang >= 0 or (words.redirect is not None and words.redirect.operator == "|"):
        screen.fresh_line()
    world.known = know(world)


def _make_prompt(world: World, screen: Screen, history_place: Callable[[], Path | None]) -> PromptSession[str]:
    prompt: PromptSession[str] = PromptSession(
        message=lambda: _classed([("prompt", prompt_text(world))]),
        bottom_toolbar=lambda: _classed(toolbar(world)),
        multiline=True,
        prompt_continuation=lambda width, number, is_soft: "" if is_soft else ". ".rjust(width),
        lexer=ShellLexer(),
        completer=ShellCompleter(world),
        complete_while_typing=True,
        auto_suggest=AutoSuggestFromHistory(),
        history=ShellHistory(history_place),
        key_bindings=make_keys(lambda text: _help_on(text, world, screen)),
        style=make_style(),
        color_depth=color_depth(screen.out.colors),
        editing_mode=_editing_mode(world),
        enable_suspend=True,
        enable_open_in_editor=True,
        reserve_space_for_menu=MENU_ROWS,
        include_default_pygments_style=False,
    )
    prompt.app.after_render += _warm_once(world)
    return prompt


def _warm_once(world: World) -> Callable[[object], None]:
    """After the first render, load in a thread what the first request needs, and what completion may offer."""
    started = threading.Event()

    def warm() -> None:
        import callbox.render.body
        import callbox.wire  # noqa: F401 - urllib3 is 70 ms, and the user is still reading the prompt

        world.known = know(world)

    def start(_: object) -> None:
        if not started.is_set():
            started.set()
            threading.Thread(target=warm, daemon=True, name="warm").start()

    return start


def _editing_mode(world: World) -> EditingMode:
    return EditingMode.VI if world.session.option("keys") == "vi" else EditingMode.EMACS


def _classed(fragments: list[tuple[str, str]]) -> StyleAndTextTuples:
    return [(f"class:{style}" if style else "", text) for style, text in fragments]


def _help_on(text: str, world: World, screen: Screen) -> None:
    from callbox.shell.manual import help_text

    words = tuple(text.split()[:2])
    for topic in (words, words[:1], ()):
        try:
            screen.show(Text(help_text(topic)))
        except CallboxError:
            continue
        return
