"""The files that a conversion reads and writes, and their formats.

One table lists the formats: their names, their suffixes, and how their texts are recognised. `--from` or `--to`
chooses a format. Without them, the text of the input and the suffix of the output decide.

A file that the user names is written even through symbolic links. If callbox or a description chooses the name of a
file, no link is followed. These are files in a folder, and the base and environment files
(`callbox.storage.folder_without_links`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from callbox.convert.openapi_to_scripts import Converted, GeneratedScript
from callbox.convert.script_merge import (
    BASE_SUFFIX,
    Merged,
    merge_json,
    merge_scripts,
    read_script_text,
    split_lines,
)
from callbox.errors import CallboxError, UsageError
from callbox.httpfile.script_suffixes import SUFFIXES, is_script_name
from callbox.spelling import hint
from callbox.storage.file_read_write_and_list import read_bytes, write_bytes, write_problem
from callbox.storage.folder_without_links import Folder

if TYPE_CHECKING:
    from callbox.httpfile.variables.environment_file_parser import EnvironmentFile

_OPENAPI_JSON = re.compile(r'"(?:openapi|swagger)"\s*+:\s*+"?\d')
_OPENAPI_YAML = re.compile(r"""^["']?(?:openapi|swagger)["']?[ \t]*+:[ \t]*+["']?\d""", re.MULTILINE)
ENVIRONMENTS = "http-client.env.json"
SHARED = "$shared"
MAX_BYTES = 256_000_000
MAX_OTHERS = 100
"""The most other environment files that are read."""
_IS_OTHER = re.compile(r"\.env(?:\..*)?|.*\.env|http-client\.private\.env\.json", re.DOTALL)
_BASE = re.compile(rb"\bbase[\"']?[ \t]{0,20}[:=]")
_IMPORT = re.compile(rb"^[ \t]*+import[ \t]|@import[ \t]", re.MULTILINE)
_BASE_LINE = "@base = "
_MARK = "#| made of "
"""The start of the first line of a base file, which names the description. The reader of blocks skips this line."""


_MAX_HEAD = 100_000
"""How many characters at the start of a file are searched to recognise a format that is not supported."""
_OTHER_FILES = (
    (re.compile(r"schema\.(?:get)?postman\.com|_postman_id"), "a collection of Postman: export it as OpenAPI there"),
    (re.compile(r'"_type"\s*+:\s*+"export"|insomnia\.rest'), "an export of Insomnia: export it as OpenAPI there"),
    (
        re.compile(r'\A\s*+\{\s*+"log"\s*+:'),
        "a HAR archive: copy a request as cURL in the browser and paste it into callbox; to write a file: save history",
    ),
    (re.compile(r'"__meta__"\s*+:'), "a session of HTTPie: in callbox, import httpie FILE"),
)
"""Formats of other tools that users often try to convert, each with a hint on what to do."""


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
    for pattern, tip in _OTHER_FILES:
        if pattern.search(text, 0, _MAX_HEAD):
            raise UsageError(f"{name} is not in a known format", hint=tip)
    names = ", ".join(f"{one.about} ({one.name})" for one in known)
    raise UsageError(f"{name} is not in a known format", hint=f"read: {names}; choose the format with --from")


def write_format(name: str, chosen: str = "") -> FileFormat:
    """The format of an output file. Its suffix decides. Standard output and folders get `.http` files.

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
    tip = f"written: {suffixes}, or a folder; --to {known[0].name} writes to any name"
    raise UsageError(f"{name} has no suffix of a known format", hint=tip)


def _chosen(name: str, known: list[FileFormat], option: str) -> FileFormat:
    for one in known:
        if one.name == name:
            return one
    names = [one.name for one in known]
    raise UsageError(f"{option} {name}: there is no such format", hint=hint(name, names, f"one of {', '.join(names)}"))


class ForeignFile(NamedTuple):
    """A `.http` file in the folder that was made from another description."""

    source: str
    """The name of the other description."""
    text: str
    base: str
    """The text that was generated for it last."""


class ExistingFiles(NamedTuple):
    """The existing files before a conversion."""

    path: str
    """The path of the file or the folder."""
    is_folder: bool
    source: str
    """The name of the description, without its folder."""
    files: Mapping[str, str]
    """The texts, by name, of the `.http` files that may have requests of the description."""
    bases: Mapping[str, str]
    """Maps the name of each `.http` file to the text that was generated for it last."""
    environments: str
    """The text of the environment file; `""` if there is none."""
    has_other_base: bool = False
    """Whether another environment file in the folder defines a base, which would override the base of this conversion.
    """
    others: tuple[str, ...] = ()
    """The texts of other `.http` files in the folder that import files, and so may use requests of this description."""
    foreign: Mapping[str, ForeignFile] = {}
    """The files of the folder that were made from other descriptions, by name."""
    former_source: str = ""
    """The name that the description had when these files were made, if the name has changed since."""

    def with_renamed_source(self, keys: Iterable[str]) -> ExistingFiles:
        """A copy of this target with the files of the same description under its earlier name.

        A base file says only the name of its description. If no base file has the present name, but exactly one other
        description in the folder has mostly operations of this one (`keys`), it is the same description, renamed.
        """
        if self.bases or not self.foreign:
            return self
        described = set(keys)
        by_source: dict[str, set[str]] = {}
        for file in self.foreign.values():
            found = {block.key for block in read_script_text(file.base).blocks if block.key}
            by_source.setdefault(file.source, set()).update(found)
        former = [name for name, found in by_source.items() if len(found & described) * 2 > len(found)]
        if len(former) != 1:
            return self
        ours = {name: file for name, file in self.foreign.items() if file.source == former[0]}
        return self._replace(
            files={**self.files, **{name: file.text for name, file in ours.items()}},
            bases={name: file.base for name, file in ours.items()},
            foreign={name: file for name, file in self.foreign.items() if name not in ours},
            former_source=former[0],
        )

    @property
    def folder(self) -> str:
        """The folder of the files."""
        return self.path if self.is_folder else os.path.dirname(self.path) or "."

    def location_of(self, server: str) -> str:
        """The URL against which the last conversion resolved this relative server; empty if there was none.

        So a description without a host may come from a URL first, and from a file the next time.
        """
        lines = (line for text in self.bases.values() for line in split_lines(text))
        last = next((line.removeprefix(_BASE_LINE).strip() for line in lines if line.startswith(_BASE_LINE)), "")
        path = server.strip().rstrip("/")
        if not last or path.startswith("//"):
            return ""
        return f"{last.removesuffix(path).rstrip('/')}/" if last.endswith(path) else last

    def has_environments(self, urls: Mapping[str, str]) -> bool:
        """Whether environments define the base of the requests.

        The last conversion decides. Without one, environments define the base unless an environment file already has
        the base of another API: the requests and their secrets would go to that API.
        """
        if self.bases and self.files:
            return not any(line.startswith("@base") for text in self.bases.values() for line in split_lines(text))
        if self.has_other_base:
            return False
        own = self._parsed() if self.environments else None
        held = [values["base"] for values in (own.shared, *own.stages.values()) if "base" in values] if own else []
        return all(base in urls.values() for base in held)

    def _parsed(self) -> EnvironmentFile:
        # loading this takes a quarter of a conversion's time, and most conversions do not need it
        from callbox.httpfile.variables.environment_file_parser import read_environment_file

        return read_environment_file(self.environments, os.path.join(self.folder, ENVIRONMENTS))

    def merged_environments(self, urls: Mapping[str, str]) -> str:
        """The text of the environment file with the missing entries added; existing entries stay."""
        if not urls:
            return self.environments
        wanted = {SHARED: next(iter(urls.values())), **urls}
        if not self.environments.strip():
            return (
                json.dumps({name: {"base": url} for name, url in wanted.items()}, indent=2, ensure_ascii=False) + "\n"
            )
        own = self._parsed()
        held = {name for name, values in (*own.stages.items(), (SHARED, own.shared)) if "base" in values}
        missing = {name: {"base": url} for name, url in wanted.items() if name not in held}
        if not missing:
            return self.environments
        merged = merge_json("{}", self.environments, json.dumps(missing, indent=2, ensure_ascii=False))
        if merged is None:
            raise UsageError(
                f"{os.path.join(self.folder, ENVIRONMENTS)} cannot be extended", hint="it must be one JSON object"
            )
        return merged + "\n"


class Writing(NamedTuple):
    """The files that a conversion will write, by names without the folder."""

    target: ExistingFiles
    merged: Merged
    bases: Mapping[str, str]
    environments: str

    def path_of(self, name: str) -> str:
        """The path of one of the files."""
        return os.path.join(self.target.path, name) if self.target.is_folder else self.target.path


def read_target(path: str, source: str, *, is_folder: bool) -> ExistingFiles:
    """Read the existing files at the path that the user names. Raises `UsageError` if one cannot be read."""
    name = " ".join((os.path.basename(source) or source).split())
    if is_folder:
        return _read_folder(path, name)
    files: dict[str, str] = {}
    bases: dict[str, str] = {}
    own, base = os.path.basename(path), f"{os.path.basename(path)}{BASE_SUFFIX}"
    with _opened(os.path.dirname(path) or ".") as folder:
        if os.path.exists(os.path.expanduser(path)):
            files[own] = _read_named(path)
            if folder.has(base):
                bases[own] = _text(folder, base)
        environments = _text(folder, ENVIRONMENTS) if folder.has(ENVIRONMENTS) else ""
        has_other_base = _has_other_base(folder)
        others = _importing_texts(folder, (one for one in folder.names() if one != own)) if files else ()
    return ExistingFiles(
        path=path,
        is_folder=False,
        source=name,
        files=files,
        bases=bases,
        environments=environments,
        has_other_base=has_other_base,
        others=others,
    )


def _importing_texts(folder: Folder, names: Iterable[str]) -> tuple[str, ...]:
    """The texts of the named files that import other files. A file that cannot be read is left out."""
    found = []
    for name in islice(filter(is_script_name, names), MAX_OTHERS):
        with contextlib.suppress(OSError):
            data = folder.read(name, MAX_BYTES)
            if _IMPORT.search(data):
                found.append(data.decode("utf-8", "replace"))
    return tuple(found)


def _has_other_base(folder: Folder) -> bool:
    """Whether `.env`, `NAME.env` or a private file defines a base, or cannot be read."""
    for name in islice(filter(_IS_OTHER.fullmatch, folder.names()), MAX_OTHERS):
        try:
            if _BASE.search(folder.read(name, MAX_BYTES)):
                return True
        except OSError:
            return True
    return False


@contextlib.contextmanager
def _opened(path: str) -> Iterator[Folder]:
    """Open the folder. Raises `OutputError`, with a message of one line, if the system refuses."""
    try:
        with Folder(path) as folder:
            yield folder
    except OSError as error:
        if isinstance(error, CallboxError):
            raise
        name = os.path.join(path, error.filename) if isinstance(error.filename, str) else path
        raise write_problem(name, error) from None


def _read_named(path: str) -> str:
    """The text of the file that the user names. It may be a symbolic link, but not a pipe or a device."""
    if not os.path.isfile(os.path.expanduser(path)):
        raise UsageError(f"{path} is a pipe or a device, not a file", hint="choose another target")
    return _decoded(read_bytes(path, MAX_BYTES), path)


def _read_folder(path: str, source: str) -> ExistingFiles:
    files: dict[str, str] = {}
    bases: dict[str, str] = {}
    foreign: dict[str, ForeignFile] = {}
    environments, has_other_base = "", False
    others: tuple[str, ...] = ()
    if os.path.isdir(os.path.expanduser(path)):
        with _opened(path) as folder:
            names = set(folder.names())
            has_other_base = _has_other_base(folder)
            for name in sorted(names):
                if name == ENVIRONMENTS:
                    environments = _text(folder, name)
                elif name.endswith(BASE_SUFFIX) and is_script_name(name.removesuffix(BASE_SUFFIX)):
                    text, own = _text(folder, name), name.removesuffix(BASE_SUFFIX)
                    if _source_of(text) in ("", source):
                        bases[own] = text
                    elif own in names:
                        foreign[own] = ForeignFile(source=_source_of(text), text=_text(folder, own), base=text)
                elif is_script_name(name) and name not in foreign:
                    files[name] = _text(folder, name)
            files = {name: text for name, text in files.items() if name not in foreign}
            others = _importing_texts(folder, sorted(names - files.keys()))
    return ExistingFiles(
        path=path,
        is_folder=True,
        source=source,
        files=files,
        bases=bases,
        environments=environments,
        has_other_base=has_other_base,
        others=others,
        foreign=foreign,
    )


def _text(folder: Folder, name: str) -> str:
    return _decoded(folder.read(name, MAX_BYTES), str(folder.path / name))


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start:,})") from None


def _source_of(base: str) -> str:
    """The name of the description from which a text was generated; empty if the text does not have it."""
    first = base.partition("\n")[0].strip()
    return first.removeprefix(_MARK) if first.startswith(_MARK) else ""


def plan_writing(target: ExistingFiles, converted: Converted) -> Writing:
    """Merge the converted texts into the existing texts. No file is written here.

    Raises `UsageError` if a text would replace the file of another description.
    """
    generated = {
        f"{script.stem}.http" if target.is_folder else os.path.basename(target.path): script
        for script in converted.scripts
    }
    for name in generated:
        if name in target.foreign:
            path, source = os.path.join(target.path, name), target.foreign[name].source
            raise UsageError(
                f"Nothing is written, because {path} was made from {source}",
                hint=f"choose another folder for {target.source}",
            )
    merged = merge_scripts(target.files, target.bases, generated, target.others)
    bases = {name: _base(script, target.source) for name, script in generated.items()}
    return Writing(
        target=target, merged=merged, bases=bases, environments=target.merged_environments(converted.environments)
    )


def _base(script: GeneratedScript, source: str) -> str:
    return f"{_MARK}{source}\n{script.text}"


def write(writing: Writing) -> list[str]:
    """Write the changed files, each completely or not at all. Returns the names of the written `.http` files."""
    target = writing.target
    texts = {name: text for name, text in writing.merged.files.items() if target.files.get(name) != text}
    bases = {f"{name}{BASE_SUFFIX}": text for name, text in writing.bases.items() if target.bases.get(name) != text}
    if target.is_folder:
        try:
            os.makedirs(os.path.expanduser(target.path), exist_ok=True)
        except OSError as error:
            raise write_problem(target.path, error) from None
    chosen = {**texts, **bases} if target.is_folder else dict(bases)
    if writing.environments != target.environments:
        chosen[ENVIRONMENTS] = writing.environments
    with _opened(target.folder) as folder:
        for name in chosen:
            folder.check(name)
        for name, text in texts.items() if not target.is_folder else ():
            write_bytes(os.path.join(os.path.dirname(target.path), name), _encoded(text), is_private=True)
        for name, text in chosen.items():
            folder.replace(name, _encoded(text))
        for name in target.bases.keys() - writing.bases.keys():
            folder.remove(f"{name}{BASE_SUFFIX}")
    return list(texts)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
