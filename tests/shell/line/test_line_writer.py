from __future__ import annotations

import pytest

from callbox.shell.line.lexer import split
from callbox.shell.line.line_writer import quote


@pytest.mark.parametrize("text", ["a\rb", "\x1b[2J", "\u202e", "\udc80", "\x85", "\ufeff", "it's\r{{x}}"])
def test_what_no_terminal_shows_is_quoted_as_escapes(text: str) -> None:
    quoted = quote(text)

    assert quoted.isascii()
    assert quoted.isprintable()
    assert [word.text for word in split(quoted).words] == [text]
    assert "v" not in split(quoted).words[0].marks
