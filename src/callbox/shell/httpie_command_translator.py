"""Translate an HTTPie command to a command of this shell: its options, its items and its method."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.shell.line.grammar import place
from callbox.shell.line.lexer import BARE, Word
from callbox.shell.line.line_writer import quote
from callbox.shell.line.parser import METHOD_COMMANDS
from callbox.shell.line.targets_and_items import (
    BODY_KINDS,
    find_separator,
    is_quoted_item,
    is_target,
    names_host,
    quote_item,
)

_OF_BODY = frozenset(("=", ":=", "=@", ":=@", "@"))


class _HttpieOptions(NamedTuple):
    """The options of an HTTPie command, collected one by one."""

    before: list[str]
    """The words before the request, such as `preview`."""
    words: list[str]
    """The flags of the translated line, in order."""
    after: list[str]
    """The redirect of the translated line."""
    scheme: list[str]
    """The scheme of a URL without one, if an option gives it."""


def _flag(flag: str) -> Callable[[_HttpieOptions, str], None]:
    return lambda options, value: options.words.append(f"{flag} {quote(value)}" if value else flag)


def _default_scheme(options: _HttpieOptions, value: str) -> None:
    if value.lower() not in ("http", "https"):
        raise UsageError(f"--default-scheme is http or https, not '{value}'")
    options.scheme.append(value.lower())


def _boundary(options: _HttpieOptions, value: str) -> None:
    options.words.append(quote_item("Content-Type", ":", f"multipart/form-data; boundary={value}"))


def _none(options: _HttpieOptions, value: str) -> None:
    """Ignore an option that does not change the request, or that asks for what callbox does without an option."""


def _output(options: _HttpieOptions, value: str) -> None:
    if "--download" in options.words:
        options.words[options.words.index("--download")] = f"--download={quote(value)}"
    else:
        options.after.append(f"> {quote(value)}")


def _preview(options: _HttpieOptions, value: str) -> None:
    options.before.append("preview")


def _proxy(options: _HttpieOptions, value: str) -> None:
    options.words.append(f"--proxy {quote(value.split(':', 1)[-1])}")


def _verify(options: _HttpieOptions, value: str) -> None:
    is_switch = value.lower() in ("yes", "no", "true", "false")
    options.words.append(f"--verify={value.lower()}" if is_switch else f"--ca {quote(value)}")


_VALUED: Mapping[str, Callable[[_HttpieOptions, str], None]] = {
    **dict.fromkeys(("--auth", "-a"), _flag("--auth")),
    **dict.fromkeys(("--auth-type", "-A"), _flag("--auth-type")),
    **dict.fromkeys(("--print", "-p"), _flag("--print")),
    **dict.fromkeys(("--output", "-o"), _output),
    "--raw": _flag("--body"),
    "--response-charset": _flag("--charset"),
    "--timeout": _flag("--timeout"),
    "--max-redirects": _flag("--max-redirects"),
    "--verify": _verify,
    "--cert": _flag("--cert"),
    "--proxy": _proxy,
    **dict.fromkeys(("--pretty", "--style", "-s", "--format-options", "--response-mime"), _none),
    "--default-scheme": _default_scheme,
    "--boundary": _boundary,
    **dict.fromkeys(("--history-print", "-P"), _none),
}


_SWITCHES: Mapping[str, Callable[[_HttpieOptions, str], None]] = {
    **dict.fromkeys(("--json", "-j"), _flag("--json")),
    **dict.fromkeys(("--form", "-f"), _flag("--form")),
    "--multipart": _flag("--multipart"),
    **dict.fromkeys(("--headers", "-h"), _flag("--headers")),
    **dict.fromkeys(("--body", "-b"), _flag("--content")),
    **dict.fromkeys(("--verbose", "-v"), _flag("--verbose")),
    **dict.fromkeys(("--stream", "-S"), _flag("--stream")),
    **dict.fromkeys(("--download", "-d"), _flag("--download")),
    **dict.fromkeys(("--follow", "-F"), _flag("--follow")),
    "--all": _flag("--all"),
    "--path-as-is": _flag("--path-as-is"),
    **dict.fromkeys(("--quiet", "-q"), _flag("--quiet")),
    "--offline": _preview,
    **dict.fromkeys(("--ignore-stdin", "-I", "--check-status", "--continue", "-c"), _none),
    **dict.fromkeys(("--ignore-netrc", "--unsorted", "--sorted", "--no-follow"), _none),
}


def from_httpie(line: str, words: tuple[Word, ...], scheme: str = "") -> str:
    """Translate `http WORDS` to a line that sends the same request; `words` are those after `http`.

    Raises UsageError, with its place, for an option that does not exist here.
    """
    options = _HttpieOptions(before=[], words=[], after=[], scheme=[])
    rest: list[Word] = []
    position = 0
    while position < len(words):
        taken = _read(line, words, position, options)
        if not taken:
            rest.append(words[position])
        position += max(taken, 1)
    if not rest:
        raise UsageError("This HTTPie command has no URL", hint="as in: http api.example.com/users")
    return _write(line, rest, options, next(iter(options.scheme), scheme))


def _read(line: str, words: tuple[Word, ...], position: int, options: _HttpieOptions) -> int:
    """Read one option. Returns how many words the option and its value take; 0 if the word is not an option."""
    word = words[position]
    name, equals, value = word.text.partition("=")
    if not name.startswith("-") or len(name) < 2 or not word.marks.startswith("b"):
        return 0
    if name in _SWITCHES and not equals:
        _SWITCHES[name](options, "")
        return 1
    if name in _VALUED:
        if not equals and position + 1 >= len(words):
            raise UsageError(f"{name} needs a value", place=place(line, word.start, word.end))
        _VALUED[name](options, value if equals else words[position + 1].text)
        return 1 if equals else 2
    if not name.startswith("--") and all(f"-{letter}" in _SWITCHES for letter in name[1:-1]):
        last = f"-{name[-1]}"
        has_value = last in _VALUED and position + 1 < len(words)
        if last in _SWITCHES or has_value:
            for letter in name[1:-1]:
                _SWITCHES[f"-{letter}"](options, "")
            (_VALUED if has_value else _SWITCHES)[last](options, words[position + 1].text if has_value else "")
            return 2 if has_value else 1
    raise UsageError(
        f"HTTPie's {name} does not exist here",
        hint=_INSTEAD.get(name, "leave this option out; to show the request: preview"),
        place=place(line, word.start, word.end),
    )


_INSTEAD = {
    **dict.fromkeys(
        ("--session", "--session-read-only"),
        "save session NAME, and later: load session NAME",
    ),
    **dict.fromkeys(("--meta", "-m"), "leave this option out, and type afterwards: show last timing"),
}
"""Hints for options of HTTPie: the command or flag of callbox that does the same."""


def _write(line: str, rest: list[Word], options: _HttpieOptions, scheme: str) -> str:
    """Write the line of this shell. If no method is typed, a request with a body is a POST, and any other request is a
    GET.
    """
    method, items = _method(rest, options)
    target, *others = items
    url = line[target.start : target.end]
    if "://" not in url and (scheme == "https" or (names_host(target.text) and not url.startswith(":"))):
        if url.startswith(":"):  # HTTPie's `:/x` and `:8000/x` mean this machine
            url = f"localhost{url.removeprefix(':') if url.startswith(':/') else url}"
        url = f"{scheme}://{url}"
    typed = [_item(line, word) for word in others]
    words = options.words
    if any(item.lower().startswith("content-type:") for item in typed):  # a typed header wins over --boundary
        words = [word for word in words if not word.startswith("Content-Type:")]
    return " ".join([*options.before, method, url, *typed, *words, *options.after])


def _item(line: str, word: Word) -> str:
    """Translate an item.

    HTTPie never sees quotes, which the system's shell removes, so `'X-A: b c'` is a header, too.
    """
    if find_separator(word) is not None and not is_quoted_item(word):
        return line[word.start : word.end]
    found = _SEPARATOR.match(word.text)
    if found is None:
        return line[word.start : word.end]
    name, separator, value = _ESCAPE.sub(r"\1", found[1]), found[2], _ESCAPE.sub(r"\1", found[3])
    if separator in (":", ";"):
        value = value.strip()
        if not value:
            return f"{quote(name)}{separator}"
    return quote_item(name, separator, value)


_SEPARATOR = re.compile(r"((?:\\.|[^\\:=@;])*)(:=@|==@|:=|==|=@|:@|:|=|@|;(?=\Z))(.*)\Z", re.DOTALL)
"""The parts of an item: name, separator and value.

The earliest separator counts. If several separators begin at the same place, the longest counts. A backslash makes the
next character text.
"""


_ESCAPE = re.compile(r"\\([:=@;\\])")


def _is_of_body(word: Word) -> bool:
    """Whether an item goes into the body."""
    separation = find_separator(word) if not is_quoted_item(word) else None
    if separation is not None:
        return separation.kind in BODY_KINDS
    found = _SEPARATOR.match(word.text)
    return found is not None and found[2] in _OF_BODY


def _method(rest: list[Word], options: _HttpieOptions) -> tuple[str, list[Word]]:
    first = rest[0].text
    lower = first.lower()
    if len(rest) > 1 and first.isalpha() and find_separator(rest[0]) is None and is_target(rest[1]):
        return (lower if lower in METHOD_COMMANDS else f"send {first.upper()}"), rest[1:]
    has_body = any(map(_is_of_body, rest[1:]))
    has_text = any(word.startswith("--body ") for word in options.words)
    has_file = any(word.text[:1] == "<" and word.marks[0] == BARE for word in rest[1:])
    return "post" if has_body or has_text or has_file else "get", rest
