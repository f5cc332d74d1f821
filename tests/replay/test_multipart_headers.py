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


@pytest.mark.parametrize(("value", "is_header"), [("5", False), ("a b", False), ("X-A: b", True)])
def test_a_variable_among_the_headers_of_a_part_must_be_a_header(run, server, value: str, is_header: bool) -> None:
    text = (
        "POST BASE/a\nContent-Type: multipart/form-data; boundary=B\n\n--B\n"
        'Content-Disposition: form-data; name="a"\n{{x}}\n\n1\n--B--\n'
    )
    (result,) = run(text, Plan(variables={"x": value}))

    assert (result.outcome == "ok") == is_header
    assert is_header or str(result.error) == "This value is not a header of the part"
    assert len(server.requests) == is_header


def test_a_variable_among_the_headers_of_a_part_may_come_from_a_response(run, server) -> None:
    server.json("/a", '{"h": "X-A: b"}')
    text = (
        "# @name a\nGET BASE/a\n###\nPOST BASE/b\nContent-Type: multipart/form-data; boundary=B\n\n--B\n"
        'Content-Disposition: form-data; name="a"\n{{a.h}}\n\n1\n--B--\n'
    )
    results = run(text)

    assert [result.outcome for result in results] == ["ok", "ok"]
