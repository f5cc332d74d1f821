"""Check the responses of a run for `--openapi`, `# @expect openapi` and `# @expect schema`.

The description comes from the command line or the shell. The schema of a script is written in the directive, or is a
file that the script may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from callbox.engine import LiveSession
from callbox.errors import ScriptError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.displayed_fields_and_values import redact_field
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import Expectation, Script, Step
from callbox.httpfile.requests.options_conditions_and_loops import is_in_openapi_checks
from callbox.httpfile.source_and_diagnostics import place_of
from callbox.openapi.description_cache import open_bytes
from callbox.openapi.description_discovery import open_location
from callbox.openapi.json_and_yaml_reader import decode, load_json_or_yaml
from callbox.openapi.response_validator import Contract, Difference, Verdict, json_path
from callbox.openapi.schema_validator import (
    MAX_TEXT,
    CheckOutcome,
    SchemaFile,
    Validator,
    ValidatorPool,
    decode_json,
    make_document,
)
from callbox.openapi.schema_view import Document
from callbox.report.openapi_coverage import Coverage

ReadFile = Callable[[str], bytes]
"""Reads a file that a script names. Raises an error if the script may not read it."""
UNKNOWN = "No description of the API is known"
HINT = "give one: callbox replay --openapi FILE, or pytest --http-openapi FILE"


class ResponseChecks:
    """The schemas of one run. Several threads may run files of the run."""

    def __init__(self, contract: Contract | None = None, *, checks_all: bool = False, is_static: bool = False) -> None:
        """With `checks_all`, the contract checks every response, and not only those that a script names.

        `is_static` says that nothing is sent, so that a missing description is not an error.
        """
        self.contract = contract
        self.checks_all = checks_all
        self._is_static = is_static
        self._lock = Lock()
        self._pool: ValidatorPool | None = None
        self._schemas: dict[tuple[str, str], Validator] = {}

    def close(self) -> None:
        """End the child processes that check schemas."""
        if self.contract is not None:
            self.contract.close()
        with self._lock:
            if self._pool is not None:
                self._pool.close()

    def prepare(self, expectation: Expectation, text: str, script: str, read: ReadFile) -> None:
        """Check, before anything is sent, that an expectation can be checked. Raises `UsageError` if it cannot."""
        if expectation.subject == "openapi" or not text or text.startswith("#"):
            if self.contract is None and not self._is_static:
                raise UsageError(UNKNOWN, hint=HINT)
            if self.contract is None or not text:
                return
        self._schema(text, script, read)

    def check_expectation(
        self,
        expectation: Expectation,
        text: str,
        record: Record,
        verdict: Verdict | None,
        script: Script,
        read: ReadFile,
    ) -> tuple[CheckResult, ...]:
        """The results of one expectation; `verdict` is the comparison with the description.

        Raises `ScriptError` with its place if the schema cannot be used.
        """
        try:
            return tuple(self._check_expectation(expectation, text.strip(), record, verdict, script.name, read))
        except UsageError as error:
            place = place_of(script, expectation.at, len(expectation.text))
            raise ScriptError(error.message, hint=error.hint, place=place) from None

    def needs_verdict(self, step: Step) -> bool:
        """Whether the response of a step must be compared with the description."""
        if self.contract is None:
            return False
        return self._checks(step) or any(
            one.subject == "openapi" or (one.subject == "schema" and one.value is None) for one in step.expectations
        )

    def verdict(self, record: Record, redact: Callable[[str], str], named: str = "") -> Verdict:
        """The comparison of a response with the description.

        `redact` redacts the name of an undescribed request; `named` is the operation that the script names.
        """
        return self.contract.check(record, redact, named) if self.contract is not None else Verdict()

    def _checks(self, step: Step) -> bool:
        """Whether the response of a step is checked without an expectation in the script."""
        return self.checks_all and is_in_openapi_checks(step)

    def check_all(self, verdict: Verdict, step: Step) -> Iterator[CheckResult]:
        """The results for a response that is checked without an expectation in the script; empty if the description has
        no operation for it.
        """
        if self._checks(step) and verdict.operation:
            yield from _Row(step.at.line, step.at.column).of_verdict(verdict, "openapi")

    def notes_of(self, verdict: Verdict) -> Iterator[str]:
        """The notes about the comparison of one response with the description."""
        if self.checks_all and not verdict.operation:
            yield "the description has no operation for this request"
        yield from verdict.notes

    def coverage(self) -> Coverage | None:
        """The coverage of the description; None if the run has no single description."""
        return self.contract.coverage() if self.contract is not None and self.checks_all else None

    def _check_expectation(
        self, expectation: Expectation, text: str, record: Record, verdict: Verdict | None, script: str, read: ReadFile
    ) -> Iterator[CheckResult]:
        row = _Row(expectation.at.line, expectation.at.column)
        verdict = verdict or Verdict()
        if expectation.subject == "openapi":
            yield from row.of_verdict(verdict, "openapi")
        elif not text:
            failures = tuple(one for one in verdict.failures if one.kind == "body")
            yield from row.of_verdict(verdict._replace(failures=failures), "schema")
        elif not record.is_complete or record.size > len(record.body):
            yield row.make("schema", False, "a whole body", "a part of it")
        else:
            with self._lock:
                outcome = self._schema(text, script, read).check_json(record.body)
            yield from row.of_outcome(outcome, expectation.text)

    def _schema(self, text: str, script: str, read: ReadFile) -> Validator:
        key = (script, text)
        if key not in self._schemas:
            if self._pool is None:
                self._pool = ValidatorPool()
            document, raw, name = self._source(text, read)
            made = make_document(document, raw)
            if made.problems:
                raise UsageError(f"{name}: {made.problems[0]}")
            self._schemas[key] = self._pool.make(made)
        return self._schemas[key]

    def _source(self, text: str, read: ReadFile) -> tuple[Document, Any, str]:
        """The document of a schema, the schema in the document, and the name of the schema in messages."""
        if text.startswith("{") or text in ("true", "false"):
            value, problem = decode_json(text.encode())
            if problem:
                raise UsageError(f"The schema is not JSON: {problem}", hint="write it in one line, or name a file")
            return SchemaFile(value), value, "the schema"
        path, mark, pointer = _unquoted(text).partition("#")
        ref = f"#{pointer}"
        if not path:
            if self.contract is None:
                raise UsageError(UNKNOWN, hint=HINT)
            return _found(self.contract.api, ref, "the description")
        if "://" in path:
            raise UsageError(
                "callbox does not fetch a schema from a URL",
                hint="save the schema as a file, and write the name of the file",
            )
        data = read(path)
        value = load_json_or_yaml(decode(data, path), path)
        if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
            if not pointer:
                raise UsageError(f"{path} is a description of an API", hint=f"{path}#/components/schemas/NAME")
            return _found(open_bytes(data, path), ref, path)
        if not isinstance(value, dict | bool):
            raise UsageError(f"{path} is not a schema: a schema is an object, true or false")
        return _found(SchemaFile(value), ref, path) if mark and pointer else (SchemaFile(value), value, path)


def _found(document: Document, ref: str, name: str) -> tuple[Document, Any, str]:
    if not isinstance(document.resolve(ref), dict | bool):
        raise UsageError(f"{name} has no schema at {ref}", hint="such as #/components/schemas/Book or #/$defs/Book")
    return document, {"$ref": ref}, name


class _Row(NamedTuple):
    """The place in a script to which the results of a check belong."""

    line: int
    column: int

    def make(self, text: str, is_ok: bool, expected: str, actual: str) -> CheckResult:
        return CheckResult(text=text, is_ok=is_ok, expected=expected, actual=actual, line=self.line, column=self.column)

    def of_verdict(self, verdict: Verdict, word: str) -> Iterator[CheckResult]:
        """The results of a comparison with the description."""
        if not verdict.operation:
            yield self.make(word, False, "an operation of the description", "no operation for this request")
            return
        name = f"{word} {verdict.request} {verdict.status}".rstrip()
        if verdict.is_ok:
            yield self.make(name, True, "as described", "as described")
        for one in verdict.failures:
            yield self.make(f"{name} {one.what}", False, one.wanted, one.actual)
        if verdict.more:
            yield self.make(name, False, "as described", f"{verdict.more} more differences")

    def of_outcome(self, outcome: CheckOutcome, text: str) -> Iterator[CheckResult]:
        """The results of a check against a schema of the script."""
        shown = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}.."
        if outcome.is_ok:
            yield self.make(shown, True, "a body that matches the schema", "it matches")
        for one in outcome.violations:
            name = next((part for part in reversed(one.path) if isinstance(part, str)), "")
            failure = Difference(
                kind="body",
                what=json_path(one.path),
                expected=one.expected,
                actual=redact_field(name, one.actual),
                label=one.label,
            )
            yield self.make(f"{shown} {failure.what}", False, failure.wanted, failure.actual)
        if outcome.trouble:
            yield self.make(shown, False, "a body that can be checked", outcome.trouble)
        if outcome.more:
            yield self.make(shown, False, "a body that matches the schema", f"{outcome.more} more differences")


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def checks_by_session(where: str, session: LiveSession, *, is_kept: bool) -> ResponseChecks:
    """The checks of every response against the description in a file or at a URL, which this session fetches."""
    return ResponseChecks(Contract(open_location(where, session, is_kept=is_kept)), checks_all=True)


def open_checks(where: str, options: Mapping[str, object]) -> ResponseChecks:
    """The checks against the description in a file or at a URL.

    Raises `UsageError` if the description cannot be used.
    """
    if not where:
        return ResponseChecks()
    with LiveSession() as session:
        session.option_defaults.update(options)
        return ResponseChecks(Contract(open_location(where, session)), checks_all=True)
