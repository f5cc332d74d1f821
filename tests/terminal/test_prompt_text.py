"""The text of the prompt."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.terminal.prompt_text import prompt_text


@check_rows(
    ("base", "expected"),
    [
        ("", "callbox> "),
        ("http://127.0.0.1:8000/v2/", "127.0.0.1:8000/v2> "),
        ("https://api.x/\x1b[31m", "api.x/\\x1b[31m> "),
        ("https://api.x/" + "a" * 100, "api.x/" + "a" * 14 + ".." + "a" * 20 + "> "),
        ("https://api.x/?k=AKIAIOSFODNN7EXAMPLE", "api.x/?k=...> "),
        ("https://api.x/?note=got+password:x", "api.x/?note=got+password:...> "),
    ],
    ids=["none", "path", "escapes", "long", "token by its form", "named in a value"],
)
def test_the_prompt_names_the_base(base: str, expected: str) -> None:
    assert prompt_text(base) == expected
