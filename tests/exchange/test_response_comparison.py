"""Two answers compared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.linear import assert_brief
from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.response_comparison import Change, compare
from callbox.exchange.url import parse


def answer(body: str | bytes = b"", status: int = 200, *headers: tuple[str, str]) -> Record:
    content = body.encode() if isinstance(body, str) else body
    response = ResponseHead(status, "", Headers(headers))
    return Record(Draft("GET", "/"), Outgoing("GET", parse("http://a/")), response, content, len(content))


@check_rows(
    ("before", "after", "changes"),
    [
        pytest.param('{"a":1}', '{ "a": 1 }', [], id="only blanks"),
        pytest.param('{"a":1,"b":2}', '{"b":2,"a":1}', [], id="only the order of keys"),
        pytest.param('{"a":1}', '{"a":2}', [("$.a", "1", "2")], id="a value"),
        pytest.param('{"a":1.0}', '{"a":1.00}', [("$.a", "1.0", "1.00")], id="the digits of a number"),
        pytest.param('{"a":1}', '{"a":"1"}', [("$.a", "1", '"1"')], id="another type"),
        pytest.param('{"a":1}', '{"a":true}', [("$.a", "1", "true")], id="one is not true"),
        pytest.param('{"a":{"b":1}}', '{"a":{"c":1}}', [("$.a.b", "1", None), ("$.a.c", None, "1")], id="another key"),
        pytest.param("[1,2,3]", "[0,1,2,3]", [("$[0]", None, "0")], id="an entry put in front"),
        pytest.param('[{"a":1},{"a":2}]', '[{"a":1},{"a":3}]', [("$[1].a", "2", "3")], id="inside an entry"),
        pytest.param('{"a b":1}', '{"a b":2}', [('$["a b"]', "1", "2")], id="a key that is not a name"),
    ],
)
def test_json_is_compared_by_its_values(before: str, after: str, changes: list[tuple[str, str, str]]) -> None:
    found = compare(answer(before), answer(after))

    assert [(c.where, c.before, c.after) for c in found] == changes


def test_text_is_compared_line_by_line() -> None:
    found = compare(answer("a\nb\nc"), answer("a\nx\nc"))

    assert found == [Change("line", "2", "b", None), Change("line", "2", None, "x")]


def test_bytes_differ_from_one_on() -> None:
    assert compare(answer(b"\0ab"), answer(b"\0ax")) == [Change("bytes", "2", "3 bytes", "3 bytes")]


def test_status_and_headers_are_compared() -> None:
    first = answer("", 200, ("X-A", "1"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Date", "now"))
    second = answer("", 404, ("x-a", "2"), ("Set-Cookie", "a"), ("X-B", "1"), ("Date", "then"))

    assert compare(first, second) == [
        Change("status", "status", "200", "404"),
        Change("header", "X-A", "1", "2"),
        Change("header", "Set-Cookie", "b", None),
        Change("header", "X-B", None, "1"),
    ]
    assert Change("header", "Date", "now", "then") in compare(first, second, ["headers"])


def test_large_contents_do_not_take_for_ever() -> None:
    numbers = [answer(json.dumps(list(range(begin, begin + 30_000)))) for begin in (0, 1)]
    lines = answer(b"a\n" * 300_000), answer(b"b\n" * 300_000)

    assert_brief(lambda: compare(*numbers))
    assert_brief(lambda: compare(*lines))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=settings.default.max_examples // 2)
@given(st.lists(VALUES), st.lists(VALUES))
def test_there_is_a_difference_exactly_where_the_values_differ(before: list[object], after: list[object]) -> None:
    found = compare(answer(json.dumps(before)), answer(json.dumps(after)))

    assert (not found) == (json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([1] * 4_000, [n % 2 for n in range(4_000)], id="equal ones"),
        pytest.param([[[1] * 40] * 40] * 4, [[[n % 3 for n in range(40)]] * 40] * 4, id="lists of lists"),
        pytest.param(list(range(5_000)), list(range(5_000, 10_000)), id="nothing in common"),
        pytest.param([[n] for n in range(900)], [[n, 1] for n in range(900)][::-1], id="turned round"),
    ],
)
def test_lists_made_to_be_slow_are_compared_in_bounded_time(before: list[object], after: list[object]) -> None:
    assert_brief(lambda: compare(answer(json.dumps(before)), answer(json.dumps(after)), ("body",)))


def test_deep_content_is_compared_as_text() -> None:
    deep = "[" * 900 + "%d" + "]" * 900

    (first, second) = compare(answer(deep % 1), answer(deep % 2), ("body",))

    assert (first.part, second.part) == ("line", "line")


@check_rows(
    ("before", "after", "changes"),
    [
        ('{"a":1,"a":2}', '{"a":3,"a":2}', [("$.a", "1", "3")]),
        ('{"a":1,"a":2}', '{"a":1,"a":3}', [('$["a (2)"]', "2", "3")]),
        ('{"a":1,"a":2}', '{"a":1}', [('$["a (2)"]', "2", None)]),
    ],
)
def test_every_member_of_a_repeated_name_is_compared(
    before: str, after: str, changes: list[tuple[str, str, str]]
) -> None:
    found = compare(answer(before), answer(after))

    assert [(c.where, c.before, c.after) for c in found] == changes


def test_headers_that_differ_are_told_in_utf8() -> None:
    first, second = (answer("", 200, ("X-A", text.encode().decode("latin-1"))) for text in ("é", "ü"))

    assert compare(first, second) == [Change("header", "X-A", "é", "ü")]


def test_paths_of_long_keys_are_cut() -> None:
    key = "k" * 100_000
    changes = list(compare(*(answer(json.dumps({key: [{key: number}] * 3})) for number in (1, 2))))

    assert max(len(change.where) for change in changes) < 300
