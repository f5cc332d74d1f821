"""What a run says on standard error before it sends anything: lines that were hardly meant as they stand.

A comment that was meant to check, a request or a response that is sent as part of a body, a comment behind a URL:
nothing in the results would show it.
"""

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
    """What is doubtful in this way in a script and in the files that it imports or runs, each with its place."""
    return (error_of(linked, found) for linked, found in warning_diagnostics(script, ports))


def warning_diagnostics(script: Script, ports: ReplayPorts) -> Iterator[tuple[Script, Diagnostic]]:
    """The same as the parser and `slips` say it, with the script that it stands in."""
    try:
        scripts = link(script, ports).scripts
    except UsageError:
        scripts = (script,)  # the run says what is wrong
    for linked in scripts:
        yield from ((linked, found) for found in linked.diagnostics if found.code in WARNING_CODES)
        yield from ((linked, found) for found in sending_lints(linked))
