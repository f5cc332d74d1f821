"""GraphQL in a body that nothing above it calls so."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.model import FileReference
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_body_builder import operation_of

JSON = "Content-Type: application/json"


def read(text: str) -> tuple[str, str, str] | None:
    """Name, query (or the path of its file) and variables."""
    operation = operation_of(parse(text).steps[0])
    if operation is None:
        return None
    query, variables = (
        "".join(f"<{one.path.text}" if isinstance(one, FileReference) else one.text for one in pieces)
        for pieces in (operation.query, operation.variables)
    )
    return operation.name, query, variables


@check_rows(
    ("text", "said"),
    [
        pytest.param("POST http://a/\n\ngql A < ./a b.gql", ("A", "<./a b.gql", ""), id="file"),
        pytest.param("POST http://a/\n\ngql < a.gql\n\n{}", ("", "<a.gql", "{}"), id="file without a name"),
        pytest.param('GRAPHQL http://a/\n\ngql A < a.gql\n\n{"n": 1}', ("A", "<a.gql", '{"n": 1}'), id="said so"),
        pytest.param(f"POST http://a/\n{JSON}\n\nquery A {{\n  a\n}}\n", ("", "query A {\n  a\n}", ""), id="JSON"),
        pytest.param("POST http://a/\r\n\r\nquery {\r\n\r\n  a\r\n}\r\n", ("", "query {\n\n  a\n}", ""), id="CRLF"),
        pytest.param(
            "POST http://a/\n\n# c\nmutation A($a: B)\n{ a }", ("", "# c\nmutation A($a: B)\n{ a }", ""), id="c"
        ),
        pytest.param("POST http://a/\n\nfragment F on T { a }", ("", "fragment F on T { a }", ""), id="fragment"),
        pytest.param(
            'POST http://a/\n\nquery { a }\n\n{\n"n": 1\n}', ("", "query { a }", '{\n"n": 1\n}'), id="variables"
        ),
        pytest.param(
            'POST http://a/\n\nquery {\n  a\n}\n{"n": 1}', ("", "query {\n  a\n}", '{"n": 1}'), id="directly below"
        ),
        pytest.param(
            'GRAPHQL http://a/\n\nquery { a(b: "{") }\n{\n  "n": 1\n}',
            ("", 'query { a(b: "{") }', '{\n  "n": 1\n}'),
            id="several lines directly below",
        ),
        pytest.param("GRAPHQL http://a/\n\n< q.gql\n{}", ("", "<q.gql", "{}"), id="directly below a file"),
        pytest.param("GRAPHQL http://a/\n\nquery { a }\n< v.json", ("", "query { a }", "<v.json"), id="a file below"),
        pytest.param(
            "POST http://a/\n\nquery Q\n{\n  a(b:\n{c: 1})\n{ d }\n}",
            ("", "query Q\n{\n  a(b:\n{c: 1})\n{ d }\n}", ""),
            id="braces of the query",
        ),
    ],
)
def test_graphql_is_known_by_its_form(text: str, said: tuple[str, str, str]) -> None:
    assert read(text) == said


@check_rows(
    "text",
    [
        pytest.param("POST http://a/\nContent-Type: text/plain\n\nquery { a }", id="another type"),
        pytest.param("# @raw-body\nPOST http://a/\n\nquery { a }", id="as it is"),
        pytest.param("POST http://a/\n\nquery for books (cheap)", id="prose"),
        pytest.param("POST http://a/\n\ngql is a language", id="prose about it"),
        pytest.param("POST http://a/\n\n< a.gql", id="a file of bytes"),
        pytest.param(f'POST http://a/\n{JSON}\n\n{{"query": "query {{ a }}"}}', id="JSON that is said"),
    ],
)
def test_other_bodies_are_none(text: str) -> None:
    assert read(text) is None


F = "fragment F on T { a }"


@check_rows(
    ("text", "said"),
    [
        pytest.param(
            f"{F}\nGRAPHQL http://a/\n\nquery Q {{ ...F }}", ("", f"{F}\n\nquery Q {{ ...F }}", ""), id="above"
        ),
        pytest.param(
            f'fragment F on T {{\n  a # }}\n\n  b(c: "}}")\n}}\n\nPOST http://a/\n{JSON}\n\nquery Q {{ ...F }}\n\n{{}}',
            ("", 'fragment F on T {\n  a # }\n\n  b(c: "}")\n}\n\nquery Q { ...F }', "{}"),
            id="over several lines",
        ),
        pytest.param(
            f"gql F < f.gql\n{F}\nGRAPHQL http://a/\n\nquery Q {{ ...F }}",
            ("", f"<f.gql\n{F}\n\nquery Q {{ ...F }}", ""),
            id="a file above",
        ),
        pytest.param(
            "POST http://a/\n\ngql F < f.gql\n\nquery Q { ...F }\n\n{}",
            ("", "<f.gql\n\nquery Q { ...F }", "{}"),
            id="a file beside the query",
        ),
        pytest.param("GRAPHQL http://a/\n\ngql F < f.gql\ngql Q < q.gql", ("Q", "<f.gql\n<q.gql", ""), id="two files"),
        pytest.param(
            'gql Q < q.gql\nGRAPHQL http://a/\n\n{"n": 1}', ("Q", "<q.gql", '{"n": 1}'), id="a file above variables"
        ),
        pytest.param(
            'gql < q.gql\nPOST http://a/\nX-Request-Type: GraphQL\n\n{\n  "n": 1\n}',
            ("", "<q.gql", '{\n  "n": 1\n}'),
            id="a file above variables, and a header",
        ),
        pytest.param("gql Q < q.gql\nGRAPHQL http://a/\n\n< v.json", ("Q", "<q.gql", "<v.json"), id="two files above"),
        pytest.param("# @graphql\ngql Q < q.gql\nPOST http://a/", ("Q", "<q.gql", ""), id="only a file above"),
        pytest.param(
            f"{F}\nGRAPHQL http://a/\n\n{{ me {{ ...F }} }}", ("", f"{F}\n\n{{ me {{ ...F }} }}", ""), id="short query"
        ),
    ],
)
def test_fragments_are_part_of_the_query(text: str, said: tuple[str, str, str]) -> None:
    script = parse(text)

    assert [found for found in script.diagnostics if found.severity == "error"] == []
    assert read(text) == said


@check_rows(
    ("text", "line"),
    [
        pytest.param(f"{F}\nGET http://a/", 1, id="above a GET"),
        pytest.param(f'{F}\nPOST http://a/\n{JSON}\n\n{{"query": "query Q {{ ...F }}"}}', 1, id="above JSON"),
        pytest.param(f"{F}\nGRAPHQL http://a/\n\n{{}}", 1, id="above variables"),
        pytest.param(f"GET http://a/\n\n###\n{F}", 4, id="alone"),
        pytest.param("GET http://a/\n\n###\ngql F < f.gql", 4, id="a file alone"),
        pytest.param(f"{F}\ncurl http://a/", 1, id="above a command"),
        pytest.param(f"{F}\nHTTP/1.1 200 OK\n", 1, id="above a response"),
        pytest.param("fragment F on T { a\nGRAPHQL http://a/\n\nquery Q { a }", 1, id="not closed"),
    ],
)
def test_a_fragment_that_no_query_could_use_is_an_error(text: str, line: int) -> None:
    found = [one for one in parse(text).diagnostics if one.severity == "error"]

    assert [(one.code, one.at.line) for one in found] in (
        [("unused-fragment", line)],
        [("unclosed-fragment", line)],
    )
