"""Listings: `ls`, and the JSON rows of each `show --format json`. Secrets are redacted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.url import UrlError, join, parse
from callbox.httpfile.parser.script import parse as parse_script
from callbox.render.errors import problem
from callbox.render.sanitise import visible_line
from callbox.render.tables import table
from callbox.report.console import listing
from callbox.shell.context import Context
from callbox.shell.line.command import Call
from callbox.shell.line.targets import redact_target
from callbox.shell.outputs import Output, Status, TextOutput, say
from callbox.shell.saved.autosave import list_saved_sessions
from callbox.shell.saved.saved_request import list_saved_requests
from callbox.shell.saved.session_text import changed_lines

if TYPE_CHECKING:
    from callbox.httpfile.model import Script
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from callbox.engine.edit_log import Entry
from callbox.engine.options import OPTIONS, format_option
from callbox.engine.state import FIRST_ORIGIN
from callbox.exchange.secret import Secret, redact_field, redact_url
from callbox.shell.outputs import BodyOutput
from callbox.shell.requests.bound_origins import is_built_in, user_entries
from callbox.shell.variables import shown_variables

SCRIPTS = (".http", ".rest")


class _KnownPath(NamedTuple):
    """A path of the API, the methods used on it, and a description."""

    methods: dict[str, int]
    """Each method that was used, and the last status it had."""
    about: str = ""


def list_path(call: Call, context: Context) -> Iterator[Output]:
    """`ls [PATH | FILE.http]`."""
    where = call.text("where")
    if where.endswith(SCRIPTS):
        yield from _list_script(where, call, context)
        return
    root, below = _known_paths(where, context)
    if not below:
        yield say(f"nothing is known below {root} yet: it fills with what you ask for and what answers name", "note")
        return
    rows = [[name, _methods(seen), seen.about] for name, seen in sorted(below.items())]
    yield TextOutput(
        table(("path", "asked", ""), [[visible_line(cell) for cell in row] for row in rows], context.columns())
    )


def list_rows(call: Call, context: Context) -> Iterator[dict[str, object]]:
    """The rows of `ls --format json`: one for each path, or for each request of the file."""
    where = call.text("where")
    if where.endswith(SCRIPTS):
        script = _script(where, call, context)
        for step in script.steps:
            names = {"number": step.number, "name": step.name, "title": step.title}
            yield {**names, "method": step.method, "target": step.target, "line": step.at.line}
        return
    _, below = _known_paths(where, context)
    for name, seen in sorted(below.items()):
        asked = [{"method": method, "status": status} for method, status in seen.methods.items()]
        yield {"path": name, "asked": asked, "about": seen.about}


def _known_paths(where: str, context: Context) -> tuple[str, dict[str, _KnownPath]]:
    """The listed path, and the known paths below it."""
    base = context.session.base_url
    if not base and "://" not in where:
        raise UsageError("There is no base to list", hint="set base URL, or: ls FILE.http")
    root = parse(join(base, where or "."))
    return root.path, _below(context, root.origin, root.path.rstrip("/"))


def _below(context: Context, origin: str, path: str) -> dict[str, _KnownPath]:
    """The next step of each path below this one; where more follows, with a slash at its end."""
    found: dict[str, _KnownPath] = {}
    for record in (record for _, record in context.history.items() if record.is_answered):
        url = record.outgoing.url
        name = _step(url.path, path) if url.origin == origin else ""
        if name:
            seen = found.setdefault(name, _KnownPath({}))
            if not name.endswith("/"):
                seen.methods[record.outgoing.method] = record.response.status
    for target, about in context.completion.targets:
        try:
            url = parse(join(context.session.base_url, target))
        except UrlError:
            continue
        name = _step(url.path, path) if url.origin == origin else ""
        if name:
            seen = found.get(name, _KnownPath({}))
            found[name] = seen._replace(about=seen.about or redact_target(about))
    return found


def _step(path: str, root: str) -> str:
    if not path.startswith(root + "/"):
        return ""
    first, slash, rest = path[len(root) + 1 :].partition("/")
    return first + slash if rest or not slash else first


def _methods(seen: _KnownPath) -> str:
    return ", ".join(f"{method} {status}" for method, status in seen.methods.items())


def _list_script(name: str, call: Call, context: Context) -> Iterator[Output]:
    script = _script(name, call, context)
    yield TextOutput(listing(script, script.steps))
    yield from file_problems(name, context)


def _script(name: str, call: Call, context: Context) -> Script:
    try:
        return parse_script(context.ports.read_file(name), name)
    except CallboxError as error:
        error.place = error.place or call.place("where")
        raise


def file_problems(name: str, context: Context) -> Iterator[Output]:
    """Yield each error of a script that prevents a request from being sent."""
    script = parse_script(context.ports.read_file(name), name)
    for found in script.errors:
        source = script.text.split("\n")[found.at.line - 1][:400]
        place = Place(name, found.at.line, found.at.column, 1, source)
        yield Status(problem(UsageError(found.message, hint=found.hint, place=place), width=context.columns()))


Row: TypeAlias = dict[str, object]
_FIRST_ORIGIN = "the first origin asked for"


def list_as_json(call: Call, context: Context) -> BodyOutput:
    """The rows of a listing as a JSON text: laid out on a terminal, and for programs everywhere else.

    Those of the session are an object: the rows of each noun by its name, `base` as it is.
    """
    noun = call.command.words[-1]
    found: object = _session(context) if noun == "session" and not call.has("changed") else list(_rows(call, context))
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return BodyOutput(f"{text}\n".encode("utf-8", "surrogateescape"), "application/json")


def _rows(call: Call, context: Context) -> Iterator[Row]:
    noun = call.command.words[-1]
    if noun == "ls":
        return list_rows(call, context)
    return _changed(context) if noun == "session" else _ROWS[noun](context)


def _session(context: Context) -> dict[str, object]:
    """The session as an object; options with their default values are left out."""
    nouns = ("headers", "auth", "cookies", "query", "vars", "options", "connection")
    found: dict[str, object] = {noun: list(_ROWS[noun](context)) for noun in nouns}
    found["options"] = [row for row in _options(context) if row["set"]]
    return {"base": redact_url(context.session.base_url) or None, **found}


def _changed(context: Context) -> Iterator[Row]:
    for noun, line in changed_lines(context):
        yield {"noun": noun, "line": line}


def _base(context: Context) -> Iterator[Row]:
    if context.session.base_url:
        yield {"url": redact_url(context.session.base_url)}


def _origin(origin: str) -> str | None:
    return _FIRST_ORIGIN if origin == FIRST_ORIGIN else origin or None


def _values(held: Entry) -> Iterator[str]:
    for value in held.values:
        yield redact_field(held.name, value if isinstance(value, (str, Secret)) else str(value))


def _headers(context: Context) -> Iterator[Row]:
    for key, held in context.session.entries("header").items():
        if isinstance(held, Entry):
            for value in _values(held):
                is_own = not is_built_in(context.session, key, held)
                yield {"name": held.name, "value": value, "origin": _origin(held.origin), "built_in": not is_own}


def _query(context: Context) -> Iterator[Row]:
    for held in user_entries(context.session, "query").values():
        for value in _values(held):
            yield {"name": held.name, "value": value, "origin": _origin(held.origin)}


def _cookies(context: Context) -> Iterator[Row]:
    context.session.jar.drop_expired(context.ports.now())
    for cookie in context.session.jar.snapshot():
        yield {
            "name": cookie.name,
            "value": cookie.value,
            "domain": cookie.domain or None,
            "path": cookie.path,
            "expires": cookie.expires,
            "secure": cookie.secure,
            "http_only": cookie.http_only,
            "same_site": cookie.same_site or None,
            "host_only": cookie.host_only,
        }


def _auth(context: Context) -> Iterator[Row]:
    for origin, auth in context.session.credentials.items():
        yield {"scheme": auth.scheme, "shown": auth.describe(), "origin": _origin(origin)}


def _vars(context: Context) -> Iterator[Row]:
    set_by_hand = context.session.vars
    for name, value in shown_variables(context).items():
        captured = name not in set_by_hand and name in context.captures
        yield {"name": name, "value": redact_field(name, value), "captured": captured}


def _options(context: Context) -> Iterator[Row]:
    held = user_entries(context.session, "option")
    for name in OPTIONS:
        one = held.get(name)
        value = one.values[0] if one is not None else context.session.option_defaults[name]
        yield {
            "name": name,
            "value": redact_url(value) if isinstance(value, str) else value,
            "text": redact_url(format_option(name, value)),
            "set": one is not None,
            "origin": _origin(one.origin) if one is not None else None,
        }


def _connections(context: Context) -> Iterator[Row]:
    for one in context.session.connections():
        yield {
            "number": one.number,
            "peer": one.peer,
            "requests": one.requests,
            "tls": one.tls or None,
            "verified": one.is_verified,
        }


def _history(context: Context) -> Iterator[Row]:
    for number, record in context.history.items():
        sent = (record.history[0] if record.history else record).outgoing
        yield {
            "number": number,
            "method": sent.method,
            "url": redact_target(sent.url.text),
            "status": record.response.status or None,
            "size": record.size,
            "seconds": record.response.timings.total,
            "complete": record.is_complete,
            "fault": record.fault or None,
            "time": record.time,
        }


def _sessions(context: Context) -> Iterator[Row]:
    for name, holds, is_current in list_saved_sessions(context):
        yield {"name": name, "holds": holds, "current": is_current}


def _requests(context: Context) -> Iterator[Row]:
    for name, method, url in list_saved_requests(context):
        yield {"name": name, "method": method, "url": url}


_ROWS: Mapping[str, Callable[[Context], Iterator[Row]]] = {
    "headers": _headers,
    "query": _query,
    "cookies": _cookies,
    "auth": _auth,
    "vars": _vars,
    "options": _options,
    "base": _base,
    "connection": _connections,
    "history": _history,
    "sessions": _sessions,
    "requests": _requests,
}
