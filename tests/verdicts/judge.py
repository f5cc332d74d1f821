"""Compare the verdicts of `cases.py` with those of schemathesis, in an environment of its own that has it.

    python tests/verdicts/judge.py FILE

Prints the share in which both agree, and each difference.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


def verdict(schema: Any, case: dict[str, Any]) -> str:
    """What schemathesis says is wrong; empty for nothing."""
    response = Response(
        status_code=case["status"],
        headers={"content-type": [case["type"]]} if case["type"] else {},
        content=content_of(case).encode(),
        request=requests.Request(case["method"], "http://h/").prepare(),
        elapsed=0.1,
        verify=False,
    )
    try:
        named = dict.fromkeys(re.findall(r"\{([^{}]*)\}", case["path"]), "x")
        schema[case["path"]][case["method"]].Case(path_parameters=named).validate_response(response, checks=CHECKS)
    except (Failure, FailureGroup) as error:
        return f"{error}"[:300] or "refused"
    return ""


def content_of(case: dict[str, Any]) -> str:
    """The text of a body, which `cases.py` gives as a value."""
    return str(case["text"]) if "text" in case else json.dumps(case["body"])


def main() -> None:
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in Path(sys.argv[1]).read_text().splitlines():
        case = json.loads(line)
        by_file[case["file"]].append(case)
    counts: Counter[str] = Counter()
    for name, cases in by_file.items():
        try:
            schema = schemathesis.openapi.from_dict(json.loads(Path(name).read_text()))
        except Exception as error:
            counts[f"not read by schemathesis: {type(error).__name__}"] += len(cases)
            continue
        for case in cases:
            try:
                theirs = verdict(schema, case)
            except Exception as error:
                counts[f"not judged by schemathesis: {type(error).__name__}"] += 1
                continue
            if case["is_ok"] != (not theirs):
                counts["differ"] += 1
                print(name, case["method"], case["path"], case["status"], content_of(case)[:200])
                print("    callbox:", case["told"] or "as described", "| schemathesis:", theirs or "as described")
            else:
                counts["agree, as described" if case["is_ok"] else "agree, differs"] += 1
    print(f"{len(by_file)} descriptions")
    for what, count in counts.most_common():
        print(f"{count:6,} {what}")
    if counts["differ"] * 100 > sum(counts.values()):
        sys.exit("more than 1 % differ")


if __name__ == "__main__":
    main()
