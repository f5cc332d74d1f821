"""A saved request holds no secret, wherever it stands in it, and asks for it when it is sent."""

from __future__ import annotations

import pytest

from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.formats.saved_request_toml import Sources, read_request, write_request

SOURCES = Sources(lambda reference, name: "S3CRET", lambda path: (list, 0), "b")


@pytest.mark.parametrize(
    "url",
    [
        "/a?token=S3CRET",
        "/a?token=S3CRET&b=c",
        "/a#access_token=S3CRET",
        "/a;jsessionid=S3CRET",
        "/login?next=/cb?token=S3CRET",
        "/a?token=S3CRET/x",
        "http://ann:S3CRET@h/a",
    ],
)
def test_secret_in_a_url_is_asked_for(url: str) -> None:
    saved = write_request(Draft("GET", url), {})

    assert b"S3CRET" not in saved
    assert "S3CRET" in read_request(saved, "a", SOURCES)[0].url


@pytest.mark.parametrize(
    "text",
    [
        "user=a&password=S3CRET",
        "<login><password>S3CRET</password></login>",
        '<login password="S3CRET"/>',
        "X-Api-Key: S3CRET",
        '{"password": "S3CRET", "token": {"access": "S3CRET"}}',
    ],
)
def test_secret_in_a_text_is_asked_for(text: str) -> None:
    saved = write_request(Draft("POST", "/a", content=Content(text.encode(), "text/plain", "raw")), {})
    content = read_request(saved, "a", SOURCES)[0].content

    assert b"S3CRET" not in saved
    assert content is not None
    assert content.data == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"x": ["password: S3CRET"]}',
        '["Authorization: Bearer S3CRET"]',
        '{"x": {"y": ["token=S3CRET"]}}',
        '{"env": ["PASSWORD=S3CRET", "HOME=/h"]}',
        '{"headers": [["Authorization", "Bearer S3CRET"]]}',
        '{"name": "password", "value": {"x": "S3CRET"}}',
        '{"urls": ["http://ann:S3CRET@h/", "http://h/?next=%2Fcb%3Ftoken%3DS3CRET"]}',
        '{"credentials": ["S3CRET", {"user": "S3CRET"}], "auth": {"user": "S3CRET"}, "access_tokens": [{"x": "S3CRET"}]}',
        '{"api_keys": ["S3CRET", null, {"name": "a"}]}',
    ],
)
@pytest.mark.parametrize("kind", ["json", "raw"])
def test_secret_that_is_no_member_of_json_is_asked_for(text: str, kind: str) -> None:
    saved = write_request(Draft("POST", "/a", content=Content(text.encode(), "application/json", kind)), {})
    sources = SOURCES._replace(find=lambda _, name: "%2Fcb%3Ftoken%3DS3CRET" if name == "secret" else "S3CRET")
    content = read_request(saved, "a", sources)[0].content

    assert b"S3CRET" not in saved
    assert content is not None
    assert content.data is not None
    assert content.data.count(b"S3CRET") == text.count("S3CRET")


@pytest.mark.parametrize(
    "text",
    ["user=a&password={{S3CRET", "X-Api-Key: x{{y}}S3CRET", '{"password": "x{{y}}S3CRET", "token": ["a{{S3CRET"]}'],
)
def test_secret_that_holds_braces_is_not_saved(text: str) -> None:
    saved = write_request(Draft("POST", "/a", content=Content(text.encode(), "text/plain", "raw")), {})

    assert b"S3CRET" not in saved


def test_secrets_in_headers_and_options_are_asked_for() -> None:
    draft = Draft("GET", "/a", (("Referer", "http://h/?token=S3CRET"),))
    saved = write_request(draft, {"proxy": "http://ann:S3CRET@h", "timeout": "5"})

    assert b"S3CRET" not in saved
    assert read_request(saved, "a", SOURCES)[1] == {"proxy": "S3CRET", "timeout": "5"}
