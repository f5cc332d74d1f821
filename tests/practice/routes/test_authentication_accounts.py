from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

ANN = {"user": "ann", "password": "secret"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def cookies(response) -> dict[str, str]:
    return {field.split("=")[0]: field for field in response.headers.getlist("Set-Cookie")}


def sid(response) -> dict[str, str]:
    return {"Cookie": cookies(response)["sid"].split(";")[0]}


@pytest.mark.parametrize("is_form", [False, True], ids=["json", "form"])
def test_login_names_the_user(ask, is_form):
    login = ask("POST", "/login", body=urlencode(ANN), headers=FORM) if is_form else ask("POST", "/login", json=ANN)

    assert login.status == 200
    assert login.json()["user"] == {"name": "ann", "member_id": 1}


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("sid", "; HttpOnly"),
        ("sid", "; Path=/;"),
        ("desk", "; Path=/loans"),
        ("theme", "; Max-Age=3600"),
        ("visited", "; Expires="),
    ],
)
def test_login_sets_cookies_of_every_sort(ask, name, attribute):
    assert attribute in cookies(ask("POST", "/login", json=ANN))[name]


def test_address_as_host_gets_no_domain_but_a_name_does(ask):
    assert "branch" not in cookies(ask("POST", "/login", json=ANN))

    named = ask("POST", "/login", json=ANN, headers={"Host": "books.localhost:80"})

    assert "; Domain=books.localhost; Path=/" in cookies(named)["branch"]


@pytest.mark.parametrize("host", ["a;b", "[::1]:80", "a b", ""], ids=repr)
def test_odd_host_gets_no_domain(ask, host):
    login = ask("POST", "/login", body=json.dumps(ANN), headers={"Host": host, "Content-Type": "application/json"})

    assert "branch" not in cookies(login)


@pytest.mark.parametrize("wrong", [{"user": "ann", "password": "x"}, {"user": "bob", "password": "secret"}])
def test_wrong_password_is_401(ask, wrong):
    answer = ask("POST", "/login", json=wrong)

    assert answer.status == 401
    assert cookies(answer) == {}


def test_missing_password_is_named(ask):
    assert ask("POST", "/login", json={"user": "ann"}).json()["errors"] == {"password": "is required"}
    assert ask("POST", "/login", body="user=ann", headers=FORM).json()["errors"] == {"password": "is required"}


def test_me_is_refused_without_a_login(ask):
    assert ask("GET", "/me").status == 401


def test_me_takes_the_cookie(ask):
    assert ask("GET", "/me", headers=sid(ask("POST", "/login", json=ANN))).json()["name"] == "ann"


def test_me_takes_the_token_of_a_login(ask):
    token = ask("POST", "/login", json=ANN).json()["token"]

    assert ask("GET", "/me", headers={"Authorization": f"Bearer {token}"}).status == 200


def test_me_takes_the_documented_token(ask):
    assert ask("GET", "/me", headers={"Authorization": "Bearer letmein"}).status == 200


def test_me_refuses_a_guessed_cookie(ask):
    assert ask("GET", "/me", headers={"Cookie": "sid=guess"}).status == 401


def test_logout_ends_the_login_and_deletes_each_cookie_where_it_was_set(ask):
    login = ask("POST", "/login", json=ANN)

    logout = ask("POST", "/logout", headers=sid(login))

    assert ask("GET", "/me", headers=sid(login)).status == 401
    assert set(cookies(logout)) == set(cookies(login))
    assert all("Max-Age=0" in field for field in cookies(logout).values())
    assert "; Path=/loans" in cookies(logout)["desk"]
