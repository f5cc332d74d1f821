"""The options that change how things look, put on the screen: `color`, `theme` and `width`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callbox.render.style import STYLES
from callbox.terminal.colors import count_colors

if TYPE_CHECKING:
    from callbox.shell.context import World
    from callbox.terminal.screen import Screen
    from callbox.terminal.streams import Stream


def dress(screen: Screen, world: World) -> None:
    """Let the screen look as the session's options say; after each line, since each may have changed them."""
    option = world.session.option
    choice = (str(option("color")), str(option("theme")))
    if screen.dress == choice:
        return
    screen.dress = choice
    color, name = choice
    styles = STYLES
    if name not in ("", "default"):
        from callbox.render.theme import theme  # Pygments, for those who want its styles

        styles = theme(name)

    def dressed(stream: Stream) -> Stream:
        colors = count_colors(world.ports.environ, color, is_terminal=stream.is_terminal)
        return stream._replace(colors=colors, styles=styles)

    screen.out, screen.err = dressed(screen.out), dressed(screen.err)
