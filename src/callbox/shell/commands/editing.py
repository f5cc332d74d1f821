"""`edit session | last | NAME | FILE`: in the user's own editor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from callbox.errors import UsageError
from callbox.exchange.draft import Draft
from callbox.exchange.headers import Headers
from callbox.exchange.incoming import Incoming
from callbox.exchange.record import Record
from callbox.shell.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.suggest import hint
from callbox.shell.world import World

_OWN = frozenset(("item", "script", "body", "url"))
"""What belongs to a request itself: the rest is merged in again when it is sent."""


def edit(call: Call, world: World) -> Iterator[Output]:
    """Edit what is named, and do what follows from it."""
    what = call.text("what")
    return _EDITORS.get(what, _edit_named)(call, world)


def _edit_session(call: Call, world: World) -> Iterator[Output]:
    from callbox.shell.rewriting import apply_difference, read_session, session_text
    from callbox.shell.run import run
    from callbox.shell.spoken import edit_line

    session = world.session
    with world.ports.edit(session_text(session), ".callbox") as text:
        edits = apply_difference(session, read_session(text, session, world, run))
    if not edits:
        yield say("nothing was changed")
    for one in edits:
        yield say(edit_line(one))


def _edit_last(call: Call, world: World) -> Iterator[Output]:
    """The last request as a `.http` text: what is left of it is sent."""
    from callbox.script.write import script_of
    from callbox.shell.replaying import send_script

    record = world.history.get(-1)
    before = script_of([_own(record)])
    with world.ports.edit(before, ".http") as text:
        if text == before:
            yield say("nothing was changed; again sends it as it is")
            return
        yield from send_script(text, world)


def edit_request(draft: Draft, world: World, send: Callable[[], Iterator[Output]]) -> Iterator[Output]:
    """`METHOD .. --edit`: what is left of the `.http` text is sent; left alone, `send` sends what was said."""
    from callbox.script.write import script_of
    from callbox.shell.replaying import send_script

    unsent = Record(draft, world.session.preview(draft), Incoming(0, "", Headers()))
    before = script_of([_own(unsent)])
    with world.ports.edit(before, ".http") as text:
        if text == before:
            yield from send()
            return
        yield from send_script(text, world)


def _own(record: Record) -> Record:
    """The request as it was typed: what the session added is added again."""
    outgoing = record.history[0].outgoing if record.history else record.outgoing
    kept = tuple(field for field in outgoing.headers if field.source in _OWN)
    return record._replace(outgoing=outgoing._replace(headers=kept, auth=None), history=())


def _edit_named(call: Call, world: World) -> Iterator[Output]:
    """A saved request by its name, else a file."""
    name = call.text("what")
    shelf = world.ports.open_shelf("requests")
    if name in shelf.names() and "/" not in name and "." not in name:
        world.ports.edit_file(str(shelf.path(name)))
        yield say(f"edited request '{name}': send {name} sends it")
        return
    if name.endswith("/"):
        raise UsageError(f"{name} is a folder, not a file", place=call.place("what"))
    if tip := _misspelt(name, ("session", "last", *shelf.names()), world):
        raise UsageError(f"Nothing is named '{name}'", hint=tip, place=call.place("what"))
    world.ports.edit_file(name)
    if name.endswith((".http", ".rest")):
        from callbox.shell.listing import file_problems

        yield from file_problems(name, world)
        yield say(f"replay {name} sends its requests", "hint")


def _misspelt(name: str, known: tuple[str, ...], world: World) -> str:
    """What was meant by a word that looks like no file; a file that is there, or is to be, is meant as it is."""
    if "." in name or "/" in name or name in world.ports.list_files(name):
        return ""
    return hint(name, known)


_EDITORS: Mapping[str, Callable[[Call, World], Iterator[Output]]] = {"session": _edit_session, "last": _edit_last}
