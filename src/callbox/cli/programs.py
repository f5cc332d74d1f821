"""What each of callbox's programs takes, read from its own parser: for completion scripts and the manual page."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from callbox.cli import check, parser, practice, replay_parser
from callbox.engine.options import OPTIONS

SHELLS = ("bash", "zsh", "fish")
NAMES = ("environments", "sessions")
"""What `callbox --names` lists: the values that only the machine knows."""
SHELLED = "practice --shell"
"""The practice API with a shell on it takes the words of both."""
OWN = (
    ("--version", "versions of callbox and what it stands on", ()),
    ("--help", "what callbox takes", ()),
    ("--completion", "print the completion script for a shell", SHELLS),
    ("--man", "print the manual page", ()),
    ("--names", "print the names of what is there, for completion", NAMES),
)
"""What callbox takes alone, before it reads anything else."""
_NAMED = {"-e": "environments", "--env": "environments", "--session": "sessions"}
_FILES = frozenset(("FILE", "PATH", "DIR", "FOLDER", "CERT"))


class Word(NamedTuple):
    """One option of a program."""

    forms: tuple[str, ...]
    """How it is written: `--timeout`, `-v`."""
    help: str
    value: str = ""
    """What to call its value; empty for a switch."""
    choices: tuple[str, ...] = ()
    takes_file: bool = False
    names: str = ""
    """What lists its values: a word of `callbox --names`."""


PROGRAMS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    "": parser.make_parser,
    "replay": replay_parser.make_parser,
    "check": check.make_parser,
    "practice": practice.make_parser,
}
ABOUT = {
    "replay": "send the requests of .http files",
    "check": "say what is wrong or doubtful in .http files",
    "practice": "an API on this machine to learn and test with",
}


def words_of(program: str) -> list[Word]:
    """The options of a program, in the order of its help; the empty name is that of the shell."""
    if program == SHELLED:
        own_forms = {word.forms for word in words_of("practice")}
        shell = (word for word in _words(parser.make_parser()) if not own_forms.intersection([word.forms]))
        return [*words_of("practice"), *shell]
    found = list(_words(PROGRAMS[program]()))
    own = [Word((form,), about, "|".join(choices), choices) for form, about, choices in OWN]
    return found if program else [word for word in own if word.forms != ("--help",)] + found


def _words(made: argparse.ArgumentParser) -> Iterator[Word]:
    for action in made._actions:
        if not action.option_strings:
            continue
        forms = tuple(sorted(action.option_strings, key=lambda form: (form.startswith("--"), form)))
        about = " ".join((action.help or "").replace("%%", "%").split())
        if action.nargs == 0:
            yield Word(forms, about)
            continue
        value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        option = next((OPTIONS[name] for form in forms if (name := form.removeprefix("--")) in OPTIONS), None)
        choices = tuple(value.split("|")) if "|" in value else ()
        takes_file = value in _FILES or (option is not None and option.kind == "path")
        yield Word(forms, about, value, choices, takes_file, _NAMED.get(forms[-1], ""))
