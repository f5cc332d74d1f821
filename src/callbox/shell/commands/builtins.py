"""`help`, `clear`, `exit` and `!`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from callbox.errors import CallboxError, UsageError
from callbox.exchange.url import Url, join, parse
from callbox.openapi.description_model import METHODS, Operation
from callbox.render.style import Fragments
from callbox.render.text_width import close_up, wrap, wrap_rows
from callbox.shell.context import Context
from callbox.shell.help import help_text, topics_at
from callbox.shell.line.grammar import Call
from callbox.shell.openapi_operation_help import is_operation, member_page, operation_page
from callbox.shell.outputs import Clear, Exit, Output, TextOutput, say
from callbox.system.process import describe_exit

if TYPE_CHECKING:
    from callbox.openapi.operation_lookup import DescribedBase

MIN_TABLE_WIDTH = 90
"""The narrowest screen on which words and explanations are two columns.

On a narrower one, each explanation follows its word.
"""


def show_help(call: Call, context: Context) -> Iterator[Output]:
    """`help [WORDS]`: list all commands, or explain the one that the words name."""
    yield help_output(call.texts("topic"), context)


def help_output(words: tuple[str, ...], context: Context) -> TextOutput:
    """The help text for these words, wrapped to the screen. Raises UsageError if there is none."""
    width, text = context.columns(), _operation_pages(words, context) or help_text(words)
    return TextOutput(wrap_rows(text, width) if width >= MIN_TABLE_WIDTH else wrap(close_up(text), width))


def help_at(text: str, cursor: int, context: Context) -> Iterator[TextOutput]:
    """The help on the word at the cursor, or on the nearest words that have help; nothing if none has."""
    for topic in topics_at(text, cursor):
        try:
            yield help_output(topic, context)
        except CallboxError:
            continue
        return


def _operation_pages(words: tuple[str, ...], context: Context) -> Fragments:
    """Help on an operation of the description, or on all operations of a path; empty if the words name none.

    Raises UsageError if the words name an operation that the description does not have.
    """
    if not is_operation(words):
        return []
    described = context.apis.at(context.session.base_url)
    if described is None:
        raise UsageError("No description of this API is known", hint="import openapi [FILE | URL]")
    methods = words[:1] if len(words) > 1 else METHODS
    path, *members = words[-1:] if len(words) < 3 else words[1:]
    url = None if "{" in path else parse(join(context.session.base_url, path))
    found: Fragments = []
    for method in (one.upper() for one in methods):
        operation = _operation_at(described, method, path, url, context.session.base_url)
        if operation is not None and operation.method == method:
            page = operation_page(operation, described.api.schemes)
            if members:
                page = member_page(operation, members[0])
            found += [*([("", "\n")] if found and page else []), *page]
    if not found:
        near = described.near_path(url) if url is not None else ""
        hint = f"Did you mean {near}?" if near else "ls lists the paths"
        raise UsageError(f"The description has no operation {' '.join(words)}", hint=hint)
    return found


def _operation_at(described: DescribedBase, method: str, path: str, url: Url | None, base: str) -> Operation | None:
    """The operation of a path: of a URL, or of the template that the description has, with or without the server's."""
    found = described.operation(method, url) if url is not None else None
    if found is not None:
        return found
    prefixes = described.mounts(parse(base).origin) if base else ()
    templates = [path, *(path.removeprefix(prefix) for prefix in prefixes if prefix and path.startswith(f"{prefix}/"))]
    return next((one for text in templates if (one := described.api.operation(f"{method} {text}")) is not None), None)


def clear(call: Call, context: Context) -> Iterator[Output]:
    """`clear`: empty the screen."""
    yield Clear()


def exit_shell(call: Call, context: Context) -> Iterator[Output]:
    """`exit`: end the shell."""
    yield Exit()


def run_shell(call: Call, context: Context) -> Iterator[Output]:
    """`! COMMAND`: run a command in the system's shell."""
    command = call.text("command")
    if not command:
        return
    code = context.ports.run(command)
    if code:
        yield say(describe_exit(code).removeprefix("failed with ").removeprefix("was "), "note")
