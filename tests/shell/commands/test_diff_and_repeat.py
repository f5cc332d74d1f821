"""`diff`, and one request many times."""

from __future__ import annotations

from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.interpreter import run
from callbox.shell.outputs import Failure, TextOutput, TransferProgress


def test_the_last_two_responses_of_a_target_are_compared(shell) -> None:
    shell.run("get /echo X-A:1", "get /ping", "get /echo X-A:2")

    said = shell.say("diff body")

    assert "1 -> 2" in said.replace('"', "")


def test_no_difference_is_reported(shell) -> None:
    shell.run("get /ping", "get /ping")

    assert shell.say("diff body") == "no difference\n"


def test_two_responses_are_compared_by_number(shell) -> None:
    shell.run("get /status/200", "get /status/404", "get /ping")

    assert "~ status  200 OK -> 404 Not Found\n" in shell.say("diff 1 2")


def test_without_an_earlier_response_the_error_says_what_to_do(shell) -> None:
    shell.run("get /ping")

    assert shell.fail("diff").endswith("send the request again, or name two responses: diff 1 2")


def test_repeated_requests_are_summarised(shell) -> None:
    shell.run("get /ping")

    said = shell.say("again --times 5")

    assert "\n5 requests, 200 x 5, 0 errors, 1 connection\n" in said
    for word in ("median", "p95", "max", "in their order"):
        assert word in said
    assert len(shell.context.history.items()) == 2, "the last of them is enough"


def test_errors_of_many_are_counted(shell) -> None:
    shell.run("get /status/500")

    assert "\n3 requests, 500 x 3, 3 errors" in shell.say("again --times 3")


def test_what_could_not_be_sent_is_counted_and_fails(shell) -> None:
    shell.run("get /drop", "get /truncated")

    outputs = shell.run("again --times 2")

    assert isinstance(outputs[-1], Failure)
    assert outputs[-1].exit_code == 3
    assert outputs[-1].error.message.startswith("2 of 2 could not be sent; the last: Body ended early")


def test_ctrl_c_between_two_of_many_tells_of_those_that_were(shell) -> None:
    shell.run("get /ping")
    said = ""

    for output in run("again --times 3", shell.context):
        if isinstance(output, TransferProgress) and output.received == 1:
            assert shell.context.interrupt()
        if isinstance(output, TextOutput):
            said += plain(output.fragments)

    assert said.startswith("1 request, 200 x 1")
    assert not shell.context.interrupt()
