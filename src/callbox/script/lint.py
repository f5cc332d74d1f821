"""What is doubtful in a script as a whole; what is doubtful in a single line, `parse` has said already."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from callbox.script.findings import Finding, find_at, lints
from callbox.script.graphql import operation_of
from callbox.script.model import At, Diagnostic, Script, Step, Text, Variable
from callbox.script.reference import Called
from callbox.script.slips import missent, unseen

_USE = re.compile(r"\{\{\s*+[%$]?+([^\s{}.%$]{1,200})")
_HOLE = re.compile(r"\{\{([^{}]{1,1000})\}\}")
_NAME = re.compile(r"[^\W\d][\w-]*+")
_WORDS = re.compile(r"[\w.-]{1,200}")
_BARE_TIME = re.compile(r"\d{4,12}(?:\s*+s)?+")
_SPOKEN = frozenset({"", "1.1"})


def lint(script: Script) -> tuple[Diagnostic, ...]:
    """Everything that `check` reports of a script by itself, errors too, in the order of the file."""
    told = {one.at.line for one in script.diagnostics}
    found = [found for step in script.steps for found in _step(step)]
    for look in (_names, _titles, _variables, _circles, _captures, _targets):
        found += look(script)
    own = lints(script, (one for one in found if one.code != "not-json" or one.at.line not in told))
    every = (*script.diagnostics, *own, *missent(script), *unseen(script))
    return tuple(sorted(every, key=lambda one: (one.at.offset, one.code)))


def _step(step: Step) -> Iterator[Finding]:
    yield from _headers(step)
    for directive in step.directives:
        value = directive.value if directive.name in ("timeout", "connection-timeout") else None
        if value is not None and _BARE_TIME.fullmatch(value.text):
            hint = f"If milliseconds are meant, write {value.text.rstrip(' s')} ms"
            yield find_at(value, "long-timeout", "A timeout without a unit is in seconds", hint)
    if step.http_version not in _SPOKEN and step.url:
        message = f"HTTP/{step.http_version} is not spoken: HTTP/1.1 is sent"
        yield find_at(step.url[-1], "http-version", message, "Leave the version out")


def _headers(step: Step) -> Iterator[Finding]:
    length = step.header("content-length")
    if length is not None:
        yield find_at(length.name, "content-length", "Content-Length is counted anew", "Leave it out")
    kind = step.header("content-type")
    if kind is None and step.body.kind == "json":
        first = next(step.body.texts, Text("{", step.at))
        hint = "Add Content-Type: application/json"
        yield find_at(first, "no-content-type", "This looks like JSON, and no header says so", hint)
    if step.body.kind in ("json", "text") and operation_of(step) is not None:
        first = next(step.body.texts, Text("", step.at))
        hint = "Write GRAPHQL in the place of POST, or # @raw-body above it to send it as it is"
        yield find_at(first, "is-graphql", "This body is sent as GraphQL is: as JSON", hint)
    elif kind is not None and step.body.kind == "json":
        yield from _json(step)


def _json(step: Step) -> Iterator[Finding]:
    """A body that is said to be JSON and is none. Nothing is said where variables or files are to be filled in."""
    texts = [piece for piece in step.body.pieces if isinstance(piece, Text)]
    written = "".join(text.text for text in texts)
    if len(texts) < len(step.body.pieces) or "{{" in written:
        return
    try:
        json.loads(written)
    except (ValueError, RecursionError) as error:
        number = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        lines = [line for text in texts for line in text.lines()]
        yield find_at(lines[min(number, len(lines)) - 1], "not-json", "This body is not JSON", _reason(error))


def _reason(error: Exception) -> str:
    said = error.msg if isinstance(error, json.JSONDecodeError) else "It is nested too deeply"
    return said[0].upper() + said[1:]


def _names(script: Script) -> Iterator[Finding]:
    """Rule 38."""
    seen: dict[str, int] = {}
    for step in script.steps:
        if step.name in seen:
            message = f"Another request in line {seen[step.name]} is called {step.name!r}"
            hint = "References below mean this one"
            yield Finding("duplicate-name", message, hint, _name_place(step), len(step.name))
        if step.name:
            seen[step.name] = step.at.line


def _titles(script: Script) -> Iterator[Finding]:
    """Titles of several requests, where one of these is meant by it: said where it is used, once for each."""
    titled = Counter(step.title for step in script.steps)
    names = {step.name for step in script.steps}
    doubtful = {title for title, count in titled.items() if title and count > 1} - names
    if not doubtful:
        return
    called, told = Called(script.steps), set[int]()
    for step in script.steps:
        for place in _meant(step):
            meant = called.at(place.text, step.number - 1) if place.text in doubtful else None
            if meant is not None and meant.number not in told:
                told.add(meant.number)
                message = f"{titled[place.text]} requests are titled {place.text!r}: the one in line {meant.at.line} is"
                yield find_at(place, "duplicate-title", f"{message} meant", "Name that one with # @name")


def _meant(step: Step) -> Iterator[Text]:
    """Each name of another request that a step uses."""
    yield from _target_texts([step])
    for name, (text, start) in _uses(step).items():
        end = start + len(name)
        if text.text[end : end + 1] == ".":
            yield text.cut(start, end)


def _name_place(step: Step) -> At:
    said = step.directive("name")
    return said.value.at if said and said.value else step.at


def _variables(script: Script) -> Iterator[Finding]:
    """Variables that nothing uses, and uses above the only definition (rule 13)."""
    first: dict[str, Variable] = {}
    for variable in script.variables:
        first.setdefault(variable.name, variable)
    used: set[str] = set()
    for variable in script.variables:
        used.update(_USE.findall(variable.value.text))
    for step in script.steps:
        for name, (text, start) in _uses(step).items():
            used.add(name)
            if name in first and first[name].step > step.number:
                message = f"{name!r} is used above its definition in line {first[name].at.line}"
                place = text.cut(start, start + len(name))
                yield find_at(place, "late-variable", message, "Move the definition above this request")
    if not script.steps or script.handlers or any(step.handlers for step in script.steps):
        return  # another file, or a script, may use them
    used |= _mentioned(script)
    for name, variable in first.items():
        # a reference such as {{api.v1}} may use a name that holds a dot
        if name not in used and name.partition(".")[0] not in used:
            yield Finding("unused-variable", f"Nothing uses {name!r}", "Delete it", variable.at, len(name) + 1)


def _circles(script: Script) -> Iterator[Finding]:
    """Variables that no value can be made of. Where a request uses one, the run says so before anything is sent."""
    last = {variable.name: variable for variable in script.variables}
    uses = {name: set(_USE.findall(variable.value.text)) & last.keys() for name, variable in last.items()}
    while idle := [name for name, used in uses.items() if not used & uses.keys()]:
        for name in idle:
            del uses[name]
    for name in uses:
        message = f"{name!r} is defined by itself, or by what is"
        yield Finding("circle", message, "Give one of them a value", last[name].at, len(name) + 1)


def _mentioned(script: Script) -> set[str]:
    """Every word that a `{{...}}` or a condition holds: header lines and expressions use names too."""
    said = [step.directive_text(name) or "" for step in script.steps for name in ("loop", "disabled", "if", "if-not")]
    found = {word for text in (*_HOLE.findall(script.text), *said) for word in _NAME.findall(text)}
    has_path = any(step.target.startswith("/") for step in script.steps)
    return found | script.expanded | ({"host"} if has_path else set())


def _uses(step: Step) -> dict[str, tuple[Text, int]]:
    """Each name that the step uses, and where it does so first."""
    uses: dict[str, tuple[Text, int]] = {}
    for text in _texts(step):
        if "{{" in text.text:
            for match in _USE.finditer(text.text):
                uses.setdefault(match[1], (text, match.start(1)))
    return uses


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


def _captures(script: Script) -> Iterator[Finding]:
    """Captures that a variable of the file hides: rule 15 lets it win."""
    own = {variable.name: variable for variable in reversed(script.variables)}
    for step in script.steps:
        for capture in step.captures:
            if capture.name in own:
                message = (
                    f"{capture.name!r} is defined in line {own[capture.name].at.line}, and this capture is never used"
                )
                yield Finding("hidden-capture", message, "Delete that definition", capture.at, 1)


def _targets(script: Script) -> Iterator[Finding]:
    """Names after `run #` and `# @ref` that no step of the file has."""
    if script.imports:
        return
    names = {name for step in script.steps for name in (step.name, step.title) if name}
    for target in _target_texts(script.steps):
        if target.text not in names:
            near = get_close_matches(target.text[:60], names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Name one with # @name"
            yield find_at(target, "unknown-name", f"No request is called {target.text[:60]!r}", hint)


def _target_texts(steps: Iterable[Step]) -> Iterator[Text]:
    for step in steps:
        yield from (run.target for run in step.runs if not run.is_file)
        for directive in step.directives:
            if directive.name in ("ref", "forceRef") and directive.value and _WORDS.fullmatch(directive.value.text):
                yield directive.value
