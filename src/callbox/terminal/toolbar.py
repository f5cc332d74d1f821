"""The prompt and the line below it: what is sticky is always in sight. Everything in it is made safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments

if TYPE_CHECKING:
    from callbox.shell.context import Context

MOST_PROMPT = 40
_DOT = " · "


def prompt_text(base: str) -> str:
    """The prompt on this base.

    >>> prompt_text("https://api.x/v2"), prompt_text("")
    ('api.x/v2> ', 'callbox> ')
    """
    if "@" in base or "?" in base:
        from callbox.exchange.secret import redact_url  # the first prompt waits for nothing

        base = redact_url(base)
    shown = visible_line(base.partition("://")[2] or base).rstrip("/")
    if len(shown) > MOST_PROMPT:
        shown = f"{shown[: MOST_PROMPT // 2]}..{shown[-MOST_PROMPT // 2 :]}"
    return f"{shown or 'callbox'}> "


def toolbar(context: Context | None) -> Fragments:
    """`verify:NO · 3 headers · 2 cookies · bearer · last 200 142 ms`; without a context, that of an empty shell."""
    parts = _parts(context) if context is not None else []
    if not parts:
        return [("", " nothing is set · help lists the commands")]
    return [("", " "), *(piece for index, part in enumerate(parts) for piece in ([("", _DOT)] if index else []) + part)]


def _parts(context: Context) -> list[Fragments]:
    from callbox.render.units import duration
    from callbox.shell.requests.origins import origin_of, user_entries

    session = context.session
    origin = origin_of(session.base_url)
    parts: list[Fragments] = []
    if session.option("verify", origin) is False:  # first, since a narrow terminal cuts off what comes last
        parts.append([("insecure", "verify:NO")])
    if context.keeping is not None:
        parts.append([("", context.keeping.name)])
    for noun, count in (
        ("header", len(user_entries(session, "header"))),
        ("cookie", len(session.jar)),
        ("query", len(user_entries(session, "query"))),
        ("var", len(session.vars)),
    ):
        if count:
            parts.append([("", f"{count} {_plural(noun, count)}")])
    auth = session.credentials.get(origin) or session.credentials.get("") or session.credentials.get("?")
    if auth is not None:
        parts.append([("", auth.scheme)])
    parts += [[("", f"{name}:{value}")] for name, value in _options(context, origin)]
    last = context.last
    if last is not None:
        status = last.incoming.status if last.is_answered else "failed"
        parts.append([("", f"last {status} {duration(last.incoming.timings.total)}")])
    return parts


def _options(context: Context, origin: str) -> list[tuple[str, str]]:
    from callbox.engine.options import format_option
    from callbox.shell.requests.origins import user_entries

    return [
        (name, visible_line(format_option(name, held.values[0])))
        for name, held in user_entries(context.session, "option").items()
        if name != "verify" and held.origin in ("", origin)
    ]


def _plural(noun: str, count: int) -> str:
    if noun == "query":
        return "in the query"
    return noun if count == 1 else f"{noun}s"
