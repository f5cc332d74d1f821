"""`ls`: what is known below a path of the API, or the requests of a `.http` file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.url import UrlError, join, parse
from callbox.render.sanitise import visible_line
from callbox.render.tables import table
from callbox.shell.command import Call
from callbox.shell.outputs import Output, Status, Text, say
from callbox.shell.target import hide_secrets
from callbox.shell.world import World

if TYPE_CHECKING:
    from callbox.httpfile.model import Script

SCRIPTS = (".http", ".rest")


class _Seen(NamedTuple):
    """What is known of one path."""

    methods: dict[str, int]
    """Each method that was used, and the last status it had."""
    about: str = ""


def list_path(call: Call, world: World) -> Iterator[Output]:
    """`ls [PATH | FILE.http]`."""
    where = call.text("where")
    if where.endswith(SCRIPTS):
        yield from _list_script(where, call, world)
        return
    root, below = _listed(where, world)
    if not below:
        yield say(f"nothing is known below {root} yet: it fills with what you ask for and what answers name", "note")
        return
    rows = [[name, _methods(seen), seen.about] for name, seen in sorted(below.items())]
    yield Text(table(("path", "asked", ""), [[visible_line(cell) for cell in row] for row in rows], world.columns()))


def list_rows(call: Call, world: World) -> Iterator[dict[str, object]]:
    """The same for programs: a row for each path, or for each request of the file."""
    where = call.text("where")
    if where.endswith(SCRIPTS):
        script = _script(where, call, world)
        for step in script.steps:
            names = {"number": step.number, "name": step.name, "title": step.title}
            yield {**names, "method": step.method, "target": step.target, "line": step.at.line}
        return
    _, below = _listed(where, world)
    for name, seen in sorted(below.items()):
        asked = [{"method": method, "status": status} for method, status in seen.methods.items()]
        yield {"path": name, "asked": asked, "about": seen.about}


def _listed(where: str, world: World) -> tuple[str, dict[str, _Seen]]:
    """The path that is asked about, and what is known below it."""
    base = world.session.base_url
    if not base and "://" not in where:
        raise UsageError("There is no base to list", hint="set base URL, or: ls FILE.http")
    root = parse(join(base, where or "."))
    return root.path, _below(world, root.origin, root.path.rstrip("/"))


def _below(world: World, origin: str, path: str) -> dict[str, _Seen]:
    """The next step of each path below this one; where more follows, with a slash at its end."""
    found: dict[str, _Seen] = {}
    for record in (record for _, record in world.history.items() if record.is_answered):
        url = record.outgoing.url
        name = _step(url.path, path) if url.origin == origin else ""
        if name:
            seen = found.setdefault(name, _Seen({}))
            if not name.endswith("/"):
                seen.methods[record.outgoing.method] = record.incoming.status
    for target, about in world.known.targets:
        try:
            url = parse(join(world.session.base_url, target))
        except UrlError:
            continue
        name = _step(url.path, path) if url.origin == origin else ""
        if name:
            seen = found.get(name, _Seen({}))
            found[name] = seen._replace(about=seen.about or hide_secrets(about))
    return found


def _step(path: str, root: str) -> str:
    if not path.startswith(root + "/"):
        return ""
    first, slash, rest = path[len(root) + 1 :].partition("/")
    return first + slash if rest or not slash else first


def _methods(seen: _Seen) -> str:
    return ", ".join(f"{method} {status}" for method, status in seen.methods.items())


def _list_script(name: str, call: Call, world: World) -> Iterator[Output]:
    from callbox.report.console import listing

    script = _script(name, call, world)
    yield Text(listing(script, script.steps))
    yield from file_problems(name, world)


def _script(name: str, call: Call, world: World) -> Script:
    from callbox.httpfile.parser import parse as parse_script

    try:
        return parse_script(world.ports.read_file(name), name)
    except CallboxError as error:
        error.place = error.place or call.place("where")
        raise


def file_problems(name: str, world: World) -> Iterator[Output]:
    """A line for each thing in a script that keeps a request from being sent."""
    from callbox.httpfile.parser import parse as parse_script
    from callbox.render.errors import problem

    script = parse_script(world.ports.read_file(name), name)
    for found in script.errors:
        source = script.text.split("\n")[found.at.line - 1][:400]
        place = Place(name, found.at.line, found.at.column, 1, source)
        yield Status(problem(UsageError(found.message, hint=found.hint, place=place), width=world.columns()))
