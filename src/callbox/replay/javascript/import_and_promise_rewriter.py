"""Rewrite JavaScript for an engine without a module loader: `import`, `export`, and promises that nobody awaits. Pure.

Every line keeps its number. A name exists from its `import` on. Its value is read when the name is used. If the module
does not export the name, the use is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from callbox.errors import UsageError

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))+")
_WORD = re.compile(r"[#@]?[\w$\u0080-\U0010ffff]+")
# Unclosed strings and patterns end with their line, so that each character is read only once.
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*+(?:'|\\?(?=\n|\Z))|\"(?:[^\"\\\n]|\\.)*+(?:\"|\\?(?=\n|\Z))", re.DOTALL)
_PIECE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*+(`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*+(?:\]|\\?(?=\n|\Z)))++(?:/\w*+|\\?(?=\n|\Z))")
_MARK = re.compile(r"=>|\?\.(?!\d)|\.\.\.|\+\+|--|[{}()\[\]]|[^\s\w$'\"`{}()\[\]]")
_OPERATORS = frozenset(
    [
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "delete",
        "void",
        "throw",
        "new",
        "else",
        "do",
        "instanceof",
        "await",
        "yield",
    ]
)
"""Words after which a value begins.

After such a word, a slash begins a pattern, and a line end does not end the statement.
"""
_CLOSING = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    """A piece of the code with its position."""

    text: str
    start: int
    end: int
    is_on_new_line: bool
    """Whether a line ended before the token."""

    @property
    def ends(self) -> bool:
        """Whether an expression may end with this token."""
        if self.text in (")", "]", "}", "++", "--"):
            return True
        return (
            bool(self.text) and (self.text[-1].isalnum() or self.text[-1] in "_$'\"`/") and self.text not in _OPERATORS
        )

    @property
    def begins(self) -> bool:
        """Whether this token may begin a new statement, and does not continue the line above."""
        if self.text in ("in", "instanceof"):
            return False
        return bool(self.text) and (self.text[0].isalnum() or self.text[0] in "_$#@'\"{}")


def tokenize(code: str) -> list[Token]:
    """The tokens of the code without blanks and comments. A template gives its delimiters and the tokens in `${ }`."""
    found: list[Token] = []
    depths: list[int] = []
    """The number of open braces in the `${ }` of each template that is open."""
    at = 0
    is_new = False
    while at < len(code):
        blank = _BLANK.match(code, at)
        if blank is not None:
            is_new = is_new or "\n" in blank[0]
            at = blank.end()
            continue
        end = _end(code, at, found, depths)
        found.append(Token(code[at:end], at, end, is_new))
        at, is_new = end, False
    return found


def _end(code: str, at: int, found: list[Token], depths: list[int]) -> int:
    """The position after the token that begins here."""
    mark = code[at]
    if mark == "`" or (mark == "}" and depths and not depths[-1]):
        if mark == "}":
            depths.pop()
        piece = _PIECE.match(code, at + 1)
        if piece is not None and piece[1] == "${":
            depths.append(0)
        return piece.end() if piece is not None else len(code)
    if depths and mark in "{}":
        depths[-1] += 1 if mark == "{" else -1
    may_be_pattern = mark == "/" and not (found and found[-1].ends)
    shapes = (_PATTERN, _MARK) if may_be_pattern else (_WORD, _STRING, _MARK)
    return next((match.end() for shape in shapes if (match := shape.match(code, at)) is not None), at + 1)


def matching_brackets(tokens: list[Token]) -> dict[int, int]:
    """For brackets and templates, maps the index of the opening token to the index of the closing token, and the
    reverse.
    """
    open_ones: list[int] = []
    matching: dict[int, int] = {}
    for index, word in enumerate(tokens):
        is_middle = word.text.startswith("}") and len(word.text) > 1
        if word.text in _CLOSING or is_middle:
            if not open_ones:
                return matching
            first = open_ones.pop()
            matching[first], matching[index] = index, first
        if word.text in ("(", "[", "{") or (word.text.endswith("${") and word.text[0] in "`}"):
            open_ones.append(index)
    return matching


_BEGIN, _END = "return __watch((async()=>{", "})())"
_BEGIN_VALUE, _END_VALUE = "__watch((async()=>(", "))())"


def watch_promises(code: str) -> str:
    """Rewrite async functions as plain functions that return a watched promise. Every line keeps its number.

    >>> watch_promises("async function f(a) { await a }")
    '      function f(a) {return __watch((async()=>{ await a })())}'
    >>> watch_promises("g(async x => x.y, 1)")
    'g(      x => __watch((async()=>(x.y))()), 1)'
    """
    if "async" not in code:
        return code
    tokens = tokenize(code)
    matching = matching_brackets(tokens)
    ends: dict[int, int] = {}
    # inner functions come first, so that the end of each value is found only once
    backwards = range(len(tokens) - 1, -1, -1)
    edits = sorted(edit for index in backwards for edit in _edits(tokens, matching, index, ends))
    made, at = [], 0
    for start, end, text in edits:
        made += [code[at:start], text]
        at = end
    return "".join([*made, code[at:]])


def _edits(
    tokens: list[Token], matching: dict[int, int], index: int, ends: dict[int, int]
) -> Iterator[tuple[int, int, str]]:
    """The replacements for the async function that begins here, each with the part of the code that it replaces.

    The list is empty if no async function begins here. `ends` has the last tokens of the values that begin after this
    function.
    """
    word = tokens[index]
    if word.text != "async" or (index and tokens[index - 1].text in (".", "?.")):
        return
    body = _body(tokens, matching, index + 1, ends)
    if body is None:
        return
    first, last = body
    yield word.start, word.end, " " * len(word.text)
    if last in matching and matching[last] == first and tokens[first].text == "{":
        yield tokens[first].end, tokens[first].end, _BEGIN
        yield tokens[last].start, tokens[last].start, _END
    else:
        yield tokens[first].start, tokens[first].start, _BEGIN_VALUE
        yield tokens[last].end, tokens[last].end, _END_VALUE


def _body(tokens: list[Token], matching: dict[int, int], index: int, ends: dict[int, int]) -> tuple[int, int] | None:
    """The first and last token of the function body after `async`; None if no function begins here."""
    if index >= len(tokens) or tokens[index].is_on_new_line or tokens[index].text == "*":
        return None
    is_function = tokens[index].text == "function"
    if is_function:
        index += 1
        if _text(tokens, index) == "*":
            return None
    is_named = _text(tokens, index) != "("
    if is_named and not (is_function and _text(tokens, index) == "("):
        index = matching.get(index, index) + 1  # the name of a method may be computed
    if _text(tokens, index) == "(" and index in matching:
        index = matching[index] + 1
        if _text(tokens, index) == "{" and (is_named or is_function):
            return (index, matching[index]) if index in matching else None
    if _text(tokens, index) != "=>" or index + 1 >= len(tokens):
        return None
    index += 1
    if tokens[index].text == "{":
        return (index, matching[index]) if index in matching else None
    ends[index] = _end_of_value(tokens, matching, index, ends)
    return index, ends[index]


def _end_of_value(tokens: list[Token], matching: dict[int, int], index: int, ends: dict[int, int]) -> int:
    """The last token of the expression that begins here."""
    last = index
    while index < len(tokens):
        if index in ends:
            return ends[index]
        word = tokens[index]
        is_closed = word.text in (",", ";", ")", "]", "}")
        is_next_statement = word.is_on_new_line and word.begins and index > last and tokens[last].ends
        if is_closed or is_next_statement:
            break
        last = matching.get(index, index)
        index = last + 1
    return last


def _text(tokens: list[Token], index: int) -> str:
    return tokens[index].text if index < len(tokens) else ""


class _ModuleStatement(NamedTuple):
    """An `import` or `export` of a module."""

    start: int
    end: int
    """The position after the statement. The replacement has as many lines as the statement."""
    text: str
    source: str = ""
    """The module that the statement names; empty if it names none."""
    exports: tuple[tuple[str, str], ...] = ()
    """The exported names, each with the expression of its value."""


def sources_of(code: str) -> tuple[str, ...]:
    """The modules that this code imports, each once. Raises `UsageError` for an `import` that cannot be parsed.

    >>> sources_of("import {a} from './a.js'; import('./b.js')")
    ('./a.js',)
    """
    return tuple(dict.fromkeys(statements.source for statements in _read(code, lambda _: 0) if statements.source))


def as_script(code: str, numbers: Mapping[str, int]) -> str:
    """The code of a script, with numbers in place of the names of its modules. Exports of the script are removed.

    >>> as_script("import a, {b as c} from './a.js';", {"./a.js": 3})
    'const {"default": a} = __module(3, ["default"]), {"b": c} = __module(3, ["b"]);;'
    """
    return _replaced(code, list(_read(code, numbers.__getitem__)))


def as_module(code: str, numbers: Mapping[str, int], number: int, path: str) -> str:
    """The code of a module as a function with this number.

    The first line of the module is the first line of the function.
    """
    statements = list(_read(code, numbers.__getitem__))
    exports = ", ".join(
        f"{_quoted(name)}: () => {value}" for statement in statements for name, value in statement.exports
    )
    head = f'__define({number}, {_quoted(path)}, function (__out, __all) {{"use strict"; __out({{{exports}}}); '
    return f"{head}{_replaced(code, statements)}\n}});"


def _replaced(code: str, statements: list[_ModuleStatement]) -> str:
    parts, at = [], 0
    for statement in statements:
        lines = code.count("\n", statement.start, statement.end)
        parts += [code[at : statement.start], statement.text, "\n" * lines]
        at = statement.end
    return "".join([*parts, code[at:]])


def _read(code: str, number: Callable[[str], int]) -> Iterator[_ModuleStatement]:
    if "import" not in code and "export" not in code:
        return
    tokens = tokenize(code)
    matching = matching_brackets(tokens)
    index = 0
    while index < len(tokens):
        reader = {"import": _read_import, "export": _read_export}.get(tokens[index].text)
        if reader is not None and _begins_statement(tokens, index):
            statement_tokens = _TokenReader(tokens, matching, code, index + 1)
            statement = reader(statement_tokens, number)
            if statement is not None:
                yield statement
                index = statement_tokens.index
                continue
        index = matching.get(index, index) + 1 if matching.get(index, 0) > index else index + 1


def _begins_statement(tokens: list[Token], index: int) -> bool:
    """Whether a statement begins here."""
    return not index or tokens[index].is_on_new_line or tokens[index - 1].text in (";", "}")


class _TokenReader:
    """Reads the tokens of a statement one after another."""

    def __init__(self, tokens: list[Token], matching: Mapping[int, int], code: str, index: int) -> None:
        self._tokens = tokens
        self._matching = matching
        self._code = code
        self.index = index
        self.start = tokens[index - 1].start

    def peek(self, ahead: int = 0) -> str:
        """The next word; empty at the end of the statement."""
        index = self.index + ahead
        return self._tokens[index].text if index < len(self._tokens) else ""

    def take(self, text: str = "") -> str:
        """The next word. If `text` is given, any other word raises `UsageError`."""
        word = self.peek()
        if not word or (text and word != text):
            raise UsageError(f"'{self._code[self.start : self.end].splitlines()[0]}' cannot be read")
        self.index += 1
        return word

    @property
    def end(self) -> int:
        """The position after the token that was taken last."""
        return self._tokens[min(self.index, len(self._tokens)) - 1].end

    def names(self) -> list[tuple[str, str]]:
        """The names in `{a, b as c}`, each with its local name."""
        self.take("{")
        found = []
        while self.peek() != "}":
            name = self.take().strip("'\"")
            found.append((name, self.take().strip("'\"") if self.peek() == "as" and self.take() else name))
            if self.peek() != "}":
                self.take(",")
        self.take("}")
        return found

    def source(self) -> str:
        """The string that names a module."""
        text = self.take()
        if text[0] not in "'\"":
            raise UsageError(f"'{text}' is not a module")
        return text[1:-1]

    def declared(self) -> list[str]:
        """The names that a declaration such as `const a = 1, b` declares; its first word is taken already."""
        found = [self.take()]
        if found[0] in "{[":
            raise UsageError(
                "callbox cannot export a destructuring pattern",
                hint="export each value by its name: export const a = ..",
            )
        index = self.index
        while index < len(self._tokens) and (word := self._tokens[index]).text != ";":
            if word.is_on_new_line and word.begins and self._tokens[index - 1].ends:
                break
            if word.text == "," and index + 1 < len(self._tokens):
                found.append(self._tokens[index + 1].text)
            index = self._matching.get(index, index) + 1 if self._matching.get(index, 0) > index else index + 1
        self.index = index
        return found


def _read_import(tokens: _TokenReader, number: Callable[[str], int]) -> _ModuleStatement | None:
    if tokens.peek() in ("(", "."):
        return None  # the module is an expression, and the engine itself reports that it cannot load modules
    bound: list[tuple[str, str]] = []
    """Destructuring patterns, and the exported names that they read."""
    if tokens.peek()[:1] not in ("'", '"'):
        while tokens.peek() != "from":
            if tokens.peek() == "*":
                tokens.take(), tokens.take("as")
                bound.append((tokens.take(), ""))
            elif tokens.peek() == "{":
                names = tokens.names()
                pattern = ", ".join(f"{_quoted(name)}: {own}" for name, own in names)
                bound.append((f"{{{pattern}}}", ", ".join(_quoted(name) for name, _ in names)))
            else:
                bound.append((f'{{"default": {tokens.take()}}}', '"default"'))
            if tokens.peek() == ",":
                tokens.take()
        tokens.take("from")
    source = tokens.source()
    calls = [f"{pattern} = __module({number(source)}, [{names}])" for pattern, names in bound]
    text = f"const {', '.join(calls)};" if calls else f"__module({number(source)}, []);"
    return _ModuleStatement(start=tokens.start, end=tokens.end, text=text, source=source)


def _read_export(tokens: _TokenReader, number: Callable[[str], int]) -> _ModuleStatement:
    start, end = tokens.start, tokens.end
    word = tokens.peek()
    if word in ("const", "let", "var"):
        tokens.take()
        return _ModuleStatement(
            start=start, end=end, text="", source="", exports=tuple((name, name) for name in tokens.declared())
        )
    if word == "{":
        names = tokens.names()
        if tokens.peek() != "from":
            return _ModuleStatement(
                start=start, end=tokens.end, text="", source="", exports=tuple((own, name) for name, own in names)
            )
        tokens.take()
        source = tokens.source()
        wanted = ", ".join(_quoted(name) for name, _ in names)
        exports = tuple((own, f"__module({number(source)}, [])[{_quoted(name)}]") for name, own in names)
        return _ModuleStatement(
            start=start, end=tokens.end, text=f"__module({number(source)}, [{wanted}]);", source=source, exports=exports
        )
    if word == "*":
        return _read_all(tokens, number)
    if word == "default":
        tokens.take()
        end = tokens.end
    name = _function_name(tokens)
    if word == "default":
        return _ModuleStatement(
            start=start,
            end=end,
            text="" if name else "const __default =",
            source="",
            exports=(("default", name or "__default"),),
        )
    if not name:
        tokens.take("function")
    return _ModuleStatement(start=start, end=end, text="", source="", exports=((name, name),))


def _read_all(tokens: _TokenReader, number: Callable[[str], int]) -> _ModuleStatement:
    """Parse `export * from './a.js'` and `export * as a from './a.js'`."""
    tokens.take("*")
    name = tokens.take() and tokens.take() if tokens.peek() == "as" else ""
    tokens.take("from")
    source = tokens.source()
    call = f"__module({number(source)}, [])"
    if name:
        return _ModuleStatement(
            start=tokens.start, end=tokens.end, text=f"{call};", source=source, exports=((name, call),)
        )
    return _ModuleStatement(start=tokens.start, end=tokens.end, text=f"__all({call});", source=source)


def _function_name(tokens: _TokenReader) -> str:
    """The name of the function or class that is declared here; empty if none is declared."""
    ahead = 1 if tokens.peek() == "async" else 0
    if tokens.peek(ahead) not in ("function", "class"):
        return ""
    ahead += 2 if tokens.peek(ahead + 1) == "*" else 1
    name = tokens.peek(ahead)
    return name if name not in ("(", "{", "extends") else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
