"""Redact results. Reports show only results that were redacted here. Pure.

The values that `callbox.report.run_secrets` collects are redacted everywhere. Values beside credentials' names are
found by `callbox.exchange.redaction.secrets_by_name`.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from urllib.parse import quote, unquote_plus

from callbox.errors import CallboxError
from callbox.exchange.charset import change_text
from callbox.exchange.events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.redaction.bad_lines import redact_message, redact_script_place, redact_script_target
from callbox.exchange.redaction.credential_names import (
    is_credential_name,
    is_credential_parameter,
    redact_cookies,
    redact_credential,
)
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.exchange.redaction.token_shapes import redact_tokens
from callbox.exchange.redaction.values import redact_field
from callbox.exchange.request import UNSET, Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, redact_secret, reveal
from callbox.exchange.template import is_unfilled
from callbox.exchange.url import Url
from callbox.httpfile.assertion_evaluator import MAX_KEPT, CheckResult
from callbox.httpfile.model import Step
from callbox.httpfile.source import Template
from callbox.report.result import Result
from callbox.report.run_secrets import RunSecrets, secrets_of

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
        """The redacted result. Its redacted values are plain text, and are shown unchanged."""
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
        """Redact an exchange and those before it.

        The size becomes that of the redacted body, so that a cut body is noticed.
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
        if outgoing.secrets:  # also secrets that are too short to be searched in a whole run
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
        """Redact a text and then cut it. If it were cut first, part of a secret would not be recognised."""
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
        if error.place is not None and len(message) <= _MAX_MESSAGE:
            message = redact_message(message, error.place.source, self.text)
        redacted.message = self._short(message, _MAX_MESSAGE)
        redacted.hint = self._short(error.hint, _MAX_MESSAGE)
        redacted.args = (redacted.message,)
        if hasattr(redacted, "record"):
            redacted.record = None
        if error.place is not None:
            redacted.place = redact_script_place(error.place, self.text)
        return redacted


def redact(results: Iterable[Result]) -> tuple[Result, ...]:
    """Redact the results of a run. A secret that is found in one result is redacted in earlier ones, too."""
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
    """The parts of a result that its line shows, redacted.

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
