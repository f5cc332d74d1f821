"""Parse TOML that is not trusted, within limits. Errors have one line and a place.

tomllib needs 43 seconds for a key of 50,000 parts, so the parts are counted first.
"""

from __future__ import annotations

import re
from typing import Final

from callbox.errors import Place, UsageError

MAX_BYTES: Final = 16_000_000
MAX_DEPTH: Final = 20
"""How many parts a key may have; `a.b.c` has three."""

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"""|\\?\Z)'  # an unclosed string takes the rest, so each character is read once
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*"
    r"|(?P<dot>\.)"
    r"|(?P<end>[\n=,{}\[\]])",
    re.DOTALL,
)
_WHERE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)\Z")


class Damaged(UsageError):
    """A file is damaged: it is no TOML, or its TOML has another structure than expected."""


def read_toml(data: bytes, name: str) -> dict[str, object]:
    """Parse a TOML file. `name` is the name of the file, for errors. Raises `Damaged` if it is no TOML, has more than
    16 MB, or has keys or values that are nested too deep.

    >>> read_toml(b"a = 1\\nb.c = 'x'", "f.toml")
    {'a': 1, 'b': {'c': 'x'}}
    """
    import tomllib  # not at the top: the import takes 8 ms, and often there is no file

    if len(data) > MAX_BYTES:
        raise Damaged(f"{name} has more than {MAX_BYTES:,} bytes")
    text = _decode(data, name)
    if line := deep_key(text):
        raise Damaged(f"A key with more than {MAX_DEPTH} parts", place=Place(name, line))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _located(str(error), text, name) from None
    except RecursionError:
        raise Damaged(f"{name} is nested too deep") from None
    except ValueError:  # The text has an integer of thousands of digits, or an impossible date.
        raise Damaged(f"{name} holds an impossible number or date") from None


def deep_key(text: str) -> int:
    """Find a key with too many parts. Returns its line (1-based); 0 if there is none. Takes linear time."""
    dots = 0
    for match in _TOKEN.finditer(text):
        if match["end"]:
            dots = 0
        elif match["dot"]:
            dots += 1
            if dots >= MAX_DEPTH:
                return text.count("\n", 0, match.start()) + 1
    return 0


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Damaged(f"{name} is not UTF-8 text (byte {error.start:,})") from None


def _located(message: str, text: str, name: str) -> Damaged:
    match = _WHERE.search(message)
    what = message[: match.start()].rstrip() if match else message
    problem = f"This is not TOML: {what[:1].lower()}{what[1:]}"
    if match is None or match[1] is None:
        return Damaged(problem, place=Place(name, text.count("\n") + 1))
    line, column = int(match[1]), int(match[2])
    source = text.split("\n", line)[line - 1][:200]
    return Damaged(problem, place=Place(name, line, column, length=1, source=source if column <= len(source) else ""))
