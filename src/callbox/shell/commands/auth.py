"""`set auth` and `show auth`."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.state import FIRST_ORIGIN
from callbox.render.sanitise import visible_line
from callbox.shell.context import Context
from callbox.shell.line.command import Call
from callbox.shell.outputs import Output, TextOutput, say
from callbox.shell.requests.authentication import ContextSecretSource, build_auth
from callbox.shell.requests.bound_origins import credential_origin


def set_auth(call: Call, context: Context) -> Iterator[Output]:
    """`set auth SCHEME ARG..`: one credential for each origin; missing secrets are asked for without echo."""
    typed = call.values.get("arguments", ())
    words = [word for word in typed if isinstance(word, str)] if isinstance(typed, tuple) else []
    auth = build_auth(call.text("scheme"), words, ContextSecretSource(context))
    origin = credential_origin(context, is_everywhere=call.has("everywhere"))
    context.session.apply("auth", origin, auth)
    yield say(f"auth {auth.describe()} ({_origin_label(origin)})")


def show_auth(call: Call, context: Context) -> Iterator[Output]:
    """`show auth`: every credential, redacted, and its origin."""
    held = context.session.credentials
    if not held:
        yield say("no auth", "note")
    for origin, auth in held.items():
        yield TextOutput([("", visible_line(f"{auth.describe()} ({_origin_label(origin)})") + "\n")])


def _origin_label(origin: str) -> str:
    return "the first origin asked for" if origin == FIRST_ORIGIN else origin or "everywhere"
