"""The program that checks by schemas of unlimited work: `python -m callbox.openapi.schema_check_process [MEGABYTES]`.

It may be killed at any time, has a memory limit, and opens no files or connections. Its standard input has
schemas, each with a number, and values to check by them; it writes the outcome of each value. Before
that it reports that it is ready, so that its start does not count as time of a check.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import callbox.exchange.redaction.text  # noqa: F401 - its functions are used later, when no file can be opened
from callbox.openapi.child_process import limit_process, receive, send
from callbox.openapi.json_schema_document import SchemaDocument
from callbox.openapi.schema_validator import (
    CheckOutcome,
    Compiled,
    Violation,
    compile_document,
    decode_json,
    document_of_row,
    find_violations,
    load_library,
)

MAX_MEMORY_MB = 1_000


def main() -> None:
    """Check the values on the standard input until its end."""
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
