"""A typed line, split into words.

The lexer never fails: half-typed lines are split too, and every word keeps its span. Quoting is that of a POSIX shell,
including `$'...'`, with three additions. `{{...}}` is one piece everywhere, also in quotes: blanks and quotes in it are
text, and its value is filled in later. A command in backquotes is also one piece, except in single quotes. Braces or
brackets after `:=`, or at the start of a word that begins like JSON, hold JSON unchanged, with its blanks and quotes.

`$'...'` is read as POSIX shells and bash read it. Browsers use it for copied requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from callbox.exchange.shell_string_escapes import read_escape

BARE, QUOTED, VARIABLE, COMMAND, FILLED, JSON = "b", "q", "v", "c", "f", "j"
"""The marks of characters: BARE (may be a separator), QUOTED (in quotes or escaped), VARIABLE (in `{{...}}`), COMMAND
(in backquotes), FILLED (the value of a variable or command), JSON (in a JSON text).
"""

_DOUBLE_ESCAPES = '"\\{}`'
_JSON_START = re.compile(
    r"""\{(?:\s|["}]|\Z)"""
    r"""|\[(?!\w*\][\[=:@])(?:\s|["\[\]{]|\Z|-?\d[\d.eE+-]*+\s*+(?:[,\]]|\Z)|(?:true|false|null)\s*+[,\]])""",
    re.ASCII,
)
"""Braces or brackets that begin JSON. A nested key (`[0][a]=1`) and an address (`[::1]`) do not match."""


class Word(NamedTuple):
    """One word: its position, its text without quotes, and the kind of each character of that text."""

    start: int
    end: int
    """The position after the word, its quotes included."""
    text: str
    marks: str
    """One mark for each character of `text`."""
    offsets: tuple[int, ...]
    """The position in the line of each character of `text`."""
    open: str = ""
    """The construct that this word opens and does not close: a quote, a backquote, `{`, `[`, `{{` or a final
    backslash.
    """

    @property
    def is_unquoted(self) -> bool:
        """Whether no character of the word was quoted."""
        return QUOTED not in self.marks and self.end - self.start == len(self.text)

    def part(self, start: int, stop: int | None = None) -> Word:
        """The characters from `start` to `stop` of the text, as a separate word."""
        stop = len(self.text) if stop is None else stop
        first = self.offsets[start] if start < len(self.offsets) else self.end
        last = self.offsets[stop] if stop < len(self.offsets) else self.end
        if start == 0 and stop == len(self.text):
            first = self.start
        return Word(
            start=first,
            end=max(first, last),
            text=self.text[start:stop],
            marks=self.marks[start:stop],
            offsets=self.offsets[start:stop],
        )

    def pieces(self) -> list[tuple[bool, int, int]]:
        """The parts of the text, each with its start and end, and whether a value or a command's output replaces it."""
        runs: list[tuple[bool, int, int]] = []
        position = 0
        while position < len(self.text):
            closing = _CLOSING.get(self.marks[position], "")
            stop = position + 1
            if closing:
                close = self.text.find(closing, position + len(closing))
                stop = len(self.text) if close < 0 else close + len(closing)
            else:
                while stop < len(self.text) and self.marks[stop] not in _CLOSING:
                    stop += 1
            runs.append((bool(closing), position, stop))
            position = stop
        return runs

    def fill(self, fill: Callable[[str], str]) -> Word:
        """The word with each `{{name}}` and command replaced by the result of `fill(name)`, marked as filled.

        A command is passed to `fill` with its backquotes, which no name contains.
        """
        if VARIABLE not in self.marks and COMMAND not in self.marks:
            return self
        texts: list[str] = []
        marks: list[str] = []
        offsets: list[int] = []
        for is_asked, start, stop in self.pieces():
            text = self.text[start:stop]
            if is_asked:
                text = fill(text if self.marks[start] == COMMAND else text[2:-2].strip("` \t\r\n"))
            texts.append(text)
            marks.append(FILLED * len(text) if is_asked else self.marks[start:stop])
            offsets.extend([self.offsets[start]] * len(text) if is_asked else self.offsets[start:stop])
        return Word(
            start=self.start,
            end=self.end,
            text="".join(texts),
            marks="".join(marks),
            offsets=tuple(offsets),
            open=self.open,
        )


_CLOSING = {VARIABLE: "}}", COMMAND: "`"}
"""The closing marks of variables and commands."""


class Redirect(NamedTuple):
    """Where the content of a response goes: `|` to a command, `>` or `>>` to a file."""

    operator: str
    text: str
    """The command as typed, or the name of the file."""
    start: int
    """The position of the operator."""
    end: int
    word: Word | None = None
    """The name of the file as a word."""
    extra: tuple[Word, ...] = ()
    """The words after the name of the file, which are an error."""


class Line(NamedTuple):
    """A line split into words."""

    text: str
    words: tuple[Word, ...] = ()
    redirect: Redirect | None = None
    comment: int = -1
    """The position of the comment; -1 if there is none."""
    bang: int = -1
    """The position of `!`, with a command of the system's shell after it; -1 if there is none."""

    @property
    def open(self) -> str:
        """The quote or bracket that is still open at the end of the line; empty if none is."""
        if self.redirect is not None:
            return self.redirect.word.open if self.redirect.word else ""
        return self.words[-1].open if self.words else ""

    @property
    def needs_more(self) -> bool:
        """Whether Enter adds another line: after an open quote, an open JSON value or a final backslash."""
        if self.words and (first := self._curl_start()) >= 0:
            from callbox.formats.bash_powershell_and_cmd_words import (
                needs_more,  # this import takes 5 ms, and such lines are rare
            )

            return needs_more(self.text[first:].split("\n"))
        return self.open not in ("", "{{", "`")

    def _curl_start(self) -> int:
        """The position of a curl command, whose words have the quotes of the system's shell; -1 if there is none."""
        index = 1 if self.words[0].text in ("$", "import") and len(self.words) > 1 else 0
        return self.words[index].start if self.words[index].text in CURL else -1


CURL = ("curl", "curl.exe")
"""The first words of a curl command."""
REPEAT = "!!"
"""The line that repeats the last command in bash. Other lines that begin with `!` go to the system's shell."""


def split(text: str, max_words: int | None = None) -> Line:
    """Split a line into words; every text is accepted.

    The text after `max_words` words is left out.

    >>> [w.text for w in split("get /x 'a b'=={{ last.json.q }} > out").words]
    ['get', '/x', 'a b=={{ last.json.q }}']
    """
    first = _skip_blanks(text, 0)
    if text.startswith("#", first) or (text.startswith("//", first) and not text[first + 2 : first + 3].strip()):
        return Line(text, comment=first)
    if text.startswith("!", first) and text[first:].rstrip() != REPEAT:
        return Line(text, bang=first)
    words, position, _ = _read_words(text, first, has_redirects=True, max_words=max_words)
    if position >= len(text) or (max_words is not None and len(words) >= max_words):
        return Line(text, words)
    return Line(text, words, _read_redirect(text, position))


def _read_redirect(text: str, start: int) -> Redirect:
    if text[start] == "|":
        return Redirect(operator="|", text=text[start + 1 :].strip(), start=start, end=len(text))
    operator = ">>" if text.startswith(">>", start) else ">"
    words, end, _ = _read_words(text, start + len(operator), has_redirects=False)
    name = words[0] if words else None
    return Redirect(operator=operator, text=name.text if name else "", start=start, end=end, word=name, extra=words[1:])


def _read_words(
    text: str, position: int, *, has_redirects: bool, max_words: int | None = None
) -> tuple[tuple[Word, ...], int, None]:
    words: list[Word] = []
    while True:
        position = _skip_blanks(text, position)
        is_full = max_words is not None and len(words) >= max_words
        if is_full or position >= len(text) or (has_redirects and text[position] in "|>"):
            return tuple(words), position, None
        word = _WordReader(text, position).read()
        words.append(word)
        position = word.end


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text):
        if text[position].isspace():
            position += 1
        elif text.startswith("\\\n", position):
            position += 2
        else:
            break
    return position


class _WordReader:
    """Reads one word; each method consumes one construct at `position`."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.position = start
        self.characters: list[str] = []
        self.marks: list[str] = []
        self.offsets: list[int] = []
        self.open = ""

    def read(self) -> Word:
        text = self.text
        while self.position < len(text):
            character = text[self.position]
            if character.isspace():
                break
            if text.startswith("{{", self.position):
                self.variable()
            elif character in _CONSTRUCTS:
                _CONSTRUCTS[character](self)
            elif character in "{[" and self.opens_json():
                self.json()
            else:
                self.take_run(_BARE_RUN, BARE)
        return Word(
            start=self.start,
            end=self.position,
            text="".join(self.characters),
            marks="".join(self.marks),
            offsets=tuple(self.offsets),
            open=self.open,
        )

    def take(self, mark: str) -> None:
        self.characters.append(self.text[self.position])
        self.marks.append(mark)
        self.offsets.append(self.position)
        self.position += 1

    def take_run(self, run: re.Pattern[str], mark: str) -> None:
        """Take the character and the ordinary characters after it at once, because long values are common."""
        found = run.match(self.text, self.position + 1)
        end = found.end() if found is not None else self.position + 1
        self.characters.extend(self.text[self.position : end])
        self.marks.extend(mark * (end - self.position))
        self.offsets.extend(range(self.position, end))
        self.position = end

    def variable(self) -> None:
        close = self.text.find("}}", self.position + 2)
        end = len(self.text) if close < 0 else close + 2
        if close < 0:
            self.open = "{{"
        while self.position < end:
            self.take(VARIABLE)

    def backslash(self) -> None:
        if self.position + 1 >= len(self.text):
            self.position += 1
            self.open = "\\"
        elif self.text[self.position + 1] == "\n":
            self.position += 2
        else:
            self.position += 1
            self.take(QUOTED)

    def single(self) -> None:
        self.quoted("'", "")

    def double(self) -> None:
        self.quoted('"', _DOUBLE_ESCAPES)

    def dollar(self) -> None:
        """Read `$'...'`; a dollar sign before anything else is text."""
        text = self.text
        if not text.startswith("'", self.position + 1):
            self.take(BARE)
            return
        self.position += 2
        while self.position < len(text):
            if text[self.position] == "'":
                self.position += 1
                return
            if text.startswith("{{", self.position):
                self.variable()
            elif text[self.position] == "\\":
                characters, end = read_escape(text, self.position)
                self.characters.extend(characters)
                self.marks.extend(QUOTED * len(characters))
                self.offsets.extend([self.position] * len(characters))
                self.position = end
            else:
                self.take(QUOTED)
        self.open = self.open or "'"

    def command(self) -> None:
        close = self.text.find("`", self.position + 1)
        if close < 0:
            self.open = "`"
        end = len(self.text) if close < 0 else close + 1
        while self.position < end:
            self.take(COMMAND)

    def quoted(self, mark: str, escapes: str) -> None:
        text = self.text
        self.position += 1
        while self.position < len(text):
            character = text[self.position]
            if character == mark:
                self.position += 1
                return
            if character == "\\" and text[self.position + 1 : self.position + 2] in tuple(escapes):
                self.position += 1
                self.take(QUOTED)
            elif text.startswith("{{", self.position):
                self.variable()
            elif character == "`" and escapes:
                self.command()
            else:
                self.take_run(_QUOTED_RUN, QUOTED)
        self.open = self.open or mark

    def opens_json(self) -> bool:
        """Whether JSON begins here: after `KEY:=` or `--FLAG=`, or at the beginning of a word."""
        if not self.characters or (self.characters[-1] == "=" and self.characters[:2] == ["-", "-"]):
            return begins_json(self.text, self.position)
        joined = "".join(self.characters[-2:])
        return joined == ":=" and self.marks[-2:] == [BARE, BARE] and len(self.characters) > 2

    def json(self) -> None:
        """Take the text from an opening brace or bracket to the closing one; braces and brackets in strings do not
        count.
        """
        text, opener = self.text, self.text[self.position]
        depth, is_string = 0, False
        while self.position < len(text):
            character = text[self.position]
            if text.startswith("{{", self.position):
                self.variable()
                continue
            if character not in ('"\\' if is_string else '"{}[]'):
                self.take_run(_STRING_RUN if is_string else _JSON_RUN, JSON)
                continue
            self.take(JSON)
            if is_string and character == "\\" and self.position < len(text):
                self.take(JSON)
            elif character == '"':
                is_string = not is_string
            elif not is_string:
                depth += (character in "{[") - (character in "}]")
                if depth == 0:
                    return
        self.open = self.open or opener


_BARE_RUN = re.compile(r"""[^\s\\'"$`{\[]*+""")
_QUOTED_RUN = re.compile(r"""[^\\'"`{]*+""")
_STRING_RUN = re.compile(r"""[^"\\{]*+""")
_JSON_RUN = re.compile(r"""[^"{}\[\]]*+""")
"""Runs of ordinary characters: in a word, in quotes, in a JSON string, and in JSON outside of strings."""


def begins_json(text: str, position: int = 0) -> bool:
    """Whether a JSON object or list begins here. A single brace counts as a beginning.

    >>> [begins_json(text) for text in ('{"a": 1}', "[1,2]", "{", "{id:2}", "[0][a]=1", "[::1]:80")]
    [True, True, True, False, False, False]
    """
    return _JSON_START.match(text, position) is not None


_CONSTRUCTS: dict[str, Callable[[_WordReader], None]] = {
    "\\": _WordReader.backslash,
    "'": _WordReader.single,
    '"': _WordReader.double,
    "$": _WordReader.dollar,
    "`": _WordReader.command,
}


def joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each command with the number of its first line.

    A quote that is open at the end of a line continues on the next line.
    """
    pending, first = "", 1
    for number, line in enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), 1):
        first = first if pending else number
        pending = f"{pending}\n{line}" if pending else line
        if not split(pending).needs_more:
            yield first, pending
            pending = ""
    if pending:
        yield first, pending
