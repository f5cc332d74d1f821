"""Validators of the schemas of a run, each compiled once, and the one child process that they share.

A validator checks a value in this process if its schema limits the work; else in the child, which is started
at its first use and killed if a check takes too long.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from typing import Any

from callbox.openapi.child_messages import receive, send
from callbox.openapi.schema_document import SchemaDocument
from callbox.openapi.schema_validator import (
    ERROR_WORK,
    GAVE_UP,
    MAX_BYTES,
    VALID_WORK,
    CheckOutcome,
    Compiled,
    Violation,
    compile_document,
    decode_json,
    document_row,
    find_violations,
    load_library,
)

CHECK_S = 2.0
"""The seconds that a check, or the compilation of a schema, may take in the child."""
MAX_SIMPLE = 10_000
"""The most characters of a text, or of a header with several values, that is checked as it is."""
START_S = 30.0
"""The seconds within which the child must start, even on a busy machine."""
MAX_GIVEN_UP = 2
"""The number of abandoned checks after which a schema is not tried any more."""


class ValidatorPool:
    """Makes validators; `close` ends their child. Only one thread may use it at a time.

    Its creation raises `UsageError` if jsonschema-rs is not installed.
    """

    def __init__(self, check_s: float = CHECK_S) -> None:
        load_library()
        self._check_s = check_s
        self._child: _Child | None = None
        self._count = 0

    def make(self, document: SchemaDocument) -> Validator:
        """The validator of a schema."""
        self._count += 1
        return Validator(document, self._count, self)

    def check_in_child(self, document: SchemaDocument, number: int, data: bytes) -> CheckOutcome:
        """Check JSON by a schema in the child, within the time."""
        if self._child is None or not self._child.is_alive:
            self._child = _Child()
        outcome = self._child.check(document, number, data, self._check_s)
        if outcome is None:
            self._child = None
            return CheckOutcome(trouble=GAVE_UP)
        return outcome

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
            self._child = None


class Validator:
    """Checks values by one schema."""

    def __init__(self, document: SchemaDocument, number: int, pool: ValidatorPool) -> None:
        self._document = document
        self._number = number
        self._pool = pool
        self._compiled: Compiled | None = None
        self._given_up = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """The parts of the schema that are left out, and so not checked."""
        return (*self._document.problems, *(self._compiled.problems if self._compiled is not None else ()))

    def check_json(self, data: bytes) -> CheckOutcome:
        """Check a body."""
        if len(data) > MAX_BYTES:
            return CheckOutcome(trouble=f"gave up: it has more than {MAX_BYTES // 1_000_000} MB")
        if not self._is_bounded(len(data)):
            return self._check_in_child(data)
        value, problem = decode_json(data)
        if problem:
            return CheckOutcome((Violation((), "JSON", problem, ""),))
        return self._check_here(value, len(data))

    def check_value(self, value: Any) -> CheckOutcome:
        """Check the text of a header or a parameter, or a value that was read from it."""
        size = len(value) + 2 if isinstance(value, str) else MAX_SIMPLE
        if size > MAX_SIMPLE or not self._is_bounded(size):
            return self.check_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return self._check_here(value, size)

    def _is_bounded(self, size: int) -> bool:
        return self._document.breadth * (size + 1) <= VALID_WORK

    def _check_here(self, value: Any, size: int) -> CheckOutcome:
        if self._compiled is None:
            self._compiled = compile_document(self._document)
        validator = self._compiled.validator
        if validator is not None:
            try:
                if validator.is_valid(value):
                    return CheckOutcome()
            except Exception:
                return CheckOutcome(trouble="cannot be checked: it is nested too deep")
            if self._document.breadth * (size + 1) > ERROR_WORK:
                return self._check_in_child(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return find_violations(self._compiled, self._document, value)

    def _check_in_child(self, data: bytes) -> CheckOutcome:
        if self._given_up >= MAX_GIVEN_UP:
            return CheckOutcome(trouble=GAVE_UP)
        outcome = self._pool.check_in_child(self._document, self._number, data)
        self._given_up += outcome.trouble == GAVE_UP
        return outcome


class _Child:
    """The child process, and the schemas that it has."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "callbox.openapi.schema_child"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the run, which then ends the child
        )
        self._schemas: set[int] = set()
        self._is_ready = False
        self._end = weakref.finalize(self, _end_process, self._process)

    @property
    def is_alive(self) -> bool:
        """Whether it is running."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the child, and close its pipes."""
        self._end()

    def check(self, document: SchemaDocument, number: int, data: bytes, seconds: float) -> CheckOutcome | None:
        """The outcome for a value; None if it took too long or the child died. The child has then ended."""
        if not self._is_ready:
            self._is_ready = self._ask(None, b"", START_S) is not None
        if self._is_ready and number not in self._schemas:
            row = json.dumps(document_row(document)).encode()
            if self._ask({"schema": number, "is_new": True}, row, seconds) is None:
                return None
            self._schemas.add(number)
        found = self._ask({"schema": number, "is_new": False}, data, seconds)
        if found is None:
            return None
        violations = tuple(Violation(tuple(path), *rest) for path, *rest in found["violations"])
        return CheckOutcome(violations, found["more"], found["trouble"])

    def _ask(self, message: dict[str, Any] | None, data: bytes, seconds: float) -> dict[str, Any] | None:
        """Send a message, if there is one, and receive the next; None if the child has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # both are pipes
        assert stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        found: dict[str, Any] = {}
        try:
            with suppress(OSError, ValueError):
                if message is not None:
                    send(stdin, message, data)  # type: ignore[arg-type]
                found, _ = receive(stdout)  # type: ignore[arg-type]
        finally:
            timer.cancel()
            if not found:
                self.end()
        return found or None


def _end_process(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    process.wait()
