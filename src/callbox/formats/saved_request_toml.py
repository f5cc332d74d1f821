"""Saved requests: convert a draft to TOML, which people can read and edit, and back. Pure.

The file has the draft, and not the merged request. So the URL may be relative, and values of the session are not in it.
The file has no secrets. A header or parameter with a secret has `secret = "?"`. In a body, `{{name}}` replaces a
secret, and the key `asks` lists these names. In a URL, the key `fills` lists further names, whose values are filled in
without encoding.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus, unquote_plus

from callbox.errors import UsageError
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.redaction.secrets_by_name import TEXT_FINDERS, find_candidates, find_members, replace_named
from callbox.exchange.redaction.secrets_by_value import redact_filled, redact_filled_data
from callbox.exchange.redaction.urls import redact_url
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content, Part, file_content, multipart_content
from callbox.exchange.secret import ASK, ReferencedSecret, Secret
from callbox.exchange.template_braces import is_unfilled
from callbox.formats.session_toml import VERSION
from callbox.formats.toml import Damaged, read_toml

_JSON_PAIR: Final = re.compile(r'("((?:[^"\\]|\\.){1,100}+)"\s*+:\s*+")((?:[^"\\]|\\.)++)(")')
_JSON_ITEM: Final = re.compile(r'("((?:[^"\\]|\\.)*+)"|-?\d[\d.eE+-]*+)(\s*+:)?+')
_URL_PAIR: Final = re.compile(
    r"((?<=[?&#;])([^=&#?;]{1,300})=|(?<=//)[^/?#@:]{1,300}:)((?<==)[^&#]++|(?<=:)[^/?#@]{1,300}+(?=@))()"
)
"""Patterns for credentials in a text that is neither JSON nor a form, each with the number of the group that is the
value.
"""
_FORM_PAIR: Final = re.compile(r"(?:^|(?<=&))(([^=&]{1,300})=)([^&]+)()")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "version": (int,), "method": (str,), "url": (str,), "asks": (list,), "fills": (list,), "headers": (list,),
    "query": (list,), "options": (dict,),
    "body": (dict,),
}  # fmt: skip
_BODY: Mapping[str, tuple[type, ...]] = {
    "kind": (str,), "type": (str,), "text": (str,), "base64": (str,), "file": (str,), "asks": (list,), "parts": (list,),
}  # fmt: skip
_PART: Mapping[str, tuple[type, ...]] = {
    "name": (str,), "type": (str,), "text": (str,), "secret": (str,), "base64": (str,), "file": (str,),
    "filename": (str,),
}  # fmt: skip

Pieces = Callable[[str], tuple[Callable[[], Any], int | None]]


class Sources(NamedTuple):
    """The functions of the caller that read files and ask for secrets while `read_request` loads a saved request."""

    find: Callable[[str, str], str]
    """Finds a secret. Takes a reference (such as `env:TOKEN`) and a label for messages, and returns the secret. For the
    reference `?`, it asks the user.
    """
    open_pieces: Pieces
    """Prepares a file to send. Returns a function that yields the file in pieces, from the start at each call, and the
    length of the file in bytes.
    """
    boundary: str
    """The boundary for a multipart body."""


def write_request(draft: Draft, options: Mapping[str, str]) -> bytes:
    """Write a draft as the text of a request file. `options` are the options of the draft, as text. Raises `UsageError`
    for a body that can be read only once, and for a secret where no prompt can replace it, such as in the name of a
    header.
    """
    import tomli_w

    secrets = draft.secrets
    for text in _unasked_texts(draft):
        if redact_filled(text, secrets) != text:
            raise UsageError(
                "A name, the method or a path of this request contains a secret, so the request is not saved"
            )
    url, asks = _redact(draft.url, _URL_PAIR)
    url, fills = _redact_filled(url, secrets, asks)
    document: dict[str, object] = {"version": VERSION, "method": draft.method, "url": url}
    if asks:
        document["asks"] = asks
    if fills:
        document["fills"] = fills
    for key, pairs in (("headers", draft.headers), ("query", draft.query)):
        if pairs:
            document[key] = [_pair(name, value, secrets) for name, value in pairs]
    if options:
        document["options"] = {
            key: {"secret": ASK} if redact_filled(redact_url(text), secrets) != text else text
            for key, text in options.items()
        }
    if draft.content is not None:
        document["body"] = dict(_body(draft.content, secrets))
    try:
        return tomli_w.dumps(document).encode()
    except UnicodeEncodeError:
        raise UsageError("The request holds text that is not valid Unicode") from None


def _unasked_texts(draft: Draft) -> Iterator[str]:
    """Yield the texts of a draft that are written unchanged. No prompt can replace a secret in them."""
    yield draft.method
    yield from (name for name, _ in (*draft.headers, *draft.query))
    if draft.content is not None:
        yield draft.content.path
        for part in draft.content.parts:
            yield from (part.name, part.path, part.filename or "", part.media_type or "")


def read_line(data: bytes, name: str) -> tuple[str, str]:
    """Parse only the method and the URL of a request file, for a list. Raises `Damaged`."""
    document = _known_keys(read_toml(data, name), _TYPES, name)
    return document.get("method", "GET"), document.get("url", "")


def read_request(data: bytes, name: str, sources: Sources) -> tuple[Draft, Mapping[str, str]]:
    """Parse a request file. Returns the draft, and its options as text. Secrets come from `sources`, which may ask the
    user. `name` is the name of the file, for errors. Raises `Damaged`, and the errors of `sources`.
    """
    document = _known_keys(read_toml(data, name), _TYPES, name)
    if document.get("version") != VERSION:
        raise Damaged(f"{name} is not a request file of callbox", hint=f"such a file begins with: version = {VERSION}")
    if not document.get("url") and not document.get("method"):
        raise Damaged(f"{name} has no url")
    headers = [_read_pair(item, name, sources) for item in document.get("headers", ())]
    query = [_read_pair(item, name, sources) for item in document.get("query", ())]
    content = _read_body(document["body"], name, sources) if "body" in document else None
    url = _fill_prompts(document.get("url", ""), document.get("asks", ()), "form", sources)
    url = _fill_prompts(url, document.get("fills", ()), "raw", sources)
    draft = Draft(
        method=document.get("method", "GET"), url=url, headers=tuple(headers), query=tuple(query), content=content
    )
    options = {
        key: sources.find(ASK, f"option {key}") if isinstance(value, dict) else _plain(value)
        for key, value in document.get("options", {}).items()
    }
    return draft, options


def read_plain_options(data: bytes, name: str) -> dict[str, str]:
    """Parse only the options of a request file. Returns their texts; an option with a secret is left out. Raises
    `Damaged`.
    """
    document = _known_keys(read_toml(data, name), _TYPES, name)
    options = document.get("options", {})
    return {key: _plain(value) for key, value in options.items() if not isinstance(value, dict)}


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _pair(name: str, value: str | Secret | None, secrets: Mapping[str, str]) -> dict[str, object]:
    if value is None:
        return {"name": name, "left-out": True}
    if isinstance(value, ReferencedSecret):
        return {"name": name, "secret": value.reference}
    if isinstance(value, Secret) or (value and _is_secret(name, value, secrets)):
        return {"name": name, "secret": ASK}
    return {"name": name, "value": value}


def _is_secret(name: str, value: str, secrets: Mapping[str, str]) -> bool:
    return is_credential_name(name) or tells_secret(value) or redact_filled(value, secrets) != value


def _read_pair(item: object, name: str, sources: Sources) -> tuple[str, str | None]:
    types = {"name": (str,), "value": (str,), "secret": (str,), "left-out": (bool,)}
    fields = _known_keys(item, types, name)
    key = fields.get("name", "")
    if "secret" in fields:
        return key, sources.find(fields["secret"], key)
    return key, None if fields.get("left-out") else fields.get("value", "")


def _body(content: Content, secrets: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    yield "kind", content.kind
    if content.media_type and content.kind != "multipart":
        yield "type", content.media_type
    if content.kind == "multipart" and content.parts:
        yield "parts", [dict(_part(part, secrets)) for part in content.parts]
    elif content.path:
        yield "file", content.path
    elif content.data is None:
        raise UsageError("The body was read from a stream and cannot be saved")
    else:
        yield from _data(content.data, content.kind, secrets)


def _data(data: bytes, kind: str, secrets: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if redact_filled_data(data, secrets) != data:
            raise UsageError("The body is not text and contains a secret, so the request is not saved") from None
        yield "base64", b64encode(data).decode()
        return
    pattern = {"json": _JSON_PAIR, "form": _FORM_PAIR}.get(kind)
    text, asks = _redact(text, pattern) if pattern is not None else (text, [])
    if kind == "json":
        text, more = _redact_json(text, asks)
        asks = [*asks, *more]
    elif pattern is None:
        text, asks = _redact_text(text)
    if kind != "form":
        text, more = _redact_rest(text, asks)
        asks = [*asks, *more]
    text, filled = _redact_filled(text, secrets, asks)
    asks = [*asks, *filled]
    yield "text", text
    if asks:
        yield "asks", asks


def _redact(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    """Replace each secret that `pattern` finds by `{{name}}`. Returns the new text, and the list of these names, which
    do not occur in the text.
    """
    asks: list[str] = []

    pieces: list[str] = []
    at = searched = 0
    while (match := pattern.search(text, searched)) is not None:
        name = "password" if match[2] is None else unquote_plus(match[2])
        searched = match.end(1)  # The value may itself contain a URL with a secret.
        if is_credential_parameter(name) or tells_secret(unquote_plus(match[3])):
            ask = _new_prompt(name, text, ())
            asks.append(ask)
            pieces += [text[at : match.start()], f"{match[1]}{{{{{ask}}}}}{match[4]}"]
            at = searched = match.end()
    return "".join([*pieces, text[at:]]), list(dict.fromkeys(asks))


def _redact_filled(text: str, secrets: Mapping[str, str], taken: Collection[str]) -> tuple[str, list[str]]:
    """Replace the secrets that variables filled in by `{{name}}`. Returns the new text and the list of names. Secrets
    of one variable have the same name.
    """
    names: dict[str, str] = {}

    def ask(value: str) -> str:
        if value not in names:
            names[value] = _new_prompt(secrets.get(value, "secret"), text, (*taken, *names.values()))
        return f"{{{{{names[value]}}}}}"

    return redact_filled(text, secrets, ask), list(names.values())


def _redact_text(text: str) -> tuple[str, list[str]]:
    """Replace secrets by `{{name}}` in name-value pairs, elements, attributes, lines and JSON members of any text."""
    asks: list[str] = []
    for find in TEXT_FINDERS:
        pieces, at = [], 0
        for found in find(text, find_candidates(text)):
            if is_unfilled(found[3]):
                continue
            ask = _new_prompt(found[2], text, asks)
            asks.append(ask)
            pieces += [text[at : found.start(3)], f"{{{{{ask}}}}}"]
            at = found.start(3) + len(found[3])
        text = "".join([*pieces, text[at:]])
    text, more = _redact_json(text, asks)
    return text, [*asks, *more]


def _redact_json(text: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """Replace secret numbers, arrays and objects in JSON by `{{name}}`, each by a name of its own."""
    asks: list[str] = []
    parts, at = [], 0
    for found in find_members(text, find_candidates(text)):

        def redact(item: re.Match[str], name: str = found[2]) -> str:
            if item[3] or is_unfilled(item[1].strip('"')):
                return item[0]
            ask = _new_prompt(name, text, (*known, *asks))
            asks.append(ask)
            return f'"{{{{{ask}}}}}"' if item[2] is not None else f"{{{{{ask}}}}}"

        parts += [text[at : found.start(3)], _JSON_ITEM.sub(redact, found[3])]
        at = found.end(3)
    return "".join([*parts, text[at:]]), asks


def _redact_rest(text: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """Replace by `{{name}}` every secret that is left and that the screen would redact, such as one in an item of a
    list.
    """
    asks: list[str] = []

    def ask(name: str, _: str) -> str:
        asks.append(_new_prompt(name, text, (*known, *asks)))
        return f"{{{{{asks[-1]}}}}}"

    return replace_named(text, ask), asks


def _new_prompt(name: str, text: str, taken: Collection[str]) -> str:
    stem = re.sub(r"\W+", "_", name) or "secret"
    names = (stem, *(f"{stem}{n}" for n in range(2, 10_000)))
    return next(one for one in names if one not in taken and f"{{{{{one}}}}}" not in text)


def _part(part: Part, secrets: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    yield "name", part.name
    if part.path:
        yield "file", part.path
    elif _is_secret(part.name, part.data.decode("utf-8", "replace"), secrets):
        yield "secret", ASK
    else:
        yield next(_data(part.data, "raw", secrets))
    if part.filename is not None:
        yield "filename", part.filename
    if part.media_type is not None:
        yield "type", part.media_type


def _read_body(item: object, name: str, sources: Sources) -> Content:
    fields = _known_keys(item, _BODY, name)
    kind, media_type = fields.get("kind", "raw"), fields.get("type")
    if "parts" in fields:
        return multipart_content([_read_part(part, name, sources) for part in fields["parts"]], sources.boundary)
    if "file" in fields:
        pieces, length = sources.open_pieces(fields["file"])
        return file_content(fields["file"], pieces, length, media_type)
    text = _fill_prompts(fields.get("text", ""), fields.get("asks", ()), kind, sources)
    return Content(_bytes(fields["base64"], name) if "base64" in fields else text.encode(), media_type, kind)


def _fill_prompts(text: str, asks: Iterable[object], kind: str, sources: Sources) -> str:
    for ask in asks:
        text = text.replace(f"{{{{{ask}}}}}", _escape_for(kind, sources.find(ASK, str(ask))))
    return text


def _escape_for(kind: str, text: str) -> str:
    """Escape a text for a body of this kind, such as JSON or a form."""
    if kind == "json":
        import json

        return json.dumps(text, ensure_ascii=False)[1:-1]
    return quote_plus(text) if kind == "form" else text


def _read_part(item: object, name: str, sources: Sources) -> Part:
    fields = _known_keys(item, _PART, name)
    part = Part(fields.get("name", ""), b"", fields.get("filename"), fields.get("type"))
    if "file" in fields:
        pieces, length = sources.open_pieces(fields["file"])
        return part._replace(path=fields["file"], pieces=pieces, length=length)
    if "secret" in fields:
        return part._replace(data=sources.find(fields["secret"], part.name).encode())
    return part._replace(data=_bytes(fields["base64"], name) if "base64" in fields else fields.get("text", "").encode())


def _bytes(text: str, name: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Damaged(f"{name} is damaged: a body is not base64") from None


def _known_keys(item: object, types: Mapping[str, tuple[type, ...]], name: str) -> dict[str, Any]:
    """The keys of a table that this version knows. Raises `Damaged` if one has a wrong type. Other keys are ignored,
    because they are of other versions.
    """
    if not isinstance(item, dict):
        raise Damaged(f"{name} is damaged: a table is missing")
    for key, value in item.items():
        if key in types and type(value) not in types[key]:
            raise Damaged(f"{name} is damaged: {key} has a wrong value")
    return {key: value for key, value in item.items() if key in types}
