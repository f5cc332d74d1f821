"""Where the files of environments are, and what the command line and the process's environment add to a plan.

Each file is sought from the script's folder upward, and the nearest of its name counts.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from callbox.errors import Place, ScriptError, UsageError
from callbox.exchange.request import Draft
from callbox.httpfile.variables.environments import (
    TLS,
    Chosen,
    Environments,
    choose,
    read_dotenv,
    read_environments,
    tls_options,
    unread_line,
)
from callbox.replay.plan import Plan
from callbox.replay.ports import ReplayPorts
from callbox.replay.sandbox import refuse_routes

_PUBLIC = ("http-client.env.json", "rest-client.env.json")
_PRIVATE = ("http-client.private.env.json", "http-client.env.json.user", "rest-client.private.env.json")
_VARIABLE = "CALLBOX_VAR_"
_SECRET = "CALLBOX_SECRET_"
_MOST_FOLDERS = 64
_Read: TypeAlias = "Callable[[str], str | None]"
"""The text of a file; None where there is none."""


def find_environments(folder: str, plan: Plan, ports: ReplayPorts, own: ReplayPorts | None = None) -> Chosen:
    """What the plan's environments give a script in `folder`; `own` are the ports that read what lies beside it.

    Raises `UsageError` for an environment that is not there, for a file that cannot be read, and in a sandbox for one
    that changes the way to a host and was not named by the user.
    """
    read = _reader(ports)
    found = _Found(_folders(folder, plan), read if own is None else _reader(own))
    private = _files(plan.private_env_file, _PRIVATE, found, read)
    public = _files(plan.env_file, _PUBLIC, found, read)
    plain = found.nearest(".env")
    dotenv = read_dotenv(plain[1]) if plain else {}
    dotenvs = _dotenvs(plan.stages, found)
    chosen = choose(plan.stages, private, public, dotenvs, dotenv)
    if plan.is_sandboxed and chosen.options:
        named = [*(public if plan.env_file else ()), *(private if plan.private_env_file else ())]
        trusted = tls_options(named, plan.stages)
        by_file = frozenset(name for name, value in chosen.options.items() if trusted.get(name) != value)
        refuse_routes(Draft("", "", options=chosen.options, file_options=by_file), "An environment file")
    return chosen


def list_environments(folder: str, ports: ReplayPorts) -> list[str]:
    """The names of the environments that a script in `folder` can be run in, in the order of the files.

    Raises `UsageError` for a file that cannot be read.
    """
    read = _reader(ports)
    found = _Found(list(_upward(folder)), read)
    files = [*_files("", _PUBLIC, found, read), *_files("", _PRIVATE, found, read)]
    return list(dict.fromkeys(name for file in files for name in file.stages))


def complete(plan: Plan, ports: ReplayPorts) -> Plan:
    """The plan with the variables of `--vars-file`, `--secrets-file`, `CALLBOX_VAR_x` and `CALLBOX_SECRET_x`.

    And with a seed, where it is to be shuffled by any.
    What was said with `--var` and `--secret` wins over the files, and those win over the environment. Raises
    `UsageError` for a file that cannot be read.
    """
    names = tuple(name for name in ports.env_names() if not plan.is_sandboxed or name in plan.allowed_env)
    variables = _prefixed(_VARIABLE, names, ports.env)
    secrets = _prefixed(_SECRET, names, ports.env)
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


def find_dotenv(folder: str, name: str, plan: Plan, ports: ReplayPorts) -> str | None:
    """The entry of that name in the nearest `.env`."""
    found = _nearest(".env", _folders(folder, plan), _reader(ports))
    return None if found is None else read_dotenv(found[1]).get(name)


def texts_of_environments(folder: str, plan: Plan, ports: ReplayPorts) -> Iterator[tuple[str, str, list[str]]]:
    """Each file of environments that a script in `folder` may be run with: its name, its text, the values in it.

    Of files that cannot be read nothing is given.
    """
    read = _reader(ports)
    found = _Found(_folders(folder, plan), read)
    for named, names in ((plan.private_env_file, _PRIVATE), (plan.env_file, _PUBLIC)):
        with suppress(UsageError):
            for file in _files(named, names, found, read):
                values = [value for part in (file.shared, *file.stages.values()) for value in part.values()]
                yield file.name, read(file.name) or "", values
    dotenvs = [".env", *(name for stage in plan.stages for name in (f"{stage}.env", f".env.{stage}"))]
    for entry in map(found.nearest, dotenvs):
        if entry is not None:
            yield entry[0], entry[1], list(read_dotenv(entry[1]).values())


def ways_of_environments(
    folder: str, plan: Plan, ports: ReplayPorts
) -> Iterator[tuple[str, int, str, dict[str, object]]]:
    """What files of environments ask of TLS: for each environment of each file its options.

    The file's name, the 1-based line, the name of the environment, the options. Of what cannot be read nothing.
    """
    read = _reader(ports)
    found = _Found(_folders(folder, plan), read)
    for named, names in ((plan.private_env_file, _PRIVATE), (plan.env_file, _PUBLIC)):
        with suppress(UsageError):
            for file in _files(named, names, found, read):
                text = read(file.name) or ""
                for stage in file.tls:
                    at = text.find(f'"{TLS}"', max(text.find(f'"{stage}"'), 0))
                    line = text.count("\n", 0, max(at, 0)) + 1
                    with suppress(UsageError):
                        yield (
                            file.name,
                            line,
                            stage,
                            tls_options([file._replace(tls={stage: file.tls[stage]})], [stage]),
                        )


class _Found(NamedTuple):
    """Where files of environments are looked for, and how they are read."""

    folders: Sequence[str]
    read: _Read

    def nearest(self, name: str) -> tuple[str, str] | None:
        """The path and the text of the first file of that name."""
        return _nearest(name, self.folders, self.read)


def _folders(folder: str, plan: Plan) -> list[str]:
    """The folders that are looked through, the nearest first; of a script that is not trusted its own alone."""
    return [os.path.abspath(folder)] if plan.is_sandboxed else list(_upward(folder))


def _dotenvs(stages: Sequence[str], found: _Found) -> dict[str, Mapping[str, str]]:
    dotenvs: dict[str, Mapping[str, str]] = {}
    for stage in stages:
        for name in (f"{stage}.env", f".env.{stage}"):
            if entry := found.nearest(name):
                dotenvs[stage] = read_dotenv(entry[1])
    return dotenvs


def _files(named: str, names: tuple[str, ...], found: _Found, read: _Read) -> list[Environments]:
    """Those that the user has named, else those that are found."""
    if named:
        text = read(named)
        if text is None:
            raise UsageError(f"No such file: {named}")
        return [_located(_environments(text, named, is_private=names is _PRIVATE), read)]
    entries = [found.nearest(name) for name in names]
    return [
        _located(_environments(text, name, is_private=names is _PRIVATE), found.read)
        for name, text in filter(None, entries)
    ]


def _located(file: Environments, read: _Read) -> Environments:
    """The same, certificates that lie beside the file named from here."""

    def locate(said: object) -> object:
        if isinstance(said, dict):
            return {key: locate(value) for key, value in said.items()}
        beside = os.path.join(os.path.dirname(file.name), said) if isinstance(said, str) else ""
        return beside if beside and read(beside) is not None else said

    return file._replace(tls={stage: locate(said) for stage, said in file.tls.items()}) if file.tls else file


def _environments(text: str, name: str, *, is_private: bool) -> Environments:
    """The environments of a file. Of one that holds secrets no line is shown where it is wrong."""
    try:
        return read_environments(text, name)
    except ScriptError as error:
        if is_private and error.place is not None:
            error.place = error.place._replace(source="")
        raise


def _nearest(name: str, folders: Iterable[str], read: _Read) -> tuple[str, str] | None:
    for folder in folders:
        path = os.path.join(folder, name)
        text = read(path)
        if text is not None:
            return os.path.relpath(path), text
    return None


def _upward(folder: str) -> Iterator[str]:
    place = os.path.abspath(folder)
    for _ in range(_MOST_FOLDERS):
        yield place
        above = os.path.dirname(place)
        if above == place:
            return
        place = above


def _reader(ports: ReplayPorts) -> _Read:
    """The text of a file, None where there is none; each is read once."""
    known: dict[str, str | None] = {}

    def read(path: str) -> str | None:
        if path not in known:
            known[path] = ports.read_file(path).decode("utf-8-sig", "replace") if ports.is_file(path) else None
        return known[path]

    return read


def _prefixed(prefix: str, names: tuple[str, ...], env: Callable[[str], str | None]) -> dict[str, str]:
    return {name[len(prefix) :]: env(name) or "" for name in names if name.startswith(prefix) and name != prefix}


def _values(path: str, ports: ReplayPorts, *, is_private: bool) -> Mapping[str, str]:
    text = ports.read_file(path).decode("utf-8-sig", "replace")
    if path.endswith(".json"):
        return _members(text, path, is_private=is_private)
    number = unread_line(text)
    if number:
        source = "" if is_private else text.splitlines()[number - 1]
        raise ScriptError("This is not name=value", place=Place(path, number, 1, max(len(source), 1), source))
    return read_dotenv(text)


def _members(text: str, path: str, *, is_private: bool) -> Mapping[str, str]:
    try:
        stages = read_environments(f'{{"": {text}}}', path).stages
    except ScriptError:
        stages = _environments(text, path, is_private=is_private).stages  # told at its own place
    if "" not in stages:
        raise UsageError(f"{path} holds no variables", hint='such as {"host": "localhost"}')
    return stages[""]
