"""Commands of the shell itself: `help`, `clear`, `exit`, `!`, `cd`, `reset`, `undo` and `redo`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from callbox.engine.session_state_and_edit_log import NOUNS, Edit, built_in_entry, describe_all, user_entries
from callbox.errors import CallboxError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.url import Url, check_no_control, join, origin_of, parse, read_base
from callbox.openapi.operations_parameters_and_security import METHODS, Operation
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import close_up, wrap, wrap_rows
from callbox.shell.command_context import Context
from callbox.shell.help_pages import help_text, topics_at
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import names_host, redact_target
from callbox.shell.openapi_help_and_hints import is_operation, member_page, operation_page
from callbox.shell.outputs import Clear, Exit, Output, TextOutput, say
from callbox.shell.session_as_commands import format_edit
from callbox.shell.session_autosave_and_load import after_undo
from callbox.system.child_processes_and_editor import describe_exit

if TYPE_CHECKING:
    from callbox.openapi.operation_lookup import DescribedBase

MIN_TABLE_WIDTH = 90
"""The narrowest screen on which words and explanations are two columns.

On a narrower one, each explanation follows its word.
"""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""The methods that change nothing on a server (RFC 9110 section 9.2.1)."""


def show_help(call: Call, context: Context) -> Iterator[Output]:
    """`help [WORDS]`: list all commands, or explain the one that the words name."""
    yield help_output(call.texts("topic"), context)


def help_output(words: tuple[str, ...], context: Context) -> TextOutput:
    """The help text for these words, wrapped to the screen. Raises UsageError if there is none."""
    width, text = context.columns(), _operation_pages(words, context) or help_text(words)
    return TextOutput(wrap_rows(text, width) if width >= MIN_TABLE_WIDTH else wrap(close_up(text), width))


def help_at(text: str, cursor: int, context: Context) -> Iterator[TextOutput]:
    """The help on the word at the cursor, or on the nearest word that has help; empty if no word has help."""
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
        hint = f"Did you mean {near}?" if near else "to list the paths: ls"
        raise UsageError(f"The description has no operation {' '.join(words)}", hint=hint)
    return found


def _operation_at(described: DescribedBase, method: str, path: str, url: Url | None, base: str) -> Operation | None:
    """The operation of a path.

    The path may be a URL, or the template of the description, with or without the path of the server.
    """
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


def cd(call: Call, context: Context) -> Iterator[Output]:
    """`cd URL | PATH | .. | -`: change the base URL. A note lists the entries that are bound to the former origin."""
    old = context.session.base_url
    new = _target(call.text("where"), old, context)
    context.session.filled_secrets.update(call.secrets)
    context.session.apply("base", "", new)
    context.previous_base = old
    remaining = _bound_entries_note(context, origin_of(old)) if origin_of(old) != origin_of(new) else ""
    yield say(f"base {redact_shown_url(new)}{remaining}")


def reset(call: Call, context: Context) -> Iterator[Output]:
    """`reset`: empty the session, or one kind of its entries; `reset connection` closes the open connections."""
    noun = call.text("noun")
    if noun.startswith("connection"):
        context.session.close()
        yield say("connections closed")
        return
    chosen = [one for one in NOUNS if noun in ("", one, f"{one}s")]
    with context.session.group():
        count = sum(_clear_noun(one, context) for one in chosen)
    yield say(f"removed {count} {noun or 'setting'}{'' if count == 1 or noun.endswith('s') else 's'}")
    if context.session_file is not None and count and not noun:
        yield say(f"session '{context.session_file.name}' is empty on disk, too; to bring it back: undo", "note")


def undo(call: Call, context: Context) -> Iterator[Output]:
    """`undo`: take back the last edit that can be undone."""
    sent = _request_after(context)
    undone = context.session.undo()
    yield from _skipped_edits(undone.skipped)
    for edit in undone.edits:
        yield say(f"undid: {format_edit(edit.inverted())}")
    if sent is not None:
        target = redact_target(sent.draft.url, sent.draft.secrets)
        text = f"undo takes back edits of the session, not the request that was sent ({sent.draft.method} {target})"
        yield say(visible_line(f"{text}; to make the edit again: redo"), "hint")
    if context.session_file is not None:
        yield from after_undo(context, undone)


def _request_after(context: Context) -> Record | None:
    """The last request if it may have changed something, and if no edit was made since."""
    last = context.last
    if last is None or context.edit_before_request is not context.session.edits.newest:
        return None
    return last if last.outgoing.method not in SAFE_METHODS else None


def redo(call: Call, context: Context) -> Iterator[Output]:
    """`redo`: make the edit again that `undo` took back."""
    redone = context.session.redo()
    yield from _skipped_edits(redone.skipped)
    for edit in redone.edits:
        yield say(f"redid: {format_edit(edit)}")


def _skipped_edits(passed: list[Edit]) -> Iterator[Output]:
    if passed:
        yield say(f"not undone, because a response has changed the value since: {describe_all(passed)}", "note")


def _target(where: str, base: str, context: Context) -> str:
    if where == "-":
        if not context.previous_base:
            raise UsageError("'-' has no previous base to go back to", hint="cd https://api.example.com")
        return context.previous_base
    if names_host(where):
        return read_base(where)
    if not base:
        raise UsageError(f"'{where or '/'}' is a path, and no base URL is set", hint="cd https://api.example.com")
    check_no_control(where)
    return read_base(join(base, where or "/").rstrip("/"))


def _bound_entries_note(context: Context, origin: str) -> str:
    """A note on entries bound to the former origin: `  (auth and 2 headers stay with https://a)`."""
    session = context.session
    parts = ["auth"] if origin in session.credentials else []
    for noun, word in (("header", "header"), ("query", "query parameter"), ("option", "option")):
        count = sum(held.origin == origin for held in user_entries(session, noun).values())
        parts += [f"{count} {word}{'s' * (count > 1)}"] if count and origin else []
    if not parts or not origin:
        return ""
    verb = "stays" if len(parts) == 1 and not parts[0].endswith("s") else "stay"
    return f"  ({' and '.join(parts)} {verb} with {origin})"


def _clear_noun(noun: str, context: Context) -> int:
    session = context.session
    keys = list(session.entries(noun)) if noun in ("base", "cookie", "auth") else list(user_entries(session, noun))
    if noun == "header":
        keys += [name for name in session.defaults if name not in session.entries("header")]
    for key in keys:
        session.apply(noun, key, built_in_entry(session, noun, key))
    captured = len(context.captures) if noun == "var" else 0
    if captured:
        context.captures.clear()
    return len(keys) + captured
