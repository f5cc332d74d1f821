from __future__ import annotations

import importlib.util
import signal

import pytest

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, select, select_every, select_xpath
from callbox.exchange.response import ResponseHead
from callbox.httpfile.variables.response_references import _EMPTY

HAS_LXML = importlib.util.find_spec("lxml") is not None
needs_lxml = pytest.mark.skipif(not HAS_LXML, reason="the extra xml is not installed")
XML = b'<?xml version="1.0"?><r xmlns:d="urn:d"><b id="1">One</b><b id="2">Two</b><d:x>n</d:x></r>'
BOMB = b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r><b>&e;</b></r>'


def answer(body: bytes, media_type: str = "application/xml") -> Record:
    return _EMPTY._replace(response=ResponseHead(200, "OK", Headers([("Content-Type", media_type)])), body=body)


@needs_lxml
@pytest.mark.parametrize(
    ("path", "name"),
    [("//b", "b"), ("//b[@id='2']/t", "t"), ("/r/b/@id", "b"), ("//*[@id='7']", "NAME"), ("//b/text()", "b")],
)
def test_nothing_in_a_default_namespace_has_a_path_that_works(path: str, name: str) -> None:
    record = answer(b'<r xmlns="urn:x"><b id="2"><t>Two</t></b></r>')

    with pytest.raises(NothingFound, match="the elements are in the namespace urn:x") as caught:
        select(record, path)

    assert caught.value.hint == f"in the path, write *[local-name()='{name}'] for {name}"
    assert select(record, "//*[local-name()='t']") == "Two"


@needs_lxml
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("body.//b/@id", "1"),
        ("body.//b[2]", "Two"),
        ("body.string(//b)", "One"),
        ("body.count(//b)", 2),
        ("body.//d:x", "n"),
        ("response.body.//b/text()", "One"),
        ("xpath.boolean(//b)", True),
    ],
)
def test_xpath_selects(path, value) -> None:
    assert select(answer(XML), path) == value


@pytest.mark.parametrize("unit", [b"<i/>", b"<i>", b"<i a=''/>", b"&amp;"])
def test_body_with_too_many_elements_is_not_read(unit: bytes) -> None:
    with pytest.raises(UsageError, match="the limit of XPath is 2,000,000"):
        select(answer(b"<r>" + unit * 2_000_001 + b"</r>"), "//i")


@needs_lxml
def test_html_is_read_as_browsers_do() -> None:
    assert select(answer(b"<p>a<p class=x>b", "text/html"), "body.//p[@class='x']") == "b"


@needs_lxml
def test_entities_are_not_followed() -> None:
    assert select(answer(BOMB), "body.string(//b)") == ""


@needs_lxml
@pytest.mark.parametrize(("body", "path"), [(XML, "body.//nope"), (b"no xml", "body.//b")])
def test_nothing_there(body, path) -> None:
    with pytest.raises(NothingFound):
        select(answer(body), path)


@needs_lxml
def test_wrong_path_is_said() -> None:
    with pytest.raises(UsageError, match="is not an XPath"):
        select(answer(XML), "body.//b[")


@pytest.mark.skipif(HAS_LXML, reason="the extra xml is installed")
def test_without_the_extra_its_name_is_said() -> None:
    with pytest.raises(UsageError) as caught:
        select(answer(XML), "body.//b")

    assert caught.value.hint == "pip install 'callbox[xml]'"


@needs_lxml
def test_control_character_in_a_path_is_an_error_in_words() -> None:
    with pytest.raises(UsageError, match="is not an XPath"):
        select_xpath(b"<a/>", "//a\x01", is_html=False)


ENDLESS = "count(//a[count(//a[count(//a)>0])>0])"
MANY = b"<r>" + b"<a/>" * 700 + b"</r>"


@needs_lxml
def test_xpath_without_end_is_given_up() -> None:
    with pytest.raises(UsageError, match=r"did not finish in 0.05 s"):
        select_xpath(MANY, ENDLESS, is_html=False, limit_s=0.05)


@needs_lxml
def test_signal_ends_an_xpath() -> None:
    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            select_xpath(MANY, ENDLESS, is_html=False, limit_s=1_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@needs_lxml
@pytest.mark.parametrize("path", ["//b/@id", " //b/@id ", "/a/b/@id", "string(//b/@id)", "response.//b/@id"])
def test_a_path_of_xml_needs_no_word_before_it(path: str) -> None:
    assert select(answer(b'<a><b id="7">x</b></a>'), path) == "7"
    assert select_every(answer(b'<a><b id="7">x</b></a>'), path) == ["7"]
