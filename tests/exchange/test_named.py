"""Credentials that a name gives away."""

from __future__ import annotations

import pytest

from callbox.exchange.named import mask_named


@pytest.mark.parametrize(
    "text",
    [
        '{"user": "ann", "password": "{{password}}"}',
        "password={{password}}&a=1",
        "http://ann:{{password}}@h/",
        "Authorization: Bearer {{token}}",
        "X-Api-Key: {{key}}",
        "GET http://h/?access_token={{login.response.body.$.token}}",
    ],
)
def test_what_is_yet_to_be_filled_in_is_no_secret(text: str) -> None:
    assert mask_named(text) == text


@pytest.mark.parametrize(
    "text", ["@me = Authorization: Bearer hunter2hunter2", "@token=hunter2hunter2", "  @db.password = hunter2hunter2"]
)
def test_what_a_script_defines_under_such_a_name_is_one(text: str) -> None:
    assert "hunter2hunter2" not in mask_named(text)


@pytest.mark.parametrize("text", ["@token = {{login.token}}", "@me = Authorization: {{t}}", "@user = ann"])
def test_what_a_script_defines_otherwise_is_none(text: str) -> None:
    assert mask_named(text) == text


@pytest.mark.parametrize("text", ['"password": "{{x}}hunter2"', "token={{x}}hunter2", "X-Api-Key: {{x}}hunter2"])
def test_what_stands_beside_it_is_one(text: str) -> None:
    assert "hunter2" not in mask_named(text)
