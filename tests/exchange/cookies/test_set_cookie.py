"""RFC 6265bis section 5.6: the text of a Set-Cookie line."""

from tests.support.rows import check_rows

from callbox.exchange.cookies import CookieRefusal
from callbox.exchange.cookies.cookie import SetCookie, parse_set_cookie


def parsed(line: str) -> SetCookie:
    result = parse_set_cookie(line)
    assert isinstance(result, SetCookie)
    return result


PAIRS = {
    "plain": ("a=b", "a", "b"),
    "empty-value": ("a=", "a", ""),
    "nameless-without-equals": ("foo", "", "foo"),
    "nameless-with-equals": ("=foo", "", "foo"),
    "equals-in-value": ("a=b=c==", "a", "b=c=="),
    "two-equals-first": ("==b", "", "=b"),
    "spaces-around": ("  a  =  b  ", "a", "b"),
    "tabs-around": ("\ta\t=\tb\t", "a", "b"),
    "spaces-within": ("a b=c d", "a b", "c d"),
    "tab-within": ("a\tb=c\td", "a\tb", "c\td"),
    "quotes-are-value": ('a="b c"', "a", '"b c"'),
    "escaped-quotes-are-value": (r'a="b\"c"', "a", r'"b\"c"'),
    "comma-is-value": ("a=b,c=d", "a", "b,c=d"),
    "quotes-do-not-hide-semicolon": ('a="b;c"', "a", '"b'),
    "percent-is-kept": ("a=%41%2c", "a", "%41%2c"),
    "latin-1-is-kept": ("\xe9=\xff\xa0", "\xe9", "\xff\xa0"),
    "no-break-space-is-no-white-space": ("\xa0a=b\xa0", "\xa0a", "b\xa0"),
    "attribute-like-name": ("Path=/x", "Path", "/x"),
}


@check_rows(("line", "name", "value"), PAIRS.values(), ids=PAIRS)
def test_pair(line: str, name: str, value: str) -> None:
    result = parsed(line)

    assert (result.name, result.value) == (name, value)


REFUSED = {
    "empty": ("", "it has neither a name nor a value"),
    "blank": (" \t ", "it has neither a name nor a value"),
    "equals": ("=", "it has neither a name nor a value"),
    "only-attributes": ("; Path=/", "it has neither a name nor a value"),
    "one-byte-too-many": ("n" * 96 + "=" + "v" * 4001, "its name and value have 4097 bytes, and the limit is 4096"),
}


@check_rows(("line", "reason"), REFUSED.values(), ids=REFUSED)
def test_line_is_refused(line: str, reason: str) -> None:
    result = parse_set_cookie(line)

    assert isinstance(result, CookieRefusal)
    assert result.reason == reason


@check_rows("code", [*range(9), *range(10, 32), 127])
@check_rows("line", ["a{}=b", "a=b{}", "a=b; Path=/{}", "a=b; x{}"])
def test_control_character_anywhere_refuses_the_line(line: str, code: int) -> None:
    result = parse_set_cookie(line.format(chr(code)))

    assert isinstance(result, CookieRefusal)
    assert chr(code) not in result.name


def test_size_limit_does_not_count_the_equals_sign() -> None:
    assert parsed("n" * 96 + "=" + "v" * 4000).value == "v" * 4000


def test_reason_does_not_repeat_the_value() -> None:
    refusal = parse_set_cookie("sid=hunter2\x00")

    assert "hunter2" not in repr(refusal)


def test_repr_does_not_show_the_value() -> None:
    assert "hunter2" not in repr(parsed("sid=hunter2"))


ATTRIBUTES = {
    "none": ("a=b", {}),
    "names-ignore-case": ("a=b; PATH=/x; sEcUrE; HTTPONLY", {"path": "/x", "secure": True, "http_only": True}),
    "white-space": ("a=b;Path = /x ;\tSecure\t", {"path": "/x", "secure": True}),
    "unknown-is-ignored": ("a=b; Version=1000; Port=80; Comment; $Path=/x", {}),
    "empty-ones-are-ignored": ("a=b;;;=;;Secure;", {"secure": True}),
    "value-of-a-flag-is-ignored": ("a=b; Secure=no; HttpOnly=false", {"secure": True, "http_only": True}),
    "path-last-wins": ("a=b; Path=/x; Path=/y", {"path": "/y"}),
    "path-empty-asks-for-default": ("a=b; Path=", {"path": ""}),
    "path-without-value": ("a=b; Path", {"path": ""}),
    "path-relative-asks-for-default": ("a=b; Path=x", {"path": ""}),
    "path-last-wins-even-if-relative": ("a=b; Path=/x; Path=y", {"path": ""}),
    "path-quoted-is-relative": ('a=b; Path="/x"', {"path": ""}),
    "path-keeps-its-text": ("a=b; Path=/%7eA/é", {"path": "/%7eA/é"}),
    "domain-lower-case": ("a=b; Domain=EXAMPLE.com", {"domain": "example.com"}),
    "domain-leading-dot": ("a=b; Domain=.example.com", {"domain": "example.com"}),
    "domain-one-dot-only": ("a=b; Domain=..example.com", {"domain": ".example.com"}),
    "domain-trailing-dot-stays": ("a=b; Domain=example.com.", {"domain": "example.com."}),
    "domain-last-wins": ("a=b; Domain=x.com; Domain=y.com", {"domain": "y.com"}),
    "domain-empty-last-wins": ("a=b; Domain=x.com; Domain=", {"domain": ""}),
    "max-age": ("a=b; Max-Age=50", {"max_age": 50}),
    "max-age-zero": ("a=b; Max-Age=0", {"max_age": 0}),
    "max-age-negative": ("a=b; Max-Age=-5", {"max_age": -5}),
    "max-age-last-wins": ("a=b; Max-Age=1; Max-Age=2", {"max_age": 2}),
    "max-age-bad-one-does-not-win": ("a=b; Max-Age=1; Max-Age=x", {"max_age": 1}),
    "max-age-word": ("a=b; Max-Age=abc", {}),
    "max-age-comma": ("a=b; Max-Age=50,399", {}),
    "max-age-plus": ("a=b; Max-Age=+5", {}),
    "max-age-minus-only": ("a=b; Max-Age=-", {}),
    "max-age-empty": ("a=b; Max-Age=", {}),
    "max-age-quoted": ('a=b; Max-Age="5"', {}),
    "max-age-fraction": ("a=b; Max-Age=1.5", {}),
    "max-age-arabic": ("a=b; Max-Age=٥", {}),
    "expires": ("a=b; Expires=Thu, 01 Jan 1970 00:00:10 GMT", {"expires": 10.0}),
    "expires-bad-is-ignored": ("a=b; Expires=tomorrow", {}),
    "expires-bad-one-does-not-win": (
        "a=b; Expires=Thu, 01 Jan 1970 00:00:10 GMT; Expires=tomorrow",
        {"expires": 10.0},
    ),
    "same-site-strict": ("a=b; SameSite=strict", {"same_site": "Strict"}),
    "same-site-lax": ("a=b; samesite=LAX", {"same_site": "Lax"}),
    "same-site-none": ("a=b; SameSite=None", {"same_site": "None"}),
    "same-site-unknown-is-default": ("a=b; SameSite=Loose", {}),
    "same-site-last-wins-even-if-unknown": ("a=b; SameSite=Lax; SameSite=Loose", {}),
    "over-1024-is-ignored": ("a=b; Path=/" + "x" * 1024, {}),
    "1024-is-not": ("a=b; Path=/" + "x" * 1023, {"path": "/" + "x" * 1023}),
    "over-1024-does-not-win": ("a=b; Path=/x; Path=/" + "x" * 1024, {"path": "/x"}),
    "over-1024-flag-is-ignored": ("a=b; Secure=" + "x" * 1025, {}),
}


@check_rows(("line", "fields"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes(line: str, fields: dict[str, object]) -> None:
    assert parsed(line)._asdict() == SetCookie("a", "b")._asdict() | fields


def test_the_name_of_a_refused_cookie_shows_its_control_characters() -> None:
    result = parse_set_cookie("\x1b[31mc=1")

    assert isinstance(result, CookieRefusal)
    assert result.name == "\\x1b[31mc"
