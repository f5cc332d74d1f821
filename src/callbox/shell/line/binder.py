"""Bind a parsed line. The result is a call with filled and parsed values, or one error with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from callbox.engine.options import parse_option
from callbox.errors import UsageError
from callbox.exchange.secret import ASK, ReferencedSecret
from callbox.exchange.template_braces import only_hole
from callbox.exchange.url import TextPart, is_absolute
from callbox.shell.line.argument_types import (
    ARGUMENT_TYPES,
    SECRET_PLACEHOLDER,
    EarlierArguments,
    ForeignText,
    TypedText,
    check_no_placeholder,
)
from callbox.shell.line.grammar import Call, Flag, place
from callbox.shell.line.lexer import BARE, COMMAND, JSON, VARIABLE, Redirect, Word
from callbox.shell.line.parser import Analysis, LineProblem, WordRole
from callbox.shell.line.targets_and_items import (
    Item,
    fill_json,
    find_named_secrets,
    find_separator,
    host_changing_typed_part,
    is_quoted_item,
    read_item,
    read_target,
)

if TYPE_CHECKING:
    from callbox.httpfile.variables.value_injection_guards import ValuePlace

Fill: TypeAlias = Callable[[str], str]
"""Returns the value of a `{{name}}`. Raises `UsageError` if the variable does not exist."""

ForeignParts: TypeAlias = Callable[[str, str], Sequence[TextPart] | None]
"""The parts of a value, given its name and its text, if some of them come from a response; else None."""

_ENVIRONMENT = re.compile(r"\$env\.([A-Za-z_][A-Za-z0-9_]*)\Z")
MOST_MESSAGE = 200
"""The most characters of a message."""
_UNCLOSED = {
    '"': ("The double quote is not closed", 'write the closing quote, or \\" for a quote that is text'),
    "'": ("The quote is not closed", "write the closing quote, or \\' for a quote that is text"),
    "{": ("The brace is not closed", "write the closing brace, or quote the word"),
    "[": ("The bracket is not closed", "write the closing bracket, or quote the word"),
    "{{": ("The {{ is not closed", "write the closing }}, or quote the word"),
    "`": ("The backquote is not closed", "write the closing backquote, or quote the word"),
    "\\": ("There is nothing after the backslash", "write two backslashes for a backslash that is text"),
}


def no_variables(name: str) -> str:
    """Stands for `fill` in a shell without variables: always raises UsageError."""
    raise UsageError(f"Undefined variable '{name}'", hint=f"set var {name} VALUE")


def is_of_response(name: str) -> bool:
    """Whether a name in braces refers to a part of the last response."""
    return name == "last" or name.startswith("last.")


def parts_of_response(name: str, text: str) -> Sequence[TextPart] | None:
    """The parts of a value that comes from the last response; None for any other value."""
    return (TextPart(text, is_foreign=True),) if is_of_response(name) else None


def bind(analysis: Analysis, fill: Fill = no_variables, foreign_parts: ForeignParts = parts_of_response) -> Call:
    """Bind a line to a call. Fills `{{...}}`, which may read the last response; nothing is run.

    `foreign_parts` says which parts of a value come from a response. Such parts cannot change a typed host or choose a
    file.

    Raises UsageError for the first problem, with its place in the line and a hint.
    """
    line = analysis.line
    for word in line.words:
        if word.open:
            message, hint = _UNCLOSED[word.open]
            raise UsageError(message, hint=hint, place=place(line.text, word.start, word.end))
    if analysis.problems:
        raise to_error(line.text, analysis.problems[0])
    if line.bang >= 0:
        return _bind_bang(analysis)
    if analysis.command is None:
        raise UsageError("The line has no command", hint="to list the commands: help", place=place(line.text, 0, 1))
    call = _Binder(analysis, fill, foreign_parts).bind()
    return call._replace(redirect=_bind_redirect(line.text, line.redirect, fill, foreign_parts))


def to_error(line: str, problem: LineProblem) -> UsageError:
    """A problem of the analysis as a UsageError."""
    return UsageError(
        _shorten(problem.message), hint=_shorten(problem.hint), place=place(line, problem.start, problem.end)
    )


def _bind_bang(analysis: Analysis) -> Call:
    line = analysis.line
    command = analysis.command
    assert command is not None
    text = line.text[line.bang + 1 :].strip()
    return Call(command, line.text, {"command": text} if text else {}, spans={"command": (line.bang, len(line.text))})


def _bind_redirect(line: str, redirect: Redirect | None, fill: Fill, foreign_parts: ForeignParts) -> Redirect | None:
    if redirect is None:
        return None
    where = place(line, redirect.start, redirect.end)
    if redirect.operator == "|":
        if not redirect.text:
            raise UsageError("A command is missing after |", hint="as in: get /x | less", place=where)
        return redirect
    if redirect.word is None or not redirect.word.text:
        raise UsageError(f"A file is missing after {redirect.operator}", hint="as in: get /x > x.json", place=where)
    if redirect.word.open:
        raise UsageError(_UNCLOSED[redirect.word.open], place=where)
    if redirect.extra:
        extra = redirect.extra[0]
        tip = f"quote this word, or put it before {redirect.operator}"
        raise UsageError(f"'{extra.text}' is after the file name", hint=tip, place=place(line, extra.start, extra.end))
    filled = _filled(line, redirect.word, fill)
    _check_file(line, redirect.word, filled, foreign_parts)
    return redirect._replace(text=filled.text, word=filled)


def _filled(line: str, word: Word, fill: Fill) -> Word:
    try:
        return word.fill(fill)
    except UsageError as error:
        raise _with_place(error, line, *_first_variable(word)) from None


def _filled_pieces(word: Word, filled: Word) -> Iterator[tuple[bool, int, int, int, int]]:
    """The pieces of a word.

    A piece says whether it was filled. It has its start and end in the typed word and in the filled word.
    """
    at = 0
    for is_asked, start, stop in word.pieces():
        end = at + stop - start
        if is_asked:
            end = at
            while end < len(filled.text) and filled.offsets[end] == word.offsets[start]:
                end += 1
        yield is_asked, start, stop, at, end
        at = end


class _Piece(NamedTuple):
    """A part of a filled word, with the piece of the typed word from which it comes."""

    part: TextPart
    start: int
    stop: int
    name: str


def _pieces_by_origin(word: Word, filled: Word, foreign_parts: ForeignParts) -> Iterator[_Piece]:
    """The parts of a filled word. Each part tells whether it comes from a response."""
    for is_asked, start, stop, at, end in _filled_pieces(word, filled):
        text, written = filled.text[at:end], word.text[start:stop].strip("`{} \t")
        name = written.lstrip("% \t")
        parts: Sequence[TextPart] = (TextPart(text),)
        if is_asked and word.marks[start] == COMMAND:
            parts = (TextPart(text, is_foreign=True),)
        elif is_asked and (found := foreign_parts(name, text)) is not None:
            parts = found if name == written else (TextPart(text, is_foreign=True),)
        for part in parts:
            yield _Piece(part, start, stop, name)


def _check_file(line: str, word: Word, filled: Word, foreign_parts: ForeignParts, begin: int = 0) -> None:
    """Raise UsageError if a value of a response would choose the file that `word` names.

    The name of the file begins at position `begin` of the filled word.
    """
    _check_position(line, word, filled, foreign_parts, "file", begin)


def _check_route(line: str, word: Word, filled: Word, foreign_parts: ForeignParts) -> None:
    """Raise UsageError if a value of a response would be a part of a route."""
    _check_position(line, word, filled, foreign_parts, "route")


def _check_position(
    line: str, word: Word, filled: Word, foreign_parts: ForeignParts, kind: Literal["file", "route"], begin: int = 0
) -> None:
    if VARIABLE not in word.marks and COMMAND not in word.marks:
        return
    # this import takes 5 ms, and few lines fill a variable into the name of a file or into a route
    from callbox.httpfile.variables.value_injection_guards import FilePosition, route_position

    position: ValuePlace = FilePosition() if kind == "file" else route_position()
    at = 0
    pieces = list(_pieces_by_origin(word, filled, foreign_parts))
    for piece, following in zip_longest(pieces, pieces[1:]):
        text = piece.part.text[max(begin - at, 0) :]
        at += len(piece.part.text)
        if at <= begin and piece.part.text:
            continue
        if piece.part.is_foreign:
            after = "" if following is None else word.text[following.start] if following.start != piece.start else "{"
            if position.fit(text, after, is_computed=False) is None:
                error = UsageError(f"The value of '{piece.name}' {position.refusal}", hint=position.hint(piece.name))
                raise _with_place(error, line, word.offsets[piece.start], word.offsets[piece.stop - 1] + 1)
        position.pass_over(text)


def _first_variable(word: Word) -> tuple[int, int]:
    start, stop = next(((a, b) for is_variable, a, b in word.pieces() if is_variable), (0, 0))
    part = word.part(start, stop)
    return part.start, part.end


def _with_place(error: UsageError, line: str, start: int, end: int) -> UsageError:
    """Set the place of an error, if it has none, and shorten its texts; returns the error."""
    if error.place is None:
        error.place = place(line, start, end)
    error.message, error.hint = _shorten(error.message), _shorten(error.hint)
    error.args = (error.message,)
    return error


def _shorten(text: str) -> str:
    """The text as one line of at most MOST_MESSAGE characters."""
    text = " ".join(text.split("\n"))
    return text if len(text) <= MOST_MESSAGE else f"{text[: MOST_MESSAGE - 40]}..{text[-38:]}"


class _Binder:
    """Binds the words of a line in one pass; the type of a value may depend on earlier values."""

    def __init__(self, analysis: Analysis, fill: Fill, foreign_parts: ForeignParts) -> None:
        self.analysis = analysis
        self.line = analysis.line.text
        self.fill = fill
        self.foreign_parts = foreign_parts
        self.earlier: dict[str, str] = {}
        self.values: dict[str, object] = {}
        self.items: list[Item] = []
        self.flags: dict[str, object] = {}
        self.options: dict[str, object] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        self.url_breakers: list[str] = []
        self.preceding_switch = ""
        """The text of the preceding word if it is a yes/no flag."""

    def bind(self) -> Call:
        command = self.analysis.command
        assert command is not None
        for part in self.analysis.parts:
            _BY_ROLE[part.role](self, part)
            is_switch = part.role == "flag" and part.flag is not None and part.flag.kind == "switch_value"
            self.preceding_switch = part.word.text if is_switch else ""
        secret = find_named_secrets((item.path, item.value) for item in self.items) if len(self.items) > 1 else ()
        items = tuple(_asked(item) if item.path in secret else item for item in self.items)
        call = Call(
            command=command,
            line=self.line,
            values=self.values,
            items=items,
            flags=self.flags,
            options=self.options,
            spans=self.spans,
            url_breakers=tuple(self.url_breakers),
        )
        inner = self.analysis.inner
        return call if inner is None else self.bind_outer(call, inner)

    def bind_outer(self, call: Call, inner: Analysis) -> Call:
        """Bind a command that takes a request, such as `preview`.

        Each of the two commands takes its own flags, at any position.
        """
        inner_call = _Binder(inner, self.fill, self.foreign_parts).bind()
        own = {flag.name for flag in call.command.flags}
        flags = {name: value for name, value in inner_call.flags.items() if name in own}
        rest = {name: value for name, value in inner_call.flags.items() if name not in own}
        own_flags = {name: value for name, value in call.flags.items() if name in own}
        return Call(
            call.command,
            call.line,
            flags={**own_flags, **flags},
            spans=inner_call.spans,
            inner=inner_call._replace(flags=rest),
        )

    def ignore(self, part: WordRole) -> None:
        """Accept a word of the command's name, which has no value."""

    def argument(self, part: WordRole) -> None:
        argument = part.argument
        assert argument is not None
        if argument.kind in ("target", "base", "place"):
            self.refuse_redirect(part.word)
        value, text = self.parse(part.word, argument.kind, self.earlier)
        if argument.is_many:
            before = self.values.get(argument.name, ())
            self.values[argument.name] = (*before, value) if isinstance(before, tuple) else (value,)
        else:
            self.values[argument.name] = value
        self.earlier[argument.name] = f"{self.earlier.get(argument.name, '')} {text}".strip()
        self.note_span(argument.name, part.word)

    def refuse_redirect(self, word: Word) -> None:
        """Raise UsageError if a target contains `>` or `|`, because a URL cannot contain these characters unencoded."""
        at = next((i for i, mark in enumerate(word.marks) if mark == BARE and word.text[i] in "|>"), -1)
        if at < 0:
            return
        sign = ">>" if word.text.startswith(">>", at) else word.text[at]
        what = "gives it to a command" if sign == "|" else "writes to a file"
        verb = self.analysis.parts[0].word.text
        tip = f"{verb} {word.text[:at]} {sign} {word.text[at + len(sign) :]} {what}; quote a path that contains it"
        where = place(self.line, word.offsets[at], word.offsets[at] + len(sign))
        raise UsageError(f"'{sign}' is inside the target", hint=tip, place=where)

    def check_target(self, word: Word, filled: Word, *, is_base: bool) -> None:
        """Record the filled values that change more than their own part of the URL.

        Raises UsageError if a value of a response changes the host that is typed around it.
        """
        pieces = list(_pieces_by_origin(word, filled, self.foreign_parts))
        number = host_changing_typed_part([piece.part for piece in pieces], is_base=is_base)
        if number is not None:
            piece = pieces[number]
            error = UsageError(
                f"The value of '{piece.name}' would change the host of this URL", hint="write / before it"
            )
            raise _with_place(error, self.line, word.offsets[piece.start], word.offsets[piece.stop - 1] + 1)
        for is_asked, start, stop, at, end in _filled_pieces(word, filled):
            if is_asked and _breaks_url(filled.text[:at], filled.text[at:end]):
                self.url_breakers.append(word.text[start:stop].strip("`{}% \t"))

    def switch(self, part: WordRole) -> None:
        flag = part.flag
        if flag is None:
            return
        self.note_span(flag.name, part.word)
        if flag.kind == "switch_value":
            self.options[flag.option] = part.word.text in flag.words
        elif not flag.kind or flag.is_optional:
            self.flags[flag.name] = True

    def flag_value(self, part: WordRole) -> None:
        self.set_flag(part, part.word)

    def flag_with_value(self, part: WordRole) -> None:
        self.set_flag(part, part.word.part(part.word.text.index("=") + 1))

    def set_flag(self, part: WordRole, word: Word) -> None:
        flag = part.flag
        assert flag is not None
        self.note_span(flag.name, part.word)
        if flag.name == "body" and word.marks[:1] == BARE and word.text[:1] in ("{", "["):
            where = place(self.line, word.start, word.end)
            raise UsageError(f"'{word.text}' is not JSON", hint=f"to send a text, quote it: '{word.text}'", place=where)
        value, text = self.parse(word, flag.kind, {"name": flag.option} if flag.option else {}, flag.name)
        self.store(flag, value, text)

    def store(self, flag: Flag, value: object, text: str) -> None:
        if flag.option:
            self.options[flag.option] = parse_option(flag.option, text)
        elif flag.is_many:
            before = self.flags.get(flag.name, ())
            self.flags[flag.name] = (*before, value) if isinstance(before, tuple) else (value,)
        else:
            self.flags[flag.name] = value

    def item(self, part: WordRole) -> None:
        filled = _filled(self.line, part.word, self.fill)
        try:
            item = read_item(filled)
            check_no_placeholder(item.value)
            if item.kind in _FILE_ITEMS:
                separation = find_separator(filled)
                begin = separation.after if separation is not None else 1  # after `@`, which makes a file the body
                _check_file(self.line, part.word, filled, self.foreign_parts, begin)
            if item.kind == "header" and item.value.startswith(f"{ASK}@"):
                read_target(filled.text, {})
        except UsageError as error:
            if self.preceding_switch and find_separator(part.word) is None:
                error.hint = f"{self.preceding_switch} takes yes or no"
            before = self.items[-1] if self.items else None
            if before is not None and before.kind == "header_left_out" and find_separator(part.word) is None:
                error.hint = f"write {before.name}:{part.word.text}, without the blank; {before.name}: leaves it out"
            raise _with_place(error, self.line, part.word.start, part.word.end) from None
        self.items.append(_with_placeholder(item, part.word))

    def check_place(self, word: Word, filled: Word, kind_name: str, option: str) -> None:
        """Raise UsageError if a value of a response would choose a host, a file or a route."""
        is_option = kind_name in _OPTION_KINDS
        if kind_name in ("target", "base", "place"):
            self.check_target(word, filled, is_base=kind_name == "base")
        elif (kind_name == "file_or_url" or (is_option and option in _FILE_OR_URL_OPTIONS)) and is_absolute(word.text):
            self.check_target(word, filled, is_base=True)
        elif kind_name in _FILE_KINDS or (is_option and option in _FILE_OPTIONS | _FILE_OR_URL_OPTIONS):
            _check_file(self.line, word, filled, self.foreign_parts)
        elif is_option and option in _ROUTE_OPTIONS:
            _check_route(self.line, word, filled, self.foreign_parts)

    def parse(self, word: Word, kind_name: str, earlier: EarlierArguments, option: str = "") -> tuple[object, str]:
        kind = ARGUMENT_TYPES[kind_name]
        is_asked = word.text == ASK and word.is_unquoted
        if is_asked and (kind.may_be_secret or kind.is_secret(earlier)):
            return SECRET_PLACEHOLDER, ASK
        filled = _filled(self.line, word, self.fill)
        named = earlier.get("name", "") if kind_name == "option_value" else ""
        self.check_place(word, filled, kind_name, option or named)
        try:
            text = fill_json(filled) if filled.marks[:1] == JSON else filled.text
            if kind_name == "last_part" and filled is word and _XPATH.match(text):
                text = self.as_typed(word)
            value = kind.parse(text, earlier)
        except UsageError as error:
            raise _with_place(error, self.line, word.start, word.end) from None
        hole = only_hole(word.text) if kind.is_secret(earlier) else None
        if isinstance(value, str) and hole is not None and (variable := _ENVIRONMENT.match(hole.expression)):
            value = ReferencedSecret(value, f"env:{variable[1]}")
        elif type(value) is str and not any(is_variable for is_variable, _, _ in word.pieces()):
            value = TypedText(value)
        elif type(value) is str and kind_name == "text":
            parts = [piece.part for piece in _pieces_by_origin(word, filled, self.foreign_parts)]
            value = ForeignText(value, parts) if any(part.is_foreign for part in parts) else value
        return value, text

    def as_typed(self, word: Word) -> str:
        """A word with the quotes inside it, which an XPath needs: `//input[@name='a']/@value`."""
        typed = self.line[word.start : word.end]
        return typed if word.marks[:1] == BARE else word.text

    def note_span(self, name: str, word: Word) -> None:
        start, _ = self.spans.get(name, (word.start, word.end))
        self.spans[name] = (start, word.end)


_FILE_KINDS = frozenset({"download_file", "editable", "listable", "script_file", "file_name", "file_or_url"})
_OPTION_KINDS = frozenset({"option_value", "run_value", "text"})
_FILE_OPTIONS = frozenset({"ca", "cert", "env-file", "private-env-file", "vars-file", "sandbox-output"})
_FILE_OR_URL_OPTIONS = frozenset({"validate", "openapi"})
_ROUTE_OPTIONS = frozenset({"proxy", "no-proxy", "resolve", "allow-host", "allow-env"})
"""Options whose value leads to a host, or says which hosts a script may reach."""
_FILE_ITEMS = frozenset({"body_file", "upload", "field_file", "json_file", "query_file", "header_file"})
_XPATH = re.compile(r"(?:body\.)?(?:/|[a-z-]{1,20}\()")
_URL_MARK = re.compile(r"[?#&]")
_DOT_SEGMENT = re.compile(r"(?:^|[/\\])\.{1,2}(?:[/\\]|\Z)")


def _breaks_url(before: str, value: str) -> bool:
    """Whether a value changes more than the part of the URL into which it was filled, such as `1&b=2` in a parameter.

    A value at the beginning may be a whole URL or path, and a value after `?` may be a whole query.

    >>> _breaks_url("/x?a=", "1&b=2"), _breaks_url("/x/", "../y"), _breaks_url("", "/a?b=1"), _breaks_url("/x?", "a&b")
    (True, True, False, False)
    """
    if not before:
        return False
    if "?" in before:
        return "#" in value or ("&" in value and before[-1] not in "?&")
    return _URL_MARK.search(value) is not None or _DOT_SEGMENT.search(value) is not None


def _asked(item: Item) -> Item:
    """The item, with a placeholder for the secret if its value is the `?` of the history. The user is asked for this
    secret later.
    """
    if item.kind in ("field", "query") and item.value == ASK:
        return item._replace(value=SECRET_PLACEHOLDER)
    return item


def _with_placeholder(item: Item, word: Word) -> Item:
    """Replace a value that is a bare `?` by the placeholder, for which the user may be asked."""
    separation = find_separator(word)
    if item.value != ASK or separation is None:
        return item
    if not (word.part(separation.after).is_unquoted or is_quoted_item(word)):
        return item
    return item._replace(value=SECRET_PLACEHOLDER)


_BY_ROLE: dict[str, Callable[[_Binder, WordRole], None]] = {
    "command": _Binder.ignore,
    "noun": _Binder.ignore,
    "unknown": _Binder.ignore,
    "argument": _Binder.argument,
    "flag": _Binder.switch,
    "flag_value": _Binder.flag_value,
    "flag_with_value": _Binder.flag_with_value,
    "item": _Binder.item,
}
