"""The one redactor: results in, results out in which nothing is secret any more. Every report goes through it.

It knows two things: values (what was said to be secret, credentials that were sent, answers to secret prompts), which
are masked wherever they stand and in whatever disguise; and names, whose values are masked where they are named.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from copy import copy
from urllib.parse import quote, unquote_plus

from callbox.errors import CallboxError
from callbox.exchange.auth import ApiKey, Auth, Basic, Bearer
from callbox.exchange.content import Content, Part
from callbox.exchange.digest import Digest
from callbox.exchange.draft import UNSET, Draft
from callbox.exchange.headers import Headers
from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Field, Outgoing
from callbox.exchange.record import Record
from callbox.exchange.secret import Secret, is_credential_name, mask, reveal, shown
from callbox.exchange.text import find_encoding
from callbox.exchange.url import Url
from callbox.report.disguise import LEAST, disguises
from callbox.report.named import bare, find_named, mask_named
from callbox.report.result import Result
from callbox.script.expect import Checked
from callbox.script.model import Step, Text

_LEAST_SAID = 4
"""Characters of a value that was said to be secret. Shorter ones are not looked for: `1` is in everything."""
_LEAST_SENT = 6
"""Characters of a value that only its name gives away; it may be a plain word."""
_LEAST_RECEIVED = 12
"""The same in an answer, where `"auth": "required"` is more likely than a credential."""
_FEW = 280
"""To look for so many forms takes as long as to cut a text into slices of four characters, by measurement."""
_MOST_READ = 1 << 16
"""Bytes of a body that are searched for credentials by their names."""


class Redactor:
    """Learns what is secret, then masks it: `learn` results, then `result` gives each without its secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._masks: dict[str, str] = {}
        self._starts: dict[str, list[str]] = {}
        """The forms by their first four characters."""
        self._known: set[str] = set()
        for secret in secrets:
            self._add(secret, _LEAST_SAID)

    def learn(self, result: Result) -> None:
        """Take note of every secret of a result: declared, sent, captured, received."""
        for secret in result.secrets:
            self._add_secret(secret)
        for name, value in result.captures:
            self._add(value if is_credential_name(name) else "", _LEAST_SENT)
        for outgoing in (result.outgoing, *_sent(result.record), *_sent(result.partial)):
            if outgoing is not None:
                self._learn_outgoing(outgoing)
        for record in (result.record, result.partial):
            if record is not None:
                self._learn_body(record.body, _LEAST_RECEIVED)

    def text(self, text: str) -> str:
        """The text with every secret in it masked, by value and by name."""
        return mask_named(self._by_value(text))

    def result(self, result: Result) -> Result:
        """The result as it may be reported. Its masked values are plain text: show them as they are."""
        return result._replace(
            step=self._step(result.step) if result.step is not None else None,
            record=self.record(result.record) if result.record is not None else None,
            partial=self.record(result.partial) if result.partial is not None else None,
            outgoing=self.outgoing(result.outgoing) if result.outgoing is not None else None,
            draft=self._draft(result.draft) if result.draft is not None else None,
            error=self._error(result.error) if result.error is not None else None,
            checks=tuple(self._checked(checked) for checked in result.checks),
            captures=tuple((name, self.text(shown(name, value))) for name, value in result.captures),
            notes=tuple(self.text(note) for note in result.notes),
            reason=self.text(result.reason),
            secrets=(),
        )

    def record(self, record: Record) -> Record:
        """An exchange and those before it. Its size is that of the masked body, so that what is cut off stays plain."""
        body = self.data(record.body, record.incoming.headers.get("Content-Type", ""))
        return record._replace(
            draft=Draft(record.outgoing.method, ""),
            outgoing=self.outgoing(record.outgoing),
            incoming=self._incoming(record.incoming),
            body=body,
            size=max(record.size - len(record.body), 0) + len(body),
            history=tuple(self.record(past) for past in record.history),
        )

    def outgoing(self, outgoing: Outgoing) -> Outgoing:
        """A request: its target, fields, cookies and content."""
        secret = {field.name for field in outgoing.query if isinstance(field.value, Secret)}
        return Outgoing(
            outgoing.method,
            self._url(outgoing.url, secret),
            tuple(self._field(field) for field in outgoing.headers),
            self._content(outgoing.content) if outgoing.content is not None else None,
            query=tuple(self._field(field) for field in outgoing.query),
            cookies=tuple(field._replace(value=mask(reveal(field.value))) for field in outgoing.cookies),
        )

    def data(self, data: bytes, media_type: str = "") -> bytes:
        """A body, in the encoding that it came in. One that holds no secret stays as it is, to the byte."""
        encoding = find_encoding(data[:_MOST_READ], media_type)
        try:
            text = data.decode(encoding, "surrogateescape")
        except (UnicodeError, ValueError):
            text = data.decode(encoding, "replace")
        masked = self.text(text)
        if masked == text:
            return data
        try:
            return masked.encode(encoding, "surrogateescape")
        except (UnicodeError, ValueError):
            return masked.encode(encoding, "replace")

    def _add_secret(self, secret: Secret) -> None:
        value = secret.reveal()[len(secret.prefix) :]
        self._add(value, _LEAST_SAID)
        if secret.prefix.strip().lower() == "basic":
            self._add_basic(value)

    def _add_basic(self, value: str) -> None:
        """The password within the credential of RFC 7617."""
        try:
            self._add(b64decode(value, validate=True).decode("utf-8").partition(":")[2], _LEAST_SAID)
        except ValueError:
            return

    def _add(self, value: str, least: int) -> None:
        if len(value) < least or value in self._known or "{{" in value:
            return
        self._known.add(value)
        masked = mask(value)
        if not masked.replace(".", "").isalnum():
            masked = "..."  # its ends would have to be escaped, in each place in another way
        for form in disguises(value) - self._masks.keys():
            self._masks[form] = masked
            self._starts.setdefault(form[:LEAST], []).append(form)

    def _learn_outgoing(self, outgoing: Outgoing) -> None:
        for field in (*outgoing.headers, *outgoing.query):
            if field.name.lower() == "cookie":
                self._learn_cookies(reveal(field.value))
            elif isinstance(field.value, Secret):
                self._add_secret(field.value)
            elif is_credential_name(field.name):
                self._add(bare(field.value), _LEAST_SENT)
                self._add_basic(bare(field.value))
        for value in (*_passwords(outgoing.auth), outgoing.url.password, *find_named(outgoing.route.proxy)):
            self._add(value, _LEAST_SAID)
        for value in find_named(outgoing.url.target):
            self._add(value, _LEAST_SENT)
        self._learn_content(outgoing.content)

    def _learn_cookies(self, value: str) -> None:
        for pair in value.split(";"):
            self._add(pair.partition("=")[2].strip(), _LEAST_RECEIVED)

    def _learn_content(self, content: Content | None) -> None:
        if content is None:
            return
        self._learn_body(content.data or b"", _LEAST_SENT)
        for part in content.parts:
            if is_credential_name(part.name):
                self._add(part.data.decode("utf-8", "replace"), _LEAST_SENT)

    def _learn_body(self, body: bytes, least: int) -> None:
        text = body[:_MOST_READ].decode("utf-8", "replace")
        for value in find_named(text):
            is_random = least < _LEAST_RECEIVED or any(character.isdigit() for character in value)
            self._add(value if is_random else "", least)

    def _by_value(self, text: str) -> str:
        """Longest first, so that what holds another secret goes whole."""
        for form in sorted(self._candidates(text), key=lambda form: (-len(form), form)):
            text = text.replace(form, self._masks[form])
        return text

    def _candidates(self, text: str) -> list[str]:
        """The forms that the text holds. A run may have thousands; few of them begin as some part of the text does."""
        if len(self._masks) < _FEW:
            return [form for form in self._masks if form in text]
        slices = {text[at : at + LEAST] for at in range(len(text) - LEAST + 1)}
        return [form for start in slices & self._starts.keys() for form in self._starts[start] if form in text]

    def _url(self, url: Url, secret: set[str]) -> Url:
        query = None if url.query is None else "&".join(self._pair(pair, secret) for pair in url.query.split("&"))
        path, fragment = self._by_value(url.path), self.text(url.fragment)
        return url._replace(path=path, query=query, fragment=fragment, username="", password="")

    def _pair(self, pair: str, secret: set[str]) -> str:
        name, equals, value = pair.partition("=")
        known = unquote_plus(name)
        is_secret = known in secret or is_credential_name(known)
        return f"{name}={quote(mask(unquote_plus(value)))}" if equals and is_secret else self.text(pair)

    def _field(self, field: Field) -> Field:
        return field._replace(value=self._by_value(self._value(field.name, field.value)))

    def _value(self, name: str, value: str | Secret) -> str:
        if name.lower() in ("cookie", "set-cookie"):
            return _masked_cookies(reveal(value), is_list=name.lower() == "cookie")
        if isinstance(value, Secret):
            return str(value)
        return shown(name, value) if is_credential_name(name) else mask_named(self._by_value(value))

    def _content(self, content: Content) -> Content:
        data = None if content.data is None else self.data(content.data, content.media_type or "")
        parts = tuple(self._part(part) for part in content.parts)
        return content._replace(data=data, parts=parts, path=self.text(content.path), pieces=None)

    def _part(self, part: Part) -> Part:
        name, path = self.text(part.name), self.text(part.path)
        if is_credential_name(part.name):
            return part._replace(name=name, data=mask(part.data.decode("utf-8", "replace")).encode(), path=path)
        filename = None if part.filename is None else self.text(part.filename)
        return part._replace(name=name, data=self.data(part.data, part.media_type or ""), filename=filename, path=path)

    def _incoming(self, incoming: Incoming) -> Incoming:
        pairs = [(self._by_value(name), self._value(name, value)) for name, value in incoming.headers.multi_items()]
        headers = Headers([(name, self._by_value(value)) for name, value in pairs])
        return incoming._replace(reason=self.text(incoming.reason), headers=headers)

    def _step(self, step: Step) -> Step:
        """What reports read of a step: what it is called, where it stands, and whether it may be shown."""
        url = tuple(Text(self.text(text.text), text.at) for text in step.url)
        return Step(
            step.number,
            step.at,
            step.first_line,
            step.last_line,
            self.text(step.method),
            url,
            name=self.text(step.name),
            title=self.text(step.title),
            directives=tuple(found._replace(value=None) for found in step.directives),
            command=tuple(Text(self.text(text.text), text.at) for text in step.command),
        )

    def _draft(self, draft: Draft) -> Draft:
        headers = tuple((name, self._said(name, value)) for name, value in draft.headers)
        content = self._content(draft.content) if draft.content is not None else None
        return Draft(draft.method, self.text(draft.url), headers, (), (), UNSET, content)

    def _said(self, name: str, value: str | Secret | None) -> str | None:
        if value is None or (isinstance(value, str) and "{{" in value):
            return value  # what is not known yet is nothing to hide
        return self._by_value(self._value(name, value))

    def _checked(self, checked: Checked) -> Checked:
        texts = (self.text(checked.text), self.text(checked.expected), self.text(checked.actual))
        return checked._replace(text=texts[0], expected=texts[1], actual=texts[2])

    def _error(self, error: CallboxError) -> CallboxError:
        """A copy of the same kind, its message, hint and place masked."""
        masked = copy(error)
        masked.message, masked.hint = self.text(error.message), self.text(error.hint)
        masked.args = (masked.message,)
        if hasattr(masked, "record"):
            masked.record = None
        if error.place is not None:
            masked.place = error.place._replace(source=self.text(error.place.source))
        return masked


def redact(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results of a run without its secrets; what one gave away is masked in those before it, too."""
    known = tuple(results)
    redactor = Redactor()
    for result in known:
        redactor.learn(result)
    return tuple(redactor.result(result) for result in known)


def _sent(record: Record | None) -> tuple[Outgoing, ...]:
    return () if record is None else tuple(past.outgoing for past in (*record.history, record))


def _passwords(auth: Auth | None) -> tuple[str, ...]:
    if isinstance(auth, Basic):
        password = auth.password
        return (password.decode("utf-8", "replace") if isinstance(password, bytes) else password,)
    if isinstance(auth, Digest):
        return (auth.password,)
    return (auth.token,) if isinstance(auth, Bearer) else (auth.key,) if isinstance(auth, ApiKey) else ()


def _masked_cookies(value: str, *, is_list: bool) -> str:
    """Names stay readable, values are masked: any cookie may be the one that logs in. Attributes stay."""
    first, *rest = value.split(";")
    return ";".join([_masked_cookie(first), *(_masked_cookie(text) if is_list else text for text in rest)])


def _masked_cookie(text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{name}={mask(value)}" if equals else text
