"""`unset` of each noun: takes out what is there, and knows the nearest name where it is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from callbox.engine.edit_log import Held
from callbox.engine.options import find_option
from callbox.engine.state import FIRST
from callbox.errors import UsageError
from callbox.shell.belonging import origin_of, own
from callbox.shell.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.suggest import hint
from callbox.shell.world import World


def unset_header(call: Call, world: World) -> Iterator[Output]:
    """`unset header NAME..`, in any case; `*` takes all but the built-in ones."""
    return _remove(call, world, "header", str.lower)


def unset_query(call: Call, world: World) -> Iterator[Output]:
    """`unset query NAME..`."""
    return _remove(call, world, "query", str)


def unset_var(call: Call, world: World) -> Iterator[Output]:
    """`unset var NAME..`."""
    return _remove(call, world, "var", str)


def unset_option(call: Call, world: World) -> Iterator[Output]:
    """`unset option NAME..`: its own value is back."""
    return _remove(call, world, "option", lambda name: find_option(name).name)


def unset_auth(call: Call, world: World) -> Iterator[Output]:
    """`unset auth`: the credentials of the origin of the base."""
    held = world.session.credentials
    origin = origin_of(world.session.base_url)
    for key in (origin, FIRST, ""):
        auth = held.get(key)
        if auth is not None:
            world.session.apply("auth", key, None)
            yield say(f"removed auth {auth.describe()}" + (f" ({key})" if key not in ("", FIRST) else ""))
            return
    where = f" for {origin}" if origin else ""
    others = ", ".join(key for key in held if key)
    raise UsageError(f"No auth{where}", hint=f"there is auth for {others}: cd there first" if others else "")


def unset_base(call: Call, world: World) -> Iterator[Output]:
    """`unset base`: from then on every target is a whole URL."""
    base = world.session.base_url
    if not base:
        raise UsageError("There is no base")
    world.previous_base = base
    world.session.apply("base", "", None)
    yield say(f"removed base {base}")


def nearest(noun: str, name: str, names: Collection[str]) -> UsageError:
    """The error for a name that is not there: `No cookie 'sdi'. Did you mean 'sid'?`."""
    return UsageError(f"No {noun} '{name}'", hint=hint(name, names, "" if names else f"there is no {noun} at all"))


def _remove(call: Call, world: World, noun: str, key_of: Callable[[str], str]) -> Iterator[Output]:
    session = world.session
    held, names = session.held(noun), call.texts("names")
    chosen = list(own(session, noun)) if "*" in names else [key_of(name) for name in names]
    for key, name in zip(chosen, names, strict=False):
        if key not in held and noun == "option":
            raise UsageError(f"Option '{key}' is not set", hint="it has the value that it begins with")
        if key not in held:
            raise nearest(noun, name, [known.name for known in own(session, noun).values()])
    if not chosen:
        yield say(f"no {noun} to remove")
    with session.group():
        for key in chosen:
            session.apply(noun, key, None)
    for key in chosen:
        value = held[key]
        yield say(f"removed {noun} {value.name if isinstance(value, Held) else key}")
