"""The tests lie as the sources do, and the page for contributors names what there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent
SOURCE = ROOT.parent / "src" / "callbox"
APART = {
    "attack": "real shells, and patterns at full size: make attack",
    "engine/cookies": "the jar as a client uses it, behind each way to send",
    "library": "the library as its users see it: the modules beside the packages",
    "library/fifty": "fifty programs of Requests' documentation",
    "linear": "every pattern and reader of the package",
    "picture": "the picture of the README",
    "support": "what the tests use",
}
"""Folders of tests that are no package of the sources, each with what they try."""
PAGE = (ROOT.parent / "docs" / "contributing.md").read_text("utf-8")
SECTION = PAGE.partition("## Where to put things")[2].partition("\n## ")[0]


def test_folders_of_tests_are_packages_of_the_sources() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.rglob("test_*.py")}

    assert {folder for folder in folders if not (SOURCE / folder).is_dir()} == APART.keys()


def test_paths_of_the_page_for_contributors_exist() -> None:
    paths = re.findall(r"`([\w/.]+(?:\.py|/|\.md))`", SECTION)

    assert [path for path in paths if not (SOURCE / path).exists() and not (ROOT.parent / path).exists()] == []


def test_tables_of_the_page_for_contributors_exist() -> None:
    rows = re.findall(r"^\| (.*?) \| `([\w/]+\.py)` \|$", SECTION, re.MULTILINE)
    named = [(path, name) for names, path in rows for name in re.findall(r"`(_?\w+)`", names)]

    assert [one for one in named if not re.search(rf"\b{one[1]}\b", (SOURCE / one[0]).read_text("utf-8"))] == []
