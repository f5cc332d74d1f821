"""Eight times the text takes about eight times as long, never sixty-four."""

from collections.abc import Callable

import pytest
from tests.support.linear import assert_linear

from callbox.exchange.cookies import Jar, parse_date
from callbox.exchange.cookies.cookie import parse_set_cookie
from callbox.exchange.cookies.policy import default_path, path_matches


def store_flood(text: str) -> None:
    Jar().store("x.com", "/", True, text.split("\n"), 1.0)


CASES: dict[str, tuple[Callable[[str], object], str]] = {
    "semicolons": (parse_set_cookie, "a=b;"),
    "equals": (parse_set_cookie, "="),
    "spaces": (parse_set_cookie, " "),
    "quotes": (parse_set_cookie, '"\\"'),
    "attributes": (parse_set_cookie, "; Path=/x; Expires=1 2 3"),
    "date-tokens": (parse_date, "12:3 "),
    "date-digits": (parse_date, "1"),
    "date-colons": (parse_date, "1:"),
    "default-path": (default_path, "/a"),
    "path-match": (lambda text: path_matches(text, text + "/"), "/a"),
    "cookies": (store_flood, "a=b; Path=/x\n"),
    "dots-in-host": (lambda text: full_jar().select(text, "/", True, 2.0), "a."),
    "dots-in-domain": (lambda text: full_jar().store("x.com", "/", True, ["a=b; Domain=" + text], 1.0), "a."),
}


def full_jar() -> Jar:
    jar = Jar()
    jar.store("x.com", "/", True, ["a=b"], 1.0)
    return jar


@pytest.mark.parametrize(("act", "unit"), CASES.values(), ids=CASES)
def test_time_is_linear(act: Callable[[str], object], unit: str) -> None:
    assert_linear(act, unit * (8_192 // len(unit)), unit * (65_536 // len(unit)), most=30)
