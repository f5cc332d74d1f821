"""What the command line's words put into a fresh session: its base and its options."""

from __future__ import annotations

from callbox.cli.arguments import Arguments
from callbox.exchange.url import guess_scheme, parse
from callbox.session.options import parse_option
from callbox.shell.world import World


def open_session(world: World, arguments: Arguments) -> None:
    """Set base and options. Raises UsageError for a URL or a value that cannot be.

    They are how this session begins, not edits of it: `undo` does not take them back.
    """
    if arguments.url:
        base = guess_scheme(arguments.url)
        parse(base)
        world.session.base_url = base
    for name, text in arguments.options:
        world.session.set_option(name, parse_option(name, text))
