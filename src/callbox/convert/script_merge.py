"""The three-way merge of a second conversion.

It merges the text that was generated last, the files with edits by hand, and the new text.

- A file is cut into its head and its blocks, and a block into the lines and the body that are compared. The text is cut
  by lines, without regard to variables, and can be joined again unchanged.
- Operations are paired by their `# @operation` lines in all files. In each pair, lines above the body, headers and the
  members of a JSON body are compared one by one. Any other body is compared as a whole. If both sides have changed the
  same thing, the user's text stays, and until the next run the text of the description is above it, after `#| `.
- JSON bodies are merged as text, member by member (`merge_json`), so that the user's layout and comments stay. Values
  may contain `{{variables}}` at any place, so the text is scanned and not parsed. The time is linear in each level.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from callbox.convert.openapi_to_scripts import GeneratedScript
from callbox.errors import UsageError
from callbox.httpfile.script_lints import CONFLICT, is_conflict_line

_NEW_BODY = "(the description has this body now)"
_NO_BODY = "(the description does not have a body any more)"
"""The first line of a conflict between whole bodies."""

Key = tuple[str, ...]
"""The key of a line. Lines of two texts with the same key are compared."""

_NEWLINE = re.compile(r"\r\n|\r|\n")
_OPERATION = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@operation[ \t]++(\S.*)")
_NAME = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@name[ \t]++(\S++)")
_DIRECTIVE = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@([A-Za-z][\w.-]*+)[ \t]*+(\S*+)")
_VARIABLE = re.compile(r"\s*+@([^\s=]+?)\s*+:?+=")
_REQUEST = re.compile(r"[A-Za-z][A-Za-z-]*+[ \t]++\S|https?://|\{\{")
_QUERY = re.compile(r"(#?+)[ \t]++([?&])([^=]*+)(.*)")
_COOKIE = re.compile(r"(?:#[ \t]*+)?+cookie[ \t]*+:[ \t]*+([^=;]*+)", re.IGNORECASE)
_HEADER = re.compile(r"(?:#[ \t]*+)?+([!#$%&'*+.^_`|~0-9A-Za-z-]++)[ \t]*+:")
_TAIL = re.compile(r">>?!?[ \t]|>[ \t]*+\{%|\?\?|<>[ \t]|(?:#++|/{2,}+)[ \t]*+@")
_REFERENCES = re.compile(r"\{\{[^{}\r\n]*+|^[ \t]*+(?:#++|/{2,}+)[ \t]*+@[^\r\n]*+", re.MULTILINE)
"""Variables and directives, in which a request may be named together with a path."""
_REFERENCE = re.compile(r"(?<![\w-])([\w-]++)[ \t]*+[.\[]")
_CALLS = re.compile(r"^[ \t]*+(?:run[ \t]|(?:#++|/{2,}+)[ \t]*+@(?:ref|forceRef)\b)([^\r\n]*+)", re.MULTILINE)
"""Lines that name requests to send."""
_WORD = re.compile(r"[\w-]++")
_ROUND = re.compile(r"\d{1,6}\Z|List\Z")
_REPEATED = frozenset({"secret", "prompt", "expect", "capture", "tag", "ref", "if", "if-not"})
"""Directives that a request may have several times, so that their first word is part of their key."""


class KeyedLine(NamedTuple):
    """A line and its key; a blank line has no key."""

    key: Key
    text: str

    @property
    def meaning(self) -> str:
        """The text for a comparison: without blanks, and without the `?` or `&` of a query line."""
        found = _QUERY.fullmatch(self.text) if self.key[:1] == ("query",) else None
        if found is not None:
            return f"{found[1]}{found[3]}{found[4]}".rstrip()
        return " ".join(self.text.split())


class BlockText(NamedTuple):
    """The lines of one block, the `###` line first."""

    lines: tuple[str, ...]

    @property
    def key(self) -> str:
        """The operation that `# @operation` of the block names; empty if there is none."""
        return next((match[1].rstrip() for line in self.lines if (match := _OPERATION.match(line))), "")

    @property
    def name(self) -> str:
        """The name of the request from its `# @name`."""
        return next((match[1] for line in self.lines if (match := _NAME.match(line))), "")

    @property
    def bare(self) -> tuple[str, ...]:
        """The lines without blank ones at the end, for a comparison."""
        end = len(self.lines)
        while end and not self.lines[end - 1].strip():
            end -= 1
        return tuple(line.rstrip() for line in self.lines[:end])

    @property
    def blank_end(self) -> tuple[str, ...]:
        """The blank lines at the end."""
        return self.lines[len(self.bare) :]


class ScriptText(NamedTuple):
    """A file: the lines above the first `###`, and the blocks."""

    head: tuple[str, ...]
    blocks: tuple[BlockText, ...]
    newline: str = "\n"

    @property
    def text(self) -> str:
        """The whole file."""
        lines = [*self.head, *(line for block in self.blocks for line in block.lines)]
        return self.newline.join(lines) + self.newline if lines else ""


class Parts(NamedTuple):
    """The parts of a block for a merge: the lines before the body, the body, and the lines after it."""

    lines: tuple[KeyedLine, ...]
    gap: tuple[str, ...]
    """The blank lines before the body."""
    body: tuple[str, ...]
    tail: tuple[str, ...]


def read_script_text(text: str) -> ScriptText:
    """Split a file into its head and its blocks. Lines that an earlier merge has added are left out.

    >>> found = read_script_text("@a = 1\\n\\n### x\\n# @operation GET /x\\nGET /x\\n")
    >>> found.head, found.blocks[0].key
    (('@a = 1', ''), 'GET /x')
    """
    text = text.removeprefix("\ufeff")
    first = _NEWLINE.search(text)
    lines = split_lines(text)
    conflicts = _conflict_indexes(lines)
    lines = [line for index, line in enumerate(lines) if index not in conflicts]
    starts = [index for index, line in enumerate(lines) if line.startswith("###")]
    blocks = [BlockText(tuple(lines[start:end])) for start, end in pairwise([*starts, len(lines)])]
    return ScriptText(tuple(lines[: starts[0] if starts else len(lines)]), tuple(blocks), first[0] if first else "\n")


def _conflict_indexes(lines: Sequence[str]) -> set[int]:
    """The indexes of the conflict lines that an earlier merge has put into this body. Only a JSON object has them."""
    marked = {index for index, line in enumerate(lines) if is_conflict_line(line)}
    if not marked:
        return marked
    starts = [index for index, line in enumerate(lines) if line.startswith("###")]
    for start, end in pairwise([*starts, len(lines)]):
        block = lines[start:end]
        blank = next((at for at in range(request_index(block), len(block)) if not block[at].strip()), len(block))
        body = next((at for at in range(blank, len(block)) if block[at].strip()), len(block))
        if body < len(block) and not block[body].lstrip().startswith("{"):
            marked.difference_update(range(start + body, end))
    return marked


def split_lines(text: str) -> list[str]:
    """The lines as the parser of `.http` files reads them, without their ends."""
    lines = _NEWLINE.split(text)
    if not lines[-1]:
        lines.pop()
    return lines


def cut_block(lines: Sequence[str]) -> Parts:
    """Split a block into its parts, without the blank lines at its end."""
    request = request_index(lines)
    end = next((index for index in range(request + 1, len(lines)) if not lines[index].strip()), len(lines))
    above = [_head_key(line, index) for index, line in enumerate(lines[:request])]
    keys = [*above, *([("request",)] if request < len(lines) else []), *map(_header_key, lines[request + 1 : end])]
    start = next((index for index in range(end, len(lines)) if lines[index].strip()), len(lines))
    stop = next((index for index in range(start, len(lines)) if _TAIL.match(lines[index])), len(lines))
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    found = tuple(map(KeyedLine, _numbered(keys), lines[:end]))
    return Parts(lines=found, gap=tuple(lines[end:start]), body=tuple(lines[start:stop]), tail=tuple(lines[stop:]))


def cut_head(lines: Sequence[str]) -> tuple[KeyedLine, ...]:
    """Split the lines before the first block. The key of a variable is its name, and the first comment is the title."""
    keys: list[Key] = []
    comments = 0
    for index, line in enumerate(lines):
        key = _head_key(line, index + 1)
        if key[:1] == ("comment",):
            comments += 1
            key = ("comment", str(comments))
        keys.append(key)
    return tuple(map(KeyedLine, _numbered(keys), lines))


def request_index(lines: Sequence[str]) -> int:
    """The index of the request line of a block; the number of lines if there is none."""
    is_script = False
    for index, line in enumerate(lines[1:], 1):
        bare = line.strip()
        if is_script or bare.startswith("< {%"):
            is_script = not bare.endswith("%}")
        elif _REQUEST.match(bare) and not bare.startswith(("import ", "run ")):
            return index
    return len(lines)


def _head_key(line: str, index: int) -> Key:
    bare = line.strip()
    if not index:
        return ("title",)
    if not bare:
        return ()
    if found := _DIRECTIVE.match(line):
        name = found[1].lower()
        return ("directive", name, found[2]) if name in _REPEATED else ("directive", name)
    if found := _VARIABLE.match(line):
        return ("variable", found[1])
    return ("comment", bare)


def _header_key(line: str) -> Key:
    if found := _QUERY.fullmatch(line):
        return ("query", found[3].strip())
    if found := _DIRECTIVE.match(line):
        return ("directive", found[1].lower(), found[2])
    if found := _COOKIE.match(line):
        return ("header", "cookie", found[1].strip())
    if found := _HEADER.match(line):
        return ("header", found[1].lower())
    return ("line", line.strip())


def _numbered(keys: Sequence[Key]) -> Iterator[Key]:
    """The keys, made unique by numbers for repeated ones. The key of a blank line stays empty."""
    counts: dict[Key, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
        yield (*key, f"#{counts[key]}") if key and counts[key] > 1 else key


def mark_queries(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a query. The first parameter that is sent, and all parameters above it, get `?`; all others get `&`.

    >>> list(mark_queries(["GET /x", "#   &a=1", "    &b=1", "#   ?c=1"]))
    ['GET /x', '#   ?a=1', '    ?b=1', '#   &c=1']
    """
    mark = "?"
    for line in lines:
        found = _QUERY.fullmatch(line)
        if found is None:
            if _REQUEST.match(line) and "?" in line:
                mark = "&"
            yield line
            continue
        at = found.start(2)
        yield line[:at] + mark + line[at + 1 :]
        if not found[1]:
            mark = "&"


BASE_SUFFIX = ".base"
"""The suffix of the file with the text that was generated last; it follows the name of the `.http` file."""


class MergeNote(NamedTuple):
    """A note for the user about a conflict, or about a part that the description no longer has.

    It has a place in the written file.
    """

    kind: Literal["conflict", "kept", "used", "name"]
    """`kept` is an operation that the description no longer has and that was edited.

    `used` is an operation that the description no longer has and that another request uses. `name` is a name that the
    description has changed and that another request uses.
    """
    file: str
    line: int
    text: str
    operation: str = ""
    """The key of the operation of a conflict; empty above the first request."""
    described: str = ""
    """What the description has in a conflict; empty if it has nothing any more."""
    is_body: bool = False
    """Whether the conflict is between two whole bodies."""


class Merged(NamedTuple):
    """The merged files by name, and what has changed."""

    files: Mapping[str, str]
    notes: tuple[MergeNote, ...]
    added: tuple[str, ...]
    """The keys of new operations."""
    changed: tuple[str, ...]
    """The keys of changed operations."""
    removed: tuple[str, ...]
    """The keys of operations that are no longer in the description and were not edited."""


class _Generated(NamedTuple):
    """The generated blocks by key, with their files and their order."""

    blocks: dict[str, BlockText]
    files: dict[str, str]
    names: dict[str, str]
    """Maps the name of a request to the key of its operation."""


def names_used(text: str) -> Iterator[str]:
    """The words of a file that may be names of requests, as in `{{login.token}}`, `{{login0.token}}` or `run #login`.

    >>> sorted(names_used("# @name a\\n# @ref login\\nGET /one?x={{item.id}}&y={{z}}"))
    ['item', 'login']
    """
    for found in _REFERENCES.finditer(text):
        for name in _REFERENCE.findall(found[0]):
            yield name
            if end := _ROUND.search(name):
                yield name[: end.start()]
    for found in _CALLS.finditer(text):
        yield from _WORD.findall(found[1])


def merge_scripts(
    files: Mapping[str, str],
    bases: Mapping[str, str],
    generated: Mapping[str, GeneratedScript],
    others: Iterable[str] = (),
) -> Merged:
    """Merge newly generated texts into the files. `bases` has the texts that were generated last. The keys of `files`,
    `bases` and `generated` are file names. `others` are texts of other files, whose references to requests must stay
    valid.

    If there are no files, the generated texts are the result. Operations without a base stay as they are in the files.
    Raises `UsageError` if a name that must stay is now the name of another operation.
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
    return _Merger(files, bases, generated, others).merge()


class _Merger:
    """A merge: the blocks of all files, and the place of each operation."""

    def __init__(
        self,
        files: Mapping[str, str],
        bases: Mapping[str, str],
        generated: Mapping[str, GeneratedScript],
        others: Iterable[str],
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
        """The place of each operation: the file, and the number of blocks before its end."""
        self._added: list[str] = []
        self._changed: list[str] = []
        self._removed: list[str] = []
        self._kept: set[str] = set()
        """The keys of operations that are no longer in the description, but are kept because they were edited."""
        self._used: set[str] = set()
        """The keys of operations that are no longer in the description, but are kept because another request uses them.
        """
        self._names: dict[str, str] = {}
        """The names of requests that are kept because other requests use them, by the keys of their operations."""
        self._names_used = {name for text in (*files.values(), *others) for name in names_used(text)}

    def merge(self) -> Merged:
        """Merge all files."""
        paired: set[str] = set()
        for name, script in self._scripts.items():
            self._merged[name] = [
                block for one in script.blocks if (block := self._merge_block(one, paired)) is not None
            ]
        after = self._insertions(paired)
        self._refuse_second_names(after)
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
            if base.bare == block.bare and block.name not in self._names_used:
                self._removed.append(key)
                return None
            (self._used if base.bare == block.bare else self._kept).add(key)
            return block
        paired.add(target)
        if base is None:
            return block
        merged = merge_block(base, block, self._new.blocks[target])
        if block.name in self._names_used and merged.name != block.name:
            merged = _with_name(merged, block.name)
            self._names[block.key] = block.name
        if merged.lines != block.lines:
            self._changed.append(target)
        return merged

    def _refuse_second_names(self, added: Iterable[str]) -> None:
        """Raise `UsageError` if the description gives an operation a name that another operation must keep.

        Otherwise references to this name would mean the wrong operation.
        """
        merged = [block for blocks in self._merged.values() for block in blocks]
        names = Counter(block.name for block in (*merged, *(self._new.blocks[key] for key in added)))
        for key, name in self._names.items():
            if names[name] > 1:
                raise UsageError(
                    f"Nothing is written, because the description gives the name '{name}' to another operation",
                    hint=f"change the # @name of {key}, and each {{{{{name}...}}}} that uses it; then convert again",
                )

    def _target(self, key: str) -> str:
        """The present key of the operation of a block: its own key or, if the description no longer has this key, the
        key of the operation with the same request name.
        """
        if not key or key in self._new.blocks:
            return key
        base = self._old.blocks.get(key)
        target = self._new.names.get(base.name, "") if base is not None and base.name else ""
        is_new = target not in self._own.blocks and target not in self._old.blocks
        return target if target and is_new else ""

    def _insertions(self, paired: set[str]) -> dict[str, tuple[str, str]]:
        """For each new operation, its file and the operation before it in that file (`""`: none)."""
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
        return own if script is not None and script.text == result and not _has_conflicts(own) else result

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
        yield from _conflicts(name, lines)
        if self._kept or self._used or self._names:
            titles = [number for number, line in enumerate(lines, 1) if line.startswith("###")]
            for number, block in zip(titles, read_script_text(text).blocks, strict=True):
                if block.key in self._kept:
                    yield MergeNote(kind="kept", file=name, line=number, text=block.key)
                elif block.key in self._used:
                    yield MergeNote(kind="used", file=name, line=number, text=block.key)
                elif self._names.get(block.key) == block.name != "":
                    yield MergeNote(kind="name", file=name, line=number, text=block.name)


def _has_conflicts(text: str) -> bool:
    return CONFLICT.rstrip() in text and bool(_conflict_indexes(split_lines(text)))


def _conflicts(name: str, lines: Sequence[str]) -> Iterator[MergeNote]:
    """A note for each line below lines that begin with `#|`."""
    described: list[str] = []
    operation = ""
    conflicts = _conflict_indexes(lines)
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if number - 1 in conflicts:
            described.append(bare.removeprefix(CONFLICT.rstrip()).strip())
            continue
        if line.startswith("###"):
            operation = _operation_below(lines, number)
        if described:
            is_body = described[0] in (_NEW_BODY, _NO_BODY)
            more = " .." if len(described) > 1 else ""
            yield MergeNote(
                kind="conflict",
                file=name,
                line=number,
                text=bare,
                operation=operation,
                described="" if described[0] in (GONE, _NO_BODY) else f"{described[0]}{more}",
                is_body=is_body,
            )
            described = []


def _operation_below(lines: Sequence[str], start: int) -> str:
    """The operation that a block names; empty if it names none. `start` is the index of the line after the block's
    `###`.
    """
    for line in lines[start:]:
        if line.startswith("###"):
            break
        if found := _OPERATION.match(line):
            return found[1].rstrip()
    return ""


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
    """The blocks, with a blank line between each two blocks. No blank line is added at the end of the file."""
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
    """Merge one operation. Blank lines, and the lines after the body, are taken from `ours`."""
    if theirs.bare in (base.bare, ours.bare):
        return ours
    if ours.bare == base.bare:
        return BlockText((*theirs.bare, *ours.blank_end))
    old, own, new = (cut_block(block.bare) for block in (base, ours, theirs))
    lines = _merge_lines(old.lines, own.lines, new.lines)
    body, above = _merge_body(old.body, own.body, new.body)
    lines = _with_used_variables(lines, own.lines, "\n".join((*lines, *body, *own.tail)))
    if _queries(lines) != _queries([line.text for line in own.lines]):
        lines = list(mark_queries(lines))
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


def _with_used_variables(lines: Sequence[str], own: Sequence[KeyedLine], text: str) -> list[str]:
    """The merged lines, with the variables and prompts of `own` that the description has dropped but `text` still
    uses. They stand above the request line.
    """
    dropped = [
        line.text for line in own if line.text not in lines and (name := _defined_name(line.key)) and _uses(text, name)
    ]
    title = 1 if lines else 0
    return [*lines[:title], *dropped, *lines[title:]]


def _defined_name(key: Key) -> str:
    """The name of the variable that a line defines; empty if it defines none."""
    if key[:1] == ("variable",):
        return key[1]
    is_asked = key[:1] == ("directive",) and key[1] in ("secret", "prompt") and len(key) > 2
    return key[2] if is_asked else ""


def _uses(text: str, name: str) -> bool:
    return re.search(rf"\{{\{{\s*+%?\s*+{re.escape(name)}(?![\w-])", text) is not None


def _with_name(block: BlockText, name: str) -> BlockText:
    """The block with this `# @name` in place of its own."""
    lines = [line for line in block.lines if not _NAME.match(line)]
    at = next((index for index, line in enumerate(block.lines) if _NAME.match(line)), 1)
    return BlockText((*lines[:at], f"# @name {name}", *lines[at:]))


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
        if old is None:
            return [own.text]
        return [] if old.meaning == own.meaning else [f"{CONFLICT}{GONE}", own.text]
    if own.meaning == new.meaning or (old is not None and old.meaning == new.meaning):
        return [own.text]
    if old is not None and old.meaning == own.meaning:
        return [new.text]
    return [f"{CONFLICT}{new.text}", own.text]


def _merge_body(
    old: tuple[str, ...], own: tuple[str, ...], new: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The merged body, and the lines of a conflict, which are put above the request."""
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
        return own, (f"{CONFLICT}{_NO_BODY}",)
    return own, tuple(f"{CONFLICT}{line}" for line in (_NEW_BODY, *new))


GONE = "(the description does not have this any more)"
"""The text in a conflict about a part that the user has edited and that the description no longer has."""
MAX_LEVELS = 40
_BLANK = re.compile(r"(?:[ \t\r\n]++|(?:#|//)[^\n]*+)*+")
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?+', re.DOTALL)
"""An unclosed string takes the rest of the text, so that no text is read again for each quote."""
_SCALAR = re.compile(r"[^,}\]\s]++")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.?)*+"?+|[{}\[\]]', re.DOTALL)


class _Member(NamedTuple):
    name: str
    lead: str
    """The blanks and comments before the member."""
    text: str
    """The name and the colon as written: `"name": `."""
    value: str
    after: str = ""
    """The blanks between the value and the comma."""


class _Object(NamedTuple):
    members: tuple[_Member, ...]
    end: str
    """The blanks before the closing brace."""

    @property
    def by_name(self) -> dict[str, _Member]:
        """The members by name. If a name is repeated, its last member."""
        return {one.name: one for one in self.members}


def merge_json(base: str, ours: str, theirs: str, level: int = 0) -> str | None:
    r"""Merge two JSON objects that were both changed from `base`. None if one of the texts is not an object.

    A member that both sides changed differently stays as in `ours`. The member of `theirs` is put above it, after `#|
    `.

    >>> print(merge_json('{"a": 1, "b": 2}', '{"a": {{x}}, "b": 2}', '{"a": 1, "b": 3, "c": 4}'))
    {"a": {{x}}, "b": 3, "c": 4}
    """
    parsed = [_read_object(text) for text in (base, ours, theirs)]
    old, own, new = parsed
    if old is None or own is None or new is None or level > MAX_LEVELS:
        return None
    merged: list[_Member] = []
    before, described = old.by_name, new.by_name
    for member in own.members:
        kept = _merge_member(before.get(member.name), member, described.get(member.name), level)
        if kept is not None:
            merged.append(kept)
    _insert_new(merged, old, own, new)
    return "{" + ",".join(f"{one.lead}{one.text}{one.value}{one.after}" for one in merged) + own.end + "}"


def is_same_json(one: str, other: str) -> bool:
    """Whether two JSON texts have the same value. Texts with variables are compared without blanks."""
    try:
        return json.dumps(json.loads(one), sort_keys=True) == json.dumps(json.loads(other), sort_keys=True)
    except (ValueError, RecursionError):
        return one.split() == other.split()


def _merge_member(old: _Member | None, own: _Member, new: _Member | None, level: int) -> _Member | None:
    if new is None:
        if old is None:
            return own
        return None if is_same_json(old.value, own.value) else own._replace(lead=_with_conflict(own.lead, GONE))
    if old is not None and is_same_json(old.value, own.value):
        return own if is_same_json(old.value, new.value) else own._replace(value=new.value)
    if (old is not None and is_same_json(old.value, new.value)) or is_same_json(own.value, new.value):
        return own
    inner = merge_json(old.value if old is not None else "{}", own.value, new.value, level + 1)
    if inner is not None:
        return own._replace(value=inner)
    return own._replace(lead=_with_conflict(own.lead, f"{new.text}{new.value}"))


def _with_conflict(lead: str, text: str) -> str:
    before, newline, indent = lead.rpartition("\n")
    lines = "".join(f"\n{indent}{CONFLICT}{line.strip()}" for line in text.split("\n"))
    return f"{before}{lines}\n{indent}" if newline else f"{lines}\n"


def _insert_new(merged: list[_Member], old: _Object, own: _Object, new: _Object) -> None:
    """Insert the members that only `new` has, each after the member that it follows in `new`."""
    known = {one.name for found in (own, old) for one in found.members}
    places = {one.name: index for index, one in enumerate(merged)}
    waiting: dict[int, list[_Member]] = {}
    place = 0
    for member in new.members:
        if member.name in places:
            place = places[member.name] + 1
        elif member.name not in known:
            waiting.setdefault(place, []).append(member)
    if not waiting:
        return
    first_lead, lead = _leads(own if own.members else new)
    kept = list(merged)
    merged.clear()
    for index, one in enumerate([*kept, None]):
        merged += [added._replace(lead=lead, after="") for added in waiting.get(index, ())]
        merged += [one] if one is not None else []
    if waiting.get(0):
        merged[0] = merged[0]._replace(lead=first_lead)
        below = len(waiting[0])
        if below < len(merged) and merged[below].lead == first_lead:
            merged[below] = merged[below]._replace(lead=lead)


def _leads(found: _Object) -> tuple[str, str]:
    """The blanks before the first member, and the blanks before each other member."""
    first = found.members[0].lead if found.members else ""
    first = first[first.rfind("\n") :] if "\n" in first else first
    if "\n" in first or len(found.members) < 2:
        return first, first or " "
    return first, found.members[-1].lead


def _read_object(text: str) -> _Object | None:
    text = text.strip()
    if not text.startswith("{") or text.startswith("{{"):
        return None
    members: list[_Member] = []
    at = 1
    while True:
        lead_end = _end(_BLANK, text, at)
        if text[lead_end : lead_end + 1] == "}":
            is_whole = lead_end == len(text) - 1
            return _Object(_without_last(members), _tail(members) + text[at:lead_end]) if is_whole else None
        name = _STRING.match(text, lead_end)
        colon = _end(_BLANK, text, name.end()) if name is not None else -1
        if name is None or text[colon : colon + 1] != ":":
            return None
        start = _end(_BLANK, text, colon + 1)
        stop = _value_end(text, start)
        after = _end(_BLANK, text, stop)
        if stop <= start or text[after : after + 1] not in (",", "}"):
            return None
        members.append(
            _Member(
                name=_name(name[0]),
                lead=text[at:lead_end],
                text=text[lead_end:start],
                value=text[start:stop],
                after=text[stop:after],
            )
        )
        at = after + 1 if text[after] == "," else after


def _without_last(members: list[_Member]) -> tuple[_Member, ...]:
    """The members, without the text after the last one, which belongs to the end of the object."""
    return (*members[:-1], *(one._replace(after="") for one in members[-1:]))


def _tail(members: list[_Member]) -> str:
    return members[-1].after if members else ""


def _name(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _value_end(text: str, at: int) -> int:
    if text[at : at + 1] == '"':
        return _end(_STRING, text, at)
    if text[at : at + 1] not in ("{", "["):
        return _end(_SCALAR, text, at)
    depth = 0
    for found in _STRUCTURE.finditer(text, at):
        if found[0] in "{[":
            depth += 1
        elif found[0] in "}]":
            depth -= 1
            if not depth:
                return found.end()
    return at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at
