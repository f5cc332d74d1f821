"""Thousands of secrets are learned and looked for in time of their number and of the text, whatever they look like."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.request import Field, Outgoing
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.report.result import Result
from callbox.report.run_redaction import RunSecrets, encoded_forms

MOST = 35
SHAPES: dict[str, Callable[[int], str]] = {
    "letters": lambda number: f"{number * 7919 % 1_000_003:x}x{number:08x}",
    "one beginning": lambda number: f"live_sk_key_{number:06d}",
    "one beginning and end": lambda number: f"token-{number:06d}-of-a-key",
    "growing": lambda number: "a" * (4 + number % 200) + str(number),
    "escaped": lambda number: f'word{number:06d}"<&',
    "little but escaped": lambda number: f'"<{number % 10}>&' + '"<' * (number % 9) + f"\\{number // 10}",
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_secrets_are_learned_in_linear_time(shape: Callable[[int], str]) -> None:
    def work(count: int) -> None:
        encoded_forms.cache_clear()
        RunSecrets(map(shape, range(count)))

    assert_linear(work, 150, 1_500, most=MOST)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_secrets_are_looked_for_in_linear_time(shape: Callable[[int], str]) -> None:
    text = "".join(shape(number)[:-1] + "\\u0022 &amp; " for number in range(-400, 0))

    def work(secrets: RunSecrets) -> None:
        secrets.redact_values(text)

    few, many = (RunSecrets(map(shape, range(count))) for count in (150, 1_500))
    assert_linear(work, few, many, most=MOST)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_among_thousands_of_secrets_each_is_redacted(shape: Callable[[int], str]) -> None:
    secrets = RunSecrets(map(shape, range(2_000)))
    values = [shape(number) for number in (0, 999, 1_999)]

    redacted = secrets.redact_values(" | ".join(values))

    assert not [value for value in values if value in redacted]


def test_declared_secrets_are_shared_by_results_and_redacted() -> None:
    declared = tuple(Secret(f"declared-{number:04d}") for number in range(100))
    secrets = RunSecrets()
    for own in ("own-one-1", "own-two-2"):
        secrets.learn(Result("a.http", "ok", secrets=(*declared, Secret(own))))

    assert secrets.redact_values("declared-0007 own-one-1 own-two-2") == "... ... ..."


@check_rows("text", ["ZQ9XSECRET", "zq9xsecret", "zQ9XsECRET", "\\u007aq9xsecret"])
def test_declared_secret_is_redacted_in_other_letters(text: str) -> None:
    assert RunSecrets(["Zq9xSecret"]).redact_values(f"a {text} b") == "a ... b"


@check_rows(
    ("value", "text", "is_found"),
    [
        ("administrator", "Administrator", False),
        ("Administrator", "administrator", False),
        ("s3cr3t-key", "S3CR3T-KEY", True),
        ("horseStaple", "horsestaple", True),
        ("short7", "SHORT7", False),
    ],
)
def test_value_that_only_its_name_gives_away_is_no_word_in_other_letters(value: str, text: str, is_found: bool) -> None:
    secrets = RunSecrets()
    sent = Outgoing("GET", parse("http://h/"), (Field("X-Api-Key", value, "item"),))
    secrets.learn(Result("a.http", "ok", outgoing=sent))

    assert secrets.redact_values(value) == "..."
    assert (secrets.redact_values(text) == "...") == is_found
