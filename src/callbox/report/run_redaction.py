"""The secrets of a run, and the redaction of its results. Reports show only results that were redacted here. Pure.

`RunSecrets` collects the secret values in the results of a run, and redacts them in any text: as they are,
percent-encoded, in JSON, in HTML, in base64, in another letter case. `Redactor` redacts whole results with it.
`callbox.exchange.redaction.secrets_by_name` finds values beside the names of credentials.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Container, Iterable, Iterator
from copy import copy
from functools import lru_cache
from html import escape
from urllib.parse import quote, unquote, unquote_plus

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.media_types_and_charsets import change_text, possible_encodings
from callbox.exchange.redaction.credential_names import (
    is_credential_name,
    is_credential_parameter,
    redact_cookies,
    redact_credential,
    without_scheme,
)
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_tokens
from callbox.exchange.redaction.escaped_text import (
    decode_levels,
    find_all,
    fold,
    may_escape_letters,
    replace_spans,
    span_in_source,
)
from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.exchange.redaction.unreadable_file_lines import (
    find_secret_words,
    redact_message_and_place,
    redact_script_target,
)
from callbox.exchange.request import UNSET, Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, is_trivial, redact_secret, reveal
from callbox.exchange.template_braces import is_unfilled
from callbox.exchange.url import Url, percent_forms
from callbox.httpfile.assertion_evaluator import MAX_KEPT, CheckResult
from callbox.httpfile.model import Step
from callbox.httpfile.source_and_diagnostics import Template
from callbox.render.ansi_and_sanitiser import visible, visible_line
from callbox.report.result import Result

MIN_LENGTH = 4
"""The shortest form that is searched. A shorter form would occur in many texts by chance."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_FIRST_DIGIT = (0, 2, 3)
"""For zero, one and two other bytes before a text: the index of the first base64 digit that depends only on the text.
"""


@lru_cache(maxsize=4096)
def encoded_forms(secret: str) -> frozenset[str]:
    """The forms of a text: itself, percent-encoded, in JSON, in HTML, as shown on a screen, and in base64 at any
    offset.

    >>> sorted(encoded_forms("a b/c"))[:4]
    ['EgYi9j', 'YSBiL2', 'YSBiL2M', 'YSBiL2M=']
    """
    return frozenset(form for form in _forms(secret) if len(form) >= MIN_LENGTH)


def _forms(secret: str) -> Iterator[str]:
    plain = secret.encode("utf-8", "surrogatepass")
    if _ESCAPES_NOTHING.fullmatch(secret):  # this form is the same for most secrets
        yield secret
        yield from _base64(plain)
        return
    yield from (secret, visible(secret), visible_line(secret))
    yield from (escape(secret), escape(secret, quote=False))
    yield from _json(secret)
    if not secret.isascii():  # servers read headers as Latin-1, and send back what they read
        misread = plain.decode("latin-1")
        yield from (misread, visible(misread), *_json(misread))
    for text in percent_forms(secret):
        yield from (text, _PERCENT.sub(lambda match: match[0].lower(), text))
    yield from _base64(plain)


def _json(secret: str) -> Iterator[str]:
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield from (text, text.replace("/", "\\/"))


def _base64(plain: bytes) -> Iterator[str]:
    """The base64 forms of a text, alone and inside a longer text such as `user:password` or a body."""
    for alphabet in (b"+/", b"-_"):
        whole = b64encode(plain, alphabet).decode("ascii")
        yield from (whole, whole.rstrip("="))
        for offset, first in enumerate(_FIRST_DIGIT):
            digits = b64encode(b"\0" * offset + plain, alphabet).decode("ascii")
            yield digits[first : (offset + len(plain)) * 8 // 6]


_ESCAPES_NOTHING = re.compile(r"[A-Za-z0-9]++")
_MIN_DECLARED = 4
"""The shortest declared secret that is searched. A value such as `1` would occur in many texts by chance."""
_MIN_SENT = 6
"""The shortest value in a request that is searched only because of its name.

A shorter value may be an ordinary word.
"""
_MIN_RECEIVED = 12
"""The shortest value in a response that is searched only because of its name.

In responses, a text such as `"auth": "required"` is more likely than a credential.
"""
_FEW_FORMS = 280
"""The number of forms whose search takes as long as cutting a text into slices of four characters (measured)."""
_MAX_BYTES = 1 << 16
"""The most bytes of a body that are searched for credentials by their names."""
_WIDTHS = (64, 32, 16, 8, MIN_LENGTH)
"""The lengths of the start and end by which forms are looked up.

A form uses the first of these lengths that is not longer than the form.
"""
_MIN_ANY_CASE = 8
"""The shortest value that is found in any letter case."""
_PLAIN_PART = re.compile(r"[A-Za-z0-9._~-]++")
"""Characters in a row that are escaped only by code that also escapes letters."""
_MANY_DECLARED = 32
"""If there are at least this many declared values, all results share one table."""


class _FormIndex:
    """Finds many texts in one text.

    The time depends on the length of the text, and on how many of the texts begin in it.
    """

    def __init__(self) -> None:
        self.replacements: dict[str, str] = {}
        """The replacement for each text that is searched."""
        self._starts: dict[str, list[str]] = {}
        """The searched texts by their first four characters."""

    def add(self, form: str, replacement: str) -> None:
        """Add a text of at least four characters to search for."""
        if form not in self.replacements:
            self.replacements[form] = replacement
            self._starts.setdefault(form[:MIN_LENGTH], []).append(form)

    def forms_in(self, text: str) -> list[str]:
        """The searched texts that occur in the text.

        A run may have thousands of searched texts, but few of them begin in a text.
        """
        if len(self.replacements) < _FEW_FORMS:
            return [form for form in self.replacements if form in text]
        found = [form for start in _slices(text, MIN_LENGTH, self._starts) for form in self._starts[start]]
        if len(found) >= _FEW_FORMS:  # these searched texts have the same beginning
            found = _narrowed(found, text)
        return [form for form in found if form in text]

    def spans_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where secrets occur in the text: the start, the end and the replacement of each occurrence."""
        for form in self.forms_in(text):
            for start, end in find_all(text, form):
                yield start, end, self.replacements[form]


class _FormTable:
    """The forms of secrets, and the secrets in lower case, in tables that find them in texts."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        """The secrets themselves."""
        self.forms = _FormIndex()
        self.folded = _FormIndex()
        """The secrets that are found in any letter case, in lower case."""
        self._parts = _FormIndex()
        """The longest plain part, in lower case, of each secret that is not plain as a whole."""
        self._has_bare = False
        """Whether a secret has no plain part of four characters."""

    def add(self, secret: str, replacement: str, *, in_any_case: bool) -> None:
        """Add a secret in all of its forms."""
        self.known.add(secret)
        for form in encoded_forms(secret):
            self.forms.add(form, replacement)
        # the secret may look as if it were escaped
        for value in (secret, *(decoded for decoded, _ in decode_levels(secret))):
            if len(value) >= _MIN_ANY_CASE and (in_any_case or value != secret):
                self.folded.add(fold(value), replacement)
        if not _PLAIN_PART.fullmatch(secret):
            part = fold(max(_PLAIN_PART.findall(secret), key=len, default=""))
            self._has_bare = self._has_bare or len(part) < MIN_LENGTH
            if len(part) >= MIN_LENGTH:
                self._parts.add(part, "")

    def may_be_escaped_in(self, folded: str) -> bool:
        """Whether a lower-case text may contain a secret in which punctuation is escaped, but no letter."""
        return self._has_bare or bool(self._parts.forms_in(folded))


def _slices(text: str, width: int, wanted: Container[str]) -> set[str]:
    """The slices of this width in the text that are the beginning of a form."""
    return {part for at in range(len(text) - width + 1) if (part := text[at : at + width]) in wanted}


def _narrowed(forms: Iterable[str], text: str) -> list[str]:
    """The forms whose start and end occur in the text."""
    by_width: dict[int, list[str]] = {}
    for form in forms:
        by_width.setdefault(next(width for width in _WIDTHS if len(form) >= width), []).append(form)
    found = []
    for width, group in by_width.items():
        ends = _slices(text, width, {end for form in group for end in (form[:width], form[-width:])})
        found += [form for form in group if form[:width] in ends and form[-width:] in ends]
    return found


@lru_cache(maxsize=4)
def _declared_table(secrets: tuple[Secret, ...], replace: Callable[[str], str]) -> _FormTable:
    """The table of declared secrets, which many results of a run share."""
    declared = RunSecrets(replace=replace)
    for secret in secrets:
        declared._add_secret(secret)
    return declared._table


class RunSecrets:
    """Collects the secrets of one result after another, and redacts them in texts."""

    def __init__(self, secrets: Iterable[str] = (), replace: Callable[[str], str] = redact_secret) -> None:
        """`replace` returns the text that is shown in place of a secret."""
        self._replace = replace
        self._table = _FormTable()
        self._shared: _FormTable | None = None
        """The table of declared values. It is made for the first result that has many of them."""
        self._last_declared: tuple[Secret, ...] = ()
        for secret in secrets:
            self._add(secret, _MIN_DECLARED)

    def learn(self, result: Result) -> None:
        """Collect every secret of a result: declared, sent, captured or received."""
        self._learn_declared(result.secrets)
        for text in result.step.url if result.step is not None else ():
            self._learn_words(text.text)
        for name, value in result.captures:
            self._add(value if is_credential_name(name) else "", _MIN_SENT)
        records = (*_records(result.record), *_records(result.partial))
        if result.outgoing is not None and not any(record.outgoing is result.outgoing for record in records):
            self._learn_outgoing(result.outgoing)
        for record in records:
            self._learn_outgoing(record.outgoing)
            self._learn_response(record)

    def _learn_declared(self, secrets: tuple[Secret, ...]) -> None:
        if secrets is self._last_declared:
            return
        self._last_declared = secrets
        if len(secrets) >= _MANY_DECLARED and self._shared is None:
            self._shared = _declared_table(secrets, self._replace)
            return
        for secret in secrets:
            self._add_secret(secret)

    def redact_values(self, text: str) -> str:
        """Redact known secrets in any encoding.

        The longest secrets come first, since a secret may contain another secret.
        """
        if not self._table.known and self._shared is None:
            return text
        text = self._redact_hidden(text)
        forms = {form: table.forms.replacements[form] for table in self._tables for form in table.forms.forms_in(text)}
        for form in sorted(forms, key=lambda form: (-len(form), form)):
            text = text.replace(form, forms[form])
        return text

    @property
    def _tables(self) -> tuple[_FormTable, ...]:
        return (self._table,) if self._shared is None else (self._shared, self._table)

    def _redact_hidden(self, text: str) -> str:
        """Redact the secrets that occur in another letter case, or with some characters escaped."""
        folded = fold(text)
        spans = [span for table in self._tables for span in table.folded.spans_in(folded)]
        has_escapes = "\\" in text or "%" in text or "&" in text
        if has_escapes and (may_escape_letters(text) or any(table.may_be_escaped_in(folded) for table in self._tables)):
            spans += self._escaped_spans(text)
        return replace_spans(text, spans) if spans else text

    def _escaped_spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        for decoded, steps in decode_levels(text):
            folded = fold(decoded)
            for table in self._tables:
                for start, end, replacement in (*table.forms.spans_in(decoded), *table.folded.spans_in(folded)):
                    yield (*span_in_source(steps, start, end), replacement)

    def _add_secret(self, secret: Secret) -> None:
        value = secret.reveal()[len(secret.prefix) :]
        self._add(value, _MIN_DECLARED)
        if secret.prefix.strip().lower() == "basic":
            self._add_basic(value)

    def _add_basic(self, value: str) -> None:
        """Add the password inside a Basic credential (RFC 7617)."""
        try:
            self._add(b64decode(value, validate=True).decode("utf-8").partition(":")[2], _MIN_DECLARED)
        except ValueError:
            return

    def _add(self, value: str, min_length: int) -> None:
        if len(value) < min_length or is_trivial(value) or is_unfilled(value):
            return
        if any(value in table.known for table in self._tables):
            return
        is_certain = min_length == _MIN_DECLARED or not _is_plain_word(value)
        self._table.add(value, self._replace(value), in_any_case=is_certain)

    def _learn_outgoing(self, outgoing: Outgoing) -> None:
        for field in (*outgoing.headers, *outgoing.query):
            if field.name.lower() == "cookie":
                self._learn_cookies(reveal(field.value))
            elif isinstance(field.value, Secret):
                self._add_secret(field.value)
            elif is_credential_parameter(field.name):
                self._add(without_scheme(field.value), _MIN_SENT)
                self._add_basic(without_scheme(field.value))
        for value in outgoing.secrets:
            self._add(value, _MIN_DECLARED)
        credential = () if outgoing.auth is None else outgoing.auth.secrets()
        for value in (*credential, unquote(outgoing.url.password), *find_secrets(outgoing.route.proxy)):
            self._add(value, _MIN_DECLARED)
        for value in find_secrets(outgoing.url.target):
            self._add(value, _MIN_SENT)
        self._learn_content(outgoing.content)

    def _learn_cookies(self, value: str) -> None:
        for pair in value.split(";"):
            name, equals, cookie = pair.partition("=")
            self._add((cookie if equals else name).strip(), _MIN_RECEIVED)

    def _learn_response(self, record: Record) -> None:
        for name, value in record.response.headers.multi_items():
            if name.lower() == "set-cookie":
                self._learn_cookies(value.partition(";")[0])
            elif is_credential_name(name):
                self._add(without_scheme(value), _MIN_SENT)
            else:
                self._learn_text(value, _MIN_RECEIVED)
        self._learn_data(record.body, record.response.headers.get("Content-Type", ""), _MIN_RECEIVED)

    def _learn_content(self, content: Content | None) -> None:
        if content is None:
            return
        self._learn_data(content.data or b"", content.media_type or "", _MIN_SENT)
        for part in content.parts:
            if is_credential_name(part.name):
                self._add(part.data.decode("utf-8", "replace"), _MIN_SENT)

    def _learn_data(self, data: bytes, media_type: str, min_length: int) -> None:
        data = data[:_MAX_BYTES]
        for encoding in possible_encodings(data, media_type):
            self._learn_text(data.decode(encoding, "replace"), min_length)

    def _learn_words(self, target: str) -> None:
        """Add the secrets in words after a URL, which are sent as a part of the path."""
        for value in (*find_secret_words(target), *find_secrets(target)):
            self._add(value if not value.isalpha() else "", _MIN_SENT)

    def _learn_text(self, text: str, min_length: int) -> None:
        for value in find_secrets(text):
            is_random = min_length < _MIN_RECEIVED or any(character.isdigit() for character in value)
            self._add(value if is_random else "", min_length)


def _is_plain_word(value: str) -> bool:
    """Whether a value that is secret only because of its name may be an ordinary word.

    In another letter case, an ordinary word is not redacted.
    """
    return value.isalpha() and (value.islower() or value.isupper() or value.istitle())


def _records(record: Record | None) -> tuple[Record, ...]:
    return () if record is None else (*record.history, record)


def secrets_of(results: Iterable[Result]) -> RunSecrets:
    """The secrets of only these results."""
    secrets = RunSecrets()
    for result in results:
        secrets.learn(result)
    return secrets


def sent_credentials(record: Record) -> dict[str, str]:
    """The credentials that the requests of an exchange sent, each with a name for it. Copies of them in other requests
    are secret, too. Short values and ordinary words are left out, because other texts contain them by chance. Cookies
    are left out, because later requests may have to repeat them in a header.
    """
    found: dict[str, str] = {}
    for outgoing in (one.outgoing for one in _records(record)):
        parameters = [
            (without_scheme(field.value), field.name)
            for field in (*outgoing.headers, *outgoing.query)
            if isinstance(field.value, str) and is_credential_parameter(field.name) and field.name.lower() != "cookie"
        ]
        password = [] if outgoing.auth is None else [(value, "password") for value in outgoing.auth.secrets()]
        in_body = [(value, "secret") for value in _in_body(outgoing)]
        for value, name in (*outgoing.all_secrets.items(), *parameters, *password, *in_body):
            if len(value) >= _MIN_SENT and not (_is_plain_word(value) or is_trivial(value) or is_unfilled(value)):
                found.setdefault(value, "token" if name.lower() == "authorization" else name)
    return found


def _in_body(outgoing: Outgoing) -> Iterator[str]:
    """The values in the body of a request that have the name of a credential."""
    content = outgoing.content
    if content is None:
        return
    data = (content.data or b"")[:_MAX_BYTES]
    for encoding in possible_encodings(data, content.media_type or ""):
        yield from find_secrets(data.decode(encoding, "replace"))
    for part in content.parts:
        if is_credential_name(part.name):
            yield part.data.decode("utf-8", "replace")


_MAX_VALUE = 500
"""The most characters of an expected or actual value that are shown."""
_MAX_MESSAGE = 2_000
"""The most characters of a message, a note or an expectation that are shown."""
_MAX_SECRET = 8_192


class Redactor:
    """Redacts results with the secrets of the whole run."""

    def __init__(self, secrets: RunSecrets) -> None:
        self._secrets = secrets

    def text(self, text: str) -> str:
        """Redact every secret in a text, by value, by name and by form."""
        return redact_named(redact_tokens(self._secrets.redact_values(text)))

    def result(self, result: Result) -> Result:
        """The redacted result. Its values are plain text, which is shown unchanged."""
        record = self.record(result.record) if result.record is not None else None
        return result._replace(
            step=self._step(result.step) if result.step is not None else None,
            label=self.text(result.label) if result.label else "",
            record=record,
            partial=self.record(result.partial) if result.partial is not None else None,
            outgoing=self._outgoing_of(result, record),
            draft=self._draft(result.draft) if result.draft is not None else None,
            error=self.error(result.error) if result.error is not None else None,
            checks=tuple(self._check_result(check_result) for check_result in result.checks),
            captures=tuple((name, self.text(redact_field(name, value))) for name, value in result.captures),
            notes=tuple(self._short(note, _MAX_MESSAGE) for note in result.notes),
            reason=self._short(result.reason, _MAX_MESSAGE),
            secrets=(),
        )

    def _outgoing_of(self, result: Result, redacted: Record | None) -> Outgoing | None:
        if result.outgoing is None or result.record is None or redacted is None:
            return self.outgoing(result.outgoing) if result.outgoing is not None else None
        is_same = result.outgoing is result.record.outgoing
        return redacted.outgoing if is_same else self.outgoing(result.outgoing)

    def record(self, record: Record) -> Record:
        """Redact an exchange and the exchanges before it.

        The new size is the size of the redacted body, so that a reader sees if the body was cut.
        """
        body = self.data(record.body, record.response.headers.get("Content-Type", ""))
        return record._replace(
            draft=Draft(record.outgoing.method, ""),
            outgoing=self.outgoing(record.outgoing),
            response=self._incoming(record.response),
            body=body,
            size=max(record.size - len(record.body), 0) + len(body),
            history=tuple(self.record(redirect) for redirect in record.history),
        )

    def outgoing(self, outgoing: Outgoing) -> Outgoing:
        """Redact a request: its target, headers, cookies and body."""
        if outgoing.secrets:  # this also redacts secrets that are too short to be searched in a whole run
            outgoing = without_filled_secrets(outgoing)
        secret = {field.name for field in outgoing.query if isinstance(field.value, Secret)}
        return Outgoing(
            method=outgoing.method,
            url=self._url(outgoing.url, secret),
            headers=tuple(self._field(field) for field in outgoing.headers),
            content=self._content(outgoing.content) if outgoing.content is not None else None,
            query=tuple(self._field(field) for field in outgoing.query),
            cookies=tuple(field._replace(value=redact_secret(reveal(field.value))) for field in outgoing.cookies),
        )

    def data(self, data: bytes, media_type: str = "") -> bytes:
        """Redact a body in each encoding in which it may be read. A body without secrets stays the same bytes."""
        return change_text(data, media_type, self.text)

    def _url(self, url: Url, secret: set[str]) -> Url:
        query = url.query
        if query is not None:  # a value may contain an ampersand
            query = self._secrets.redact_values("&".join(self._pair(pair, secret) for pair in query.split("&")))
        path, fragment = self.text(url.path), self.text(url.fragment)
        return url._replace(path=path, query=query, fragment=fragment, username="", password="")

    def _pair(self, pair: str, secret: set[str]) -> str:
        name, equals, value = pair.partition("=")
        secrets = unquote_plus(name)
        is_secret = secrets in secret or is_credential_parameter(secrets)
        return f"{name}={quote(redact_secret(unquote_plus(value)))}" if equals and is_secret else self.text(pair)

    def _field(self, field: Field) -> Field:
        return field._replace(value=self._secrets.redact_values(self._value(field.name, field.value)))

    def _value(self, name: str, value: str | Secret) -> str:
        if name.lower() in ("cookie", "set-cookie"):
            return redact_cookies(reveal(value), is_list=name.lower() == "cookie")
        if isinstance(value, Secret):
            return str(value)
        if is_credential_parameter(name):
            return redact_credential(name, value)
        return redact_named(redact_tokens(self._secrets.redact_values(value)))

    def _content(self, content: Content) -> Content:
        data = None if content.data is None else self.data(content.data, content.media_type or "")
        parts = tuple(self._part(part) for part in content.parts)
        return content._replace(data=data, parts=parts, path=self.text(content.path), pieces=None)

    def _part(self, part: Part) -> Part:
        name, path = self.text(part.name), self.text(part.path)
        filename = None if part.filename is None else self.text(part.filename)
        if is_credential_name(part.name):
            data = redact_secret(part.data.decode("utf-8", "replace")).encode()
        else:
            data = self.data(part.data, part.media_type or "")
        return part._replace(name=name, data=data, filename=filename, path=path)

    def _incoming(self, response: ResponseHead) -> ResponseHead:
        pairs = [
            (self._secrets.redact_values(name), self._value(name, value))
            for name, value in response.headers.multi_items()
        ]
        headers = Headers([(name, self._secrets.redact_values(value)) for name, value in pairs])
        return response._replace(reason=self.text(response.reason), headers=headers)

    def _step(self, step: Step) -> Step:
        """The parts of a step that reports use: its names, its place, and whether it may be shown."""
        url = tuple(Template(redact_script_target([text.text], self.text), text.at) for text in step.url)
        return Step(
            number=step.number,
            at=step.at,
            first_line=step.first_line,
            last_line=step.last_line,
            method=self.text(step.method),
            url=url,
            name=self.text(step.name),
            title=self.text(step.title),
            directives=tuple(found._replace(value=None) for found in step.directives),
            command=tuple(Template(self.text(text.text), text.at) for text in step.command),
        )

    def _draft(self, draft: Draft) -> Draft:
        headers = tuple((name, self._draft_value(name, value)) for name, value in draft.headers)
        content = self._content(draft.content) if draft.content is not None else None
        return Draft(
            method=draft.method,
            url=self.text(draft.url),
            headers=headers,
            query=(),
            cookies=(),
            auth=UNSET,
            content=content,
        )

    def _draft_value(self, name: str, value: str | Secret | None) -> str | None:
        if value is None or (isinstance(value, str) and is_unfilled(value)):
            return value  # a value that is not known yet cannot be secret
        return self._secrets.redact_values(self._value(name, value))

    def _check_result(self, check_result: CheckResult) -> CheckResult:
        text, expected, actual = check_result.text, check_result.expected, check_result.actual
        return check_result._replace(
            text=self._short(text, _MAX_MESSAGE),
            expected=self._short(expected, _MAX_VALUE),
            actual=self._short(actual, _MAX_VALUE),
        )

    def _short(self, text: str, most: int) -> str:
        """Redact a text and then cut it.

        If it were cut first, a part of a secret could remain and would not be recognised.
        """
        if len(text) <= most:
            return self.text(text)
        kept = self.text(text[:MAX_KEPT])
        if len(text) >= MAX_KEPT:
            kept = kept[:-_MAX_SECRET]  # the cut may be inside a secret
        return kept if len(kept) <= most else f"{kept[:most]}.. {len(text) - most:,} more"

    def error(self, error: CallboxError) -> CallboxError:
        """A copy of an error with its message, hint and place redacted."""
        redacted = copy(error)
        message = error.message
        if error.place is not None:
            is_long = len(message) > _MAX_MESSAGE
            shown, redacted.place = redact_message_and_place("" if is_long else message, error.place, self.text)
            message = message if is_long else shown
        redacted.message = self._short(message, _MAX_MESSAGE)
        redacted.hint = self._short(error.hint, _MAX_MESSAGE)
        redacted.args = (redacted.message,)
        if hasattr(redacted, "record"):
            redacted.record = None
        return redacted


def redact(results: Iterable[Result]) -> tuple[Result, ...]:
    """Redact the results of a run. A secret that is found in one result is also redacted in earlier results."""
    given = tuple(results)
    return tuple(map(Redactor(secrets_of(given)).result, given))


def omit_texts(result: Result) -> Result:
    """The result without texts: only its place, outcome and times. It is used if redaction takes too long."""
    step, error = result.step, result.error
    if step is not None:
        step = Step(
            number=step.number,
            at=step.at,
            first_line=step.first_line,
            last_line=step.last_line,
            method="",
            url=(),
            title=f"request {step.number}",
        )
    if error is not None:
        error = copy(error)
        error.message, error.hint, error.args = "left out: the reports were cut short", "", ()
        error.place = error.place and error.place._replace(source="")
        if hasattr(error, "record"):
            error.record = None
    checks = tuple(CheckResult("a check", is_ok=check.is_ok, expected="", actual="") for check in result.checks)
    return Result(
        result.file,
        result.outcome,
        step,
        error=error,
        checks=checks,
        seconds=result.seconds,
        notes=("its texts are left out: the reports were cut short",),
        is_dependency=result.is_dependency,
        time=result.time,
    )


def redact_line(result: Result, secrets: RunSecrets) -> Result:
    """The redacted result, with only the parts that are shown in its line.

    A request with few fields takes 0.2 ms, half the time of a whole result.
    """
    redacted_line = result._replace(
        record=_without_fields(result.record) if result.record is not None else None,
        outgoing=_target(result.outgoing) if result.outgoing is not None else None,
    )
    return Redactor(secrets).result(redacted_line)


def _without_fields(record: Record) -> Record:
    if record.history:
        return record  # the redirects are shown, too
    response = record.response._replace(headers=Headers())
    return record._replace(outgoing=_target(record.outgoing), response=response, body=b"")


def _target(outgoing: Outgoing) -> Outgoing:
    return Outgoing(outgoing.method, outgoing.url, query=outgoing.query)
