"""`set auth`, `show auth`, and `--auth` of one request: from words to a credential."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from callbox.errors import UsageError
from callbox.exchange.auth import ApiKey, Auth, Basic, Bearer
from callbox.exchange.secret import mask
from callbox.render.sanitise import visible_line
from callbox.session.state import FIRST
from callbox.shell.belonging import owner
from callbox.shell.command import Call
from callbox.shell.kinds import ASK, Ask
from callbox.shell.outputs import Output, Text, say
from callbox.shell.suggest import hint
from callbox.shell.world import World

Asker = Callable[[str], str]
"""Asks for a secret by what it is called."""


def set_auth(call: Call, world: World) -> Iterator[Output]:
    """`set auth SCHEME ARG..`: one credential an origin; what was not typed is asked for, masked."""
    typed = call.values.get("arguments", ())
    words = [word for word in typed if isinstance(word, str)] if isinstance(typed, tuple) else []
    auth = make_auth(call.text("scheme"), words, lambda name: world.ports.ask(name, True))
    origin = owner(world, is_everywhere=call.has("everywhere"))
    world.session.apply("auth", origin, auth)
    yield say(f"auth {auth.describe()} ({_where(origin)})")


def show_auth(call: Call, world: World) -> Iterator[Output]:
    """`show auth`: every credential, masked, and whom it is for."""
    held = world.session.credentials
    if not held:
        yield say("no auth", "note")
    for origin, auth in held.items():
        yield Text([("", visible_line(f"{auth.describe()} ({_where(origin)})") + "\n")])


def make_auth(scheme: str, arguments: Sequence[str], ask: Asker) -> Auth:
    """The credential that these words mean; `?` or a missing secret is asked for.

    >>> make_auth("basic", ["ann:secret"], lambda name: "").describe()
    'basic ann'
    """
    maker = _MAKERS.get(scheme.lower())
    if maker is None:
        raise UsageError(f"No auth scheme '{scheme}'", hint=hint(scheme, _MAKERS, f"there are {', '.join(_MAKERS)}"))
    return maker(list(arguments), ask)


def read_auth(text: str, scheme: str, ask: Asker) -> Auth | None:
    """What `--auth` says of one request: `user:password`, `user` (asks), a token with `--auth-type bearer`, `none`."""
    if text == "none":
        return None
    if scheme in ("basic", "digest", ""):
        return make_auth(scheme or "basic", [text], ask)
    if scheme == "apikey":
        return make_auth(scheme, text.split(":", 1), ask)
    return make_auth(scheme, [text], ask)


def masked(auth: Auth) -> str:
    """The words after `set auth` that make this credential again, with `?` for what is secret."""
    if isinstance(auth, ApiKey):
        return f"apikey {auth.name} ?"
    user = getattr(auth, "username", "")
    return f"{auth.scheme} {user} ?" if user else f"{auth.scheme} ?"


def _where(origin: str) -> str:
    return "the first origin asked for" if origin == FIRST else origin or "everywhere"


def _secret(arguments: Sequence[str], at: int, name: str, ask: Asker) -> str:
    value = arguments[at] if len(arguments) > at else ASK
    return ask(name) if isinstance(value, Ask) else value


def _user(arguments: list[str], what: str, ask: Asker) -> tuple[str, str]:
    if not arguments or isinstance(arguments[0], Ask):
        raise UsageError(f"{what} auth needs a user name", hint=f"set auth {what} USER [PASSWORD]")
    _at_most(arguments, 2, f"set auth {what} USER [PASSWORD]")
    user, colon, password = arguments[0].partition(":")
    if len(arguments) == 1 and colon:
        return user, password
    return arguments[0], _secret(arguments, 1, f"password of {arguments[0]}", ask)


def _at_most(arguments: Sequence[str], most: int, usage: str) -> None:
    if len(arguments) > most:
        raise UsageError(f"Too many words: '{mask(arguments[most]) or '...'}'", hint=usage)


def _bearer(arguments: list[str], ask: Asker) -> Auth:
    _at_most(arguments, 1, "set auth bearer TOKEN")
    return Bearer(_secret(arguments, 0, "token", ask))


def _apikey(arguments: list[str], ask: Asker) -> Auth:
    _at_most(arguments, 2, "set auth apikey NAME KEY")
    if not arguments:
        raise UsageError("apikey auth needs the name of its header", hint="set auth apikey X-Api-Key KEY")
    return ApiKey(arguments[0], _secret(arguments, 1, arguments[0], ask))


def _digest(arguments: list[str], ask: Asker) -> Auth:
    from callbox.exchange.digest import Digest  # hashlib is 5 ms

    return Digest(*_user(arguments, "digest", ask))


_MAKERS: Mapping[str, Callable[[list[str], Asker], Auth]] = {
    "basic": lambda arguments, ask: Basic(*_user(arguments, "basic", ask)),
    "bearer": _bearer,
    "digest": _digest,
    "apikey": _apikey,
}
