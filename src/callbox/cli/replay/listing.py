"""`callbox replay --list`: the requests that would run, for people or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from callbox.errors import UsageError
from callbox.replay.file_and_step_selection import list_files
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_options import Plan
from callbox.shell.commands.ls import step_lines, step_rows
from callbox.shell.listings import json_output, objects
from callbox.shell.outputs import TextOutput
from callbox.terminal.screen import Screen


def list_requests(files: Sequence[str], ports: ReplayPorts, plan: Plan, screen: Screen, format_name: str) -> None:
    """Show the requests of the files. Raises `UsageError` for an unknown format."""
    found = list_files(files, ports, plan)
    rows = [row for script, steps in found for row in step_rows(script, steps)]
    if format_name == "json":
        screen.show(json_output(objects(rows)))
    elif format_name == "text":
        screen.show(TextOutput(step_lines(rows)))
    else:
        raise UsageError(f"--format must be text or json, not '{format_name}'")
