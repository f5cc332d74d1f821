"""The origin that a credential or a TLS option is bound to.

Credentials and TLS options apply to all origins only if the user says so. Without a base URL, the first request binds
them to its origin.
"""

from __future__ import annotations

from collections.abc import Hashable

from callbox.engine.client import LiveSession
from callbox.engine.edit_log import Entry
from callbox.engine.session_state import FIRST_ORIGIN
from callbox.exchange.url import origin_of
from callbox.shell.context import Context

EVERYWHERE = ""


def credential_origin(context: Context, *, is_everywhere: bool) -> str:
    """The origin to which a new credential is bound."""
    return EVERYWHERE if is_everywhere else origin_of(context.session.base_url) or FIRST_ORIGIN


def origin_in_words(origin: str) -> str | None:
    """The origin of a credential as text for people; None if the credential may go to every origin.

    >>> origin_in_words("https://api.x"), origin_in_words(FIRST_ORIGIN), origin_in_words(EVERYWHERE)
    ('https://api.x', 'the first origin that gets a request', None)
    """
    return "the first origin that gets a request" if origin == FIRST_ORIGIN else origin or None


def describe_origin(origin: str) -> str:
    """The origin in words, for the end of a confirmation.

    >>> describe_origin("https://api.x"), describe_origin(FIRST_ORIGIN), describe_origin("")
    ('(only sent to https://api.x)', '(only sent to the first origin that gets a request)', '')
    """
    words = origin_in_words(origin)
    return f"(only sent to {words})" if words else ""


def is_built_in(session: LiveSession, key: Hashable, held: Entry) -> bool:
    """Whether a header still has its built-in value."""
    return key in session.defaults and held.values == (session.defaults[str(key)],)


def user_entries(session: LiveSession, noun: str) -> dict[str, Entry]:
    """The headers, query parameters, variables or options that the user set, by key; built-in headers are left out."""
    found = {str(key): held for key, held in session.entries(noun).items() if isinstance(held, Entry)}
    if noun != "header":
        return found
    return {key: held for key, held in found.items() if not is_built_in(session, key, held)}
