import json

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.invisible_characters import has_unsafe
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.body import Window, body, pieces

TYPES = [
    "application/json",
    "application/x-ndjson",
    "text/event-stream",
    "text/html; charset=utf-8",
    "application/xml",
    "text/css",
    "text/javascript",
    "application/yaml",
    "text/csv",
    "application/x-www-form-urlencoded",
    "text/markdown",
    "text/plain; charset=utf-16",
    "text/plain; charset=base64",
    "image/png",
    "application/octet-stream",
    "",
    "nonsense",
]


def shown(data: bytes, media_type: str = "", **how: object) -> str:
    return plain(body(data, media_type, **how))  # type: ignore[arg-type]


@settings(deadline=None)  # the first example of a type imports its lexer
@given(
    st.binary(max_size=300), st.sampled_from(TYPES), st.integers(0, 90), st.sampled_from([None, 1, 4]), st.booleans()
)
def test_any_bytes_of_any_type_are_shown_safely(
    data: bytes, media_type: str, width: int, max_lines: int | None, is_whole: bool
) -> None:
    text = "".join(t for _, t in body(data, media_type, width=width, max_lines=max_lines, is_whole=is_whole))

    assert not has_unsafe(text)
    assert text.endswith("\n") or not text


@settings(deadline=None)  # the first example of a type imports its lexer
@given(st.text(), st.sampled_from(["text/plain", "text/html", "application/xml", "text/css", "application/yaml"]))
def test_text_is_shown_as_it_is(text: str, media_type: str) -> None:
    data = text.encode()
    if b"\0" in data or data.startswith(b"\xef\xbb\xbf"):
        return
    expected = "".join(t for _, t in body(data, "text/plain; charset=utf-8"))

    assert shown(data, f"{media_type}; charset=utf-8") == plain([("", expected)])


@settings(deadline=None)
@given(
    st.text(st.sampled_from('ab,"<>:\n\r\t {}é\x1b='), max_size=80),
    st.sampled_from([name for name in TYPES if "json" not in name and name.startswith(("text/", "application/x"))]),
    st.lists(st.integers(0, 90), max_size=5),
    st.sampled_from([None, 1, 4]),
)
def test_pieces_show_what_the_whole_shows(text: str, media_type: str, cuts: list[int], max_lines: int | None) -> None:
    media_type, data = media_type.partition(";")[0] + "; charset=utf-8", text.encode()
    window, out, start = Window(media_type, 80, max_lines, is_live=False), [], 0
    for end in [*sorted({min(cut, len(data)) for cut in cuts}), len(data)]:
        out += window.feed(data[start:end]) or []
        start = end

    assert plain(out + window.finish()) == shown(data, media_type, max_lines=max_lines)


def test_a_character_that_was_cut_off_proves_no_other_encoding():
    window = Window("text/plain", 80, None, is_live=False)
    shown = [*(window.feed(b"caf\xc3") or []), *window.finish(is_whole=False)]

    assert plain(shown).startswith("caf\ufffd\n")


def test_half_a_character_behind_a_full_window_is_counted():
    window, data = Window("text/plain; charset=utf-8", 80, 1, is_live=False), ":\né".encode()
    out = [*(window.feed(data[:3]) or []), *(window.feed(data[3:]) or [])]

    assert ".. 2 B more" in plain(out + window.finish())


# What a server may mean, and what is shown of it: the names are those of the fault matrix.
MEANINGS = {
    "esc-text": (b"a\x1b[31m\xc2\x9b\r\nb\x07", "text/plain", "a\\x1b[31m\\x9b\nb\\x07\n"),
    "esc-html": (b"<b>\x1b]0;x\x07</b>", "text/html", "<b>\\x1b]0;x\\x07</b>\n"),
    "esc-xml": (b"<a>\xe2\x80\xae</a>", "application/xml", "<a>\\u202e</a>\n"),
    "esc-json-uesc": (b'["\\u001b\\u009b\\u202e"]', "application/json", '[\n  "\\u001b\\u009b\\u202e"\n]\n'),
    "esc-json-key": (b'{"\\u001b":1}', "application/json", '{\n  "\\u001b": 1\n}\n'),
    "esc-json-raw": (
        b'["\x1b[31m"]',
        "application/json",
        '[\n  "\\x1b[31m"\n]\nnot strict JSON: a control character in a string\n',
    ),
    "esc-json-invalid": (
        b"{\x1b[31m}",
        "application/json",
        "{\\x1b[31m}\nnot JSON: '\\x1b' is not expected here (line 1, column 2)\n",
    ),
    "esc-latin1": (b"caf\xe9\x9b31m", "text/plain; charset=latin-1", "café\\x9b31m\n"),
    "cs-bogus": (b"caf\xc3\xa9", "text/plain; charset=bogus", None),
    "cs-nul": (b"caf\xc3\xa9", "text/plain; charset=a\0b", None),
    "utf8-bad": (b"a\xffb", "text/plain; charset=utf-8", "a\ufffdb\n"),
    "utf8-guessed": (b"caf\xe9 noir et creme", "text/plain", "café noir et creme\n"),
    "latin1-end": (b"caf\xe9", "text/plain", "café\n"),
    "utf8-end": (b"caf\xc3\xa9", "text/plain", "café\n"),
    "ct-garbage": (b"hello", ";;;===///", "hello\n"),
    "utf16-json": ("[1]".encode("utf-16-le"), "application/json", "[\n  1\n]\n"),
    "utf16-mark": ("[1]".encode("utf-16"), "application/json", "[\n  1\n]\n"),
    "bom-json": (b"\xef\xbb\xbf[1]", "application/json", "[\n  1\n]\n"),
    "json-float": (b"[1e999,-0.0]", "application/json", "[\n  1e999,\n  -0.0\n]\n"),
    "json-dup": (b'{"a":1,"a":2}', "application/json", '{\n  "a": 1,\n  "a": 2\n}\n'),
    "json-surrogate": (b'["\\ud800"]', "application/json", '[\n  "\\ud800"\n]\n'),
    "json-bigint": (b"[123456789012345678901]", "application/json", "[\n  123456789012345678901\n]\n"),
    "json-nan": (b"[NaN]", "application/json", "[\n  NaN\n]\nnot strict JSON: NaN\n"),
    "json-truncated": (b'{"a": [1', "application/json", '{"a": [1\nnot JSON: it ends too early (line 1, column 9)\n'),
    "json-html": (b"<p>", "application/json", "<p>\nnot JSON: '<p>' is not expected here (line 1, column 1)\n"),
    "json-xssi": (
        b")]}',\n{}",
        "application/json",
        ")]}',\n{}\n",
    ),
    "json-suffix": (b"[1]", "application/vnd.api+json; charset=utf-8", "[\n  1\n]\n"),
    "json-untyped": (b'  {"a":1}', "", '{\n  "a": 1\n}\n'),
    "json-empty": (b" ", "application/json", " \nnot JSON: it is empty (line 1, column 2)\n"),
    "empty": (b"", "application/json", ""),
    "xml-laughs": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml", None),
    "bin-image": (b"\x89PNG\r\n", "image/png", "image/png, 6 B\n"),
    "bin-text": (b"\0\1", "text/plain", "text/plain, 2 B\n0000  00 01                                            ..\n"),
    "svg-is-text": (b"<svg/>", "image/svg+xml", "<svg/>\n"),
    "octets-of-text": (b"hello", "application/octet-stream", "hello\n"),
    "octets-of-latin-text": (b"caf\xe9 noir", "application/octet-stream", "caf\xe9 noir\n"),
    "few-octets": (
        b"D \x82<\xfd\x0e",
        "application/octet-stream",
        "application/octet-stream, 6 B\n0000  44 20 82 3c fd 0e                                D .<..\n",
    ),
    "csv": (b"id,name\n1,Ann\n10,B\x1b\n", "text/csv", "id  name\n 1  Ann\n10  B\\x1b\n"),
    "csv-line-in-cell": (b'a,b\r\n"1\n2",x\r\n', "text/csv", "a     b\n1\\n2  x\n"),
    "tsv": (b"a\tb\n1\t2", "text/tab-separated-values", "a  b\n1  2\n"),
    "form": (b"a=1&bb=x+y%1b", "application/x-www-form-urlencoded", "a  = 1\nbb = x y\\x1b\n"),
    "markdown": (b"# x\n*y*", "text/markdown", "# x\n*y*\n"),
    "ndjson": (b'{"a":1}\r\n{"b":2}', "application/x-ndjson", '{"a":1}\n{"b":2}\n'),
    "events": (b": c\ndata: {}\n\n", "text/event-stream", ": c\ndata: {}\n\n"),
}


@check_rows("name", MEANINGS)
def test_meanings(name: str) -> None:
    data, media_type, expected = MEANINGS[name]

    text = shown(data, media_type)

    if expected is None:
        expected = plain([("", data.decode())]) + "\n"
        if "charset" in media_type:
            name = plain([("", media_type.partition("charset=")[2])])
            expected += f"charset '{name}' is not known, so the body was decoded as UTF-8 or Latin-1\n"
    assert text == expected


@check_rows("charset", ["base64", "zlib", "rot13", "hex", "idna", "unicode-escape", "utf-7", "undefined", "punycode"])
def test_a_codec_that_is_no_charset_is_not_used(charset: str) -> None:
    text = shown(b"SGVsbG8=+AGE-\\x41", f"text/plain; charset={charset}")

    assert (
        text == f"SGVsbG8=+AGE-\\x41\ncharset '{charset}' is not known, so the body was decoded as UTF-8 or Latin-1\n"
    )


def test_a_window_says_how_much_more_there_is() -> None:
    assert (
        shown(b"a\nb\nc\nd\n", "text/plain", max_lines=2)
        == "a\nb\n.. 4 B more; to see all: show last --whole, or > FILE\n"
    )


def test_a_window_of_a_known_beginning_counts_to_the_total() -> None:
    text = shown(b"a\nb\nc\n", "text/plain", max_lines=1, is_whole=False, total=49_900_002)

    assert text == "a\n.. 49.9 MB more; to see all: show last --whole, or > FILE\n"


def test_a_window_of_a_beginning_of_unknown_size_does_not_guess() -> None:
    assert (
        shown(b"a\nb\n", "text/plain", max_lines=1, is_whole=False)
        == "a\n.. more; to see all: show last --whole, or > FILE\n"
    )


@check_rows("data", [b"a\nb\n", b"a\nb", b"a\nb\n\n\n"])
def test_what_fits_its_window_has_no_more(data: bytes) -> None:
    assert ".." not in shown(data, "text/plain", max_lines=2)


def test_without_a_place_to_look_only_the_size_is_said() -> None:
    assert shown(b"a\nb", "text/plain", max_lines=1, more="") == "a\n.. 1 B more\n"


@check_rows("media_type", ["text/plain", "text/html", "application/xml", "application/json", "text/csv"])
def test_one_endless_line_does_not_flood(media_type: str) -> None:
    assert len(shown(b"x" * 3_000_000, media_type, width=80, max_lines=50)) <= 80 * 50 + 200


def test_the_beginning_of_json_that_was_cut_off_is_laid_out() -> None:
    text = shown(b'{"a": [1, 2], "b": "unfin', "application/json", is_whole=False)

    assert text == '{\n  "a": [\n    1,\n    2\n  ],\n  "b": "unfin\n'


def test_what_stops_being_json_late_is_laid_out_up_to_there() -> None:
    good = json.dumps(list(range(60_000)))[:-1]

    text = shown((good + ", oops]").encode(), "application/json")

    assert text.startswith("[\n  0,\n  1,\n")
    assert "not JSON from here: 'oops' is not expected here\n" in text
    assert text.rstrip().endswith("oops]")


def test_fifty_megabytes_open_like_a_small_body() -> None:
    row = b'{"id": 1, "name": "ann"},'
    small, big = b"[" + row * 1_000, b"[" + row * 2_000_000

    assert_linear(lambda data: body(data, "application/json", max_lines=200), small, big, most=20)


def test_pieces_of_a_big_body_are_small() -> None:
    data = json.dumps([{"id": i} for i in range(30_000)]).encode()

    sizes = [sum(len(text) for _, text in piece) for piece in pieces(data, "application/json")]

    assert len(sizes) > 3
    assert max(sizes) < 400_000


def test_events_are_shown_as_they_come() -> None:
    window = Window("text/event-stream", 80, 2)

    first = window.feed(b"data: 1\n\nda")
    second = window.feed(b"ta: 2\n\n")

    assert (plain(first or []), plain(second or [])) == ("data: 1\n\n", "data: 2\n\n")


def test_live_events_have_no_window() -> None:
    window = Window("text/event-stream", 80, 2)

    text = "".join(plain(window.feed(b"data: 1\n\n") or []) for _ in range(50))

    assert text.count("data") == 50


def test_lines_of_json_are_shown_as_they_come() -> None:
    window = Window("application/x-ndjson", 80, 100)

    out = [window.feed(part) for part in (b'{"a"', b":1}\n{", b'"a":2}\n')]

    assert [plain(fragments or []) for fragments in out] == ["", '{"a":1}\n', '{"a":2}\n']


def test_json_is_shown_as_soon_as_its_window_is_full() -> None:
    window = Window("application/json", 80, 3)

    assert window.feed(b"[1,") is None
    assert plain(window.feed(b"2,3,4") or []) == "[\n  1,\n  2,"
    assert window.is_full
    assert window.feed(b",5,6") is None
    assert plain(window.finish()) == "\n.. 7 B more; to see all: show last --whole, or > FILE\n"


def test_a_whole_value_is_shown_without_waiting_for_the_end() -> None:
    window = Window("application/json", 80, 30)

    assert plain(window.feed(b'{"a": 1}') or []) == '{\n  "a": 1\n}'


def test_a_full_window_keeps_nothing_of_the_rest() -> None:
    window = Window("text/plain", 80, 1)

    shown_after = [window.feed(b"x" * 1000 + b"\n") for _ in range(1000)]

    assert [bool(fragments) for fragments in shown_after[:3]] == [True, False, False]
    assert plain(window.finish()).endswith("1.0 MB more; to see all: show last --whole, or > FILE\n")


def test_a_character_between_two_pieces_is_read() -> None:
    window = Window("text/plain", 80, 9)

    out = (
        (window.feed(b"caf\xc3") or []) + (window.feed(b"\xa9\r") or []) + (window.feed(b"\nx") or []) + window.finish()
    )

    assert plain(out) == "café\nx\n"


def test_styles_of_a_highlighted_body() -> None:
    styles = {text: style for style, text in body(b'<a b="1">t</a>', "text/html")}

    assert (styles["a"], styles["b"], styles['"1"']) == ("tag", "attribute", "string")


@check_rows("guard", [")]}'", ")]}',", ")]}", "while(1);", "for(;;);", "{}&&", "{} &&"])
def test_json_behind_a_guard_is_laid_out(guard: str) -> None:
    shown = plain(body(f'{guard}\n{{"a":1}}'.encode(), "application/json"))

    assert shown == f'{guard}\n{{\n  "a": 1\n}}\n'
