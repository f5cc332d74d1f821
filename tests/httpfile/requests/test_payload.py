"""GraphQL in a body that nothing above it calls so."""

from __future__ import annotations

import pytest

from callbox.httpfile.model import FileReference
from callbox.httpfile.parser.script import parse
from callbox.httpfile.requests.payload import operation_of

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


@pytest.mark.parametrize(
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
    ],
)
def test_graphql_is_known_by_its_form(text: str, said: tuple[str, str, str]) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
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
