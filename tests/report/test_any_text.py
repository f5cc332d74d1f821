"""Whatever text stands wherever in a run: every report is what it claims to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from callbox.exchange.invisible_characters import has_unsafe
from callbox.report import github, har, html, junit, tap
from callbox.report import json as json_report
from callbox.report.run_report_and_collector import RunReport

SPECIAL = st.sampled_from(
    ["<", "&", '"', "'", "]]>", "\r\n", "\n", "%0A", "::", "#", "\\", "{{", "\x1b[", "...", "\n---"]
)
TEXTS = st.lists(SPECIAL | st.text(st.characters(), max_size=5), max_size=12).map("".join)
Attack = Callable[[str], RunReport]


@given(text=TEXTS)
def test_junit_is_xml(attack_with: Attack, text: str) -> None:
    cases = list(fromstring(junit.write(attack_with(text)).encode("utf-8")).iter("testcase"))

    assert [{part.tag for part in case} for case in cases] == [{"failure", "error", "system-out"}]


@given(text=TEXTS)
def test_json_and_har_are_json(attack_with: Attack, text: str) -> None:
    run = attack_with(text)

    assert json.loads(json_report.write(run))["counts"]["requests"] == 1
    assert len(json.loads(har.write(run))["log"]["entries"]) == 2


@given(text=TEXTS)
def test_tap_has_one_point(attack_with: Attack, text: str) -> None:
    lines = tap.write(attack_with(text)).encode("utf-8").decode("utf-8").split("\n")

    assert lines[:2] == ["TAP version 14", "1..1"]
    assert lines[2].startswith("not ok 1 - ")
    assert all(line.startswith("  ") for line in lines[3:-1])


@given(text=TEXTS)
def test_annotations_are_two_lines(attack_with: Attack, text: str) -> None:
    lines = github.write_annotations(attack_with(text)).encode("utf-8").decode("utf-8").split("\n")

    assert [line.startswith("::error ") for line in lines] == [True, True, False]


@given(text=TEXTS)
def test_the_page_holds_the_same_elements_whatever_the_text(attack_with: Attack, text: str) -> None:
    page = html.write(attack_with(text))
    page.encode("utf-8")

    assert not has_unsafe(page)
    assert tags(page) - {"span"} <= tags(html.write(attack_with("plain")))


def tags(page: str) -> set[str]:
    found = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.add(tag)  # type: ignore[method-assign]
    parser.feed(page)
    return found
