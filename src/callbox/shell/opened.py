"""What a session held when it was opened, for `show session --changed`."""

from __future__ import annotations

from collections.abc import Hashable

from callbox.engine.client import LiveSession
from callbox.exchange.cookies import Cookie
from callbox.shell.belonging import own
from callbox.shell.spoken import removed
from callbox.shell.world import World


def opened(session: LiveSession) -> dict[tuple[str, Hashable], object]:
    """All that was set or taken out, by noun and key, in the forms that edits have; not when a cookie was sent."""
    things: dict[tuple[str, Hashable], object] = {}
    for noun in ("base", "auth"):
        things.update({(noun, key): value for key, value in session.held(noun).items()})
    for noun in ("header", "query", "var", "option"):
        things.update({(noun, key): held for key, held in own(session, noun).items()})
    things.update({("header", key): gone for key, gone in removed(session).items()})
    for key, cookie in session.held("cookie").items():
        things["cookie", key] = cookie._replace(created=0, last_access=0) if isinstance(cookie, Cookie) else cookie
    return things


def note_opened(world: World) -> None:
    """From here on, `--changed` counts."""
    world.begun = opened(world.session)
