"""Read the directives and option headers of a step: options of its request, pauses, retries, conditions and loops.

Some headers are options, too: other tools read them and never send them (client certificates, proxies,
`X-Request-Type: GraphQL`). They become an option or an error. Their value may be a passphrase, so no message shows it.

`# @disabled` and `# @if` decide whether a step is sent, and `# @loop` how often. Directives that callbox does not
support are errors before anything is sent.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, Value, format_value
from callbox.exchange.template_braces import BRACED
from callbox.formats.cookie_header_and_number_checks import check_seconds
from callbox.httpfile.model import Directive, HeaderLine, Script, Step
from callbox.httpfile.source_and_diagnostics import Template, Text, place_of
from callbox.httpfile.variables.environment_file_parser import MAX_LEVELS
from callbox.httpfile.variables.value_injection_guards import JsonPosition
from callbox.httpfile.variables.variable_scope import Expanded, Scope

_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m)?\Z")
_SECONDS: Mapping[str | None, float] = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}
_FLAGS: Mapping[str, tuple[str, object]] = {
    "no-redirect": ("follow", False),
    "insecure": ("verify", False),
    "keep-method": ("keep-method", True),
    "no-cookie-jar": ("no-cookie-jar", True),
}
_DURATIONS: Mapping[str, str] = {
    "timeout": "timeout",
    "total-timeout": "total-timeout",
    "connection-timeout": "connect-timeout",
}
_RETRY = re.compile(r"(\d{1,4})(?:\s+(?:every\s+)?(\S.*))?\Z")
_INTERVAL_S = 0.5
_CODE = (
    "Code in {{ }} is a feature of httpyac, and is not run",
    "write < {% ... %} above the request, or > {% ... %} below it",
)
_REFUSED: Mapping[str, str] = {
    "use-os-credentials": "write the credentials into an Authorization header: Basic {{user}}:{{password}}",
}


def read_options(step: Step, scope: Scope) -> dict[str, object]:
    """The parsed options of this request, by their names in the session's table of options."""
    if not step.has_effective_directives:
        return {}
    options = {option: value for name, (option, value) in _FLAGS.items() if step.directive(name) is not None}
    for name, option in _DURATIONS.items():
        seconds = _seconds(step, name, scope)
        if seconds is not None:
            options[option] = seconds
    return options


def read_pause(step: Step, scope: Scope) -> float:
    """The seconds that `# @sleep` waits before the request is sent. A bare number means milliseconds.

    This is the unit of httpyac, which introduced the directive.
    """
    return _seconds(step, "sleep", scope, 0.001) or 0.0


def read_pause_after(step: Step, scope: Scope) -> float:
    """The seconds that `# @post-delay` waits after the response. A bare number means milliseconds."""
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
        given = f", not '{text}'" if text else ""
        scope.fail(UsageError(f"@events takes a number of events, 1 or more{given}", hint="as in: # @events 3"), value)
    return None


def parse_duration(text: str, bare_s: float = 1.0) -> float:
    """A duration in seconds. `bare_s` is the unit of a bare number, in seconds.

    Raises `UsageError` for any other text, and for more than 30 days.

    >>> parse_duration("1.5"), parse_duration("500 ms"), parse_duration("250", 0.001)
    (1.5, 0.5, 0.25)
    """
    match = _DURATION.match(text.strip())
    if match is None:
        raise UsageError(f"'{text.strip()}' is not a time", hint="a number and a unit: 500 ms, 10 s, 2 m")
    return check_seconds(float(match[1]) * (_SECONDS[match[2]] if match[2] else bare_s), text.strip())


def refusals(script: Script, step: Step, no_scripts: UsageError | None = None) -> Iterator[ScriptError]:
    """All parts of this step that callbox can parse but does not support, with their places.

    `no_scripts` is the reason why scripts do not run.
    """

    def refuse(text: Text, message: str, hint: str) -> ScriptError:
        return ScriptError(message, hint=hint, place=place_of(script, text.at, len(text.text)))

    if step.protocol not in ("http", "sse"):
        yield refuse(
            Text(step.label, step.at),
            f"'{step.label}' uses {step.protocol}: only HTTP is supported",
            "choose other requests with --name or --index",
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
            yield refuse(at, "callbox runs only JavaScript", "name a file that ends in .js")
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
        raise UsageError(f"'@{name} {text}' allows no time", hint="write a time above 0")
    return seconds


CONDITIONS = ("disabled", "if", "if-not")
"""The directives whose conditions are evaluated in this module."""

_OPERAND = rf"'[^']*'|\"[^\"]*\"|{BRACED}|[\w$.\[\]-]+"
_CONDITION = re.compile(rf"(!?)\s*({_OPERAND})\s*(?:(===?|!==?|<=|>=|<|>)\s*({_OPERAND}))?\Z")
_PAIR = re.compile(r"(\S+)\s+(?:(===?|!==?|<=|>=|<|>)\s*)?(?!=)(\S.*)\Z", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'\Z|\"[^\"]*\"\Z")
_SECOND_CONDITION = re.compile(r"\s(?:&&|\|\|)\s")
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?\Z")
_WORDS = frozenset({"true", "false", "null", "undefined"})
_FALSY = frozenset({"", "false", "0", "null", "undefined"})
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_HINT = "a name, !name, or a comparison: name == 'value'"


def is_disabled(step: Step) -> bool:
    """Whether `# @disabled` skips the step. Conditions are not evaluated."""
    return any(directive.name == "disabled" and directive.value is None for directive in step.directives)


def is_always(step: Step) -> bool:
    """Whether `# @always` lets the step run even after failures, to clean up."""
    return bool(step.directives) and step.directive("always") is not None


def is_in_openapi_checks(step: Step) -> bool:
    """Whether `--openapi` checks the step, because it has no `# @no-openapi`."""
    return not step.directives or step.directive("no-openapi") is None


def has_condition(step: Step) -> bool:
    """Whether a condition decides if the step is sent."""
    return any(directive.name in CONDITIONS for directive in step.directives)


def skip_reason(step: Step, scope: Scope) -> str:
    """The condition that skips the step, as written. Empty if no condition skips it, or if this is not known yet.

    Raises (or, in the preflight, collects) `ScriptError` if a condition cannot be evaluated.
    """
    for directive in step.directives:
        if directive.name not in CONDITIONS:
            continue
        value = directive.value or Template("", directive.at)
        try:
            holds = _evaluate(directive, value, scope)
        except UsageError as error:
            scope.fail(error, value)
            continue
        if holds is not None and holds == (directive.name != "if"):
            return f"{directive.name} {value.text}".rstrip()
    return ""


def _evaluate(directive: Directive, value: Template, scope: Scope) -> bool | None:
    """Whether the condition is true; None if it depends on a response that has not arrived."""
    if directive.name == "disabled":
        return _evaluate_disabled(value, scope) if value.text else True
    name, pair = directive.name, _PAIR.match(value.text)
    if pair is not None and _QUOTED.match(pair[3]):
        text = value.cut(pair.start(3) + 1, pair.end(3) - 1)
    elif pair is None or pair[3][0] in "'\"" or _SECOND_CONDITION.search(pair[3]):
        hint = f"@{name} user == 'ann'; write each condition in a line of its own"
        raise UsageError(f"'@{name} {value.text}".rstrip() + "' is not a condition", hint=hint)
    else:
        text = value.cut(pair.start(3))
    found = _value(pair[1], value, scope)
    wanted = scope.expand([text])
    if found.is_open or wanted.is_open:
        return None
    return _compare(found.text, pair[2], wanted.text) if pair[2] else found.text == wanted.text


def _evaluate_disabled(value: Template, scope: Scope) -> bool | None:
    match = _CONDITION.match(value.text)
    if match is None:
        raise UsageError(f"'@disabled {value.text}' is not a condition", hint=_HINT)
    left = _value(match[2], value, scope)
    right = _value(match[4], value, scope) if match[4] else Expanded("")
    if left.is_open or right.is_open:
        return None
    holds = _compare(left.text, match[3], right.text) if match[3] else left.text not in _FALSY
    return holds != bool(match[1])


def _value(word: str, at: Template, scope: Scope) -> Expanded:
    """The text of an operand.

    A quoted text, a number and a JavaScript word stand for themselves; any other operand is a variable.
    """
    if word[0] in "'\"":
        return Expanded(word[1:-1])
    if word in _WORDS or _NUMBER.match(word):
        return Expanded(word)
    is_lenient = word.startswith(("this.", "$global."))
    name = word.partition(".")[2] if is_lenient else word
    text = Template(name if name.startswith("{{") else f"{{{{{name}}}}}", at.at)
    if is_lenient:
        found = scope.try_expand([text])
        return found if found is not None else Expanded("undefined")
    try:
        return scope.expand([text])
    except ScriptError as error:
        if isinstance(error.__context__, NothingFound):
            return Expanded("undefined")
        raise


def _compare(left: str, sign: str, right: str) -> bool:
    are_numbers = bool(_NUMBER.match(left) and _NUMBER.match(right))
    if sign in _COMPARISONS:
        if not are_numbers:
            raise UsageError(f"'{left}' {sign} '{right}' compares texts, not numbers", hint=_HINT)
        return _COMPARISONS[sign](float(left), float(right))
    is_equal = float(left) == float(right) if are_numbers else left == right
    return is_equal != sign.startswith("!")


_COUNT = re.compile(r"(?:for\s+)?(\d{1,6})\Z")
_EACH = re.compile(r"for\s+([^\W\d]\w{0,99})\s+of\s+(\S.*)\Z", re.DOTALL)
_WHOLE = re.compile(r"(\.response\.body)(?:\.\*)?(?=\s*(?:\}\}\s*)?\Z)")
_INDEX = "$index"
_MAX_ROUNDS = 100_000


class Loop(NamedTuple):
    """A parsed `# @loop`: the variables of each round."""

    name: str = ""
    """The name of the loop variable; empty if the loop only counts."""
    rounds: tuple[Mapping[str, str], ...] | None = ()
    """The variables of each round; None if they depend on a response."""

    @property
    def first(self) -> Mapping[str, str] | UnknownItem:
        """The variables of the first round. Variables that are not known yet stay open."""
        if self.rounds is None:
            return UnknownItem(self.name)
        return self.rounds[0] if self.rounds else UnknownItem(self.name)


class UnknownItem(Mapping[str, Expanded]):
    """An element of a loop's list that is not known yet. References to it and its members stay as written."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __contains__(self, key: object) -> bool:
        name = str(key)
        return name == _INDEX or name == self._name or name.startswith((f"{self._name}.", f"{self._name}["))

    def __getitem__(self, key: str) -> Expanded:
        if key not in self:
            raise KeyError(key)
        return Expanded("0") if key == _INDEX else Expanded(f"{{{{{key}}}}}", is_open=True)

    def __iter__(self) -> Iterator[str]:
        return iter((_INDEX, self._name))

    def __len__(self) -> int:
        return 2


def read_loop(step: Step, scope: Scope) -> Loop | None:
    """The loop of a step's `# @loop`; None without the directive. Raises (or collects) `ScriptError`."""
    directive = step.directive("loop")
    if directive is None:
        return None
    value = directive.value or Template("", directive.at)
    each = _EACH.match(value.text)
    if each is not None:
        return Loop(each[1], _elements(each[1], value.cut(each.start(2)), scope))
    text, is_open = scope.expand([value])
    match = _COUNT.match(text)
    if match is None and not is_open:
        hint = "@loop for 3 with {{$index}}, or @loop for book of books with {{book}}"
        scope.fail(UsageError(f"'@loop {text}' is not supported", hint=hint), value)
    return Loop("", tuple({_INDEX: str(index)} for index in range(int(match[1]) if match else 0)))


def _elements(name: str, source: Template, scope: Scope) -> tuple[Mapping[str, str], ...] | None:
    # `body.*` is the text as it was received, and NDJSON is not a list
    source = source._replace(text=_WHOLE.sub(r"\1.$", source.text))
    written = source.text.strip()
    if _is_request(written, scope):  # httpyac does the same
        written = f"{written}.response.body.$"
    is_written = written.startswith(("[", "{{"))
    place = JsonPosition() if written.startswith("[") else None
    text, is_open = scope.expand([source if is_written else Template(f"{{{{{written}}}}}", source.at)], place=place)
    if is_open:
        return None
    try:
        found = json.loads(text)
        if isinstance(found, list) and len(found) <= _MAX_ROUNDS:
            return tuple(dict([(_INDEX, str(at)), *_members(name, one)]) for at, one in enumerate(found))
    except (ValueError, RecursionError):
        pass
    scope.fail(UsageError(f"'{written}' is not a list", hint='a JSON array, such as @books = ["a", "b"]'), source)
    return ()


def _is_request(name: str, scope: Scope) -> bool:
    """Whether this is the name of a request and not that of a variable."""
    resolution = scope.resolution
    is_captured = name in (resolution.capturing or ())
    return name in resolution.names and not is_captured and not scope.value_of(name).text


def _members(name: str, value: Value, level: int = 0) -> Iterator[tuple[str, str]]:
    """The element and its members by path, down to `MAX_LEVELS`: `book`, `book.title`, `book.tags[0]`.

    A member that is null is left out. When it is used, it is looked up in the JSON text of the element: whether `null`
    or nothing is sent depends on its place in the request.
    """
    if value is None and level:
        return
    yield name, format_value(value)
    if level == MAX_LEVELS:
        return
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _members(f"{name}.{key}", member, level + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _members(f"{name}[{index}]", member, level + 1)


_SECRET = re.compile(r"\b(?:pfx|passphrase)[ \t]*+:[ \t]*+\S", re.IGNORECASE)


_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:")


_PART = re.compile(r"(cert|key|pfx|passphrase|ca)[ \t]*+:[ \t]*+(\S++)(?:\s++|\Z)", re.IGNORECASE)


def is_certificate(name: str, value: str) -> bool:
    """Whether a header is a client certificate of httpyac: `cert: a.pem key: b.pem`, or `pfx: c.p12 passphrase: d`.

    httpyac accepts every name that ends like this. A name with more hyphens is an ordinary header, unless its value has
    a passphrase.

    >>> is_certificate("My-ClientCert", ""), is_certificate("X-Client-Cert", "MIIB.."), is_certificate("Accept", "*/*")
    (True, False, False)
    """
    bare = name.lower()
    if bare.endswith("clientcert"):
        return True
    return bare.replace("-", "").replace("_", "").endswith("clientcert") and _SECRET.search(value) is not None


def options_of_header(name: str, filled: Expanded, line: HeaderLine, scope: Scope) -> dict[str, object] | None:
    """The options that a header sets; None if the header is sent.

    Raises (or, in the preflight, collects) `ScriptError` for a header that is not supported.
    """
    if not is_option(name, filled.text):
        return None
    if name.lower() == "proxy":
        _refuse_header(
            "callbox does not read a proxy from a header", "set the proxy outside of the file: --proxy URL", line, scope
        )
        return {}
    if name.lower() == "x-request-type":
        _refuse_header(
            "'GraphQL' comes from a variable here", "write X-Request-Type: GraphQL without a variable", line, scope
        )
        return {}
    return {} if filled.is_open else _certificate(filled.text, line, scope)


def is_option(name: str, value: str) -> bool:
    """Whether a header is an option of the request (a certificate, a proxy, GraphQL), which is never sent.

    >>> is_option("Proxy", "http://me:secret@a"), is_option("Proxy", "no")
    (True, False)
    """
    bare = name.lower()
    return (
        is_certificate(name, value)
        or (bare == "proxy" and "://" in value)
        or (bare == "x-request-type" and value.lower() == "graphql")
    )


def certificate_files(text: str) -> tuple[str, ...]:
    """The files that a certificate header names, as they are written.

    >>> certificate_files("cert: ./a.pem key: ./b.pem"), certificate_files("pfx: ./c.p12 passphrase: d")
    (('./a.pem', './b.pem'), ('./c.p12',))
    """
    return tuple(part[2] for part in _PART.finditer(text) if part[1].lower() != "passphrase")


def _certificate(text: str, line: HeaderLine, scope: Scope) -> dict[str, object]:
    parts = {part[1].lower(): part[2] for part in _PART.finditer(text)}
    if "pfx" in parts or "passphrase" in parts:
        hint = "openssl pkcs12 -in FILE -out a.pem -nodes, then: cert: a.pem"
        _refuse_header("A client certificate is read from PEM files without a passphrase", hint, line, scope)
    elif "cert" not in parts or "ca" in parts or _PART.sub("", text).strip():
        _refuse_header(f"This is not a client certificate: {line.name.text}", "cert: a.pem key: b.pem", line, scope)
    else:
        return {
            "cert": ",".join(_certificate_path(parts[part], line, scope) for part in ("cert", "key") if part in parts)
        }
    return {}


def _certificate_path(path: str, line: HeaderLine, scope: Scope) -> str:
    """The path of a file relative to the script. Raises (or collects) `ScriptError` if the file does not exist."""
    try:
        scope.resolution.open_file(path)
    except UsageError as error:
        _refuse_header(error.message, error.hint, line, scope)
    folder, slash, _ = scope.resolution.script.name.replace("\\", "/").rpartition("/")
    return path if _ABSOLUTE.match(path) else f"{folder}{slash}{path}"


def _refuse_header(message: str, hint: str, line: HeaderLine, scope: Scope) -> None:
    place = place_of(scope.resolution.script, line.name.at, len(line.name.text))
    # the value may contain a passphrase
    own = place._replace(source=f"{place.source[: place.column - 1]}{line.name.text}: ..")
    scope.fail(ScriptError(message, hint=hint, place=own), line.name)
