import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["prompt_toolkit", "difflib", "pygments", "callbox.shell.completion.argument_candidates"]
)
def test_reading_a_line_does_not_load(module):
    script = (
        "import sys\n"
        "from callbox.shell.line.parser import analyse\n"
        "from callbox.shell.line.binder import bind\n"
        "bind(analyse('get /x a=1'))\n"
        f"print({module!r} in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
