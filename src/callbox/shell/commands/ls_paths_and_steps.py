"""`ls`: the known paths below a path of the API, or the requests of a `.http` file.

`callbox replay --list` shows the same rows of requests.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.errors import Place, UsageError
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.redaction.unreadable_file_lines import redact_error, redact_script_target
from callbox.exchange.url import Url, UrlError, join, parse, readable_path
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser.file_and_blocks import parse as parse_script
from callbox.httpfile.script_suffixes import is_script_name
from callbox.httpfile.source_and_diagnostics import joined
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.error_display import problem
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import table
from callbox.shell.command_context import Context
from callbox.shell.known_openapi_descriptions import seen_items
from callbox.shell.line.grammar import Call
from callbox.shell.line.redaction import redact_text
from callbox.shell.outputs import Output, Status
from callbox.shell.text_and_json_listings import Listing, show


class PathRow(NamedTuple):
    """A path of the API, the methods used on it, and a description."""

    path: str
    asked: list[dict[str, object]]
    """The methods that were used on the path, each with the last status."""
    about: str


def ls(call: Call, context: Context) -> Iterator[Output]:
    """`ls [PATH | FILE.http]`."""
    where = call.text("where")
    if is_script_name(where):
        with call.at("where"):
            script = parse_script(context.ports.read_file(where), where)
        yield from show(_steps_of(script), call, context)
        yield from _problems(script, context)
        return
    root = _root(where, context)
    if_empty = f"nothing is known below {root.path} yet; callbox learns paths from your requests and their responses"
    yield from show(Listing(lambda _: _known_paths(root, context), _path_table, if_empty), call, context)


def file_problems(name: str, context: Context) -> Iterator[Output]:
    """The errors of a script that prevent a request from being sent."""
    yield from _problems(parse_script(context.ports.read_file(name), name), context)


def _problems(script: Script, context: Context) -> Iterator[Output]:
    lines = script.text.split("\n")
    for found in script.errors:
        place = Place(script.name, found.at.line, found.at.column, length=1, source=lines[found.at.line - 1][:400])
        error = redact_error(UsageError(found.message, hint=found.hint, place=place))
        yield Status(problem(error, width=context.columns()))


def _steps_of(script: Script) -> Listing[StepRow]:
    return Listing(
        lambda _: step_rows(script, script.steps), lambda rows, _: step_lines(rows), f"no request in {script.name}"
    )


def _root(where: str, context: Context) -> Url:
    """The URL whose paths are listed."""
    base = context.session.base_url
    if not base and "://" not in where:
        raise UsageError("No base URL is set", hint="set base URL, or: ls FILE.http")
    return parse(join(base, where or "."))


def _path_table(rows: Sequence[PathRow], context: Context) -> Fragments:
    cells = [(row.path, ", ".join(f"{one['method']} {one['status']}" for one in row.asked), row.about) for row in rows]
    return table(("path", "last responses", ""), cells, context.columns())


def _known_paths(root: Url, context: Context) -> Iterator[PathRow]:
    """The next segment of each known path below the root, with a slash at the end if longer paths follow."""
    below = readable_path(root.path).rstrip("/")
    statuses: dict[str, dict[str, int]] = {}
    for record in (record for _, record in context.history.items() if record.is_answered):
        url = record.outgoing.url
        path = redact_filled(url.path, record.outgoing.all_secrets)
        name = _step(readable_path(path), below) if url.origin == root.origin else ""
        if name:
            seen = statuses.setdefault(name, {})
            if not name.endswith("/"):
                seen[record.outgoing.method] = record.response.status
    about = _descriptions(root, below, context)
    names = {*statuses, *about}
    for name in sorted(names, key=_in_order):
        twin = name[:-1] if name.endswith("/") else f"{name}/"
        if twin in names and _comes_second(name, about):
            continue
        asked = statuses.get(name, {}) | statuses.get(twin, {})
        rows: list[dict[str, object]] = [{"method": method, "status": status} for method, status in asked.items()]
        yield PathRow(name, rows, about.get(name, "") or about.get(twin, ""))


def _comes_second(name: str, about: Mapping[str, str]) -> bool:
    """Whether the list leaves this name out, because the description has the same name with or without a final
    slash.
    """
    if name.endswith("/"):
        return not about.get(name) and bool(about.get(name[:-1]))
    return not about.get(name) or bool(about.get(f"{name}/"))


def _in_order(name: str) -> tuple[bool, int, str, str]:
    """A sort key for names: numbers come first, ordered by their value."""
    step = name.rstrip("/")
    is_number = step.isdecimal() and step.isascii() and len(step) < _MAX_DIGITS
    return (not is_number, int(step) if is_number else 0, step, name)


_MAX_DIGITS = 20


def _descriptions(root: Url, below: str, context: Context) -> dict[str, str]:
    """The next segment of each path below the root, with a short description.

    The paths are those that a response named, the API description has, or the shell saw.
    """
    about: dict[str, str] = {}
    for target in (one.name for one in context.completion.targets):
        with contextlib.suppress(UrlError):
            url = parse(join(context.session.base_url, target))
            if url.origin == root.origin and (name := _step(readable_path(url.path), below)):
                about.setdefault(name, "")
    about.update(_described_names(root, below, context))
    for path, description in _seen_paths(root, below, context):
        name = _step(path, below)
        if name:
            about[name] = about.get(name) or description
    return about


def _described_names(root: Url, below: str, context: Context) -> Iterator[tuple[str, str]]:
    """The described segments below a path, with their methods and summaries; `{id}` stands for any value."""
    described = context.apis.at(context.session.base_url)
    if described is None:
        return
    for path, node in described.level(root.origin, f"{below}/"):
        methods = ", ".join(f"{one} (deprecated)" if one in node.deprecated else one for one in node.methods)
        yield visible_line(path[len(below) + 1 :]), visible_line(f"{methods}  {node.summary}".strip())


def _seen_paths(root: Url, below: str, context: Context) -> Iterator[tuple[str, str]]:
    """The known paths of this origin, each with its label, or with a note that an earlier shell saw it."""
    seen = context.completion.seen
    if seen is None:
        return
    described = context.apis.at(context.session.base_url)
    for value in seen_items(seen, described, root.origin, below):
        yield value.text, value.meta if value.label or not value.number else ""
    for value in seen.paths(root.origin):
        is_here = value.text.rpartition("/")[0] == below
        yield value.text, value.meta if is_here and not value.number else ""


def _step(path: str, root: str) -> str:
    if not path.startswith(root + "/"):
        return ""
    first, slash, rest = path[len(root) + 1 :].partition("/")
    return first + slash if rest or not slash else first


class StepRow(NamedTuple):
    """A request of a script: a row of the listing, with its secrets redacted."""

    file: str
    line: int
    number: int
    name: str
    title: str
    method: str
    target: str
    command: str
    """The curl command of the request, if it is written as one; else empty."""
    tags: list[str]


def step_rows(script: Script, steps: Iterable[Step]) -> Iterator[StepRow]:
    """A row for each of these steps."""
    for step in steps:
        yield StepRow(
            file=script.name,
            line=step.at.line,
            number=step.number,
            name=redact_named(step.name),
            title=redact_named(step.title),
            method=step.method,
            target=redact_script_target(text.text for text in step.url),
            command=redact_text(joined(step.command)),
            tags=sorted(step.tags),
        )


def step_lines(rows: Iterable[StepRow]) -> Fragments:
    """One line for each request: its position, its method and URL, its name, and its file and line."""
    out: Fragments = []
    for row in rows:
        method, target = row.method, row.target
        if row.command:
            method, _, target = row.command.partition(" ")
        name = row.name or row.title
        out += [
            ("dim", f"{row.number:>3}  "),
            ("method", f"{visible_line(method or '-'):<6} "),
            ("url", visible_line(target)),
            ("title", f"  {visible_line(name)}" if name else ""),
            ("dim", f"  {visible_line(row.file)}:{row.line}\n"),
        ]
    return [fragment for fragment in out if fragment[1]]
