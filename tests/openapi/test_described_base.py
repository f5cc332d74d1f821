"""An API at a base: where its paths begin, and the operation of a URL."""

from __future__ import annotations

import json

from tests.support.rows import check_rows

from callbox.exchange.url import parse
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api

GET = {"get": {}}


def described(paths: dict[str, object], base: str = "http://h", servers: list[str] | None = None) -> DescribedBase:
    document = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    if servers is not None:
        document["servers"] = [{"url": url} for url in servers]
    return DescribedBase(Api(compile_text(json.dumps(document), "x.json")), base)


def key(api: DescribedBase, url: str, method: str = "GET") -> str | None:
    found = api.operation(method, parse(url))
    return found.key if found is not None else None


@check_rows(
    ("base", "servers", "mounts"),
    [
        ("http://h", None, ("",)),
        ("http://h/v1", ["http://h/v1"], ("/v1",)),
        ("http://h", ["http://h/v1", "http://h/v1/beta"], ("/v1/beta", "/v1")),
        ("http://localhost:8000", ["https://api.x/v2"], ("/v2",)),
        ("http://localhost:8000/mine", ["https://api.x/v2"], ("/mine",)),
        ("http://h/v3", ["/v3"], ("/v3",)),
    ],
)
def test_where_the_api_begins(base: str, servers: list[str] | None, mounts: tuple[str, ...]) -> None:
    assert described({"/a": GET}, base, servers).mounts(parse(base).origin) == mounts


PATHS: dict[str, object] = {
    "/books": GET,
    "/books/{id}": {"get": {}, "delete": {}},
    "/books/latest": GET,
    "/books/{id}/file.{format}": GET,
    "/slash/": GET,
    "/a/{x}/b": GET,
    "/{any}/c/b": GET,
}


@check_rows(
    ("url", "found"),
    [
        ("http://h/books", "GET /books"),
        ("http://h/books/7", "GET /books/{id}"),
        ("http://h/books/latest", "GET /books/latest"),
        ("http://h/books/7/file.json", "GET /books/{id}/file.{format}"),
        ("http://h/books/7/file", "GET /books/{id}"),
        ("http://h/nothing", None),
        ("http://h/books/a%2Fb", "GET /books/{id}"),
        ("http://h/books/", "GET /books"),
        ("http://h/slash", "GET /slash/"),
        ("http://h/a/c/b", "GET /a/{x}/b"),
        ("http://h/z/c/b", "GET /{any}/c/b"),
        ("http://h/Books", None),
        ("http://other/books", None),
    ],
)
def test_operation_of_a_url(url: str, found: str | None) -> None:
    assert key(described(PATHS), url) == found


def test_head_is_that_of_get() -> None:
    assert key(described(PATHS), "http://h/books", "HEAD") == "GET /books"


def test_method_that_is_not_described_has_none() -> None:
    assert key(described(PATHS), "http://h/books", "PUT") is None


def test_constants_of_the_query_decide() -> None:
    api = described({"/?Action=List": GET, "/?Action=Get": GET})

    assert key(api, "http://h/?Action=Get&x=1") == "GET /?Action=Get"


def test_level_lists_the_paths_below_a_folder() -> None:
    api = described(PATHS)

    assert [(path, node.methods) for path, node in api.level("http://h", "/books/")] == [
        ("/books/{id}", ("GET", "DELETE")),
        ("/books/latest", ("GET",)),
    ]


def test_path_of_many_parameters_is_found_in_time() -> None:
    api = described({"/" + "/".join(f"{{p{n}}}" for n in range(60)): GET, "/" + "/".join(["a"] * 60): GET})

    assert key(api, "http://h/" + "/".join(["a"] * 59 + ["b"])) is not None
