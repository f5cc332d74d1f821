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
from callbox.exchange.select import Number, Value, format_value
from callbox.script.findings import Finding, lints
from callbox.script.model import NOWHERE, Diagnostic, Script, Template
from callbox.script.scope import Templates

SHARED = frozenset({"$shared", "$default", "$kulalaShared"})
"""The parts of a file that count in every environment."""

TLS = "SSLConfiguration"
"""The key of what an environment says of TLS."""
_TLS_KEYS = ("verifyHostCertificate", "clientCertificate", "clientCertificateKey", "hasCertificatePassphrase")
_OTHERS = frozenset({"Security", TLS, "$kulalaDefaultHeaders", "$schema"})
"""Keys that hold something else than variables."""


class Environments(NamedTuple):
    """One file: the variables of each environment, and what it says of TLS."""

    name: str
    """The file's, as messages call it."""
    stages: Mapping[str, Mapping[str, str]]
    shared: Mapping[str, str]
    tls: Mapping[str, object]
    """What each environment says as its `SSLConfiguration`, `$shared` likewise; looked at where it is chosen."""


class Chosen(NamedTuple):
    """What the chosen environments give a run."""

    layers: tuple[Templates, ...] = ()
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
        document = json.loads(text, parse_float=Number) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _not_json(error, text, name) from None
    if not isinstance(document, dict):
        raise UsageError(f"{name} holds no environments", hint='such as {"dev": {"host": "localhost"}}')
    stages = {stage: _flat(said) for stage, said in document.items() if isinstance(said, dict) and stage not in _OTHERS}
    shared = {key: value for part in SHARED for key, value in stages.get(part, {}).items()}
    tls = {stage: said[TLS] for stage, said in document.items() if isinstance(said, dict) and TLS in said}
    return Environments(name, {s: values for s, values in stages.items() if s not in SHARED}, shared, tls)


def choose(
    stages: Sequence[str],
    private: Sequence[Environments],
    public: Sequence[Environments],
    dotenvs: Mapping[str, Mapping[str, str]],
    dotenv: Mapping[str, str],
) -> Chosen:
    """What these environments give, the last of several the strongest (rules 15 and 42).

    A private file wins over every public one, `$shared` parts come after both, the `.env` file is last; `dotenvs`
    are the entries of `NAME.env`, by the environment's name. Raises `UsageError` for an environment that no file has,
    and for a setting of TLS that would have no effect.
    """
    files = (*private, *public)
    for stage in stages:
        if stage not in dotenvs and not any(stage in file.stages for file in files):
            raise _unknown(stage, files, dotenvs)
    wanted = tuple(reversed(stages))
    layers = [_templates(file.name, file.stages[s]) for file in private for s in wanted if s in file.stages]
    layers += [_templates(file.name, file.stages[s]) for file in public for s in wanted if s in file.stages]
    layers += [_templates(f"{stage}.env", dotenvs[stage]) for stage in wanted if stage in dotenvs]
    layers += [_templates(file.name, file.shared) for file in files if file.shared]
    layers += [_templates(".env", dotenv)] if dotenv else []
    hidden = (values for file in private for values in (file.shared, *map(file.stages.get, stages)) if values)
    names = frozenset(name for values in hidden for name in values)
    return Chosen(tuple(layers), tls_options((*public, *private), stages), names)


def _templates(name: str, values: Mapping[str, str]) -> Templates:
    return Templates(name, {key: Template(value, NOWHERE) for key, value in values.items()})


def conflicts(script: Script, layers: Iterable[Templates]) -> Iterator[Diagnostic]:
    """A lint for each variable that the script and an environment define differently: the script's wins."""
    known = list(layers)
    for variable in script.variables:
        layer = next((one for one in known if variable.name in one.values), None)
        if layer is None or layer.values[variable.name].text == variable.value.text:
            continue
        message = f"'{variable.name}' has another value in {layer.name}; this one wins"
        hint = "Delete it here to use the environment's"
        yield from lints(script, [Finding("two-values", message, hint, variable.at, len(variable.name) + 1)])


def _flat(said: Mapping[str, Value], stem: str = "") -> dict[str, str]:
    """The variables of one environment; an object's members are also reached as `user.name`."""
    found: dict[str, str] = {}
    for key, value in said.items():
        if key in _OTHERS:
            continue
        if isinstance(value, dict) and not _provider(value):
            found |= _flat(value, f"{stem}{key}.")
        if not isinstance(value, dict) or not _provider(value):
            found[f"{stem}{key}"] = format_value(value)
    return found


def _provider(value: Mapping[str, object]) -> bool:
    """Visual Studio's secrets that live in a store of its own: left undefined, so that their use is an error."""
    return isinstance(value.get("provider"), str)


def tls_options(files: Sequence[Environments], stages: Sequence[str]) -> dict[str, object]:
    """The options that the `SSLConfiguration`s of these environments ask for, the strongest last.

    Raises `UsageError` for a setting that would have no effect.
    """
    tls: dict[str, object] = {}
    shared = [(file, stage) for stage in SHARED for file in files]
    for file, stage in (*shared, *((file, stage) for file in files for stage in stages)):
        if stage in file.tls:
            tls |= _checked_tls(file.tls[stage], file.name)
    options: dict[str, object] = {} if tls.get("verifyHostCertificate", True) else {"verify": False}
    paths = [_path(tls.get(key)) for key in ("clientCertificate", "clientCertificateKey")]
    if paths[1] and not paths[0]:
        raise UsageError("clientCertificateKey without a clientCertificate")
    if paths[0]:
        options["cert"] = ",".join(filter(None, paths))
    return options


def _checked_tls(said: object, name: str) -> Mapping[str, object]:
    """The same; `UsageError` for whatever would have no effect."""
    if not isinstance(said, dict):
        raise UsageError(f"{name}: {TLS} is no object", hint=f'such as {{"{_TLS_KEYS[0]}": false}}')
    for key, value in said.items():
        if key not in _TLS_KEYS:
            near = get_close_matches(key, _TLS_KEYS, 1)
            raise UsageError(f"{name}: {TLS} has no '{key}'", hint=f"it has {', '.join(near or _TLS_KEYS)}")
        if key == "verifyHostCertificate" and not isinstance(value, bool):
            raise UsageError(f"{name}: {key} is true or false", hint="without quotes")
        if key.startswith("client") and value is not None and not _path(value):
            raise UsageError(f"{name}: {key} is no path")
    return said


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
