"""`replay` takes the flags of `callbox replay` that make sense in a live session."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.shell.completion.completer import complete
from callbox.shell.line.redaction import redact_line

SCRIPT = """\
@who = nobody

### first
# @tag quick
# @expect body $.query[0][1] == {{wanted}}
GET {{base}}/echo?who={{who}}

### second
GET {{base}}/status/500

### third
GET {{base}}/ping
"""


@pytest.fixture
def script(tmp_path: Path, api) -> str:
    (tmp_path / "flow.http").write_text(f"@base = {api.url}\n@wanted = nobody\n{SCRIPT}")
    return "replay flow.http"


def said(shell, line: str) -> list[str]:
    """The first words of each line that the replay printed."""
    from callbox.render.ansi_and_sanitiser import plain
    from callbox.shell.outputs import Failure, TextOutput

    outputs = shell.run(line)
    text = "".join(plain(output.fragments) for output in outputs if isinstance(output, TextOutput))
    failures = [o.error.message for o in outputs if isinstance(o, Failure)]
    return [row for row in text.splitlines() if row[:1] not in (" ", "")] + failures


def test_variables_win_over_the_file(shell, script: str) -> None:
    rows = said(shell, f"{script} 1 --var who=ann --var wanted=ann")

    assert rows[0].startswith("ok      GET /echo?who=ann")


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        ("--name third", 1),
        ("-n third --name first", 2),
        ("--tag quick", 1),
        ("--from third", 1),
        ("--index 1,3", 2),
        ("--repeat 2 --tag quick", 2),
        ("--bail=1 --fail-on 5xx", 3),
    ],
)
def test_requests_are_chosen(shell, script: str, flags: str, count: int) -> None:
    rows = said(shell, f"{script} {flags}")

    assert sum(row.startswith(("ok ", "failed ", "skipped ")) for row in rows) == count


def test_a_dry_run_sends_nothing(shell, script: str) -> None:
    said(shell, f"{script} --dry-run")

    assert shell.context.history.items() == []


def test_statuses_that_fail_are_chosen(shell, script: str) -> None:
    assert said(shell, f"{script} second --fail-on none")[0].startswith("ok      GET /status/500")


def test_options_of_the_session_count_for_this_replay(shell, api, tmp_path: Path) -> None:
    (tmp_path / "slow.http").write_text(f"GET {api.url}/slow?seconds=5\n")

    assert said(shell, "replay slow.http --timeout 100ms")[0].startswith("error   GET /slow")
    assert "timeout" not in shell.say("show session")


@pytest.mark.parametrize(
    ("flags", "message", "underlined"),
    [
        ("--retry x", "--retry takes a number of at least 0, not 'x'", "x"),
        ("--var who", "--var takes NAME=VALUE, not 'who'", "who"),
        ("--vra who=1", "No flag '--vra' here", "--vra"),
        ("--rate soon", "--rate takes a number of requests per unit of time, not 'soon'", "soon"),
        ("--undefined maybe", "--undefined must be error, keep, empty, not 'maybe'", "maybe"),
        ("--vars-file nope.json", "No such file: nope.json", "nope.json"),
    ],
)
def test_a_wrong_value_is_shown_where_it_stands(shell, script: str, flags: str, message: str, underlined: str) -> None:
    error = shell.failure(f"{script} {flags}").error

    assert error.message == message
    assert error.place.source[error.place.column - 1 :][: error.place.length] == underlined


def test_a_secret_variable_is_redacted_in_the_history_and_asked_for(shell, script: str) -> None:
    line = f"{script} 1 --var token=sesame --var who=ann --var wanted=ann"
    assert redact_line(line) == f"{script} 1 --var token=? --var who=ann --var wanted=ann"

    shell.answers.append("sesame")
    said(shell, redact_line(line))

    assert shell.asked == [("token", True)]


def test_flags_and_their_choices_are_completed(shell) -> None:
    assert "--vars-file" in [c.text for c in complete("replay f.http --var", 19)]
    assert [c.text for c in complete("replay f.http --undefined ", 26)] == ["error", "keep", "empty"]
