"""What is loaded before the prompt stands on the screen: prompt_toolkit, and next to nothing of ours."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, cast

from callbox.terminal.background_shell_load import Startup

LATE = (
    "urllib3",
    "pygments",
    "jsonpath",
    "ssl",
    "callbox.engine",
    "callbox.wire",
    "callbox.shell",
    "callbox.exchange",
    "callbox.openapi",
)
"""What belongs to the time after the first render."""
EARLY = frozenset({"callbox.exchange", "callbox.exchange.invisible_characters"})
"""The table of the sanitiser, and the package that it is in, which imports nothing."""


def test_the_prompt_waits_for_nothing_but_itself() -> None:
    code = "import sys, callbox.cli.main, callbox.cli.shell_command, callbox.cli.interactive_prompt; print(*sys.modules, sep='\\n')"
    bare = "import sys, prompt_toolkit.shortcuts, prompt_toolkit.lexers; print(*sys.modules, sep='\\n')"

    ours, theirs = (
        set(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split())
        for text in (code, bare)
    )

    late = [
        name for name in ours - theirs - EARLY if name.split(".")[0] in LATE or ".".join(name.split(".")[:2]) in LATE
    ]
    assert late == []


def test_the_runner_stays_the_same() -> None:
    startup = Startup(lambda: cast("Any", (object(), object())))

    startup.runner.has_failed = True

    assert startup.runner.has_failed
