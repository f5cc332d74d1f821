from __future__ import annotations

import ast
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from tests.support.rows import check_rows

import callbox
from callbox.errors import UsageError
from callbox.httpfile.parser.assertion_parser import SUBJECTS
from callbox.httpfile.parser.comments_and_scripts import _SPELLINGS, known_directive
from callbox.httpfile.parser.file_and_blocks import _OTHER_TOOLS, parse
from callbox.httpfile.parser.misplaced_line_lints import WARNING_CODES
from callbox.httpfile.parser.request_line import _PROTOCOLS, _SCHEMES
from callbox.httpfile.requests.step_to_draft_resolver import _UNSUPPORTED_SCHEMES
from callbox.httpfile.script_lints import _FUNCTION, lint, sending_lints
from callbox.httpfile.tool_notations import CONSUMED, NOTATIONS, Notation
from callbox.httpfile.variables.dynamic_variables import _MAKERS, _REFUSED, DynamicSources, expand_dynamic
from callbox.httpfile.variables.environment_file_parser import _OTHERS, _TLS_KEYS, SHARED, TLS

BODY = ["body-without-blank"]
DIRECTIVES = [row for row in NOTATIONS if row.kind == "directive"]


def test_no_row_stands_twice() -> None:
    assert [one for one, count in Counter((row.kind, row.name) for row in NOTATIONS).items() if count > 1] == []


def test_every_dynamic_variable_has_a_row() -> None:
    rows = {row.name.removeprefix("$"): row.outcome for row in NOTATIONS if row.kind == "variable"}

    assert {name for name, outcome in rows.items() if outcome == "works"} == set(_MAKERS)
    assert set(_REFUSED) <= {name for name, outcome in rows.items() if outcome == "refused"}


@check_rows(
    "row", [one for one in NOTATIONS if one.kind == "variable" and one.outcome == "refused"], ids=lambda one: one.name
)
def test_a_variable_that_is_refused_is_an_error(row: Notation) -> None:
    with pytest.raises(UsageError):
        expand_dynamic(row.name, DynamicSources(lambda: 0.0, random.Random(1)))


def test_every_header_that_is_not_sent_has_a_row() -> None:
    assert {row.name.lower() for row in NOTATIONS if row.kind == "header"} >= CONSUMED


@check_rows("row", [one for one in DIRECTIVES if one.outcome == "works"], ids=lambda one: one.name)
def test_a_directive_that_is_done_is_known(row: Notation) -> None:
    assert known_directive(f"# @{row.name} x")


@check_rows("row", [one for one in DIRECTIVES if one.outcome == "warned"], ids=lambda one: one.name)
def test_a_directive_without_its_effect_is_told_at_each_run(row: Notation) -> None:
    found = parse(f"# @{row.name.replace('..', 'x')} x\nGET http://a/").diagnostics

    assert [one.code for one in found] == ["without-effect"]
    assert found[0].code in WARNING_CODES


@check_rows("row", [one for one in DIRECTIVES if one.outcome == "ignored"], ids=lambda one: one.name)
def test_a_directive_of_an_editor_is_a_comment(row: Notation) -> None:
    assert parse(f"# @{row.name}\nGET http://a/").diagnostics == ()


@check_rows("row", [one for one in DIRECTIVES if one.tools == "httpyac"], ids=lambda one: one.name)
def test_a_directive_of_httpyac_may_have_hyphens(row: Notation) -> None:
    kebab = re.sub("(?<=[a-z])[A-Z]", lambda letter: f"-{letter[0].lower()}", row.name)
    written, hyphenated = (parse(f"# @{name} 1\nGET http://a/") for name in (row.name, kebab))

    assert [one.code for one in hyphenated.diagnostics] == [one.code for one in written.diagnostics]
    assert [one.name for one in hyphenated.steps[0].directives] == [one.name for one in written.steps[0].directives]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("### Shared\nNOP\nX: y\n", "NOP of Kulala sends nothing, and is not supported", id="NOP"),
        pytest.param("proto < ./a.proto\n", "A description of gRPC cannot be read", id="proto"),
    ],
)
def test_a_line_of_another_tool_is_refused_by_name(text: str, message: str) -> None:
    assert [one.message for one in parse(text).errors] == [message]


@check_rows(
    "name",
    [
        f"{prefix}{name}"
        for prefix in ("curl-", "curl--", "kulala-curl-", "kulala-curl--")
        for name in ("compressed", "location", "no-buffer")
    ],
)
def test_an_option_of_curl_that_changes_nothing_is_a_comment_in_each_spelling(name: str) -> None:
    assert parse(f"# @{name}\nGET http://a/").diagnostics == ()


@check_rows(
    ("name", "directive"),
    [
        (f"{prefix}{name}", directive)
        for prefix in ("curl-", "curl--", "kulala-curl-", "kulala-curl--")
        for name, directive in (("insecure", "insecure"), ("max-time", "total-timeout"))
    ],
)
def test_an_option_of_curl_is_read_in_each_spelling(name: str, directive: str) -> None:
    script = parse(f"# @{name} 3\nGET http://a/")

    assert script.steps[0].directive_text(directive) == "3"
    assert script.diagnostics == ()


@check_rows("line", ["@xpath_ns a=urn:a", "  @xpath_ns a=urn:a", "@jwt token", "@save"])
def test_a_directive_without_its_comment_mark_is_told_if_it_has_no_effect(line: str) -> None:
    assert [one.code for one in parse(f"{line}\nGET http://a/").diagnostics] == ["without-effect"]


@check_rows(
    ("line", "hint"),
    [
        ("@my var = 1", "A name has no blanks: @my_var = value"),
        ("@ my  long var := {{x}}", "A name has no blanks: @my_long_var = value"),
        ("@timeout 5", "A directive begins with #: # @timeout"),
        ("@noRedirect", "A directive begins with #: # @noRedirect"),
        ("@x: 5", "Write @x = value"),
        ("@x 5", "Write @x = value"),
        ("@x", "Write @x = value"),
        ("@ = 5", "Write @name = value"),
        ("@", "Write @name = value"),
    ],
)
@check_rows("place", ["{}\nGET http://a/", "GET http://a/\nX: y\n{}"], ids=["above", "among headers"])
def test_a_line_that_is_almost_a_variable_says_how_to_write_it(line: str, hint: str, place: str) -> None:
    assert [(one.message, one.hint) for one in parse(place.format(line)).errors] == [("This is not a variable", hint)]


@pytest.mark.parametrize("name", ["event", "Event"])
def test_the_filter_of_events_of_httpyac_is_told_and_not_sent(name: str) -> None:
    script = parse(f"SSE http://a/\n{name}: start\nX: y")

    assert [(one.code, one.at.line) for one in script.diagnostics] == [("without-effect", 2)]
    assert [line.name.text for line in script.steps[0].headers] == ["X"]


def test_a_header_event_of_another_request_is_sent() -> None:
    script = parse("GET http://a/\nEvent: start")

    assert (script.diagnostics, len(script.steps[0].headers)) == ((), 1)


@check_rows(
    ("text", "codes"),
    [
        pytest.param("### Shared each\nGET http://a/\n###\nGET http://a/\n", ["without-effect"], id="each"),
        pytest.param("### Shared\n# @timeout 3\nGET http://a/\n###\nGET http://a/\n", ["without-effect"], id="options"),
        pytest.param("### Shared\n# @timeout 3\n###\nGET http://a/\n", ["without-request"], id="no request"),
        pytest.param("### Shared\n@a = 1\nGET http://a/\n###\nGET http://a/\n", [], id="variables"),
        pytest.param("GET http://a/\n### Shared\n# @timeout 3\nGET http://a/\n", [], id="not the first"),
    ],
)
def test_a_shared_block_of_kulala_says_what_is_not_shared(text: str, codes: list[str]) -> None:
    assert [one.code for one in parse(text).diagnostics] == codes
    assert WARNING_CODES.issuperset(codes)


@check_rows(
    ("text", "codes"),
    [
        pytest.param("# @insecure\n\n###\nGET http://a/\n", ["without-request"], id="an option"),
        pytest.param("GET http://a/\n\n###\n# @prompt x\n", ["without-request"], id="a prompt at the end"),
        pytest.param("# @disabled\n@a = 1\n###\nGET http://a/\n", ["without-request"], id="above variables"),
        pytest.param("# @name x\n# @tag y\n@a = 1\n###\nGET http://a/\n", [], id="a description"),
        pytest.param("# @ref x\n@a = 1\n###\nGET http://a/\n", [], id="a reference above variables"),
        pytest.param("# @no-redirect\n# GET http://a/\n###\nGET http://a/\n", [], id="with its request commented out"),
        pytest.param("###\n# @no-redirect false\n###\nGET http://a/\n", [], id="switched off"),
    ],
)
def test_a_directive_without_a_request_is_told_at_each_run(text: str, codes: list[str]) -> None:
    assert [one.code for one in parse(text).diagnostics] == codes
    assert WARNING_CODES.issuperset(codes)


def test_a_graphql_body_may_be_told_by_a_directive() -> None:
    step = parse("# @graphql\nPOST http://a/\nContent-Type: application/json\n\nquery Q { a }\n").steps[0]

    assert (step.is_graphql, step.body.kind) == (True, "graphql")


@check_rows("name", ["request_rejectUnauthorized", "request_noRedirect", "request_timeout", "request_proxy"])
def test_a_variable_that_is_an_option_in_httpyac_is_told(name: str) -> None:
    assert [one.code for one in lint(parse(f"@{name} = 1\nGET http://a/"))] == ["without-effect"]


@check_rows(
    "text",
    [
        pytest.param("GET http://a/?id=guid()", id="URL"),
        pytest.param("GET http://a/\nX: GUID()", id="header"),
        pytest.param("GET http://a/\nAuthorization: Basic base64_encode('u:p')", id="credentials"),
        pytest.param('POST http://a/\nContent-Type: application/json\n\n{"a": "lorem_ipsum(20)"}', id="JSON"),
        pytest.param("POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=string()", id="form"),
        pytest.param("@x = upper('a')\nGET http://a/{{x}}", id="variable"),
    ],
)
def test_a_function_of_httprunner_is_told(text: str) -> None:
    assert [one.code for one in lint(parse(text))] == ["without-effect"]


def test_each_function_of_httprunner_is_told() -> None:
    script = parse(
        'POST http://a/?a=guid()&b=name()\nContent-Type: application/json\n\n{"a": "email()", "b": "email()"}'
    )

    assert [one.at.column for one in lint(script)] == [18, 27, 8, 24]


@check_rows(
    "text",
    [
        pytest.param("GET http://a/Default.name()", id="a function of OData"),
        pytest.param("GET http://a/{{$random.email()}}", id="a variable"),
        pytest.param(
            'POST http://a/\nContent-Type: application/json\n\n{"a": "call name() first", "b": "name() "}', id="words"
        ),
        pytest.param("POST http://a/\nContent-Type: text/plain\n\nSELECT upper('a')", id="SQL"),
    ],
)
def test_other_calls_are_not_told(text: str) -> None:
    assert lint(parse(text)) == ()


@check_rows(
    ("line", "url"),
    [
        pytest.param("GET http://a/b HTTP/2 (Prior Knowledge)", "http://a/b", id="a method"),
        pytest.param("http://a/b\tHTTP/2  (prior knowledge)", "http://a/b", id="a URL alone"),
        pytest.param("GET http://a/b (c)", "http://a/b (c)", id="another bracket"),
    ],
)
def test_http_2_with_prior_knowledge_is_a_version(line: str, url: str) -> None:
    step = parse(line).steps[0]

    assert "".join(text.text for text in step.url) == url
    assert step.http_version == ("2" if url == "http://a/b" else "")


def test_a_version_with_words_behind_it_is_told_at_each_run() -> None:
    script = parse("GET http://a/b HTTP/1.1 words")

    assert [one.message for one in sending_lints(script)] == ["The text after this URL is sent as part of it"]


@check_rows(
    ("text", "codes"),
    [
        pytest.param("POST http://a/\n{{x}}\n", ["body-without-blank"], id="a body below the request line"),
        pytest.param("POST http://a/\nX: y\nwords\n", ["body-without-blank"], id="a body below headers"),
        pytest.param("POST http://a/\nwords\nX: y\n", ["not-a-header"], id="a header below it"),
        pytest.param("POST http://a/\nX: y\nquery Q($a: In!) {\n a: b\n}\n", BODY, id="a query below headers"),
        pytest.param("POST http://a/\nmutation {\n a: b\n}\n", BODY, id="a mutation below the request line"),
        pytest.param("POST http://a/\nquery: {a}\n", [], id="a header called query"),
        pytest.param("POST http://a/\nAuthorization Bearer x\n", ["not-a-header"], id="a header without its colon"),
        pytest.param("POST http://a/\nwords\n\nmore\n", ["not-a-header"], id="a body below it"),
        pytest.param("GET http://a/\nwords\n", ["not-a-header"], id="a GET"),
        pytest.param("GET http://a/\n> ./a.gif\n", ["script-in-body"], id="a file for the response of a GET"),
        pytest.param("POST http://a/\n\n> out/a.json\n", ["script-in-body"], id="a file for the response"),
        pytest.param("POST http://a/\n\n> a quotation.\n", [], id="a quotation"),
        pytest.param("POST http://a/\n\nwords\n# not this\n\n###\n", ["comment-in-body"], id="a comment at the end"),
    ],
)
def test_a_body_that_was_perhaps_meant_otherwise(text: str, codes: list[str]) -> None:
    assert [one.code for one in parse(text).diagnostics] == codes


PART = (
    'POST http://a/\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name="a"\n'
)


def test_a_file_right_below_the_headers_of_a_part_gets_its_blank_line() -> None:
    script = parse(PART + "< ./s.txt\n--b--\n")

    assert [one.code for one in script.diagnostics] == ["part-without-blank"]
    assert "".join(text.text for text in script.steps[0].body.texts).startswith(
        '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    )


@check_rows("value", ["< ./s.txt", "<@ ./s.txt", '{"a": 1}', "[1]"])
@check_rows("preamble", ["", "a preamble\n"], ids=["first", "below a preamble"])
def test_a_value_right_below_a_delimiter_gets_its_blank_line(value: str, preamble: str) -> None:
    parts = f"--b\n{value}\n--b\n{value}\n--b--\n"
    script = parse(f"POST http://a/\nContent-Type: multipart/mixed; boundary=b\n\n{preamble}{parts}")

    assert [one.code for one in script.diagnostics] == ["part-without-blank"] * 2
    assert (
        "".join(text.text for text in script.steps[0].body.texts)
        .removeprefix("a preamble\r\n")
        .startswith("--b\r\n\r\n")
    )


@check_rows("line", ["  < ./a.txt", "\t<@ a.txt", " <@latin1 ../a.txt", "  < {{file}}", " < /a"])
@check_rows(
    "body",
    [
        "\n{}\n",
        "Content-Type: application/json\n\n{}\n",
        "Content-Type: application/x-www-form-urlencoded\n\n{}\n",
        "\nsome text\n{}\nmore\n",
        PART.partition("\n")[2] + "\n{}\n--b--\n",
    ],
    ids=["body", "JSON", "form", "text", "part"],
)
def test_a_file_that_is_not_in_the_first_column_is_told(body: str, line: str) -> None:
    found = parse(f"POST http://a/\n{body.format(line)}").diagnostics

    assert [one.message for one in found if one.code in WARNING_CODES] == [
        "This line is sent as text, and not as a file"
    ]


@check_rows("line", ["# c", "  // d", "#c\n# d"])
@check_rows("media_type", ["text/plain", "application/xml", ""])
def test_a_comment_inside_a_text_is_told_once(media_type: str, line: str) -> None:
    header = f"Content-Type: {media_type}\n" if media_type else ""
    script = parse(f"POST http://a/\n{header}\n<a>\n{line}\n</a>\n")

    assert [one.message for one in script.diagnostics if one.code in WARNING_CODES] == [
        "This line is sent, and other tools read it as a comment"
    ]
    assert line.split("\n")[0] in "".join(text.text for text in script.steps[0].body.texts)


@check_rows("head", ["# @raw-body\nPOST http://a/\n", "# @strip-comments\nPOST http://a/\n"])
def test_a_comment_inside_a_text_may_be_meant(head: str) -> None:
    assert parse(f"{head}\na\n# b\nc\n").diagnostics == ()


def test_a_comment_inside_markdown_is_not_told() -> None:
    assert parse("POST http://a/\nContent-Type: text/markdown\n\na\n# b\nc\n").diagnostics == ()


@check_rows("text", ["a\n < b\n", "if (x\n  < 5.0)\n", "<a>\n  <b/>\n</a>\n"])
def test_a_less_than_in_a_text_is_not_told(text: str) -> None:
    assert parse(f"POST http://a/\nContent-Type: text/plain\n\n{text}").diagnostics == ()


@check_rows("value", ["{{v}}", "{{v}}{{w}}", "{{%v}} "])
def test_a_variable_that_is_the_only_line_of_a_part_is_its_value(value: str) -> None:
    script = parse(PART + f"{value}\n--b--\n")

    assert [one.code for one in script.diagnostics] == ["part-without-blank"]
    assert f'name="a"\r\n\r\n{value}' in "".join(text.text for text in script.steps[0].body.texts)


@check_rows("below", ["{{header}}\n\n1\n--b--\n", "{{name}}: x\n\n1\n--b--\n"])
def test_a_variable_among_the_headers_of_a_part_is_a_header(below: str) -> None:
    assert parse(PART + below).diagnostics == ()


def test_text_below_the_last_delimiter_is_sent_unchanged() -> None:
    script = parse(PART + "\n1\n--b--\n{not a part}\n")

    assert [one.code for one in script.diagnostics if one.code == "part-without-blank"] == []


def test_a_text_right_below_the_headers_of_a_part_is_an_error() -> None:
    assert [one.message for one in parse(PART + "words\n--b--\n").errors] == ["This is not a header of a part"]


def test_files_are_filled_where_that_is_said() -> None:
    step = parse("# @injectVariables\nPOST http://a/\n\n< a.txt\n").steps[0]

    assert [file.is_substituted for file in step.body.files] == [True]


def _names(kind: str, *outcomes: str) -> set[str]:
    rows = (row for row in NOTATIONS if row.kind == kind and (not outcomes or row.outcome in outcomes))
    return {name for row in rows for name in row.name.split(", ")}


def _constants_given_to(*functions: str) -> set[str]:
    """The literal first arguments of calls of these functions, in all modules of the package."""
    found: set[str] = set()
    for path in Path(callbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in functions and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def _directives_compared() -> set[str]:
    """The literals with which the code compares the name of a directive."""
    found: set[str] = set()
    for path in Path(callbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith("directive.name"):
                literals = (part for right in node.comparators for part in ast.walk(right))
                found |= {part.value for part in literals if isinstance(part, ast.Constant)}
    return found


def test_every_directive_that_the_code_asks_for_has_a_row() -> None:
    known = {row.means or row.name for row in DIRECTIVES if row.outcome == "works"} | _names("directive", "refused")
    asked = _constants_given_to("directive", "directive_text", "says") | _directives_compared()

    assert len(asked) > 20
    assert sorted(asked - known) == []


def test_every_spelling_of_a_directive_has_a_row() -> None:
    known = {name for row in DIRECTIVES for name in (row.name, row.means)} | {"no-reject-unauthorized"}

    assert sorted({*_SPELLINGS.values()} - known) == []


def test_every_header_that_the_code_asks_for_has_a_row() -> None:
    asked = {name for name in _constants_given_to("header") if name.islower()} | CONSUMED

    assert "content-type" in asked
    assert sorted(asked - {name.lower() for name in _names("header")}) == []


def test_every_scheme_of_credentials_that_is_refused_has_a_row() -> None:
    rows = {name.removeprefix("Authorization: ").lower() for name in _names("header", "refused")}

    assert sorted(_UNSUPPORTED_SCHEMES - rows) == []


def test_every_method_and_scheme_of_another_protocol_has_a_row() -> None:
    texts = _names("text")

    assert sorted({*_PROTOCOLS, "GRAPHQL"} - texts) == []
    assert sorted({f"{scheme}://" for scheme in _SCHEMES} - texts) == []


def test_every_first_word_of_another_tool_has_a_row() -> None:
    words = {name.split(" ")[0] for name in _names("text")}

    assert sorted({*_OTHER_TOOLS} - words) == []


def test_every_subject_of_a_check_has_a_row() -> None:
    words = {name.split(" ")[1].lower() for name in _names("text") if name.startswith("?? ")}

    assert sorted({*SUBJECTS} - words) == []


def test_every_key_of_an_environment_file_has_a_row() -> None:
    keys = {*SHARED, *_OTHERS, *(f"{TLS}.{name}" for name in _TLS_KEYS)}
    rows = {part for name in _names("environment") for part in (name, name.partition(".")[0])}

    assert sorted(keys - rows) == []


def test_every_dynamic_variable_that_is_refused_has_a_row() -> None:
    assert sorted({f"${name}" for name in _REFUSED} - _names("variable", "refused")) == []


def test_every_function_of_httprunner_has_a_row() -> None:
    functions = {name.partition("(")[0] for name in _names("text") if name.endswith(")")}

    assert sorted(set(re.findall(r"[a-z][a-z0-9_]{3,}", _FUNCTION.pattern)) - functions - {"basic"}) == []
