"""Checks and captures whose words hold variables, or that stand where nothing is sent."""

from __future__ import annotations

import pytest


@pytest.fixture
def shelf(server):
    server.json("/a", '{"id": 7, "items": [{"id": 1}], "empty": "", "none": null}')
    return server


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        pytest.param("body $.{{key}} == 7", "ok", id="path"),
        pytest.param("body $.items[{{zero}}].id == 1", "ok", id="index"),
        pytest.param("header {{field}} exists", "ok", id="header"),
        pytest.param("header {{field}} not exists", "failed", id="header that is there"),
        pytest.param("body $.{{key}} not exists", "failed", id="field that is there"),
    ],
)
def test_variables_in_the_path_of_a_check_are_filled(run, shelf, words, outcome) -> None:
    (result,) = run(f"@key = id\n@zero = 0\n@field = Content-Type\n# @expect {words}\nGET BASE/a\n")

    assert [result.outcome, len(result.checks)] == [outcome, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param("body $.{{nope}} not exists", "No variable 'nope'", id="path"),
        pytest.param("header {{nope}} not exists", "No variable 'nope'", id="header"),
        pytest.param("header etag: not exists", "'etag:' cannot be the name of a header", id="colon"),
        pytest.param("body contains {{empty}}", "the text to find is empty", id="empty"),
    ],
)
def test_check_that_means_nothing_is_an_error_before_anything_is_sent(run, shelf, words, message) -> None:
    (result,) = run(f"@empty =\n# @expect {words}\nGET BASE/a\n")

    assert result.outcome == "error"
    assert message in str(result.error)
    assert shelf.requests == []


def test_check_that_lost_what_it_looks_for_fails(run, shelf) -> None:
    text = "# @capture wanted = body $.empty\nGET BASE/a\n###\n# @expect body contains {{wanted}}\nGET BASE/a\n"

    assert [result.outcome for result in run(text)] == ["ok", "failed"]


@pytest.mark.parametrize(
    ("path", "note"),
    [
        pytest.param("body $.none", "captured who, which is empty: body $.none is null", id="null"),
        pytest.param("body $.empty", "captured who, which is empty", id="empty"),
    ],
)
def test_capture_of_nothing_is_said(run, shelf, path, note) -> None:
    (result,) = run(f"# @capture who = {path}\nGET BASE/a\n")

    assert result.captures == (("who", ""),)
    assert result.notes == (note,)


@pytest.mark.parametrize("path", ["body[", "body $.id[", "body items[0", "body id]"])
def test_capture_with_a_bracket_left_open_is_an_error(run, shelf, path) -> None:
    (result,) = run(f"# @capture who = {path}\nGET BASE/a\n")

    assert result.outcome == "error"
    assert shelf.requests == []


def test_the_passphrase_of_a_client_certificate_is_sent_to_nobody(run, server, tmp_path) -> None:
    (tmp_path / "c.p12").write_bytes(b"x")
    for name in ("X-ClientCert", "ClientCert"):
        results = run(f"### a\nGET BASE/a\n### b\nGET BASE/b\n{name}: pfx: ./c.p12 passphrase: s3cret\n")

        assert server.requests == []
        assert [one.outcome for one in results] == ["error"]
        assert "s3cret" not in str((results[0].error, results[0].error.place, results[0].error.hint))


def test_a_check_right_below_the_url_is_not_sent(run, server) -> None:
    results = run("GET BASE/x\n?? status == 403\n\n---\n")

    assert server.requests == []
    assert [one.outcome for one in results] == ["error"]
