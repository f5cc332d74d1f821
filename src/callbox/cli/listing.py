"""`callbox replay --list`: the requests that would run, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from callbox.errors import UsageError
from callbox.exchange.redaction import mask_named
from callbox.httpfile.model import Script, Step
from callbox.replay.batch import list_files
from callbox.replay.plan import Plan, tags_of
from callbox.replay.ports import Ports
from callbox.report import console
from callbox.shell.outputs import Text
from callbox.terminal.screen import Screen


def list_requests(files: Sequence[str], ports: Ports, plan: Plan, screen: Screen, form: str) -> None:
    """Show them. Raises `UsageError` for a form that there is not."""
    found = list_files(files, ports, plan)
    if form == "json":
        rows = [_row(script, step) for script, steps in found for step in steps]
        screen.show(Text([("", json.dumps(rows, indent=2) + "\n")]))
    elif form == "text":
        for script, steps in found:
            screen.show(Text(console.listing(script, steps)))
    else:
        raise UsageError(f"--format is text or json, not '{form}'")


def _row(script: Script, step: Step) -> dict[str, object]:
    return {
        "file": script.name,
        "line": step.at.line,
        "number": step.number,
        "name": step.name,
        "title": step.title,
        "method": step.method,
        "target": mask_named(step.target),
        "tags": sorted(tags_of(step)),
    }
