"""The body of an answer as a file, and in pieces."""

from __future__ import annotations

import io
import json
import shutil
from typing import Any

import pytest


def test_raw_is_read_as_text(s, api):
    with s.get(api + "/lines?n=3&s=0", stream=True) as r:
        assert len(list(io.TextIOWrapper(r.raw, "utf-8"))) == 3


def test_raw_is_copied_to_a_file(s, api):
    file = io.BytesIO()

    with s.get(api + "/big?mb=1&type=bin", stream=True) as r:
        shutil.copyfileobj(r.raw, file)

    assert len(file.getvalue()) == r.raw.tell() == 1_000_000


def test_raw_gives_a_line_and_json(s, api):
    with s.get(api + "/lines?n=3&s=0", stream=True) as r:
        assert json.loads(r.raw.readline())["number"] == 1
    with s.get(api + "/echo", stream=True) as r:
        assert json.load(r.raw)["method"] == "GET"


def test_raw_tells_status_and_repeated_fields(s, recorder):
    server = recorder(b"HTTP/1.1 200 Fine\r\nX: 1\r\nX: 2\r\nContent-Length: 0\r\n\r\n")

    raw = s.get(server.url).raw

    assert (raw.status, raw.reason, raw.headers.getlist("x"), raw.version, raw.read()) == (
        200,
        "Fine",
        ["1", "2"],
        11,
        b"",
    )


def test_a_streamed_body_that_was_read_gives_its_connection_back(s, api):
    numbers = []
    for _ in range(3):
        with s.get(api + "/echo", stream=True) as r:
            _ = r.content
            numbers.append(r.connection_info.number)

    assert len(set(numbers)) == 1


def test_a_streamed_body_that_was_left_does_not(s, api):
    with s.get(api + "/big?mb=5&type=bin", stream=True) as r:
        left = r.connection_info.number

    assert s.get(api + "/ping").connection_info.number != left


def test_a_redirect_may_lead_to_a_stream(s, api):
    with s.get(api + "/redirect/2", stream=True) as r:
        assert (len(r.history), r.raw.read(1)) == (2, b"{")


def test_pieces_have_the_size_that_was_asked_for(s, api):
    with s.get(api + "/big?mb=1&type=bin", stream=True) as r:
        sizes = {len(piece) for piece in r.iter_content(30_000)}

    assert sizes == {30_000, 1_000_000 % 30_000}


def test_a_hook_that_raises_costs_only_its_request(s, api):
    def boom(r: Any, **_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        s.get(api + "/ping", hooks={"response": boom})

    assert s.get(api + "/ping").ok
