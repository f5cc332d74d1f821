"""argparse, but its complaints are errors like all others: one line, and the nearest option that there is."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from callbox.errors import UsageError
from callbox.shell.line.spelling import hint

_VALUELESS = re.compile(r"argument ([-/\w]+): expected one argument")


class StrictParser(argparse.ArgumentParser):
    """The parser of a command line."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """What the words say, options before and behind the others.

        Raises `UsageError`; prints the help and exits for `--help`.
        """
        found, unknown = self.parse_known_intermixed_args(list(words))
        if unknown:
            known = [text for action in self._actions for text in action.option_strings]
            word = unknown[0].partition("=")[0]
            raise UsageError(f"No option '{word}'", hint=hint(word, known, self._help))
        return found

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` in the place of an exit."""
        found = _VALUELESS.match(message)
        told = f"{found[1].rpartition('/')[2]} takes a value" if found else message[:1].upper() + message[1:]
        raise UsageError(told, hint=self._help)

    @property
    def _help(self) -> str:
        return f"{self.prog} --help lists the options"
