"""Credentials and TLS options of a request stay where they went to: `again` after `cd` leaves them out."""

from __future__ import annotations

from collections.abc import Collection

from callbox.exchange.auth import Auth
from callbox.exchange.draft import UNSET, Draft
from callbox.exchange.record import Record
from callbox.exchange.secret import Secret, is_credential_name
from callbox.exchange.url import UrlError, is_absolute, join, parse
from callbox.session.options import OPTIONS

Said = tuple[tuple[str, str | Secret | None], ...]


def without_strangers(record: Record, base: str, anew: Collection[str] = ()) -> tuple[Draft, str]:
    """What was said of this request, as it may be said below `base`, and a line on what had to stay behind.

    That says nothing of the lower-cased names `anew`, which are given another time.
    """
    draft = record.draft
    home = (record.history[0] if record.history else record).outgoing.url.origin
    if not base or is_absolute(draft.url):
        return draft, ""
    try:
        if parse(join(base, draft.url)).origin == home:
            return draft, ""
    except UrlError:
        return draft, ""
    url, left = _without_secrets(draft.url)
    left += [name for name in draft.options if name in OPTIONS and OPTIONS[name].scope == "origin"]
    left += [name for name, value in (*draft.headers, *draft.query) if _is_secret(name, value)]
    left += ["auth"] if isinstance(draft.auth, Auth) else []
    kept = draft._replace(
        url=url,
        headers=_plain(draft.headers),
        query=_plain(draft.query),
        auth=UNSET if isinstance(draft.auth, Auth) else draft.auth,
        options={name: value for name, value in draft.options.items() if name not in left},
    )
    names = [name for name in dict.fromkeys(left) if name.lower() not in anew]
    verb = "stays" if len(names) == 1 else "stay"
    return kept, f"{', '.join(names)} {verb} with {home}, which it was typed for" if names else ""


def _is_secret(name: str, value: str | Secret | None) -> bool:
    return value is not None and (isinstance(value, Secret) or is_credential_name(name))


def _plain(pairs: Said) -> Said:
    return tuple(pair for pair in pairs if not _is_secret(*pair))


def _without_secrets(url: str) -> tuple[str, list[str]]:
    """The URL without the credentials in its query, and their names."""
    path, mark, query = url.partition("?")
    pairs = query.split("&") if query else []
    left = [pair for pair in pairs if is_credential_name(pair.partition("=")[0])]
    kept = "&".join(pair for pair in pairs if pair not in left)
    return (f"{path}?{kept}" if kept or (mark and not left) else path), [pair.partition("=")[0] for pair in left]
