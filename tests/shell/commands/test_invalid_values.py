"""Values that cannot be meant are refused where they are set, not where they are used."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("set option print xyz", "print must be letters of HBhb"),
        ("set option resolve a:b", "resolve must be HOST:PORT:ADDRESS"),
        ("set option resolve a:80:::1,b", "resolve must be HOST:PORT:ADDRESS"),
        ("set option proxy foo://x", "A proxy cannot use foo"),
        ("set option proxy http://h:99999", "is not a proxy"),
        ("get /x --proxy nonsense", "is not a proxy"),
        ("set auth apikey 'X Y' z", "'X Y' is not a header name"),
        ("set cookie '' c", "'' is not a cookie name"),
    ],
)
def test_a_bad_value_is_refused(shell, line: str, message: str) -> None:
    assert message in shell.fail(line)


@pytest.mark.parametrize(
    "line",
    [
        "set option print ''",
        "set option print HBhb",
        "set option resolve 'api.x:443:127.0.0.1,b:80:[::1],*:80:::1'",
        "set option proxy 127.0.0.1:8080",
        "set option proxy https://proxy.x",
        "set option proxy http://u:p%40w@[::1]:8080/",
        "set option proxy ''",
        "set auth apikey X-Api-Key z",
    ],
)
def test_a_good_value_is_taken(shell, line: str) -> None:
    shell.say(line)


def test_a_redirected_response_is_its_body_alone(shell, tmp_path) -> None:
    shell.record("get /echo?a=1")
    shell.run(f"show last > {tmp_path}/f", f"show last headers > {tmp_path}/h")

    assert (tmp_path / "f").read_bytes() == shell.context.last.body
    assert (tmp_path / "h").read_text().startswith("HTTP/1.1 200")
