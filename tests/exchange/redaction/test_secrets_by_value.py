"""Secrets that are known by their values are redacted, but not each `true` of a text."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.report.run_redaction import RunSecrets

TEXT = '{"active": true, "n": null, "ok": "false", "mode": "None", "on": "yes", "pin": "4711"}'


@check_rows("value", ["true", "null", "false", "None", "yes"])
def test_a_value_that_says_only_yes_no_or_nothing_is_not_looked_for(value: str) -> None:
    assert RunSecrets([value]).redact_values(TEXT) == TEXT
    assert redact_filled(TEXT, {value: "flag"}) == TEXT
    assert redact_filled("tr\\u0075e", {"true": "flag"}) == "tr\\u0075e"


def test_a_short_number_is_looked_for() -> None:
    assert (
        redact_filled(TEXT, {"4711": "pin"}) == RunSecrets(["4711"]).redact_values(TEXT) == TEXT.replace("4711", "...")
    )
