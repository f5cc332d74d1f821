"""The description is true: what it lists works as it says, and what works is listed."""

from __future__ import annotations

import http.client
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
import urllib3

from callbox.practice import Practice
from callbox.practice.json_schema import check
from callbox.practice.route_table_and_openapi_document import all_routes, methods_of

ROUTES = all_routes()
OPERATIONS = [(method, route.path) for route in ROUTES for method in methods_of(route)]
WHOLE = [(method, route.path) for route in ROUTES for method in methods_of(route) if not route.broken]


def fetch(api: Practice, method: str, path: str, body: bytes | None, fields: dict[str, str]):
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    try:
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        content = response.read()
        if "Content-Encoding" in response.headers:
            content = zlib.decompress(content, wbits=zlib.MAX_WBITS | 32)
        return response.status, response.headers, content
    finally:
        connection.close()


@pytest.fixture(scope="module")
def document() -> dict:
    """The description, which is the same of each practice API."""
    with Practice() as api:
        return json.loads(fetch(api, "GET", "/openapi.json", None, {})[2])


def follow(api: Practice, operation: dict, method: str, path: str):
    """Send an operation's own examples."""
    query = []
    for param in operation.get("parameters", ()):
        value = param["example"]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if param["in"] == "path":
            path = path.replace(f"{{{param['name']}}}", quote(text))
        else:
            query.append((param["name"], text))
    fields = {"Authorization": "Bearer letmein"} if {"bearer": []} in operation.get("security", ()) else {}
    body = None
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in media:
            example = media["example"]
            fields["Content-Type"] = media_type
            body = (example if isinstance(example, str) else json.dumps(example)).encode()
    return fetch(api, method, path + ("?" + urlencode(query) if query else ""), body, fields)


def described(operation: dict, status: int) -> dict:
    responses = operation["responses"]
    found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    assert found, f"{status} is not described: {list(responses)}"
    return found


@pytest.mark.parametrize(("method", "path"), WHOLE, ids=[" ".join(each) for each in WHOLE])
def test_operation_answers_as_described(api, method, path, document):
    components = document["components"]["schemas"]
    operation = document["paths"][path][method.lower()]

    status, fields, body = follow(api, operation, method, path)

    response = described(operation, status)
    media_type = fields.get_content_type()
    assert body == b"" or media_type in response["content"]
    for name in response.get("headers", ()):
        assert name in fields
    schema = response.get("content", {}).get(media_type, {}).get("schema")
    if schema and media_type.endswith("json"):
        assert check(schema, json.loads(body), components) == {}


@pytest.mark.parametrize(("method", "path"), WHOLE, ids=[" ".join(each) for each in WHOLE])
def test_example_of_an_operation_succeeds(api, method, path, document):
    operation = document["paths"][path][method.lower()]
    expected = {"/status/{code}": 418, "/flaky": 503, "/basic-auth": 401, "/digest-auth": 401}.get(path)

    status = follow(api, operation, method, path)[0]

    assert status == expected if expected else 200 <= status < 400


def test_what_is_broken_on_purpose_says_so(document):
    paths = document["paths"]

    broken = {path for path, operations in paths.items() if all("x-broken" in each for each in operations.values())}

    assert broken == {"/drop", "/truncated", "/escapes/json"}


def test_every_route_of_the_server_is_described(document):
    paths = document["paths"]

    listed = {(method.upper(), path) for path, operations in paths.items() for method in operations}

    assert listed == set(OPERATIONS)


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_methods_not_described_are_refused(api, path, document):
    operations = document["paths"][path]
    concrete = path.replace("{id}", "1").replace("{n}", "1").replace("{code}", "301")

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        if method.lower() not in operations:
            status, fields, _ = fetch(api, method, concrete, b"{}", {})
            assert status == 405
            assert method not in fields["Allow"].split(", ")


def test_every_get_answers_head_and_options(ask: Callable[..., urllib3.BaseHTTPResponse]):
    for path in ("/", "/books", "/books/1", "/big?mb=1", "/bytes/10", "/echo", "/events"):
        head, options = ask("HEAD", path), ask("OPTIONS", path)
        assert (head.status, head.data) == (200, b"")
        assert "HEAD" in options.headers["Allow"]
        assert options.status in (200, 204)


def test_document_has_no_dangling_reference(document):
    text = json.dumps(document)
    names = set(document["components"]["schemas"])

    used = {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}

    assert used <= names


def test_operation_ids_are_unique(document):
    operations = [each for path in document["paths"].values() for each in path.values()]

    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"] for each in operations)


def test_document_names_the_address_that_was_asked(api, ask):
    assert ask("GET", "/openapi.json").json()["servers"] == [{"url": api.url}]
    assert ask("GET", f"{api.other_url}/openapi.json").json()["servers"] == [{"url": api.other_url}]


def test_index_lists_paths_and_credentials(ask):
    index = ask("GET", "/").json()

    assert index["credentials"] == {"user": "ann", "password": "secret", "token": "letmein"}
    assert index["paths"]["books"]["GET /books"] == "List books"
