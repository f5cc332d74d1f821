"""What one exchange shows of an API."""

from __future__ import annotations

import json

import pytest
from tests.memory.records import ORIGIN, exchange
from tests.support.rows import check_rows

from callbox.exchange.request_content import Part, form_content, json_content, multipart_content, raw_content
from callbox.exchange.secret import ReferencedSecret, Secret
from callbox.exchange.url import readable_path
from callbox.memory.api_facts import Details, Fact, Observation, Seen
from callbox.memory.fact_extractor import observe


def facts(record) -> list[Fact]:
    return [fact for observation in observe(record) for fact, _ in observation.facts]


def names(record, kind: str) -> list[str]:
    has_value = kind in ("field", "member")  # its type
    return [fact.name for fact in facts(record) if fact.kind == kind and (has_value or not fact.value)]


def items(record) -> list[tuple[str, str, str]]:
    return [(fact.path, fact.name, fact.value) for fact in facts(record) if fact.kind == "item"]


def test_a_path_that_is_not_there_is_gone_for_all_methods_only_with_410() -> None:
    (missing,) = observe(exchange("GET", "/nope", 404, {"id": 1}, query=(("q", "1"),)))
    (gone,) = observe(exchange("GET", "/nope", 410, {"id": 1}, query=(("q", "1"),)))

    assert (missing.facts, missing.missing, missing.gone) == ((), (("/nope", "GET"),), ())
    assert (gone.facts, gone.missing, gone.gone) == ((), (), ("/nope",))


def test_a_method_that_is_not_allowed_is_withdrawn() -> None:
    (found,) = observe(exchange("PUT", "/x", 405, received=(("Allow", "GET, PUT"),)))

    assert found.withdrawn == (Fact("path", "/x", "PUT"),)
    assert facts(exchange("PUT", "/x", 405, received=(("Allow", "GET, PUT"),))) == [Fact("path", "/x", "GET")]


@check_rows(("method", "status"), [("DELETE", 401), ("PUT", 403), ("PATCH", 401)])
def test_a_change_that_needs_a_login_does_not_show_that_the_path_has_the_method(method: str, status: int) -> None:
    assert facts(exchange(method, "/x", status)) == [Fact("path", "/x", "")]
    assert facts(exchange(method, "/x", 422)) == [Fact("path", "/x", method)]
    assert facts(exchange("POST", "/x", status)) == [Fact("path", "/x", "POST")]


def test_a_deleted_path_is_gone() -> None:
    assert observe(exchange("DELETE", "/books/7", 204))[0].gone == ("/books/7",)
    assert observe(exchange("DELETE", "/books/7", 202))[0].gone == ()


def test_a_request_without_a_response_shows_nothing() -> None:
    assert observe(exchange("GET", "/x", 0)) == []


@check_rows("status", [400, 401, 403, 422, 500])
def test_of_a_refused_request_only_the_path_is_known(status: int) -> None:
    record = exchange("GET", "/x", status, {"id": 1}, query=(("q", "1"),), headers=(("X-A", "1"),))

    assert facts(record) == [Fact("path", "/x", "GET")]


def test_query_names_and_values_are_those_typed() -> None:
    record = exchange("GET", "/x?a=1&b=", query=(("page", "2"), ("left", None)))

    assert {fact[2:] for fact in facts(record) if fact.kind == "query"} == {
        ("a", ""), ("a", "1"), ("b", ""), ("page", ""), ("page", "2"),
    }  # fmt: skip


@check_rows(
    ("name", "value"),
    [
        ("token", "hunter2hunter2"),
        ("q", Secret("hunter2hunter2")),
        ("q", ReferencedSecret("hunter2hunter2", "env:X")),
        ("q", "got password: hunter2hunter2"),
        ("next", "http://ann:hunter2hunter2@h/"),
        ("q", "hunter2\n" * 2),
        ("q", "hunter2" * 100),
    ],
)
def test_secrets_and_long_values_are_left_out(name: str, value: str | Secret) -> None:
    found = facts(exchange("GET", "/x", query=((name, value),)))

    assert Fact("query", "/x", name) in found
    assert "hunter2" not in repr(found)


def test_a_path_with_a_secret_is_left_out() -> None:
    assert facts(exchange("GET", "/x;token=hunter2/y")) == []


def test_headers_are_known_by_name_alone() -> None:
    record = exchange("GET", "/x", headers=(("X-Tenant", "acme"), ("Authorization", Secret("hunter2")), ("X-No", None)))

    assert names(record, "header") == ["X-Tenant", "Authorization"]
    assert "acme" not in repr(facts(record))


@check_rows(
    ("content", "expected"),
    [
        (json_content('{"title": "a", "tags": ["b"], "author": {"name": "c", "born": {"year": 1}}}'),
         ["title", "tags", "author[name]", "author[born][year]"]),
        (json_content('{"lines": [{"sku": 1}]}'), ["lines[][sku]"]),
        (json_content("[1]"), []),
        (json_content("{"), []),
        (form_content([("a", "1"), ("b[c]", "2")]), ["a", "b[c]"]),
        (multipart_content([Part("photo", b"x", "a.png"), Part("note", b"y")], "b"), ["photo", "note"]),
        (raw_content(b"\0\1"), []),
    ],
    ids=["json", "list", "no object", "damaged", "form", "multipart", "raw"],
)  # fmt: skip
def test_fields_of_a_body(content, expected: list[str]) -> None:
    assert names(exchange("POST", "/x", sent=content), "field") == expected


def test_members_are_those_of_the_first_item() -> None:
    assert names(exchange("GET", "/books", document={"items": [{"id": 1, "title": "a"}], "n": 1}), "member") == [
        "id",
        "title",
    ]
    assert names(exchange("GET", "/me", document={"name": "ann"}), "member") == ["name"]


@check_rows("wrapper", ["items", "results", "data"])
def test_page_without_items_has_no_members(wrapper: str) -> None:
    assert names(exchange("GET", "/books", document={"count": 0, "next": None, wrapper: []}), "member") == []


def test_result_of_a_post_has_no_members() -> None:
    sent = json_content('{"user": "kim", "pin": 1}')

    assert names(exchange("POST", "/login", document={"how": "x"}, sent=sent), "member") == []
    assert names(exchange("POST", "/books", document={"user": "kim", "n": 1}, sent=sent), "member") == ["user", "n"]
    assert names(exchange("POST", "/books", 201, document={"id": 1}, sent=sent), "member") == ["id"]
    assert names(exchange("PUT", "/books/1", document={"id": 1}, sent=sent), "member") == ["id"]


def test_items_have_a_key_and_a_label() -> None:
    (observation,) = observe(exchange("GET", "/books", document=[{"id": 7, "title": "Emma", "token": "hunter2"}]))
    found = dict(observation.facts)[Fact("item", "/books", "id", "7")]

    assert found == Details("Emma", (("id", "7"), ("title", "Emma")))


def test_items_of_nested_lists_are_below_their_own_path() -> None:
    record = exchange("GET", "/books", document=[{"id": 7, "reviews": [{"id": 70}, {"id": 71}]}])

    assert items(record) == [("/books", "id", "7"), ("/books/7/reviews", "id", "70"), ("/books/7/reviews", "id", "71")]


def test_a_resource_is_an_item_of_the_list_above() -> None:
    record = exchange("GET", "/books/7", document={"id": 7, "title": "Emma"})

    assert items(record) == [("/books", "id", "7")]
    assert observe(record)[0].facts[-1][1].label == "Emma"


def test_a_created_resource_is_an_item() -> None:
    location = (("Location", "/books/21"),)

    assert items(exchange("POST", "/books", 201, {"id": 21}, received=location)) == [("/books", "id", "21")]
    sent = json_content('{"title": "Emma"}')
    (observation,) = observe(exchange("POST", "/books", 201, sent=sent, received=location))
    assert dict(observation.facts)[Fact("item", "/books", "", "21")].label == "Emma"


BOOK = {"id": 21, "isbn": "978", "title": "Emma"}


@check_rows(
    ("path", "document", "expected"),
    [
        ("/books", BOOK, [("/books", "id", "21")]),
        ("/books/", BOOK, [("/books", "id", "21")]),
        ("/books", {"data": BOOK}, [("/books", "id", "21")]),
        ("/books", {"isbn": "978", "title": "Emma"}, [("/books", "isbn", "978")]),
        ("/auth/login", {"token_type": "bearer", "scope": "all"}, []),
        ("/books", ["a"], [("/books", "", "a")]),
    ],
    ids=["id", "slash", "wrapped", "sent members", "no item", "list"],
)
def test_a_created_resource_without_a_location_is_an_item(path: str, document: object, expected: list[object]) -> None:
    record = exchange("POST", path, 201, document, sent=json_content('{"title": "Emma"}'))

    assert items(record) == expected


def test_the_key_of_a_created_resource_is_that_of_the_path_parameter() -> None:
    seen = Seen()
    for observation in observe(exchange("POST", "/books", 201, BOOK)):
        seen.add(observation, 1)

    assert [one.text for one in seen.values(ORIGIN, "/books", "isbn")] == ["978"]
    assert [one.meta for one in seen.children(ORIGIN, "/books", "book_id")] == ["Emma, seen #1"]


def test_a_huge_list_is_cut() -> None:
    document = [{"id": n, "parts": [{"id": m} for m in range(50)]} for n in range(1000)]

    assert len(items(exchange("GET", "/x", document=document))) <= 300


def test_a_long_body_is_not_read() -> None:
    assert items(exchange("GET", "/x", body=b'[{"id": 1, "t": "' + b"a" * 300_000 + b'"}]')) == []


@check_rows("body", [b"\x89PNG\r\n\0\0", b"data: {}\n\ndata: {}\n\n", b"[" * 100_000, b"{broken", b"<a/>", b"null"])
def test_other_bodies_show_a_path_alone(body: bytes) -> None:
    assert facts(exchange("GET", "/x", body=body)) == [Fact("path", "/x", "GET")]


def test_links_of_the_same_origin_are_paths() -> None:
    received = (("Link", '</books?page=2>; rel="next", <http://other/x>; rel="x"'), ("Location", "/made"))
    record = exchange(
        "GET", "/x", document={"self": "http://a/books/7?token=hunter2", "other": "http://b/y"}, received=received
    )

    assert {fact.path for fact in facts(record) if fact.kind == "path" and not fact.name} == {
        "/books",
        "/made",
        "/books/7",
    }


def test_allowed_methods_are_known() -> None:
    record = exchange("OPTIONS", "/x", 204, received=(("Allow", "GET, POST"),))

    assert names(record, "path") == ["OPTIONS", "GET", "POST"]


def test_a_method_that_is_not_allowed_is_not_known() -> None:
    assert facts(exchange("DELETE", "/x", 405)) == [Fact("path", "/x", "")]
    refused = exchange("DELETE", "/x", 405, received=(("Allow", "GET, OPTIONS"),))
    assert facts(refused) == [Fact("path", "/x", "GET"), Fact("path", "/x", "OPTIONS")]


def test_the_body_of_options_is_no_resource() -> None:
    assert facts(exchange("OPTIONS", "/x", document={"name": "Book List", "renders": [{"id": 1}]})) == [
        Fact("path", "/x", "OPTIONS")
    ]


def test_metadata_of_options_has_the_fields() -> None:
    fields = {
        "id": {"type": "integer", "read_only": True},
        "title": {"type": "string"},
        "pages": {"type": "integer"},
        "genre": {"type": "choice", "choices": [{"value": "novel"}]},
    }
    record = exchange("OPTIONS", "/x", document={"actions": {"POST": fields, "PUT": 3}})

    assert [fact[2:] for fact in facts(record) if fact.kind == "field"] == [
        ("title", "text"), ("pages", "number"), ("genre", "text"),
    ]  # fmt: skip


@pytest.mark.parametrize(("asked", "final"), [("/x/1", "/x/1/"), ("/x/1/", "/x/1")])
def test_a_redirect_to_the_path_with_its_slash_shows_only_that_path(asked: str, final: str) -> None:
    hop = exchange("GET", f"{asked}?q=1", 301)
    record = exchange("GET", f"{final}?q=1", document={"id": 1}, hops=(hop,))._replace(draft=hop.draft)

    assert {fact.path.rstrip("/") for fact in facts(record)} == {"/x/1", "/x"}
    assert [fact for fact in facts(record) if fact.kind in ("path", "query")] == [
        Fact("path", final, "GET"), Fact("query", final, "q"), Fact("query", final, "q", "1"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def redirected() -> list[Observation]:
    """What is seen in a request that another origin was sent to answer."""
    hop = exchange("GET", "/old?q=1", 302)
    record = exchange("GET", "http://b/new?code=hunter2", document=[{"id": 1}], hops=(hop,))
    return observe(record._replace(draft=hop.draft))


def test_behind_a_redirect_both_origins_are_known(redirected: list[Observation]) -> None:
    assert [one.origin for one in redirected] == [ORIGIN, "http://b"]


def test_before_a_redirect_the_typed_request_is_known(redirected: list[Observation]) -> None:
    assert [fact for fact, _ in redirected[0].facts] == [
        Fact("path", "/old", "GET"), Fact("query", "/old", "q"), Fact("query", "/old", "q", "1"),
    ]  # fmt: skip


def test_behind_a_redirect_the_response_is_known(redirected: list[Observation]) -> None:
    assert Fact("item", "/new", "id", "1") in dict(redirected[1].facts)


def test_behind_a_redirect_no_secret_of_the_url_is_kept(redirected: list[Observation]) -> None:
    assert "hunter2" not in repr(redirected[1])


def test_a_redirect_to_nothing_is_gone() -> None:
    record = exchange("GET", "/new", 404, hops=(exchange("GET", "/old", 302),))

    assert [observation.missing for observation in observe(record)] == [(("/old", "GET"),), (("/new", "GET"),)]


@check_rows(
    ("path", "expected"),
    [("/caf%C3%A9", "/café"), ("/%E9", "/%E9"), ("/a%20b%2Fc", "/a%20b%2Fc"), ("/%E2%80%AEx", "/%E2%80%AEx")],
    ids=["utf-8", "latin-1", "ascii", "bidi"],
)
def test_letters_of_other_scripts_are_readable(path: str, expected: str) -> None:
    assert readable_path(path) == expected


@check_rows(
    "document",
    [
        [{"id": 1, "title": "your password: SEKRET24"}],
        [{"id": 2, "title": "Bearer SEKRET6b"}],
        {"passwords": [{"id": "SEKRET23", "name": "SEKRET23n"}]},
        {"data": {"secrets": [{"id": "SEKRET23", "name": "SEKRET23n"}]}},
        {"id": 7, "passwords": [{"id": "SEKRET23"}], "name": "x"},
        {"sessions": [{"id": "SEKRET53"}]},
        {"tokens": [{"id": "SEKRET41", "name": "a"}], "total": 1},
        {"id": 7, "name": "x", "tokens": [{"id": "SEKRET41"}]},
        {"data": {"sessions": [{"id": "SEKRET53"}]}},
        [{"id": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTRUtSRVQifQ.SEKRETabcdefghijklmnopqrst", "name": "x"}],
        [{"name": "DB_PASSWORD", "value": "SEKRET21"}],
        [{"id": 3, "key": "api_key", "value": "SEKRET22"}],
    ],
)
def test_secrets_of_a_response_are_not_learned(document: object) -> None:
    assert "SEKRET" not in repr(observe(exchange("GET", "/things/7", document=document)))


DOCUMENT = {
    "id": 1,
    "title": "a",
    "done": False,
    "due": None,
    "owner": {"id": 7, "name": "x"},
    "tags": [],
    "price": 1.5,
}
TYPES = {
    "id": "number", "title": "text", "done": "boolean", "due": "null", "owner[id]": "number", "owner[name]": "text",
    "tags": "list", "price": "number",
}  # fmt: skip


@check_rows(
    ("record", "kind"),
    [
        (exchange("GET", "/x", document=DOCUMENT), "member"),
        (exchange("GET", "/x", document=[DOCUMENT]), "member"),
        (exchange("POST", "/x", sent=json_content(json.dumps(DOCUMENT))), "field"),
    ],
)
def test_fields_and_members_have_their_types(record, kind: str) -> None:
    assert {fact.name: fact.value for fact in facts(record) if fact.kind == kind} == TYPES


@check_rows(
    ("document", "paths"),
    [
        ({"links": {"todos": "/todos", "me": "/me"}}, ["/todos", "/me"]),
        ({"todos": "/todos"}, ["/todos"]),
        ([{"href": "/a/b?page=2"}], ["/a/b"]),
        ({"_links": {"self": {"href": "/a/1"}}}, ["/a/1"]),
        ({"file": "/etc/hosts", "note": "/ or so", "host": "//x/y", "template": "/a/{id}", "s": "/a b"}, []),
        ({"login": "/login?token=SEKRET1"}, ["/login"]),
    ],
)
def test_links_without_an_origin_are_paths(document, paths: list[str]) -> None:
    found = [fact.path for fact in facts(exchange("GET", "/", document=document)) if fact.kind == "path"]

    assert [path for path in found if path != "/"] == paths


@check_rows(
    ("text", "path", "query"),
    [
        ("/books?limit=2&offset=2", "/books", ["limit", "offset"]),
        ("/authors{?name}", "/authors", ["name"]),
        ("http://a/repos{?page,per_page*}", "/repos", ["page", "per_page"]),
        ("http://a/books?x=1{&sort}", "/books", ["x", "sort"]),
        ("http://a/gists{/gist_id}", "/gists", []),
        ("http://a/users/{user}", "", []),
        ("/users/{user}", "", []),
        ("http://a/u{user}", "", []),
    ],
)
def test_link_tells_names_of_the_query(text: str, path: str, query: list[str]) -> None:
    found = facts(exchange("GET", "/", document={"link": text}))

    assert [fact.path for fact in found if fact.kind == "path" and fact.path != "/"] == ([path] if path else [])
    assert [fact.name for fact in found if fact.kind == "query" and fact.path == path and not fact.value] == query
    assert not any(fact.value for fact in found if fact.kind == "query")


def test_link_header_tells_names_of_the_query() -> None:
    record = exchange("GET", "/books", document=[], received=(("Link", '</books?page=2>; rel="next"'),))

    assert names(record, "query") == ["page"]


@check_rows(("status", "deleted"), [(204, ("/a/1",)), (200, ("/a/1",)), (410, ())])
def test_what_was_deleted_is_told_from_what_is_missing(status: int, deleted: tuple[str, ...]) -> None:
    (found,) = observe(exchange("DELETE", "/a/1", status))

    assert (found.gone, found.deleted) == (("/a/1",), deleted)


@check_rows("path", ["/items/{item_id}", "/items/%7Bitem_id%7D", "/items/{id}/reviews"])
def test_a_path_with_a_placeholder_is_not_remembered(path: str) -> None:
    assert [fact for fact in facts(exchange("GET", path, 422)) if fact.kind == "path"] == []
