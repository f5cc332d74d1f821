"""Every command of the shell, in the order of help. The single table behind parser, completer, help and manual."""

from __future__ import annotations

from collections.abc import Mapping

from callbox.shell.line.command import Command
from callbox.shell.registry import builtins, files, requests, session, show

COMMANDS: tuple[Command, ...] = (
    *requests.COMMANDS,
    *session.COMMANDS,
    *show.COMMANDS,
    *files.COMMANDS,
    *builtins.COMMANDS,
)

BY_WORDS: Mapping[tuple[str, ...], Command] = {
    words: command for command in COMMANDS for words in (command.words, *command.aliases)
}
"""Found by its words or an alias, all in lower case."""

VERBS: Mapping[str, tuple[str, ...]] = {
    verb: tuple(c.words[1] for c in COMMANDS if c.words[0] == verb and len(c.words) > 1)
    for verb in dict.fromkeys(c.words[0] for c in COMMANDS)
}
"""Each first word with the nouns that may follow; no nouns where it is a command by itself."""
