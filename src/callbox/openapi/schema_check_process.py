"""The program that checks by schemas of unlimited work: `python -m callbox.openapi.schema_check_process [MEGABYTES]`.

It may be killed at any time, has a memory limit, and opens no files or connections. Its standard input has
schemas, each with a number, and values to check by them; it writes the outcome of each value. Before
that it reports that it is ready, so that its start does not count as time of a check.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import sys
from typing import Any

from callbox.openapi.json_schema_document import SchemaDocument
from callbox.openapi.process_messages import receive, send
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
    _limit(int(sys.argv[1]) if len(sys.argv) > 1 else MAX_MEMORY_MB)
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
            return CheckOutcome((Violation((), "JSON", trouble, ""),))
        return find_violations(compiled, document, value)
    except MemoryError:
        return CheckOutcome(trouble="gave up: it takes too much memory")


def _row(outcome: CheckOutcome) -> dict[str, Any]:
    return {"violations": [list(one) for one in outcome.violations], "more": outcome.more, "trouble": outcome.trouble}


def _limit(megabytes: int) -> None:
    """Limit the memory, and forbid to open files and connections, if the system has such limits."""
    for charset in ("utf-8-sig", "utf-16"):
        codecs.lookup(charset)  # no file can be opened later
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
