"""What docs/security.md promises is tested where it says so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.rows import check_rows

from callbox.replay.run_option_table import RUN_OPTIONS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/security.md").read_text("utf-8")


@check_rows("name", sorted(set(re.findall(r"tests/[\w/]+\.py", TEXT))))
def test_each_test_that_is_named_is_there(name) -> None:
    assert (ROOT / name).is_file()


@check_rows("link", sorted(set(re.findall(r"\]\(#([\w-]+)\)", TEXT))))
def test_each_section_that_is_named_is_there(link) -> None:
    headings = [line[3:].lower().replace(" ", "-") for line in TEXT.splitlines() if line.startswith("## ")]

    assert link in headings


@check_rows("option", ["sandbox", "sandbox-output", "allow-env", "allow-host", "deadline"])
def test_each_option_that_is_named_is_there(option) -> None:
    assert option in RUN_OPTIONS
    assert f"--{option}" in TEXT


def test_sections_that_promise_say_where_they_are_tested() -> None:
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    promised = re.findall(r"\| \[([^\]]+)\]\(#", TEXT)

    assert len(promised) == 9
    assert all("tests/" in next(one for one in sections if one.startswith(name)) for name in promised)
