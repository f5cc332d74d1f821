"""`--as-curl FILE` and `--as-http FILE`: export the resolved requests of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from callbox.cli.replay.interruption import Interruption
from callbox.cli.replay.reports import STANDARD, interrupted_write, write_to
from callbox.errors import CallboxError
from callbox.exchange.events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.formats.curl_writer import write_curl
from callbox.httpfile.export.attachments import extract_attachments
from callbox.httpfile.export.script_writer import script_of
from callbox.replay.file_and_system_access import beside_or_here
from callbox.replay.run_options import Plan
from callbox.report.result import Result
from callbox.report.result_redaction import MIN_LENGTH, Redactor, RunSecrets
from callbox.report.run_report import MAX_BODY_BYTES, is_unlogged
from callbox.storage.folder_without_links import write_inside

_MOST_ASIDE = 1 << 26
"""The most bytes of a body of text and files that is written to a separate file."""
_MAX_LISTED_NAMES = 3
"""The most file names that a note lists one by one."""


class Exports:
    """Collects the requests of a run; `write` writes the files and yields errors.

    Without a wanted file, it does nothing.
    """

    def __init__(
        self, curls: Sequence[str], scripts: Sequence[str], secrets: RunSecrets, *, reveals: bool, plan: Plan = Plan()
    ) -> None:
        """`secrets` are the secrets of the run. `plan` has their names, under which exported scripts ask for them."""
        self._curls = curls
        self._scripts = scripts
        self._reveals = reveals
        self._run_secrets = secrets
        self._names = {plan.variables.get(name, ""): name for name in plan.secret_names}
        self._secrets: dict[str, str] = {}
        self._sent: list[tuple[str, Outgoing, Draft]] = []
        self._waiting = 0
        self.notes: list[str] = []
        """Notes about additional files. The list is complete when the exports are written."""

    @property
    def are_wanted(self) -> bool:
        """Whether any export is wanted."""
        return bool(self._curls or self._scripts)

    def add(self, result: Result) -> None:
        """Add a request, as it was first sent."""
        outgoing = result.first_outgoing
        if not self.are_wanted:
            return
        self._waiting += outgoing is None and result.outcome == "planned"
        for secret in result.secrets:
            value = secret.reveal()
            if len(value) >= MIN_LENGTH:
                self._secrets.setdefault(value, self._names.get(value, "secret"))
        if outgoing is not None and result.step is not None and not is_unlogged(result):
            record = result.exchange
            draft = record.draft if record is not None else result.draft or Draft(outgoing.method, outgoing.url.text)
            located = _move_paths(_with_body(outgoing), lambda path: _locate(result.file, path))
            self._sent.append((f"{result.file}:{result.line} {result.step.label}", located, draft))

    def write(self, interruption: Interruption) -> Iterator[CallboxError]:
        """Write the files. Each file is written as a whole or not at all."""
        for path in self._curls:
            yield from self._attempt(partial(_written, path, self._as_curl), path, interruption)
        for path in self._scripts:
            yield from self._attempt(partial(self._write_script, path), path, interruption)
        if self._waiting:
            names = ", ".join(path for path in (*self._curls, *self._scripts) if path != STANDARD) or "the copy"
            self.notes.append(
                f"not in {names}: requests that need a response first ({self._waiting}); run without --dry-run"
            )

    def _attempt(
        self, write: Callable[[], Iterator[CallboxError]], path: str, interruption: Interruption
    ) -> list[CallboxError]:
        return interruption.attempt(lambda: list(write()), lambda: [interrupted_write(path, interruption)])

    def _as_curl(self) -> str:
        if self._reveals:
            return "".join(f"# {_line(where)}\n{write_curl(out, reveal=True)}\n\n" for where, out, _ in self._sent)
        redactor = Redactor(self._run_secrets)
        return "".join(
            f"# {_line(redactor.text(where))}\n{write_curl(_redacted(out, redactor))}\n\n"
            for where, out, _ in self._sent
        )

    def _write_script(self, path: str) -> Iterator[CallboxError]:
        """Write the script, and its binary bodies to separate files in the same folder."""
        try:
            text, files = self._as_http(path)
            write_to(path, text.encode("utf-8", "replace"))
            for name, data in files.items():
                write_inside(os.path.dirname(path), name, data, is_overwriting=True)
        except CallboxError as error:
            yield error
        else:
            self.notes += _notes(path, tuple(files))

    def _as_http(self, path: str) -> tuple[str, Mapping[str, bytes]]:
        if not self._sent:
            return "", {}
        empty, folder = ResponseHead(200, "OK", Headers()), os.path.dirname(path) or "."
        stem = "" if path == STANDARD else os.path.splitext(os.path.basename(path))[0]
        records: list[Record] = []
        files: dict[str, bytes] = {}
        for number, (_, sent, draft) in enumerate(self._sent, 1):
            out = _move_paths(sent, lambda path: os.path.relpath(path, folder))
            if stem:
                out, beside = extract_attachments(_with_body(out, _MOST_ASIDE), f"{stem}.body{number}", self._secrets)
                files.update(beside)
            records.append(Record(draft, out, empty))
        return script_of(records, secrets=self._secrets), files


def _notes(path: str, files: Sequence[str]) -> Iterator[str]:
    """A note that the script has further files beside it."""
    if files:
        names = ", ".join(files) if len(files) <= _MAX_LISTED_NAMES else f"{files[0]} to {files[-1]}"
        yield f"wrote the binary bodies of {path} to files beside it: {names}"


def _locate(script: str, path: str) -> str:
    """The path of a script's file, relative to the current folder."""
    places = map(os.path.normpath, beside_or_here(script, path))
    return next(filter(os.path.exists, places), path)


def _with_body(outgoing: Outgoing, most: int = MAX_BODY_BYTES) -> Outgoing:
    """The request with a body of texts and files read into one, since an export cannot name the pieces."""
    content = outgoing.content
    if content is None or content.data is not None or content.path or content.parts:
        return outgoing
    if not content.is_replayable:
        return outgoing
    if content.length is None or content.length > most:
        return outgoing
    return outgoing._replace(content=content._replace(data=b"".join(content.chunks()), pieces=None))


def _move_paths(outgoing: Outgoing, move: Callable[[str], str]) -> Outgoing:
    """The request, with the paths of its files made relative to another folder."""
    content = outgoing.content
    if content is None or not (content.path or any(part.path for part in content.parts)):
        return outgoing
    parts = tuple(part._replace(path=move(part.path)) if part.path else part for part in content.parts)
    path = move(content.path) if content.path else ""
    return outgoing._replace(content=content._replace(path=path, parts=parts))


def _redacted(outgoing: Outgoing, redactor: Redactor) -> Outgoing:
    """The request with known secret values redacted. The writer redacts values with the names of credentials."""
    return redactor.outgoing(outgoing)._replace(route=outgoing.route, auth=outgoing.auth)


def _written(path: str, make: Callable[[], str]) -> Iterator[CallboxError]:
    try:
        write_to(path, make().encode("utf-8", "replace"))
    except CallboxError as error:
        yield error


def _line(text: str) -> str:
    return " ".join(text.split())
