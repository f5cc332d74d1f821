"""Split a curl command into words, as the shell does for which it is written.

Browsers, manuals and people write such commands for three shells: a POSIX shell (bash, zsh), cmd of Windows (`^"..^"`,
rows that end in `^`) and PowerShell (rows that end in a backquote). Syntax that only a shell can run is an error: a
second command, `$(..)` and backquotes. The caller says what replaces a variable `$NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from callbox.errors import UsageError
from callbox.exchange.shell_string_escapes import read_escape

Shell = Literal["posix", "cmd", "powershell"]
_CMD = re.compile(r'[ \t]\^"|[ \t]\^[ \t]*(?:\n|\Z)')
_POWERSHELL = re.compile(r"[ \t]`[ \t]*(?:\n|\Z)")
_OF_WINDOWS = re.compile(r"\s*+(?:\$\s++|import\s++)?curl\.exe\s", re.IGNORECASE)
_POWERSHELL_QUOTES = re.compile(r"[^'\"]*+'|[^`]*+`[\"$`]")
"""A pattern for signs of PowerShell: the first quote is a single quote, which cmd does not have, or a backquote escapes
a character.
"""
_HEREDOC = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([^\s'\"<>|;&()$`\\]+))")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_NAME = re.compile(r"\w+")
_OF_POWERSHELL = re.compile(r"\$[\w({]")
_NO_OUTPUT = re.compile(r"2>&1|2>[ \t]*/dev/null")


class CurlWord(NamedTuple):
    """A word and its position in the text."""

    text: str
    start: int
    end: int


class CurlCommand(NamedTuple):
    """A curl command, split into words."""

    words: tuple[CurlWord, ...]
    """The words after the word `curl`."""
    rest: str = ""
    """The rest of the line from the first unquoted `|` or `>` on; empty if there is none."""
    rest_start: int = 0
    standard_input: str | None = None
    """The text of `<<EOF` or `<<<`, which is the standard input of curl; None if there is none."""
    input_file: str = ""
    """The path after `<`; empty if there is none."""


class QuotingError(UsageError):
    """A part of the text cannot be split into words."""

    def __init__(self, message: str, start: int = 0, end: int = 0, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.end = end


def shell_of(text: str) -> Shell:
    """The shell for which a command is written.

    >>> shell_of("curl 'a'"), shell_of('curl ^"a^"'), shell_of("curl 'a' `\\n -k"), shell_of("curl.exe 'a'")
    ('posix', 'cmd', 'powershell', 'powershell')
    """
    if "^" in text and _CMD.search(text):
        return "cmd"
    if _OF_WINDOWS.match(text) and _POWERSHELL_QUOTES.match(text):
        return "powershell"
    if "`" not in text:
        return "posix"
    return "powershell" if _POWERSHELL.search(text) else "posix"


def split_command(text: str, variable: Callable[[str], str] | None = None) -> CurlCommand:
    r"""Split a command that begins with `curl` into words. `variable` returns the text that replaces a variable;
    without it, a variable is an error. Raises `QuotingError`.

    >>> [word.text for word in split_command("curl -H 'A: b' \\\n  $'it\\'s' # why").words]
    ['-H', 'A: b', "it's"]
    """
    shell = shell_of(text)
    reader = _READERS[shell](text, variable or _refuse_variable)
    return reader.command()


def _refuse_variable(name: str) -> str:
    raise UsageError(
        f"${name} is a variable of a shell, and callbox does not replace it", hint="write the value of the variable"
    )


class _Reader:
    """Splits a command for a POSIX shell. Subclasses for other shells override the methods that differ."""

    def __init__(self, text: str, variable: Callable[[str], str]) -> None:
        self.text = text
        self.variable = variable
        self.position = 0
        self.heredoc: re.Match[str] | None = None
        self.input: str | None = None
        self.input_file = ""

    def command(self) -> CurlCommand:
        """Read the whole command."""
        words: list[CurlWord] = []
        while self.skip():
            if self.is_redirect():
                continue
            if self.text[self.position] in "|>":
                break
            words.append(self.word())
        end = self.position
        return CurlCommand(
            words=tuple(words[1:]),
            rest=self.text[end:],
            rest_start=end,
            standard_input=self.input,
            input_file=self.input_file,
        )

    def skip(self) -> bool:
        """Go to the next word. Returns False if there is none."""
        text = self.text
        while self.position < len(text):
            character = text[self.position]
            if character == "\n" and self.heredoc is not None:
                self.read_heredoc()
            elif character.isspace():
                self.position += 1
            elif text.startswith(("\\\n", "\\\r\n"), self.position):
                self.position += 2
            elif character == "#":
                end = text.find("\n", self.position)
                self.position = len(text) if end < 0 else end
            else:
                return True
        if self.heredoc is not None:
            self.fail(
                "This here-document is not closed", *self.heredoc.span(), f"close it with a line {self.delimiter()}"
            )
        return False

    def is_redirect(self) -> bool:
        """Read a redirection of input, or of errors to /dev/null, if there is one here. Returns whether there was
        one.
        """
        text, start = self.text, self.position
        if match := _NO_OUTPUT.match(text, start):
            self.position = match.end()
            return True
        if text[start] in ";&":
            if text[start + 1 :].strip():
                self.fail("This is more than one command", start, start + 1, "paste one command at a time")
            self.position = len(text)
            return True
        if text[start] != "<":
            return False
        if match := None if text.startswith("<<<", start) else _HEREDOC.match(text, start):
            self.heredoc, self.position = match, match.end()
            return True
        is_text = text.startswith("<<<", start)
        self.position += 3 if is_text else 1
        if not self.skip() or text[self.position] in "<(":
            self.fail("Only a shell can read this", start, self.position, "use < FILE, or a text between <<EOF and EOF")
        word = self.word().text
        if is_text:
            self.input = word + "\n"
        else:
            self.input_file = word
        return True

    def delimiter(self) -> str:
        found = self.heredoc
        return next((name for name in found.groups()[1:] if name), "") if found else ""

    def read_heredoc(self) -> None:
        """Read the rows of a `<<EOF`, from the line break before them up to the delimiter."""
        found, rows = self.heredoc, []
        if found is None:
            return
        strips, is_plain = bool(found[1]), found[4] is None
        position = self.position + 1
        while True:
            end = self.text.find("\n", position)
            row = self.text[position : len(self.text) if end < 0 else end].removesuffix("\r")
            row = row.lstrip("\t") if strips else row
            if row == self.delimiter():
                self.position = len(self.text) if end < 0 else end
                break
            if end < 0:
                self.fail("This here-document is not closed", *found.span(), f"close it with a line {self.delimiter()}")
            rows.append(row + "\n")
            position = end + 1
        self.heredoc = None
        text = "".join(rows)
        self.input = text if is_plain else self.filled(text, found.start())

    def filled(self, text: str, at: int) -> str:
        """Replace the variables in the text of a `<<EOF` whose delimiter has no quotes. `at` is the index of the
        text.
        """
        out, position = [], 0
        while position < len(text):
            if text[position] == "\\" and text[position + 1 : position + 2] in ("$", "`", "\\", "\n"):
                out.append(text[position + 1].replace("\n", ""))
                position += 2
            elif text[position] in "$`":
                value, position = self.substitution(text, position, at)
                out.append(value)
            else:
                out.append(text[position])
                position += 1
        return "".join(out)

    def word(self) -> CurlWord:
        """Read a word."""
        start, parts = self.position, list[str]()
        while self.position < len(self.text) and not self.text[self.position].isspace():
            if self.position > start and self.ends_command():
                break
            parts.append(self.piece())
        return CurlWord("".join(parts), start, self.position)

    def ends_command(self) -> bool:
        """Whether a `;` or `&` here ends the command, because nothing follows it. Inside a word (`?a=1&b=2`), it is
        text.
        """
        text, at = self.text, self.position
        return text[at] in ";&" and not text[at + 1 : at + 2].strip(";& \t\r\n")

    def piece(self) -> str:
        """Read the next piece of a word: a character, or the content of quotes."""
        text, at = self.text, self.position
        character = text[at]
        if text.startswith("$'", at):
            return self.escaped()
        if text.startswith('$"', at):
            self.position += 1
            return self.double()
        if character == "'":
            return self.single()
        if character == '"':
            return self.double()
        if character == "\\":
            return self.backslash()
        if character in "$`":
            value, self.position = self.substitution(text, at, at)
            return value
        self.position += 1
        return character

    def backslash(self) -> str:
        at = self.position
        if at + 1 >= len(self.text):
            self.position += 1
            return ""
        self.position += 3 if self.text.startswith("\r\n", at + 1) else 2
        return "" if self.text[at + 1] in "\r\n" else self.text[at + 1]

    def single(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            self.fail("This quote is not closed", self.position, self.position + 1, "close it")
        found = self.text[self.position + 1 : end]
        self.position = end + 1
        return found

    def double(self) -> str:
        text, start, out = self.text, self.position, list[str]()
        self.position += 1
        while self.position < len(text):
            character = text[self.position]
            if character == '"':
                self.position += 1
                return "".join(out)
            if character == "\\" and text[self.position + 1 : self.position + 2] in tuple('"\\$`\n'):
                out.append(text[self.position + 1].replace("\n", ""))
                self.position += 2
            elif character in "$`":
                value, self.position = self.substitution(text, self.position, self.position)
                out.append(value)
            else:
                out.append(character)
                self.position += 1
        self.fail("This quote is not closed", start, start + 1, "close it")
        return ""

    def escaped(self) -> str:
        text, start, out = self.text, self.position, list[str]()
        self.position += 2
        while self.position < len(text):
            character = text[self.position]
            if character == "'":
                self.position += 1
                return "".join(out)
            if character == "\\":
                found, self.position = read_escape(text, self.position)
                out.append(found)
            else:
                out.append(character)
                self.position += 1
        self.fail("This quote is not closed", start, start + 2, "close it")
        return ""

    def substitution(self, text: str, position: int, at: int) -> tuple[str, int]:
        """Replace the `$NAME` at `position`. Returns the new text, and the position after the name. A dollar sign
        without a name is text.
        """
        if found := _VARIABLE.match(text, position):
            try:
                return self.variable(found[1] or found[2]), found.end()
            except UsageError as error:
                self.fail(error.message, at, at + len(found[0]), error.hint)
        if text[position] == "`" or text.startswith(("$(", "${"), position):
            self.fail("Only a shell can replace this by a value", at, at + 1, "write the value")
        return "$", position + 1

    def fail(self, message: str, start: int, end: int, hint: str) -> None:
        raise QuotingError(message, start, end, hint=hint)


class _PowerShellReader(_Reader):
    """Splits a command for PowerShell, with words such as `'it''s'` and `"a`"b"`. In an argument for a Windows program,
    a quote has a backslash before it.
    """

    def skip(self) -> bool:
        text = self.text
        while self.position < len(text):
            is_end_of_row = text[self.position] == "`" and not text[self.position + 1 : self.position + 2].strip()
            if is_end_of_row or text[self.position].isspace():
                self.position += 1
            elif text[self.position] == "#":
                end = text.find("\n", self.position)
                self.position = len(text) if end < 0 else end
            else:
                return True
        return False

    def piece(self) -> str:
        character = self.text[self.position]
        if character in "'\"":
            return self.quoted(character)
        if character == "`":
            self.position += 2
            following = self.text[self.position - 1 : self.position]
            return _BACKQUOTED.get(following, following)
        if character == "$":
            value, self.position = self.substitution(self.text, self.position, self.position)
            return value
        self.position += 1
        return character

    def quoted(self, quote: str) -> str:
        text, start, out = self.text, self.position, list[str]()
        self.position += 1
        while self.position < len(text):
            following = text[self.position + 1 : self.position + 2]
            character = text[self.position]
            if character == quote and following == quote:
                out.append(quote)
                self.position += 2
            elif character == quote:
                self.position += 1
                return "".join(out)
            elif character == "\\" and (escaped := _ESCAPED_QUOTE[quote].match(text, self.position)):
                out.append("\\" * (len(escaped[1]) // 2) + '"')
                self.position = escaped.end()
            elif run := _BACKSLASHES.match(text, self.position):
                out.append(
                    run[0]
                )  # All backslashes are read at once, because the last one alone would escape the quote.
                self.position = run.end()
            elif character == "`" and quote == '"':
                out.append(_BACKQUOTED.get(following, following))
                self.position += 2
            elif character == "$" and quote == '"':
                value, self.position = self.substitution(text, self.position, self.position)
                out.append(value)
            else:
                out.append(character)
                self.position += 1
        self.fail("This quote is not closed", start, start + 1, "close it")
        return ""

    def substitution(self, text: str, position: int, at: int) -> tuple[str, int]:
        if text[position : position + 5].lower() == "$env:" and (found := _NAME.match(text, position + 5)):
            try:
                return self.variable(found[0]), found.end()
            except UsageError as error:
                self.fail(error.message, at, found.end(), error.hint)
        if _OF_POWERSHELL.match(text, position):
            self.fail("Only PowerShell can replace this by a value", at, at + 1, "write the value")
        return "$", position + 1


_ESCAPED_QUOTE = {"'": re.compile(r'(?<!\\)((?:\\\\)*+\\)"'), '"': re.compile(r'(?<!\\)((?:\\\\)*+\\)`"')}
"""Patterns for backslashes before a quote in an argument. Each pair is one backslash. A single last backslash escapes
the quote.
"""
_BACKSLASHES = re.compile(r"\\++")
_BACKQUOTED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class _CmdReader(_Reader):
    """Splits a command for cmd. First cmd removes its carets. Then the program itself splits the rest, by the rules of
    Windows' C library.
    """

    def __init__(self, text: str, variable: Callable[[str], str]) -> None:
        super().__init__(text, variable)
        self.plain, self.offsets = _without_carets(text)

    def command(self) -> CurlCommand:
        words: list[CurlWord] = []
        plain, position = self.plain, 0
        while position < len(plain):
            if plain[position] in " \t\n":
                position += 1
                continue
            start = position
            word, position = self.argument(position)
            words.append(CurlWord(word, self.offsets[start], self.offsets[position - 1] + 1))
        return CurlCommand(tuple(words[1:]))

    def argument(self, position: int) -> tuple[str, int]:
        """The word at this position.

        `\\"` is a quote, two backslashes before a quote are one, and `""` inside quotes is a quote.
        """
        plain, out, is_quoted = self.plain, list[str](), False
        start = position
        while position < len(plain):
            character = plain[position]
            if character == "\\":
                text, position = self.backslashes(position)
                out.append(text)
            elif character == '"' and is_quoted and plain.startswith('""', position):
                out.append('"')
                position += 2
            elif character == '"':
                is_quoted = not is_quoted
                position += 1
            elif character in " \t\n" and not is_quoted:
                break
            else:
                out.append(character)
                position += 1
        if is_quoted:
            self.fail("This quote is not closed", self.offsets[start], self.offsets[start] + 1, "close it")
        return "".join(out), position

    def backslashes(self, position: int) -> tuple[str, int]:
        """Read a run of backslashes, and the quote after it if it is escaped. Returns their text, and the position
        after them.
        """
        end = position
        while self.plain.startswith("\\", end):
            end += 1
        count = end - position
        if not self.plain.startswith('"', end):
            return "\\" * count, end
        return "\\" * (count // 2) + '"' * (count % 2), end + count % 2


def _without_carets(text: str) -> tuple[str, list[int]]:
    """Remove carets as cmd does. Returns the text that the program gets, and the original index of each of its
    characters. Inside of quotes, a caret is text. A caret before a line break removes the line break, and makes the
    next character text.
    """
    text = text.replace("\r\n", "\n")
    out, offsets, position, is_quoted = [], [], 0, False
    while position < len(text):
        character = text[position]
        if character == "^" and not is_quoted:
            position += 1
            if text.startswith("\n", position):
                position += 1
                if not text.startswith("\n", position):
                    continue
            if position < len(text):
                out.append(text[position])
                offsets.append(position)
            position += 1
            continue
        if character == '"':
            is_quoted = not is_quoted
        if character == "\n":
            is_quoted = False
        out.append(character)
        offsets.append(position)
        position += 1
    return "".join(out), offsets


_READERS: dict[Shell, type[_Reader]] = {"posix": _Reader, "cmd": _CmdReader, "powershell": _PowerShellReader}


class RowState(NamedTuple):
    """The quote or the `<<EOF` that is still open after a row of a command."""

    shell: Shell = "posix"
    quote: str = ""
    """The open quote: `'`, `"` or `$'`; empty if none is open."""
    heredoc: str = ""
    """The delimiter that ends an open `<<EOF`; empty if none is open."""
    strips_tabs: bool = False
    is_in_heredoc: bool = False
    is_after_caret: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether no quote and no `<<EOF` is open. The command may still continue on the next row."""
        return not self.quote and not self.heredoc


def read_row(row: str, state: RowState) -> tuple[RowState, bool]:
    r"""Read a row of a command. Returns the state after the row, and whether the command continues on the next row.

    >>> read_row("curl 'a' \\", RowState())[1], read_row("  -H $'it\\'s'", RowState())[1]
    (True, False)
    """
    if state.is_in_heredoc:
        ended = (row.lstrip("\t") if state.strips_tabs else row) == state.heredoc
        return (RowState(state.shell), False) if ended else (state, True)
    if state.shell == "posix" and not state.quote and (shell := shell_of(row)) != "posix":
        state = state._replace(shell=shell)
    if state.shell == "cmd":
        goes_on = row.rstrip(" \t").endswith("^") or (state.is_after_caret and not row)
        return state._replace(is_after_caret=goes_on and bool(row)), goes_on
    if state.shell == "powershell":
        state = state._replace(quote=_windows_quote_after(row, state.quote))
        return state, bool(state.quote) or row.rstrip(" \t").endswith("`")
    quote, goes_on, heredoc = _read_posix_row(row, state.quote)
    if heredoc is not None:
        name = next(name for name in heredoc.groups()[1:] if name)
        state = state._replace(heredoc=name, strips_tabs=bool(heredoc[1]))
    state = state._replace(quote=quote)
    if state.heredoc and not goes_on:
        return state._replace(is_in_heredoc=True), True
    return state, goes_on


def needs_more(rows: Iterable[str]) -> bool:
    """Whether a command that begins with these rows continues on a further row."""
    state, goes_on = RowState(), False
    for row in rows:
        state, goes_on = read_row(row, state)
    return goes_on


_PLAIN_RUN = (re.compile(r"[^\\'\"#<$]*+"), re.compile(r"[^\\'\"]*+"))
"""Patterns for runs of characters that open and close nothing: outside of quotes, and inside each kind of quote."""


def _read_posix_row(row: str, quote: str) -> tuple[str, bool, re.Match[str] | None]:
    index, heredoc = 0, None
    while (index := _PLAIN_RUN[bool(quote)].match(row, index).end()) < len(row):  # type: ignore[union-attr]
        if not quote and row[index] == "#" and (index == 0 or row[index - 1].isspace()):
            return "", False, heredoc
        if not quote and row.startswith("<<", index) and not row.startswith("<<<", index):
            found = _HEREDOC.match(row, index)
            if found is not None:
                heredoc, index = found, found.end()
                continue
        if not quote and row.startswith("<<<", index):
            index += 3
            continue
        quote, index = _step(row, index, quote)
        if index > len(row):
            return quote, True, heredoc
    return quote, bool(quote), heredoc


def _step(row: str, index: int, quote: str) -> tuple[str, int]:
    """Read the character at `index`. Returns the quote that is open after it, and the next index, which is beyond the
    row after a backslash at its end.
    """
    character = row[index]
    if character == "\\" and quote != "'":
        return quote, index + 2
    if quote:
        return "" if character == quote[-1] else quote, index + 1
    if row.startswith("$'", index):
        return "$'", index + 2
    return character if character in "'\"" else "", index + 1


def _windows_quote_after(row: str, quote: str) -> str:
    """The quote that is open after this row, by the rules of PowerShell."""
    index = 0
    while index < len(row):
        character = row[index]
        if character == "`" and quote != "'":
            index += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        index += 1
    return quote
