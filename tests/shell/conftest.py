"""A shell without a terminal on a real practice API: lines in, outputs out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callbox.cli.session_startup import make_context, real_ports
from callbox.exchange.exchange_record_and_events import Chunk, Done, Record
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.practice import Practice
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.command_context import Context
from callbox.shell.interpreter import run
from callbox.shell.known_openapi_descriptions import KnownApi
from callbox.shell.outputs import ExchangeEvent, Failure, Output, Status, TextOutput


class Shell:
    """Runs lines and tells what came of them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.answers: list[str] = []
        """What the user will answer, in order."""
        self.asked: list[tuple[str, bool]] = []
        context.ports = real_ports(self._ask)

    def _ask(self, question: str, is_secret: bool) -> str:
        self.asked.append((question, is_secret))
        return self.answers.pop(0)

    def describe(self, document: dict[str, Any]) -> None:
        """Let the shell know a description, as `import openapi` does, without the process that reads a file for it."""
        base = self.context.session.base_url
        api = Api(compile_text(json.dumps(document), "api.json"))
        self.context.apis.add(KnownApi(base, "api.json", DescribedBase(api, base)))

    def run(self, *lines: str) -> list[Output]:
        """The outputs of these lines; the last line's failure, if it fails, is among them."""
        outputs: list[Output] = []
        for line in lines:
            outputs += run(line, self.context)
        return outputs

    def say(self, *lines: str) -> str:
        """What is said and shown, without the answers of servers; fails where a line fails."""
        outputs = self.run(*lines)
        for output in outputs:
            assert not isinstance(output, Failure), output.error.message
        return "".join(plain(output.fragments) for output in outputs if isinstance(output, (TextOutput, Status)))

    def content(self, line: str) -> str:
        """What a line prints for a file or a pipe: no notes."""
        return "".join(plain(output.fragments) for output in self.run(line) if isinstance(output, TextOutput))

    def fail(self, line: str) -> str:
        """The message, and after a blank the hint, of the line's failure."""
        failure = self.run(line)[-1]
        assert isinstance(failure, Failure)
        return f"{failure.error.message} {failure.error.hint}".strip()

    def failure(self, line: str) -> Failure:
        """The line's failure."""
        failure = self.run(line)[-1]
        assert isinstance(failure, Failure)
        return failure

    def record(self, *lines: str) -> Record:
        """The last exchange that these lines led to."""
        outputs = self.run(*lines)
        found = [o.event.record for o in outputs if isinstance(o, ExchangeEvent) and isinstance(o.event, Done)]
        assert found, [o.error.message for o in outputs if isinstance(o, Failure)]
        return found[-1]

    def body(self, *lines: str) -> bytes:
        """The content that these lines brought."""
        outputs = self.run(*lines)
        return b"".join(o.event.data for o in outputs if isinstance(o, ExchangeEvent) and isinstance(o.event, Chunk))


@pytest.fixture
def shell(api: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    context = make_context(lambda: 100)
    context.session.base_url = api.url
    yield Shell(context)
    context.session.close()
