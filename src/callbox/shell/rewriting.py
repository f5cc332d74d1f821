"""`edit session`: the lines that make the session, changed by hand, applied as one edit.

The new text is run line by line on a session of its own; what is different in that one is then applied to the live
one. A line that was left as it is stands for the value that it was written from, so a `?` for a secret asks only
where the line is new.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple

from callbox.engine.client import LiveSession
from callbox.engine.edit_log import Edit, Held
from callbox.engine.state import FIRST
from callbox.errors import CallboxError, UsageError
from callbox.shell.belonging import EVERYWHERE, origin_of, own
from callbox.shell.commands.script import joined_lines
from callbox.shell.outputs import Failure
from callbox.shell.spoken import Removed, lines_of, removed
from callbox.shell.words import split
from callbox.shell.world import World

NOUNS = ("base", "header", "auth", "cookie", "query", "var", "option")
_HEAD = """\
# The session, as lines that make it. Change, add or take out lines; leaving the file as it is changes nothing.
# A ? stands for a secret: a line that you leave alone keeps it, a new line asks for it.
"""
_MULTIPLE = ("header", "query")


class Entry(NamedTuple):
    """One line of the session: whom it is for, and what it was written from."""

    context: str
    """The base that it stands under."""
    line: str
    noun: str
    key: Hashable
    value: object


def session_text(session: LiveSession) -> str:
    """The text that is edited."""
    return _HEAD + "".join(f"{line}\n" for line in _with_bases(entries(session), session.base_url))


def entries(session: LiveSession) -> list[Entry]:
    """The session line by line, in the order in which it is merged."""
    found: list[Entry] = []
    base = session.base_url
    if base:
        found.append(Entry(base, next(iter(lines_of("base", base))), "base", "", base))
    for key, gone in removed(session).items():
        found.append(Entry(base, next(iter(lines_of("header", gone))), "header", key, None))
    for noun in NOUNS[1:]:
        held = session.held(noun) if noun in ("auth", "cookie") else own(session, noun)
        for key, value in held.items():
            origin = str(key) if noun == "auth" else str(getattr(value, "origin", ""))
            found += _entries(noun, key, value, origin, base)
    return found


def _entries(noun: str, key: Hashable, value: object, origin: str, base: str) -> Iterator[Entry]:
    is_here = origin in (FIRST, EVERYWHERE, origin_of(base))
    suffix = " --everywhere" if noun == "auth" and origin == EVERYWHERE else ""
    values = [value._replace(values=(one,)) for one in value.values] if isinstance(value, Held) else [value]
    for line, one in zip(lines_of(noun, value), values if noun in _MULTIPLE else [value], strict=False):
        yield Entry(base if is_here else origin, line + suffix, noun, key, one)


def _with_bases(found: list[Entry], base: str) -> Iterator[str]:
    """The lines, with the base changed around those of another origin."""
    context = base
    for entry in found:
        if entry.context != context:
            yield _base_line(entry.context)
            context = entry.context
        yield entry.line
    if context != base:
        yield _base_line(base)


def _base_line(base: str) -> str:
    return next(iter(lines_of("base", base))) if base else "unset base"


def read_session(text: str, session: LiveSession, world: World, run: Callable[[str, World], object]) -> LiveSession:
    """The session that the text makes, apart from the live one. Raises UsageError with the line that is wrong."""
    made = LiveSession()
    made.headers.clear()
    made.headers.update(session.defaults)
    made.defaults.update(session.defaults)
    inner = World(made, world.ports, world.width)
    inner.captures, inner.history = world.captures, world.history
    known = {(entry.context, entry.line): entry for entry in entries(session)}
    bases = {
        _base_line(base): base for base in (*(entry.context for entry in known.values()), session.base_url) if base
    }
    for number, line in joined_lines(text):
        entry = known.get((made.base_url, line.strip()))
        if entry is not None and entry.noun != "base":
            _carry(entry, made)
        elif line.strip() in bases:
            made.apply("base", "", bases[line.strip()])
        elif line.strip():
            _run(line, number, inner, run)
    return made


def _carry(entry: Entry, made: LiveSession) -> None:
    value = entry.value
    there = made.held(entry.noun).get(entry.key)
    is_added = entry.line.split(" ")[-1:] == ["--add"] or " --add " in entry.line
    if is_added and isinstance(value, Held) and isinstance(there, Held):
        value = value._replace(values=(*there.values, *value.values))
    made.apply(entry.noun, entry.key, value)


_ALLOWED = ("set", "unset", "cd", "#")


def _run(line: str, number: int, inner: World, run: Callable[[str, World], object]) -> None:
    words = split(line).words
    if words and words[0].text.lower() not in _ALLOWED:
        raise UsageError(
            f"Line {number}: '{words[0].text}' is not for here", hint="set and unset lines make the session"
        )
    outputs = run(line, inner)
    for output in outputs if isinstance(outputs, Iterator) else ():
        if isinstance(output, Failure):
            raise _at(output.error, number)


def _at(error: CallboxError, number: int) -> UsageError:
    return UsageError(f"Line {number}: {error.message}", hint=error.hint, place=error.place)


def apply_difference(session: LiveSession, wanted: LiveSession) -> list[Edit]:
    """Make the session as this one is, as one edit; returns what was changed."""
    edits: list[Edit] = []
    with session.group():
        for noun in NOUNS:
            before, after = _held(session, noun), _held(wanted, noun)
            changed = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
            wanted_values = ((key, _or_default(session, noun, key, after.get(key))) for key in changed)
            edits += [session.apply(noun, key, value) for key, value in wanted_values]
    return edits


def _held(session: LiveSession, noun: str) -> dict[Hashable, object]:
    if noun in ("auth", "cookie", "base"):
        return dict(session.held(noun))
    found: dict[Hashable, object] = dict(own(session, noun).items())
    found.update(removed(session) if noun == "header" else {})
    return found


def _or_default(session: LiveSession, noun: str, key: Hashable, after: object) -> object:
    """A header that was overridden gets its built-in value back; one that is to be missed has none."""
    if isinstance(after, Removed):
        return None
    if after is None and noun == "header" and key in session.defaults:
        name = session.headers.spelled(str(key)) if key in session.headers else str(key).title()
        return Held(name, (session.defaults[str(key)],))
    return after
