"""Completion candidates for the words of a curl command: its options, URLs, and the files that options name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callbox.errors import CallboxError
from callbox.formats.curl_options import OPTIONS, CurlOption, read_arguments
from callbox.shell.completion.argument_candidates import files, targets
from callbox.shell.completion.completion_context import Candidate, CompletionContext
from callbox.shell.line.argument_types import METHODS
from callbox.shell.line.lexer import CURL, Word

_COMMON = ("d", "H", "X", "u", "F", "b", "G", "k", "L", "I", "s", "o")
"""The letters that are offered first, by how often manuals use them."""
_DATA = frozenset({"data", "data-ascii", "data-binary", "data-urlencode", "json"})
_FILES = frozenset({"upload-file", "output", "cookie-jar", "cacert", "cert", "key", "config", "netrc-file"})


def curl_position(words: Sequence[Word]) -> int:
    """The index of the first word after `curl`; 0 if the line is not a curl command.

    A line may begin with `curl`, `$ curl` or `import curl`. The last of these may repeat the word `curl`.
    """
    before = [word.text.lower() for word in words[:3]]
    at = 1 if before[:1] in (["$"], ["import"]) else 0
    if at == 1 and before[:1] == ["import"] and len(before) > 2 and before[2] in CURL:
        at = 2
    return at + 1 if len(before) > at and before[at] in CURL else 0


def curl_candidates(words: Sequence[Word], typed: str, context: CompletionContext) -> tuple[list[Candidate], int]:
    """The candidates for the next word after these words of curl, and how many characters of `typed` stay before it."""
    option = _pending_option(words)
    if option is not None:
        return _values(option, typed, context)
    if typed.startswith("-"):
        return list(_options(typed)), 0
    return _urls(typed, context), 0


def _urls(typed: str, context: CompletionContext) -> list[Candidate]:
    """The known URLs. curl has no base URL, so a path at the base is offered as a whole URL."""
    origin = "/".join(context.base.split("/")[:3])
    host = origin.partition("://")[2]
    begin = next((text for text in (origin, host, f":{host.rpartition(':')[2]}") if typed.startswith(f"{text}/")), "")
    if begin or not typed:
        found = targets(context, {"": typed[len(begin) :] or "/", "method": "GET"})
        return [
            one._replace(text=f"{begin or origin}{one.text}") for one in found if origin and one.text.startswith("/")
        ]
    found = targets(context, {"": typed, "method": "GET"})
    own = [Candidate(f"{text}/", meta="the base", style="path", is_target=True) for text in (origin, host) if text]
    return [*own, *(one for one in found if "://" in one.text)]


def _pending_option(words: Sequence[Word]) -> CurlOption | None:
    """The option whose value is the next word; None if the next word is not the value of an option."""
    try:
        with_value = list(read_arguments([*(word.text for word in words), _VALUE]))
    except CallboxError:
        return None
    last = with_value[-1] if with_value else None
    is_value = last is not None and last.value == _VALUE and last.option.name != "url"
    return last.option if is_value and last is not None else None


_VALUE = "\0"
"""Stands for the word that is being typed. No word of a line is this text."""


def _values(option: CurlOption, typed: str, context: CompletionContext) -> tuple[list[Candidate], int]:
    if option.name == "request":
        return [Candidate(method.upper(), style="command") for method in METHODS], 0
    if option.name in _FILES:
        return list(files(context, {"": typed})), 0
    if option.name in _DATA and typed.startswith("@"):
        return list(files(context, {"": typed[1:]})), 1
    name, sign, path = typed.partition("=@")
    if option.name == "form" and sign:
        return list(files(context, {"": path})), len(name + sign)
    return [], 0


def _options(typed: str) -> Iterator[Candidate]:
    """The options that callbox supports or passes over: letters after `-`, names after `--`."""
    known = [option for option in OPTIONS.values() if option.outcome != "refused"]
    if typed == "-":
        letters = {option.letter: option for option in known if option.letter}
        for letter in sorted(letters, key=lambda one: _COMMON.index(one) if one in _COMMON else len(_COMMON)):
            yield Candidate(
                f"-{letter}", meta=f"--{letters[letter].name}: {_about(letters[letter])}", style="flag", is_syntax=True
            )
        return
    for option in known:
        yield Candidate(f"--{option.name}", meta=_about(option), style="flag", is_syntax=True)


def _about(option: CurlOption) -> str:
    """The text of the manual without its marks for code, which a menu does not show."""
    return option.about.replace("`", "")
