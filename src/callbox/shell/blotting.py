"""Secrets in texts that are not of our language: commands of other programs, JSON, what stands behind a pipe.

Nobody has read such a text word by word, so that whatever looks like a credential is taken for one.
"""

from __future__ import annotations

import re

from callbox.exchange.secret import is_credential_name, is_reference

_NAMED = re.compile(
    r"""(?<![\w-])([\w-]{1,64})(["']?\s*[:=]\s*)(["'])?((?:bearer|basic|digest|token|negotiate)\s+)?((?(3)[^"']+|[^\s"'&,;}]+))""",
    re.IGNORECASE,
)
_QUOTED_HEADER = re.compile(
    r"""(["'])((?:proxy-)?authorization|cookie)(\s*:\s*)((?:bearer|basic|digest|token|negotiate)\s+)?([^"']+)""",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"""(?<!\S)(-[uUab]|--(?:user|proxy-user|auth|cookie|oauth2-bearer|password|cert))([ =]?)(?=\S)"""
    r"""("[^"]*"|'[^']*'|[^\s"']+)""",
)


def blotted(text: str, taken: list[str] | None = None) -> str:
    """The text with `?` for what looks like a secret; `taken` is given what was there.

    >>> blotted("curl -u ann:pw -H 'X-Api-Key: abc' x"), blotted('{"password": "a b", "name": "c"}')
    ("curl -u ? -H 'X-Api-Key: ?' x", '{"password": "?", "name": "c"}')
    """
    taken = taken if taken is not None else []

    def hidden(value: str) -> str:
        """`?`, but for what is no secret: a variable, a file, a reference, and a `?` that stands there already."""
        bare = value.strip("\"'")
        if bare[:1] in ("?", "@") or bare.startswith("{{") or is_reference(bare):
            return value
        taken.append(value)
        return "?"

    def blot_named(match: re.Match[str]) -> str:
        name, between, mark, scheme, value = match.groups()
        is_one = is_credential_name(name)
        return f"{name}{between}{mark or ''}{scheme or ''}{hidden(value)}" if is_one else match[0]

    text = _QUOTED_HEADER.sub(lambda m: f"{m[1]}{m[2]}{m[3]}{m[4] or ''}{hidden(m[5])}", text)
    text = _OPTION.sub(lambda m: f"{m[1]}{m[2]}{hidden(m[3])}", text)
    return _NAMED.sub(blot_named, text)
