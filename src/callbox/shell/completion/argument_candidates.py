"""Completion candidates for each type of argument, from the tables and from the facts seen of APIs.

Well-known names and values of headers are offered even if no request has used them. Targets of earlier requests are
offered in the form in which the user would type them now. The completer ranks the candidates.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from callbox.engine.options import OPTIONS
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.url import Url, UrlError, guess_scheme, is_absolute, join, parse, readable_path
from callbox.httpfile.script_suffixes import is_script_name
from callbox.memory.api_facts import is_id, kind_of_reference, singular
from callbox.render.style import theme_names
from callbox.replay.run_option_table import RUN_OPTIONS
from callbox.shell.completion.completion_context import Candidate, CompletionContext, FieldName, Named
from callbox.shell.completion.openapi_candidates import (
    described_folder,
    described_key_headers,
    described_pages,
    described_schemes,
    described_servers,
    described_targets,
    method_targets,
)
from callbox.shell.known_openapi_descriptions import seen_items
from callbox.shell.line.argument_types import (
    BODY_FORMS,
    CHARSETS,
    COOKIE_ATTRIBUTES,
    DIFF_PARTS,
    FORMS,
    LISTINGS,
    METHODS,
    RESETS,
    EarlierArguments,
)
from callbox.shell.openapi_auth_commands import key_prefix
from callbox.shell.registry import COMMANDS

if TYPE_CHECKING:
    from callbox.memory.api_facts import SeenValue

MAX_SORTED = 100
"""The most targets that `cd` sorts.

Only the likeliest targets are sorted, because each needs a search in the description.
"""
MAX_FOLDERS = 30
"""The most folders of one target that `cd` knows."""


def seen_targets(context: CompletionContext, typed: str) -> Iterator[Named]:
    """The targets that were seen: paths at the origin of the base, the items of the list in the typed folder, and the
    known origins.

    If there is a base, other origins are offered only after the first typed letter. Otherwise Tab and Enter would send
    the request to another server.
    """
    seen = context.seen
    if seen is None:
        return
    place = _url(context, typed)
    if place is not None:
        prefix = _written_prefix(context, typed, place)
        for value in seen_children(context, typed):
            if value.text.startswith(prefix.skipped):
                yield Named(prefix.text + value.text[len(prefix.skipped) :], value.meta)
        for path, about in seen.targets(place.origin):
            if path.startswith(prefix.skipped):
                yield Named(prefix.text + path[len(prefix.skipped) :], about)
    if not typed.startswith("/") and (typed or not context.base):
        here = place.origin if place is not None and context.base and not is_absolute(typed) else ""
        yield from (Named(f"{value.text}/", value.meta) for value in seen.origins() if value.text != here)


def seen_children(context: CompletionContext, typed: str) -> list[SeenValue]:
    """The paths of the items of the list in the typed folder."""
    place = _url(context, typed)
    if context.seen is None or place is None:
        return []
    folder = place.path if not typed or typed.endswith("/") else place.path.rpartition("/")[0]
    return seen_items(context.seen, context.described, place.origin, folder)


def as_typed_now(context: CompletionContext, typed: str, method: str = "") -> list[Named]:
    """The targets of requests and links, each in the shortest form that may be typed.

    A target with a query is left out, unless it was sent with this method (in capitals; empty for commands that send no
    request). The origin of the base is left out unless the user types a whole URL. The path of the base is left out
    unless the user types a path from the root. A target of another origin is offered only if the user has typed the
    beginning of its URL or host. So no path at the base becomes a request to another server.
    """
    found = [Named(one.name, one.about) for one in context.targets if "?" not in one.name or one.method == method]
    base = _url(context, "") if context.base else None
    if base is None or _is_whole_url_typed(base, typed):
        return found
    found = [_without_beginning(one, base.origin, keep="/") for one in found]
    found = [one for one in found if "://" not in one.name or _is_beginning_of_host(typed, one.name)]
    folder = f"{base.path.rstrip('/')}/"
    return found if folder == "/" or typed.startswith("/") else [_without_beginning(one, folder) for one in found]


def _is_whole_url_typed(base: Url, typed: str) -> bool:
    """Whether the user types an absolute URL or the host of the base."""
    host = base.origin.partition("://")[2]
    beginnings = ("http://", "https://", host)
    return is_absolute(typed) or (bool(typed) and any(text.startswith(typed.lower()) for text in beginnings))


def _is_beginning_of_host(typed: str, url: str) -> bool:
    return bool(typed) and url.partition("://")[2].startswith(typed)


def _without_beginning(target: Named, beginning: str, keep: str = "") -> Named:
    """The target without this beginning.

    The target is unchanged if it does not begin with `beginning` followed by `keep`, or if nothing would be left of it.
    """
    rest = target.name[len(beginning) :] if target.name.startswith(beginning + keep) else ""
    return target._replace(name=rest) if rest else target


def allowed_first(names: list[Named], context: CompletionContext, method: str) -> list[Named]:
    """The targets in order; targets for which the API has refused the method come last."""
    base = _url(context, "") if method and context.base else None
    refusing = context.seen.refusing(base.origin, method) if context.seen is not None and base is not None else ()
    if not refusing:
        return names
    return sorted(names, key=lambda one: (url := _url(context, one.name)) is not None and url.path in refusing)


def tried_first(names: list[Named], context: CompletionContext, method: str, typed: str) -> list[Named]:
    """The targets in order; targets that were requested only with other methods come last, and the menu says so.

    Suppose that the typed text is itself a target that may have the method. Then targets below it that were requested
    only with other methods are left out, so that Tab goes on to the next word.
    """
    base = _url(context, "") if method and context.base else None
    untried = context.seen.untried(base.origin, method) if context.seen is not None and base is not None else ()
    if not untried:
        return names
    first, last = list[Named](), list[Named]()
    folder = f"{base.path.rstrip('/')}/" if base is not None else "/"
    for one in names:
        # no call of parse: at each key press, there may be 1,000 names
        path = one.name.partition("?")[0]
        if (path if path.startswith("/") else folder + path) in untried:
            last.append(one._replace(about=f"{one.about}, no {method} yet"))
        else:
            first.append(one)
    if any(one.name == typed for one in first):
        last = [one for one in last if not one.name.startswith(f"{typed}/")]
    return [*first, *last]


class _Prefix:
    """How paths of an origin are typed: `text` replaces the beginning `skipped`."""

    def __init__(self, text: str, skipped: str) -> None:
        self.text = text
        self.skipped = skipped


def _written_prefix(context: CompletionContext, typed: str, place: Url) -> _Prefix:
    if is_absolute(typed):
        return _Prefix(place.origin, "")
    if not context.base:  # a host may be typed without its scheme: api.example.com/users, :8000/users
        return _Prefix(typed.partition("/")[0], "")
    folder = parse(context.base).path.rstrip("/")
    return _Prefix("", "") if typed.startswith("/") or not folder else _Prefix("", f"{folder}/")


def _url(context: CompletionContext, target: str) -> Url | None:
    """The URL for a typed target; None while the target is not a URL."""
    try:
        return parse(join(context.base, target if is_absolute(target) or context.base else guess_scheme(target)))
    except UrlError:
        return None


def is_known_path(context: CompletionContext, target: str) -> bool:
    """Whether the description or an earlier response has this path itself, with or without a slash at its end."""
    url = _url(context, target)
    if url is None:
        return False
    if context.described is not None and context.described.methods_at(url.origin, url.path):
        return True
    path = readable_path(url.path)
    either = (path, path.rstrip("/"), f"{path.rstrip('/')}/")
    return context.seen is not None and any(context.seen.has_path(url.origin, one) for one in either)


def seen_fields(context: CompletionContext, target: str, *, is_sent_only: bool = False) -> list[FieldName]:
    """The body fields of requests to this target, and unless `is_sent_only` also the body fields of responses.

    If nothing is known about the origin of the target, these are the fields of the last response.
    """
    url = _url(context, target)
    if context.seen is None or url is None or not context.seen.has_facts(url.origin):
        return [] if is_sent_only else list(context.fields)
    found = context.seen.fields(url.origin, readable_path(url.path), is_sent_only=is_sent_only)
    return [
        FieldName(_first_entry(value), f"{field_words(value.json_type)}, {value.meta}", value.json_type)
        for value in found
    ]


def _first_entry(field: SeenValue) -> str:
    """The name of a field as it is typed. In JSON, `items[][sku]`, a member of each entry of a list, is typed as
    `items[0][sku]`.

    In JSON, a second `[]` in a line would make a second entry. In a form, `[]` is a part of the name.
    """
    return field.text.replace("[][", "[0][") if field.json_type else field.text


def field_words(json_type: str) -> str:
    """The description of a field of this type in a menu.

    >>> field_words("boolean"), field_words("text"), field_words("")
    ('field, boolean', 'field', 'field')
    """
    return f"field, {json_type}" if json_type not in ("", "text") else "field"


def seen_field_values(context: CompletionContext, target: str, kind: str, name: str) -> Iterator[Named]:
    """Values of a field or of a condition (`If-Match`): the value in the last response, and values of the same type.

    Args: context: the names and values that completion knows. target: the target of the request that is being typed.
    kind: the kind of the item: `field` takes a text, `json` any value. name: the name of the item.
    """
    url = _url(context, target)
    if url is None:
        return
    now = context.values_at(url.origin + url.path)
    if kind in ("header", "header_left_out"):
        header = _CONDITIONS.get(name.lower(), "")
        if header in now:
            yield Named(now[header], "of the last response")
        return
    if kind == "json" and (whole := now.get(name) or now.get(f"{name}[]")):
        yield Named(whole, "now")
    elif name in now:
        entries = json.loads(now[name]) if name.endswith("[]") else [json.loads(now[name])]
        yield from (Named(entry, "now") for entry in entries if isinstance(entry, str))
    if kind == "json":
        names = seen_fields(context, target)
        json_type = next((one.json_type for one in names if one.name == name), "")
        yield from (Named(value, json_type) for value in _VALUES.get(json_type, ()))


_VALUES = {"boolean": ("true", "false"), "null": ("null",)}
_CONDITIONS = {
    "if-match": "ETag:",
    "if-none-match": "ETag:",
    "if-modified-since": "Last-Modified:",
    "if-unmodified-since": "Last-Modified:",
}


def seen_ids(context: CompletionContext, target: str, name: str, kind: str) -> list[Named]:
    """The ids that a field or parameter may refer to, each with the label of its item.

    For `user_id`, these are the ids of users.

    `kind` is the kind of the item: `field` takes a text, `json` any value. A field that takes a text and whose name
    does not say "id" (`author`) gets no numbers: its value is more likely the name of an author.
    """
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    last = next((step for step in reversed(_STEP.split(name)) if step and not step.isdecimal()), "")
    kind_of_id = kind_of_reference(last)
    found = context.seen.ids(url.origin, kind_of_id or singular(last))
    if kind == "field" and not kind_of_id:
        return _named([one for one in found if is_id(one.text) and not one.text.isdecimal()])
    return _named([one for one in found if one.text.isdecimal() or kind != "json"])


def seen_member_values(context: CompletionContext, target: str, name: str, kind: str) -> list[Named]:
    """Values of the member `name` in the lists of earlier responses, to offer for the parameter or field `name`.

    A field gets only ids that refer to other items, and values that at least two items have. A value that only one
    item has, such as its title, is usually not the value of a new item.
    """
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    is_repeated = kind != "query" and not kind_of_reference(name)
    path = readable_path(url.path)
    path = path if kind == "query" or not is_id(path.rpartition("/")[2]) else path.rpartition("/")[0]
    found = context.seen.member_values(url.origin, path, name, is_repeated=is_repeated)
    return _named([one for one in found if one.text.isdecimal() or kind != "json"])


_STEP = re.compile(r"[\[\]]")


def seen_query_names(context: CompletionContext, target: str) -> list[Named]:
    """Query parameters that were used with this target, or that links to it had."""
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    return _named(context.seen.query_names(url.origin, readable_path(url.path)))


def distant_query_names(context: CompletionContext, target: str) -> list[Named]:
    """Query parameters that were used with other targets of this origin. The text beside each parameter names these
    targets.
    """
    url = _url(context, target)
    if context.seen is None or url is None:
        return []
    return _named(context.seen.distant_query_names(url.origin, readable_path(url.path)))


def seen_query_values(context: CompletionContext, target: str, name: str) -> list[Named]:
    """Values that this parameter had; values with this target come first."""
    url = _url(context, target)
    return _named(context.seen.query_values(url.origin, readable_path(url.path), name)) if context.seen and url else []


def seen_header_names(context: CompletionContext, target: str) -> list[Named]:
    """Headers that were typed; headers with this target come first."""
    url = _url(context, target)
    return _named(context.seen.header_names(url.origin, readable_path(url.path))) if context.seen and url else []


def _named(values: list[SeenValue]) -> list[Named]:
    return [Named(value.text, value.meta) for value in values]


_MEDIA_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/problem+json",
    "application/octet-stream",
    "text/plain",
    "text/html",
    "text/csv",
    "text/event-stream",
    "multipart/form-data",
)

HEADERS: Mapping[str, tuple[str, ...]] = {
    "Accept": (*_MEDIA_TYPES[:1], *_MEDIA_TYPES[2:-1], "*/*"),
    "Accept-Charset": ("utf-8",),
    "Accept-Encoding": ("gzip", "br", "zstd", "deflate", "identity"),
    "Accept-Language": ("en", "en-GB", "en-US", "de", "fr", "es", "nl", "pt-BR", "ja", "zh-CN"),
    "Authorization": ("Bearer", "Basic"),
    "Cache-Control": ("no-cache", "no-store", "max-age=0", "only-if-cached"),
    "Connection": ("keep-alive", "close"),
    "Content-Encoding": ("gzip", "br", "zstd", "deflate", "identity"),
    "Content-Language": ("en", "de", "fr", "es"),
    "Content-Type": _MEDIA_TYPES,
    "Cookie": (),
    "Date": (),
    "Depth": ("0", "1", "infinity"),
    "Expect": ("100-continue",),
    "Forwarded": (),
    "Host": (),
    "Idempotency-Key": (),
    "If-Match": ("*",),
    "If-Modified-Since": (),
    "If-None-Match": ("*",),
    "If-Range": (),
    "If-Unmodified-Since": (),
    "Last-Event-ID": (),
    "Origin": (),
    "Pragma": ("no-cache",),
    "Prefer": ("return=minimal", "return=representation", "respond-async"),
    "Priority": ("u=1", "u=3", "u=5", "i"),
    "Proxy-Authorization": ("Bearer", "Basic"),
    "Range": ("bytes=0-",),
    "Referer": (),
    "TE": ("trailers",),
    "traceparent": (),
    "User-Agent": (),
    "X-Api-Key": (),
    "X-Correlation-ID": (),
    "X-CSRF-Token": (),
    "X-Forwarded-For": (),
    "X-Forwarded-Host": (),
    "X-Forwarded-Proto": ("https", "http"),
    "X-HTTP-Method-Override": ("PUT", "PATCH", "DELETE"),
    "X-Request-ID": (),
    "X-Requested-With": ("XMLHttpRequest",),
}
"""Header names of requests (RFC 9110, RFC 9111, RFC 6265 and common practice), each with usual values."""


def header_values_of(name: str) -> tuple[str, ...]:
    """The usual values of this header, whose name may have any letter case; empty if there are none."""
    lower = name.lower()
    return next((values for header, values in HEADERS.items() if header.lower() == lower), ())


CandidateSource: TypeAlias = Callable[[CompletionContext, EarlierArguments], Iterable[Candidate]]

_SCHEMES = {
    "basic": "a user and a password",
    "bearer": "a token",
    "digest": "a user and a password that is never sent",
    "apikey": "a header and a key",
}


def named(names: Iterable[Named], style: str) -> list[Candidate]:
    """One candidate for each name."""
    return [Candidate(name, meta=about, style=style) for name, about in names]


def candidates_of(kind: str, context: CompletionContext, earlier: EarlierArguments) -> Iterable[Candidate]:
    """The candidates for an argument of this type, a key of `ARGUMENT_TYPES`. `earlier[""]` is the typed text."""
    source = SOURCES.get(kind)
    return source(context, earlier) if source is not None else ()


def _fixed(*words: str) -> CandidateSource:
    """A function that gives these fixed candidates whatever the line is."""
    candidates = [Candidate(word, style="noun") for word in words]
    return lambda context, earlier: candidates


def targets(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """Known paths and URLs: first those that were typed, then those of the description, then those that were seen. A
    new item comes before all that was typed earlier.
    """
    place, method = earlier.get("", ""), earlier.get("method", "")
    seen = list(seen_targets(context, place))
    labels = dict(reversed(seen))
    created = _created_last(context, place)
    typed = [one for one in seen if one.name in created]
    typed += [one for one in as_typed_now(context, place, method) if one.name not in created]
    typed = [one._replace(about=labels.get(one.name, one.about)) for one in typed]
    if context.described is None:
        names = tried_first([*typed, *seen], context, method, place)
        return _without_way_back(_targets(allowed_first(names, context, method)), place)
    walked = [0]
    typed = method_targets(context, method, place, typed, walked)
    seen = method_targets(context, method, place, seen, walked)
    found = list(described_targets(context, place, method))
    described = {one.text: one.meta for one in found if not one.is_shown_only}
    first = [Named(name, _both(described.pop(name, ""), about)) for name, about in typed]
    others = [Named(name, _both(about, labels.get(name, ""))) for name, about in described.items()]
    shown_only = (one for one in found if one.is_shown_only)
    known = [*first, *others, *seen]
    at = next((number for number, one in enumerate(known, 1) if one.name == place), 0)
    known[at:at] = described_folder(context, method, place) if at else ()
    return _without_way_back([*_targets(allowed_first(known, context, method)), *shown_only], place)


def _created_last(context: CompletionContext, typed: str) -> set[str]:
    """The targets of new items: items of the typed folder that no request has used since a response showed them alone,
    such as the response to a POST. Requests to other items of the folder must be older. Each target is included twice:
    as a path, and as the continuation of the typed text.
    """
    place, items = _url(context, typed), seen_children(context, typed)
    if context.seen is None or place is None or not items:
        return set()
    counts = Counter(item.number for item in items)
    folder = f"{items[0].text.rstrip('/').rpartition('/')[0]}/"
    alone = {item.text: item.number for item in items if counts[item.number] == 1}
    requested = [one for one in context.seen.paths(place.origin) if one.text.startswith(folder)]
    last = max((one.number for one in requested if alone.get(one.text.rstrip("/")) != one.number), default=0)
    found = [text for text, number in alone.items() if number > last]
    return {*found, *(typed[: typed.rfind("/") + 1] + text[len(folder) :] for text in found)}


def _without_way_back(found: list[Candidate], typed: str) -> list[Candidate]:
    """The targets; the typed folder comes after its contents, because the user wants to go into the folder.

    If there is no other target, the rows of parameters say that their values must be typed.
    """
    if not typed.endswith("/"):
        return found
    others = [one for one in found if one.text != typed]
    own = [one for one in found if one.text == typed]
    if all(one.is_shown_only for one in others):
        others = [one._replace(meta=f"to be typed, {one.meta}" if one.meta else "to be typed") for one in others]
    shown_only = [one for one in others if one.is_shown_only]
    return [*(one for one in others if not one.is_shown_only), *own[:1], *shown_only]


def _targets(names: Iterable[Named]) -> list[Candidate]:
    return [Candidate(name, meta=about, style="path", is_target=True) for name, about in names]


def _both(described: str, seen: str) -> str:
    """The text in the menu for a name that is both described and seen."""
    return f"{described}, {seen.rpartition(', ')[2]}" if described and seen else described or seen


_SLASHES_OF_ORIGIN = 3
"""The number of slashes in `http://host/`."""


def origins(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The known whole URLs; the servers of the description come first."""
    if context.described is not None:
        yield from described_servers(context)
    # The URL of a request is not a base. It is offered only as far as the user has begun to type it.
    typed = earlier.get("", "")
    for candidate in targets(context, earlier):
        if "://" in candidate.text and (
            candidate.text.count("/") == _SLASHES_OF_ORIGIN or "/" in typed[len("https://") :]
        ):
            yield candidate


def places(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The candidates for the target of `cd`: the steps up and back if there are any, then folders, then other paths."""
    base = _url(context, "") if context.base else None
    if base is not None and base.path.strip("/"):
        yield Candidate("..", meta="up", style="path")
    if context.previous_base:
        yield Candidate("-", meta="back", style="path")
    found = list(targets(context, earlier))
    found, rest = found[:MAX_SORTED], found[MAX_SORTED:]
    above = {folder for one in found for folder in _folders_above(one.text)}

    def is_leaf(one: Candidate) -> bool:
        return one.text.rstrip("/") not in above and not _has_paths_below(context, one.text)

    yield from sorted(found, key=is_leaf)
    yield from rest


def _folders_above(target: str) -> Iterator[str]:
    """The folders above a target: each beginning of the target that ends before one of its first slashes."""
    slashes = (at for at, sign in enumerate(target[:-1]) if sign == "/")
    return (target[:at] for at in islice(slashes, MAX_FOLDERS))


def _has_paths_below(context: CompletionContext, target: str) -> bool:
    """Whether the description has paths below a target, or a response had a list of items at it."""
    url = _url(context, target)
    if url is None:
        return False
    if context.described is not None and (known := context.described.has_paths_below(url.origin, url.path)) is not None:
        return known
    return context.seen is not None and context.seen.has_list(url.origin, readable_path(url.path))


def sessions(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The names of the saved sessions."""
    return named(context.sessions, "noun")


def requests(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The names of the saved requests."""
    return named(context.requests, "noun")


def methods(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The saved requests, then the methods as they are sent (`GET`)."""
    yield from requests(context, earlier)
    yield from (Candidate(method.upper(), style="command") for method in METHODS)


def _key_headers(context: CompletionContext) -> Iterator[Candidate]:
    """The headers in which the API wants its API keys."""
    if context.described is not None:
        yield from described_key_headers(context)


def header_names(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The headers of the session, then the headers in which the API wants its keys, then the usual headers."""
    own = {name.lower() for name, _ in context.headers}
    yield from named(context.headers, "header.name")
    yield from _key_headers(context)
    yield from (Candidate(name, style="header.name") for name in HEADERS if name.lower() not in own)


def header_values(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The usual values of the header that was just typed."""
    return (Candidate(value, style="string") for value in header_values_of(earlier.get("name", "")))


def cookie_names(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The names of the cookies in the jar."""
    return named(context.cookies, "header.name")


def query_names(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The query parameters of the session, then those that were seen."""
    return named([*context.query, *seen_query_names(context, ""), *distant_query_names(context, "")], "header.name")


def query_values(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The values that were seen of the parameter that was just typed."""
    return named(seen_query_values(context, "", earlier.get("name", "")), "string")


def var_names(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The names of the variables that are set."""
    return named(context.vars, "variable")


def option_names(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The name of every option, with its help."""
    return (Candidate(name, meta=option.help, style="flag") for name, option in OPTIONS.items())


def option_values(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The values of the option that was just typed."""
    option = OPTIONS.get(earlier.get("name", "").lower())
    if option is None:
        return
    choices = option.choices or (("yes", "no") if option.kind == "flag" else ())
    if option.name == "theme":
        choices = theme_names()
    elif option.name == "env":
        choices = tuple(context.environments())
    yield from (Candidate(choice, style="noun") for choice in choices)
    if option.kind == "path":
        yield from files(context, earlier)


def run_values(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The values of an option of a replay: its choices, the environments, or files."""
    option = RUN_OPTIONS.get(earlier.get("name", ""))
    if option is not None and option.choices:
        yield from (Candidate(choice, style="noun") for choice in option.choices)
    elif option is not None and option.name == "env":
        yield from (Candidate(name, style="noun") for name in context.environments())
    elif option is not None and option.metavar in ("FILE", "DIR"):
        yield from files(context, earlier)


def schemes(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The auth schemes; those that the last response or the API asks for come first."""
    for name in context.last_challenges:
        if name in _SCHEMES:
            yield Candidate(name, meta=f"the last response asks for it, {_SCHEMES[name]}", style="noun")
    if context.described is not None:
        yield from described_schemes(context)
    yield from (Candidate(name, meta=about, style="noun") for name, about in _SCHEMES.items())


def secrets(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """Candidates for the words of a credential. A candidate is never a secret.

    For `apikey`, the name of the header; for a token, the place of a token in the last response.
    """
    scheme, words = earlier.get("scheme"), earlier.get("arguments", "").split()
    if scheme == "bearer" and not words:
        yield from _tokens_of_response(context)
    if scheme == "apikey" and len(words) == 1:
        yield from _tokens_of_response(context, _key_prefix(context, words[0]))
    if scheme == "apikey" and not words:
        described = list(_key_headers(context))
        yield from described
        own = {one.text.lower() for one in described}
        usual = (name for name in ("X-Api-Key", "Api-Key", "X-Auth-Token") if name.lower() not in own)
        yield from (Candidate(name, style="header.name") for name in usual)


def _tokens_of_response(context: CompletionContext, prefix: str = "") -> Iterator[Candidate]:
    """The places of tokens in the last response. If the API wants a word before the token, the word comes first."""
    for step in context.steps:
        if is_credential_name(step.rpartition(".")[2]):
            text = f"{{{{last.json.{step}}}}}"
            text = f'"{prefix} {text}"' if prefix else text
            yield Candidate(text, meta="of the last response", style="variable", is_syntax=True)


def _key_prefix(context: CompletionContext, header: str) -> str:
    """The word that the API wants before the key in a header; empty if it wants none."""
    if context.described is None:
        return ""
    return key_prefix(context.described.api.schemes, header)


def history(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The requests of the history whose numbers begin with the typed text.

    The request with exactly this number comes first.
    """
    typed = earlier.get("", "").lower()
    found = [one for one in context.history if one.name.startswith(typed)]
    return named(sorted(found, key=lambda one: one.name != typed), "number")


def last_parts(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The parts of the last response, then the paths into its JSON."""
    yield from (Candidate(part, style="noun") for part in ("headers", "body", "request", "timing", "tls", "links"))
    yield from (Candidate(f"json.{step}".replace(".[", "["), style="path") for step in context.steps)


def files(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """Files and folders; `earlier[""]` is the text that was typed so far."""
    typed = earlier.get("", "")
    for path in context.files(typed):
        # A file with the name `~` or `-` is not the home folder or the standard input.
        means_another = path == "-" or (path.startswith("~") and not typed.startswith("~"))
        yield Candidate(f"./{path}" if means_another else path, style="path")


def scripts(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """Files and folders; files of requests come first, folders last."""
    return sorted(files(context, earlier), key=lambda c: (not is_script_name(c.text), not c.text.endswith("/")))


def steps(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The requests of the script that was just typed."""
    return named(context.steps_in(earlier.get("file", "")), "string")


def editables(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The candidates for the argument of `edit`."""
    yield Candidate("session", meta="its lines", style="noun")
    yield Candidate("last", meta="the last request", style="noun")
    yield from requests(context, earlier)
    yield from scripts(context, earlier)


def listables(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The candidates for the argument of `ls`."""
    yield from targets(context, earlier)
    yield from (
        candidate
        for candidate in files(context, earlier)
        if candidate.text.endswith("/") or is_script_name(candidate.text)
    )


def topics(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The topics of `help`: the commands, and the operations that a description of the API has."""
    first, typed = earlier.get("topic", ""), earlier.get("", "")
    if context.described is not None and (typed.startswith("/") or first.lower() in METHODS):
        yield from described_pages(context, typed, first.upper())
    for command in COMMANDS:
        if not first:
            yield Candidate(command.words[0], style="command")
        elif command.words[0] == first and len(command.words) > 1:
            yield Candidate(command.words[1], meta=command.summary, style="noun")


def _existing(names: Callable[[CompletionContext], tuple[Named, ...]]) -> CandidateSource:
    """A function that gives the names in the session, except `*`, which means all names."""
    return lambda context, earlier: named((one for one in names(context) if one.name != "*"), "noun")


SOURCES: Mapping[str, CandidateSource] = {
    "target": targets,
    "base": origins,
    "place": places,
    "saved_session": sessions,
    "new_session": sessions,
    "saved_request": requests,
    "new_request": requests,
    "method": methods,
    "header_name": header_names,
    "header_value": header_values,
    "cookie_name": cookie_names,
    "cookie_attribute": _fixed("domain=", "path=", *COOKIE_ATTRIBUTES[2:]),
    "cookie_place": _fixed("domain=", "path="),
    "scheme": schemes,
    "secret": secrets,
    "query_name": query_names,
    "query_value": query_values,
    "var_name": var_names,
    "option_name": option_names,
    "option_value": option_values,
    "switch_value": option_values,
    "held_header": _existing(lambda context: context.headers),
    "held_cookie": _existing(lambda context: context.cookies),
    "held_query": _existing(lambda context: context.query),
    "held_var": _existing(lambda context: context.vars),
    "held_option": _existing(lambda context: context.options),
    "reset_noun": _fixed(*RESETS),
    "history_number": history,
    "range": history,
    "listing_format": _fixed(*LISTINGS),
    "diff_part": _fixed(*DIFF_PARTS),
    "last_part": last_parts,
    "download_file": files,
    "editable": editables,
    "listable": listables,
    "script_file": scripts,
    "file_name": files,
    "file_or_url": files,
    "selection": steps,
    "topic": topics,
    "run_value": run_values,
    "parts": _fixed("hb", "h", "b", "Hh", "HBhb"),
    "body_form": _fixed(*BODY_FORMS),
    "charset": _fixed(*CHARSETS),
    "form_of_request": _fixed(*FORMS),
}
"""The function for each type of argument that has candidates, by the name of the type."""


def variables(context: CompletionContext) -> Iterator[Candidate]:
    """The variables that may stand in `{{...}}`."""
    yield from named(context.vars, "variable")
    for name in ("last.status", "last.body", "last.url"):
        yield Candidate(name, style="variable")
    yield from (Candidate(f"last.json.{step}".replace(".[", "["), style="variable") for step in context.steps)
    yield from (Candidate(f"last.headers.{name}", style="variable") for name in context.last_headers)
    yield from (Candidate(f"last.cookies.{name}", style="variable") for name in context.last_cookies)
    for name in ("$uuid", "$timestamp", "$randomInt", "$isoTimestamp"):
        yield Candidate(name, style="variable")
    yield from (Candidate(f"$env.{name}", style="variable") for name in context.environ)
