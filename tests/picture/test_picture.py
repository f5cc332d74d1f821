"""The README's picture as it lies in docs: any viewer can read it, and it tells nothing of the machine it was made on."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent.parent
PICTURE = ROOT / "docs" / "screen.svg"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_well_formed_and_says_what_it_shows() -> None:
    root = ElementTree.fromstring(PICTURE.read_text("utf-8"))

    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


def test_the_picture_loads_and_runs_nothing() -> None:
    root = ElementTree.fromstring(PICTURE.read_text("utf-8"))
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    attributes = {name for element in root.iter() for name in element.attrib}

    assert names == {"svg", "title", "desc", "style", "rect", "circle", "g", "text"}
    assert [name for name in attributes if name.startswith("on") or name.endswith("href")] == []


def test_the_picture_tells_nothing_of_the_machine_it_was_made_on() -> None:
    texts = ElementTree.fromstring(PICTURE.read_text("utf-8")).itertext()

    assert [text for text in texts if re.search(r"/(home|root|tmp|var|Users|work)\b|(?<!sid=)@[a-z]", text)] == []


def test_the_readme_shows_it() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert re.search(r"^!\[[^\]]{20,}\]\(docs/screen\.svg\)$", readme, re.MULTILINE)
