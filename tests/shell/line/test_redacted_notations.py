"""A line and the history know the notations of credentials that shown values know: one table for both."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.notations import NOTATIONS
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.redaction.displayed_fields_and_values import redact_value
from callbox.shell.line.argument_types import SECRET_PLACEHOLDER
from callbox.shell.line.binder import bind
from callbox.shell.line.line_writer import enclose
from callbox.shell.line.parser import analyse
from callbox.shell.line.redaction import redact_error, redact_line

VALUES = {
    **NOTATIONS,
    "json, a name beside": '{"name": "password", "value": "S3CRET"}',
    "json, a list of names": '[{"name":"password","value":"S3CRET"}]',
    "html, an input": '<input name="password" value="S3CRET">',
    "one encoded pair": "password%3DS3CRET",
    "encoded json": "%7B%22password%22%3A%22S3CRET%22%7D",
    "encoded xml": "%3Cpassword%3ES3CRET%3C/password%3E",
}
SENT_LINES = ("post /x a={}", "get /x X-Debug:{}", "get /x a=={}", "post /x --body {}", "set var x {}")
OTHER_LINES = ("gett /x a={}", "! curl -d {} http://h", "get /x | curl -d {} http://h", "curl --nope -d {} http://h")


@check_rows("value", VALUES.values(), ids=VALUES)
def test_value_is_redacted_when_shown(value: str) -> None:
    assert "S3CRET" not in redact_value(value)


@check_rows("value", VALUES.values(), ids=VALUES)
def test_line_redacts_what_a_shown_value_redacts(value: str) -> None:
    for line in (*SENT_LINES, *OTHER_LINES):
        assert "S3CRET" not in redact_line(line.format(enclose(value)))


@check_rows("value", VALUES.values(), ids=VALUES)
def test_recalled_value_is_refused(value: str) -> None:
    for line in SENT_LINES:
        with pytest.raises(UsageError, match="not kept in the history"):
            bind(analyse(redact_line(line.format(enclose(value)))), lambda name: "1")


@check_rows("value", VALUES.values(), ids=VALUES)
def test_error_about_a_line_redacts_such_a_value(value: str) -> None:
    line = f"get /x b a={enclose(value)}"
    with pytest.raises(UsageError) as raised:
        bind(analyse(line), lambda name: "1")

    redact_error(raised.value, line)

    shown = raised.value.place.source if raised.value.place is not None else ""
    assert "S3CRET" not in f"{raised.value}{raised.value.hint}{shown}"


BESIDE = (
    ("post /x pairs[0][name]=password pairs[0][value]=S3CRET", "post /x pairs[0][name]=password pairs[0][value]=?"),
    ("post /x pairs[][value]=S3CRET pairs[][key]=token", "post /x pairs[][value]=? pairs[][key]=token"),
    ("post /x name=password value=S3CRET", "post /x name=password value=?"),
    ("get /x name==password value==S3CRET", "get /x name==password value==?"),
)


@check_rows(("line", "kept"), BESIDE)
def test_value_is_redacted_by_the_item_beside_it(line: str, kept: str) -> None:
    assert redact_line(line) == kept


@check_rows(("line", "kept"), BESIDE)
def test_recalled_value_beside_its_name_is_asked_for(line: str, kept: str) -> None:
    assert any(item.value is SECRET_PLACEHOLDER for item in bind(analyse(kept), lambda name: "1").items)


URLS = (
    ("get ann:S3CRET@h/x", "get ann:?@h/x"),
    ("preview get ann:S3CRET@h/x a=1", "preview get ann:?@h/x a=1"),
    ("get https://ghp_0123456789abcdefghij0123456789abcdef:x@h", "get https://?:?@h"),
    ("get ghp_0123456789abcdefghij0123456789abcdef:x@h", "get ?:?@h"),
    ("get https://ghp_0123456789abcdefghij0123456789abcdef@h", "get https://?@h"),
)


@check_rows(("line", "kept"), URLS)
def test_userinfo_of_a_target_is_redacted(line: str, kept: str) -> None:
    assert redact_line(line) == kept
    assert redact_line(kept) == kept


@check_rows("kept", [kept for _, kept in URLS])
def test_recalled_userinfo_is_refused(kept: str) -> None:
    with pytest.raises(UsageError, match="not kept in the history"):
        bind(analyse(kept), lambda name: "1")


@check_rows(
    ("line", "kept"),
    [
        (r"post /x note=login\ ann\ password\ S3CRET", "post /x note='login ann password ?'"),
        (r"get /x A:{\"name\":\"password\",\"value\":\"S3CRET\"}", """get /x A:'{"name":"password","value":"?"}'"""),
        ('post /x {"name":"password","value":"S3CRET"}', 'post /x {"name":"password","value":"?"}'),
        ('post /x a:=[{"name":"pin","value":"S3CRET"}]', 'post /x a:=[{"name":"pin","value":"?"}]'),
        ('set header A {"name":"password","value":"S3CRET"}', 'set header A {"name":"password","value":"?"}'),
        ("""post /x a="IDENTIFIED BY 'S3CRET'\"""", """post /x a="IDENTIFIED BY '?'\""""),
        ("curl -E c.pem:S3CRET http://h", "curl -E c.pem:? http://h"),
        ("curl --proxy-cert c.pem:S3CRET http://h", "curl --proxy-cert c.pem:? http://h"),
        ("curl -skbsid=S3CRET --engine x http://h", "curl -skbsid=? --engine x http://h"),
        ("curl -sb 'sid=S3CRET' --engine x http://h", "curl -sb 'sid=?' --engine x http://h"),
        ("! curl -sE c.p12:S3CRET http://h", "! curl -sE c.p12:? http://h"),
    ],
)
def test_words_are_redacted_by_their_values_and_still_read(line: str, kept: str) -> None:
    assert redact_line(line) == kept
    assert redact_line(kept) == kept


@check_rows(
    "line",
    ["get /x | grep -E 'a:b'", "get From:ann@h", "get /x X-Contact:ann@h", "post /x name=a value=b", "again X-A:b@h"],
)
def test_what_is_like_these_stays(line: str) -> None:
    assert redact_line(line) == line


@pytest.mark.parametrize("begin", ["get /x ", "get /x a=", "! "])
@pytest.mark.parametrize("unit", [r"\"token", "|token=a ", "name=password value=a ", "%3Dtoken ", "<token "])
def test_values_are_read_in_linear_time(begin: str, unit: str) -> None:
    small, large = (begin + unit * (size // len(unit)) for size in (500, 4_000))

    assert_linear(redact_line, small, large, most=22)
