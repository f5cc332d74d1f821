from __future__ import annotations

import pytest

from callbox.replay.files import run_files
from callbox.replay.plan import Plan
from callbox.report.result import tally_of
from callbox.session import LiveSession

BOOK = '{"id": 1, "title": "Dune", "at": "10:00", "tags": ["a", "b"], "api_token": "s3cr3t"}'


@pytest.fixture
def go(server, ports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server.json("/book", BOOK, "X-Kind: book", "Date: today")

    def run(plan: Plan, text: str = "### a book\nGET BASE/book"):
        (tmp_path / "a.http").write_text(text.replace("BASE", server.url))
        return list(run_files(["a.http"], ports, LiveSession, plan))

    return run


def test_recorded_answers_compare_equal(go) -> None:
    go(Plan(record="kept"))

    assert tally_of(go(Plan(compare="kept"))).exit_code == 0


def test_record_is_for_people_and_holds_no_secret(go, tmp_path) -> None:
    go(Plan(record="kept"))
    text = (tmp_path / "kept" / "a" / "a-book.txt").read_text()

    assert text.startswith('HTTP 200\ncontent-type: application/json\nx-kind: book\n\n{\n  "id": 1,')
    assert "s3cr3t" not in text


@pytest.mark.parametrize(
    ("answer", "field", "ignored", "told"),
    [
        pytest.param(BOOK.replace("Dune", "Emma"), "X-Kind: book", (), ["snapshot body $.title"], id="value"),
        pytest.param(BOOK.replace('"b"', '"c"'), "X-Kind: book", (), ["snapshot body $.tags[1]"], id="item"),
        pytest.param(BOOK.replace('"b"', '"c"'), "X-Kind: book", ("$.tags[*]",), [], id="ignored-item"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$.at",), [], id="ignored-member"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$..at",), [], id="ignored-anywhere"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$.a",), ["snapshot body $.at"], id="not-a-prefix"),
        pytest.param(BOOK, "X-Kind: film", (), ["snapshot header x-kind"], id="header"),
        pytest.param(BOOK, "X-Kind: film", ("header:X-Kind",), [], id="ignored-header"),
        pytest.param("no json", "X-Kind: book", (), ["snapshot body"], id="text"),
        pytest.param("no json", "X-Kind: book", ("body",), [], id="ignored-body"),
        pytest.param(BOOK.replace("s3cr3t", "0ther"), "X-Kind: book", (), [], id="secret"),
    ],
)  # fmt: skip
def test_differences_are_checks_that_fail(go, server, answer, field, ignored, told) -> None:
    go(Plan(record="kept"))
    server.json("/book", answer, field, "Date: tomorrow")
    results = go(Plan(compare="kept", ignored=ignored))

    assert [checked.text for checked in results[0].failures] == told
    assert results[0].outcome == ("failed" if told else "ok")


def test_status_is_compared(go, server) -> None:
    go(Plan(record="kept"))
    server.json("/book", BOOK, "X-Kind: book", status="201 Created")
    failures = go(Plan(compare="kept"))[0].failures

    assert [(one.expected, one.actual) for one in failures] == [("200", "201")]


def test_missing_snapshot_fails(go) -> None:
    failures = go(Plan(compare="kept"))[0].failures

    assert [(one.expected, one.actual) for one in failures] == [("kept/a/a-book.txt", "no such file")]


def test_answer_written_in_the_script_stands_for_a_snapshot(go) -> None:
    text = "### a book\nGET BASE/book\n\n###\nHTTP/1.1 200 OK\nX-Kind: film\nContent-Type: application/json\n\n" + BOOK
    failures = go(Plan(compare="kept"), text)[0].failures

    assert [one.text for one in failures] == ["snapshot header x-kind", "snapshot body $.api_token"]


def test_same_names_do_not_share_a_file(go, tmp_path) -> None:
    go(Plan(record="kept", repeat=2), "### a\nGET BASE/book\n### a\nGET BASE/book")

    names = sorted(path.name for path in (tmp_path / "kept" / "a").iterdir())
    assert names == ["a-2.2.txt", "a-2.txt", "a.2.txt", "a.txt"]
