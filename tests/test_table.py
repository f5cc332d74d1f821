"""Invariants of the table of commands, which everything else of the language reads."""

from importlib import import_module

from tests.support.rows import check_rows

from callbox.engine.options import OPTIONS
from callbox.render.style import STYLES
from callbox.shell.completion.argument_candidates import SOURCES
from callbox.shell.line.argument_types import ARGUMENT_TYPES
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse
from callbox.shell.registry import BY_WORDS, COMMANDS, REQUEST_FLAGS, VERBS

NAMES = [command.name for command in COMMANDS]
EXAMPLES = [(command, example) for command in COMMANDS for example in command.examples]


def test_no_two_commands_share_their_words():
    words = [words for command in COMMANDS for words in (command.words, *command.aliases)]

    assert len(words) == len(set(words)) == len(BY_WORDS)


def test_words_are_lower_case_and_one_or_two():
    assert all(word == word.lower() for words in BY_WORDS for word in words)
    assert {len(words) for words in BY_WORDS} <= {1, 2}


def test_a_verb_with_nouns_is_no_command_by_itself():
    assert [verb for verb, nouns in VERBS.items() if nouns and (verb,) in BY_WORDS] == []


@check_rows("command", COMMANDS, ids=NAMES)
def test_a_command_says_what_it_does_in_one_line(command):
    assert command.summary.endswith(".")
    assert command.summary[0].isupper()
    assert "\n" not in command.summary
    assert command.family


@check_rows("command", COMMANDS, ids=NAMES)
def test_a_command_has_an_example(command):
    assert command.examples


@check_rows("command", COMMANDS, ids=NAMES)
def test_a_handler_can_be_imported(command):
    module, _, name = command.handler.partition(":")

    assert callable(getattr(import_module(module), name))


@check_rows(("command", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_is_a_call_of_its_command(command, example):
    assert bind(analyse(example), lambda name: "1").command is command


@check_rows("command", COMMANDS, ids=NAMES)
def test_arguments_and_flags_are_of_known_kinds(command):
    assert {argument.kind for argument in command.arguments} <= set(ARGUMENT_TYPES)
    assert {flag.kind for flag in command.flags} <= {*ARGUMENT_TYPES, ""}
    assert {argument.how_many for argument in command.arguments} <= {"one", "optional", "some", "any"}


@check_rows("command", COMMANDS, ids=NAMES)
def test_no_two_flags_of_a_command_share_a_word_or_a_name(command):
    words = [word for flag in command.flags for word in flag.words]
    names = [flag.name for flag in command.flags]

    assert len(words) == len(set(words))
    assert len(names) == len(set(names))


def test_every_option_of_a_request_is_a_flag_of_it():
    flags = {flag.option for flag in REQUEST_FLAGS}

    assert flags - {""} == {name for name, option in OPTIONS.items() if option.scope != "shell"}


def test_set_and_unset_have_the_same_nouns():
    assert set(VERBS["set"]) == set(VERBS["unset"]) - {"session", "request", "history", "api"}
    assert {"session", "request"} <= set(VERBS["save"]) & set(VERBS["unset"])


def test_what_is_set_can_be_shown():
    assert all(("show", noun) in BY_WORDS for noun in VERBS["set"])


def test_candidates_are_of_known_kinds():
    assert set(SOURCES) <= set(ARGUMENT_TYPES)


def test_every_kind_is_used_and_has_a_known_colour():
    used = {argument.kind for command in COMMANDS for argument in command.arguments}
    used |= {flag.kind for command in COMMANDS for flag in command.flags} - {""}

    assert used == set(ARGUMENT_TYPES)
    assert {kind.style for kind in ARGUMENT_TYPES.values()} <= set(STYLES)
