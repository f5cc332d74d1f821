"""`ReplayPorts`: the files, clock, randomness, prompts and environment that a replay uses, each as one function.

Paths in scripts are resolved here, too: first relative to the script, then to the current folder.
"""

from __future__ import annotations

import os
import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from glob import glob
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from callbox.errors import UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Event, Record
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import FileBytes, ReadOnce
from callbox.httpfile.variables.dynamic_variables import Question, Random
from callbox.httpfile.variables.value_injection_guards import FilePosition
from callbox.httpfile.variables.variable_scope import Scope
from callbox.replay.javascript.quickjs_engine import (
    JavaScriptResult,
    find_syntax_error,
    has_javascript,
    read_script_library,
    run_javascript,
)
from callbox.replay.javascript.script_input_and_result import ScriptLibrary
from callbox.storage.file_ownership import distrust_reason, user_ids
from callbox.storage.file_read_write_and_list import (
    literal_path,
    open_pieces,
    read_bytes,
    read_start,
    write_bytes,
    write_problem,
)
from callbox.storage.folder_without_links import write_inside
from callbox.system.clock import monotonic, now, random_generator, sleep
from callbox.wire.connection_and_byte_stream import Cancel

_IS_SLASHED = os.sep == "/"


def beside_or_here(script: str, path: str) -> Iterator[str]:
    """The paths to try, in order. A path with backslashes is tried unchanged, and then with slashes.

    A script may be written on Windows and run on a CI system for which `.\\in\\a.json` is not a path.

    >>> list(beside_or_here("api/a.http", ".\\\\b.json"))
    ['api/.\\\\b.json', '.\\\\b.json', 'api/./b.json', './b.json']
    """
    folder = os.path.dirname(script)
    for spelling in dict.fromkeys((path, slashed(path))):
        yield os.path.join(folder, spelling)
        if folder and not os.path.isabs(spelling):
            yield spelling


def slashed(path: str) -> str:
    """The path with slashes in place of backslashes, on systems on which a backslash has no meaning."""
    return path.replace("\\", "/") if _IS_SLASHED else path


class Sender(Protocol):
    """The methods of a session that a replay needs. `callbox.engine.LiveSession` has them."""

    def stream(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Send a request and yield its events."""
        ...

    def preview(self, draft: Draft) -> Outgoing:
        """The request as it would be sent."""
        ...

    def file_jar_for(self, options: Mapping[str, object] = {}) -> Jar:
        """The cookie jar for requests whose route a file sets."""
        ...


class ScriptEngine(NamedTuple):
    """The engine that runs the scripts around requests."""

    run: Callable[[str, str, str, Callable[[], bool]], JavaScriptResult]
    """Runs three texts in a fresh engine: the prelude, the script, and the expression for its results.

    Raises `KeyboardInterrupt` soon after the last argument returns true.
    """
    find_syntax_error: Callable[[str], str]
    """Parses JavaScript code without running it. Returns the syntax error, or an empty text."""
    read_library: Callable[[], ScriptLibrary]
    """Reads the texts that every prelude consists of."""


class ReplayPorts(NamedTuple):
    """Files, clock, randomness, prompts and environment, as functions. Their paths are already joined to the script's
    folder.
    """

    read_file: Callable[[str], bytes]
    """Reads a whole file. Raises `UsageError` if the file does not exist, cannot be read or is larger than 256 MB."""
    open_file: Callable[[str], FileBytes]
    """Opens a file to send. Its length is read when it is opened, and its bytes while they are sent.

    Raises `UsageError` like `read_file`.
    """
    write_file: Callable[[str, str, bytes, bool], str]
    """Writes a file in a folder that the user named (folder, name, data, is_overwriting). Returns the path of the file.

    The script chooses the name. Without is_overwriting, an existing file stays, and the new name gets a number.
    """
    list_folder: Callable[[str], Iterable[str] | None]
    """The files below a folder; None if the path is not a folder."""
    now: Callable[[], float]
    """Returns the time in seconds of the epoch."""
    random: Random
    sleep: Callable[[float], None]
    ask: Callable[[Question], str] | None
    """Asks the user a question; None if there is no terminal."""
    env: Callable[[str], str | None]
    offset_s: Callable[[float], int]
    """Returns the offset of the local time from UTC in seconds (east is positive), at this time."""
    env_names: Callable[[], Iterable[str]]
    """The names of all environment variables."""
    is_file: Callable[[str], bool]
    """Whether a file of this path exists; used for files that may be missing."""
    monotonic: Callable[[], float]
    """Returns the seconds of a monotonic clock."""
    javascript: ScriptEngine | None
    """The JavaScript engine; None in a sandbox, and if the extra `js` is not installed."""
    match: Callable[[str], Iterable[str]]
    """Returns the files and folders that match a pattern such as `api/**/*.http`."""
    read_some: Callable[[str, int], bytes]
    """Reads at most this many bytes from the start of a file. Raises `UsageError` like `read_file`."""
    check_write: Callable[[str], None] = lambda _: None
    """Raises `UsageError` for a path that must not be written to. Called before anything is sent."""
    distrust_reason: Callable[[str, str], str] = lambda start, path: ""
    """Gives the reason why a file that was found from a folder may belong to another user; empty if the file may be
    used.
    """


def output_path(script: str, path: str) -> str:
    """The path to which `>> path` in a script writes."""
    return os.path.join(os.path.dirname(script), slashed(path.strip()))


def real_ports(ask: Callable[[Question], str] | None = None) -> ReplayPorts:
    """The disk, the clock, the random numbers and the environment of this process."""
    return ReplayPorts(
        read_file=read_bytes,
        open_file=_file_opener(),
        write_file=_write_file,
        list_folder=_list_folder,
        now=now,
        random=random_generator(),
        sleep=sleep,
        ask=ask,
        env=os.environ.get,
        offset_s=_local_offset,
        env_names=lambda: tuple(os.environ),
        is_file=os.path.isfile,
        monotonic=monotonic,
        javascript=ScriptEngine(run_javascript, find_syntax_error, read_script_library) if has_javascript() else None,
        match=lambda pattern: map(literal_path, sorted(glob(os.path.expanduser(pattern), recursive=True))),
        read_some=read_start,
        distrust_reason=lambda start, path: distrust_reason(start, path, user_ids()),
    )


def _file_opener() -> Callable[[str], FileBytes]:
    """A function that opens files to send. A pipe is opened once, and its content is kept for later requests."""
    pipes: dict[str, FileBytes] = {}

    def open_file(path: str) -> FileBytes:
        if path in pipes:
            return pipes[path]
        found = FileBytes(*open_pieces(path))
        if isinstance(found.pieces, ReadOnce):
            pipes[path] = found
        return found

    return open_file


def _write_file(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
    name = os.path.expanduser(name)
    if name.startswith("/dev/"):
        write_bytes(name, data)
        return name
    root, below = _split(folder, name)
    try:
        os.makedirs(os.path.expanduser(root) or ".", exist_ok=True)
    except OSError as error:
        raise write_problem(os.path.join(root, below), error) from None
    return write_inside(root, below, data, is_overwriting=is_overwriting)


def _split(folder: str, name: str) -> tuple[str, str]:
    """Split a path of a script into a folder and a relative path, in which no symbolic link is followed.

    >>> _split("api", "out/a.json"), _split("api", "../../out/a.json"), _split("api", "/srv/out/a.json")
    (('api', 'out/a.json'), ('api/../..', 'out/a.json'), ('/srv/out', 'a.json'))
    """
    if os.path.isabs(name):
        return os.path.split(name)
    while name.startswith("../"):
        folder, name = os.path.join(folder, ".."), name[3:].lstrip("/")
    return folder, name


def _list_folder(path: str) -> Iterable[str] | None:
    folder = Path(os.path.expanduser(path))
    if not folder.is_dir():
        return None
    try:
        return [literal_path(str(found)) for found in sorted(folder.rglob("*")) if found.is_file()]
    except OSError as error:
        raise UsageError(f"Cannot read the folder {path}: {error.strerror}") from None


def _local_offset(seconds: float) -> int:
    offset = datetime.fromtimestamp(seconds).astimezone().utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


_T = TypeVar("_T")


def beside_script(name: str, ports: ReplayPorts) -> Callable[[str], FileBytes]:
    """A function that opens the files that the script of this name sends."""
    return lambda path: _first(beside_or_here(name, path), ports.open_file)


MAX_SCHEMA_BYTES = 1_000_000
"""The most bytes of a schema file."""


def read_schema_beside(name: str, ports: ReplayPorts) -> Callable[[str], bytes]:
    """A function that reads the schema files that a script names.

    It accepts only ordinary files below the size limit.
    """

    def read(path: str) -> bytes:
        length = ports.open_file(path).length
        if length is None:
            raise UsageError(f"{path} is a pipe or a device, not a file")
        if length > MAX_SCHEMA_BYTES:
            raise UsageError(f"{path} has more than {MAX_SCHEMA_BYTES // 1_000_000} MB, too much for a schema")
        return ports.read_file(path)

    return lambda path: _first(beside_or_here(name, path), read)


def _first(places: Iterator[str], read: Callable[[str], _T]) -> _T:
    """The result of `read` for the first path that exists.

    If no path exists, raises the `UsageError` of the first path.
    """
    try:
        return read(next(places))
    except UsageError:
        for place in places:
            try:
                return read(place)
            except UsageError:
                continue
        raise


def track_outputs(ports: ReplayPorts, written: set[str]) -> ReplayPorts:
    """Ports that add to `written` each file that the run writes, and recognise these files when the run reads them.

    The files contain data of a server. So variables in them are not replaced, and they are not read as scripts or
    environments.
    """

    def is_written(path: str) -> bool:
        return bool(written) and os.path.realpath(os.path.expanduser(path)) in written

    def read_file(path: str) -> bytes:
        if is_written(path):
            problem = f"{path} was written from a response of this run, so the run does not use it as an input file"
            raise UsageError(problem, hint="pass the value with a capture, or with client.global")
        return ports.read_file(path)

    def write(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
        path = ports.write_file(folder, name, data, is_overwriting)
        written.add(os.path.realpath(path))
        return path

    def open_file(path: str) -> FileBytes:
        found = ports.open_file(path)
        return found._replace(is_foreign=True) if is_written(path) else found

    return ports._replace(write_file=write, open_file=open_file, read_file=read_file)


def write_outputs(record: Record, scope: Scope, ports: ReplayPorts) -> None:
    """Write the body of the response to the file of `>> path`. Raises `UsageError` or `OutputError`."""
    for output in scope.step.outputs:
        if output.mark in (">>", ">>!"):
            name = slashed(scope.expand([output.path], place=FilePosition()).text.strip())
            folder = os.path.dirname(scope.resolution.script.name)
            ports.write_file(folder, name, record.body, output.mark == ">>!")
