"""Which origin a credential or a TLS option is bound to, and what `again` and an edited request leave out for
another origin.

Credentials never apply everywhere unless the user says so. Without a base URL they wait until the first request
gives them their origin.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable

from callbox.engine.client import LiveSession
from callbox.engine.edit_log import Entry
from callbox.engine.options import OPTIONS
from callbox.engine.session_state import FIRST_ORIGIN
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import may_follow, without_credentials, without_query_credentials
from callbox.exchange.events import Record
from callbox.exchange.request import UNSET, Draft
from callbox.exchange.url import UrlError, is_absolute, join, origin_of, parse
from callbox.shell.context import Context

EVERYWHERE = ""


def credential_origin(context: Context, *, is_everywhere: bool) -> str:
    """The origin to which a new credential is bound."""
    return EVERYWHERE if is_everywhere else origin_of(context.session.base_url) or FIRST_ORIGIN


def origin_in_words(origin: str) -> str | None:
    """The origin of an entry as text for people; None if the entry is not bound.

    >>> origin_in_words("https://api.x"), origin_in_words(FIRST_ORIGIN), origin_in_words(EVERYWHERE)
    ('https://api.x', 'the first origin asked for', None)
    """
    return "the first origin asked for" if origin == FIRST_ORIGIN else origin or None


def describe_origin(origin: str) -> str:
    """The origin in words, for the end of a confirmation.

    >>> describe_origin("https://api.x"), describe_origin(FIRST_ORIGIN), describe_origin("")
    ('(only sent to https://api.x)', '(only sent to the first origin asked for)', '')
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


def without_foreign_credentials(record: Record, base: str, replaced: Collection[str] = ()) -> tuple[Draft, str]:
    """The draft of an earlier request without credentials that must not go to the origin of `base`, and a note about
    them.

    The note does not mention the lower-cased names in `replaced`, because the new line sets them again.
    """
    draft = record.draft
    bound_url = record.first_outgoing.url
    if not base or is_absolute(draft.url):
        return draft, ""
    try:
        if may_follow(bound_url, parse(join(base, draft.url))):
            return draft, ""
    except UrlError:
        return draft, ""
    url, left_out = without_query_credentials(draft.url)
    left_out += [name for name in draft.options if name in OPTIONS and OPTIONS[name].scope == "origin"]
    options = {name: value for name, value in draft.options.items() if name not in left_out}
    headers, named = without_credentials(draft.headers)
    query, more = without_credentials(draft.query)
    left_out += [*named, *more, *(f"cookie {name}" for name, _ in draft.cookies)]
    left_out += ["auth"] if isinstance(draft.auth, Auth) else []
    auth = UNSET if isinstance(draft.auth, Auth) else draft.auth
    reduced = draft._replace(url=url, headers=headers, query=query, auth=auth, options=options, cookies=())
    names = [name for name in dict.fromkeys(left_out) if name.lower() not in replaced]
    verb = "stays" if len(names) == 1 else "stay"
    return reduced, f"{', '.join(names)} {verb} with {bound_url.origin}, which it was typed for" if names else ""


def for_other_origin(draft: Draft, edited: Draft) -> tuple[Draft, list[str]]:
    """The draft without credentials and options that are bound to its former origin, and the names of what is left
    out.
    """
    is_foreign = isinstance(draft.auth, Auth) and draft.auth is not edited.auth
    left = [
        name
        for name in draft.options
        if name in OPTIONS and OPTIONS[name].scope == "origin" and name not in edited.options
    ]
    options = {name: value for name, value in draft.options.items() if name not in left}
    auth = UNSET if is_foreign else draft.auth
    return draft._replace(auth=auth, options=options), (["auth"] if is_foreign else []) + left
