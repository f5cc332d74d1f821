from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from tests.support.rows import check_rows

from callbox.errors import Fault, Interrupted
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.exchange.response import Timings
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.report import html
from callbox.report.html import Scale, bar, parts
from callbox.report.result import Result
from callbox.report.run_report_and_collector import MAX_SHOWN_BYTES, RunCollector, RunReport

STARTED = 1_000.0
SCRIPT = parse("### one\nGET http://h/1\n\n###\nGET http://h/x\n", "a.http")

TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "div", "p", "span", "b", "i",
    "h1", "h2", "h3", "small", "time", "ul", "li", "a", "label", "input", "details", "summary", "table", "thead",
    "tbody", "tr", "th", "td", "pre", "code",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "style", "href", "title", "tabindex", "role",
    "aria-label", "aria-hidden", "datetime", "type", "open", "data-label",
}  # fmt: skip
STYLE = re.compile(r"(?:(?:left|width|flex-grow|--step):[0-9.e+]+%?;?)+")
VOID = {"meta", "input"}


class Page(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.unclosed: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.unclosed.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.attributes if found == name]


def page(run: RunReport) -> Page:
    return Page(html.write(run))


@check_rows("name", ["run", "attack", "calm", "empty"])
def test_holds_our_own_markup_and_no_other(name: str, request: pytest.FixtureRequest) -> None:
    found = page(request.getfixturevalue(name))

    assert set(found.tags) <= TAGS
    assert {attribute for attribute, _ in found.attributes} <= ATTRIBUTES
    assert (found.unclosed, found.crossed) == ([], [])


def test_the_policy_of_the_page_forbids_all_but_its_styles() -> None:
    assert html.POLICY.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_the_policy_stands_before_all_that_it_governs(attack: RunReport) -> None:
    text = html.write(attack)

    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_links_lead_into_the_page_alone(attack: RunReport) -> None:
    assert all(target.startswith("#r") for target in page(attack).values("href"))


@pytest.mark.parametrize("loader", ["url(", "@import"])
def test_styles_load_nothing(attack: RunReport, loader: str) -> None:
    assert loader not in html.write(attack)


def test_what_others_sent_is_text(attack: RunReport) -> None:
    found = page(attack)

    assert found.text.count("<img src=x onerror=alert(1)>") > 10
    assert not any(character in found.text for character in "\x00\x07\x1b\u202e")


def test_styles_hold_numbers_only(attack: RunReport, run: RunReport) -> None:
    styles = [style for each in (attack, run) for style in page(each).values("style")]

    assert styles
    assert [style for style in styles if not STYLE.fullmatch(style)] == []


def test_summary_tells_counts_and_verdict(run: RunReport) -> None:
    found = page(run)

    assert "4 of 7 requests did not pass, and 1 error" in found.text
    assert "1 January 1970, 00:16:40 UTC · 2.5 s · callbox 1.2.3" in found.text


@pytest.mark.parametrize(
    ("name", "headline"),
    [("calm", "1 request passed"), ("empty", "Nothing was sent")],
)
def test_headline(name: str, headline: str, request: pytest.FixtureRequest) -> None:
    assert headline in page(request.getfixturevalue(name)).text


def test_an_interrupted_run_says_so() -> None:
    gathering = RunCollector(0.0, "1")
    gathering.add(Result("a.http", "error", error=Interrupted()))

    assert "Interrupted after 1 request" in page(gathering.run(0.0)).text


def test_what_did_not_go_well_is_open_and_linked_to(run: RunReport) -> None:
    text = html.write(run)

    assert '<details class="req failed" id="r2" open>' in text
    assert '<a href="#r2">' in text
    assert '<details class="req ok" id="r1">' in text


def test_every_link_has_its_target(run: RunReport) -> None:
    found = page(run)

    assert {target.removeprefix("#") for target in found.values("href")} <= set(found.values("id"))


def test_checks_show_expected_and_actual(run: RunReport) -> None:
    assert '<td data-label="Expected">1</td><td data-label="Actual">2</td>' in html.write(run)


def test_bodies_are_laid_out_and_coloured(calm: RunReport) -> None:
    assert '<span class="key">&quot;a&quot;</span>' in html.write(calm).replace('"a"', "&quot;a&quot;")


def test_a_redirect_unfolds_by_itself(calm: RunReport) -> None:
    text = html.write(calm)

    assert text.count('<details class="hop">') == 1
    assert text.count("<h3>Response") == 2


def test_no_log_keeps_the_exchange_away(run: RunReport) -> None:
    text = html.write(run)

    assert "# @no-log" in text[text.index('id="r7"') :]
    assert "<h3>" not in text[text.index('id="r7"') :]


def test_long_bodies_are_cut_and_say_so(calm: RunReport) -> None:
    record = calm.results[0].record
    assert record is not None
    changed = record._replace(body=b'"' + b"x" * 1_000_000 + b'"', size=1_000_002, history=())
    text = html.write(calm._replace(results=(calm.results[0]._replace(record=changed),)))

    assert len(text) < MAX_SHOWN_BYTES * 1.5
    assert "936 kB more; not in this report" in text


@check_rows("seconds", [0.0, 0.0004, 0.9, 12.0, 3600.0])
def test_a_scale_has_a_few_round_marks(seconds: float) -> None:
    scale = Scale(0.0, seconds)

    assert 2 <= scale.length / scale.step <= 5.5
    assert f"{scale.step:e}"[0] in "125"


def test_parts_lie_one_after_the_other() -> None:
    spans = parts(Timings(dns=0.1, wait=0.2, transfer=0.1), 1.0)

    assert [(span.phase, round(span.begun, 3)) for span in spans] == [("dns", 1.0), ("wait", 1.1), ("transfer", 1.3)]
    assert 'class="wait" style="left:25.0%;width:50.0%"' in bar(spans, Scale(1.0, 1.4))


def test_where_nothing_was_sent_there_is_no_scale_of_time(run: RunReport) -> None:
    planned = run._replace(results=run.results[5:6])

    assert '<body class="ok untimed">' in html.write(planned)
    assert "1 request resolved, none sent" in page(planned).text
    assert "untimed" not in page(run).values("class")[0]


def test_a_request_that_waits_for_another_is_shown_as_written(run: RunReport) -> None:
    draft = Draft("GET", "http://h/{{login.id}}", (("X-A", "1"),), content=Content(b"{{x}}"))
    planned = run.results[5]._replace(outgoing=None, draft=draft)

    assert "GET http://h/{{login.id}}\nX-A: 1\n\n{{x}}" in page(run._replace(results=(planned,))).text


def test_only_the_first_that_did_not_go_well_are_open() -> None:
    gathering = RunCollector(STARTED, "1")
    for _ in range(30):
        gathering.add(Result("a.http", "error", SCRIPT.steps[1], error=Fault("no")))

    assert html.write(gathering.run(1.0)).count(" open>") == 20


def test_files_are_named_where_there_are_several() -> None:
    def page(*files: str) -> str:
        gathering = RunCollector(STARTED, "1")
        for file in files:
            gathering.add(Result(file, "error", SCRIPT.steps[1], error=Fault("no")))
        return html.write(gathering.run(1.0))

    assert "<small>b.http</small> <a" in page("a.http", "b.http")
    assert "<small>a.http</small> <a" not in page("a.http", "a.http")


def test_summary_tells_checks_bytes_and_the_slowest(calm: RunReport) -> None:
    gathering = RunCollector(STARTED, "1")
    checks = (CheckResult("a", True, "1", "1", 1, 1), CheckResult("b", False, "1", "2", 1, 1))
    for number, step in enumerate(SCRIPT.steps[:2]):
        gathering.add(
            Result(
                "a.http",
                "failed",
                step,
                calm.results[0].record,
                checks=checks[number:],
                seconds=number + 1.0,
                time=STARTED,
            )
        )
    facts = html.write(gathering.run(1.0)).partition('facts">')[2].partition("</ul>")[0]

    assert re.sub("<[^>]*>", "", facts.replace("</li>", "; ")) == (
        "1 of 3 checks passed; 60 B received; median 1.5 s; slowest 2.0 s: GET http://h/x; "
    )
    assert '<a href="#r2">' in facts


def test_no_log_shows_the_target_as_it_is_written(calm: RunReport) -> None:
    step = parse("# @no-log\nGET http://h/{{path}}", "a.http").steps[0]
    gathering = RunCollector(STARTED, "1")
    gathering.add(Result("a.http", "ok", step, calm.results[0].record, time=STARTED))
    page = html.write(gathering.run(1.0))

    assert "http://h/{{path}}" in page
    assert "/login" not in page


def test_request_is_shown_as_curl(calm: RunReport) -> None:
    page = html.write(calm)

    assert page.count("<summary>as curl</summary>") >= 1
    assert "curl 'http://h/login?q=1&amp;q=2'" in page


def test_large_body_is_in_no_curl_command(calm: RunReport) -> None:
    record = calm.results[0].record
    assert record is not None
    large = record.outgoing._replace(content=Content(b"x" * 5000, "text/plain", "raw"))
    gathering = RunCollector(STARTED, "1")
    gathering.add(Result("a.http", "ok", SCRIPT.steps[0], record._replace(outgoing=large, history=()), time=STARTED))

    assert "as curl" not in html.write(gathering.run(1.0))
