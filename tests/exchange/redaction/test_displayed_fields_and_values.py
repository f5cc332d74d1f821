"""A value that is shown is redacted by the name of its field, or by the names that it holds itself."""

from __future__ import annotations

import subprocess
import sys

from tests.support.rows import check_rows

from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url, redact_value
from callbox.exchange.secret import ASK, Secret


@check_rows(
    ("value", "redacted"),
    [
        ("got password: hunter2", "got password: ..."),
        ("user=ann&password=hunter2", "user=ann&password=..."),
        ('{"token": "hunter2", "a": 1}', '{"token": "...", "a": 1}'),
        ("http://ann:hunter2@h/", "http://ann:...@h/"),
        ("ann:hunter2@proxy:80", "ann:...@proxy:80"),
        ("/cb?token=hunter2", "/cb?token=..."),
        ("curl --password hunter2", "curl --password ..."),
        ("identified by 'hunter2'", "identified by '...'"),
        ("<password>hunter2</password>", "<password>...</password>"),
        ("a%74oken=hunter2", "a%74oken=..."),
        ('{"pass\\u0077ord": "hunter2"}', '{"pass\\u0077ord": "..."}'),
    ],
)
def test_a_value_of_a_harmless_name_is_looked_into(value: str, redacted: str) -> None:
    assert redact_field("X-Debug", value) == redacted
    assert redact_value(value, lambda _: ASK) == redacted.replace("...", "?")


@check_rows(
    "value",
    [
        "text/html; charset=utf-8",
        "Tue, 01 Dec 2026 13:00:00 GMT",
        'Bearer realm="a b", error="invalid_token"',
        'Digest realm="x", nonce="abc", qop="auth"',
        "Authorization, X-Api-Key",
        '<https://h/x?page=2>; rel="next"',
        "multipart/form-data; boundary=abc",
        "max-age=31536000; includeSubDomains",
        "a password",
        "*/*",
    ],
)
def test_a_value_that_holds_no_credential_stays(value: str) -> None:
    assert redact_field("X-Debug", value) == value


def test_a_secret_shows_its_scheme_alone() -> None:
    assert redact_field("X-Debug", Secret("password: x", "Bearer ")) == "Bearer ..."


def test_a_parameter_of_a_shown_url_is_looked_into_as_a_text() -> None:
    assert redact_shown_url("/x?note=got%20password%3A%20hunter2&a=b") == "/x?note=got+password%3A+...&a=b"
    assert redact_shown_url("/x?note=got+password:+hunter2&a=b") == "/x?note=got+password:...&a=b"


def test_a_value_without_a_name_of_a_credential_loads_no_patterns() -> None:
    code = (
        "import sys; from callbox.exchange.redaction.displayed_fields_and_values import redact_field as r; "
        "r('Accept', 'text/html; q=0.9, */*'); r('Referer', 'http://h/a%20b?x=%2Fy'); "
        "print('callbox.exchange.redaction.secrets_by_name' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_text_that_is_encoded_twice_as_a_whole_is_looked_into() -> None:
    encoded = "password=hunter2"
    for _ in range(2):
        encoded = "".join(f"%{ord(character):02X}" for character in encoded)

    assert "..." in redact_shown_url(f"/x?q={encoded}")
    assert "..." in redact_value(encoded)
