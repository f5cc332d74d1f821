from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.shell.line.highlighter import fragments
from callbox.shell.registry import COMMANDS


def styled(line):
    return [(style, text) for style, text in fragments(line) if style]


@check_rows(
    ("line", "expected"),
    [
        ("get /x", [("command", "get"), ("path", "/x")]),
        (
            "set header X-A b",
            [("command", "set"), ("noun", "header"), ("header.name", "X-A"), ("string", "b")],
        ),
        ("get /x A:b", [("command", "get"), ("path", "/x"), ("header.name", "A"), ("string", "b")]),
        ("get /x a:=1", [("command", "get"), ("path", "/x"), ("key", "a"), ("number", "1")]),
        ("get /x --timeout 5", [("command", "get"), ("path", "/x"), ("flag", "--timeout"), ("string", "5")]),
        ("get /x --form", [("command", "get"), ("path", "/x"), ("flag", "--form")]),
        ("get {{a b}}/x", [("command", "get"), ("variable", "{{a b}}"), ("path", "/x")]),
        ("get > f", [("command", "get"), ("command", ">"), ("path", "f")]),
        ("# x", [("comment", "# x")]),
        ("gte /x", [("error", "gte"), ("error", "/x")]),
        ("ge", []),
        ("set he", [("command", "set")]),
        ("set zz", [("command", "set"), ("error", "zz")]),
        ("get --fo", [("command", "get")]),
        ("get --zz", [("command", "get"), ("error", "--zz")]),
        ("preview po", [("command", "preview")]),
        ("preview post", [("command", "preview"), ("command", "post")]),
    ],
)
def test_words_have_the_colour_of_their_role(line, expected):
    if line == "get /x --timeout 5":
        expected = [*expected[:-1], ("number", "5")]

    assert styled(line) == expected


def test_a_mistake_is_red_only_once_it_can_be_nothing_else():
    assert styled("gte") == [("error", "gte")]
    assert styled("se") == []


@check_rows("example", [e for command in COMMANDS for e in command.examples])
def test_every_beginning_of_every_example_keeps_its_text(example):
    for end in range(len(example) + 1):
        assert "".join(text for _, text in fragments(example[:end])) == example[:end]


@check_rows("example", [e for command in COMMANDS for e in command.examples])
def test_no_example_is_red(example):
    assert "error" not in {style for style, _ in fragments(example)}


@given(st.text(max_size=40) | st.text(alphabet="ab={}'\"\\ |>:;@[]-", max_size=40).map("get ".__add__))
def test_any_text_is_kept(line):
    assert "".join(text for _, text in fragments(line)) == line
