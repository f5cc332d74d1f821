"""The values of `{{...}}` in a typed line, and the options that the selected environment sets.

A name is looked up as a dynamic variable (`$uuid`, `$env.HOME`), then as a part of the last response, then as a
variable of the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from callbox.engine.options import format_option
from callbox.errors import CallboxError, UsageError
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.secret import ReferencedSecret, Secret, reveal
from callbox.exchange.template_braces import holes, percent_encoded, split
from callbox.exchange.url import TextPart
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import ForeignText
from callbox.shell.line.binder import is_of_response
from callbox.shell.outputs import Output, say
from callbox.shell.request_history import History, select_from_history
from callbox.spelling import closest, hint, suggestion

_PARTS = re.compile(r"[^\w\-]+")


def fill(name: str, context: Context, trail: tuple[str, ...] = ()) -> str:
    """The value of one variable. Raises `UsageError` with the nearest names for an unknown variable.

    `trail` lists the variables of environment files that are being filled now and whose values contain this variable.
    """
    if name.startswith("`"):
        return _run_command(name.strip("`"), context)
    if not name:
        raise UsageError("{{}} has no name of a variable", hint="set var NAME VALUE, then {{NAME}}")
    if name.startswith("$"):
        return _fill_dynamic(name, context)
    if name == "last" or name.startswith("last."):
        return _fill_last(name.removeprefix("last").lstrip("."), context)
    values = variables(context)
    if name in values:
        return values[name] if _template_of(name, context) is None else _fill_template(name, context, trail)
    raise UsageError(f"Undefined variable '{name}'", hint=hint(name, values, _undefined_hint(name)))


def _template_of(name: str, context: Context) -> str | None:
    """The text of an environment variable, if the text contains `{{..}}`; None for any other variable."""
    if name in context.captures or name in context.session.vars:
        return None
    text = reveal(selected_environment(context).get(name, ""))
    return text if "{{" in text else None


def _fill_template(name: str, context: Context, trail: tuple[str, ...]) -> str:
    """The value of an environment file with its variables filled.

    Such a value runs no command and reads no response.
    """
    if name in trail:
        circle = " -> ".join([*trail[trail.index(name) :], name])
        raise UsageError(f"'{name}' is defined by itself: {circle}", hint="see the environment files")
    parts = []
    for piece in split(_template_of(name, context) or ""):
        if isinstance(piece, str):
            parts.append(piece)
            continue
        if piece.expression.startswith(("`", "last.")) or piece.expression == "last":
            raise UsageError(f"'{name}' of the environment uses '{piece.expression}', which works only in a typed line")
        value = fill(piece.expression, context, (*trail, name))
        parts.append(percent_encoded(value) if piece.is_encoded else value)
    return "".join(parts)


def foreign_parts(name: str, text: str, context: Context) -> Sequence[TextPart] | None:
    """The parts of the value of a variable, if some parts come from a response; else None.

    `text` is the text of the value.
    """
    if is_of_response(name):
        return (TextPart(text, is_foreign=True),)
    if (held := context.session.vars.get(name)) is not None:
        value = reveal(held)
        return value.parts if isinstance(value, ForeignText) else None
    if name in context.captures:
        return (TextPart(text, is_foreign=True),)
    template = _template_of(name, context)
    if template is None or not any(_is_foreign(used, context) for used in _used_names(name, context)):
        return None
    parts: list[TextPart] = []
    for piece in split(template):
        if isinstance(piece, str):
            parts.append(TextPart(piece))
            continue
        value = fill(piece.expression, context, (name,))
        found = foreign_parts(piece.expression, value, context)
        if piece.is_encoded:
            parts.append(TextPart(percent_encoded(value), is_foreign=found is not None))
        else:
            parts += found if found is not None else (TextPart(value),)
    return parts


def _is_foreign(name: str, context: Context) -> bool:
    held = context.session.vars.get(name)
    return isinstance(reveal(held), ForeignText) if held is not None else name in context.captures


_REQUEST = re.compile(r"h?[0-9]{1,9}")
"""The number of a request of the history."""


def _undefined_hint(name: str) -> str:
    head, dot, rest = name.partition(".")
    if dot and _REQUEST.fullmatch(head):
        return f"{{{{last...}}}} reads only the last response; an earlier value: show last {head} {rest}"
    if dot and closest(head, ("last",)):
        return suggestion(f"last.{rest}")
    return f"set var {name} VALUE"


def variables(context: Context) -> dict[str, str]:
    """Every variable that a line may use and that is not secret.

    Captures replace variables of the environment, and set variables replace captures.
    """
    return {name: str(reveal(value)) for name, value in shown_variables(context).items()}


def shown_variables(context: Context) -> dict[str, str | Secret]:
    """The variables that a line may use; values of private files are `Secret`."""
    return {**selected_environment(context), **context.captures, **context.session.vars}


def refers_to_secret(line: str, context: Context) -> bool:
    """Whether a `{{...}}` of this line refers to a secret: to a value with the name of a credential, to a cookie, or to
    a secret variable.
    """
    return any(is_secret_name(hole.expression, context) for hole in holes(line))


def secrets_in_value(name: str, value: str, context: Context) -> Iterator[tuple[str, str]]:
    """The secrets in the value of an expression, each with its name.

    If a secret is a whole URL, its part after the host also counts as a secret, since URLs may be shown without the
    host.
    """
    if not is_secret_name(name, context):
        return
    shown = shown_variables(context)
    used = {one: reveal(shown[one]) for one in _used_names(name, context) if one in shown}
    inner = {reveal_value: one for one, reveal_value in used.items() if is_secret_variable(one, shown[one])}
    inner.update({known: one for known, one in context.filled_secrets.items() if known in value})
    yield from inner.items()
    if name not in shown or is_secret_variable(name, shown[name]) or not inner:
        yield value, name
        behind = value.partition("://")[2].partition("/")[2]
        if behind:
            yield behind, name


def is_secret_name(name: str, context: Context) -> bool:
    """Whether the expression between two braces refers to a secret."""
    shown = shown_variables(context)
    used = (name, *_used_names(name, context))
    return name.startswith("last.cookies") or any(is_secret_variable(one, shown.get(one)) for one in used)


def _used_names(name: str, context: Context) -> set[str]:
    """The variables that occur in the value of this environment variable, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        template = _template_of(waiting.pop(), context)
        new = {hole.expression for hole in holes(template or "")} - found - {name}
        found |= new
        waiting += new
    return found


def is_secret_variable(name: str, value: str | Secret | None) -> bool:
    """Whether a variable holds a secret: its name says so, or the value is the answer to a question, was read from a
    reference, or contains another secret.
    """
    return isinstance(value, Secret | ReferencedSecret) or any(is_credential_name(part) for part in _PARTS.split(name))


def selected_environment(context: Context) -> Mapping[str, str | Secret]:
    """The variables of the environment that the option `env` names. Raises `UsageError` for an unknown environment."""
    environment = context.session.option("env")
    return context.ports.read_environment(str(environment)) if environment else {}


def _run_command(command: str, context: Context) -> str:
    """Run a command in backquotes and return its output without trailing line breaks.

    Only a line that a person has typed may run a command: a line of a file or a value from a server must never become a
    command.
    """
    if not context.is_typed or context.source_stack:
        tip = "single quotes make the backquotes text"
        raise UsageError("A command in backquotes runs only where it is typed at the prompt", hint=tip)
    data, code = context.ports.capture(command)
    if code:
        raise UsageError(f"`{command}` ended with exit code {code}; nothing was done")
    try:
        return data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"`{command}` did not print text in UTF-8") from None


def _fill_last(path: str, context: Context) -> str:
    if context.last is None:
        raise UsageError("There is no last response yet", hint="try get / first")
    return _text_from_history(context.history, -1, path or "body")


def _fill_dynamic(expression: str, context: Context) -> str:
    from callbox.httpfile.variables.dynamic_variables import (  # this import takes 4 ms, and few lines contain one
        DynamicSources,
        expand_dynamic,
    )

    ports = context.ports
    source = DynamicSources(
        ports.now, ports.random(), env=ports.environ.get, ask=lambda q: ports.ask(q.text or q.name, q.is_secret)
    )
    # `%name` of REST Client is not supported here: a response could choose which environment variable is read
    return expand_dynamic(expression, source)


def _text_from_history(history: History, number: int, path: str) -> str:
    """One value as text for a line. Raises `UsageError` also if the path matches several values."""
    from callbox.exchange.jsonpath_xpath_and_header_selection import (
        format_value,  # 4 ms, and few lines refer to a response
    )

    found = select_from_history(history, number, path)
    if len(found) > 1:
        tip = f"to list the values: show last {path}; to take the first: [0] in place of [*]"
        raise UsageError(f"'{path}' matches {len(found)} values, and exactly one is needed", hint=tip)
    return format_value(found[0])


def apply_environment_options(context: Context) -> Iterator[Output]:
    """Apply the options of the selected environment as defaults; yields a line for each value that changed."""
    session, overrides = context.session, _environment_options(context)
    current = {name: session.option_defaults[name] for name in context.environment_defaults}
    if overrides == current:
        return
    session.option_defaults.update(context.environment_defaults)
    context.environment_defaults = {name: session.option_defaults[name] for name in overrides}
    session.option_defaults.update(overrides)
    session.file_defaults = dict(context.environment_defaults)
    session.options_changed()
    environment = session.option("env")
    for name in dict.fromkeys((*overrides, *current)):
        is_from_environment = name in overrides
        if session.option_defaults[name] != current.get(name, context.environment_defaults.get(name)):
            value = format_option(name, session.option_defaults[name]) or "not set"
            reason = f"as {environment} says" if is_from_environment else "no environment sets it"
            yield say(f"option {name} {value} ({reason})")


def _environment_options(context: Context) -> Mapping[str, object]:
    """The options that the environment sets.

    None if the file of the environment no longer exists. This is an error only when a variable is used.
    """
    environment = context.session.option("env")
    try:
        return context.ports.read_environment_options(str(environment)) if environment else {}
    except CallboxError:
        return {}
