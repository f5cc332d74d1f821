"""The SQLite file with the requests, responses and facts about APIs of earlier shells. It is private and of limited
size.

`encode_exchange` makes a row from an exchange, without its secrets, and `decode_record` makes a record from a row. A
row has the request twice: as a saved request, to send it again, which asks for its secrets; and as it was sent,
redacted, to show it. Long bodies, and bodies that are not text, are left out.

`MemoryFile` writes and reads the rows. Several shells use the file at once; each transaction is short, and waits for
other transactions. A damaged file is renamed, and a new one is created. A full disk loses only the new data.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from callbox.engine.options import OPTIONS, format_option
from callbox.errors import CallboxError, UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.media_types_and_charsets import is_binary
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.exchange.secret import REDACTED, Secret
from callbox.exchange.url import Url, is_absolute
from callbox.formats.saved_request_toml import write_request
from callbox.memory.api_facts import NO_DETAILS, Details, Fact, Observation, is_id, items_named, methods_to_drop
from callbox.report.result import Result
from callbox.report.run_redaction import Redactor, RunSecrets
from callbox.storage.folder_without_links import Folder

MAX_BODY = 1_000_000
"""A body with more bytes is not saved. Only its length is saved."""
MAX_HOPS = 10
FLAGS = ("path-as-is", "no-session")
"""The flags of a request that are saved with its options."""


class StoredRequest(NamedTuple):
    """A request with its response as a row of the file. All texts are redacted."""

    id: int
    time: float
    """When the exchange began, in seconds of the epoch."""
    origin: str
    method: str
    url: str
    status: int
    """The status; 0 if there was no response."""
    size: int
    seconds: float
    is_complete: bool
    fault: str
    draft: bytes = b""
    """The text of a saved request; empty if the body cannot be read again."""
    exchange: str = ""
    """The request as sent, the response headers, and the earlier exchanges of the chain, as JSON."""
    body: bytes = b""

    @property
    def had_auth(self) -> bool:
        """Whether the user typed credentials with the request. They are not saved."""
        return bool(json.loads(self.exchange).get("has_auth"))


def encode_exchange(
    record: Record, observations: Iterable[Observation], credentials: Iterable[str] = ()
) -> tuple[StoredRequest, list[Observation]]:
    """Convert an exchange to a row, and remove secrets from its facts about APIs. `credentials` are values that other
    requests sent as credentials: copies of them are secret, too.
    """
    secrets = RunSecrets(credentials)
    cut = _without_bodies(record)
    secrets.learn(Result("", "ok", record=cut))
    plain = [
        observation._replace(facts=tuple(fact for fact in observation.facts if _is_plain(fact, secrets)))
        for observation in observations
    ]
    return _encode(record, cut, secrets), plain


def encode_record(record: Record) -> StoredRequest:
    """Convert an exchange to a row, without secrets. Its id is 0, because it is not saved yet."""
    return encode_exchange(record, ())[0]


def _is_plain(fact: tuple[Fact, Details], secrets: RunSecrets) -> bool:
    """Whether a fact contains no value that is secret in this exchange."""
    texts = "\n".join([*fact[0][1:], fact[1].label, *(value for _, value in fact[1].keys)])
    return secrets.redact_values(texts) == texts


def _encode(record: Record, cut: Record, secrets: RunSecrets) -> StoredRequest:
    redacted = Redactor(secrets).record(cut)
    sent = redacted.first_outgoing
    exchange = {
        "sent": _write_outgoing(redacted.outgoing),
        "response": _write_response(redacted.response),
        "hops": [
            {"sent": _write_outgoing(hop.outgoing), "response": _write_response(hop.response), "time": hop.time}
            for hop in redacted.history[:MAX_HOPS]
        ],
        "has_auth": isinstance(record.draft.auth, Auth),
    }
    return StoredRequest(
        id=0,
        time=record.time,
        origin=sent.url.origin,
        method=sent.method,
        url=redact_shown_url(sent.url.text),
        status=record.response.status,
        size=record.size,
        seconds=record.seconds,
        is_complete=record.is_complete,
        fault=Redactor(secrets).text(record.fault),
        draft=_write_draft(record, secrets),
        exchange=json.dumps(exchange),
        body=redacted.body,
    )


def decode_record(stored: StoredRequest) -> Record:
    """Convert a row to a record, to show it. The draft of the record has only the URL; to send the request again, read
    `stored.draft`. Raises `UsageError` if the row cannot be read.
    """
    try:
        exchange = json.loads(stored.exchange)
        hops = tuple(
            Record(Draft("", ""), _read_outgoing(h["sent"]), _read_response(h["response"]), time=h["time"])
            for h in exchange["hops"]
        )
        outgoing, response = _read_outgoing(exchange["sent"]), _read_response(exchange["response"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"Request h{stored.id} cannot be read: it was saved in another format") from None
    return Record(
        draft=Draft(stored.method, stored.url),
        outgoing=outgoing,
        response=response,
        body=stored.body,
        size=stored.size,
        history=hops,
        is_complete=stored.is_complete,
        time=stored.time,
        fault=stored.fault,
    )


def _without_bodies(record: Record) -> Record:
    """The record without bodies that are not saved: those of redirects, binary ones and long ones."""
    body = record.body
    if len(body) > MAX_BODY or is_binary(body[:4096]):
        body = b""
    return record._replace(
        body=body,
        outgoing=_short_content(record.outgoing),
        history=tuple(
            hop._replace(body=b"", outgoing=_short_content(hop.outgoing), history=())
            for hop in record.history[:MAX_HOPS]
        ),
    )


def _short_content(outgoing: Outgoing) -> Outgoing:
    content = outgoing.content
    if content is None:
        return outgoing
    parts = tuple(part if len(part.data) <= MAX_BODY else part._replace(data=b"") for part in content.parts)
    data = content.data
    if data is not None and len(data) > MAX_BODY:
        data = None
    if data is not None and not content.parts and is_binary(data[:4096]):
        data = None
    length = content.size
    return outgoing._replace(content=content._replace(data=data, length=length, pieces=None, parts=parts, given=None))


def _write_draft(record: Record, secrets: RunSecrets) -> bytes:
    """The request as text of a saved request, with its whole URL, because the base may change. Empty if a part that is
    not saved is needed to send it again: a stream, a long body, or a secret that is not named like a credential.
    """
    draft = record.draft
    sent = record.first_outgoing
    first = sent.url
    draft = draft._replace(secrets={**sent.secrets, **draft.secrets})  # also secrets of the base
    if not is_absolute(draft.url):
        typed_query = draft.url.partition("?")[2].partition("#")[0]
        draft = draft._replace(url=f"{first.origin}{first.path}{'?' if typed_query else ''}{typed_query}")
    options = {
        name: format_option(name, value) if name in OPTIONS else "yes"
        for name, value in draft.options.items()
        if name not in draft.file_options and (name in OPTIONS or name in FLAGS)
    }
    content = draft.content
    if content is not None and content.data is not None and not content.path and len(content.data) > MAX_BODY:
        return b""
    try:
        text = write_request(draft, options)
    except UsageError:  # the body can be read only once
        return b""
    return text if all(secrets.redact_values(one) == one for one in _texts(tomllib.loads(text.decode()))) else b""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _write_outgoing(outgoing: Outgoing) -> dict[str, Any]:
    return {
        "method": outgoing.method,
        "url": list(outgoing.url._replace(username="", password="")),
        "headers": [_write_field(field) for field in outgoing.headers],
        "query": [_write_field(field) for field in outgoing.query],
        "cookies": [_write_field(field) for field in outgoing.cookies],
        "content": _write_content(outgoing.content) if outgoing.content is not None else None,
    }


def _write_field(field: Field) -> list[str]:
    return [field.name, str(field.value), field.source]


def _write_content(content: Content) -> dict[str, Any]:
    return {
        "data": content.data.decode("latin-1") if content.data is not None else None,
        "media_type": content.media_type,
        "kind": content.kind,
        "length": content.size,
        "path": content.path,
        "parts": [
            [part.name, part.data.decode("latin-1"), part.filename, part.media_type, part.path, part.length]
            for part in content.parts
        ],
    }


def _write_response(response: ResponseHead) -> dict[str, Any]:
    connection = response.connection
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": response.headers.multi_items(),
        "version": response.version,
        "timings": list(response.timings),
        "connection": list(connection._replace(certificate=b"")[:-1]) if connection is not None else None,
    }


def _read_outgoing(found: dict[str, Any]) -> Outgoing:
    content = found["content"]
    return Outgoing(
        method=found["method"],
        url=Url(*found["url"]),
        headers=tuple(_read_fields(found["headers"])),
        content=_read_content(content) if content is not None else None,
        query=tuple(_read_fields(found["query"])),
        cookies=tuple(_read_fields(found["cookies"])),
    )


def _read_fields(found: Iterable[list[Any]]) -> Iterable[Field]:
    for name, value, source in found:
        # A redacted value becomes a `Secret`, so that an export asks for it and does not write `...`.
        is_redacted = value.endswith(REDACTED)
        yield Field(name, Secret(REDACTED, value.removesuffix(REDACTED)) if is_redacted else value, source)


def _read_content(found: dict[str, Any]) -> Content:
    parts = tuple(
        Part(name, data.encode("latin-1"), filename, media_type=media_type, path=path, length=length)
        for name, data, filename, media_type, path, length in found["parts"]
    )
    data = found["data"]
    return Content(
        data=data.encode("latin-1") if data is not None else None,
        media_type=found["media_type"],
        kind=found["kind"],
        length=found["length"],
        path=found["path"],
        parts=parts,
    )


def _read_response(found: dict[str, Any]) -> ResponseHead:
    connection = found["connection"]
    return ResponseHead(
        status=found["status"],
        reason=found["reason"],
        headers=Headers(tuple((name, value) for name, value in found["headers"])),
        version=found["version"],
        connection=Connection(*connection) if connection is not None else None,
        timings=Timings(*found["timings"]),
    )


NAME = "requests.db"
VERSION = 1
"""The version of the tables. A file with a later version is not changed."""
WAIT_S = 3.0
"""How many seconds to wait for the transaction of another shell."""
MAX_FACTS = 5000
"""How many facts about one origin the file has."""
MAX_ORIGINS = 100
DAY_S = 86_400.0
_STEP = 50
"""If the file is too large, this many requests are deleted at once."""
_CHECK_EVERY = 20
"""The size of the file is checked after this many requests."""
_TABLES = """
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, origin TEXT NOT NULL, method TEXT NOT NULL,
    url TEXT NOT NULL, status INTEGER NOT NULL, size INTEGER NOT NULL, seconds REAL NOT NULL,
    is_complete INTEGER NOT NULL, fault TEXT NOT NULL, draft BLOB NOT NULL, exchange TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX requests_time ON requests (time);
CREATE TABLE facts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
    name TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL, keys TEXT NOT NULL, time REAL NOT NULL,
    UNIQUE (origin, kind, path, name, value)
);
"""
_COLUMNS = ", ".join(StoredRequest._fields)
_LISTED = "id, time, origin, method, url, status, size, seconds, is_complete, fault"
T = TypeVar("T")


class MemoryUnavailable(UsageError):
    """The file cannot be used. The message has the reason."""


class Limits(NamedTuple):
    """The limits of the memory."""

    size: int | None = 50_000_000
    """How many bytes the file may have; None for no limit."""
    days: int = 90


class MemoryFile:
    """Reads and writes the file. It is opened at its first use. Threads may share this object. All methods raise
    `MemoryUnavailable` if the file cannot be used.
    """

    def __init__(self, find_folder: Callable[[], Path | None], limits: Limits = Limits()) -> None:
        """`find_folder` returns the folder of the file, which it creates; None if there is no such folder."""
        self._find_folder = find_folder
        self.limits = limits
        self.notes: list[str] = []
        """Messages for the user, such as that the file was damaged. The code that prints a message removes it."""
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._writes = 0

    def write(self, stored: StoredRequest | None, observations: Iterable[Observation], now: float) -> int:
        """Save facts and, unless it is None, a request. Returns the id of the request, or 0."""

        def add(connection: sqlite3.Connection) -> int:
            added = _insert(connection, stored) if stored is not None else 0
            for observation in observations:
                _save_facts(connection, observation, now)
            return added

        added = self._change(add)
        if self._writes % _CHECK_EVERY == 0:
            self._change(lambda connection: _drop_old(connection, now, self.limits))
        self._writes += 1
        return added

    def facts(self, origin: str) -> list[tuple[Fact, Details]]:
        """The facts about an origin, the oldest first."""
        query = "SELECT kind, path, name, value, label, keys FROM facts WHERE origin = ? ORDER BY number DESC LIMIT ?"
        rows = self._read(lambda connection: connection.execute(query, (origin, MAX_FACTS)).fetchall())
        return [(Fact(*row[:4]), _read_details(row[4], row[5])) for row in reversed(rows)]

    def origins(self) -> list[str]:
        """The origins with facts, the oldest first."""
        query = "SELECT origin FROM facts GROUP BY origin ORDER BY max(number) DESC LIMIT ?"
        rows = self._read(lambda connection: connection.execute(query, (MAX_ORIGINS,)).fetchall())
        return [row[0] for row in reversed(rows)]

    def requests(self, most: int, without: Iterable[int] = ()) -> list[StoredRequest]:
        """The latest requests without their texts, the oldest first. `without` lists ids to leave out."""
        left_out = ",".join(str(int(one)) for one in without)
        query = f"SELECT {_LISTED} FROM requests WHERE id NOT IN ({left_out}) ORDER BY id DESC LIMIT ?"
        rows = self._read(lambda connection: connection.execute(query, (most,)).fetchall())
        return [StoredRequest(*row) for row in reversed(rows)]

    def request(self, number: int) -> StoredRequest | None:
        """The request with this id; None if there is none."""
        query = f"SELECT {_COLUMNS} FROM requests WHERE id = ?"
        row = self._read(lambda connection: connection.execute(query, (number,)).fetchone())
        return StoredRequest(*row) if row is not None else None

    def ids(self) -> tuple[int, int]:
        """The lowest and the highest id; both 0 if there is no request."""
        found = self._read(lambda connection: connection.execute("SELECT min(id), max(id) FROM requests").fetchone())
        return (found[0] or 0, found[1] or 0)

    def forget_requests(self, first: int = 1, last: int = 2**62) -> int:
        """Delete requests by id. Returns how many were deleted."""
        query = "DELETE FROM requests WHERE id BETWEEN ? AND ?"
        count = self._change(lambda connection: connection.execute(query, (first, last)).rowcount)
        self._shrink()
        return count

    def forget_facts(self, origin: str = "") -> int:
        """Delete the facts about an origin; an empty origin means all. Returns how many were deleted."""
        query = "DELETE FROM facts WHERE ? IN ('', origin)"
        count = self._change(lambda connection: connection.execute(query, (origin,)).rowcount)
        self._shrink()
        return count

    def _shrink(self) -> None:
        with contextlib.suppress(MemoryUnavailable):
            self._read(lambda connection: connection.execute("PRAGMA incremental_vacuum").fetchall())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run a change as one transaction."""

        def run(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = change(connection)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return result

        return self._read(run)

    def _read(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query on the open file. If the file is damaged or was removed, run it again on a new file."""
        with self._lock:
            try:
                return run(self._open())
            except sqlite3.Error as error:
                if not self._may_try_again(error):
                    raise MemoryUnavailable(f"Cannot use {self._path()}: {error}") from None
            try:
                return run(self._open())
            except sqlite3.Error as error:
                raise MemoryUnavailable(f"Cannot use {self._path()}: {error}") from None

    def _may_try_again(self, error: sqlite3.Error) -> bool:
        """Whether the query may succeed with a new connection. If the file is damaged, it is renamed."""
        if isinstance(error, sqlite3.OperationalError):
            was_open, path = self._connection is not None, self._path()
            self.close()
            return was_open and path is not None and not path.exists()  # Somebody has deleted the file.
        self.close()
        return isinstance(error, sqlite3.DatabaseError) and self._set_aside()

    def _path(self) -> Path | None:
        folder = self._find_folder()
        return folder / NAME if folder is not None else None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            path = self._path()
            if path is None:
                raise MemoryUnavailable("There is no folder for the history file", hint="set XDG_STATE_HOME")
            _check_file(path)
            self._connection = _connect(path)
        return self._connection

    def _set_aside(self) -> bool:
        """Rename the damaged file, unless another shell has already done so."""
        path = self._path()
        if path is None:
            return False
        with Folder(path.parent) as folder, _locked(folder):
            if _is_damaged(path):
                folder.rename(NAME, f"{NAME}.damaged")
                folder.remove(f"{NAME}-journal")
                self.notes.append(f"the history file was damaged: it is now {path}.damaged, and a new one is used")
        return True


@contextlib.contextmanager
def _locked(folder: Folder) -> Iterator[None]:
    descriptor = folder.open_lock(f"{NAME}.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_damaged(path: Path) -> bool:
    try:
        with contextlib.closing(_connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)])
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def _check_file(path: Path) -> None:
    """Create the private file if it is missing. Raises `OutputError` for a link, a pipe or another user's file."""
    try:
        with Folder(path.parent) as folder:
            with folder.append(path.name, creates=True) as file:
                os.fchmod(file.fileno(), 0o600)
            if folder.has(f"{path.name}-journal"):
                # SQLite reads this file, too, so it must belong to the user
                folder.append(f"{path.name}-journal").close()
    except CallboxError as error:
        raise MemoryUnavailable(error.message, hint=error.hint) from None
    except OSError as error:
        raise MemoryUnavailable(f"Cannot use {path}: {os.strerror(error.errno or 0)}") from None


def _connect(path: Path) -> sqlite3.Connection:
    """An open connection to a file with callbox's tables.

    Raises `MemoryUnavailable` if a later version wrote the file.
    """
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA secure_delete = ON")  # deleted rows are overwritten in the file
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA trusted_schema = OFF")
        if _version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:  # no other shell has created the tables in the meantime
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        if (found := _version(connection)) > VERSION:
            what = f"{path} was written by a later callbox (version {found})"
            what += ": this shell remembers no requests"
            raise MemoryUnavailable(what, hint="update callbox, or remove the file")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _insert(connection: sqlite3.Connection, stored: StoredRequest) -> int:
    marks = ", ".join("?" * len(StoredRequest._fields))
    done = connection.execute(f"INSERT INTO requests ({_COLUMNS}) VALUES ({marks})", (None, *stored[1:]))
    return done.lastrowid or 0


def _save_facts(connection: sqlite3.Connection, observation: Observation, now: float) -> None:
    """Save facts as the newest ones, and delete facts about deleted paths."""
    origin = observation.origin
    for path, method in observation.missing:
        _drop_missing(connection, origin, path, method)
    for fact in observation.withdrawn:
        _drop_methods(connection, origin, fact.path, (fact.name,))
    for path in observation.gone:
        _drop_path(connection, origin, path)
    for path in observation.deleted:
        below = f"{path.rstrip('/')}/"
        query = "DELETE FROM facts WHERE origin = ? AND kind IN ('path', 'item') AND substr(path, 1, ?) = ?"
        if below != "/":
            connection.execute(query, (origin, len(below), below))

    def has(kind: str, path: str) -> bool:
        query = "SELECT 1 FROM facts WHERE origin = ? AND kind = ? AND path = ? LIMIT 1"
        return connection.execute(query, (origin, kind, path)).fetchone() is not None

    if observation.is_doubtful(lambda path: has("path", path), lambda path: has("item", path)):
        return
    connection.executemany(
        "INSERT OR REPLACE INTO facts (origin, kind, path, name, value, label, keys, time) VALUES (?1, ?2, ?3, ?4, ?5,"
        " coalesce(nullif(?6, ''), (SELECT label FROM facts WHERE origin = ?1 AND kind = ?2 AND path = ?3 AND name = ?4"
        " AND value = ?5), ''), ?7, ?8)",
        [(origin, *fact, details.label, _write_keys(details), now) for fact, details in observation.facts],
    )


def _drop_missing(connection: sqlite3.Connection, origin: str, path: str, method: str) -> None:
    """Delete the method of a path that was not found, or the path if it does not exist for any method."""
    query = "SELECT name FROM facts WHERE origin = ? AND kind = 'path' AND path = ?"
    known = [row[0] for row in connection.execute(query, (origin, path)).fetchall()]
    is_item = is_id(path.rstrip("/").rpartition("/")[2]) or bool(_numbers_of_items(connection, origin, path))
    lost = methods_to_drop(method, known, is_item=is_item)
    if lost is None:
        _drop_path(connection, origin, path)
    else:
        _drop_methods(connection, origin, path, lost)


def _drop_methods(connection: sqlite3.Connection, origin: str, path: str, methods: Iterable[str]) -> None:
    query = "DELETE FROM facts WHERE origin = ? AND kind = 'path' AND path = ? AND name = ?"
    connection.executemany(query, [(origin, path, method) for method in methods])


def _drop_path(connection: sqlite3.Connection, origin: str, path: str) -> None:
    connection.execute("DELETE FROM facts WHERE origin = ? AND path = ? AND kind IN ('path', 'item')", (origin, path))
    for number in _numbers_of_items(connection, origin, path):
        connection.execute("DELETE FROM facts WHERE number = ?", (number,))


def _numbers_of_items(connection: sqlite3.Connection, origin: str, path: str) -> list[int]:
    """The rows of the items that the last segment of a path names."""
    above, _, segment = path.rstrip("/").rpartition("/")
    query = "SELECT number, value, keys FROM facts WHERE origin = ? AND kind = 'item' AND path = ?"
    rows = connection.execute(query, (origin, above)).fetchall()
    return items_named(segment, above, [(number, value, _read_details("", keys).keys) for number, value, keys in rows])


def _write_keys(details: Details) -> str:
    return json.dumps(details.keys) if details.keys else ""


def _read_details(label: str, keys: str) -> Details:
    if not label and not keys:
        return NO_DETAILS
    try:
        found = tuple((str(name), str(value)) for name, value in json.loads(keys or "[]"))
    except (ValueError, TypeError):
        found = ()
    return Details(label, found)


def _drop_old(connection: sqlite3.Connection, now: float, limits: Limits) -> None:
    """Delete old requests, facts beyond the limit and, if the file is too large, the oldest requests."""
    oldest = now - limits.days * DAY_S
    connection.execute("DELETE FROM requests WHERE time < ?", (oldest,))
    connection.execute("DELETE FROM facts WHERE time < ?", (oldest,))
    for origin, count in connection.execute("SELECT origin, count(*) FROM facts GROUP BY origin").fetchall():
        if count > MAX_FACTS:
            cut = "SELECT number FROM facts WHERE origin = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
            number = connection.execute(cut, (origin, MAX_FACTS)).fetchone()[0]
            connection.execute("DELETE FROM facts WHERE origin = ? AND number <= ?", (origin, number))
    query = "SELECT origin FROM facts GROUP BY origin ORDER BY max(number) DESC LIMIT -1 OFFSET ?"
    for row in connection.execute(query, (MAX_ORIGINS,)).fetchall():
        connection.execute("DELETE FROM facts WHERE origin = ?", row)
    while limits.size is not None and _used_bytes(connection) > limits.size:
        deleted = "DELETE FROM requests WHERE id IN (SELECT id FROM requests ORDER BY id LIMIT ?)"
        if connection.execute(deleted, (_STEP,)).rowcount == 0:
            connection.execute("DELETE FROM facts")
            break
    connection.execute("PRAGMA incremental_vacuum").fetchall()


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
