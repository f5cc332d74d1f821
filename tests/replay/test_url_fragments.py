"""A `#` in the value of a variable, which ends the URL."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

NOTE = "a value in the URL holds a #, which ends the URL: {{%name}} percent-encodes the value"


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        pytest.param("@c = #f00\nGET BASE/x?c={{c}}&d=2", True, id="parameter"),
        pytest.param("@c = #f00\ncurl 'BASE/x?c={{c}}&d=2'", True, id="parameter of curl"),
        pytest.param("@c = #f00\ncurl BASE/{{c}}/x", True, id="path of curl"),
        pytest.param("@c = BASE/x?c=#f00&d=2\nGET {{c}}", True, id="parameter of a whole URL"),
        pytest.param("@c = BASE/x?c=#f00&d=2\ncurl {{c}}", True, id="parameter of a whole URL of curl"),
        pytest.param("@c = BASE/x#top\nGET {{c}}", False, id="fragment of a whole URL"),
        pytest.param("@c = BASE/x#top\ncurl {{c}}", False, id="fragment of a whole URL of curl"),
        pytest.param("@c = #f00\ncurl 'BASE/x?c={{%c}}'", False, id="percent-encoded"),
        pytest.param("@c = a\ncurl 'BASE/x?c={{c}}#top'", False, id="fragment in the file"),
    ],
)
@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_value_that_ends_the_url_is_told(run, text: str, is_told: bool, is_dry_run: bool) -> None:
    (result,) = run(text, Plan(is_dry_run=is_dry_run))

    assert result.notes == ((NOTE,) if is_told else ())


def test_a_dry_run_tells_what_it_cannot_send_as_json(run) -> None:
    (result,) = run('@c =\nPOST BASE/x\nContent-Type: application/json\n\n{"c": {{c}}}', Plan(is_dry_run=True))

    assert result.notes == ("with the values of its variables, the body is not JSON",)
