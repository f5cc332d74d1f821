"""Session files: what is written is read back as the same, and what is damaged is said in one line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.session_toml import (
    Credential,
    SavedSession,
    SecretReference,
    SessionEntry,
    changes,
    read_session,
    with_changes,
    write_session,
)
from callbox.formats.toml import MAX_DEPTH, Damaged, deep_key, read_toml

TEXT = st.text(max_size=20) | st.text(st.sampled_from("\r\n\t\x00\x1b\x7f\x80\x9b\u2028\"'\\ =.[]{}#a"), max_size=12)
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
TOKEN = st.text(st.sampled_from("aBz09-_!"), min_size=1, max_size=8)
HOST = st.sampled_from(["", "api.x", "127.0.0.1", "::1", "a_b.localhost"])
SECOND = st.floats(0, 4e9) | st.just(1795345678.25)
VALUE = TEXT | st.builds(SecretReference, TEXT)
ORIGIN = st.sampled_from(["", "?", "https://api.x", "http://127.0.0.1:8000"])
ENTRY = st.builds(SessionEntry, TEXT, st.lists(VALUE, max_size=3).map(tuple), ORIGIN)
HEADER = st.builds(
    SessionEntry, TOKEN, st.lists(LINE | st.builds(SecretReference, TEXT), max_size=3).map(tuple), ORIGIN
)
COOKIE = st.builds(
    Cookie, LINE, LINE, HOST, LINE, st.booleans(), st.booleans(), st.booleans(), LINE,
    st.none() | SECOND, SECOND, SECOND, st.booleans(),
)  # fmt: skip


def entries(noun: str) -> st.SearchStrategy[dict]:
    return st.lists(HEADER if noun == "header" else ENTRY, max_size=4).map(
        lambda found: {(noun, e.name.lower() if noun == "header" else e.name): e for e in found}
    )


UNKNOWN = st.dictionaries(st.sampled_from(["x-new", "x", "y"]), st.integers() | TEXT | st.lists(TEXT), min_size=1)
THINGS = st.builds(
    lambda *parts: {key: thing for part in parts for key, thing in part.items()},
    st.sampled_from([{}, {("base", ""): "https://api.x/v2"}]),
    *map(entries, ("header", "query", "var", "option")),
    st.dictionaries(ORIGIN, st.builds(Credential, LINE, LINE, VALUE), max_size=3).map(
        lambda found: {("auth", origin): one for origin, one in found.items()}
    ),
    st.lists(COOKIE, max_size=3).map(
        lambda found: {("cookie", (c.name, c.domain, c.host_only, c.path)): c for c in found}
    ),
)
SESSIONS = st.builds(
    lambda things, keeps, unknown: SavedSession(
        things, keeps, dict(zip([("", ""), *(key for key in things if key[0] != "base")], unknown, strict=False))
    ),
    THINGS,
    st.booleans(),
    st.lists(UNKNOWN, max_size=3),
)


@settings(max_examples=settings.default.max_examples // 2)
@given(SESSIONS)
def test_what_is_saved_is_loaded_as_the_same(saved: SavedSession) -> None:
    loaded = read_session(write_session(saved), "s.toml")

    assert loaded == saved
    assert [key for key in loaded.things if key[0] == "header"] == [key for key in saved.things if key[0] == "header"]


@settings(max_examples=2 * settings.default.max_examples)
@given(st.binary(max_size=80) | st.text(st.sampled_from("version=1\n[a]\"'.{},#headers"), max_size=60).map(str.encode))
def test_any_bytes_are_a_session_or_an_error_in_one_line(data: bytes) -> None:
    try:
        read_session(data, "s.toml")
    except UsageError as error:
        assert "\n" not in error.message


def test_a_file_is_what_a_person_would_write() -> None:
    saved = SavedSession(
        {
            ("base", ""): "https://api.x/v2",
            ("header", "x-test"): SessionEntry("X-Test", ("true",)),
            ("header", "x-api-key"): SessionEntry("X-Api-Key", (SecretReference("env:KEY"),), "https://api.x"),
            ("var", "id"): SessionEntry("id", ("42",)),
            ("option", "verify"): SessionEntry("verify", ("no",), "https://localhost:1"),
        }
    )

    assert write_session(saved).decode() == (
        'version = 1\nbase = "https://api.x/v2"\n'
        'headers = [\n    { name = "X-Test", value = "true" },\n'
        '    { name = "X-Api-Key", secret = "env:KEY", origin = "https://api.x" },\n]\n'
        '\n[vars]\nid = "42"\n\n[options.verify]\nvalue = "no"\norigin = "https://localhost:1"\n'
    )


def test_what_a_person_writes_is_read() -> None:
    text = b"version = 1\noptions = {follow = false, timeout = 10}\nvars.id = 42\n[[auth]]\nscheme = 'bearer'\n"

    assert read_session(text, "s.toml").things == {
        ("auth", ""): Credential("bearer", "", SecretReference("?")),
        ("var", "id"): SessionEntry("id", ("42",)),
        ("option", "follow"): SessionEntry("follow", ("no",)),
        ("option", "timeout"): SessionEntry("timeout", ("10",)),
    }


@check_rows(
    ("text", "said"),
    [
        ("", "s.toml is empty"),
        ("a = 1", "s.toml is not a session file"),
        ("version = 2", "s.toml is of version 2; this callbox reads 1"),
        ("version = true", "s.toml is damaged: version is true or false, not a number"),
        ("version = 1\nbase = 7", "s.toml is damaged: base is a number, not a text"),
        ("version = 1\nheaders = 'x'", "s.toml is damaged: headers is a text, not a list"),
        ("version = 1\nheaders = [1]", "s.toml is damaged: headers, entry 1 is a number, not a table"),
        ("version = 1\n[[headers]]\nname = 1", "s.toml is damaged: headers, entry 1: name is a number, not a text"),
        ("version = 1\n[[headers]]\nvalue = 'x'", "s.toml is damaged: headers, entry 1 has no name"),
        ("version = 1\n[[headers]]\nname = 'x'", "s.toml is damaged: headers, entry 1 has no value"),
        ("version = 1\n[[headers]]\nname = 'x'\nvalues = [2024-01-01]", "s.toml is damaged: headers, entry 1: a value is a date"),
        ("version = 1\n[[auth]]\nname = 'ann'", "s.toml is damaged: auth, entry 1 has no scheme"),
        ("version = 1\n[[cookies]]\nname = 'a'\nexpires = inf", "s.toml is damaged: cookies, entry 1: expires is not finite"),
        ("version = 1\nvars.a = [1]", "s.toml is damaged: vars.a: value is a list, not a text"),
        ("version = 1\nx = " + "9" * 5000, "s.toml holds an impossible number or date"),
        ("x = " + "[" * 3_000 + "]" * 3_000, "s.toml is nested too deep"),
        ("version = 1\n\0", "This is not TOML: invalid statement"),
        ("version = 1\nbase = 'x", 'This is not TOML: expected "\'"'),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_damage_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_session(text.encode(), "s.toml")

    assert caught.value.message == said


@check_rows("data", [b"\xff\xfe", "version = 1".encode("utf-16"), b"version = 1\n\x80"])
def test_other_encodings_are_damage(data: bytes) -> None:
    with pytest.raises(Damaged, match="not UTF-8"):
        read_session(data, "s.toml")


def test_a_place_is_that_of_the_damage() -> None:
    with pytest.raises(Damaged) as caught:
        read_session(b"version = 1\nbase = = 2\n", "s.toml")

    assert caught.value.place is not None
    assert (str(caught.value.place), caught.value.place.source) == ("s.toml:2:8", "base = = 2")


@check_rows(
    ("text", "line"),
    [
        ("a." * MAX_DEPTH + "a = 1", 1),
        ("b = 1\n[" + "a . " * MAX_DEPTH + "a]", 2),
        ("b = {" + "'x'.\"y\"." * MAX_DEPTH + "z = 1}", 1),
        ("a." * (MAX_DEPTH - 1) + "a = 1", 0),
        ("b = '" + "." * 99 + '\'\nc = "\\"' + "." * 99 + '"\n#' + "." * 99, 0),
        ("b = '''\n'" + "." * 99 + '\'\'\'\nc = """\\"""' + "." * 99 + '"""', 0),
        ("b = [1.5, 2.5]\n" * 99, 0),
        ("'''", 0),
    ],
    ids=["dotted", "table", "inline", "just", "strings", "long strings", "numbers", "open"],
)
def test_a_deep_key_is_found_before_parsing(text: str, line: int) -> None:
    assert deep_key(text) == line


@pytest.mark.parametrize(
    "text", ["a." * 50_000, "-" * 99_000, " " * 99_000 + "x", "'''" * 33_000, '"""\\' * 25_000, "a.b=1\n" * 16_000]
)
def test_counting_takes_a_moment_whatever_the_text(text: str) -> None:
    with pytest.raises(Damaged):
        read_toml(text.encode(), "s.toml")


def test_too_much_is_neither_read_nor_written() -> None:
    with pytest.raises(Damaged, match="more than 16,000,000 bytes"):
        read_toml(b" " * 16_000_001, "s.toml")
    with pytest.raises(UsageError, match="more than 16,000,000 bytes"):
        write_session(SavedSession({("var", "a"): SessionEntry("a", ("x" * 16_000_000,))}))


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid Unicode"):
        write_session(SavedSession({("var", "a"): SessionEntry("a", ("\udc80",))}))


def test_changes_are_what_differs_and_go_into_another_file() -> None:
    before = {("var", "a"): SessionEntry("a", ("1",)), ("var", "b"): SessionEntry("b", ("1",))}
    after = {("var", "a"): SessionEntry("a", ("2",)), ("var", "c"): SessionEntry("c", ("3",))}
    theirs = SavedSession({**before, ("var", "d"): SessionEntry("d", ("4",))}, more={("", ""): {"x": 1}})

    found = with_changes(theirs, changes(before, after))

    assert found.things == {**after, ("var", "d"): SessionEntry("d", ("4",))}
    assert found.more == {("", ""): {"x": 1}}


def test_that_a_cookie_was_sent_is_no_change() -> None:
    key, cookie = ("cookie", ("a", "x", True, "/")), Cookie("a", "1", "x", created=5.0)

    assert changes({key: cookie}, {key: cookie._replace(last_access=9.0)}) == {}
    assert changes({key: cookie}, {key: cookie._replace(value="2")}) == {key: cookie._replace(value="2")}
