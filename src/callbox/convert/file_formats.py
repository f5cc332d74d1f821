"""The formats that `callbox convert` knows, in one table: their names, suffixes, and how their texts are recognised.

`--from` or `--to` chooses a format. Without them, the text of the input and the suffix of the output decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.httpfile.script_suffixes import SUFFIXES
from callbox.spelling import hint

_OPENAPI_JSON = re.compile(r'"(?:openapi|swagger)"\s*+:\s*+"?\d')
_OPENAPI_YAML = re.compile(r"""^["']?(?:openapi|swagger)["']?[ \t]*+:[ \t]*+["']?\d""", re.MULTILINE)


def _is_openapi(text: str) -> bool:
    pattern = _OPENAPI_JSON if text.lstrip("\ufeff \t\r\n")[:1] == "{" else _OPENAPI_YAML
    return pattern.search(text) is not None


def _is_never(text: str) -> bool:
    return False


class FileFormat(NamedTuple):
    """A format: its name, the suffixes of its files, and a function that recognises its texts."""

    name: str
    about: str
    suffixes: tuple[str, ...]
    is_read: bool
    is_written: bool
    recognises: Callable[[str], bool]


FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        "openapi",
        "OpenAPI 3.x and Swagger 2.0, in JSON or YAML",
        (".json", ".yaml", ".yml"),
        is_read=True,
        is_written=False,
        recognises=_is_openapi,
    ),
    FileFormat(
        "http",
        ".http files",
        SUFFIXES,
        is_read=False,
        is_written=True,
        recognises=_is_never,
    ),
)
"""The formats. The first that recognises a text is used."""


def read_format(text: str, name: str, chosen: str = "") -> FileFormat:
    """The format of an input text. Raises `UsageError` if no format recognises the text.

    >>> read_format('{"openapi": "3.1.0"}', "api.json").name
    'openapi'
    """
    known = [one for one in FORMATS if one.is_read]
    if chosen:
        return _chosen(chosen, known, "--from")
    for one in known:
        if one.recognises(text):
            return one
    names = ", ".join(f"{one.about} ({one.name})" for one in known)
    raise UsageError(f"{name} is not in a known format", hint=f"read: {names}; --from names one")


def write_format(name: str, chosen: str = "") -> FileFormat:
    """The format of an output file, by its suffix. Standard output and folders get `.http` files.

    Raises `UsageError` for an unknown suffix.
    """
    known = [one for one in FORMATS if one.is_written]
    if chosen:
        return _chosen(chosen, known, "--to")
    for one in known:
        if name.lower().endswith(one.suffixes):
            return one
    base = name.rpartition("/")[2]
    if "." not in base.strip(".") or base == "-":
        return known[0]
    suffixes = ", ".join(suffix for one in known for suffix in one.suffixes)
    raise UsageError(f"{name} has no suffix of a known format", hint=f"written: {suffixes}, or a folder")


def _chosen(name: str, known: list[FileFormat], option: str) -> FileFormat:
    for one in known:
        if one.name == name:
            return one
    names = [one.name for one in known]
    raise UsageError(f"{option} {name}: there is no such format", hint=hint(name, names, f"one of {', '.join(names)}"))
