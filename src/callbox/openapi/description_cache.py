"""Open descriptions in files and in downloaded texts. A description in the cache is not compiled again.

The cache is the folder `descriptions` in the user's cache folder. A description has two files there, named by a digest
of its file or URL: `Api` reads the file `.api`, and the file `.json` says what it was made from.
`callbox.openapi.description_checks_and_compiler` reads each new description in a separate process.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import IO, Any, NamedTuple

from callbox.errors import CallboxError, UsageError
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.url import parse
from callbox.openapi.child_process_limits import describe_error, end_process, error_of, receive, send
from callbox.openapi.json_and_yaml_reader import DescriptionError
from callbox.openapi.operations_parameters_and_security import VERSION, Api, DamagedError
from callbox.storage.file_read_write_and_list import read_bytes
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import make_subdirectory
from callbox.storage.sandbox_reader import Confined
from callbox.system import clock

MAX_BYTES = 64_000_000
MAX_CACHE_BYTES = 500_000_000
READ_S = 60.0
"""The most seconds that reading one description may take."""
_FOLDER = "descriptions"
_SETTLED_NS = 2_000_000_000
"""The age in nanoseconds from which the timestamp of a file shows each change.

A file that was changed more recently may change again without getting another timestamp.
"""

Fetch = Callable[[str], bytes]
"""Returns the body of a URL on the origin of the description. Raises `CallboxError` if there is no body."""


class CachedFile(NamedTuple):
    """A file from which a description was made, with its size and time of change when it was read."""

    path: str
    size: int
    mtime_ns: int
    digest: str
    is_settled: bool


class HttpSource(NamedTuple):
    """The validators of a cached description, to ask its server whether it has changed."""

    etag: str = ""
    last_modified: str = ""
    is_private: bool = False
    """Whether credentials were sent to fetch the description.

    If so, the cached description is used only after it was fetched with credentials again.
    """
    digest: str = ""
    """The SHA-256 of the body.

    Empty if the description has other documents, because these may change while the body stays the same.
    """

    @property
    def conditions(self) -> tuple[tuple[str, str], ...]:
        """The request headers that ask for the description only if it has changed.

        For a description of several documents there are no headers, because another document may have changed while the
        first is unchanged.
        """
        if not self.digest:
            return ()
        named = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return tuple((name, value) for name, value in named if value)


def open_file(path: str, *, is_kept: bool = True) -> Api:
    """The description in a file. The cache is used if the file, and all files that it refers to, have not changed.

    With `is_kept`, the description is cached for the next time.

    References to other files are followed in the folder of this file and in its subfolders. Raises `DescriptionError`
    with a place if the text is not a description, and `UsageError` if it cannot be read.
    """
    name = os.path.realpath(os.path.expanduser(path))
    cached = _cached(name)
    if cached is not None and all(_is_unchanged(CachedFile(*row)) for row in cached[1].get("files", ())):
        return cached[0]
    files: list[CachedFile] = []
    confined = Confined(os.path.dirname(name), "the folder of the description")

    def load(reference: str, holder: str) -> tuple[str, bytes]:
        if "://" in reference:
            raise UsageError("a description in a file cannot refer to URLs")
        inner = confined.locate(os.path.join(os.path.dirname(holder), reference))
        data = confined.read(inner, MAX_BYTES)
        files.append(_part(inner, data))
        return inner, data

    data = read_bytes(path, MAX_BYTES)
    if not is_kept:
        return _compile_unkept(name, data, load)
    files.append(_part(name, data))
    return _compile(name, data, load, lambda: {"files": files})


def open_text(data: bytes, url: str, fetch: Fetch, origin: HttpSource = HttpSource(), *, is_kept: bool = True) -> Api:
    """The description in the body of a response. With `is_kept`, it is cached under its URL.

    `origin` has the validators of the response.

    References to other URLs on the same origin are followed with `fetch`. Raises the errors of `open_file`.
    """

    others: list[str] = []

    def load(reference: str, holder: str) -> tuple[str, bytes]:
        from urllib.parse import urljoin

        target = urljoin(holder, reference)
        others.append(target)
        if not target.startswith(("http:", "https:")) or parse(target).origin != parse(url).origin:
            raise UsageError("its URL has another origin than the description")
        return target, fetch(target)

    try:
        if not is_kept:
            return _compile_unkept(url, data, load)
        digest = sha256(data).hexdigest()
        return _compile(url, data, load, lambda: origin._replace(digest="" if others else digest)._asdict())
    except CallboxError as error:
        _name_without_secrets(error, url)
        raise


def _name_without_secrets(error: CallboxError, url: str) -> None:
    """Redact the URL in an error about the text at this URL."""
    shown = redact_shown_url(url)
    error.message = error.message.replace(url, shown)
    error.args = (error.message,)
    if error.place is not None:
        error.place = error.place._replace(file=error.place.file.replace(url, shown))


def open_bytes(data: bytes, name: str) -> Api:
    """The description in a text without a file and a URL, such as the standard input. References to other documents are
    refused.

    The description is not cached. Raises the errors of `open_file`; `name` is for messages.
    """

    def load(reference: str, holder: str) -> tuple[str, bytes]:
        raise UsageError("a description without a file cannot refer to other documents")

    if len(data) > MAX_BYTES:
        raise DescriptionError(f"{name} is larger than the limit of 64 MB")
    return _compile_unkept(name, data, load)


def open_cached(url: str) -> tuple[Api, HttpSource] | None:
    """The cached description from a URL, with the validators of its server; None if it is not cached."""
    cached = _cached(url)
    if cached is None:
        return None
    known = {name: value for name, value in cached[1].items() if name in HttpSource._fields}
    return cached[0], HttpSource(**known)


def note_source(base: str, url: str) -> None:
    """Record for the next start that the description of the API at `base` is cached under `url`."""
    folder = make_subdirectory("cache", _FOLDER)
    if folder is not None:
        with Folder(folder) as opened:
            opened.replace(f"{_base_key(base)}.json", json.dumps({"name": url}).encode())


def _base_key(base: str) -> str:
    return _key(f"base {base.rstrip('/')}")


def noted_source(base: str) -> str:
    """The URL of the description that was last found for a base; empty if none was recorded."""
    folder = make_subdirectory("cache", _FOLDER)
    if folder is None:
        return ""
    try:
        with Folder(folder) as opened:
            url = json.loads(opened.read(f"{_base_key(base)}.json", MAX_BYTES))["name"]
            return url if isinstance(url, str) else ""
    except (OSError, ValueError, LookupError, TypeError, CallboxError):
        return ""


def forget(origin: str = "", sources: Iterable[str] = ()) -> int:
    """Delete the descriptions from URLs of an origin, and the descriptions from `sources`, which are files or URLs.

    With an empty origin, all descriptions are deleted.

    Returns how many were deleted. A shell that uses a deleted description can use it until the shell ends.
    """
    folder = make_subdirectory("cache", _FOLDER)
    if folder is None:
        return 0
    count = 0
    keys = {_key(one if "://" in one else os.path.realpath(os.path.expanduser(one))) for one in sources}
    with Folder(folder) as opened:
        names = set(opened.names())
        for key in {name.rpartition(".")[0] for name in names}:
            if not origin or key in keys or _origin_of(opened, f"{key}.json") == origin:
                count += f"{key}.api" in names
                with suppress(OSError):
                    opened.remove(f"{key}.json")
                    opened.remove(f"{key}.api")
    return count


def _origin_of(folder: Folder, name: str) -> str:
    """The origin of the description in a cache file; empty if the description was read from a file."""
    try:
        source = json.loads(folder.read(name, MAX_BYTES))["name"]
        return parse(source).origin if "://" in source else ""
    except (OSError, ValueError, LookupError, TypeError, CallboxError):
        return ""


def _key(name: str) -> str:
    return sha256(f"{VERSION}\0{name}".encode("utf-8", "surrogateescape")).hexdigest()


def _cached(name: str) -> tuple[Api, dict[str, Any]] | None:
    """The cached description and its record; None if the description is not cached, or if it is damaged."""
    folder = make_subdirectory("cache", _FOLDER)
    if folder is None:
        return None
    key = _key(name)
    try:
        with Folder(folder) as opened:
            about = json.loads(opened.read(f"{key}.json", MAX_BYTES))
            return Api(opened.map(f"{key}.api")), about
    except (OSError, ValueError, DamagedError, CallboxError):
        return None


def _part(path: str, data: bytes) -> CachedFile:
    info = os.stat(path)
    is_settled = clock.now() * 1e9 - info.st_mtime_ns > _SETTLED_NS
    return CachedFile(
        path=path, size=len(data), mtime_ns=info.st_mtime_ns, digest=sha256(data).hexdigest(), is_settled=is_settled
    )


def _is_unchanged(part: CachedFile) -> bool:
    try:
        info = os.stat(part.path)
        if info.st_size != part.size:
            return False
        if info.st_mtime_ns == part.mtime_ns and part.is_settled:
            return True
        return sha256(read_bytes(part.path, MAX_BYTES)).hexdigest() == part.digest
    except (OSError, CallboxError):
        return False


def _compile(
    name: str, data: bytes, load: Callable[[str, str], tuple[str, bytes]], about: Callable[[], dict[str, Any]]
) -> Api:
    folder = make_subdirectory("cache", _FOLDER)
    if folder is None:
        return _compile_unkept(name, data, load)
    key = _key(name)
    with Folder(folder) as opened:
        opened.remove(f"{key}.json")
        with opened.replacing(f"{key}.api") as written:
            _run_child(name, data, load, written)
        opened.replace(f"{key}.json", json.dumps({"name": name} | about()).encode())
        api = Api(opened.map(f"{key}.api"))
        _evict(opened, key)
    return api


def _compile_unkept(name: str, data: bytes, load: Callable[[str, str], tuple[str, bytes]]) -> Api:
    with tempfile.TemporaryFile() as file:
        _run_child(name, data, load, file)
        return Api(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _evict(folder: Folder, key: str) -> None:
    """Remove the oldest descriptions, but not this one, until the cache is small enough."""
    files = sorted(folder.sizes(), key=lambda one: one.mtime)
    total = sum(one.size for one in files)
    for one in files:
        if total <= MAX_CACHE_BYTES:
            break
        if not one.name.startswith(key):
            folder.remove(one.name)
            total -= one.size


def _run_child(name: str, data: bytes, load: Callable[[str, str], tuple[str, bytes]], file: IO[bytes]) -> None:
    """Let a child process read the description into an open file.

    Raises the error of the child, or an error that says how it ended.
    """
    with _child(file) as process:
        assert process.stdin is not None  # standard input and output are pipes
        assert process.stdout is not None
        try:
            send(process.stdin, {"name": name}, data)  # type: ignore[arg-type]
            while True:
                message, _ = receive(process.stdout)  # type: ignore[arg-type]
                if "load" not in message:
                    break
                send(process.stdin, *_answer(message, load))  # type: ignore[arg-type]
        except BrokenPipeError:
            message = {}
        if "error" in message:
            raise error_of(message)
        if not message.get("done"):
            raise DescriptionError(
                f"{name} could not be read within {READ_S:.0f} seconds and 1 GB of memory",
                hint="check that this is a description of an API",
            )


def _answer(message: dict[str, Any], load: Callable[[str, str], tuple[str, bytes]]) -> tuple[dict[str, Any], bytes]:
    try:
        found, data = load(message["load"], message["holder"])
    except CallboxError as error:
        return describe_error(error), b""
    return {"name": found}, data


@contextmanager
def _child(file: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The child process. It is killed at the deadline, and at the end of the block."""
    command = [sys.executable, "-P", "-m", "callbox.openapi.description_checks_and_compiler", str(file.fileno())]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(file.fileno(),),
        start_new_session=True,  # Ctrl-C goes to the shell alone, which kills the child
    )
    timer = threading.Timer(READ_S, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        end_process(process)
