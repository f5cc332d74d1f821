"""Which origin an edit of the session belongs to: that of the base, every one, or the first that is asked for.

Credentials and TLS options never apply everywhere unless the user says so. Without a base it is not known yet whom
they are for: they wait, sent to nobody, until the first request says it.
"""

from __future__ import annotations

from collections.abc import Hashable

from callbox.engine.client import LiveSession
from callbox.engine.edit_log import Held
from callbox.engine.state import FIRST
from callbox.exchange.url import UrlError, guess_scheme, parse
from callbox.shell.world import World

EVERYWHERE = ""


def origin_of(base: str) -> str:
    """The origin of a base URL; empty where there is none (or none that can be read).

    >>> origin_of("https://api.x/v2"), origin_of("")
    ('https://api.x', '')
    """
    try:
        return parse(guess_scheme(base)).origin if base else ""
    except UrlError:
        return ""


def owner(world: World, *, is_everywhere: bool) -> str:
    """Whom a credential that is set now belongs to."""
    return EVERYWHERE if is_everywhere else origin_of(world.session.base_url) or FIRST


def describe(origin: str) -> str:
    """The origin in words, for the end of a confirmation.

    >>> describe("https://api.x"), describe(FIRST), describe("")
    ('(only sent to https://api.x)', '(only sent to the first origin asked for)', '')
    """
    if origin == FIRST:
        return "(only sent to the first origin asked for)"
    return f"(only sent to {origin})" if origin else ""


def is_built_in(session: LiveSession, key: Hashable, held: Held) -> bool:
    """Whether a header still has the value that every session begins with."""
    return key in session.defaults and held.values == (session.defaults[str(key)],)


def own(session: LiveSession, noun: str) -> dict[str, Held]:
    """What was set of headers, query, vars or options, by key; built-in headers are left out."""
    found = {str(key): held for key, held in session.held(noun).items() if isinstance(held, Held)}
    if noun != "header":
        return found
    return {key: held for key, held in found.items() if not is_built_in(session, key, held)}
