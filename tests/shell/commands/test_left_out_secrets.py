"""Lines of `show session` whose secrets are `?`, typed again."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("line", ["set header X-Note {{pw}}", "set query note {{pw}}", "set var note {{pw}}"])
def test_a_listed_secret_of_a_harmless_name_is_asked_for_when_its_line_is_typed_again(shell, line: str) -> None:
    shell.answers = ["hunter2", "hunter3"]
    shell.run("set var pw ?", line)
    (listed,) = (one for one in shell.say("show session").splitlines() if "ote" in one)
    told = shell.say(listed)

    assert listed.endswith(" ?")
    assert "hunter" not in told + shell.say("show session", "show headers", "show query", "show vars")
    assert "hunter3" in shell.say("set header X-Reveal {{pw}}", "preview get / --reveal") or "var" in line
    assert [is_secret for _, is_secret in shell.asked] == [True, True]


def test_a_question_mark_among_other_words_of_a_header_is_text(shell) -> None:
    shell.say("set header X-Note what ? now", "set header X-Other '?'")

    assert "X-Note: what ? now" in shell.say("preview get /")
    assert "X-Other: ?" in shell.say("preview get /")
