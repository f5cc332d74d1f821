from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import invisible_characters, lint, sending_lints

TEXT = "POST http://a/\nContent-Type: text/plain; charset={0}\n\ncaf\u00e9"
FORM = "POST http://a/\nContent-Type: multipart/form-data; boundary={0}\n\n{1}\nContent-Disposition: form-data; name=x\n\n1\n{2}"

PART_TEXT = (
    "POST http://a/\nContent-Type: multipart/form-data; boundary=B\n\n--B\nContent-Disposition: form-data; name=x\n"
    "Content-Type: text/plain; charset={0}\n\ncaf\u00e9\n--B--"
)


@check_rows(
    ("text", "code", "place"),
    [
        pytest.param("GET http://a/b # all of them", "url-comment", (1, 16), id="comment behind the URL"),
        pytest.param("@b = http://a/v1 # dev\nGET {{b}}/c", "url-comment", (1, 18), id="behind the URL of a variable"),
        pytest.param("@b = http://a/v1  // dev\nGET {{b}}/c", "url-comment", (1, 19), id="slashes there"),
        pytest.param("GET http://a/ HTTP/2", "http-version", (1, 5), id="HTTP/2"),
        pytest.param("GET http://a/\n  ?b=1 HTTP/3", "http-version", (2, 3), id="HTTP/3 behind a continuation"),
        pytest.param("GET http://a/ HTTP/1.0", "http-version", (1, 5), id="an older version"),
        pytest.param("GET http://a/b?c=1 // all", "url-comment", (1, 20), id="slashes behind the URL"),
        pytest.param("GET http://a/\n  ?b=1 # the first\n  &c=2", "url-comment", (2, 8), id="behind a continuation"),
        pytest.param("GET http://a/\n  ?b=1\n  ?c=2", "query-mark", (3, 3), id="a second ?"),
        pytest.param("GET http://a/\n#  ?b=1\n  &c=2", "query-mark", (3, 3), id="an & below no ?"),
        pytest.param(
            'POST http://a/\nX-Request-Type: GraphQL\n\n{\n  "query": "{ a }"\n}',
            "query-of-json",
            (4, 1),
            id="JSON for a query",
        ),
        pytest.param("GET http://a/?c=#f00&d=2", "url-fragment", (1, 17), id="parameters behind a #"),
        pytest.param("GET http://a/?q=C#&r=1", "url-fragment", (1, 18), id="a # at the end of a value"),
        pytest.param("GET http://a/\n  ?c=#f00\n  &d=2", "url-fragment", (2, 6), id="parameters in a later line"),
        pytest.param("@u = http://a/?c=#f00&d=2\nGET {{u}}", "url-fragment", (1, 18), id="in the URL of a variable"),
        pytest.param(TEXT.format("iso-8859-1"), "charset", (2, 1), id="another charset"),
        pytest.param(TEXT.format('"Windows-1252"; x=y'), "charset", (2, 1), id="charset in quotes"),
        pytest.param(TEXT.format("us-ascii"), "charset", (2, 1), id="charset too small"),
        pytest.param(TEXT.format("nonsense"), "charset", (2, 1), id="unknown charset"),
        pytest.param(
            TEXT.format("nonsense").replace("caf\u00e9", "<@ a.txt"), "charset", (2, 1), id="unknown charset of a file"
        ),
        pytest.param(PART_TEXT.format("iso-8859-1"), "charset", (6, 1), id="charset of a part"),
        pytest.param(PART_TEXT.format("nonsense"), "charset", (6, 1), id="unknown charset of a part"),
        pytest.param(
            "POST http://a/\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n1\n"
            + PART_TEXT.format("iso-8859-1").partition("\n\n")[2],
            "charset",
            (9, 1),
            id="charset of a later part",
        ),
        pytest.param(FORM.format("B", "--C", "--C--"), "boundary", (4, 1), id="another boundary"),
        pytest.param(FORM.format("--B", "--B", "--B--"), "boundary", (4, 1), id="two dashes too few"),
        pytest.param(FORM.format("B", "B", "B"), "boundary", (2, 1), id="no delimiter at all"),
        pytest.param(FORM.format("B", "--B", ""), "boundary", (7, 1), id="last part left open"),
        pytest.param(FORM.format("B", "--B", "--B"), "boundary", (8, 1), id="ended by another part"),
        pytest.param(FORM.format("B", "--B", "< a.txt"), "boundary", (8, 3), id="file left open"),
        pytest.param(
            FORM.replace("; boundary={0}", "").format("", "--B", "--B--"),
            "no-boundary",
            (2, 1),
            id="none said",
        ),
    ],
)
def test_what_is_sent_otherwise_than_meant_is_told_at_each_run(text, code, place) -> None:
    (found,) = sending_lints(parse(text))

    assert (found.code, (found.at.line, found.at.column), found.severity) == (code, place, "lint")
    assert found in lint(parse(text))


@check_rows(
    ("text", "place", "named"),
    [
        pytest.param("GET http://a/\u200b", (1, 14), "zero width space", id="URL"),
        pytest.param("GET http://a/\nAuthorization: Bearer\u00a0x", (2, 22), "no-break space", id="header"),
        pytest.param("GET http://a/\nX: b\ufeff", (2, 5), "byte order mark", id="mark"),
        pytest.param("GET http://a/\nX: b\u2009c", (2, 5), "thin space", id="seen as a blank"),
    ],
)
def test_what_cannot_be_seen_is_named(text, place, named) -> None:
    (found,) = invisible_characters(parse(text))

    assert (found.code, (found.at.line, found.at.column)) == ("unseen", place)
    assert named in found.message
    assert found in lint(parse(text))


@check_rows(
    "text",
    [
        pytest.param("GET {{u}}\n  &b=1", id="the variable may have a ?"),
        pytest.param("GET http://a/?b=1\n  &c=2", id="a ? on the line itself"),
        "GET http://a/b#c",
        TEXT.format("UTF-8"),
        TEXT.format("utf8"),
        TEXT.format("{{c}}"),
        TEXT.format("iso-8859-1").replace("\u00e9", "e"),
        TEXT.format("iso-8859-1").replace("caf\u00e9", "< latin.txt"),
        "GET http://a/b//c?d=//e#f",
        "GET http://a/{{b // c}}",
        "@b = C # the language\nGET http://a/?q={{b}}",
        "@b = see https://a // here\nGET http://a/?q={{b}}",
        "@b = http://a/v1#top\nGET {{b}}",
        "GET http://a/?q=1#/b?c=2&d=3",
        FORM.format("B", "--B", "--B--"),
        FORM.format('"B C"', "--B C", "--B C--  "),
        FORM.format("B{{$timestamp}}", "--B{{$timestamp}}", "--B{{$timestamp}}--"),
        FORM.format("{{b}}", "--B", "--B--"),
        "POST http://a/\nContent-Type: multipart/form-data; boundary=B\n\n< whole.txt",
        "POST http://a/\nContent-Type: multipart/form-data; boundary=B",
        "# @raw-body\n" + FORM.format("B", "--C", ""),
        "GET http://a/\nX-A: b # c",
        "GRAPHQL http://a/\n\n{ a }",
        'GRAPHQL http://a/\n\nquery { a }\n\n{"b": 1}',
    ],
)
def test_what_may_be_meant_is_no_slip(text) -> None:
    assert list(sending_lints(parse(text))) == []
