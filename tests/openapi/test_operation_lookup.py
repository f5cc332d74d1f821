"""The operation of a request: by mount, down the tree, by constants, loosely."""

from __future__ import annotations

import json
from typing import Any

from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import choose_media, find_operation, match_segment, mounts
from callbox.openapi.operations_parameters_and_security import Api

HOST = "https://a.test"


def api(paths: dict[str, Any], servers: Any = None, source: str = "a.json") -> Api:
    document: dict[str, Any] = {"openapi": "3.0.3", "info": {}, "paths": paths}
    if servers is not None:
        document["servers"] = servers
    return Api(compile_text(json.dumps(document), source))


def key(tree: Api, url: str, method: str = "GET", **how: Any) -> str:
    found = find_operation(tree, method, url, **{"base": HOST, **how})
    return found.operation.key if found else ""


@check_rows(
    ("path", "expected"),
    [
        ("/a/new", "GET /a/new"),
        ("/a/7", "GET /a/{id}"),
        ("/a/7?x=1#y", "GET /a/{id}"),
        ("/a/New", "GET /a/{id}"),
        ("/a/7.json", "GET /a/{id}.{format}"),
        ("/a/new/b", "GET /a/{id}/b"),
        ("/a/%7B", "GET /a/{id}"),
        ("/a/x%2Fy", "GET /a/{id}"),
        ("/a//b", ""),
        ("/c", ""),
    ],
)
def test_literal_then_mixed_then_parameter_with_backtracking(path: str, expected: str):
    tree = api({one: {"get": {}} for one in ("/a/{id}", "/a/{id}.{format}", "/a/{id}/b", "/a/new", "/a/new/c")})

    assert key(tree, HOST + path) == expected


def test_of_mixed_segments_the_one_with_more_literal_text_wins():
    tree = api({one: {"get": {}} for one in ("/a/{id}.{format}", "/a/near.{format}", "/a/{id}.json")})

    assert [key(tree, f"{HOST}/a/{text}") for text in ("near.xml", "7.json", "7.xml")] == [
        "GET /a/near.{format}", "GET /a/{id}.json", "GET /a/{id}.{format}",
    ]  # fmt: skip


def test_values_are_decoded():
    found = find_operation(api({"/a/{id}": {"get": {}}}), "GET", f"{HOST}/a/x%2Fy%20z", base=HOST)

    assert found is not None
    assert found.values == {"id": "x/y z"}


@check_rows(
    ("template", "text", "expected"),
    [
        ("{a}.{b}", "x.y.z", {"a": "x", "b": "y.z"}),
        ("{a}{b}", "xyz", {"ab": "xyz"}),
        ("a{b}c", "abc", {"b": "b"}),
        ("a{b}c", "ac", None),
        ("{a}", "", None),
        ("{a", "{a", {}),
    ],
)
def test_segment(template: str, text: str, expected: dict[str, str] | None):
    assert match_segment(template, text) == expected


def test_fragment_operations_are_told_apart_by_their_constants():
    tree = api({"/#Action=List": {"get": {}}, "/#Action=Drop": {"get": {}}})

    assert key(tree, f"{HOST}/?Action=Drop") == "GET /#Action=Drop"


def test_several_that_fit_are_counted_and_the_first_is_taken():
    found = find_operation(api({"/a/{x}": {"get": {}}, "/a/{y}": {"get": {}}}), "GET", f"{HOST}/a/1", base=HOST)

    assert found is not None
    assert (found.operation.key, found.others) == ("GET /a/{x}", 1)


def test_path_value_that_fits_its_schema_decides():
    integer = {"parameters": [{"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}], "get": {}}
    tree = api({"/a/{n}": integer, "/a/{name}": {"get": {}}})

    assert (key(tree, f"{HOST}/a/12"), key(tree, f"{HOST}/a/x")) == ("GET /a/{n}", "GET /a/{name}")


@check_rows(
    ("paths", "url", "expected", "hint"),
    [
        (["/a/"], "/a", "GET /a/", "the description has this path with a slash at the end"),
        (["/a"], "/a/", "GET /a", "the description has this path without the slash at the end"),
        (
            ["/f/{p}"],
            "/f/x/y",
            "GET /f/{p}",
            "the last parameter of the described path takes several segments of the URL",
        ),
        (["/a", "/a/"], "/a/", "GET /a/", ""),
    ],
)
def test_loosely(paths: list[str], url: str, expected: str, hint: str):
    found = find_operation(api({path: {"get": {}} for path in paths}), "GET", HOST + url, base=HOST)

    assert found is not None
    assert (found.operation.key, found.hint) == (expected, hint)


def test_head_falls_back_to_get():
    assert key(api({"/a": {"get": {}}}), f"{HOST}/a", "HEAD") == "GET /a"


def test_longest_mount_wins_and_ends_at_a_slash():
    tree = api({"/a": {"get": {}}}, [{"url": HOST}, {"url": f"{HOST}/v1"}])
    found = find_operation(tree, "GET", f"{HOST}/v1/a")

    assert found is not None
    assert found.mount.path == "/v1"
    assert find_operation(tree, "GET", f"{HOST}/v12/a") is None


def test_server_elsewhere():
    tree = api({"/a": {"get": {}}}, [{"url": "https://production.test/v1"}])
    here = "http://127.0.0.1:8000"

    assert key(tree, f"{here}/v1/a", base=here) == "GET /a"
    assert key(tree, f"{here}/api/a", base=f"{here}/api/") == "GET /a"
    assert key(tree, f"{here}/v1/a", base="") == ""
    assert [one.is_assumed for one in mounts(tree, here)] == [False, True]


def test_path_of_the_user_replaces_the_servers():
    tree = api({"/a": {"get": {}}}, [{"url": f"{HOST}/v1"}])

    assert key(tree, f"{HOST}/x/a", below="/x") == "GET /a"
    assert key(tree, f"{HOST}/v1/a", below="/x") == ""


def test_relative_server_is_below_the_url_of_the_document():
    tree = api({"/a": {"get": {}}}, [{"url": "../v2"}], "https://b.test/docs/openapi.json")

    assert key(tree, "https://b.test/v2/a") == "GET /a"


@check_rows(
    ("url", "expected"),
    [
        ("https://eu.a.test/v1/a", "GET /a"),
        ("https://mars.a.test/v1/a", ""),
        ("https://us.a.test/any/a", "GET /a"),
        ("https://us.a.test/a", ""),
    ],
)
def test_variables_of_a_server(url: str, expected: str):
    server = {
        "url": "https://{zone}.a.test/{version}",
        "variables": {"zone": {"enum": ["eu", "us"], "default": "eu"}, "version": {"default": "v1"}},
    }

    assert key(api({"/a": {"get": {}}}, [server]), url, base="") == expected


def test_operation_with_its_own_server_is_below_that_only():
    tree = api({"/a": {"get": {"servers": [{"url": f"{HOST}/own"}]}}, "/b": {"get": {}}}, [{"url": f"{HOST}/v1"}])

    assert key(tree, f"{HOST}/own/a") == "GET /a"
    assert key(tree, f"{HOST}/v1/a") == ""
    assert key(tree, f"{HOST}/own/b") == ""


@check_rows(
    ("media_type", "expected"),
    [
        ("application/json", "application/json"),
        ("APPLICATION/JSON; charset=utf-8", "application/json"),
        ("text/csv", "text/*"),
        ("image/png", "*/*"),
    ],
)
def test_media_type(media_type: str, expected: str):
    content = {name: {} for name in ("*/*", "text/*", "application/json")}
    found = api({"/a": {"post": {"requestBody": {"content": content}}}}).operation("POST /a")

    assert found is not None
    assert found.body is not None
    chosen = choose_media(found.body.media, media_type)
    assert chosen is not None
    assert chosen.media_type == expected
