"""Warnings that a run prints before it sends anything: lines of its files that were probably not meant so."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.lint import sending_lints
from callbox.httpfile.model import Diagnostic, Script
from callbox.httpfile.parser.body_end import WARNING_CODES
from callbox.replay.imports import link
from callbox.replay.ports import ReplayPorts
from callbox.replay.preflight import error_of


def warnings_of(script: Script, ports: ReplayPorts) -> Iterator[ScriptError]:
    """The warnings of a script and of the files that it imports or runs, each with its place."""
    return (error_of(linked, found) for linked, found in warning_diagnostics(script, ports))


def warning_diagnostics(script: Script, ports: ReplayPorts) -> Iterator[tuple[Script, Diagnostic]]:
    """The same as diagnostics, each with its script."""
    try:
        scripts = link(script, ports).scripts
    except UsageError:
        scripts = (script,)  # the run says what is wrong
    for linked in scripts:
        yield from ((linked, found) for found in linked.diagnostics if found.code in WARNING_CODES)
        yield from ((linked, found) for found in sending_lints(linked))
