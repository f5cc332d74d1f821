from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.http_format import format, same

from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import Text

MARKS = [
    "###",
    "#",
    "//",
    "@",
    "=",
    ":",
    "{{",
    "}}",
    "{%",
    "%}",
    "<",
    ">",
    ">>",
    ">>!",
    "<>",
    "??",
    "&",
    "?",
    "/",
    "\\",
    "'",
]
LINES = [
    "",
    "### A title",
    "###",
    "# a comment",
    "// another",
    "# @name first",
    "# @expect status 200..299",
    "# @expect body $.a[?(@.b == 1)].c not exists",
    "# @capture token = body $.token",
    "# @timeout 5 s",
    "# @nmae x",
    "@host = http://localhost:8000",
    "@two=A: b\\nC: d",
    "{{two}}",
    "import other.http",
    "run #first (@a=1, @b=x,y)",
    "< {% x %}",
    "< {%",
    "%}",
    "< ./before.js",
    "> {%",
    "> {% x %}",
    "> ./after.js",
    ">> out.json",
    ">>! out.json",
    "?? status == 200",
    "?? js response.ok",
    "EXPECTED_RESPONSE_STATUS 200",
    "GET http://localhost/a",
    "POST {{host}}/b HTTP/1.1",
    "get /c",
    "GRAPHQL /g",
    "http://localhost/",
    "curl 'http://localhost/' \\",
    "  -H 'A: b'",
    "  ?a=1",
    "  &b={{b}} HTTP/2",
    "Host: localhost",
    "  folded",
    "Content-Type: application/json",
    "Content-Type: text/plain",
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: multipart/form-data; boundary=x",
    "Content-Type: application/x-ndjson",
    "X-Request-Type: GraphQL",
    "--x",
    "--x--",
    "{",
    '  "a": "{{b}}"',
    "}",
    "< ./file.bin",
    "<@latin1 file.txt",
    "a = 1 & b = {{ c }}",
    "query { a }",
    "text",
    "HTTP/1.1 200 OK",
    "{{",
    "}}",
    "{{+after",
    "/*",
    "*/",
    "/* a # remark */",
]

any_text = st.one_of(
    st.text(),
    st.lists(st.one_of(st.sampled_from([*MARKS, "\n", "\r\n", " ", "GET ", "a"]), st.text(max_size=3))).map("".join),
)
any_file = st.lists(st.sampled_from(LINES), max_size=25).map("\n".join)
few = lambda *lines: st.lists(st.sampled_from(lines), max_size=3)  # noqa: E731
above = few(*LINES[3:11], "< {% x %}", "< ./before.js", "@three = {{a}}", "")
request = st.sampled_from(
    ["GET http://localhost/a", "POST {{host}}/b HTTP/1.1", "get /c", "GRAPHQL /g", "SSE /s", "/p"]
)
headers = few(
    "Host: localhost", "A: b", "A: c", "  folded", *[line for line in LINES if line.startswith("Content-Type")]
)
words = st.lists(
    st.sampled_from(
        ["{", '  "a": "{{b}}"', "}", "a = 1 &b= {{ c }}", "text", "--x", "# c", "", "< f", "/* c */", "/*", "*/", "{{"]
    ),
    max_size=6,
)
below = few(
    "> {% x %}", "> ./a.js", ">> out", "?? status == 200", "?? js a", "@token = {{a}}", "# c", "# @expect time < 5", ""
)
block = st.tuples(
    st.just(["### A title"]), above, request.map(lambda line: [line]), few("  ?a=1", "  &b=2", "  # c"),
    headers, st.just([""]), words, st.just([""]), below,
).map(lambda parts: [line for part in parts for line in part])  # fmt: skip
plausible_file = st.lists(block, max_size=4).map(lambda blocks: "\n".join(line for block in blocks for line in block))


def spans(value: object) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    return [text for item in value for text in spans(item)] if isinstance(value, tuple) else []


@given(any_text)
@settings(max_examples=2 * settings.default.max_examples)
def test_any_text_gives_a_script(text: str) -> None:
    script = parse(text)

    assert isinstance(script, Script)


@given(st.binary())
def test_any_bytes_give_a_script(data: bytes) -> None:
    script = parse(data)

    assert isinstance(script, Script)


@given(st.one_of(any_text, any_file))
@settings(max_examples=2 * settings.default.max_examples)
def test_every_text_stands_where_it_says(text: str) -> None:
    script = parse(text)
    source = script.text.encode("utf-8", "surrogatepass")

    for span in spans(script.steps) + spans(script.variables):
        first = span.text.rstrip("\r\n").lstrip(" ")[:1]
        if span.text.startswith(" ") and first:
            span = span.cut(len(span.text) - len(span.text.lstrip(" ")))
        is_ours = "{{two}}" in text or span.text == "&"  # expanded, or put between two lines of a form
        if first and not is_ours:
            assert source[span.at.offset :].startswith(span.text.rstrip("\r\n").encode("utf-8", "surrogatepass"))


@given(st.one_of(plausible_file, any_file))
@settings(max_examples=2 * settings.default.max_examples, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_formatted_reads_the_same(text: str) -> None:
    script = parse(text)

    again = parse(format(script))

    assert same(script, again) or script.errors


@given(st.one_of(plausible_file, any_file))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_formatting_twice_changes_nothing_more(text: str) -> None:
    script = parse(text)

    once = format(script)

    assert format(parse(once)) == once or script.errors
