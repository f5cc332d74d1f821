"""Find and read environment files, and files of variables that the command line names.

callbox looks for each file in the script's folder and in the folders above. If several files have the same name, the
nearest file is used. A file that another user may have put there is not used. The shell uses the same environments as a
replay of a script in the current folder.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple, TypeAlias

from callbox.errors import Place, ScriptError, UsageError
from callbox.exchange.request import Draft
from callbox.exchange.secret import Secret
from callbox.httpfile.model import Script
from callbox.httpfile.tool_notations import NOTATIONS, hint_of
from callbox.httpfile.variables.environment_file_parser import (
    TLS,
    ChosenEnvironments,
    EnvironmentFile,
    FirstPlaces,
    choose,
    httpyac_settings_without_effect,
    read_dotenv,
    read_environment_file,
    read_httpyac_settings,
    tls_options,
    unread_line,
)
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.imported_files_and_linked_steps import PathVariables
from callbox.replay.run_options import Plan, refuse_routes
from callbox.storage.file_read_write_and_list import MAX_TEXT_FILE, limited

_PUBLIC_FILES = ("http-client.env.json", "rest-client.env.json")
_PRIVATE_FILES = ("http-client.private.env.json", "http-client.env.json.user", "rest-client.private.env.json")
_SUBFOLDER = "env"
"""httpyac's subfolder for environment files, in which callbox looks in each folder."""
_MAX_FOLDERS = 64
_EDITOR_SETTINGS = ".vscode/settings.json"
_HTTPYAC_JSON = (".httpyac.json", "httpyac.config.json")
"""httpyac's settings files. callbox reads only the environments in them."""
_HTTPYAC_CODE = (
    *(".httpyac.js", ".httpyac.cjs", ".httpyac.config.js", ".httpyac.config.cjs"),
    *("httpyac.config.js", "httpyac.config.cjs"),
)
_PACKAGE, _PACKAGE_KEY = "package.json", re.compile(r'("httpyac")\s*+:\s*+\{')
"""A file whose member `httpyac` also holds settings of httpyac."""
_UNUSED_HINT = "If it is yours, put a copy beside the script"
_HTTPYAC_HINT = "Write its environments into http-client.env.json, and use command-line options"
_WARNED_SETTINGS = [row for row in NOTATIONS if row.kind == "setting" and row.outcome == "warned"]
_SETTINGS = {name: hint_of(row) for row in _WARNED_SETTINGS for name in row.name.split(", ")}
"""The hint for each setting of an editor: what to write in the script instead."""
_SETTING_TOOLS = {name: row.tools for row in _WARNED_SETTINGS for name in row.name.split(", ")}
_ENVIRONMENT_KEYS = {
    name: row
    for row in NOTATIONS
    if row.kind == "environment" and row.outcome == "warned" and not row.name.startswith(".")
    for name in row.name.split(", ")
}
"""Names in environment files that change the requests of another tool, and have no effect in callbox."""
_ReadText: TypeAlias = "Callable[[str], str | None]"
"""Returns the text of a file, or None if the file does not exist."""


def choose_environments(
    folder: str, plan: Plan, ports: ReplayPorts, script_ports: ReplayPorts | None = None
) -> ChosenEnvironments:
    """The environments that the plan names, for a script in `folder`.

    Raises `UsageError` for a missing environment and for a file that cannot be read. In a sandbox, a file that sets the
    route to a host is an error, too, unless the user named the file.
    """
    read = _reader(ports)
    search = _search(folder, plan, ports, read if script_ports is None else _reader(script_ports))
    private = _private_files(plan, search, read)
    public = _public_files(plan, search, read)
    plain = search.nearest(".env")
    dotenv = read_dotenv(plain[1]) if plain else {}
    dotenvs = _environment_dotenvs(plan.stages, search)
    try:
        chosen = choose(plan.stages, private, public, dotenvs, dotenv)
    except UsageError as error:
        error.hint = next((_unused(*entry) for entry in search.refused.items()), error.hint)
        raise
    if plan.is_sandboxed and chosen.options:
        path = [*(public if plan.env_file else ()), *(private if plan.private_env_file else ())]
        trusted = tls_options(path, plan.stages)
        by_file = frozenset(name for name, value in chosen.options.items() if trusted.get(name) != value)
        refuse_routes(Draft("", "", options=chosen.options, file_options=by_file), "An environment file")
    return chosen


def path_variables(
    script: Script, plan: Plan, ports: ReplayPorts, script_ports: ReplayPorts | None = None
) -> PathVariables:
    """The variables that the path of an `import` or `run` line of this script may use.

    Values of private files are not among them, since messages and reports show paths.
    """

    def read() -> Mapping[str, str]:
        try:
            chosen = choose_environments(os.path.dirname(script.name), plan, ports, script_ports)
        except UsageError:
            return {}  # the run reports the error
        values = {name: value.text for layer in reversed(chosen.layers) for name, value in layer.values.items()}
        shown = {name: value for name, value in values.items() if name not in chosen.secret_names}
        return {**shown, **plan.shell_variables}

    return PathVariables(plan.variables, cache(read))


def list_environments(folder: str, ports: ReplayPorts) -> list[str]:
    """The names of the environments in which a script in `folder` can run, in the order of the files.

    Raises `UsageError` for a file that cannot be read.
    """
    read = _reader(ports)
    search = _search(folder, Plan(), ports, read)
    files = [*_public_files(Plan(), search, read), *_private_files(Plan(), search, read)]
    return list(dict.fromkeys(name for file in files for name in file.stages))


def unused_files(folder: str, plan: Plan, ports: ReplayPorts) -> list[ScriptError]:
    """A warning for each environment file that is not used because another user may have put it there."""
    search = _search(folder, plan, ports, _reader(ports))
    names = [
        *(() if plan.env_file else (*_PUBLIC_FILES, *_HTTPYAC_JSON)),
        *(() if plan.private_env_file else _PRIVATE_FILES),
    ]
    for name in (*names, ".env", *_dotenv_names(plan.stages)):
        with suppress(UsageError, OSError):
            search.nearest(name)
    return [
        ScriptError(f"This file is not used: {reason}", hint=_UNUSED_HINT, place=Place(path))
        for path, reason in search.refused.items()
    ]


def _unused(path: str, reason: str) -> str:
    return f"{path} is not used: {reason}"


def settings_warnings(folder: str, ports: ReplayPorts) -> Iterator[ScriptError]:
    """A warning for each settings file of another tool that would change, in that tool, what scripts in `folder` send.

    Files and variables that cannot be read, for example in a sandbox, are left out.
    """
    search = _search(folder, Plan(), ports, _reader(ports))
    with suppress(UsageError, OSError):
        entry = search.nearest(_EDITOR_SETTINGS)
        found = [] if entry is None else [name for name in _SETTINGS if f'"{name}"' in entry[1]]
        for tool in dict.fromkeys(_SETTING_TOOLS[name] for name in found):
            names = [name for name in found if _SETTING_TOOLS[name] == tool]
            message = f"{tool}'s {', '.join(names)} of this file {'has' if len(names) == 1 else 'have'} no effect here"
            if entry is not None:
                yield _settings_warning(message, _SETTINGS[names[0]], *entry, f'"{names[0]}"')
    yield from _httpyac_warnings(search)
    with suppress(UsageError):
        if ports.env("HTTPYAC_ENV"):
            message = "The folder in HTTPYAC_ENV is not searched for environments"
            yield ScriptError(message, hint="Use --env-file FILE", place=Place(folder or ".", 1, 1))
    for name in (*_PUBLIC_FILES, *_HTTPYAC_JSON, *_PRIVATE_FILES, ".env"):
        with suppress(UsageError, OSError):
            if (entry := search.nearest(name)) is not None:
                yield from _environment_warnings(*entry)


def _httpyac_warnings(search: _FileSearch) -> Iterator[ScriptError]:
    message = "httpyac's settings have no effect here"
    for name in _HTTPYAC_JSON:
        with suppress(UsageError, OSError):
            entry = search.nearest(name)
            names = httpyac_settings_without_effect(entry[1]) if entry is not None else []
            if entry is not None and names:
                have = "has" if len(names) == 1 else "have"
                said = f"httpyac's {', '.join(names)} of this file {have} no effect here"
                yield _settings_warning(said, "Use command-line options of callbox replay", *entry, f'"{names[0]}"')
                return
    for name in _HTTPYAC_CODE:
        with suppress(UsageError, OSError):
            if (entry := search.nearest(name)) is not None:
                yield _settings_warning(message, _HTTPYAC_HINT, *entry, "")
                return
    with suppress(UsageError, OSError):
        entry = search.nearest(_PACKAGE)
        if entry is not None and (found := _PACKAGE_KEY.search(entry[1])):
            yield _settings_warning(message, _HTTPYAC_HINT, *entry, found[1])


def _environment_warnings(name: str, text: str) -> Iterator[ScriptError]:
    """A warning for each name in an environment file that would change what is sent in another tool."""
    for key, row in _ENVIRONMENT_KEYS.items():
        part = f'"{key}"' if f'"{key}"' in text else f"{key}="  # of JSON, of `.env`
        if part in text:
            yield _settings_warning(f"{key} of {row.tools} has no effect here", hint_of(row), name, text, part)


def _settings_warning(message: str, hint: str, name: str, text: str, part: str) -> ScriptError:
    at = max(text.find(part), 0)
    start = text.rfind("\n", 0, at) + 1
    source = text[start:].partition("\n")[0].rstrip("\r")
    place = Place(
        name, text.count("\n", 0, at) + 1, at - start + 1, length=max(len(part), 1), source=source if part else ""
    )
    return ScriptError(message, hint=hint, place=place)


def find_dotenv(folder: str, name: str, plan: Plan, ports: ReplayPorts) -> str | None:
    """The value of this name in the nearest `.env` file."""
    entry = _search(folder, plan, ports, _reader(ports)).nearest(".env")
    return None if entry is None else read_dotenv(entry[1]).get(name)


def environment_file_texts(folder: str, plan: Plan, ports: ReplayPorts) -> Iterator[tuple[str, str, list[str]]]:
    """The environment files for scripts in `folder`: the name, the text and the values of each.

    Files that cannot be read are left out.
    """
    read = _reader(ports)
    search = _search(folder, plan, ports, read)
    for find in (_private_files, _public_files):
        with suppress(UsageError):
            for file in find(plan, search, read):
                values = [value for part in (file.shared, *file.stages.values()) for value in part.values()]
                yield file.name, read(file.name) or "", values
    for entry in map(search.nearest, (".env", *_dotenv_names(plan.stages))):
        if entry is not None:
            yield entry[0], entry[1], list(read_dotenv(entry[1]).values())


def environment_tls_options(
    folder: str, plan: Plan, ports: ReplayPorts
) -> Iterator[tuple[str, int, str, dict[str, object]]]:
    """The TLS options of each environment in each environment file.

    Each entry is the file name, the 1-based line, the environment and its options. Files that cannot be read are left
    out.
    """
    read = _reader(ports)
    search = _search(folder, plan, ports, read)
    for find in (_private_files, _public_files):
        with suppress(UsageError):
            for file in find(plan, search, read):
                places = FirstPlaces(read(file.name) or "")
                for environment in file.tls:
                    line = places.line_of(TLS, behind=environment)
                    with suppress(UsageError):
                        yield (
                            file.name,
                            line,
                            environment,
                            tls_options([file._replace(tls={environment: file.tls[environment]})], [environment]),
                        )


class _FileSearch(NamedTuple):
    """Searches and reads environment files."""

    folders: Sequence[str]
    read: _ReadText
    distrust_reason: Callable[[str, str], str]
    """Gives the reason why a file may belong to another user and is not used.

    Takes the first folder of the search and the path of the file.
    """
    refused: dict[str, str]
    """The reason for each file that was found and is not used."""

    def nearest(self, name: str) -> tuple[str, str] | None:
        """The path and the text of the nearest file with this name that may be used."""
        for folder in self.folders:
            for path in (os.path.join(folder, name), os.path.join(folder, _SUBFOLDER, name)):
                text = self.read(path)
                if text is None:
                    continue
                reason = self.distrust_reason(self.folders[0], path)
                if not reason:
                    return os.path.relpath(path), text
                self.refused[os.path.relpath(path)] = reason
        return None


def _search(folder: str, plan: Plan, ports: ReplayPorts, read: _ReadText) -> _FileSearch:
    return _FileSearch(_folders(folder, plan), read, ports.distrust_reason, {})


def _folders(folder: str, plan: Plan) -> list[str]:
    """The folders to search, nearest first. For an untrusted script, only its own folder."""
    return [os.path.abspath(folder)] if plan.is_sandboxed else list(_with_parents(folder))


def _environment_dotenvs(stages: Sequence[str], search: _FileSearch) -> dict[str, Mapping[str, str]]:
    dotenvs: dict[str, Mapping[str, str]] = {}
    for environment in stages:
        for name in _dotenv_names([environment]):
            if entry := search.nearest(name):
                dotenvs[environment] = {**dotenvs.get(environment, {}), **read_dotenv(entry[1])}
    return dotenvs


def _dotenv_names(stages: Sequence[str]) -> list[str]:
    return [name for environment in stages for name in (f"{environment}.env", f".env.{environment}")]


def _private_files(plan: Plan, search: _FileSearch, read: _ReadText) -> list[EnvironmentFile]:
    return _files(plan.private_env_file, _PRIVATE_FILES, search, read)


def _public_files(plan: Plan, search: _FileSearch, read: _ReadText) -> list[EnvironmentFile]:
    """The public environment files, and the environments in httpyac's settings, which all other files override."""
    found = _files(plan.env_file, _PUBLIC_FILES, search, read)
    if not plan.env_file:
        # a sandbox reads no hidden file, and refuses its name even if there is none
        names = (name for name in _HTTPYAC_JSON if not (plan.is_sandboxed and name.startswith(".")))
        entries = filter(None, map(search.nearest, names))
        found += [read_httpyac_settings(text, name, plan.stages) for name, text in entries]
    return found


def _files(path: str, names: tuple[str, ...], search: _FileSearch, read: _ReadText) -> list[EnvironmentFile]:
    """The environment files that the user named; if none were named, the files that the search finds.

    Raises `UsageError` for a named file that is missing, or is not a regular file.
    """
    if path:
        text = read(path)
        if text is None:
            reason = f"{path} is not a regular file" if os.path.exists(path) else f"No such file: {path}"
            raise UsageError(reason)
        return [_resolve_paths(parse_environments(text, path, is_private=names is _PRIVATE_FILES), read)]
    entries = [search.nearest(name) for name in names]
    return [
        _resolve_paths(parse_environments(text, name, is_private=names is _PRIVATE_FILES), search.read)
        for name, text in filter(None, entries)
    ]


def _resolve_paths(file: EnvironmentFile, read: _ReadText) -> EnvironmentFile:
    """The options of a file, with certificate paths made relative to the current folder.

    In the file, such a path is relative to the file.
    """

    def locate(setting: object) -> object:
        if isinstance(setting, dict):
            return {key: locate(value) for key, value in setting.items()}
        candidate = os.path.join(os.path.dirname(file.name), setting) if isinstance(setting, str) else ""
        return candidate if candidate and read(candidate) is not None else setting

    if not file.tls:
        return file
    return file._replace(tls={environment: locate(setting) for environment, setting in file.tls.items()})


def parse_environments(text: str, name: str, *, is_private: bool) -> EnvironmentFile:
    """Parse an environment file. If the file has secrets, its errors do not show lines of the file."""
    try:
        return read_environment_file(text, name)
    except ScriptError as error:
        if is_private and error.place is not None:
            error.place = error.place._replace(source="")
        raise


def _with_parents(folder: str) -> Iterator[str]:
    current = os.path.abspath(folder)
    for _ in range(_MAX_FOLDERS):
        yield current
        parent = os.path.dirname(current)
        if parent == current:
            return
        current = parent


def _reader(ports: ReplayPorts) -> _ReadText:
    """A function that returns the text of a file, or None if the file does not exist. Each file is read once."""
    texts: dict[str, str | None] = {}

    def read(path: str) -> str | None:
        if path not in texts:
            texts[path] = _read_text(path, ports) if ports.is_file(path) else None
        return texts[path]

    return read


def _read_text(path: str, ports: ReplayPorts) -> str:
    return limited(ports.read_file(path), path, MAX_TEXT_FILE).decode("utf-8-sig", "replace")


_VARIABLE_PREFIX = "CALLBOX_VAR_"

_SECRET_PREFIX = "CALLBOX_SECRET_"


def complete(plan: Plan, ports: ReplayPorts) -> Plan:
    """The plan with the variables of `--vars-file`, `--secrets-file`, `CALLBOX_VAR_x` and `CALLBOX_SECRET_x`.

    Without a seed for `--shuffle`, a random one is added. Values of `--var` and `--secret` override values of the
    files, and these override the environment variables. Raises `UsageError` for a file that cannot be read.
    """
    names = tuple(name for name in ports.env_names() if not plan.is_sandboxed or name in plan.allowed_env)
    variables = _variables_with_prefix(_VARIABLE_PREFIX, names, ports.env)
    secrets = _variables_with_prefix(_SECRET_PREFIX, names, ports.env)
    for path in plan.variable_files:
        variables |= _values(path, ports, is_private=False)
    for path in plan.secret_files:
        secrets |= _values(path, ports, is_private=True)
    return plan._replace(
        variables={**variables, **secrets, **plan.variables},
        secret_names=plan.secret_names | frozenset(secrets),
        variable_files=(),
        secret_files=(),
        seed=ports.random.randrange(0, 1_000_000) if plan.seed == -1 else plan.seed,
    )


def _variables_with_prefix(prefix: str, names: tuple[str, ...], env: Callable[[str], str | None]) -> dict[str, str]:
    return {name[len(prefix) :]: env(name) or "" for name in names if name.startswith(prefix) and name != prefix}


def _values(path: str, ports: ReplayPorts, *, is_private: bool) -> Mapping[str, str]:
    text = _read_text(path, ports)
    if path.endswith(".json"):
        return _members(text, path, is_private=is_private)
    number = unread_line(text)
    if number:
        words = text.splitlines()[number - 1].split(maxsplit=1)
        source = (
            "" if is_private or not words else words[0] + (" .." if len(words) > 1 else "")
        )  # the rest of the line may be secret
        raise ScriptError(
            "This is not name=value", place=Place(path, number, 1, length=max(len(source), 1), source=source)
        )
    return read_dotenv(text)


def _members(text: str, path: str, *, is_private: bool) -> Mapping[str, str]:
    try:
        stages = read_environment_file(f'{{"": {text}}}', path).stages
    except ScriptError:
        # the place that uses the name reports the error
        stages = parse_environments(text, path, is_private=is_private).stages
    if "" not in stages:
        raise UsageError(f"{path} has no variables", hint='such as {"host": "localhost"}')
    return stages[""]


def read_environment(name: str) -> dict[str, str | Secret]:
    """The variables of an environment, as for a replay of a script in this folder."""
    chosen = choose_environments(".", Plan(stages=(name,)), real_ports())
    values: dict[str, str] = {}
    for layer in reversed(chosen.layers):
        values.update({key: template.text for key, template in layer.values.items()})
    return {key: Secret(value) if key in chosen.secret_names else value for key, value in values.items()}


def read_environment_options(name: str) -> Mapping[str, object]:
    """The TLS options that an environment sets."""
    return choose_environments(".", Plan(stages=(name,)), real_ports()).options


def environment_warnings(name: str) -> list[str]:
    """A line for each file of this environment that is not used, because another user may have put it there."""
    warnings = unused_files(".", Plan(stages=(name,)), real_ports())
    return [f"warning: {one.place}: {one.message}. {one.hint}" for one in warnings]


def list_environments_here() -> list[str]:
    """The names of the environments that a script in this folder can be run in."""
    return list_environments(".", real_ports())
