"""Async functions of a script made to give watched promises: a promise that fails unseen is to fail the script.

The engine beside this (`system/javascript`) knows what watching is. A text that cannot be cut safely stays as it
is.
"""

from __future__ import annotations

from collections.abc import Iterator

from callbox.script.lexemes import Lexeme, cut, partners

_BEGIN, _END = "return __watch((async()=>{", "})())"
_BEGIN_VALUE, _END_VALUE = "__watch((async()=>(", "))())"


def watched(code: str) -> str:
    """The code with its async functions as plain ones that give a watched promise; every line stays where it is.

    >>> watched("async function f(a) { await a }")
    '      function f(a) {return __watch((async()=>{ await a })())}'
    >>> watched("g(async x => x.y, 1)")
    'g(      x => __watch((async()=>(x.y))()), 1)'
    """
    if "async" not in code:
        return code
    lexemes = cut(code)
    matching = partners(lexemes)
    edits = sorted(edit for index in range(len(lexemes)) for edit in _edits(lexemes, matching, index))
    made, at = [], 0
    for start, end, text in edits:
        made += [code[at:start], text]
        at = end
    return "".join([*made, code[at:]])


def _edits(lexemes: list[Lexeme], matching: dict[int, int], index: int) -> Iterator[tuple[int, int, str]]:
    """What to put in place of which part of the code for the async function that begins here, if one does."""
    word = lexemes[index]
    if word.text != "async" or (index and lexemes[index - 1].text in (".", "?.")):
        return
    body = _body(lexemes, matching, index + 1)
    if body is None:
        return
    first, last = body
    yield word.start, word.end, " " * len(word.text)
    if last in matching and matching[last] == first and lexemes[first].text == "{":
        yield lexemes[first].end, lexemes[first].end, _BEGIN
        yield lexemes[last].start, lexemes[last].start, _END
    else:
        yield lexemes[first].start, lexemes[first].start, _BEGIN_VALUE
        yield lexemes[last].end, lexemes[last].end, _END_VALUE


def _body(lexemes: list[Lexeme], matching: dict[int, int], index: int) -> tuple[int, int] | None:
    """The first and the last lexeme of the body of the function after `async`; None where none begins."""
    if index >= len(lexemes) or lexemes[index].is_on_new_line or lexemes[index].text == "*":
        return None
    is_function = lexemes[index].text == "function"
    if is_function:
        index += 1
        if _text(lexemes, index) == "*":
            return None
    is_named = _text(lexemes, index) != "("
    if is_named and not (is_function and _text(lexemes, index) == "("):
        index = matching.get(index, index) + 1  # a name, or one that is computed
    if _text(lexemes, index) == "(" and index in matching:
        index = matching[index] + 1
        if _text(lexemes, index) == "{" and (is_named or is_function):
            return (index, matching[index]) if index in matching else None
    if _text(lexemes, index) != "=>" or index + 1 >= len(lexemes):
        return None
    index += 1
    if lexemes[index].text == "{":
        return (index, matching[index]) if index in matching else None
    return index, _end_of_value(lexemes, matching, index)


def _end_of_value(lexemes: list[Lexeme], matching: dict[int, int], index: int) -> int:
    """The last lexeme of the expression that begins here."""
    last = index
    while index < len(lexemes):
        word = lexemes[index]
        is_closed = word.text in (",", ";", ")", "]", "}")
        if is_closed or (word.is_on_new_line and index > last and word.begins and lexemes[last].ends):
            break
        last = matching.get(index, index)
        index = last + 1
    return last


def _text(lexemes: list[Lexeme], index: int) -> str:
    return lexemes[index].text if index < len(lexemes) else ""
