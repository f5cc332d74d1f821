"""A secret in its disguises: every form in which its text may stand in a URL, a body or a header. Pure.

Read by `callbox.report.known`, which looks for all of them in whatever is reported.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape

from callbox.exchange.url import percent_forms
from callbox.render.sanitise import visible, visible_line

LEAST = 4
"""Characters of a form: shorter ones stand everywhere."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_FIRST_WHOLE = (0, 2, 3)
"""The first base64 digit that depends on the text alone, after none, one or two other bytes."""


def disguises(secret: str) -> frozenset[str]:
    """The text itself, percent-encoded, in JSON, in HTML, as shown on a screen, and in base64 at any offset.

    >>> sorted(disguises("a b/c"))[:4]
    ['EgYi9j', 'YSBiL2', 'YSBiL2M', 'YSBiL2M=']
    """
    return frozenset(form for form in _forms(secret) if len(form) >= LEAST)


def _forms(secret: str) -> Iterator[str]:
    plain = secret.encode("utf-8", "surrogatepass")
    yield from (secret, visible(secret), visible_line(secret))
    yield from (escape(secret), escape(secret, quote=False))
    yield from _json(secret)
    if not secret.isascii():  # servers read headers as Latin-1, and echo what they read
        misread = plain.decode("latin-1")
        yield from (misread, visible(misread), *_json(misread))
    for text in percent_forms(secret):
        yield from (text, _PERCENT.sub(lambda match: match[0].lower(), text))
    yield from _base64(plain)


def _json(secret: str) -> Iterator[str]:
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield from (text, text.replace("/", "\\/"))


def _base64(plain: bytes) -> Iterator[str]:
    """Whole, and as the middle of something longer: `user:password`, a form, a body."""
    for alphabet in (b"+/", b"-_"):
        whole = b64encode(plain, alphabet).decode("ascii")
        yield from (whole, whole.rstrip("="))
        for offset, first in enumerate(_FIRST_WHOLE):
            digits = b64encode(b"\0" * offset + plain, alphabet).decode("ascii")
            yield digits[first : (offset + len(plain)) * 8 // 6]
