"""Sample content: formats, charsets, numbers, and text with terminal escapes."""

from __future__ import annotations

from collections.abc import Callable

from callbox.practice.http_messages import JSON_TYPE, Problem, ServerResponse, encode, json_response, text_response
from callbox.practice.json_schema import Schema
from callbox.practice.router import Endpoint, HandlerCall, Param, ResponseSpec, json_spec, problem_spec
from callbox.practice.server_state import BOOKS

# Sets a title and a colour, clears the screen, rings the bell. Also two C1 forms of these, a link, and reversed text.
ESCAPES = (
    "title: \x1b]0;owned\x07 colour: \x1b[31mred\x1b[0m clear: \x1b[2J\x1b[H bell: \x07 "
    "c1: \x9b31mred\x9b0m \x9d0;owned\x9c link: \x1b]8;;http://example.com/\x1b\\click\x1b]8;;\x1b\\ "
    "back: a\x08b return: safe\rowned bidi: \u202egnp.exe\u202c isolate: \u2067abc\u2069 zero: a\u200bb end\n"
)
_IN_FIELD = "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b31mred \u202egnp.exe\u202c"
_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Books</title></head>
<body>
<h1>Books</h1>
<ul>
{rows}
</ul>
<p>Ask at the <a href="/echo">desk</a> &amp; be patient.</p>
</body>
</html>
"""
_NUMBERS = b"""{"zebra": 1, "apple": 2, "zebra": 3,
 "big": 12345678901234567890123456789, "price": 1.10, "whole": 1.0, "small": 1e-7, "large": 1E400,
 "negative zero": -0.0, "precise": 0.1000000000000000055511151231257827,
 "10": "ten", "9": "nine", "nested": {"b": [1.0, 1.00, 1.000], "a": null}}
"""
_UNICODE = {
    "accents": "Charlotte Brontë, Citroën, naïve",
    "decomposed": "e\u0301 n\u0303",
    "wide": "源氏物語 紫式部",
    "right to left": "שלום עולם, مرحبا بالعالم",
    "emoji": "📚 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "combining": "Z͑ͫ̓a̴l̷g̶o̵",
    "astral": "𝒽𝓉𝓉𝓅",
    "escaped": 'tab\tquote"backslash\\line\nend',
    "lone": "nul \u0000 del \u007f nbsp \u00a0 line \u2028 bom \ufeff",
}
_TEXTS = {
    "utf-8": "Brontë wrote in ink — “naïve”, she said. 源氏物語\n",
    "latin-1": "Brontë wrote in ink: «naïve», she said. ½ £3\n",
    "windows-1252": "Brontë wrote in ink — “naïve”, she said. €3\n",
    "utf-16": "Brontë wrote in ink — “naïve”, she said. 源氏物語\n",
    "koi8-r": "Преступление и наказание\n",
    "shift_jis": "源氏物語は紫式部が書いた。\n",
    "gb18030": "红楼梦\n",
}


def _html(_call: HandlerCall) -> ServerResponse:
    rows = "\n".join(f"<li><cite>{book.title}</cite>, {book.author}</li>" for book in BOOKS[:8])
    return text_response(_HTML.format(rows=rows), "text/html; charset=utf-8")


def _xml(_call: HandlerCall) -> ServerResponse:
    rows = "".join(
        f'  <book id="{number}" genre="{book.genre}">\n    <title>{book.title}</title>\n'
        f"    <author>{book.author}</author>\n    <year>{book.year}</year>\n  </book>\n"
        for number, book in enumerate(BOOKS[:8], start=1)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- the first eight -->\n'
    text = f'{head}<books xmlns="urn:example:books">\n{rows}  <note><![CDATA[a < b & c]]></note>\n</books>\n'
    return text_response(text, "application/xml")


def _csv(_call: HandlerCall) -> ServerResponse:
    rows = [f'{n},"{book.title}","{book.author}",{book.year}\r\n' for n, book in enumerate(BOOKS[:20], start=1)]
    rows.append('21,"A ""quoted"" title, with a comma","Two\r\nlines",1900\r\n')
    return text_response("id,title,author,year\r\n" + "".join(rows), "text/csv; charset=utf-8; header=present")


def _text(call: HandlerCall) -> ServerResponse:
    charset = call.text("charset")
    fields = (("Content-Type", f"text/plain; charset={charset}"),)
    return ServerResponse(200, fields, _TEXTS[charset].encode(charset))


def _unicode(_call: HandlerCall) -> ServerResponse:
    return json_response(_UNICODE)


def _numbers(_call: HandlerCall) -> ServerResponse:
    return ServerResponse(200, (("Content-Type", JSON_TYPE),), _NUMBERS)


def _escapes(_call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "text/plain; charset=utf-8"), ("X-Escapes", _IN_FIELD))
    return ServerResponse(200, fields, ESCAPES.encode("utf-8"), reason=f"OK {_IN_FIELD}")


def _escapes_json(_call: HandlerCall) -> ServerResponse:
    """JSON with terminal escapes: unescaped, as a careless server writes them, and once escaped."""
    raw = ESCAPES.strip().encode("utf-8").replace(b"\\", b"\\\\")
    body = b'{"raw": "' + raw + b'", "escaped": ' + encode(ESCAPES).strip() + b"}\n"
    return ServerResponse(200, (("Content-Type", JSON_TYPE), ("X-Escapes", _IN_FIELD)), body)


def _repeated(_call: HandlerCall) -> ServerResponse:
    fields = tuple(("X-Repeated", value) for value in ("one", "two", "three"))
    cookies = tuple(("Set-Cookie", f"{name}; Path=/") for name in ("first=1", "second=2"))
    return json_response({"repeated": ["X-Repeated", "Set-Cookie"]}, fields=(*fields, *cookies))


_FRAMING = ("content-length", "transfer-encoding", "connection", "date", "server", "trailer", "upgrade")
_NAME_MARKS = "!#$%&'*+-.^_`|~"


def _set_fields(call: HandlerCall) -> ServerResponse:
    pairs = call.request.query_pairs()
    for name, value in pairs:
        is_token = name.isascii() and all(each.isalnum() or each in _NAME_MARKS for each in name)
        if not name or not is_token or name.lower() in _FRAMING:
            raise Problem(422, f"that header cannot be set: {name[:80]!r}", errors={name: "cannot be set"})
        if any(each in "\r\n\0" for each in value):
            raise Problem(422, f"a line cannot end within {name}", errors={name: "must be one line"})
        if name.lower().startswith("access-control-"):
            raise Problem(422, "no other origin may read what this API says", errors={name: "cannot be set"})
    has_type = any(name.lower() == "content-type" for name, _ in pairs)
    body = encode({"set": [list(pair) for pair in pairs]})
    # The caller may choose an HTML type, so a browser must not run scripts in it.
    fields = (*pairs, ("Content-Security-Policy", "sandbox")) if has_type else (("Content-Type", JSON_TYPE), *pairs)
    return ServerResponse(200, fields, body)


def _sample(path: str, handler: Callable[[HandlerCall], ServerResponse], summary: str, media_type: str) -> Endpoint:
    return Endpoint(
        "GET", path, handler, summary=summary, tag="samples", responses=(ResponseSpec(200, summary, media_type),)
    )


_CHARSET: Schema = {"type": "string", "enum": list(_TEXTS), "default": "utf-8"}
_ANYTHING: Schema = {"type": "object"}
ROUTES = (
    _sample("/html", _html, "A page", "text/html"),
    _sample("/xml", _xml, "A document, with a namespace and a CDATA section", "application/xml"),
    _sample("/csv", _csv, "A table, with quotes and a line end inside a cell", "text/csv"),
    Endpoint(
        "GET",
        "/text",
        _text,
        summary="Text in one of many character sets",
        tag="samples",
        params=(Param("charset", _CHARSET, "Which", "latin-1"),),
        responses=(ResponseSpec(200, "The text", "text/plain"),),
    ),
    Endpoint(
        "GET", "/unicode", _unicode, summary="JSON in many scripts", tag="samples", responses=(json_spec(_ANYTHING),)
    ),
    Endpoint(
        "GET",
        "/json/numbers",
        _numbers,
        summary="JSON whose numbers, order and repeated names are easily lost",
        tag="samples",
        responses=(json_spec(_ANYTHING),),
    ),
    _sample("/escapes", _escapes, "Terminal escapes in the body, a header and the reason", "text/plain"),
    Endpoint(
        "GET",
        "/escapes/json",
        _escapes_json,
        summary="Terminal escapes in JSON",
        tag="samples",
        responses=(ResponseSpec(200, "Not quite JSON: control characters stand in it raw", JSON_TYPE),),
        broken="control characters within strings",
    ),
    Endpoint(
        "GET",
        "/headers/repeated",
        _repeated,
        summary="One header three times, and two cookies",
        tag="samples",
        responses=(json_spec(_ANYTHING)._replace(fields=("X-Repeated", "Set-Cookie")),),
    ),
    Endpoint(
        "GET",
        "/headers/set",
        _set_fields,
        summary="A response with the headers that the query names",
        tag="samples",
        params=(Param("X-Practice", {"type": "string"}, "Any name, any value, as often as you like", "yes"),),
        responses=(json_spec(_ANYTHING), problem_spec(422, "That header cannot be set")),
    ),
)
