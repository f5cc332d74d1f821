from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.httpfile.model import Directive, FileReference
from callbox.httpfile.parser.body_parser import check_body, find_body_extent, read_body, read_plain
from callbox.httpfile.parser.comments_and_scripts import StepBuilder, read_item
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.parser.header_block import HeaderBlock
from callbox.httpfile.parser.misplaced_line_lints import WARNING_CODES
from callbox.httpfile.source_and_diagnostics import NOWHERE, Text, joined, read_lines

TYPES = {
    "json": "Content-Type: application/json",
    "form": "Content-Type: application/x-www-form-urlencoded",
    "text": "Content-Type: text/plain",
    "multipart": "Content-Type: multipart/form-data; boundary=x",
    "ndjson": "Content-Type: application/x-ndjson",
    "none": "A: b",
}


def body(kind: str, text: str, above: str = "") -> str:
    return joined(parse(f"{above}POST http://a/\n{TYPES[kind]}\n\n{text}").steps[0].body.texts)


@check_rows(
    ("kind", "text", "sent"),
    [
        pytest.param("json", '{\n# c\n  "a": 1 // no\n  // d\n}', '{\n  "a": 1 // no\n}', id="JSON"),
        pytest.param("none", "// c\n{\n# c\n}", "{\n}", id="looks like JSON"),
        pytest.param("form", "a=1\n# c\n&b=2", "a=1&b=2", id="form"),
        pytest.param("text", "# a\n// b\ntext\n#c", "# a\n// b\ntext\n#c", id="text keeps them"),
        pytest.param("none", "a,b\n# c\n", "a,b\n# c", id="no type keeps them"),
        pytest.param("multipart", "--x\n# c\n\n#fff\n--x--", "--x\r\n\r\n#fff\r\n--x--\r\n", id="multipart"),
    ],
)
def test_comments_are_stripped_only_where_none_can_be_meant(kind: str, text: str, sent: str) -> None:
    assert body(kind, text) == sent


@pytest.mark.parametrize(
    ("directive", "kind", "sent"),
    [("# @raw-body\n", "json", "{\n# c\n}"), ("# @strip-comments\n", "text", "{\n}")],
)
def test_a_directive_decides_over_comments(directive: str, kind: str, sent: str) -> None:
    assert body(kind, "{\n# c\n}", directive) == sent


def test_comments_alone_are_no_body() -> None:
    step = parse("GET http://a/\n\n# remark\n\n// another").steps[0]

    assert step.body.kind == "none"
    assert [comment.text for comment in step.comments] == ["# remark", "// another"]


def test_headings_alone_are_the_body_of_a_text() -> None:
    assert body("text", "# Title\n## Part") == "# Title\n## Part"


def test_a_comment_below_a_text_is_sent_with_a_lint() -> None:
    script = parse("POST http://a/\nContent-Type: text/plain\n\ntext\n\n# c\n")

    assert joined(script.steps[0].body.texts) == "text\n\n# c"
    assert [found.code for found in script.diagnostics] == ["comment-in-body"]


@check_rows("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_newlines_inside_are_sent_as_line_feeds(newline: str) -> None:
    text = newline.join(["POST http://a/", TYPES["text"], "", "", "a", "", "b", "", ""])

    assert joined(parse(text).steps[0].body.texts) == "a\n\nb"


@check_rows(
    ("text", "sent"),
    [
        pytest.param("a=1&b=2", "a=1&b=2", id="one line"),
        pytest.param("a = 1 &\nb = 2", "a=1&b=2", id="blanks round the marks"),
        pytest.param("a=1\n&b=2", "a=1&b=2", id="and first"),
        pytest.param("a=1&\nb=2", "a=1&b=2", id="and last"),
        pytest.param("a=1\nb=2", "a=1&b=2", id="no mark between"),
        pytest.param("a=one two & b", "a=one two&b", id="blank inside a value"),
        pytest.param("a={{ b }} & c = {{ $randomInt 1 2 }}", "a={{ b }}&c={{ $randomInt 1 2 }}", id="variables"),
    ],
)
def test_a_form_is_one_line(text: str, sent: str) -> None:
    assert body("form", text) == sent


def test_a_form_without_a_mark_between_its_lines_is_a_lint() -> None:
    script = parse(f"POST http://a/\n{TYPES['form']}\n\na=1\nb=2")

    assert [(found.code, found.at.line) for found in script.diagnostics] == [("form-line", 5)]


def test_a_variable_in_a_form_keeps_its_place() -> None:
    pieces = list(parse(f"POST http://a/\n{TYPES['form']}\n\né = 1 & b = {{{{c}}}}").steps[0].body.texts)

    assert pieces[-1] == ("{{c}}", (4, 13, 77))


def test_ndjson_ends_with_a_line_feed() -> None:
    assert body("ndjson", '{"a":1}\n{"b":2}\n\n') == '{"a":1}\n{"b":2}\n'


def test_multipart_is_sent_with_crlf_to_its_end() -> None:
    step = parse(f"POST http://a/\n{TYPES['multipart']}\n\n--x\nA: b\n\n< ./a.bin\n--x--\n").steps[0]

    kinds = [piece.text if isinstance(piece, Text) else piece.path.text for piece in step.body.pieces]
    assert kinds == ["--x\r\n", "A: b\r\n", "\r\n", "./a.bin", "\r\n", "--x--\r\n"]


@check_rows(
    ("line", "path", "is_substituted", "encoding"),
    [
        ("< ./a b.json", "./a b.json", False, ""),
        ("<@ a.json", "a.json", True, ""),
        ("<@latin1 a.txt", "a.txt", True, "latin1"),
        ("<\t{{dir}}/a", "{{dir}}/a", False, ""),
    ],
)
def test_file_references(line: str, path: str, is_substituted: bool, encoding: str) -> None:
    reference = next(parse(f"POST http://a/\n\n{line}").steps[0].body.files)

    assert (reference.path.text, reference.is_substituted, reference.encoding) == (path, is_substituted, encoding)
    assert reference.at.line == 3


def test_files_and_lines_may_be_mixed() -> None:
    pieces = parse("POST http://a/\n\na\n< b\nc\n< d").steps[0].body.pieces

    assert [piece.text if isinstance(piece, Text) else piece.path.text for piece in pieces] == [
        "a\n",
        "b",
        "\n",
        "c\n",
        "d",
    ]
    assert isinstance(pieces[-1], FileReference)


@check_rows("line", ["<a/>", "<b", "<"])
def test_elements_are_no_files(line: str) -> None:
    step = parse(f"POST http://a/\n\n{line}").steps[0]

    assert list(step.body.files) == []
    assert joined(step.body.texts) == line


def test_each_line_of_a_body_has_its_place() -> None:
    texts = list(parse("POST http://a/\r\n\r\né\r\n  {{b}}").steps[0].body.texts)

    assert texts[0] == ("é\n", (3, 1, 18))
    assert texts[1].position_at(2) == (4, 3, 24)


def test_graphql_variables_begin_below_a_blank_line() -> None:
    step = parse('GRAPHQL http://a/\n\nquery {\n\n  a\n}\n\n{\n  # c\n  "b": 1\n}').steps[0]

    assert "".join(piece.text for piece in step.body.pieces if isinstance(piece, Text)) == "query {\n\n  a\n}"
    assert "".join(piece.text for piece in step.body.variables if isinstance(piece, Text)) == '{\n  "b": 1\n}'


def test_a_query_may_open_on_a_line_of_its_own() -> None:
    step = parse("GRAPHQL http://a/\n\nquery A\n{\n  a\n}").steps[0]

    assert joined(step.body.texts) == "query A\n{\n  a\n}"
    assert step.body.variables == ()


def test_a_type_that_a_variable_holds_decides_how_the_body_is_read() -> None:
    step = parse(
        "@form = application/x-www-form-urlencoded\nPOST http://a/\nContent-Type: {{form}}\n\na = 1\n&b = 2"
    ).steps[0]

    assert (step.body.kind, joined(step.body.texts)) == ("form", "a=1&b=2")


@pytest.mark.parametrize("kind", ["text", "multipart"])
def test_open_braces_in_a_text_are_a_lint(kind: str) -> None:
    found = parse(f"POST http://a/\n{TYPES[kind]}\n\na {{{{b").diagnostics

    assert [(one.severity, one.code, one.at.column) for one in found] == [("lint", "unclosed-braces", 3)]


def test_escaped_braces_are_no_reference() -> None:
    assert parse('POST http://a/\n\n{"a": "\\{\\{b"}').errors == ()


HEAD = (
    "POST http://a/\nContent-Type: multipart/form-data; boundary=B\n\n--B\nContent-Disposition: form-data; name=f\n\n"
)


@check_rows("blanks", ["", "\n", "\n  \n"])
@check_rows("after", ["--B--\n", "--B\nContent-Disposition: form-data; name=g\n\nx\n--B--\n"])
def test_a_file_in_a_part_is_followed_by_its_delimiter(blanks: str, after: str) -> None:
    pieces = parse(f"{HEAD}< logo.png\n{blanks}{after}").steps[0].body.pieces
    at = next(index for index, piece in enumerate(pieces) if isinstance(piece, FileReference))
    rest = "".join(piece.text for piece in pieces[at + 1 :] if isinstance(piece, Text))

    assert rest.startswith("\r\n--B")


@check_rows("blank", ["  ", "\t"])
@check_rows("newline", ["\n", "\r\n"])
def test_blanks_in_the_line_below_a_parts_headers_are_not_sent(blank: str, newline: str) -> None:
    lines = ["POST http://a/", "Content-Type: multipart/form-data; boundary=B", "", "--B"]
    lines += ["Content-Disposition: form-data; name=f", blank, "x", blank, "y", "--B--"]
    body = joined(parse(newline.join(lines)).steps[0].body.texts)

    assert body.startswith("--B\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n")
    assert body.endswith(f"x\r\n{blank}\r\ny\r\n--B--\r\n")


BELOW = "\n\n# now delete it\n// and look\n\n###\nGET http://a/\n"


@check_rows("media_type", ["image/png", "application/octet-stream", "application/xml", "text/csv"])
def test_a_comment_below_a_file_is_not_sent(media_type: str) -> None:
    step = parse(f"PUT http://a/\nContent-Type: {media_type}\n\n< ./a.bin{BELOW}").steps[0]

    assert [type(piece) for piece in step.body.pieces] == [FileReference]


@pytest.mark.parametrize("media_type", ["application/fhir+xml", "application/octet-stream"])
def test_comments_alone_are_no_body_of_that_type(media_type: str) -> None:
    assert parse(f"POST http://a/\nContent-Type: {media_type}{BELOW}").steps[0].body.pieces == ()


def test_a_comment_below_xml_is_not_sent() -> None:
    body = parse(f"POST http://a/\nContent-Type: application/xml\n\n<a/>{BELOW}").steps[0].body

    assert "".join(piece.text for piece in body.pieces if isinstance(piece, Text)) == "<a/>"


def test_a_comment_that_is_sent_is_told_at_each_run() -> None:
    found = parse(f"POST http://a/\nContent-Type: text/plain\n\nwords{BELOW}").diagnostics

    assert [(one.code, one.at.line) for one in found if one.code in WARNING_CODES] == [("comment-in-body", 6)]


@check_rows("media_type", ["text/plain", "text/csv", "application/sql"])
@check_rows("comment", ["# SELECT b", "// SELECT b", "# SELECT b\n# SELECT c", "/* SELECT b */"])
def test_a_comment_directly_below_a_text_is_told_once(media_type: str, comment: str) -> None:
    script = parse(f"POST http://a/\nContent-Type: {media_type}\n\nSELECT a\n{comment}\n###\n")

    assert joined(script.steps[0].body.texts) == f"SELECT a\n{comment}"
    assert [(one.code, one.at.line) for one in script.diagnostics] == [("comment-in-body", 5)]


def test_a_line_of_a_form_without_a_name_is_warned_of() -> None:
    script = parse("POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\nassertion=eyJh\nOiJI\nb=1\n")

    assert "".join(text.text for text in script.steps[0].body.texts) == "assertion=eyJh&OiJI&b=1"
    assert [(found.code, found.at.line) for found in script.diagnostics] == [("form-value", 5), ("form-line", 6)]


ANY_LINES = (
    '{"a": "{{x}}"}', "[1]", "}", "", "  ", "words", "I am prose", "a=b", "&c=d", "--B", "< ./f", "<@ ./f", "<xml>", "> quoted",
    "# remark", "  // remark", "# @tag x", "# @rawBody", "/* x */", "?? status == 200", "> a.js", "@x = 1", "{{", "{{x",
    "POST http://x/y", "HTTP/1.1 200 OK", "EXPECTED_RESPONSE_STATUS 200", "  > a.js", "Content-Disposition: a; name=b", "é",
)  # fmt: skip
ANY_TYPES = (
    "", "application/json", "text/plain", "application/xml", "image/png", "application/x-ndjson",
    "application/x-www-form-urlencoded", "multipart/form-data",
)  # fmt: skip


def collected(builder: StepBuilder) -> list[object]:
    return [getattr(builder, name) for name in StepBuilder.__slots__]


@given(
    st.lists(st.sampled_from(ANY_LINES[:7]), max_size=3),
    st.lists(st.sampled_from(ANY_LINES), min_size=1, max_size=2),
    st.lists(st.sampled_from(ANY_LINES[:7]), max_size=1),
    st.sampled_from(ANY_TYPES),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "raw-body", "strip-comments"]),
)
def test_a_glance_sees_what_a_closer_look_sees(
    above: list[str], odd: list[str], below: list[str], media_type: str, newline: str, directive: str
) -> None:
    lines = read_lines(newline.join(["", *above, *odd, *below]))
    filled = [index for index, text in enumerate(lines.texts) if text.strip()]
    assume(filled)
    quick, slow = StepBuilder(), StepBuilder()
    for builder in (quick, slow):
        builder.directives += [Directive(directive, None, NOWHERE)] if directive else []
    plain = read_plain(lines, filled[0], filled[-1] + 1, media_type, quick)
    assume(plain is not None)
    extent = find_body_extent(lines, HeaderBlock((), "", (), 0, False), media_type, lambda name: False, slow)
    closer = read_body(lines, extent.start, extent.end, extent.kind, slow)
    check_body(closer, lines, slow)
    for item in extent.items:
        read_item(lines, item, slow)

    assert (plain, *collected(quick)) == (closer, *collected(slow))


MUTATION = 'mutation {\n  # ours\n  add(text: """\n# Title\n// see\n  # more\n""") { id }\n}'


@pytest.mark.parametrize("head", ["GRAPHQL http://a/\n\n", "POST http://a/\nX-Request-Type: GraphQL\n\n"])
def test_a_block_string_is_sent_whole(head: str) -> None:
    step = parse(head + MUTATION + '\n\n{"a": 1}\n').steps[0]

    assert '"""\n# Title\n// see\n  # more\n"""' in joined(step.body.texts)
    assert joined(text for text in step.body.variables if hasattr(text, "text")) == '{"a": 1}'
