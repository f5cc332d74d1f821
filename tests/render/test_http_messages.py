import pytest
from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import (
    Content,
    Part,
    file_content,
    form_content,
    json_content,
    multipart_content,
)
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.render import http_messages
from callbox.render.ansi_and_sanitiser import plain, to_ansi

TOKEN = "eyJhbGciOiJIUzI1NiJ9A"
CONNECTION = Connection(4, True, "127.0.0.1:80", 50_000)


def response(status: int = 200, reason: str = "OK", *fields: tuple[str, str], **facts: object) -> ResponseHead:
    return ResponseHead(status, reason, Headers(fields), **facts)  # type: ignore[arg-type]


def outgoing(url: str = "https://api.x/u", *headers: Field, **facts: object) -> Outgoing:
    return Outgoing("POST", parse(url), headers, **facts)  # type: ignore[arg-type]


def shown(request: Outgoing, *, with_sources: bool = False, **how: object) -> str:
    return plain(http_messages.request(request, with_sources=with_sources, **how))  # type: ignore[arg-type]


@check_rows(
    ("answer", "line"),
    [
        (response(connection=CONNECTION), "HTTP/1.1 200 OK  connection 4 reused"),
        (response(404, "", connection=CONNECTION._replace(is_reused=False)), "HTTP/1.1 404  connection 4 new"),
        (response(999, "Odd", version="HTTP/1.0"), "HTTP/1.0 999 Odd"),
        (
            response(connection=CONNECTION._replace(tls="TLSv1.3 X", is_verified=False)),
            "HTTP/1.1 200 OK  connection 4 reused  not verified",
        ),
        (response(200, "a\x1b[31m\r\nb"), "HTTP/1.1 200 a\\x1b[31m\\r\\nb"),
    ],
    ids=["reused", "no reason", "old version", "not verified", "hostile reason"],
)
def test_status_line(answer: ResponseHead, line: str) -> None:
    assert plain(http_messages.status_line(answer)) == line + "\n"


@check_rows(("status", "style"), [(200, "status.ok"), (301, "status.redirect"), (500, "status.error")])
def test_a_status_has_the_style_of_its_class(status: int, style: str) -> None:
    assert (style, str(status)) in http_messages.status_line(response(status))


def test_a_head_shows_every_field_as_it_came() -> None:
    answer = response(200, "OK", ("Set-Cookie", "a=1"), ("x-B", "2"), ("set-cookie", "c=3"))

    assert plain(http_messages.head(answer)) == "HTTP/1.1 200 OK\nSet-Cookie: a=1\nx-B: 2\nset-cookie: c=3\n"


def test_fields_cannot_drive_the_terminal() -> None:
    answer = response(200, "OK", ("X\x1b", "a\x9b31m\u202e\n b"))

    assert plain(http_messages.head(answer)).split("\n", 1)[1] == "X\\x1b: a\\x9b31m\\u202e\\n b\n"


@pytest.mark.parametrize(
    ("url", "told"),
    [("https://api.x/b", "GET /b"), ("http://b.x/c?token=abc", "GET http://b.x/c?token=...")],
    ids=["same origin", "another origin"],
)
def test_a_hop_tells_where_it_leads(url: str, told: str) -> None:
    record = Record(Draft("GET", "/"), outgoing(), response(302, "Found", connection=CONNECTION))

    line = plain(http_messages.hop(record, Outgoing("GET", parse(url))))

    assert line == f"HTTP/1.1 302 Found  connection 4 reused  -> {told}\n"


@pytest.mark.parametrize(
    ("is_complete", "told"), [(True, "3.1 kB in 142 ms"), (False, "3.1 kB in 142 ms, cut off")], ids=["whole", "cut"]
)
def test_summary(is_complete: bool, told: str) -> None:
    answer = response(timings=Timings(total=0.142))

    assert http_messages.summary(Record(Draft("GET", "/"), outgoing(), answer, b"", 3100, (), is_complete)) == told


def test_a_request_is_shown_as_it_is_sent() -> None:
    request = outgoing(
        "https://api.x/u?q=a+b",
        Field("Host", "api.x", "default"),
        Field("Content-Type", "application/json", "body"),
        content=json_content('{"a":1}'),
    )

    assert shown(request) == ('POST /u?q=a+b HTTP/1.1\nHost: api.x\nContent-Type: application/json\n\n{\n  "a": 1\n}\n')


def test_origins_stand_in_one_column() -> None:
    request = outgoing(
        "https://api.x/u?page=2&a=1",
        Field("Host", "api.x", "default"),
        Field("X-Long-Name", "1", "session"),
        Field("Cookie", Secret("sid=1; b=2"), "jar"),
        query=(Field("page", "2", "item"), Field("a", "1", "session")),
        cookies=(Field("sid", "1", "jar"), Field("b", "2", "item")),
    )

    assert shown(request, with_sources=True, reveal=True).splitlines() == [
        "POST /u?page=2&a=1 HTTP/1.1",
        "  page==2           item",
        "  a==1              session",
        "Host: api.x         default",
        "X-Long-Name: 1      session",
        "Cookie: sid=1; b=2  jar",
        "  sid=1             jar",
        "  b=2               item",
    ]


def test_parameters_that_were_typed_in_the_url_are_not_told_again() -> None:
    request = outgoing("http://a/?x=1", query=(Field("x", "1", "url"),))

    assert shown(request, with_sources=True) == "POST /?x=1 HTTP/1.1\n"


def test_the_origin_of_a_long_field_stands_below_it() -> None:
    request = outgoing("http://a/", Field("A", "1", "default"), Field("B", "x" * 60, "session"))

    assert shown(request, with_sources=True, width=40).splitlines()[1:] == [
        "A: 1  default",
        "B: " + "x" * 60,
        "      session",
    ]


SECRETS = [
    ("field", outgoing("http://a/", Field("Authorization", Secret(TOKEN, "Bearer "), "auth"))),
    ("field of that name", outgoing("http://a/", Field("X-Api-Key", TOKEN, "session"))),
    ("typed field", outgoing("http://a/", Field("Authorization", f"Bearer {TOKEN}", "item"))),
    ("target", outgoing(f"http://a/?access_token={TOKEN}")),
    ("encoded target", outgoing(f"http://a/?access%5Ftoken={TOKEN}")),
    ("parameter", outgoing(f"http://a/?q={TOKEN}", query=(Field("q", Secret(TOKEN), "session"),))),
    (
        "cookies",
        outgoing("http://a/", Field("Cookie", Secret(f"sid={TOKEN}"), "jar"), cookies=(Field("sid", TOKEN, "jar"),)),
    ),
    ("typed cookies", outgoing("http://a/", Field("Cookie", f"a=1; sid={TOKEN}; {TOKEN}", "item"))),
]


@check_rows("request_", [request for _, request in SECRETS], ids=[name for name, _ in SECRETS])
@check_rows("with_sources", [True, False])
def test_secrets_are_masked_until_revealed(request_: Outgoing, with_sources: bool) -> None:
    masked = shown(request_, with_sources=with_sources)

    assert TOKEN not in masked
    assert "..." in masked
    assert TOKEN in shown(request_, with_sources=with_sources, reveal=True)


def test_cookie_names_stay_readable() -> None:
    request = outgoing("http://a/", Field("Cookie", "a=1; sid=abc", "item"))

    assert "Cookie: a=...; sid=...\n" in shown(request)


@check_rows(
    ("content", "lines"),
    [
        (form_content([("a", "1"), ("b", "x y")]), ["a=1&b=x+y"]),
        (file_content("up\x1b.bin", lambda: [b""], 3100), ["< up\\x1b.bin  (3.1 kB)"]),
        (file_content("up.bin", lambda: [b""], None), ["< up.bin"]),
        (Content(None, kind="stream"), ["a stream"]),
        (Content(b"hi\x07", "text/plain"), ["hi\\x07"]),
        (
            multipart_content([Part("a", b"1"), Part("f", b"xyz", "up.png", "image/png")], "b"),
            ["a=1", "f@up.png;type=image/png  (3 B)"],
        ),
        (
            multipart_content([Part("f", filename="u", path="./u.txt", pieces=lambda: [b""], length=2000)], "b"),
            ["f@./u.txt  (2.0 kB)"],
        ),
    ],
    ids=["form", "file", "file of unknown size", "stream", "text", "multipart", "streamed part"],
)
def test_bodies_of_requests(content: Content, lines: list[str]) -> None:
    assert shown(outgoing("http://a/", content=content)).splitlines()[2:] == lines


def test_a_request_without_its_body() -> None:
    assert shown(outgoing("http://a/", content=json_content("[]")), body=False) == "POST / HTTP/1.1\n"


def test_a_request_without_its_head() -> None:
    assert shown(outgoing("http://a/", content=json_content("[]")), head=False) == "[]\n"


def test_a_request_without_head_and_content_is_empty() -> None:
    assert shown(outgoing("http://a/"), head=False) == ""


def test_the_type_that_was_said_decides_how_a_body_is_shown() -> None:
    request = outgoing("http://a/", Field("content-type", "text/plain", "item"), content=json_content("[1]"))

    assert shown(request).endswith("\n[1]\n")


def test_a_hostile_request_cannot_drive_the_terminal() -> None:
    request = Outgoing("G\x1bET", parse("http://a/\x1b"), (Field("X\x9b", "\x1b]0;t\x07", "it\x1bem"),))

    text = to_ansi(http_messages.request(request, with_sources=True), 0)

    assert not set(text) & set("\x1b\x9b\x07")


@pytest.mark.parametrize("raw", [b"\xc3\xa9.txt", b"\xe9.txt"], ids=["utf-8", "latin-1"])
def test_values_and_reasons_are_shown_as_utf8_where_they_are_that(raw: bytes) -> None:
    text = raw.decode("latin-1")

    assert plain(http_messages.head(response(200, text, ("X-A", text)))) == "HTTP/1.1 200 é.txt\nX-A: é.txt\n"
