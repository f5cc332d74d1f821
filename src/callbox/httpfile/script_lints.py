"""Lint rules for `.http` files: text that can be parsed but is probably a mistake.

The parser reports mistakes that show in one line; the rules here need a whole request or the whole file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from callbox.exchange.media_types_and_charsets import boundary_of
from callbox.exchange.template_braces import holes, split, without_holes
from callbox.httpfile.look_alike_characters import INVISIBLE, character_name
from callbox.httpfile.model import HeaderLine, Piece, Script, Step, Variable
from callbox.httpfile.parser.request_line import METHODS
from callbox.httpfile.requests.step_body_builder import operation_of
from callbox.httpfile.source_and_diagnostics import Diagnostic, Finding, Position, Template, Text, as_lints, finding_at
from callbox.httpfile.tool_notations import NOTATIONS, hint_of
from callbox.httpfile.variables.response_references import StepIndex
from callbox.httpfile.variables.variable_scope import CUT_PARAMETERS
from callbox.spelling import closest, hint

_USUAL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_URLS = ("http://", "https://")
_AFTER_URL = re.compile(r"(?<=[ \t])(?:#|//|HTTP/\d)")
_OPTIONS = {row.name: row for row in NOTATIONS if row.kind == "environment" and row.name.startswith("request_")}
_URL_HINTS = dict.fromkeys(("#", "//"), "Put a comment on a line of its own")
_SENT_VERSIONS = frozenset({"", "1.1"})
_CHARSET = re.compile(r';\s*+charset\s*+=\s*+"?+([\w.:-]{1,40})', re.IGNORECASE)
_JSON = re.compile(r'\s*+\{\s*+"')


def sending_lints(script: Script) -> Iterator[Diagnostic]:
    """Lints for requests that are probably not sent as the author meant.

    Lints of variables come first, and then all other lints by line.
    """
    if "request_" in script.text:
        yield from as_lints(script, _lint_options(script))
    if any(mark in script.text for mark in ("()", "('", "ipsum(", "IPSUM(")):
        yield from as_lints(script, _lint_functions(script))
    urls = [variable.value for variable in script.variables if variable.value.text.startswith(_URLS)]
    yield from as_lints(script, (found for text in urls for found in _lint_url_comments(text)))
    cut = (text for text in urls if "#" in text.text and CUT_PARAMETERS.search(without_holes(text.text)))
    yield from as_lints(script, (found for text in cut for found in _lint_fragment(text)))
    yield from as_lints(script, (found for step in script.steps for found in _lint_sending(step)))


def invisible_characters(script: Script) -> Iterator[Diagnostic]:
    """Lints of invisible characters in URLs and headers, which would be sent with the request."""
    return as_lints(script, (found for step in script.steps for found in _lint_invisible(step)))


def _lint_options(script: Script) -> Iterator[Finding]:
    """Lints of variables that are options of each request in httpyac, and change nothing here."""
    for variable in script.variables:
        if (row := _OPTIONS.get(variable.name)) is not None:
            message = f"@{variable.name} of {row.tools} has no effect here"
            yield Finding("without-effect", message, hint_of(row), variable.at, len(variable.name) + 1)


_FUNCTION = re.compile(
    r"(?:(?<=[\"=:/])|(?<=basic )|\A)(?:(?:guid|string|number|name|first_name|last_name|address|email|job_title"
    r"|getdate|gettime|getdatetime|getutcdatetime)\(\)|(?:base64_encode|upper|lower)\('[^'\n]{0,200}'\)"
    r"|lorem_ipsum\(\d{0,6}\))(?=[\"&/?#]|\Z)",
    re.IGNORECASE,
)
"""A call of a function in httprunner's notation, without braces. It is a whole value, or a string in JSON."""


def _lint_functions(script: Script) -> Iterator[Finding]:
    texts = [variable.value for variable in script.variables]
    for step in script.steps:
        texts += (*step.url, *(text for line in step.headers for text in line.value))
        texts += step.body.texts if step.body.kind in ("json", "form") else ()
    for text in texts:
        for match in _FUNCTION.finditer(text.text) if "(" in text.text else ():
            message = f"{match[0].partition('(')[0]}(..) of httprunner is sent as it is written"
            hint = "Write a variable, such as {{$guid}}, {{$randomInt}} or {{$datetime}}"
            yield finding_at(text.cut(match.start(), match.end()), "without-effect", message, hint)


def _lint_sending(step: Step) -> Iterator[Finding]:
    if step.method and step.method not in METHODS and step.url and (near := closest(step.method, _USUAL_METHODS)):
        yield _lint_method(step, near)
    if step.http_version not in _SENT_VERSIONS and step.url:
        message = f"HTTP/{step.http_version} is not supported: HTTP/1.1 is sent"
        yield finding_at(step.url[-1], "http-version", message, "Leave the version out")
    for text in step.url:
        if " " in text.text or "\t" in text.text:
            yield from _lint_url_comments(text)
    if len(step.url) > 1:
        yield from _lint_query_marks(step.url)
    if "#" in step.target and CUT_PARAMETERS.search(without_holes(step.target)):
        yield from _lint_fragment(next(text for text in step.url if "#" in text.text))
    if (
        step.body.pieces
        and (content_type := step.header("content-type")) is not None
        and "charset" in content_type.text.lower()
    ):
        yield from _lint_charset(step, content_type)
    if step.body.kind == "multipart" and step.directive("raw-body") is None:
        yield from _lint_boundary(step)
        yield from _lint_part_charsets(step)
    if step.body.kind == "graphql" and step.body.pieces:
        yield from _lint_graphql_json(step.body.pieces[0])


def _lint_method(step: Step, near: str) -> Finding:
    """A lint of a method that is probably misspelt. The method is sent as it is written, since a server may know it."""
    at, width = step.url[0].at, len(step.method)
    before = min(width + 1, at.column - 1)
    place = Position(at.line, at.column - before, at.offset - before)
    return Finding("unknown-method", f"{step.method} is not a known method", f"Did you mean {near}?", place, width)


def _lint_charset(step: Step, content_type: HeaderLine) -> Iterator[Finding]:
    """A lint of a charset that is unknown, or is not UTF-8, since texts are always sent in UTF-8."""
    is_ascii = all(text.text.isascii() for text in step.body.texts)
    has_text = not is_ascii or any(file.is_substituted for file in step.body.files)
    if problem := _charset_problem(content_type.text, is_ascii, has_text):
        yield finding_at(content_type.name, "charset", *problem)


def _lint_part_charsets(step: Step) -> Iterator[Finding]:
    """The same lints for the parts of a multipart body, which have their own Content-Type."""
    content_type: Text | None = None
    for piece in step.body.pieces:
        for line in piece.lines() if isinstance(piece, Template) else ():
            if line.text.startswith("--"):
                content_type = None
            elif line.text[:13].lower() == "content-type:":
                content_type = line
            elif content_type is not None and not line.text.isascii():
                if problem := _charset_problem(content_type.text, is_ascii=False, has_text=True):
                    yield finding_at(content_type.cut(0, 12), "charset", *problem)
                content_type = None


def _charset_problem(content_type: str, is_ascii: bool, has_text: bool) -> tuple[str, str] | None:
    """The message and the hint about the charset of a body or part."""
    match = _CHARSET.search(content_type)
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1]).name
    except LookupError:
        message = f"No charset is called {match[1]}: this body is sent as UTF-8"
        return (message, "Write charset=utf-8") if has_text else None
    if name == "utf-8" or is_ascii:
        return None
    message = f"This body is sent as UTF-8, but its Content-Type says {name}"
    return message, f"Write charset=utf-8, or send a file: <@{name} body.txt"


def _lint_graphql_json(first: Piece) -> Iterator[Finding]:
    if isinstance(first, Text) and _JSON.match(first.text):
        message = "This GraphQL query is already JSON, and is wrapped in JSON again"
        yield finding_at(first, "query-of-json", message, "Write the query as it is, or remove X-Request-Type")


def _lint_invisible(step: Step) -> Iterator[Finding]:
    for text in (*step.url, *(text for line in step.headers for text in (line.name, *line.value))):
        match = None if text.text.isascii() else INVISIBLE.search(text.text)
        if match:
            message = f"There is an invisible character here: {character_name(match[0])}"
            yield finding_at(
                text.cut(match.start(), match.end()), "unseen", message, "Retype the text around the character"
            )


def _lint_url_comments(text: Text) -> Iterator[Finding]:
    if match := _AFTER_URL.search(without_holes(text.text)):
        part = "cut off as a fragment" if match[0] == "#" else "sent as part of it"
        message = f"The text after this URL is {part}"
        yield finding_at(
            text.cut(match.start()), "url-comment", message, _URL_HINTS.get(match[0], "Leave this text out")
        )


def _lint_fragment(text: Text) -> Iterator[Finding]:
    message = "The URL ends at this #, and the parameters after it are not sent"
    yield finding_at(text.cut(text.text.index("#")), "url-fragment", message, "Write %23 in place of # in a value")


def _lint_query_marks(lines: Sequence[Text]) -> Iterator[Finding]:
    """Lints of lines that are not read as parameters: `?b=2` after a line with `?`, and `&b=2` with no `?` before
    it.
    """
    has_query = False
    for line in lines:
        mark = line.text[:1]
        if mark == "?" and has_query:
            yield finding_at(line, "query-mark", "There is already a ? above this line", "Write & in place of this ?")
        elif mark == "&" and not has_query and "{{" not in lines[0].text.rpartition("/")[2]:
            yield finding_at(line, "query-mark", "There is no ? above this line", "Write ? in place of this &")
        has_query = has_query or "?" in line.text


def _lint_boundary(step: Step) -> Iterator[Finding]:
    """Lints of multipart boundaries (RFC 2046 section 5.1.1).

    Each boundary needs `--` before it, and the last boundary also needs `--` after it.
    """
    content_type = step.header("content-type")
    pieces = step.body.pieces
    if content_type is None or not pieces or not isinstance(pieces[0], Text):
        return
    if "boundary" not in content_type.text.lower():
        hint = "Add ; boundary= and the word after -- in the body"
        yield finding_at(content_type.name, "no-boundary", "This Content-Type has no boundary", hint)
        return
    boundary = boundary_of(content_type.text)
    lines = [line for piece in pieces if isinstance(piece, Text) for line in piece.lines()]
    bare = [line.text.rstrip() for line in lines]
    if f"--{boundary}" not in bare:
        yield from _lint_missing_boundary(boundary, lines, content_type.name)
    elif f"--{boundary}--" not in bare:
        at = next(_last_lines(pieces), lines[-1])
        yield finding_at(at, "boundary", "The last part is not closed", f"End the body with --{boundary}--")


def _last_lines(pieces: Sequence[Piece]) -> Iterator[Text]:
    """The lines of a body from the last to the first, without blank ones."""
    for piece in reversed(pieces):
        if isinstance(piece, Text):
            yield from (line for line in reversed(list(piece.lines())) if line.text.strip())
        else:
            yield piece.path


def _lint_missing_boundary(boundary: str, lines: Sequence[Text], name: Text) -> Iterator[Finding]:
    if holes(boundary):
        return  # the value of the variable may be what the body needs
    delimiter = next((line for line in lines if line.text.startswith("--")), None)
    word = delimiter.text.strip() if delimiter else ""
    hint = f"Begin each part with --{boundary}" + (f", or write boundary={word[2:].removesuffix('--')}" if word else "")
    yield finding_at(
        delimiter or name, "boundary", f"No part begins with --{boundary}, the boundary in the header", hint
    )


_USED_NAME = re.compile(r"\$?+([^\s{}.%$\[]{1,200})")
_NAME = re.compile(r"[^\W\d][\w-]*+")
_WORDS = re.compile(r"[\w.-]{1,200}")
_BARE_TIME = re.compile(r"\d{4,12}(?:\s*+s)?+")


def lint(script: Script) -> tuple[Diagnostic, ...]:
    """All errors and lints of `check` that concern only this script, in the order of the file."""
    dynamic_values = {one.at.line for one in script.diagnostics}
    found = [found for step in script.steps for found in _lint_step(step)]
    rules = (_lint_names, _lint_titles, _lint_variables, _lint_cycles, _lint_captures, _lint_targets, _lint_conflicts)
    for rule in rules:
        found += rule(script)
    own = as_lints(script, (one for one in found if one.code != "not-json" or one.at.line not in dynamic_values))
    all_lints = (*script.diagnostics, *own, *sending_lints(script), *invisible_characters(script))
    return tuple(sorted(all_lints, key=lambda one: (one.at.offset, one.code)))


def _lint_step(step: Step) -> Iterator[Finding]:
    yield from _lint_headers(step)
    for directive in step.directives:
        value = directive.value if directive.name in ("timeout", "total-timeout", "connection-timeout") else None
        if value is not None and _BARE_TIME.fullmatch(value.text):
            hint = f"If milliseconds are meant, write {value.text.rstrip(' s')} ms"
            yield finding_at(value, "long-timeout", "A timeout without a unit is in seconds", hint)


def _lint_headers(step: Step) -> Iterator[Finding]:
    length = step.header("content-length")
    if length is not None:
        yield finding_at(
            length.name,
            "content-length",
            "This Content-Length is ignored: callbox computes the length from the body",
            "Leave the header out",
        )
    content_type = step.header("content-type")
    if content_type is None and step.body.kind == "json":
        first = next(step.body.texts, Text("{", step.at))
        hint = "Add Content-Type: application/json"
        yield finding_at(
            first, "no-content-type", "This body looks like JSON, but the request has no Content-Type", hint
        )
    if step.body.kind in ("json", "text") and operation_of(step) is not None:
        first = next(step.body.texts, Text("", step.at))
        hint = "Write GRAPHQL instead of POST, or # @raw-body above the request to send the body unchanged"
        yield finding_at(first, "is-graphql", "This body is GraphQL, and is sent as JSON", hint)
    elif content_type is not None and step.body.kind == "json":
        yield from _lint_json(step)


def _lint_json(step: Step) -> Iterator[Finding]:
    """A lint of a body whose Content-Type is JSON and whose text is not.

    Bodies with variables or files are not checked.
    """
    texts = [piece for piece in step.body.pieces if isinstance(piece, Text)]
    written = "".join(text.text for text in texts)
    if len(texts) < len(step.body.pieces) or holes(written):
        return
    try:
        json.loads("".join(map(str, split(written))))
    except (ValueError, RecursionError) as error:
        number = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        lines = [line for text in texts for line in text.lines()]
        yield finding_at(lines[min(number, len(lines)) - 1], "not-json", "This body is not JSON", _reason(error))


def _reason(error: Exception) -> str:
    reason = error.msg if isinstance(error, json.JSONDecodeError) else "It is nested too deeply"
    return reason[0].upper() + reason[1:]


def _lint_names(script: Script) -> Iterator[Finding]:
    """Lints of names that several requests have."""
    seen: dict[str, int] = {}
    for step in script.steps:
        if step.name in seen:
            message = f"Another request in line {seen[step.name]} is called {step.name!r}"
            hint = "References below this line mean this request; rename one of the two"
            yield Finding(
                code="duplicate-name", message=message, hint=hint, at=_name_place(step), length=len(step.name)
            )
        if step.name:
            seen[step.name] = step.at.line


def _lint_titles(script: Script) -> Iterator[Finding]:
    """Lints of titles that several requests have, at the first reference by each title."""
    titled = Counter(step.title for step in script.steps)
    names = {step.name for step in script.steps}
    ambiguous = {title for title, count in titled.items() if title and count > 1} - names
    if not ambiguous:
        return
    step_index, dynamic_values = StepIndex(script.steps), set[int]()
    for step in script.steps:
        for place in _references(step):
            target_step = step_index.at(place.text, step.number - 1) if place.text in ambiguous else None
            if target_step is not None and target_step.number not in dynamic_values:
                dynamic_values.add(target_step.number)
                message = (
                    f"{titled[place.text]} requests have the title {place.text!r}, "
                    f"and this reference means the request in line {target_step.at.line}"
                )
                yield finding_at(place, "duplicate-title", message, "Give that request a name with # @name")


def _references(step: Step) -> Iterator[Text]:
    """Each name of another request in a reference of the step."""
    yield from _target_texts([step])
    for name, (text, start) in _uses(step).items():
        end = start + len(name)
        if text.text[end : end + 1] == ".":
            yield text.cut(start, end)


def _name_place(step: Step) -> Position:
    name_directive = step.directive("name")
    return name_directive.value.at if name_directive and name_directive.value else step.at


def _lint_variables(script: Script) -> Iterator[Finding]:
    """Lints of variables that nothing uses, and of variables that are used above their only definition."""
    first: dict[str, Variable] = {}
    for variable in script.variables:
        first.setdefault(variable.name, variable)
    used: set[str] = set()
    for variable in script.variables:
        used.update(name for name, _ in _used_names(variable.value.text))
    for step in script.steps:
        for name, (text, start) in _uses(step).items():
            used.add(name)
            if name in first and first[name].step > step.number:
                message = f"{name!r} is used above its definition in line {first[name].at.line}"
                place = text.cut(start, start + len(name))
                yield finding_at(place, "late-variable", message, "Move the definition above this request")
    if not script.steps or script.handlers or any(step.handlers for step in script.steps):
        return  # another file or a script may use the variables
    used |= words_used(script)
    for name, variable in first.items():
        # a reference such as {{api.v1}} may use a name with a dot
        if name not in used and name.partition(".")[0] not in used and name not in _OPTIONS:
            yield Finding(
                code="unused-variable",
                message=f"Nothing uses {name!r}",
                hint="Delete it",
                at=variable.at,
                length=len(name) + 1,
            )


def _lint_cycles(script: Script) -> Iterator[Finding]:
    """Lints of variables whose definition uses the same variable. A run refuses a request with such a variable."""
    last = {variable.name: variable for variable in script.variables}
    uses = {
        name: {used for used, _ in _used_names(variable.value.text) if used in last and used != name}
        for name, variable in last.items()  # the value of `@a = {{a}}` comes from an environment
    }
    users: dict[str, list[str]] = {}
    for name, used in uses.items():
        for one in used:
            users.setdefault(one, []).append(name)
    resolved = [name for name, used in uses.items() if not used]
    while resolved:
        name = resolved.pop()
        del uses[name]
        for user in users.get(name, ()):
            uses[user].discard(name)
            if not uses[user]:
                resolved.append(user)
    for name in uses:
        message = f"{name!r} is defined by itself, directly or through another variable"
        yield Finding(
            code="circle",
            message=message,
            hint="Give one of these variables a value",
            at=last[name].at,
            length=len(name) + 1,
        )


def words_used(script: Script) -> set[str]:
    """Every word in a `{{...}}` or a condition, because header lines and expressions may also use variables."""
    conditions = [
        step.directive_text(name) or "" for step in script.steps for name in ("loop", "disabled", "if", "if-not")
    ]
    expressions = (hole.expression for hole in holes(script.text))
    found = {word for text in (*expressions, *conditions) for word in _NAME.findall(text)}
    has_path = any(step.target.startswith("/") for step in script.steps)
    return found | script.expanded | ({"host"} if has_path else set())


def _uses(step: Step) -> dict[str, tuple[Text, int]]:
    """The names that the step uses, each with its first place."""
    uses: dict[str, tuple[Text, int]] = {}
    for text in _texts(step):
        for name, start in _used_names(text.text):
            uses.setdefault(name, (text, start))
    return uses


def _used_names(text: str) -> Iterator[tuple[str, int]]:
    """The name at the start of each `{{..}}`, with its place in the text."""
    for hole in holes(text):
        if match := _USED_NAME.match(hole.expression):
            yield match[1], text.index(match[1], hole.start)


def _texts(step: Step) -> Iterator[Text]:
    yield from step.url
    yield from step.command
    for line in step.headers:
        yield line.name
        yield from line.value
    yield from step.body.texts
    yield from (reference.path for reference in step.body.files)
    yield from (directive.value for directive in step.directives if directive.value)
    for expectation in step.expectations:
        yield from (text for text in (expectation.path, expectation.value) if text)
    yield from (output.path for output in step.outputs)
    yield from (value for run in step.runs for _, value in run.overrides)


def _lint_captures(script: Script) -> Iterator[Finding]:
    """Lints of captures that a variable of the file overrides."""
    own = {variable.name: variable for variable in reversed(script.variables)}
    for step in script.steps:
        for capture in step.captures:
            if capture.name in own:
                message = (
                    f"{capture.name!r} is defined in line {own[capture.name].at.line}, and this capture is never used"
                )
                yield Finding(
                    code="hidden-capture", message=message, hint="Delete that definition", at=capture.at, length=1
                )


def _lint_targets(script: Script) -> Iterator[Finding]:
    """Lints of names after `run #` and `# @ref` that no step of the file has."""
    if script.imports or any(run.is_file for step in script.steps for run in step.runs):
        return  # another file may have the request
    named = (name for step in script.steps for name in (step.name, step.title) if name)
    names = dict.fromkeys((*named, *sorted(script.blocks)))
    step_index = StepIndex(script.steps)
    for target in _target_texts(script.steps):
        if target.text not in names and not step_index.all(target.text):
            tip = hint(target.text, names, "Give the request a name with # @name")
            yield finding_at(target, "unknown-name", f"No request is called {target.text[:60]!r}", tip)


def _target_texts(steps: Iterable[Step]) -> Iterator[Text]:
    for step in steps:
        yield from (run.target for run in step.runs if not run.is_file)
        for directive in step.directives:
            if directive.name in ("ref", "forceRef") and directive.value and _WORDS.fullmatch(directive.value.text):
                yield directive.value


CONFLICT = "#| "
"""The start of a comment in which `callbox convert` has left the text of the description above an edit by hand."""


def is_conflict_line(line: str) -> bool:
    """Whether `callbox convert` has left this line. An editor may have removed the blank at the end of an empty one."""
    return line.lstrip().startswith(CONFLICT) or line.strip() == CONFLICT.rstrip()


def _lint_conflicts(script: Script) -> Iterator[Finding]:
    """Lints of conflicts that `callbox convert` has left, at the first line of each. Other files have none."""
    if CONFLICT.rstrip() not in script.text or all(step.directive("operation") is None for step in script.steps):
        return
    comments = [*script.comments, *(comment for step in script.steps for comment in step.comments)]
    above = 0
    for comment in sorted(comments, key=lambda one: one.at.offset):
        if is_conflict_line(comment.text):
            if comment.at.line != above + 1:
                message = "callbox convert has left a conflict here: the description has the text after #|"
                yield finding_at(comment, "conflict", message, "Edit the line below it if needed, and delete this line")
            above = comment.at.line
