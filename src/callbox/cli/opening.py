"""What a fresh session begins with: the settings, the session that is kept, and the words of the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from callbox.cli.arguments import Arguments
from callbox.engine.options import parse_option
from callbox.exchange.url import guess_scheme, parse
from callbox.shell.context import World
from callbox.shell.outputs import Output, say


def open_session(world: World, arguments: Arguments) -> list[Output]:
    """Set it all; gives what is to be said of it. Raises UsageError for a URL, a value or a session that cannot be.

    This is how the session begins, no edits of it: `undo` does not take it back. Options of the command line are
    for this run, and not saved.
    """
    world.session.option_defaults.update(arguments.settings)
    said = list(_load(world, arguments.session)) if arguments.session else []
    if arguments.url:
        base = guess_scheme(arguments.url)
        parse(base)
        world.session.base_url = base
        world.begun = {("base", ""): base}
    for name, text in arguments.options:
        world.session.set_option(name, _checked(name, parse_option(name, text), world))
    if world.session.option("env"):
        from callbox.shell.interpreter import stage_options

        said += stage_options(world)
    if arguments.session or arguments.options:
        _note(world, {name for name, _ in arguments.options})
    return said


def _checked(name: str, value: object, world: World) -> object:
    if name == "env" and value:
        world.ports.read_environment(str(value))
    return value


def _load(world: World, name: str) -> Iterator[Output]:
    from callbox.shell.saved import autosave
    from callbox.shell.saved.session_file import Kept

    saved = autosave.load(world, name)
    world.session.edits.clear()
    if world.keeping is not None:
        world.keeping.group = None
    if saved is None:
        world.keeping = Kept(name, {}, keeps_secrets=False)
        yield say(f"new session '{name}'")
    else:
        yield say(f"session '{name}': {autosave.describe(saved.things)}")
        yield from autosave.tell_unread(world)


def _note(world: World, given: Collection[str]) -> None:
    from callbox.engine.snapshot import snapshot
    from callbox.shell.saved.session_text import note_opened

    note_opened(world)
    if world.keeping is not None:
        now = snapshot(world.session, keeps_secrets=world.keeping.keeps_secrets)
        passing = {key: thing for key, thing in now.items() if key[0] == "option" and key[1] in given}
        world.keeping.passing, world.keeping.seen = passing, {**world.keeping.seen, **passing}
