"""Parse the text of a `.http` file into a `Script`, by one set of rules for every dialect. Never raises, on any text.

The modules beside this one read the parts of a step, in the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from callbox.exchange.template import holes
from callbox.httpfile.diagnostics import Diagnostic
from callbox.httpfile.gc_pause import pause_collector
from callbox.httpfile.model import Script
from callbox.httpfile.parser.header_block import find_expansions
from callbox.httpfile.parser.step import Block, FileContext, ReadResult, read_step
from callbox.httpfile.parser.step_builder import check_braces
from callbox.httpfile.parser.suspicious_lines import is_reported, look_alike_lints
from callbox.httpfile.source import File, Lines, SourceLine, decode, read_lines

_new = tuple.__new__


_ONE_WORD = re.compile(r"[\w-]{1,200}+\Z")
_LARGE = 50_000
"""Characters, from which on the collector is worth a thought."""


def parse(source: str | bytes, name: str = "") -> Script:
    """The script in a file's text or bytes; `name` is the file's name, for places.

    Errors and warnings are in `Script.diagnostics`, in the order of the file.

    >>> [step.label for step in parse("### Users\\nGET http://localhost/users").steps]
    ['Users']
    """
    text, bad_byte = decode(source)
    with pause_collector(len(text) > _LARGE):
        script = _parse(text, name)
    if bad_byte is None:
        return script
    return script._replace(diagnostics=(_bad_byte(bad_byte, script), *script.diagnostics))


def _parse(text: str, name: str) -> Script:
    file = File(text)
    uses = _uses(text)
    context = FileContext(find_expansions(Lines(file)), uses)
    script = _assemble(name, text, _read_blocks(file, context))
    if not text.isascii():
        script = _with_look_alikes(script, file, uses)
    return script._replace(expanded=frozenset(context.expansions.used)) if context.expansions.used else script


def _with_look_alikes(script: Script, file: File, uses: Callable[[str], bool]) -> Script:
    reported = {found.at.line for found in script.diagnostics if is_reported(found)}
    lints = tuple(look_alike_lints(file, uses, reported))
    if not lints:
        return script
    return script._replace(diagnostics=tuple(sorted((*script.diagnostics, *lints), key=_offset)))


def _bad_byte(offset: int, script: Script) -> Diagnostic:
    lines = read_lines(script.text)
    line = next((lines[index] for index, text in enumerate(lines.texts) if "\ufffd" in text), SourceLine("", 1, 0))
    at = line.whole.position_at(max(line.text.find("\ufffd"), 0))
    return Diagnostic("error", "not-utf-8", f"Byte {offset} is not UTF-8", "Save the file as UTF-8", at, 1, line.text)


def _uses(text: str) -> Callable[[str], bool]:
    """A function that says whether the text uses `{{name}}`; the text is searched once, at the first call."""

    @cache
    def names() -> frozenset[str]:
        return frozenset(hole.expression for hole in holes(text))

    return lambda name: name in names()


def _read_blocks(file: File, context: FileContext) -> Iterator[ReadResult]:
    number = 1
    for block in _split(file):
        start = 0
        while start < len(block.lines):
            read = read_step(block, start, number, context)
            number += read.step is not None
            if read.builder.variables:
                check_braces((variable.value for variable in read.builder.variables), block.lines, read.builder)
                if read.step is None:
                    read.builder.block_name = read.builder.value_of("name") or (
                        _name_of(block.title) if not start else ""
                    )
            yield read
            start = read.end


def _split(file: File) -> Iterator[Block]:
    """The blocks between lines that begin with `###`, in the first column only."""
    title, start, above = "", 0, 1
    for index in [index for index, text in enumerate(file.texts) if text[:3] == "###"]:
        yield _new(Block, (title, above, Lines(file, start, index)))
        title, start, above = _title(file.texts[index]), index + 1, index + 1
    yield Block(title, above, Lines(file, start))


def _title(text: str) -> str:
    title = text.lstrip("#").strip()
    return title.rstrip("#").rstrip() if title.endswith("###") else title


def _name_of(title: str) -> str:
    """The name that `# @ref` may use for a block with this title: one word, or the name of `### @name x`."""
    word = title.removeprefix("@name").strip()
    return word if _ONE_WORD.match(word) else ""


def _assemble(name: str, text: str, reads: Iterator[ReadResult]) -> Script:
    results = list(reads)
    with_diagnostics = [read.builder for read in results if read.builder.diagnostics]
    without_step = [read.builder for read in results if read.step is None]
    return Script(
        name,
        text,
        steps=tuple(read.step for read in results if read.step is not None),
        variables=tuple(variable for read in results for variable in read.builder.variables),
        imports=tuple(found for read in results for found in read.builder.imports),
        directives=tuple(directive for builder in without_step for directive in builder.directives),
        comments=tuple(comment for builder in without_step for comment in builder.comments),
        handlers=tuple(handler for builder in without_step for handler in builder.handlers),
        recorded=tuple(read.recorded for read in results if read.recorded is not None),
        blocks=frozenset(builder.block_name for builder in without_step if builder.block_name),
        diagnostics=tuple(found for builder in with_diagnostics for found in sorted(builder.diagnostics, key=_offset)),
    )


def _offset(found: Diagnostic) -> int:
    return found.at.offset
