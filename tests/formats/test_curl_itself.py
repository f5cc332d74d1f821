"""The requests that the other tests expect of curl commands are those that curl sends."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.curl_cases import CASES, Case
from tests.support.curl_recorder import Request, make_recorder, run_curl, write_files
from tests.support.server import Recorder

from callbox.formats.curl_options import OPTIONS

pytestmark = pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="curl or bash is not here")


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    made = make_recorder()
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("curl")
    write_files(made)
    return made


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.only not in ("cmd", "powershell")], ids=lambda case: case.name
)
def test_curl_sends_the_request(recorder: Recorder, folder: Path, case: Case) -> None:
    assert run_curl(case.command, recorder, folder) == Request(case.line, tuple(case.headers), case.body)


def test_the_table_has_every_option_of_curl() -> None:
    text = subprocess.run(["curl", "--help", "all"], capture_output=True, check=True, text=True).stdout
    found = re.findall(r"^ (?:-(.), |    ) *--(\S+)( <| \[protocol)?", text, re.MULTILINE)

    theirs = {(name.removeprefix("no-"), letter, bool(value)) for letter, name, value in found}
    ours = {(option.name, option.letter, option.takes_value) for option in OPTIONS.values()}
    newer = {option for option in theirs - ours if option[0] not in OPTIONS}

    assert len(theirs) > 200
    assert theirs - newer <= ours
