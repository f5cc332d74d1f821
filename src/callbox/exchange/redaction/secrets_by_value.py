"""Redact secrets by their values. These secrets came into a request from variables, prompts and saved requests. Pure.

In a path, a fragment or a host, a secret has no name or a harmless name, so only its value can be searched. In all
functions, `secrets` maps each secret value to the name of its variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote

from callbox.exchange.media_types_and_charsets import change_text
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.secret import Secret, is_trivial, redact_secret
from callbox.exchange.url import Url, percent_forms

Replace = Callable[[str], str]

MIN_LENGTH = 4
"""A secret of at least this many characters is redacted even inside words; a shorter secret only as a whole word."""

_MAX_LENGTH = 64
"""Longer forms of a secret are searched one by one, and not with the pattern for all forms."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_ESCAPED_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


def forms_of(value: str) -> set[str]:
    """All spellings of a value: plain, and as URLs, HTML forms, JSON and markup encode it."""
    import html  # The import of json takes 5 ms, and few requests contain such a secret.
    import json

    inside_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    slashes = {form.replace("/", "\\/") for form in inside_json}
    in_markup = {html.escape(value), html.escape(value, quote=False)}
    return {value, *percent_forms(value), *inside_json, *slashes, *in_markup} - {""}


def redact_filled(text: str, secrets: Mapping[str, str], replace: Replace = redact_secret) -> str:
    """Redact these secrets in a text, in any form: unchanged, percent-encoded, or escaped in JSON or HTML.

    >>> redact_filled("/x?q=a%20b%26&p=a+b%26", {"a b&": "pw"}), redact_filled("/1?page=10&pin=1", {"1": "pin"})
    ('/x?q=...&p=...', '/...?page=10&pin=...')
    """
    if not secrets or not text:
        return text
    if "\\" in text or "%" in text or "&" in text:
        text = _redact_escaped(text, tuple(secrets), replace)
    pattern, values, long_forms = _pattern_of(tuple(secrets))
    for form, value in long_forms:
        text = text.replace(form, replace(value))
    return pattern.sub(lambda found: replace(values.get(found[0].lower(), found[0])), text)


def _redact_escaped(text: str, secrets: tuple[str, ...], replace: Replace) -> str:
    """Redact these secrets in a text in which any of their letters may be escaped, in any notation."""
    # The import takes 3 ms, and few texts with a secret have escaped letters.
    from callbox.exchange.redaction import escaped_text

    if not escaped_text.may_escape_letters(text):
        return text
    wanted = {
        escaped_text.fold(secret): secret for secret in secrets if len(secret) >= MIN_LENGTH and not is_trivial(secret)
    }
    spans = [
        (*escaped_text.span_in_source(steps, start, end), replace(secret))
        for decoded, steps in escaped_text.decode_levels(text)
        for folded in [escaped_text.fold(decoded)]
        for form, secret in wanted.items()
        for start, end in escaped_text.find_all(folded, form)
    ]
    return escaped_text.replace_spans(text, spans) if spans else text


def redact_filled_data(data: bytes, secrets: Mapping[str, str], media_type: str = "") -> bytes:
    """Redact these secrets in the bytes of a body, for each encoding in which somebody may read the bytes."""
    return change_text(data, media_type, lambda text: redact_filled(text, secrets)) if secrets else data


def has_filled_secret(content: Content, secrets: Mapping[str, str]) -> bool:
    """Whether the body contains one of these secrets, in any form. Files and streams are not searched."""
    if not secrets:
        return False
    return _redact_content(content, secrets) != content


def without_filled_secrets(outgoing: Outgoing) -> Outgoing:
    """A copy of a request for display, in which the secrets that variables and prompts filled in are redacted."""
    secrets = outgoing.all_secrets
    if not secrets:
        return outgoing
    return outgoing._replace(
        method=redact_filled(outgoing.method, secrets),
        url=_redact_url(outgoing.url, secrets),
        headers=tuple(_redact_field(field, secrets) for field in outgoing.headers),
        query=tuple(_redact_field(field, secrets) for field in outgoing.query),
        cookies=tuple(_redact_field(field, secrets) for field in outgoing.cookies),
        content=_redact_content(outgoing.content, secrets) if outgoing.content is not None else None,
        route=outgoing.route._replace(proxy=redact_filled(outgoing.route.proxy, secrets)),
    )


def _redact_url(url: Url, secrets: Mapping[str, str]) -> Url:
    path, query = redact_filled(url.path, secrets), url.query
    return url._replace(
        host=redact_filled(url.host, secrets),
        path=path,
        query=query if query is None else redact_filled(query, secrets),
        fragment=redact_filled(url.fragment, secrets),
        username=redact_filled(url.username, secrets),
        password=redact_filled(url.password, secrets),
    )


def _redact_field(field: Field, secrets: Mapping[str, str]) -> Field:
    name, value = redact_filled(field.name, secrets), field.value
    return field._replace(name=name, value=value if isinstance(value, Secret) else redact_filled(value, secrets))


def _redact_content(content: Content, secrets: Mapping[str, str]) -> Content:
    return content._replace(
        data=None if content.data is None else redact_filled_data(content.data, secrets, content.media_type or ""),
        parts=tuple(_redact_part(part, secrets) for part in content.parts),
        path=redact_filled(content.path, secrets),
        media_type=content.media_type and redact_filled(content.media_type, secrets),
    )


def _redact_part(part: Part, secrets: Mapping[str, str]) -> Part:
    return part._replace(
        name=redact_filled(part.name, secrets),
        data=redact_filled_data(part.data, secrets, part.media_type or ""),
        filename=part.filename and redact_filled(part.filename, secrets),
        path=redact_filled(part.path, secrets),
    )


@lru_cache(maxsize=64)
def _pattern_of(
    values: tuple[str, ...],
) -> tuple[re.Pattern[str], Mapping[str, str], Sequence[tuple[str, str]]]:
    """Prepare the search for some values. Returns a pattern for their short forms in any letter case, a table from each
    lower-cased form to its value, and the list of the long forms. Long forms are searched one by one. A pattern for
    them would take time in proportion to their length times the length of the text.
    """
    found = {form: value for value in values if not is_trivial(value) for form in all_forms(value)}
    forms = sorted(found, key=lambda form: (-len(form), form))
    short = [form for form in forms if len(form) <= _MAX_LENGTH]
    pattern = "|".join(_form_pattern(form) for form in short) or r"(?!)"
    long_forms = [(form, found[form]) for form in forms if len(form) > _MAX_LENGTH]
    long_forms += [(low, value) for form, value in long_forms if (low := _PERCENT.sub(_lower, form)) != form]
    return re.compile(pattern, re.IGNORECASE), {form.lower(): found[form] for form in short}, long_forms


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def all_forms(value: str) -> set[str]:
    """All forms of a value: encoded once or twice, with and without the blanks at its ends."""
    once = forms_of(value) | _in_url(value)
    if (stripped := value.strip()) != value:  # A URL or a header loses blanks at its ends.
        once |= forms_of(stripped) | _in_url(stripped)
    if unquote(value) != value:  # Parts of a value that are already encoded stay unchanged in a URL.
        once |= forms_of(unquote(value))
    once |= {_ESCAPED_LETTERS.sub(lambda found: unquote(found[0]), form) for form in once}  # the form of printed paths
    return once | {twice for form in once if "%" in form for twice in (quote(form, safe=""), quote_plus(form))}


def _in_url(value: str) -> set[str]:
    """The forms of a value in a URL into which it was filled without encoding. A `%` without two hex digits after it
    is encoded.
    """
    bare = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", value)
    return set(percent_forms(bare)) - {""}


def _form_pattern(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= MIN_LENGTH else rf"(?<!\w){escaped}(?!\w)"
