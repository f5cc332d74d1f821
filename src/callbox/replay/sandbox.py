"""`--sandbox`: what a script that is not trusted may reach. Its own folder, and nothing of the environment."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from typing import TypeVar

from callbox.errors import UsageError
from callbox.replay.ports import Ports

_T = TypeVar("_T")

_OUTSIDE = "{} is outside of the script's folder"
_HINT = "leave --sandbox out to allow it"


def refuse_certificates(options: Mapping[str, object], folder: str) -> None:
    """Raise `UsageError` where a script or its environment says a certificate that is not in the `folder`."""
    for name in ("ca", "cert"):
        for path in str(options.get(name) or "").split(","):
            if path and not _is_within(folder, path):
                raise UsageError(_OUTSIDE.format(path), hint=_HINT)


def _is_within(folder: str, path: str) -> bool:
    root = os.path.join(os.path.realpath(folder or "."), "")
    return os.path.realpath(os.path.expanduser(path)).startswith(root)


def confine(ports: Ports, folder: str) -> Ports:
    """The ports for a script in `folder`: files below it only, no environment variables, no programs."""

    def within(path: str) -> bool:
        return _is_within(folder, path)

    def only_within(reach: Callable[[str], _T]) -> Callable[[str], _T]:
        def checked(path: str) -> _T:
            if not within(path):
                raise UsageError(_OUTSIDE.format(path), hint=_HINT)
            return reach(path)

        return checked

    def write(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
        write_checked = only_within(lambda _: ports.write_file(folder, name, data, is_overwriting))
        return write_checked(os.path.join(folder, name))

    return ports._replace(
        read_file=only_within(ports.read_file),
        open_file=only_within(ports.open_file),
        write_file=write,
        list_folder=only_within(ports.list_folder),
        check_write=only_within(ports.check_write),
        is_file=lambda path: within(path) and ports.is_file(path),
        env=_refuse_env,
        env_names=lambda: (),
    )


def _refuse_env(name: str) -> str | None:
    raise UsageError(
        f"'{name}' of the environment is not read in a sandbox", hint=f"--var {name}=... and {{{{{name}}}}}"
    )
