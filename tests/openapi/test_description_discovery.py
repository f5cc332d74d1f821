"""The search of a description, over pages that a dictionary holds."""

from __future__ import annotations

import json

import pytest
from tests.support.rows import check_rows

from callbox.exchange.headers import Headers
from callbox.openapi.description_discovery import Discovery, Page, discover, is_description, service_links

BASE = "http://h/api"
OPENAPI = b'{"openapi": "3.1.0", "paths": {}}'


class Web:
    """Pages by URL; any other is 404. What was asked stands in `asked`."""

    def __init__(self, pages: dict[str, bytes | tuple[int, dict[str, str], bytes]]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def __call__(self, url: str) -> Page | str:
        self.asked.append(url)
        found = self.pages.get(url, (404, {}, b""))
        status, headers, body = (200, {}, found) if isinstance(found, bytes) else found
        return Page(url, status, Headers(tuple(headers.items())), body)


def search(
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]],
    *,
    is_thorough: bool = True,
    links: tuple[str, ...] = (),
) -> Discovery:
    return discover(BASE, Web(pages), is_thorough=is_thorough, links=links)


@check_rows(
    ("pages", "found"),
    [
        pytest.param({"http://h/api/openapi.json": OPENAPI}, "http://h/api/openapi.json", id="below the base"),
        pytest.param({"http://h/openapi.json": OPENAPI}, "http://h/openapi.json", id="at the root"),
        pytest.param({"http://h/api": OPENAPI}, "http://h/api", id="the base itself"),
        pytest.param({"http://h/api/swagger.json": b'{"swagger": "2.0"}'}, "http://h/api/swagger.json", id="Swagger 2"),
        pytest.param({"http://h/openapi.yaml": b"openapi: 3.0.1\n"}, "http://h/openapi.yaml", id="YAML"),
        pytest.param(
            {"http://h/api": (200, {"Link": '</d.json>; rel="service-desc"'}, b"hello"), "http://h/d.json": OPENAPI},
            "http://h/d.json",
            id="a link of the base",
        ),
        pytest.param(
            {
                "http://h/.well-known/api-catalog": json.dumps(
                    {"linkset": [{"anchor": "http://h/", "service-desc": [{"href": "/v9/d.json"}]}]}
                ).encode(),
                "http://h/v9/d.json": OPENAPI,
            },
            "http://h/v9/d.json",
            id="an API catalog",
        ),
        pytest.param(
            {"http://h/docs/": b"SwaggerUIBundle({ url: '../x.json', dom_id: '#s' })", "http://h/x.json": OPENAPI},
            "http://h/x.json",
            id="a page of Swagger UI",
        ),
        pytest.param(
            {"http://h/api/docs/": b'<redoc spec-url="/r.json?a=1&amp;b=2"></redoc>', "http://h/r.json?a=1&b=2": OPENAPI},
            "http://h/r.json?a=1&b=2",
            id="a page of Redoc",
        ),
        pytest.param(
            {"http://h/docs/": b'<script id="api-reference" data-url="/s.json">', "http://h/s.json": OPENAPI},
            "http://h/s.json",
            id="a page of Scalar",
        ),
        pytest.param(
            {
                "http://h/api-docs/": b'<script src="./swagger-ui-init.js">',
                "http://h/api-docs/swagger-ui-init.js": b'let options = {\n"swaggerDoc": {"openapi": "3.0.0"},\n"x": 1}',
            },
            "http://h/api-docs/swagger-ui-init.js",
            id="a script of swagger-ui-express",
        ),
        pytest.param(
            {"http://h/openapi.json": (302, {"Location": "/real.json"}, b""), "http://h/real.json": OPENAPI},
            "http://h/real.json",
            id="behind a redirect",
        ),
    ],
)  # fmt: skip
def test_description_is_found(pages: dict[str, bytes | tuple[int, dict[str, str], bytes]], found: str) -> None:
    assert search(pages).url == found


def test_description_in_a_script_is_its_object_alone() -> None:
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]] = {
        "http://h/docs/": b"swagger-ui",
        "http://h/docs/swagger-ui-init.js": b'var o = {"swaggerDoc": {"openapi": "3.0.0"}, "customOptions": {}};',
    }

    assert json.loads(search(pages).body) == {"openapi": "3.0.0"}


def test_first_address_in_the_order_is_taken() -> None:
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]] = {
        "http://h/openapi.json": OPENAPI,
        "http://h/api/openapi.yaml": b"openapi: 3.1.0",
    }

    assert search(pages).url == "http://h/api/openapi.yaml"


def test_links_that_were_seen_come_first() -> None:
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]] = {"http://h/seen": OPENAPI, BASE: OPENAPI}

    assert search(pages, links=("http://h/seen",)).url == "http://h/seen"


def test_far_hosts_are_asked_little() -> None:
    web = Web({})
    discover(BASE, web, is_thorough=False)

    assert sorted(web.asked) == [
        "http://h/.well-known/api-catalog",
        "http://h/api",
        "http://h/api/openapi.json",
        "http://h/openapi.json",
    ]


def test_host_without_a_response_is_asked_once() -> None:
    asked = []

    def silent(url: str) -> str:
        asked.append(url)
        return "no response"

    discover(BASE, silent, is_thorough=True)

    assert asked == [BASE]


def test_every_attempt_is_told() -> None:
    found = search({"http://h/openapi.json": OPENAPI}, is_thorough=False)

    assert [(attempt.url, attempt.outcome) for attempt in found.attempts] == [
        ("http://h/api", "404"),
        ("http://h/api/openapi.json", "404"),
        ("http://h/openapi.json", "a description"),
    ]


@check_rows(
    ("pages", "by_hand", "reason"),
    [
        pytest.param(
            {"http://h/openapi.json": (401, {}, b"")}, "http://h/openapi.json", "asks for a login", id="a login"
        ),
        pytest.param(
            {BASE: (200, {"Link": "<http://other/d.json>; rel=service-desc"}, b"")},
            "http://other/d.json",
            "is on another origin",
            id="a link elsewhere",
        ),
        pytest.param(
            {"http://h/openapi.json": (302, {"Location": "http://169.254.169.254/latest"}, b"")},
            "http://169.254.169.254/latest",
            "is on another origin",
            id="a redirect elsewhere",
        ),
    ],
)
def test_what_only_the_user_may_fetch_is_named(
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]], by_hand: str, reason: str
) -> None:
    web = Web(pages)
    found = discover(BASE, web, is_thorough=True)

    assert (found.url, found.by_hand, found.by_hand_reason) == ("", by_hand, reason)
    assert all(url.startswith("http://h/") for url in web.asked)


def test_redirects_are_followed_three_times() -> None:
    pages: dict[str, bytes | tuple[int, dict[str, str], bytes]] = {
        f"http://h/{number}": (302, {"Location": f"/{number + 1}"}, b"") for number in range(9)
    }
    web = Web({**pages, BASE: (302, {"Location": "/0"}, b"")})
    found = discover(BASE, web, is_thorough=False)

    assert found.attempts[0].outcome == "too many redirects"
    assert [url for url in web.asked if url[-1].isdigit()] == ["http://h/0", "http://h/1", "http://h/2"]


@check_rows(
    ("body", "is_one"),
    [
        (OPENAPI, True),
        (b'\xef\xbb\xbf{"swagger": "2.0"}', True),
        (b'{"info": {}, "paths": {}, "openapi": "3.0.0"}', True),
        (b"# ours\nopenapi: '3.0.3'\n", True),
        ("swagger: '2.0'".encode("utf-16"), True),
        (b'{"error": "no openapi here"}', False),
        (b'{"a": {"openapi": "3.0.0"}}', False),
        (b"<html>openapi: 3</html>", False),
        (b"", False),
        (b"{" * 100_000 + b'"openapi"', False),
        (b'{"x": [' + b"[]," * 500_000 + b'1], "openapi": "3.0.0"}', True),
        (b'{"x": [' + b"[]," * 500_000 + b"1]}", False),
    ],
)
def test_descriptions_are_told_from_other_bodies(body: bytes, is_one: bool) -> None:
    assert is_description(body) is is_one


def test_service_links_of_a_response_are_absolute() -> None:
    headers = Headers((("Link", '<../d.json>; rel="service-desc", </x>; rel=next'),))

    assert service_links("http://h/a/b", headers) == ["http://h/d.json"]


@check_rows("status", [401, 403])
@check_rows("base", ["http://h", "http://h/api/v1/"])
def test_login_for_every_page_of_a_folder_is_no_sign_of_a_description(status: int, base: str) -> None:
    def fetch(url: str) -> Page:
        return Page(url, status if "/api/" in url or base == "http://h" else 404, Headers(()), b"")

    found = discover(base, fetch, is_thorough=True)

    assert (found.by_hand, found.by_hand_reason) == ("", "")


def test_description_that_wants_a_login_is_named_beside_folders_that_want_one_for_every_page() -> None:
    def fetch(url: str) -> Page:
        return Page(url, 401 if "/api/" in url or url == "http://h/swagger.json" else 404, Headers(()), b"")

    assert discover("http://h/api", fetch, is_thorough=True).by_hand == "http://h/swagger.json"


def test_base_that_wants_a_login_is_no_description() -> None:
    assert discover(BASE, Web({BASE: (401, {}, b"")}), is_thorough=True).by_hand == ""
