"""URLs as they may be shown: passwords in them, and parameters with a credential's name, are covered. Pure.

Every URL that is shown, told in an error or kept in the history goes through here: bases, targets, proxies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import unquote, unquote_plus

from callbox.exchange.secret import is_credential_name, mask

# Possessive where a text of a server may be long: it is read in linear time.
USERINFO = re.compile(r"(://[^\s/?#:@\"'<>]*+:)(\?(?=@)|[^\s/?#\"'<>]*)@")
_PARAMETER = re.compile(r"([?&#]([^=&#?]*+)=)([^&#]*+)")
_WORD_PARAMETER = re.compile(r"([?&#]([^=&#?\s]*+)=)([^&#\s'\"]*+)")
_ANY_USERINFO = re.compile(r"((?:[^\s/?#:@]*:)?//[^/?#:@]*:|[^/?#:@]*:(?!//)).*@", re.DOTALL)


def mask_url(text: str, cover: Callable[[str], str] = mask, names: Collection[str] = ()) -> str:
    """The URL, or target, with passwords covered, and parameters of a credential's name or of `names`.

    >>> mask_url("http://ann:pw@b/x?api_key=abc&q=1"), mask_url("http://ann:pw@b", lambda _: "?")
    ('http://ann:...@b/x?api_key=...&q=1', 'http://ann:?@b')
    """
    if "@" in text:
        text = USERINFO.sub(lambda found: f"{found[1]}{cover(unquote(found[2]))}@", text)
    if "=" not in text:
        return text

    def parameter(found: re.Match[str]) -> str:
        name = unquote_plus(found[2])
        is_secret = name in names or is_credential_name(name)
        return found[1] + cover(unquote_plus(found[3])) if is_secret else found[0]

    return _PARAMETER.sub(parameter, text)


def blot(text: str) -> str:
    """A line with what `mask_url` covers as dots, one for each character: columns in it stay what they are.

    >>> blot("get http://ann:pw@b/x")
    'get http://ann:..@b/x'
    """
    text = USERINFO.sub(lambda found: f"{found[1]}{'.' * len(found[2])}@", text)
    return _WORD_PARAMETER.sub(lambda found: found[1] + "." * len(found[3]) if _is_named(found) else found[0], text)


def _is_named(found: re.Match[str]) -> bool:
    return is_credential_name(unquote_plus(found[2]))


def mask_bad_url(text: str) -> str:
    """A text that should be a URL and is none: all that may be a password is covered, to the last `@`.

    >>> mask_bad_url("http://ann:p/w@b:99999/"), mask_bad_url("ann:pw@b/x")
    ('http://ann:...@b:99999/', 'ann:...@b/x')
    """
    found = _ANY_USERINFO.match(text)
    return mask_url(f"{found[1]}...@{text[found.end() :]}" if found else text)
