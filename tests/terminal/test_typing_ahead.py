"""Keys that are typed while a request waits: they stand at the next prompt, and not in the response."""

from __future__ import annotations

import threading

from tests.support.server import Recorder, Request


def test_keys_typed_while_a_request_waits_stand_at_the_next_prompt_only(terminal) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def answer(request: Request) -> bytes:
        asked.set()
        may_answer.wait(60)
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nbody\n"

    with Recorder(answer) as server:
        shell = terminal(server.url)
        shell.prompted()
        shell.send("get /x -b\r")
        assert asked.wait(60)
        shell.send("typed ahead")
        shell.see("waiting for the response")
        assert "typed ahead" not in shell.text

        may_answer.set()
        shell.see("> typed ahead")

        assert "body" in shell.rows
        shell.send("\x03")
        shell.type("! stty -a | grep -o ' echo '")
        shell.see(" echo")
