"""What the chosen environment's `SSLConfiguration` asks of the session: the weakest of options, and said aloud.

Looked at after each line, as `set option env`, `undo`, a loaded session and the file itself may have changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callbox.engine.options import format_option
from callbox.errors import CallboxError
from callbox.shell.outputs import Output, say
from callbox.shell.world import World


def stage_options(world: World) -> Iterator[Output]:
    """Let the environment's options stand below what was set; says what is other than before."""
    session, wanted = world.session, _wanted(world)
    now = {name: session.option_defaults[name] for name in world.staged}
    if wanted == now:
        return
    session.option_defaults.update(world.staged)
    world.staged = {name: session.option_defaults[name] for name in wanted}
    session.option_defaults.update(wanted)
    session.file_defaults = dict(world.staged)
    session.options_changed()
    stage = session.option("env")
    for name in dict.fromkeys((*wanted, *now)):
        is_staged = name in wanted
        if session.option_defaults[name] != now.get(name, world.staged.get(name)):
            value = format_option(name, session.option_defaults[name]) or "not set"
            yield say(f"option {name} {value} ({f'as {stage} says' if is_staged else 'no environment says otherwise'})")


def _wanted(world: World) -> Mapping[str, object]:
    """The options of the environment; none where it is gone, which is said where its variables are wanted."""
    stage = world.session.option("env")
    try:
        return world.ports.read_stage_options(str(stage)) if stage else {}
    except CallboxError:
        return {}
