from tests.support.rows import check_rows

from callbox.exchange.media_types_and_charsets import Decoder


def read(content_type: str, *pieces: bytes, is_json: bool = False) -> str:
    decoder = Decoder(content_type, pieces[0], is_json)
    return "".join(decoder.decode(piece) for piece in pieces) + decoder.decode(b"", is_last=True)


@check_rows(
    ("content_type", "pieces", "text"),
    [
        ("text/plain; charset=iso-8859-1", (b"caf\xe9",), "café"),
        ("text/plain", (b"caf\xc3", b"\xa9"), "café"),
        ("text/plain", (b"abc", b"caf\xe9!"), "abccafé!"),
        ("text/plain", ("é".encode() * 9, b"\xe9!"), "é" * 9 + "\ufffd!"),
        ("text/plain; charset=utf-8", (b"a", b"\xe9!"), "a\ufffd!"),
        ("text/plain", (b"\xef\xbb\xbfa",), "a"),
        ("text/plain", ("é日".encode("utf-16"),), "é日"),
        ("text/plain; charset=shift_jis", ("日本".encode("shift_jis")[:3], "日本".encode("shift_jis")[3:]), "日本"),
        ("text/plain", (b"a\r", b"\nb\r"), "a\r\nb\r"),
        ("text/plain", (b"cut \xe6\x97",), "cut \ufffd"),
    ],
)
def test_pieces_are_read_in_the_right_encoding(content_type: str, pieces: tuple[bytes, ...], text: str) -> None:
    assert read(content_type, *pieces) == text


@check_rows("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_json_without_a_mark_is_known_by_its_nuls(encoding: str) -> None:
    assert read("application/json", '{"a":1}'.encode(encoding), is_json=True) == '{"a":1}'


def test_a_return_at_the_end_waits_for_its_newline() -> None:
    decoder = Decoder("text/plain", b"a\r")

    assert [decoder.decode(b"a\r"), decoder.decode(b"\n")] == ["a", "\r\n"]
