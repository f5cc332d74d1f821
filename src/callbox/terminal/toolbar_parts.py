"""The parts of the toolbar that describe a session. It imports the shell, so it is loaded behind the prompt."""

from __future__ import annotations

from callbox.engine.options import format_option
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.render.units import duration
from callbox.shell.context import Context
from callbox.shell.requests.bound_origins import origin_of, user_entries


def session_parts(context: Context) -> list[Fragments]:
    """The differences between the session and an empty one, the most important first."""
    session = context.session
    origin = origin_of(session.base_url)
    parts: list[Fragments] = []
    if session.option("verify", origin) is False:  # first, since a narrow terminal cuts off what comes last
        parts.append([("insecure", "verify:NO")])
    if context.session_file is not None:
        parts.append([("", context.session_file.name)])
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
        status = last.response.status if last.is_answered else "failed"
        parts.append([("", f"last {status} {duration(last.response.timings.total)}")])
    return parts


def _options(context: Context, origin: str) -> list[tuple[str, str]]:
    return [
        (name, visible_line(format_option(name, held.values[0])))
        for name, held in user_entries(context.session, "option").items()
        if name != "verify" and held.origin in ("", origin)
    ]


def _plural(noun: str, count: int) -> str:
    if noun == "query":
        return "in the query"
    return noun if count == 1 else f"{noun}s"
