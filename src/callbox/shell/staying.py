"""Credentials and TLS options of a request stay where they went to: `again` after `cd` leaves them out."""

from __future__ import annotations

from collections.abc import Collection

from callbox.engine.options import OPTIONS
from callbox.exchange.auth import Auth
from callbox.exchange.events import Record
from callbox.exchange.origins import may_follow, without_credentials, without_query_credentials
from callbox.exchange.request import UNSET, Draft
from callbox.exchange.url import UrlError, is_absolute, join, parse


def without_strangers(record: Record, base: str, anew: Collection[str] = ()) -> tuple[Draft, str]:
    """What was said of this request, as it may be said below `base`, and a line on what had to stay behind.

    That says nothing of the lower-cased names `anew`, which are given another time.
    """
    draft = record.draft
    home = (record.history[0] if record.history else record).outgoing.url
    if not base or is_absolute(draft.url):
        return draft, ""
    try:
        if may_follow(home, parse(join(base, draft.url))):
            return draft, ""
    except UrlError:
        return draft, ""
    url, left = without_query_credentials(draft.url)
    left += [name for name in draft.options if name in OPTIONS and OPTIONS[name].scope == "origin"]
    options = {name: value for name, value in draft.options.items() if name not in left}
    headers, named = without_credentials(draft.headers)
    query, more = without_credentials(draft.query)
    left += [*named, *more, *(f"cookie {name}" for name, _ in draft.cookies)]
    left += ["auth"] if isinstance(draft.auth, Auth) else []
    auth = UNSET if isinstance(draft.auth, Auth) else draft.auth
    kept = draft._replace(url=url, headers=headers, query=query, auth=auth, options=options, cookies=())
    names = [name for name in dict.fromkeys(left) if name.lower() not in anew]
    verb = "stays" if len(names) == 1 else "stay"
    return kept, f"{', '.join(names)} {verb} with {home.origin}, which it was typed for" if names else ""
