"""What a run says on standard error before it sends anything: lines that were hardly meant as they stand.

A comment that was meant to check, a request or a response that is sent as part of a body, a comment behind a URL:
nothing in the results would show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.lint import sending_lints
from callbox.httpfile.model import Diagnostic, Script
from callbox.httpfile.parser.body_end import HIDDEN
from callbox.replay.imports import link
from callbox.replay.ports import ReplayPorts
from callbox.replay.preflight import error_of


def doubts_of(script: Script, ports: ReplayPorts) -> Iterator[ScriptError]:
    """What is doubtful in this way in a script and in the files that it imports or runs, each with its place."""
    return (error_of(one, found) for one, found in diagnosed(script, ports))


def diagnosed(script: Script, ports: ReplayPorts) -> Iterator[tuple[Script, Diagnostic]]:
    """The same as the parser and `slips` say it, with the script that it stands in."""
    try:
        scripts = link(script, ports).scripts
    except UsageError:
        scripts = (script,)  # the run says what is wrong
    for one in scripts:
        yield from ((one, found) for found in one.diagnostics if found.code in HIDDEN)
        yield from ((one, found) for found in sending_lints(one))
