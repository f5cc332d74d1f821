"""Write the session as the commands that set it: for `show session`, for `undo` and the history, and for `edit
session`.

`edit session` runs the edited lines in a new session, and applies the difference as one edit. So nothing changes if a
line has an error.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import NamedTuple

from callbox.engine.client import LiveSession
from callbox.engine.options import format_option
from callbox.engine.session_snapshot_and_restore import snapshot, with_holes
from callbox.engine.session_state_and_edit_log import ENTRY_NOUNS, FIRST_ORIGIN, NOUNS, Edit, Entry, user_entries
from callbox.errors import CallboxError, UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.cookies import Cookie
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.displayed_fields_and_values import redact_value
from callbox.exchange.secret import ASK, ReferencedSecret, Secret
from callbox.exchange.url import origin_of
from callbox.shell.command_context import Context
from callbox.shell.line.lexer import joined_lines, split
from callbox.shell.line.line_writer import Attribute, Syntax, write_line
from callbox.shell.line.targets_and_items import redact_target
from callbox.shell.outputs import Failure
from callbox.shell.requests.credentials_and_secret_references import EVERYWHERE, auth_words


class RemovedDefault(NamedTuple):
    """A built-in header that the user removed."""

    name: str
    value: str
    """The built-in value of the header."""


def removed_defaults(session: LiveSession) -> dict[str, RemovedDefault]:
    """The built-in headers that this session leaves out, by key."""
    missing = (key for key in session.defaults if key not in session.headers)
    return {key: RemovedDefault(key.title(), session.defaults[key]) for key in missing}


def format_lines(noun: str, value: object) -> Iterator[str]:
    """The commands that set this entry; a secret is written as `?`."""
    yield from _FORMATTERS[noun](value)


def format_edit(edit: Edit) -> str:
    """An edit as the command that made it: `set header X-Test true`, `unset cookie sid`."""
    if isinstance(edit.before, RemovedDefault) and edit.after is None:
        return write_line("set", "header", edit.before.name, edit.before.value)
    if edit.after is None:
        return write_line("unset", edit.noun, *_name(edit.before))
    lines = list(format_lines(edit.noun, edit.after))
    return lines[-1] if _is_addition(edit) else lines[0]


def _is_addition(edit: Edit) -> bool:
    """Whether an edit added a value to the existing values of a name."""
    before, after = edit.before, edit.after
    return isinstance(before, Entry) and isinstance(after, Entry) and before.values == after.values[:-1]


def _name(value: object) -> tuple[str, ...]:
    name = value.name if isinstance(value, (Entry, Cookie)) else ""
    return (name,) if name else ()


def _shown_value(name: str, value: object) -> str:
    if isinstance(value, ReferencedSecret):
        return value.reference
    if isinstance(value, Secret) or is_credential_name(name):
        return Syntax(ASK)
    shown = redact_value(str(value), lambda _: ASK)
    # A `?` in quotes would be a value that the user has set. Without quotes, it makes the command ask for the value.
    return Syntax(ASK) if shown == ASK != str(value) else shown


def _format_header(value: object) -> Iterator[str]:
    if isinstance(value, RemovedDefault):
        yield write_line("unset", "header", value.name)
        return
    yield from _format_values("header", value)


def _format_query(value: object) -> Iterator[str]:
    yield from _format_values("query", value)


def _format_values(noun: str, held: object) -> Iterator[str]:
    assert isinstance(held, Entry)
    everywhere = [Syntax("--everywhere")] if not held.origin and is_credential_name(held.name) else []
    for number, value in enumerate(held.values):
        added = [Syntax("--add")] if number else []
        yield write_line("set", noun, held.name, _shown_value(held.name, value), *added, *everywhere)


def _format_var(held: object) -> Iterator[str]:
    assert isinstance(held, Entry)
    value = held.values[0] if len(held.values) == 1 else " ".join(map(str, held.values))
    yield write_line("set", "var", held.name, _shown_value(held.name, value))


def _format_option(held: object) -> Iterator[str]:
    assert isinstance(held, Entry)
    value = held.values[0] if held.values else None
    yield write_line("set", "option", held.name, redact_target(format_option(held.name, value)))


def _format_auth(auth: object) -> Iterator[str]:
    assert isinstance(auth, Auth)
    yield write_line("set", "auth", *auth_words(auth))


def _format_base(base: object) -> Iterator[str]:
    yield write_line("set", "base", redact_target(str(base)))


def _format_cookie(cookie: object) -> Iterator[str]:
    assert isinstance(cookie, Cookie)
    expires = "" if cookie.expires is None else f"{cookie.expires:.0f}"
    given = (
        Attribute("domain", cookie.domain),
        Attribute("path", cookie.path),
        Attribute("expires", expires),
        Syntax("secure") if cookie.secure else None,
        Syntax("httponly") if cookie.http_only else None,
        Attribute("samesite", cookie.same_site),
        Syntax("host-only") if cookie.host_only and cookie.domain else None,
    )
    attributes = (one for one in given if one is not None and not _is_default(one))
    yield write_line("set", "cookie", cookie.name, Syntax(ASK) if cookie.value else "", *attributes)


def _is_default(one: Attribute | Syntax) -> bool:
    """Whether an attribute may be left out: an empty attribute other than the path."""
    return isinstance(one, Attribute) and not one.value and one.name != "path"


_FORMATTERS: Mapping[str, Callable[[object], Iterator[str]]] = {
    "header": _format_header,
    "query": _format_query,
    "var": _format_var,
    "option": _format_option,
    "auth": _format_auth,
    "base": _format_base,
    "cookie": _format_cookie,
}


_HEAD = """\
# The commands that make this session. You may change, add and remove lines. An unchanged file changes nothing.
# A ? stands for a secret. An unchanged line keeps the secret. For a new line, the shell asks for the secret.
"""
_MULTIPLE = ("header", "query")


class SessionLine(NamedTuple):
    """One line of the session text, and the entry that it sets."""

    base_url: str
    """The base URL that the line needs."""
    line: str
    noun: str
    key: Hashable
    value: object


def session_text(session: LiveSession) -> str:
    """The session as text for the editor."""
    return _HEAD + "".join(f"{line}\n" for line in session_as_lines(session))


def session_as_lines(session: LiveSession) -> Iterator[str]:
    """The session as commands that set it. The base is changed around entries for another origin."""
    return _with_bases(session_lines(session), session)


def session_lines(session: LiveSession) -> list[SessionLine]:
    """The lines of the session, in merge order."""
    found: list[SessionLine] = []
    base = session.base_url
    if base:
        found.append(SessionLine(base_url=base, line=_base_line(base, session), noun="base", key="", value=base))
    for key, removed_header in removed_defaults(session).items():
        found.append(
            SessionLine(
                base_url=base,
                line=next(iter(format_lines("header", removed_header))),
                noun="header",
                key=key,
                value=None,
            )
        )
    for noun in NOUNS[1:]:
        held = session.entries(noun) if noun in ("auth", "cookie") else user_entries(session, noun)
        for key, value in held.items():
            origin = str(key) if noun == "auth" else str(getattr(value, "origin", ""))
            found += _lines_of_entry(noun, key, value, origin, session)
    return found


def _lines_of_entry(
    noun: str, key: Hashable, value: object, origin: str, session: LiveSession
) -> Iterator[SessionLine]:
    base = session.base_url
    is_here = origin in (FIRST_ORIGIN, EVERYWHERE, origin_of(base))
    suffix = " --everywhere" if noun == "auth" and origin == EVERYWHERE else ""
    values = [value._replace(values=(one,)) for one in value.values] if isinstance(value, Entry) else [value]
    for line, one in zip(format_lines(noun, value), values if noun in _MULTIPLE else [value], strict=False):
        line = with_holes(line, session) if noun == "option" else line
        yield SessionLine(base_url=base if is_here else origin, line=line + suffix, noun=noun, key=key, value=one)


def _with_bases(found: list[SessionLine], session: LiveSession) -> Iterator[str]:
    """The lines, with commands that change the base around entries of another origin."""
    base = base_url = session.base_url
    for entry in found:
        if entry.base_url != base_url:
            yield _base_line(entry.base_url, session)
            base_url = entry.base_url
        yield entry.line
    if base_url != base:
        yield _base_line(base, session)


def _base_line(base: str, session: LiveSession) -> str:
    return with_holes(next(iter(format_lines("base", base))), session) if base else "unset base"


def read_session(
    text: str, session: LiveSession, context: Context, run: Callable[[str, Context], object]
) -> LiveSession:
    """Build a new session from the text. Raises UsageError with the number of the wrong line."""
    rebuilt = LiveSession()
    rebuilt.filled_secrets = session.filled_secrets
    rebuilt.headers.clear()
    rebuilt.headers.update(session.defaults)
    rebuilt.defaults.update(session.defaults)
    inner_context = Context(rebuilt, context.ports, context.width)
    inner_context.captures, inner_context.history = context.captures, context.history
    inner_context.capture_files = context.capture_files
    known = {(entry.base_url, entry.line): entry for entry in session_lines(session)}
    known_bases = (*(entry.base_url for entry in known.values()), session.base_url)
    bases = {_base_line(base, session): base for base in known_bases if base}
    for number, line in joined_lines(text):
        entry = known.get((rebuilt.base_url, line.strip()))
        if entry is not None and entry.noun != "base":
            _copy_entry(entry, rebuilt)
        elif line.strip() in bases:
            rebuilt.apply("base", "", bases[line.strip()])
        elif line.strip():
            _run(line, number, inner_context, run)
    return rebuilt


def _copy_entry(entry: SessionLine, rebuilt: LiveSession) -> None:
    value = entry.value
    existing = rebuilt.entries(entry.noun).get(entry.key)
    is_added = entry.line.split(" ")[-1:] == ["--add"] or " --add " in entry.line
    if is_added and isinstance(value, Entry) and isinstance(existing, Entry):
        value = value._replace(values=(*existing.values, *value.values))
    rebuilt.apply(entry.noun, entry.key, value)


_ALLOWED = ("set", "unset", "cd", "#")


def _run(line: str, number: int, inner_context: Context, run: Callable[[str, Context], object]) -> None:
    typed = split(line)
    refused = typed.redirect.operator if typed.redirect is not None else ""
    if typed.bang >= 0:
        refused = "!"
    if typed.words and typed.words[0].text.lower() not in _ALLOWED:
        refused = typed.words[0].text
    if refused:
        raise UsageError(
            f"Line {number}: '{refused}' does not belong here", hint="only set and unset lines are allowed"
        )
    outputs = run(line, inner_context)
    for output in outputs if isinstance(outputs, Iterator) else ():
        if isinstance(output, Failure):
            raise _at(output.error, number)


def _at(error: CallboxError, number: int) -> UsageError:
    return UsageError(f"Line {number}: {error.message}", hint=error.hint, place=error.place)


def apply_difference(session: LiveSession, wanted: LiveSession) -> list[Edit]:
    """Change the session to match `wanted` as one edit; returns the edits."""
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
        return dict(session.entries(noun))
    found: dict[Hashable, object] = dict(user_entries(session, noun).items())
    found.update(removed_defaults(session) if noun == "header" else {})
    return found


def _or_default(session: LiveSession, noun: str, key: Hashable, after: object) -> object:
    """The value to set. If the text no longer sets a built-in header, the header gets its built-in value back."""
    if isinstance(after, RemovedDefault):
        return None
    if after is None and noun == "header" and key in session.defaults:
        name = session.headers.spelled(str(key)) if key in session.headers else str(key).title()
        return Entry(name, (session.defaults[str(key)],))
    return after


def current_entries(session: LiveSession) -> dict[tuple[str, Hashable], object]:
    """All entries that were set or removed, by noun and key; cookies without their timestamps."""
    things: dict[tuple[str, Hashable], object] = {}
    for noun in ("base", "auth"):
        things.update({(noun, key): value for key, value in session.entries(noun).items()})
    for noun in ENTRY_NOUNS:
        things.update({(noun, key): held for key, held in user_entries(session, noun).items()})
    things.update({("header", key): removed_header for key, removed_header in removed_defaults(session).items()})
    for key, cookie in session.entries("cookie").items():
        things["cookie", key] = cookie._replace(created=0, last_access=0) if isinstance(cookie, Cookie) else cookie
    return things


def record_initial_entries(context: Context) -> None:
    """Record the current entries as the starting point of `show session --changed`."""
    context.initial_entries = current_entries(context.session)


def record_initial_state(context: Context, given: Collection[str]) -> None:
    """Record the current entries as initial. The options `given` for this run are not saved."""
    record_initial_entries(context)
    if context.session_file is not None:
        now = snapshot(context.session, keeps_secrets=context.session_file.keeps_secrets)
        run_only = {key: thing for key, thing in now.items() if key[0] == "option" and key[1] in given}
        context.session_file.run_only, context.session_file.seen = run_only, {**context.session_file.seen, **run_only}


def changed_lines(context: Context) -> Iterator[tuple[str, str]]:
    """The changes since the session was opened, each with its noun and the command that makes it."""
    before, now = context.initial_entries, current_entries(context.session)
    for key in (*(key for key in before if key not in now), *now):
        if before.get(key) != now.get(key):
            for line in _change_lines(Edit(noun=key[0], key=key[1], before=before.get(key), after=now.get(key))):
                yield key[0], line


def _change_lines(edit: Edit) -> list[str]:
    return [format_edit(edit)] if edit.after is None else list(format_lines(edit.noun, edit.after))
