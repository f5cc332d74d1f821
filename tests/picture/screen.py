"""The README's picture: a real session on the practice API, typed into a pseudo-terminal, drawn as SVG.

    python tests/picture/screen.py [FILE]

What differs from run to run (port, times, dates, ids) is put to constants of the same length, so that the picture
changes only when the shell does. Without a FILE it goes to docs/screen.svg.
"""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import pyte

from callbox.practice import Practice

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "terminal"))
from conftest import Terminal  # noqa: E402  # the terminal that the tests type into

COLUMNS, ROWS = 108, 46
LINES = (
    "post /login user=ann password=secret -b",
    "show cookies",
    "set header X-Trace demo",
    "get /me -h",
    "preview get /loans since==2026",
)
LAST = "unset cookie "
"""Typed and not sent: the menu stands open below it."""

CELL, LINE, SIZE, EDGE, BAR = 7.8, 17, 13, 20, 38
"""Width and height of a character's cell, size of the type, the edge around it, height of the window's bar."""
BACK, FRAME, TEXT = "#15181e", "#2b3038", "#d5d9e0"
COLORS = {
    "black": "#15181e", "red": "#f47067", "green": "#8bd49c", "brown": "#e5c07b", "blue": "#74b2ff",
    "magenta": "#d2a8ff", "cyan": "#62d0dc", "white": "#d5d9e0", "brightblack": "#7d8794", "brightred": "#ff938a",
    "brightgreen": "#b4f1b4", "brightbrown": "#f9e2af", "brightblue": "#a5d0ff", "brightmagenta": "#e7c9ff",
    "brightcyan": "#9aeaf2", "brightwhite": "#ffffff",
}  # fmt: skip
LIGHTS = ("#ff5f57", "#febc2e", "#28c840")
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
CONSTANTS = (
    (r"127\.0\.0\.1:8\d\d\d", "127.0.0.1:8000"),
    (r"\b[0-9a-f]{24}\b", "49b1518b55a51962d7104b6c"),
    (r'(?<="token": ").{32}', "8bnnlFeY7UIcbhEKBJyt3RoS95LsG5Y_"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Sat, 14 Mar 2026 09:26:53 GMT"),
    (r'(?<=")\d\d \w{3} \d{4}(?=")', "14 Mar 2026"),
    (r"^(theme .*)\b\d{4}-\S+ \S+Z", r"\g<1>2026-03-14 10:26:53Z"),
    (r"^(visited .*)\b\d{4}-\S+ \S+Z", r"\g<1>2027-03-14 09:26:53Z"),
    (r"\b\d+(\.\d+)? ms *$", "1.4 ms"),
)
"""What is another in each run, and what stands in the picture; to the end of a row, or of the same length."""


class Look(NamedTuple):
    """How a character is drawn."""

    color: str
    back: str
    is_bold: bool
    is_italic: bool


class Screen(pyte.Screen):
    """A screen that knows faint text, which pyte does not: here it is the terminal's grey."""

    def select_graphic_rendition(self, *attributes: int, **more: bool) -> None:
        super().select_graphic_rendition(*(90 if each == 2 else each for each in attributes), **more)


def main(words: Sequence[str]) -> int:
    """Type the session, draw it."""
    with tempfile.TemporaryDirectory() as folder:
        screen = record(Path(folder))
    target = Path(words[0]) if words else ROOT / "docs" / "screen.svg"
    target.write_text(draw(screen), "utf-8")
    print(f"wrote {target}")
    return 0


def record(home: Path) -> pyte.Screen:
    """The screen at the end of the session."""
    environ = {"NO_COLOR": "", "FORCE_COLOR": "", "COLORTERM": "", "COLUMNS": "", "LINES": ""}
    with _practice() as api:
        terminal = Terminal(home, api.url, columns=COLUMNS, rows=ROWS, **environ)
        terminal.screen = Screen(COLUMNS, ROWS)
        terminal.stream = pyte.ByteStream(terminal.screen)
        try:
            terminal.prompted()
            for _ in range(40):
                terminal.read()  # what stands behind the prompt is still being loaded, and the colours with it
            for line in LINES:
                terminal.type(line)
            terminal.send(LAST)
            terminal.until(lambda text: "visited" in text.rpartition(LAST.strip())[2], "the menu")
            for _ in range(10):
                terminal.read()
        finally:
            terminal.close()
    return terminal.screen


def _practice() -> Practice:
    """The API on the first free port of four digits: a fifth one would move what follows it."""
    for port in range(8000, 9000):
        try:
            return Practice(port=port)
        except OSError:
            continue
    raise SystemExit("no free port from 8000 to 8999")


def draw(screen: pyte.Screen) -> str:
    """The screen as SVG."""
    width, height = COLUMNS * CELL + 2 * EDGE, ROWS * LINE + BAR + EDGE
    name = "callbox on its practice API"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title about">',
        f'<title id="title">{name}</title>',
        '<desc id="about">A terminal: a login, the cookie jar, an answer in JSON, a preview that says where each '
        "header comes from, and a toolbar that counts what the session holds.</desc>",
        f"<style>text{{font:{SIZE}px {FONTS};white-space:pre}}.b{{font-weight:700}}"
        ".i{font-style:italic}.n{font:13px system-ui,sans-serif}</style>",
        f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="10" fill="{BACK}" stroke="{FRAME}"/>',
        *(f'<circle cx="{EDGE + 20 * at}" cy="20" r="6" fill="{color}"/>' for at, color in enumerate(LIGHTS)),
        f'<text class="n" x="{width / 2:g}" y="24" text-anchor="middle" fill="#8d96a3">callbox</text>',
        f'<g fill="{TEXT}">',
    ]
    for number in range(ROWS):
        parts += _row(screen, number)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _row(screen: pyte.Screen, number: int) -> Iterator[str]:
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    text = was = "".join(cell.data for cell in cells)
    for pattern, constant in CONSTANTS:
        text = re.sub(pattern, constant, text)
    last, length = len(was.rstrip()) - 1, len(text.rstrip())
    looks = [_look(cells[min(column, last) if column < length else column]) for column in range(COLUMNS)]
    text = text.ljust(COLUMNS)
    top, base = BAR + number * LINE, BAR + number * LINE + 13
    if number == screen.cursor.y:
        x = EDGE + screen.cursor.x * CELL
        yield f'<rect x="{x:g}" y="{top}" width="{CELL:g}" height="{LINE}" fill="{TEXT}" opacity=".75"/>'
    drawn = list[str]()
    for look, run in itertools.groupby(range(COLUMNS), key=looks.__getitem__):
        places = list(run)
        start, stop = places[0], places[-1] + 1
        if look.back != BACK:
            yield (
                f'<rect x="{EDGE + start * CELL:g}" y="{top}" width="{(stop - start) * CELL:g}" height="{LINE}" '
                f'fill="{look.back}" shape-rendering="crispEdges"/>'
            )
        drawn += [_word(look, start + match.start(), match[0], base) for match in WORDS.finditer(text[start:stop])]
    yield from drawn


WORDS = re.compile(r"\S+(?: \S+)*")
"""What is drawn in one go: blanks of more than one are left out, and the next begins at its own place."""


def _word(look: Look, column: int, text: str, base: float) -> str:
    style = " ".join(("b",) * look.is_bold + ("i",) * look.is_italic)
    kind = f' class="{style}"' if style else ""
    fill = f' fill="{look.color}"' if look.color != TEXT else ""
    x, length = EDGE + column * CELL, len(text) * CELL
    return f'<text x="{x:g}" y="{base:g}" textLength="{length:g}"{kind}{fill}>{escape(text, quote=False)}</text>'


def _look(cell: pyte.screens.Char) -> Look:
    color, back = _color(cell.fg, TEXT), _color(cell.bg, BACK)
    if cell.reverse:
        color, back = back, color
    return Look(color, back, cell.bold, cell.italics)


def _color(name: str, otherwise: str) -> str:
    if name == "default":
        return otherwise
    return COLORS.get(name) or f"#{name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
