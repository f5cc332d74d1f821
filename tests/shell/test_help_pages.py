import itertools
import re
from pathlib import Path

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.tables_and_text_width import close_up, wrap, wrap_rows
from callbox.shell.help_pages import TOPICS, commands_markdown, help_text, usage
from callbox.shell.registry import BY_WORDS, COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def said(*words):
    return "".join(text for _, text in help_text(words))


def test_the_overview_names_every_command_and_topic():
    overview = said()

    assert all(command.name in overview and command.summary in overview for command in COMMANDS)
    assert all(f"help {name}" in overview for name in TOPICS)


@check_rows("words", BY_WORDS)
def test_help_on_a_command_shows_its_usage_and_examples(words):
    text = said(*words)

    assert usage(BY_WORDS[words]) in text
    assert all(example in text for example in BY_WORDS[words].examples)


def test_help_on_a_verb_lists_its_nouns():
    assert "set header" in said("set")
    assert "set cookie" in said("SET")


def test_help_on_an_option_says_what_it_is_for():
    assert "certificate" in said("verify")


def test_help_on_an_option_says_how_it_is_set_and_what_it_is_at_first():
    assert "set option timeout VALUE; for one request: --timeout VALUE" in said("timeout")
    assert "60 if not set" in said("timeout")
    assert "one of auto, always, never" in said("color")
    assert "--" not in said("color")


def test_help_on_a_noun_lists_what_is_done_with_it():
    assert [row.split("  ")[1] for row in said("cookie").split("\n")[:3]] == [
        "set cookie",
        "unset cookie",
        "show cookies",
    ]


@check_rows("words", [("--form",), ("-f",), ("get", "--form"), ("post", "-f")])
def test_help_on_a_flag_says_what_it_does(words):
    assert said(*words) == "--form, -f  send the fields as a form\n"


def test_every_flag_has_help():
    for command in COMMANDS:
        for flag in command.flags:
            assert flag.help in said(*command.words, flag.words[0])


@check_rows("scheme", ["basic", "bearer", "digest", "apikey"])
def test_help_on_a_scheme_is_that_of_credentials(scheme):
    assert said(scheme).startswith("set auth SCHEME")


@check_rows(
    ("words", "hint"),
    [
        (("get", "--frm"), "--form"),
        (("heder",), ""),
        (("gte",), "get"),
        (("set", "heder"), "header"),
        (("item",), "items"),
    ],
)
def test_help_on_nothing_says_what_is_near(words, hint):
    with pytest.raises(UsageError) as caught:
        help_text(words)

    assert hint in caught.value.hint


def test_usage_shows_what_may_be_left_out():
    assert usage(BY_WORDS[("unset", "cookie")]) == "unset cookie NAMES.. [ATTRIBUTES..]"
    assert usage(BY_WORDS[("again",)]) == "again [NUMBER] {ITEM} [--times TIMES] {FLAG}"


def test_the_page_of_commands_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == commands_markdown(), (
        "run: python -m callbox.shell.help_pages > docs/commands.md"
    )


def test_on_a_narrow_screen_explanations_stand_close_to_what_they_explain():
    shown = plain(wrap(close_up(help_text(("items",))), 40))

    assert "\nName:value  a header\nName:@file  its value from a file\n" in shown
    assert "  cd  Change the base URL" in plain(wrap(close_up(help_text()), 40))


@check_rows(
    ("word", "beginning"),
    [
        ("token", "set auth SCHEME"),
        ("login", "set auth SCHEME"),
        ("upload", "Headers, parameters and fields"),
        ("fields", "Headers, parameters and fields"),
        ("pagination", "next"),
        ("swagger", "show api"),
        ("certificates", "show options"),
    ],
)
def test_word_that_a_newcomer_looks_for_leads_to_its_help(word, beginning):
    assert plain(help_text((word,))).startswith(beginning)


@check_rows("words", [(), *((name,) for name in TOPICS), *(one.words for one in COMMANDS)])
@check_rows("width", [90, 100])
def test_further_rows_of_help_stand_below_what_they_continue(words, width):
    """A row begins with at most two blanks, or at a column at which an explanation of that page begins."""
    text = plain(help_text(words))
    starts = {found.end() - found.start() for found in re.finditer(r"(?m)^ *\S+(?: \S+)* {2,}(?=\S)", text)}

    rows = plain(wrap_rows(help_text(words), width)).splitlines()

    assert all(len(row) <= width for row in rows if " " in row.strip())
    assert {len(row) - len(row.lstrip()) for row in rows} <= {0, 2, 4} | starts


@check_rows("topic", list(TOPICS))
@check_rows("width", [80, 100, 120])
def test_no_line_of_a_topic_is_broken_twice(topic: str, width: int) -> None:
    """A line that ends early is the end of a row or of a paragraph: the next word would not have fitted."""
    lines = plain(wrap_rows(help_text((topic,)), width)).splitlines()

    for line, following in itertools.pairwise(lines):
        is_further = following.startswith("    ") and bool(line.strip())
        assert not is_further or len(line) + 1 + len(following.split()[0]) > width
