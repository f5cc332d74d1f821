"""Pages of help, made from the tables: what `help` shows, and docs/commands.md (`make docs` writes it)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

from callbox.engine.options import OPTIONS, Option, format_option
from callbox.errors import UsageError
from callbox.shell.line.argument_types import ARGUMENT_TYPES
from callbox.shell.line.grammar import Argument, Command, Flag
from callbox.shell.line.lexer import COMMAND, VARIABLE, Word
from callbox.shell.line.parser import NO_SUCH_WORDS, Analysis, WordRole, analyse, find_flag, split_command
from callbox.shell.line.targets_and_items import find_separator, item_name
from callbox.shell.registry import BY_WORDS, COMMANDS, REQUEST_FLAGS
from callbox.spelling import hint, suggestion

_ITEMS = """\
Name:value        a header               Name:@file        its value from a file
Name:             without the header     Name;             with an empty value
name==value       a query parameter      name==@file       its value from a file
key=text          a body field           key=@file         its text from a file
key:=JSON         a body field, as JSON  key:=@file        its JSON from a file
name@file         upload a file          name@file;type=T  of this media type
@file             the whole body from a file

Keys may nest: address[city]=Delft tags[]=a tags[]=b points[0][x]:=1
The first separator outside of quotes counts. To use a separator as text, write a backslash before it: a\\=b=c"""


_TARGETS = """\
get /users           a path from the root of the base's host
get users            a path that is joined to the end of the base
get https://a.x/y    this URL, whatever the base is
get :8000/health     this port of this machine
get a.x/y            this host, by https; localhost and IP addresses by http
cd URL, cd PATH      change the base"""


_VARIABLES = """\
{{name}}               the value of set var
{{%name}}              the value, percent-encoded, for a part of a URL
{{last.json.a.b[0]}}   a part of the JSON of the last response
{{last.headers.X}}     a header of the last response
{{last.cookies.x}}     a cookie of the last response
{{last.//a/@href}}     a part of its HTML or XML, by XPath (extra xml); also last.xpath.//a
{{last.status}}        the status; also last.reason, last.url, last.time
{{last.body}}          the whole body as text
{{last.links.next}}    the URL of the next page
{{last.request.url}}   the request's URL; also method, headers.X, body.a
{{$env.X}}             an environment variable
{{$uuid}}              a UUID; the other dynamic variables of .http files work, too
`date +%s`             the output of a command; only at the prompt, never in a file

callbox replaces a variable once, when you press Enter. It never splits or runs the value."""


_REDIRECTS = """\
get /x > out.bin     write the exact content to a file
get /x >> all.txt    add the exact content to the end of a file
get /x | jq .a       send the content to a command of the system's shell
! ls                 run a command of the system's shell

A file is written completely or not at all. If the status of the response is 400 or more, callbox shows the response
and does not write it to the file. If a request fails, the file stays as it was. A command gets every response."""


_KEYS = """\
Up, Down           earlier lines and later ones
Tab                completes the word, or opens the menu. In the menu, it highlights the next row, and Shift-Tab the
                   row before. After a complete word, it adds a blank and opens the menu for the next word
Enter in the menu  accepts the highlighted row and sends nothing. On a folder, this opens the menu of the folder. If no
                   row is highlighted, Enter sends the line. Directly after a folder that is no path itself, Enter
                   highlights the first row of its menu. Directly after a completed path, Enter shows the fields that
                   the request still needs, and a second Enter sends the request
/ in the menu      opens the folder that was completed, without a second slash
Ctrl-C             clears the line and closes the menu; cancels a running request
right arrow        accepts the grey suggestion from an earlier line
Ctrl-R             searches the earlier lines. Ctrl-R again goes further back, Enter runs the line that was found,
                   Esc takes the line for editing, Ctrl-C clears the line, and Ctrl-G brings back the text that you
                   had typed
F1                 shows help about the word at the cursor
Esc Enter          adds a new row; inside an open quote or brace, Enter alone adds a row
Ctrl-X Ctrl-E      opens the line in $EDITOR
Ctrl-D             leaves the shell, on an empty line
Ctrl-L, Ctrl-Z     clears the screen; suspends the shell

These are keys of Emacs. For keys of vi: set option keys vi"""


_CURL = """\
curl -X POST https://a.x/y -d a=1          send it, as if you had typed the request
import curl curl https://a.x/y -H 'X: 1'   show the line that means the same, and send nothing
preview --as curl get /x                   print a request as a curl command

Paste what a browser copies with "Copy as cURL", for bash, cmd or PowerShell. callbox sends what curl sends,
except its own User-Agent and Accept, and follows redirects only with -L. If callbox does not support an option, the
error names the option. If it ignores an option such as -w, a note says so."""


_RANGES = """\
3         request 3 of show history
2..5      requests 2 to 5
3,5..7    request 3, and requests 5 to 7
3..       request 3 and all later requests; ..3 means the first three requests
-1        the last request; -2 is the request before the last
h7        a request of an earlier shell, from show history --earlier; h2..h9 means several requests"""


TOPICS: Mapping[str, tuple[str, str]] = {
    "items": ("Headers, parameters and fields after the target of a request.", _ITEMS),
    "targets": ("How a target becomes a URL.", _TARGETS),
    "variables": ("Variables and commands in a line.", _VARIABLES),
    "redirects": ("Output to a file or a command.", _REDIRECTS),
    "keys": ("Keys at the prompt.", _KEYS),
    "ranges": ("Requests of the history.", _RANGES),
    "curl": ("Commands of curl.", _CURL),
}
"""A line about each topic and its text, by the name of the topic."""


Topic = tuple[str, ...]
"""The words that may name a topic of `help`."""

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
    if command is not None and part.argument is not None and part.argument.kind == "target":
        yield (command.words[0], part.word.text)  # this runs only if the operation is described
    if command is not None and part.role == "item" and (target := (analysis.inner or analysis).earlier.get("target")):
        yield from ((command.words[0], target, name) for name in [item_name(part.word)] if name)
        yield (command.words[0], target)
    if _is_filled_at(part.word, cursor):
        yield ("variables",)
    yield from _topics_of(part, command, analysis)
    if command is not None:
        yield command.words
    yield (analysis.parts[0].word.text,)


def _part_at(analysis: Analysis, cursor: int) -> WordRole | None:
    """The part at the cursor or just before the cursor; on blanks, the part before them."""
    within = [part for part in analysis.parts if part.word.start <= cursor < part.word.end]
    before = [part for part in analysis.parts if part.word.end <= cursor]
    return next(iter(within), before[-1] if before else next(iter(analysis.parts), None))


def _command_of(part: WordRole, analysis: Analysis) -> Command | None:
    """The command that a word belongs to: in `preview get /x`, `preview` and `get` have different parts."""
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
        separation = find_separator(part.word) if part is analysis.parts[0] else None
        if separation is not None and separation.kind in _NOUNS_OF_ITEMS:  # such a line is a `set` without the word
            yield ("set", _NOUNS_OF_ITEMS[separation.kind])
        yield (analysis.parts[0].word.text, word)
        if not word.startswith("-"):  # a flag of another command is not meant
            yield (word,)
    elif part.argument is not None and part.argument.kind in ("option_name", "option_value", "held_option"):
        yield (analysis.earlier.get("name", word).split(" ")[-1],)
    elif part.argument is not None and part.argument.kind in _TOPICS_BY_KIND:
        yield _TOPICS_BY_KIND[part.argument.kind]


_NOUNS_OF_ITEMS = {"header": "header", "header_left_out": "header", "header_empty": "header", "query": "query"}
"""The noun of `set` for each kind of item that may stand alone in a line."""


def _is_filled_at(word: Word, cursor: int) -> bool:
    marks = zip(word.offsets, word.marks, strict=True)
    return any(offset in (cursor, cursor - 1) and mark in (VARIABLE, COMMAND) for offset, mark in marks)


Fragments = list[tuple[str, str]]

_WIDTH = 26
_SCHEMES = dict.fromkeys(("basic", "digest", "bearer", "apikey"), ("set", "auth"))
_WORDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("authentication", "authorization", "credentials", "login", "password", "token"), ("set", "auth")),
    **dict.fromkeys(("body", "data", "field", "fields", "file", "files", "payload", "upload", "uploads"), ("items",)),
    **dict.fromkeys(("parameter", "parameters", "params"), ("items",)),
    **dict.fromkeys(("path", "target", "url", "urls"), ("targets",)),
    **dict.fromkeys(("completion", "key", "menu", "shortcuts", "tab"), ("keys",)),
    **dict.fromkeys(("pipe", "pipes", "redirect"), ("redirects",)),
    **dict.fromkeys(("description", "swagger"), ("show", "api")),
    **dict.fromkeys(("html", "jsonpath", "xml", "xpath"), ("variables",)),
    **dict.fromkeys(("json", "links", "response", "status", "timing"), ("show", "last")),
    **dict.fromkeys(("page", "pages", "pagination"), ("next",)),
    **dict.fromkeys(("proxies", "certificate", "certificates", "tls", "ssl"), ("show", "options")),
}
"""Words that a newcomer may look for, and the help topic for each."""
_VALUES = {
    "flag": "yes or no",
    "duration": "seconds, or with a unit: 500ms, 10s, 2m",
    "size": "bytes, or with a unit: 500k, 64M, 1G",
    "integer": "a whole number",
    "path": "a file",
}
"""Descriptions of option values, by their kind."""
_REQUEST_FLAGS = frozenset(REQUEST_FLAGS)


def help_text(words: tuple[str, ...] = ()) -> Fragments:
    """The text of `help WORDS`: an overview, the commands of a verb or of a noun, one command, a flag, or a topic.

    Raises `UsageError` with the nearest topic if the words do not name a topic.
    """
    topic = tuple(word.lower() for word in words[:2])
    if not topic:
        return _overview()
    if words[-1][:1] == "-" and len(words[-1]) > 1:
        return _flag_help(words)
    if command := BY_WORDS.get(topic) or BY_WORDS.get(_SCHEMES.get(topic[0], ())):
        return _command_help(command)
    if topic[-1] == "curl" and topic[0] in ("import", "curl"):
        return _topic_help("curl")
    if topic[0] in TOPICS:
        return _topic_help(topic[0])
    family = [command for command in COMMANDS if command.words[0] == topic[0]]
    if len(topic) == 1 and (found := family or _of_noun(topic[0])):
        return [*_listing(found), ("hint", f"\nto explain one command: help {found[0].name}\n")]
    if option := OPTIONS.get(topic[-1]):
        return _option_help(option)
    if len(words) == 1 and find_flag(_ALL_FLAGS, f"--{topic[0]}") is not None:
        return _flag_help((f"--{topic[0]}",))
    if len(words) == 1 and (meant := _WORDS.get(topic[0])):
        return help_text(meant)
    return _raise_unknown_topic(words[:2], family)


_ALL_FLAGS = tuple(flag for command in COMMANDS for flag in command.flags)


def _of_noun(noun: str) -> list[Command]:
    """The commands for a noun, such as `set header`, `unset header` and `show headers`."""
    nouns = {noun, f"{noun}s"}
    return [command for command in COMMANDS if len(command.words) > 1 and command.words[1] in nouns]


def _flag_help(words: tuple[str, ...]) -> Fragments:
    """Help on a flag of the named command, or of any command."""
    name = words[-1].partition("=")[0]
    commands = [command for command in COMMANDS if command.words == words[: len(command.words)]] or COMMANDS
    flags = [flag for command in commands for flag in command.flags]
    flag = find_flag(tuple(flags), name)
    if flag is None:
        near_hint = hint(
            name, [word for flag in flags for word in flag.words], "to list the flags of a request: help get"
        )
        raise UsageError(f"No help on '{name}'", hint=near_hint)
    title = ("title", f"{', '.join(flag.words)}{_flag_value(flag)}")
    option = OPTIONS.get(flag.option)
    return [title, ("", f"  {flag.help}\n"), *(_option_help(option)[2:] if option is not None else [])]


def _option_help(option: Option) -> Fragments:
    """Help on an option: its purpose, its default, and how to set it."""
    default = format_option(option.name, option.default)
    values = f"one of {', '.join(option.choices)}" if option.choices else _VALUES.get(option.kind, "")
    values_text = f"{values}; " if values else ""
    lines: Fragments = [("title", option.name), ("", f"  {option.help}\n")]
    lines.append(("", f"{values_text}{f'{default} if not set' if default else 'not set at first'}\n"))
    one = "" if option.scope == "shell" else f"; for one request: --{option.name} VALUE"
    return [*lines, ("hint", f"set option {option.name} VALUE{one}\n")]


def _raise_unknown_topic(topic: tuple[str, ...], family: list[Command]) -> Fragments:
    verb = family[0].words[0] if family else ""
    if family and len(family[0].words) == 1:  # a command without nouns, such as get
        tip = f"help {verb}"
    elif family:
        tip = hint(topic[1], [command.words[-1] for command in family], f"help {verb}", prefix=f"{verb} ")
    elif joined := split_command(topic[0]):
        tip = suggestion(joined)
    elif absent := NO_SUCH_WORDS.get(topic[0]):
        tip = absent
    else:
        tip = hint(topic[0], [*(words[0] for words in BY_WORDS), *TOPICS], "to list commands and topics: help")
    raise UsageError(f"No help on '{topic[-1] if family else topic[0]}'", hint=tip)


def usage(command: Command) -> str:
    """How to write a command, such as `unset cookie NAMES.. [ATTRIBUTES..] [--flags]`."""
    words = [*command.words, *map(_argument_usage, command.arguments)]
    if command.takes:
        words.append("{ITEM}" if command.takes == "items" else "REQUEST")
    words.extend(f"[{_flag_usage(flag)}]" for flag in command.flags if flag not in _REQUEST_FLAGS)
    if command.takes == "items":
        words.append("{FLAG}")
    return " ".join(words)


def _argument_usage(argument: Argument) -> str:
    name = argument.name.upper() + (".." if argument.is_many else "")
    return name if argument.is_required else f"[{name}]"


def _flag_usage(flag: Flag) -> str:
    value = {"": "", "switch_value": "", "option_value": " VALUE"}.get(flag.kind)
    return flag.words[0] + (f" {flag.name.upper()}" if value is None else value)


def _overview() -> Fragments:
    lines: Fragments = []
    for family in dict.fromkeys(command.family for command in COMMANDS):
        lines.append(("title", f"{family}\n"))
        lines.extend(_listing(command for command in COMMANDS if command.family == family))
        lines.append(("", "\n"))
    lines.append(("title", "More\n"))
    for name, (about, _) in TOPICS.items():
        lines.extend(_row(f"help {name}", about))
    lines.append(("hint", "\nto explain one command: help COMMAND; Tab completes everywhere\n"))
    return lines


def _listing(commands: Iterable[Command]) -> Fragments:
    return [fragment for command in commands for fragment in _row(command.name, command.summary)]


def _row(name: str, about: str, style: str = "command") -> Fragments:
    return [("", "  "), (style, name.ljust(_WIDTH)), ("", f" {about}\n")]


def _command_help(command: Command) -> Fragments:
    lines: Fragments = [("command", usage(command)), ("", f"\n{command.summary}\n")]
    if command.about:
        lines.append(("", f"{command.about}\n"))
    if command.arguments:
        lines.append(("title", "\nArguments\n"))
        for argument in command.arguments:
            lines.extend(_row(argument.name.upper(), _about(argument)))
    if command.flags:
        lines.append(("title", "\nFlags\n"))
        for flag in command.flags:
            lines.extend(_row(f"{', '.join(flag.words)}{_flag_value(flag)}", flag.help, "flag"))
    lines.append(("title", "\nExamples\n"))
    lines.extend(("", f"  {example}\n") for example in command.examples)
    return lines


def _about(argument: Argument) -> str:
    return argument.help or ARGUMENT_TYPES[argument.kind].what


def _flag_value(flag: Flag) -> str:
    if flag.is_optional:
        return f"[={flag.metavar}]"
    if flag.kind == "switch_value":
        return " [yes|no]"
    return " ..." if flag.kind else ""


def _topic_help(name: str) -> Fragments:
    about, text = TOPICS[name]
    return [("title", f"{about}\n"), ("", f"{_unbroken(text)}\n")]


def _unbroken(text: str) -> str:
    """The text with each row and each paragraph in one line.

    The caller breaks the lines for the width of the screen.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        is_of_paragraph = bool(lines and line) and len(lines[-1]) > _BROKEN_FROM and "  " not in line
        if line.startswith("    ") or is_of_paragraph:
            lines[-1] += f" {line.lstrip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


_BROKEN_FROM = 80
"""If a line is longer than this, the next line continues its paragraph."""


def commands_markdown() -> str:
    """The whole of docs/commands.md: every command, topic and option of the tables."""
    lines = [
        "# Commands",
        "",
        "Each line is a verb and its words. This page is made from the table of commands",
        "(`python -m callbox.shell.help_pages > docs/commands.md`); `help` in the shell shows the same texts.",
        "",
    ]
    for family in dict.fromkeys(command.family for command in COMMANDS):
        lines += [f"## {family}", ""]
        for command in COMMANDS:
            if command.family == family:
                lines += _command_markdown(command)
    lines += ["## Flags of a request", "", *_flag_lines(REQUEST_FLAGS), ""]
    for name, (about, text) in TOPICS.items():
        lines += [f"## {name.capitalize()}", "", f"{about}", "", "```text", text, "```", ""]
    lines += ["## Options", "", "| name | default | meaning |", "|---|---|---|"]
    for name, option in OPTIONS.items():
        lines.append(f"| `{name}` | {format_option(name, option.default) or '-'} | {option.help} |")
    return "\n".join([*lines, ""])


def _command_markdown(command: Command) -> list[str]:
    lines = [f"### {command.name}", "", command.summary, "", "```text", usage(command), "```", ""]
    if command.about and (command.takes != "items" or command.words in (("get",), ("again",))):
        lines += [command.about, ""]
    if command.arguments:
        lines += [f"- `{argument.name.upper()}`: {_about(argument)}" for argument in command.arguments]
        lines.append("")
    own = [flag for flag in command.flags if flag not in _REQUEST_FLAGS]
    if own:
        lines += [*_flag_lines(own), ""]
    return [*lines, "```text", *command.examples, "```", ""]


def _flag_lines(flags: Iterable[Flag]) -> list[str]:
    return [f"- `{', '.join(flag.words)}{_flag_value(flag)}`: {flag.help}" for flag in flags]


def main() -> None:
    """Write docs/commands.md to the standard output."""
    sys.stdout.write(commands_markdown())


if __name__ == "__main__":
    main()
