"""Which list of a response holds the items, which member names one in a path, and what describes it."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.memory.api_facts import choose_key, find_list, label_of

ITEM = [{"id": 1}]


@check_rows(
    ("document", "segment"),
    [
        (ITEM, "books"),
        ({"books": ITEM, "total": 1}, "books"),
        ({"anything": ITEM, "tags": ["a"]}, "books"),
        ({"items": ITEM, "facets": [{"name": "x"}]}, "books"),
        ({"Records": ITEM, "facets": [{"name": "x"}]}, "books"),
        ({"books": ITEM, "authors": [{"name": "x"}]}, "books"),
        ({"data": {"items": ITEM}}, "books"),
        ({"_embedded": {"books": ITEM, "x": [{"y": 1}]}, "_links": {"self": {}}}, "books"),
    ],
    ids=["body", "only", "only of objects", "usual name", "other case", "segment", "deeper", "hal"],
)
def test_the_list_is_found(document: object, segment: str) -> None:
    assert find_list(document, segment) == ITEM


@check_rows(
    "document",
    [None, "text", {"a": 1}, {"a": [{"b": 1}], "c": [{"d": 1}]}, {"a": {"x": ITEM}, "b": {"y": ITEM}}, {"a": []}],
)
def test_where_no_list_stands_out_there_is_none(document: object) -> None:
    assert find_list(document, "books") is None


@check_rows(
    ("names", "parameter", "segment", "key"),
    [
        (("id", "isbn"), "isbn", "books", "isbn"),
        (("BookID", "id"), "book_id", "books", "BookID"),
        (("title", "id"), "bookId", "books", "id"),
        (("title", "id"), "book", "books", "id"),
        (("id", "slug"), "bookSlug", "books", "slug"),
        (("bookSlug", "title"), "slug", "books", "bookSlug"),
        (("name", "title"), "book", "books", "name"),
        (("name", "age"), "username", "users", "name"),
        (("number", "total"), "orderNumber", "invoices", "number"),
        (("title", "book_id"), "key", "books", "book_id"),
        (("title", "id"), "reference", "books", "id"),
        (("title", "authorId"), "reference", "books", None),
        (("item_id", "quantity", "n"), "n", "lines", "n"),
        (("item_id", "quantity", "n"), "id", "lines", None),
        (("title", "pages"), "reference", "books", None),
        (("aId", "bId"), "reference", "books", None),
    ],
)
def test_the_key_is_chosen(names: tuple[str, ...], parameter: str, segment: str, key: str | None) -> None:
    assert choose_key(names, parameter, segment) == key


def test_a_label_is_one_short_line() -> None:
    assert label_of({"title": "Pride\nand Prejudice"}) == "Pride and Prejudice"
    assert len(label_of({"name": "x" * 500})) == 60
    assert label_of({"displayName": "Ann", "email": "a@b"}) == "Ann"
    assert label_of({"name": ["a"]}) == ""
