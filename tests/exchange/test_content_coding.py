"""What is asked for is what can be undone."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections import deque
from collections.abc import Callable

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import Fault
from callbox.exchange.content_coding import decode


def test_an_extra_that_is_installed_is_asked_for(tmp_path) -> None:
    (tmp_path / "brotli.py").write_text("class Decompressor:\n    can_accept_more_data = None\n")
    told = "from callbox import Session; print(Session().headers['Accept-Encoding'])"

    out = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)}
    ).stdout

    assert out.startswith("gzip, deflate, br")


EMPTY = gzip.compress(b"", mtime=0)


def nested(data: bytes, count: int) -> bytes:
    for _ in range(count):
        data = gzip.compress(data, mtime=0)
    return data


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(lambda: EMPTY * 300_000, id="members of nothing"),
        pytest.param(lambda: gzip.compress(b"a", mtime=0) * 300_000, id="members of a byte"),
        pytest.param(lambda: EMPTY[:10] + b"\0\0\0\xff\xff" * 1_500_000, id="blocks of nothing"),
    ],
)
@pytest.mark.parametrize("codings", [2, 3, 4])
def test_codings_that_expand_between_each_other_are_refused(inner: Callable[[], bytes], codings: int) -> None:
    body = nested(inner(), codings - 1)

    with pytest.raises(Fault, match=r"becomes too large|too many compressed pieces"):
        deque(decode([body], ["gzip"] * codings), maxlen=0)


@check_rows("codings", [1, 2, 3])
@check_rows("size", [1, 7, 100_000])
def test_body_of_several_codings_is_decoded(codings: int, size: int) -> None:
    body = nested(b"abc" * 9_000, codings)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert b"".join(decode(pieces, ["gzip"] * codings)) == b"abc" * 9_000


@check_rows("size", [1, 3, 4_096, 1 << 20])
def test_members_of_any_number_and_cut_are_decoded(size: int) -> None:
    texts = [b"a", b"", b"b" * 300_000, b"", b"c" * 5_000, b"d"] * 3
    body = b"".join(gzip.compress(text, mtime=0) for text in texts) + b"\0\0\x1f"
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert b"".join(decode(pieces, ["gzip"])) == b"".join(texts)


def test_many_members_take_time_by_their_number() -> None:
    member = gzip.compress(b"a" * 5_000 + bytes(range(256)), mtime=0)

    assert_linear(lambda count: deque(decode([member * count], ["gzip"]), maxlen=0), 500, 5_000, most=35)


def test_more_members_than_any_server_writes_are_refused() -> None:
    with pytest.raises(Fault, match="too many compressed pieces"):
        deque(decode([EMPTY * 20_000], ["gzip"]), maxlen=0)
