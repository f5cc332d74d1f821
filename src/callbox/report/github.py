"""Annotations of GitHub's workflow runs: a line of `::error ..::` for all that did not go well."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from callbox.render.sanitise import visible_line
from callbox.report.result import Result
from callbox.report.run import Run, names_of, place_line

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def write(run: Run, locate: Callable[[str], str] = str) -> str:
    """A line for each failed check and each error; nothing where all went well.

    `locate` gives a file's name as the repository has it.
    """
    lines = [
        line
        for _, results in run.files()
        for label, result in zip(names_of(results), results, strict=True)
        for line in _annotations(label, result, locate)
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotations(label: str, result: Result, locate: Callable[[str], str]) -> Iterator[str]:
    for checked in result.failures:
        told = [checked.text, f"expected {checked.expected}", f"actual {checked.actual}"]
        yield _annotation(locate(result.file), checked.line, checked.column, label, told)
    if result.error is not None:
        place = result.error.place
        file = place.file if place is not None and place.file else result.file
        column = place.column if place is not None and place.file else 0
        told = [result.error.message, result.error.hint]
        yield _annotation(locate(file), place_line(result), column, label, told)


def _annotation(file: str, line: int, column: int, title: str, told: list[str]) -> str:
    facts = {"file": file, "line": line or "", "col": column or "" if line else "", "title": title}
    words = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in facts.items() if value)
    # Each part is one visible line, and only our own newlines go between them, encoded.
    message = "\n".join(visible_line(text) for text in told if text)
    return f"::error {words}::{_escaped(message, _IN_MESSAGE, is_visible=True)}"


def _escaped(text: str, table: dict[str, str], *, is_visible: bool = False) -> str:
    shown = text if is_visible else visible_line(text)
    return "".join(table.get(character, character) for character in shown)
