"""How many colours: what was said, then the environment's conventions, then the terminal."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.terminal.output_streams_and_pager import TRUE_COLOR, count_colors

XTERM = {"TERM": "xterm-256color"}


@check_rows(
    ("environ", "choice", "is_terminal", "expected"),
    [
        (XTERM, "auto", True, 256),
        (XTERM, "auto", False, 0),
        ({"TERM": "xterm"}, "auto", True, 16),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "auto", True, TRUE_COLOR),
        ({"TERM": "dumb"}, "auto", True, 0),
        (XTERM | {"NO_COLOR": "1"}, "auto", True, 0),
        (XTERM | {"NO_COLOR": ""}, "auto", True, 256),
        (XTERM | {"FORCE_COLOR": "1"}, "auto", False, 256),
        (XTERM | {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", True, 0),
        (XTERM | {"NO_COLOR": "1"}, "always", False, 256),
        (XTERM, "never", True, 0),
    ],
    ids=[
        "terminal", "pipe", "16", "true", "dumb", "NO_COLOR", "empty NO_COLOR", "FORCE_COLOR", "both", "always", "never",
    ],
)  # fmt: skip
def test_colours(environ: dict[str, str], choice: str, is_terminal: bool, expected: int) -> None:
    assert count_colors(environ, choice, is_terminal=is_terminal) == expected
