"""A token is redacted by its form, whatever the name beside it; ordinary values stay."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.redaction.displayed_fields_and_values import (
    has_token,
    redact_field,
    redact_shown_url,
    redact_tokens,
    redact_value,
)
from callbox.exchange.secret import ASK

LETTERS = "0123456789abcdefghijABCDEFGHIJ012345"
TOKENS = [
    "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
    "ghp" + "_" + LETTERS,
    "github" + "_pat_" + LETTERS,
    "glpat" + "-" + LETTERS[:20],
    "sk" + "_live_" + LETTERS[:24],
    "xoxb" + "-1234567890-" + LETTERS,
    "AKIA" + "IOSFODNN7EXAMPLE",
]


@check_rows("token", TOKENS)
def test_a_token_is_redacted_under_a_harmless_name(token: str) -> None:
    assert redact_field("X-Debug", f"got {token}, ok") == "got ..., ok"
    assert redact_value(token, lambda _: ASK) == ASK


@check_rows("token", TOKENS)
def test_a_token_is_redacted_in_a_parameter_of_a_url(token: str) -> None:
    assert redact_shown_url(f"http://h/x?a=1&t={token}&b=2#c") == "http://h/x?a=1&t=...&b=2#c"


def test_the_text_of_a_private_key_is_redacted() -> None:
    key = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"

    assert redact_value(key) == "-----BEGIN RSA PRIVATE KEY-----...-----END RSA PRIVATE KEY-----"


@check_rows(
    "value",
    [
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJ.b.c",
        "ghp_short",
        "ghp_" + LETTERS + "-and-more",
        "sk_live_mode",
        "xoxo-with-much-love",
        "AKIACODE",
        "AKIA" + "IOSFODNN7EXAMPLEFOREVER",
        "PRIVATE KEY",
        "task_live_" + LETTERS,
    ],
)
def test_a_value_that_only_begins_like_a_token_stays(value: str) -> None:
    assert redact_tokens(value) == value
    assert redact_shown_url(f"/x?q={value}") == f"/x?q={value}"


@check_rows(
    ("text", "redacted"),
    [
        ("Bearer tok-3n-abcdef", "Bearer ..."),
        ("sent bearer a1b2c3d4==, ok", "sent bearer ..., ok"),
        ('{"h":"Bearer abcdefgh1"}', '{"h":"Bearer ..."}'),
        ("q=Bearer+abcdefgh1&b=2", "q=Bearer+...&b=2"),
        ("q=Bearer%20abcdefgh1&b=2", "q=Bearer%20...&b=2"),
        ('{"h":"Bearer authorization","n":5}', '{"h":"Bearer authorization","n":5}'),
        ('Bearer realm="api2", error="invalid_token"', 'Bearer realm="api2", error="invalid_token"'),
        ("x-bearer abcdefgh1", "x-bearer abcdefgh1"),
    ],
)
def test_a_token_after_bearer_is_redacted_in_any_text(text: str, redacted: str) -> None:
    assert redact_tokens(text) == redacted
    assert has_token(text) == (redacted != text)
