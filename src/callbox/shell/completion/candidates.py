"""Completion candidates for each type of argument, from the tables and from the facts of the session.

Well-known names and values of headers are offered before any was seen. The completer ranks the candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from callbox.engine.options import OPTIONS
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.httpfile.filenames import is_script_name
from callbox.render.style import theme_names
from callbox.replay.run_option_table import RUN_OPTIONS
from callbox.shell.completion.completion_context import Candidate, CompletionContext, Named
from callbox.shell.completion.seen_api_candidates import (
    allowed_first,
    as_typed_now,
    seen_query_names,
    seen_query_values,
    seen_targets,
)
from callbox.shell.registry import COMMANDS

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
    "Accept": ("*/*", *_MEDIA_TYPES),
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


EarlierArguments: TypeAlias = Mapping[str, str]
CandidateSource: TypeAlias = Callable[[CompletionContext, EarlierArguments], Iterable[Candidate]]

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "query", "propfind", "purge", "link")
_SCHEMES = {
    "basic": "a user and a password",
    "bearer": "a token",
    "digest": "a user and a password that never travels",
    "apikey": "a header and a key",
}


def named(names: Iterable[Named], style: str) -> list[Candidate]:
    """One candidate for each name."""
    return [Candidate(name, meta=about, style=style) for name, about in names]


def fixed(*words: str) -> CandidateSource:
    """A function that gives these fixed candidates whatever the line is."""
    candidates = [Candidate(word, style="noun") for word in words]
    return lambda context, earlier: candidates


def targets(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """Known paths and URLs: first those that were typed, then those of the description, then those that were seen."""
    place, method = earlier.get("", ""), earlier.get("method", "")
    seen = list(seen_targets(context, place))
    labels = dict(reversed(seen))
    typed = [target._replace(about=labels.get(target.name, target.about)) for target in as_typed_now(context, place)]
    if context.described is None:
        return _targets(allowed_first([*typed, *seen], context, method))
    from callbox.shell.completion.openapi_candidates import (  # this runs only if there is a description
        described_targets,
        lacks_method,
    )

    walked = [0]
    typed = [one for one in typed if not lacks_method(context, method, one.name, walked)]
    seen = [one for one in seen if not lacks_method(context, method, one.name, walked)]
    found = list(described_targets(context, place, method))
    described = {one.text: one.meta for one in found if not one.is_shown_only}
    first = [Named(name, _both(described.pop(name, ""), about)) for name, about in typed]
    others = [Named(name, _both(about, labels.get(name, ""))) for name, about in described.items()]
    shown_only = (one for one in found if one.is_shown_only)
    return [*_targets(allowed_first([*first, *others, *seen], context, method)), *shown_only]


def _targets(names: Iterable[Named]) -> list[Candidate]:
    return [Candidate(name, meta=about, style="path", is_target=True) for name, about in names]


def _both(described: str, seen: str) -> str:
    """The text in the menu for a name that is both described and seen."""
    return f"{described}, {seen.rpartition(', ')[2]}" if described and seen else described or seen


def origins(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The known whole URLs; the servers of the description come first."""
    if context.described is not None:
        from callbox.shell.completion.openapi_candidates import described_servers

        yield from described_servers(context)
    yield from (candidate for candidate in targets(context, earlier) if "://" in candidate.text)


def places(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """The candidates for the target of `cd`."""
    yield Candidate("..", meta="up", style="path")
    yield Candidate("-", meta="back", style="path")
    yield from targets(context, earlier)


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
        from callbox.shell.completion.openapi_candidates import described_key_headers

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
    return named([*context.query, *seen_query_names(context, "")], "header.name")


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
    """The auth schemes; those that the API asks for come first."""
    if context.described is not None:
        from callbox.shell.completion.openapi_candidates import described_schemes

        yield from described_schemes(context)
    yield from (Candidate(name, meta=about, style="noun") for name, about in _SCHEMES.items())


def secrets(context: CompletionContext, earlier: EarlierArguments) -> Iterator[Candidate]:
    """Candidates for the words of a credential, which are never a secret.

    For `apikey`, the name of the header; for a token, the place of a token in the last response.
    """
    if "arguments" not in earlier and earlier.get("scheme") == "bearer":
        for step in context.steps:
            if is_credential_name(step.rpartition(".")[2]):
                text = f"{{{{last.json.{step}}}}}"
                yield Candidate(text, meta="of the last response", style="variable", is_syntax=True)
    if earlier.get("scheme") == "apikey" and "arguments" not in earlier:
        yield from _key_headers(context)
        yield from (Candidate(name, style="header.name") for name in ("X-Api-Key", "Api-Key", "X-Auth-Token"))


def history(context: CompletionContext, earlier: EarlierArguments) -> list[Candidate]:
    """The requests of the history by their numbers."""
    return named(context.history, "number")


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
    """The commands as topics of `help`."""
    first = earlier.get("topic", "")
    for command in COMMANDS:
        if not first:
            yield Candidate(command.words[0], style="command")
        elif command.words[0] == first and len(command.words) > 1:
            yield Candidate(command.words[1], meta=command.summary, style="noun")


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
