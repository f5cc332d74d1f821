"""Parse a line by the command table: its command, the role of each word, and what may follow.

`analyse` never raises, not even for half-typed lines; it collects problems. `callbox.shell.line.binder` checks
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.exchange.headers import TOKEN
from callbox.shell.line.argument_types import ARGUMENT_TYPES, EarlierArguments
from callbox.shell.line.grammar import Argument, Command, Flag
from callbox.shell.line.lexer import BARE, Line, Word, split
from callbox.shell.line.targets_and_items import find_separator, is_body_item
from callbox.shell.registry import BY_WORDS, VERBS
from callbox.spelling import closest, hint, suggestion

REQUESTS = frozenset(words for words, command in BY_WORDS.items() if command.takes == "items")
"""The commands that may follow `preview`."""
MAX_USUAL = 500
"""The longest line, in characters, whose analysis is cached. A line with a pasted body is longer."""
METHOD_COMMANDS = frozenset(words[0] for words in REQUESTS) - {"send", "again", "next"}
"""The commands that are HTTP methods; `send` takes any other method."""


Role = Literal["command", "noun", "argument", "flag", "flag_value", "flag_with_value", "item", "unknown"]


class WordRole(NamedTuple):
    """A word and its role in the line."""

    word: Word
    role: Role
    """The role.

    `command`, `noun`, `argument`, `flag` (without a value, or with the next word as value), `flag_value` (that next
    word), `flag_with_value` (`--name=value`), `item` or `unknown`.
    """
    argument: Argument | None = None
    flag: Flag | None = None


class LineProblem(NamedTuple):
    """An error in a line, with its span."""

    message: str
    start: int
    end: int
    hint: str = ""
    is_open: bool = False
    """Whether the line only lacks something at its end, which the user may still type."""


class Analysis(NamedTuple):
    """The result of parsing a line, complete or not."""

    line: Line
    command: Command | None = None
    parts: tuple[WordRole, ...] = ()
    """The words with their roles, in order. A cluster of flags such as `-vS` has several entries."""
    problems: tuple[LineProblem, ...] = ()
    next: tuple[Argument, ...] = ()
    """The arguments that the next word could be."""
    flags: tuple[Flag, ...] = ()
    """The flags that may still be typed."""
    pending: Flag | None = None
    """The flag whose value the next word is; None if there is none."""
    earlier: EarlierArguments = {}
    """The arguments read so far, by name. The type of a later value may depend on them."""
    takes_items: bool = False
    nouns: tuple[str, ...] = ()
    """The nouns that could follow an incomplete command."""
    inner: Analysis | None = None
    """The request inside the line, such as the one that `preview` shows."""

    @property
    def is_blank(self) -> bool:
        """Whether the line has only blanks or a comment."""
        line = self.line
        return not line.words and line.redirect is None and line.bang < 0


def analyse(text: str) -> Analysis:
    """Parse a line. Every text has an analysis.

    >>> analyse("set header X-A 1").command.name, [p.role for p in analyse("get /x a==1 --form").parts]
    ('set header', ['command', 'argument', 'item', 'flag'])
    """
    return _analyse_usual(text) if len(text) <= MAX_USUAL else _analyse(split(text))


def analyse_line(line: Line) -> Analysis:
    """Parse a line that is split into words already."""
    return _analyse_usual(line.text) if len(line.text) <= MAX_USUAL else _analyse(line)


@lru_cache(maxsize=8)
def _analyse_usual(text: str) -> Analysis:
    """The cached analysis of a line of usual length. Colours, menu, history and command share it."""
    return _analyse(split(text))


def _analyse(line: Line) -> Analysis:
    if line.bang >= 0:
        return Analysis(line, BY_WORDS[("!",)])
    return analyse_words(line, line.words)


def analyse_words(line: Line, words: tuple[Word, ...]) -> Analysis:
    """Parse the first words of a line, to find what could follow them."""
    return _LineReader(line, words).read()


def find_command(words: tuple[Word, ...]) -> tuple[Command | None, int]:
    """The command that these words begin with, and how many of the words belong to its name."""
    lower = tuple(word.text.lower() for word in words[:2])
    for count in (2, 1):
        if len(lower) >= count and (command := BY_WORDS.get(lower[:count])):
            return command, count
    return None, 0


class _LineReader:
    """Parses a line in one pass over its words."""

    def __init__(self, line: Line, words: tuple[Word, ...], outer: tuple[Flag, ...] = ()) -> None:
        self.line = line
        self.words = words
        self.outer = outer
        """The flags of the outer command, such as `preview`."""
        self.command: Command | None = None
        self.parts: list[WordRole] = []
        self.problems: list[LineProblem] = []
        self.earlier: dict[str, str] = {}
        self.position = 0
        """The index of the argument that the next word may be."""
        self.filled: set[int] = set()
        """The indexes of arguments that have a word."""
        self.pending: Flag | None = None
        self.skipped: tuple[Argument, Word] | None = None
        """An optional argument that was left out, and the word that did not fit it."""
        self.takes_flags = True
        self.inner: Analysis | None = None

    def read(self) -> Analysis:
        """Give every word its role."""
        self.command, count = find_command(self.words)
        if self.command is None:
            return self.read_unknown()
        for index, word in enumerate(self.words[:count]):
            self.parts.append(WordRole(word, "noun" if index else "command"))
        for index, word in enumerate(self.words[count:], count):
            if self.read_word(word, index):
                break
        self.note_missing()
        return self.result()

    def result(self) -> Analysis:
        command = self.command
        return Analysis(
            line=self.line,
            command=command,
            parts=tuple(self.parts),
            problems=tuple(self.problems),
            next=self.open_arguments(),
            flags=self.open_flags(),
            pending=self.pending,
            earlier=self.earlier,
            takes_items=command is not None and command.takes == "items",
            nouns=(),
            inner=self.inner,
        )

    def read_unknown(self) -> Analysis:
        """Report an unknown command, or a missing or unknown noun."""
        if not self.words:
            return Analysis(self.line, nouns=tuple(VERBS))
        verb = self.words[0]
        nouns = VERBS.get(verb.text.lower(), ())
        if not nouns:
            self.problem(f"No command '{verb.text}'", verb, tip_for_unknown(self.typed(verb)))
            self.parts.append(WordRole(verb, "unknown"))
        else:
            self.parts.append(WordRole(verb, "command"))
            self.read_unknown_noun(verb.text.lower(), nouns)
        self.parts.extend(WordRole(word, "unknown") for word in self.words[len(self.parts) :])
        return Analysis(
            self.line,
            parts=tuple(self.parts),
            problems=tuple(self.problems),
            nouns=nouns if len(self.words) == 1 else (),
        )

    def read_unknown_noun(self, verb: str, nouns: tuple[str, ...]) -> None:
        if len(self.words) == 1:
            end = self.words[0].end
            self.problems.append(
                LineProblem(
                    message=f"{verb} what?", start=self.words[0].start, end=end, hint=", ".join(nouns), is_open=True
                )
            )
            return
        noun = self.words[1]
        tip = _ALTERNATIVES.get((verb, noun.text.lower())) or tip_for_noun(verb, noun, nouns)
        self.problem(f"Cannot {verb} '{noun.text}'", noun, tip)

    def read_word(self, word: Word, index: int) -> bool:
        """Give one word its role. Returns True if the rest of the line is handled."""
        if self.pending is not None:
            self.parts.append(WordRole(word, "flag_value", flag=self.pending))
            self.pending = None
        elif self.is_flag(word):
            self.read_flag(word, index)
        elif self.command is not None and self.command.takes == "request":
            self.read_request(index)
            return True
        else:
            self.read_argument(word)
        return False

    def is_flag(self, word: Word) -> bool:
        if self.command is not None and self.command.words == ("help",):
            return False  # a flag may be the topic that help is asked about
        if not self.takes_flags or word.text[:1] != "-" or word.marks[0] != BARE or len(word.text) < 2:
            return False
        return not word.text[1].isdigit()

    def help_line(self) -> str:
        """The command that shows help for this command."""
        return f"to list its flags: help {' '.join(self.command.words)}" if self.command is not None else "help"

    def read_flag(self, word: Word, index: int) -> None:
        if word.text == "--":
            self.takes_flags = False
            self.parts.append(WordRole(word, "flag"))
            return
        name, equals, _ = word.text.partition("=")
        flag = find_flag(self.flags(), name)
        if flag is None and self.read_cluster(word, index):
            return
        if flag is None:
            words = [w for f in self.flags() for w in f.words]
            otherwise = f"if this word is not a flag, quote it: '{word.text}'"
            tip = self.help_line() if name == "--help" else hint(name, words, otherwise)
            if self.command is not None and name == "--reveal":
                tip = _REVEALED
            if self.command is not None and self.command.takes == "items":
                tip = _OF_OTHER_TOOLS.get(name) or _OF_OTHER_TOOLS.get(name[:2]) or tip
            self.problem(f"No flag '{name}' here", word, tip)
            self.parts.append(WordRole(word, "unknown"))
            return
        if equals:
            self.parts.append(WordRole(word, "flag_with_value", flag=flag))
            if not flag.kind or name not in flag.words:
                self.problem(f"{name} takes no value", word, f"try {name}")
            return
        self.parts.append(WordRole(word, "flag", flag=flag))
        if flag.kind and name in flag.words and not self.stands_alone(flag, index):
            self.pending = flag

    def read_cluster(self, word: Word, index: int) -> bool:
        """Read `-vS` as `-v -S`. A flag with a value takes the rest of the word: `-pHB` is `-p HB`.

        Returns False if a letter before that value is not a flag.
        """
        parts: list[WordRole] = []
        if word.text[:2] == "--" or set(word.marks[: len(word.text)]) != {BARE}:
            return False
        for at in range(1, len(word.text)):
            flag = find_flag(self.flags(), f"-{word.text[at]}")
            if flag is None:
                return False
            parts.append(WordRole(word.part(at - (at == 1), at + 1), "flag", flag=flag))
            if flag.kind and not self.stands_alone(flag, index):
                if at + 1 == len(word.text):
                    self.pending = flag
                else:
                    parts.append(WordRole(word.part(at + 1), "flag_value", flag=flag))
                break
        self.parts.extend(parts)
        return True

    def stands_alone(self, flag: Flag, index: int) -> bool:
        """Whether a yes-or-no flag is not followed by `yes` or `no`, so that the flag itself means yes."""
        if flag.is_optional:
            return True
        if flag.kind != "switch_value":
            return False
        following = self.words[index + 1].text.lower() if index + 1 < len(self.words) else ""
        return following not in ("yes", "no", "on", "off", "true", "false")

    def flags(self) -> tuple[Flag, ...]:
        # the flags of the outer command come first: in `preview get /x --as curl`, `--as` is one of preview
        return self.outer + (self.command.flags if self.command else ())

    def read_request(self, index: int) -> None:
        """Read the remaining words as a request command."""
        command, _ = find_command(self.words[index:])
        word = self.words[index]
        if command is None or command.words not in REQUESTS:
            tip = _PREVIEW_EXAMPLE
            if command is None:
                tip = self.tip_for_request(self.typed(word))
            self.problem(f"'{word.text}' is not a request", word, tip)
            self.parts.extend(WordRole(rest, "unknown") for rest in self.words[index:])
            return
        self.inner = _LineReader(self.line, self.words[index:], self.flags()).read()
        self.parts.extend(self.inner.parts)
        self.problems.extend(self.inner.problems)

    def typed(self, word: Word) -> str:
        """The word as it was typed, with its quotes."""
        return self.line.text[word.start : word.end]

    def tip_for_request(self, text: str) -> str:
        """The hint for a word that is not a command, in a place where a request is required."""
        own = self.command.name if self.command is not None else ""
        if joined := split_command(text):
            return suggestion(joined)
        if text.startswith(("/", ":")) or "://" in text:
            return f"{own} get {text}"
        return hint(text, [words[0] for words in REQUESTS], _PREVIEW_EXAMPLE)

    def read_argument(self, word: Word) -> None:
        arguments = self.command.arguments if self.command else ()
        while self.position < len(arguments):
            argument = arguments[self.position]
            if self.is_for(word, argument):
                self.take(word, argument)
                return
            if self.position not in self.filled:
                self.skipped = argument, word
            self.position += 1
        if self.command is not None and self.command.takes == "items":
            if self.parts[-1].role == "flag" and self.parts[-1].word.text == "-d" and is_body_item(word):
                self.problem("-d is --download here", self.parts[-1].word, _INSTEAD_OF_DATA)
            self.parts.append(WordRole(word, "item"))
            return
        self.refuse_extra(word)
        self.parts.append(WordRole(word, "unknown"))

    def refuse_extra(self, word: Word) -> None:
        """Report one word too many, or the misspelt earlier word that caused it."""
        if self.skipped is not None:
            argument, misspelt = self.skipped
            try:
                ARGUMENT_TYPES[argument.kind].parse(misspelt.text, self.earlier)
            except UsageError as error:
                self.problem(error.message, misspelt, error.hint)
                return
        self.problem(f"'{word.text}' is an extra word", word, self.tip_for_extra())

    def is_for(self, word: Word, argument: Argument) -> bool:
        """Whether this word can be this argument. The first word of a required argument is always accepted."""
        arguments = self.command.arguments if self.command else ()
        is_first = self.position not in self.filled
        if argument.is_required and is_first:
            return True
        if not ARGUMENT_TYPES[argument.kind].accepts(word):
            return False
        following = arguments[self.position + 1 : self.position + 2]
        if argument.is_many and following and not following[0].is_required:
            return not (ARGUMENT_TYPES[following[0].kind].accepts(word) and not is_first)
        return True

    def take(self, word: Word, argument: Argument) -> None:
        self.parts.append(WordRole(word, "argument", argument))
        self.filled.add(self.position)
        self.earlier[argument.name] = f"{self.earlier.get(argument.name, '')} {word.text}".strip()
        if not argument.is_many:
            self.position += 1

    def tip_for_extra(self) -> str:
        command = self.command
        if command is not None and command.arguments and not command.arguments[-1].is_many:
            return "quote a value with blanks"
        if command is not None and not command.arguments:
            return f"{command.name} takes no words"
        return f"help {command.name}" if command is not None else ""

    def note_missing(self) -> None:
        end = self.words[-1].end
        if self.pending is not None:
            what = ARGUMENT_TYPES[self.pending.kind].what
            tip = tip_for_value(self.pending)
            self.problems.append(
                LineProblem(message=f"{self.words[-1].text} needs {what}", start=end, end=end, hint=tip, is_open=True)
            )
            return
        for position, argument in enumerate(self.command.arguments if self.command else ()):
            if argument.is_required and position not in self.filled:
                self.missing(ARGUMENT_TYPES[argument.kind].what, end)
                return
        if self.command is not None and self.command.takes == "request" and self.inner is None and not self.problems:
            self.missing("a request", end)

    def missing(self, what: str, end: int) -> None:
        command = self.command
        example = f"as in: {command.examples[0]}" if command is not None and command.examples else ""
        self.problems.append(
            LineProblem(message=f"{what} is missing", start=end, end=end + 1, hint=example, is_open=True)
        )

    def open_arguments(self) -> tuple[Argument, ...]:
        """The arguments that the next word could be, up to the first required one."""
        found = []
        for position, argument in enumerate(self.command.arguments if self.command else ()):
            if position < self.position:
                continue
            found.append(argument)
            if argument.is_required and position not in self.filled:
                break
        return tuple(found)

    def open_flags(self) -> tuple[Flag, ...]:
        typed = {part.flag.name for part in self.parts if part.flag is not None}
        return tuple(flag for flag in self.flags() if flag.name not in typed)

    def problem(self, message: str, word: Word, tip: str) -> None:
        self.problems.append(LineProblem(message=message, start=word.start, end=word.end, hint=tip))


_PREVIEW_EXAMPLE = "as in: preview get /path"
_INSTEAD_OF_DATA = "leave out -d; --form sends a form, as curl does; to write the response to a file: --download"


def find_flag(flags: tuple[Flag, ...], name: str) -> Flag | None:
    """The flag with this spelling. `--no-NAME`, or curl's word for it, finds the flag of a yes-or-no option."""
    for flag in flags:
        if name in flag.words or (flag.option and name in OPTIONS[flag.option].negations):
            return flag
    if name.startswith("--no-"):
        positive = find_flag(flags, f"--{name.removeprefix('--no-')}")
        return positive if positive is not None and positive.kind == "switch_value" else None
    return None


_PREVIEW = "to show the request and send nothing, put 'preview' before the line in place of this flag"
_AS_COMMAND = "to show the request as a command, put 'preview --as curl' before the line in place of this flag"
_OF_OTHER_TOOLS: Mapping[str, str] = {
    **dict.fromkeys(("-H", "--header"), "a header is NAME:VALUE, as X-Test:1"),
    **dict.fromkeys(("--user-agent", "--referer", "-e"), "a header is NAME:VALUE, as User-Agent:mine or Referer:URL"),
    **dict.fromkeys(("-r", "--range"), "a header is NAME:VALUE, as Range:bytes=0-9"),
    **dict.fromkeys(
        ("--cookie", "-c", "--cookie-jar"),
        "for this request: Cookie:NAME=VALUE; for all requests: set cookie NAME VALUE",
    ),
    **dict.fromkeys(("-X", "--request"), "the method is the first word: put /users/7"),
    **dict.fromkeys(("-o", "--output", "--save", "--out"), "> FILE writes the body to a file"),
    **dict.fromkeys(("-O", "--remote-name"), "--download writes the body to a file named by the response"),
    **dict.fromkeys(("--data", "--data-raw", "--data-binary"), "a field is NAME=VALUE; --body TEXT is a whole body"),
    **dict.fromkeys(
        ("--raw", "--json-body", "--content-type"), "--body TEXT is a whole body; its type is Content-Type:TYPE"
    ),
    **dict.fromkeys(("-T", "--upload-file", "--file"), "@FILE is a body, NAME@FILE uploads a file in a form"),
    "-F": "NAME=VALUE --form is a form, NAME@FILE uploads a file",
    **dict.fromkeys(("-u", "--user", "--basic"), "--auth USER:PASSWORD"),
    **dict.fromkeys(("--token", "--bearer", "--oauth2-bearer"), "--auth-type bearer --auth TOKEN"),
    "--digest": "--auth-type digest --auth USER:PASSWORD",
    **dict.fromkeys(("-L", "--location"), "callbox follows redirects; to stop this: --no-follow"),
    **dict.fromkeys(("-I", "--head"), "for the headers alone: head /users"),
    **dict.fromkeys(("-i", "--include"), "callbox prints the headers; to print the request, too: -v"),
    **dict.fromkeys(("-s", "--silent"), "-q prints only the body"),
    "-m": "--max-time 5 limits the whole request to 5 seconds",
    "-x": "--proxy URL sends the request through a proxy",
    **dict.fromkeys(("-N", "--no-buffer"), "--stream prints the body as it arrives"),
    **dict.fromkeys(("-w", "--write-out", "--meta"), "for the times of the last response: show last timing"),
    **dict.fromkeys(
        ("--fail", "--check-status"), "to exit with 1 after a response of 400 or more: callbox --check-status URL -c .."
    ),
    "--compressed": "callbox asks for compressed responses; to stop this: --no-compress",
    **dict.fromkeys(("-G", "--get", "--query", "--param", "--params"), "a parameter is NAME==VALUE"),
    **dict.fromkeys(("--offline", "--dry-run", "--print-request"), _PREVIEW),
    **dict.fromkeys(("--curl", "--curl-long"), _AS_COMMAND),
    **dict.fromkeys(("--session", "--session-read-only"), "save session NAME, and later: load session NAME"),
    **dict.fromkeys(
        ("--jq", "--filter"), "to show a part: show last json.items[*].id; to give the body to jq: | jq .items"
    ),
    "--retry": "--retries N tries again when no connection can be made",
    **dict.fromkeys(("--repeat", "--times"), "to repeat the last request: again --times N"),
    **dict.fromkeys(
        ("--format", "--response-mime", "--response-as"), "--as json shows the body as JSON, whatever its type"
    ),
    **dict.fromkeys(
        ("--pretty", "--style"), "to choose the colours: set option theme; to write the body as it is: > FILE"
    ),
    **dict.fromkeys(("--debug", "--trace", "--trace-ascii"), "-v shows the request, too; --all shows redirects"),
    **dict.fromkeys(("--http1.1", "--http2", "--http3", "--http-version"), "callbox sends HTTP/1.1; leave it out"),
}
"""Hints for options of curl, HTTPie, xh and wget that a request of this shell does not have: what to type here."""
_REVEALED = "secrets are shown by: preview get / --reveal; show cookies --reveal; show last request --reveal"
_EXAMPLES = {"count": "50", "run_pair": "user=ann"}
_VALUES = {"duration": "10s", "size": "64M", "integer": "3", "path": "FILE"}


def tip_for_value(flag: Flag) -> str:
    """How to write a flag with its value."""
    if flag.kind in _EXAMPLES:
        return f"as in: {flag.words[0]} {_EXAMPLES[flag.kind]}"
    option = OPTIONS.get(flag.option)
    if option is None:
        return ""
    example = _VALUES.get(option.kind)
    return f"as in: {flag.words[0]} {example}" if example else option.help


def split_command(word: str) -> str:
    """Split a word in which the blank between a command and its argument is missing; empty for any other word.

    >>> split_command("get/books/2"), split_command("show-history"), split_command("again2"), split_command("getx")
    ('get /books/2', 'show history', 'again 2', '')
    """
    folded = word.lower()
    for words in BY_WORDS:
        if folded in ("".join(words), "-".join(words), "_".join(words)):
            return " ".join(words)
    verbs = [words[0] for words in BY_WORDS if folded.startswith(words[0]) and words[0].isalpha()]
    verb = max(verbs, key=len, default="")
    rest = word[len(verb) :]
    is_target = rest.lower().startswith(("/", ":", "{", "'", '"', "http://", "https://"))
    return f"{word[: len(verb)]} {rest}" if verb and (is_target or rest.isdigit()) else ""


_AS_SCRIPT = "to write the requests as a script: save history FILE.http"
_FOR_TOKEN = "for a token: set auth bearer TOKEN"
_FOR_USER = "for a user: set auth basic USER:PASSWORD"
_FOR_KEY = "for a key: set auth apikey NAME KEY"
_COPIED_REQUEST = "copy a request as cURL in the browser and paste it; to write an archive: export har"
_COLLECTION = "export its requests as OpenAPI there, and import openapi FILE; or paste a request as a curl command"
_NO_ALIASES = "there are no aliases; to save a request: save request NAME; to send it: send NAME"
NO_SUCH_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("alias", "aliases", "unalias", "macro", "macros"), _NO_ALIASES),
    **dict.fromkeys(("postman", "insomnia", "bruno", "hoppscotch"), _COLLECTION),
}
"""Hints for words of other tools that are neither a command nor a topic of help here."""
_ALTERNATIVES = {
    ("import", "har"): _COPIED_REQUEST,
    **{("import", tool): _COLLECTION for tool in ("postman", "insomnia", "bruno", "hoppscotch")},
    **{("export", tool): _AS_SCRIPT for tool in ("postman", "insomnia", "bruno", "hoppscotch")},
    ("set", "authorization"): "for a token: set auth bearer TOKEN; another value: set header Authorization VALUE",
    **{("export", noun): "to show a request as a command: preview --as curl get /x" for noun in ("curl", "python")},
    **{("export", noun): _AS_SCRIPT for noun in ("http", "requests", "history")},
    **{("set", noun): _FOR_TOKEN for noun in ("token", "bearer", "jwt")},
    **{("set", noun): _FOR_USER for noun in ("basic", "user", "password")},
    **{("set", noun): _FOR_KEY for noun in ("apikey", "api-key", "key")},
}
"""Hints for commands that other tools have and this shell does not have."""
FIXED_HINTS = frozenset((*_OF_OTHER_TOOLS.values(), *NO_SUCH_WORDS.values(), *_ALTERNATIVES.values()))
"""Hints that contain no word of the typed line, so they contain no secret."""

_SYNONYMS = {
    **dict.fromkeys(("param", "parameter", "query-param", "querystring", "query-string", "qs"), "query"),
    **dict.fromkeys(("variable", "env-var"), "var"),
    **dict.fromkeys(("url", "base-url", "server", "origin", "endpoint"), "base"),
    **dict.fromkeys(("setting", "config", "flag"), "option"),
    **dict.fromkeys(("credential", "login", "token", "password"), "auth"),
    **dict.fromkeys(("response", "answer", "result", "body"), "last"),
    **dict.fromkeys(("description", "openapi", "swagger", "operation"), "api"),
    **dict.fromkeys(("log", "log-file"), "history"),
}
"""Nouns of other tools in the singular, and what they are called here."""


def tip_for_noun(verb: str, noun: Word, nouns: tuple[str, ...]) -> str:
    """The hint for an unknown second word: a noun that is spelled like it or means the same. Otherwise, the hint lists
    the nouns of the verb, or guesses a noun from the form of the word.
    """
    if near := closest(noun.text, nouns) or _same_noun(noun.text, nouns):
        return suggestion(near)
    listed = f"{verb} {', '.join(nouns)}"
    if verb == "set":
        return _tip_for_setting(noun, listed)
    if verb == "import":
        return _tip_for_import(noun.text, listed)
    return listed


def _same_noun(word: str, nouns: tuple[str, ...]) -> str:
    """The noun of this shell that means the same as a word, as singular or plural like the nouns of the command; empty
    if none does.

    >>> _same_noun("params", ("header", "query")), _same_noun("variable", ("headers", "vars"))
    ('query', 'vars')
    """
    singular = word.lower().removesuffix("s")
    name = _SYNONYMS.get(singular, _SYNONYMS.get(word.lower(), ""))
    return next((noun for noun in nouns if name and noun in (name, f"{name}s")), "")


def _tip_for_setting(noun: Word, listed: str) -> str:
    """The hint for `set NAME ..` without a noun. A value is not repeated, because it may be a secret."""
    separation = find_separator(noun)
    name = noun.text[: separation.at] if separation is not None else noun.text
    if separation is not None and separation.kind == "query":
        return f"set query {name} VALUE"
    if not TOKEN.match(name):
        return listed
    is_header = separation is not None and separation.kind == "header"
    if is_header or "-" in name or name.lower() in _HEADERS:
        return f"set header {name} VALUE"
    if separation is not None and separation.kind == "field":
        return f"set var {name} VALUE"
    return f"for a variable: set var {name} VALUE; otherwise {listed}"


def _tip_for_import(name: str, listed: str) -> str:
    """The hint for `import FILE`: the nouns for a file with this suffix."""
    suffix = name.lower().rpartition(".")[2] if "." in name else ""
    if suffix == "har":
        return _COPIED_REQUEST
    if suffix == "json":
        return f"for a description: import openapi {name}; for a session of HTTPie: import httpie {name}"
    if suffix in ("yaml", "yml"):
        return f"import openapi {name}"
    if suffix == "txt":
        return f"import cookies {name}"
    return f"{listed}; to show the request of a curl command: import curl .."


_HEADERS = frozenset({"accept", "cookie", "host", "origin", "range", "referer", "te", "via"})
"""Names of headers that have no hyphen."""


def tip_for_unknown(verb: str) -> str:
    """The hint for an unknown first word. For a noun, the hint is the verb that must come before it."""
    if absent := NO_SUCH_WORDS.get(verb.lower()):
        return absent
    verbs = [known for known, nouns in VERBS.items() if verb.lower() in nouns]
    if verbs:
        return f"try {verbs[0]} {verb.lower()}"
    if joined := split_command(verb):
        return suggestion(joined)
    if "://" in verb or verb.startswith(("/", "www.", "localhost")):
        return f"try get {verb}, or cd {verb}"
    return hint(verb, [words[0] for words in BY_WORDS], "to list the commands: help")
