"""A line of a file that cannot be read shows no word that may be secret, and still shows where its error is."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import Place
from callbox.exchange.redaction.unreadable_file_lines import (
    find_secret_words,
    redact_bad_line,
    redact_message,
    redact_message_and_place,
    redact_script_place,
    redact_script_target,
)
from callbox.exchange.redaction.urls import redact_login


@check_rows(
    ("line", "shown"),
    [
        ("Authorization Bearer S3CRET", "Authorization Bearer ..."),
        ("Authorizaton Bearer S3CRET", "Authorizaton Bearer ..."),
        ("Proxy-Authorization Basic S3CRET", "Proxy-Authorization Basic ..."),
        ("Cookie sid=S3CRET", "Cookie sid=..."),
        ("X-Api-Key S3CRET", "X-Api-Key ..."),
        ("GET us:S3CRET@h/{{x}}", "GET us:...@h/{{x}}"),
        ("GET http://h/ HTTP/1.1 Authorization: Bearer S3CRET", "GET http://h/ HTTP/1.1 Authorization: Bearer ..."),
        ("# @auth basic us S3CRET", "# @auth basic ..."),
        ("# @prompt password S3CRET default", "# @prompt password ..."),
        ("# @secret password S3CRET default", "# @secret password ..."),
        ("# @secret x = S3CRET", "# @secret ... = ..."),
        ("@secret S3CRET", "@secret ..."),
        ("# the @secret S3CRET", "# the @secret ..."),
        ("@pass word = S3CRET {{x}}", "@pass ... = ... {{x}}"),
        ("# @curl -u us:S3CRET", "# @curl -u us:..."),
        ("http -a us:S3CRET h", "http -a us:... h"),
        ("GET http://h/ -a us:S3CRET", "GET http://h/ -a us:..."),
        ("x -a 'us:S3CRET S3CRET' y", "x -a ... y"),
        ("x -a ' us S3CRET' y", "x -a ' ... y"),
        ("x -uus:S3CRET -bsid=S3CRET y", "x -uus:... -bsid=... y"),
        ('?? bodyy $.password == "S3CRET"', '?? bodyy $.password == "..."'),
        ("?? bodyy $.password is S3CRET", "?? bodyy $.password ..."),
        ('{"password" "S3CRET" "x": 1}', '{"password" ...'),
    ],
)
def test_word_after_the_name_of_a_credential_is_redacted(line: str, shown: str) -> None:
    assert redact_bad_line(line) == shown


@check_rows(
    "line",
    [
        "GET http://h/token/list HTTP/1.1",
        "GET host:80/users/@me",
        "GET {{user}}:{{password}}@h/",
        "?? body $.token exists",
        "# @prompt password",
        "# @secret password",
        "// @secret token2",
        "Authorization: Bearer {{token}}",
        "Accept application/json",
    ],
)
def test_harmless_line_is_shown(line: str) -> None:
    assert redact_bad_line(line) == line


def test_caret_stays_below_the_same_characters() -> None:
    line = "@pass word = S3CRET12 {{nope}}"
    place = redact_script_place(Place("a.http", 1, line.index("{{nope}}") + 1, 8, line))

    assert place.source[place.column - 1 :] == "{{nope}}"
    assert "S3CRET" not in place.source


def test_word_of_a_line_is_redacted_anywhere_in_the_message() -> None:
    line = "# @auth basic us S3CRET1"

    assert "S3CRET1" not in redact_message(f"'{line}' cannot be read: S3CRET1 is too much", line)


def test_password_of_a_secret_word_is_redacted_alone() -> None:
    line = "GET h:80 -a us:S3CRET1"

    assert "S3CRET1" not in redact_message("Invalid port 'S3CRET1' in URL 'http://h:80 -a us:S3CRET1'", line)


@check_rows("words", ["-a us:S3CRET", "-aus:S3CRET", "-b sid=S3CRET", "Bearer S3CRET", "X-Token S3CRET"])
def test_words_after_a_url_are_redacted(words: str) -> None:
    texts = ["http://h/?a=b", f"&c=d {words}"]

    assert redact_script_target(texts).startswith("http://h/?a=b&c=d ")
    assert "S3CRET" not in redact_script_target(texts)
    assert any("S3CRET" in word for word in find_secret_words(texts[1]))


def test_message_that_quotes_the_line_is_redacted() -> None:
    line = "?? bodyy $.password is S3CRET"

    assert "S3CRET" not in redact_message(f"'{line[3:]}' cannot be checked: S3CRET", line)


@pytest.mark.parametrize("unit", ["password ", "a:", "GET a:", "-a x ", "{{", "Bearer x@", "http a:b@"])
def test_bad_line_is_redacted_in_linear_time(unit: str) -> None:
    assert_linear(redact_bad_line, unit * 1_000, unit * 10_000, most=35)


@check_rows(
    ("target", "shown"),
    [
        ("us:pw@h:80/x", "us:...@h:80/x"),
        ("h:80/a@b", "h:80/a@b"),
        ("{{user}}:{{password}}@h", "{{user}}:{{password}}@h"),
        ("http://h/us:pw@x", "http://h/us:pw@x"),
    ],
)
def test_the_password_before_a_host_without_a_scheme_is_redacted(target: str, shown: str) -> None:
    assert redact_login(target) == shown


@check_rows("scheme", ["oauth2", "OAuth2", "AWS4-HMAC-SHA256", "openid"])
def test_a_message_may_name_the_scheme_of_a_credential(scheme: str) -> None:
    message = f"'{scheme}' is not supported"

    assert redact_message(message, f"Authorization: {scheme} S3CRET1") == message


def test_a_message_and_its_place_are_redacted_as_each_alone() -> None:
    place = Place("a.http", 1, 29, 3, "Authorization Bearer S3CRET {x} b=c")
    message = "'Bearer S3CRET {x}' is not a header: S3CRET"

    assert redact_message_and_place(message, place) == (
        redact_message(message, place.source),
        redact_script_place(place),
    )
    assert redact_message_and_place("password: S3CRET", None) == ("password: ...", None)


def test_a_line_is_redacted_once_for_a_message_and_its_place() -> None:
    line = "GET http://h/?a=b {{x}}"
    texts: list[str] = []

    redact_message_and_place(
        f"No variable 'x': {line}", Place("a.http", 1, 19, 5, line), lambda text: texts.append(text) or text
    )

    assert texts.count(line) == 1
