"""Candidates for items (headers, parameters, fields) and for the query of a URL, and for their values.

They come from the description of the API, from responses that were seen, and from the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_plus

from callbox.exchange.request import BODILESS_METHODS
from callbox.exchange.template_braces import percent_encoded
from callbox.shell.completion.argument_candidates import (
    HEADERS,
    distant_query_names,
    field_words,
    named,
    seen_fields,
    seen_header_names,
    seen_ids,
    seen_member_values,
    seen_query_names,
    seen_query_values,
)
from callbox.shell.completion.candidate_rank_and_quotes import rank
from callbox.shell.completion.completion_context import Candidate, CompletionContext, Named
from callbox.shell.completion.openapi_candidates import (
    body_field_names,
    described_fields,
    described_headers,
    described_query,
    described_values,
    fields_of_similar_operations,
    operation_of,
    other_key_headers,
    other_operations,
    query_names,
    similar_operations,
)
from callbox.shell.line.lexer import QUOTED, Word
from callbox.shell.line.parser import Analysis
from callbox.shell.line.targets_and_items import find_separator, item_name

_NESTED_NAME = re.compile(r"(?!localhost\b)[A-Za-z0-9_][\w-]*(?:\[[\w-]*\])+", re.ASCII | re.IGNORECASE)
JSON_WORDS = ("true", "false", "null")
METHODS_WITHOUT_BODY = frozenset(map(str.lower, BODILESS_METHODS))


def without_distant_headers(found: list[Candidate], typed: str) -> list[Candidate]:
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


def item_candidates(context: CompletionContext, analysis: Analysis) -> Iterator[Candidate]:
    """Item names with their separators. Body fields come last if the method usually has no body."""
    method, target = request_of(analysis, context)
    used = _used_names(analysis)
    known = (
        _described_items(context, analysis, method, target, used)
        if context.described is not None
        else _DescribedItems()
    )
    has_body = method.lower() not in METHODS_WITHOUT_BODY
    takes_fields = has_body or bool(known.fields) or not known.is_described
    is_sent_only = known.is_described and not known.has_open_body
    seen = seen_fields(context, target, is_sent_only=is_sent_only) if takes_fields else []
    fields = [
        Candidate(
            one.name,
            meta=one.about or field_words(one.json_type),
            style="noun",
            separator="=" if one.json_type in ("", "text") else ":=",
            is_syntax=bool(one.about) and _is_nested(one.name),
        )
        for one in seen
        if one.name not in used
    ]
    if known.fields and not known.has_open_body:
        fields = _without_other_methods(context, method, target, known.fields, fields, is_body=True)
    fields = _joined(known.fields, fields)
    yield from (one for one in known.query if one.meta.startswith("query, required"))
    if has_body:
        yield from fields
    seen_query = list(_query_items(seen_query_names(context, target), used))
    if known.is_described:
        seen_query = _without_other_methods(context, method, target, known.query, seen_query)
    described_query = _joined(known.query, seen_query)
    yield from described_query[: len(known.query)]
    yield from known.headers
    for name, about in context.query:
        if name not in used:
            yield Candidate(name, meta=about or "query", style="noun", separator="==")
    yield from described_query[len(known.query) :]
    yield from _other_headers(context, target, used | {one.text for one in known.headers})
    if not has_body:
        yield from fields
    if not known.is_described:
        yield from _query_items(distant_query_names(context, target), used)


def _query_items(names: Iterable[Named], used: frozenset[str]) -> Iterator[Candidate]:
    for name, about in names:
        if name not in used:
            yield Candidate(name, meta=f"query, {about}", style="noun", separator="==")


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
    for one in chain(own, seen, _header_names(context), other_key_headers(context, frozenset())):
        lower = one.text.lower()
        if lower not in typed:  # a pasted curl command of a browser has lower-case names
            typed.add(lower)
            yield one._replace(text=usual.get(lower, one.text))


def _is_nested(name: str) -> bool:
    """Whether a field that was sent belongs to an object in the body, and is therefore typed like `address[city]`."""
    return "[" in name and _NESTED_NAME.fullmatch(name) is not None


class _DescribedItems(NamedTuple):
    """The items that the description lists for an operation."""

    fields: list[Candidate] = []
    query: list[Candidate] = []
    headers: list[Candidate] = []
    is_described: bool = False
    """Whether the description has the operation; if so, fields of responses are not offered as its fields."""
    has_open_body: bool = False
    """Whether the operation is described without fields, and changes a resource whose fields other operations have."""


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
        has_other_methods = any(True for _ in other_operations(context, method, target))
        fields = list(fields_of_similar_operations(context, method, target, used))
        return _DescribedItems(fields, headers=headers, is_described=has_other_methods)
    fields = list(described_fields(operation, used, _given_values(analysis)))
    is_open = not fields and any(True for _ in similar_operations(context, method, target))
    return _DescribedItems(
        list(fields_of_similar_operations(context, method, target, used)) if is_open else fields,
        list(described_query(operation, used)),
        headers,
        is_described=True,
        has_open_body=is_open,
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


def method_of(analysis: Analysis) -> str:
    """The method of the request that is being typed, in capitals; empty for commands that are not requests."""
    inner = analysis.inner or analysis
    word = inner.command.words[0] if inner.command is not None and inner.command.takes == "items" else ""
    if word == "send":
        return inner.earlier.get("method", "").upper()
    return word.upper() if word not in ("again", "next") else ""


def request_of(analysis: Analysis, context: CompletionContext) -> tuple[str, str]:
    """The method and the target of the request that is being typed; with `again`, of the request that it repeats."""
    inner = analysis.inner or analysis
    if inner.command is None or inner.command.words[0] != "again":
        return method_of(inner), inner.earlier.get("target", "")
    number = inner.earlier.get("number", "")
    latest = context.history if number in ("", "-1") else [one for one in context.history if one.name == number]
    method, _, target = latest[0].about.partition(" ") if latest else ("", "", "")
    return method, target


def _header_names(context: CompletionContext) -> Iterator[Candidate]:
    own = {name.lower() for name, _ in context.headers}
    for name in HEADERS:
        if name.lower() not in own:
            yield Candidate(name, meta="header", style="noun", separator=":")


def known_values(
    context: CompletionContext, method: str, target: str, kind: str, name: str, found: list[Candidate]
) -> list[Candidate]:
    """The values of a parameter or field: those of `found`, ids and members that were seen, and described ones."""
    others = [*seen_ids(context, target, name, kind), *seen_member_values(context, target, name, kind)]
    found = [*found, *(one for one in named(others, "string") if one not in found)]
    return described_first(context, method, target, kind, name, found)


def described_first(
    context: CompletionContext, method: str, target: str, kind: str, name: str, found: list[Candidate]
) -> list[Candidate]:
    """The values of the last response, then those of the description, then the others."""
    if context.described is None:
        return found
    now = [one for one in found if one.meta == "now"]
    described = _described_values(context, method, target, kind, name)
    return [*now, *(one for one in chain(described, found) if one.text not in {other.text for other in now})]


def query_candidates(method: str, current: Word, context: CompletionContext) -> list[Candidate]:
    """Names and values of parameters for the query of a URL, percent-encoded."""
    target, _, query = current.text.partition("?")
    if "#" in current.text:
        return []
    *earlier, typed = query.split("&")
    name, equals, value = typed.partition("=")
    typed = value if equals else name
    start = current.offsets[len(current.text) - len(typed) - 1] + 1
    if equals:
        found = named(seen_query_values(context, target, unquote_plus(name)), "string")
        found = known_values(context, method, target, "query", unquote_plus(name), found)
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
    seen = seen_query_names(context, target)
    distant = () if is_described else distant_query_names(context, target)
    for name, about in (*seen, *context.query, *distant):
        if name not in used:
            yield Candidate(name, meta=f"query, {about}" if about else "query", style="noun")


def _described_values(
    context: CompletionContext, method: str, target: str, kind: str, name: str
) -> Iterator[Candidate]:
    operation = operation_of(context, method, target)
    found = list(described_values(operation, kind, name)) if operation is not None else []
    if not found and kind in ("field", "json"):
        similar = (described_values(one, kind, name) for one, _ in similar_operations(context, method, target))
        found = next(filter(None, map(list, similar)), [])
    yield from found
