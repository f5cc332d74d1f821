"""What the session holds, and edits of it, in the words that would set it: for `show session`, `undo` and history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from callbox.engine.edit_log import Edit, Held
from callbox.engine.options import format_option
from callbox.exchange.auth import Auth
from callbox.exchange.cookies import Cookie
from callbox.exchange.credential_names import is_credential_name
from callbox.exchange.secret import Referred, Secret
from callbox.shell.commands.credentials import masked
from callbox.shell.target import hide_secrets
from callbox.shell.words import quote

if TYPE_CHECKING:
    from callbox.engine.client import LiveSession

ASK = "?"


class Removed(NamedTuple):
    """A built-in header that was taken out; other than a thing of the user's own, it is missed."""

    name: str
    value: str
    """What it would be."""


def removed(session: LiveSession) -> dict[str, Removed]:
    """The built-in headers that this session does without, by key."""
    missing = (key for key in session.defaults if key not in session.headers)
    return {key: Removed(key.title(), session.defaults[key]) for key in missing}


def lines_of(noun: str, value: object) -> Iterator[str]:
    """The lines that set this again; a secret is `?`, which asks."""
    yield from _SPEAKERS[noun](value)


def edit_line(edit: Edit) -> str:
    """An edit as the line that made it: `set header X-Test true`, `unset cookie sid`."""
    if isinstance(edit.before, Removed) and edit.after is None:
        return f"set header {quote(edit.before.name)} {quote(edit.before.value)}"
    if edit.after is None:
        return f"unset {edit.noun}{_name(edit.before)}"
    lines = list(lines_of(edit.noun, edit.after))
    return lines[-1] if _is_addition(edit) else lines[0]


def _is_addition(edit: Edit) -> bool:
    """Whether one more value was added to those that were there."""
    before, after = edit.before, edit.after
    return isinstance(before, Held) and isinstance(after, Held) and before.values == after.values[:-1]


def _name(value: object) -> str:
    name = value.name if isinstance(value, (Held, Cookie)) else ""
    return f" {quote(name)}" if name else ""


def _hidden(name: str, value: object) -> str:
    if isinstance(value, Referred):
        return value.reference
    if isinstance(value, Secret) or is_credential_name(name):
        return ASK
    return quote(str(value))


def _speak_header(value: object) -> Iterator[str]:
    if isinstance(value, Removed):
        yield f"unset header {value.name}"
        return
    yield from _speak_values("header", value)


def _speak_query(value: object) -> Iterator[str]:
    yield from _speak_values("query", value)


def _speak_values(noun: str, held: object) -> Iterator[str]:
    assert isinstance(held, Held)
    everywhere = " --everywhere" if not held.origin and is_credential_name(held.name) else ""
    for number, value in enumerate(held.values):
        added = " --add" if number else ""
        yield f"set {noun} {quote(held.name)} {_hidden(held.name, value)}{added}{everywhere}"


def _speak_var(held: object) -> Iterator[str]:
    assert isinstance(held, Held)
    value = held.values[0] if len(held.values) == 1 else " ".join(map(str, held.values))
    yield f"set var {quote(held.name)} {_hidden(held.name, value)}"


def _speak_option(held: object) -> Iterator[str]:
    assert isinstance(held, Held)
    value = held.values[0] if held.values else None
    yield f"set option {held.name} {quote(hide_secrets(format_option(held.name, value)))}"


def _speak_auth(auth: object) -> Iterator[str]:
    assert isinstance(auth, Auth)
    yield f"set auth {masked(auth)}"


def _speak_base(base: object) -> Iterator[str]:
    yield f"set base {quote(hide_secrets(str(base)))}"


def _speak_cookie(cookie: object) -> Iterator[str]:
    assert isinstance(cookie, Cookie)
    attributes = (
        f"domain={cookie.domain}" if cookie.domain else "",
        f"path={quote(cookie.path)}",
        f"expires={cookie.expires:.0f}" if cookie.expires is not None else "",
        "secure" if cookie.secure else "",
        "httponly" if cookie.http_only else "",
        f"samesite={cookie.same_site}" if cookie.same_site else "",
        "host-only" if cookie.host_only and cookie.domain else "",
    )
    value = _hidden(cookie.name, cookie.value)
    yield " ".join(("set cookie", quote(cookie.name), value, *(text for text in attributes if text)))


_SPEAKERS: Mapping[str, Callable[[object], Iterator[str]]] = {
    "header": _speak_header,
    "query": _speak_query,
    "var": _speak_var,
    "option": _speak_option,
    "auth": _speak_auth,
    "base": _speak_base,
    "cookie": _speak_cookie,
}
