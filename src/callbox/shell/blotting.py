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


def blotted(text: str) -> str:
    """The text with `?` for what looks like a secret.

    >>> blotted("curl -u ann:pw -H 'X-Api-Key: abc' x"), blotted('{"password": "a b", "name": "c"}')
    ("curl -u ? -H 'X-Api-Key: ?' x", '{"password": "?", "name": "c"}')
    """
    text = _QUOTED_HEADER.sub(lambda m: f"{m[1]}{m[2]}{m[3]}{m[4] or ''}{_hidden(m[5])}", text)
    text = _OPTION.sub(lambda m: f"{m[1]}{m[2]}{_hidden(m[3])}", text)
    return _NAMED.sub(_blot_named, text)


def _blot_named(match: re.Match[str]) -> str:
    name, between, mark, scheme, value = match.groups()
    if not is_credential_name(name):
        return match[0]
    return f"{name}{between}{mark or ''}{scheme or ''}{_hidden(value)}"


def _hidden(value: str) -> str:
    """`?`, but for what is none: a variable, a file, a reference, and a `?` that stands there already."""
    bare = value.strip("\"'")
    return value if bare[:1] in ("?", "@") or bare.startswith("{{") or is_reference(bare) else "?"
