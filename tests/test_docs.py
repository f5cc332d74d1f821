"""The documents tell the truth: their blocks run, print what they say, and docs/commands.md is the table's.

Three sorts of blocks run: `python`; `console`, whose `$ ` lines are given to the system's shell; and `callbox`, whose
`> ` lines are typed into one shell, a session for each document. What a block prints below a line is compared where
it is there; `...` stands for anything, and times count as equal.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.processes import write_command
from tests.support.rows import check_rows

from callbox.cli.session_startup import make_context
from callbox.httpfile.tool_notations import replaced
from callbox.practice import Practice
from callbox.shell.curl_command_translator import curl_markdown
from callbox.shell.help_pages import commands_markdown
from callbox.shell.interpreter import run
from callbox.terminal.output_streams_and_pager import OutputStream
from callbox.terminal.screen import Screen

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/guide.md", "docs/library.md", "docs/ci.md", "docs/scripts.md", "docs/sessions.md")
PAGES_OF_MAINTAINERS = ("docs/architecture.md", "docs/decisions.md", "docs/contributing.md", "docs/security.md")
PLACE = "127.0.0.1:8000"
"""Where the documents have the practice API; the tests put the real place there."""

SOURCE = ROOT / "src" / "callbox"
_PACKAGES = "|".join(sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()))
_MODULE = re.compile(rf"`(?:callbox\.)?((?:{_PACKAGES})(?:\.[a-z_0-9]+)+)(?:[:.]\w+)?`")
_MEMBER = re.compile(rf"`(\w+)`\s+(?:\(|of )`((?:{_PACKAGES})(?:\.[a-z_0-9]+)+)`")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d+(?:\.\d+)? (?:us|ms|s)\b")
_COLUMN = re.compile(r"(?<=\S) {2,}")
_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line of the document on which it begins."""

    language: str
    text: str
    line: int


class Step(NamedTuple):
    """Something that is typed, and what it is said to print."""

    typed: str
    printed: str


def blocks(document: str, language: str) -> list[Block]:
    """The blocks of one language."""
    text = (ROOT / document).read_text("utf-8")
    found = (Block(match[1], match[2], text.count("\n", 0, match.start()) + 2) for match in _BLOCK.finditer(text))
    return [block for block in found if block.language == language]


def steps(text: str, prompt: str) -> Iterator[Step]:
    """What is typed after each prompt, and what stands below it."""
    pieces = re.split(rf"^{prompt}(.*)\n", text, flags=re.MULTILINE)
    return (Step(typed, printed) for typed, printed in zip(pieces[1::2], pieces[2::2], strict=True))


def assert_printed(expected: str, printed: str, place: str) -> None:
    """What was printed is what the document says."""
    want, got = same_for_all(expected), same_for_all(printed.replace(place, PLACE))
    checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS
    if want.strip() and not checker.check_output(want, got, flags):
        pytest.fail(checker.output_difference(doctest.Example("", want), got, flags), pytrace=False)


def same_for_all(text: str) -> str:
    """Without what differs from run to run: times, dates, and the widths of columns."""
    text = _COLUMN.sub("  ", _DATE.sub("Mon, 02 Sep 2024 08:00:00 GMT", _TIME.sub("1 ms", text)))
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"


def type_all(typed: list[Step], place: str) -> None:
    """Type the steps into one shell, and compare what its screen shows."""
    context = make_context(lambda: 100)
    list(run(f"set base http://{place}", context))
    for step in typed:
        shown = io.BytesIO()
        screen = make_screen(shown)
        for output in run(step.typed.replace(PLACE, place), context):
            screen.show(output)
        printed = shown.getvalue().decode()
        if not step.printed:
            assert screen.exit_code == 0, f"{step.typed}: {printed}"
        assert_printed(step.printed, printed, place)
    context.session.close()


def make_screen(shown: io.BytesIO) -> Screen:
    """A terminal of 100 columns without colours."""
    stream = OutputStream(shown, is_terminal=True)
    return Screen(stream, stream, lambda: 100, lines=lambda: 60, now=lambda: 0.0)


@pytest.fixture
def inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A folder to be in, with the examples and `callbox` as a command; gives the file that the command inherits."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    command = tmp_path / "bin" / "callbox"
    command.parent.mkdir()
    inherited = write_command(command)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    return inherited


@pytest.mark.parametrize("document", DOCUMENTS)
def test_lines_typed_into_the_shell_print_what_is_shown(document: str, inherited: int) -> None:
    typed = [step for block in blocks(document, "callbox") for step in steps(block.text, r"\S*> ")]

    with Practice() as api:
        type_all(typed, api.url.partition("://")[2])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_of_the_system_run(document: str, inherited: int) -> None:
    for block in blocks(document, "console"):
        for step in steps(block.text, r"\$ "):
            with Practice() as api:
                place = api.url.partition("://")[2]
                done = subprocess.run(
                    ["sh", "-c", step.typed.replace(PLACE, place)],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, pass_fds=[inherited],
                )  # fmt: skip
                if not step.printed:
                    assert done.returncode == 0, done.stderr
                assert_printed(step.printed, done.stdout + done.stderr, place)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_blocks_run(document: str, inherited: int) -> None:
    for block in blocks(document, "python"):
        done = subprocess.run([sys.executable, "-W", "error", "-c", block.text], capture_output=True, text=True)

        assert done.returncode == 0, f"{document}:{block.line}\n{done.stderr}"


@check_rows("document", PAGES_OF_MAINTAINERS)
def test_modules_and_names_that_pages_point_to_are_there(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    missing = [name for name in _MODULE.findall(text) if not _source_of(name)]
    missing += [f"{module}:{name}" for name, module in _MEMBER.findall(text) if name not in _source_of(module)]
    missing += [path for path in re.findall(r"`((?:src|tests)/[\w/.]+)`", text) if not (ROOT / path).exists()]

    assert missing == []


def _source_of(module: str) -> str:
    """The text of a module or of the `__init__` of a package; empty where there is none."""
    path = SOURCE / module.replace(".", "/")
    found = [one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()]
    return found[0].read_text("utf-8") if found else ""


@check_rows("document", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").iterdir())])
def test_links_lead_to_files(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)

    here = (ROOT / document).parent
    assert [link for link in links if "://" not in link and not (here / link).exists()] == []


def test_every_command_stands_in_its_document() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == commands_markdown()


def test_every_notation_stands_in_its_document() -> None:
    page = (ROOT / "docs" / "scripts.md").read_text("utf-8")

    assert page == replaced(page)


def test_every_option_of_curl_stands_in_its_document() -> None:
    assert (ROOT / "docs" / "curl.md").read_text("utf-8") == curl_markdown()


@check_rows(
    ("expected", "printed", "is_same"),
    [
        pytest.param("12 B in 3 ms\n", "12 B in 27.1 ms\n", True, id="times"),
        pytest.param("a\n...\nz\n", "a\nb\nc\nz\n", True, id="left out"),
        pytest.param("GET /a\n", "GET /b\n", False, id="another text"),
        pytest.param("http://127.0.0.1:8000/\n", "http://127.0.0.1:41234/\n", True, id="the port"),
    ],
)
def test_what_is_printed_is_compared(expected: str, printed: str, is_same: bool) -> None:
    if is_same:
        assert_printed(expected, printed, "127.0.0.1:41234")
    else:
        with pytest.raises(pytest.fail.Exception):
            assert_printed(expected, printed, "127.0.0.1:41234")
