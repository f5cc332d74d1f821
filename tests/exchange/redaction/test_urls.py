"""Passwords in URLs."""

from __future__ import annotations

from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.urls import redact_userinfo
from callbox.shell.line.redaction import redact_line


@check_rows(
    ("url", "redacted"),
    [
        ("http://u:SEKRET/k@h", "http://u:...@h"),
        ("http://u:SEKRET#k@h/", "http://u:...@h/"),
        ("http://u:SEKRET?k@h/x?q=1", "http://u:...@h/x?q=1"),
        ("postgres://u:SEKRET/x@h/db", "postgres://u:...@h/db"),
        ("redis://:SEKRET/x=@h:1", "redis://:...@h:1"),
        ("socks5://u:1SEKRET/2@h:1", "socks5://u:...@h:1"),
    ],
)
def test_a_password_may_have_signs_of_a_path_or_a_query(url: str, redacted: str) -> None:
    assert redact_named(f'{{"u": "{url}"}}') == f'{{"u": "{redacted}"}}'
    assert redact_shown_url(url) == redacted
    assert redact_line(f"get /x --proxy {url}") == f"get /x --proxy {redacted}".replace("...", "?")


@check_rows(
    "url",
    [
        "http://h:8080/a@b",
        "http://h:/a@b",
        "http://h:80?mail=a@b.c",
        "http://h:80#a@b",
        "http://[::1]:80/x@y",
        "http://[fe80::1]/x@y",
        "http://h:{{port}}/users/a@b.c",
        "http://{{host}}:{{port}}/a@b",
    ],
)
def test_a_port_before_a_path_with_an_at_sign_is_no_password(url: str) -> None:
    assert redact_named(url) == url
    assert redact_shown_url(url) == url
    assert redact_line(f"get {url}") == f"get {url}"


@check_rows("password", ["p`w", "p@w", "k" * 5_000])
def test_a_password_in_a_word_of_a_command_is_redacted(password: str) -> None:
    assert redact_userinfo(f"curl us:{password}@h/x") == "curl us:...@h/x"


def test_words_between_backquotes_are_read_in_linear_time() -> None:
    line = "curl a@b "

    assert_linear(redact_userinfo, line + ".:`" * 400, line + ".:`" * 3_200, most=30)
