"""What a media type says of a body; each part of the program asks the same table."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.jsonpath_xpath_and_header_selection import is_json_lines
from callbox.exchange.media_types_and_charsets import JSON_LINES, JSON_SEQUENCE, is_stream, kind
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.httpfile.parser.file_and_blocks import parse as parse_script


def answered_with(media_type: str) -> Record:
    head = ResponseHead(200, "OK", Headers([("Content-Type", f"{media_type.upper()}; charset=utf-8")]))
    return Record(Draft("GET", "/"), Outgoing("GET", parse("http://h/")), head)


@check_rows("media_type", sorted(JSON_LINES))
def test_lines_of_json_are_lines_wherever_they_are_read(media_type: str) -> None:
    script = parse_script(f"POST http://h/\nContent-Type: {media_type}\n\n" + '{"a": 1}\n{"a": 2}\n', "a.http")

    assert (kind(media_type, b""), is_stream(media_type), is_json_lines(answered_with(media_type))) == (
        "ndjson",
        True,
        True,
    )
    assert script.steps[0].body.kind == "ndjson"


def test_json_sequence_is_text_with_control_characters() -> None:
    assert (kind(JSON_SEQUENCE, b""), is_json_lines(answered_with(JSON_SEQUENCE))) == ("text", False)
