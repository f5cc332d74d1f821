"""Check values against schemas with jsonschema-rs (the `schema` extra).

A pool compiles each schema once, and all its validators share one child process. A value is checked in this process if
the schema limits the work, and otherwise in the child. The child starts at its first use, and is killed if a check
takes too long. No schema is fetched, patterns run in an engine with linear time, and reported values are short. The
caller redacts and sanitises them.

`main` is the program of the child: `python -m callbox.openapi.schema_validator [MEGABYTES]`. It has a memory limit, and
opens no files or connections. On its standard input it receives numbered schemas, and values to check against them; it
writes a result for each value. Before that it reports that it is ready, so that its start does not count as time of a
check.
"""

from __future__ import annotations

import binascii
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from callbox.errors import UsageError
from callbox.exchange.secret import REDACTED
from callbox.openapi.child_process import end_process, limit_process, receive, send
from callbox.openapi.json_schema_converter import Choice, Path, SchemaDocument, def_number

MAX_VIOLATIONS = 10
"""The most violations of one value that are reported. Further ones are counted."""
MAX_BYTES = 16_000_000
"""The most bytes of a body that is checked."""
VALID_WORK = 50_000_000
"""The most checks for which this process decides whether a value is valid. A check takes 20 ns, or twice that."""
ERROR_WORK = 50_000
"""The most checks for which this process lists the violations. A check of a branch takes 25 µs."""
MAX_COUNTED = 1_000
MAX_TEXT = 120
"""The most characters of an expectation, and of a value, in a message."""
BACKTRACK_LIMIT = 10_000
"""The most steps of a pattern with look-around.

The linear engine does not support look-around, so only the child runs such patterns.
"""
GAVE_UP = "gave up: it takes too long"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Violation(NamedTuple):
    """A violation: a part of a value that the schema refuses."""

    path: Path
    """The path of the part: names and positions."""
    expected: str
    actual: str
    """The value as shortened JSON; `nothing` if it is missing."""
    label: str
    """The schema and the field in the description: `Book.year`; empty if the schema has no name."""


class CheckOutcome(NamedTuple):
    """The result of a check."""

    violations: tuple[Violation, ...] = ()
    more: int = 0
    """The number of violations that are not listed."""
    trouble: str = ""
    """The reason why the value was not checked: it took too long, or the schema cannot be used."""

    @property
    def is_ok(self) -> bool:
        """Whether the value was checked and is valid."""
        return not self.violations and not self.trouble


class Compiled(NamedTuple):
    """A compiled schema, or the reason why it cannot be used."""

    validator: Any
    """The validator of jsonschema-rs; None if the schema cannot be used."""
    problems: tuple[str, ...] = ()
    trouble: str = ""


def has_schema_extra() -> bool:
    """Whether jsonschema-rs is installed."""
    return importlib.util.find_spec("jsonschema_rs") is not None


@cache
def load_library() -> Any:
    """The module jsonschema_rs. Raises `UsageError` if it is not installed."""
    try:
        return importlib.import_module("jsonschema_rs")
    except ImportError:
        message = "Checking by a schema needs the 'schema' extra"
        raise UsageError(message, hint="pip install 'callbox[schema]'") from None


def compile_document(document: SchemaDocument, *, is_linear: bool = True) -> Compiled:
    """Compile a schema. Patterns that the engine does not accept are left out.

    With `is_linear`, the backtracking engine runs no pattern.
    """
    library = load_library()
    options = library.RegexOptions() if is_linear else library.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)
    try:
        return Compiled(_compile(document.schema, options))
    except Exception as error:  # the error has one of several types, of which the library exports only some
        problems = _drop_patterns(document, options)
        if not problems:
            return Compiled(None, trouble=_reason(error))
    try:
        return Compiled(_compile(document.schema, options), problems)
    except Exception as error:
        return Compiled(None, trouble=_reason(error))


def _compile(schema: dict[str, Any], options: Any) -> Any:
    return load_library().Draft202012Validator(
        schema, validate_formats=True, formats={"byte": _is_base64}, retriever=_refuse, pattern_options=options
    )


def _refuse(uri: str) -> Any:
    """Refuse to fetch anything that a schema refers to."""
    raise ValueError("references to other documents are not followed")


def _reason(error: Exception) -> str:
    lines = (getattr(error, "message", "") or str(error)).splitlines()
    return f"the schema cannot be used: {lines[0][:200] if lines else type(error).__name__}"


def _is_base64(text: str) -> bool:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        return False
    return True


def _drop_patterns(document: SchemaDocument, options: Any) -> tuple[str, ...]:
    """Remove patterns from a document that cannot be compiled. Returns the removed parts."""
    problems = []
    for path, pattern in document.patterns:
        try:
            load_library().Draft202012Validator({"pattern": pattern}, pattern_options=options)
        except Exception:
            holder: Any = document.schema
            for part in path[:-1]:
                holder = holder[part]
            holder.pop(path[-1], None)
            problems.append(f"the pattern {_cut(json.dumps(pattern))} is left out")
    return tuple(problems)


def decode_json(data: bytes) -> tuple[Any, str]:
    """The value of a JSON text, or the reason why it is not JSON. Unlike in Python, `NaN` and lone surrogates are
    refused.

    >>> decode_json(b'{"a": [1]}'), decode_json(b'NaN')
    (({'a': [1]}, ''), (None, 'NaN is not JSON'))
    """
    try:
        text = data.decode(_charset(data))
        value = _DECODER.decode(text)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return None, "half of a surrogate pair in a text"
    except UnicodeDecodeError as error:
        return None, f"no UTF-8 at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return None, f"{error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno} column {error.colno}"
    except RecursionError:
        return None, "nested too deep"
    except ValueError as error:
        return None, str(error).partition(":")[0][:MAX_TEXT]
    return value, ""


def _charset(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def find_violations(compiled: Compiled, document: SchemaDocument, value: Any) -> CheckOutcome:
    """The violations of a schema by a value."""
    if compiled.validator is None:
        return CheckOutcome(trouble=compiled.trouble)
    try:
        if compiled.validator.is_valid(value):
            return CheckOutcome()
        return _tell_all(compiled.validator.iter_errors(value), _Teller(document, value))
    except _GaveUp:
        return CheckOutcome(trouble=GAVE_UP)
    except Exception as error:  # the library cannot take the value: it is nested too deep, or has a lone surrogate
        return CheckOutcome(trouble=f"cannot be checked: {str(error)[:MAX_TEXT]}")


def _tell_all(errors: Iterable[Any], teller: _Teller) -> CheckOutcome:
    violations: list[Violation] = []
    seen: set[int] = set()
    """Hashes of the violations: their paths may be long."""
    for error in islice(errors, MAX_COUNTED):
        for violation in teller.tell(error):
            key = hash((violation.path, violation.expected))
            if len(seen) < MAX_COUNTED and key not in seen:
                seen.add(key)
                violations += [violation] if len(violations) < MAX_VIOLATIONS else []
    return CheckOutcome(tuple(violations), len(seen) - len(violations))


LONG_NAME = 500
"""Characters of a name that count as one more time the value."""


def _longest_name(value: Any) -> int:
    longest, pending = 0, [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            longest = max(longest, max(map(len, one), default=0))
            pending += one.values()
        elif isinstance(one, list):
            pending += one
    return longest


class _GaveUp(Exception):
    """Raised if a pattern took too many steps."""


class _Teller:
    """Translates errors of the library into messages of callbox."""

    def __init__(self, document: SchemaDocument, value: Any) -> None:
        self._document = document
        self._value = value

    def tell(self, error: Any) -> Iterator[Violation]:
        """The violations for an error. For `anyOf` and `oneOf`, those of the branch that was probably meant."""
        name, path = error.kind.name, self._path(error)
        if name in ("anyOf", "oneOf") and type(error.kind).__name__ != "OneOfMultipleValid":
            yield from self._tell_branches(error, name, path)
        elif name == "required":
            yield Violation(
                path=(*path, error.kind.property),
                expected="a value, as it is required",
                actual="nothing",
                label=self._label(error),
            )
        elif name in ("additionalProperties", "unevaluatedProperties"):
            for key in error.kind.unexpected:
                yield Violation(
                    path=(*path, key),
                    expected="no such field",
                    actual=self._actual((*path, key)),
                    label=self._label(error),
                )
        else:
            yield Violation(
                path=path, expected=self._expected(error, path), actual=self._actual(path), label=self._label(error)
            )

    def _tell_branches(self, error: Any, name: str, path: Path) -> Iterator[Violation]:
        branches: list[list[Any]] = error.kind.context
        chosen = self._document.choices.get(tuple(map(str, error.schema_path)))
        if chosen is not None:
            part = self._at((*path, chosen.property))
            number = chosen.branches.get(part) if isinstance(part, str) else None
            if number is not None and number < len(branches):
                branches = [branches[number]]
            elif chosen.branches:
                expected = _one_of(sorted(chosen.branches))
                actual = self._actual((*path, chosen.property))
                yield Violation(
                    path=(*path, chosen.property), expected=expected, actual=actual, label=self._label(error)
                )
                return
        types = [_types_of(branch, len(path)) for branch in branches]
        if all(types):
            names = dict.fromkeys(name for found in types for name in found)
            yield Violation(path=path, expected=" or ".join(names), actual=self._actual(path), label=self._label(error))
            return
        best = min((branch for branch in branches if branch), key=lambda one: _rank(one, len(path)), default=None)
        if best is None:
            yield Violation(
                path=path,
                expected=f"one of the {len(branches)} alternatives",
                actual=self._actual(path),
                label=self._label(error),
            )
            return
        for inner in best:
            yield from self.tell(inner)

    def _expected(self, error: Any, path: Path) -> str:
        if type(error.kind).__name__ in ("BacktrackLimitExceeded", "RegexEngineFailure"):
            raise _GaveUp
        tell = _EXPECTED.get(error.kind.name)
        return _cut(tell(error.kind) if tell is not None else _no_value(error))

    def _path(self, error: Any) -> Path:
        """The place of an error.

        The library reads a name of digits as a position, which is corrected here.
        """
        value, path = self._value, []
        for part in error.instance_path:
            key = str(part) if isinstance(value, dict) else part
            path.append(key)
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                value = None
        return tuple(path)

    def _at(self, path: Path) -> Any:
        value = self._value
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return _NOTHING
        return value

    def _actual(self, path: Path) -> str:
        value = self._at(path)
        if value is _NOTHING:
            return "nothing"
        # these patterns take 80 ms to compile, and most values are valid
        from callbox.exchange.redaction.text import is_secret_at

        return REDACTED if is_secret_at(self._value, path) else short_json(value)

    def _label(self, error: Any) -> str:
        path = error.schema_path
        number = max((at for at, part in enumerate(path[:-1]) if part == "$defs"), default=-1)
        if number < 0:
            return ""
        label = self._document.labels[def_number(path[number + 1])]
        inner = path[number + 2 :]
        names = [str(inner[at + 1]) for at, part in enumerate(inner[:-1]) if part == "properties"]
        return _cut(".".join((label, *names))) if label else ""


_NOTHING = object()


def _types_of(branch: Iterable[Any], level: int) -> list[str]:
    """The types that a branch expects, if the value has another type at this level; else []."""
    for error in branch:
        if error.kind.name == "type" and len(error.instance_path) == level:
            return list(error.kind.types)
    return []


def _rank(branch: list[Any], level: int) -> tuple[bool, int]:
    """A sort key for branches: branches with fewer errors come first, and branches of another type last."""
    return bool(_types_of(branch, level)), len(branch)


def _no_value(error: Any) -> str:
    return "no value" if error.kind.name == "falseSchema" else f"another value ({error.kind.name})"


def _words(number: Any, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _one_of(values: Iterable[Any]) -> str:
    return "one of " + ", ".join(short_json(value) for value in list(values)[:20])


_EXPECTED: Mapping[str, Callable[[Any], str]] = {
    "type": lambda kind: " or ".join(kind.types),
    "enum": lambda kind: _one_of(kind.options) if len(kind.options) > 1 else short_json(kind.options[0]),
    "const": lambda kind: short_json(kind.expected_value),
    "format": lambda kind: f"a text of the format {kind.format}",
    "pattern": lambda kind: f"a text that matches {kind.pattern}",
    "minimum": lambda kind: f"at least {kind.limit}",
    "maximum": lambda kind: f"at most {kind.limit}",
    "exclusiveMinimum": lambda kind: f"more than {kind.limit}",
    "exclusiveMaximum": lambda kind: f"less than {kind.limit}",
    "multipleOf": lambda kind: f"a multiple of {kind.multiple_of}",
    "minLength": lambda kind: f"at least {_words(kind.limit, 'character')}",
    "maxLength": lambda kind: f"at most {_words(kind.limit, 'character')}",
    "minItems": lambda kind: f"at least {_words(kind.limit, 'item')}",
    "maxItems": lambda kind: f"at most {_words(kind.limit, 'item')}",
    "minProperties": lambda kind: f"at least {_words(kind.limit, 'field')}",
    "maxProperties": lambda kind: f"at most {_words(kind.limit, 'field')}",
    "uniqueItems": lambda kind: "items that differ",
    "oneOf": lambda kind: "a value of one alternative, not of several",
    "not": lambda kind: "another value than what is excluded" if kind.schema else "no value, as it is write-only",
    "contains": lambda kind: "an item that fits",
    "propertyNames": lambda kind: "names of fields that fit",
    "dependentRequired": lambda kind: "the fields that go with another",
}


def short_json(value: Any) -> str:
    """A value as shortened JSON."""
    if isinstance(value, str) and len(value) > 2 * MAX_TEXT:
        value = value[: 2 * MAX_TEXT]
    elif isinstance(value, dict) and len(value) > MAX_TEXT:
        value = dict(list(value.items())[:MAX_TEXT])
    elif isinstance(value, list) and len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "a value that is nested too deep"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}.."


def document_row(document: SchemaDocument) -> dict[str, Any]:
    """A document as JSON, for the child."""
    return {
        "schema": document.schema,
        "labels": document.labels,
        "choices": [[list(path), *choice] for path, choice in document.choices.items()],
        "patterns": [[list(path), pattern] for path, pattern in document.patterns],
    }


def document_of_row(row: Mapping[str, Any]) -> SchemaDocument:
    """The document from the JSON that `document_row` made."""
    choices = {tuple(path): Choice(name, branches) for path, name, branches in row["choices"]}
    patterns = tuple((tuple(path), pattern) for path, pattern in row["patterns"])
    return SchemaDocument(
        schema=row["schema"], labels=tuple(row["labels"]), choices=choices, problems=(), breadth=0.0, patterns=patterns
    )


CHECK_S = 2.0
"""The most seconds that the child may take for a check, or to compile a schema."""
MAX_SIMPLE = 10_000
"""The most characters of a text, or of a header with several values, that is checked in this process."""
START_S = 30.0
"""The most seconds that the child may take to start, even on a busy machine."""
MAX_GIVEN_UP = 2
"""The number of abandoned checks after which a schema is not used any more."""


class ValidatorPool:
    """Makes validators; `close` ends their child process. Only one thread may use the pool at a time.

    The constructor raises `UsageError` if jsonschema-rs is not installed.
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
        """Check a JSON value against a schema in the child, within the time limit."""
        if self._child is None or not self._child.is_alive:
            self._child = _Child()
        outcome = self._child.check(document, number, data, self._check_s)
        if outcome is None:
            self._child = None
            return CheckOutcome(trouble=GAVE_UP)
        return outcome

    def close(self) -> None:
        """End the child process."""
        if self._child is not None:
            self._child.end()
            self._child = None


class Validator:
    """Checks values against one schema."""

    def __init__(self, document: SchemaDocument, number: int, pool: ValidatorPool) -> None:
        self._document = document
        self._number = number
        self._pool = pool
        self._compiled: Compiled | None = None
        self._given_up = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """The parts of the schema that are left out, and therefore not checked."""
        return (*self._document.problems, *(self._compiled.problems if self._compiled is not None else ()))

    def check_json(self, data: bytes) -> CheckOutcome:
        """Check a body."""
        if len(data) > MAX_BYTES:
            return CheckOutcome(trouble=f"gave up: it has more than {MAX_BYTES // 1_000_000} MB")
        if not self._is_bounded(len(data)):
            return self._check_in_child(data)
        value, problem = decode_json(data)
        if problem:
            return CheckOutcome((Violation(path=(), expected="JSON", actual=problem, label=""),))
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
            # each error has its own path, with the names in it
            if self._document.breadth * (size + 1) * (1 + _longest_name(value) // LONG_NAME) > ERROR_WORK:
                return self._check_in_child(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return find_violations(self._compiled, self._document, value)

    def _check_in_child(self, data: bytes) -> CheckOutcome:
        if self._given_up >= MAX_GIVEN_UP:
            return CheckOutcome(trouble=GAVE_UP)
        outcome = self._pool.check_in_child(self._document, self._number, data)
        self._given_up += outcome.trouble == GAVE_UP
        return outcome


class _Child:
    """The child process, with a record of the schemas that it has received."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "callbox.openapi.schema_validator"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the run, and the run then ends the child
        )
        self._schemas: set[int] = set()
        self._is_ready = False
        self._end = weakref.finalize(self, end_process, self._process)

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the child, and close its pipes."""
        self._end()

    def check(self, document: SchemaDocument, number: int, data: bytes, seconds: float) -> CheckOutcome | None:
        """The result for a value. None if it took too long or the child died; the child has then ended."""
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
        """Send a message, if one is given, and receive the next one. None if the child has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # standard input and output are pipes
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


MAX_MEMORY_MB = 1_000


def main() -> None:
    """Check the values on the standard input until its end."""
    import callbox.exchange.redaction.text  # noqa: F401 - used later, when no file can be opened

    load_library()
    limit_process(int(sys.argv[1]) if len(sys.argv) > 1 else MAX_MEMORY_MB)
    receiver, sender = sys.stdin.buffer, sys.stdout.buffer
    send(sender, {"is_ready": True})
    schemas: dict[int, tuple[Compiled, SchemaDocument]] = {}
    while True:
        message, data = receive(receiver)
        if not message:
            return
        number = message["schema"]
        if message["is_new"]:
            document = document_of_row(json.loads(data))
            schemas[number] = compile_document(document, is_linear=False), document
            send(sender, {"problems": schemas[number][0].problems})
            continue
        send(sender, _row(_check(*schemas[number], data)))


def _check(compiled: Compiled, document: SchemaDocument, data: bytes) -> CheckOutcome:
    try:
        value, trouble = decode_json(data)
        if trouble:
            return CheckOutcome((Violation(path=(), expected="JSON", actual=trouble, label=""),))
        return find_violations(compiled, document, value)
    except MemoryError:
        return CheckOutcome(trouble="gave up: it takes too much memory")


def _row(outcome: CheckOutcome) -> dict[str, Any]:
    return {"violations": [list(one) for one in outcome.violations], "more": outcome.more, "trouble": outcome.trouble}


if __name__ == "__main__":
    main()
