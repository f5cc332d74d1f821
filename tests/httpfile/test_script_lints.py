from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import lint

JSON = "Content-Type: application/json"


@check_rows(
    ("text", "code", "line", "column"),
    [
        pytest.param("# @timeout 5000\nGET http://a/", "long-timeout", 1, 12, id="seconds or milliseconds"),
        pytest.param("GTE http://a/", "unknown-method", 1, 1, id="method"),
        pytest.param("### x\n  POTS http://a/", "unknown-method", 2, 3, id="indented method"),
        pytest.param("GET http://a/ HTTP/2", "http-version", 1, 5, id="version"),
        pytest.param("POST http://a/\nContent-Length: 3\n\nabc", "content-length", 2, 1, id="length"),
        pytest.param('POST http://a/\n\n{"a": 1}', "no-content-type", 3, 1, id="JSON without a type"),
        pytest.param("POST http://a/\nContent-Type: multipart/mixed\n\n--x", "no-boundary", 2, 1, id="boundary"),
        pytest.param("# @name a\nGET http://a/\n###\n# @name a\nGET http://b/", "duplicate-name", 4, 9, id="two names"),
        pytest.param(
            "### a\nGET http://a/\n### a\nGET http://b/\n###\nGET http://c/{{a.id}}",
            "duplicate-title",
            6,
            16,
            id="two titles, referred to",
        ),
        pytest.param(
            "### a b\nGET http://a/\n### a b\nGET http://b/\n###\nrun #a b\n###\nrun #a b",
            "duplicate-title",
            6,
            6,
            id="two titles, run twice",
        ),
        pytest.param("GET http://a/{{x}}\n###\n@x = 1\nGET http://a/", "late-variable", 1, 16, id="defined below"),
        pytest.param("@x = 1\n# @capture x = body\nGET http://a/{{x}}", "hidden-capture", 2, 1, id="hidden"),
        pytest.param("@x = 1\nGET http://a/", "unused-variable", 1, 1, id="unused"),
        pytest.param("###\nrun #logn\n### login\nGET http://a/", "unknown-name", 2, 6, id="run of nothing"),
        pytest.param("# @total-timeout 5000\nGET http://a/", "long-timeout", 1, 18, id="seconds of the whole"),
        pytest.param("# @ref logn\nGET http://a/\n### login\nGET http://a/", "unknown-name", 1, 8, id="ref to nothing"),
        pytest.param(f'POST http://a/\n{JSON}\n\n{{\n"a": 1,\n}}', "not-json", 6, 1, id="JSON that is none"),
        pytest.param(f"POST http://a/\n{JSON}\n\nquery {{ a }}", "is-graphql", 4, 1, id="GraphQL as JSON"),
        pytest.param("POST http://a/\n\nb\n\n# @raw-body", "late-directive", 5, 1, id="directive below"),
        pytest.param("# @operation GET /\n#| X-A: 1\n#| X-B: 1\nGET http://a/", "conflict", 2, 1, id="conflict"),
        pytest.param("# @nme a\nGET http://a/", "unknown-directive", 1, 1, id="what parse says"),
    ],
)
def test_what_is_doubtful_is_reported_at_its_place(text: str, code: str, line: int, column: int) -> None:
    found = lint(parse(text))

    assert [(one.severity, one.code, one.at.line, one.at.column) for one in found] == [("lint", code, line, column)]
    assert found[0].source == text.split("\n")[line - 1]


@check_rows(
    "text",
    [
        "@x = 1\n@y = {{x}}\nGET http://a/{{y}}",
        "### a\nGET http://a/\n### a\nGET http://b/\n### b\nGET http://c/{{b}}",
        "### a\n# @name a\nGET http://a/\n### a\nGET http://b/\n###\nGET http://c/{{a.x}}",
        "# @timeout 500\nGET http://a/",
        "# @timeout 5000 ms\nGET http://a/",
        "@x = 1\nGET http://a/\n\n> {% x %}",
        "@x = 1",
        "import b.http\nrun #login",
        "# @ref login\nGET http://a/{{login.response.status}}\n### login\nGET http://b/ HTTP/1.1",
        "@name = n\nGET http://a/\nX-{{name}}: b",
        "@name = n\nGET http://a/{{$processEnv %name}}",
        "@a = 1\n@b = 2\nGET http://a/{{a + b}}",
        "@host = http://a\nGET /b",
        f'POST http://a/\n{JSON}\n\n{{"a": {{{{$uuid}}}}, no}}',
        f"POST http://a/\n{JSON}\n\n< a.json",
        "#| a table |\nGET http://a/",
        pytest.param("run b.http\n###\n# @ref b\nGET http://a/", id="a name of a file that is run"),
        pytest.param("GET http://a/\n###\nrun #GET http://a/", id="a request line"),
    ],
)
def test_nothing_is_said_of_what_is_well(text: str) -> None:
    assert lint(parse(text)) == ()


def test_a_near_name_is_offered() -> None:
    found = lint(parse("###\nrun #logn\n### login\nGET http://a/"))

    assert found[0].hint == "Did you mean 'login'?"


def test_findings_stand_in_the_order_of_the_file() -> None:
    found = lint(parse("@x = 1\nGET http://a/ HTTP/3\nnonsense here\n\n{"))

    assert [one.at.line for one in found] == sorted(one.at.line for one in found)
    assert len(found) == 4


def test_a_title_of_several_requests_is_told_with_the_one_that_is_meant() -> None:
    (found,) = lint(parse("### a\nGET http://a/\n###\nGET http://c/{{a.id}}\n### a\nGET http://b/"))

    assert found.message == "2 requests have the title 'a', and this reference means the request in line 2"


def test_variables_of_each_other_are_reported_and_a_variable_of_itself_is_left_to_environments() -> None:
    found = lint(parse("@x = {{y}}\n@y = {{x}}\n@z = {{z}}\nGET http://a/{{z}}"))

    assert [(one.code, one.at.line) for one in found] == [("circle", 1), ("circle", 2)]


def test_chain_of_variables_takes_time_by_its_length() -> None:
    def chain(length: int) -> Script:
        text = "".join(f"@a{n}={{{{a{n + 1}}}}}\n" for n in range(length))
        return parse(f"{text}@a{length}=x\nGET http://h/{{{{a0}}}}\n", "a.http")

    assert_linear(lambda script: list(lint(script)), chain(500), chain(4_000), most=30)
