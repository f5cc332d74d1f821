"""`callbox get URL ITEM..`: convert a request on the command line to a line of the shell."""

from __future__ import annotations

import os
import select
import shlex
import stat
import sys
from collections.abc import Iterator, Sequence

from callbox.cli.argparse_parser import make_parser, parse_arguments
from callbox.cli.fast_argument_parser import REQUEST_WORDS, Arguments, read_simple_arguments
from callbox.errors import UsageError
from callbox.exchange.invisible_characters import has_unsafe
from callbox.shell.line.lexer import begins_json, split
from callbox.shell.line.line_writer import is_plain, write_escaped
from callbox.shell.line.parser import analyse_line, find_flag
from callbox.shell.line.targets_and_items import is_body_item
from callbox.shell.registry import REQUEST_FLAGS

PATIENCE_S = 1.0
"""After this many seconds without data from the pipe, callbox prints that it waits."""
_WITH_BODY = ("post", "put", "patch")
_BODY_FLAGS = ("body", "edit")
_INPUT_NAMES = ("@-", "/dev/stdin", "/dev/fd/0")
"""The words that mean the standard input in an item or a flag."""
_PROMPT_WORDS = ("-c", "-i")
"""Options of callbox that cannot be used with a request on the command line."""


def find_method(words: Sequence[str]) -> int:
    """The index of the word that is the method of a request; -1 if the command line is no request.

    >>> find_method(["get", "/x"]), find_method(["--session", "get", "PUT"]), find_method(["-c", "get /x"])
    (0, 2, -1)
    """
    if words and words[0].lower() in REQUEST_WORDS:
        return 0
    if not any(word.lower() in REQUEST_WORDS for word in words):
        return -1
    known, at = make_parser()._option_string_actions, 0
    while at < len(words):
        if words[at].lower() in REQUEST_WORDS:
            return at
        action = known.get(words[at])
        at += 1 if action is None or action.nargs == 0 else 2
    return -1


def read_one_shot(words: Sequence[str], method: int) -> Arguments:
    """Parse a command line with a request. `method` is the index from `find_method`. The last line of the result is the
    request. Raises `UsageError` for options that cannot be used with a request.
    """
    is_curl = words[method] == "curl"
    if "--help" in words[method:] and not is_curl:
        return Arguments(commands=(f"help {words[method].lower()}",))
    of_program, of_request = (words[:method], words[method:]) if is_curl else _divide(words, method)
    arguments = read_simple_arguments(of_program) or parse_arguments(of_program)
    if arguments.file or arguments.reads_stdin:
        what = "-f FILE" if arguments.file else "-"
        raise UsageError(
            f"{what} and the request '{words[method]} ..' cannot be used together", hint=f"leave out {what}"
        )
    line = shlex.join(of_request) if is_curl else write_request(of_request)
    return arguments._replace(commands=(*arguments.commands, line), is_single_request=True)


def _divide(words: Sequence[str], method: int) -> tuple[list[str], list[str]]:
    """Split a command line into two lists: URL and options of callbox, which may stand before and after the method; and
    the words of the request.
    """
    known = make_parser()._option_string_actions
    of_program, of_request = list(words[:method]), [words[method]]
    rest = iter(words[method + 1 :])
    for word in rest:
        name = word.partition("=")[0]
        flag = find_flag(REQUEST_FLAGS, name)
        if flag is not None or name in _PROMPT_WORDS or name not in known:
            of_request.append(word)
            takes_next = flag is not None and flag.kind not in ("", "switch_value") and not flag.is_optional
            if takes_next and word == name:
                of_request.extend(_next_of(rest))
            continue
        of_program.append(word)
        if word == name and known[name].nargs != 0:
            of_program.extend(_next_of(rest))
    return of_program, of_request


def _next_of(rest: Iterator[str]) -> list[str]:
    return [word for word in (next(rest, None),) if word is not None]


def write_request(words: Sequence[str]) -> str:
    """Write the words of a request as a line of the shell. The shell fills `{{name}}`; all other text is literal.

    >>> write_request(["post", "/x", "title=a b", "n:=[1, 2]", "q=={{id}}", "--body=a|b"])
    "post /x 'title=a b' 'n:=[1, 2]' q=={{id}} --body='a|b'"
    """
    line = " ".join(map(_write, words))
    if words[0].lower() not in _WITH_BODY:
        return line
    if not _has_body(line):
        return f"{line} @-" if has_input() else line
    if not any(name in line for name in _INPUT_NAMES) and _has_input_now():
        sys.stderr.write("the standard input is not sent, because the request has a body; to send it, write @-\n")
    return line


def _write(word: str) -> str:
    if is_plain(word) and not begins_json(word):
        return word
    name, equals, value = word.partition("=")
    if word.startswith("-") and equals and is_plain(name):
        return f"{name}={_write(value) if value else ''}"
    if has_unsafe(word):  # A terminal does not show these characters.
        return write_escaped(word)
    quoted = word.replace("'", "'\\''")
    return f"'{quoted}'"


def _has_body(line: str) -> bool:
    """Whether the line has a body, in an item or a flag."""
    for part in analyse_line(split(line)).parts:
        if part.flag is not None and part.flag.name in _BODY_FLAGS:
            return True
        if part.role == "item" and is_body_item(part.word):
            return True
    return False


def _has_input_now() -> bool:
    """Whether the standard input has data now: a file with content, or a pipe with data. Does not wait."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return False
    return has_input() if not is_pipe or select.select((0,), (), (), 0)[0] else False


def has_input() -> bool:
    """Whether the standard input has data: a file with content, or a pipe. Waits until the pipe has data or is
    closed.
    """
    try:
        info = os.fstat(0)
    except OSError:
        return False
    if stat.S_ISREG(info.st_mode):
        return info.st_size > os.lseek(0, 0, os.SEEK_CUR)
    if not stat.S_ISFIFO(info.st_mode):
        return False
    if not select.select((0,), (), (), PATIENCE_S)[0]:
        sys.stderr.write("waiting for the body from the standard input; to send no body: < /dev/null\n")
        sys.stderr.flush()
        select.select((0,), (), ())
    return _has_bytes()


def _has_bytes() -> bool:
    """Whether a pipe that select calls readable has data. It may also be at its end."""
    import fcntl  # needed only for a pipe
    import termios

    size = fcntl.ioctl(0, termios.FIONREAD, b"\0\0\0\0")
    return size != b"\0\0\0\0"
