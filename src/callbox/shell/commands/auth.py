"""`set auth` and `show auth`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.listings import Listing, show
from callbox.shell.outputs import Output, say
from callbox.shell.requests.authentication import ContextSecretSource, build_auth
from callbox.shell.requests.bound_origins import credential_origin, origin_in_words

_EVERYWHERE = "everywhere"


class AuthRow(NamedTuple):
    """A credential, redacted, and the origin that it is for."""

    scheme: str
    shown: str
    origin: str | None


def set_auth(call: Call, context: Context) -> Iterator[Output]:
    """`set auth SCHEME ARG..`: one credential for each origin; missing secrets are asked for without echo."""
    typed = call.values.get("arguments", ())
    words = [word for word in typed if isinstance(word, str)] if isinstance(typed, tuple) else []
    auth = build_auth(call.text("scheme"), words, ContextSecretSource(context))
    origin = credential_origin(context, is_everywhere=call.has("everywhere"))
    before = context.session.credentials.get(origin)
    context.session.apply("auth", origin, auth)
    replaced = f", in place of {before.scheme}" if before is not None and before.scheme != auth.scheme else ""
    yield say(f"auth {auth.describe()} ({origin_in_words(origin) or _EVERYWHERE}){replaced}")


def show_auth(call: Call, context: Context) -> Iterator[Output]:
    """`show auth`: every credential, redacted, and its origin."""
    return show(Listing(auth_rows, _auth_lines, "no auth"), call, context)


def auth_rows(context: Context) -> Iterator[AuthRow]:
    """A row for each credential."""
    for origin, auth in context.session.credentials.items():
        yield AuthRow(auth.scheme, auth.describe(), origin_in_words(origin))


def _auth_lines(rows: Sequence[AuthRow], context: Context) -> Fragments:
    return [("", visible_line(f"{row.shown} ({row.origin or _EVERYWHERE})") + "\n") for row in rows]
