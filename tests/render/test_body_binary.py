import pytest
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain
from callbox.render.body import dimensions, show_binary

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0"
    + bytes(9)
    + b"\xff\xc0\x00\x11\x08"
    + (300).to_bytes(2)
    + (400).to_bytes(2)
    + bytes(9)
)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4)
WEBP_X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
WEBP = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + (100).to_bytes(2, "little") + (50).to_bytes(2, "little")
WEBP_L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (99 | 49 << 14).to_bytes(4, "little") + bytes(9)


@check_rows(
    ("data", "found"),
    [
        (PNG, (640, 480)),
        (b"GIF89a\x10\0\x08\0", (16, 8)),
        (JPEG, (400, 300)),
        (WEBP_X, (100, 50)),
        (WEBP, (100, 50)),
        (WEBP_L, (100, 50)),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8" + b"\xff" * 100, None),
        (PNG[:20], None),
        (b"BM....", None),
        (b"", None),
    ],
    ids=["png", "gif", "jpeg", "webp-extended", "webp", "webp-lossless", "cut", "fill", "cut-png", "bmp", "nothing"],
)
def test_dimensions(data: bytes, found: tuple[int, int] | None) -> None:
    assert dimensions(data) == found


def test_an_image_is_told_in_one_line() -> None:
    assert plain(show_binary(PNG, "image/png; x=1", 31_000)) == "image/png, 31.0 kB, 640 x 480\n"


def test_other_bytes_are_shown_in_hexadecimal_sixty_four_of_them() -> None:
    lines = plain(show_binary(bytes(range(32, 200)), "application/zip", 168)).splitlines()

    assert lines[0] == "application/zip, 168 B"
    assert lines[1] == "0000  20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f   !\"#$%&'()*+,-./"
    assert len(lines) == 5


@pytest.mark.parametrize("width", [40, 80])
def test_the_bytes_fit_the_terminal(width: int) -> None:
    assert max(map(len, plain(show_binary(bytes(64), "", 64, width)).splitlines())) <= width
