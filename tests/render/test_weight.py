import subprocess
import sys

import pytest

HEAVY = {"pygments", "json", "csv", "unicodedata", "dataclasses", "asyncio", "importlib.metadata", "logging"}


@pytest.mark.parametrize(
    "module", ["ansi_and_sanitiser", "body", "charts", "error_display", "http_messages", "tables_and_text_width"]
)
def test_modules_on_the_way_to_a_prompt_load_nothing_heavy(module: str) -> None:
    code = f"import sys, callbox.render.{module}; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not HEAVY & set(loaded)


def test_json_is_shown_without_pygments() -> None:
    show = "from callbox.render.body import body; body(b'[1]', 'application/json')"
    code = f"import sys; {show}; print('pygments' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
