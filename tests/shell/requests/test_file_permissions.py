"""Which files are their owner's alone: all that the shell writes but the bodies of responses."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest


def mode(name: str) -> int:
    return stat.S_IMODE(Path(name).stat().st_mode)


@pytest.mark.parametrize(
    "line",
    [
        "show session > f",
        "show session >> f",
        "show cookies > f",
        "show headers > f",
        "show history > f",
        "show last request > f",
        "show last body > f",
        "preview get /x --as curl --reveal > f",
        "export cookies f",
        "export har f",
        "save history f.http",
        "save last f.http",
        "get /ping -v > f",
        "get /ping -h > f",
        "get /ping --print=Hb >> f",
        "again -v > f",
        "send GET /ping -h > f",
    ],
)
def test_what_may_hold_secrets_is_its_owners_alone(shell, line: str) -> None:
    shell.say("get /ping")

    shell.say(line)

    assert mode("f.http" if "f.http" in line else "f") == 0o600


@pytest.mark.parametrize(
    "line", ["get /ping > f", "get /ping >> f", "get /ping -b > f", "send GET /ping > f", "again > f"]
)
def test_the_body_of_a_response_has_the_usual_permissions(shell, line: str) -> None:
    Path("usual").touch()
    shell.say("get /ping")

    shell.say(line)

    assert mode("f") == mode("usual")


@pytest.mark.parametrize("line", ["show session > f", "export cookies f --force", "get /ping > f", "show session >> f"])
@pytest.mark.parametrize("kept", [0o600, 0o640, 0o644])
def test_a_file_that_is_there_keeps_its_permissions(shell, line: str, kept: int) -> None:
    Path("f").touch()
    Path("f").chmod(kept)

    shell.say(line)

    assert mode("f") == kept


def test_a_link_that_the_user_named_is_followed(shell) -> None:
    Path("real").write_text("old")
    Path("f").symlink_to("real")

    shell.say("show session > f")

    assert Path("f").is_symlink()
    assert Path("real").read_text() != "old"
