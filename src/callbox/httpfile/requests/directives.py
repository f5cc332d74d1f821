"""Read the directives of a step: options of its request, pauses, retries.

Directives that callbox cannot honour are errors before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from callbox.errors import ScriptError, UsageError
from callbox.formats.validation import check_seconds
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import Script, Step
from callbox.httpfile.source import Template, Text
from callbox.httpfile.variables.scope import Scope

_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m)?\Z")
_SECONDS: Mapping[str | None, float] = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}
_FLAGS: Mapping[str, tuple[str, object]] = {
    "no-redirect": ("follow", False),
    "insecure": ("verify", False),
    "keep-method": ("keep-method", True),
    "no-cookie-jar": ("no-cookie-jar", True),
}
_DURATIONS: Mapping[str, str] = {"timeout": "timeout", "connection-timeout": "connect-timeout"}
_RETRY = re.compile(r"(\d{1,4})(?:\s+(?:every\s+)?(\S.*))?\Z")
_INTERVAL_S = 0.5
_CODE = (
    "Code in {{ }} is a feature of httpyac, and is not run",
    "write < {% ... %} above the request, or > {% ... %} below it",
)
_REFUSED: Mapping[str, str] = {
    "use-os-credentials": "write the credentials: Authorization: Basic {{user}}:{{password}}",
}


def read_options(step: Step, scope: Scope) -> dict[str, object]:
    """The options of this request, by the names of the session's table of options, values parsed."""
    if not step.has_effective_directives:
        return {}
    options = {option: value for name, (option, value) in _FLAGS.items() if step.directive(name) is not None}
    for name, option in _DURATIONS.items():
        seconds = _seconds(step, name, scope)
        if seconds is not None:
            options[option] = seconds
    return options


def read_pause(step: Step, scope: Scope) -> float:
    """The seconds that `# @sleep` asks for before the request is sent; a bare number is milliseconds there.

    This is how httpyac counts, which introduced the directive.
    """
    return _seconds(step, "sleep", scope, 0.001) or 0.0


def read_pause_after(step: Step, scope: Scope) -> float:
    """The seconds that `# @post-delay` asks for after the response; a bare number is milliseconds."""
    return _seconds(step, "post-delay", scope, 0.001) or 0.0


def read_retry(step: Step, scope: Scope) -> tuple[int, float] | None:
    """The retries of `# @retry 3 500ms` and the seconds between them; None without the directive."""
    directive = step.directive("retry")
    if directive is None:
        return None
    value = directive.value or Template("", directive.at)
    text, is_open = scope.expand([value])
    match = _RETRY.match(text)
    try:
        if match is None:
            raise UsageError(f"'@retry {text}' is not supported", hint="@retry 3, or @retry 3 500 ms")
        return int(match[1]), parse_duration(match[2]) if match[2] else _INTERVAL_S
    except UsageError as error:
        if not is_open:
            scope.fail(error, value)
        return None


def read_events(step: Step, scope: Scope) -> int | None:
    """The number of events after which `# @events 3` ends a stream; None without the directive."""
    directive = step.directive("events")
    if directive is None:
        return None
    value = directive.value or Template("", directive.at)
    text, is_open = scope.expand([value])
    if text.isascii() and text.isdigit() and int(text[:9]):
        return int(text[:9])
    if not is_open:
        scope.fail(UsageError(f"'@events {text}'".replace(" '", "'") + " is no count", hint="@events 3"), value)
    return None


def parse_duration(text: str, bare_s: float = 1.0) -> float:
    """A duration in seconds; `bare_s` is the unit of a bare number, in seconds.

    Raises `UsageError` for anything else, and for more than 30 days.

    >>> parse_duration("1.5"), parse_duration("500 ms"), parse_duration("250", 0.001)
    (1.5, 0.5, 0.25)
    """
    match = _DURATION.match(text.strip())
    if match is None:
        raise UsageError(f"'{text.strip()}' is no time", hint="a number and a unit: 500 ms, 10 s, 2 m")
    return check_seconds(float(match[1]) * (_SECONDS[match[2]] if match[2] else bare_s), text.strip())


def refusals(script: Script, step: Step, no_scripts: UsageError | None = None) -> Iterator[ScriptError]:
    """Everything in this step that callbox reads but cannot do, with its place; `no_scripts` is why none is run."""

    def refuse(text: Text, message: str, hint: str) -> ScriptError:
        return ScriptError(message, hint=hint, place=place_of(script, text.at, len(text.text)))

    if step.protocol not in ("http", "sse"):
        yield refuse(
            Text(step.label, step.at),
            f"'{step.label}' uses {step.protocol}: only HTTP is supported",
            "leave it out: --name, --index",
        )
    if script.handlers or step.handlers:
        yield from _refused_scripts(script, step, no_scripts, refuse)
    if not step.has_effective_directives:
        return
    for name, hint in _REFUSED.items():
        if (directive := step.directive(name)) is not None:
            yield refuse(Text("#", directive.at), f"'@{name}' is not supported", hint)


def _refused_scripts(
    script: Script, step: Step, no_scripts: UsageError | None, refuse: Callable[[Text, str, str], ScriptError]
) -> Iterator[ScriptError]:
    for handler in script.handlers:
        if handler.kind == "code":
            yield refuse(Text("{{", handler.at), *_CODE)
            continue
        hint = "put it below the request that it belongs to"
        yield refuse(Text("> {%", handler.at), "A script in a block without a request is not run", hint)
    for handler in step.handlers:
        at = handler.path or Text("> {%", handler.at)
        if handler.kind == "code":
            yield refuse(Text("{{", handler.at), *_CODE)
        elif handler.path is not None and not handler.path.text.endswith((".js", ".mjs", ".cjs")):
            yield refuse(at, "Only JavaScript is run", "a file that ends in .js")
        elif no_scripts is not None:
            yield refuse(at, no_scripts.message, no_scripts.hint)


def _seconds(step: Step, name: str, scope: Scope, bare_s: float = 1.0) -> float | None:
    directive = step.directive(name)
    if directive is None:
        return None
    value = directive.value or Text("#", directive.at)
    text, is_open = scope.expand([directive.value] if directive.value is not None else [])
    if is_open:
        return None
    try:
        return _read_time(name, text.strip(), bare_s)
    except UsageError as error:
        scope.fail(error, value)
        return None


def _read_time(name: str, text: str, bare_s: float) -> float:
    if not text:
        raise UsageError(f"'@{name}' has no time", hint=f"# @{name} 10 s")
    seconds = parse_duration(text, bare_s)
    if not seconds and name in _DURATIONS:
        raise UsageError(f"'@{name} {text}' allows no time", hint="a time above 0")
    return seconds
