from __future__ import annotations

import pytest
from tests.support.http_format import format
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import joined

REMARK = "/*\n# of the whole\n@x = 1\n# @name a\nGET http://no/\n*/"
JSON = "Content-Type: application/json"


@check_rows(
    "text",
    [
        pytest.param(f"{REMARK}\nGET http://a/", id="above a request"),
        pytest.param(f"  /**\n  * words\n  */\n{REMARK}\nGET http://a/", id="two, indented"),
        pytest.param("/* one line */\nGET http://a/", id="on one line"),
        pytest.param("GET http://a/\n/*\nno\n*/\n/* no */", id="among headers"),
        pytest.param("GET http://a/\n\n/*\nno\n*/", id="below"),
        pytest.param(f"POST http://a/\n{JSON}\n\n/*\nno\n*/", id="in the place of a body"),
    ],
)
def test_a_comment_between_two_lines_is_one(text: str) -> None:
    script = parse(text)

    assert [(step.target, step.name, step.body.kind) for step in script.steps] == [("http://a/", "", "none")]
    assert (script.variables, script.diagnostics) == ((), ())


def test_a_comment_ends_neither_headers_nor_json() -> None:
    body = '{\n/*\n"b": 2\n*/\n"a": 1\n/* no */\n}\n/*\n{}\n*/\n'
    step = parse(f"POST http://a/\n/*\nx\n*/\n{JSON}\n\n{body}").steps[0]

    assert joined(step.body.texts) == '{\n"a": 1\n}'


@check_rows("body", ["a { }\n/*\nb\n*/\nc { }", "/* of CSS */\na { }", "a\n/*\nopen"])
def test_a_text_keeps_its_comments(body: str) -> None:
    step = parse(f"POST http://a/\nContent-Type: text/css\n\n{body}").steps[0]

    assert joined(step.body.texts) == body


def test_what_a_comment_says_is_kept() -> None:
    script = parse(f"{REMARK}\nGET http://a/")

    assert [comment.text for comment in script.steps[0].comments] == ["# of the whole", "GET http://no/"]
    assert format(script) == "# of the whole\n# GET http://no/\nGET http://a/\n"


@check_rows("start", ["{{", "{{+", "{{@response", "  {{+after  ", "{{@js request"])
@check_rows("above", ["GET http://a/\n\n", "GET http://a/\n", f"POST http://a/\n{JSON}\n\n{{}}\n"])
def test_code_below_a_request_is_kept_as_such(start: str, above: str) -> None:
    script = parse(f"{above}{start}\n  test('a', () => {{ no }});\n}}}}\n")

    assert [one.kind for one in script.steps[0].handlers] == ["code"]
    assert joined(script.steps[0].body.texts) in ("", "{}")
    assert script.errors == ()


def test_a_request_may_follow_code() -> None:
    script = parse("GET http://a/\n\n{{\n  exports.a = 1;\n}}\n\nGET http://b/")

    assert [(step.target, len(step.handlers)) for step in script.steps] == [("http://a/", 1), ("http://b/", 0)]


@check_rows("body", ["{{#if a}}\nb\n{{/if}}", "{{\nopen", "{{name}}"])
def test_what_only_looks_like_code_is_sent(body: str) -> None:
    step = parse(f"POST http://a/\nContent-Type: text/plain\n\n{body}").steps[0]

    assert (joined(step.body.texts), step.handlers) == (body, ())


@check_rows(
    ("text", "urls"),
    [
        pytest.param("/*\n### Heading\nGET http://no/\n*/\nGET http://a/\n", ["http://a/"], id="above"),
        pytest.param("GET http://a/\nX: y\n/*\n### See also\n* x\n*/\n", ["http://a/"], id="below headers"),
        pytest.param("GET http://a/\n\n/*\n### 2\n*/\n###\nGET http://b/\n", ["http://a/", "http://b/"], id="below"),
        pytest.param("/* x */\n###\nGET http://a/\n/* y */\n###\n", ["http://a/"], id="closed"),
        pytest.param("/*\n### x */ y\n### z */\nGET http://a/\n", ["http://a/"], id="closed later"),
    ],
)
def test_a_separator_in_a_comment_separates_nothing(text: str, urls: list[str]) -> None:
    script = parse(text)

    assert ["".join(part.text for part in step.url) for step in script.steps] == urls
    assert script.errors == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/* x\n###\nGET http://a/\n", id="never closed"),
        pytest.param("/* x\n###\n/* y */\nGET http://a/\n", id="another comment begins first"),
    ],
)
def test_a_comment_that_is_not_closed_ends_at_the_separator(text: str) -> None:
    script = parse(text)

    assert [one.message for one in script.errors] == ["This comment is not closed"]
    assert len(script.steps) == 1


def test_separators_and_comments_take_linear_time() -> None:
    assert len(parse("/*\n###\n" * 20_000).errors) == 20_000
