"""What is redacted has two marks, and one module defines them."""

from __future__ import annotations

import re
from pathlib import Path

import callbox
from callbox.errors import Place
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_place
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.urls import redact_url
from callbox.exchange.secret import ASK, REDACTED, Secret, redact_secret
from callbox.shell.line.redaction import redact_line

PACKAGE = Path(callbox.__file__).parent
LONG = "hunter2hunter2hunter2"


def test_what_is_shown_has_one_mark_of_whatever_length_the_secret_is() -> None:
    for secret in ("x", "hunter2", LONG):
        assert redact_secret(secret) == str(Secret(secret)) == redact_field("password", secret) == REDACTED
        assert redact_named(f"password: {secret}") == f"password: {REDACTED}"
        assert redact_url(f"http://ann:{secret}@h/") == f"http://ann:{REDACTED}@h/"


def test_what_can_be_typed_again_has_the_other() -> None:
    assert redact_line(f"set auth bearer {LONG}") == f"set auth bearer {ASK}"


def test_no_module_has_a_mark_of_its_own() -> None:
    marks = re.compile(r"""\b(?:ASK|REDACTED|HIDDEN|MASK)\b[^=\n]*= ["']|["']\.["'] \* len|["']\*["'] \* len""")
    found = [
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if marks.search(path.read_text("utf-8"))
    ]

    assert found == ["exchange/secret.py"]


def test_caret_stays_below_its_word_behind_a_secret_of_any_length() -> None:
    for secret in ("x", "hun", LONG):
        source = f"get /x?token={secret}& a[b]=1"
        place = Place(column=source.index("a[b]") + 1, length=4, source=source)

        shown = redact_place(place, lambda text, secret=secret: text.replace(f"={secret}&", f"={REDACTED}&"))

        assert shown.source[shown.column - 1 :][: shown.length] == "a[b]"
