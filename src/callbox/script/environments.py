"""Environments: variables by the name of a stage, as three tools keep them beside their scripts. Pure: texts come in.

JetBrains has `http-client.env.json` and a private file that wins over it; Visual Studio has the same name with
`.user` and a `$shared` part; httpyac and others have `.env` and `NAME.env`. Where the files are, the replayer knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from callbox.errors import Place, ScriptError, UsageError
from callbox.script.model import Diagnostic, Script
from callbox.script.scope import Layer

SHARED = frozenset({"$shared", "$default", "$kulalaShared"})
"""The parts of a file that count in every environment."""

_OTHERS = frozenset({"Security", "SSLConfiguration", "$kulalaDefaultHeaders", "$schema"})
"""Keys that hold something else than variables."""


class Environments(NamedTuple):
    """One file: the variables of each environment, and what it says of TLS."""

    name: str
    """The file's, as messages call it."""
    stages: Mapping[str, Mapping[str, str]]
    shared: Mapping[str, str]
    options: Mapping[str, Mapping[str, object]]
    """Options of the session that an environment sets, by its name."""


class Chosen(NamedTuple):
    """What the chosen environments give a run."""

    layers: tuple[Layer, ...] = ()
    """Below the variables of the script, the highest first."""
    options: Mapping[str, object] = {}
    """Options of the session, the weakest of all."""
    secret_names: frozenset[str] = frozenset()
    """Variables of private files."""


def read_environments(text: str, name: str) -> Environments:
    """The environments in the JSON of a file called `name`. Raises `ScriptError` with its place.

    >>> read_environments('{"dev": {"host": "a.x", "port": 80}}', "http-client.env.json").stages["dev"]
    {'host': 'a.x', 'port': '80'}
    """
    try:
        document = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _not_json(error, text, name) from None
    if not isinstance(document, dict):
        raise UsageError(f"{name} holds no environments", hint='such as {"dev": {"host": "localhost"}}')
    stages = {stage: _flat(said) for stage, said in document.items() if isinstance(said, dict) and stage not in _OTHERS}
    shared = {key: value for part in SHARED for key, value in stages.get(part, {}).items()}
    options = {stage: _options(said) for stage, said in document.items() if isinstance(said, dict)}
    return Environments(name, {s: values for s, values in stages.items() if s not in SHARED}, shared, options)


def choose(
    stages: Sequence[str],
    private: Sequence[Environments],
    public: Sequence[Environments],
    dotenvs: Mapping[str, Mapping[str, str]],
    dotenv: Mapping[str, str],
) -> Chosen:
    """What these environments give, the last of several the strongest (rules 15 and 42).

    A private file wins over every public one, `$shared` parts come after both, the `.env` file is last; `dotenvs`
    are the entries of `NAME.env`, by the environment's name. Raises `UsageError` for an environment that no file has.
    """
    files = (*private, *public)
    for stage in stages:
        if stage not in dotenvs and not any(stage in file.stages for file in files):
            raise _unknown(stage, files, dotenvs)
    wanted = tuple(reversed(stages))
    layers = [Layer(file.name, file.stages[s], True) for file in private for s in wanted if s in file.stages]
    layers += [Layer(file.name, file.stages[s], True) for file in public for s in wanted if s in file.stages]
    layers += [Layer(f"{stage}.env", dotenvs[stage], True) for stage in wanted if stage in dotenvs]
    layers += [Layer(file.name, file.shared, True) for file in files if file.shared]
    layers += [Layer(".env", dotenv, True)] if dotenv else []
    options: dict[str, object] = {}
    for file in (*public, *private):
        for stage in stages:
            options |= file.options.get(stage, {})
    hidden = (values for file in private for values in (file.shared, *map(file.stages.get, stages)) if values)
    return Chosen(tuple(layers), options, frozenset(name for values in hidden for name in values))


def conflicts(script: Script, layers: Iterable[Layer]) -> Iterator[Diagnostic]:
    """A lint for each variable that the script and an environment define differently: the script's wins."""
    known = [layer for layer in layers if layer.is_template]
    lines = script.text.splitlines()
    for variable in script.variables:
        layer = next((one for one in known if variable.name in one.values), None)
        if layer is None or layer.values[variable.name] == variable.value.text:
            continue
        message = f"'{variable.name}' has another value in {layer.name}; this one wins"
        source = lines[variable.at.line - 1] if variable.at.line <= len(lines) else ""
        hint = "Delete it here to use the environment's"
        yield Diagnostic("lint", "two-values", message, hint, variable.at, len(variable.name) + 1, source)


def _flat(said: Mapping[str, object], stem: str = "") -> dict[str, str]:
    """The variables of one environment; an object's members are also reached as `user.name`."""
    found: dict[str, str] = {}
    for key, value in said.items():
        if key in _OTHERS:
            continue
        if isinstance(value, dict) and not _provider(value):
            found |= _flat(value, f"{stem}{key}.")
        if not isinstance(value, dict) or not _provider(value):
            found[f"{stem}{key}"] = value if isinstance(value, str) else _compact(value)
    return found


def _provider(value: Mapping[str, object]) -> bool:
    """Visual Studio's secrets that live in a store of its own: left undefined, so that their use is an error."""
    return isinstance(value.get("provider"), str)


def _compact(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _options(said: Mapping[str, object]) -> dict[str, object]:
    """What `SSLConfiguration` asks for (rule 41)."""
    tls = said.get("SSLConfiguration")
    if not isinstance(tls, dict):
        return {}
    options: dict[str, object] = {}
    if tls.get("verifyHostCertificate") is False:
        options["verify"] = False
    paths = [_path(tls.get(key)) for key in ("clientCertificate", "clientCertificateKey")]
    if paths[0]:
        options["cert"] = ",".join(filter(None, paths))
    return options


def _path(value: object) -> str:
    path = value.get("path") if isinstance(value, dict) else value
    return path if isinstance(path, str) else ""


def _not_json(error: Exception, text: str, name: str) -> UsageError:
    if not isinstance(error, json.JSONDecodeError):
        return UsageError(f"{name} cannot be read as JSON")
    lines = text.splitlines()
    source = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    return ScriptError(f"This is not JSON: {error.msg}", place=Place(name, error.lineno, error.colno, 1, source))


def _unknown(stage: str, files: Iterable[Environments], dotenvs: Mapping[str, object]) -> UsageError:
    known = sorted({name for file in files for name in file.stages} | set(dotenvs))
    near = get_close_matches(stage, known, 1)
    if near:
        return UsageError(f"No environment '{stage}'", hint=f"Did you mean '{near[0]}'?")
    if known:
        return UsageError(f"No environment '{stage}'", hint=f"there is {', '.join(known[:8])}")
    hint = f"http-client.env.json or {stage}.env, beside the script or above"
    return UsageError(f"No environment '{stage}': there is no environment file", hint=hint)
