"""Whatever is typed, a line ends in outputs: an error is a Failure, never an exception."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from tests.support.closed_port import CLOSED

from callbox.cli.session_startup import make_context
from callbox.errors import UsageError
from callbox.shell.command_context import Context, Sink
from callbox.shell.completion.completion_context_builder import build_context
from callbox.shell.interpreter import run
from callbox.shell.outputs import Failure
from callbox.shell.registry import COMMANDS
from callbox.terminal.prompt_text import prompt_text
from callbox.terminal.toolbar import toolbar

WORDS = sorted({word for command in COMMANDS for word in command.words if word != "!"})
EXAMPLES = [example for command in COMMANDS for example in command.examples if not example.startswith("!")]
PIECES = [
    "*",
    "{{",
    "}}",
    "{{x}}",
    "'",
    '"',
    "\\",
    "a=1",
    "a:=[",
    "X-A:1",
    "q==",
    "@f",
    ">",
    "|",
    "--",
    "--auth",
    "?",
    "-1",
    "`",
    "`date`",
    "$'",
]


@contextlib.contextmanager
def nowhere(*_: object) -> Iterator[Sink]:
    raise UsageError("there is no disk")
    yield  # type: ignore[unreachable]


def refuse(*_: object) -> bytes:
    raise UsageError("there is no disk")


def make_shell() -> Context:
    """A shell with nothing around it, on a port where nobody listens."""
    context = make_context(lambda: 60)
    context.session.base_url = f"http://{CLOSED}"
    context.is_typed = True
    context.ports = context.ports._replace(
        read_file=refuse,
        read_pieces=refuse,
        write_file=refuse,
        open_file=nowhere,
        check_line=lambda line: None,
        open_pipe=nowhere,
        run=lambda line: 0,
        capture=lambda line: (b"printed\n", 0),
        ask=lambda question, is_secret: "secret",
    )
    return context


lines = st.one_of(
    st.text(max_size=30),
    st.lists(st.one_of(st.sampled_from(WORDS + PIECES), st.text(max_size=8)), max_size=8).map(" ".join),
    st.tuples(st.sampled_from(EXAMPLES), st.sampled_from(["", *PIECES])).map(" ".join),
)


@given(st.lists(lines, min_size=1, max_size=6))
def test_any_line_ends_in_outputs(typed: list[str]) -> None:
    context = make_shell()

    for line in typed:
        outputs = list(run(line, context))
        assert all(not isinstance(output, Failure) or output.error.message for output in outputs)

    build_context(context)
    toolbar(context)
    prompt_text(context.shown_base)


def test_every_example_of_the_table_is_handled() -> None:
    for example in EXAMPLES:
        context = make_shell()
        list(run("set header X-Test 1", context))
        outputs = list(run(example, context))

        assert outputs or example in ("get",), example
