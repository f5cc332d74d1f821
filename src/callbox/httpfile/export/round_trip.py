"""Check that an exported script, parsed again, gives the same requests as the recorded exchanges. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.digest_auth import Digest
from callbox.exchange.events import Record
from callbox.exchange.media_types import boundary_of
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, FileBytes, multipart_content
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.resolver import resolve
from callbox.httpfile.variables.dynamic_variables import DynamicSources
from callbox.httpfile.variables.references import steps_by_name
from callbox.httpfile.variables.scope import Definitions, Layer, ResolutionContext, Scope

_WRITTEN_SOURCES = frozenset({"session", "auth", "netrc", "url"})


class Readback:
    """An exported script, parsed again."""

    def __init__(self, text: str, answers: Mapping[str, str]) -> None:
        """`answers` has the values for the prompts of the script."""
        self._script = parse(text, "")
        self._is_valid = not self._script.errors
        sources = DynamicSources(lambda: 0.0, _FixedRandom())
        above = (Layer("prompt", answers, True),)
        definitions = Definitions(self._script.variables)
        self._surroundings = ResolutionContext(
            script=self._script,
            names=steps_by_name(self._script),
            sources=sources,
            open_file=_open_nothing,
            frozen={},
            above=above,
            definitions=definitions,
        )

    def is_same(self, record: Record, number: int) -> bool:
        """Whether the parsed request with that number equals the recorded request."""
        if not self._is_valid or len(self._script.steps) < number:
            return False
        step = self._script.steps[number - 1]
        try:
            draft = resolve(step, Scope(self._surroundings, step, lambda _: None))
            return _fingerprint_of_draft(draft) == _fingerprint_of_record(record)
        except UsageError:
            return False


def written_headers(record: Record, outgoing: Outgoing) -> list[Field]:
    """The headers that the request or the session set, and the headers of the body (its type, chunked coding)."""
    sources = {*_WRITTEN_SOURCES, record.draft.source, "item", "script"}
    fields = _with_digest([field for field in outgoing.headers if field.source in sources], outgoing.auth)
    if outgoing.content is not None:
        own = ("content-type", "transfer-encoding")
        fields += [f for f in outgoing.headers if f.name.lower() in own and f not in fields]
    has_own_cookie = record.draft.cookies or any(cookie.source != "jar" for cookie in outgoing.cookies)
    if has_own_cookie and not any(field.name.lower() == "cookie" for field in fields):
        fields += [field for field in outgoing.headers if field.name.lower() == "cookie"]
    return fields


def _with_digest(fields: list[Field], auth: Auth | None) -> list[Field]:
    """Replace a digest, which is valid for a single request, by the user's credentials."""
    if not isinstance(auth, Digest):
        return fields
    kept = [field for field in fields if field.name.lower() != "authorization"]
    return [*kept, Field("Authorization", Secret(f"{auth.username}:{auth.password}", "Digest "), "auth")]


class _FixedRandom:
    """A source of random numbers that raises an error, because a script must not use one while it is compared."""

    def randrange(self, start: int, stop: int, /) -> int:
        return start

    def getrandbits(self, bits: int, /) -> int:
        return 0

    def random(self) -> float:
        return 0.0


def _open_nothing(path: str) -> FileBytes:
    """Stands for the function that opens files. Files are compared by path, so no file is read."""
    return FileBytes(lambda: (_marker(path),), None)


def _marker(path: str) -> bytes:
    return b"\0" + path.encode("utf-8", "replace") + b"\0"


def _fingerprint_of_draft(draft: Draft) -> tuple[object, ...]:
    headers = [(name.lower(), reveal(value or "").strip()) for name, value in draft.headers]
    auth = draft.auth if isinstance(draft.auth, Digest) else None
    headers += [(field.name.lower(), reveal(field.value).strip()) for field in _with_digest([], auth)]
    return draft.method, parse_url(draft.url).text, sorted(headers), _bytes(draft.content)


def _fingerprint_of_record(record: Record) -> tuple[object, ...]:
    outgoing = record.first_outgoing
    headers = [(field.name.lower(), reveal(field.value).strip()) for field in written_headers(record, outgoing)]
    return outgoing.method, outgoing.url.text, sorted(headers), _bytes(outgoing.content)


def _bytes(content: Content | None) -> bytes:
    """The body as bytes, in which a marker with the path stands for each file."""
    if content is None:
        return b""
    if content.parts:
        parts = [p._replace(data=_marker(p.path), pieces=None) if p.path else p for p in content.parts]
        content = multipart_content(parts, boundary_of(content.media_type or ""))
    if content.path:
        return _marker(content.path) + (b"\r\n" if content.kind == "multipart" else b"")
    return b"".join(content.chunks())
