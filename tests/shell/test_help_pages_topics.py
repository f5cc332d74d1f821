import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.help_pages import help_text, topics_at


def shown(line):
    """The first row of the help for the place of `|` in the line."""
    cursor = line.index("|")
    text = line[:cursor] + line[cursor + 1 :]
    for topic in topics_at(text, cursor):
        try:
            return "".join(part for _, part in help_text(topic)).split("\n")[0]
        except UsageError:
            continue
    raise AssertionError("no help at all")


@check_rows(
    ("line", "first"),
    [
        pytest.param("|", "Requests", id="an empty line"),
        pytest.param("ge|t /x", "get [TARGET]", id="the verb"),
        pytest.param("s|et header X-A 1", "  set header", id="a verb with nouns"),
        pytest.param("set hea|der X-A 1", "set header NAME", id="the noun"),
        pytest.param("set header X-|A 1", "set header NAME", id="an argument"),
        pytest.param("set |", "  set header", id="behind a verb"),
        pytest.param("get /us|ers", "How a target becomes a URL", id="the target"),
        pytest.param("get /x a|=1 b=2", "Headers, parameters and fields", id="an item"),
        pytest.param("get /x a=1 --fo|rm b=2", "--form, -f", id="a flag in the middle"),
        pytest.param("get /x --timeout 5|", "--timeout", id="the value of a flag"),
        pytest.param("preview get /x --for|m", "--form, -f", id="a flag of the request within"),
        pytest.param("preview get /x --a|s curl", "--as", id="a flag around the request"),
        pytest.param("pre|view get /x", "preview REQUEST", id="the command around"),
        pytest.param("preview g|et /x", "get [TARGET]", id="the command within"),
        pytest.param("set option tim|eout 5", "timeout", id="the name of an option"),
        pytest.param("set option verify n|o", "verify", id="the value of an option"),
        pytest.param("get /x a={{na|me}}", "Variables and commands in a line", id="a variable"),
        pytest.param("set var a `da|te`", "Variables and commands in a line", id="a command in backquotes"),
        pytest.param("get /x > o|ut", "Output to a file", id="a redirection"),
        pytest.param("! l|s", "! [COMMAND]", id="the system's shell"),
        pytest.param("unset cookie s|id", "unset cookie NAMES", id="a held name"),
        pytest.param("frobnicate |x", "Requests", id="what nobody knows"),
    ],
)
def test_help_is_on_the_word_at_the_cursor(line, first):
    assert shown(line).startswith(first)


@given(st.text(alphabet=st.sampled_from("get set/x=:@{}`|>!- '\"\\ab"), max_size=30), st.integers(0, 31))
def test_there_is_help_for_every_place_of_every_line(text, cursor):
    assert topics_at(text, min(cursor, len(text)))[-1] == ()


@check_rows(
    ("words", "named"),
    [
        (("import", "curl"), ["Copy as cURL", "import curl"]),
        (("curl",), ["preview --as curl"]),
        (("show", "last"), ["tls", "status", "reason", "links", "json[*].id"]),
        (("variables",), ["last.body", "last.url", "last.reason", "last.links.next", "last.request.url"]),
        (("keys",), ["Up, Down"]),
    ],
)
def test_help_names_what_there_is(words: tuple[str, ...], named: list[str]) -> None:
    text = plain(help_text(words))

    assert [word for word in named if word not in text] == []


@pytest.mark.parametrize("name", ["form", "json", "body", "download", "quiet", "all-pages", "reveal", "no-session"])
def test_a_flag_is_explained_without_its_dashes(shell, name: str) -> None:
    assert shell.say(f"help {name}") == shell.say(f"help --{name}")


@pytest.mark.parametrize("line", ["get /x --to", "preview get /x --to"])
def test_part_of_a_flag_is_explained_by_its_own_command(line: str) -> None:
    assert shown(f"{line}|").startswith("get [TARGET]")


@pytest.mark.parametrize(
    ("line", "name"),
    [("post /orders ship_to:=", "ship_to"), ("preview post /orders a=1 ship_to[city]=", "ship_to[city]")],
)
def test_help_on_an_item_is_first_that_of_its_name_then_that_of_its_operation(line: str, name: str) -> None:
    assert topics_at(line, len(line))[:3] == [("post", "/orders", name), ("post", "/orders"), ("items",)]


@check_rows(
    ("line", "topic"),
    [
        ("Authorization:", ("set", "header")),
        ("X-Foo:1", ("set", "header")),
        ("X-Foo: a b", ("set", "header")),
        ("page==2", ("set", "query")),
    ],
)
def test_item_alone_in_a_line_is_explained_by_the_command_that_sets_it(line: str, topic: tuple[str, ...]) -> None:
    assert topics_at(line, 3)[0] == topic
