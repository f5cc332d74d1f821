"""Read environment files: variables by environment name, from the formats of three tools and from `.env`. Pure.

JetBrains and Visual Studio use `http-client.env.json`, REST Client its settings file, kulala `.env`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.errors import Place, ScriptError, UsageError
from callbox.exchange.jsonpath_xpath_and_header_selection import Number, Value, format_value
from callbox.exchange.template_braces import BRACED
from callbox.httpfile.model import Script
from callbox.httpfile.source_and_diagnostics import NOWHERE, Diagnostic, Finding, Template, as_lints
from callbox.httpfile.variables.variable_scope import TemplateLayer
from callbox.spelling import hint

_NAME = r"[ \t]*+(?:export[ \t]++)?([A-Za-z_][\w.-]*+)[ \t]*+=(?:"
_QUOTED = r"[ \t]*+(?:\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'|`([^`]*+)`)[ \t]*+(?:#[^\n]*+)?"
_ENTRY = re.compile(rf"{_NAME}{_QUOTED}|([^\n]*+))(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"[ \t]#.*+")
_ESCAPE = re.compile(r"\\([nrt\"\\])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def read_dotenv(text: str) -> dict[str, str]:
    """The entries of a `.env` file. A value may be quoted; only in double quotes, `\\n` is a line break.

    >>> read_dotenv("A=1 # one\\nexport B='x # y'")
    {'A': '1', 'B': 'x # y'}
    """
    return {found[1]: _value(found) for found, _ in _lines(text) if found is not None}


def unread_line(text: str) -> int:
    """The 1-based number of the first line that is neither an entry, nor empty, nor a comment; 0 if there is none.

    >>> unread_line("A=1\\n\\n# no\\nB"), unread_line("A=1")
    (4, 0)
    """
    return next((number for found, number in _lines(text) if found is None), 0)


def _lines(text: str) -> Iterator[tuple[re.Match[str] | None, int]]:
    """Each entry with its line number, and None for each line without an entry."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    at, number = 0, 1
    while at < len(text):
        found = _ENTRY.match(text, at)
        end = found.end() if found else (text.find("\n", at) + 1 or len(text))
        line = text[at:end]
        if found or (line.strip() and not line.lstrip().startswith("#")):
            yield found, number
        at, number = end, number + line.count("\n")


def _value(found: re.Match[str]) -> str:
    _, double, single, tick, bare = found.groups()
    if double is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), double)
    if bare is None:
        return single if single is not None else tick
    value: str = bare.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return _COMMENT.sub("", bare).strip()


SHARED = frozenset({"$shared", "$default", "$kulalaShared"})
"""The sections of a file that apply in every environment."""

TLS = "SSLConfiguration"
"""The key of the TLS settings of an environment."""
_TLS_KEYS = ("verifyHostCertificate", "clientCertificate", "clientCertificateKey", "hasCertificatePassphrase")
MAX_LEVELS = 10
"""The most levels of nested objects whose members become variables, such as `user.address.city`."""
_OTHERS = frozenset({"Security", TLS, "$kulalaDefaultHeaders", "$schema"})
"""The keys that do not contain variables."""


class EnvironmentFile(NamedTuple):
    """An environment file: the variables of each environment, and its TLS settings."""

    name: str
    """The name of the file in messages."""
    stages: Mapping[str, Mapping[str, str]]
    shared: Mapping[str, str]
    tls: Mapping[str, object]
    """The `SSLConfiguration` of each environment and of `$shared`. It is read when the environment is chosen."""
    stored: Mapping[str, Mapping[str, str]] = {}
    """The secret store from which Visual Studio reads a variable, by environment and name."""


class ChosenEnvironments(NamedTuple):
    """The variables and options of the chosen environments."""

    layers: tuple[TemplateLayer, ...] = ()
    """The layers of variables, the strongest first. Variables of the script override them all."""
    options: Mapping[str, object] = {}
    """The options of the session that the environments set. All other options override them."""
    secret_names: frozenset[str] = frozenset()
    """The names of variables in private files."""


def read_environment_file(
    text: str, name: str, *, member: str = "", shared_sections: frozenset[str] = SHARED
) -> EnvironmentFile:
    """The environments in the JSON text of a file called `name`. Raises `ScriptError` with its place.

    If `member` is given, the environments are in this member of the document, which may be missing. Only
    `shared_sections` apply in every environment.

    >>> read_environment_file('{"dev": {"host": "a.x", "port": 80}}', "http-client.env.json").stages["dev"]
    {'host': 'a.x', 'port': '80'}
    """
    try:
        document = _read_json(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _not_json(error, text, name) from None
    if member and isinstance(document, dict):
        document = document.get(member, {})
    if not isinstance(document, dict):
        raise UsageError(f"{name} has no environments", hint='such as {"dev": {"host": "localhost"}}')
    stages = {
        environment: _flatten(section)
        for environment, section in document.items()
        if isinstance(section, dict) and environment not in _OTHERS
    }
    shared = {key: value for part in shared_sections for key, value in stages.get(part, {}).items()}
    tls = {
        environment: section[TLS]
        for environment, section in document.items()
        if isinstance(section, dict) and TLS in section
    }
    stored = {
        environment: {name: store for name, value in section.items() if (store := _secret_store(value))}
        for environment, section in document.items()
        if isinstance(section, dict)
    }
    return EnvironmentFile(
        name=name,
        stages={s: values for s, values in stages.items() if s not in SHARED},
        shared=shared,
        tls=tls,
        stored={environment: names for environment, names in stored.items() if names},
    )


def read_httpyac_settings(text: str, name: str, stages: Sequence[str]) -> EnvironmentFile:
    """The environments in httpyac's settings. Its `$default` applies only if no environment is chosen.

    >>> text = '{"environments": {"$default": {"host": "a.x"}, "dev": {}}}'
    >>> [read_httpyac_settings(text, ".httpyac.json", chosen).shared for chosen in ([], ["dev"])]
    [{'host': 'a.x'}, {}]
    """
    sections = SHARED - {"$default"} if stages else SHARED
    return read_environment_file(text, name, member="environments", shared_sections=sections)


def httpyac_settings_without_effect(text: str) -> list[str]:
    """The names of httpyac's settings in a JSON text, except its environments. A text that is no JSON has none.

    >>> httpyac_settings_without_effect('{"environments": {}, "request": {"timeout": 5}}')
    ['request']
    """
    try:
        document = _read_json(text)
    except (ValueError, RecursionError):
        return []
    return [name for name in document if name not in {"environments", "$schema"}] if isinstance(document, dict) else []


def choose(
    stages: Sequence[str],
    private: Sequence[EnvironmentFile],
    public: Sequence[EnvironmentFile],
    dotenvs: Mapping[str, Mapping[str, str]],
    dotenv: Mapping[str, str],
) -> ChosenEnvironments:
    """Combine the chosen environments. A later environment overrides an earlier one.

    A private file overrides every public file. Both override the `$shared` sections, and all of these override the
    `.env` file. `dotenvs` has the entries of `NAME.env`, by the environment's name. Raises `UsageError` for an
    environment that no file defines, and for a TLS setting that would have no effect.
    """
    files = (*private, *public)
    for environment in stages:
        if environment not in dotenvs and not any(environment in file.stages for file in files):
            raise _unknown(environment, files, dotenvs)
    strongest_first = tuple(reversed(stages))
    layers = [_templates(file.name, file.stages[s]) for file in private for s in strongest_first if s in file.stages]
    layers += [_templates(file.name, file.stages[s]) for file in public for s in strongest_first if s in file.stages]
    layers += [
        _templates(f"{environment}.env", dotenvs[environment])
        for environment in strongest_first
        if environment in dotenvs
    ]
    layers += [_templates(file.name, file.shared)._replace(is_shared=True) for file in files if file.shared]
    layers += [_templates(".env", dotenv)] if dotenv else []
    unchosen = _unchosen(stages, files, layers)
    parts = [file.stored.get(part, {}) for file in files for part in (*SHARED, *stages)]
    stored = {name: store for part in parts for name, store in part.items()}
    if unchosen or stored:
        layers.append(TemplateLayer("", {}, unchosen=unchosen, stored=stored))
    hidden = (values for file in private for values in (file.shared, *map(file.stages.get, stages)) if values)
    names = frozenset(name for values in hidden for name in values)
    return ChosenEnvironments(tuple(layers), tls_options((*public, *private), stages), names)


def _unchosen(
    stages: Sequence[str], files: Sequence[EnvironmentFile], layers: Sequence[TemplateLayer]
) -> dict[str, tuple[str, ...]]:
    """The names that no chosen environment defines, each with the environments that define it."""
    known = {name for layer in layers for name in layer.values}
    found: dict[str, dict[str, None]] = {}
    for environment, values in (pair for file in files for pair in file.stages.items() if pair[0] not in stages):
        for name in values.keys() - known:
            found.setdefault(name, {})[environment] = None
    return {name: tuple(environments) for name, environments in found.items()}


def _templates(name: str, values: Mapping[str, str]) -> TemplateLayer:
    return TemplateLayer(name, {key: Template(value, NOWHERE) for key, value in values.items()})


def conflicts(script: Script, layers: Iterable[TemplateLayer], overridden: Container[str] = ()) -> Iterator[Diagnostic]:
    """A lint for each variable that the script and an environment define differently.

    The value of the script is used. The names in `overridden` have a value of the command line, so they get no lint.
    """
    candidates = list(layers)
    for variable in script.variables:
        if variable.name in overridden:
            continue
        layer = next((one for one in candidates if variable.name in one.values), None)
        own = (f"{{{{{variable.name}}}}}", layer.values[variable.name].text) if layer is not None else ()
        if layer is None or variable.value.text in own:
            continue
        message = f"'{variable.name}' has another value in {layer.name}; the value in this file wins"
        hint = "Delete this definition to use the value of the environment"
        yield from as_lints(
            script,
            [Finding(code="two-values", message=message, hint=hint, at=variable.at, length=len(variable.name) + 1)],
        )


def _flatten(section: Mapping[str, Value], stem: str = "") -> dict[str, str]:
    """The variables of one environment. Members of objects become variables such as `user.name`, down to `MAX_LEVELS`.

    Each level contains the text of all levels inside it, so the number of levels is limited.
    """
    found: dict[str, str] = {}
    for key, value in section.items():
        if key in _OTHERS:
            continue
        if _secret_store(value):
            continue
        if isinstance(value, dict) and stem.count(".") < MAX_LEVELS:
            found |= _flatten(value, f"{stem}{key}.")
        found[f"{stem}{key}"] = format_value(value)
    return found


def _secret_store(value: object) -> str:
    """The secret store of Visual Studio that a value refers to; empty for other values. Using it is an error."""
    store = value.get("provider") if isinstance(value, dict) else None
    return store if isinstance(store, str) else ""


def tls_options(files: Sequence[EnvironmentFile], stages: Sequence[str]) -> dict[str, object]:
    """The options that the `SSLConfiguration` of these environments set. Later environments override earlier ones.

    Raises `UsageError` for a setting that would have no effect.
    """
    tls: dict[str, object] = {}
    shared = [(file, environment) for environment in SHARED for file in files]
    for file, environment in (*shared, *((file, environment) for file in files for environment in stages)):
        if environment in file.tls:
            tls |= _check_tls(file.tls[environment], file.name)
    options: dict[str, object] = {} if tls.get("verifyHostCertificate", True) else {"verify": False}
    paths = [_path(tls.get(key)) for key in ("clientCertificate", "clientCertificateKey")]
    if paths[1] and not paths[0]:
        raise UsageError("There is a clientCertificateKey, but no clientCertificate")
    if paths[0]:
        options["cert"] = ",".join(filter(None, paths))
    return options


def _check_tls(section: object, name: str) -> Mapping[str, object]:
    """The TLS settings. Raises `UsageError` for a key that would have no effect."""
    if not isinstance(section, dict):
        raise UsageError(f"{name}: {TLS} is not an object", hint=f'such as {{"{_TLS_KEYS[0]}": false}}')
    for key, value in section.items():
        if key not in _TLS_KEYS:
            tip = hint(key, _TLS_KEYS, f"its settings are {', '.join(_TLS_KEYS)}")
            raise UsageError(f"{name}: {TLS} has no '{key}'", hint=tip)
        if key == "verifyHostCertificate" and not isinstance(value, bool):
            raise UsageError(f"{name}: {key} must be true or false", hint="write the value without quotes")
        if key.startswith("client") and value is not None and not _path(value):
            raise UsageError(f"{name}: {key} is not a path")
    return section


def _path(value: object) -> str:
    path = value.get("path") if isinstance(value, dict) else value
    return path if isinstance(path, str) else ""


def _not_json(error: Exception, text: str, name: str) -> UsageError:
    if not isinstance(error, json.JSONDecodeError):
        return UsageError(f"{name} cannot be read as JSON")
    lines = text.splitlines()
    source = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    return ScriptError(
        f"This is not JSON: {error.msg}", place=Place(name, error.lineno, error.colno, length=1, source=source)
    )


_JSON_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\Z))|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)')


def _read_json(text: str) -> object:
    """Parse JSON with the comments that editors allow in environment files.

    Comments are removed, but line breaks stay, so that each line keeps its number.
    """
    try:
        return json.loads(text, parse_float=Number)
    except ValueError:
        without = _JSON_COMMENT.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), text)
        if without == text:
            raise
        return json.loads(without, parse_float=Number)


def _unknown(environment: str, files: Iterable[EnvironmentFile], dotenvs: Mapping[str, object]) -> UsageError:
    candidates = sorted({name for file in files for name in file.stages} | set(dotenvs))
    if candidates:
        tip = hint(environment, candidates, f"choose one of: {', '.join(candidates[:8])}")
        return UsageError(f"No environment '{environment}'", hint=tip)
    tip = f"write http-client.env.json or {environment}.env, beside the script or in a folder above it"
    return UsageError(f"No environment '{environment}': there is no environment file", hint=tip)


_NEWLINE = re.compile(r"\n")
_VARIABLE = re.compile(BRACED)
_STRING_OR_VARIABLE = re.compile(rf'"((?:[^"\\]|\\.)*+)(?:"|\Z)|{BRACED}', re.DOTALL)


class FirstPlaces:
    """The first place of each string and of each variable in a text, found in one pass."""

    def __init__(self, text: str) -> None:
        self._lines = [found.start() for found in _NEWLINE.finditer(text)]
        self._first: dict[str, int] = {}
        self._all: dict[str, list[int]] = {}
        for found in _STRING_OR_VARIABLE.finditer(text):
            name = found[1] if found[1] is not None else found[0]
            self._first.setdefault(name, found.start())
            if name == TLS:
                self._all.setdefault(name, []).append(found.start())
            if found[1] is not None:
                for inner in _VARIABLE.finditer(text, found.start(1), found.end(1)):
                    self._first.setdefault(inner[0], inner.start())

    def line_of(self, name: str, *, behind: str = "") -> int:
        """The 1-based line of the first string or variable with this name.

        With `behind`, only places after the first place of this name count. If there is none, the line is 1.
        """
        at = self._first.get(name, 0)
        if behind and (after := self._all.get(name)):
            number = bisect_left(after, self._first.get(behind, 0))
            at = after[number] if number < len(after) else at
        return bisect_left(self._lines, at) + 1
