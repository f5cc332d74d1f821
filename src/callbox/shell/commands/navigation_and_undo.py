"""`cd`, `reset`, `undo` and `redo`."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.edit_log import NOUNS, Edit, describe_all
from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.url import check_no_control, join, origin_of, read_base
from callbox.render.sanitise import visible_line
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import names_host, redact_target
from callbox.shell.outputs import Output, say
from callbox.shell.requests.credentials import user_entries
from callbox.shell.session_as_commands import format_edit
from callbox.shell.session_persistence import after_undo

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""The methods that change nothing on a server (RFC 9110 section 9.2.1)."""


def cd(call: Call, context: Context) -> Iterator[Output]:
    """`cd URL | PATH | .. | -`: move the base. A note lists the entries that are bound to the former origin."""
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
        yield say(f"session '{context.session_file.name}' is empty on disk, too; undo brings it back", "note")


def undo(call: Call, context: Context) -> Iterator[Output]:
    """`undo`: take back the last edit that can be undone."""
    sent = _request_after(context)
    undone = context.session.undo()
    yield from _skipped_edits(undone.skipped)
    for edit in undone.edits:
        yield say(f"undid: {format_edit(edit.inverted())}")
    if sent is not None:
        target = redact_target(sent.draft.url, sent.draft.secrets)
        text = f"undo takes back edits of the session, and not what was sent ({sent.draft.method} {target})"
        yield say(visible_line(f"{text}; redo makes the edit again"), "hint")
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
            raise UsageError("'-' goes back to the base before, and there is none", hint="cd https://api.example.com")
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
    for key in keys:
        session.apply(noun, key, None)
    captured = len(context.captures) if noun == "var" else 0
    if captured:
        context.captures.clear()
    return len(keys) + captured
