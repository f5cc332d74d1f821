"""From a call to a draft: the target, the items and the flags of a request become what was said.

Files are read through the world's ports; nothing is sent, and the session is not merged in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from callbox.errors import UsageError
from callbox.exchange.auth import Auth
from callbox.exchange.request import UNSET, Draft, Unset
from callbox.exchange.secret import Secret
from callbox.exchange.url import guess_scheme, is_absolute
from callbox.shell.command import Call
from callbox.shell.items import Item
from callbox.shell.target import names_host
from callbox.shell.values import text_of
from callbox.shell.variables import names_secret
from callbox.shell.world import World

_FILE_NAME = re.compile(r"[\w.-]+\.(?:json|xml|html?|txt|csv|ya?ml|js|css|png|jpe?g|gif|svg|ico|pdf|zip|php|md)\Z")

Said = tuple[tuple[str, str | Secret | None], ...]


def make_draft(call: Call, world: World) -> Draft:
    """What this line says of a request. Raises UsageError for a file that is not there, JSON that is none."""
    word = call.command.words[0]
    if word == "send" and "target" not in call.values:
        from callbox.shell.commands.requests import saved_draft  # files and all: few lines send by name

        saved = saved_draft(call, world)
        if saved is not None:
            return change_draft(saved, call, world)
    method = call.text("method") if word == "send" else word.upper()
    url = _locate(call.text("target"), world.session.base_url)
    draft = Draft(method, url, options=_options(call), auth=_auth(call, world))
    return _with_items(draft, call, world)


def change_draft(draft: Draft, call: Call, world: World) -> Draft:
    """The draft of an earlier request with this line's items and flags over it."""
    auth = _auth(call, world)
    draft = draft._replace(
        options={**draft.options, **_options(call)},
        auth=draft.auth if isinstance(auth, Unset) else auth,
    )
    return _with_items(draft._replace(file_options=draft.file_options - call.options.keys()), call, world)


def _with_items(draft: Draft, call: Call, world: World) -> Draft:
    said = draft.headers
    if any(call.has(form) for form in ("json", "form", "multipart")):
        said = tuple(pair for pair in said if pair[0].lower() != "content-type")  # it spoke of the earlier form
    headers = _overlaid(said, _headers(call, world), str.lower)
    query = _overlaid(draft.query, _query(call, world), str)
    if _has_body(call):
        from callbox.shell.bodies import make_content  # most requests have none

        draft = draft._replace(content=make_content(call, world, draft.content))
    return draft._replace(headers=headers, query=query)


def _has_body(call: Call) -> bool:
    return any(call.has(flag) for flag in ("body", "json", "form", "multipart")) or any(i.is_body for i in call.items)


def _locate(target: str, base: str) -> str:
    if is_absolute(target):
        return target
    if names_host(target) and not (base and _FILE_NAME.match(target)):
        return guess_scheme(target)
    if not base:
        what = f"No base URL that '{target}' could be below" if target else "No URL, and no base"
        raise UsageError(what, hint="type the whole URL, or: set base https://api.example.com")
    return target


def _options(call: Call) -> dict[str, object]:
    options = dict(call.options)
    options.update({name: True for name in ("path-as-is", "no-session") if call.has(name)})
    if call.redirect is not None or call.has("stream") or call.has("download"):
        options.setdefault("max-body", None)  # the limit protects memory and the screen; a file takes any size
    if call.has("stream"):
        options.setdefault("timeout", None)  # nobody knows when the next event comes
    return options


def _auth(call: Call, world: World) -> Auth | Unset | None:
    if not call.has("auth"):
        return UNSET
    from callbox.shell.commands.credentials import WorldAsker, read_auth

    typed = call.flags["auth"]
    return read_auth(typed if isinstance(typed, str) else "", call.flag("auth-type"), WorldAsker(world))


def _headers(call: Call, world: World) -> Said:
    made: list[tuple[str, str | Secret | None]] = []
    for item in call.items:
        if item.kind == "header_left_out":
            made.append((item.name, None))
        elif item.kind == "header_empty":
            made.append((item.name, ""))
        elif item.kind in ("header", "header_file"):
            made.append((item.name, _value(item, call, world)))
    return tuple(made)


def _query(call: Call, world: World) -> Said:
    return tuple((item.name, _value(item, call, world)) for item in call.items if item.kind in ("query", "query_file"))


def _value(item: Item, call: Call, world: World) -> str | Secret:
    """The value of a header or parameter; what was filled from a secret stays one under any name."""
    text = text_of(item, call, world)
    typed = call.line[item.start : item.end]
    return Secret(text) if "{{" in typed and names_secret(typed, world) else text


def _overlaid(old: Said, new: Said, key: Callable[[str], str]) -> Said:
    given = {key(name) for name, _ in new}
    return (*(pair for pair in old if key(pair[0]) not in given), *new)
