"""Parts of a multipart body: what fills their headers can add none."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

BODY = """POST BASE/
Content-Type: multipart/form-data; boundary=B

--B
Content-Disposition: form-data; name="a"{end}

{value}
--B--
"""


@pytest.mark.parametrize("value", ["f\r\nEvil: 1", "f\nEvil: 1", "f\rEvil: 1", "f\0", "f\r\n", "\n"])
@pytest.mark.parametrize("boundary", ["B", "{{b}}"])
def test_value_never_adds_a_header_to_a_part(run, server, boundary, value) -> None:
    text = BODY.format(end="; filename={{x}}", value="v").replace("--B\nC", f"--{boundary}\nC")
    (result,) = run(text, Plan(variables={"x": value, "b": "B"}))

    assert "A value in a header of this part holds a" in str(result.error)
    assert server.requests == []


@pytest.mark.parametrize(
    "value", ["a\r\n--B\r\nContent-Disposition: form-data; name=admin\r\n\r\n1", "--B--", "a\n--B"]
)
def test_value_never_adds_a_part(run, server, value) -> None:
    (result,) = run(BODY.format(end="", value="{{x}}"), Plan(variables={"x": value}))

    assert "A value in this part holds the boundary of the parts" in str(result.error)
    assert server.requests == []


def test_value_of_a_part_may_have_lines(run, server) -> None:
    run(BODY.format(end="", value="{{x}}\n\n--B is not an end\nContent-X: {{x}}"), Plan(variables={"x": "one\ntwo"}))

    part = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    assert server.bodies == [part + b"one\ntwo\r\n\r\n--B is not an end\r\nContent-X: one\ntwo\r\n--B--\r\n"]
