"""What a paste puts into the editor."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.terminal.key_bindings import without_prompts


@check_rows(
    ("pasted", "expected"),
    [
        ("> get /a", "get /a"),
        ("> get /a\n> get /b > out", "get /a\nget /b > out"),
        ("127.0.0.1:9870> get /a -b", "get /a -b"),
        ("callbox> set base http://h", "set base http://h"),
        ("[::1]:80/v2> get /a\n# then\n[::1]:80/v2> get /b", "get /a\n# then\nget /b"),
        ("api.example.c..zz/v2> get /a", "get /a"),
    ],
)
def test_prompts_of_a_pasted_text_are_left_out(pasted: str, expected: str) -> None:
    assert without_prompts(pasted) == expected


@check_rows(
    "pasted",
    [
        "get /a > out.json",
        "get /a\n> get /b",
        "post /x 'a\n> b'",
        "get> /a",
        "! ls> out",
        ">> out",
        "> ",
        "x=1> y",
    ],
)
def test_other_pasted_text_stays(pasted: str) -> None:
    assert without_prompts(pasted) == pasted
