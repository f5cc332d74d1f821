"""Two letters swapped, anywhere in the table's own words: the caret is under the word, and what was meant is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callbox.shell.line.parser import analyse
from callbox.shell.registry import BY_WORDS, COMMANDS

VERBS = {words[0] for words in BY_WORDS}


def swapped(word: str) -> Iterator[str]:
    """The word with two neighbours of its inner letters in each other's place."""
    first = 3 if word.startswith("--") else 1
    for at in range(first, len(word) - 1):
        other = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if other != word:
            yield other


def lines() -> Iterator[tuple[str, int, str]]:
    """A line, where in it stands a misspelt word, and the word that was meant. Of commands with the same flags, one stands for all."""
    tried = set()
    for command in COMMANDS:
        example = command.examples[0].split(" ")
        for index, word in enumerate(command.words):
            for other in swapped(word):
                if (other,) not in BY_WORDS and other not in VERBS:
                    line = [*example[:index], other, *example[index + 1 :]]
                    yield " ".join(line), len(" ".join([*example[:index], ""])), word
        if command.flags in tried:
            continue
        tried.add(command.flags)
        for flag in command.flags:
            known = {word for one in command.flags for word in one.words}
            for other in swapped(flag.words[0]):
                if other not in known:
                    yield f"{command.examples[0]} {other}", len(command.examples[0]) + 1, flag.words[0]


CASES = sorted(set(lines()))


def test_there_is_much_to_misspell() -> None:
    assert len(CASES) > 1000


@pytest.mark.parametrize("chunk", range(8))
def test_a_misspelt_word_is_underlined_and_the_right_one_suggested(chunk: int) -> None:
    for line, start, meant in CASES[chunk::8]:
        problem = analyse(line).problems[0]

        assert (problem.start, line[problem.start : problem.end]) == (start, line[start:].split(" ")[0]), line
        assert problem.hint == f"Did you mean '{meant}'?", line
