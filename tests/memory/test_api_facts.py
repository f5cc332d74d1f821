"""What was seen of APIs: values by place, the latest first, bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.memory.records import ORIGIN, exchange
from tests.support.rows import check_rows

from callbox.exchange.request_content import json_content
from callbox.memory.api_facts import (
    MAX_OF_KIND,
    MAX_ORIGINS,
    MAX_SEGMENTS,
    NO_DETAILS,
    Details,
    Fact,
    Observation,
    Seen,
)
from callbox.memory.fact_extractor import observe
from callbox.memory.history_and_facts_database import MemoryFile

BOOKS = [{"id": n, "isbn": f"978-{n}", "title": f"Book {n}"} for n in (1, 2, 3)]


def seen_of(*records) -> Seen:
    seen = Seen()
    for number, record in enumerate(records, 1):
        learn(seen, record, number)
    return seen


def learn(seen: Seen, record, number: int) -> None:
    for observation in observe(record):
        seen.add(observation, number)


def texts(values) -> list[str]:
    return [value.text for value in values]


def test_values_for_a_parameter_come_from_the_list_with_label_and_number() -> None:
    seen = seen_of(exchange("GET", "/books", document=BOOKS))

    assert texts(seen.values(ORIGIN, "/books")) == ["1", "2", "3"]
    assert seen.values(ORIGIN, "/books")[0].meta == "Book 1, seen #1"
    assert texts(seen.values(ORIGIN, "/books", "isbn")) == ["978-1", "978-2", "978-3"]
    assert texts(seen.values(ORIGIN, "/books", "bookId")) == ["1", "2", "3"]


def test_newer_lists_and_listed_values_come_first() -> None:
    seen = seen_of(
        exchange("GET", "/books", document=BOOKS),
        exchange("GET", "/books/9"),
        exchange("GET", "/books", document=[{"id": 2}, {"id": 4}]),
    )

    assert texts(seen.values(ORIGIN, "/books")) == ["2", "4", "1", "3", "9"]


def test_a_typed_path_shows_which_member_is_the_key() -> None:
    seen = seen_of(exchange("GET", "/books", document=BOOKS), exchange("GET", "/books/978-2"))

    assert texts(seen.values(ORIGIN, "/books")) == ["978-1", "978-2", "978-3"]


def test_a_value_that_another_member_has_by_chance_shows_no_key() -> None:
    things = [{"name": f"Thing {n}", "stock": n - 10, "id": n} for n in (11, 12)]
    seen = seen_of(
        exchange("GET", "/items", document=things), exchange("GET", "/items/1", document={"stock": 1, "id": 1})
    )

    assert texts(seen.values(ORIGIN, "/items")) == ["1", "11", "12"]
    assert texts(seen.children(ORIGIN, "/items")) == ["/items/1", "/items/11", "/items/12"]


def test_a_short_number_shows_no_key_even_without_the_resource() -> None:
    things = [{"name": f"Thing {n}", "stock": n - 10, "id": n} for n in (11, 12)]
    seen = seen_of(exchange("GET", "/items", document=things), exchange("GET", "/items/1"))

    assert texts(seen.children(ORIGIN, "/items")) == ["/items/11", "/items/12"]


def test_an_id_late_in_a_long_item_is_found() -> None:
    item = {f"m{n}": n for n in range(20)} | {"id": 77}
    seen = seen_of(exchange("GET", "/items", document=[item]))

    assert texts(seen.children(ORIGIN, "/items")) == ["/items/77"]


def test_the_id_of_another_resource_is_no_key() -> None:
    lines = [{"item_id": 48, "quantity": 2, "n": 1}, {"item_id": 3, "quantity": 1, "n": 2}]
    seen = seen_of(exchange("GET", "/orders/9/lines", document=lines))

    assert texts(seen.children(ORIGIN, "/orders/9/lines")) == []


def test_the_name_of_the_path_parameter_says_the_key() -> None:
    lines = [{"item_id": 48, "quantity": 2, "n": 1}, {"item_id": 3, "quantity": 1, "n": 2}]
    seen = seen_of(exchange("GET", "/orders/9/lines", document=lines))

    assert texts(seen.children(ORIGIN, "/orders/9/lines", "n")) == ["/orders/9/lines/1", "/orders/9/lines/2"]


def test_what_is_gone_is_not_offered() -> None:
    seen = seen_of(
        exchange("GET", "/books", document=BOOKS), exchange("GET", "/books/2"), exchange("DELETE", "/books/2", 204)
    )

    assert texts(seen.values(ORIGIN, "/books")) == ["1", "3"]
    assert "/books/2" not in texts(seen.paths(ORIGIN))


NOT_FOUND_BY = [
    # earlier requests, the request that was not found, the methods that stay
    (("GET /books", "POST /books"), "DELETE /books", ["GET", "POST"]),
    (("POST /login",), "GET /login", ["POST"]),
    (("POST /login", "GET /login"), "GET /login", ["POST"]),
    (("POST /login", "HEAD /login"), "GET /login", ["POST"]),
    (("GET /login",), "HEAD /login", ["GET"]),
    (("GET /me",), "GET /me", None),
    (("GET /me", "PUT /me"), "PATCH /me", ["GET", "PUT"]),
    (("GET /books/2", "PUT /books/2"), "PATCH /books/2", ["GET", "PUT"]),
    (("GET /books/2", "PUT /books/2"), "PUT /books/2", ["GET"]),
    (("GET /books/2", "PUT /books/2"), "GET /books/2", None),
    (("GET /books/2", "PUT /books/2"), "HEAD /books/2", None),
    (("GET /books/2", "PUT /books/2"), "DELETE /books/2", None),
    (("PUT /books/emma",), "GET /books/emma", None),
    ((), "POST /bokks", None),
]


@pytest.mark.parametrize(("before", "not_found", "left"), NOT_FOUND_BY, ids=[f"{a}, {b}" for a, b, _ in NOT_FOUND_BY])
def test_a_path_that_is_not_found_stays_for_other_methods(before, not_found: str, left, tmp_path: Path) -> None:
    books = [{"slug": "emma", "id": 2}, {"slug": "dune", "id": 3}]
    lines = [line.split() for line in before]
    records = [exchange("GET", "/books", document=books)] if "/books/" in not_found else []
    records += [exchange(method, path) for method, path in lines] + [exchange(*not_found.split(), 404)]
    file, path = MemoryFile(lambda: tmp_path), not_found.split()[1]
    for record in records:
        file.write(None, observe(record), 1.0)
    earlier = Seen()
    earlier.add_earlier(ORIGIN, file.facts(ORIGIN))

    for seen in (seen_of(*records), earlier):
        assert seen.has_path(ORIGIN, path) == (left is not None)
        assert [one for one in METHODS if seen.has_method(ORIGIN, one, path)] == (left or [])


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH")


@check_rows(("method", "is_kept"), [("GET", False), ("DELETE", True), ("POST", True)])
def test_a_link_that_is_not_found_stays_unless_a_get_asked(method: str, is_kept: bool) -> None:
    seen = seen_of(exchange("GET", "/", document={"books": "/books"}), exchange(method, "/books", 404))

    assert seen.has_path(ORIGIN, "/books") == is_kept


def test_a_method_that_is_not_allowed_is_forgotten_and_no_other(tmp_path: Path) -> None:
    records = [exchange("GET", "/x"), exchange("PUT", "/x"), exchange("PUT", "/x", 405)]
    file = MemoryFile(lambda: tmp_path)
    for record in records:
        file.write(None, observe(record), 1.0)
    earlier = Seen()
    earlier.add_earlier(ORIGIN, file.facts(ORIGIN))

    for seen in (seen_of(*records), earlier):
        assert seen.has_method(ORIGIN, "GET", "/x")
        assert not seen.has_method(ORIGIN, "PUT", "/x")


def test_a_known_path_is_spelled_right() -> None:
    seen = seen_of(exchange("GET", "/books"), exchange("GET", "/book"))

    assert seen.near_path(ORIGIN, "/books") == ""
    assert seen.near_path(ORIGIN, "/boks") == "/books"


def test_number_of_another_member_does_not_make_an_item_gone() -> None:
    orders = [{"id": 1, "quantity": 2, "shop_id": 2}, {"id": 2, "quantity": 5}]
    seen = seen_of(exchange("GET", "/orders", document=orders), exchange("DELETE", "/orders/2", 204))

    assert texts(seen.values(ORIGIN, "/orders")) == ["1"]


def test_ids_with_two_siblings_become_a_parameter() -> None:
    seen = seen_of(*(exchange("GET", f"/books/{n}") for n in (1, 2)), exchange("GET", "/v1/2024"))
    assert seen.template(ORIGIN, "/books/1") == "/books/1"

    learn(seen, exchange("GET", "/books/3"), 4)

    assert seen.template(ORIGIN, "/books/1") == "/books/{id}"
    assert seen.template(ORIGIN, "/books/1/reviews") == "/books/{id}/reviews"
    assert seen.template(ORIGIN, "/v1/2024") == "/v1/2024"


def test_items_of_a_list_are_siblings() -> None:
    seen = seen_of(exchange("GET", "/books", document=BOOKS))

    assert seen.template(ORIGIN, "/books/77") == "/books/{id}"


def test_uuids_and_long_hex_digits_are_ids() -> None:
    paths = [f"/x/{n}0000000-0000-4000-8000-000000000000" for n in range(3)] + [
        f"/y/{n}" * 1 + "a" * 15 for n in range(3)
    ]
    seen = seen_of(*(exchange("GET", path) for path in paths))

    assert {seen.template(ORIGIN, path) for path in paths} == {"/x/{id}", "/y/{id}"}


def test_fields_are_shared_by_paths_of_one_template_and_sent_ones_come_first() -> None:
    seen = seen_of(
        *(exchange("GET", f"/books/{n}", document={"id": n, "title": "a"}) for n in (1, 2, 3)),
        exchange("PATCH", "/books/1", sent=json_content('{"pages": 3}')),
    )

    assert texts(seen.fields(ORIGIN, "/books/99")) == ["pages", "title", "id"]
    assert seen.fields(ORIGIN, "/elsewhere") == []


LIST = exchange("GET", "/books", document={"total": 3, "items": BOOKS, "next": "/books?page=2"})


def test_fields_of_a_list_are_fields_of_its_items() -> None:
    seen = seen_of(LIST)

    assert set(texts(seen.fields(ORIGIN, "/books/2"))) == {"id", "isbn", "title"}
    assert set(texts(seen.fields(ORIGIN, "/books/99/"))) == {"id", "isbn", "title"}
    assert seen.fields(ORIGIN, "/books/2/reviews") == []
    assert seen.fields(ORIGIN, "/books/search") == []


def test_fields_of_an_item_are_fields_of_its_list() -> None:
    seen = seen_of(LIST, exchange("PATCH", "/books/2", sent=json_content('{"pages": 3}')))

    assert texts(seen.fields(ORIGIN, "/books"))[0] == "pages"
    assert texts(seen.fields(ORIGIN, "/books/3"))[0] == "pages"


def test_fields_of_an_item_with_a_name_are_those_of_its_list() -> None:
    seen = seen_of(exchange("GET", "/tags", document=[{"slug": "new", "colour": "red"}]))

    assert "colour" in texts(seen.fields(ORIGIN, "/tags/new"))
    assert seen.fields(ORIGIN, "/tags/merge") == []


def test_what_the_server_sets_comes_after_the_other_fields() -> None:
    document = {"id": 1, "_links": {"self": "/books/1"}, "createdAt": "2026", "title": "a", "author_id": 4}
    seen = seen_of(exchange("GET", "/books/1", document=document))

    assert texts(seen.fields(ORIGIN, "/books/1")) == ["title", "author_id", "id", "_links[self]", "createdAt"]


def test_token_that_the_server_gave_is_no_field_of_a_request() -> None:
    seen = seen_of(exchange("GET", "/me", document={"name": "ann", "token": "t", "tokens": ["t"]}))

    assert texts(seen.fields(ORIGIN, "/me")) == ["name"]


def test_query_names_and_values_of_the_path_come_first() -> None:
    seen = seen_of(
        exchange("GET", "/books", query=(("page", "2"),)),
        exchange("GET", "/authors", query=(("page", "9"), ("sort", "name"))),
    )

    assert texts(seen.query_names(ORIGIN, "/books")) == ["page"]
    assert [(one.text, one.label) for one in seen.distant_query_names(ORIGIN, "/books")] == [("sort", "at /authors")]
    assert texts(seen.query_values(ORIGIN, "/books", "page")) == ["2", "9"]


def test_query_names_of_an_item_are_those_of_the_other_items() -> None:
    seen = seen_of(LIST, exchange("GET", "/books/1", query=(("expand", "author"),)))

    assert texts(seen.query_names(ORIGIN, "/books/2")) == ["expand"]
    assert texts(seen.query_names(ORIGIN, "/books")) == ["page"]


def test_children_are_those_of_a_list_that_was_asked() -> None:
    seen = seen_of(exchange("GET", "/books", document=[{"id": 7, "reviews": [{"id": 70}]}]))

    assert texts(seen.children(ORIGIN, "/books/")) == ["/books/7"]
    assert seen.children(ORIGIN, "/books/7/reviews") == []

    learn(seen, exchange("GET", "/books/7/reviews"), 2)

    assert texts(seen.children(ORIGIN, "/books/7/reviews")) == ["/books/7/reviews/70"]


def test_a_list_within_an_item_has_no_children() -> None:
    seen = seen_of(exchange("GET", "/authors/3", document={"id": 3, "books": [{"id": 1}]}))

    assert seen.children(ORIGIN, "/authors/3") == []


def test_origins_are_apart() -> None:
    seen = seen_of(exchange("GET", "/books", document=BOOKS), exchange("GET", "http://b/x"))

    assert texts(seen.origins()) == ["http://b", ORIGIN]
    assert seen.values("http://b", "/books") == []


def test_what_earlier_shells_saw_is_older_and_said_to_be_earlier() -> None:
    seen = seen_of(exchange("GET", "/books/1"))

    seen.add_earlier(ORIGIN, [(Fact("path", "/old", "GET"), NO_DETAILS), (Fact("path", "/books/1", "GET"), NO_DETAILS)])

    assert [(value.text, value.meta) for value in seen.paths(ORIGIN)] == [
        ("/books/1", "seen #1"),
        ("/old", "seen earlier"),
    ]


def test_a_host_without_facts_is_no_known_origin() -> None:
    seen = seen_of(exchange("GET", "/books/1"))
    seen.on_question = lambda origin: seen.add_earlier(origin, [])

    seen.paths("http://a.b:80")
    seen.targets("http://a.b:80")
    seen.prepare("http://a.b:80")

    assert texts(seen.origins()) == [ORIGIN]


def test_names_of_earlier_origins_are_known_before_their_facts() -> None:
    seen = seen_of()

    seen.add_origins(["http://b", "http://c"])

    assert texts(seen.origins()) == ["http://c", "http://b"]


def test_a_label_outlives_a_list_without_one() -> None:
    seen = seen_of()
    seen.add(Observation(ORIGIN, ((Fact("item", "/b", "id", "1"), Details("Emma")),)), 1)
    seen.add(Observation(ORIGIN, ((Fact("item", "/b", "id", "1"), NO_DETAILS),)), 2)

    assert seen.values(ORIGIN, "/b")[0].meta == "Emma, seen #2"


def test_a_label_outlives_the_item_itself() -> None:
    seen = seen_of(
        exchange("GET", "/tags", document=[{"slug": "a-b", "title": "A & B"}]),
        exchange("GET", "/tags/a-b", document={"slug": "a-b"}),
    )

    assert [value.meta for value in seen.values(ORIGIN, "/tags")] == ["A & B, seen #2"]


def test_it_is_bounded() -> None:
    seen = Seen()
    for number in range(MAX_OF_KIND["path"] + 50):
        seen.add(Observation(ORIGIN, ((Fact("path", f"/p{number}", "GET"), NO_DETAILS),)), number + 1)
    for number in range(MAX_ORIGINS + 5):
        seen.add(Observation(f"http://o{number}", ((Fact("path", "/x", "GET"), NO_DETAILS),)), 1)

    assert len(seen.origins()) == MAX_ORIGINS
    seen = seen_of(*(exchange("GET", f"/p{number}") for number in range(MAX_OF_KIND["path"] + 50)))
    assert len(seen.paths(ORIGIN)) == MAX_OF_KIND["path"]
    assert texts(seen.paths(ORIGIN))[0] == f"/p{MAX_OF_KIND['path'] + 49}"


def test_ids_of_a_path_with_very_many_segments_are_left_as_they_are() -> None:
    def template(depth: int) -> str:
        above = "/a" * (depth - 1)
        return seen_of(*(exchange("GET", f"{above}/{n}") for n in range(4))).template(ORIGIN, f"{above}/1")

    assert template(MAX_SEGMENTS).endswith("/{id}")
    assert template(MAX_SEGMENTS + 1).endswith("/a/1")


def test_it_can_be_forgotten() -> None:
    seen = seen_of(exchange("GET", "/x"), exchange("GET", "http://b/x"))

    seen.forget(ORIGIN)
    assert texts(seen.origins()) == ["http://b"]
    seen.forget()
    assert seen.origins() == []


def test_below_a_deleted_path_nothing_is_offered_and_below_a_missing_one_it_is() -> None:
    seen = Seen()
    paths = ("/orders/1", "/orders/1/lines", "/orders/1/lines/2", "/orders/12", "/auth/token")
    seen.add(Observation("http://a", tuple((Fact("path", path, "GET"), NO_DETAILS) for path in paths)), 1)

    seen.add(Observation("http://a", gone=("/auth",)), 2)
    seen.add(Observation("http://a", gone=("/orders/1",), deleted=("/orders/1",)), 3)

    assert {value.text for value in seen.paths("http://a")} == {"/orders/12", "/auth/token"}


@check_rows(
    ("refused", "path"),
    [
        (exchange("GET", "/books/098", 422), "/books/098"),
        (exchange("PUT", "/users/7/", 401), "/users/7/"),
        (exchange("POST", "/books/p", 405, received=(("Allow", "GET"),)), "/books/p"),
    ],
    ids=["no id", "of an unknown list", "beside ids"],
)
def test_refused_path_where_an_id_stands_is_not_learned(refused, path: str) -> None:
    seen = seen_of(exchange("GET", "/books", document=BOOKS), refused)

    assert path not in texts(seen.paths(ORIGIN))


def test_refused_path_that_is_known_or_no_id_is_learned() -> None:
    seen = seen_of(
        exchange("GET", "/books", document=BOOKS),
        exchange("GET", "/books/2", document=BOOKS[1]),
        exchange("PATCH", "/books/2", 422),
        exchange("GET", "/me", 401),
    )

    assert [(value.text, value.number) for value in seen.paths(ORIGIN)] == [("/me", 4), ("/books/2", 3), ("/books", 1)]


def test_deleted_thing_does_not_come_back_by_a_refusal() -> None:
    seen = seen_of(
        exchange("GET", "/books/2", document=BOOKS[1]),
        exchange("DELETE", "/books/2", 204),
        exchange("PUT", "/books/2", 401),
    )

    assert seen.paths(ORIGIN) == []
