from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

import callbox
from callbox.exchange.template_braces import Hole, holes, only_hole, split


@check_rows(
    ("text", "shown"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("plain", "plain", id="plain"),
        pytest.param("{{x}}", "<x>", id="hole"),
        pytest.param("a{{ x }}b{{y.z}}", "a<x>b<y.z>", id="blanks-inside"),
        pytest.param("{{{x}}}", "{<x>}", id="brace-value-brace"),
        pytest.param('{"a":{{{x}}}}', '{"a":{<x>}}', id="json-around"),
        pytest.param("{{{{x}}}}", "{{<x>}}", id="four-braces"),
        pytest.param(r"\{\{x\}\}", "{{x}}", id="escaped"),
        pytest.param("{{#each}}{{x}}{{/each}}", "{{#each}}<x>{{/each}}", id="handlebars-blocks"),
        pytest.param("{{x", "{{x", id="unclosed"),
        pytest.param("{{x\n}}", "{{x\n}}", id="over-lines"),
        pytest.param("{{}}", "{{}}", id="nothing-in-it"),
        pytest.param('{"a": {"b": 1}}', '{"a": {"b": 1}}', id="json"),
        pytest.param("{{a {{b}}", "{{a <b>", id="opened-again"),
        pytest.param("{{%x}}", "<%x>", id="percent-encoded"),
    ],
)
def test_text_splits(text: str, shown: str) -> None:
    pieces = split(text)

    assert "".join(p if isinstance(p, str) else f"<{'%' * p.is_encoded}{p.expression}>" for p in pieces) == shown


@given(st.text(alphabet="{}\\#/% xyé\n", max_size=40))
def test_holes_lie_in_the_text_in_order_and_split_never_raises(text: str) -> None:
    split(text)
    end = 0

    for hole in holes(text):
        assert end <= hole.start < hole.end <= len(text)
        assert text[hole.start : hole.start + 2] == "{{"
        assert text[hole.end - 2 : hole.end] == "}}"
        end = hole.end


def test_a_long_run_of_braces_takes_no_time() -> None:
    assert split("{{" * 200_000 + "x}}")[-1] == Hole("x", 399_998, 400_003)


MARKS = {
    "httpfile/parser/comments_and_scripts.py", "httpfile/parser/body_parser.py", "httpfile/parser/request_line.py",
    "convert/script_merge.py", "shell/completion/candidate_rank_and_quotes.py", "httpfile/parser/misplaced_line_lints.py",
    "shell/interpreter.py",
}  # fmt: skip
"""Patterns of how a line begins, with code, or with a URL that a variable holds; of what Tab may insert unquoted; of
what gets a note in a curl command.
"""
EXPORTED = {"httpfile/export/response_values_and_secret_variables.py"}
"""The variables that an export itself writes, which are words."""


def test_one_module_knows_what_stands_between_braces() -> None:
    source = Path(callbox.__file__).parent
    pattern = re.compile(r"(?<!\\)\\\{\\\{(?!\\x)")
    files = {path.relative_to(source).as_posix(): path.read_text().splitlines() for path in source.rglob("*.py")}
    found = {name for name, lines in files.items() if any(r'r"' in one and pattern.search(one) for one in lines)}

    assert found <= {"exchange/template_braces.py", *MARKS, *EXPORTED}


@check_rows(
    ("text", "is_only"),
    [
        ("{{a}}", True),
        ("{{ $env.HOME }}", True),
        ("{{%a}}", True),
        ("{{a}}b", False),
        ("{{{a}}}", False),
        ("{{}}", False),
        ("\\{\\{a\\}\\}", False),
    ],
)
def test_only_hole(text: str, is_only: bool) -> None:
    assert (only_hole(text) is not None) is is_only
