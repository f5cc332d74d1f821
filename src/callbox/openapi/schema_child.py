"""The program that checks by schemas whose work nothing bounds: `python -m callbox.openapi.schema_child [MEGABYTES]`.

It may be killed at any time, has a limit of memory, and opens no files and no connections. On standard input come
schemas, each with a number, and values to check by them; for each value the outcome goes to standard output. Before
all that it says that it is ready, since the time of a check is not that of a start.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import sys
from typing import Any

from callbox.openapi.child_messages import receive, send
from callbox.openapi.schema_document import SchemaDocument
from callbox.openapi.schema_validator import (
    Compiled,
    Outcome,
    Violation,
    compile_document,
    decode_json,
    document_of_row,
    find_violations,
    load_library,
)

MAX_MEMORY_MB = 1_000


def main() -> None:
    """Check what comes on standard input, until it ends."""
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


def _check(compiled: Compiled, document: SchemaDocument, data: bytes) -> Outcome:
    try:
        value, trouble = decode_json(data)
        if trouble:
            return Outcome((Violation((), "JSON", trouble, ""),))
        return find_violations(compiled, document, value)
    except MemoryError:
        return Outcome(trouble="gave up: it takes too much memory")


def _row(outcome: Outcome) -> dict[str, Any]:
    return {"violations": [list(one) for one in outcome.violations], "more": outcome.more, "trouble": outcome.trouble}


def _limit(megabytes: int) -> None:
    """Take away memory, and the right to open files and connections; where a system has no limits, go on."""
    for charset in ("utf-8-sig", "utf-16"):
        codecs.lookup(charset)  # no file can be opened later
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
