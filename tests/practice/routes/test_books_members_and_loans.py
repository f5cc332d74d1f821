from __future__ import annotations

import re

import pytest

KIM = {"title": "Kim", "author": "Rudyard Kipling", "genre": "adventure", "year": 1901}


def links(response) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', response.headers["Link"])}


def ids(response) -> list[int]:
    return [record["id"] for record in response.json()]


def test_pages_lead_from_first_to_last(ask):
    page = ask("GET", "/books?per_page=6")
    seen = ids(page)
    while "next" in links(page):
        page = ask("GET", links(page)["next"])
        seen += ids(page)

    assert seen == list(range(1, 43))
    assert page.headers["X-Total-Count"] == "42"
    assert links(page)["last"].endswith("page=7")


def test_links_of_a_middle_page_keep_the_filter(ask):
    page = ask("GET", "/books?genre=novel&per_page=3&page=2")

    assert set(links(page)) == {"first", "prev", "next", "last"}
    assert links(page)["prev"].endswith("/books?genre=novel&per_page=3&page=1")


def test_page_past_the_last_is_empty(ask):
    page = ask("GET", "/books?page=99")

    assert page.json() == []
    assert set(links(page)) == {"first", "last"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("author=austen", [1, 2, 3]),
        ("author=austen&q=emma", [2]),
        ("genre=history", [42]),
        ("q=whales", [21]),
        ("q=%E6%BA%90%E6%B0%8F", [37]),
        ("author=austen&sort=-year", [3, 2, 1]),
        ("author=austen&sort=title", [2, 3, 1]),
    ],
)
def test_filters_and_order(ask, query, found):
    assert ids(ask("GET", f"/books?{query}")) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [("page=0", "page"), ("page=x", "page"), ("per_page=101", "per_page"), ("genre=x", "genre"), ("sort=x", "sort")],
)
def test_wrong_parameter_is_named(ask, query, field):
    answer = ask("GET", f"/books?{query}")

    assert answer.status == 422
    assert list(answer.json()["errors"]) == [field]


def test_created_book_is_where_location_says(ask):
    made = ask("POST", "/books", json=KIM)

    assert made.status == 201
    found = ask("GET", made.headers["Location"])
    assert found.json() == made.json()
    assert found.json() | KIM == found.json()
    assert found.headers["ETag"] == made.headers["ETag"]


def test_every_wrong_field_is_named(ask):
    answer = ask("POST", "/books", json={"title": "", "genre": "x", "pages": 0, "colour": "red"})

    assert answer.status == 422
    assert set(answer.json()["errors"]) == {"title", "author", "genre", "pages", "colour"}


def test_malformed_json_is_refused_with_its_place(ask):
    answer = ask(
        "POST", "/books", body=b'{"title": "Kim",\n "author" "x"}', headers={"Content-Type": "application/json"}
    )

    assert answer.status == 400
    assert "line 2 column 11" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b'{"year": NaN}', b'{"year": 1e999}', b"\xff", b"[" * 5000], ids=repr)
def test_what_is_not_quite_json_is_refused(ask, body):
    assert ask("POST", "/books", body=body, headers={"Content-Type": "application/json"}).status == 400


def test_other_media_type_is_refused(ask):
    assert ask("POST", "/books", body=b"a=b", headers={"Content-Type": "text/plain"}).status == 415


def test_what_was_fetched_can_be_put_back(ask):
    book = ask("GET", "/books/1").json()

    put = ask("PUT", "/books/1", json=book)

    assert put.status == 200
    assert put.json() == book


def test_what_is_read_only_is_passed_over(ask):
    put = ask("PUT", "/books/2", json={"title": "Emma", "author": "Jane Austen", "id": 7, "available": 9})

    assert (put.json()["id"], put.json()["available"]) == (2, 1)


def test_put_forgets_what_it_does_not_name(ask):
    ask("PUT", "/books/2", json={"title": "Emma", "author": "Jane Austen"})

    assert ask("GET", "/books/2").json()["tags"] == []


def test_patch_changes_only_what_it_names(ask):
    before = ask("GET", "/books/2").json()

    after = ask("PATCH", "/books/2", json={"copies": 5}).json()

    assert after == before | {"copies": 5, "available": 5}


def test_patch_merges_deep_and_null_removes(ask):
    member = ask("PATCH", "/members/1", json={"address": {"city": "Brook", "street": None}}).json()

    assert member["address"] == {"city": "Brook", "postcode": "AB1 1XY"}


def test_patch_cannot_remove_what_is_required(ask):
    answer = ask("PATCH", "/books/2", json={"title": None})

    assert answer.status == 422
    assert answer.json()["errors"] == {"title": "is required"}


def test_deleted_book_is_gone_and_its_id_is_not_given_again(ask):
    last = int(ask("POST", "/books", json=KIM).headers["Location"].rpartition("/")[2])
    assert ask("DELETE", f"/books/{last}").status == 204

    assert ask("GET", f"/books/{last}").status == 404
    assert ask("POST", "/books", json=KIM).json()["id"] == last + 1


def test_tag_that_matches_saves_the_body(ask):
    tag = ask("GET", "/books/1").headers["ETag"]

    for value in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = ask("GET", "/books/1", headers={"If-None-Match": value})
        assert (answer.status, answer.data, answer.headers["ETag"]) == (304, b"", tag)


def test_modified_since_counts_only_without_a_tag(ask):
    since = {"If-Modified-Since": ask("GET", "/books/1").headers["Last-Modified"]}

    assert ask("GET", "/books/1", headers=since).status == 304
    assert ask("GET", "/books/1", headers=since | {"If-None-Match": '"x"'}).status == 200
    assert ask("GET", "/books/1", headers={"If-Modified-Since": "yesterday"}).status == 200


def test_change_wants_the_tag_that_is_current(ask):
    tag = {"If-Match": ask("GET", "/books/2").headers["ETag"]}

    assert ask("PATCH", "/books/2", json={"copies": 3}, headers=tag).status == 200
    late = ask("PATCH", "/books/2", json={"copies": 4}, headers=tag)

    assert late.status == 412
    assert late.headers["ETag"] == ask("GET", "/books/2").headers["ETag"]
    assert ask("DELETE", "/books/2", headers=tag).status == 412


def test_two_members_cannot_share_an_address(ask):
    assert ask("POST", "/members", json={"name": "Ann", "email": "ann@example.org"}).status == 409
    assert ask("PATCH", "/members/1", json={"email": "ann@example.org"}).status == 200


@pytest.mark.parametrize("path", ["/books/999", "/members/999"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_id_is_404(ask, method, path):
    assert ask(method, path).status == 404
