"""Help topics beside the commands, and the topics for the word at the cursor (F1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callbox.shell.line.command import Command
from callbox.shell.line.lexer import COMMAND, VARIABLE, Word
from callbox.shell.line.parser import Analysis, WordRole, analyse

_ITEMS = """\
Name:value        a header               Name:@file        its value from a file
Name:             leave it out           Name;             send it empty
name==value       a query parameter      name==@file       its value from a file
key=text          a body field           key=@file         its text from a file
key:=JSON         a body field, as JSON  key:=@file        its JSON from a file
name@file         upload a file          name@file;type=T  of this media type
@file             the whole body from a file

Keys may nest: address[city]=Delft tags[]=a tags[]=b points[0][x]:=1
The earliest unquoted separator counts; quote or backslash one that is text: a\\=b=c"""

_TARGETS = """\
get /users           from the root of the base's host
get users            below the base, which is a folder
get https://a.x/y    anywhere
get :8000/health     this machine
get a.x/y            https, as the host is a name; http for localhost and addresses
cd URL, cd PATH      move the base"""

_VARIABLES = """\
{{name}}               what set var gave it
{{last.json.a.b[0]}}   a part of the last answer's JSON
{{last.headers.X}}     a header of the last answer
{{last.cookies.x}}     a cookie that it set
{{last.status}}        its status
{{$env.X}}             an environment variable
{{$uuid}}              and the other dynamic ones of .http files
`date +%s`             what a command prints; only typed at the prompt, never in a file

A variable is filled once, when Enter is pressed; its value is never split or run."""

_REDIRECTS = """\
get /x > out.bin     the exact content to a file
get /x >> all.txt    to its end
get /x | jq .a       to a command of the system's shell
! ls                 run a command of the system's shell

A file is written whole or not at all: an answer of 400 or more is shown and not written, a fault leaves the
file as it was. A command gets whatever comes."""

_KEYS = """\
Tab, Shift-Tab     the completions, one after the other; Enter takes the one that is lit
right arrow        takes the grey suggestion of an earlier line
Ctrl-R             search the earlier lines
F1                 help with the word at the cursor
Esc Enter          another row; an open quote or brace goes on by itself
Ctrl-X Ctrl-E      edit the line in $EDITOR
Ctrl-C             clear the line; end the request that runs
Ctrl-D             leave, on an empty line
Ctrl-L, Ctrl-Z     clear the screen; suspend

Emacs' keys, or vi's: set option keys vi"""

_RANGES = """\
3         request 3, as show history counts
2..5      2 to 5
3,5..7    3, and 5 to 7
-1        the last, -2 the one before"""

TOPICS: Mapping[str, tuple[str, str]] = {
    "items": ("What follows the target of a request.", _ITEMS),
    "targets": ("Where a request goes.", _TARGETS),
    "variables": ("Text that is filled in.", _VARIABLES),
    "redirects": ("Where the content goes.", _REDIRECTS),
    "keys": ("Keys at the prompt.", _KEYS),
    "ranges": ("Requests of the history.", _RANGES),
}
"""Name to one line about it, and its text."""


Topic = tuple[str, ...]
"""Words that `help` may know."""
_TOPICS_BY_KIND = {
    "target": ("targets",),
    "range": ("ranges",),
    "history_number": ("ranges",),
    "var_name": ("variables",),
}


def topics_at(text: str, cursor: int) -> list[Topic]:
    """Help topics for the word at the cursor, most specific first; the last one always exists.

    >>> topics_at("get /x a=1 --form", 13)[0], topics_at("set option timeout 5", 12)[0]
    (('get', '--form'), ('timeout',))
    """
    return [*_topics(analyse(text), cursor), ()]


def _topics(analysis: Analysis, cursor: int) -> Iterator[Topic]:
    line = analysis.line
    if line.bang >= 0:
        yield ("!",)
    elif line.redirect is not None and cursor >= line.redirect.start:
        yield ("redirects",)
    part = _part_at(analysis, cursor)
    if part is None:
        return
    command = _command_of(part, analysis)
    if _is_filled_at(part.word, cursor):
        yield ("variables",)
    yield from _topics_of(part, command, analysis)
    if command is not None:
        yield command.words
    yield (analysis.parts[0].word.text,)


def _part_at(analysis: Analysis, cursor: int) -> WordRole | None:
    """The part that the cursor stands in, or behind; on blanks the one before them."""
    within = [part for part in analysis.parts if part.word.start <= cursor < part.word.end]
    before = [part for part in analysis.parts if part.word.end <= cursor]
    return next(iter(within), before[-1] if before else next(iter(analysis.parts), None))


def _command_of(part: WordRole, analysis: Analysis) -> Command | None:
    """The command that a word belongs to: of `preview get /x` each has its own."""
    inner = analysis.inner
    return inner.command if inner is not None and part in inner.parts else analysis.command


def _topics_of(part: WordRole, command: Command | None, analysis: Analysis) -> Iterator[Topic]:
    word = part.word.text
    if part.role == "command" and command is not None and len(command.words) > 1:
        yield (word,)
    elif part.role == "item":
        yield ("items",)
    elif part.flag is not None:
        around = [each for each in (command, analysis.command) if each is not None]
        yield from ((*each.words, part.flag.words[0]) for each in around)
    elif part.role == "unknown":
        yield from ((analysis.parts[0].word.text, word), (word,))
    elif part.argument is not None and part.argument.kind in ("option_name", "option_value", "held_option"):
        yield (analysis.earlier.get("name", word).split(" ")[-1],)
    elif part.argument is not None and part.argument.kind in _TOPICS_BY_KIND:
        yield _TOPICS_BY_KIND[part.argument.kind]


def _is_filled_at(word: Word, cursor: int) -> bool:
    marks = zip(word.offsets, word.marks, strict=True)
    return any(offset in (cursor, cursor - 1) and mark in (VARIABLE, COMMAND) for offset, mark in marks)
