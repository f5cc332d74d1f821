"""Bodies that no script can hold: what is moved to files, and that the script still says the same."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing, Route
from callbox.exchange.request_content import Content, Part, multipart_content, raw_content
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead
from callbox.httpfile.export.script_writer import extract_attachments, script_of

PNG = b"\x89PNG\r\n\x1a\n\r\n--no boundary\r\n\xff"
PARTS = [Part("title", b"a photo"), Part("file", PNG, "a b.png", "image/png"), Part("password", b"hunter2")]


def request(content: Content, media_type: str = "") -> Outgoing:
    headers = (("Content-Type", media_type),) if media_type else ()
    return merge(SessionState(), Draft("POST", "http://h/a", headers, content=content), Route())


def multipart(parts: list[Part]) -> Outgoing:
    """As a script says it: the bytes, and the boundary in a header."""
    data = multipart_content(parts, "bb").data
    return request(raw_content(data)._replace(kind="multipart"), 'multipart/form-data; boundary="bb"')


def script(outgoing: Outgoing) -> str:
    """It is read back while it is written."""
    return script_of([Record(Draft(outgoing.method, outgoing.url.text), outgoing, ResponseHead(200, "OK", Headers()))])


def test_binary_body_is_sent_from_a_file_beside() -> None:
    moved, files = extract_attachments(request(raw_content(PNG), "image/png"), "out.body1")

    assert files == {"out.body1.bin": PNG}
    assert script(moved).endswith("POST {{base}}/a\nContent-Type: image/png\n\n< out.body1.bin\n")


@pytest.fixture
def attached():
    """The script of a multipart body, and the files that its parts were moved to."""
    moved, files = extract_attachments(multipart(PARTS), "out.body1")
    return script(moved), files


def test_a_part_that_is_no_text_is_moved_to_a_file(attached) -> None:
    text, files = attached

    assert files == {"out.body1-2.bin": PNG}
    assert 'filename="a b.png"\nContent-Type: image/png\n\n< out.body1-2.bin\n--bb\n' in text


def test_a_part_that_is_text_stays(attached) -> None:
    assert 'name="title"\n\na photo\n--bb\n' in attached[0]


def test_a_secret_part_is_asked_for(attached) -> None:
    assert "{{password}}" in attached[0]
    assert "hunter2" not in attached[0]


def test_multipart_body_of_another_form_is_one_file() -> None:
    data = b"preamble\r\n--bb\r\n\r\n\xff\r\n--bb--\r\n"
    outgoing = request(raw_content(data)._replace(kind="multipart"), "multipart/form-data; boundary=bb")
    moved, files = extract_attachments(outgoing, "x")

    assert files == {"x.bin": data.removesuffix(b"\r\n")}
    assert script(moved).endswith("< x.bin\n")


@check_rows("data", [b"text \xc3\xa9", b"", b"a\0b"], ids=["UTF-8", "nothing", "a zero byte"])
def test_text_stays_where_it_is(data: bytes) -> None:
    outgoing = request(raw_content(data))

    assert extract_attachments(outgoing, "x") == (outgoing, {})


@check_rows(
    "outgoing",
    [
        pytest.param(request(raw_content(b"\xffhunter2 x")), id="in a body"),
        pytest.param(multipart([Part("f", b"\xffhunter2 x")]), id="in a part"),
        pytest.param(multipart([Part("password", b"\xff")]), id="by its name"),
    ],
)
def test_no_secret_goes_to_a_file(outgoing: Outgoing) -> None:
    with pytest.raises(UsageError, match="is not text, and holds a secret"):
        extract_attachments(outgoing, "x", ["hunter2 x"])
