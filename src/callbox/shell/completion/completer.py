"""The completer: finds what stands at the cursor, and the candidates for it. Never raises.

`item_and_query_candidates` has the candidates for items; `candidate_rank_and_quotes` sorts and quotes all candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from callbox.shell.completion.argument_candidates import (
    candidates_of,
    files,
    header_values_of,
    is_known_path,
    named,
    seen_field_values,
    seen_query_values,
    variables,
)
from callbox.shell.completion.candidate_rank_and_quotes import quote_after_separator, quote_for_insertion, rank
from callbox.shell.completion.completion_context import EMPTY_CONTEXT, Candidate, CompletionContext
from callbox.shell.completion.item_and_query_candidates import (
    JSON_WORDS,
    METHODS_WITHOUT_BODY,
    described_first,
    item_candidates,
    known_values,
    method_of,
    query_candidates,
    request_of,
    without_distant_headers,
)
from callbox.shell.line.argument_types import ARGUMENT_TYPES
from callbox.shell.line.grammar import Argument, Flag
from callbox.shell.line.lexer import BARE, CURL, QUOTED, Line, Word, split
from callbox.shell.line.parser import METHOD_COMMANDS, Analysis, analyse, analyse_words
from callbox.shell.line.targets_and_items import find_separator, is_json_body
from callbox.shell.registry import BY_WORDS, VERBS

_VARIABLE = re.compile(r"[\w.$\[\]-]+")
"""The candidates that may stand between `{{` and `}}`, where quotes have no meaning."""


def complete(line: str, cursor: int, context: CompletionContext = EMPTY_CONTEXT) -> list[Candidate]:
    """The completions of the word at `cursor`, best first.

    There are at most `candidate_rank_and_quotes.MOST`; a last row says how many more exist.

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
    found = found or _nested_fields(analysis, typed, context)
    query = _complete_url_query(analysis, current, context) if current is not None and "?" in typed else []
    if any(map(_is_input_file, words)):  # the body is a file, so it has no fields
        found = [one for one in found if one.separator not in ("=", ":=", "@")]
    return [*query, *quote_for_insertion(found, start, may_be_target=_expects_target(analysis.inner or analysis))]


def ends_with_path(line: str, context: CompletionContext) -> bool:
    """Whether a line ends with a complete known path, for any method, and not only with the beginning of one."""
    _, target = request_of(analyse(line), context)
    return bool(target) and line.endswith(target) and is_known_path(context, target)


def _complete_other_words(
    text: str, words: Sequence[Word], current: Word | None, context: CompletionContext
) -> list[Candidate] | None:
    """Completions of words that the table of commands does not have: `< FILE`, and a curl command; else None."""
    found = _complete_input_file(text, words, current, context)
    return _complete_curl(text, words, current, context) if found is None and words else found


def _slots(analysis: Analysis, typed: str, context: CompletionContext) -> Iterator[Candidate]:
    """Candidates for the next word, except items."""
    earlier = {**analysis.earlier, "": typed, "method": method_of(analysis)}
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
        return () if _expects_target(inner) else item_candidates(context, inner)
    return without_distant_headers(list(item_candidates(context, inner)), typed)


def _nested_fields(analysis: Analysis, typed: str, context: CompletionContext) -> list[Candidate]:
    """The fields of an object that is typed with dots: `address.ci` for `address[city]`."""
    first, *steps = typed.split(".")
    if not first or not steps:
        return []
    begin = "".join((first, *(f"[{step}]" for step in steps))).removesuffix("]").lower()
    return [one for one in _item_slots(analysis, begin, context) if one.text.lower().startswith(begin)]


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
    if method_of(analysis).lower() not in METHODS_WITHOUT_BODY:
        return list(analysis.flags)
    return sorted(analysis.flags, key=lambda flag: flag.name in _FLAGS_OF_BODIES)


def _flags(flags: Iterable[Flag]) -> Iterator[Candidate]:
    for flag in flags:
        yield Candidate(flag.words[0], meta=flag.help, style="flag", is_syntax=True)
        if flag.kind == "switch_value":
            yield Candidate(f"--no-{flag.name}", meta=f"do not {flag.help}", style="flag", is_syntax=True)


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
    method, target = request_of(inner, context)
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
        found = [one._replace(is_syntax=kind == "json" and one.text in JSON_WORDS) for one in found]
    else:
        found = []
    if kind in ("query", "field", "json"):
        found = known_values(context, method, target, kind, name, found)
    else:
        found = described_first(context, method, target, kind, name, found)
    return [quote_after_separator(one) for one in quote_for_insertion(rank(typed, found), start)]


def _complete_url_query(analysis: Analysis, current: Word, context: CompletionContext) -> list[Candidate]:
    """Names and values of parameters in the query of a URL that is being typed: `get /books?au`.

    Candidates are percent-encoded, so they end neither the parameter nor the word.
    """
    inner = analysis.inner or analysis
    is_path_alone = not analysis.parts and current.text.startswith("/")
    if not is_path_alone and not (inner.takes_items and _is_target(inner, current)):
        return []
    return query_candidates(method_of(inner) or "GET", current, context)


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
        return query_candidates("GET", current, context)
    return quote_for_insertion(rank(typed[before:], found), start, may_be_target=True)


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
    return quote_for_insertion(rank(typed, found), start)


def _complete_file(parsed: Line, context: CompletionContext) -> list[Candidate]:
    redirect = parsed.redirect
    if redirect is None or redirect.operator == "|" or redirect.extra:
        return []
    word = redirect.word
    if word is not None and word.end != len(parsed.text):
        return []
    typed = word.text if word is not None else ""
    start = word.start if word is not None else len(parsed.text)
    return quote_for_insertion(rank(typed, files(context, {"": typed})), start)


def _is_input_file(word: Word) -> bool:
    """Whether a word is the sign of `post /x < FILE`, alone or joined with the name."""
    return word.text[:1] == "<" and word.marks[0] == BARE


def _complete_input_file(
    text: str, words: Sequence[Word], current: Word | None, context: CompletionContext
) -> list[Candidate] | None:
    """Files for `post /x < FILE`; None if the cursor is at something else."""
    if current is not None and len(words) > 1 and _is_input_file(current):
        start = current.offsets[1] if len(current.text) > 1 else current.end
        return quote_for_insertion(rank(current.text[1:], files(context, {"": current.text[1:]})), start)
    if len(words) < 3 or words[-1].text != "<" or not _is_input_file(words[-1]):
        return None
    typed, start = ("", len(text)) if current is None else (current.text, current.start)
    return quote_for_insertion(rank(typed, files(context, {"": typed})), start)


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
