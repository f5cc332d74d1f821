"""Errors for command lines such as `callbox URL --form`, which have words of a request but no method. The hint is a
command that sends the request: `callbox get URL --form`.
"""

from __future__ import annotations

import os.path
import shlex
from collections.abc import Sequence

from callbox.cli.fast_argument_parser import COMMAND_LINE_REQUESTS, PROGRAM_NAMES
from callbox.errors import UsageError
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.httpfile.script_suffixes import is_script_name
from callbox.shell.line.lexer import Word, split
from callbox.shell.line.line_writer import quote
from callbox.shell.line.parser import find_flag
from callbox.shell.line.targets_and_items import is_body_item, is_target, item_name, names_host
from callbox.shell.registry import REQUEST_FLAGS, VERBS
from callbox.spelling import closest, suggestion

_OPTIONS_OF_CURL = frozenset(
    {"-X", "-H", "-d", "-F", "-u", "-o", "-O", "-L", "-I", "-s", "-k", "-G", "--request", "--header", "--data"}
)
"""Options that curl has and `callbox [URL]` does not have."""


def request_option_hint(option: str, words: Sequence[str]) -> str:
    """The hint for an option that belongs to a request or to curl: the command to type. Empty for any other option.
    `words` are all words of the command line.

    >>> request_option_hint("--form", ["api.example.com/users", "name=Ann", "--form"])
    'to send one request: callbox post api.example.com/users ITEM.. --form'
    """
    if option in _OPTIONS_OF_CURL:
        return f"for the options of curl: callbox curl {option} ..; to send one request: callbox get URL"
    if find_flag(REQUEST_FLAGS, option) is None:
        return ""
    others = [one for one in words if not one.startswith("-")]
    url = next((one for one in others if not _items([one])), "URL")
    return f"to send one request: {_request_of(url, _items(others))} {option}"


def second_word_error(words: Sequence[str]) -> UsageError:
    """The error for a command line with several words that are no options. Only one is allowed, which is the URL."""
    if found_method := next(filter(None, (closest(word, COMMAND_LINE_REQUESTS) for word in words)), ""):
        return UsageError(f"More than one URL: '{words[1]}'", hint=suggestion(found_method))
    if words[0] in ("http", "https", "xh") and names_host(words[1]):
        tip = f"to send one request: {_request_of(words[1], _items(words[2:]))}"
        return UsageError(f"'{words[0]}' is not a method", hint=tip)
    if items := _items(words[1:]):
        tip = f"to send one request: {_request_of(words[0], items)}"
        return UsageError(f"The item '{item_name(items[0])}' needs a method before the URL", hint=tip)
    url, rest = ([words[0]], words[1:]) if names_host(words[0]) else ([], words)
    tip = f"to run a line: callbox {' '.join([*url, '-c'])} '{' '.join(rest)}'"
    return UsageError(f"More than one URL: '{words[1]}'", hint=tip)


def check_lone_word(word: str) -> None:
    """Raise `UsageError` if the only word of a command line is a file, a command of the shell, or a misspelt name of a
    program. It may be a host.
    """
    if os.path.isfile(word):
        raise UsageError(f"'{word}' is a file, not a URL", hint=f"{_use_of_file(word)}; for a host: http://{word}")
    if word.lower() in VERBS:
        raise UsageError(f"'{word}' is a command of the shell, not a URL", hint=f"to run it: callbox -c '{word} ..'")
    if found := closest(word, PROGRAM_NAMES):
        raise UsageError(
            f"No program '{word}'", hint=f"{suggestion(found)} To send to a host of that name: http://{word}"
        )


def _use_of_file(name: str) -> str:
    """The command for a file, by its suffix."""
    quoted = shlex.quote(name)
    if is_script_name(name):
        return f"to send its requests: callbox replay {quoted}"
    if name.lower().endswith((".json", ".yaml", ".yml")):
        return f"to load a description of an API: callbox -c 'import openapi {quoted}' -i"
    return f"to run its lines: callbox -f {quoted}"


def _items(words: Sequence[str]) -> list[Word]:
    """Those words of a command line that are items of a request, such as `name=Ann`."""
    return [word for each in words for word in split(quote(each)).words[:1] if not is_target(word)]


def _request_of(url: str, items: Sequence[Word]) -> str:
    """A command that sends a request to this URL. It has `ITEM..` in place of the items, because an item may have a
    secret.
    """
    method = "post" if any(map(is_body_item, items)) else "get"
    return f"callbox {method} {redact_shown_url(url)}{' ITEM..' if items else ''}"
