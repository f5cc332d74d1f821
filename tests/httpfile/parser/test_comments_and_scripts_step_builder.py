from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.template_braces import find_unclosed
from callbox.httpfile.parser.file_and_blocks import parse


@check_rows(
    ("text", "index"),
    [
        ("/{{a}}/{{b}}", -1),
        ("/{{a}}/{{b", 7),
        ("{{{a}}} {{{{b}}}}", -1),
        ('{"a": {"b": {{c}}}}', -1),
        ("{{#each x}}{{y}}{{/each}}", -1),
        ("x{{$random.integer(5, {{b}})}}", 1),
        ("{{a}} {{a{{b}}}}", 6),
        ("{{ {{a}} }}", 0),
        ("{{ a {{", 0),
    ],
)
def test_first_braces_that_nothing_closes(text: str, index: int) -> None:
    assert find_unclosed(text) == index


@check_rows(
    "text",
    [
        "GET http://a/{{a{{b}}}}",
        "GET http://a/\nX: {{a{{b}}}}",
        "@x = {{a{{b}}}}\nGET http://a/{{x}}",
        'POST http://a/\nContent-Type: application/json\n\n{"a": {{a{{b}}}}}',
    ],
)
def test_braces_within_braces_are_never_sent_as_they_are(text: str) -> None:
    assert [error.code for error in parse(text).errors] == ["unclosed-braces"]
