"""What was seen is offered as it would be typed: below any base, as a whole URL, in any script."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.memory.api_facts import EARLIER, NO_DETAILS, Details, Fact, Kind, Observation, Seen
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext, Named, Target


def fact(kind: Kind, path: str, name: str = "", value: str = "", details: Details = NO_DETAILS) -> tuple[Fact, Details]:
    return Fact(kind, path, name, value), details


FACTS = (
    fact("path", "/v2/books", "GET"),
    fact("path", "/v2/books", "POST"),
    fact("item", "/v2/books", "id", "7", Details("Emma", (("id", "7"),))),
    fact("path", "/other", "GET"),
    fact("path", "/v2/caf\u00e9", "GET"),
    fact("query", "/v2/books", "page"),
    fact("query", "/v2/books", "page", "2"),
    fact("header", "/v2/books", "X-Trace"),
    fact("field", "/v2/books", "author[name]"),
)


def offered(line: str, base: str = "http://a/v2", **names: object) -> dict[str, str]:
    seen = Seen()
    seen.add(Observation("http://a", FACTS), 3)
    seen.add(Observation("https://b.x", (fact("path", "/y", "GET"),)), EARLIER)
    context = CompletionContext(base=base, seen=seen, **names)  # type: ignore[arg-type]
    return {one.text: one.meta for one in complete(line, len(line), context)}


@check_rows(
    ("line", "base", "text", "meta"),
    [
        ("get bo", "http://a/v2", "books", "POST, GET, seen #3"),
        ("get /v2/bo", "http://a/v2", "/v2/books", "POST, GET, seen #3"),
        ("get books/", "http://a/v2", "books/7", "Emma, seen #3"),
        ("get books/7", "http://a/v2", "books/7", "Emma, seen #3"),
        ("get /v2/books/", "http://a", "/v2/books/7", "Emma, seen #3"),
        ("get http://a/v2/books/", "", "http://a/v2/books/7", "Emma, seen #3"),
        ("get https://b.x/", "http://a/v2", "https://b.x/y", "GET, seen earlier"),
        ("set base https", "", "https://b.x/", "seen earlier"),
        ("get caf", "http://a/v2", "'caf\u00e9'", "GET, seen #3"),
        ("cd oth", "http://a", "/other", "GET, seen #3"),
        ("get books page==", "http://a/v2", "2", "seen #3"),
        ("get books pa", "http://a/v2", "page==", "query, seen #3"),
        ("set query page ", "http://a/v2", "2", "seen #3"),
        ("get books X-Tr", "http://a/v2", "X-Trace:", "header, seen #3"),
        ("post books aut", "http://a/v2", "author[name]=", "field, seen #3"),
    ],
)
def test_what_was_seen_is_offered_as_it_is_typed(line: str, base: str, text: str, meta: str) -> None:
    assert offered(line, base)[text] == meta


def test_query_name_of_another_path_comes_last_and_says_where_it_was_seen() -> None:
    found = offered("get /other ", "http://a")

    assert list(found)[-1] == "page=="
    assert found["page=="] == "query, at /v2/books, seen #3"
    assert offered("get /other?", "http://a") == {"page=": "query, at /v2/books, seen #3"}
    assert offered("get /other pag", "http://a")["page=="] == "query, at /v2/books, seen #3"
    assert offered("set query ", "http://a")["page"] == "at /v2/books, seen #3"


def test_what_is_not_below_the_base_is_not_offered_as_if_it_were() -> None:
    assert "other" not in offered("get o")


def test_a_target_that_was_typed_has_the_label_of_what_was_seen() -> None:
    found = offered("get /v2/books/", "http://a", targets=(Target("/v2/books/7", "GET, seen #2"),))

    assert found["/v2/books/7"] == "Emma, seen #3"


def test_without_anything_seen_nothing_is_offered() -> None:
    context = CompletionContext(base="http://a")

    assert complete("get /", 5, context) == []
    assert complete("get /x page==", 13, context) == []


ITEM_FACTS = (
    fact("member", "/todos", "title", "text"),
    fact("member", "/todos", "done", "boolean"),
    fact("member", "/todos", "id", "number"),
    fact("member", "/todos", "due", "null"),
    fact("member", "/todos", "owner[id]", "number"),
    fact("member", "/todos", "tags", "list"),
    fact("member", "/todos", "old"),
    fact("field", "/todos", "done", "text"),
)


def offered_of_todos(line: str, *more: tuple[Fact, Details]) -> list[str]:
    seen = Seen()
    seen.add(Observation("http://a", (*ITEM_FACTS, *more)), 3)
    return [one.text for one in complete(line, len(line), CompletionContext(base="http://a", seen=seen))]


def test_a_field_is_offered_with_the_separator_of_its_type() -> None:
    found = set(offered_of_todos("post /todos "))

    assert {"title=", "done:=", "id:=", "due:=", "owner[id]:=", "tags:=", "old="} <= found


@check_rows(
    ("line", "values"),
    [("done:=", ["true", "false"]), ("done:=f", ["false"]), ("due:=", ["null"]), ("title=", []), ("id:=", [])],
)
def test_a_boolean_has_its_two_values(line: str, values: list[str]) -> None:
    assert offered_of_todos(f"post /todos {line}") == values


def test_null_says_nothing_of_a_type_that_is_known() -> None:
    assert "title=" in offered_of_todos("post /todos ti", fact("member", "/todos", "title", "null"))
    assert "due=" in offered_of_todos("post /todos du", fact("member", "/todos", "due", "text"))


def found_after(
    facts: list[tuple[Fact, Details]], line: str, base: str = "http://a", **names: object
) -> dict[str, str]:
    seen = Seen()
    seen.add(Observation("http://a", tuple(facts)), 3)
    return {one.text: one.meta for one in complete(line, len(line), CompletionContext(base=base, seen=seen, **names))}  # type: ignore[arg-type]


EMMA = fact("item", "/api/books", "slug", "emma", Details("Emma", (("slug", "emma"),)))
LIST = fact("path", "/api/books/", "GET")


@check_rows(
    ("others", "text"),
    [
        ([("/api/books/emma/", "")], "/api/books/emma/"),
        ([("/api/books/emma", "GET")], "/api/books/emma"),
        ([("/api/authors/7/", "GET")], "/api/books/emma/"),
        ([("/api/authors/7", "GET"), ("/api/", "GET")], "/api/books/emma"),
        ([("/api/", "GET"), ("/api/authors/", "")], "/api/books/emma/"),
        ([("/login", "POST"), ("/api/authors/", "")], "/api/books/emma"),
        ([], "/api/books/emma"),
    ],
    ids=["itself", "itself-without", "another", "another-without", "all", "not-all", "list-alone"],
)
def test_item_ends_with_a_slash_where_the_paths_of_the_api_do(others: list[tuple[str, str]], text: str) -> None:
    paths = [fact("path", path, method) for path, method in others]

    found = found_after([LIST, EMMA, *paths], "patch /api/books/")

    assert found[text] == "Emma, seen #3"
    assert f"{text}/" not in found
    assert text.rstrip("/") == text or text.rstrip("/") not in found


def test_path_from_the_root_is_offered_once_below_a_base_with_a_path() -> None:
    found = found_after([LIST], "get ", "http://a/api", targets=(Target("/api/books/"), Target("/other")))

    assert list(found) == ["books/", "/other"]
    assert "/api/books/" in found_after([LIST], "get /", "http://a/api", targets=(Target("/api/books/"),))


def test_path_that_refuses_the_method_comes_last() -> None:
    paths = [fact("path", "/books", method) for method in ("GET", "POST", "OPTIONS")]
    facts = [fact("path", "/books/latest", "GET"), *paths]

    assert list(found_after(facts, "delete /books")) == ["/books/latest", "/books"]
    assert next(iter(found_after(facts, "post /books"))) == "/books"


def test_names_that_are_typed_already_are_not_offered_again() -> None:
    names = {"query": (Named("size"),), "headers": (Named("X-Own"),)}
    again = offered("get books page==2 size==3 x-trace:1 X-OWN:2 Accept:a ", **names)
    first = offered("get books ", **names)

    assert {"page==", "size==", "X-Trace:", "X-Own:", "Accept:"} <= first.keys()
    assert not {"page==", "size==", "X-Trace:", "X-Own:", "Accept:"} & again.keys()


USERS = (
    fact("path", "/users", "GET"),
    fact("item", "/users", "id", "7", Details("ann", (("id", "7"),))),
    fact("item", "/users", "id", "5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e", Details("bob")),
    fact("path", "/orders", "GET"),
    fact("item", "/orders", "id", "3"),
)


@check_rows(
    ("line", "ids"),
    [
        ("post /orders user_id=", ["5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e", "7"]),
        ("post /orders lines[0][userId]:=", ["7"]),
        ("post /orders user_ids[]:=", ["7"]),
        ("post /orders user:=", ["7"]),
        ("get /orders user_id==", ["5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e", "7"]),
        ("get /orders order-id==", ["3"]),
        ("get /orders user==", ["5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e", "7"]),
        ("post /orders user=", ["5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e"]),
        ("post /orders id=", []),
        ("post /orders item_id=", []),
        ("get /orders X-User-Id:", []),
    ],
)
def test_ids_that_were_seen_are_values_of_fields_that_refer_to_them(line: str, ids: list[str]) -> None:
    seen = Seen()
    seen.add(Observation("http://a", USERS), 3)

    found = complete(line, len(line), CompletionContext(base="http://a", seen=seen))

    assert sorted(one.text for one in found) == ids
    assert all(one.meta == "ann, seen #3" for one in found if one.text == "7")


@check_rows(
    ("line", "is_offered"),
    [
        ("post /", False),
        ("get ", False),
        ("get ord", False),
        ("cd /", False),
        ("get http", True),
        ("get other", True),
    ],
)
def test_target_of_another_server_is_offered_for_the_beginning_of_its_url_alone(line: str, is_offered: bool) -> None:
    targets = (Target("http://other:8000/orders/", "POST, seen #13", "POST"),)
    context = CompletionContext(base="http://h", targets=targets)

    assert (targets[0].name in [one.text.strip("'") for one in complete(line, len(line), context)]) is is_offered


@pytest.mark.parametrize(("base", "ids"), [("http://a/users", ["7"]), ("http://a", [])])
def test_items_of_the_list_at_the_base_are_offered_before_anything_is_typed(base: str, ids: list[str]) -> None:
    seen = Seen()
    seen.add(Observation("http://a", USERS), 3)

    found = [one.text for one in complete("cd ", 3, CompletionContext(base=base, seen=seen))]

    assert [one for one in found if one.isdecimal()] == ids


def test_base_is_offered_as_an_origin_until_a_path_is_typed() -> None:
    targets = (Target("http://other/orders/7", "PUT, seen #13", "PUT"), Target("http://other/", "GET, seen #1"))
    context = CompletionContext(targets=targets)

    assert [one.text for one in complete("set base ", 9, context)] == ["http://other/"]
    assert "http://other/orders/7" in [one.text for one in complete("set base http://other/o", 23, context)]


def books_by(*members: dict[str, str]) -> list[tuple[Fact, Details]]:
    return [
        fact("item", "/books", "id", str(number), Details(f"Book {number}", tuple(one.items())))
        for number, one in enumerate(members, 1)
    ]


BOOKS_OF_SHELVES = books_by(
    {"shelf_id": "3", "genre": "novel", "title": "A"},
    {"shelf_id": "4", "genre": "novel", "title": "B"},
    {"shelf_id": "3", "genre": "drama", "title": "C"},
)


@check_rows(
    ("line", "values"),
    [
        ("get /books shelf_id==", ["3", "4"]),
        ("get /books genre==", ["novel", "drama"]),
        ("get /books title==", ["A", "B", "C"]),
        ("post /books shelf_id:=", ["3", "4"]),
        ("post /books genre=", ["novel"]),
        ("post /books title=", []),
        ("get /other shelf_id==", ["3", "4"]),
    ],
)
def test_values_of_members_are_offered(line: str, values: list[str]) -> None:
    assert sorted(found_after(BOOKS_OF_SHELVES, line)) == sorted(values)


@check_rows(
    ("line", "base", "is_offered"),
    [
        ("get ", "http://a", False),
        ("cd ", "http://a", False),
        ("get ", "", True),
        ("get htt", "http://a", True),
        ("get http://b", "http://a", True),
    ],
)
def test_other_origin_is_offered_only_for_its_beginning(line: str, base: str, is_offered: bool) -> None:
    seen = Seen()
    seen.add(Observation("http://b", USERS), EARLIER)

    found = complete(line, len(line), CompletionContext(base=base, seen=seen))

    assert ("http://b/" in {one.text for one in found}) == is_offered
