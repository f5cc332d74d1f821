"""Every `.http` block of the documents is one that is read without an error or a doubt of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import lint

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(match[1], id=f"{path.name}:{path.read_text('utf-8').count(chr(10), 0, match.start()) + 1}")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for match in _BLOCK.finditer(path.read_text("utf-8"))
]


@check_rows("text", BLOCKS)
def test_block_is_a_script(text: str) -> None:
    script = parse(text)

    assert script.steps
    assert lint(script) == ()
