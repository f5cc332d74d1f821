"""The table of options: values read once, refused in one line, written back as they are read."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.engine.client import LiveSession
from callbox.engine.options import OPTIONS, find_option, format_option, parse_option, route_options
from callbox.errors import UsageError
from callbox.exchange.request import Draft


@check_rows(
    ("name", "text", "value"),
    [
        ("timeout", "5", 5.0), ("timeout", "500ms", 0.5), ("timeout", "2m", 120.0), ("total-timeout", "none", None),
        ("verify", "no", False), ("follow", "Yes", True), ("max-body", "64M", 64_000_000), ("max-redirects", "3", 3),
        ("color", "never", "never"), ("ca", "/x/ca.pem", "/x/ca.pem"),
    ],
)  # fmt: skip
def test_a_value_is_read(name, text, value):
    assert parse_option(name, text) == value


@check_rows(
    ("name", "text", "message"),
    [
        ("timeout", "soon", "timeout must be a time, not 'soon'"),
        ("verify", "maybe", "verify must be yes or no, not 'maybe'"),
        ("max-body", "big", "max-body must be a size, not 'big'"),
        ("max-redirects", "-1", "max-redirects must be a whole number, not '-1'"),
        ("color", "red", "color must be auto or always or never, not 'red'"),
        ("timeout", "0", "timeout must be a time above 0 and up to 30 days, not '0'"),
        ("timeout", "9" * 400, "timeout must be a time above 0 and up to 30 days, not '" + "9" * 400 + "'"),
        ("max-body", "9" * 400, "max-body must be a size, not '" + "9" * 400 + "'"),
        ("timout", "5", "No option 'timout'"),
    ],
)
def test_a_wrong_value_is_named(name, text, message):
    with pytest.raises(UsageError) as caught:
        parse_option(name, text)

    assert caught.value.message == message


def test_an_unknown_name_brings_the_nearest():
    with pytest.raises(UsageError) as caught:
        parse_option("timout", "5")

    assert caught.value.hint == "Did you mean 'timeout'?"


@check_rows("option", OPTIONS.values(), ids=lambda option: option.name)
def test_a_default_reads_back_as_itself(option):
    assert parse_option(option.name, format_option(option.name, option.default)) == option.default


@check_rows(
    ("name", "its_own"),
    [("cacert", "ca"), ("max-time", "total-timeout"), ("connect-to", "resolve"), ("noproxy", "no-proxy")],
)
def test_a_name_of_curls_is_another_for_ours(name, its_own):
    assert find_option(name).name == its_own


def test_what_is_set_by_a_name_of_curls_is_ours():
    session = LiveSession()

    session.set_option("cacert", "/x/ca.pem")

    assert session.option("ca") == "/x/ca.pem"


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [({}, None), ({"Accept-Encoding": "br"}, "br")],
    ids=["the built-in wish goes", "what was set by hand stays"],
)
def test_no_compress_asks_for_no_coding(headers, wanted):
    session = LiveSession()
    session.headers.update(headers)

    found = session.preview(Draft("GET", "http://a/", options={"compress": False}))

    assert {f.name: f.value for f in found.headers}.get("Accept-Encoding") == wanted


@check_rows(
    ("options", "found"),
    [
        ({"proxy": "http://evil:1"}, ["proxy"]), ({"no-proxy": "*"}, ["no-proxy"]), ({"resolve": "*:80:[::1]"}, ["resolve"]),
        ({"verify": False}, ["verify"]), ({"ca": "ca.pem"}, ["ca"]), ({"cert": ("c.pem", "k.pem")}, ["cert"]),
        ({"verify": True, "ca": "", "cert": None, "proxy": ""}, []), ({"timeout": 5.0, "follow": False}, []),
        ({"no-cookie-jar": True, "path-as-is": True}, []),
    ],
)  # fmt: skip
def test_options_that_change_the_way_to_a_host_are_found(options, found):
    assert [option.name for option in route_options(options)] == found
