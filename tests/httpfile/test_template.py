from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbox.httpfile.template import Hole, holes, split


@pytest.mark.parametrize(
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
