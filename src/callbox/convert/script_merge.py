"""The three-way merge of a second conversion: the text generated last, the files with edits by hand, the new text.

Operations are paired by their `# @operation` lines in all files. In each pair, lines above the body, headers and the
members of a JSON body are compared one by one; other bodies as a whole. Where both sides have changed the same thing,
the user's stays, and that of the description is put above it after `#| ` until the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from callbox.convert.json_body_merge import is_same_json, merge_json
from callbox.convert.openapi_to_scripts import GeneratedScript
from callbox.convert.script_splitter import (
    CONFLICT,
    BlockText,
    Key,
    KeyedLine,
    ScriptText,
    cut_block,
    cut_head,
    mark_queries,
    read_script_text,
    split_lines,
)

BASE_SUFFIX = ".base"
"""The suffix of the file with the last generated text, after the name of the `.http` file."""


class MergeNote(NamedTuple):
    """A note for the user: a conflict, or a removed operation that is kept, with its place in the written file."""

    kind: Literal["conflict", "kept"]
    """`conflict` or `kept`."""
    file: str
    line: int
    text: str


class Merged(NamedTuple):
    """The files after a merge by name, and the changes."""

    files: Mapping[str, str]
    notes: tuple[MergeNote, ...]
    added: tuple[str, ...]
    """The keys of new operations."""
    changed: tuple[str, ...]
    """The keys of changed operations."""
    removed: tuple[str, ...]
    """The keys of operations that were removed from the description and were not edited."""


class _Generated(NamedTuple):
    """The generated blocks by key, with their files and their order."""

    blocks: dict[str, BlockText]
    files: dict[str, str]
    names: dict[str, str]
    """The key of each request name."""


def merge_scripts(
    files: Mapping[str, str], bases: Mapping[str, str], generated: Mapping[str, GeneratedScript]
) -> Merged:
    """Merge the newly generated texts into the files, with the texts generated last (`bases`); all by file name.

    Without files, the generated texts are the result. Operations without a base stay as they are in the files.
    """
    if not files:
        added = tuple(block.key for script in generated.values() for block in script.blocks)
        return Merged(
            files={name: script.text for name, script in generated.items()},
            notes=(),
            added=added,
            changed=(),
            removed=(),
        )
    return _Merger(files, bases, generated).merge()


class _Merger:
    """One merge: the blocks of all files, and the place of each operation."""

    def __init__(
        self, files: Mapping[str, str], bases: Mapping[str, str], generated: Mapping[str, GeneratedScript]
    ) -> None:
        self._scripts = {name: read_script_text(text) for name, text in files.items()}
        self._texts = dict(files)
        self._bases = {name: read_script_text(text) for name, text in bases.items()}
        self._generated = {name: read_script_text(script.text) for name, script in generated.items()}
        self._old = _collect(self._bases)
        self._new = _collect(self._generated)
        self._own = _collect(self._scripts)
        self._merged: dict[str, list[BlockText]] = {}
        self._places: dict[str, tuple[str, int]] = {}
        """The place of each operation: the file, and the number of blocks above its end."""
        self._added: list[str] = []
        self._changed: list[str] = []
        self._removed: list[str] = []
        self._kept: set[str] = set()
        """The keys of removed operations that are kept because they were edited."""

    def merge(self) -> Merged:
        """Merge all files."""
        paired: set[str] = set()
        for name, script in self._scripts.items():
            self._merged[name] = [
                block for one in script.blocks if (block := self._merge_block(one, paired)) is not None
            ]
        after = self._insertions(paired)
        results = {
            name: self._write(name, after)
            for name in dict.fromkeys([*self._scripts, *(name for name, _ in after.values())])
        }
        notes = [note for name, text in results.items() for note in self._notes(name, text)]
        return Merged(
            files=results,
            notes=tuple(notes),
            added=tuple(self._added),
            changed=tuple(self._changed),
            removed=tuple(self._removed),
        )

    def _merge_block(self, block: BlockText, paired: set[str]) -> BlockText | None:
        """The block after the merge; None if it is removed."""
        key = block.key
        target = self._target(key)
        if not key or target in paired:
            return block
        base = self._old.blocks.get(key)
        if not target:
            if base is None:
                return block
            if base.bare == block.bare:
                self._removed.append(key)
                return None
            self._kept.add(key)
            return block
        paired.add(target)
        if base is None:
            return block
        merged = merge_block(base, block, self._new.blocks[target])
        if merged.lines != block.lines:
            self._changed.append(target)
        return merged

    def _target(self, key: str) -> str:
        """The present key of the operation of a block: the same, or that of the same name if the key was removed."""
        if not key or key in self._new.blocks:
            return key
        base = self._old.blocks.get(key)
        target = self._new.names.get(base.name, "") if base is not None and base.name else ""
        is_new = target not in self._own.blocks and target not in self._old.blocks
        return target if target and is_new else ""

    def _insertions(self, paired: set[str]) -> dict[str, tuple[str, str]]:
        """For each new operation its file, and the operation above it there (`""`: none)."""
        placed = {
            self._target(block.key): name for name, blocks in self._merged.items() for block in blocks if block.key
        }
        after: dict[str, tuple[str, str]] = {}
        for name, script in self._generated.items():
            before, file = "", name
            for block in script.blocks:
                key = block.key
                if key in placed:
                    before, file = key, placed[key]
                elif key not in self._old.blocks:
                    after[key] = (file, before)
                    placed[key] = file
                    before = key
                    self._added.append(key)
        return after

    def _write(self, name: str, after: Mapping[str, tuple[str, str]]) -> str:
        script = self._scripts.get(name)
        generated = self._generated.get(name)
        head = self._head(script, generated, self._bases.get(name))
        blocks: list[BlockText] = []
        waiting: dict[str, list[str]] = {}
        for key, (file, before) in after.items():
            if file == name:
                waiting.setdefault(before, []).append(key)
        self._append_new("", waiting, blocks)
        for block in self._merged.get(name, ()):
            blocks.append(block)
            if block.key:
                self._append_new(self._target(block.key), waiting, blocks)
        if script is not None and not script.blocks and head and head[-1].strip():
            head = (*head, "")
        ended = _ended(blocks, script)
        newline = script.newline if script is not None else "\n"
        result = ScriptText(head, tuple(ended), newline).text
        own = self._texts.get(name, "")
        return own if script is not None and script.text == result and CONFLICT not in own else result

    def _append_new(self, key: str, waiting: dict[str, list[str]], blocks: list[BlockText]) -> None:
        stack = list(reversed(waiting.pop(key, [])))
        while stack:
            one = stack.pop()
            block = self._new.blocks[one]
            blocks.append(BlockText((*block.bare, "")))
            stack += reversed(waiting.pop(one, []))

    def _head(self, own: ScriptText | None, new: ScriptText | None, old: ScriptText | None) -> tuple[str, ...]:
        if own is None:
            return new.head if new is not None else ()
        if new is None or old is None:
            return own.head
        return tuple(_merge_lines(cut_head(old.head), cut_head(own.head), cut_head(new.head)))

    def _notes(self, name: str, text: str) -> Iterator[MergeNote]:
        lines = split_lines(text)
        for index, line in enumerate(lines):
            if line.lstrip().startswith(CONFLICT):
                below = lines[index + 1] if index + 1 < len(lines) else ""
                if not below.lstrip().startswith(CONFLICT):
                    yield MergeNote(kind="conflict", file=name, line=index + 2, text=below.strip())
        if self._kept:
            titles = [number for number, line in enumerate(lines, 1) if line.startswith("###")]
            for number, block in zip(titles, read_script_text(text).blocks, strict=True):
                if block.key in self._kept:
                    yield MergeNote(kind="kept", file=name, line=number, text=block.key)


def _collect(scripts: Mapping[str, ScriptText]) -> _Generated:
    blocks: dict[str, BlockText] = {}
    files: dict[str, str] = {}
    names: dict[str, str] = {}
    for file, script in scripts.items():
        for block in script.blocks:
            if block.key and block.key not in blocks:
                blocks[block.key], files[block.key] = block, file
                names.setdefault(block.name, block.key)
    return _Generated(blocks, files, names)


def _ended(blocks: Sequence[BlockText], script: ScriptText | None) -> Iterator[BlockText]:
    """The blocks, a blank line between two of them; none is added at the end of the file."""
    own = set(script.blocks) if script is not None else set()
    for index, block in enumerate(blocks):
        is_last = index == len(blocks) - 1
        if is_last and block not in own:
            yield BlockText(block.bare)
        elif not is_last and block.lines[-1].strip():
            yield BlockText((*block.lines, ""))
        else:
            yield block


def merge_block(base: BlockText, ours: BlockText, theirs: BlockText) -> BlockText:
    """Merge one operation. Blank lines and the lines below the body are those of `ours`."""
    if theirs.bare in (base.bare, ours.bare):
        return ours
    if ours.bare == base.bare:
        return BlockText((*theirs.bare, *ours.blank_end))
    old, own, new = (cut_block(block.bare) for block in (base, ours, theirs))
    lines = _merge_lines(old.lines, own.lines, new.lines)
    if _queries(lines) != _queries([line.text for line in own.lines]):
        lines = list(mark_queries(lines))
    body, above = _merge_body(old.body, own.body, new.body)
    if above:
        request = next((at for at, line in enumerate(own.lines) if line.key == ("request",)), len(own.lines))
        is_there = request < len(own.lines) and own.lines[request].text in lines
        at = lines.index(own.lines[request].text) if is_there else 1
        lines[at:at] = above
    gap: tuple[str, ...] = ()
    if body or own.tail:
        gap = own.gap or ("",)
    tail = ("", *own.tail) if body and own.tail and not own.body else own.tail
    return BlockText((*lines, *gap, *body, *tail, *ours.blank_end))


def _queries(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.lstrip("# \t")[:1] in ("?", "&")]


def _merge_lines(old: Sequence[KeyedLine], own: Sequence[KeyedLine], new: Sequence[KeyedLine]) -> list[str]:
    before = {line.key: line for line in old if line.key}
    theirs = {line.key: line for line in new if line.key}
    held = {line.key for line in own if line.key}
    added: dict[Key, list[str]] = {}
    above: Key = ()
    for line in new:
        if line.key in held:
            above = line.key
        elif line.key and line.key not in before:
            added.setdefault(above, []).append(line.text)
    result = added.pop((), [])
    for line in own:
        result += _merge_line(before.get(line.key), line, theirs.get(line.key)) if line.key else [line.text]
        result += added.pop(line.key, []) if line.key else []
    return result


def _merge_line(old: KeyedLine | None, own: KeyedLine, new: KeyedLine | None) -> list[str]:
    if new is None:
        return [] if old is not None and old.meaning == own.meaning else [own.text]
    if own.meaning == new.meaning or (old is not None and old.meaning == new.meaning):
        return [own.text]
    if old is not None and old.meaning == own.meaning:
        return [new.text]
    return [f"{CONFLICT}{new.text}", own.text]


def _merge_body(
    old: tuple[str, ...], own: tuple[str, ...], new: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The body after the merge, and the lines of a conflict that go above the request."""
    if new in (old, own):
        return own, ()
    if own == old:
        return new, ()
    if old and own and new:
        merged = merge_json("\n".join(old), "\n".join(own), "\n".join(new))
        if merged is not None:
            return tuple(merged.split("\n")), ()
        if is_same_json("\n".join(old), "\n".join(own)):
            return new, ()
        if is_same_json("\n".join(old), "\n".join(new)):
            return own, ()
    if not new:
        return own, ()
    return own, tuple(f"{CONFLICT}{line}" for line in new)
