"""The requests of a `.http` file as rows, for `ls FILE.http` and `callbox replay --list`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callbox.exchange.redaction.text import redact_named
from callbox.httpfile.model import Script, Step
from callbox.httpfile.source import joined
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.replay.file_and_step_selection import tags_of
from callbox.shell.line.redaction import redact_text


class StepRow(NamedTuple):
    """A request of a script: a row of the listing, with its secrets redacted."""

    file: str
    line: int
    number: int
    name: str
    title: str
    method: str
    target: str
    command: str
    """The curl command of the request, if it is written as one; else empty."""
    tags: list[str]


def step_rows(script: Script, steps: Iterable[Step]) -> Iterator[StepRow]:
    """A row for each of these steps."""
    for step in steps:
        yield StepRow(
            file=script.name,
            line=step.at.line,
            number=step.number,
            name=redact_named(step.name),
            title=redact_named(step.title),
            method=step.method,
            target=redact_named(step.target),
            command=redact_text(joined(step.command)),
            tags=sorted(tags_of(step)),
        )


def step_lines(rows: Iterable[StepRow]) -> Fragments:
    """The position, request, name and place of each request, one line each."""
    out: Fragments = []
    for row in rows:
        method, target = row.method, row.target
        if row.command:
            method, _, target = row.command.partition(" ")
        name = row.name or row.title
        out += [
            ("dim", f"{row.number:>3}  "),
            ("method", f"{visible_line(method or '-'):<6} "),
            ("url", visible_line(target)),
            ("title", f"  {visible_line(name)}" if name else ""),
            ("dim", f"  {visible_line(row.file)}:{row.line}\n"),
        ]
    return [fragment for fragment in out if fragment[1]]
