"""`show session`, `show headers` and the other `show` commands for the session and its connections."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from callbox.engine.edit_log import Entry
from callbox.engine.options import OPTIONS, format_option
from callbox.engine.state import FIRST_ORIGIN
from callbox.exchange.response import Connection
from callbox.exchange.secret import Secret, redact_field, redact_url
from callbox.render.sanitise import visible, visible_line
from callbox.render.style import Fragments
from callbox.render.tables import table
from callbox.shell.context import Context
from callbox.shell.line.command import Call
from callbox.shell.line.targets import redact_target
from callbox.shell.outputs import Output, TextOutput, say
from callbox.shell.requests.bound_origins import EVERYWHERE, describe_origin, is_built_in, origin_of, user_entries
from callbox.shell.saved.session_text import format_lines, removed_defaults
from callbox.shell.variables import selected_environment

MIN_HELP_WIDTH = 60
"""On narrower screens `show options` leaves out the explanations."""


def show_session(call: Call, context: Context) -> Iterator[Output]:
    """`show session [--changed]`: lines that `source` reads back, in the order in which they are merged."""
    if call.has("changed"):
        from callbox.shell.commands.saved_sessions import show_changed

        yield from show_changed(context)
        return
    lines = [
        line
        for noun in ("base", "header", "auth", "cookie", "query", "var", "option")
        for line in _set_lines(noun, context)
    ]
    lines += [f"# connection {_connection(c)}" for c in context.session.connections()]
    if not lines:
        yield say("the session is empty", "note")
    # Line breaks stay: they stand in quotes, and are read back.
    yield TextOutput([("", visible(line) + "\n") for line in lines])


def show_headers(call: Call, context: Context) -> Iterator[Output]:
    """`show headers`: what goes with every request; built-in ones are dimmed."""
    session = context.session
    for key, held in session.entries("header").items():
        if isinstance(held, Entry):
            yield TextOutput(_header(held, is_built_in(session, key, held)))


def _header(held: Entry, is_default: bool) -> Fragments:
    note = "(built in)" if is_default else describe_origin(held.origin)
    fragments: Fragments = []
    for value in held.values:
        text = visible_line(redact_field(held.name, _text(value)))
        fragments += [("dim" if is_default else "header.name", visible_line(held.name)), ("", f": {text}")]
        fragments += [("source", f"  {note}" if note else ""), ("", "\n")]
    return fragments


def _text(value: object) -> str | Secret:
    return value if isinstance(value, (str, Secret)) else str(value)


def show_query(call: Call, context: Context) -> Iterator[Output]:
    """`show query`: the parameters that go with every request."""
    held = user_entries(context.session, "query")
    if not held:
        yield say("no query parameters", "note")
    for parameter in held.values():
        for value in parameter.values:
            text = visible_line(f"{parameter.name}=={redact_field(parameter.name, _text(value))}")
            yield TextOutput([("", text), ("source", f"  {describe_origin(parameter.origin)}".rstrip()), ("", "\n")])


def show_vars(call: Call, context: Context) -> Iterator[Output]:
    """`show vars`: what `{{name}}` may be; captures of replayed scripts are marked."""
    held = user_entries(context.session, "var")
    rows = [[value.name, redact_field(value.name, " ".join(map(str, value.values))), ""] for value in held.values()]
    rows += [
        [name, redact_field(name, value), "captured"] for name, value in context.captures.items() if name not in held
    ]
    environment_name = str(context.session.option("env") or "")
    others = {**held, **context.captures}
    environment = selected_environment(context)
    rows += [
        [name, redact_field(name, value), environment_name] for name, value in environment.items() if name not in others
    ]
    if not rows:
        yield say("no variables", "note")
        return
    yield TextOutput(
        table(("name", "value", ""), [[visible_line(cell) for cell in row] for row in rows], context.columns())
    )


def show_options(call: Call, context: Context) -> Iterator[Output]:
    """`show options`: every option, its value, and what it is for."""
    held = user_entries(context.session, "option")
    rows = []
    for name, option in OPTIONS.items():
        value = held.get(name)
        text = format_option(name, value.values[0] if value is not None else context.session.option_defaults[name])
        is_set = "set" if value is not None else _default_source(name, option.default, context)
        origin = value.origin if value is not None else EVERYWHERE
        where = "the first origin asked for" if origin == FIRST_ORIGIN else origin
        rows.append([name, visible_line(redact_url(text)), f"for {where}" if where else is_set, option.help])
    heads: tuple[str, ...] = ("option", "value", "", "what it is for")
    if context.columns() < MIN_HELP_WIDTH:  # names and values are not cut for the sake of explanations
        heads, rows = heads[:3], [row[:3] for row in rows]
    yield TextOutput(table(heads, rows, context.columns()))


def _default_source(name: str, default: object, context: Context) -> str:
    """Where the default of an option comes from: the environment, the configuration, or neither."""
    if name in context.environment_defaults:
        return f"as {context.session.option('env')} says"
    return "" if context.session.option(name) == default else "configured"


def show_base(call: Call, context: Context) -> Iterator[Output]:
    """`show base`: the URL that paths are below."""
    base = context.session.base_url
    if not base:
        yield say("no base", "note")
        return
    yield _lines([redact_url(base)])


def show_connection(call: Call, context: Context) -> Iterator[Output]:
    """`show connection`: what is open to whom, and how often it was used."""
    connections = context.session.connections()
    if not connections:
        yield say("no open connection", "note")
        return
    yield _lines([_connection(connection) for connection in connections])


def _connection(connection: Connection) -> str:
    count = connection.requests
    parts = [f"#{connection.number} {connection.peer}", f"{count} request{'s' * (count != 1)}"]
    parts += [connection.tls] if connection.tls else []
    parts += [] if connection.is_verified else ["NOT VERIFIED"]
    return ", ".join(parts)


def _set_lines(noun: str, context: Context) -> Iterator[str]:
    session = context.session
    base = session.base_url
    if noun == "base":
        yield from format_lines(noun, base) if base else ()
        return
    if noun == "header":
        yield from (
            line for removed_header in removed_defaults(session).values() for line in format_lines(noun, removed_header)
        )
    if noun in ("auth", "cookie"):
        held = session.entries(noun)
    else:
        held = dict[Hashable, object](user_entries(session, noun).items())
    for key, value in held.items():
        origin = key if noun == "auth" else getattr(value, "origin", "")
        yield from _within_base(origin, base, list(format_lines(noun, value)), is_auth=noun == "auth")


def _within_base(origin: object, base: str, lines: list[str], *, is_auth: bool) -> Iterator[str]:
    """The lines, with `set base` around them if they are bound to another origin."""
    if origin in (FIRST_ORIGIN, origin_of(base)) or (origin == EVERYWHERE and not is_auth):
        yield from lines
    elif origin == EVERYWHERE:
        yield from (f"{line} --everywhere" for line in lines)
    else:
        yield f"set base {origin}"
        yield from lines
        yield f"set base {redact_target(base)}" if base else "unset base"


def _lines(lines: list[str]) -> TextOutput:
    return TextOutput([("", visible_line(line) + "\n") for line in lines])
