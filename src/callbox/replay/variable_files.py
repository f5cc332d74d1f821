"""Add the variables of files, of the command line and of the process environment to a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from callbox.errors import Place, ScriptError, UsageError
from callbox.httpfile.variables.environments import read_dotenv, read_environment_file, unread_line
from callbox.replay.environment_files import parse_environments
from callbox.replay.plan import Plan
from callbox.replay.ports import ReplayPorts

_VARIABLE_PREFIX = "CALLBOX_VAR_"

_SECRET_PREFIX = "CALLBOX_SECRET_"


def complete(plan: Plan, ports: ReplayPorts) -> Plan:
    """The plan with the variables of `--vars-file`, `--secrets-file`, `CALLBOX_VAR_x` and `CALLBOX_SECRET_x`.

    It gets a random seed if `--shuffle` gives none.
    Values of `--var` and `--secret` win over the files, and those win over the environment. Raises
    `UsageError` for a file that cannot be read.
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
        stages = read_environment_file(f'{{"": {text}}}', path).stages
    except ScriptError:
        stages = parse_environments(text, path, is_private=is_private).stages  # told at its own place
    if "" not in stages:
        raise UsageError(f"{path} holds no variables", hint='such as {"host": "localhost"}')
    return stages[""]
