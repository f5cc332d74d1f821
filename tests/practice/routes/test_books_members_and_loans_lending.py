from __future__ import annotations

import pytest

TOKEN = {"Authorization": "Bearer letmein"}


def lend(ask, **loan):
    return ask("POST", "/loans", json=loan, headers=TOKEN)


def available(ask, book_id: int) -> int:
    return ask("GET", f"/books/{book_id}").json()["available"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/loans"), ("POST", "/loans"), ("GET", "/loans/1"), ("DELETE", "/loans/1")]
)
def test_loans_want_a_login(ask, method, path):
    answer = ask(method, path)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="books"'


def test_loan_takes_a_copy_and_its_end_gives_it_back(ask):
    before = available(ask, 2)

    loan = lend(ask, book_id=2, member_id=2, days=7)
    during = available(ask, 2)
    ended = ask("DELETE", loan.headers["Location"], headers=TOKEN)

    assert (loan.status, ended.status) == (201, 204)
    assert (during, available(ask, 2)) == (before - 1, before)
    assert ask("GET", loan.headers["Location"], headers=TOKEN).status == 404


def test_loan_changes_the_tag_of_its_book(ask):
    before = ask("GET", "/books/2").headers["ETag"]

    lend(ask, book_id=2, member_id=2)

    assert ask("GET", "/books/2").headers["ETag"] != before


@pytest.mark.parametrize(
    ("loan", "words"),
    [
        ({"book_id": 3, "member_id": 1}, "every copy"),
        ({"book_id": 1, "member_id": 5}, "already has"),
        ({"book_id": 2, "member_id": 9}, "not active"),
    ],
    ids=["no copy", "twice", "inactive"],
)
def test_rules_of_lending_are_conflicts(ask, loan, words):
    answer = lend(ask, **loan)

    assert answer.status == 409
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("field", ["book_id", "member_id"])
def test_loan_of_what_is_not_there_names_the_field(ask, field):
    answer = lend(ask, **{"book_id": 2, "member_id": 2, field: 999})

    assert answer.status == 422
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("path", ["/books/3", "/members/2"])
def test_what_is_on_loan_cannot_be_removed(ask, path):
    assert ask("DELETE", path).status == 409


def test_copies_on_loan_cannot_be_counted_away(ask):
    assert ask("PATCH", "/books/3", json={"copies": 0}).status == 409


def test_loans_of_one_member(ask):
    loans = ask("GET", "/loans?member_id=5", headers=TOKEN).json()

    assert [loan["book_id"] for loan in loans] == [1]
