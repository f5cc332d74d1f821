"""The completer: ranks and quotes candidates for the word at the cursor. Never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple
from urllib.parse import unquote_plus

from callbox.exchange.request import BODILESS_METHODS
from callbox.exchange.template import percent_encoded
from callbox.shell.completion.argument_candidates import (
    HEADERS,
    candidates_of,
    field_words,
    files,
    header_values_of,
    named,
    seen_field_values,
    seen_fields,
    seen_header_names,
    seen_ids,
    seen_member_values,
    seen_query_names,
    seen_query_values,
    variables,
)
from callbox.shell.completion.completion_context import EMPTY_CONTEXT, Candidate, CompletionContext
from callbox.shell.completion.openapi_candidates import (
    body_field_names,
    described_fields,
    described_headers,
    described_query,
    described_values,
    operation_of,
    other_operations,
    query_names,
)
from callbox.shell.line.argument_types import ARGUMENT_TYPES
from callbox.shell.line.grammar import Argument, Flag
from callbox.shell.line.lexer import BARE, CURL, QUOTED, Line, Word, split
from callbox.shell.line.line_writer import enclose, quote
from callbox.shell.line.parser import METHOD_COMMANDS, Analysis, analyse, analyse_words
from callbox.shell.line.targets_and_items import find_separator, is_json_body, is_target, item_name
from callbox.shell.registry import BY_WORDS, VERBS

_PLAIN_WORD = re.compile(r"[A-Za-z0-9/][\w./-]*", re.ASCII)
_PLAIN_NAME = re.compile(r"(?!localhost\Z)[A-Za-z0-9_][\w-]*", re.ASCII | re.IGNORECASE)
"""The names of an item that are neither a flag, nor a nested key, nor a host."""
_NESTED_NAME = re.compile(r"(?!localhost\b)[A-Za-z0-9_][\w-]*(?:\[[\w-]*\])+", re.ASCII | re.IGNORECASE)
_SYNTAX = re.compile(
    r"(?:[\w.=-]|\[[\w.-]*\])+|\{\{[\w.\[\]-]+\}\}|(?:[\w./-]|\{[\w.-]+\})+"
    r'|"[\w-]+ \{\{[\w.\[\]-]+\}\}"|@'
)
"""The texts that may be inserted without quotes: they have no character that runs a command, fills a variable, or reads
or writes a file.
"""
_SEPARATOR_SIGNS = ("@", "=", ":", ";")
_VARIABLE = re.compile(r"[\w.$\[\]-]+")
"""The candidates that may stand between `{{` and `}}`, where quotes have no meaning."""


def complete(line: str, cursor: int, context: CompletionContext = EMPTY_CONTEXT) -> list[Candidate]:
    """The completions of the word at `cursor`, best first.

    There are at most `MOST`; a last row says how many more exist.

    >>> [c.text for c in complete("set he", 6)], [c.text for c in complete("get /x --whol", 13)]
    (['header'], ['--whole'])
    """
    text = line[: max(0, cursor)]
    parsed = analyse(text).line
    if parsed.comment >= 0 or parsed.bang >= 0:
        return []
    if parsed.redirect is not None:
        return _complete_file(parsed, context)
    words, current = parsed.words, None
    if words and words[-1].end == len(text):
        words, current = words[:-1], words[-1]
    if current is not None and current.open == "{{":
        return _complete_variable(text, line[len(text) :], context)
    if current is not None and current.open in ("'", '"') and line[len(text) :].strip():
        return []  # the quotes after the cursor would change their meaning
    if current is not None and is_json_body(current):
        return []
    if (found := _complete_other_words(text, words, current, context)) is not None:
        return found
    typed = "" if current is None else current.text
    start = len(text) if current is None else current.start
    analysis = analyse_words(parsed, words)
    if current is not None and (values := _complete_value(analysis, current, context)) is not None:
        return values
    found = rank(typed, _slots(analysis, typed, context), _item_slots(analysis, typed, context))
    query = _complete_url_query(analysis, current, context) if current is not None and "?" in typed else []
    if any(map(_is_input_file, words)):  # the body is a file, so it has no fields
        found = [one for one in found if one.separator not in ("=", ":=", "@")]
    return [*query, *_with_insertions(found, start, may_be_target=_expects_target(analysis.inner or analysis))]


def _complete_other_words(
    text: str, words: Sequence[Word], current: Word | None, context: CompletionContext
) -> list[Candidate] | None:
    """Completions of words that the table of commands does not have: `< FILE`, and a curl command; else None."""
    found = _complete_input_file(text, words, current, context)
    return _complete_curl(text, words, current, context) if found is None and words else found


def _with_insertions(found: Iterable[Candidate], start: int, *, may_be_target: bool = False) -> list[Candidate]:
    """Quote the candidates so that each is read back as one word. Candidates that cannot be quoted are dropped.

    Names of files, environments, headers and fields may be hostile: an inserted name must not run anything on Enter.
    """
    placed = []
    for candidate in found:
        if candidate.is_shown_only:
            placed.append(candidate._replace(start=start))
            continue
        inserted = _insertion(candidate, may_be_target=may_be_target)
        if inserted:
            placed.append(candidate._replace(start=start, text=inserted))
    return placed


def _insertion(candidate: Candidate, *, may_be_target: bool) -> str:
    """The text to insert; empty if no quoting makes it one word or one item."""
    text, separator = candidate.text, candidate.separator
    if not text:
        return ""
    plain = _PLAIN_NAME if separator else _PLAIN_WORD
    if (candidate.is_syntax and _SYNTAX.fullmatch(text)) or plain.fullmatch(text):
        return text + separator
    inserted = f"{enclose(text)}{separator}" if separator else quote(text)
    line = split(inserted)
    if len(line.words) != 1 or line.redirect is not None:
        return ""
    word = line.words[0]
    if word.text != text + separator or word.open or not set(word.marks) <= {BARE, QUOTED}:
        return ""
    if separator and may_be_target and is_target(word):
        return ""
    if candidate.is_target and find_separator(word) is not None and not is_target(word):
        return ""  # the text would become an item, and `name=@file` would send a file
    return inserted


def _slots(analysis: Analysis, typed: str, context: CompletionContext) -> Iterator[Candidate]:
    """Candidates for the next word, except items."""
    earlier = {**analysis.earlier, "": typed, "method": _method_of(analysis)}
    if analysis.nouns:
        if typed.startswith("/") and not analysis.parts:  # a path alone is sent by GET
            yield from _argument(Argument("target", "target"), {"": typed, "method": "GET"}, context)
        yield from _commands(analysis, typed)
        return
    if analysis.pending is not None:
        pending = analysis.pending
        yield from candidates_of(pending.kind, context, {"name": pending.option or pending.name, "": typed})
        return
    if typed.startswith("-"):
        if not typed.startswith("--"):
            yield from _short_flags(analysis.flags, typed)
        if len(typed) < 2 or typed[1] == "-":
            yield from _flags(_fitting_first(analysis))
    if analysis.command is not None and analysis.command.takes == "request":
        yield from _requests(analysis, typed, context)
        return
    # `show last` is mostly followed by a part. Many numbers in front would hide the parts.
    for argument in sorted(analysis.next, key=lambda one: one.kind == "history_number" and not typed):
        yield from _argument(argument, earlier, context)
    if not typed and not analysis.next and not analysis.takes_items:
        yield from _flags(analysis.flags)


def _item_slots(analysis: Analysis, typed: str, context: CompletionContext) -> Iterable[Candidate]:
    """Item candidates for the next word; none if the next word is the target."""
    inner = analysis.inner or analysis
    if not inner.takes_items or inner.pending is not None or typed.startswith(("-", "/")):
        return ()
    if not typed:
        return () if _expects_target(inner) else _items(context, inner)
    return _without_distant_headers(list(_items(context, inner)), typed)


def _without_distant_headers(found: list[Candidate], typed: str) -> list[Candidate]:
    """The items. Headers are left out if the name of a field or a parameter is more similar to the typed text.

    If a field or a parameter begins with the typed text, headers that only contain its letters are left out. If a field
    or a parameter has exactly this name, all headers are left out, unless the text begins with a capital.
    """
    wanted = typed.lower()
    names = [one.text.lower() for one in found if one.separator != ":"]
    if wanted in names and not typed[0].isupper():
        return [one for one in found if one.separator != ":"]
    if any(name.startswith(wanted) for name in names):
        return [one for one in found if one.separator != ":" or one.text.lower().startswith(wanted)]
    return found


def _expects_target(analysis: Analysis) -> bool:
    return any(argument.kind == "target" for argument in analysis.next)


def _commands(analysis: Analysis, typed: str) -> Iterator[Candidate]:
    verb = analysis.parts[0].word.text.lower() if analysis.parts else ""
    for word in analysis.nouns:
        command = BY_WORDS.get((verb, word) if verb else (word,))
        meta = command.summary if command is not None else ", ".join(VERBS.get(word, ()))
        is_upper = not verb and typed.isupper()
        yield Candidate(
            word.upper() if is_upper else word, meta=meta, style="noun" if verb else "command", is_syntax=True
        )


def _requests(analysis: Analysis, typed: str, context: CompletionContext) -> Iterator[Candidate]:
    if analysis.inner is not None:
        yield from _slots(analysis.inner, typed, context)
        return
    for command in dict.fromkeys(c for c in BY_WORDS.values() if c.takes == "items"):
        yield Candidate(command.name, meta=command.summary, style="command")
    if not typed:
        yield from _flags(analysis.flags)


def _argument(argument: Argument, earlier: dict[str, str], context: CompletionContext) -> Iterator[Candidate]:
    # `near` has the words of an argument as one text. If the kind of an argument depends on its own words, `near` has
    # the words before the cursor.
    for candidate in candidates_of(argument.kind, context, earlier):
        yield candidate if candidate.style else candidate._replace(style=ARGUMENT_TYPES[argument.kind].style)


_FLAGS_OF_BODIES = ("json", "form", "multipart", "body", "example")


def _fitting_first(analysis: Analysis) -> list[Flag]:
    """The flags of the line. Flags about a body come last if the method usually has no body."""
    if _method_of(analysis).lower() not in _METHODS_WITHOUT_BODY:
        return list(analysis.flags)
    return sorted(analysis.flags, key=lambda flag: flag.name in _FLAGS_OF_BODIES)


def _flags(flags: Iterable[Flag]) -> Iterator[Candidate]:
    for flag in flags:
        yield Candidate(flag.words[0], meta=flag.help, style="flag", is_syntax=True)
        if flag.kind == "switch_value":
            yield Candidate(f"--no-{flag.name}", meta=f"do not: {flag.help}", style="flag", is_syntax=True)


def _short_flags(flags: Iterable[Flag], typed: str) -> Iterator[Candidate]:
    """The one-letter flags, also after typed letters of a cluster. Flags without a value come first."""
    short = {word[1]: flag for flag in flags for word in flag.words if len(word) == 2}
    letters = typed[1:]
    known = [short.get(letter) for letter in letters]
    if any(flag is None or (flag.kind and not flag.is_optional) for flag in known[:-1]) or None in known:
        return
    if letters and (last := short[letters[-1]]):
        yield Candidate(typed, meta=f"{last.words[0]}: {last.help}", style="flag", is_syntax=True)
        if last.kind and not last.is_optional:
            return
    for letter, flag in short.items():
        if letter not in letters:
            yield Candidate(f"{typed}{letter}", meta=f"{flag.words[0]}: {flag.help}", style="flag", is_syntax=True)


def _items(context: CompletionContext, analysis: Analysis) -> Iterator[Candidate]:
    """Item names with their separators. Body fields come last if the method usually has no body."""
    method, target = _request_of(analysis, context)
    used = _used_names(analysis)
    known = (
        _described_items(context, analysis, method, target, used)
        if context.described is not None
        else _DescribedItems()
    )
    has_body = method.lower() not in _METHODS_WITHOUT_BODY
    takes_fields = has_body or bool(known.fields) or not known.is_described
    seen = seen_fields(context, target, is_sent_only=known.is_described) if takes_fields else []
    fields = [
        Candidate(
            one.name,
            meta=one.about or field_words(one.json_type),
            style="noun",
            separator="=" if one.json_type in ("", "text") else ":=",
            is_syntax=bool(seen) and _is_nested(one.name),
        )
        for one in seen or (() if known.is_described else context.fields)
        if one.name not in used
    ]
    if known.fields:
        fields = _without_other_methods(context, method, target, known.fields, fields, is_body=True)
    fields = _joined(known.fields, fields)
    yield from (one for one in known.query if one.meta.startswith("query, required"))
    if has_body:
        yield from fields
    seen_query = [
        Candidate(name, meta=f"query, {about}", style="noun", separator="==")
        for name, about in seen_query_names(context, target, is_near_only=known.is_described)
        if name not in used
    ]
    if known.is_described:
        seen_query = _without_other_methods(context, method, target, known.query, seen_query)
    described_query = _joined(known.query, seen_query)
    yield from described_query[: len(known.query)]
    yield from known.headers
    for name, about in context.query:
        if name not in used:
            yield Candidate(name, meta=about or "query", style="noun", separator="==")
    yield from described_query[len(known.query) :]
    yield from _other_headers(context, target, used)
    if not has_body:
        yield from fields


def _without_other_methods(
    context: CompletionContext,
    method: str,
    target: str,
    described: list[Candidate],
    seen: list[Candidate],
    *,
    is_body: bool = False,
) -> list[Candidate]:
    """The query parameters that were seen, or with `is_body` the fields that were seen.

    A name is left out if the description has it only for other methods of the path.
    """
    own = {_first_step(one.text) for one in described}
    if all(_first_step(one.text) in own for one in seen):
        return seen
    names_of = body_field_names if is_body else query_names
    others = {name for operation in other_operations(context, method, target) for name in names_of(operation)}
    return [one for one in seen if (name := _first_step(one.text)) in own or name not in others]


def _first_step(name: str) -> str:
    """The name of a field without the names of the fields in it: `address` of `address[city]`."""
    return name.partition("[")[0] or name


def _other_headers(context: CompletionContext, target: str, used: frozenset[str]) -> Iterator[Candidate]:
    """The headers of the session, the headers that were seen and the usual ones, without those that are typed
    already.
    """
    typed = {name.lower() for name in used}
    own = (Candidate(name, meta=about or "header", style="noun", separator=":") for name, about in context.headers)
    seen = (
        Candidate(name, meta=f"header, {about}", style="noun", separator=":")
        for name, about in seen_header_names(context, target)
    )
    usual = {name.lower(): name for name in HEADERS}
    for one in chain(own, seen, _header_names(context)):
        lower = one.text.lower()
        if lower not in typed:  # a pasted curl command of a browser has lower-case names
            typed.add(lower)
            yield one._replace(text=usual.get(lower, one.text))


def _is_nested(name: str) -> bool:
    """Whether a field that was sent belongs to an object in the body, and is therefore typed like `address[city]`."""
    return "[" in name and _NESTED_NAME.fullmatch(name) is not None


_JSON_WORDS = ("true", "false", "null")
_METHODS_WITHOUT_BODY = frozenset(map(str.lower, BODILESS_METHODS))


class _DescribedItems(NamedTuple):
    """The items that the description lists for an operation."""

    fields: list[Candidate] = []
    query: list[Candidate] = []
    headers: list[Candidate] = []
    is_described: bool = False
    """Whether the description has the operation; if so, fields of responses are not offered as its fields."""


def _used_names(analysis: Analysis) -> frozenset[str]:
    """The names of the items that are typed already; a whole body has an empty name."""
    parts = (analysis.inner or analysis).parts
    return frozenset(item_name(part.word) for part in parts if part.role == "item")


def _given_values(analysis: Analysis) -> dict[str, str]:
    """The values of the fields that are typed already."""
    given: dict[str, str] = {}
    for part in (analysis.inner or analysis).parts:
        separation = find_separator(part.word) if part.role == "item" and part.word.marks[:1] != QUOTED else None
        if separation is not None and separation[0] in ("field", "json"):
            given[part.word.text[: separation[1]]] = part.word.text[separation[2] :].strip('"')
    return given


def _described_items(
    context: CompletionContext, analysis: Analysis, method: str, target: str, used: frozenset[str]
) -> _DescribedItems:
    """The items that the description lists for the operation that is being typed."""
    operation = operation_of(context, method, target)
    headers = list(described_headers(context, operation, frozenset(name.lower() for name in used)))
    if operation is None:
        return _DescribedItems(headers=headers)
    return _DescribedItems(
        list(described_fields(operation, used, _given_values(analysis))),
        list(described_query(operation, used)),
        headers,
        is_described=True,
    )


def _joined(described: list[Candidate], seen: list[Candidate]) -> list[Candidate]:
    """The described names, then the names that were only seen.

    The menu says if a name is both described and seen.
    """
    metas = {one.text: one.meta for one in seen}
    both = []
    for one in described:
        meta = metas.get(one.text, "")
        both.append(one._replace(meta=f"{one.meta}, {meta.rpartition(', ')[2]}") if "seen" in meta else one)
    names = {one.text.removesuffix("[]") for one in described}
    return [*both, *(one for one in seen if one.text not in names)]


def _method_of(analysis: Analysis) -> str:
    """The method of the request that is being typed, in capitals; empty for commands that are not requests."""
    inner = analysis.inner or analysis
    word = inner.command.words[0] if inner.command is not None and inner.command.takes == "items" else ""
    if word == "send":
        return inner.earlier.get("method", "").upper()
    return word.upper() if word not in ("again", "next") else ""


def _request_of(analysis: Analysis, context: CompletionContext) -> tuple[str, str]:
    """The method and the target of the request that is being typed; with `again`, of the request that it repeats."""
    inner = analysis.inner or analysis
    if inner.command is None or inner.command.words[0] != "again":
        return _method_of(inner), inner.earlier.get("target", "")
    number = inner.earlier.get("number", "")
    latest = context.history if number in ("", "-1") else [one for one in context.history if one.name == number]
    method, _, target = latest[0].about.partition(" ") if latest else ("", "", "")
    return method, target


def _header_names(context: CompletionContext) -> Iterator[Candidate]:
    own = {name.lower() for name, _ in context.headers}
    for name in HEADERS:
        if name.lower() not in own:
            yield Candidate(name, meta="header", style="noun", separator=":")


def _complete_value(analysis: Analysis, current: Word, context: CompletionContext) -> list[Candidate] | None:
    """Completions of the value after a separator (`Accept:app`, `--verify=n`, `photo@im`); None if the word has no
    separator.
    """
    inner = analysis.inner or analysis
    if current.text.startswith("--") and "=" in current.text:
        return _complete_flag_value(inner, current, context)
    if not inner.takes_items or _is_target(inner, current):
        return None
    separation = find_separator(current) if current.marks[:1] != QUOTED else None
    if separation is None:
        return None
    kind, at, after = separation
    method, target = _request_of(inner, context)
    start = current.offsets[after - 1] + 1
    name, typed = current.text[:at], current.text[after:]
    if kind.endswith("_file") or kind == "upload":
        found = [file for file in files(context, {"": typed}) if ";type=" not in file.text]
    elif kind in ("header", "header_left_out"):
        found = [Candidate(value, style="string") for value in header_values_of(name)]
        found = [*named(seen_field_values(context, target, kind, name), "string"), *found]
    elif kind == "query":
        found = named(seen_query_values(context, target, name), "string")
    elif kind in ("field", "json"):
        found = named(seen_field_values(context, target, kind, name), "string")
        found = [one._replace(is_syntax=kind == "json" and one.text in _JSON_WORDS) for one in found]
    else:
        found = []
    if kind in ("query", "field", "json"):
        found = _known_values(context, method, target, kind, name, found)
    else:
        found = _described_first(context, method, target, kind, name, found)
    return [_apart_from_separator(one) for one in _with_insertions(rank(typed, found), start)]


def _known_values(
    context: CompletionContext, method: str, target: str, kind: str, name: str, found: list[Candidate]
) -> list[Candidate]:
    """The values of a parameter or field: those of `found`, ids and members that were seen, and described ones."""
    others = [*seen_ids(context, target, name, kind), *seen_member_values(context, target, name, kind)]
    found = [*found, *(one for one in named(others, "string") if one not in found)]
    return _described_first(context, method, target, kind, name, found)


def _described_first(
    context: CompletionContext, method: str, target: str, kind: str, name: str, found: list[Candidate]
) -> list[Candidate]:
    """The values of the last response, then those of the description, then the others."""
    if context.described is None:
        return found
    now = [one for one in found if one.meta == "now"]
    described = _described_values(context, method, target, kind, name)
    return [*now, *(one for one in chain(described, found) if one.text not in {other.text for other in now})]


def _complete_url_query(analysis: Analysis, current: Word, context: CompletionContext) -> list[Candidate]:
    """Names and values of parameters in the query of a URL that is being typed: `get /books?au`.

    Candidates are percent-encoded, so they end neither the parameter nor the word.
    """
    inner = analysis.inner or analysis
    is_path_alone = not analysis.parts and current.text.startswith("/")
    if not is_path_alone and not (inner.takes_items and _is_target(inner, current)):
        return []
    return _query_candidates(_method_of(inner) or "GET", current, context)


def _query_candidates(method: str, current: Word, context: CompletionContext) -> list[Candidate]:
    target, _, query = current.text.partition("?")
    if "#" in current.text:
        return []
    *earlier, typed = query.split("&")
    name, equals, value = typed.partition("=")
    typed = value if equals else name
    start = current.offsets[len(current.text) - len(typed) - 1] + 1
    if equals:
        found = named(seen_query_values(context, target, unquote_plus(name)), "string")
        found = _known_values(context, method, target, "query", unquote_plus(name), found)
    else:
        used = frozenset(unquote_plus(one.partition("=")[0]) for one in earlier)
        found = list(_query_names(context, method, target, used))
    return [
        one._replace(text=percent_encoded(one.text) + ("" if equals else "="), separator="", start=start)
        for one in rank(unquote_plus(typed), found)
        if not one.is_shown_only
    ]


def _query_names(context: CompletionContext, method: str, target: str, used: frozenset[str]) -> Iterator[Candidate]:
    """The parameters of an operation: described ones, those of the session, and those that were seen."""
    is_described = False
    if context.described is not None:
        operation = operation_of(context, method, target)
        is_described = operation is not None
        if operation is not None:
            yield from described_query(operation, used)
    seen = seen_query_names(context, target, is_near_only=is_described)
    for name, about in (*seen, *context.query):
        if name not in used:
            yield Candidate(name, meta=f"query, {about}" if about else "query", style="noun")


def _complete_curl(
    text: str, words: Sequence[Word], current: Word | None, context: CompletionContext
) -> list[Candidate] | None:
    """Completions of the words of a curl command; None for any other line."""
    if words[0].text.lower() not in ("$", "import", *CURL):
        return None
    from callbox.shell.completion.curl_candidates import curl_candidates, curl_position  # 5 ms, and few lines need it

    at = curl_position(words)
    if not at or (len(words) > at and words[at].text.lower() in METHOD_COMMANDS):
        return None
    typed = "" if current is None else current.text
    if typed.lower() in METHOD_COMMANDS and len(words) == at:
        return []
    found, before = curl_candidates(words[at:], typed, context)
    start = len(text) if current is None else current.offsets[before - 1] + 1 if before else current.start
    if current is not None and "://" in typed and "?" in typed:
        return _query_candidates("GET", current, context)
    return _with_insertions(rank(typed[before:], found), start, may_be_target=True)


def _apart_from_separator(candidate: Candidate) -> Candidate:
    """Quote a value that would change the meaning of the separator before it: `a=` and `@file` together would send a
    file.
    """
    return candidate._replace(text=enclose(candidate.text)) if candidate.text[:1] in _SEPARATOR_SIGNS else candidate


def _described_values(
    context: CompletionContext, method: str, target: str, kind: str, name: str
) -> Iterator[Candidate]:
    operation = operation_of(context, method, target)
    if operation is not None:
        yield from described_values(operation, kind, name)


def _is_target(analysis: Analysis, current: Word) -> bool:
    return any(a.kind == "target" and ARGUMENT_TYPES["target"].accepts(current) for a in analysis.next)


def _complete_flag_value(analysis: Analysis, current: Word, context: CompletionContext) -> list[Candidate]:
    name, _, typed = current.text.partition("=")
    if set(current.marks[: len(name) + 1]) != {BARE}:
        return []  # a quoted word is not a flag
    flag = next((flag for flag in analysis.flags if name in flag.words), None)
    if flag is None or not flag.kind:
        return []
    start = current.offsets[len(name)] + 1
    found = candidates_of(flag.kind, context, {"name": flag.option or flag.name, "": typed})
    return _with_insertions(rank(typed, found), start)


def _complete_file(parsed: Line, context: CompletionContext) -> list[Candidate]:
    redirect = parsed.redirect
    if redirect is None or redirect.operator == "|" or redirect.extra:
        return []
    word = redirect.word
    if word is not None and word.end != len(parsed.text):
        return []
    typed = word.text if word is not None else ""
    start = word.start if word is not None else len(parsed.text)
    return _with_insertions(rank(typed, files(context, {"": typed})), start)


def _is_input_file(word: Word) -> bool:
    """Whether a word is the sign of `post /x < FILE`, alone or joined with the name."""
    return word.text[:1] == "<" and word.marks[0] == BARE


def _complete_input_file(
    text: str, words: Sequence[Word], current: Word | None, context: CompletionContext
) -> list[Candidate] | None:
    """Files for `post /x < FILE`; None if the cursor is at something else."""
    if current is not None and len(words) > 1 and _is_input_file(current):
        start = current.offsets[1] if len(current.text) > 1 else current.end
        return _with_insertions(rank(current.text[1:], files(context, {"": current.text[1:]})), start)
    if len(words) < 3 or words[-1].text != "<" or not _is_input_file(words[-1]):
        return None
    typed, start = ("", len(text)) if current is None else (current.text, current.start)
    return _with_insertions(rank(typed, files(context, {"": typed})), start)


def _complete_variable(text: str, after: str, context: CompletionContext) -> list[Candidate]:
    start = text.rindex("{{") + 2
    typed = text[start:].lstrip().removeprefix("%").lstrip()
    close = "" if after.lstrip().startswith("}}") else "}}"
    known = list(variables(context))
    lists = frozenset() if _is_in_json_field(text) else _containers(known)
    found = rank(typed, (c for c in known if c.text not in lists), (c for c in known if c.text in lists))
    if any(c.text.lower().startswith(typed.lower()) for c in found):
        found = [c for c in found if c.is_shown_only or typed.lower() in c.text.lower()]
    start = len(text) - len(typed)
    found = [c for c in found if c.is_shown_only or _VARIABLE.fullmatch(c.text)]
    return [c._replace(text=c.text if c.is_shown_only else c.text + close, start=start) for c in found]


def _containers(known: Sequence[Candidate]) -> frozenset[str]:
    """The paths of lists and objects. Only the value of a JSON field takes a list or an object."""
    texts = sorted(c.text for c in known)
    return frozenset(text for text, following in pairwise(texts) if following.startswith((f"{text}.", f"{text}[")))


def _is_in_json_field(text: str) -> bool:
    """Whether the last word of a text is a field of JSON (`a:={{`)."""
    words = split(text).words
    separation = find_separator(words[-1]) if words else None
    return separation is not None and separation.kind == "json"


MOST = 200
"""The most candidates that are shown."""


def rank(typed: str, *groups: Iterable[Candidate]) -> list[Candidate]:
    """Rank the candidates that contain the typed letters in order: prefixes, then substrings, then scattered letters.

    Earlier groups rank higher, except among scattered matches.

    >>> [c.text for c in rank("use", [Candidate("x-user"), Candidate("users"), Candidate("u1s2e3")])]
    ['users', 'x-user', 'u1s2e3']
    """
    wanted = typed.lower()
    if not wanted:
        return _cut(list(_unique(chain(*groups))))
    # Each class excludes the letter after it, so that a failing match takes a single pass over the text.
    scattered = re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in wanted[:64]), re.DOTALL)
    ranked = []
    for order, (group, candidate) in enumerate((g, c) for g, given in enumerate(groups) for c in given):
        lower = candidate.text.lower()
        match = scattered.match(lower)
        if match is not None and (score := _score(lower, wanted, match.end())) is not None:
            ranked.append((score[0] == 3, group, *score, order, candidate))
    ranked.sort(key=lambda entry: entry[:5])
    return _cut(list(_unique(entry[5] for entry in ranked)))


def _cut(found: list[Candidate]) -> list[Candidate]:
    """The first `MOST` candidates, and a row that says how many more there are."""
    if len(found) <= MOST:
        return found
    return [*found[:MOST], Candidate(f".. {len(found) - MOST:,} more", is_shown_only=True)]


def _score(lower: str, wanted: str, reach: int) -> tuple[int, int] | None:
    if lower.startswith(wanted):
        return (0, 0)
    at = lower.find(wanted)
    if at > 0:
        return (1 if not lower[at - 1].isalnum() else 2, at)
    if len(wanted) > 64:
        return None
    return (3, reach)


def _unique(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[tuple[str, str]] = set()
    for candidate in candidates:
        if (candidate.text, candidate.separator) not in seen:
            seen.add((candidate.text, candidate.separator))
            yield candidate
