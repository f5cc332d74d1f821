r"""Secrets are found whatever characters of them are escaped, in each notation and in one inside another."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.redaction.escaped_text import (
    decode_levels,
    find_all,
    replace_spans,
    span_in_source,
    unescape_markup,
)
from callbox.exchange.redaction.secrets_by_name import find_secrets
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.report.run_redaction import RunSecrets

WAYS: dict[str, Callable[[str], str]] = {
    "JSON": lambda c: "".join(f"\\u{unit.hex()}" for unit in units(c)),
    "JSON, capitals": lambda c: "".join(f"\\u{unit.hex().upper()}" for unit in units(c)),
    "percent": lambda c: "".join(f"%{byte:02x}" for byte in c.encode()),
    "percent, capitals": lambda c: "".join(f"%{byte:02X}" for byte in c.encode()),
    "percent, twice": lambda c: "".join(f"%25{byte:02x}" for byte in c.encode()),
    "decimal reference": lambda c: f"&#{ord(c)};",
    "hexadecimal reference": lambda c: f"&#x{ord(c):x};",
    "padded reference": lambda c: f"&#X00{ord(c):X};",
    "reference in a reference": lambda c: f"&amp;#{ord(c)};",
    "JSON in JSON": lambda c: "".join(f"\\\\u{unit.hex()}" for unit in units(c)),
    "reference in JSON": lambda c: f"\\u0026#{ord(c)};",
    "JavaScript": lambda c: f"\\u{{{ord(c):x}}}",
    "Python": lambda c: f"\\U{ord(c):08x}",
    "as it is": lambda c: c,
}
SECRET = "Zq9x\u00e9Secret"


def units(character: str) -> list[bytes]:
    data = character.encode("utf-16-be")
    return [data[at : at + 2] for at in range(0, len(data), 2)]


@check_rows("way", WAYS.values(), ids=WAYS.keys())
@check_rows("chosen", ["all", "first", "last", "some"])
def test_secret_with_escaped_letters_is_redacted(way: Callable[[str], str], chosen: str) -> None:
    places = {"all": range(20), "first": [0], "last": [len(SECRET) - 1], "some": [1, 4, 7]}[chosen]
    text = "".join(way(one) if at in places else one for at, one in enumerate(SECRET))

    for redacted in (RunSecrets([SECRET]).redact_values(f"a {text} b"), redact_filled(f"a {text} b", {SECRET: "s"})):
        assert redacted == "a ... b"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=20), st.data())
@example("a\\u0041bcdefg", None)
def test_any_secret_is_found_in_mixed_escapes(secret: str, data: st.DataObject | None) -> None:
    secret = secret.strip()
    if len(secret) < 8 or {"{", "}"} & set(secret):
        return
    names = [data.draw(st.sampled_from(list(WAYS)[:9])) if data is not None else "JSON" for _ in secret]
    text = "".join(WAYS[name](one) for name, one in zip(names, secret, strict=True))

    assert RunSecrets([secret]).redact_values(f"<{text}>") == "<...>"


@check_rows("encode", [json.dumps, quote, html.escape, lambda text: json.dumps(json.dumps(text))])
def test_what_stands_beside_it_stays_as_it_is(encode: Callable[[str], str]) -> None:
    text = encode('x "y" <é> & ') + WAYS["JSON"]("Z") + SECRET[1:] + encode(' "z" ä')

    assert RunSecrets([SECRET]).redact_values(text) == encode('x "y" <é> & ') + "..." + encode(' "z" ä')


def test_each_decoded_character_has_its_place() -> None:
    text = r"%255a \u0071 &amp;#90;"
    *_, (decoded, steps) = decode_levels(text)

    assert decoded == "Z q Z"
    assert [text[slice(*span_in_source(steps, at, at + 1))] for at in range(5)] == [
        "%255a",
        " ",
        r"\u0071",
        " ",
        "&amp;#90;",
    ]


def test_overlapping_spans_are_one() -> None:
    assert replace_spans("abcdef", [(3, 5, "y"), (0, 2, "x"), (1, 4, "long")]) == "longf"


def test_occurrences_do_not_overlap() -> None:
    assert list(find_all("aaaa", "aa")) == [(0, 2), (2, 4)]


@pytest.mark.parametrize("unit", [r"\u005a", "%5a", "&#90;", "%25", "&amp;", "\\\\", r"\u005", "&amp;#9", "%", "Zq9x"])
def test_text_of_escapes_is_searched_in_linear_time(unit: str) -> None:
    secrets = RunSecrets([SECRET, 'p"w<d&secret'])

    assert_linear(secrets.redact_values, unit * 2_000, unit * 16_000, most=30)
    assert_linear(lambda text: redact_filled(text, {SECRET: "s"}), unit * 2_000, unit * 16_000, most=30)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("&#" + "1" * 5000 + ";b", "\ufffdb"),
        ("&#x" + "f" * 5000, "\ufffd"),
        ("&#" + "0" * 5000 + "65;", "A"),
        ("&#x" + "0" * 5000 + "41;&#0;&lt;", "A\ufffd<"),
    ],
    ids=["decimal", "hexadecimal", "zeros", "hexadecimal zeros"],
)
def test_reference_with_thousands_of_digits_is_decoded(text: str, decoded: str) -> None:
    assert unescape_markup(text) == decoded


def test_secret_with_a_long_reference_is_found() -> None:
    assert list(find_secrets("password=&#" + "1" * 5000 + ";"))
