from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.model import unescaped
from callbox.httpfile.parser.comments_and_scripts import DIRECTIVES
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.parser.misplaced_line_lints import WARNING_CODES
from callbox.httpfile.script_lints import lint


@check_rows("mark", ["# @", "// @", "#@", "//@", "  # @", "## @"])
@check_rows("between", [" ", "=", " = "], ids=["blank", "equals", "both"])
def test_a_directive_is_written_in_many_ways(mark: str, between: str) -> None:
    step = parse(f"{mark}timeout{between}5 s\nGET http://a/").steps[0]

    assert step.directive_text("timeout") == "5 s"


@check_rows("name", sorted(DIRECTIVES))
def test_every_directive_is_known(name: str) -> None:
    script = parse(f"# @{name}\nGET http://a/")

    assert script.steps[0].directive_text(name) == ""
    assert [found.code for found in script.diagnostics if found.code != "empty-directive"] == []


@check_rows("alias", ["insecure", "no-reject-unauthorized", "curl-insecure"])
def test_aliases_mean_the_directive(alias: str) -> None:
    assert parse(f"# @{alias}\nGET http://a/").steps[0].directive("insecure") is not None


@check_rows(
    ("written", "name"),
    [
        ("noRedirect", "no-redirect"),
        ("noCookieJar", "no-cookie-jar"),
        ("noRejectUnauthorized", "insecure"),
        ("dependsOn", "ref"),
        ("pre-delay", "sleep"),
    ],
)
def test_names_of_other_tools_mean_the_directive(written: str, name: str) -> None:
    script = parse(f"# @{written} x\nGET http://a/")

    assert script.steps[0].directive_text(name) == "x"
    assert script.diagnostics == ()


@pytest.mark.parametrize("line", ["# @import ./b.http", "// @import './b.http'"])
def test_an_import_in_a_comment_is_one(line: str) -> None:
    assert [found.path.text for found in parse(f"{line}\nGET http://a/").imports] == ["./b.http"]


@check_rows("line", ["# @insecure false", "# @no-reject-unauthorized = False", "// @noRedirect false"])
def test_a_flag_that_is_said_to_be_false_is_none(line: str) -> None:
    script = parse(f"{line}\nGET http://a/")

    assert script.steps[0].directives == ()
    assert script.diagnostics == ()


def test_a_directive_that_is_not_there_has_no_text() -> None:
    assert parse("GET http://a/").steps[0].directive_text("timeout") is None


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("# @FOO bar", "It is read as a comment"),
        ("# @FOO-BAR 10", "It is read as a comment"),
    ],
)
def test_an_unknown_directive_is_a_comment_with_a_lint(line: str, hint: str) -> None:
    script = parse(f"{line}\nGET http://a/")

    assert [(found.severity, found.code, found.hint) for found in script.diagnostics] == [
        ("lint", "unknown-directive", hint)
    ]
    assert [comment.text for comment in script.steps[0].comments] == [line]


@check_rows(
    "line",
    ["# @base = http://x", "#@base=http://x", "// @base = x", "## @api.v1 = {{base}}", "# @base := x", "# @base ="],
)
def test_a_variable_that_was_put_out_of_use_is_a_comment(line: str) -> None:
    script = parse(f"{line}\nGET http://a/")

    assert script.diagnostics == ()
    assert script.variables == ()
    assert [comment.text for comment in script.steps[0].comments] == [line]


def test_a_misspelt_directive_with_an_equals_sign_is_told() -> None:
    (found,) = parse("# @expct = status 200\nGET http://a/").diagnostics

    assert (found.code, found.hint) == ("misspelt-check", "Did you mean @expect?")


@check_rows("line", ["# mail ann@example.com", "# @", "# @ name", "#!shebang", "// see @name"])
def test_other_comments_are_left_alone(line: str) -> None:
    script = parse(f"{line}\nGET http://a/")

    assert script.diagnostics == ()
    assert script.steps[0].comments[0].text == line


@check_rows(
    ("line", "name", "path"),
    [
        ("# @capture token = body $.a.b", "token", "body $.a.b"),
        ("# @capture token body $.a[?(@.b == 1)]", "token", "body $.a[?(@.b == 1)]"),
        ("# @capture where=header Location", "where", "header Location"),
    ],
)
def test_captures(line: str, name: str, path: str) -> None:
    capture = parse(f"{line}\nGET http://a/").steps[0].captures[0]

    assert (capture.name, capture.path.text) == (name, path)


@check_rows("line", ["# @capture", "# @capture token", "# @capture = body"])
def test_a_capture_without_a_path_is_an_error(line: str) -> None:
    assert [error.code for error in parse(f"{line}\nGET http://a/").errors] == ["bad-capture"]


@check_rows(
    ("raw", "value"),
    [(r"a\nb", "a\nb"), (r"a\r\n\tb", "a\r\n\tb"), (r"\\n", r"\n"), (r"\d+\.\w", r"\d+\.\w"), ("\\", "\\")],
)
def test_only_four_escapes_are_undone(raw: str, value: str) -> None:
    assert unescaped(raw) == value


@check_rows(
    "line",
    [
        "# @expct status 201",
        "# @expects status 201",
        "# @captrue a = body $.a",
        "# @assert status == 201",
        "# @extract a = $.a",
    ],
)
def test_a_misspelt_check_is_a_lint_of_its_own(line: str) -> None:
    script = parse(f"{line}\nGET http://a/")

    assert [(found.severity, found.code) for found in script.diagnostics] == [("lint", "misspelt-check")]


@check_rows(
    "line",
    [
        "# expect status 201",
        '# @pb.assert(pb.response.status == 200, "ok")',
        "// expect status == 200",
        "# @ expect status 201",
        '# expect body contains "ok"',
    ],
)
@check_rows("where", ["{}\nGET http://a/\n", "GET http://a/\n{}\n", "GET http://a/\nX-A: 1\n{}\n"])
def test_a_check_without_its_mark_is_said(where: str, line: str) -> None:
    (found,) = parse(where.format(line)).diagnostics

    assert found.code in WARNING_CODES
    assert "@expect" in found.hint


@check_rows("line", ["# expect a 404 here", "# expect nothing", "# expected status is 200", "# status 200"])
def test_prose_stays_prose(line: str) -> None:
    assert parse(f"{line}\nGET http://a/\n").diagnostics == ()


@pytest.mark.parametrize("line", ["# @expect: status 201", "// @Expect: status 201"])
def test_a_colon_behind_a_check_does_not_hide_it(line: str) -> None:
    assert [found.text for found in parse(f"{line}\nGET http://a/\n").steps[0].expectations] == ["status 201"]


def test_a_colon_that_stands_apart_is_an_error() -> None:
    assert [found.code for found in parse("# @expect : status 201\nGET http://a/\n").errors] == ["bad-expectation"]


def test_a_colon_behind_a_capture_does_not_hide_it() -> None:
    (found,) = parse("# @capture: t = body $.id\nGET http://a/\n").steps[0].captures

    assert (found.name, found.path.text) == ("t", "body $.id")


@check_rows("line", ["# @expect(status 201)", "# @expect.status 201", "# @expect-status 201"])
def test_what_looks_like_a_check_is_warned_of(line: str) -> None:
    script = parse(f"{line}\nGET http://a/\n")

    assert [one.code for one in script.diagnostics] == ["misspelt-check"]


@check_rows("line", ["# @disable", "# @no_redirect", "# @timout 1", "# @retries 3", "# @noCookieJars"])
def test_what_is_nearly_a_directive_is_warned_of(line: str) -> None:
    script = parse(f"{line}\nDELETE http://a/\n")

    assert script.steps[0].directives == ()
    assert [one.code in WARNING_CODES for one in script.diagnostics] == [True]


@check_rows("line", ["# @param x", "# @see y", "# @FOO=bar", "# @author ann"])
def test_what_is_like_no_directive_stays_quiet(line: str) -> None:
    assert not [one for one in parse(f"{line}\nGET http://a/\n").diagnostics if one.code in WARNING_CODES]


@check_rows("name", ["name", "tag", "prompt", "secret"])
def test_a_directive_without_its_value_is_told(name: str) -> None:
    assert [found.code for found in lint(parse(f"# @{name}\nGET http://a/\n"))] == ["empty-directive"]
